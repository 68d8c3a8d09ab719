# From a touch to a rebuilt file: the main job, end to end.

# bats file_tags=valgrind

load lib/triggerd

setup() {
	make_conf
	pid=
}

teardown() {
	stop_triggerd
}

# A rule that copies its sources into its target.
copying_rule() {
	command_file copy <<-'EOF'
		echo run >>"$RUNS"
		new=$1
		shift
		cat "$@" >"$new"
	EOF
	rule copy <<-EOF
		sources = $T/src/a $T/src/b
		target = $T/out
		command = $T/copy \${new} $T/src/a $T/src/b
		env.RUNS = $T/runs
		settle = 10ms
		$*
	EOF
	echo a >"$T/src/a"
	echo b >"$T/src/b"
}

@test "at the start a missing target is built before anybody asks" {
	copying_rule
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = "$(printf 'a\nb')" ]
	[ "$(count "$T/runs")" -eq 1 ]
}

# bats test_tags=valgrind:short
@test "a change of a source rebuilds the target" {
	copying_rule
	start_triggerd
	barrier
	echo changed | put "$T/src/a"
	barrier
	grep changed "$T/out"
	[ "$(count "$T/runs")" -eq 2 ]
}

@test "a touch of the pipe without a change runs nothing" {
	copying_rule
	start_triggerd
	barrier
	touch "$PIPE"
	echo >"$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	[ "$(status_of copy checks)" -ge 3 ]
}

@test "a source with an older time than before counts as changed" {
	copying_rule
	start_triggerd
	barrier
	echo older | put "$T/src/a"
	touch -d '2001-01-01' "$T/src/a"
	barrier
	grep older "$T/out"
}

@test "an older file moved over a source counts as changed" {
	echo moved >"$BATS_TEST_TMPDIR/other"
	touch -d '2001-01-01' "$BATS_TEST_TMPDIR/other"
	copying_rule
	start_triggerd
	barrier
	mv "$T/other" "$T/src/a"
	barrier
	grep moved "$T/out"
}

@test "a target that somebody overwrote or removed is made right" {
	copying_rule
	start_triggerd
	barrier
	echo vandal >"$T/out"
	barrier
	[ "$(cat "$T/out")" = "$(printf 'a\nb')" ]
	rm "$T/out"
	barrier
	[ "$(cat "$T/out")" = "$(printf 'a\nb')" ]
}

@test "what changed while the daemon was down is dealt with at its start" {
	copying_rule
	start_triggerd
	barrier
	stop_triggerd
	echo older | put "$T/src/b"
	touch -d '2001-01-01' "$T/src/b"
	start_triggerd
	barrier
	grep older "$T/out"
	stop_triggerd
	echo vandal >"$T/out"
	start_triggerd
	barrier
	grep older "$T/out"
	stop_triggerd
	rm "$T/out"
	start_triggerd
	barrier
	grep older "$T/out"
}

@test "nothing runs after a restart when nothing changed" {
	copying_rule
	start_triggerd
	barrier
	stop_triggerd
	start_triggerd
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
}

@test "an equal product is not installed" {
	copying_rule
	start_triggerd
	barrier
	before=$(stat -c '%i %y' "$T/out")
	touch "$T/src/a"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
	[ "$(stat -c '%i %y' "$T/out")" = "$before" ]
}

@test "a pattern sees new and vanished names, also in a new directory" {
	command_file list <<-'EOF'
		cat "$SRC"/*/list 2>/dev/null | sort >"$TRIGGERD_NEW"
	EOF
	rule list <<-EOF
		sources = $T/src/*/list
		target = $T/out
		command = $T/list \${new}
		env.SRC = $T/src
		settle = 10ms
	EOF
	mkdir "$T/src/one"
	echo 1 >"$T/src/one/list"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = 1 ]
	mkdir "$T/src/two" && echo 2 >"$T/src/two/list"
	barrier
	[ "$(cat "$T/out")" = "$(printf '1\n2')" ]
	rm "$T/src/one/list"
	barrier
	[ "$(cat "$T/out")" = 2 ]
	mv "$T/src/two" "$T/src/.away"
	mkdir "$T/src/three" && echo 3 >"$T/src/three/list"
	barrier
	[ "$(cat "$T/out")" = 3 ]
	stop_triggerd
	mv "$T/src/.away" "$T/src/two"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = "$(printf '2\n3')" ]
}

@test "a rule whose source another rule makes runs after it, once" {
	command_file copy <<-'EOF'
		echo "$TRIGGERD_RULE" >>"$RUNS"
		cat "$1" >"$TRIGGERD_NEW"
	EOF
	rule z-first <<-EOF
		sources = $T/src/a
		target = $T/mid
		command = $T/copy $T/src/a \${new}
		env.RUNS = $T/runs
		settle = 10ms
	EOF
	rule a-second <<-EOF
		sources = $T/mid
		target = $T/out
		command = $T/copy $T/mid \${new}
		env.RUNS = $T/runs
		settle = 10ms
	EOF
	echo 1 >"$T/src/a"
	start_triggerd
	barrier
	[ "$(tr '\n' ' ' <"$T/runs")" = "z-first a-second " ]
	echo 2 | put "$T/src/a"
	barrier
	[ "$(cat "$T/out")" = 2 ]
	[ "$(tr '\n' ' ' <"$T/runs")" = "z-first a-second z-first a-second " ]
}

