# mkvalidrcptto: which addresses are listed, and what happens where that cannot
# be told.

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/recipients

setup() { make_qmail; }

@test "the mailboxes of a vpopmail domain are listed" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann.smith
	lists joe@example.com ann.smith@example.com
}

@test "an alias domain has the mailboxes of its real domain" {
	domain example.com
	mailbox example.com joe
	alias_domain example.net example.com
	lists joe@example.com joe@example.net
}

@test "a mailbox whose mail is bounced is left out" {
	domain example.com
	mailbox example.com joe 16
	mailbox example.com ann 15
	mailbox example.com bob 4112
	lists ann@example.com
}

@test "where mail for unknown users is deleted the mailboxes are listed" {
	domain example.com delete
	mailbox example.com joe
	lists joe@example.com
}

@test "a domain with a catch-all is accepted as a whole" {
	domain example.com joe@example.com
	mailbox example.com joe
	dotqmail "$V/domains/example.com" list '&a@b'
	lists @example.com
}

@test "what is delivered beside vdelivermail's deletion is a catch-all" {
	domain example.com
	printf '&archive@example.net\n| vdelivermail "" delete\n' \
		>"$V/domains/example.com/.qmail-default"
	lists @example.com
}

@test "a comment that names vdelivermail is a comment" {
	domain example.com
	dotqmail "$V/domains/example.com" default \
		"# | vdelivermail '' bounce-no-mailbox" '&joe@example.net'
	lists @example.com
}

@test "a .qmail file is an address, with a dot for each colon" {
	domain example.com
	dotqmail "$V/domains/example.com" ann:smith '&joe@example.net'
	lists ann.smith@example.com
}

@test "a .qmail file with -default is a key for every extension" {
	domain example.com
	dotqmail "$V/domains/example.com" list '&a@b'
	dotqmail "$V/domains/example.com" list-default '&a@b'
	dotqmail "$V/domains/example.com" list-return-default '&a@b'
	lists list@example.com list-default@example.com \
		list-return-default@example.com
}

@test "a .qmail file may be a symbolic link to a file" {
	domain example.com
	mkdir "$V/domains/example.com/list"
	echo '|ezmlm-send' >"$V/domains/example.com/list/editor"
	ln -s list/editor "$V/domains/example.com/.qmail-list"
	ln -s list/nothing "$V/domains/example.com/.qmail-gone"
	ln -s .qmail-loop "$V/domains/example.com/.qmail-loop"
	lists list@example.com
}

@test "directories and pipes are no .qmail files" {
	domain example.com
	mkdir "$V/domains/example.com/.qmail-directory"
	mkfifo "$V/domains/example.com/.qmail-pipe"
	lists
}

@test "names that qmail-local never looks for are no .qmail files" {
	domain example.com
	dotqmail "$V/domains/example.com" Sales '&a@b'
	dotqmail "$V/domains/example.com" a.b '&a@b'
	dotqmail "$V/domains/example.com" $'new\nline' '&a@b'
	dotqmail "$V/domains/example.com" '' '&a@b'
	lists
}

@test "a .qmail file that only bounces hides its name" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann
	dotqmail "$V/domains/example.com" joe "|bouncesaying 'gone; away'"
	dotqmail "$V/domains/example.com" old '&a@b' '|exit 100'
	dotqmail "$V/domains/example.com" maybe '|bouncesaying no true'
	dotqmail "$V/domains/example.com" both ./Maildir/ '|bouncesaying no'
	lists ann@example.com both@example.com maybe@example.com
}

@test "a .qmail file that begins with a colon hides a name with a dot" {
	domain example.com
	mailbox example.com .joe
	mailbox example.com .jim
	dotqmail "$V/domains/example.com" :joe "|bouncesaying 'gone; away'"
	lists .jim@example.com
}

