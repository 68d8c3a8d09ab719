# mkvalidrcptto: what its options change, and fastforward.

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/recipients

setup() { make_qmail; }

# aliases FILE KEY...: a cdb of fastforward.
aliases() {
	local file=$1 key
	shift
	{
		for key; do record "$key" '&x@example.org\000'; done
		echo
	} | cdb -c "$file"
}

@test "--delete accept takes every address where mail is deleted" {
	domain example.com delete
	mailbox example.com joe
	gives --delete list -- postmaster joe@example.com
	gives --delete accept -- postmaster @example.com
}

@test "a host that vdelivermail refuses has no addresses, even under delete" {
	domain ex_ample.com delete
	mailbox ex_ample.com joe
	gives --delete accept -- postmaster
}

@test "--bounce-mail keep lists the mailboxes that bounce" {
	domain example.com
	mailbox example.com joe 16
	mailbox example.com ann
	mailbox example.com 'a b' 16
	gives --bounce-mail drop -- postmaster ann@example.com
	gives --bounce-mail keep -- postmaster ann@example.com joe@example.com
}

@test "--unhandled tells what to do about a backup MX" {
	control rcpthosts backup.example routed.example
	control smtproutes routed.example:relay.example
	gives -- postmaster @backup.example @routed.example
	gives --unhandled skip -- postmaster @routed.example
	fails 111 "backup.example: in rcpthosts" --unhandled fail
}

@test "--bare tells which names without a host are listed" {
	dotqmail "$A" info '&a@b'
	dotqmail "$A" list-default '&a@b'
	control rcpthosts me.example
	gives --bare none -- info@me.example list-default@me.example
	gives --bare all -- postmaster info list-default info@me.example \
		list-default@me.example
}

@test "--bare all takes the host in envnoathost, listed or not" {
	domain example.com
	mailbox example.com joe
	control rcpthosts
	control envnoathost Example.com
	gives --bare all -- postmaster joe
}

@test "--lists names the users of routed hosts" {
	mkdir "$T/lists"
	control rcpthosts a.example b.example backup.example
	control smtproutes a.example:relay b.example:relay
	printf '%s\n' '# users' Joe 'ann@a.example' '' ' bob # x' \
		>"$T/lists/a.example"
	echo eve >"$T/lists/backup.example"
	printf ' last#' >>"$T/lists/a.example"
	gives --lists "$T/lists" -- postmaster last@a.example \
		joe@a.example ann@a.example \
		bob@a.example @b.example eve@backup.example
	mkfifo "$T/lists/b.example"
	fails 111 "$T/lists/b.example: not a regular file" --lists "$T/lists"
}

@test "virtualdomains goes before a list of users" {
	mkdir "$T/lists"
	control rcpthosts example.com
	control smtproutes example.com:mx.example.net
	control virtualdomains joe@example.com:alias ann@example.com:alias \
		eve@example.com:
	printf '%s\n' joe ann bob >"$T/lists/example.com"
	dotqmail "$A" joe '&a@b'
	gives --lists "$T/lists" -- postmaster joe@example.com \
		bob@example.com eve@example.com
}

@test "--exclude leaves addresses out" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann
	domain example.net ann@example.com
	printf '# not these\n\n  Joe@Example.com # gone\njoe@example.net' \
		>"$T/exclude"
	gives --exclude "$T/exclude" -- postmaster ann@example.com @example.net
	gives --exclude "$T/exclude" --negatives yes -- postmaster \
		ann@example.com @example.net 'joe@example.net -'
	echo postmaster >"$T/exclude"
	gives --exclude "$T/exclude" -- ann@example.com joe@example.com \
		@example.net
	fails 111 "$T/nothing: No such file" --exclude "$T/nothing"
}

