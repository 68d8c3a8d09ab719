# Services under real supervisors: a stand-in for qmail-send (sender.c) under
# supervise, runsv and s6-supervise, each in a directory of its own.

SENDER=$TOP/tests/lib/sender
SIGNAL=$TOP/service/service-signal${BUILT:-}

# Skips the test where a supervisor is missing.
need_supervisors() {
	local tool
	for tool in supervise svc svstat runsv sv s6-supervise s6-svc; do
		command -v "$tool" >/dev/null || skip "needs $tool"
	done
}

# service KIND [WORD...]: a directory $T/KIND with a sender, not yet supervised;
# the words follow the sender's own.
service() {
	local kind=$1
	shift
	[ -x "$SENDER" ] || {
		echo "$SENDER is not built (make sanitized)"
		return 1
	}
	mkdir -p "$T/$kind"
	printf '#!/bin/sh\nexec %s %s %s\n' "$SENDER" "$T/$kind" "$*" \
		>"$T/$kind/run"
	chmod 755 "$T/$kind/run"
}

# supervise_it KIND [DIRECTORY]: and wait until its process is there.
supervise_it() {
	local kind=$1 dir=${2:-$T/$1}
	case $kind in
	daemontools) supervise "$dir" 3>&- 2>>"$dir/err" & ;;
	runit) runsv "$dir" 3>&- 2>>"$dir/err" & ;;
	s6) s6-supervise "$dir" 3>&- 2>>"$dir/err" & ;;
	esac
	echo $! >>"$T/supervisors"
	wait_until 30 grep -q start "$dir/events"
}

# The supervisors first, which would start the senders again.
end_services() {
	local file pid
	[ -n "${T:-}" ] && [ -e "$T/supervisors" ] || return 0
	while read -r pid; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done <"$T/supervisors"
	for file in "$T"/*/events; do
		[ -e "$file" ] || continue
		while read -r _ pid; do
			! readlink "/proc/$pid/exe" | grep -qx "$SENDER" ||
				kill -KILL "$pid" 2>/dev/null || true
		done < <(grep start "$file")
	done
}

# all_three COMMAND...: with the name of each supervisor in turn.
all_three() {
	local kind
	for kind in daemontools runit s6; do
		"$@" "$kind" || {
			echo "with $kind"
			return 1
		}
	done
}

# signal STATUS WORD...: service-signal for all three (or KINDS) at once, a
# directory each; each must end with the status.  What it says is in
# $T/KIND/said.
signal() {
	local status=$1 kind pids=()
	local kinds=${KINDS:-daemontools runit s6}
	shift
	for kind in $kinds; do
		"$SIGNAL" "$@" "$T/$kind" >"$T/$kind/said" 2>&1 3>&- &
		pids+=($!)
	done
	for kind in $kinds; do
		signal_ended "$status" "$kind" "${pids[0]}"
		pids=("${pids[@]:1}")
	done
}

# signal_ended STATUS KIND PID
signal_ended() {
	local got=0
	wait "$3" || got=$?
	[ "$got" -eq "$1" ] && return
	echo "$2: exit status $got, not $1"
	cat "$T/$2/said"
	return 1
}

# events KIND: without the processes, in one line.
events() {
	sed 's/ .*//' "$T/$1/events" | tr '\n' ' ' | sed 's/ $//'
}

# The process that started last.
process_of() {
	awk '$1 == "start" { pid = $2 } END { print pid }' "$T/$1/events"
}

# has_event TEXT KIND
has_event() {
	grep -q "^$1" "$T/$2/events"
}
