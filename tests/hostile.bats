# Hostile neighbours: what somebody who may only hint, or only answer, or only
# owns a source, can do to the daemon and to others.  Short here; for as long as
# a siege should last with TRIGGERD_LONG=1.

load lib/triggerd
load lib/witness

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

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# neighbour KIND PIPE SECONDS: one in the background; "wait" for $neighbours.
neighbour() {
	as_nobody "$TOP/tests/lib/neighbour.pl" "$@" "$SECRET" \
		>>"$T/spent" 2>>"$T/neighbours.log" 3>&- &
	neighbours="$neighbours $!"
}

is_serving_while() {
	while kill -0 "$1" 2>/dev/null; do
		is_served
	done
}

# Processor time of the daemon, in ms.
spent() {
	awk '{ printf "%d\n", $1 / 1e6 }' "/proc/$pid/schedstat"
}

resident() {
	awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"
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
		neighbour $kind "$PIPE" "${LONG:-2}"
		neighbour $kind "$PIPE" "${LONG:-2}"
	done
	is_serving_while $!
	wait $neighbours
	barrier
	ms=$(($(spent) - ms))
	theirs=$(awk '{ n += $1 } END { print n }' "$T/spent")
	echo "daemon: $ms ms, neighbours: $theirs ms"
	[ "$(wc -l <"$T/spent")" -eq 10 ]
	[ "$ms" -le "$theirs" ]
	wait_until 30 holds "$before"
	[ -n "${BUILT:-}" ] || [ $(($(resident) - rss)) -le 1024 ]
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
	for kind in symlink lock link away; do
		neighbour $kind "$T/sticky/p" "${LONG:-1}"
	done
	last=$!
	while kill -0 $last 2>/dev/null; do
		rm -f "$T/sticky/p" # now they may take its place
		touch "$T/sticky"
		kill -ALRM "$pid"
		is_served
		secret_is_safe
	done
	wait $neighbours
	secret_is_safe
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
	as_nobody sh "$T/owner" "$T/src/theirs" "$SECRET" "${LONG:-2}" 3>&- &
	neighbours=$!
	is_serving_while $!
	secret_is_safe
	run ! grep -rqs 'the secret' "$T/build.out" "$T/state" "$T/run"
	wait_until 60 ctl sync build
	[ "$(cat "$T/build.out")" = last.conf ]
	[ "$(stat -c '%U %a' "$T/build.out")" = 'root 644' ]
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