@test "an action is run when its sources change, and not by a touch" {
	command_file act <<-'EOF'
		echo run >>"$RUNS"
	EOF
	rule act <<-EOF
		sources = $T/src/a
		compare = content
		command = $T/act
		env.RUNS = $T/runs
		settle = 10ms
	EOF
	echo a >"$T/src/a"
	start_triggerd
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	touch "$T/src/a"
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	echo b | put "$T/src/a"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
}

@test "a rule without sources runs at the start and at each hint, not by sync" {
	command_file act <<-'EOF'
		echo run >>"$RUNS"
	EOF
	rule plain <<-EOF
		command = $T/act
		env.RUNS = $T/runs
		settle = 0
	EOF
	start_triggerd
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	barrier
	ctl check
	kill -ALRM "$pid"
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	echo >"$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
	touch "$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq 3 ]
	ctl run plain
	[ "$(count "$T/runs")" -eq 4 ]
}

@test "a rule that is always behind is asked by the pipe, and not by sync" {
	copying_rule "always = yes"
	start_triggerd
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	touch "$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
}

@test "run runs a rule that is not behind, and tells how it went" {
	copying_rule
	start_triggerd
	barrier
	ctl run copy
	[ "$(count "$T/runs")" -eq 2 ]
}

@test "a build that fails leaves the old product and is named by sync" {
	command_file fragile <<-'EOF'
		grep bad "$1" && exit 1
		cat "$1" >"$TRIGGERD_NEW"
	EOF
	rule fragile <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/fragile $T/src/a \${new}
		settle = 10ms
		retry = 1h..1h
	EOF
	echo good >"$T/src/a"
	start_triggerd
	barrier
	echo bad | put "$T/src/a"
	run -1 ctl sync
	grep fragile <<<"$output"
	[ "$(cat "$T/out")" = good ]
	[ "$(status_of fragile state)" = failed ]
	run -1 ctl run fragile
	echo better | put "$T/src/a"
	barrier
	[ "$(cat "$T/out")" = better ]
}

# bats test_tags=valgrind:short
@test "a product that is no cdb, too small or too short is refused" {
	command_file make <<-'EOF'
		cp "$SRC" "$TRIGGERD_NEW"
	EOF
	rule list <<-EOF
		sources = $T/src/list
		target = $T/out
		command = $T/make \${new}
		env.SRC = $T/src/list
		min_records = 2
		max_shrink = 50%
		settle = 10ms
	EOF
	rule base <<-EOF
		sources = $T/src/base
		target = $T/out.cdb
		command = $T/make \${new}
		env.SRC = $T/src/base
		check = cdb
		settle = 10ms
	EOF
	seq 10 >"$T/src/list"
	echo 'not a cdb' >"$T/src/base"
	start_triggerd
	run -1 ctl sync
	[ ! -e "$T/out.cdb" ]
	[ "$(status_of base state)" = refused ]
	cmp "$T/src/list" "$T/out"
	seq 4 | put "$T/src/list"
	run -1 ctl sync list
	[ "$(wc -l <"$T/out")" -eq 10 ]
	[ "$(status_of list state)" = refused ]
	seq 5 | put "$T/src/list"
	barrier list
	[ "$(wc -l <"$T/out")" -eq 5 ]
	echo | cdb -c "$T/src/base"
	barrier base
	cmp "$T/src/base" "$T/out.cdb"
}

@test "a command over its time is ended with its whole group" {
	# Tried until it has come that far in time.
	command_file hang <<-'EOF'
		[ ! -s "$SLEEPER" ] || exit 1
		sleep 1000 &
		echo $! >"$SLEEPER"
		wait
	EOF
	rule hang <<-EOF
		command = $T/hang
		env.SLEEPER = $T/sleeper
		timeout = 200ms
		stop_timeout = 200ms
		retry = 100ms..100ms
		settle = 0
	EOF
	start_triggerd
	wait_until 10 test -s "$T/sleeper"
	state_is_failed() { [ "$(status_of hang state)" = failed ]; }
	wait_until 10 state_is_failed
	grep 'hang: timed out' "$T/log"
	wait_until 10 is_gone "$(cat "$T/sleeper")"
}

@test "the output of a command is in the log and kept for people" {
	command_file talk <<-'EOF'
		printf 'one\ntwo\033[31m\n'
		echo three >&2
	EOF
	rule talk <<-EOF
		command = $T/talk
		settle = 0
	EOF
	start_triggerd
	barrier
	grep 'talk: | one' "$T/log"
	grep -F 'talk: | two\x1b[31m' "$T/log"
	[ "$(wc -l <"$T/run/output/talk")" -eq 3 ]
}

