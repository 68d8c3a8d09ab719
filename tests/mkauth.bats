# mkauth: who can log in, with which password and what variables, and what
# happens where that cannot be told.

# bats file_tags=valgrind

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/triggerd

setup() {
	make_conf
	make_qmail
	program=$TOP/builders/mkauth${BUILT:-}
	O=$T/out.cdb
	H='$1$salt$2QKLbwqlfAgTEArFVW4Bg.' # a hash; so are these
	H2='$6$salt$u5G4JEN2/otherhash'
	DES=abJnggxhB/yWI
	: >"$T/config"
}

teardown() {
	chmod -R u+rwX "$V"
	stop_triggerd
	if [ -n "${mounted:-}" ]; then
		umount "$mounted"
	fi
}

mkauth() {
	"$program" --qmail "$Q" --vpopmail "$V" "$@"
}

# login DOMAIN NAME [HASH [FLAGS]]: a mailbox with this hash of its password.
login() {
	printf '%s:%s:1:%s:gecos:%s:NOQUOTA\n' "$2" "${3-$H}" "${4:-0}" \
		"$V/domains/$1/$2" >>"$V/domains/$1/vpasswd"
}

# gives OPTION... -- "KEY VALUE"...: are these the records of the product, in
# this order?
gives() {
	local options=() line
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	mkauth "${options[@]}" -c "$O" 2>"$T/errors"
	for line; do
		record "${line%% *}" "${line#* }" | sed "s|'|'|"
	done >"$T/expected"
	echo >>"$T/expected"
	cdb -d "$O" | diff "$T/expected" -
	# The text is the same.
	mkauth "${options[@]}" 2>/dev/null | diff "$T/expected" -
}

# fails STATUS TEXT OPTION...: does it fail so, and leave the product alone?
fails() {
	local status=$1 text=$2
	shift 2
	echo old >"$O"
	run -"$status" mkauth "$@" -c "$O"
	grep -F -- "$text" <<<"$output"
	[ "$(cat "$O")" = old ]
	[ "$(find "$T" -maxdepth 1 -name '.*.cdb.*')" = '' ]
}

# As somebody whom permissions bind.
as_nobody() {
	[ "$(id -u)" -eq 0 ] || return 0
	command -v setpriv >/dev/null || skip "no setpriv"
	chmod -R a+rX "$T"
	chmod a+rwx "$T"
	program="setpriv --reuid=65534 --regid=65534 --clear-groups $program"
	mkauth() {
		# shellcheck disable=SC2086
		$program --qmail "$Q" --vpopmail "$V" "$@"
	}
}

# --- who --------------------------------------------------------------

@test "a mailbox of vpopmail is a login user@domain" {
	domain example.com
	login example.com joe
	login example.com ann.smith "$H2"
	login example.com bob "$DES"
	gives -- "ann.smith@example.com $H2" "bob@example.com $DES" \
		"joe@example.com $H"
}

@test "an alias domain has the logins of its real domain" {
	domain example.com
	login example.com joe
	alias_domain example.net example.com
	gives -- "joe@example.com $H" "joe@example.net $H"
}

@test "a domain's directory is where users/cdb says" {
	domain example.com
	login example.com joe
	mkdir -p "$T/far"
	mv "$V/domains/example.com" "$T/far/away"
	sed -i "s|$V/domains|$T/far|; s|/example.com:|/away:|" "$T/assign"
	compile_users
	gives -- "joe@example.com $H"
}

@test "a mailbox that may not send mail is left out" {
	domain example.com
	login example.com joe "$H" 2048
	login example.com ann "$H" 4095
	login example.com bob "$H" 2047 # everything else is denied
	gives -- "bob@example.com $H"
}

@test "a domain's limits count, but for those above them" {
	domain example.com
	login example.com joe
	login example.com boss "$H" 8192
	login example.com off "$H" $((8192 + 2048))
	printf '# disable_smtp\nmaxpopaccounts: 3\n disable_smtp\ndisable_smtpx\n' \
		>"$V/domains/example.com/.qmailadmin-limits"
	gives -- "boss@example.com $H" "joe@example.com $H"
	printf 'maxaliases: 1\ndisable_smtp' \
		>"$V/domains/example.com/.qmailadmin-limits"
	gives -- "boss@example.com $H"
}

@test "the default limits count where a domain has none" {
	domain example.com
	login example.com joe
	domain example.net
	login example.net joe
	: >"$V/domains/example.net/.qmailadmin-limits"
	mkdir "$V/etc"
	printf 'disable_smtp\r\n' >"$V/etc/vlimits.default"
	gives -- "joe@example.net $H"
}

