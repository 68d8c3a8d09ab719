# Users and privilege: what a command gets, and what a rule's user who means
# harm does not get.

load lib/triggerd
load lib/witness

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root to run commands as another user"
	make_conf
	pid=
	SECRET=$T/secret
	echo 'the secret' >"$SECRET"
	chmod 600 "$SECRET"
}

teardown() {
	rm -f "$T/go"
	stop_triggerd
	[ ! -s "$T/children" ] || end_children || true
}

# Once: their numbers may be others' afterwards.
end_children() {
	[ -z "${ended:-}" ] || return 0
	ended=yes
	# shellcheck disable=SC2046
	kill -KILL $(cat "$T/children")
}

# A rule "theirs" of the user games: the script on standard input makes the
# product.  Further lines for the rule may be given.
their_rule() {
	command_file theirs
	: >"$T/children"
	chmod 666 "$T/children"
	rule theirs <<-EOF
		sources = $T/src/a
		target = $T/etc/out
		command = $T/theirs \${new} \${deps} \${cache}
		user = games
		env.TOP = $T
		settle = 0
		retry = 1h..1h
		$*
	EOF
	witness
	mkdir -p "$T/etc"
	echo 1 >"$T/src/a"
	echo old >"$T/etc/out"
	touch -d '2001-01-01' "$T/etc/out"
}

# The product is the old one, the secret is nowhere, nothing is left about.
is_unharmed() {
	is_served
	[ "$(cat "$T/etc/out")" = old ]
	nothing_escaped
}

nothing_escaped() {
	[ "$(stat -c '%U %a %h' "$SECRET")" = 'root 600 1' ]
	[ "$(cat "$SECRET")" = 'the secret' ]
	run ! grep -rqs 'the secret' "$T/etc" "$T/state/refused"
	[ "$(ls -A "$T/etc")" = out ]
}

# The output of the only run of the rule.
output_of() {
	cat "$T/run/output/$1"
}

# ---- what a command gets ----

@test "a command has its user, that user's group, and no groups of ours" {
	their_rule <<-'EOF'
		id -un; id -gn; id -G
		echo new >"$1"; : >"$2"
	EOF
	printf '#!/bin/sh\nexec setpriv --groups 0,4,24 "%s" "$@"\n' \
		"$TRIGGERD" >"$T/grouped"
	chmod 755 "$T/grouped"
	TRIGGERD=$T/grouped start_triggerd
	barrier
	[ "$(output_of theirs)" = "$(id -un games; id -gn games; id -G games)" ]
}

@test "a command has its user's supplementary groups" {
	{ cat /etc/group; echo 'others:x:4242:games'; } >"$T/group"
	unshare -m mount --bind "$T/group" /etc/group ||
		skip "needs a mount namespace"
	their_rule <<-'EOF'
		id -G | tr ' ' '\n' | sort -n
		echo new >"$1"; : >"$2"
	EOF
	cat >"$T/mounted" <<-EOF
		#!/bin/sh
		mount --bind "$T/group" /etc/group
		exec "$TRIGGERD" "\$@"
	EOF
	printf '#!/bin/sh\nexec unshare -m sh %s "$@"\n' "$T/mounted" >"$T/start"
	chmod 755 "$T/start"
	TRIGGERD=$T/start start_triggerd
	barrier
	[ "$(output_of theirs)" = "$(id -g games; echo 4242)" ]
}

@test "the environment is PATH, HOME, LANG, TRIGGERD_* and env.X, no more" {
	rule theirs <<-EOF
		sources = $T/src/a
		command = /usr/bin/env
		user = games
		env.OWN = 1
		settle = 0
	EOF
	echo 1 >"$T/src/a"
	STRANGE=1 LD_LIBRARY_PATH=/nowhere start_triggerd
	barrier
	[ "$(output_of theirs | sed 's/=.*//' | sort | tr '\n' ' ')" = "HOME \
LANG OWN PATH TRIGGERD_DEPS TRIGGERD_NEW TRIGGERD_REASON TRIGGERD_RULE \
TRIGGERD_TARGET " ]
	output_of theirs | grep -x "HOME=$(getent passwd games | cut -d: -f6)"
	output_of theirs | grep -x TRIGGERD_REASON=first-run
}