@test "a .qmail file may end with any status that qmail-local knows" {
	domain example.com
	mailbox example.com joe
	for status in 0 1 64 65 66 70 76 77 78 99 100 111 112; do
		dotqmail "$V/domains/example.com" "s$status" "|exit $status" \
			'|exit 100'
	done
	# 99 ends it, and most others have it tried again later.
	lists joe@example.com s{1,66,99,111}@example.com
	dotqmail "$V/domains/example.com" default '|exit 99' \
		"| $V/bin/vdelivermail '' bounce-no-mailbox"
	lists @example.com
}

@test "a program before vdelivermail, such as condredirect, leaves the mail to it" {
	domain example.com
	mailbox example.com joe
	dotqmail "$V/domains/example.com" default \
		'|condredirect spam@example.com isspam' \
		"| $V/bin/vdelivermail '' bounce-no-mailbox"
	lists joe@example.com
	echo spam@example.com >"$T/extra"
	gives --extra "$T/extra" -- postmaster {joe,spam}@example.com
}

# sh -c "vdelivermail '' bounce-no-mailbox || forward admin" ends with 0.
@test "a command behind vdelivermail may take what it bounces" {
	domain example.com
	mailbox example.com joe
	dotqmail "$V/domains/example.com" default \
		"| spamc | $V/bin/vdelivermail '' bounce-no-mailbox 2>&1"
	lists joe@example.com
	dotqmail "$V/domains/example.com" default \
		"| $V/bin/vdelivermail '' bounce-no-mailbox || forward admin"
	lists @example.com
}

# The shell takes \' for a letter: there is a program behind the message.
@test "a quoted quote does not hide bouncesaying's program" {
	domain example.com
	dotqmail "$V/domains/example.com" ann \
		"| bouncesaying 'She can'\\''t' test -f away"
	dotqmail "$V/domains/example.com" bob "| bouncesaying 'no, don\"t'"
	lists ann@example.com
}

@test "what qmail-local does not use for its mode is deferred, and so accepted" {
	domain example.com
	mailbox example.com joe
	echo me.example >>"$Q/control/rcpthosts"
	user ann
	dotqmail "$T/home/ann" x '|exit 100'
	for name in old bad run list; do
		dotqmail "$V/domains/example.com" "$name" '|exit 100'
	done
	chmod o+w "$V/domains/example.com/.qmail-bad"
	chmod u+x "$V/domains/example.com/.qmail-run"
	dotqmail "$V/domains/example.com" list +list '|exit 100'
	lists {bad,joe,list,run}@example.com ann@me.example
	mkvalidrcptto 2>&1 >"$T/list" | grep -F \
		"example.com/.qmail-bad: writable by others: its mail is tried"
	chmod +t "$T/home/ann" # who edits his files
	lists {bad,joe,list,run}@example.com ann@me.example \
		ann-default@me.example
	run -0 mkvalidrcptto --explain ann-z@me.example
	grep -F "$T/home/ann: writable by others, or sticky: mail waits" \
		<<<"$output"
	chmod o+w "$V/domains/example.com"
	lists @example.com ann@me.example ann-default@me.example
	mkvalidrcptto 2>&1 >"$T/list" | grep -F \
		"domains/example.com: writable by others, or sticky: its mail"
}

@test "a name with a % at a host of percenthack is another host's" {
	domain example.com
	domain example.net
	mailbox example.com joe
	for host in com net; do
		dotqmail "$V/domains/example.$host" a%b '&a@b'
	done
	control percenthack Example.COM
	echo me.example >>"$Q/control/percenthack"
	control locals l.example me.example
	printf '%s\n' l.example me.example >>"$Q/control/rcpthosts"
	dotqmail "$A" c%d '&a@b'
	dotqmail "$V/domains/example.net" x%y '&a@b'
	echo x%y@example.com:example.net >>"$Q/control/virtualdomains"
	lists joe@example.com {a%b,x%y}@example.net c%d@l.example
	run -1 mkvalidrcptto --explain a%b@example.com
	grep -F "example.com: in percenthack" <<<"$output"
	# The answer of one local host is not another's.
	control percenthack l.example
	lists {a%b,joe,x%y}@example.com {a%b,x%y}@example.net c%d@me.example
}

