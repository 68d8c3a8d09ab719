# What explain, config and dry-run tell of rules that are not as most are.

load lib/triggerd

setup() {
	make_conf
	# Which rules the pipe asks about.
	echo 'rules = build' >>"$CONF/triggerd.ini"
	echo one >"$T/src/list"
	pid=
}

teardown() {
	stop_triggerd
}

# json FILTER ARG...: what jq finds in what trigger-ctl prints.
json() {
	local filter=$1
	shift
	ctl "$@" >"$T/json" || [ $? -eq 1 ] || return
	jq -r "$filter" "$T/json"
}

build() {
	rule "$1" <<-EOF
		sources = $2
		target = $T/$1.out
		command = /bin/cp $T/src/list \${new}
	EOF
}

@test "explain tells of rules without a target, and without sources" {
	rule act <<-EOF
		sources = $T/src/list
		command = /bin/true
		user = $(id -un)
		watch = no
	EOF
	rule plain <<-EOF
		command = /bin/true
	EOF
	build build "$T/src/list"
	start_triggerd
	barrier
	run -0 ctl explain act
	grep -x 'asked by *no pipe and no watch' <<<"$output"
	grep -x " *as $(id -un)" <<<"$output"
	run ! grep '^target' <<<"$output"
	run -0 ctl explain plain
	run ! grep -e '^sources' -e 'a scan every' <<<"$output"
	[ "$(json '.kind, .target' explain --json act)" = $'action\nnull' ]
	[ "$(json .kind explain --json plain)" = plain ]
	[ "$(json .kind explain --json build)" = build ]
	# A run may take long.
	sed 's/^run_ms .*/run_ms 2345/' "$T/run/status" | put "$T/run/status"
	ctl explain build | grep -F '2.3 s'
	sed 's/^run_ms .*/run_ms 63000/' "$T/run/status" | put "$T/run/status"
	ctl explain build | grep -F '63 s'
	sed 's/^name build$/&\ndegraded too few watches/' "$T/run/status" |
		put "$T/run/status"
	ctl explain build | grep -A 1 'only scanned' | grep 'too few watches'
	printf 'a\0b\n' | put "$T/run/output/build"
	ctl explain build | grep -Fx '            | a b'
}

@test "explain shows twenty differences and counts the others" {
	local i
	build build "$T/src/*"
	start_triggerd
	barrier
	ctl pause build
	for i in $(seq 25); do
		echo >"$T/src/new$i"
	done
	run -1 ctl explain build
	[ "$(grep -c ' source-new: ' <<<"$output")" -eq 20 ]
	grep -x ' *and 5 more' <<<"$output"
}

@test "a rule whose first run failed has not been changed since" {
	rule build <<-EOF
		sources = $T/src/list
		target = $T/build.out
		command = /bin/true \${new}
		retry = 1h..1h
	EOF
	start_triggerd
	run -1 ctl sync
	run -1 ctl explain build
	grep '^behind  *yes: target-missing$' <<<"$output"
	run ! grep 'when it last ran well' <<<"$output"
	run ! grep 'source-new' <<<"$(ctl explain build)"
	touch -d tomorrow "$T/build.out"
	run -1 ctl explain build
	grep '^behind  *yes: first-run$' <<<"$output"
	grep 'It never ran well' <<<"$output"
	run -1 ctl dry-run build
	grep '^build: behind: first-run$' <<<"$output"
}

@test "explain tells of a damaged record, and of what a run reported" {
	rule build <<-EOF
		sources = $T/src/list
		target = $T/build.out
		command = /bin/sh -c 'cp $T/src/list "\$1"; echo $T/src/dep >"\$2"' sh \${new} \${deps}
	EOF
	echo >"$T/src/dep"
	start_triggerd
	barrier
	ctl explain build | grep -x ' *1  (reported by the last run)'
	ctl pause build
	find "$T/state" -name build -type f | grep . >"$T/records"
	while read -r file; do echo no cdb >"$file"; done <"$T/records"
	run -1 ctl explain build
	grep 'What was remembered of the last good run is damaged' <<<"$output"
}