@test "directory, umask, niceness and signals are those of the rule" {
	mkdir "$T/here"
	their_rule "$(printf 'dir = %s\numask = 027\nnice = 7' "$T/here")" <<-'EOF'
		pwd; umask; nice
		grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\t'
		echo new >"$1"; : >"$2"
	EOF
	start_triggerd
	barrier
	# Signals 32 and 33 are the C library's own; make(1) leaves them ignored
	# for us, or one of them, and nobody can change that.
	[ "$(output_of theirs | sed '/^SigIgn/s/[01][08]0000000$/000000000/')" = \
		"$(printf '%s\n' "$T/here" 0027 7 \
			SigBlk:0000000000000000 SigIgn:0000000000000000)" ]
}

@test "no signal is handled but those that are reset before a command" {
	echo 1 >"$T/src/a"
	rule theirs <<-EOF
		sources = $T/src/a
		command = /bin/true
	EOF
	trap '' USR1 # for the daemon too, if it left it so
	start_triggerd
	trap - USR1
	barrier
	handled=0
	for mask in $(awk '/^Sig(Ign|Cgt)/ { print $2 }' "/proc/$pid/status"); do
		handled=$((handled | 0x$mask))
	done
	# 32 and 33 are the C library's, 4 to 8 and 11 the sanitizers'.
	handled=$((handled & ~(3 << 31 | 0x4f8)))
	# HUP, INT, PIPE, ALRM, TERM, CHLD: see SPAWN_SIGNALS.
	[ "$handled" -eq $((0x17003)) ]
}

@test "a command has the descriptors 0 to 3, and cannot write to the lock" {
	cat >"$T/script" <<-'EOF'
		i=0
		while [ $i -lt 1024 ]; do
			[ ! -e /proc/$$/fd/$i ] || readlink /proc/$$/fd/$i
			i=$((i + 1))
		done
		echo x >&3 || echo refused
	EOF
	rule theirs <<-EOF
		sources = $T/src/a
		command = /bin/sh -c '. $T/script'
		user = games
		settle = 0
	EOF
	echo 1 >"$T/src/a"
	start_triggerd
	barrier
	sed -n 1p "$T/run/output/theirs" | grep -x /dev/null
	sed -n 2p "$T/run/output/theirs" | grep '^pipe:'
	sed -n 3p "$T/run/output/theirs" | grep '^pipe:'
	sed -n 4p "$T/run/output/theirs" | grep -x "$T/state/theirs.lock"
	tail -n 1 "$T/run/output/theirs" | grep -x refused
}

@test "a command cannot reach the terminal that the daemon was started from" {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
		skip "script(1) finds no terminal here"
	their_rule <<-'EOF'
		(: </dev/tty) 2>/dev/null && echo reached
		echo new >"$1"; : >"$2"
	EOF
	mkfifo "$T/ready"
	script -qec "exec $TRIGGERD -c $CONF -r 4 4>$T/ready" /dev/null \
		</dev/null >"$T/log" 2>&1 3>&- &
	read -r -t 120 _ <"$T/ready"
	barrier
	run ! grep reached "$T/run/output/theirs"
	[ "$(cat "$T/etc/out")" = new ]
	kill "$(awk '$1 == "pid" { print $2 }' "$T/run/status")"
	wait $!
}

@test "owner, group and mode of the target are set, in root's directory" {
	their_rule "$(printf 'owner = daemon\ngroup = bin\nmode = 0640')" <<-'EOF'
		echo new >"$1"; chmod 4777 "$1"; : >"$2"
	EOF
	start_triggerd
	barrier
	[ "$(stat -c '%U %G %a' "$T/etc/out")" = 'daemon bin 640' ]
	[ "$(cat "$T/etc/out")" = new ]
}

