# What the daemon remembers, and when it takes a product to be behind.

load lib/triggerd

setup() {
	make_conf
	pid=
	mounted=
}

teardown() {
	stop_triggerd
	for dir in $mounted; do
		umount -l "$dir" 2>/dev/null || true
	done
}

# A rule that copies src/a, and its command as a file to be replaced.
making_rule() {
	command_file make <<-'EOF'
		echo run >>"$RUNS"
		cat "$SRC/a" >"$1"
	EOF
	rule make <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/make \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
		$*
	EOF
	echo a >"$T/src/a"
}

runs() {
	count "$T/runs"
}

is_state() {
	[ "$(status_of "$1" state)" = "$2" ]
}

# Only root may mount; what is mounted here goes with the test.
mount_tmpfs() {
	local dir=$1
	shift
	[ "$(id -u)" -eq 0 ] || skip "only root may mount"
	mount -t "${TYPE:-tmpfs}" "$@" none "$dir" || skip "cannot mount here"
	mounted="$dir $mounted"
}

restart() {
	stop_triggerd
	start_triggerd
}

# --- tried -------------------------------------------------------------

# A command that obeys the first word of its source.
obeying_rule() {
	command_file obey <<-'EOF'
		echo run >>"$RUNS"
		read -r word rest <"$SRC/a"
		[ "$word" != wrong ] || exit 100
		[ "$word" != fail ] || exit 1
		cat "$SRC/a" >"$1"
	EOF
	rule obey <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/obey \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
		retry = 1h..1h
		$*
	EOF
}

@test "after exit 100 not even a restart runs the command again" {
	obeying_rule
	echo wrong >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	[ "$(runs)" -eq 1 ]
	is_state obey waiting
	restart
	run -1 ctl sync
	[ "$(runs)" -eq 1 ]
	is_state obey waiting
	[ "$(status_of obey note)" = "exit 100" ]
	run -1 ctl dry-run
	grep 'not tried again: exit 100' <<<"$output"
	run ! grep 'would run' <<<"$output"
	run -1 ctl run obey
	[ "$(runs)" -eq 2 ]
	echo right >"$T/src/a"
	barrier
	[ "$(cat "$T/out")" = right ]
	[ ! -e "$T/state/tried/obey" ]
}

@test "after exit 100 a change while the daemon was down is seen" {
	obeying_rule
	echo wrong >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	stop_triggerd
	echo right >"$T/src/a"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = right ]
}

@test "after exit 100 another command is tried" {
	obeying_rule
	echo wrong >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	stop_triggerd
	echo 'env.MORE = 1' >>"$CONF/rules.d/obey.ini"
	start_triggerd
	run -1 ctl sync
	[ "$(runs)" -eq 2 ]
}

@test "a file that only a failed command has named ends the wait too" {
	command_file include <<-'EOF'
		echo run >>"$RUNS"
		echo "$SRC/part" >"$TRIGGERD_DEPS"
		grep -q right "$SRC/part" || exit 100
		cat "$SRC/part" >"$TRIGGERD_NEW"
	EOF
	rule include <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/include \${new} \${deps}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
	EOF
	echo a >"$T/src/a"
	echo wrong >"$T/src/part"
	start_triggerd
	run -1 ctl sync
	is_state include waiting || fail_with_log "$(status_of include state)"
	echo right >"$T/src/part"
	barrier
	[ "$(cat "$T/out")" = right ]
}

@test "a refused product is not built again by a restart, but by its guard" {
	obeying_rule 'min_records = 3'
	printf 'one\ntwo\n' >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	is_state obey refused
	[ "$(runs)" -eq 1 ]
	restart
	run -1 ctl sync
	is_state obey refused
	[ "$(runs)" -eq 1 ]
	[ "$(status_of obey next_at)" -gt 0 ]
	stop_triggerd
	sed -i 's/min_records = 3/min_records = 2/' "$CONF/rules.d/obey.ini"
	start_triggerd
	barrier
	[ "$(runs)" -eq 2 ]
	[ "$(wc -l <"$T/out")" -eq 2 ]
}

@test "a refused product is built again once its longest wait is over" {
	obeying_rule 'min_records = 3'
	sed -i 's/1h..1h/50ms..300ms/' "$CONF/rules.d/obey.ini"
	printf 'one\ntwo\n' >"$T/src/a"
	start_triggerd
	ran_thrice() { [ "$(runs)" -ge 3 ]; }
	wait_until 10 ran_thrice
	is_state obey refused || is_state obey running || is_state obey checking
	stop_triggerd
	before=$(runs)
	start_triggerd
	ran_more() { [ "$(runs)" -gt "$before" ]; }
	wait_until 10 ran_more
}

@test "a command that fails otherwise is tried again by a restart" {
	obeying_rule
	echo fail >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	restart
	run -1 ctl sync
	[ "$(runs)" -eq 2 ]
	is_state obey failed
}