@test "--extra adds addresses kept by hand, and such that are refused" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann
	cat >"$T/extra" <<-EOF
		ann@example.com -
		New@example.com
		lists-default@example.com
		@aaa.example
		spam@aaa.example	-  # never
		last@zzz.example
		abuse
	EOF
	gives --extra "$T/extra" -- postmaster abuse joe@example.com \
		'ann@example.com -' new@example.com lists-default@example.com \
		@aaa.example 'spam@aaa.example -' last@zzz.example
	mkvalidrcptto --extra "$T/extra" -c "$T/out.cdb"
	[ "$(cdb -q "$T/out.cdb" ann@example.com)" = - ]
	[ -z "$(cdb -q "$T/out.cdb" new@example.com)" ]
	echo 'joe@example.com perhaps' >"$T/extra"
	fails 111 "$T/extra:1: not an address" --extra "$T/extra"
}

@test "--dialect sagredo refuses what is not listed" {
	domain example.com
	mailbox example.com joe
	domain example.net joe@example.com
	domain example.org
	dotqmail "$V/domains/example.org" list '&a@b'
	dotqmail "$V/domains/example.org" list-default '&a@b'
	gives --dialect sagredo -- postmaster joe@example.com -@example.com \
		@example.net list@example.org list-default@example.org
	echo spam@example.net - >"$T/extra"
	gives --dialect sagredo --extra "$T/extra" -- postmaster \
		joe@example.com -@example.com @example.net -spam@example.net \
		list@example.org list-default@example.org
}

@test "--dialect sagredo has no key that refuses what is delivered" {
	domain example.com
	mailbox example.com -list-joe
	mailbox example.com ann
	dotqmail "$V/domains/example.com" list-default '&a@b'
	gives --dialect sagredo -- postmaster ann@example.com \
		list-default@example.com
	domain example.net
	mailbox example.net -joe
	gives --dialect sagredo -n -- postmaster ann@example.com \
		list-default@example.com
}

@test "--dialect recipients has its keys" {
	domain example.com
	mailbox example.com joe
	dotqmail "$V/domains/example.com" list '&a@b'
	dotqmail "$V/domains/example.com" list-default '&a@b'
	dotqmail "$V/domains/example.com" list-return-default '&a@b'
	gives --dialect recipients -- :postmaster@localhost :joe@example.com \
		:list@example.com :list-@example.com \
		:list-default@example.com :list-return-default@example.com
	domain example.net joe@example.com
	run -0 mkvalidrcptto --dialect recipients
	grep -F 'example.net: every address is accepted, which only !example.net' \
		<<<"$output"
}

@test "--negatives yes refuses what a wider key would accept" {
	domain example.com joe@example.com
	mailbox example.com joe
	mailbox example.com ann 16
	dotqmail "$V/domains/example.com" old '|exit 100'
	dotqmail "$V/domains/example.com" list-default '|bouncesaying no'
	dotqmail "$V/domains/example.com" list-info '&a@b'
	echo nobody@example.com:nobody >>"$Q/control/virtualdomains"
	gives -- postmaster @example.com
	gives --negatives yes -- postmaster @example.com 'ann@example.com -' \
		'old@example.com -' 'list-default@example.com -' \
		list-info@example.com 'nobody@example.com -'
}

@test "--negatives are for the dialects that have them" {
	domain example.com joe@example.com
	mailbox example.com ann 16
	gives --negatives yes --dialect recipients -- :postmaster@localhost \
		2>/dev/null
	echo '@example.com -' >"$T/extra"
	gives --extra "$T/extra" --dialect sagredo -- postmaster -@example.com
}

@test "--negatives yes is no change where no key is wider" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann 16
	dotqmail "$V/domains/example.com" old '|exit 100'
	gives --negatives yes -- postmaster joe@example.com
}

@test "--negatives yes takes longer entries of users/cdb out" {
	domain example.com joe@example.com
	mkdir "$V/ann"
	dotqmail "$V/ann" x '&a@b'
	assign "+example.com-ann-:x:1:1:$V/ann:-::"
	gives --negatives yes -- postmaster @example.com \
		'ann-default@example.com -' ann-x@example.com
}