@test "a .qmail file that delivers rescues a mailbox that bounces" {
	domain example.com
	mailbox example.com joe 16
	dotqmail "$V/domains/example.com" joe '&a@b'
	lists joe@example.com
}

@test "empty .qmail files, and such with comments alone, deliver" {
	domain example.com
	dotqmail "$V/domains/example.com" empty
	dotqmail "$V/domains/example.com" discard '# nothing'
	lists discard@example.com empty@example.com
}

@test "names that vdelivermail refuses are left out" {
	domain example.com
	mailbox example.com 'a b'
	mailbox example.com $'caf\303\251'
	mailbox example.com Joe
	mailbox example.com ''
	mailbox example.com "o'neil+x=1"
	lists "o'neil+x=1@example.com"
}

@test "of two lines in vpasswd with one name the first counts" {
	domain example.com
	mailbox example.com zoe
	mailbox example.com joe 16
	mailbox example.com joe
	lists zoe@example.com
}

@test "vpasswd.cdb is read where there is no vpasswd" {
	domain example.com
	rm "$V/domains/example.com/vpasswd"
	{ record joe c:1:0:g:/d:NOQUOTA && record ann c:1:16:g:/d:NOQUOTA &&
		echo; } | cdb -c "$V/domains/example.com/vpasswd.cdb"
	lists joe@example.com
}

@test "mailboxes are found by the host, .qmail files by the prepend" {
	domain example.com
	mailbox example.com joe
	mkdir "$V/other"
	dotqmail "$V/other" sales '&a@b'
	dotqmail "$V/other" default "|vdelivermail '' bounce-no-mailbox"
	assign "+other-:x:89:89:$V/other:-::"
	control virtualdomains example.com:other
	lists joe@example.com sales@example.com
}

@test "longer entries of users/cdb go before the domain's own" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann-x
	mailbox example.com bob
	mkdir "$V/exact" "$V/prefix"
	dotqmail "$V/exact" nothing
	dotqmail "$V/prefix" y
	assign "=example.com-joe:x:1:1:$V/exact:-:other:" \
		"=example.com-new:x:1:1:$V/exact::" \
		"+example.com-ann-:x:1:1:$V/prefix:-::"
	lists ann-y@example.com bob@example.com new@example.com
}

@test "users/cdb may have any set of wildcard characters" {
	domain example.com
	mailbox example.com joe
	mkdir "$V/plus"
	dotqmail "$V/plus" x
	assign "+example.com-ann+:x:1:1:$V/plus:-::"
	lists joe@example.com ann+x@example.com
}

@test "users/cdb counts, whatever users/assign says" {
	domain example.com
	mailbox example.com joe
	mkdir "$V/other"
	dotqmail "$V/other" new '&a@b'
	printf '%s\n' "+example.com-:x:1:1:$V/other:-::" . >"$Q/users/assign"
	lists joe@example.com
}

# The reader takes the key for every name list-...: there is no other for it.
@test "a mailbox or .qmail file with the name of a -default is listed" {
	domain example.com
	mailbox example.com list-default
	mailbox example.com default
	dotqmail "$V/domains/example.com" news-default-x '&a@b'
	lists list-default@example.com default@example.com \
		news-default-x@example.com
}

@test "the directory of a domain may be anywhere, and two hosts may share it" {
	mkdir -p "$V/domains"
	domain 0/a/b/one.example
	control rcpthosts one.example two.example
	control virtualdomains one.example:one.example two.example:one.example
	: >"$T/assign"
	assign "+one.example-:x:1:1:$V/domains/0/a/b/one.example:-::" \
		"+two.example-:x:1:1:$V/domains/0/a/b/one.example:-::"
	mailbox 0/a/b/one.example joe
	dotqmail "$V/domains/0/a/b/one.example" x-default '&a@b'
	lists joe@one.example x-default@one.example joe@two.example \
		x-default@two.example
}

@test "with QMAIL_EXT each mailbox without a dash has a -default" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann-x
	mailbox example.com bob 16
	mkdir "$V/include"
	echo '#define QMAIL_EXT 1' >"$V/include/vpopmail_config.h"
	lists joe@example.com joe-default@example.com ann-x@example.com
	mkvalidrcptto --qmail-ext no >"$T/list"
	run ! grep default "$T/list"
}

