# Runs of mkvalidrcptto on the mail system of qmail.bash.

program=$BATS_TEST_DIRNAME/../builders/mkvalidrcptto${BUILT:-}

mkvalidrcptto() {
	"$program" --qmail "$Q" --vpopmail "$V" --alias "$A" \
		--passwd "$T/passwd" "$@"
}

# gives OPTION... -- LINE...: is this, with these options, what it prints?  A
# "--" of the options' own is one before the last.
gives() {
	local options=("$@") i
	for ((i = $#; i > 0; i--)); do
		[ "${!i}" != -- ] || break
	done
	mkvalidrcptto "${options[@]:0:i-1}" >"$T/unsorted"
	LC_ALL=C sort "$T/unsorted" >"$T/list"
	printf '%s\n' "${@:i+1}" | LC_ALL=C sort >"$T/expected"
	diff "$T/expected" "$T/list"
}

# Are the addresses on standard output these, and postmaster?
lists() {
	gives -- postmaster "$@"
}

# Does it fail with this status, and say so with this text?
fails() {
	local status=$1 text=$2
	shift 2
	run -"$status" mkvalidrcptto "$@"
	grep -F -- "$text" <<<"$output"
}

# Nothing of the system may be younger than a tick, or it is read again.
settle() {
	local now stamp
	stamp=$(find "$T" -printf '%C@\n' | sort -rn | sed 1q)
	while now=$(date +%s.%N); [ "$(echo "$now - $stamp > 0.03" | bc)" = 0 ]
	do :; done
}