@test "fastforward in the .qmail-default of alias makes addresses" {
	dotqmail "$A" default "| fastforward -d $T/aliases.cdb"
	dotqmail "$A" own '&a@b'
	aliases "$T/aliases.cdb" :one@me.example :two@ :three@else.example \
		'?two@' :
	control rcpthosts me.example
	lists own@me.example one@me.example two@me.example
}

@test "fastforward without -d looks for the whole local name" {
	dotqmail "$A" default "| fastforward $T/aliases.cdb"
	aliases "$T/aliases.cdb" :one@ :alias-two@
	control rcpthosts me.example virtual.example
	control virtualdomains virtual.example:alias
	lists one@me.example alias-two@me.example two@virtual.example
}

@test "a domain that falls back to alias has what fastforward has" {
	dotqmail "$A" default "|/usr/bin/fastforward -d aliases.cdb"
	aliases "$A/aliases.cdb" :nobody-one@ :two@
	control rcpthosts example.com
	control virtualdomains example.com:nobody
	lists one@example.com
}

@test "an @host of fastforward accepts the whole host" {
	dotqmail "$A" default "| fastforward -d $T/aliases.cdb"
	aliases "$T/aliases.cdb" :@two.example :one@
	control rcpthosts one.example two.example
	control locals one.example two.example
	lists one@one.example @two.example
}

@test "fastforward -p passes on what it does not have" {
	dotqmail "$A" default "| fastforward -p -d $T/aliases.cdb" '|exit 100'
	dotqmail "$A" all-default "| fastforward -pd $T/aliases.cdb"
	aliases "$T/aliases.cdb" :one@
	control rcpthosts me.example
	lists one@me.example all-default@me.example
}

@test "a cdb of fastforward that cannot be read is trouble" {
	dotqmail "$A" default "| fastforward -d $T/aliases.cdb"
	control rcpthosts me.example
	fails 111 "$T/aliases.cdb: No such file"
	echo x >"$T/aliases.cdb"
	fails 111 "$T/aliases.cdb: damaged"
	# Who can tell where this one is?
	dotqmail "$A" default '| fastforward -d $CDB'
	lists @me.example
}

@test "with QMAIL_EXT a -default may have all its names from one mailbox" {
	domain example.com
	mailbox example.com list
	dotqmail "$V/domains/example.com" default '|exit 100'
	dotqmail "$V/domains/example.com" list-a-default \
		"| $V/bin/vdelivermail '' bounce-no-mailbox"
	gives --qmail-ext yes -- postmaster list-a-default@example.com
	gives --qmail-ext yes --break + -- postmaster @example.com
	# Not "-@example.com", which would refuse list-a-b.
	gives --qmail-ext yes --dialect sagredo -- postmaster \
		list-a-default@example.com
}

@test "--break is between a user and his extension" {
	user joe
	dotqmail "$T/home/joe" list '&a@b'
	dotqmail "$T/home/joe" default '&a@b'
	control rcpthosts me.example
	gives --break + -- postmaster joe@me.example joe+list@me.example \
		joe+default@me.example
	run -100 mkvalidrcptto --break ab
}

@test "a key for many names that has no break in it is widened" {
	user joe
	dotqmail "$T/home/joe" list-default '&a@b'
	control rcpthosts me.example
	gives --break + -- postmaster joe@me.example joe+default@me.example \
		joe+list-default@me.example
	dotqmail "$A" list-default '&a@b'
	gives --break + -- postmaster @me.example
}

@test "--users asks a program for the users of a domain" {
	domain example.com
	rm "$V/domains/example.com/vpasswd"
	cat >"$T/program" <<-'EOF'
		#!/bin/sh
		[ "$1" = -D ] || exit 1
		echo "name:   joe"
		echo ann
		echo "list@$2 -> &x@y"
		echo "Eve.M@$2"
	EOF
	chmod +x "$T/program"
	# A database that tells Eve.M finds eve.m, too.
	gives --users "$T/program" -D DOMAIN -- --negatives no -- \
		postmaster joe@example.com ann@example.com list@example.com \
		eve.m@example.com
}

