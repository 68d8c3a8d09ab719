# What trigger-ctl says and how it ends, with a daemon and without.

load lib/triggerd

setup() {
	make_conf
	rule list <<-EOF
		sources = $T/src/list
		target = $T/out
		command = /bin/cp $T/src/list \${new}
		settle = 0
	EOF
	rule after <<-EOF
		sources = $T/out
		command = /bin/true
		settle = 0
	EOF
	echo one >"$T/src/list"
}
teardown() {
	# Some tests stop it for a while, and may fail meanwhile.
	[ -z "${pid:-}" ] || kill -CONT "$pid"
	stop_triggerd
}

replies() { find "$T/run/reply" -type p; }
has_reply() { [ -n "$(replies)" ]; }

@test "without a daemon, commands for it end with 3 and one line" {
	for command in check 'run list' sync status; do
		# shellcheck disable=SC2086
		run -3 ctl $command
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *'no daemon is running'* ]]
	done
}

@test "a status file that a killed daemon left behind is not believed" {
	start_triggerd
	kill_triggerd
	[ -e "$T/run/status" ]
	# What it had forked just then has its lock until it has closed that.
	flock "$T/run/lock" true
	run -3 ctl status
	run -3 ctl sync
}

@test "unknown commands and rules, and missing ones, end with 2" {
	start_triggerd
	run -2 ctl
	run -2 ctl frob
	run -2 ctl run
	run -2 ctl config list
	for command in check run sync status dry-run; do
		run -2 ctl "$command" nosuch
		run -2 ctl "$command" $'list\nsync'
		run -2 ctl "$command" 'list after'
	done
}

@test "dry-run says what is behind, how, what would run and what may follow" {
	run -1 ctl dry-run
	[[ $output == *"list: behind: target-missing: $T/out"* ]]
	[[ $output == *"would run: /bin/cp $T/src/list \${new}"* ]]
	start_triggerd
	barrier
	run -0 ctl dry-run
	[ "$output" = $'after: current\nlist: current' ]
	stop_triggerd
	echo more >>"$T/src/list"
	run -1 ctl dry-run
	[[ $output == *'after: current; may follow'* ]]
	[[ $output == *"list: behind: source-changed: $T/src/list: size 4"* ]]
}

@test "dry-run changes nothing" {
	start_triggerd
	barrier
	stop_triggerd
	echo more >>"$T/src/list"
	before=$(cd "$T" && find . -newer src/list -o -type f -exec md5sum {} +)
	run -1 ctl dry-run
	[ "$before" = "$(cd "$T" &&
		find . -newer src/list -o -type f -exec md5sum {} +)" ]
}

@test "dry-run of a rule shows those that it depends on if they are behind" {
	run -1 ctl dry-run after
	[[ $output == *'list: behind'* ]]
	start_triggerd
	barrier
	run -0 ctl dry-run after
	[ "$output" = 'after: current' ]
}

@test "a source that cannot be looked at is not taken for one that is not behind" {
	ln -s loop "$T/src/loop"
	rule loop <<-EOF
		sources = $T/src/loop/file
		target = $T/loop.out
		command = /bin/cp $T/src/list \${new}
	EOF
	run -111 ctl dry-run loop
	[[ $output == *"loop: blocked: $T/src/loop/file"* ]]
}

@test "every error of the configuration is printed, and the end is 2" {
	echo 'frob = 1' >>"$CONF/rules.d/list.ini"
	echo 'frob = 1' >>"$CONF/rules.d/after.ini"
	for command in dry-run config 'explain list'; do
		# shellcheck disable=SC2086 # two words
		run -2 ctl $command
		[[ $output == *after.ini:*frob* ]]
		[[ $output == *list.ini:*frob* ]]
	done
	run -3 ctl sync
	sed -i 's/^run = .*/run = frob/' "$CONF/triggerd.ini"
	for command in sync status watch; do
		run -2 ctl "$command"
		[[ $output == *triggerd.ini:*'run: relative path'* ]]
	done
}

# Each word of a daemon's commands, with what it needs.
COMMANDS='sync check status reload pause resume run:list accept:list'

