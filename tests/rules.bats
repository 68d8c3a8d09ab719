# The rules as shipped, each from a change of its source to what a reader of
# its product finds.

load lib/triggerd

setup() {
	make_conf
	sed -i "s|^builders = .*|builders = $T/bin|" "$CONF/triggerd.ini"
	Q=$T/qmail V=$T/vpopmail E=$T/etc
	cat >>"$CONF/triggerd.ini" <<-EOF
		[vars]
		qmail = $Q
		vpopmail = $V
		service = $T/service
		tcp = $E
		aliases = $E
	EOF
	mkdir -p "$T/bin" "$Q/control" "$Q/users" "$V/etc" "$V/include" "$E"
	chmod 755 "$T"
	for page in "$TOP"/man/mk*.8; do
		page=${page##*/} page=${page%.8}
		ln -s "$TOP/builders/$page${BUILT:-}" "$T/bin/$page"
	done
	ln -s "$TOP"/scripts/*-file "$T/bin"
	pid=
}

teardown() { stop_triggerd; }

# shipped NAME [USER]: this rule, for a user who is here; what failed stays so.
shipped() {
	sed "s/^user = .*/${2:+user = $2}/" "$TOP/rules.d/$1.ini" \
		>"$CONF/rules.d/$1.ini"
	printf 'settle = 10ms\nretry = 1h..1h\n' >>"$CONF/rules.d/$1.ini"
}

# is_kept FILE COMMAND...: does the file stay the same one, whatever this does?
is_kept() {
	local before file=$1
	shift
	before=$(stat -c '%i %Z' "$file")
	"$@"
	[ "$(stat -c '%i %Z' "$file")" = "$before" ]
}

# ---- users ----

# users NAME...: users/assign has these.
users() {
	printf '+%s-:x:1:1:/h:-::\n' "$@" >"$T/next"
	echo . >>"$T/next"
	mv "$T/next" "$Q/users/assign"
}

has_user() { cdb -q "$Q/users/cdb" "!$1-" >/dev/null; }

@test "users/cdb follows users/assign" {
	shipped users
	start_triggerd
	barrier
	[ "$(status_of users state)" = idle ]
	users joe ann
	barrier
	has_user joe
	[ "$(stat -c %a "$Q/users/cdb")" = 644 ]
	users joe ann bob
	barrier
	has_user bob
	# vpopmail's own qmail-newu has made the same meanwhile.
	"$T/bin/mkusers" --qmail "$Q" -c "$T/same"
	mv "$T/same" "$Q/users/cdb"
	is_kept "$Q/users/cdb" barrier
}

@test "users/cdb stays when users/assign is wrong, or lost most of its lines" {
	shipped users
	users joe ann bob eve
	start_triggerd
	barrier
	sed '$d' "$Q/users/assign" >"$T/next"
	mv "$T/next" "$Q/users/assign"
	is_kept "$Q/users/cdb" run -1 ctl sync
	grep 'bad format: no line with a dot' "$T/log"
	[ "$(status_of users state)" = failed ]
	users joe
	is_kept "$Q/users/cdb" run -1 ctl sync
	[ "$(status_of users state)" = refused ]
	ctl accept users
	run ! has_user ann
	has_user joe
}

# ---- morercpthosts ----

hosts() {
	printf '%s\n' "$@" >"$T/next"
	mv "$T/next" "$Q/control/morercpthosts"
}

has_host() { cdb -q "$Q/control/morercpthosts.cdb" "$1"; }

@test "morercpthosts.cdb follows morercpthosts" {
	shipped morercpthosts
	start_triggerd
	barrier
	[ "$(status_of morercpthosts state)" = idle ]
	hosts a.example B.example
	barrier
	has_host b.example
	hosts a.example b.example .c.example d.example
	barrier
	has_host .c.example
	hosts a.example
	is_kept "$Q/control/morercpthosts.cdb" run -1 ctl sync
	[ "$(status_of morercpthosts state)" = refused ]
	# As vpopmail does when it removes the last one.
	rm "$Q/control/morercpthosts.cdb" "$Q/control/morercpthosts"
	barrier
	[ "$(status_of morercpthosts state)" = idle ]
}

# ---- fastforward ----

# source NAME LINE...: a file in etc.
source_file() {
	local name=$1
	shift
	printf '%s\n' "$@" >"$T/next"
	mv "$T/next" "$E/$name"
}

need() {
	PATH=$PATH:/usr/sbin
	command -v "$1" || skip "no $1"
}

@test "forward.cdb follows forward, where there is one" {
	need setforward
	shipped setforward
	source_file forward 'joe: &joe@example.com;'
	start_triggerd
	barrier
	[ "$(status_of setforward state)" = idle ]
	"$T/bin/setforward-file" "$E/forward" "$E/forward.cdb"
	barrier
	source_file forward 'joe: &joe@example.com;' \
		'@example.net: &ann@example.com;'
	barrier
	cdb -q "$E/forward.cdb" :@example.net | tr '\0' / | grep -x '&ann@example.com/'
	source_file forward 'joe: &joe@example.com'
	is_kept "$E/forward.cdb" run -1 ctl sync
	[ "$(status_of setforward state)" = waiting ]
	[ "$(cd "$E" && echo *)" = 'forward forward.cdb' ]
}

@test "aliases.cdb follows aliases and the controls, where there is one" {
	need qmail-newaliases
	shipped fastforward-aliases
	source_file aliases 'joe: joe@example.com'
	run "$T/bin/newaliases-file" "$E/aliases" "$T/first"
	! grep -E 'unshare|mount' <<<"$output" || skip "no mounts here"
	[ "$status" -eq 0 ]
	start_triggerd
	barrier
	[ "$(status_of fastforward-aliases state)" = idle ]
	cp "$T/first" "$E/aliases.cdb"
	barrier
	cdb -q "$E/aliases.cdb" :joe@
	stat -c "%n %i %Z" /etc/aliases* >"$T/before" || :
	source_file aliases 'joe: joe@example.com' 'Ann: joe, ann@example.com'
	barrier
	cdb -q "$E/aliases.cdb" :ann@ | tr '\0' / | grep 'ann@example.com/'
	source_file aliases 'joe: (joe@example.com'
	is_kept "$E/aliases.cdb" run -1 ctl sync
	[ "$(status_of fastforward-aliases state)" = failed ]
	stat -c "%n %i %Z" /etc/aliases* | cmp "$T/before"
	[ "$(cd "$E" && echo *)" = 'aliases aliases.cdb' ]
	[ "$(find "$T/state/build" -mindepth 2 | wc -l)" -eq 0 ]
}

@test "the wrappers refuse a pipe, and what they are not asked" {
	mkfifo "$T/pipe"
	for wrapper in newaliases setforward tcprules; do
		program=$T/bin/$wrapper-file
		run -111 "$program" "$T/pipe" "$T/out"
		grep -e 'no regular file' -e 'not found' <<<"$output"
		run -111 "$program" "$T/none" "$T/out"
		run -100 "$program"
		grep "usage: $wrapper-file" <<<"$output"
		run -100 "$program" a b c d
	done
	[ ! -e "$T/out" ]
}

# ---- tcp-smtp ----

access() { source_file tcp.smtp "$@"; }

compiles_access() {
	access 192.0.2.:deny :allow
	barrier
	TCPREMOTEIP=192.0.2.7 tcprulescheck "$E/tcp.smtp.cdb" |
		grep 'deny connection'
	access 192.0.2.:allow :allow
	barrier
	TCPREMOTEIP=192.0.2.7 tcprulescheck "$E/tcp.smtp.cdb" |
		grep 'allow connection'
}

# The cdb has an address that vpopmail has added.
leaves_access() {
	echo '192.0.2.7:allow,RELAYCLIENT=""' |
		tcprules "$E/tcp.smtp.cdb" "$E/tcp.smtp.tmp"
	[ -z "${1:-}" ] || chown "$1" "$E/tcp.smtp.cdb"
	access :deny
	is_kept "$E/tcp.smtp.cdb" barrier
	touch "$PIPE"
	is_kept "$E/tcp.smtp.cdb" barrier
	run -0 ctl status
	run ! grep tcp-smtp@ <<<"$output"
}

# header LINE...: of a vpopmail.
header() {
	printf '%s\n' '#define QMAIL_EXT 1' "$@" \
		>"$V/include/vpopmail_config.h"
}

access_rules() {
	shipped tcp-smtp
	access :allow
	tcprules "$E/tcp.smtp.cdb" "$E/tcp.smtp.tmp" <"$E/tcp.smtp"
	start_triggerd
	barrier
}

@test "tcp.smtp.cdb follows tcp.smtp without a vpopmail" {
	rm -r "$V"
	access_rules
	compiles_access
}

@test "tcp.smtp.cdb follows tcp.smtp with a vpopmail that leaves it alone" {
	header '/* #undef POP_AUTH_OPEN_RELAY */'
	touch "$V/etc/open-smtp" # of an earlier one
	access_rules
	compiles_access
	stop_triggerd
	header '#define POP_AUTH_OPEN_RELAY 1' "#define TCP_FILE \"$V/etc/tcp.smtp\""
	start_triggerd
	compiles_access
	stop_triggerd
	header '#define POP_AUTH_OPEN_RELAY 1' "#define TCP_FILE \"$E/tcp.smtp\"" \
		'/* #undef REBUILD_TCPSERVER */'
	start_triggerd
	compiles_access
}

@test "tcp.smtp.cdb is left to a vpopmail with roaming users" {
	header '#define POP_AUTH_OPEN_RELAY 1' '#define REBUILD_TCPSERVER 1' \
		"#define TCP_FILE \"$E/tcp.smtp\""
	access_rules
	leaves_access
	stop_triggerd
	# One that does not say which file, and one where a link does.
	header '#define POP_AUTH_OPEN_RELAY 1'
	start_triggerd
	leaves_access
	stop_triggerd
	ln -s "$E" "$T/link"
	header '#define POP_AUTH_OPEN_RELAY 1' "#define TCP_FILE \"$T/link/tcp.smtp\""
	start_triggerd
	leaves_access
}

@test "tcp.smtp.cdb in vpopmail's etc is left to it while it has open-smtp" {
	E=$V/etc
	sed -i "s|^tcp = .*|tcp = $E|" "$CONF/triggerd.ini"
	access_rules
	compiles_access
	stop_triggerd
	touch "$E/open-smtp"
	start_triggerd
	leaves_access
}

@test "tcp.smtp.cdb that vpopmail gave to its user is left to it" {
	[ "$(id -u)" -eq 0 ] || skip "only root may give files away"
	chown games "$V/etc"
	access_rules
	compiles_access
	stop_triggerd
	chown games "$E/tcp.smtp.cdb"
	start_triggerd
	leaves_access games
}

@test "a vpopmail that begins to have roaming users is seen at once" {
	access_rules
	compiles_access
	header '#define POP_AUTH_OPEN_RELAY 1'
	access :deny
	# Before anybody has asked for the list again.
	is_kept "$E/tcp.smtp.cdb" run -1 ctl run tcp-smtp@tcp.smtp
	[ "$(status_of tcp-smtp@tcp.smtp state)" = waiting ]
	grep 'vpopmail compiles it' "$T/log"
	leaves_access
	no_rule() { ! grep -q tcp-smtp@ "$T/run/status"; }
	header '#define POP_AUTH_OPEN_RELAY 0'
	touch "$PIPE"
	has_rule() { ! no_rule; }
	wait_until 30 has_rule
	compiles_access
}

@test "a header of vpopmail's that cannot be read is not thought absent" {
	access_rules
	mkdir "$V/include/vpopmail_config.h"
	run -111 "$T/bin/tcprules-file" --vpopmail "$V" --list "$E" tcp.smtp
	access :deny
	is_kept "$E/tcp.smtp.cdb" run -1 ctl sync
}

# ---- validrcptto ----

vpasswd() {
	printf '%s:x:1:0:x:/d:NOQUOTA\n' "$@" >"$T/next"
	mv "$T/next" "$V/example.com/vpasswd"
}

@test "validrcptto.cdb follows the mailboxes, by way of a cache, as its user" {
	[ "$(id -u)" -eq 0 ] || skip "only root may act as another user"
	shipped validrcptto games
	mkdir "$V/example.com"
	echo "| vdelivermail '' bounce-no-mailbox" >"$V/example.com/.qmail-default"
	vpasswd joe
	echo me.example >"$Q/control/me"
	echo example.com >"$Q/control/rcpthosts"
	echo example.com:example.com >"$Q/control/virtualdomains"
	printf '%s\n' "+example.com-:example.com:1:1:$V/example.com:-::" . \
		>"$Q/users/assign"
	"$T/bin/mkusers" --qmail "$Q"
	start_triggerd
	barrier
	[ "$(status_of validrcptto state)" = idle ]
	"$T/bin/mkvalidrcptto" --qmail "$Q" --vpopmail "$V" \
		-c "$Q/control/validrcptto.cdb"
	barrier
	vpasswd joe ann
	barrier
	cdb -q "$Q/control/validrcptto.cdb" ann@example.com
	[ "$(find "$T/state" -name lists -user games | wc -l)" -eq 1 ]
	# What cannot be read is as it was, since there is a cache.
	mv "$V/example.com/vpasswd" "$T/vpasswd"
	ctl run validrcptto
	cdb -q "$Q/control/validrcptto.cdb" ann@example.com
	run ! cdb -q "$Q/control/validrcptto.cdb" @example.com
}
