# vpopmail's hook returns at once, whatever has become of the daemon.

load lib/triggerd

ONCHANGE=$TOP/scripts/onchange

setup() {
	make_conf
	export TRIGGERD_PIPE=$PIPE
	mkdir -p "$T/run"
}
teardown() {
	# Some tests stop it for a while, and may fail meanwhile.
	[ -z "${pid:-}" ] || kill -CONT "$pid"
	stop_triggerd
}

# The hook with the arguments of both versions of vpopmail.
hook() {
	timeout 30 "$ONCHANGE" add_user bob@example.org
	timeout 30 "$ONCHANGE" add_user bob@example.org - before
}

@test "a hint of the hook runs a rule without sources" {
	rule plain <<-EOF
		command = $T/plain
		settle = 0
	EOF
	command_file plain <<-EOF
		echo ran >>"$T/ran"
	EOF
	start_triggerd
	barrier # the run at the start
	before=$(count "$T/ran")
	timeout 30 "$ONCHANGE" add_user bob@example.org
	barrier
	[ "$(count "$T/ran")" -eq $((before + 1)) ]
}

@test "a missing pipe is not made" {
	hook
	[ ! -e "$PIPE" ]
}

@test "a regular file in the pipe's place stays as it is" {
	touch -d 2001-02-03 "$PIPE"
	hook
	[ "$(stat -c '%F %s' "$PIPE")" = 'regular empty file 0' ]
	[ "$(date -r "$PIPE" +%Y)" = 2001 ]
}

@test "a pipe that nobody reads does not hold the hook up" {
	mkfifo "$PIPE"
	hook
	[ -p "$PIPE" ]
}

@test "a full pipe does not hold the hook up" {
	mkfifo "$PIPE"
	exec {fill}<>"$PIPE"
	# It may hold less than is usual.
	dd if=/dev/zero of="$PIPE" bs=4096 count=16 oflag=nonblock \
		2>/dev/null || true
	run ! dd if=/dev/zero of="$PIPE" bs=4096 count=1 oflag=nonblock
	hook
	exec {fill}>&-
}

@test "a daemon that is stopped does not hold the hook up" {
	start_triggerd
	kill -STOP "$pid"
	hook
	kill -CONT "$pid"
}