@test "user@domain in virtualdomains goes before the domain" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann
	mailbox example.com zoe
	dotqmail "$A" joe-there '&a@b'
	cat >>"$Q/control/virtualdomains" <<-EOF
		joe@example.com:nobody
		new@example.com:alias
		out@example.com:
		zoe@example.com:example.com
	EOF
	dotqmail "$A" new '&a@b'
	lists ann@example.com new@example.com out@example.com zoe@example.com
}

@test "a domain may be another user's" {
	user ann
	dotqmail "$T/home/ann" sub:x-info '&a@b'
	dotqmail "$T/home/ann" sub:x-list-default '&a@b'
	dotqmail "$T/home/ann" private '&a@b'
	control rcpthosts example.com
	control virtualdomains example.com:ann-sub.x
	lists info@example.com list-default@example.com
}

@test "what nobody else gets goes to alias" {
	dotqmail "$A" nobody-info '&a@b'
	control rcpthosts example.com
	control virtualdomains example.com:nobody
	lists info@example.com
}

@test "the prepend alias gives a domain the files of alias" {
	dotqmail "$A" info '&a@b'
	dotqmail "$A" list-default '&a@b'
	control rcpthosts example.com
	control virtualdomains example.com:alias
	lists info@example.com list-default@example.com
}

@test "of virtualdomains lines with one name the last counts" {
	control rcpthosts example.com
	control virtualdomains example.com:alias example.com:nobody
	dotqmail "$A" info '&a@b'
	lists
}

@test "a .domain in virtualdomains is for the hosts below it" {
	control rcpthosts a.example.com b.a.example.com example.com
	control virtualdomains .example.com:one .a.example.com:two
	dotqmail "$A" one-x '&a@b'
	dotqmail "$A" two-y '&a@b'
	lists x@a.example.com y@b.a.example.com @example.com
}

@test "an empty prepend is an exception, an empty domain a catch-all" {
	control rcpthosts a.example b.example
	control virtualdomains a.example: :all
	dotqmail "$A" all-x '&a@b'
	lists @a.example x@b.example
}

@test "local domains have the users of the system and their extensions" {
	user joe 1000
	user ann 1001
	dotqmail "$T/home/joe" list '&a@b'
	dotqmail "$T/home/joe" x-default '&a@b'
	control rcpthosts me.example two.example
	control locals me.example two.example
	lists joe@me.example joe-list@me.example joe-x-default@me.example \
		ann@me.example joe@two.example joe-list@two.example \
		joe-x-default@two.example ann@two.example
}

@test "a user is one whose home is there and his own, and who is not root" {
	user joe 1000
	user boss 0
	user eve 1002
	chown 1000 "$T/home/eve"
	user gone 1003
	rmdir "$T/home/gone"
	control rcpthosts me.example
	lists joe@me.example
}

@test "--uid-min and --uid-max choose the users" {
	user low 10
	user joe 1000
	user high 60000
	control rcpthosts me.example
	mkvalidrcptto --uid-min 11 --uid-max 59999 >"$T/list"
	[ "$(cat "$T/list")" = $'postmaster\njoe@me.example' ]
}

# As getpwent(3) has it: such a line hides no other one of the same name.
@test "of passwd what is no line of a user is passed over" {
	local h=$T/home
	user joe 1000
	user ann 1001
	user eve 1002
	control rcpthosts me.example
	printf '%s\n' '' '# joe:x:1000:1000::/nowhere:/bin/sh' \
		'+joe:x:1000:1000::/nowhere:' '-joe:x:1000:1000::/nowhere:' \
		'joe' 'joe:x:1000' 'joe:x::1000::/nowhere:' \
		'joe:x:1000:1a::/nowhere:' 'joe:x:4294967296:1000::/nowhere:' \
		"joe:x:1000:1000::$h/joe" 'joe:x:1000:1000::/nowhere:/bin/sh' \
		"  ann:x:1001:1001:Ann:$h/ann:/bin/sh" 'pam:x:1003:1003' \
		>"$T/passwd"
	printf 'eve:x:1002:1002::%s:' "$h/eve" >>"$T/passwd"
	lists joe@me.example ann@me.example eve@me.example
}