@test "names that vpopmail never looks up are left out" {
	domain example.com
	login example.com Joe
	login example.com $'caf\303\251'
	login example.com 'a b'
	login example.com ''
	login example.com a@b
	login example.com "o'neil+x=1"
	gives -- "o'neil+x=1@example.com $H"
}

@test "who has no password cannot log in" {
	domain example.com
	login example.com empty ''
	login example.com star '*'
	login example.com locked "!$H"
	login example.com x x
	login example.com bytes $'abJnggxhB/yW\303\251'
	login example.com short abJnggxhB/yW
	login example.com joe
	gives -- "joe@example.com $H"
}

@test "a hash with a comma, which the reader would cut, is left out" {
	domain example.com
	# shellcheck disable=SC2016
	login example.com sun '$md5,rounds=904$salt$hashhash'
	login example.com joe
	gives -- "joe@example.com $H"
	grep -F 'sun: a hash with a comma cannot be stored' "$T/errors"
}

@test "of two mailboxes of one name the first counts" {
	domain example.com
	login example.com joe "$H2"
	login example.com joe
	login example.com ann
	gives -- "ann@example.com $H" "joe@example.com $H2"
}

@test "vpasswd.cdb is read where there is no vpasswd" {
	domain example.com
	rm "$V/domains/example.com/vpasswd"
	{ record joe "$H:1:0:g:/d:NOQUOTA" &&
		record ann "$H2:1:2048:g:/d:NOQUOTA" &&
		record b "$H2:1:0:g:/d:NOQUOTA:clear" && echo; } |
		cdb -c "$V/domains/example.com/vpasswd.cdb"
	gives -- "b@example.com $H2" "joe@example.com $H"
}

@test "a domain's owner cannot make logins of the hashes of others" {
	[ "$(id -u)" -eq 0 ] || skip "needs root, who may read them"
	domain example.com
	domain example.net
	login example.com ann
	login example.net bob
	echo "root:$H2:19000:0:99999:7:::" >"$T/shadow"
	chmod 600 "$T/shadow"
	chown -R nobody "$V/domains/example.net"
	gives -- "ann@example.com $H" "bob@example.net $H"
	# As an editor of root's leaves it.
	chown root "$V/domains/example.net/vpasswd"
	gives -- "ann@example.com $H" "bob@example.net $H"
	ln -sf "$T/shadow" "$V/domains/example.net/vpasswd"
	gives --last "$O" -- "ann@example.com $H" "bob@example.net $H"
	grep -F "example.net/vpasswd: a link to a file of another user's" \
		"$T/errors"
	ln -f "$T/shadow" "$V/domains/example.net/vpasswd"
	gives --last "$O" -- "ann@example.com $H" "bob@example.net $H"
	# His own may lie where he likes.
	mv "$T/shadow" "$V/domains/example.net/mine"
	chown nobody "$V/domains/example.net/mine"
	ln -sf mine "$V/domains/example.net/vpasswd"
	gives -- "ann@example.com $H" "root@example.net $H2"
}

# Between the opening and a look at what it was: strace holds up the look.
@test "nor by putting a file of his there in time" {
	[ "$(id -u)" -eq 0 ] || skip "needs root, who may read them"
	strace -o "$T/trace" true 2>/dev/null || skip "no strace"
	[ -z "${BUILT:-}" ] || skip "no strace of a sanitized program"
	domain example.net
	home=$V/domains/example.net
	ln -sf "$T/shadow" "$home/vpasswd"
	echo "root:$H2:19000:0:99999:7:::" >"$T/shadow"
	chown -hR nobody "$home"
	echo "bob:$H:1:0:gecos:/x:NOQUOTA" >"$T/mine"
	chown nobody "$T/mine"
	program="strace -o $T/trace -P $home/vpasswd
		--inject=lstat,newfstatat:delay_enter=1000000 $program"
	# shellcheck disable=SC2086 # words
	$program --qmail "$Q" --vpopmail "$V" -c "$O" 2>"$T/errors" 3>&- &
	mkauth=$!
	wait_until 30 grep -q 'open.*vpasswd' "$T/trace"
	mv "$T/mine" "$home/vpasswd"
	! wait "$mkauth" || return 1
	grep -F "example.net/vpasswd: a link to a file of another user's" \
		"$T/errors"
}

