# A queue is told right from wrong, and set right, and no message is lost on
# the way: not even when the repair is killed.
#
# With TRIGGERD_LONG=1 there are 10,000 messages, and 50 kills.

bats_require_minimum_version 1.5.0

TOP=${TOP:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)}
CHECK=$TOP/queue/qmail-queue-check${BUILT:-}
KILLER=$TOP/tests/lib/killer.so
UIDS=7791:7792:7793
GID=2108

setup() {
	[ "$(id -u)" -eq 0 ] || skip "only root can give files away"
	T=$BATS_TEST_TMPDIR
	Q=$T/queue
	SPLIT=23
	SHAPE=flat
	COUNT=52 # each of the 26 legal states twice
}

teardown() {
	[ -z "${MEMORY:-}" ] || umount "$MEMORY"
}

# Of a long test, in memory if it can be had: the queue is copied again and
# again, and no kill asks what the disk has.
many() {
	COUNT=$1
	[ -n "${TRIGGERD_LONG:-}" ] || return 0
	COUNT=$2
	mkdir "$T/memory"
	mount -t tmpfs -o mode=755 tmpfs "$T/memory" || return 0
	MEMORY=$T/memory
	T=$MEMORY
	Q=$T/queue
}

queue_pl() {
	perl "$TOP/tests/lib/queue.pl" "$@"
}

make_queue() {
	queue_pl make "$Q" "$COUNT" "$SPLIT" "$SHAPE" "$UIDS" "$GID"
}

# A copy, in which no message has its number.
copy_queue() {
	cp -a "$Q" "$Q.copy"
	rm -rf "$Q"
	mv "$Q.copy" "$Q"
}

check() {
	"$CHECK" --users "$UIDS" --group "$GID" "$@" "$Q"
}

# The kinds of the faults, each once.
kinds() {
	check --json | jq -r '.faults[].kind' | sort -u | tr '\n' ' '
}

is_right() {
	check
	queue_pl check "$Q" "$COUNT" "$SPLIT" "$SHAPE"
}

# The file of a part of the first message that has just these letters.
with_state() {
	local wanted=$1 part=$2 mess number has letter
	for mess in "$Q"/mess/*/*; do
		number=${mess##*/}
		has=
		for letter in bounce:B intd:D info:F local:L mess:M remote:R \
			todo:T; do
			compgen -G "$Q/${letter%:*}/$number" >/dev/null ||
				compgen -G "$Q/${letter%:*}/*/$number" \
					>/dev/null || continue
			has=$has${letter#*:}
		done
		[ "$has" = "$wanted" ] || continue
		compgen -G "$Q/$part/*/$number" || echo "$Q/$part/$number"
		return
	done
	return 1
}

# Everything that can be seen of the queue.
picture() {
	find "$Q" -printf '%P %i %m %U %G %s %l\n' | sort
}

# With a sanitizer the killer need not be the first library.
with_killer() {
	env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$KILLER" \
		"$@" "$CHECK" --users "$UIDS" --group "$GID" --repair "$Q"
}

# bats test_tags=valgrind
@test "a queue in all legal states is right" {
	make_queue
	check
	[ "$(check --json | jq '.states | length')" -eq 26 ]
	[ "$(check --json | jq .messages)" -eq "$COUNT" ]
}

@test "a copied queue is repaired, and nothing is lost" {
	many 260 10000
	make_queue
	copy_queue
	before=$(picture)
	run -1 check --json
	[ "$(jq '[.faults[] | select(.kind == "name")] | length' \
		<<<"$output")" -eq "$COUNT" ]
	[ "$(picture)" = "$before" ]
	check --repair
	is_right
}

@test "numbers that go round in a circle are not mixed up" {
	many 104 10000
	make_queue
	queue_pl rotate "$Q" "$SPLIT" "$SHAPE"
	run -1 check
	check --repair
	is_right
}