# As getpwent(3) of the GNU libc has it, which leaves the numbers to strtoul(3).
@test "of passwd a uid or gid with blanks before it is a user's" {
	local h=$T/home
	user ann 1001
	user eve 1002
	user joe 1000
	control rcpthosts me.example
	printf '%s\n' "ann:x: 1001:1001::$h/ann:" \
		"eve:x:1002:"$'\t '"1002::$h/eve:" \
		"joe:x:1000 :1000::/nowhere:" "joe:x: :1000::/nowhere:" \
		"joe:x:-1:1000::/nowhere:" "joe:x:+1000:1000::$h/joe:" \
		>"$T/passwd"
	lists joe@me.example ann@me.example eve@me.example
}

@test "local domains have the files of alias" {
	dotqmail "$A" info '&a@b'
	dotqmail "$A" a:b '&a@b'
	control rcpthosts me.example
	lists info@me.example a.b@me.example
}

@test "users/cdb counts for local domains, but not for virtual ones there" {
	domain example.com
	mailbox example.com joe
	mkdir "$T/ann"
	dotqmail "$T/ann" list '&a@b'
	assign "=ann:ann:1:1:$T/ann:::" "+ann-:ann:1:1:$T/ann:-::"
	echo me.example >>"$Q/control/rcpthosts"
	lists joe@example.com ann@me.example ann-list@me.example
}

@test "users/cdb counts for a virtual domain, though another is within it" {
	user ann
	control rcpthosts example.com
	control virtualdomains example.com:ann example.net:ann-list
	mkdir "$T/lists"
	dotqmail "$T/lists" x '&a@b'
	assign "+ann-list-:x:1:1:$T/lists:-::"
	lists list-x@example.com
}

@test "without locals the host is the one in me, with an empty one none" {
	dotqmail "$A" info '&a@b'
	control rcpthosts me.example
	lists info@me.example
	control locals
	lists @me.example
}

@test "-n leaves out local domains and those of alias" {
	domain example.com
	mailbox example.com joe
	dotqmail "$A" info '&a@b'
	printf '%s\n' me.example alias.example >>"$Q/control/rcpthosts"
	echo alias.example:alias >>"$Q/control/virtualdomains"
	mkvalidrcptto -n >"$T/list"
	[ "$(cat "$T/list")" = $'postmaster\njoe@example.com' ]
}

@test "only hosts that rcpthosts or morercpthosts.cdb take are listed" {
	dotqmail "$A" info '&a@b'
	control locals one.example two.example three.example
	control rcpthosts one.example
	{ record two.example '' && record .wild.example '' &&
		record Three.example '' && echo; } |
		cdb -c "$Q/control/morercpthosts.cdb"
	echo three.example >"$Q/control/morercpthosts"
	lists info@one.example info@two.example
}

@test "a .domain in rcpthosts is for the hosts named elsewhere" {
	control rcpthosts .example.com
	control virtualdomains x.example.com:nobody example.com:nobody
	control smtproutes y.example.com:relay
	dotqmail "$A" nobody-info '&a@b'
	lists info@x.example.com @y.example.com
}

@test "hosts that are routed, or handled nowhere, are accepted as a whole" {
	control rcpthosts routed.example backup.example
	control smtproutes routed.example:relay.example :smarthost.example
	lists @routed.example @backup.example
}

@test "control files are read as qmail reads them" {
	printf '# one.example\n\nTWO.example \t\nthree.example\0four.example' \
		>"$Q/control/rcpthosts"
	printf '#\n\0five.example\nno colon\nThree.Example:NoBody\t' \
		>"$Q/control/virtualdomains"
	dotqmail "$A" nobody-info '&a@b'
	lists @two.example info@three.example @four.example
}

