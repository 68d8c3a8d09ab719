# vpopmail calls its hook before it deletes, and before a new domain is whole.
# The list of recipients is right in the end all the same.
#
# Each event is played on a mail system of its own, with a rule and a pipe of
# its own, so that no event's hint sees to another's writes.  The rules watch
# nothing and scan nothing, and a failed one is not tried again: what is not
# seen at the hint is seen by the recheck or not at all.

load lib/triggerd
load lib/qmail

ONCHANGE=$TOP/scripts/onchange
EVENTS='add_domain add_alias_domain add_user mod_user valias_insert
valias_remove valias_delete del_user del_alias_domain del_domain'

setup() {
	make_conf 'scan = 0'
	ROOT=$T
}
teardown() {
	T=$ROOT
	[ -z "${pid:-}" ] || kill -CONT "$pid"
	stop_triggerd
}

program() {
	"$TOP/builders/mkvalidrcptto${BUILT:-}" --qmail "$Q" --vpopmail "$V" \
		--alias "$A" --passwd "$T/passwd" "$@"
}

# The functions of qmail.bash on the system of an event.
on() {
	T=$ROOT/$1 Q=$ROOT/$1/qmail V=$ROOT/$1/vpopmail A=$ROOT/$1/alias
	export TRIGGERD_PIPE=$ROOT/run/$1
}

# A system for an event: a whole domain with two users, an alias and another
# name; its rule, its pipe.
system_of() {
	local event=$1 recheck=$2
	on "$event"
	BATS_TEST_TMPDIR=$T make_qmail
	domain example.com
	mailbox example.com postmaster
	mailbox example.com joe
	dotqmail "$V/domains/example.com" old '&joe@example.com'
	alias_domain example.net example.com
	program -c "$T/valid.cdb"
	printf '[pipe %s]\npath = %s\nrules = %s\n' "$event" \
		"$TRIGGERD_PIPE" "$event" >>"$CONF/triggerd.ini"
	rule "$event" <<-RULE
		sources = $Q/control/rcpthosts $Q/control/virtualdomains
		    $Q/users/cdb
		target = $T/valid.cdb
		command = $TOP/builders/mkvalidrcptto${BUILT:-} --qmail $Q
		    --vpopmail $V --alias $A --passwd $T/passwd
		    -c \${new} --deps \${deps}
		check = cdb
		watch = no
		settle = 0
		recheck = $recheck
		retry = 1h..1h
	RULE
}

hook() {
	timeout 60 "$ONCHANGE" "$@"
}

has_checked() {
	[ "$(T=$ROOT status_of "$1" checks)" -gt "$2" ]
}

is_at_rest() {
	[ "$(T=$ROOT status_of "$1" state)" = current ]
}

# The same, for a call that comes before the writes: the worst case is that the
# daemon has looked, and run, before they are there.  They take less than the
# time of the recheck, on any machine: it stops until they are done.  A run that
# meets them half done fails, and is not the recheck's but the retry's.
hook_before() {
	local event=$1 checks
	shift
	checks=$(T=$ROOT status_of "$event" checks)
	hook "$@"
	wait_until 30 has_checked "$event" "$checks"
	wait_until 30 is_at_rest "$event"
	kill -STOP "$pid"
}

# vpasswd gets new lines as vcdb.c does it: written aside, then renamed.
vpasswd() {
	local file=$V/domains/example.com/vpasswd
	"$@" <"$file" >"$file.bak.$$"
	mv "$file.bak.$$" "$file"
}

# qmail's files lose the lines that match, each written aside and renamed.
without() {
	local file
	for file in "$Q/control/virtualdomains" "$Q/control/rcpthosts" \
		"$T/assign"; do
		sed "/$1/d" "$file" >"$file.$$"
		mv "$file.$$" "$file"
	done
	compile_users
}

# The order of the writes is that of vpopmail 5.4.27 with vpasswd files:
# vadddomain calls the hook from vadddomain() in vpopmail.c, after the control
# files; .qmail-default and the postmaster are the command's.  The deletions
# call it first of all.
play_add_domain() {
	mkdir "$V/domains/new.example"
	assign "+new.example-:new.example:89:89:$V/domains/new.example:-::"
	echo new.example >>"$Q/control/rcpthosts"
	echo new.example:new.example >>"$Q/control/virtualdomains"
	hook_before add_domain add_domain new.example
	dotqmail "$V/domains/new.example" default \
		"| $V/bin/vdelivermail '' bounce-no-mailbox"
	mailbox new.example postmaster
}
play_add_alias_domain() {
	alias_domain other.example example.com
	hook add_alias_domain 'other.example example.com'
}
play_add_user() {
	vpasswd sed '$a ann:crypt:1:0:gecos:/ann:NOQUOTA'
	hook add_user ann@example.com
}
play_mod_user() {
	vpasswd sed '/^joe:/s/:1:0:/:1:16:/' # bounce mail
	hook mod_user joe@example.com
}
play_valias_insert() {
	dotqmail "$V/domains/example.com" sales '&joe@example.com'
	hook valias_insert 'sales@example.com - &joe@example.com'
}
play_valias_remove() {
	rm "$V/domains/example.com/.qmail-old"
	hook valias_remove 'old@example.com - &joe@example.com'
}
play_valias_delete() {
	hook_before valias_delete valias_delete old@example.com
	rm "$V/domains/example.com/.qmail-old"
}
play_del_user() {
	hook_before del_user del_user joe@example.com
	vpasswd sed '/^joe:/d'
}
play_del_alias_domain() {
	hook_before del_alias_domain del_domain 'example.net alias of example.com'
	without '^+\?example\.net'
}
play_del_domain() {
	hook_before del_domain del_domain example.com
	without example
	rm -rf "$V/domains/example.com"
}

# Is the event's list what the builder makes of the files now?
is_right() {
	on "$1"
	program -c "$T/fresh.cdb" && cmp -s "$T/fresh.cdb" "$T/valid.cdb"
}

has() {
	cdb -q "$ROOT/$1/valid.cdb" "$2" >/dev/null
}

@test "whatever vpopmail does around its hook, the list is right in the end" {
	for event in $EVENTS; do
		system_of "$event" 4s
	done
	T=$ROOT
	start_triggerd
	barrier
	for event in $EVENTS; do
		on "$event"
		"play_$event"
		kill -CONT "$pid"
	done
	for event in $EVENTS; do
		T=$ROOT
		wait_until 30 is_right "$event"
	done
	has add_domain postmaster@new.example
	has add_alias_domain joe@other.example
	has add_user ann@example.com
	run ! has mod_user joe@example.com
	has valias_insert sales@example.com
	run ! has valias_remove old@example.com
	run ! has valias_delete old@example.com
	run ! has del_user joe@example.com
	run ! has del_alias_domain joe@example.net
	has del_alias_domain joe@example.com
	run ! has del_domain joe@example.com
}

@test "the shipped rules look again five seconds after a hint" {
	for rule in validrcptto auth; do
		grep -qx 'recheck = 5s' "$TOP/rules.d/$rule.ini"
	done
}