# Every number of the queue is taken: whatever a kill leaves, a part that
# were put to the wrong message would be seen.
@test "a repair that is killed anywhere is ended by the next" {
	many 26 10000
	kills=10
	[ -z "${TRIGGERD_LONG:-}" ] || kills=50
	make_queue
	queue_pl rotate "$Q" "$SPLIT" "$SHAPE"
	chmod 600 "$Q"/mess/*/*
	cp -a "$Q" "$T/pattern"
	with_killer STEPS="$T/steps" >/dev/null
	is_right
	steps=$(cat "$T/steps")
	echo "$steps steps"
	[ "$steps" -gt $((COUNT * 4)) ]
	killed=0
	for ((nth = 0; nth < kills; nth++)); do
		# By chance, but in all parts of the way.
		at=$((1 + (steps - 1) * nth / kills + RANDOM % (steps / kills)))
		rm -rf "$Q"
		cp -a "$T/pattern" "$Q"
		echo "killed at $at"
		# Near the end it may be over sooner: a copy's inode number can
		# be right by chance.
		run with_killer KILL_AT=$at
		[ "$status" -eq 0 ] || [ "$status" -eq 137 ]
		[ "$status" -eq 0 ] || killed=$((killed + 1))
		# And in the midst of taking it up.
		run with_killer KILL_AT=$((1 + RANDOM % 25))
		[ "$status" -eq 0 ] || [ "$status" -eq 137 ]
		check --repair >/dev/null
		is_right
	done
	[ $killed -ge $((kills * 4 / 5)) ]
}

@test "a queue that was copied in the midst of a repair is repaired" {
	make_queue
	queue_pl rotate "$Q" "$SPLIT" "$SHAPE"
	with_killer STEPS="$T/steps" >/dev/null
	steps=$(cat "$T/steps")
	for part in 3 6; do
		queue_pl rotate "$Q" "$SPLIT" "$SHAPE"
		run -137 with_killer KILL_AT=$((steps * part / 8))
		run -1 check
		[[ $output = *interrupted* ]]
		copy_queue
		check --repair
		is_right
	done
}

# inject ARG...: a repair, as tests/fault/inject.c has it.
inject() {
	local program=$TOP/tests/fault/inject
	"$program" "$T/calls" count /bin/true || skip "no filter of seccomp"
	"$program" "$T/calls" "$@" "$CHECK" --users "$UIDS" --group "$GID" \
		--repair "$Q"
}

# The first half of the renames is over: who took them back would give parts of
# one message to another.
@test "a mark that cannot be looked at does not pass for none" {
	many 26 26
	make_queue
	queue_pl rotate "$Q" "$SPLIT" "$SHAPE"
	cp -a "$Q" "$T/pattern"
	with_killer STEPS="$T/steps" >/dev/null
	rm -rf "$Q"
	mv "$T/pattern" "$Q"
	run -137 with_killer KILL_AT=$(($(cat "$T/steps") * 6 / 8))
	[ -e "$Q/repair.moved" ]
	cp -a "$Q" "$T/pattern"
	inject count
	is_right
	# The first one, which is the report's, and the last, which decides.
	looks=$(awk '!/repair\.moved/ { next } $2 ~ /unlink/ { exit }
		{ print $2, $3 }' "$T/calls" | sed -n '1p;$p')
	[ "$(wc -l <<<"$looks")" -eq 2 ]
	while read -r call n; do
		rm -rf "$Q"
		cp -a "$T/pattern" "$Q"
		run -111 inject main "$call" "$n" EIO
		[[ $output = *"$Q/repair.moved: Input/output error"* ]]
		check --repair
		is_right
	done <<<"$looks"
}

@test "what cannot be looked at is named, with the reason" {
	many 26 26
	make_queue
	copy_queue
	check --repair
	# What is right stays: the next one makes the same calls.
	inject count
	is_right
	n=$(awk '$2 == "newfstatat" && $4 ~ /^[0-9]+$/ && $4 > 23 {
		print $3
		exit
	}' "$T/calls") # 23: no bucket
	[ -n "$n" ] || skip "no newfstatat(2) here"
	run -111 inject main newfstatat "$n" EIO
	[[ $output =~ "$Q"/[a-z]+/[0-9]+/[0-9]+": Input/output error" ]]
	[ "${#lines[@]}" -eq 1 ]
}

@test "a queue that may not be closed for good is not left so in silence" {
	many 26 26
	make_queue
	copy_queue
	run -111 inject main syncfs 1 EIO
	[[ $output = *"close to qmail: Input/output error"* ]]
	[[ $output = *"$Q: stays closed to qmail"* ]]
	[ "$(stat -c %a "$Q")" -eq 0 ]
	check --repair
	is_right
	# One that was never closed is not said to be.
	copy_queue
	run -111 inject main fchmod 1 EROFS
	[[ $output = *"close to qmail: Read-only file system"* ]]
	run ! grep 'stays closed' <<<"$output"
	[ "$(stat -c %a "$Q")" -eq 750 ]
}

@test "a queue whose repair was killed lets nobody in, and says why" {
	make_queue
	copy_queue
	run -137 with_killer KILL_AT=60
	run setpriv --reuid 7791 --regid 2108 --clear-groups ls "$Q/mess"
	[ "$status" -ne 0 ]
	run -1 check
	[[ $output = *"interrupted: a repair has not ended"* ]]
	check --repair
	[ "$(stat -c %a "$Q")" -eq 750 ]
	is_right
}

@test "a queue that a sender holds is not repaired" {
	make_queue
	copy_queue
	before=$(picture)
	run -111 flock "$Q/lock/sendmutex" \
		"$CHECK" --users "$UIDS" --group "$GID" --repair "$Q"
	[[ $output = *"qmail-send is running"* ]]
	[ "$(picture)" = "$before" ]
	# To look is no harm.
	run -1 flock "$Q/lock/sendmutex" \
		"$CHECK" --users "$UIDS" --group "$GID" "$Q"
}

# On systems without flock(2) qmail uses lockf(3).
@test "the other kind of lock is seen too" {
	make_queue
	copy_queue
	before=$(picture)
	# shellcheck disable=SC2016
	run -111 perl -e 'use Fcntl; open my $f, "+<", shift or die;
		my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
		fcntl($f, F_SETLK, $lock) or die; exit(system(@ARGV) >> 8)' "$Q/lock/sendmutex" \
		"$CHECK" --users "$UIDS" --group "$GID" --repair "$Q"
	[[ $output = *"qmail-send is running"* ]]
	[ "$(picture)" = "$before" ]
}

@test "a right queue is left alone by a repair" {
	make_queue
	before=$(picture)
	check --repair
	[ "$(picture)" = "$before" ]
}

# bats test_tags=valgrind
@test "the report can be had as JSON" {
	make_queue
	copy_queue
	mess=$(with_state FLM mess)
	run -1 check --json
	jq -e --arg path "mess/${mess#"$Q/mess/"}" --argjson n "${mess##*/}" '
		.split == 23 and .big_todo == false and .remaining == 52 and
		.states.FLMR == 2 and .states.M == 2 and
		any(.faults[]; .path == $path and .message == $n and
			.kind == "name" and .mended == false)' <<<"$output"
	run -0 check --json --repair
	jq -e '.remaining == 0 and (.faults | length) == 52 and
		all(.faults[]; .mended)' <<<"$output"
	run -0 check --json
	jq -e '.faults == []' <<<"$output"
}