# What tells whether a link is meant well: whose the directory is, and the name.
@test "whose the file is cannot be told: that is said, and tried again" {
	[ "$(id -u)" -eq 0 ] || skip "needs root, who may read them"
	strace -o "$T/trace" true 2>/dev/null || skip "no strace"
	[ -z "${BUILT:-}" ] || skip "no strace of a sanitized program"
	domain example.net
	login example.net bob
	mkdir -m 700 "$T/cache"
	gives --last "$O" -- "bob@example.net $H"
	chown nobody "$V/domains/example.net"
	local real=$program path
	local home=$V/domains/example.net first=1
	# Before, the file is looked at twice while it is read.
	for path in "$home" "$home/vpasswd"; do
		rm -f "$T/cache/again"
		program="$T/failing"
		cat >"$program" <<-END
			#!/bin/sh
			exec strace -o "$T/trace" -P "$path" \\
				--inject=stat,lstat,newfstatat:error=EIO:when=$first+ \\
				"$real" "\$@"
		END
		chmod +x "$program"
		mkauth --last "$O" --cache "$T/cache" --deps "$T/deps" \
			-c "$O" 2>"$T/errors"
		grep -F "mkauth: warning: $path: Input/output error" "$T/errors"
		! grep -F 'another user' "$T/errors" || return 1
		[ -e "$T/cache/again" ]
		first=3
	done
}

@test "an owner of the directory who mends a link is noticed" {
	[ "$(id -u)" -eq 0 ] || skip "needs root, who may read them"
	domain example.net
	login example.net bob
	gives -- "bob@example.net $H"
	mv "$V/domains/example.net/vpasswd" "$T/hers"
	ln -s "$T/hers" "$V/domains/example.net/vpasswd"
	chown nobody "$V/domains/example.net"
	mkauth --last "$O" --deps "$T/deps" -c "$O" 2>"$T/errors"
	grep -F 'a link to a file of another user' "$T/errors"
	grep -Fx "$V/domains/example.net" "$T/deps"
}

@test "a vpasswd.cdb that is damaged is trouble" {
	domain example.com
	local cdb=$V/domains/example.com/vpasswd.cdb
	rm "$V/domains/example.com/vpasswd"
	echo garbage >"$cdb"
	fails 111 "$cdb: damaged: not a whole cdb"
	{ record joe "$H:1:0:g:/d:NOQUOTA" && record ann "$H:1" && echo; } |
		cdb -c "$cdb"
	fails 111 "$cdb:2: fewer than"
	{ record joe "$H:1:0:g:/d:NOQUOTA" && echo; } | cdb -c "$cdb"
	gives -- "joe@example.com $H"
	head -c -8 "$cdb" >"$T/cdb"
	mv "$T/cdb" "$cdb"
	fails 111 "$cdb: damaged: not a whole cdb"
}

@test "a domain whose home is no absolute path is trouble" {
	control virtualdomains example.com:example.com
	assign "+example.com-:example.com:89:89:domains/example.com:-::"
	fails 111 'domains/example.com: a home that is not an absolute path'
}

@test "the last line of a file needs no newline" {
	domain example.com
	login example.com joe
	printf '%s' "zoe:$H" >"$T/shadow"
	printf '* A=1' >"$T/config"
	gives --shadow "$T/shadow" --config "$T/config" -- \
		"zoe $H,A=\"1\"" "joe@example.com $H,A=\"1\""
	: >"$T/shadow"
	gives --shadow "$T/shadow" -- "joe@example.com $H"
}

@test "a virtual domain of somebody else's is none of vpopmail's" {
	mkdir "$T/home/joe"
	control virtualdomains example.com:joe example.net:alias-x \
		list@example.com:ann .example.org:example.org \
		:catchall example.edu:
	assign "+example.com-:joe:1000:100:$T/home/joe:-::" \
		"+example.edu-:joe:1:1:$T/nowhere:-::"
	dotqmail "$T/home/joe" default ./Maildir/
	gives --
}

@test "domains are found in any case of letters" {
	domain example.com
	login example.com joe
	control virtualdomains EXAMPLE.com:x '# comment' '' 'x.example  '
	gives -- "joe@example.com $H"
}

# --- the system's users -----------------------------------------------

@test "a login has a host of any length" {
	local most over
	most=$(printf '%01024d' 1)
	over=$(printf '%01025d' 1)
	printf '%s:%s:1:1:::\n' "joe@$most" "$H" "ann@$most" "$H" \
		"joe@$over" "$H" "ann@$over" "$H" joe "$H" >"$T/passwd"
	gives --passwd "$T/passwd" -- "joe $H" "ann@$over $H" "joe@$over $H" \
		"ann@$most $H" "joe@$most $H"
	[ "$(cdb -q "$O" "joe@$over")" = "$H" ]
	[ "$(cdb -q "$O" "joe@$most")" = "$H" ]
}

@test "users of a passwd file have their hashes there, or in shadow" {
	printf '%s\n' "joe:$H:1000:100:::" "ann:x:1001:100:,,,:/home/ann:/bin/sh" \
		"bob:*:1002:1:::" "none:x:1003:1:::" "eve:$H2:1004:1:::" \
		>"$T/passwd"
	printf '%s\n' "ann:$H2:19000:0:99999:7:::" "joe:$DES:::::::" \
		"zoe:$H::::::" "bob:$H:::::::" >"$T/shadow"
	gives --passwd "$T/passwd" --shadow "$T/shadow" -- \
		"ann $H2" "eve $H2" "joe $H"
	gives --passwd "$T/passwd" -- "eve $H2" "joe $H"
}