@test "a second daemon for the same run directory is refused" {
	start_triggerd
	run -111 "$TRIGGERD" -c "$CONF"
	grep lock <<<"$output"
}

@test "TERM lets a running command finish" {
	command_file slow <<-'EOF'
		echo begun >>"$RUNS"
		read _ <"$GO"
		echo ended >>"$RUNS"
	EOF
	mkfifo "$T/go"
	rule slow <<-EOF
		command = $T/slow
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 0
	EOF
	start_triggerd
	wait_until 10 grep begun "$T/runs"
	kill -TERM "$pid"
	wait_until 10 grep stopping "$T/log"
	let_go "$T/go"
	wait "$pid" # not stop_triggerd: a second TERM would not wait
	pid=
	grep ended "$T/runs"
	[ ! -e "$T/run/status" ]
	[ ! -e "$T/run/control" ]
	[ -p "$PIPE" ]
}

@test "dry-run tells what is behind, with and without a daemon" {
	copying_rule
	run -1 ctl dry-run
	grep copy <<<"$output"
	grep "$T/out" <<<"$output"
	start_triggerd
	barrier
	ctl dry-run
	stop_triggerd
	echo changed | put "$T/src/b"
	run -1 ctl dry-run copy
	grep "$T/src/b" <<<"$output"
}

@test "without a daemon a command says so in one line and exits with 3" {
	run -3 ctl sync
	[ "${#lines[@]}" -eq 1 ]
	run -3 ctl status
	[ "${#lines[@]}" -eq 1 ]
}

# bats test_tags=valgrind:short
@test "status shows each rule and its state" {
	copying_rule
	start_triggerd
	barrier
	run -0 ctl status
	grep -E 'copy +current' <<<"$output"
}

@test "config prints a configuration that reads as the same" {
	copying_rule
	ctl config >"$T/one"
	grep "sources = $T/src/a" "$T/one"
	grep 'settle_max = 2s' "$T/one"
	sed -n '/^\[rule\]/,$p' "$T/one" >"$CONF/rules.d/copy.ini"
	ctl config >"$T/two"
	cmp "$T/one" "$T/two"
}

@test "every error of every file is printed with file, line and key" {
	printf '[rule]\nsuorces = /a\ncommand = true\n' >"$CONF/rules.d/a.ini"
	printf '[rule]\ncommand = true\nsettle = 5 parsecs\nmode = 9\n' \
		>"$CONF/rules.d/b.ini"
	run -2 "$TRIGGERD" -n -c "$CONF"
	grep "a.ini:2: suorces:" <<<"$output"
	grep "b.ini:3: settle:" <<<"$output"
	grep "b.ini:4: mode:" <<<"$output"
}

@test "the daemon tells NOTIFY_SOCKET that it is ready" {
	socat -u "UNIX-RECV:$T/sock" STDOUT >"$T/notified" 3>&- &
	socat=$!
	wait_until 10 test -S "$T/sock"
	NOTIFY_SOCKET=$T/sock start_triggerd
	wait_until 10 grep READY=1 "$T/notified"
	kill "$socat"
}

@test "a NOTIFY_SOCKET may be an abstract name, and must be a name" {
	local name=triggerd-$$-$RANDOM$RANDOM
	NOTIFY_SOCKET=nowhere start_triggerd
	wait_until 30 grep "NOTIFY_SOCKET: not a socket's name" "$T/log"
	stop_triggerd
	[ "$(uname -s)" = Linux ] || skip 'only Linux has abstract names'
	socat -u "ABSTRACT-RECV:$name" STDOUT >"$T/notified" 3>&- &
	socat=$!
	wait_until 10 grep -q "@$name" /proc/net/unix
	NOTIFY_SOCKET=@$name start_triggerd
	wait_until 10 grep READY=1 "$T/notified"
	kill "$socat"
}

@test "with -s nothing is said on standard error" {
	start_triggerd -s
	barrier
	stop_triggerd
	[ ! -s "$T/log" ]
}

@test "a product made by hand is built once more, to learn what it depends on" {
	command_file build <<-EOF
		cat $T/src/extra >"\$TRIGGERD_NEW" && echo $T/src/extra >"\$TRIGGERD_DEPS"
	EOF
	rule deps <<-EOF
		sources = $T/src/list
		target = $T/out
		command = $T/build \${new} \${deps}
		settle = 0
	EOF
	echo a >"$T/src/list"
	echo b >"$T/src/extra"
	cp "$T/src/extra" "$T/out"
	# The sources are older than the product, as after work by hand.
	touch -d '1 minute ago' "$T/src/list" "$T/src/extra"
	start_triggerd
	echo c | put "$T/src/extra"
	barrier
	[ "$(cat "$T/out")" = c ]
}
