# What design and manual promise and no other suite keeps: see promises.md.

load lib/triggerd
load lib/traced

setup() {
	make_conf
	pid=
}

teardown() {
	untrace
	[ -z "${go:-}" ] || rm -f "$go"
	stop_triggerd
	[ -z "${quiet:-}" ] || rm -rf "$quiet"
}

# copying LINE...: the rule copy, from src/a to out.
copying() {
	command_file copy <<-'EOF'
		echo "$TRIGGERD_REASON" >>"$RUNS"
		cat "$1" >"$2" || exit
		[ ! -p "$GO" ] || read -r _ <"$GO"
		! grep -q bad "$1"
	EOF
	rule copy <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/copy $T/src/a \${new}
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 0
		$(printf '%s\n' "$@")
	EOF
	echo old >"$T/src/a"
}

out_is() { [ "$(cat "$T/out" 2>/dev/null)" = "$1" ]; }
ran() { [ "$(count "$T/runs")" -ge "$1" ]; }
state_is() { [ "$(status_of copy state)" = "$1" ]; }

# No sync here: it would ask by itself.
@test "start, pipe, signal and scan each ask about a file nobody watches" {
	copying 'watch = no'
	start_triggerd
	wait_until 10 out_is old
	stop_triggerd
	echo start | put "$T/src/a"
	start_triggerd
	wait_until 10 out_is start
	wait_until 10 state_is current
	echo touch | put "$T/src/a"
	touch "$PIPE"
	wait_until 10 out_is touch
	wait_until 10 state_is current
	echo echo | put "$T/src/a"
	echo hint >"$PIPE"
	wait_until 10 out_is echo
	wait_until 10 state_is current
	echo signal | put "$T/src/a"
	kill -ALRM "$pid"
	wait_until 10 out_is signal
	stop_triggerd
	copying 'watch = no' 'scan = 50ms'
	start_triggerd
	wait_until 10 out_is old
	echo scan | put "$T/src/a"
	wait_until 10 out_is scan
}

@test "a watched file is asked about when it changes" {
	copying
	start_triggerd
	wait_until 10 out_is old
	wait_until 10 state_is current
	echo new | put "$T/src/a"
	wait_until 10 out_is new
}

@test "after a run the question is asked again, without a hint" {
	copying 'watch = no'
	go=$T/go
	mkfifo "$go"
	start_triggerd
	wait_until 10 ran 1
	wait_until 10 test -s "$T/state/build/copy/new"
	echo new | put "$T/src/a"
	let_go "$go"
	wait_until 10 ran 2
	let_go "$go"
	wait_until 10 out_is new
}

@test "a megabyte into the pipe during a run holds nobody up" {
	copying
	go=$T/go
	mkfifo "$go"
	start_triggerd
	wait_until 10 ran 1
	timeout 120 dd if=/dev/zero of="$PIPE" bs=4096 count=256 2>/dev/null
	[ "$(count "$T/runs")" -eq 1 ]
	let_go "$go"
	barrier
}

@test "an echo while the daemon is down waits for it, and is let go" {
	copying
	start_triggerd
	stop_triggerd
	[ -p "$PIPE" ]
	echo hint >"$PIPE" 3>&- &
	echo=$!
	start_triggerd
	wait_until 10 is_gone "$echo"
	wait "$echo"
}

@test "a reader meets whole products only, and always one" {
	copying
	command_file make <<-'EOF'
		head -c 4000000 /dev/zero | tr '\0' "$(cat "$1")" >"$2"
	EOF
	sed -i "s|^command = .*|command = $T/make $T/src/a \${new}|" \
		"$CONF/rules.d/copy.ini"
	echo a >"$T/src/a"
	start_triggerd
	barrier
	perl -e 'until (-e $ARGV[1]) {
		open(my $f, "<", $ARGV[0]) or die "missing";
		local $/; my $text = <$f>;
		length($text) == 4000000 && ($text !~ /a/ || $text !~ /b/)
		    or die "torn";
	}' "$T/out" "$T/stop" 2>"$T/reader" 3>&- &
	reader=$!
	for i in b a b a b a b a b a; do
		echo "$i" >"$T/next"
		mv "$T/next" "$T/src/a"
		barrier
	done
	: >"$T/stop"
	wait "$reader" || fail_with_log "$(cat "$T/reader")"
}

