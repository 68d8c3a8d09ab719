# A hint never blocks its writer, is never lost, and costs no more runs than it
# must.

load lib/triggerd

setup() {
	make_conf
	pid=
	command_file slow <<-'EOF'
		echo begun >>"$RUNS"
		[ ! -p "$GO" ] || read -r _ <"$GO"
		echo ended >>"$RUNS.ended"
	EOF
	mkfifo "$T/go"
}

teardown() {
	rm -f "$T/go"
	[ -z "$pid" ] || kill -CONT "$pid" 2>/dev/null || true
	stop_triggerd
}

# Somebody without any right but to write to the pipe, where we can be that.
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# They have all been heard when this returns: a sync of a rule that does not run
# reads the pipes dry.
hint_2000_times() {
	as_nobody "$TOP/tests/lib/hinter" touch "$PIPE" 1000
	as_nobody "$TOP/tests/lib/hinter" echo "$PIPE" 1000
	barrier other
}

# A rule that has no part in it.
other_rule() {
	rule other <<-EOF
		sources = $T/src/other
		command = true
		settle = 0
	EOF
	echo 1 >"$T/src/other"
}

@test "2,000 hints during a run make a rule without sources run once more" {
	rule plain <<-EOF
		command = $T/slow
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 0
	EOF
	other_rule
	start_triggerd
	wait_until 10 test -s "$T/runs"
	hint_2000_times
	wait_until 30 eval '[ "$(status_of plain state)" = running-again ]'
	[ "$(count "$T/runs")" -eq 1 ]
	let_go "$T/go"
	wait_until 10 eval '[ $(count "$T/runs") -eq 2 ]'
	let_go "$T/go"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
	[ "$(count "$T/runs.ended")" -eq 2 ]
}

@test "2,000 hints during a run make an unchanged rule look once, not run" {
	rule build <<-EOF
		sources = $T/src/a
		command = $T/slow
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 50ms
	EOF
	echo a >"$T/src/a"
	other_rule
	start_triggerd
	wait_until 10 test -s "$T/runs"
	hint_2000_times
	before=$(status_of build checks)
	let_go "$T/go"
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	after=$(status_of build checks)
	[ "$((after - before))" -le 2 ] # one for the hints, one for sync
}

@test "with settle = 0 an echo and a touch each run a rule exactly once" {
	rm "$T/go"
	rule plain <<-EOF
		command = $T/slow
		env.RUNS = $T/runs
		settle = 0
	EOF
	start_triggerd
	barrier
	for i in 1 2 3 4 5; do
		echo hint >"$PIPE"
		barrier
		[ "$(count "$T/runs")" -eq $((2 * i)) ]
		touch "$PIPE"
		barrier
		[ "$(count "$T/runs")" -eq $((2 * i + 1)) ]
	done
}

@test "a hint before the start is taken up by the start" {
	rm "$T/go"
	rule plain <<-EOF
		command = $T/slow
		env.RUNS = $T/runs
		settle = 0
	EOF
	start_triggerd
	barrier
	stop_triggerd
	touch "$PIPE"
	start_triggerd
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
}

@test "a pipe that is removed is made again" {
	rm "$T/go"
	rule plain <<-EOF
		command = $T/slow
		env.RUNS = $T/runs
		settle = 0
	EOF
	start_triggerd
	barrier
	rm "$PIPE"
	wait_until 10 test -p "$PIPE"
	barrier
	before=$(count "$T/runs")
	as_nobody touch "$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq $((before + 1)) ]
	[ "$(stat -c %a "$PIPE")" = 622 ]
}

# is_told_degraded [PATTERN]: what the status tells of the pipes.
is_told_degraded() {
	ctl status --json | jq -r '.daemon.degraded // empty' | grep "${1-}"
}

@test "a pipe that cannot be made anew is degraded until a scan makes it" {
	rm "$T/go"
	make_conf "scan = 0"
	rule plain <<-EOF
		command = $T/slow
		env.RUNS = $T/runs
		settle = 0
	EOF
	start_triggerd
	barrier
	run -1 is_told_degraded
	kill -STOP "$pid"
	rm "$PIPE"
	mkdir "$PIPE"
	kill -CONT "$pid"
	wait_until 30 is_told_degraded '^hint: not open: .*not a pipe'
	rmdir "$PIPE"
	kill -ALRM "$pid"
	wait_until 30 test -p "$PIPE"
	barrier
	run -1 is_told_degraded
	before=$(count "$T/runs")
	touch "$PIPE"
	wait_until 30 eval '[ "$(count "$T/runs")" -gt "$before" ]'
}