@test "a target that cannot be looked at is told by explain" {
	build build "$T/src/list"
	start_triggerd
	barrier
	rm "$T/build.out"
	ln -s build.out "$T/build.out"
	run ctl explain build
	grep -x ' *Too many levels of symbolic links' <<<"$output"
}

@test "dry-run tells what is idle, what is blocked and what may follow" {
	build build "$T/src/none"
	build list "$T/src/list"
	build after "$T/list.out"
	build again "$T/list.out"
	build last "$T/after.out $T/again.out"
	start_triggerd
	barrier
	run -0 ctl dry-run build
	grep -x 'build: idle.*' <<<"$output"
	[ "$(json '.rules[].verdict' dry-run --json build)" = idle ]
	ctl pause list
	echo two | put "$T/src/list"
	run -1 ctl dry-run list
	grep -x 'last: may follow' <<<"$output"
	ln -sf list "$T/src/list"
	[ "$(ctl dry-run --json list | jq -r '.rules[0].verdict, .behind')" = \
		$'blocked\nnull' ]
	run -111 ctl explain list
	grep 'cannot be looked at: Too many levels' <<<"$output"
}

@test "an equal product that has two names stays where it is" {
	build build "$T/src/list"
	echo 'mode = 0644' >>"$CONF/rules.d/build.ini"
	start_triggerd
	barrier
	ln "$T/build.out" "$T/other"
	echo one | put "$T/src/list"
	barrier
	[ "$T/build.out" -ef "$T/other" ]
	# Its other name would get the owner and the mode.
	chmod 600 "$T/build.out"
	echo one | put "$T/src/list"
	barrier
	[ "$(stat -c %a "$T/build.out" "$T/other")" = $'644\n600' ]
}

@test "a source may have a star in its name" {
	rule build <<-EOF
		sources = $T/src/a\\*b
		target = $T/star.out
		command = /bin/cp "$T/src/a*b" \${new}
		settle = 0
	EOF
	echo one >"$T/src/a*b"
	echo two >"$T/src/axb"
	start_triggerd
	barrier
	echo three | put "$T/src/a*b"
	wait_until 30 grep -x three "$T/star.out"
}

@test "a dependency that could not be looked at is told as that" {
	rule build <<-EOF
		sources = $T/src/list
		target = $T/build.out
		command = /bin/sh -c 'cp $T/src/list "\$1"; echo $T/src/dep >"\$2"' sh \${new} \${deps}
	EOF
	ln -s dep "$T/src/dep"
	start_triggerd
	run -1 barrier
	ctl pause build
	rm "$T/src/dep"
	echo >"$T/src/dep"
	run -1 ctl explain build
	grep 'source-changed: could not be looked at for the last run' \
		<<<"$output"
}

@test "config --json has users as numbers, variables, and any bytes" {
	printf 'owner = %s\ngroup = %s\n[vars]\nhere = %s\n' "$(id -u)" \
		"$(id -gn)" "$T" >>"$CONF/triggerd.ini"
	rule build <<-EOF
		description = $(printf 'euro \342\202\254, cut \342\202!')
		sources = \${here}/src/list
		target = $T/build.out
		command = /bin/cp $T/src/list \${new}
	EOF
	[ "$(json '.vars.here' config --json)" = "$T" ]
	[ "$(json '.pipes[0].owner' config --json)" = "$(id -u)" ]
	[ "$(json '.pipes[0].owner | type' config --json)" = number ]
	[ "$(json '.pipes[0].group' config --json)" = "$(id -g)" ]
	json '.rules[0].description' config --json |
		grep -Fx 'euro €, cut \xe2\x82!'
}

@test "explain tells that the rule itself has changed" {
	build build "$T/src/list"
	start_triggerd
	barrier
	ctl pause build
	echo 'env.MORE = 1' >>"$CONF/rules.d/build.ini"
	ctl reload
	run -1 ctl explain build
	grep -x 'behind  *yes: rule-changed' <<<"$output"
	grep 'Its command, environment, user, patterns or target are' \
		<<<"$output"
}

@test "status tells why a rule without sources has failed" {
	rule plain <<-EOF
		command = /bin/false
	EOF
	build build "$T/src/list"
	start_triggerd
	run -1 ctl run plain
	run -1 ctl status plain
	grep -x ' *asked' <<<"$output"
}