@test "a product is synced, renamed from a name of its own, and synced again" {
	copying
	start_triggerd
	barrier
	trace
	echo 1 | put "$T/src/a"
	barrier
	echo 2 | put "$T/src/a"
	barrier
	untrace
	# Of each installation: the file, its new name, the directory.
	awk -v dir="$T" '
		/fsync\(.*\/\.triggerd\.copy\./ { file = 1 }
		/rename.*"\.triggerd\.copy\..*"out"/ {
			if (!file) exit 1
			match($0, /\.triggerd\.copy\.[A-Za-z0-9]+/)
			name = substr($0, RSTART, RLENGTH)
			if (name in seen) exit 1
			seen[name]; file = 0; moved = 1
		}
		moved && /fsync/ && index($0, "<" dir ">") { whole++; moved = 0 }
		END { exit whole != 2 }
	' "$T/trace" || fail_with_log "$(cat "$T/trace")"
}

@test "of an equal product nothing downstream hears" {
	copying
	rule second <<-EOF
		sources = $T/out
		command = $T/note
		settle = 0
	EOF
	command_file note <<<"echo run >>$T/noted"
	start_triggerd
	barrier
	[ "$(count "$T/noted")" -eq 1 ]
	touch "$T/src/a"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
	[ "$(count "$T/noted")" -eq 1 ]
}

@test "an equal product's owner and mode are set right on the live file" {
	copying 'mode = 0640'
	start_triggerd
	barrier
	before=$(stat -c %i "$T/out")
	[ "$(stat -c %a "$T/out")" = 640 ]
	chmod 600 "$T/out"
	barrier
	[ "$(stat -c '%i %a' "$T/out")" = "$before 640" ]
	[ "$(count "$T/runs")" -eq 2 ]
}

@test "what a command wrote before it failed is not installed" {
	copying 'retry = 1h..1h'
	start_triggerd
	barrier
	echo bad | put "$T/src/a"
	run -1 ctl sync
	out_is old
	grep 'copy: exit 1' "$T/log"
}

@test "a product with too few records is refused, and kept aside" {
	copying 'min_records = 3'
	seq 3 >"$T/src/a"
	start_triggerd
	barrier
	seq 2 | put "$T/src/a"
	run -1 ctl sync
	state_is refused
	cmp <(seq 3) "$T/out"
	cmp <(seq 2) "$T/state/refused/copy"
}

@test "a failed rule is tried again by itself, and never given up" {
	copying 'retry = 10ms..20ms'
	echo bad >"$T/src/a"
	start_triggerd
	wait_until 20 ran 30
	wait_until 10 state_is failed
	[ ! -e "$T/out" ]
	echo good | put "$T/src/a"
	wait_until 10 out_is good
}

@test "run, a change and another rule end the wait of a failed rule" {
	copying 'retry = 1h..1h'
	echo bad >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	[ "$(count "$T/runs")" -eq 1 ]
	touch "$PIPE"
	kill -ALRM "$pid"
	run -1 ctl sync
	[ "$(count "$T/runs")" -eq 1 ]
	run -1 ctl run copy
	[ "$(count "$T/runs")" -eq 2 ]
	echo bad too >"$T/next"
	mv "$T/next" "$T/src/a"
	run -1 ctl sync
	[ "$(count "$T/runs")" -eq 3 ]
	echo 'env.OTHER = 1' >>"$CONF/rules.d/copy.ini"
	ctl reload
	run -1 ctl sync
	[ "$(count "$T/runs")" -eq 4 ]
}

