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
		[ ! -e "$SRC/../broken" ] || exit 1
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
	wait_until 10 is_state obey waiting
	restart
	run -1 ctl sync
	[ "$(runs)" -eq 1 ]
	wait_until 10 is_state obey waiting
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
	wait_until 10 is_state obey refused
	[ "$(runs)" -eq 1 ]
	restart
	run -1 ctl sync
	wait_until 10 is_state obey refused
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
	wait_until 10 is_state obey refused
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
	wait_until 10 is_state obey failed
}

@test "after exit 100 and then another failure a restart tries again" {
	obeying_rule
	echo wrong >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	[ "$(status_of obey state)" = waiting ]
	touch "$T/broken"
	run -1 ctl run obey
	[ "$(status_of obey state)" = failed ]
	restart
	run -1 ctl sync
	[ "$(status_of obey state)" = failed ]
	[ "$(runs)" -eq 3 ]
	rm "$T/broken"
	ctl run obey || true
	run -1 ctl sync
	[ "$(status_of obey state)" = waiting ]
}

# A rule that cannot be compared with anything, whose command says 100 as long
# as there is the file "broken".
asking_rule() {
	command_file asks <<-'EOF'
		echo run >>"$RUNS"
		[ ! -e "$BROKEN" ] || exit 100
		[ $# -eq 0 ] || echo new >"$1"
	EOF
	rule asks <<-EOF
		env.RUNS = $T/runs
		env.BROKEN = $T/broken
		settle = 0
		retry = 1h..1h
		$(printf '%s\n' "$@")
	EOF
	: >"$T/broken"
}

@test "after exit 100 a rule without sources runs at the next hint" {
	asking_rule "command = $T/asks"
	start_triggerd
	run -1 ctl sync
	wait_until 10 is_state asks waiting
	run -1 ctl sync
	[ "$(runs)" -eq 1 ]
	touch "$PIPE"
	run -1 ctl sync
	[ "$(runs)" -eq 2 ]
	wait_until 10 is_state asks waiting
	rm "$T/broken"
	touch "$PIPE"
	barrier
	[ "$(runs)" -eq 3 ]
	wait_until 10 is_state asks current
}

@test "after exit 100 a rule that is always behind runs at hint and start" {
	asking_rule "command = $T/asks \${new}" "target = $T/out" \
		'always = yes'
	start_triggerd
	run -1 ctl sync
	run -1 ctl check
	run -1 ctl sync
	[ "$(runs)" -eq 1 ]
	touch "$PIPE"
	run -1 ctl sync
	[ "$(runs)" -eq 2 ]
	wait_until 10 is_state asks waiting
	stop_triggerd
	rm "$T/broken"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = new ]
	: >"$T/broken"
	touch "$PIPE"
	run -1 ctl sync
	wait_until 10 is_state asks waiting
	rm "$T/broken"
	touch "$PIPE"
	barrier
	[ "$(runs)" -eq 5 ]
}

# --- records -----------------------------------------------------------

# Nobody can make a file in this directory any more, but what is there can be
# read; undo with allow_writing.
forbid_writing() {
	if [ "$(id -u)" -eq 0 ]; then
		mount --bind "$1" "$1" || skip 'cannot mount here'
		mounted="$1 $mounted"
		mount -o remount,bind,ro "$1"
	else
		chmod 0500 "$1"
	fi
}

allow_writing() {
	if [ "$(id -u)" -eq 0 ]; then
		umount -l "$1" # who just tries to write there makes it busy
	else
		chmod 0700 "$1"
	fi
}