@test "keys are in lower case" {
	domain Example.COM
	mailbox Example.COM joe
	sed -i 's/Example.COM-/example.com-/' "$T/assign"
	compile_users
	lists joe@example.com
}

@test "a missing rcpthosts fails" {
	rm "$Q/control/rcpthosts"
	fails 111 "$Q/control/rcpthosts: No such file or directory"
}

@test "a domain whose directory or mailboxes cannot be read fails" {
	domain one.example
	rm "$V/domains/one.example/vpasswd"
	domain two.example
	rm -r "$V/domains/two.example"
	fails 111 "$V/domains/one.example: neither vpasswd nor vpasswd.cdb"
	fails 111 "$V/domains/two.example: No such file or directory"
}

@test "a vpasswd line with fewer than six colons fails" {
	domain example.com
	mailbox example.com joe
	echo 'ann:crypt:1:0:gecos:dir' >>"$V/domains/example.com/vpasswd"
	fails 111 "$V/domains/example.com/vpasswd:2: fewer than 6 colons"
}

@test "a damaged users/cdb or morercpthosts.cdb fails" {
	domain example.com
	truncate -s -1 "$Q/users/cdb"
	fails 111 "$Q/users/cdb: damaged"
	: >"$Q/users/cdb"
	fails 111 "$Q/users/cdb: damaged" --trouble accept
	compile_users
	head -c 3000 /dev/zero >"$Q/control/morercpthosts.cdb"
	fails 111 "$Q/control/morercpthosts.cdb: damaged" --trouble skip
}

@test "a pipe or device in place of a file fails and holds nothing up" {
	domain example.com
	rm "$V/domains/example.com/vpasswd"
	mkfifo "$V/domains/example.com/vpasswd"
	fails 111 "$V/domains/example.com/vpasswd: not a regular file"
	rm "$Q/control/rcpthosts"
	ln -s /dev/zero "$Q/control/rcpthosts"
	fails 111 "$Q/control/rcpthosts: not a regular file"
}

@test "a file that is not the same twice fails after five readings" {
	[ -r /proc/self/status ] || skip "no /proc"
	rm "$Q/control/rcpthosts" # of no bytes, it says, and then there are
	ln -s /proc/self/status "$Q/control/rcpthosts"
	fails 111 "$Q/control/rcpthosts: changes while it is being read"
}

@test "locals and me both missing fails" {
	rm "$Q/control/me"
	fails 111 "$Q/control/me: No such file or directory"
}

@test "a domain without an entry of its own in users/cdb fails" {
	domain example.com
	echo example.net >>"$Q/control/rcpthosts"
	echo example.net:example.com >>"$Q/control/virtualdomains"
	fails 111 "users/cdb: no entry +example.net- for vdelivermail"
}

@test "of two entries of users/cdb with one name the first counts" {
	domain example.com
	mailbox example.com joe
	assign "+example.com-:x:1:1:$T/nowhere:-::"
	lists joe@example.com
}

@test "two at once do no harm" {
	domain example.com
	mailbox example.com joe
	local pids=
	for _ in 1 2 3 4 5 6; do
		mkvalidrcptto -c "$T/out.cdb" 3>&- &
		pids+=" $!"
	done
	for pid in $pids; do wait "$pid"; done
	cdb -q "$T/out.cdb" joe@example.com
}

@test "after a failure nothing has been written" {
	domain example.com
	rm "$V/domains/example.com/vpasswd"
	echo old >"$T/out.cdb"
	fails 111 vpasswd -c "$T/out.cdb" --deps "$T/deps"
	[ "$(cat "$T/out.cdb")" = old ]
	[ ! -e "$T/deps" ]
	run ! mkvalidrcptto 2>"$T/errors" >"$T/list"
	[ ! -s "$T/list" ]
}

@test "--trouble accept takes every address of what cannot be read" {
	domain example.com
	domain example.net
	mailbox example.net joe
	rm "$V/domains/example.com/vpasswd"
	mkvalidrcptto --trouble accept >"$T/list"
	[ "$(cat "$T/list")" = $'postmaster\n@example.com\njoe@example.net' ]
	mkvalidrcptto --trouble skip >"$T/list"
	[ "$(cat "$T/list")" = $'postmaster\njoe@example.net' ]
}

