# mkmorevalidrcptto: what qmail-newmvrt would write, but never half of it.

# bats file_tags=valgrind

bats_require_minimum_version 1.5.0

load lib/triggerd

setup() {
	make_conf
	Q=$T/qmail
	mkdir -p "$Q/control"
	input=$Q/control/morevalidrcptto
	product=$Q/control/morevalidrcptto.cdb
	program=$TOP/builders/mkmorevalidrcptto${BUILT:-}
}

teardown() {
	stop_triggerd
	if [ -n "${mounted:-}" ]; then
		umount "$mounted"
	fi
}

compile() {
	"$program" --qmail "$Q" "$@"
}

# are KEY...: is the product, to the byte, what these keys make, in this order?
# They are formats for printf, so that they may have NULs in them.
are() {
	local key
	for key; do
		# shellcheck disable=SC2059
		printf -- "$key\n"
	done | perl "$TOP/tests/lib/cdb-layout.pl" >"$T/expected"
	cmp "$T/expected" "$product"
}

# Does it fail, with this text, and leave the product alone?
fails() {
	echo old >"$product"
	run -111 compile
	grep -F -- "$1" <<<"$output"
	[ "$(cat "$product")" = old ]
	[ "$(find "$Q/control" -name '.*')" = '' ]
}

@test "every line is a key, in the order of the file" {
	printf '%s\n' joe@example.com -ann@example.com @example.net \
		-@example.com >"$input"
	compile
	are joe@example.com -ann@example.com @example.net -@example.com
}

@test "lines are lower-cased and lose the blanks at their end" {
	printf 'Joe@EXAMPLE.com \t \n A@b\n\t\n  \nx y@b\t' >"$input"
	compile
	are joe@example.com ' a@b' 'x y@b'
}

@test "empty lines and comments are skipped" {
	printf '#a@b\n\na@b\n #c@d\n#\ne@f#' >"$input"
	compile
	are a@b ' #c@d' e@f#
}

@test "a key that is there twice is written twice" {
	printf 'a@b\nc@d\nA@B\na@b\n' >"$input"
	compile
	are a@b c@d a@b a@b
}

@test "any byte may be in a key" {
	printf 'caf\303\211@b\na\000B@c\n\377\n\000\na@b\r\n' >"$input"
	compile
	are 'caf\303\211@b' 'a\000b@c' '\377' '\000' 'a@b\r'
}

@test "a key may be long" {
	local long
	long=$(printf '%0100000d' 7)
	printf '%s\nb\n' "$long" >"$input"
	compile
	are "$long" b
}

@test "an empty file makes a cdb without records" {
	: >"$input"
	compile
	are
	[ "$(stat -c %s "$product")" -eq 2048 ]
}

@test "the input and the product may be named" {
	echo a@b >"$T/in"
	compile -c "$T/out.cdb" "$T/in"
	cdb -q "$T/out.cdb" a@b
	[ ! -e "$product" ]
}

@test "the product can be read by all, whatever the umask" {
	echo a@b >"$input"
	(umask 077 && compile)
	[ "$(stat -c %a "$product")" = 644 ]
}

@test "a product of the same bytes stays as it is" {
	echo a@b >"$input"
	compile
	before=$(stat -c '%i %z' "$product")
	compile
	[ "$(stat -c '%i %z' "$product")" = "$before" ]
	echo b@c >"$input"
	compile
	are b@c
	[ "$(ls -A "$Q/control")" = morevalidrcptto$'\n'morevalidrcptto.cdb ]
}

@test "a missing file is no empty one" {
	fails "$input: No such file or directory"
}

@test "an unreadable directory is no missing file" {
	rm -r "$Q/control"
	: >"$Q/control"
	run -111 compile
}

@test "pipes, devices, directories and loops of links are refused" {
	mkfifo "$input"
	fails "$input: not a regular file"
	rm "$input"
	ln -s /dev/tty "$input"
	fails "$input: not a regular file"
	ln -sfn /dev/zero "$input"
	fails "$input: not a regular file"
	ln -sfn morevalidrcptto "$input"
	fails "$input: not a regular file"
	rm "$input"
	mkdir "$input"
	fails "$input: not a regular file"
}

@test "a file that changes while it is being read is trouble" {
	[ -r /proc/self/status ] || skip "no /proc"
	ln -s /proc/self/status "$input" # of no bytes, it says
	fails "$input: changes while it is being read"
}

@test "a file that is too large is trouble" {
	truncate -s $((256 * 1024 * 1024 + 1)) "$input"
	fails "$input: larger than 268435456 bytes"
}

@test "what is not a file is not replaced" {
	echo a@b >"$input"
	mkfifo "$product"
	run -111 compile
	grep -F "$product: File exists" <<<"$output"
	[ -p "$product" ]
}

@test "the target of a link is replaced, not the link" {
	echo a@b >"$input"
	echo old >"$T/elsewhere"
	ln -s "$T/elsewhere" "$product"
	compile
	[ -L "$product" ]
	are a@b
}

@test "on a full disk the old product stays, whole and alone" {
	[ "$(id -u)" -eq 0 ] || skip "only root may mount"
	mount -t tmpfs -o size=64k tmpfs "$Q/control" || skip "cannot mount"
	mounted=$Q/control
	seq -f 'user%g@example.com' 5000 >"$T/in"
	echo old >"$product"
	run -111 compile "$T/in"
	grep -F "$product: No space left on device" <<<"$output"
	[ "$(cat "$product")" = old ]
	[ "$(ls -A "$Q/control")" = morevalidrcptto.cdb ]
}

@test "two at once do no harm" {
	local pids=
	seq -f 'user%g@example.com' 500 >"$input"
	for _ in 1 2 3 4; do
		compile 3>&- &
		pids+=" $!"
	done
	for child in $pids; do wait "$child"; done
	mapfile -t keys <"$input"
	are "${keys[@]}"
	[ "$(find "$Q/control" -name '.*')" = '' ]
}

@test "a long list" {
	local n=10000
	[ -z "${TRIGGERD_LONG:-}" ] || n=1000000
	seq -f 'user%.0f@example.com' $n >"$input"
	compile
	perl "$TOP/tests/lib/cdb-layout.pl" <"$input" | cmp - "$product"
}

@test "a wrong command is said to be one" {
	run -100 compile -x
	run -100 compile a b
	grep -F 'usage: mkmorevalidrcptto' <<<"$output"
	run -0 compile --help
	grep -F 'usage: mkmorevalidrcptto' <<<"$output"
}

@test "the shipped rule rebuilds the list when its file has changed" {
	sed "s|^command = mkmorevalidrcptto|command = $program|" \
		"$TOP/rules.d/morevalidrcptto.ini" \
		>"$CONF/rules.d/morevalidrcptto.ini"
	printf '[vars]\nqmail = %s\n' "$Q" >>"$CONF/triggerd.ini"
	seq -f 'user%g@example.com' 10 >"$input"
	start_triggerd
	barrier
	[ ! -e "$product" ] # who wants it makes the first one
	compile
	cp "$product" "$T/first"
	barrier
	cmp "$T/first" "$product"
	echo joe@example.com >>"$input"
	barrier
	cdb -q "$product" joe@example.com
	[ "$(stat -c %a "$product")" = 644 ]
	# An editor's accident is not believed.
	echo joe@example.com >"$input"
	run -1 barrier
	cdb -q "$product" user7@example.com
}
