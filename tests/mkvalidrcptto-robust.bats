# mkvalidrcptto: files that are not what they should be, larger than anybody
# expects, or changed while they are read.

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/recipients

setup() {
	make_qmail
	domain example.com
	mailbox example.com joe
	D=$V/domains/example.com
}

# refused FILE OPTION...: with something else in its place.
refused() {
	local file=$1
	shift
	[ ! -e "$file" ] || mv "$file" "$T/saved"
	mkfifo "$file"
	fails 111 "$file: not a regular file" "$@"
	rm "$file"
	ln -s /dev/zero "$file"
	fails 111 "$file: not a regular file" "$@"
	rm "$file"
	ln -s "$file" "$file"
	fails 111 "$file: not a regular file" "$@"
	rm "$file"
	mkdir "$file"
	fails 111 "$file: not a regular file" "$@"
	rmdir "$file"
	[ ! -e "$T/saved" ] || mv "$T/saved" "$file"
}

@test "pipes, devices, loops and directories are no files, and hold nothing up" {
	control locals
	mkdir "$T/lists" "$V/include"
	for file in rcpthosts locals virtualdomains smtproutes \
		morercpthosts.cdb; do
		refused "$Q/control/$file"
	done
	refused "$Q/users/cdb"
	refused "$T/passwd"
	refused "$D/vpasswd"
	rm "$D/vpasswd"
	refused "$D/vpasswd.cdb"
	: >"$D/vpasswd"
	refused "$V/include/vpopmail_config.h"
	refused "$T/extra" --extra "$T/extra"
	refused "$T/exclude" --exclude "$T/exclude"
	echo away.example >>"$Q/control/rcpthosts"
	refused "$T/lists/away.example" --lists "$T/lists"
	dotqmail "$D" list "|fastforward $T/aliases.cdb"
	refused "$T/aliases.cdb"
	rm "$Q/control/locals"
	refused "$Q/control/me"
}

# What is opened next gets the number of a descriptor that is closed.
@test "what is said on a standard error that is closed is not in the product" {
	echo away.example >>"$Q/control/rcpthosts"
	echo away.example:relay >"$Q/control/smtproutes"
	mkvalidrcptto --dialect recipients -c "$T/open.cdb" 2>"$T/said"
	grep 'away.example: every address is accepted' "$T/said"
	mkvalidrcptto --dialect recipients -c "$T/closed.cdb" 2>&-
	cmp "$T/open.cdb" "$T/closed.cdb"
	mkvalidrcptto --dialect recipients -c "$T/none.cdb" <&- >&- 2>&-
	cmp "$T/open.cdb" "$T/none.cdb"
}

# The GNU libc lists the user "+", who has no home, where nsswitch.conf has
# "files"; where it has "compat", it may list nobody behind such a line.
@test "lines of NIS in /etc/passwd are no users, and no trouble" {
	local nis way
	unshare -m mount --bind /etc/passwd /etc/nsswitch.conf ||
		skip "no mount namespace to be had"
	for nis in + +::::::; do
		{
			echo root:x:0:0::/root:/bin/sh
			echo "$nis"
			echo behind:x:4242:4242::/nonexistent:/bin/sh
		} >"$T/system"
		for way in files compat; do
			echo "passwd: $way" >"$T/switch"
			run -0 unshare -m sh -c 'mount --bind "$1" /etc/passwd &&
				mount --bind "$2" /etc/nsswitch.conf &&
				shift 2 && exec "$@"' sh "$T/system" \
				"$T/switch" "$program" --qmail "$Q" \
				--vpopmail "$V" --alias "$A" -c "$T/nis.cdb"
		done
	done
}

@test "loops, pipes and devices as .qmail files are no addresses" {
	ln -s .qmail-loop "$D/.qmail-loop"
	ln -s /dev/zero "$D/.qmail-zero"
	ln -s nowhere "$D/.qmail-nowhere"
	mkfifo "$D/.qmail-pipe"
	mkdir "$D/.qmail-directory"
	lists joe@example.com
}

@test "a domain's directory that is none, or a loop, fails" {
	mv "$D" "$T/away"
	: >"$D"
	fails 111 "$D: Not a directory"
	rm "$D"
	ln -s "$D" "$D"
	fails 111 "$D: Too many levels of symbolic links"
	rm "$D"
	ln -s "$T/away" "$D"
	lists joe@example.com
}