@test "a program that fails, or prints no names, is trouble" {
	domain example.com
	fails 111 "example.com: false: exit 1" --users false
	fails 111 "example.com: /nowhere: No such file" --users /nowhere
	fails 111 "echo: line 1 is not a name" --users echo name: joe more
	run -100 mkvalidrcptto --users
}

# As a supervisor may start us: nobody could wait for a child.
@test "a program is waited for where the end of children is ignored" {
	domain example.com
	run -0 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "$program" \
		--qmail "$Q" --vpopmail "$V" --alias "$A" \
		--passwd "$T/passwd" --users echo joe
	grep -Fx joe@example.com <<<"$output"
	run ! grep wait <<<"$output"
}

@test "--explain tells which file makes an address valid" {
	domain example.com
	mailbox example.com joe
	mailbox example.com gone 16
	dotqmail "$V/domains/example.com" list-default '&a@b'
	run -0 mkvalidrcptto --explain Joe@example.com
	grep -F "joe@example.com: valid, by the key joe@example.com" \
		<<<"$output"
	grep -F "$V/domains/example.com/vpasswd: a mailbox" <<<"$output"
	run -0 mkvalidrcptto --explain list-x@example.com
	grep -F "valid, by the key list-default@example.com" <<<"$output"
	grep -F "$V/domains/example.com/.qmail-list-default: this file" \
		<<<"$output"
	run -1 mkvalidrcptto --explain gone@example.com
	grep -F "gone@example.com: not valid" <<<"$output"
	grep -F "vpasswd: a mailbox that bounces" <<<"$output"
	run -1 mkvalidrcptto --explain joe@example.net
	grep -F "example.net: not in rcpthosts" <<<"$output"
	rm "$V/domains/example.com/vpasswd"
	run -111 mkvalidrcptto --explain joe@example.com
}

@test "--explain knows what is kept by hand" {
	domain example.com
	mailbox example.com joe
	echo 'joe@example.com -' >"$T/extra"
	run -1 mkvalidrcptto --extra "$T/extra" --explain joe@example.com
	grep -F "not valid, by the key joe@example.com (-)" <<<"$output"
	grep -F "$T/extra: it is kept by hand" <<<"$output"
	echo joe@example.com >"$T/exclude"
	run -1 mkvalidrcptto --exclude "$T/exclude" --explain joe@example.com
	grep -F "$T/exclude: it is excluded" <<<"$output"
}

@test "names of one domain with a capital host are found by --explain" {
	control rcpthosts me.example
	dotqmail "$A" a:b '&a@b'
	run -0 mkvalidrcptto --explain A.B@ME.example
	grep -F "$A/.qmail-a:b: this file delivers it" <<<"$output"
}

# explains STATUS ADDRESS WORDS [OPTION...]: is this, with that end, what is said
# of it?
explains() {
	run -"$1" mkvalidrcptto "${@:4}" --explain "$2"
	grep -F -- "$3" <<<"$output"
}

@test "--explain knows where the mail of a host goes" {
	control locals me.example percent.example
	control percenthack percent.example
	control smtproutes routed.example:relay.example
	control rcpthosts me.example routed.example backup.example .sub.example \
		percent.example virtual.example user.example
	control virtualdomains virtual.example:joe away@virtual.example: \
		one@virtual.example:eve one@user.example:eve
	user joe && user eve 1001
	dotqmail "$T/home/joe" box
	dotqmail "$T/home/eve" one
	explains 0 x@routed.example 'goes to another system'
	explains 0 x@backup.example 'neither local, virtual nor routed'
	explains 1 x@a.sub.example 'only a .domain of rcpthosts takes it'
	explains 1 x%y@percent.example "behind the '%' is the host"
	explains 0 box@virtual.example 'joe-box: the name by virtualdomains'
	explains 0 one@virtual.example 'eve-one: the name by virtualdomains'
	explains 0 one@user.example 'eve-one: the name by virtualdomains'
	explains 0 away@virtual.example 'makes an exception of this user'
	explains 0 joe@me.example "$T/home/joe: the home of a user, without"
	explains 1 joe-x@me.example 'no .qmail file here is for it'
	explains 111 joe 'joe: not an address with a host'
}

