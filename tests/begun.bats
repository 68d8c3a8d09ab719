# A target that a run of ours may have written is newer than its sources, and
# that tells nothing: not after a run that ended badly, nor to a rule that comes
# to the target by another name.

load lib/triggerd
load lib/traced

setup() {
	make_conf
	pid=
	# Reads at once, empties the target, if it writes there by itself, and
	# goes on when it may; the first $FAIL times it fails then.
	command_file early <<-'EOF'
		text=$(cat "$2")
		[ "$1" != "$TRIGGERD_TARGET" ] || : >"$1"
		echo $$ >"$RUNS.group"
		echo "$TRIGGERD_RULE" >>"$RUNS"
		[ ! -p "$GO" ] || read -r _ <"$GO"
		[ "$(wc -l <"$RUNS")" -gt "$FAIL" ] || exit 1
		echo "$text" >"$1"
	EOF
	echo a >"$T/src/a"
}

teardown() {
	untrace
	[ ! -p "$T/go" ] || { : <>"$T/go"; rm "$T/go"; }
	stop_triggerd
}

# early NAME PRODUCT [FAIL]: PRODUCT is where its command writes.
early() {
	rule "$1" <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/early $2 $T/src/a
		env.RUNS = $T/runs
		env.GO = $T/go
		env.FAIL = ${3:-0}
		settle = 10ms
		retry = 1h..1h
	EOF
}

runs() { tr '\n' ' ' <"$T/runs"; }

# rename_rule FROM TO
rename_rule() {
	mv "$CONF/rules.d/$1.ini" "$CONF/rules.d/$2.ini"
}

# All that waits may go on, until this holds.
until_out_is() {
	[ ! -p "$T/go" ] || : <>"$T/go"
	[ "$(cat "$T/out")" = "$1" ]
}

is_queued() { [ "$(status_of "$1" state)" = queued ]; }

# The second is found behind as the source is newer, and then it is no more.
a_renamed_rule_is_run() {
	mkfifo "$T/go"
	early one "$1"
	start_triggerd
	wait_until 30 test -s "$T/runs"
	echo b | put "$T/src/a"
	rename_rule one two
	ctl reload
	wait_until 30 is_queued two
	let_go "$T/go"
	wait_until 30 until_out_is b
	barrier
	[ "$(runs)" = 'one two ' ]
	[ "$(status_of two state)" = current ]
}

@test "what a renamed rule's run had read is not current for its heir" {
	a_renamed_rule_is_run '${new}'
}

@test "nor what its command wrote into the target by itself" {
	a_renamed_rule_is_run "$T/out"
}

@test "a new command is run, though the old one still wrote the target" {
	mkfifo "$T/go"
	early one "$T/out"
	start_triggerd
	wait_until 30 test -s "$T/runs"
	command_file other <<-'EOF'
		echo other >>"$RUNS"
		echo other >"$1"
	EOF
	sed -i "s|$T/early|$T/other|" "$CONF/rules.d/one.ini"
	ctl reload
	let_go "$T/go"
	wait_until 30 until_out_is other
	barrier
	[ "$(runs)" = 'one other ' ]
}

@test "who takes over a target that a discarded run half wrote makes it anew" {
	mkfifo "$T/go"
	early one "$T/out" 1
	start_triggerd
	wait_until 30 test -s "$T/runs"
	cp "$CONF/rules.d/one.ini" "$CONF/rules.d/two.ini"
	sed "s|$T/out|$T/other|" "$CONF/rules.d/two.ini" |
		put "$CONF/rules.d/one.ini"
	ctl reload
	wait_until 30 is_queued two
	let_go "$T/go"
	both_made() { until_out_is a && [ "$(cat "$T/other")" = a ]; }
	wait_until 30 both_made
	barrier
}

@test "a rule whose run failed is behind under another name, too" {
	early one "$T/out" 2
	start_triggerd
	run -1 ctl sync
	[ ! -s "$T/out" ]
	rename_rule one two
	ctl reload
	run -1 ctl sync
	[ "$(runs)" = 'one two ' ]
	[ ! -s "$T/out" ]
	stop_triggerd
	rename_rule two three
	run -1 ctl dry-run
	grep 'three.*first-run' <<<"$output"
	start_triggerd
	barrier
	[ "$(runs)" = 'one two three ' ]
	[ "$(cat "$T/out")" = a ]
}

@test "a first run that was killed while it wrote the target is run again" {
	mkfifo "$T/go"
	early one "$T/out"
	start_triggerd
	wait_until 30 test -s "$T/runs"
	kill_triggerd
	kill -KILL -- "-$(cat "$T/runs.group")"
	rm "$T/go"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = a ]
	[ "$(runs)" = 'one one ' ]
}

@test "a target that no run of ours wrote is judged by its time" {
	early one "$T/out"
	echo mine | put "$T/out"
	touch -d 2001-01-01 "$T/src/a"
	start_triggerd
	barrier
	rename_rule one two
	ctl reload
	barrier
	[ "$(cat "$T/out")" = mine ]
	[ ! -e "$T/runs" ]
	# A product that was refused has not come there.
	early two '${new}'
	echo 'min_records = 5' >>"$CONF/rules.d/two.ini"
	ctl reload
	run -1 ctl sync
	[ "$(runs)" = 'two ' ]
	rename_rule two three
	ctl reload
	barrier
	[ "$(cat "$T/out")" = mine ]
	[ "$(runs)" = 'two ' ]
}

# is_synced_first PRODUCT: that a run began is on the disk before a product can
# be, also where the two are on different ones; the next time there is nothing
# to sync.
is_synced_first() {
	command_file early <<-'EOF'
		cat "$2" >"$1.part"
		mv "$1.part" "$1"
	EOF
	rm "$T/src/a"
	early one "$1"
	start_triggerd
	barrier
	trace
	echo a | put "$T/src/a"
	barrier
	echo b | put "$T/src/a"
	barrier
	untrace
	[ "$(cat "$T/out")" = b ]
	awk -v begun="$T/state/begun" '
		/fsync\(/ && index($0, "<" begun ">") { synced++ }
		/rename/ && /out"/ && !synced { early = 1 }
		END { exit early || synced != 1 }
	' "$T/trace" || fail_with_log "$(cat "$T/trace")"
}

@test "that a run began is on the disk before its product is installed" {
	is_synced_first '${new}'
}

@test "that a run began is on the disk before its command writes the target" {
	is_synced_first "$T/out"
}
