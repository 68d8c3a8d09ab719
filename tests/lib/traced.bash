# What a daemon does to its files, told by its system calls.  (After
# triggerd.bash.)

# The system calls of the daemon and its helpers are in "trace" from now on.
trace() {
	command -v strace >/dev/null || skip 'needs strace'
	strace -f -qq -y -e trace=fsync,rename,renameat,renameat2 -o "$T/trace" \
		-p "$pid" 2>"$T/strace" 3>&- &
	tracer=$!
	wait_until 10 eval '[ -s "$T/strace" ] || grep -q "^TracerPid:.*[1-9]" \
		/proc/$pid/status'
	grep -q '^TracerPid:.*[1-9]' "/proc/$pid/status" ||
		skip 'may not trace'
	# It has them when it has one: the status file's, after a question.
	is_traced() { barrier && [ -s "$T/trace" ]; }
	wait_until 30 is_traced
}

# No more of them: to be called in any case, a stopped tracer is no fault.
untrace() {
	[ -n "${tracer:-}" ] || return 0
	kill "$tracer" 2>/dev/null || true
	wait "$tracer" || true
	tracer=
}
