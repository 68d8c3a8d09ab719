# The clock of the machine is set, forth or back, while the daemon runs: waits
# are counted on another one.

load lib/triggerd

setup() {
	make_conf
	pid=
	# Programs of the sanitizers want to be first; none of ours is there.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
	export ASAN_OPTIONS
}

teardown() {
	stop_triggerd
}

# The daemon's clock is off by what the file "clock" says: "-1d".
with_a_clock() {
	local library
	library=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
	[ -n "$library" ] || skip 'needs libfaketime'
	echo "$1" >"$T/clock"
	cat >"$T/daemon" <<-EOF
		#!/bin/sh
		export LD_PRELOAD=$library NO_FAKE_STAT=1
		export FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1
		export FAKETIME_TIMESTAMP_FILE=$T/clock
		exec $TRIGGERD "\$@"
	EOF
	chmod 755 "$T/daemon"
	TRIGGERD=$T/daemon
}

set_clock() {
	echo "$1" | put "$T/clock"
}

is_state() { [ "$(status_of "$1" state)" = "$2" ]; }
ran() { [ "$(count "$T/runs")" -ge "$1" ]; }

# Is it the clock of the daemon that we set?  Not where that cannot be done.
is_set() {
	local now
	now=$(date +%s%3N)
	[ "$(status_of "$1" last_run_at)" -lt $((now - 3600000)) ] ||
		skip 'the clock of a program cannot be set here'
}

@test "a clock that was set back makes no rule that changes itself run on" {
	with_a_clock -1d
	command_file self <<-'EOF'
		echo run >>"$RUNS"
		cat "$SRC/a" >"$1"
		wc -l <"$RUNS" >"$SRC/a"
	EOF
	rule self <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/self \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 0
	EOF
	echo a >"$T/src/a"
	start_triggerd
	wait_until 10 is_state self restless
	is_set self
	grep 'self: behind again after 3 runs' "$T/log"
}

@test "a clock that is set, forth or back, holds up no wait" {
	with_a_clock +0
	command_file fails <<-'EOF'
		echo run >>"$RUNS"
		[ -e "$OK" ]
	EOF
	rule fails <<-EOF
		sources = $T/src/a
		command = $T/fails
		env.RUNS = $T/runs
		env.OK = $T/ok
		settle = 300ms
		retry = 100ms..100ms
	EOF
	# Tried until it has come that far in time.
	command_file hangs <<-'EOF'
		[ ! -s "$HUNG" ] || exit 1
		echo $$ >"$HUNG"
		exec sleep 1000
	EOF
	rule hangs <<-EOF
		sources = $T/src/b
		target = $T/out
		command = $T/hangs
		env.HUNG = $T/hung
		timeout = 1s
		stop_timeout = 200ms
		retry = 100ms..100ms
		settle = 0
	EOF
	echo a >"$T/src/a"
	start_triggerd
	wait_until 10 ran 2
	echo b | put "$T/src/b"
	wait_until 10 test -s "$T/hung"
	set_clock -1d
	wait_until 10 ran $(($(count "$T/runs") + 2))
	is_set fails
	wait_until 10 is_gone "$(cat "$T/hung")"
	wait_until 10 is_state hangs failed
	set_clock +1d
	wait_until 10 ran $(($(count "$T/runs") + 2))
	: >"$T/ok"
	wait_until 10 is_state fails current
	set_clock -1d
	runs=$(count "$T/runs")
	echo c >"$T/src/a"
	wait_until 10 ran $((runs + 1))
}