@test "--explain knows what vdelivermail and fastforward make of a name" {
	control rcpthosts me.example
	control virtualdomains
	domain example.com
	domain ex_ample.com
	domain all.example "$V/domains/all.example/joe"
	mailbox example.com list
	dotqmail "$V/domains/example.com" no "|bouncesaying 'gone'"
	dotqmail "$A" default "| fastforward -d $T/aliases.cdb"
	aliases "$T/aliases.cdb" :one@
	explains 0 x@all.example 'vdelivermail takes what has no mailbox'
	explains 1 gone@example.com 'no such mailbox'
	explains 1 list-x@example.com 'no such mailbox'
	explains 0 list-x@example.com 'before the first dash (QMAIL_EXT)' \
		--qmail-ext yes
	explains 1 'a(b@example.com' 'vdelivermail takes no such name'
	explains 1 list@ex_ample.com 'vdelivermail takes no such name'
	explains 1 no@example.com '.qmail-no: this file bounces it'
	explains 0 one@me.example 'aliases.cdb: fastforward has it here'
	explains 1 two@me.example 'which is called here, does not have it'
	chmod 1755 "$A"
	explains 0 two@me.example "$A: writable by others, or sticky"
}

@test "--negatives: another domain's names are refused in a local host" {
	control rcpthosts me.example
	control virtualdomains virtual.example:joe
	domain all.example "$V/domains/all.example/joe"
	assign "=all.example-x:x:89:89:$V/domains/all.example:-:x:" \
		"=all.example-y:x:89:89:$V/domains/all.example:-:y:" \
		"+joe-:joe:1000:100:$T/home:-::"
	dotqmail "$V/domains/all.example" x '|exit 100'
	dotqmail "$A" default '&a@b'
	gives --negatives yes -- postmaster @me.example @all.example \
		'x@all.example -' 'all.example-x@me.example -' \
		'joe-default@me.example -'
}

# vdelivermail is asked for mailboxes of the local host then.
@test "--negatives: mail for a domain at a local host is no trouble" {
	control rcpthosts me.example
	domain example.com
	mailbox example.com joe
	gives --negatives yes -- postmaster joe@example.com
	gives --negatives yes --users echo joe -- -- \
		postmaster joe@example.com
	dotqmail "$A" default '&a@b'
	gives --negatives yes -- postmaster @me.example joe@example.com
	run -0 mkvalidrcptto --explain example.com-joe@me.example
	grep -F '.qmail-default: vdelivermail has no such host' <<<"$output"
}

@test "--negatives: mailboxes behind a dash have no names of their own" {
	domain example.com
	mailbox example.com list-a
	mailbox example.com list-b 16
	dotqmail "$V/domains/example.com" default '&a@b'
	dotqmail "$V/domains/example.com" list-default \
		"| $V/bin/vdelivermail '' bounce-no-mailbox"
	dotqmail "$V/domains/example.com" any-default \
		"| $V/bin/vdelivermail '' $V/domains/example.com/any"
	gives --negatives yes -- postmaster @example.com \
		list-a@example.com 'list-default@example.com -'
}

@test "--negatives: a user of another system has his name" {
	control rcpthosts user.example
	control virtualdomains one@user.example:joe two@user.example:joe
	user joe
	dotqmail "$T/home/joe" one
	gives --negatives yes -- postmaster @user.example 'two@user.example -'
	gives --negatives yes --unhandled skip -- postmaster one@user.example
}

@test "a prefix of its own has the domain's mailboxes" {
	domain example.com
	mailbox example.com joe
	assign "+example.com-sub-:x:89:89:$V/domains/example.com:-::"
	lists joe@example.com sub-joe@example.com
}


@test "names without a host are in trouble with their host's domain" {
	domain example.com
	control envnoathost example.com
	mailbox example.com joe
	gives --bare all -- postmaster joe joe@example.com
	# Nobody else asks for it.
	control rcpthosts
	rm "$V/domains/example.com/vpasswd"
	lists
	fails 111 'vpasswd' --bare all
}