@test "a daemon that runs on with what it read before is found in spite of errors" {
	sed -i 's/^state = .*/&\nauto_reload = no/' "$CONF/triggerd.ini"
	start_triggerd
	barrier
	echo 'frob = 1' >>"$CONF/rules.d/list.ini"
	sed -i 's/^state = .*/&\nfrob = 1/' "$CONF/triggerd.ini"
	for command in $COMMANDS; do
		expected=0
		[ "$command" != reload ] || expected=2
		run -$expected --separate-stderr ctl ${command/:/ }
		# Each error once, whoever tells it.
		[ "$(grep -c '^.*triggerd.ini:[0-9]*: frob' <<<"$stderr")" -eq 1 ]
	done
	echo two | put "$T/src/list"
	run -0 --separate-stderr ctl sync
	[ "$(cat "$T/out")" = two ]
	[[ $stderr == *"the daemon in $T/run runs with what it read before"* ]]
	run -1 --separate-stderr ctl status --json # it refused to reload
	[ "$(jq -r .daemon.config_dir <<<"$output")" = "$(realpath "$CONF")" ]
}

@test "with errors no other daemon is taken for ours, nor an unsafe file believed" {
	mkdir "$T/other"
	start_triggerd
	barrier
	cp -R "$CONF/." "$T/other"
	echo 'frob = 1' >>"$T/other/triggerd.ini"
	for command in $COMMANDS watch; do
		run -2 "$CTL" -c "$T/other" ${command/:/ }
	done
	[ "$(status_of list paused)" -eq 0 ]
	# The same directory by another name is ours.
	echo 'frob = 1' >>"$CONF/triggerd.ini"
	ln -s conf "$T/alias"
	run -0 "$CTL" -c "$T/alias" sync
	chmod o+w "$CONF/triggerd.ini"
	run -2 ctl sync
	[[ $output == *'can be written by'* ]]
	chmod o-w "$CONF/triggerd.ini"
	run -0 ctl sync
	# What hides where it is.
	sed -i 's/^run = .*/run = frob/' "$CONF/triggerd.ini"
	run -2 ctl sync
}

@test "what config prints is a configuration again" {
	ctl config >"$T/printed"
	grep -q "^target = $T/out" "$T/printed"
}

@test "status shows each rule in columns below a heading" {
	start_triggerd
	barrier
	run -0 ctl status
	[[ ${lines[0]} == "triggerd: process $pid, started "*' ago, '*hints ]]
	[[ ${lines[1]} == 'RULE '*STATE*RUNS*FAILED*'LAST RUN'*'NEXT TRY' ]]
	[[ ${lines[2]} == '-----'*'  -------  '* ]]
	[[ ${lines[3]} == 'after '*current*' 1 '*' 0 '*'s ago'* ]]
	[[ ${lines[4]} == 'list '*current* ]]
	run -0 ctl status list
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[2]} == 'list '*current*1* ]]
}

# Rules that end badly, each in its way.
bad_rules() {
	rule wrong <<-EOF
		sources = $T/src/list
		target = $T/wrong.out
		command = /bin/sh -c "echo no good; exit 100"
	EOF
	rule $(printf 'f%063d' 0) <<-EOF
		sources = $T/src/list
		target = $T/failing.out
		command = /bin/false
		retry = 1h..2h
	EOF
	rule guarded <<-EOF
		sources = $T/src/list
		target = $T/guarded.out
		command = /bin/cp $T/src/list \${new}
		min_records = 1000
	EOF
}

@test "status tells trouble below the rule's line, and ends with 1" {
	bad_rules
	start_triggerd
	run -1 barrier
	run -1 ctl status
	grep -A2 '^wrong ' <<<"$output" | tail -1 | grep -x '    exit 100'
	grep -Eq '^ +failed .*in (5[4-9]|60) min$' <<<"$output"
	grep -q '^guarded  *refused ' <<<"$output"
	run -1 ctl status guarded
	run -0 ctl status list
}

@test "status fits 80 columns, but for paths" {
	bad_rules
	start_triggerd
	run -1 barrier
	ctl status | grep -v "$T" >"$T/shown" || true
	run -1 grep -E '^.{81,}' "$T/shown"
	[ "$(wc -l <"$T/shown")" -ge 9 ]
}

# The last words of a status file with an error, without the daemon's help.
fake_status() {
	mkdir -p "$T/run"
	cat >"$T/run/status"
	[ -n "${lock:-}" ] || exec {lock}>"$T/run/lock"
	flock -n "$lock"
}