# ---- what its user does not get ----

@test "a product that is a link, a FIFO or a directory is not installed" {
	their_rule <<-'EOF'
		: >"$2"
		case $(cat "$TOP/src/a") in
		1) ln -s "$TOP/secret" "$1" ;;
		2) ln -s /etc/shadow "$1" ;;
		3) mkfifo "$1" ;;
		4) mkdir "$1" ;;
		5) echo x >"$1" && ln "$1" "$3/kept" ;;
		6) ln "$TOP/secret" "$1" || ln /etc/shadow "$1" ;;
		esac
	EOF
	start_triggerd
	for kind in 1 2 3 4 5 6; do
		echo $kind >"$T/src/a"
		run -1 ctl sync theirs
		[ "$(status_of theirs state)" = failed ]
		is_unharmed
	done
}

@test "a file of root's in the product's place is not installed" {
	mkfifo -m 666 "$T/go" "$T/there"
	their_rule <<-'EOF'
		: >"$2"
		echo here >"$TOP/there"
		read -r _ <"$TOP/go"
	EOF
	"$TRIGGERD" -c "$CONF" 2>"$T/log" 3>&- &
	pid=$!
	read -r -t 60 _ <"$T/there"
	cp "$SECRET" "$T/state/build/theirs/new"
	let_go "$T/go"
	run -1 ctl sync theirs
	grep 'theirs: ${new} belongs to another user' "$T/log"
	is_unharmed
}

@test "a descriptor kept open on the product changes nothing afterwards" {
	mkfifo -m 666 "$T/go" "$T/done"
	their_rule <<-'EOF'
		: >"$2"
		exec 5>"$1"
		echo good >&5
		(read -r _ <"$TOP/go"; echo evil >&5; echo >"$TOP/done") \
			>/dev/null 2>&1 3>&- &
	EOF
	start_triggerd
	barrier
	[ "$(cat "$T/etc/out")" = good ]
	before=$(stat -c '%i %Y %Z' "$T/etc/out")
	let_go "$T/go"
	read -r -t 60 _ <"$T/done"
	barrier
	[ "$(cat "$T/etc/out")" = good ]
	[ "$(stat -c '%i %Y %Z' "$T/etc/out")" = "$before" ]
}

@test "names that are swapped all the time lead root nowhere" {
	# The command itself hangs when it meets the FIFO.
	chmod 777 "$T/src"
	their_rule "$(printf 'timeout = 10s\nstop_timeout = 100ms')" <<-'EOF'
		echo good >"$1"
		: >"$2"
		[ ! -e "$TOP/src/loops" ] || exit 0
		touch "$TOP/src/loops" || exit 1
		for what in "$TOP/secret" /etc; do
			(
				exec >/dev/null 2>&1 3>&-
				while [ -p "$TOP/run/hint" ]; do
					ln -s "$what" "$1.l"; mv -fT "$1.l" "$1"
					ln -s "$what" "$2.l"; mv -fT "$2.l" "$2"
					ln -s "$what" "${1%/*}/s"
					echo good >"$1.f"; mv -fT "$1.f" "$1"
					echo /x >"$2.f"; mv -fT "$2.f" "$2"
					mkdir "$1.d"; rm -f "$1"; mv -T "$1.d" "$1"
					rmdir "$1"; mkfifo "$1"
				done
			) &
			echo $! >>"$TOP/children"
		done
	EOF
	timeout_is() {
		sed -i "s/^timeout = .*/timeout = $1/" "$CONF/rules.d/theirs.ini"
		ctl reload
	}
	start_triggerd
	ctl run theirs || true
	[ "$(count "$T/children")" -eq 2 ]
	# No run before was ended, and they with it.
	timeout_is 500ms
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		run ctl run theirs
		[ "$(cat "$T/etc/out")" = good ] || [ "$(cat "$T/etc/out")" = old ]
	done
	nothing_escaped
	is_served
	end_children
	[ "$(stat -c '%U %a' /etc)" = 'root 755' ]
	# What they have begun may be in the way for a moment, and half a second
	# is too short for a busy machine.
	timeout_is 10s
	wait_until 30 ctl run theirs
	[ "$(cat "$T/etc/out")" = good ]
}