@test "a shadow file alone has logins, and so has a list of a site's own" {
	printf '%s\n' "zoe:$H" '' '# comment' '+::::::::' "joe@example.com:$H2:x" \
		"daemon:*:19000:0:99999:7:::" "root:$H:::::::" "zoe:$H2" \
		>"$T/shadow"
	gives --shadow "$T/shadow" -- "zoe $H" "joe@example.com $H2"
	gives --shadow "$T/shadow" --uid-min 0 -- "root $H" "zoe $H" \
		"joe@example.com $H2"
}

@test "root does not log in, nor do users outside the range" {
	printf '%s\n' "root:$H:0:0:::" "toor:$H:0:0:::" "low:$H:999:1:::" \
		"joe:$H:1000:1:::" "big:$H:60001:1:::" >"$T/passwd"
	gives --passwd "$T/passwd" -- "big $H" "joe $H" "low $H"
	gives --passwd "$T/passwd" --uid-min 1000 --uid-max 60000 -- "joe $H"
	gives --passwd "$T/passwd" --uid-min 0 --uid-max 0 -- "root $H" "toor $H"
}

@test "an account that has expired is left out" {
	printf '%s\n' "old:$H:19000:0:99999:7::1:" "joe:$H:19000:0:99999:7::99999999:" \
		"ann:$H:19000:0:99999:7:::" >"$T/shadow"
	printf 'old:x:1:1:::\njoe:x:2:1:::\nann:x:3:1:::\n' >"$T/passwd"
	gives --shadow "$T/shadow" -- "ann $H" "joe $H"
	gives --shadow "$T/shadow" --passwd "$T/passwd" -- "ann $H" "joe $H"
}

@test "a mailbox goes before a line of a file" {
	domain example.com
	login example.com joe
	printf '%s\n' "joe@example.com:$H2" "x@example.com:$H2" >"$T/shadow"
	gives --shadow "$T/shadow" -- "joe@example.com $H" "x@example.com $H2"
}

@test "a line that is not one of the file's kind is trouble" {
	printf 'a:%s:1:1:::\nb:%s:1:1::\n' "$H" "$H" >"$T/passwd"
	fails 111 "$T/passwd:2: not a line of passwd" --passwd "$T/passwd"
	printf 'a:%s:x:1:::\n' "$H" >"$T/passwd"
	fails 111 "$T/passwd:1: not a line of passwd" --passwd "$T/passwd"
	printf 'a:%s:4294967295:1:::\n' "$H" >"$T/passwd"
	fails 111 "$T/passwd:1: not a line of passwd" --passwd "$T/passwd"
	printf 'a:%s:4294967294:1:::\n' "$H" >"$T/passwd"
	gives --passwd "$T/passwd" -- "a $H"
	printf '\n\nzoe\n' >"$T/shadow"
	fails 111 "$T/shadow:3: not a line of shadow" --shadow "$T/shadow"
	printf 'a:%s\nb:%s\0x\n' "$H" "$H" >"$T/shadow"
	fails 111 "$T/shadow:2: not a line of shadow" --shadow "$T/shadow"
	printf ':%s\n' "$H" >"$T/shadow"
	fails 111 "$T/shadow:1: not a line of shadow" --shadow "$T/shadow"
	fails 111 "$T/none: No such file or directory" --shadow "$T/none"
	mkfifo "$T/pipe"
	fails 111 "$T/pipe: not a regular file" --passwd "$T/pipe"
}

# --- variables --------------------------------------------------------

@test "variables follow the hash, what is nearer to the login first" {
	domain example.com
	domain example.net
	login example.com joe
	login example.com ann
	login example.net joe
	echo "zoe:$H" >"$T/shadow"
	cat >"$T/config" <<-'EOF'
		# who NAME=value
		* DATABYTES=1000000
		*	SPFBEHAVIOR=3

		@example.com DATABYTES=2000000
		joe@example.com   MAXRCPT=10  
		joe@example.com DATABYTES=3000000
		zoe GREETING=a, b = c
		zoe SPFBEHAVIOR=
	EOF
	gives --config "$T/config" --shadow "$T/shadow" -- \
		"zoe $H,DATABYTES=\"1000000\",GREETING=\"a, b = c\",SPFBEHAVIOR=\"\"" \
		"ann@example.com $H,DATABYTES=\"2000000\",SPFBEHAVIOR=\"3\"" \
		"joe@example.com $H,DATABYTES=\"3000000\",MAXRCPT=\"10\",SPFBEHAVIOR=\"3\"" \
		"joe@example.net $H,DATABYTES=\"1000000\",SPFBEHAVIOR=\"3\""
}

