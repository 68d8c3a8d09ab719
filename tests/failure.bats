# Trouble with the machine: the old product stays, nothing is left about, and
# it heals by itself.

load lib/triggerd
load lib/witness

setup() {
	make_conf
	pid=
	mkdir "$T/etc"
	command_file copy <<-'EOF'
		cat "$1" >"$2"
	EOF
	rule copy <<-EOF
		sources = $T/src/a
		target = $T/etc/out
		command = $T/copy $T/src/a \${new}
		settle = 0
		retry = 1h..1h
	EOF
	echo old >"$T/src/a"
}

teardown() {
	stop_triggerd
	umount "$T/etc" 2>/dev/null || true
	[ -z "${small:-}" ] || umount -l "$small"
}

# small_disk [DIRECTORY [MODE]]
small_disk() {
	mkdir -p "${1:-$T/etc}"
	mount -t tmpfs -o "size=64k,mode=${2:-755}" tmpfs "${1:-$T/etc}" \
		2>/dev/null || skip "needs root to mount a tmpfs"
	small=${1:-}
}

# fill DIRECTORY: there is no room left on its file system, until its ballast is
# removed.
fill() {
	run ! dd if=/dev/zero of="$1/ballast" bs=4096 status=none
	grep 'No space left' <<<"$output"
}

# A product that needs more room than what replaces it leaves.
many_lines() { seq "$1" "$(($1 + 3000))"; }

is_made() { cmp -s "$T/src/a" "$T/etc/out"; }

has_failed() {
	[ "$(status_of copy state)" = failed ] &&
		[ "$(status_of copy failures)" -ge "$1" ]
}

tried_soon() {
	sed -i 's/^retry = .*/retry = 50ms..200ms/' "$CONF/rules.d/copy.ini"
}

@test "on a full disk the old product stays, whole and alone" {
	small_disk
	start_triggerd
	barrier
	head -c 200000 /dev/zero | put "$T/src/a"
	run -1 ctl sync
	grep 'No space left on device' "$T/log"
	[ "$(cat "$T/etc/out")" = old ]
	[ "$(ls -A "$T/etc")" = out ]
	echo new | put "$T/src/a"
	barrier
	[ "$(cat "$T/etc/out")" = new ]
}

@test "in a read-only directory the old product stays until it can go" {
	small_disk
	start_triggerd
	barrier
	mount -o remount,ro "$T/etc"
	echo new | put "$T/src/a"
	run -1 ctl sync
	grep 'Read-only file system' "$T/log"
	[ "$(cat "$T/etc/out")" = old ]
	mount -o remount,rw "$T/etc"
	ctl run copy
	[ "$(cat "$T/etc/out")" = new ]
}

# Nobody asks: no sync, no run, no other change.
@test "when a full disk has room again the product comes by itself" {
	small_disk
	tried_soon
	start_triggerd
	barrier
	mkdir "$T/etc/other" # where it has no watch
	fill "$T/etc/other"
	many_lines 1 | put "$T/src/a"
	wait_until 30 has_failed 2
	[ "$(cat "$T/etc/out")" = old ]
	rm "$T/etc/other/ballast"
	wait_until 30 is_made
	barrier
	[ "$(ls -A "$T/etc")" = "$(printf 'other\nout')" ]
}

@test "when a read-only directory can be written the product comes by itself" {
	small_disk
	tried_soon
	start_triggerd
	barrier
	mount -o remount,ro "$T/etc"
	many_lines 1 | put "$T/src/a"
	wait_until 30 has_failed 2
	[ "$(cat "$T/etc/out")" = old ]
	mount -o remount,rw "$T/etc"
	wait_until 30 is_made
	barrier
	[ "$(ls -A "$T/etc")" = out ]
}

# Where the command makes it, before it is checked.
@test "when a full state directory has room the product comes by itself" {
	small_disk "$T/state" 711
	tried_soon
	start_triggerd
	barrier
	fill "$T/state"
	many_lines 1 | put "$T/src/a"
	wait_until 30 has_failed 2
	[ "$(cat "$T/etc/out")" = old ]
	rm "$T/state/ballast"
	wait_until 30 is_made
}

# What runs without a product has no record.  The only rule: what another one
# gives back for a moment would do for it.
@test "with a full state directory it goes on, and mends all by itself" {
	small_disk "$T/state" 711
	rm "$CONF/rules.d/copy.ini"
	witness
	start_triggerd
	barrier
	fill "$T/state"
	is_served
	is_kept() { status_of witness degraded | grep 'record not written'; }
	wait_until 30 is_kept
	is_served
	[ "$(grep -c 'witness: .*kept in memory' "$T/log")" -eq 1 ]
	rm "$T/state/ballast"
	is_well() { [ -z "$(status_of witness degraded)" ]; }
	wait_until 30 is_well
	stop_triggerd
	before=$(count "$T/witnessed")
	start_triggerd
	barrier
	[ "$(count "$T/witnessed")" -eq "$before" ]
}

@test "with a full run directory it goes on, and the status comes by itself" {
	small_disk "$T/run"
	start_triggerd
	barrier
	fill "$T/run"
	for i in 1 2 3; do
		many_lines $i | put "$T/src/a"
		barrier
		is_made
	done
	[ "$(status_of copy runs)" -eq 1 ]
	[ "$(grep -c 'run/status: write' "$T/log")" -eq 1 ]
	rm "$T/run/ballast"
	tells() { [ "$(status_of copy "$1")" = "$2" ]; }
	wait_until 30 tells runs 4
	tells state current
	[ "$(ls -A "$T/run" | grep -c '^status')" -eq 1 ]
}