@test "owners and modes are set right" {
	make_queue
	chown 0:0 "$(with_state FM info)" "$Q/local" "$Q/lock/trigger"
	chmod 666 "$(with_state FLM mess)"
	chmod 4600 "$(with_state FLM local)"
	chmod 777 "$Q/mess/7" "$Q"
	[ "$(kinds)" = 'mode owner ' ]
	[ "$(check | grep -c ': \(mode\|owner\): ')" -eq 7 ]
	check --repair
	is_right
}

# bats test_tags=valgrind
@test "what is missing is made" {
	make_queue
	rm "$Q"/lock/*
	rmdir "$Q/lock" "$Q/pid"
	rm -rf "$Q"/bounce
	mkdir "$T/empty"
	queue_pl make "$T/empty/queue" 0 23 flat "$UIDS" "$GID"
	rmdir "$T"/empty/queue/local/*
	[ "$(kinds)" = 'missing ' ]
	check --repair
	check
	Q=$T/empty/queue
	check --repair
	check
	[ -p "$Q/lock/trigger" ]
	[ "$(stat -c %s "$Q/lock/tcpto")" -eq 1024 ]
}

@test "a trigger that is no pipe is made one if it is empty" {
	make_queue
	rm "$Q/lock/trigger"
	echo >"$Q/lock/trigger"
	truncate -s 10 "$Q/lock/tcpto"
	[ "$(kinds)" = 'size type ' ]
	run -1 check --repair
	[ -f "$Q/lock/trigger" ]
	: >"$Q/lock/trigger"
	check --repair
	[ -p "$Q/lock/trigger" ]
	is_right
}

@test "a file in the wrong bucket is put where it belongs" {
	make_queue
	for part in mess local; do
		file=$(with_state FLMR $part)
		number=${file##*/}
		mv "$file" "$Q/$part/$(((number + 5) % SPLIT))/"
	done
	[ "$(kinds)" = 'bucket ' ]
	check --repair
	is_right
}

