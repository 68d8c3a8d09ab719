# The keys of a rule that say when and how its command runs, one by one.  What
# they mean in every state of a rule is in unit/life_test.c.

load lib/triggerd

setup() {
	make_conf 'scan = 1h'
	pid=
}

teardown() {
	stop_triggerd
}

# copying NAME LINE...: a rule that copies src/NAME to out.NAME, and notes each
# run.
copying() {
	command_file copy <<-'EOF'
		echo run >>"$RUNS"
		cat "$1" >"$2"
	EOF
	echo first >"$T/src/$1"
	rule "$1" <<-EOF
		sources = $T/src/$1
		target = $T/out.$1
		command = $T/copy $T/src/$1 \${new}
		env.RUNS = $T/runs.$1
		settle = 10ms
		$(printf '%s\n' "${@:2}")
	EOF
}

# telling LINE...: a plain rule whose command tells how it was started.
telling() {
	command_file tell <<-'EOF'
		pwd >"$OUT.dir"
		umask >"$OUT.umask"
		nice >"$OUT.nice"
		env | sort >"$OUT.env"
		ulimit -Sn >"$OUT.files"
	EOF
	rule tell <<-EOF
		command = $T/tell
		env.OUT = $T/out
		settle = 0
		retry = 20ms..20ms
		$(printf '%s\n' "$@")
	EOF
}

# is_state RULE STATE, has_checks RULE COUNT: for wait_until.
is_state() {
	[ "$(status_of "$1" state)" = "$2" ]
}

has_checks() {
	[ "$(status_of "$1" checks)" -ge "$2" ]
}

@test "min_interval: a rule that ran waits, and then runs by itself" {
	copying a 'min_interval = 2s'
	start_triggerd -v
	barrier
	# Again, if the last run was so long ago that there is nothing to wait for.
	n=1
	is_noticed() { grep -q 'a: spaced' "$T/log" || grep -qx "$n" "$T/out.a"; }
	until grep 'a: spaced' "$T/log"; do
		n=$((n + 1))
		echo "$n" | put "$T/src/a"
		wait_until 20 is_noticed
		[ "$n" -lt 20 ]
	done
	wait_until 20 grep -qx "$n" "$T/out.a"
	barrier a
	[ "$(count "$T/runs.a")" -eq "$n" ]
}

@test "min_interval: sync names a rule that is held back, run ends the wait" {
	copying a 'min_interval = 1h'
	start_triggerd
	barrier
	echo second | put "$T/src/a"
	run -1 ctl sync
	grep -w a <<<"$output"
	is_state a spaced
	[ "$(cat "$T/out.a")" = first ]
	ctl run a
	[ "$(cat "$T/out.a")" = second ]
}

@test "recheck: a pipe hint is followed by a second look" {
	copying a 'watch = no' 'recheck = 300ms'
	copying b 'watch = no'
	start_triggerd
	barrier
	before=$(status_of a checks)
	other=$(status_of b checks)
	touch "$PIPE"
	wait_until 20 has_checks a $((before + 2))
	[ "$(status_of b checks)" -eq $((other + 1)) ]
}

@test "scan: a rule with an interval of its own is asked that often" {
	copying a 'watch = no' 'scan = 100ms'
	copying b 'watch = no'
	start_triggerd
	barrier
	before=$(status_of b checks)
	echo second | put "$T/src/a"
	echo second | put "$T/src/b"
	wait_until 20 grep -q second "$T/out.a"
	[ "$(status_of b checks)" -eq "$before" ]
	[ "$(cat "$T/out.b")" = first ]
}

@test "scan: the daemon's does not ask a rule with one of its own" {
	make_conf 'scan = 100ms'
	copying a
	copying b 'scan = 1h'
	copying c 'scan = 0'
	start_triggerd
	barrier
	b=$(status_of b checks)
	c=$(status_of c checks)
	wait_until 20 has_checks a $(($(status_of a checks) + 3))
	[ "$(status_of b checks)" -eq "$b" ]
	[ "$(status_of c checks)" -eq "$c" ]
}

@test "nice: the command has that niceness" {
	telling "nice = 7"
	start_triggerd
	barrier
	[ "$(cat "$T/out.nice")" -eq 7 ]
}

@test "nice: below zero for those who may" {
	[ "$(nice -n -3 nice 2>/dev/null)" = -3 ] ||
		skip 'may not raise its priority'
	telling "nice = -3"
	start_triggerd
	barrier
	[ "$(cat "$T/out.nice")" -eq -3 ]
}

@test "a command may open as many files as the daemon was started with" {
	telling
	command_file list <<-EOF
		ulimit -Sn >"$T/list.files"
		echo one
	EOF
	rule each <<-EOF
		foreach_command = $T/list
		command = true
	EOF
	ulimit -Sn 200
	start_triggerd
	barrier
	[ "$(cat "$T/list.files")" -eq 200 ]
	[ "$(cat "$T/out.files")" -eq 200 ]
}

@test "umask: 022, or as the rule says, whatever the daemon's is" {
	telling
	umask 000
	start_triggerd
	umask 022
	barrier
	[ "$(cat "$T/out.umask")" = 0022 ]
	stop_triggerd
	telling "umask = 0127"
	start_triggerd
	barrier
	[ "$(cat "$T/out.umask")" = 0127 ]
}

@test "dir: /, or as the rule says" {
	telling
	start_triggerd
	barrier
	[ "$(cat "$T/out.dir")" = / ]
	stop_triggerd
	telling "dir = $T/src"
	start_triggerd
	barrier
	[ "$(cat "$T/out.dir")" = "$T/src" ]
}

@test "dir: one that is not there fails the run, until it is there" {
	telling "dir = $T/later"
	start_triggerd
	wait_until 20 grep -q 'tell: .*chdir.*No such file' "$T/log"
	[ ! -e "$T/out.dir" ]
	is_named() {
		[ "$(status_of tell note)" = \
			"cannot start: $T/later: No such file or directory" ]
	}
	wait_until 20 is_named
	mkdir "$T/later"
	is_told() { [ "$(cat "$T/out.dir" 2>/dev/null)" = "$T/later" ]; }
	wait_until 20 is_told
}

@test "env: the command has what the rule says and nothing of ours" {
	export STRAY=stray
	telling "env.ONE = a  'b' \$\${x}" 'env.LANG = en_GB.UTF-8' \
		'env.HOME = /elsewhere' "env.PATH = $T/src:/usr/bin:/bin"
	start_triggerd
	barrier
	grep -Fx "ONE=a  'b' \${x}" "$T/out.env"
	grep -Fx LANG=en_GB.UTF-8 "$T/out.env"
	grep -Fx HOME=/elsewhere "$T/out.env"
	grep -Fx "PATH=$T/src:/usr/bin:/bin" "$T/out.env"
	grep -Fx TRIGGERD_RULE=tell "$T/out.env"
	grep -x 'TRIGGERD_REASON=[a-z-]*' "$T/out.env"
	# What a shell adds by itself does not count.
	names=$(sed 's/=.*//' "$T/out.env" | grep -vx -e PWD -e OLDPWD -e SHLVL \
		-e _ | tr '\n' ' ')
	[ "$names" = "HOME LANG ONE OUT PATH TRIGGERD_DEPS TRIGGERD_NEW \
TRIGGERD_REASON TRIGGERD_RULE TRIGGERD_TARGET " ]
}
