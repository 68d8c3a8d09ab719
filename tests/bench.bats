# The bench can be stopped, and leaves nothing behind.

load lib/triggerd

# A bench of one figure: run finds its own by where it lies.
setup() {
	T=$BATS_TEST_TMPDIR
	mkdir -p "$T/tests/bench/figures" "$T/tmp"
	cp "$TOP/tests/bench/run" "$TOP/tests/bench/lib.sh" \
		"$TOP/tests/bench/report" "$T/tests/bench"
	mkfifo "$T/began" "$T/never"
	cat >"$T/tests/bench/figures/long" <<-'END'
		#!/bin/sh
		. "$(dirname "$0")/../lib.sh"
		where=$(place watcher)
		in_group "$where" cat "$NEVER"
		echo "$$ $group" >"$BEGAN"
		cat "$NEVER"
	END
	chmod +x "$T/tests/bench/figures/long"
	TMPDIR=$T/tmp BENCH_AHEAD=env BENCH_WRITE='' NEVER=$T/never \
		BEGAN=$T/began env --default-signal=INT \
		"$T/tests/bench/run" long >"$T/log" 2>&1 3>&- &
	bench=$!
	read -r -t 30 figure watcher <>"$T/began"
	wait_until 30 kill -0 -- "-$watcher"
}

teardown() {
	[ -z "$bench" ] || kill "$bench" || true
}

# Init may take its time with what nobody waits for.
is_gone() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.[ZX]' "/proc/$1/status"
}

# is_over STATUS: the bench ends so, and nothing of it is left.
is_over() {
	local status=0

	wait "$bench" || status=$?
	bench=
	[ "$status" -eq "$1" ]
	wait_until 30 is_gone "$figure"
	wait_until 30 is_gone "$watcher"
	run -0 ls "$T/tmp"
	[ "$output" = '' ]
}

@test "^C ends the bench with its figure, the watchers, and all files" {
	kill -INT "$bench"
	is_over 130
}

@test "the bench goes on after a figure that was killed, without its watchers" {
	kill -KILL "$figure"
	is_over 0
	grep 'Stopped with exit status 137' "$T/log"
}

@test "what times a check and an arming is answered right" {
	TMPDIR=$T/tmp run -0 "$TOP/tests/bench/check_stat" 20 1 record
	[[ $output = *"check of 20 sources"*"record of 20 sources"* ]]
	TMPDIR=$T/tmp run -0 "$TOP/tests/bench/arm" 20 1
}