@test "a product that somebody still adds to does not hold the daemon" {
	their_rule <<-'EOF'
		: >"$2"
		[ ! -s "$TOP/children" ] || { echo good >"$1"; exit 0; }
		yes good | head -c 20000000 >"$1"
		(exec >/dev/null 2>&1 3>&-; exec yes good >>"$1") &
		echo $! >>"$TOP/children"
	EOF
	start_triggerd
	run ctl sync theirs
	[ "$(status_of theirs state)" = failed ] ||
		[ "$(status_of theirs state)" = current ]
	end_children
	is_served
	ctl run theirs
	[ "$(cat "$T/etc/out")" = good ]
	[ "$(ls -A "$T/etc")" = out ]
}

@test "dependencies that are a link, a FIFO, a directory or 1 GB" {
	their_rule 'timeout = 10min' <<-'EOF'
		echo new >"$1"
		case $(cat "$TOP/src/a") in
		1) ln -s "$TOP/secret" "$2" ;;
		2) mkfifo "$2" ;;
		3) mkdir "$2" ;;
		4) truncate -s 1G "$2" ;;
		5) printf '%s\n' relative >"$2" ;;
		6) yes "/$(printf '%4000s' '' | tr ' ' x)" | head -c 300000000 >"$2" ;;
		esac
	EOF
	start_triggerd
	for kind in 1 2 3 4 5 6; do
		echo "deps of kind $kind"
		echo $kind >"$T/src/a"
		run -1 ctl sync theirs
		grep 'theirs: .*deps' <<<"$output"
		is_served
		[ "$(cat "$SECRET")" = 'the secret' ]
	done
	[ "$(stat -c %s "$T"/state/record/* | sort -n | tail -n 1)" -le 100000 ]
}

@test "a rule's user cannot put anything beside its own directories" {
	their_rule <<-'EOF'
		: >"$2"
		echo good >"$1"
		state=$TOP/state
		for dir in $state $state/build $state/cache $state/record \
			$TOP/run $TOP/run/reply $TOP/run/output $TOP/conf; do
			touch "$dir/x" 2>/dev/null && echo "wrote to $dir"
		done
		mv "$state/build/theirs" "$state/build/x" && echo moved
		mv "$state/cache/theirs" "$state/build/theirs/x" && echo moved
		ls "$state/record" "$TOP/run/output" "$state/build" && echo listed
		cat "$TOP/run/lock" "$state/witness.lock" && echo read
		echo 'run witness x' >"$TOP/run/control" && echo commanded
		exit 0
	EOF
	start_triggerd
	barrier
	run ! grep -E '^(wrote|moved|listed|read|commanded)' \
		"$T/run/output/theirs"
	[ "$(cat "$T/etc/out")" = good ]
}

@test "trees and many files left in the scratch directory cost one run" {
	their_rule <<-'EOF'
		: >"$2"
		echo good >"$1"
		cd "${1%/*}"
		chmod 0 . || exit 1
		chmod 700 .
		mkdir locked && touch locked/x && chmod 0 locked
		d=.; i=0
		while [ $i -lt 20 ]; do d=$d/d; mkdir $d; i=$((i + 1)); done
	EOF
	start_triggerd
	barrier
	ctl run theirs
	[ "$(cat "$T/etc/out")" = good ]
	is_served
}

@test "what a run left is removed before the next, however much it is" {
	their_rule <<-'EOF'
		: >"$2"
		echo good >"$1"
		cd "${1%/*}"
		! [ -e left ] || exit 1
		mkdir left && cd left && seq 1000 | xargs touch
	EOF
	start_triggerd
	barrier
	[ "$(ls "$T/state/build/theirs/left" | wc -l)" -eq 1000 ]
	ctl run theirs
	[ "$(cat "$T/etc/out")" = good ]
}

