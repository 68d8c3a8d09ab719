# Hostile neighbours: what somebody who may only hint, or only answer, or only
# owns a source, can do to the daemon and to others.  Short here; for as long as
# a siege should last with TRIGGERD_LONG=1.

load lib/triggerd
load lib/witness
load lib/qmail

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root to have neighbours"
	make_conf
	pid= neighbours=
	SECRET=$T/secret
	echo 'the secret' >"$SECRET"
	chmod 600 "$SECRET"
	LONG=${TRIGGERD_LONG:+30}
	witness
}

teardown() {
	[ -z "$neighbours" ] || kill -KILL $neighbours 2>/dev/null || true
	stop_triggerd
}

# Not a function: what it starts in the background is then a child of ours.
AS_NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# neighbour KIND PIPE SECONDS: one in the background; "wait" for $neighbours.
neighbour() {
	"${AS_NOBODY[@]}" "$TOP/tests/lib/neighbour.pl" "$@" "$SECRET" \
		>>"$T/spent" 2>>"$T/neighbours.log" 3>&- &
	neighbours="$neighbours $!"
}

# A siege does not end by itself before somebody else has been served for many
# times: this is for a daemon that serves nobody until then.
SIEGE=200 # seconds

besiegers_are() {
	local besieger
	for besieger in $neighbours; do
		"$1" "$besieger" || return
	done
}
is_there() { ! is_gone "$1"; }
has_begun() { grep -qx "begun $1" "$T/neighbours.log"; }