@test "a value may have any byte but the quote, and be long" {
	local long
	long=$(printf '%0100000d' 7)
	echo "zoe:$H" >"$T/shadow"
	printf 'zoe A=\303\251\t\\ x\nzoe B=%s\n' "$long" >"$T/config"
	mkauth --shadow "$T/shadow" --config "$T/config" -c "$O"
	printf '%s,A="\303\251\t\\ x",B="%s"' "$H" "$long" >"$T/expected"
	cdb -q "$O" zoe | cmp - "$T/expected"
}

@test "every wrong line of the configuration is named" {
	printf '%s\n' 'joe' 'joe A' '* =x' '* 1A=x' '* A-B=x' '* A="x"' \
		'# fine' '* OK=1' '* OK=2' $'* \303\251=1' '* A =x' >"$T/config"
	printf '* N\0UL=1\n' >>"$T/config"
	fails 100 "$T/config:1: not WHO NAME=VALUE" --config "$T/config"
	for line in "2: not WHO NAME=VALUE" "3: not a name of a variable" \
		"4: not a name of a variable" "5: not a name of a variable" \
		"6: a '\"' in a value cannot be stored" "9: said before" \
		"10: not a name of a variable" "11: not a name of a variable" \
		"12: a NUL"; do
		grep -F "$T/config:$line" <<<"$output"
	done
	[ "$(wc -l <<<"$output")" -eq 10 ]
}

@test "a line for nobody is named, and does no harm" {
	domain example.com
	login example.com joe
	printf '%s\n' 'Joe@example.com A=1' '@example.org A=1' \
		'joe@example.com A=1' >"$T/config"
	gives --config "$T/config" -- "joe@example.com $H,A=\"1\""
	grep -F "$T/config:1: Joe@example.com: no such login" "$T/errors"
	grep -F "$T/config:2: @example.org: no such login" "$T/errors"
	[ "$(wc -l <"$T/errors")" -eq 2 ]
}

@test "a missing configuration is trouble, not an empty one" {
	fails 111 "$T/none: No such file or directory" --config "$T/none"
	mkdir "$T/dir"
	fails 111 "$T/dir: not a regular file" --config "$T/dir"
}

# --- trouble ----------------------------------------------------------

two_domains() {
	domain example.com
	login example.com joe
	domain example.net
	login example.net ann
}

@test "a domain that cannot be read fails all, if nothing else was said" {
	two_domains
	echo joe:x >>"$V/domains/example.com/vpasswd"
	fails 111 "$V/domains/example.com/vpasswd:2: fewer than 6 colons"
	grep -F 'example.com: cannot be read' <<<"$output"
	mkauth 2>/dev/null >"$T/list" && false
	[ ! -s "$T/list" ]
}

@test "a domain that cannot be read keeps its last good logins" {
	two_domains
	login example.com zoe "$H2"
	echo "joe:$H" >"$T/shadow"
	echo '* A=1' >"$T/config"
	mkauth --config "$T/config" --shadow "$T/shadow" -c "$T/last.cdb"
	echo joe:x >>"$V/domains/example.com/vpasswd"
	login example.net new
	echo '* A=2' >"$T/config"
	echo "not:$H" >"$T/shadow"
	gives --last "$T/last.cdb" --config "$T/config" --shadow "$T/shadow" -- \
		"not $H,A=\"2\"" "joe@example.com $H,A=\"2\"" \
		"zoe@example.com $H2,A=\"2\"" "ann@example.net $H,A=\"2\"" \
		"new@example.net $H,A=\"2\""
	grep -F 'example.com: the last good logins are kept' "$T/errors"
}

@test "the last good logins are of that domain alone" {
	domain example.com
	domain b.example.com
	login b.example.com x
	login example.com y
	mkauth -c "$T/last.cdb"
	echo x >"$V/domains/example.com/vpasswd"
	rm "$V/domains/b.example.com/vpasswd"
	: >"$V/domains/b.example.com/vpasswd"
	gives --last "$T/last.cdb" -- "y@example.com $H"
}

@test "where there is no last product a domain in trouble has no logins" {
	two_domains
	echo x >"$V/domains/example.com/vpasswd"
	gives --last "$T/none.cdb" -- "ann@example.net $H"
	grep -F 'example.com: the last good logins are kept' "$T/errors"
}