@test "a record that cannot be written is kept, shown, and written later" {
	making_rule 'retry = 50ms..200ms'
	start_triggerd
	barrier
	forbid_writing "$T/state/record"
	echo b | put "$T/src/a"
	barrier
	[ "$(cat "$T/out")" = b ]
	[ "$(runs)" -eq 2 ]
	wait_until 10 is_state make current
	grep 'record not written' <<<"$(status_of make degraded)"
	# Judged by what is kept, also when something changes again.
	touch "$PIPE"
	barrier
	[ "$(runs)" -eq 2 ]
	echo c | put "$T/src/a"
	barrier
	[ "$(runs)" -eq 3 ]
	[ "$(grep -c 'kept in memory' "$T/log")" -eq 1 ]
	allow_writing "$T/state/record"
	is_well() { [ -z "$(status_of make degraded)" ]; }
	wait_until 10 is_well
	restart
	barrier
	[ "$(runs)" -eq 3 ]
}

@test "a first record that cannot be written is kept too" {
	making_rule 'retry = 50ms..200ms'
	touch -d 2001-01-01 "$T/src/a"
	echo a >"$T/out"
	mkdir -p "$T/state/record"
	chmod 711 "$T/state"
	forbid_writing "$T/state/record"
	start_triggerd
	barrier
	[ "$(runs)" -eq 0 ]
	wait_until 10 is_state make current
	grep 'record not written' <<<"$(status_of make degraded)"
	touch -d 2000-01-01 "$T/src/a"
	barrier
	[ "$(runs)" -eq 1 ]
	allow_writing "$T/state/record"
	is_well() { [ -z "$(status_of make degraded)" ]; }
	wait_until 10 is_well
}

# What it left is newer than the source, and so it stays when there is room.
@test "a first run that failed is tried again though nothing can be written" {
	making_rule 'retry = 50ms..50ms'
	sed -i "s|\${new}|$T/out|" "$CONF/rules.d/make.ini"
	command_file make <<-'EOF'
		echo run >>"$RUNS"
		: >"$1"
		[ "$(wc -l <"$RUNS")" -gt 3 ] || exit 1
		cat "$SRC/a" >"$1"
	EOF
	mkdir -p "$T/state/record" "$T/state/begun"
	chmod 711 "$T/state"
	forbid_writing "$T/state/record"
	forbid_writing "$T/state/begun"
	start_triggerd
	is_made() { [ "$(cat "$T/out")" = a ]; }
	wait_until 30 is_made
	barrier
	[ "$(runs)" -eq 4 ]
	is_state make current
	[ "$(grep -c 'make: record not written' "$T/log")" -eq 1 ]
	allow_writing "$T/state/record"
	is_well() { [ -z "$(status_of make degraded)" ]; }
	wait_until 10 is_well
}

@test "that a first run failed is written as soon as it can be" {
	making_rule 'retry = 50ms..1h'
	sed -i "s|\${new}|$T/out|" "$CONF/rules.d/make.ini"
	command_file make <<-'EOF'
		echo run >>"$RUNS"
		: >"$1"
		exit 100
	EOF
	mkdir -p "$T/state/record" "$T/state/begun"
	chmod 711 "$T/state"
	forbid_writing "$T/state/record"
	forbid_writing "$T/state/begun"
	start_triggerd
	run -1 ctl sync
	is_state make waiting
	grep 'record not written' <<<"$(status_of make degraded)"
	allow_writing "$T/state/record"
	is_well() { [ -z "$(status_of make degraded)" ]; }
	wait_until 30 is_well
	stop_triggerd
	run -1 ctl dry-run
	grep 'make.*first-run' <<<"$output"
}

@test "a record that cannot be read blocks the rule" {
	making_rule
	start_triggerd
	barrier
	stop_triggerd
	rm "$T/state/record/make"
	ln -s make "$T/state/record/make"
	start_triggerd
	run -1 ctl sync
	wait_until 10 is_state make blocked
	[ "$(runs)" -eq 1 ]
	run -111 ctl dry-run
	grep "$T/state/record/make" <<<"$output"
	[ "$(grep -c 'make: blocked' "$T/log")" -eq 1 ]
	ctl run make
	barrier
	wait_until 10 is_state make current
	[ "$(runs)" -eq 2 ]
}