@test "-c writes a cdb with empty values" {
	domain example.com
	mailbox example.com joe
	umask 027
	mkvalidrcptto -c "$T/out.cdb"
	cdb -d "$T/out.cdb" >"$T/dump"
	[ "$(cat "$T/dump")" = $'+10,0:postmaster->\n+15,0:joe@example.com->' ]
	[ "$(stat -c %a "$T/out.cdb")" = 640 ]
}

@test "-c replaces the file and leaves nothing beside it" {
	mkdir "$T/out"
	echo old >"$T/out/real"
	ln -s real "$T/out/link"
	exec {old}<"$T/out/real"
	mkvalidrcptto -c "$T/out/link"
	[ "$(cat <&"$old")" = old ]
	[ -L "$T/out/link" ]
	cdb -q "$T/out/real" postmaster
	[ "$(ls -A "$T/out")" = $'link\nreal' ]
}

@test "-c refuses to replace what is not a file" {
	mkfifo "$T/out"
	fails 111 "$T/out: File exists" -c "$T/out"
	[ -p "$T/out" ]
}

@test "-m prints what cdbmake reads" {
	domain example.com
	mailbox example.com joe
	mkvalidrcptto -m | cdb -c "$T/piped.cdb"
	mkvalidrcptto -c "$T/own.cdb"
	cmp "$T/piped.cdb" "$T/own.cdb"
}

@test "the list is sorted by host and name and has each address once" {
	domain example.com
	for i in $(seq 200); do
		mailbox example.com "user-with-a-long-name-$((i * 7919 % 200))"
		mailbox example.com "u$i"
		dotqmail "$V/domains/example.com" "u$i" '&a@b'
	done
	alias_domain example.net example.com
	mkvalidrcptto >"$T/list"
	[ "$(wc -l <"$T/list")" = 801 ]
	LC_ALL=C sort -t @ -k 2,2 -k 1,1 -uc "$T/list"
}

@test "--deps names every file that was read and every directory searched" {
	domain example.com
	mailbox example.com joe
	dotqmail "$V/domains/example.com" list '&a@b'
	user ann
	dotqmail "$T/home/ann" x '&a@b'
	user gone 1003
	rmdir "$T/home/gone"
	user other 1004
	chown 1005 "$T/home/other"
	dotqmail "$A" info '&a@b'
	echo me.example >>"$Q/control/rcpthosts"
	mkvalidrcptto --deps "$T/deps" >"$T/list"
	LC_ALL=C sort >"$T/expected" <<-EOF
		$A
		$A/.qmail-info
		$T/home/ann
		$T/home/ann/.qmail-x
		$T/home/gone
		$T/passwd
		$Q/control/locals
		$Q/control/me
		$Q/control/morercpthosts.cdb
		$Q/control/percenthack
		$Q/control/rcpthosts
		$Q/control/smtproutes
		$Q/control/virtualdomains
		$Q/users/cdb
		$V/domains/example.com
		$V/domains/example.com/.qmail-default
		$V/domains/example.com/.qmail-list
		$V/domains/example.com/vpasswd
		$V/include/vpopmail_config.h
	EOF
	diff "$T/expected" "$T/deps"
}

@test "an address longer than 900 bytes is left out" {
	domain example.com
	long=$(printf '%0888d' 0)
	mailbox example.com "$long"
	mailbox example.com "${long}1"
	lists "$long@example.com"
}

@test "usage errors exit 100" {
	run -100 mkvalidrcptto -x
	run -100 mkvalidrcptto extra
	run -100 mkvalidrcptto -m -c "$T/out"
	run -100 mkvalidrcptto --qmail relative
	run -100 mkvalidrcptto --trouble perhaps
	run -100 mkvalidrcptto --qmail-ext perhaps
	run -100 mkvalidrcptto --uid-min -1
	run -0 mkvalidrcptto --help
	[[ $output == usage:* ]]
}
