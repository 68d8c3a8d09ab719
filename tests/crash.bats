# Killed without warning, again and again: the next daemon makes it right.

load lib/triggerd

setup() {
	make_conf
	pid=
	watcher=
}

teardown() {
	[ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
	stop_triggerd
}

# A command that takes a moment, and notices when it is not alone.
slow_copy() {
	command_file copy <<-'EOF'
		mkdir "$ALONE" 2>/dev/null || echo "$TRIGGERD_RULE" >>"$TWICE"
		nap=$(($(od -An -N1 -tu1 /dev/urandom) % 60 + 1000))
		sleep "0.${nap#1}" # the work that a build does
		cat "$SRC" >"$1"
		rmdir "$ALONE"
	EOF
	for i in 1 2 3; do
		rule "r$i" <<-EOF
			sources = $T/src/$i
			target = $T/out/$i
			command = $T/copy \${new}
			env.SRC = $T/src/$i
			env.ALONE = $T/alone.$i
			env.TWICE = $T/twice
			settle = 5ms
		EOF
		echo 0 >"$T/src/$i"
	done
	mkdir "$T/out"
}

# Says so when a product is missing, however shortly.
watch_products() {
	perl -e 'while (1) { for (@ARGV) { -e $_ or print "$_\n" and exit } }' \
		"$T/out/1" "$T/out/2" "$T/out/3" >"$T/missing" 3>&- &
	watcher=$!
}

# After a barrier: every product is that of its source, and nothing is left.
is_right() {
	for i in 1 2 3; do
		cmp "$T/src/$i" "$T/out/$i"
	done
	[ ! -e "$T/twice" ]
	[ ! -s "$T/missing" ]
	[ -z "$(find "$T/out" "$T/state/record" -name '.triggerd.*')" ]
}

# 20 times; 100 with TRIGGERD_LONG.  CRASH_SEED repeats a test.
@test "after kill -9 at any moment, start and sync make every product right" {
	rounds=20
	[ -z "${TRIGGERD_LONG:-}" ] || rounds=100
	RANDOM=${CRASH_SEED:=$RANDOM}
	echo "seed $CRASH_SEED"
	slow_copy
	start_triggerd
	barrier
	watch_products
	for round in $(seq $rounds); do
		echo "$round" >"$T/src/$((RANDOM % 3 + 1))"
		echo "$round" >"$T/src/$((RANDOM % 3 + 1))"
		# A random moment of the next 100 ms is what is tested here.
		perl -e 'select(undef, undef, undef, $ARGV[0] / 1e6)' \
			$((RANDOM * 3))
		kill_triggerd
		start_triggerd
		# Every other one is killed while it looks after what was left.
		if [ $((RANDOM % 2)) -eq 0 ]; then
			barrier
			is_right
		fi
	done
	barrier
	is_right
}

# hold_lock DIR: a daemon is killed, and somebody has its lock.
hold_lock() {
	command_file hold <<-'EOF'
		exec 9>>"$1"
		flock 9
		echo held >"$2"
		read -r _ <"$2"
	EOF
	[ -p "$T/go" ] || mkfifo "$T/go"
	start_triggerd
	kill_triggerd
	"$T/hold" "$T/$1/lock" "$T/go" 3>&- &
	holder=$!
	read -r _ <"$T/go"
}

# What a child holds for a moment, between its start and the closing of what it
# has inherited; a busy machine makes that moment long.
@test "a daemon waits for the lock that a child of a killed one still has" {
	let_go_when_waited_for() {
		wait_until 10 grep "$1: held, though .* gone: waiting" "$T/log"
		let_go "$T/go"
	}
	for dir in run state; do
		hold_lock "$dir"
		let_go_when_waited_for "$T/$dir/lock" 3>&- &
		waiter=$!
		start_triggerd
		wait "$waiter"
		barrier
		stop_triggerd
	done
}

# The configuration has been read by then, and is not watched yet.
@test "what changes while a lock is waited for is not lost" {
	slow_copy
	hold_lock run
	change_meanwhile() {
		wait_until 10 grep 'gone: waiting' "$T/log"
		cp "$CONF/rules.d/r1.ini" "$T/new"
		sed -i 's|out/1|out/new|' "$T/new"
		mv "$T/new" "$CONF/rules.d/new.ini"
		let_go "$T/go"
	}
	change_meanwhile 3>&- &
	waiter=$!
	start_triggerd
	wait "$waiter"
	wait_until 30 test -e "$T/out/new"
}

@test "a signal while a lock is waited for is heard later" {
	hold_lock state
	"$TRIGGERD" -c "$CONF" 2>>"$T/log" 3>&- &
	pid=$!
	wait_until 10 grep 'gone: waiting' "$T/log"
	kill -HUP "$pid"
	kill -ALRM "$pid"
	let_go "$T/go"
	wait_until 30 grep 'SIGALRM: asking every rule' "$T/log"
	wait_until 30 grep 'configuration loaded' "$T/log"
	barrier
}

@test "who stopped in order left nobody that might hold its lock" {
	hold_lock run
	let_go "$T/go"
	wait "$holder"
	start_triggerd
	stop_triggerd
	"$T/hold" "$T/run/lock" "$T/go" 3>&- &
	read -r _ <"$T/go"
	run -111 "$TRIGGERD" -c "$CONF"
	[[ $output == *'held: a triggerd runs here already' ]]
	run ! grep waiting <<<"$output"
	let_go "$T/go"
}
