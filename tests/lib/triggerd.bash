# What every test of the daemon needs: a private configuration, a daemon that
# is known to be ready, a way to wait for it, and a way to stop it that fails
# the test when something is wrong.

bats_require_minimum_version 1.5.0

TOP=${TOP:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)}
# BUILT is the suffix of another build of the programs: ".sanitized".
TRIGGERD=${TRIGGERD:-$TOP/daemon/triggerd${BUILT:-}}
CTL=${CTL:-$TOP/client/trigger-ctl${BUILT:-}}
# A configuration or command that a group can write is refused.
umask 022

# A configuration without rules.  Further lines for triggerd.ini's [daemon]
# section may be given.
make_conf() {
	T=$BATS_TEST_TMPDIR
	CONF=$T/conf
	# Somebody else than root must be able to come this far.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
	mkdir -p "$CONF/rules.d" "$T/src"
	{
		printf '[daemon]\nrules = %s\nrun = %s\nstate = %s\n' \
			"$CONF/rules.d" "$T/run" "$T/state"
		printf 'builders = %s\n' "$TOP/builders"
		printf '%s\n' "$@"
		printf '[pipe hint]\npath = %s\nmode = 0622\n' "$T/run/hint"
	} >"$CONF/triggerd.ini"
	PIPE=$T/run/hint
}

# rule NAME <<LINES: a rule file; the lines follow "[rule]".
rule() {
	{ echo '[rule]'; cat; } >"$CONF/rules.d/$1.ini"
}

# command NAME <<LINES: an executable shell script; prints its path.
command_file() {
	{ echo '#!/bin/sh'; cat; } >"$T/$1"
	chmod 755 "$T/$1"
}

# Start a daemon and return once it is ready.  It says so by writing a newline
# to the descriptor given with -r; until then we sleep in read(2), and if it
# dies instead, the read ends at once.  (Descriptor 3 belongs to bats.)
start_triggerd() {
	rm -f "$T/ready"
	mkfifo "$T/ready"
	"$TRIGGERD" -c "$CONF" -r 4 "$@" 2>>"$T/log" 3>&- 4>"$T/ready" &
	pid=$!
	read -r -t 120 _ <"$T/ready" || fail_with_log "not ready"
}

# Stop it.  An unclean exit fails the test: under "make sanitize" this is where
# a leak or an overflow turns red.
stop_triggerd() {
	[ -n "${pid:-}" ] || return 0
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || fail_with_log "exit status $?"
	pid=
}

# Kill it: nothing is put in order.
kill_triggerd() {
	kill -KILL "$pid"
	wait "$pid" || true
	pid=
}

fail_with_log() {
	echo "$1"
	echo '--- the log:'
	cat "$T/log"
	return 1
}

# put FILE <TEXT: change a file as an editor does, at once.  A text that is
# written in place is two events, and the first is about an empty file.
put() {
	cat >"$T/put"
	mv -f "$T/put" "$1"
}

# Was it built for a kqueue?  On Linux that is libkqueue's (make KQUEUE=1).
on_kqueue() {
	[ "$(uname -s)" != Linux ] || ldd "$TRIGGERD" | grep -q libkqueue
}

# Unmount what may be watched: a kqueue's open files keep it busy, and so it is
# taken away as by force.
unmount() {
	if on_kqueue; then
		umount "$1" 2>/dev/null || umount -l "$1"
	else
		# It is busy for as long as the daemon looks there.
		wait_until 30 umount "$1" 2>/dev/null
	fi
}

ctl() {
	"$CTL" -c "$CONF" "$@"
}

# Everything that happened before is dealt with when this returns.
barrier() {
	ctl sync "$@"
}

# How often a rule ran: commands of the tests write a line each to a file.
count() {
	if [ -e "$1" ]; then
		wc -l <"$1"
	else
		echo 0
	fi
}

# For what neither readiness nor sync can tell: poll, with a generous limit:
# SECONDS, or 30, for machines may be busy.
# wait_until SECONDS COMMAND...
wait_until() {
	local left=$((($1 > 30 ? $1 : 30) * 50))
	shift
	until "$@"; do
		[ $((left -= 1)) -gt 0 ] || fail_with_log "waited in vain: $*"
		sleep 0.02
	done
}

# let_go FIFO: what reads there goes on.  If nobody comes to read, nobody hangs.
# Whoever comes next waits for a let_go of his own: he finds another FIFO by
# that name, for this one may still be open when he comes, and end at once.
let_go() {
	mkfifo "$1.next"
	chmod --reference="$1" "$1.next"
	timeout 60 sh -c 'exec >"$1"; mv -f "$1.next" "$1"; echo go' sh "$1" ||
		fail_with_log "nobody reads $1"
}

# Has the daemon closed the pipe of its last answer?  Who has read that may be
# quicker.
has_hung_up() {
	! readlink "/proc/$pid/fd/"* | grep -q '/run/reply/'
}

# How many descriptors it holds when nobody waits for an answer any more.
descriptors() {
	wait_until 30 has_hung_up
	ls "/proc/$pid/fd" | wc -l
}

# Start it with no gap between its descriptors: the one that tells of its
# readiness, and is closed then, lies above them.  With a limit at a gap the
# system refuses poll(2) of all that lie behind.
start_without_gap() {
	cat >"$T/high" <<-EOF
		#!/usr/bin/env bash
		exec "$TRIGGERD" "\$@" -r 90 90>&4 4>&-
	EOF
	chmod 755 "$T/high"
	TRIGGERD=$T/high start_triggerd
}

# It gets no descriptor more than there are.
no_descriptors() {
	local free=0
	wait_until 30 has_hung_up
	while [ -e "/proc/$pid/fd/$free" ]; do
		free=$((free + 1))
	done
	prlimit --pid "$pid" --nofile="$free:"
}

# The value of KEY in the status block of RULE.
status_of() {
	awk -v rule="$1" -v key="$2" '
		$1 == "name" { here = ($2 == rule) }
		here && $1 == key { sub(/^[^ ]* /, ""); print }
	' "$T/run/status"
}

# Has the process ended?  One that waits to be reaped by its parent has.
is_gone() {
	! grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null
}