@test "a NUL is an error in vpasswd and between lines in a control file" {
	printf 'eve:c:1:0:g:/d:NO\0QUOTA\n' >>"$D/vpasswd"
	fails 111 "$D/vpasswd:2: fewer than 6 colons, or a NUL"
	: >"$D/vpasswd"
	printf 'away.example\0other.example' >>"$Q/control/rcpthosts"
	lists @away.example @other.example
	printf 'joe@example.com\0' >"$T/extra"
	fails 111 "$T/extra:1: not an address" --extra "$T/extra"
}

@test "bytes above 127 are kept as they are in names of files" {
	dotqmail "$D" $'\xe9a' '&a@b'
	mailbox example.com $'\xe9b'
	lists joe@example.com $'\xe9a@example.com'
}

@test "a prepend may have 1024 bytes, and one more is trouble" {
	long=$(printf '%01024d' 0)
	assign "+$long-:x:1:1:$A:-::"
	dotqmail "$A" info '&a@b'
	control virtualdomains "example.com:$long"
	lists info@example.com
	control virtualdomains "example.com:1$long"
	fails 111 "prepend of example.com longer than 1024 bytes"
}

@test "a file larger than 256 MiB is trouble" {
	truncate -s $((256 * 1024 * 1024 + 1)) "$D/vpasswd"
	fails 111 "$D/vpasswd: larger than 268435456 bytes"
}

@test "a name of a user with more than 31 bytes gets no mail by it" {
	control locals l.example
	echo l.example >>"$Q/control/rcpthosts"
	name=a234567890123456789012345678901
	user "$name"
	user "${name}2"
	lists joe@example.com "$name@l.example"
}

@test "a vpasswd of very many lines is listed, in any order" {
	lines=20000
	[ -z "${TRIGGERD_LONG:-}" ] || lines=1000000
	seq "$lines" | sort -R |
		sed 's,.*,user&:crypt:1:0:gecos:/d/user&:NOQUOTA,' \
			>>"$D/vpasswd"
	mkvalidrcptto -c "$T/out.cdb"
	[ "$(mkvalidrcptto | wc -l)" = $((lines + 2)) ]
	cdb -q "$T/out.cdb" "user$lines@example.com"
	cdb -q "$T/out.cdb" user1@example.com
}

vpasswd_line() { printf '%s:crypt:1:0:gecos:/d/%s:' "$1" "$1"; }

# A writer that is held up within a write, where the last field begins, for a
# fifth of a second.
goes_on_later() {
	{ cat "$T/whole" && vpasswd_line ann; } >"$D/vpasswd"
	printf 'NOQUOTA\n%sNOQUOTA\n' "$(vpasswd_line bob)" >"$T/rest"
	perl - "$T/rest" "$D/vpasswd" 3>&- <<-'EOF' &
		use Time::HiRes "sleep";
		open my $in, "<", $ARGV[0] or die;
		sleep 0.2;
		open my $out, ">>", $ARGV[1] or die;
		print $out readline $in;
	EOF
	lists joe@example.com ann@example.com bob@example.com && wait $!
}

# Neither the times nor the size of what it has written so far change.  Where
# the writer does not come to the processor for a second, it is too late.
@test "a vpasswd whose last line has no end yet is waited for" {
	cp "$D/vpasswd" "$T/whole"
	goes_on_later || goes_on_later || goes_on_later || goes_on_later
}

@test "a vpasswd whose last line never has an end is read when it is old" {
	vpasswd_line ann >>"$D/vpasswd"
	lists joe@example.com ann@example.com
	touch -d '1 hour ago' "$D/vpasswd"
	lists joe@example.com ann@example.com
}

@test "a vpasswd whose last line never has an end and is always young fails" {
	vpasswd_line ann >>"$D/vpasswd"
	: >"$T/on"
	perl - "$D/vpasswd" "$T/on" 3>&- <<-'EOF' &
		use Time::HiRes "sleep";
		while (-e $ARGV[1]) {
			utime undef, undef, $ARGV[0];
			sleep 0.02;
		}
	EOF
	fails 111 "$D/vpasswd: changes while it is being read"
	rm "$T/on"
	wait $!
}