@test "status shows a refused configuration first, and ends with 1" {
	fake_status <<-EOF
		triggerd-status 1
		pid $$
		started_at 1
		hints 0
		config_error /etc/x.ini:3: frob: unknown key

		name list
		state current
	EOF
	run -1 ctl status
	[[ ${lines[1]} == 'configuration refused'* ]]
	[[ ${lines[2]} == *'/etc/x.ini:3: frob: unknown key' ]]
	run -1 ctl status --json
	[ "$(jq -r .daemon.config_error <<<"$output")" = \
		'/etc/x.ini:3: frob: unknown key' ]
	run -0 ctl status list
}

@test "a status file that cannot be read or understood is trouble" {
	fake_status <<<'triggerd-status 999'
	run -111 ctl status
	[[ $output == *"$T/run/status: not a status file"* ]]
	printf 'triggerd-status 1\npid 1\n\nname list\nstate current\nruns 12' \
		>"$T/run/status"
	run -111 ctl status
	echo 3 >>"$T/run/status"
	run -0 ctl status
	: >"$T/run/status"
	run -111 ctl status
	rm "$T/run/status"
	mkdir "$T/run/status"
	run -111 ctl status
	rmdir "$T/run/status"
	run -3 ctl status
}

# json FILTER ARG...: what jq finds in what trigger-ctl prints.
json() {
	local filter=$1
	shift
	ctl "$@" >"$T/json" || [ $? -eq 1 ] || return
	jq -r "$filter" "$T/json"
}

@test "status --json has numbers as numbers and null for what is not there" {
	bad_rules
	start_triggerd
	run -1 barrier
	[ "$(json .daemon.pid status --json)" = "$pid" ]
	[ "$(json .well status --json)" = false ]
	[ "$(json '.rules | map(.name) | index("list")' status --json)" = 3 ]
	[ "$(json '.rules[].runs | type' status --json list)" = number ]
	[ "$(json '.rules[].note' status --json list)" = null ]
	[ "$(json '.rules[].next_at' status --json list)" = null ]
	[ "$(json '.rules[].last_ok_at' status wrong --json)" = null ]
	[ "$(json '.rules[].state' status --json wrong)" = waiting ]
	at=$(json '.rules[].last_ok_at' status --json list)
	[ $(($(date +%s) - at / 1000)) -le 600 ]
	[ "$(json '.rules | length' status list --json)" = 1 ]
}