# is_serving SECONDS [COMMAND...]: while all the neighbours go on, for so long
# and at least five times.
is_serving() {
	local seconds=$1 begun times=0 slowest=0 since took
	shift
	wait_until 30 besiegers_are has_begun
	begun=$SECONDS
	while [ $times -lt 5 ] || [ $((SECONDS - begun)) -lt "$seconds" ]; do
		[ $# -eq 0 ] || "$@"
		since=$(date +%s%N)
		is_served
		took=$((($(date +%s%N) - since) / 1000000))
		besiegers_are is_there
		[ $took -le $slowest ] || slowest=$took
		times=$((times + 1))
	done
	echo "# served $times times, the slowest in $slowest ms" >&3
}

# They are told, again if need be: a TERM may come just before they sleep.
end_siege() {
	ended() {
		# shellcheck disable=SC2086
		kill -TERM $neighbours 2>/dev/null || true
		besiegers_are is_gone
	}
	wait_until 30 ended
	# shellcheck disable=SC2086
	wait $neighbours
	neighbours=
}

# Processor time of the daemon, in ms.
spent() {
	awk '{ printf "%d\n", $1 / 1e6 }' "/proc/$pid/schedstat"
}

resident() {
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
}

# has_not_grown BEFORE: but by what libraries keep.
has_not_grown() {
	[ -n "${BUILT:-}" ] || [ $(($(resident) - $1)) -le 1024 ]
}

holdings() {
	descriptors
	cat "/proc/$pid/task/$pid/children" | wc -w
}

# No more than before, once nothing is under way.
holds() { [ "$(holdings)" = "$1" ]; }

secret_is_safe() {
	[ "$(stat -c '%U %a' "$SECRET")" = 'root 600' ]
	[ "$(cat "$SECRET")" = 'the secret' ]
	[ ! -e "$SECRET.lock" ]
}

# ---- the pipe ----

@test "ten that flood a pipe spend more than the daemon, and disturb nobody" {
	start_triggerd
	barrier
	is_served
	neighbour line "$PIPE" 1 # what is allocated once is
	wait $neighbours
	neighbours=
	barrier
	: >"$T/spent"
	before=$(holdings)
	rss=$(resident)
	ms=$(spent)
	for kind in touch line garbage big hold; do
		neighbour $kind "$PIPE" $SIEGE
		neighbour $kind "$PIPE" $SIEGE
	done
	is_serving "${LONG:-2}"
	end_siege
	barrier
	ms=$(($(spent) - ms))
	theirs=$(awk '{ n += $1 } END { print n }' "$T/spent")
	echo "daemon: $ms ms, neighbours: $theirs ms"
	[ "$(wc -l <"$T/spent")" -eq 10 ]
	[ "$ms" -le "$theirs" ]
	wait_until 30 holds "$before"
	has_not_grown "$rss"
	[ "$(stat -c %s "$T/log")" -le 100000 ]
}

# Also beside one writer alone, who sleeps while the pipe is full or held.  What
# is written for people now and then, the status, is not in proportion.
@test "one that floods, or only holds, a pipe does not make the daemon spin" {
	start_triggerd
	barrier
	for kind in touch line garbage big reopen hold; do
		: >"$T/spent"
		ms=$(spent)
		neighbour $kind "$PIPE" "${LONG:-0.4}"
		wait $!
		ms=$(($(spent) - ms))
		theirs=$(cat "$T/spent")
		echo "$kind: daemon $ms ms, neighbour $theirs ms"
		[ "$ms" -le $((theirs * (1 + ${#BUILT}) + 100)) ]
	done
}

@test "games with names in a sticky directory lead the daemon nowhere" {
	mkdir -m 1777 "$T/sticky"
	printf '[pipe sticky]\npath = %s\nmode = 0622\n' "$T/sticky/p" \
		>>"$CONF/triggerd.ini"
	start_triggerd
	barrier
	is_served
	rss=$(resident)
	for kind in symlink lock link away; do
		neighbour $kind "$T/sticky/p" $SIEGE
	done
	tempt() {
		secret_is_safe
		rm -f "$T/sticky/p" # now they may take its place
		touch "$T/sticky"
		kill -ALRM "$pid"
	}
	is_serving "${LONG:-1}" tempt
	end_siege
	secret_is_safe
	has_not_grown "$rss"
	[ ! -L "$T/sticky/p.lock" ]
	[ "$(stat -c %s "$T/log")" -le 1000000 ]
	rm -f "$T/sticky/p"
	kill -ALRM "$pid"
	wait_until 30 test -p "$T/sticky/p"
	[ "$(stat -c '%U %a' "$T/sticky/p")" = 'root 622' ]
}

# ---- the answers ----

@test "answers go to FIFOs of one name that somebody reads, or nowhere" {
	sed -i 's/^\[daemon\]/&\ncontrol_group = games/' "$CONF/triggerd.ini"
	start_triggerd
	barrier
	before=$(holdings)
	cat >"$T/member" <<-'EOF'
		cd "$1/reply" || exit 1
		mkfifo unread
		: >file
		ln -s "$2" link
		ln -s /etc/hostile dangling
		mkdir dir
		mkfifo twice; ln twice again
		for reply in unread file link dangling dir twice ../control missing; do
			for command in check sync run pause resume nonsense; do
				echo "$command witness $reply"
			done
			echo "reload $reply"
		done >"$1/control"
		mkfifo swapped
		i=0
		while [ $i -lt 200 ]; do
			echo "check witness swapped" >"$1/control"
			ln -sf "$2" swapped.new; mv -f swapped.new swapped
			mkfifo swapped.new; mv -f swapped.new swapped
			i=$((i + 1))
		done
	EOF
	chmod 755 "$T/member"
	setpriv --reuid=65534 --regid="$(id -g games)" --clear-groups \
		sh "$T/member" "$T/run" "$SECRET"
	ctl resume
	barrier
	is_served
	secret_is_safe
	[ ! -e /etc/hostile ]
	[ ! -s "$T/run/reply/file" ]
	wait_until 30 holds "$before"
	[ "$(stat -c %s "$T/log")" -le 1000000 ]
}

# One that is open, and full, is no reason to wait, nor to keep the answer.
@test "an answer for which its FIFO has no room holds up nobody else's" {
	sed -i 's/^\[daemon\]/&\ncontrol_group = games/' "$CONF/triggerd.ini"
	start_triggerd
	barrier
	is_served
	cat >"$T/member" <<-'EOF'
		cd "$1/reply" || exit 1
		mkfifo full
		exec 8<>full
		dd if=/dev/zero of=full bs=4096 oflag=nonblock 2>/dev/null
		for i in $(seq 60); do
			for command in check sync run nonsense; do
				echo "$command witness full"
			done
		done >"$1/control"
		echo told >&9
		read -r _ <"$2"
		dd if=full iflag=nonblock bs=4096 2>/dev/null | tr -d '\0' | wc -c
	EOF
	mkfifo -m 666 "$T/go" "$T/told"
	before=$(holdings)
	rss=$(resident)
	setpriv --reuid=65534 --regid="$(id -g games)" --clear-groups \
		sh "$T/member" "$T/run" "$T/go" >"$T/drained" 3>&- 9>"$T/told" &
	neighbours=$!
	read -r -t 60 _ <"$T/told"
	timeout 60 "$CTL" -c "$CONF" sync
	for i in 1 2 3; do
		is_served
	done
	besiegers_are is_there
	wait_until 30 holds "$before"
	has_not_grown "$rss"
	let_go "$T/go"
	wait $neighbours
	neighbours=
	[ "$(cat "$T/drained")" -eq 0 ] # no half of an answer
	run ! grep 'reply/full' "$T/log"
}

# ---- names ----

controls() {
	LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f-\xff]'
}

@test "names with newlines and escapes write no line of theirs anywhere" {
	evil=$(printf '\033[2J\rx\ntriggerd: info: forged\n\007\377')
	mkdir "$T/src/d"
	rule names <<-EOF
		sources = $T/src/d/**
		target = $T/names.out
		command = $T/names \${new}
		settle = 0
		retry = 1h..1h
		env.SRC = $T/src/d
	EOF
	command_file names <<-'EOF'
		ls "$SRC" | cat
		printf 'no\000thing\r\ntriggerd: info: forged\n\033]0;x\007'
		exit 100
	EOF
	echo 1 >"$T/src/d/$evil"
	start_triggerd
	run -1 ctl sync
	run ! controls <<<"$output"
	mv "$T/src/d/$evil" "$T/src/d/2$evil"
	run -1 ctl sync
	run ! controls <<<"$output"
	rm "$T/src/d/2$evil"
	ln -s "$evil" "$T/src/d/$evil"
	for words in status "status names" "explain names" dry-run config; do
		# shellcheck disable=SC2086
		run ctl $words
		run ! controls <<<"$output"
		run ! grep '^triggerd: info: forged' <<<"$output"
		# shellcheck disable=SC2086
		run ctl $words --json
		perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' <<<"$output"
	done
	stop_triggerd
	run ! controls <"$T/log"
	run ! grep '^triggerd: info: forged' "$T/log"
	grep -F 'names: | triggerd: info: forged' "$T/log"
}

@test "an instance's word does not drive the terminal of who starts a daemon" {
	mkdir "$T/theirs"
	chown nobody "$T/theirs"
	command_file list <<-'EOF'
		printf 'a\033[2J\n'
	EOF
	rule each <<-EOF
		foreach_command = $T/list
		target = $T/theirs/\${instance}
		command = cp $T/src/witness \${new}
		user = nobody
	EOF
	start_triggerd
	barrier
	stop_triggerd
	rm "$T/theirs/"*
	mkdir "$T/theirs/$(printf 'a\033[2J')"
	run -2 "$TRIGGERD" -c "$CONF" -n
	[ "$output" = "$CONF/rules.d/each.ini:3: target: is a directory \
(instance a\\x1b[2J)" ]
}

# ---- the sources ----

@test "a source's owner who plays tricks holds up no rule but his" {
	mkdir "$T/src/theirs"
	chown nobody "$T/src/theirs"
	rule build <<-EOF
		sources = $T/src/theirs/*.conf $T/src/theirs/d/*/x
		target = $T/build.out
		command = $T/build \${new} \${deps}
		compare = content
		settle = 0
		retry = 10ms..10ms
		timeout = 2s
		stop_timeout = 100ms
		env.SRC = $T/src/theirs
	EOF
	command_file build <<-'EOF'
		ls "$SRC" | sort >"$1"
		find "$SRC" -type f >"$2"
	EOF
	cat >"$T/owner" <<-'EOF'
		cd "$1" || exit 1
		end=$(($(date +%s) + $3))
		trap 'end=0' TERM
		echo "begun $$" >&2
		mkdir -p d/a e/a
		while [ "$(date +%s)" -lt "$end" ]; do
			mkfifo a.new; mv -f a.new a.conf
			ln -s "$2" b.new; mv -f b.new b.conf
			ln -s /dev/zero c.new; mv -f c.new c.conf
			ln -s a.conf e.new; mv -f e.new e.conf
			truncate -s 64M f.new; mv -f f.new f.conf
			mkfifo d/a/x; mv -T d d.was; ln -s e d
			rm d; mv -T d.was d; rm -f d/a/x
			mkdir g.conf; rmdir g.conf; ln -s g.conf g.conf
			echo 1 >b.new; mv -f b.new b.conf
			rm -f g.conf f.conf
		done
		rm -rf ./*
		echo last >last.conf
	EOF
	chmod 755 "$T/owner"
	start_triggerd
	barrier witness
	is_served
	rss=$(resident)
	"${AS_NOBODY[@]}" sh "$T/owner" "$T/src/theirs" "$SECRET" $SIEGE \
		2>>"$T/neighbours.log" 3>&- &
	neighbours=$!
	is_serving "${LONG:-2}"
	end_siege
	has_not_grown "$rss"
	secret_is_safe
	run ! grep -rqs 'the secret' "$T/build.out" "$T/state" "$T/run"
	wait_until 60 ctl sync build
	[ "$(cat "$T/build.out")" = last.conf ]
	[ "$(stat -c '%U %a' "$T/build.out")" = 'root 644' ]
}

# A domain's owner, whose vpasswd mkauth reads as root, as the shipped rule does.
@test "a builder of root's gives no secret away, nor hangs, where names change" {
	make_qmail
	domain example.com
	domain example.net
	hash='$1$salt$2QKLbwqlfAgTEArFVW4Bg.'
	hidden='$6$salt$u5G4JEN2/otherhash'
	echo "ann:$hash:1:0:g:/d:NOQUOTA" >"$V/domains/example.com/vpasswd"
	echo "bob:$hash:1:0:g:/d:NOQUOTA" >"$V/domains/example.net/vpasswd"
	echo "root:$hidden:19000:0:99999:7:::" >"$SECRET"
	chown -R nobody "$V/domains/example.net"
	rule auth <<-EOF
		sources = $Q/users/cdb $Q/control/virtualdomains
		target = $T/auth.cdb
		command = $TOP/builders/mkauth${BUILT:-} --qmail $Q
		    --vpopmail $V --last $T/auth.cdb -c \${new} --deps \${deps}
		settle = 0
		retry = 10ms..10ms
	EOF
	cat >"$T/owner" <<-'EOF'
		cd "$1" || exit 1
		end=$(($(date +%s) + $3))
		trap 'end=0' TERM
		echo "begun $$" >&2
		exec 2>/dev/null
		cp vpasswd mine
		while [ "$(date +%s)" -lt "$end" ]; do
			ln -s "$2" new; mv -f new vpasswd
			mkfifo new; mv -f new vpasswd
			ln "$2" new && mv -f new vpasswd
			ln -s /dev/zero new; mv -f new vpasswd
			ln -s "$2" vpasswd.cdb
			rm vpasswd; mkdir vpasswd; rmdir vpasswd
			rm -f vpasswd.cdb
			cp mine new; mv -f new vpasswd
		done
		sed 's/^bob/carl/' mine >new; mv -f new vpasswd
	EOF
	logins() { cdb -d "$T/auth.cdb" | sed -n 's/^+[0-9,]*:\(.*\)->.*/\1/p'; }
	start_triggerd
	barrier
	[ "$(logins | xargs)" = 'ann@example.com bob@example.net' ]
	"${AS_NOBODY[@]}" sh "$T/owner" "$V/domains/example.net" "$SECRET" \
		$SIEGE 2>>"$T/neighbours.log" 3>&- &
	neighbours=$!
	builds() {
		timeout 60 "$CTL" -c "$CONF" run auth || [ $? -eq 1 ]
		run ! grep -F -e "$hidden" "$T/auth.cdb" "$T/log"
		logins | grep ann@example.com
	}
	met() {
		grep -q "a link to a file of another user's" "$T/log" &&
			grep -q 'vpasswd: not a regular file' "$T/log"
	}
	is_serving "${LONG:-1}" builds
	until met; do
		is_serving 0 builds
	done
	end_siege
	wait_until 30 timeout 60 "$CTL" -c "$CONF" sync auth
	[ "$(logins | xargs)" = 'ann@example.com carl@example.net' ]
	run ! grep -rqsF -e "$hidden" "$T/auth.cdb" "$T/log" "$T/state" "$T/run"
}

# theirs NAME PATTERN LINES...: a rule over what is in $T/src/theirs.
theirs() {
	command_file "$1" <<-EOF
		echo run >>"$T/$1.runs"
	EOF
	rule "$1" <<-EOF
		sources = $T/src/theirs/$2
		command = $T/$1
		settle = 0
		$3
	EOF
}

@test "a source's owner who makes it endless holds up no rule but his" {
	mkdir -p "$T/src/theirs/d"
	echo 1 >"$T/src/theirs/big"
	echo 1 >"$T/src/theirs/later"
	truncate -s 4T "$T/src/one" "$T/src/two" || skip "no files of 4 TB here"
	# What is younger than now is always read, whatever is compared.
	touch -d 2035-01-01 "$T/src/two"
	theirs big big 'compare = content'
	theirs later later
	theirs links 'd/*/*/*/*/*.conf'
	start_triggerd
	barrier
	mv -f "$T/src/one" "$T/src/theirs/big"
	is_served
	mv -f "$T/src/two" "$T/src/theirs/later"
	is_served
	for i in $(seq 300); do # 300 to the fourth power directories
		ln -s . "$T/src/theirs/d/$i"
	done
	touch "$PIPE"
	is_served
}

@test "a source's owner who makes it many has his rule run all the same" {
	mkdir -p "$T/src/theirs/d" "$T/src/e"
	theirs many 'd/*'
	start_triggerd
	barrier
	[ "$(count "$T/many.runs")" -eq 1 ]
	seq 3000 | (cd "$T/src/e" && xargs touch)
	mv "$T/src/theirs/d" "$T/src/d" && mv "$T/src/e" "$T/src/theirs/d"
	barrier
	[ "$(count "$T/many.runs")" -ge 2 ]
	ctl dry-run many
	[ "$(stat -c %s "$T/state/record/many")" -gt 100000 ]
}

# ---- the locks ----

# The daemon was killed; its command has ended since, but somebody whom it left
# behind holds the lock, and its number is another's.
@test "a stranger who has the number of a run by now is not signalled" {
	mkfifo "$T/go"
	command_file leave <<-'EOF'
		if [ -p "$TOP/go" ]; then
			setsid sleep 1000 </dev/null >/dev/null 2>&1 &
			echo "$$ $!" >"$TOP/left"
			read -r _ <"$TOP/go"
		fi
		echo done >"$1"
	EOF
	rule leave <<-EOF
		sources = $T/src/witness
		target = $T/out
		command = $T/leave \${new}
		env.TOP = $T
		settle = 0
		timeout = 1h
	EOF
	start_triggerd
	wait_until 30 test -s "$T/left"
	read -r number survivor <"$T/left"
	neighbours=$survivor
	kill_triggerd
	let_go "$T/go"
	wait_until 30 is_gone "$number"
	rm "$T/go"
	cat >"$T/stranger" <<-'EOF'
		use POSIX qw(setsid pause);
		my ($number, $there, $heard) = @ARGV;
		my $tid = pack("i", $number);
		# clone3(2), with set_tid
		my $args = pack("Q11", (0) x 4, 17, (0) x 3,
		    unpack("Q", pack("P", $tid)), 1, 0);
		my $child = syscall(435, $args, length($args));
		# Whose number it was may not have been waited for yet.
		exit($child != -1 ? 0 : $!{EEXIST} ? 1 : 77) if $child != 0;
		$SIG{$_} = sub {
			open(my $f, ">>", $heard);
			print $f "$_[0]\n";
		} for qw(HUP INT QUIT TERM ALRM USR1 USR2 CONT);
		setsid();
		rename($there, "$there.now");
		pause() while 1;
	EOF
	: >"$T/there"
	follows() {
		had=0
		perl "$T/stranger" "$number" "$T/there" "$T/heard" 3>&- || had=$?
		[ $had -ne 1 ]
	}
	wait_until 30 follows
	[ $had -eq 0 ] || skip "no process can be had by its number here"
	neighbours="$neighbours $number"
	wait_until 30 test -e "$T/there.now"
	sed -i 's/^timeout = .*/timeout = 500ms/' "$CONF/rules.d/leave.ini"
	start_triggerd
	wait_until 30 grep 'leave: .*earlier daemon' "$T/log"
	wait_until 30 test -e "$T/out"
	barrier
	[ ! -e "$T/heard" ]
	run ! is_gone "$number"
	run ! is_gone "$survivor"
}