# A database of groups that does not answer, for the daemon alone.
hang_groups() {
	mkfifo "$T/group"
	cat >"$T/isolated" <<-EOF
		#!/bin/sh
		exec unshare -m sh -c 'mount --bind "$T/group" /etc/group &&
			exec "\$0" "\$@"' "$TRIGGERD" "\$@"
	EOF
	chmod 755 "$T/isolated"
	unshare -m mount --bind "$T/group" /etc/group ||
		skip "nothing can be mounted here"
	TRIGGERD=$T/isolated
}

@test "groups are looked up by the command's process, which alone waits" {
	hang_groups
	rule near <<-EOF
		sources = $T/src/a
		command = /bin/sh -c 'echo near >>$T/runs.near'
		settle = 10ms
	EOF
	: >"$T/groups"
	chown games "$T/groups"
	rule theirs <<-EOF
		sources = $T/src/a
		command = /bin/sh -c 'id -G >$T/groups'
		user = games
	EOF
	start_triggerd
	barrier near
	is_running() { [ "$(status_of theirs state)" = running ]; }
	wait_until 30 is_running
	echo b | put "$T/src/a"
	barrier near
	[ "$(count "$T/runs.near")" -eq 2 ]
	# From here on there is a file, as anybody may have changed it, for the
	# next command; this one is told that there are no groups.
	printf 'games:x:60:\none:x:4711:games\ntwo:x:4712:games\n' >"$T/file"
	nsenter -m -t "$pid" mount --bind "$T/file" /etc/group
	has_run() {
		timeout 1 tee "$T/group" </dev/null || true
		[ -s "$T/groups" ]
	}
	wait_until 30 has_run
	ctl run theirs
	[ "$(cat "$T/groups")" = '60 4711 4712' ]
}

@test "in its user's own directory a link to root's file is not followed" {
	their_rule <<-'EOF'
		: >"$2"
		echo evil >"$1"
		case $(cat "$TOP/src/a") in
		1) ln -sf "$TOP/secret" "$TOP/etc/out" ;;
		2) ln -sf /etc/hostile "$TOP/etc/out" ;;
		3) rm -f "$TOP/etc/out"; mkfifo "$TOP/etc/out" ;;
		esac
	EOF
	chown games "$T/etc"
	start_triggerd
	for kind in 1 2 3; do
		echo $kind >"$T/src/a"
		run ctl sync theirs
		[ "$(cat "$SECRET")" = 'the secret' ]
		[ "$(stat -c '%U %a' "$SECRET")" = 'root 600' ]
		[ ! -e /etc/hostile ]
		[ "$(ls -A "$T/etc")" = out ]
		is_served
	done
}

# Two directories "deep" lie about: the one in "shared", which the rule's user
# may write to as a member of a group of its own, and root's.
@test "a directory swapped by a member of its group leads root nowhere" {
	{ cat /etc/group; echo 'others:x:4242:games'; } >"$T/group"
	unshare -m mount --bind "$T/group" /etc/group ||
		skip "needs a mount namespace"
	mkdir -p "$T/etc/shared/deep" "$T/roots/deep"
	their_rule <<-'EOF'
		: >"$2"
		cat "$TOP/src/a" >"$1"
		[ "$(cat "$TOP/src/a")" != evil ] || {
			mv "$TOP/etc/shared/deep" "$TOP/etc/shared/away" &&
			ln -s "$TOP/roots/deep" "$TOP/etc/shared/deep"
		}
	EOF
	ln -s etc/shared "$T/way"
	sed -i "s,^target.*,target = $T/way/deep/out," "$CONF/rules.d/theirs.ini"
	chown games "$T/etc/shared/deep"
	chgrp 4242 "$T/etc/shared"
	cat >"$T/mounted" <<-EOF
		#!/bin/sh
		mount --bind "$T/group" /etc/group
		exec "$TRIGGERD" "\$@"
	EOF
	printf '#!/bin/sh\nexec unshare -m sh %s "$@"\n' "$T/mounted" >"$T/start"
	chmod 755 "$T/start"
	TRIGGERD=$T/start start_triggerd
	barrier theirs
	[ "$(cat "$T/etc/shared/deep/out")" = 1 ]
	chmod 775 "$T/etc/shared" # with this it would not have been loaded
	echo evil >"$T/src/a"
	run -1 ctl sync theirs
	[ -L "$T/etc/shared/deep" ]
	[ -z "$(ls -A "$T/roots/deep")" ]
	is_served
}