@test "a rule waits while one that makes its source settles or runs" {
	copying
	command_file join <<-'EOF'
		echo join >>"$RUNS"
		cat "$1" "$2" >"$3"
	EOF
	rule a-join <<-EOF
		sources = $T/src/b $T/out
		target = $T/joined
		command = $T/join $T/src/b $T/out \${new}
		env.RUNS = $T/joins
		settle = 0
	EOF
	echo 1 >"$T/src/b"
	start_triggerd
	barrier
	[ "$(count "$T/joins")" -eq 1 ]
	go=$T/go
	mkfifo "$go"
	echo new >"$T/next"
	mv "$T/next" "$T/src/a"
	wait_until 10 ran 2
	echo 2 >"$T/next"
	mv "$T/next" "$T/src/b"
	is_held() { [ "$(status_of a-join state)" = held ]; }
	wait_until 10 is_held
	[ "$(count "$T/joins")" -eq 1 ]
	let_go "$go"
	barrier
	[ "$(count "$T/joins")" -eq 2 ]
	[ "$(cat "$T/joined")" = "$(printf '2\nnew')" ]
}

# The join waits for a free place when its upstream becomes behind as well.
@test "a rule that waits for a place lets its upstream go first" {
	make_conf 'jobs = 1'
	copying
	command_file join <<-'EOF'
		echo join >>"$RUNS"
		cat "$1" "$2" >"$3"
	EOF
	rule a-join <<-EOF
		sources = $T/src/b $T/out
		target = $T/joined
		command = $T/join $T/src/b $T/out \${new}
		env.RUNS = $T/joins
		settle = 0
	EOF
	command_file block <<-'EOF'
		[ ! -p "$GO" ] || cat "$GO"
		cp "$1" "$2"
	EOF
	rule block <<-EOF
		sources = $T/src/c
		target = $T/blocked
		command = $T/block $T/src/c \${new}
		env.GO = $T/block.go
		settle = 0
	EOF
	echo 1 >"$T/src/b"
	echo 1 >"$T/src/c"
	start_triggerd
	barrier
	mkfifo "$T/block.go"
	rule_is() { [ "$(status_of "$1" state)" = "$2" ]; }
	replace() { echo "$2" >"$T/next" && mv "$T/next" "$T/src/$1"; }
	replace c 2
	wait_until 10 rule_is block running
	replace b 2
	wait_until 10 rule_is a-join queued
	replace a new
	wait_until 10 rule_is copy queued
	let_go "$T/block.go"
	barrier
	[ "$(count "$T/joins")" -eq 2 ]
	[ "$(cat "$T/joined")" = "$(printf '2\nnew')" ]
}

@test "what is written to a hint pipe is never looked at" {
	copying
	start_triggerd
	barrier
	printf 'run copy\nreload\npause copy\n$(touch %s/pwned)\n\0\377' "$T" \
		>"$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	[ "$(status_of copy paused)" != yes ]
	run ! grep -e pwned -e 'configuration loaded' "$T/log"
	[ ! -e "$T/pwned" ]
}

@test "no name of a file or an instance reaches a shell" {
	cd "$T/src"
	evil='a;touch pwned;$(touch pwned)`touch pwned`'
	rule each <<-EOF
		foreach = '$evil'
		sources = $T/src/*
		target = $T/out.each
		command = cp $T/src/\${instance} \${new}
		dir = $T
		settle = 0
	EOF
	echo 1 >"$T/src/$evil"
	start_triggerd
	barrier
	[ "$(cat "$T/out.each")" = 1 ]
	[ ! -e "$T/pwned" ]
}

@test "no hint is lost in a reload" {
	rule plain <<-EOF
		command = $T/note
		settle = 0
	EOF
	command_file note <<<"echo run >>$T/noted"
	start_triggerd
	barrier
	for i in 1 2 3 4 5 6 7 8 9 10; do
		before=$(count "$T/noted")
		kill -STOP "$pid"
		kill -HUP "$pid"
		[ $((i % 2)) -eq 0 ] && touch "$PIPE" || echo hint >"$PIPE"
		kill -CONT "$pid"
		barrier
		[ "$(count "$T/noted")" -gt "$before" ]
	done
}

@test "no hint is lost in a reload that renews the pipe" {
	rule plain <<-EOF
		command = $T/note
		settle = 0
	EOF
	command_file note <<<"echo run >>$T/noted"
	start_triggerd
	barrier
	for i in 1 2 3 4 5 6 7 8 9 10; do
		before=$(count "$T/noted")
		sed "s/^mode = .*/mode = 06$((i % 2))2/" "$CONF/triggerd.ini" \
			>"$T/triggerd.ini"
		kill -STOP "$pid"
		put "$CONF/triggerd.ini" <"$T/triggerd.ini"
		kill -HUP "$pid"
		[ $((i % 4)) -lt 2 ] && touch "$PIPE" || echo hint >"$PIPE"
		kill -CONT "$pid"
		wait_until 30 eval '[ "$(count "$T/noted")" -gt "$before" ]'
		barrier
		[ "$(stat -c %a "$PIPE")" = "6$((i % 2))2" ]
		before=$(count "$T/noted")
		touch "$PIPE"
		barrier
		[ "$(count "$T/noted")" -gt "$before" ]
	done
}