@test "a last product that is damaged fails, if it is needed" {
	two_domains
	echo garbage >"$T/last.cdb"
	gives --last "$T/last.cdb" -- "joe@example.com $H" "ann@example.net $H"
	echo x >"$V/domains/example.com/vpasswd"
	fails 111 "$T/last.cdb: damaged: not a whole cdb" --last "$T/last.cdb"
	mkdir "$T/last"
	fails 111 "$T/last: not a regular file" --last "$T/last"
	# It is read once, for all that are in trouble.
	rm "$V/domains/example.com/vpasswd"
	: >"$V/domains/example.com/vpasswd"
	login example.com joe
	mkauth -c "$T/last.cdb"
	echo x >"$V/domains/example.com/vpasswd"
	echo x >"$V/domains/example.net/vpasswd"
	gives --last "$T/last.cdb" -- "joe@example.com $H" "ann@example.net $H"
}

@test "a domain that cannot be read may be left out" {
	two_domains
	echo x >"$V/domains/example.com/vpasswd"
	gives --trouble skip -- "ann@example.net $H"
	grep -F 'example.com: nobody can log in' "$T/errors"
	mkauth -c "$T/last.cdb" --trouble skip
	fails 111 'example.com: cannot be read' --trouble fail --last "$T/last.cdb"
}

@test "a domain of vpopmail's without vpasswd is trouble" {
	two_domains
	rm "$V/domains/example.com/vpasswd"
	fails 111 "$V/domains/example.com: neither vpasswd nor vpasswd.cdb"
	rm -r "$V/domains/example.com"
	fails 111 "$V/domains/example.com: is not there"
	printf 'joe:%s:1:0:g:/d:NOQUOTA\n' "$H" >"$T/other"
	ln -s "$T/loop" "$T/loop"
	mkdir "$V/domains/example.com"
	ln -s "$T/loop" "$V/domains/example.com/vpasswd"
	fails 111 "$V/domains/example.com/vpasswd: not a regular file"
	ln -sfn "$T/other" "$V/domains/example.com/vpasswd"
	gives -- "joe@example.com $H" "ann@example.net $H"
}

@test "what cannot be read is trouble, never an absence" {
	two_domains
	as_nobody
	chmod 000 "$V/domains/example.com/vpasswd"
	fails 111 "$V/domains/example.com/vpasswd: Permission denied"
	chmod 644 "$V/domains/example.com/vpasswd"
	echo x >"$V/domains/example.com/.qmailadmin-limits"
	chmod 000 "$V/domains/example.com/.qmailadmin-limits"
	fails 111 ".qmailadmin-limits: Permission denied"
	chmod 000 "$V/domains/example.com"
	fails 111 "$V/domains/example.com/vpasswd: Permission denied"
}

@test "pipes, devices and files that change are refused, not hung on" {
	two_domains
	local file=$V/domains/example.com/vpasswd
	rm "$file"
	mkfifo "$file"
	fails 111 "$file: not a regular file"
	ln -sfn /dev/zero "$file"
	fails 111 "$file: not a regular file"
	[ -r /proc/self/status ] || return 0
	ln -sfn /proc/self/status "$file"
	fails 111 "$file: changes while it is being read"
}

@test "neither users/cdb nor a file of users is trouble" {
	rm "$Q/users/cdb"
	fails 111 "$Q/users/cdb: No such file or directory"
	echo "joe:$H" >"$T/shadow"
	gives --shadow "$T/shadow" -- "joe $H"
	head -c 1000 /dev/zero >"$Q/users/cdb"
	fails 111 "$Q/users/cdb: damaged: not a whole cdb" --shadow "$T/shadow"
}

@test "a wrong command is said to be one" {
	for wrong in -x --uid-min=x --uid-max=-1 --trouble=x --trouble=keep \
		--group=no.such --passwd=relative word; do
		run -100 mkauth "$wrong"
		grep -F 'usage: mkauth' <<<"$output"
	done
	run -0 mkauth --help
	grep -F 'usage: mkauth' <<<"$output"
}

# --- the product ------------------------------------------------------

@test "the product is for its owner and group, whatever the umask" {
	two_domains
	(umask 0 && mkauth -c "$O")
	[ "$(stat -c %a "$O")" = 640 ]
	rm "$O"
	(umask 077 && mkauth -c "$O")
	[ "$(stat -c %a "$O")" = 640 ]
}

@test "a product that others could read is made anew" {
	two_domains
	mkauth -c "$O"
	before=$(stat -c %i "$O")
	mkauth -c "$O"
	[ "$(stat -c %i "$O")" = "$before" ]
	chmod 644 "$O"
	mkauth -c "$O"
	[ "$(stat -c %a "$O")" = 640 ]
}

@test "the group is as chosen, or stays as it was" {
	[ "$(id -u)" -eq 0 ] || skip "only root may change the group"
	two_domains
	mkauth -c "$O" --group daemon
	[ "$(stat -c %G "$O")" = daemon ]
	login example.com new
	mkauth -c "$O"
	[ "$(stat -c '%G %a' "$O")" = 'daemon 640' ]
	mkauth -c "$O" --group 12345
	[ "$(stat -c '%g %a' "$O")" = '12345 640' ]
}