# Written in place, as vpopmail does not: half a file must never be listed.
@test "a file that is written while it is read is read whole, or not at all" {
	local tries=15
	[ -z "${TRIGGERD_LONG:-}" ] || tries=1000
	for i in $(seq 500); do mailbox example.com "user$i"; done
	cp "$D/vpasswd" "$T/whole"
	# A writer can be held up where a page ends.  If a line ends there too,
	# nobody can tell.
	perl -i -0pe 's/gecos/gecoss/ while grep { /\n\z/ } /\G.{4096}/gs' \
		"$T/whole"
	perl -e '
		open my $in, "<", $ARGV[0] or die; local $/; my $text = <$in>;
		while (-e $ARGV[2]) {
			open my $out, "+<", $ARGV[1] or die;
			truncate $out, 0;
			my $cut = 4 + index $text, "\nuser250:";
			syswrite $out, substr $text, 0, $cut;
			syswrite $out, substr $text, $cut;
		}' "$T/whole" "$D/vpasswd" "$T/whole" 3>&- &
	writer=$!
	for ((i = 0; i < tries; i++)); do
		if mkvalidrcptto >"$T/list" 2>"$T/errors"; then
			# It is empty, or whole, while the writer rests.
			[[ $(wc -l <"$T/list") == @(1|502) ]]
		else
			grep -E 'changes while|fewer than' "$T/errors"
		fi
	done
	rm "$T/whole"
	wait "$writer"
}

@test "what a killed run has left is removed, what a living one has is not" {
	local kept=(.out.cdb.backup .out.cdb.making.old .out.cdb.making.a-b123
		.out.cdb.making.1234567 .other.cdb.making.abcdef)
	(cd "$T" && touch "${kept[@]}" && mkdir .out.cdb.making.folder &&
		ln -s nowhere .out.cdb.making.nolink && touch linked &&
		ln linked .out.cdb.making.linked)
	kept+=(.out.cdb.making.folder .out.cdb.making.nolink
		.out.cdb.making.linked)
	mkdir "$T/cache"
	touch "$T/.out.cdb.making.dead01" "$T/.out.cdb.making.living" \
		"$T/.deps.making.dead02" "$T/cache/.lists.making.dead03"
	exec {living}<>"$T/.out.cdb.making.living"
	flock "$living"
	kept+=(.out.cdb.making.living)
	mkvalidrcptto -c "$T/out.cdb" --deps "$T/deps" --cache "$T/cache"
	exec {living}>&-
	printf '%s\n' "${kept[@]}" | sort >"$T/expected"
	(cd "$T" && find . -maxdepth 1 -name '.?*' | sed 's,^./,,') | sort |
		diff "$T/expected" -
	[ "$(ls -A "$T/cache")" = lists ]
	cd "$T"
	mkvalidrcptto -c out.cdb
	[ ! -e .out.cdb.making.living ]
}

# Each replaces what the other has made.
@test "runs that begin all the time take nothing from each other" {
	local pids='' p bare runs=8
	[ -z "${TRIGGERD_LONG:-}" ] || runs=1000
	for bare in postmaster none all; do
		(for ((i = 0; i < runs; i++)); do
			mkvalidrcptto --bare "$bare" -c "$T/out.cdb" || exit 1
		done) 3>&- &
		pids+=" $!"
	done
	for p in $pids; do wait "$p"; done
	find "$T" -maxdepth 1 -name '.*.making.*' | run ! grep .
}

@test "what no path and no mail can be does not get into the dependencies" {
	local long
	long=/$(printf '%05000d' 0)
	domain example.com
	mailbox example.com joe
	domain example.net
	assign "+example.net-x-:x:1:1:$long:-::"
	perl -e 'printf "+%d,0:%s->\n", length, $_ for "b.example", "c\nd";
		print "\n"' | cdb -c "$Q/control/morercpthosts.cdb"
	mkdir "$T/lists"
	mkvalidrcptto --trouble accept --lists "$T/lists" --deps "$T/deps" \
		>"$T/list"
	grep -Fx joe@example.com "$T/list"
	grep -Fx @b.example "$T/list"
	run ! grep -E '^(d|@c)' "$T/list"
	grep -Fx "$T/lists/b.example" "$T/deps"
	awk '!/^\// || length > 4095 { exit 1 }' "$T/deps"
}