@test "dry-run --json tells verdict, reason, path and command" {
	run -1 ctl dry-run --json
	[ "$(jq -r .behind <<<"$output")" = true ]
	[ "$(jq -r '.rules[] | select(.name == "list") |
		.verdict, .reason, .path, .command[0]' <<<"$output")" = \
		"$(printf '%s\n' behind target-missing "$T/out" /bin/cp)" ]
	[ "$(jq '.rules[] | select(.name == "after") | .may_follow' \
		<<<"$output")" = true ]
	start_triggerd
	barrier
	run -0 ctl dry-run --json list
	[ "$(jq -c '[.behind, .rules[].verdict]' <<<"$output")" = \
		'[false,"current"]' ]
}

@test "config --json has every key that config prints" {
	sed -i 's/^settle.*/settle = 200ms/' "$CONF/rules.d/list.ini"
	printf 'env.WORDS = a "b" ; c\\\nmode = 0640\n' | sed 's/ ;//' \
		>>"$CONF/rules.d/list.ini"
	ctl config | sed -n '/^; list.ini/,$p' |
		sed -n 's/^\(env\.\)\{0,1\}\([A-Za-z_]*\) = .*/\2/p' |
		sort >"$T/printed"
	[ "$(wc -l <"$T/printed")" -ge 20 ]
	json '.rules[] | select(.name == "list") | del(.name) | del(.env) + .env |
		keys[]' config --json | sort >"$T/reported"
	diff "$T/printed" "$T/reported"
	[ "$(jq -c '.rules[] | select(.name == "list") |
		[.settle, .retry, .mode, .create, .command[2], .env.WORDS]' \
		"$T/json")" = \
		'[0.2,[5,900],"0640",true,"${new}","a \"b\" c\\x5c"]' ]
	[ "$(jq -r '.pipes[].rules[]' "$T/json")" = '*' ]
	[ "$(jq -r .daemon.run "$T/json")" = "$T/run" ]
}

@test "bytes that are not UTF-8 are escaped, so that JSON is always valid" {
	printf 'description = f\303\274r \377\300\200 \355\240\200 a\\b\n' \
		>>"$CONF/rules.d/list.ini"
	[ "$(json '.rules[] | select(.name == "list").description' \
		config --json)" = 'für \xff\xc0\x80 \xed\xa0\x80 a\x5cb' ]
	echo >"$T/src/"$'\351'
	rule odd <<-EOF
		sources = $T/src/*
		target = $T/odd
		command = /bin/cp $T/src/list \${new}
		create = yes
	EOF
	echo >"$T/odd"
	touch -d 2001-01-01 "$T/src/list" "$T/odd"
	[ "$(json '.rules[] | select(.name == "odd").path' dry-run --json)" = \
		"$T/src/\\xe9" ]
}

@test "explain tells everything that differs, not only what decided" {
	rule many <<-EOF
		description = many sources
		sources = $T/src/* $T/list2
		target = $T/many.out
		command = /bin/cp $T/src/list \${new}
	EOF
	echo >"$T/src/a"
	echo >"$T/src/b"
	start_triggerd
	barrier
	run -0 ctl explain many
	[[ ${lines[0]} == many ]]
	[[ ${lines[2]} == 'many sources' ]]
	grep -x 'behind *no' <<<"$output"
	grep -x "  *3  $T/src/\*" <<<"$output"
	grep -x "  *0  $T/list2" <<<"$output"
	stop_triggerd
	echo more >>"$T/src/list"
	rm "$T/src/a"
	echo >"$T/src/c"
	echo vandal >"$T/many.out"
	run -1 ctl explain many
	grep "^state *no daemon is running" <<<"$output"
	grep -x 'behind *yes: source-gone' <<<"$output"
	grep -xA1 " *$T/src/a" <<<"$output" | grep -x ' *source-gone: gone'
	grep -xA1 " *$T/src/c" <<<"$output" | grep -x ' *source-new: new'
	grep -xA1 " *$T/src/list" <<<"$output" | grep ' *source-changed: size 4 '
	grep -xA1 " *$T/many.out" <<<"$output" | grep 'target-replaced: '
	run ! grep "$T/src/b" <<<"$output"
	[ "$(json '.differences[].reason' explain --json many)" = "$(printf \
		'%s\n' source-gone source-new source-changed target-replaced)" ]
	[ "$(jq -c '[.files, (.sources | map(.files))]' "$T/json")" = '[3,[3,0]]' ]
}

@test "explain without a record names every source that is newer" {
	echo >"$T/out"
	rule two <<-EOF
		sources = $T/src/*
		target = $T/two.out
		command = /bin/cp $T/src/list \${new}
	EOF
	echo >"$T/two.out"
	echo >"$T/src/old"
	echo >"$T/src/other"
	touch -d 2001-01-01 "$T/src/old"
	touch -d 2001-01-02 "$T/two.out"
	run -1 ctl explain two
	[ "$(grep -c ' source-newer: ' <<<"$output")" -eq 2 ]
}

@test "explain says what a state means, what ends it and what was printed" {
	bad_rules
	start_triggerd
	run -1 barrier
	run -1 ctl explain wrong
	grep -x 'state *waiting: exit 100' <<<"$output"
	grep -x ' *| no good' <<<"$output"
	grep -q 'source is wrong' <<<"$output"
	grep -q 'just this state failed (exit 100)' <<<"$output"
	[ "$(json '.status.state, .output.last_lines[]' explain --json wrong)" = \
		$'waiting\nno good' ]
	run -1 ctl explain "$(printf 'f%063d' 0)"
	grep -Eq 'goes on in (5[4-9]|60) min' <<<"$output"
	run -0 ctl explain list
	grep -x 'downstream *after' <<<"$output"
	grep "^asked by *the pipe hint: $PIPE" <<<"$output"
	run -0 ctl explain after
	grep -x 'upstream *list' <<<"$output"
	run -2 ctl explain
	run -2 ctl explain list after
	run -2 ctl explain nosuch
}

@test "explain shows the last lines of a long output" {
	rule long <<-EOF
		sources = $T/src/list
		command = /bin/sh -c "seq 100000; printf 'not\\\\001whole'"
	EOF
	start_triggerd
	barrier
	run -0 ctl explain long
	[ "$(grep -c '^ *| ' <<<"$output")" -eq 10 ]
	grep -xF '            | 100000' <<<"$output"
	grep -xF '            | not\x01whole' <<<"$output"
}

@test "explain of a rule that has not run yet says that there is no output" {
	rule never <<-EOF
		sources = $T/nothing
		target = $T/never.out
		command = /bin/cp $T/nothing \${new}
	EOF
	start_triggerd
	barrier
	run -0 ctl explain never
	grep -x "output *$T/run/output/never: none yet" <<<"$output"
}

@test "explain of a source that cannot be looked at ends with 111" {
	ln -s loop "$T/src/loop"
	rule loop <<-EOF
		sources = $T/src/loop/file $T/src/list
		target = $T/loop.out
		command = /bin/cp $T/src/list \${new}
	EOF
	run -111 ctl explain loop
	grep -xA1 " *$T/src/loop/file" <<<"$output" |
		grep 'cannot be looked at: Too many levels'
	start_triggerd
	run -1 barrier loop
	run -111 ctl explain loop
	grep -q '^state *blocked' <<<"$output"
	[ "$(json '.verdict' explain --json list)" = current ]
}

@test "explain knows every state that a rule can have" {
	mapfile -t words < <(sed -n '/^life_word/,/^}/p' "$TOP/daemon/life.c" |
		sed -n 's/.*return "\([a-z-]*\)".*/\1/p')
	[ "${#words[@]}" -ge 16 ]
	for word in "${words[@]}"; do
		fake_status <<-EOF
			triggerd-status 1
			pid $$

			name list
			state $word
		EOF
		ctl explain list --json >"$T/json" || [ $? -eq 1 ]
		[ -n "$(jq -r .meaning "$T/json")" ] || fail_with_log "$word"
	done
}

# Follow in the background; what is told goes to a file.
start_watch() {
	"$CTL" -c "$CONF" watch "$@" >"$T/told" 2>"$T/told.errors" 3>&- &
	watcher=$!
	wait_until 10 grep -q list "$T/told"
}

told() { grep -Eq "^[0-9:]{8} $1" "$T/told"; }

@test "watch tells states and runs until the daemon ends, and ends with 3" {
	start_triggerd
	barrier
	start_watch
	wait_until 10 told 'list: current$'
	wait_until 10 told 'after: current$'
	echo more >>"$T/src/list"
	wait_until 10 told 'list: ran, .* well$'
	wait_until 10 told 'after: ran, .* well$'
	for n in 1 2 3; do
		echo "$n" >>"$T/src/list"
		barrier
	done
	runs=$(status_of list runs)
	told_runs() {
		[ "$(awk '$2 == "list:" && $3 == "ran," { n++ }
			$2 == "list:" && $3 == "ran" { n += $4 }
			END { print n }' "$T/told")" -eq $((runs - 1)) ]
	}
	wait_until 10 told_runs
	stop_triggerd
	status=0
	wait "$watcher" || status=$?
	[ "$status" -eq 3 ]
	grep 'no daemon is running' "$T/told.errors"
}

@test "watch tells how a run failed and when it is tried again" {
	rule list <<-EOF
		sources = $T/src/list
		target = $T/out
		command = /bin/sh -c "test ! -e $T/bad && cp $T/src/list \$0" \${new}
		settle = 0
		retry = 1h..2h
	EOF
	start_triggerd
	barrier
	start_watch list
	touch "$T/bad"
	echo more >>"$T/src/list"
	wait_until 10 told 'list: ran, .* failed$'
	wait_until 10 told 'list: failed: source-changed: .*: exit 1; next try in'
	run ! told after
	kill "$watcher"
	wait "$watcher" || true
}

@test "a pause is shown by status, explain and watch" {
	start_triggerd
	barrier
	start_watch
	ctl pause list
	run -0 ctl status list
	grep -x '    paused: .*' <<<"$output"
	[ "$(json '.rules[].paused' status --json)" = $'false\ntrue' ]
	run -0 ctl explain list
	grep "It is paused" <<<"$output"
	wait_until 10 told 'list: paused$'
	ctl resume list
	wait_until 10 told 'list: resumed$'
	kill "$watcher"
	wait "$watcher" || true
}

@test "explain wants one instance of a rule that has several" {
	rule each <<-EOF
		foreach = one two
		sources = $T/src/list
		target = $T/\${instance}.out
		command = /bin/cp $T/src/list \${new}
	EOF
	run -1 ctl explain each@one
	run -2 ctl explain each
	[[ $output == *'name one of them'* ]]
	[ "$(json '[.rules[].name] | map(select(startswith("each"))) | length' \
		dry-run --json each)" -eq 2 ]
	ctl config --json | jq . >"$T/json"
}

@test "watch notices that the daemon was killed" {
	start_triggerd
	barrier
	start_watch
	kill_triggerd
	status=0
	wait "$watcher" || status=$?
	[ "$status" -eq 3 ]
}

@test "watch ends when nobody reads any more, though nothing changes" {
	start_triggerd
	barrier
	mkfifo "$T/pipe"
	"$CTL" -c "$CONF" watch >"$T/pipe" 3>&- &
	watcher=$!
	read -r _ <"$T/pipe"
	status=0
	wait "$watcher" || status=$?
	[ "$status" -eq $((128 + 13)) ]
	[ -c /dev/full ] || skip 'no /dev/full'
	run -111 bash -c '"$1" -c "$2" watch >/dev/full' - "$CTL" "$CONF"
	[[ $output == *'No space left'* ]]
}

@test "watch of an unknown rule ends with 2, and without a daemon with 3" {
	run -3 ctl watch
	start_triggerd
	run -2 ctl watch nosuch
	run -2 ctl watch --json
}

@test "options stand after the command or among its rules; -- ends them" {
	start_triggerd
	barrier
	run -0 ctl status list --json
	jq . <<<"$output"
	run -2 ctl status --frob
	[[ $output == *--frob*usage:* ]]
	run -2 ctl status -- --json
	[[ $output == *"unknown rule '--json'"* ]]
	run -2 ctl sync --json
	[[ $output == *'has no --json'*usage:* ]]
	run -2 ctl --json status
	run -0 ctl status -h
	[[ $output == usage:* ]]
	run -2 --separate-stderr ctl run
	[ -z "$output" ]
	[[ $stderr == *'needs the name of a rule'*usage:* ]]
}

@test "the answer's pipe is removed after the answer" {
	start_triggerd
	barrier
	[ -z "$(replies)" ]
}

@test "the answer's pipe is removed when a signal ends the wait" {
	start_triggerd
	kill -STOP "$pid"
	for signal in HUP INT TERM; do
		# A shell's background jobs ignore INT; env takes that back.
		env --default-signal=INT "$CTL" -c "$CONF" sync 3>&- &
		client=$!
		wait_until 10 has_reply
		kill -"$signal" "$client"
		run wait "$client"
		wait "$client" || status=$?
		[ "$status" -gt 128 ]
		[ -z "$(replies)" ]
	done
	kill -CONT "$pid"
}

# For how many seconds does a client wait for a daemon that has died?
wait_for_the_dead() {
	start_triggerd
	kill -STOP "$pid"
	"$CTL" -c "$CONF" sync 2>"$T/said" 3>&- &
	client=$!
	wait_until 10 has_reply
	kill_triggerd
	status=0
	SECONDS=0
	wait "$client" || status=$?
	waited=$SECONDS
	[ "$status" -eq 3 ]
	grep 'went away' "$T/said"
	[ -z "$(replies)" ]
}

@test "a daemon that dies ends the wait with 3" {
	# Not each time where it waits for a processor, too.
	for _ in 1 2 3 4 5; do
		wait_for_the_dead
		[ "$waited" -gt 2 ] || break
	done
	[ "$waited" -le 2 ]
}

@test "a daemon that has no descriptor left for the answer tries again" {
	command -v prlimit || skip "no prlimit"
	# The limit would be less than poll(2) is asked for, and it refuses that.
	! on_kqueue || skip "with libkqueue 4 is free, and more are waited for"
	start_without_gap
	barrier
	is_told() {
		grep 'reply/.*: Too many open files; trying again' "$T/log"
	}
	is_told_or_answered() { is_told || is_gone "$client"; }
	# It may have closed one more since they were counted.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		! is_told || break
		no_descriptors
		"$CTL" -c "$CONF" check 3>&- &
		client=$!
		wait_until 10 is_told_or_answered
	done
	prlimit --pid "$pid" --nofile=100:
	wait "$client" || [ $? -eq 1 ] # its records could not be read either
	[ -z "$(replies)" ]
	[ "$(grep -c 'trying again' "$T/log")" -eq 1 ]
	run ! grep 'given up' "$T/log"
}

@test "the pipe of a client that was killed goes with the next start" {
	start_triggerd
	kill -STOP "$pid"
	"$CTL" -c "$CONF" sync 3>&- &
	client=$!
	wait_until 10 has_reply
	kill -KILL "$client"
	wait "$client" || true
	kill -CONT "$pid"
	stop_triggerd
	has_reply
	echo kept >"$T/run/reply/note"
	start_triggerd
	[ -z "$(replies)" ]
	[ -e "$T/run/reply/note" ]
}

@test "a stopped daemon is waited for" {
	start_triggerd
	kill -STOP "$pid"
	"$CTL" -c "$CONF" sync 3>&- &
	client=$!
	wait_until 10 has_reply
	kill -CONT "$pid"
	wait "$client"
	[ -z "$(replies)" ]
}

@test "200 clients at once are all answered" {
	start_triggerd
	kill -STOP "$pid"
	clients=()
	for _ in {1..200}; do
		"$CTL" -c "$CONF" sync 3>&- &
		clients+=($!)
	done
	all_ask() { [ "$(replies | wc -l)" -eq 200 ]; }
	wait_until 60 all_ask
	kill -CONT "$pid"
	for client in "${clients[@]}"; do wait "$client"; done
	[ -z "$(replies)" ]
}

@test "who may not command is told so in one line, and may ask" {
	[ "$(id -u)" -eq 0 ] || skip 'needs a second user'
	start_triggerd
	barrier
	as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	as_nobody test -x "$CTL" || skip 'the second user cannot come this far'
	run -111 as_nobody "$CTL" -c "$CONF" sync
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"$T/run/control: Permission denied" ]]
	run -0 as_nobody "$CTL" -c "$CONF" status
	run -111 as_nobody "$CTL" -c "$CONF" explain list
	grep 'output/list: Permission denied' <<<"$output"
	stop_triggerd
	run -3 as_nobody "$CTL" -c "$CONF" status
}

@test "something else in place of the control pipe is trouble" {
	start_triggerd
	mv "$T/run/control" "$T/run/kept"
	echo >"$T/run/control"
	run -111 ctl sync
	[[ $output == *"$T/run/control: not a pipe" ]]
	[ ! -s "$T/run/control" ] || [ "$(wc -c <"$T/run/control")" -eq 1 ]
	rm "$T/run/control"
	run -3 ctl sync
	ln -s kept "$T/run/control"
	run -111 ctl sync
	mv "$T/run/kept" "$T/run/control"
	barrier
}

@test "a run directory that is missing or a file is no daemon, or trouble" {
	for command in sync status watch; do
		run -3 ctl "$command"
	done
	echo >"$T/run"
	run -111 ctl sync
	[[ $output == *'Not a directory'* ]]
	run -111 ctl status
}

# A pipe whose reader has gone before the first byte is written.
@test "a reader that leaves ends trigger-ctl, or is trouble" {
	mkfifo "$T/left"
	exec 4<>"$T/left" 5>"$T/left" 4<&-
	# shellcheck disable=SC2016
	run -141 bash -c '"$1" -c "$2" config >&5' - "$CTL" "$CONF"
	# shellcheck disable=SC2016
	run -111 bash -c 'trap "" PIPE; "$1" -c "$2" config >&5' - \
		"$CTL" "$CONF"
	exec 5>&-
	[[ $output == *'Broken pipe'* ]]
}

# A newline, the word, a blank after each name, the name of the pipe and a newline share
# PIPE_BUF bytes; unknown names of 64 bytes fill them.
@test "a command of one line is sent, a longer one is refused" {
	start_triggerd
	name=$(printf '%064d' 0)
	names=()
	for _ in {1..61}; do names+=("$name"); done
	run -2 ctl check "${names[@]}"
	[[ $output == *'no such rule'* ]]
	run -2 ctl check "${names[@]}" "$name" "$name"
	[[ $output == *'too many rules'* ]]
	barrier
}

@test "an output that is full or closed is trouble" {
	[ -c /dev/full ] || skip 'no /dev/full'
	start_triggerd
	barrier
	for command in config 'config --json' status 'status --json' dry-run -h \
		'status -h' --version; do
		# shellcheck disable=SC2016
		run -111 bash -c '"$1" -c "$2" $3 >/dev/full' - \
			"$CTL" "$CONF" "$command"
		[[ $output == *'No space left'* ]]
		# shellcheck disable=SC2016
		run -111 bash -c '"$1" -c "$2" $3 >&-' - \
			"$CTL" "$CONF" "$command"
	done
	run ! grep -r 'usage:\|trigger-ctl [0-9]' "$T/run/status" "$T/log"
}

@test "watch and explain tell of a refused configuration, and of a rule gone" {
	start_triggerd
	barrier
	start_watch
	printf '[rule]\ncommand = /bin/true\nfrob = 1\n' | put "$CONF/rules.d/x.ini"
	run -2 ctl reload
	wait_until 10 told 'triggerd: configuration refused: .*frob'
	rm "$CONF/rules.d/x.ini"
	printf '[rule]\ncommand = /bin/true\n' | put "$CONF/rules.d/new.ini"
	rm "$CONF/rules.d/after.ini"
	ctl reload
	wait_until 10 told 'triggerd: configuration accepted'
	wait_until 10 told 'after: no rule any more'
	kill "$watcher"
	wait "$watcher" || true
}

@test "who waits for a rule is answered when a reload removes it" {
	mkfifo "$T/go"
	rule slow <<-EOF
		sources = $T/src/list
		command = /bin/sh -c "read -r _ <$T/go"
		settle = 0
	EOF
	start_triggerd
	wait_until 10 grep -q '^state running' "$T/run/status"
	"$CTL" -c "$CONF" run slow >"$T/said" 2>&1 3>&- &
	client=$!
	# It has been heard, and would be unknown otherwise.
	wait_until 10 grep -q '^state running-again' "$T/run/status"
	rm "$CONF/rules.d/slow.ini"
	ctl reload
	wait_until 10 is_gone "$client"
	status=0
	wait "$client" || status=$?
	[ "$status" -eq 1 ]
	grep slow "$T/said"
	let_go "$T/go"
}

@test "a pause that cannot be written holds, and says that it will not last" {
	start_triggerd
	barrier
	echo >"$T/state/paused"
	run -1 ctl pause list
	[[ $output == *'list: will not outlive a restart: Not a directory'* ]]
	[ "$(status_of list paused)" -eq 1 ]
	# Asked for again, it is written again.
	rm "$T/state/paused"
	ctl pause list
	[ -e "$T/state/paused/list" ]
}

@test "triggerd tells its usage, and refuses what it does not know" {
	run -0 "$TRIGGERD" -h
	[[ $output == 'usage: triggerd '* ]]
	for argument in -x '-r x' extra; do
		# shellcheck disable=SC2086
		run -2 "$TRIGGERD" $argument
		[[ $output == *'usage: triggerd '* ]]
	done
}

@test "at the stop a client whose lists are still made is answered" {
	mkfifo "$T/go"
	command_file names <<-EOF
		[ ! -e $T/wait ] || { : >$T/asked; read -r _ <$T/go; }
		echo one
	EOF
	rule each <<-EOF
		foreach_command = $T/names
		sources = $T/src/list
		command = /bin/true \${instance}
	EOF
	start_triggerd
	barrier
	touch "$T/wait"
	"$CTL" -c "$CONF" sync each >"$T/said" 2>&1 3>&- &
	client=$!
	wait_until 10 test -e "$T/asked"
	stop_triggerd
	wait_until 10 is_gone "$client"
	status=0
	wait "$client" || status=$?
	[ "$status" -eq 3 ]
	grep -q "the daemon stops" "$T/said"
}

@test "explain tells of a rule that the daemon has not read, and why" {
	echo 'auto_reload = no' >"$T/more"
	sed -i "/^state/r $T/more" "$CONF/triggerd.ini"
	start_triggerd
	barrier
	printf '[rule]\nsources = %s\ncommand = /bin/true\n' "$T/src/list" |
		put "$CONF/rules.d/new.ini"
	run -1 ctl explain new
	grep 'not known to the daemon' <<<"$output"
	printf '[rule]\ncommand = /bin/true\nfrob = 1\n' |
		put "$CONF/rules.d/bad.ini"
	run -2 ctl reload
	rm "$CONF/rules.d/bad.ini"
	run -1 ctl explain new
	grep "^refused .*a changed configuration" <<<"$output"
}
