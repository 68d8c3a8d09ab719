# A small mail system in $BATS_TEST_TMPDIR: qmail's control files, users/cdb,
# vpopmail's domains, alias, and the users of the system.

# Begin: no host but "me" is local, and none is accepted yet.
make_qmail() {
	T=$BATS_TEST_TMPDIR
	Q=$T/qmail V=$T/vpopmail A=$T/alias
	mkdir -p "$Q/control" "$Q/users" "$V/domains" "$A" "$T/home"
	control me me.example
	control rcpthosts
	: >"$T/passwd"
	: >"$T/assign"
	compile_users
}

# control NAME LINE...: one of qmail's control files.
control() {
	local name=$1
	shift
	: >"$Q/control/$name"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$Q/control/$name"
}

# One record for "cdb -c", whose key and value are formats for printf, so that
# they may have NULs in them.
record() {
	# shellcheck disable=SC2059
	printf '+%d,%d:' "$(printf "$1" | wc -c)" "$(printf "$2" | wc -c)"
	# shellcheck disable=SC2059
	printf "$1" && printf -- '->' && printf "$2" && echo
}

# users/cdb from $T/assign, as qmail-newu makes it.
compile_users() {
	local name user uid gid home dash ext value wildcards
	local nul='\000' # of three digits, since a digit may follow it
	while IFS=: read -r name user uid gid home dash ext _; do
		value=$user$nul$uid$nul$gid$nul$home$nul$dash$nul$ext
		case $name in
		=*) record "!${name#=}$nul" "$value" ;;
		+*) record "!${name#+}" "$value" ;;
		esac
	done <"$T/assign" >"$T/records"
	wildcards=$(cut -d : -f 1 "$T/assign" | sed -n 's/^+.*\(.\)$/\1/p' |
		LC_ALL=C sort -u | tr -d '\n')
	{ record '' "$wildcards" && cat "$T/records" && echo; } |
		cdb -c "$Q/users/cdb"
}

# assign LINE...: more lines for users/assign.
assign() {
	printf '%s\n' "$@" >>"$T/assign"
	compile_users
}

# domain NAME [ACTION]: a vpopmail domain, with what becomes of mail for
# unknown users.  Its mailboxes are added with mailbox.
domain() {
	local action=${2:-bounce-no-mailbox}
	mkdir -p "$V/domains/$1"
	dotqmail "$V/domains/$1" default "| $V/bin/vdelivermail '' $action"
	: >"$V/domains/$1/vpasswd"
	echo "$1" >>"$Q/control/rcpthosts"
	echo "$1:$1" >>"$Q/control/virtualdomains"
	assign "+$1-:$1:89:89:$V/domains/$1:-::"
}

# alias_domain NAME REAL: another name of a vpopmail domain.
alias_domain() {
	echo "$1" >>"$Q/control/rcpthosts"
	echo "$1:$1" >>"$Q/control/virtualdomains"
	assign "+$1-:$2:89:89:$V/domains/$2:-::"
}

# mailbox DOMAIN NAME [FLAGS]
mailbox() {
	printf '%s:crypt:1:%s:gecos:%s:NOQUOTA\n' "$2" "${3:-0}" \
		"$V/domains/$1/$2" >>"$V/domains/$1/vpasswd"
}

# dotqmail DIRECTORY NAME [LINE...]: DIRECTORY/.qmail-NAME
dotqmail() {
	local file=$1/.qmail-$2
	shift 2
	: >"$file"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$file"
}

# user NAME [UID]: a user of the system, with a home of his own.
user() {
	local uid=${2:-1000}
	mkdir -p "$T/home/$1"
	chown "$uid" "$T/home/$1"
	echo "$1:x:$uid:100::$T/home/$1:/bin/sh" >>"$T/passwd"
}