@test "a group that is not ours fails, and leaves nothing behind" {
	two_domains
	as_nobody
	fails 111 "$O: Operation not permitted" --group root
}

@test "nobody else can read it for an instant" {
	[ "$(id -u)" -eq 0 ] || skip "only root may change the group"
	two_domains
	strace -f -o "$T/trace" true 2>/dev/null || skip "no strace"
	[ -z "${BUILT:-}" ] || skip "no strace of a sanitized program"
	echo old >"$O"
	chmod 644 "$O"
	(umask 0 && strace -o "$T/trace" \
		-e trace=open,openat,creat,chmod,fchmod,fchmodat,chown,fchown,rename \
		"$program" --qmail "$Q" --vpopmail "$V" -c "$O" --group daemon)
	# Made for the owner alone; the group before the group may read.
	awk '
		/O_CREAT/ { print "create " ($0 ~ /, 0600\)/ ? "0600" : "bad") }
		/^fchown/ { print "group" }
		/chmod\(/ { match($0, /, 0[0-7]*\)/)
			print "mode " substr($0, RSTART + 2, RLENGTH - 3) }
		/^rename/ { print "rename" }
	' "$T/trace" >"$T/steps"
	diff - "$T/steps" <<-'EOF'
		create 0600
		mode 0600
		group
		mode 0640
		rename
	EOF
}

@test "every file that decided something is a dependency" {
	domain example.com
	login example.com joe
	mkdir "$T/home/x"
	echo other.example:x >>"$Q/control/virtualdomains"
	assign "+other.example-:x:1:1:$T/home/x:-::"
	printf "joe:$H:1:1:::\n" >"$T/passwd"
	echo "joe:$H" >"$T/shadow"
	mkauth --passwd "$T/passwd" --shadow "$T/shadow" --config "$T/config" \
		--deps "$T/deps" -c "$O"
	printf '%s\n' "$Q/control/virtualdomains" "$Q/users/cdb" "$T/config" \
		"$T/passwd" "$T/shadow" "$T/home/x" "$T/home/x/.qmail-default" \
		"$T/home/x/vpasswd" "$T/home/x/vpasswd.cdb" \
		"$V/domains/example.com/vpasswd" \
		"$V/domains/example.com/.qmailadmin-limits" \
		"$V/etc/vlimits.default" | LC_ALL=C sort | diff - "$T/deps"
}

@test "records come by host and user, those without a host first" {
	domain example.net
	domain example.com
	login example.net joe-x
	login example.net joe
	login example.net joe.x
	login example.com zoe
	printf '%s:%s\n' joe@ "$H2" zoe "$H" joe-y@example.net "$H2" joe "$H" \
		joe@a.example "$H2" joe@example.net "$H2" >"$T/shadow"
	gives --shadow "$T/shadow" -- "joe $H" "joe@ $H2" "zoe $H" \
		"joe@a.example $H2" "zoe@example.com $H" \
		"joe@example.net $H" "joe-x@example.net $H" \
		"joe-y@example.net $H2" "joe.x@example.net $H"
}

@test "the order of the input does not change the product" {
	domain b.example
	domain a.example
	for name in zoe joe ann; do
		login a.example $name
		login b.example $name
	done
	mkauth -c "$O"
	tac "$Q/control/virtualdomains" >"$T/turned"
	mv "$T/turned" "$Q/control/virtualdomains"
	tac "$T/assign" >"$T/turned"
	mv "$T/turned" "$T/assign"
	compile_users
	for host in a b; do
		tac "$V/domains/$host.example/vpasswd" >"$T/turned"
		mv "$T/turned" "$V/domains/$host.example/vpasswd"
	done
	mkauth -c "$T/again.cdb"
	cmp "$O" "$T/again.cdb"
}

@test "two at once do no harm" {
	two_domains
	local pids=
	for _ in 1 2 3 4 5 6; do
		mkauth -c "$O" 3>&- &
		pids+=" $!"
	done
	for child in $pids; do wait "$child"; done
	[ "$(cdb -q "$O" joe@example.com)" = "$H" ]
	[ "$(find "$T" -maxdepth 1 -name '.*.cdb.*')" = '' ]
}