@test "the number of buckets is guessed, also from a copy" {
	SPLIT=31
	make_queue
	copy_queue
	run -1 check --json
	[ "$(jq .split <<<"$output")" -eq 31 ]
	# A directory too many, or too few, does not mislead.
	mkdir "$Q/mess/31"
	[ "$(kinds)" = 'extra mode name owner ' ] ||
		[ "$(kinds)" = 'extra name ' ]
	rmdir "$Q/mess/31"
	check --repair
	is_right
}

# By chance such a message fits a split that is smaller than qmail's.
@test "one message in a wrong bucket does not make it another queue's" {
	COUNT=1
	make_queue
	file=$(echo "$Q"/mess/*/*)
	for bucket in {0..22}; do
		[ -e "$Q/mess/$bucket/${file##*/}" ] ||
			mv "$Q"/mess/*/"${file##*/}" "$Q/mess/$bucket/"
		[ "$(check --json | jq .split)" -eq 23 ]
	done
	check --repair
	is_right
}

@test "a few messages of another split go into the directories there are" {
	COUNT=3 SPLIT=7
	make_queue
	mkdir "$Q"/{mess,info,local,remote}/{7..22}
	SPLIT=23
	check --repair
	is_right
}

@test "a directory too many does not mislead where messages are too few to tell" {
	for COUNT in 0 3; do
		make_queue
		for part in mess info local remote; do
			mkdir "$Q/$part/23"
			[ "$(check --json | jq .split)" -eq 23 ]
			rmdir "$Q/$part/23"
		done
		is_right
		rm -rf "$Q"
	done
}

@test "many messages of another split tell it, whatever directories there are" {
	SPLIT=7
	make_queue
	mkdir "$Q"/{mess,info,local,remote}/{7..22}
	run -1 check --json
	[ "$(jq .split <<<"$output")" -eq 7 ]
	check --repair
	is_right
}

@test "an empty queue without directories gets those of qmail's split" {
	COUNT=0
	make_queue
	rmdir "$Q"/{mess,info,local,remote}/*
	run -1 check --json
	[ "$(jq .split <<<"$output")" -eq 23 ]
	check --repair
	is_right
}

@test "a queue is converted to another split" {
	make_queue
	check --repair --split 47
	SPLIT=47
	is_right
	check --repair --split 11
	SPLIT=11
	is_right
	[ ! -e "$Q/mess/11" ]
}

@test "a queue with big-todo is known and repaired" {
	SHAPE=big
	make_queue
	check
	[ "$(check --json | jq .big_todo)" = true ]
	copy_queue
	check --repair
	is_right
}

@test "states that qmail does not know are told, and kept together" {
	make_queue
	rm "$(with_state FLM info)"
	file=$(with_state BFM bounce)
	touch "$Q/intd/${file##*/}"
	chown 7791:2108 "$Q/intd/${file##*/}"
	copy_queue
	run -1 check --json
	[ "$(jq -r '.faults[] | select(.kind == "state") | .text' \
		<<<"$output" | grep -c ' LM$\| BDFM$')" -eq 2 ]
	run -1 check --repair
	run -1 check
	[ "$(grep -c ': state: ' <<<"$output")" -eq 2 ]
	[ "$(grep -vc ': state: ' <<<"$output")" -eq 1 ]
	with_state LM local
	with_state BDFM bounce
}

# A, to be B, while a text-less info is called B; C, to be A's number.
@test "parts without a text are never given to another message" {
	make_queue
	copy_queue
	a=$(with_state FLM mess)
	number=$(stat -c %i "$a")
	info=$Q/info/$((number % SPLIT))/$number
	printf 'nobody' >"$info"
	chown 7792:2108 "$info"
	chmod 600 "$info"
	run -1 check --repair
	[[ $output = *"/${a##*/}: taken: cannot become $number"* ]]
	[ -e "$a" ]
	[ "$(cat "$info")" = nobody ]
	# Once it is out of the way all goes well.
	rm "$info"
	check --repair
	is_right
}

