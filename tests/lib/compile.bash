# Runs of mkusers and mkmorercpthosts, and what both have to stand.

bats_require_minimum_version 1.5.0

TOP=${TOP:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)}

# make_qmail PROGRAM TEXT CDB: the two files below a qmail of its own.
make_qmail() {
	T=$BATS_TEST_TMPDIR Q=$BATS_TEST_TMPDIR/qmail
	PROGRAM=$TOP/builders/$1${BUILT:-}
	TEXT=$Q/$2 CDB=$Q/$3
	mkdir -p "$Q/users" "$Q/control"
}

compile() {
	"$PROGRAM" --qmail "$Q" "$@"
}

# text FORMAT [WORD...]: the text is what printf makes of these.
text() {
	# shellcheck disable=SC2059
	printf "$@" >"$TEXT"
}

# holds FORMAT: are these the records, as "cdb -d" prints them?
holds() {
	compile
	# shellcheck disable=SC2059
	printf "$1" >"$T/expected"
	cdb -d "$CDB" >"$T/records"
	cmp "$T/expected" "$T/records"
}

# is_made HASH: is the cdb the one with this SHA-256?
is_made() {
	compile
	echo "$1  $CDB" | sha256sum -c --quiet
}

# Does it fail with this status and text, and leave everything as it was?
# fails STATUS TEXT OPTION...
fails() {
	local status=$1 text=$2
	shift 2
	find "$Q" ! -type d -printf '%p %i %s %T@\n' | sort >"$T/before"
	run -"$status" compile "$@"
	grep -F -- "$text" <<<"$output"
	find "$Q" ! -type d -printf '%p %i %s %T@\n' | sort | cmp "$T/before"
}

# How many lines a long text has.
many() {
	if [ -n "${TRIGGERD_LONG:-}" ]; then echo 1000000; else echo 20000; fi
}

# ---- what both have to stand; $1 makes a text that is right ----

stands_missing_places() {
	fails 111 "$TEXT: No such file or directory"
	"$1"
	rm -r "${CDB%/*}"
	run -111 compile
	rm -rf "$Q"
	run -111 compile
}

stands_others() {
	"$1" && compile && cp "$CDB" "$T/old"
	rm "$TEXT" && mkfifo "$TEXT"
	fails 111 "$TEXT: not a regular file"
	rm "$TEXT" && ln -s /dev/zero "$TEXT"
	fails 111 "$TEXT: not a regular file"
	ln -sf loop "${TEXT%/*}/loop" && ln -sf loop "$TEXT"
	fails 111 "$TEXT: not a regular file"
	rm "$TEXT" && mkdir "$TEXT"
	fails 111 "$TEXT: not a regular file"
	cmp "$T/old" "$CDB"
	rmdir "$TEXT" && "$1"
	rm "$CDB" && mkfifo "$CDB"
	fails 111 "$CDB: File exists"
}

stands_too_large() {
	truncate -s $((256 * 1024 * 1024 + 1)) "$TEXT"
	fails 111 "$TEXT: larger than 268435456 bytes"
}

# Of no bytes, it says, and then there are some; and what is written over and
# over comes out as one version or the other.
stands_changes() {
	local writer version
	[ -r /proc/self/status ] || skip "no /proc"
	ln -s /proc/self/status "$TEXT"
	fails 111 "$TEXT: changes while it is being read"
	if strace -o "$T/trace" true; then
		ASAN_OPTIONS=detect_leaks=0 run -111 strace -e trace=openat \
			-o "$T/trace" "$PROGRAM" --qmail "$Q"
		[ "$(grep -cF "\"$TEXT\"" "$T/trace")" -eq 5 ]
	fi
	rm "$TEXT"
	for version in 1 2; do
		"$1" "$version" && compile -c "$T/cdb.$version"
		cp "$TEXT" "$T/text.$version"
	done
	while :; do
		cp "$T/text.1" "$T/next" && mv "$T/next" "$TEXT"
		dd if="$T/text.2" of="$TEXT" conv=notrunc status=none
	done 3>&- &
	writer=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		compile 2>"$T/errors" ||
			grep 'changes while' "$T/errors" || break
		cmp -s "$CDB" "$T/cdb.1" || cmp "$CDB" "$T/cdb.2" || break
		version=whole
	done
	kill "$writer"
	wait "$writer" || :
	[ "$version" = whole ]
	[ ! -s "$T/errors" ] || grep 'changes while' "$T/errors"
	cmp -s "$CDB" "$T/cdb.1" || cmp "$CDB" "$T/cdb.2"
}

# Nobody has the name that qmail's own program would write to.
stands_company() {
	local pids='' p
	"$1" && compile -c "$T/alone"
	mkdir "${CDB%.cdb}.tmp"
	for _ in 1 2 3 4 5 6; do
		compile 3>&- &
		pids+=" $!"
	done
	for p in $pids; do wait "$p"; done
	cmp "$T/alone" "$CDB"
	find "${CDB%/*}" -name '.*' | run ! grep .
}

stands_full_disk() {
	"$1" && compile && cp "$CDB" "$T/old"
	mkdir "$T/small"
	mount -t tmpfs -o size=64k,mode=755 tmpfs "$T/small" 2>/dev/null ||
		skip "needs root to mount a tmpfs"
	cp "$T/old" "$T/small/cdb"
	head -c 50000 /dev/zero >"$T/small/rest"
	"$1" long
	run -111 compile -c "$T/small/cdb"
	grep -F "$T/small/cdb: No space left on device" <<<"$output"
	cmp "$T/old" "$T/small/cdb"
	[ "$(cd "$T/small" && echo .??* *)" = '.??* cdb rest' ]
}

# Whatever the caller's umask, it is for everybody to read.
stands_modes() {
	local before
	"$1"
	(umask 077 && compile)
	[ "$(stat -c %a "$CDB")" = 644 ]
	before=$(stat -c '%i %Z' "$CDB")
	compile
	[ "$(stat -c '%i %Z' "$CDB")" = "$before" ]
	mv "$CDB" "$T/elsewhere" && ln -s "$T/elsewhere" "$CDB"
	"$1" 2
	compile
	[ -L "$CDB" ]
	cmp "$CDB" "$T/elsewhere"
}

stands_options() {
	local usage
	"$1"
	compile -c "$T/out.cdb" --deps "$T/deps"
	[ "$(cat "$T/deps")" = "$TEXT" ]
	[ ! -e "$CDB" ]
	compile
	cmp "$T/out.cdb" "$CDB"
	run -0 "$PROGRAM" --help
	usage=$output
	grep 'usage: ' <<<"$usage"
	mv "$TEXT" "$T/text"
	compile -c "$T/other.cdb" --deps "$T/deps" "$T/text"
	[ "$(cat "$T/deps")" = "$T/text" ]
	cmp "$CDB" "$T/other.cdb"
	(cd "$T" && compile -c named.cdb text)
	cmp "$CDB" "$T/named.cdb"
	for wrong in -x --deps 'one two' '--qmail relative' --qmail \
		"--deps $T/deps relative"; do
		# shellcheck disable=SC2086
		run -100 "$PROGRAM" $wrong
		grep -F "$usage" <<<"$output"
	done
	fails 111 "$T/no/deps: No such file" --deps "$T/no/deps" "$T/text"
}