# with_pipes NAME...: a rule and a pipe of its own for each.
with_pipes() {
	local name
	for name; do
		rule $name <<-EOF
			command = $T/slow
			env.RUNS = $T/runs.$name
			settle = 0
		EOF
		cat >>"$CONF/triggerd.ini" <<-EOF
			[pipe $name]
			path = $T/run/$name
			rules = $name
		EOF
	done
}

# Two pipes that are touched in turn: equal events are merged with the last one
# of the queue only.  The third is neither the first of all nor the last.
@test "a touch that is lost in a flood of touches of other pipes is heard" {
	! on_kqueue || skip "a kqueue has one event for each file, and no queue"
	queue=$(cat /proc/sys/fs/inotify/max_queued_events)
	[ "$queue" -le 200000 ] || skip "a queue of $queue events is too long"
	rm "$T/go"
	echo 'rules = other' >>"$CONF/triggerd.ini" # its last section
	with_pipes lost other
	start_triggerd
	barrier
	[ "$(count "$T/runs.lost")" -eq 1 ]
	kill -STOP "$pid"
	perl -e 'utime(undef, undef, $ARGV[1 + $_ % 2]) for 0 .. 2 * $ARGV[0]' \
		"$queue" "$PIPE" "$T/run/other"
	touch "$T/run/lost"
	kill -CONT "$pid"
	# No sync before: nothing else may have it look.
	wait_until 30 eval '[ "$(count "$T/runs.lost")" -ge 2 ]'
	barrier
	[ "$(count "$T/runs.lost")" -eq 2 ]
	touch "$T/run/lost"
	barrier
	[ "$(count "$T/runs.lost")" -eq 3 ]
}

@test "a pipe asks only about its own rules" {
	rm "$T/go"
	with_pipes one two
	start_triggerd
	barrier
	touch "$T/run/two"
	barrier
	[ "$(count "$T/runs.one")" -eq 1 ]
	[ "$(count "$T/runs.two")" -eq 2 ]
}

@test "the daemon sleeps while nothing happens" {
	rm "$T/go"
	rule build <<-EOF
		sources = $T/src/a
		command = $T/slow
		env.RUNS = $T/runs
		settle = 0
	EOF
	echo a >"$T/src/a"
	start_triggerd
	barrier
	: >"$PIPE"
	barrier
	switches() {
		awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$pid/status"
	}
	# Each barrier wakes it a few times; a spin would wake it thousands of
	# times while the second one is on its way.
	before=$(switches)
	ticks=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	for i in 1 2 3 4 5; do barrier; done
	[ $(($(switches) - before)) -le 100 ]
	[ $(($(awk '{ print $14 + $15 }' "/proc/$pid/stat") - ticks)) -le 20 ]
}

# The status file as somebody sees it who looks after each hint of his, for a
# second: prints how often it was written, and after how many tenths.  Then he
# looks until it has been the same for a second in which the daemon slept: one
# that only waits for a processor has more to say.
look_while_hinting() {
	perl -MTime::HiRes=time,stat,sleep -e '
		my ($pipe, $status, $pid) = @ARGV;
		my ($begun, $seen, $n) = (time, "", 0);
		while (time < $begun + 1) {
			utime(undef, undef, $pipe);
			my $now = join " ", (stat $status)[1, 9];
			$n++ if $now ne $seen;
			$seen = $now;
		}
		printf "%d %d\n", $n, 10 * (time - $begun) + 1;
		for (my $same = 0; $same < 100; $same++) {
			sleep(0.01);
			my $now = join " ", (stat $status)[1, 9];
			open(my $stat, "<", "/proc/$pid/stat") or die;
			$same = 0 if $now ne $seen || <$stat> !~ /\) S /;
			$seen = $now;
		}
	' "$PIPE" "$T/run/status" "$pid"
}

hints() {
	awk '$1 == "hints" { print $2 }' "$T/run/status"
}

@test "in a flood the status is written now and then, and at the end" {
	rm "$T/go"
	rule build <<-EOF
		sources = $T/src/a
		command = true
		settle = 0
	EOF
	echo a >"$T/src/a"
	start_triggerd
	barrier
	look_while_hinting >"$T/looked"
	read -r written tenths <"$T/looked"
	echo "$written in $tenths tenths"
	[ "$written" -le $((50 + tenths * 2 + 10)) ]
	before=$(hints)
	ctl reload # writes it in any case
	[ "$(hints)" = "$before" ]
}