@test "a target that is a link is replaced where the link leads to" {
	their_rule <<-'EOF'
		: >"$2"
		echo new >"$1"
	EOF
	mkdir "$T/real"
	mv "$T/etc/out" "$T/real/file"
	ln -s ../real/file "$T/etc/out"
	start_triggerd
	barrier
	[ -L "$T/etc/out" ]
	[ ! -L "$T/real/file" ]
	[ "$(cat "$T/real/file")" = new ]
	[ "$(ls -A "$T/real")" = file ]
}

@test "what one user kept is gone when the rule gets another" {
	their_rule <<-'EOF'
		: >"$2"
		[ ! -L "$3/state" ] || echo 'found a link'
		ls -A "$3"
		[ "$(id -u)" -eq 0 ] || ln -s "$TOP/secret" "$3/state"
		date >"$3/state"
		echo new >"$1"
	EOF
	start_triggerd
	barrier || true
	stop_triggerd
	sed -i '/^user/d' "$CONF/rules.d/theirs.ini"
	start_triggerd
	barrier
	run ! grep 'found a link' "$T/run/output/theirs"
	[ "$(cat "$SECRET")" = 'the secret' ]
}

# A member of the group would have moved root's file into /etc.
@test "a directory that a group can write above a target is refused" {
	mkdir -p "$T/shared/deep"
	echo 1 >"$T/src/a"
	rule a <<-EOF
		sources = $T/src/a
		target = $T/shared/deep/passwd
		command = cp $T/src/a \${new}
	EOF
	chgrp games "$T/shared"
	chmod 775 "$T/shared"
	run -2 "$TRIGGERD" -n -c "$CONF"
	grep -F "$T/shared above it can be written by its group, $(id -g games)" \
		<<<"$output"
	chmod 1775 "$T/shared"
	"$TRIGGERD" -n -c "$CONF"
	chmod 755 "$T/shared"
	"$TRIGGERD" -n -c "$CONF"
	# By an access list, of which these bits are the mask.
	type setfacl >/dev/null || skip "needs setfacl"
	setfacl -m u:games:rwx "$T/shared" || skip "no access lists here"
	run -2 "$TRIGGERD" -n -c "$CONF"
}

# ---- what is refused when the configuration is read ----