@test "a number that two texts claim is left as it is" {
	make_queue
	a=$(with_state FLM mess)
	b=$(with_state MT mess)
	twin=$Q/mess/$(((${a##*/} + 1) % SPLIT))/${a##*/}
	cp -a "$b" "$twin"
	ln "$b" "$Q/mess/0/23"
	before=$(picture)
	run -1 check --repair
	[[ $output = *"mess/${twin#"$Q/mess/"}: duplicate"* ||
		$output = *"mess/${a#"$Q/mess/"}: duplicate"* ]]
	[[ $output = *"mess/0/23: duplicate"* ]]
	[ "$(picture)" = "$before" ]
}

@test "what is no name of qmail's, or no file, is told and left" {
	make_queue
	touch "$Q/mess/3/007" "$Q/todo/"$'a\nb' "$Q/info/1/5.tmp"
	mkdir "$Q/local/2/9999"
	ln -s /etc/passwd "$Q/bounce/12"
	before=$(picture)
	run -1 check --repair
	[ "$(grep -c ': stray: ' <<<"$output")" -eq 4 ]
	[[ $output = *'todo/a\x0ab: stray'* ]]
	[[ $output = *'bounce/12: type: is not a regular file'* ]]
	[ "$(picture)" = "$before" ]
	[ "$(stat -c %u /etc/passwd)" -eq 0 ]
}

@test "a file in place of lock/ is told, with what is not there for it" {
	make_queue
	rm -r "$Q/lock"
	: >"$Q/lock"
	before=$(picture)
	run -1 check
	[[ $output = *'lock: type: is not a directory'* ]]
	[[ $output = *'lock/trigger: missing: is not there'* ]]
	run -111 check --repair
	[ "$(picture)" = "$before" ]
}

@test "a text that lies in place of another's bucket makes room for it" {
	COUNT=0
	make_queue
	echo text >"$Q/text"
	bucket=$((($(stat -c %i "$Q/text") + 1) % SPLIT))
	rmdir "$Q/mess/$bucket"
	mv "$Q/text" "$Q/mess/$bucket"
	check --repair
	check
	[ "$(cat "$Q"/mess/*/*)" = text ]
}

# Put files in place of a bucket; what is in it goes one level up.
in_place() {
	local bucket=$1 file dir
	shift
	for file; do
		dir=${file%/*/*}
		mv "$file" "$T/held"
		find "$dir/$bucket" -type f -exec mv -t "$dir" {} +
		rmdir "$dir/$bucket"
		mv "$T/held" "$dir/$bucket"
	done
}

@test "a text that lies in place of its own bucket is put into it" {
	make_queue
	copy_queue
	text=$(with_state M mess)
	in_place $(($(stat -c %i "$text") % SPLIT)) "$text"
	check --repair
	is_right
}

# A copy, with all of one message in place of buckets, and the text of another.
make_obstructed() {
	make_queue
	copy_queue
	text=$(with_state M mess)
	files=("$(with_state FLM mess)" "$(with_state FLM info)"
		"$(with_state FLM local)")
	# Not in place of what the next comes from.
	case ${files[0]} in
	*/4/*) in_place 5 "$text" ;;
	*) in_place 4 "$text" ;;
	esac
	in_place 8 "${files[@]}"
}

@test "files in place of buckets make room for all that belong there" {
	make_obstructed
	check --repair
	is_right
}

# From the 4th step on the four files are hidden, from the 8th to the 19th their
# buckets are made, and then all others are hidden.
@test "a repair that is killed while it makes room is ended by the next" {
	COUNT=26
	make_obstructed
	cp -a "$Q" "$T/pattern"
	with_killer STEPS="$T/steps" >/dev/null
	is_right
	kills=(5 6 7 8 9 14 20 30)
	[ -z "${TRIGGERD_LONG:-}" ] ||
		mapfile -t kills < <(seq "$(cat "$T/steps")")
	for at in "${kills[@]}"; do
		rm -rf "$Q"
		cp -a "$T/pattern" "$Q"
		echo "killed at $at"
		run with_killer KILL_AT="$at"
		[ "$status" -eq 137 ] || [ "$at" -gt 30 ]
		check --repair >/dev/null
		is_right
	done
}

@test "what cannot be moved out of the place of a bucket is told" {
	make_queue
	copy_queue
	bucket=$(($(stat -c %i "$(with_state FLM mess)") % SPLIT))
	find "$Q/info/$bucket" -type f -exec mv -t "$Q/info" {} +
	rmdir "$Q/info/$bucket"
	printf 'nobody' >"$Q/info/$bucket"
	for round in first second; do
		echo "the $round time"
		run -111 check --repair
		[[ $output = *"info/$bucket/"*": Not a directory"* ]]
		[[ $output = *"stays closed to qmail"* ]]
	done
	[ "$(cat "$Q/info/$bucket")" = nobody ]
	rm "$Q/info/$bucket"
	check --repair
	is_right
}

@test "a directory that is a symbolic link is trouble" {
	make_queue
	mv "$Q/info" "$T/info"
	ln -s "$T/info" "$Q/info"
	run -111 check
	run -111 check --repair
	[[ $output = *info* ]]
}

@test "users and their group may be named" {
	UIDS=$(id -u root):$(id -u daemon):$(id -u bin)
	GID=$(getent group daemon | cut -d : -f 3)
	make_queue
	run -0 "$CHECK" --users root:daemon:bin --group daemon "$Q"
	run -1 "$CHECK" --users root:bin:daemon --group daemon "$Q"
	run -1 "$CHECK" --users root:daemon:bin --group "$((GID + 1))" "$Q"
}

@test "a bucket in a directory that has none is told" {
	make_queue
	mkdir "$Q/bounce/3"
	: >"$Q/bounce/3/4711"
	run -1 check
	[[ $output = *'bounce/3/4711: bucket: should be in bounce itself'* ]]
	# Without any bucket of messages it is as qmail comes.
	rm -rf "$Q/mess"
	run -1 check
	[[ $output = *'mess/22: missing: '* ]]
	[[ $output != *mess/23* ]]
}

@test "a report that cannot be written is trouble" {
	[ -c /dev/full ] || skip 'no /dev/full'
	make_queue
	run -111 bash -c '"$@" >/dev/full' bash "$CHECK" --users "$UIDS" \
		--group "$GID" "$Q"
	grep 'standard output: No space left' <<<"$output"
	run -111 bash -c '"$@" >/dev/full' bash "$CHECK" --users "$UIDS" \
		--group "$GID" --json "$Q"
	grep 'standard output: No space left' <<<"$output"
}

# With "files" alone: glibc forgets the error of a source when the next one has
# nobody of that name.
@test "a user that the system cannot be asked for is trouble, not nonsense" {
	strace -D -f -o "$T/trace" true 2>/dev/null || skip 'needs strace'
	[ -z "${BUILT:-}" ] || skip 'no strace of a sanitized program'
	make_queue
	printf '%s: files\n' passwd group >"$T/nsswitch"
	# blind FILE ARG...: with an /etc in which FILE cannot be opened.
	blind() {
		unshare -m sh -c 'mount --bind "$0" /etc/nsswitch.conf &&
			exec "$@"' "$T/nsswitch" strace -D -qq -o /dev/null \
			-P "$1" -e inject=openat:error=EMFILE "${@:2}"
	}
	blind /nowhere true || skip 'needs a mount of its own'
	run -111 blind /etc/passwd "$CHECK" --users 1:2:mail --group 1 "$Q"
	[[ $output = *'user mail: Too many open files' ]]
	run -111 blind /etc/group "$CHECK" --users 1:2:3 --group mail "$Q"
	[[ $output = *'group mail: Too many open files' ]]
}

# bats test_tags=valgrind
@test "nonsense is refused" {
	make_queue
	run -2 check --split 0
	run -2 check --split 10001
	run -2 check --split 23x
	run -2 check --frobnicate
	run -2 check "$Q"
	run -2 "$CHECK" --users a:b --group 1 "$Q"
	run -2 "$CHECK" --users 1:2 --group 1 "$Q"
	[[ $output = *"1:2: three users are needed"* ]]
	run -2 "$CHECK" --users 1:2:3:4 --group 1 "$Q"
	run -2 "$CHECK" --users 1:2:no-such-user --group 1 "$Q"
	[[ $output = *"no such user: no-such-user"* ]]
	run -2 "$CHECK" --users 1:2:3 --group no-such-group "$Q"
	run -111 "$CHECK" --users 1:2:3 --group 1 "$T/nowhere"
	[[ $output = *"$T/nowhere: No such file"* ]]
	run -0 check --help
	[[ $output = 'usage: qmail-queue-check'* ]]
	run -0 check --version
	[[ $output = 'qmail-queue-check '* ]]
}