@test "temporary files that a crash left are gone after the start" {
	start_triggerd
	barrier
	stop_triggerd
	echo x >"$T/etc/.triggerd.copy.ABCdef"
	echo x >"$T/etc/.triggerd.other.ABCdef"
	start_triggerd
	[ ! -e "$T/etc/.triggerd.copy.ABCdef" ]
	[ -e "$T/etc/.triggerd.other.ABCdef" ]
	[ "$(cat "$T/etc/out")" = old ]
}

@test "half of a refused product that a crash left is gone after the start" {
	start_triggerd
	barrier
	stop_triggerd
	mkdir -p "$T/state/refused"
	echo x >"$T/state/refused/.copy"
	echo x >"$T/state/refused/copy"
	start_triggerd
	[ "$(ls -A "$T/state/refused")" = copy ]
}

@test "temporary files of a helper that was killed go with the next install" {
	start_triggerd
	barrier
	echo x >"$T/etc/.triggerd.copy.ABCdef"
	echo new | put "$T/src/a"
	barrier
	[ "$(ls -A "$T/etc")" = out ]
}

is_null() {
	[ "$(readlink "$1")" = /dev/null ]
}

@test "standard descriptors that are closed at the start are /dev/null" {
	mkfifo "$T/ready"
	"$TRIGGERD" -c "$CONF" -r 4 <&- >&- 2>&- 3>&- 4>"$T/ready" &
	pid=$!
	read -r -t 120 _ <"$T/ready"
	for fd in 0 1 2; do
		is_null "/proc/$pid/fd/$fd"
	done
	echo new >"$T/src/a"
	barrier
	[ "$(cat "$T/etc/out")" = new ]
	# 111: what it has to say cannot be printed.
	said=0
	ctl status <&- >&- || said=$?
	[ "$said" -eq 111 ]
}

# The rule "copy" counts its runs; during those whose numbers the file "theirs"
# holds, somebody else writes to the target.
racing_rule() {
	command_file copy <<-'EOF'
		echo run >>"$TOP/runs"
		cat "$1" >"$2"
		grep -qsx "$(wc -l <"$TOP/runs")" "$TOP/theirs" || exit 0
		date +%s.%N >"$TOP/etc/out"
	EOF
	echo "env.TOP = $T" >>"$CONF/rules.d/copy.ini"
}

@test "a run that lost to somebody else is asked for again at once" {
	racing_rule
	echo 2 >"$T/theirs"
	start_triggerd
	barrier
	echo new | put "$T/src/a"
	barrier
	[ "$(count "$T/runs")" -eq 3 ]
	[ "$(cat "$T/etc/out")" = new ]
}

@test "a run that lost three times in a row has failed" {
	racing_rule
	printf '%s\n' 2 3 4 >"$T/theirs"
	start_triggerd
	barrier
	echo new >"$T/src/.a"
	mv "$T/src/.a" "$T/src/a"
	run -1 ctl sync
	[ "$(count "$T/runs")" -eq 4 ]
	[ "$(status_of copy state)" = failed ]
	[ "$(status_of copy failures)" -eq 3 ]
	grep "out was changed by somebody else" <<<"$output"
}

@test "sync waits for the run that follows one that lost" {
	racing_rule
	echo 2 >"$T/theirs"
	# So long that the command is there before the run.
	sed -i 's/^settle = 0/settle = 500ms/' "$CONF/rules.d/copy.ini"
	start_triggerd
	barrier
	echo new >"$T/src/.a"
	mv "$T/src/.a" "$T/src/a"
	barrier
	[ "$(count "$T/runs")" -eq 3 ]
	[ "$(cat "$T/etc/out")" = new ]
	[ "$(status_of copy state)" = current ]
}

@test "a refused product is kept aside, for the administrator only" {
	echo 'min_records = 1' >>"$CONF/rules.d/copy.ini"
	start_triggerd
	barrier
	printf half | put "$T/src/a"
	barrier
	put "$T/src/a" </dev/null
	run -1 ctl sync
	grep "refused: 0 records, min_records is 1" "$T/log"
	[ "$(cat "$T/etc/out")" = half ]
	[ "$(ls -A "$T/etc")" = out ]
	[ "$(stat -c '%a %s' "$T/state/refused/copy")" = '600 0' ]
	echo new | put "$T/src/a"
	barrier
	[ "$(cat "$T/etc/out")" = new ]
}

@test "a user who may have no more processes has his rule run later" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to run commands as another user"
	command -v prlimit || skip "no prlimit"
	sed -i 's/^retry = .*/retry = 50ms..50ms\nuser = games/' \
		"$CONF/rules.d/copy.ini"
	start_triggerd
	barrier
	prlimit --pid "$pid" --nproc=0: # not for root's
	echo new | put "$T/src/a"
	# Its first process is refused, or the next one.
	wait_until 30 grep -E 'copy: .*(temporarily|Cannot fork)' "$T/log"
	[ "$(cat "$T/etc/out")" = old ]
	prlimit --pid "$pid" --nproc=1000:
	is_new() { [ "$(cat "$T/etc/out")" = new ]; }
	wait_until 30 is_new
	barrier
	[ "$(ls -A "$T/etc")" = out ]
}