@test "commands and target directories that others can write are refused" {
	mkdir "$T/games"
	for name in file dir above mine group; do
		mkdir -p "$T/games/$name"
		cp /bin/true "$T/games/$name/x"
	done
	chown games "$T/games/file/x" "$T/games/dir" "$T/games/mine" \
		"$T/games/mine/x"
	mkdir "$T/games/dir/sub" "$T/etc"
	chmod 777 "$T/games/above"
	mkdir "$T/games/above/sub" "$T/games/group/sub"
	chgrp games "$T/games/group"
	chmod 775 "$T/games/group"
	rule a <<<"command = $T/games/file/x"
	rule b <<<"command = $T/games/dir/x"
	rule c <<<"command = $T/games/above/x"
	printf 'command = true\ntarget = %s\n' "$T/games/dir/t" | rule d
	printf 'command = true\ntarget = %s\n' "$T/games/dir/sub/t" | rule e
	printf 'command = true\ntarget = %s\n' "$T/games/above/sub/t" | rule f
	rule g <<<"command = $T/games/group/x"
	printf 'command = true\ntarget = %s\n' "$T/games/group/sub/t" | rule h
	printf 'command = true\ntarget = %s\nuser = games\n' \
		"$T/games/group/sub/u" | rule i
	printf 'command = %s\ntarget = %s\nuser = games\n' \
		"$T/games/mine/x" "$T/games/mine/t" | rule good
	run -2 "$TRIGGERD" -n -c "$CONF"
	for line in a.ini:2:\ command b.ini:2:\ command c.ini:2:\ command \
		d.ini:3:\ target e.ini:3:\ target f.ini:3:\ target \
		g.ini:2:\ command h.ini:3:\ target i.ini:3:\ target; do
		grep -F "$CONF/rules.d/$line" <<<"$output"
	done
	[ "${#lines[@]}" -eq 9 ]
}

@test "what others could put in the place of anything on the way is refused" {
	mkdir -p "$T/own/etc" "$T/own/bin" "$T/theirs" "$T/safe/etc"
	mkdir -m 1777 "$T/all"
	mkdir -m 1775 "$T/group"
	cp /bin/true "$T/safe/x"
	cp /bin/true "$T/own/bin/x"
	: >"$T/safe/etc/t"
	ln -s "$T/safe" "$T/theirs/dir"
	ln -s "$T/safe/etc/t" "$T/theirs/t"
	ln -s theirs/dir "$T/way"
	ln -s ../safe "$T/all/ours"
	ln -s ../safe "$T/group/dir"
	# The owner of a sticky directory may remove whatever is in it.
	chmod 1755 "$T/own"
	chown -h games "$T/own" "$T/theirs" "$T/theirs/dir" "$T/group/dir"
	chgrp games "$T/group"
	rule a <<<"command = $T/own/bin/x"
	printf 'command = true\ntarget = %s\n' "$T/own/etc/t" | rule b
	rule c <<<"command = $T/way/x"
	rule d <<<"command = $T/group/dir/x"
	printf 'command = true\ntarget = %s\n' "$T/theirs/t" | rule e
	printf 'command = true\ntarget = %s\n' "$T/theirs/none/t" | rule f
	printf 'command = true\ntarget = %s\n' "$T/all/none/t" | rule g
	printf 'command = %s\ntarget = %s\n' \
		"$T/all/ours/x" "$T/safe/none/at/all/t" | rule good
	run -2 "$TRIGGERD" -n -c "$CONF"
	for line in a.ini:2:\ command b.ini:3:\ target c.ini:2:\ command \
		d.ini:2:\ command e.ini:3:\ target f.ini:3:\ target \
		g.ini:3:\ target; do
		grep -F "$CONF/rules.d/$line" <<<"$output"
	done
	[ "${#lines[@]}" -eq 7 ]
	rm "$CONF"/rules.d/[a-g].ini
	"$TRIGGERD" -n -c "$CONF"
	mv "$CONF" "$T/own/conf"
	run -2 "$TRIGGERD" -n -c "$T/own/conf"
	grep -F "$T/own above it belongs to user" <<<"$output"
}

@test "reply/ loses its group's rights again when there is no control_group" {
	modes() { stat -c '%a' "$T/run/control" "$T/run/reply" | xargs; }
	start_triggerd
	[ "$(modes)" = '600 700' ]
	stop_triggerd
	sed -i 's/^\[daemon\]/&\ncontrol_group = games/' "$CONF/triggerd.ini"
	start_triggerd
	[ "$(modes)" = '620 1730' ]
	[ "$(stat -c %G "$T/run/control" "$T/run/reply" | xargs)" = 'games games' ]
	stop_triggerd
	sed -i '/^control_group/d' "$CONF/triggerd.ini"
	start_triggerd
	[ "$(modes)" = '600 700' ]
	barrier
}