@test "between two events the daemon does not wake up" {
	! on_kqueue || skip "libkqueue wakes up when any file of /dev is closed"
	# What other tests do in the directories above is an event.
	[ ! -w /dev/shm ] || quiet=$(mktemp -d /dev/shm/triggerd.XXXXXX)
	BATS_TEST_TMPDIR=${quiet:-$BATS_TEST_TMPDIR}
	make_conf
	copying
	# So is a file system that is mounted anywhere, unless the daemon does
	# not see it.
	if unshare -m true; then
		command_file apart <<-EOF
			exec unshare -m --propagation private $TRIGGERD "\$@"
		EOF
		TRIGGERD=$T/apart
	fi
	start_triggerd
	barrier
	switches() {
		awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$pid/status"
	}
	ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
	# Two seconds in which nothing happens are what is measured.
	is_asleep() {
		local before ticked
		before=$(switches)
		ticked=$(ticks)
		run ! read -r -t 2 _ <>"$T/never"
		[ $(($(switches) - before)) -le 2 ] &&
			[ $(($(ticks) - ticked)) -le 10 ]
	}
	: >"$PIPE" # and its end of file
	barrier
	mkfifo "$T/never"
	# Look until there was none of either.
	for look in $(seq 20); do
		! is_asleep || return 0
	done
	false
}

@test "new files of strangers in a directory on the way wake nobody" {
	! on_kqueue || skip "a kqueue tells of each name in a directory"
	copying
	sed -i "s,$T/src/,$T/busy/src/," "$CONF/rules.d/copy.ini"
	mkdir -p "$T/busy/src"
	echo old >"$T/busy/src/a"
	start_triggerd
	barrier
	# How the kernel was asked to watch it: 0x100 is IN_CREATE.
	inode=$(printf 'ino:%x ' "$(stat -c %i "$T/busy")")
	asks_for_new() {
		mask=$(cat "/proc/$pid/fdinfo/"* 2>/dev/null | sed -n \
			"/^inotify .*$inode/s/.* mask:\([0-9a-f]*\).*/\1/p")
		[ $((0x${mask:-0} & 0x100)) -ne 0 ]
	}
	asks_for_new || [ -n "$mask" ] || skip "the kernel shows no watches"
	run ! asks_for_new
	mv "$T/busy/src" "$T/away"
	barrier || true # its source is gone
	wait_until 30 asks_for_new
	mv "$T/away" "$T/busy/src"
	barrier
	asks_no_more() { ! asks_for_new; }
	wait_until 30 asks_no_more
	before=$(status_of copy checks)
	echo new >"$T/busy/src/a"
	wait_until 30 eval '[ "$(status_of copy checks)" -gt "$before" ]'
}

@test "trouble is told in one line, and as long as it lasts in status" {
	copying 'retry = 10ms..20ms'
	start_triggerd
	barrier
	ln -s a "$T/loop" # ELOOP: an error for root too
	mv -T "$T/loop" "$T/src/a"
	wait_until 10 state_is blocked
	looks() { [ "$(status_of copy checks)" -ge "$1" ]; }
	wait_until 10 looks $(($(status_of copy checks) + 10))
	[ "$(grep -c 'copy: blocked' "$T/log")" -eq 1 ]
	run -1 ctl status copy
	grep "$T/src/a" <<<"$output"
	out_is old
	echo new >"$T/next"
	mv "$T/next" "$T/src/a"
	wait_until 10 out_is new
}