@test "a damaged record makes the rule run once" {
	making_rule
	start_triggerd
	barrier
	stop_triggerd
	echo rubbish >"$T/state/record/make"
	run -1 ctl dry-run
	grep record-damaged <<<"$output"
	start_triggerd
	barrier
	barrier
	[ "$(runs)" -eq 2 ]
	[ "$(grep -c record-damaged "$T/log")" -eq 1 ]
}

# --- mount points ------------------------------------------------------

@test "a mount point may have blanks in its name" {
	local dir="$T/a b"
	mkdir "$dir"
	mount_tmpfs "$dir"
	mounted="$T/a?b" # a word of its own for teardown
	rule list <<-EOF
		sources = "$dir/list"
		target = $T/out
		command = /bin/cp "$dir/list" \${new}
	EOF
	echo 1 >"$dir/list"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = 1 ]
	unmount "$dir"
	run -1 ctl sync
	wait_until 10 is_state list blocked
	[ "$(status_of list note)" = "$dir: not mounted" ]
}

@test "an unmounted source is no empty one" {
	mkdir "$T/mnt"
	mount_tmpfs "$T/mnt"
	command_file list <<-'EOF'
		echo run >>"$RUNS"
		cat "$SRC"/*.list >"$TRIGGERD_NEW" 2>/dev/null || :
	EOF
	rule list <<-EOF
		sources = $T/mnt/*.list
		target = $T/out
		command = $T/list \${new}
		env.RUNS = $T/runs
		env.SRC = $T/mnt
		settle = 10ms
	EOF
	echo 1 >"$T/mnt/1.list"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = 1 ]
	unmount "$T/mnt"
	run -1 ctl sync
	wait_until 10 is_state list blocked
	[ "$(status_of list note)" = "$T/mnt: not mounted" ]
	run -111 ctl dry-run
	grep "$T/mnt: not mounted" <<<"$output"
	restart
	run -1 ctl sync
	wait_until 10 is_state list blocked
	[ "$(runs)" -eq 1 ]
	[ "$(cat "$T/out")" = 1 ]
	mount_tmpfs "$T/mnt"
	echo 2 >"$T/mnt/2.list"
	barrier
	[ "$(cat "$T/out")" = 2 ]
	# Who wants it so gets it so.
	unmount "$T/mnt"
	run -1 ctl sync
	ctl run list
	barrier
	[ ! -s "$T/out" ]
	wait_until 10 is_state list current
}

@test "an unmounted target is not built into its mount point" {
	mkdir "$T/mnt"
	mount_tmpfs "$T/mnt" -o mode=0755
	making_rule
	sed -i "s|^target.*|target = $T/link/out|" "$CONF/rules.d/make.ini"
	ln -s mnt "$T/link"
	start_triggerd
	barrier
	[ -e "$T/mnt/out" ]
	unmount "$T/mnt"
	run -1 ctl sync
	wait_until 10 is_state make blocked
	[ ! -e "$T/mnt/out" ]
}

@test "a dependency that is not mounted blocks its rule" {
	mkdir "$T/mnt"
	mount_tmpfs "$T/mnt"
	echo dep >"$T/mnt/dep"
	command_file deps <<-'EOF'
		echo run >>"$RUNS"
		echo "$SRC/dep" >"$TRIGGERD_DEPS"
		cat "$SRC/dep" >"$TRIGGERD_NEW"
	EOF
	rule deps <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/deps \${new} \${deps}
		env.RUNS = $T/runs
		env.SRC = $T/mnt
		settle = 10ms
	EOF
	echo a >"$T/src/a"
	start_triggerd
	barrier
	before=$(runs)
	unmount "$T/mnt"
	run -1 ctl sync
	wait_until 10 is_state deps blocked
	[ "$(runs)" -eq "$before" ]
}

# --- long checks -------------------------------------------------------

many_files() {
	mkdir "$T/src/many"
	(cd "$T/src/many" && seq -f 'file%05.0f' 5000 | xargs touch)
}

@test "a rule with 5,000 sources is checked by a helper, and right" {
	command_file names <<-'EOF'
		echo run >>"$RUNS"
		ls "$SRC" >"$TRIGGERD_NEW"
	EOF
	rule names <<-EOF
		sources = $T/src/many/*
		target = $T/out
		command = $T/names \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src/many
		settle = 10ms
	EOF
	many_files
	start_triggerd
	barrier
	[ "$(wc -l <"$T/out")" -eq 5000 ]
	barrier
	[ "$(runs)" -eq 1 ]
	rm "$T/src/many/file03000"
	barrier
	[ "$(wc -l <"$T/out")" -eq 4999 ]
	[ "$(runs)" -eq 2 ]
	restart
	barrier
	[ "$(runs)" -eq 2 ]
	ctl pause names # else it may be done before dry-run looks
	echo changed | put "$T/src/many/file00001"
	run -1 ctl dry-run
	grep "$T/src/many/file00001" <<<"$output"
	ctl resume names
	barrier
	[ "$(runs)" -eq 3 ]
}

# A rule whose check takes minutes, since it has gigabytes (of zeros) to read.
big_rule() {
	rule big <<-EOF
		sources = $T/src/big
		compare = content
		command = true
		settle = 10ms
		retry = 1h..1h
		$*
	EOF
	making_rule
	truncate -s 500G "$T/src/big" || skip 'no file of 500 GB here'
}

# Stop the only child of the daemon.
stop_helper() {
	helper=$(cat "/proc/$pid/task/$pid/children")
	helper=${helper%% *}
	[ -n "$helper" ] && kill -STOP "$helper" 2>/dev/null
}

@test "a helper that hangs keeps nobody else waiting" {
	big_rule
	"$TRIGGERD" -c "$CONF" 2>>"$T/log" 3>&- &
	pid=$!
	# What is left is the one that looks at the big one.
	is_checked() { is_state make current; }
	wait_until 10 is_checked
	wait_until 10 is_state big checking
	wait_until 10 stop_helper
	echo changed >"$T/src/a"
	barrier make
	[ "$(cat "$T/out")" = changed ]
	wait_until 10 is_state big checking
	kill -KILL "$helper"
	wait_until 10 is_state big blocked
	grep 'big: helper died of signal 9' "$T/log"
	grep 'did not answer' <<<"$(status_of big note)"
	echo small >"$T/src/big"
	barrier
	wait_until 10 is_state big current
}

@test "a helper that takes too long is ended, and its rule blocked" {
	big_rule 'timeout = 100ms'
	sed -i 's/^retry = .*/retry = 100ms..100ms/' "$CONF/rules.d/big.ini"
	sed -i 's/^state = .*/&\nhelper_timeout = 50ms/' "$CONF/triggerd.ini"
	start_triggerd
	run -1 ctl sync
	wait_until 10 is_state big blocked
	grep 'big: helper took too long' "$T/log"
	echo small >"$T/src/big"
	wait_until 10 is_state big current
}

