# mkvalidrcptto: whose mail it is: of the system's users, of users/cdb, of whom a
# program names; and where the list goes.

# bats file_tags=valgrind

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/recipients

setup() { make_qmail; }

@test "the system's own users count where no file of users is named" {
	getent passwd >"$T/passwd"
	control rcpthosts me.example
	mkvalidrcptto >"$T/expected"
	"$program" --qmail "$Q" --vpopmail "$V//" --alias "$A" \
		--deps "$T/deps" >"$T/list"
	diff "$T/expected" "$T/list"
	run ! grep // "$T/deps"
	grep -Fx /etc/passwd "$T/deps"
}

@test "whom qmail-getpw does not know has no addresses" {
	control rcpthosts me.example
	user joe && user Eve 1001 && user root 0
	echo "ann:x:1002:100::home/ann:/bin/sh" >>"$T/passwd"
	gives -- postmaster joe@me.example
	# No newline at its end: a line all the same.
	printf 'bob:x:1000:100::%s:/bin/sh' "$T/home/joe" >>"$T/passwd"
	gives -- postmaster joe@me.example bob@me.example
	fails 111 "$T/none: No such file" --passwd "$T/none"
}

@test "a NUL in the file of users is an error, not the end of it" {
	control rcpthosts me.example
	user joe && user ann 1001
	cp "$T/passwd" "$T/whole"
	gives -- postmaster joe@me.example ann@me.example
	printf 'bob:x:1002:1002::/nowhere:\0\n' | cat - "$T/whole" >"$T/passwd"
	fails 111 "$T/passwd:1: a NUL: not a line of passwd"
	printf 'bob:x:1002:1002::/nowhere:\n\0' | cat "$T/whole" - \
		>"$T/passwd"
	fails 111 "$T/passwd:4: a NUL: not a line of passwd"
}

@test "a home that cannot be looked at is trouble, not an absence" {
	control rcpthosts me.example
	ln -s loop "$T/home/loop"
	echo "loop:x:1000:100::$T/home/loop:/bin/sh" >>"$T/passwd"
	fails 111 "$T/home/loop: Too many levels"
	assign '+sub-:joe:1000:100:home/joe:-::'
	: >"$T/passwd"
	fails 111 'home/joe: a home that is not an absolute path'
}

@test "more dependencies than a table of them has room for at first" {
	local i
	control rcpthosts me.example
	for ((i = 0; i < 600; i++)); do
		echo '&a@b' >"$A/.qmail-list$i"
		echo "list$i@me.example"
	done >"$T/names"
	mkvalidrcptto --deps "$T/deps" | grep -v '^postmaster' |
		LC_ALL=C sort >"$T/list"
	LC_ALL=C sort "$T/names" | diff - "$T/list"
	[ "$(grep -c "^$A/.qmail-list" "$T/deps")" -eq 600 ]
	[ -z "$(sort "$T/deps" | uniq -d)" ]
}

@test "an entry of users/cdb that is not whole is damage" {
	control rcpthosts me.example
	{ record '' - && record '!joe\000' 'joe\0001\0001' && echo; } |
		cdb -c "$Q/users/cdb"
	fails 111 "$Q/users/cdb: damaged: an entry without its six fields"
	{ record '!joe\000' 'joe\0001\0001\000/x\000\000' && echo; } |
		cdb -c "$Q/users/cdb"
	fails 111 "$Q/users/cdb: damaged: no wildcard characters"
}

@test "an exact entry of users/cdb stands before a prefix of the same name" {
	control rcpthosts me.example
	mkdir "$T/home/x" "$T/home/y"
	dotqmail "$T/home/y" x '|exit 100'
	# Nobody's mail is looked up with a capital letter.
	assign "+joe:joe:1000:100:$T/home/y:-::" "=joe:x:1:1:$T/home/x:::" \
		"=Eve:x:1:1:$T/home/x:::"
	lists joe@me.example
}

@test "a home whose mail needs no dash takes every extension" {
	control rcpthosts example.com
	control virtualdomains example.com:all
	mkdir "$T/home/x"
	assign "+all-:x:1:1:$T/home/x:::"
	lists @example.com
}

@test "an extension that users/cdb begins is looked up in lower case" {
	control rcpthosts example.com
	control virtualdomains example.com:up
	assign "+up-:x:89:89:$T/home:-:Pre.X-:"
	dotqmail "$T/home" pre:x-one
	dotqmail "$T/home" Pre:X-two
	lists one@example.com
	run -0 mkvalidrcptto --explain one@example.com
	grep -F "$T/home/.qmail-pre:x-one: this file delivers" <<<"$output"
}

@test "what --users prints may end by a signal, or without a newline" {
	domain example.com
	gives --users printf 'joe' -- -- postmaster joe@example.com
	fails 111 'example.com: sh: signal 9' --users sh -c 'kill -KILL $$'
	fails 111 'line 1 is not a name' --users printf 'a:b\n'
}

@test "standard output that is full fails" {
	[ -c /dev/full ] || skip 'no /dev/full'
	control rcpthosts me.example
	run -111 bash -c '"$@" >/dev/full' bash "$program" --qmail "$Q" \
		--vpopmail "$V" --alias "$A" --passwd "$T/passwd"
	grep 'standard output: No space left' <<<"$output"
	fails 111 "$T/passwd/list: Not a directory" -c "$T/passwd/list"
	fails 111 "$T/passwd/deps: Not a directory" --deps "$T/passwd/deps"
}