@test "on a full disk the old product stays, whole and alone" {
	[ "$(id -u)" -eq 0 ] || skip "only root may mount"
	mkdir "$T/small"
	mount -t tmpfs -o size=64k tmpfs "$T/small" || skip "cannot mount"
	mounted=$T/small
	seq -f "user%g:$H" 5000 >"$T/shadow"
	echo old >"$T/small/auth.cdb"
	run -111 mkauth --shadow "$T/shadow" -c "$T/small/auth.cdb"
	grep -F 'No space left on device' <<<"$output"
	[ "$(cat "$T/small/auth.cdb")" = old ]
	[ "$(ls -A "$T/small")" = auth.cdb ]
	[ -c /dev/full ] || return 0 # a poor /dev
	run -111 bash -c '"$@" >/dev/full' - "$program" --shadow "$T/shadow"
}

@test "a long list" {
	local n=10000
	[ -z "${TRIGGERD_LONG:-}" ] || n=1000000
	domain example.com
	seq -f "user%.0f:$H:1:0:g:/d:NOQUOTA" $n \
		>"$V/domains/example.com/vpasswd"
	mkauth -c "$O"
	[ "$(cdb -q "$O" user$n@example.com)" = "$H" ]
	[ "$(cdb -d "$O" | grep -c '^+')" -eq $n ]
}

@test "the password logs in as the reader would check it" {
	domain example.com
	# shellcheck disable=SC2016
	login example.com joe "$(perl -e 'print crypt("secret", "\$6\$salt\$")')"
	echo '* A=1' >"$T/config"
	mkauth --config "$T/config" -c "$O"
	hash=$(cdb -q "$O" joe@example.com)
	hash=${hash%%,*} # as qmail-smtpd does
	[ "$(perl -e 'print crypt("secret", $ARGV[0])' "$hash")" = "$hash" ]
}

# --- under the daemon -------------------------------------------------

shipped_rule() {
	sed -e "s|^command = mkauth|command = $program|" \
		-e "s|^group = .*|group = $(id -gn)|" \
		"$TOP/rules.d/auth.ini" >"$CONF/rules.d/auth.ini"
	printf '[vars]\nqmail = %s\nvpopmail = %s\n' "$Q" "$V" \
		>>"$CONF/triggerd.ini"
	product=$Q/control/auth.cdb
}

@test "the shipped rule rebuilds auth.cdb when a password has changed" {
	two_domains
	shipped_rule
	start_triggerd
	barrier
	[ ! -e "$product" ] # who wants it makes the first one
	mkauth -c "$product"
	barrier
	sed "s|^joe:[^:]*|joe:$H2|" "$V/domains/example.com/vpasswd" \
		>"$V/domains/example.com/vpasswd.bak.1"
	mv "$V/domains/example.com/vpasswd.bak.1" \
		"$V/domains/example.com/vpasswd"
	barrier
	[ "$(cdb -q "$product" joe@example.com)" = "$H2" ]
	[ "$(stat -c %a "$product")" = 640 ]
	# One that cannot be read keeps its users; the other is served.
	echo joe >"$V/domains/example.com/vpasswd.bak.1"
	mv "$V/domains/example.com/vpasswd.bak.1" \
		"$V/domains/example.com/vpasswd"
	login example.net new
	barrier
	[ "$(cdb -q "$product" joe@example.com)" = "$H2" ]
	[ "$(cdb -q "$product" new@example.net)" = "$H" ]
	# A product that everybody can read is set right.
	chmod 644 "$product"
	barrier
	[ "$(stat -c %a "$product")" = 640 ]
}

@test "under the daemon nobody else can read it for an instant" {
	[ -z "${BUILT:-}" ] || skip "no strace of a sanitized program"
	strace -D -f -o "$T/trace" true 2>/dev/null || skip "no strace"
	two_domains
	shipped_rule
	# One that everybody can read is replaced.
	mkauth -c "$product"
	chmod 644 "$product"
	command_file traced <<-EOF
		umask 0
		exec strace -D -ff -y -o "$T/trace" \
			-e trace=open,openat,creat,chmod,fchmod,fchmodat,fchown,rename,renameat,renameat2 \
			"$TRIGGERD" "\$@"
	EOF
	TRIGGERD=$T/traced
	start_triggerd
	barrier
	login example.net new
	barrier
	traced=$pid
	stop_triggerd
	wait_until 30 grep -q '^+++ exited' "$T/trace.$traced"
	[ "$(cdb -q "$product" new@example.net)" = "$H" ]
	# The file beside the target, and the one that the command wrote, begin
	# as their owner's alone, and end as the group's.
	for file in "/control/.triggerd.auth." "/state/build/auth/.new."; do
		cat "$T"/trace.* | grep -F "$file" >"$T/steps"
		grep -q 'O_CREAT.*, 0600) = ' "$T/steps"
		run ! grep -E 'O_CREAT.*, 0[0-7]*[1-7]\) = ' "$T/steps"
		grep -q 'chmod(.*, 0640) = ' "$T/steps"
		run ! grep -E 'chmod\(.*, 0[0-7]*[1-7]\) = ' "$T/steps"
	done
}