@test "a long check whose record cannot be written is kept too" {
	command_file names <<-'EOF'
		echo run >>"$RUNS"
		ls "$SRC" >"$TRIGGERD_NEW"
	EOF
	rule names <<-EOF
		sources = $T/src/many/*
		target = $T/out
		command = $T/names \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src/many
		settle = 10ms
		retry = 50ms..200ms
	EOF
	many_files
	mkdir -p "$T/state/record"
	chmod 711 "$T/state"
	forbid_writing "$T/state/record"
	start_triggerd
	barrier
	barrier
	[ "$(runs)" -eq 1 ]
	rm "$T/src/many/file03000"
	barrier
	[ "$(runs)" -eq 2 ]
	grep 'record not written' <<<"$(status_of names degraded)"
	allow_writing "$T/state/record"
	is_well() { ! status_of names degraded | grep record; }
	wait_until 10 is_well
	restart
	barrier
	[ "$(runs)" -eq 2 ]
}

# lines_cdb N: src/a becomes a cdb of N records, each of ten lines.
lines_cdb() {
	seq "$1" | awk '{ printf "+%d,10:%d->%s", length($1), $1,
		"\n\n\n\n\n\n\n\n\n\n\n" } END { print "" }' |
		cdb -c "$T/made"
	mv "$T/made" "$T/src/a"
}

@test "a count of lines is no base for one of records, nor the other way" {
	making_rule 'max_shrink = 20%'
	lines_cdb 100
	start_triggerd
	barrier
	[ "$(status_of make records)" -ge 1000 ]
	echo 'check = cdb' >>"$CONF/rules.d/make.ini"
	ctl reload
	lines_cdb 90
	barrier
	cmp "$T/src/a" "$T/out"
	[ "$(status_of make records)" -eq 90 ]
	sed -i '/^check/d' "$CONF/rules.d/make.ini"
	ctl reload
	lines_cdb 20
	run -1 ctl sync
	grep 'max_shrink is 20%' <<<"$output"
	# Of one unit again, the record counts.
	echo 'check = cdb' >>"$CONF/rules.d/make.ini"
	ctl reload
	lines_cdb 80
	barrier
	lines_cdb 63
	run -1 ctl sync
	grep '63 records, were 80, max_shrink is 20%' <<<"$output"
}

# --- blocked, idle, vanished -------------------------------------------

@test "a source that cannot be looked at blocks its rule until it can" {
	making_rule 'retry = 50ms..100ms'
	start_triggerd
	barrier
	ln -sf a "$T/src/a"
	run -1 ctl sync
	wait_until 10 is_state make blocked
	[ "$(cat "$T/out")" = a ]
	[ "$(runs)" -eq 1 ]
	# It is asked again by itself, and does not say so each time.
	asked_more() { [ "$(status_of make checks)" -ge $((checks + 3)) ]; }
	checks=$(status_of make checks)
	wait_until 10 asked_more
	[ "$(grep -c 'make: blocked' "$T/log")" -eq 1 ]
	run -111 ctl dry-run
	rm "$T/src/a"
	echo b >"$T/src/a"
	barrier
	[ "$(cat "$T/out")" = b ]
}

@test "a source below a file is absent, not unknown" {
	making_rule
	sed -i "s|^sources = .*|& $T/src/dir/b|" "$CONF/rules.d/make.ini"
	mkdir "$T/src/dir"
	echo b >"$T/src/dir/b"
	start_triggerd
	barrier
	rm -r "$T/src/dir"
	echo file | put "$T/src/dir"
	barrier
	wait_until 10 is_state make current
	[ "$(runs)" -eq 2 ]
}

@test "a build without sources or product is idle" {
	making_rule
	rm "$T/src/a"
	start_triggerd
	barrier
	wait_until 10 is_state make idle
	[ "$(runs)" -eq 0 ]
	echo a | put "$T/src/a"
	barrier
	wait_until 10 is_state make current
	[ "$(runs)" -eq 1 ]
}

@test "a product of ours that is not to be made and vanishes is told of once" {
	making_rule 'create = no'
	start_triggerd
	barrier
	wait_until 10 is_state make idle
	run ! grep vanished "$T/log"
	echo old >"$T/old"
	touch -d 2001-01-01 "$T/old"
	mv "$T/old" "$T/out"
	barrier
	[ "$(cat "$T/out")" = a ]
	rm "$T/out"
	barrier
	barrier
	wait_until 10 is_state make idle
	[ "$(grep -c "make: $T/out: vanished" "$T/log")" -eq 1 ]
	[ "$(runs)" -eq 1 ]
}

# --- when is it behind -------------------------------------------------

@test "without a record an older source is no reason, an equal one is" {
	making_rule
	touch -d 2001-01-01 "$T/src/a"
	echo old >"$T/out"
	touch -d 2001-01-02 "$T/out"
	start_triggerd
	barrier
	[ "$(runs)" -eq 0 ]
	stop_triggerd
	rm "$T/state/record/make"
	touch -r "$T/src/a" "$T/out"
	run -1 ctl dry-run
	grep source-newer <<<"$output"
	start_triggerd
	barrier
	[ "$(runs)" -eq 1 ]
}

@test "a changed rule runs again, a changed comment does not" {
	making_rule
	start_triggerd
	barrier
	stop_triggerd
	echo '; a comment' >>"$CONF/rules.d/make.ini"
	echo 'settle_max = 1s' >>"$CONF/rules.d/make.ini"
	start_triggerd
	barrier
	[ "$(runs)" -eq 1 ]
	stop_triggerd
	echo 'env.MORE = 1' >>"$CONF/rules.d/make.ini"
	run -1 ctl dry-run
	grep rule-changed <<<"$output"
	start_triggerd
	barrier
	[ "$(runs)" -eq 2 ]
}

@test "equal content under new stamps is stored without a run" {
	making_rule 'compare = content'
	start_triggerd
	barrier
	cp "$T/src/a" "$T/src/copy"
	mv "$T/src/copy" "$T/src/a"
	barrier
	touch -d 2001-01-01 "$T/src/a"
	barrier
	[ "$(runs)" -eq 1 ]
	restart
	barrier
	[ "$(runs)" -eq 1 ]
	echo b >"$T/b"
	touch -d 2001-01-01 "$T/b"
	mv "$T/b" "$T/src/a"
	barrier
	[ "$(runs)" -eq 2 ]
}

@test "same-size rewrites within a tick are all seen" {
	mkdir "$T/ram"
	TYPE=ramfs mount_tmpfs "$T/ram"
	command_file make <<-'EOF'
		cat "$SRC/a" >"$1"
	EOF
	rule make <<-EOF
		sources = $T/ram/a
		target = $T/out
		command = $T/make \${new}
		env.SRC = $T/ram
		settle = 0
		watch = no
	EOF
	echo 1000 >"$T/ram/a"
	start_triggerd
	barrier
	for round in 1 2 3 4 5 6 7 8 9 10; do
		# The first is seen, at some moment; the others must be too.
		echo >"$PIPE"
		for ((i = 0; i < 200; i++)); do
			echo $((1000 + round * 200 + i)) >"$T/ram/a"
		done
		barrier
		[ "$(cat "$T/out")" = "$(cat "$T/ram/a")" ]
	done
}

@test "what a command reports as read is a source, until it does not" {
	command_file deps <<-'EOF'
		echo run >>"$RUNS"
		for name in $(cat "$SRC/a"); do
			echo "$SRC/$name" >>"$TRIGGERD_DEPS"
			cat "$SRC/$name" 2>/dev/null
		done >"$TRIGGERD_NEW"
		[ -e "$TRIGGERD_DEPS" ] || : >"$TRIGGERD_DEPS"
	EOF
	rule deps <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/deps \${new} \${deps}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
	EOF
	echo one >"$T/src/one"
	echo two >"$T/src/two"
	touch -d 2001-01-01 "$T/src/one" "$T/src/two"
	echo one missing >"$T/src/a"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = one ]
	before=$(runs)
	echo uno | put "$T/src/one"
	barrier
	[ "$(cat "$T/out")" = uno ]
	[ "$(runs)" -eq $((before + 1)) ]
	echo here | put "$T/src/missing"
	barrier
	[ "$(cat "$T/out")" = "$(printf 'uno\nhere')" ]
	echo two two | put "$T/src/a"
	barrier
	before=$(runs)
	echo ein | put "$T/src/one"
	barrier
	[ "$(runs)" -eq "$before" ]
	echo due | put "$T/src/two"
	barrier
	[ "$(cat "$T/out")" = "$(printf 'due\ndue')" ]
}

@test "a new dependency that changes while it is read counts as changed" {
	command_file deps <<-'EOF'
		echo run >>"$RUNS"
		cat "$SRC/dep" >"$TRIGGERD_NEW"
		[ -e "$SRC/once" ] || echo later >"$SRC/dep"
		: >"$SRC/once"
		echo "$SRC/dep" >"$TRIGGERD_DEPS"
	EOF
	rule deps <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/deps \${new} \${deps}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
	EOF
	echo a >"$T/src/a"
	echo first >"$T/src/dep"
	start_triggerd
	barrier
	barrier # the change during the run is none that the first waits for
	[ "$(cat "$T/out")" = later ]
	[ "$(runs)" -eq 2 ]
}

@test "a dependency reported twice is one" {
	command_file deps <<-'EOF'
		echo run >>"$RUNS"
		printf '%s\n%s\n' "$SRC/z" "$SRC/z" >"$TRIGGERD_DEPS"
		cat "$SRC/a" >"$TRIGGERD_NEW"
	EOF
	rule deps <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/deps \${new} \${deps}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
	EOF
	touch -d 2001-01-01 "$T/src/a" "$T/src/z"
	start_triggerd
	barrier
	# Young as it is, it may have counted as changed during the first run.
	[ "$(runs)" -le 2 ]
	run ! grep damaged "$T/log"
}

@test "a rule that is always behind runs for hint, start and scan" {
	making_rule 'always = yes' 'scan = 200ms'
	sed -i 's/always = yes scan/always = yes\nscan/' "$CONF/rules.d/make.ini"
	start_triggerd
	ran_thrice() { [ "$(runs)" -ge 3 ]; }
	wait_until 10 ran_thrice
	[ "$(cat "$T/out")" = a ]
	stop_triggerd
	sed -i '/^scan/d' "$CONF/rules.d/make.ini"
	before=$(runs)
	start_triggerd
	barrier
	[ "$(runs)" -eq $((before + 1)) ]
}

@test "a rule that changes its own source runs less and less, and is named" {
	command_file self <<-'EOF'
		date +%s%3N >>"$RUNS"
		cat "$SRC/a" >"$1"
		date +%N >"$SRC/a"
	EOF
	rule self <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/self \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
	EOF
	echo a >"$T/src/a"
	start_triggerd
	wait_until 10 is_state self restless
	[ "$(runs)" -eq 3 ]
	grep "self: behind again after 3 runs ($T/src/a)" "$T/log"
	[ "$(status_of self path)" = "$T/src/a" ]
	# By itself after each wait, which is longer than the one before.
	runs_again() { [ "$(runs)" -ge 5 ]; }
	wait_until 30 runs_again
	[ $(($(sed -n 5p "$T/runs") - $(sed -n 4p "$T/runs"))) -ge 1000 ]
	# One more run for whoever waits, and then it is named.
	run -1 ctl sync
	grep self <<<"$output"
	[ "$(runs)" -ge 6 ]
}

@test "a directory with a time to come makes nothing restless" {
	mkdir "$T/src/d"
	touch -d '+1 year' "$T/src/d"
	command_file make <<-EOF
		ls "$T/src" >"\$1"
	EOF
	rule make <<-EOF
		sources = $T/src/*
		target = $T/out
		command = $T/make \${new}
		settle = 10ms
	EOF
	start_triggerd
	wait_until 30 is_state make current
	barrier
	: >"$T/src/d/x"
	touch -d '+1 year' "$T/src/d"
	: >"$T/src/b"
	wait_until 30 grep -qx b "$T/out"
	wait_until 30 is_state make current
}

# fails_and_changes STATUS: the same, but its command ends so each time.
fails_and_changes() {
	command_file self <<-EOF
		echo run >>"\$RUNS"
		date +%N >"\$SRC/log"
		exit $1
	EOF
	rule self <<-EOF
		sources = $T/src/*
		target = $T/out
		command = $T/self \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src
		settle = 10ms
	EOF
	echo a >"$T/src/a"
	start_triggerd
	wait_until 10 is_state self restless
	[ "$(runs)" -ge 3 ]
	grep "self: behind again after 3 runs" "$T/log"
}

@test "a command that fails and changes a source is no busy loop" {
	fails_and_changes 1
}

@test "who mends the source of a command that changes it need not wait long" {
	command_file self <<-EOF
		echo run >>"$T/runs"
		date +%N >"$T/src/log"
		grep good "$T/src/a" >"\$1"
	EOF
	rule self <<-EOF
		sources = $T/src/*
		target = $T/out
		command = $T/self \${new}
		retry = 1s..1h
		settle = 10ms
	EOF
	echo bad >"$T/src/a"
	start_triggerd
	# Mended long before it is due: where the wait is short, who knows why
	# it ended?
	waits_long() {
		due=$(status_of self next_at)
		is_state self restless &&
			[ $((due - $(date +%s%3N))) -gt "${1:-0}" ]
	}
	wait_until 120 waits_long "${TRIGGERD_LONG:+40000}"
	echo good | put "$T/src/a"
	wait_until 30 grep -s good "$T/out"
	is_told() { [ "$(status_of self last_ok_at)" -gt 0 ]; }
	wait_until 30 is_told
	[ -z "${TRIGGERD_LONG:-}" ] ||
		[ "$(status_of self last_ok_at)" -lt "$due" ]
}

@test "a command that calls the source wrong and changes it is no busy loop" {
	fails_and_changes 100
}

# storm COUNT: change the source all the time, while a run takes as long as many
# changes, until the product was made that often, or 300 seconds have passed.
# Prints how often it was, and by how many milliseconds it lagged at most.
storm() {
	local now end=$(($(date +%s%3N) + 300000)) made=0 worst=0 last new
	last=$(cat "$T/out")
	while now=$(date +%s%3N) && [ "$now" -lt "$end" ]; do
		put "$T/src/a" <<<"$now"
		new=$(cat "$T/out")
		[ $((now - new)) -le "$worst" ] || worst=$((now - new))
		[ "$new" = "$last" ] || [ $((made += 1)) -lt "$1" ] || break
		last=$new
	done
	echo "$made $worst"
}

@test "somebody who changes sources all the time waits for no product long" {
	[ -n "${TRIGGERD_LONG:-}" ] || skip 'takes 30 seconds (TRIGGERD_LONG)'
	mkfifo "$T/never"
	command_file slow <<-EOF
		#!/bin/bash
		cat "$T/src/a" >"\$1"
		read -r -t 0.3 _ <>"$T/never"
		exit 0
	EOF
	sed -i 1d "$T/slow"
	rule slow <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/slow \${new}
		settle = 10ms
	EOF
	date +%s%3N >"$T/src/a"
	start_triggerd
	barrier
	read -r made lag < <(storm 40)
	echo "# lagged by $lag ms at most" >&3
	[ "$made" -eq 40 ]
	barrier
	cmp "$T/src/a" "$T/out"
}

@test "a rule whose only source is reported as a dependency too runs once" {
	command_file both <<-'EOF'
		echo run >>"$RUNS"
		cat "$SRC" >"$1"
		echo "$SRC" >"$2"
	EOF
	rule both <<-EOF
		sources = $T/src/only
		target = $T/both.out
		command = $T/both \${new} \${deps}
		env.SRC = $T/src/only
		env.RUNS = $T/both.runs
		settle = 0
	EOF
	echo 1 >"$T/src/only"
	touch -d 2001-01-01 "$T/src/only"
	start_triggerd
	barrier
	barrier
	[ "$(count "$T/both.runs")" -eq 1 ]
	run ! grep damaged "$T/log"
}
