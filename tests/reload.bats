# Reload is a transaction: the new configuration is complete and valid, or the
# old one stays; unchanged rules keep their state; no hint is lost.

load lib/triggerd

setup() {
	make_conf
	pid=
	command_file copy <<-'EOF'
		echo "$TRIGGERD_RULE" >>"$RUNS"
		[ ! -p "$GO" ] || read -r _ <"$GO"
		cat "$2" >"$1"
	EOF
	echo a >"$T/src/a"
}

teardown() {
	[ ! -p "$T/go" ] || { : <>"$T/go"; rm "$T/go"; }
	[ ! -e "$T/huge" ] || : >"$T/huge" # who reads it comes to its end
	[ -z "${survivor:-}" ] || kill "$survivor" 2>/dev/null || true
	[ -z "${orphans:-}" ] || kill "$orphans"
	stop_triggerd
}

# copying NAME [LINE]
copying() {
	rule "$1" <<-EOF
		sources = $T/src/a
		target = $T/$1.out
		command = $T/copy \${new} $T/src/a
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 10ms
		${2:-}
	EOF
}

is_paused() {
	[ "$(status_of "$1" paused)" = 1 ]
}

# begin_pause RULE: the daemon has heard of a pause that waits for a run.
begin_pause() {
	ctl pause "$1" 3>&- &
	pause=$!
	wait_until 30 is_paused "$1"
}

@test "reload takes up new rules and lets removed ones go" {
	copying one
	start_triggerd
	barrier
	copying two
	rm "$CONF/rules.d/one.ini"
	ctl reload
	barrier
	[ -e "$T/two.out" ]
	run -2 ctl check one
	[ -z "$(status_of one state)" ]
	echo b | put "$T/src/a"
	barrier
	[ "$(cat "$T/one.out")" = a ]
	[ "$(cat "$T/two.out")" = b ]
}

@test "who asks to reload at the same time gets one reload" {
	copying one
	start_triggerd
	barrier
	copying two
	mkfifo "$T/run/reply/first" "$T/run/reply/last"
	exec {first}<>"$T/run/reply/first" {last}<>"$T/run/reply/last"
	# 44 kB in the pipe before the daemon sees any of it.
	kill -STOP "$pid"
	{
		echo 'reload first'
		yes 'reload nobody-is-there' | head -n 2000
		echo 'reload last'
	} >"$T/run/control"
	kill -CONT "$pid"
	for fd in "$first" "$last"; do
		read -r -t 30 -u "$fd" status
		[ "$status" = 0 ]
	done
	barrier
	[ -e "$T/two.out" ]
	# A turn of the loop for each 4 kB.
	[ "$(grep -c 'configuration loaded' "$T/log")" -le 15 ]
}

@test "half a command at the end of a whole read spoils no other" {
	start_triggerd
	printf 'check\n%04090d' 0 >"$T/run/control"
	barrier
	# Dropped, or a line without a name if it was ended in time.
	wait_until 30 grep -q -e 'dropped 1 bad line' -e "reply name in '00" \
		"$T/log"
}

@test "a rule that did not change is not run by a reload" {
	copying one
	start_triggerd
	barrier
	ctl reload
	kill -HUP "$pid"
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
}

@test "a rule that changed is run again" {
	copying one
	start_triggerd
	barrier
	copying one "env.NEW = yes"
	ctl reload
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
}

@test "an error in one file leaves everything as it was, and is shown" {
	copying one
	start_triggerd
	barrier
	echo 'suorces = x' >>"$CONF/rules.d/one.ini"
	copying two # a change is loaded by itself: not before the error
	run -2 ctl reload
	grep 'one.ini:.*suorces' <<<"$output"
	run -1 ctl status
	grep suorces <<<"$output"
	echo b | put "$T/src/a"
	barrier
	[ "$(cat "$T/one.out")" = b ]
	[ ! -e "$T/two.out" ]
	copying one
	ctl reload
	run ! grep config_error "$T/run/status"
	barrier
	[ -e "$T/two.out" ]
}

@test "what others find the daemon by needs a restart to change" {
	start_triggerd
	barrier
	cp "$CONF/triggerd.ini" "$T/before"
	for key in run state; do
		sed "s|^$key = .*|$key = $T/elsewhere|" "$T/before" |
			put "$CONF/triggerd.ini"
		kill -HUP "$pid" # a client would look in the new place
		wait_until 30 grep "$key: needs a restart" "$T/log"
	done
	put "$CONF/triggerd.ini" <"$T/before"
	ctl reload
	[ ! -e "$T/elsewhere" ]
	sed "s|^run = |control_group = $(id -gn nobody)\n&|" "$T/before" |
		put "$CONF/triggerd.ini"
	kill -HUP "$pid"
	wait_until 30 grep 'control_group: needs a restart' "$T/log"
}

@test "a valid change of the rules directory is loaded by itself" {
	copying one
	start_triggerd
	barrier
	copying two
	wait_until 10 test -e "$T/two.out"
}

@test "with auto_reload = no it waits to be told" {
	make_conf 'auto_reload = no'
	copying one
	rule clock <<-EOF
		sources = $T/src
		target = $T/clock.out
		always = yes
		scan = 1s
		command = /bin/sh -c 'echo tick >>$T/ticks; echo x >"\$1"' - \${new}
	EOF
	start_triggerd
	barrier
	copying two
	barrier
	# Longer than what is loaded by itself settles.
	before=$(count "$T/ticks")
	ticked() { [ "$(count "$T/ticks")" -ge $((before + 2)) ]; }
	wait_until 30 ticked
	run ! grep 'configuration loaded' "$T/log"
	kill -HUP "$pid"
	wait_until 10 test -e "$T/two.out"
	grep -c 'configuration loaded' "$T/log" | grep -x 1
}

@test "what a changed rule's command is building is discarded" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 10 test -s "$T/runs"
	copying one 'mode = 0600'
	ctl reload
	let_go "$T/go"
	wait_until 10 eval '[ "$(count "$T/runs")" -eq 2 ]'
	[ ! -e "$T/one.out" ]
	let_go "$T/go"
	barrier
	[ "$(stat -c %a "$T/one.out")" = 600 ]
}

@test "an unchanged rule's run goes on over a reload" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 10 test -s "$T/runs"
	ctl reload
	exec 6<>"$T/go"
	rm "$T/go" # a second run would not wait
	echo go >&6
	barrier
	exec 6<&-
	[ "$(count "$T/runs")" -eq 1 ]
	[ "$(cat "$T/one.out")" = a ]
}

@test "a removed rule may finish its run" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 10 test -s "$T/runs"
	rm "$CONF/rules.d/one.ini"
	ctl reload
	[ -z "$(status_of one state)" ]
	let_go "$T/go"
	wait_until 10 test -e "$T/one.out"
}

@test "a removed rule's run ends well when other rules waited for it" {
	mkfifo "$T/go"
	copying one
	rule after <<-EOF
		sources = $T/one.out
		target = $T/after.out
		command = /bin/cp $T/one.out \${new}
		settle = 10ms
	EOF
	start_triggerd
	wait_until 10 test -s "$T/runs"
	rm "$CONF/rules.d/one.ini"
	ctl reload
	let_go "$T/go"
	wait_until 10 cmp "$T/one.out" "$T/after.out"
	barrier
}

# Its install is held by a file named in ${deps} that takes minutes to read.
@test "a rule removed and added again waits for its own install" {
	truncate -s 500G "$T/huge" || skip "no sparse files here"
	command_file hash <<-'EOF'
		echo run >>"$TOP/hashed"
		cat "$TOP/src/a" >"$1"
		echo "$TOP/huge" >"$2"
	EOF
	rule hash <<-EOF
		sources = $T/src/a
		target = $T/out
		compare = content
		command = $T/hash \${new} \${deps}
		env.TOP = $T
		settle = 0
	EOF
	copying other
	start_triggerd
	is_state() { [ "$(status_of hash state)" = "$1" ]; }
	wait_until 10 is_state installing
	mv "$CONF/rules.d/hash.ini" "$T/hash.ini"
	ctl reload
	is_state ''
	mv "$T/hash.ini" "$CONF/rules.d/hash.ini"
	ctl reload
	wait_until 10 is_state queued
	echo b | put "$T/src/a"
	barrier other
	# A start that finds the lock held says so at once.
	run ! grep 'earlier daemon' "$T/log"
	is_state queued
	[ "$(count "$T/hashed")" -eq 1 ]
	truncate -s 0 "$T/huge"
	barrier
	[ "$(count "$T/hashed")" -eq 2 ]
	[ "$(cat "$T/out")" = b ] || fail_with_log "not b"
	run ! grep -E 'left behind|earlier daemon|somebody else' "$T/log"
}

# reading NAME [LINE]: what it copies is no source, but told by ${deps}.
reading() {
	command_file read <<-'EOF'
		[ ! -d "$MAZE.next" ] || mv "$MAZE.next" "$MAZE"
		cat "$3" >"$1"
		echo "$3" >"$2"
	EOF
	echo a >"$T/$1.read"
	rule "$1" <<-EOF
		sources = $T/src/a
		target = $T/$1.out
		command = $T/read \${new} \${deps} $T/$1.read
		env.MAZE = $T/maze
		settle = 10ms
		${2:-}
	EOF
}

@test "a rule that is to be watched again has its dependencies watched" {
	make_conf 'auto_reload = no'
	reading one 'watch = no'
	start_triggerd
	barrier
	sed -i '/^watch/d' "$CONF/rules.d/one.ini"
	ctl reload
	barrier
	echo b | put "$T/one.read"
	wait_until 30 grep b "$T/one.out"
}

has_no_helper() {
	! pgrep -P "$pid" >/dev/null
}

is_in_the_maze() {
	[ "$(status_of one state)$(status_of one runs)" = checking1 ]
}

# The look after its run has no end before the maze has one.
@test "a look of a removed rule takes no watches from the next" {
	make_conf 'auto_reload = no'
	reading one "watch = no"
	sed -i "s:^sources.*:& $T/maze/*/*/*/*/*/*.x:" "$CONF/rules.d/one.ini"
	mkdir "$T/maze.next"
	for ((i = 0; i < 60; i++)); do
		ln -s . "$T/maze.next/$i"
	done
	start_triggerd
	wait_until 30 is_in_the_maze
	rm "$CONF/rules.d/one.ini"
	ctl reload
	reading two
	ctl reload
	barrier
	rm -r "$T/maze"
	wait_until 30 has_no_helper
	barrier
	echo b | put "$T/two.read"
	wait_until 30 grep b "$T/two.out"
}

@test "a rule renamed during its run waits for that one's install" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	mv "$CONF/rules.d/one.ini" "$CONF/rules.d/two.ini"
	ctl reload
	wait_until 30 eval '[ -n "$(status_of two reason)" ]'
	[ "$(status_of two state)" = queued ]
	[ "$(cat "$T/runs")" = one ]
	let_go "$T/go"
	# It is newer than the source, which tells nothing: see begun.bats.
	let_go "$T/go"
	barrier
	[ "$(tr '\n' ' ' <"$T/runs")" = 'one two ' ]
	[ "$(cat "$T/one.out")" = a ]
	[ "$(status_of two state)" = current ]
}

# hand_over [SED]: two gets the target for which one's command runs, and waits;
# one gets another, and what the commands for sed make of it.
hand_over() {
	sed -e "s|^target = .*|target = $T/three.out|" -e "${1:-}" \
		"$CONF/rules.d/one.ini" >"$T/changed"
	cp "$CONF/rules.d/one.ini" "$CONF/rules.d/two.ini"
	mv "$T/changed" "$CONF/rules.d/one.ini"
	ctl reload
	wait_until 30 eval '[ -n "$(status_of two reason)" ]'
	[ "$(status_of two state)" = queued ]
	[ "$(cat "$T/runs")" = one ]
}

@test "who takes over the target of a rule in its run waits for that run" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	hand_over
	# What was begun for the old target is discarded, and both are made.
	both_made() {
		: <>"$T/go"
		[ -e "$T/one.out" ] && [ -e "$T/three.out" ]
	}
	wait_until 30 both_made
	[ "$(cat "$T/one.out")" = a ]
	[ "$(cat "$T/three.out")" = a ]
}

@test "a rule that becomes another kind while it runs keeps no place taken" {
	make_conf 'jobs = 1'
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 10 test -s "$T/runs"
	rule one <<-EOF
		sources = $T/src/a
		command = /bin/true
		settle = 10ms
	EOF
	ctl reload
	let_go "$T/go"
	barrier
	rm "$T/go"
	copying two
	ctl reload
	barrier
	cmp "$T/src/a" "$T/two.out"
}

@test "pipes come and go with the configuration" {
	rule plain <<-EOF
		command = $T/copy /dev/null $T/src/a
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 0
	EOF
	start_triggerd
	barrier
	printf '[pipe more]\npath = %s\n' "$T/run/more" >>"$CONF/triggerd.ini"
	ctl reload
	echo hint >"$T/run/more"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
	touch "$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq 3 ]
	make_conf
	ctl reload
	touch "$T/run/more" "$PIPE"
	barrier
	[ "$(count "$T/runs")" -eq 4 ]
}

@test "a reload that needs other directories is refused" {
	copying one
	start_triggerd
	sed -i "s|^state = .*|state = $T/state2|" "$CONF/triggerd.ini"
	run -2 ctl reload
	grep state <<<"$output"
}

@test "a pipe that cannot be made refuses the reload" {
	copying one
	start_triggerd
	barrier # a run has descriptors of its own
	mkdir "$T/run/bad"
	printf '[pipe more]\npath = %s\n[pipe bad]\npath = %s\n' "$T/run/more" \
		"$T/run/bad" >>"$CONF/triggerd.ini"
	run -2 ctl reload
	barrier
	before=$(descriptors)
	run -2 ctl reload
	barrier
	[ "$(descriptors)" -eq "$before" ]
}

# Where the directory of a pipe is not there yet, nothing hints that it comes.
# with_pipe_elsewhere LINE...: of triggerd.ini.
with_pipe_elsewhere() {
	make_conf "$@"
	copying one
	start_triggerd
	barrier
	{
		cat "$CONF/triggerd.ini"
		printf '[pipe more]\npath = %s\n' "$T/later/more"
	} >"$T/longer"
	mv "$T/longer" "$CONF/triggerd.ini"
}

is_refused() { ctl status --json | jq -re .daemon.config_error; }

is_accepted() {
	[ -p "$T/later/more" ] && run ! is_refused
}

# are_scanned: often enough that what was refused was read again, too.
are_scanned() {
	local checks
	checks=$(status_of one checks)
	was_scanned() { [ "$(status_of one checks)" -gt $((checks + 3)) ]; }
	wait_until 30 was_scanned
}

@test "a refused configuration is taken up by the scan once it is right" {
	with_pipe_elsewhere 'scan = 1s'
	wait_until 30 is_refused
	is_refused | grep "more: $T/later/more: its lock file: No such file"
	are_scanned # in vain, and said once
	[ "$(grep -c 'its lock file' "$T/log")" -eq 1 ]
	[ "$(grep -c 'configuration refused' "$T/log")" -eq 1 ]
	touch "$T/later" # another reason
	is_no_directory() { is_refused | grep 'Not a directory'; }
	wait_until 30 is_no_directory
	rm "$T/later"
	mkdir "$T/later"
	wait_until 30 is_accepted
	[ "$(grep -c 'configuration loaded' "$T/log")" -eq 1 ]
}

@test "a refused configuration is taken up by SIGALRM, where nothing is scanned" {
	with_pipe_elsewhere 'scan = 0'
	wait_until 30 is_refused
	mkdir "$T/later"
	kill -ALRM "$pid"
	wait_until 30 is_accepted
}

@test "a daemon that stops takes up no configuration by itself" {
	with_pipe_elsewhere 'scan = 1s'
	wait_until 30 is_refused
	mkfifo "$T/go"
	echo b | put "$T/src/a"
	wait_until 30 grep -q '^state running' "$T/run/status"
	kill -TERM "$pid"
	wait_until 30 grep -q ': stopping' "$T/log"
	mkdir "$T/later"
	kill -ALRM "$pid"
	# As long as it would have taken.
	now=$SECONDS
	wait_until 30 eval '[ "$SECONDS" -ge $((now + 3)) ]'
	echo >"$T/go"
	stop_triggerd
	run ! grep 'configuration loaded' "$T/log"
	[ ! -e "$T/later/more" ]
}

@test "with auto_reload = no what was refused waits to be told again" {
	with_pipe_elsewhere 'auto_reload = no' 'scan = 1s'
	run -2 ctl reload
	mkdir "$T/later"
	kill -ALRM "$pid"
	are_scanned
	is_refused
	ctl reload
	is_accepted
}

@test "a paused rule waits, also after a restart, and resume asks it" {
	copying one
	start_triggerd
	barrier
	ctl pause one
	echo b | put "$T/src/a"
	run -1 ctl sync
	grep 'one: paused' <<<"$output"
	is_paused one
	stop_triggerd
	start_triggerd
	run -1 ctl sync
	[ "$(cat "$T/one.out")" = a ]
	ctl resume one
	barrier
	[ "$(cat "$T/one.out")" = b ]
}

@test "check names rules that are not well, with 1, but not those that run" {
	copying one
	copying two 'watch = no'
	copying wrong
	command_file fail <<-'EOF'
		exit 100
	EOF
	sed -i "s|^command = .*|command = $T/fail \${new}|" \
		"$CONF/rules.d/wrong.ini"
	copying blocked
	ln -s loop "$T/src/loop"
	sed -i "s|^sources = .*|sources = $T/src/loop|" \
		"$CONF/rules.d/blocked.ini"
	start_triggerd
	run -1 ctl sync
	run -0 ctl check one two
	[ -z "$output" ]
	ctl pause one
	run -1 --separate-stderr ctl check
	[ -z "$output" ]
	grep -x 'one: paused' <<<"$stderr"
	grep '^wrong: waiting' <<<"$stderr"
	grep '^blocked: blocked' <<<"$stderr"
	[ "${#stderr_lines[@]}" -eq 3 ]
	mkfifo "$T/go"
	echo b | put "$T/src/a"
	run -0 timeout 60 "$CTL" -c "$CONF" check two # behind, and at work
	[ -z "$output" ]
	wait_until 30 eval '[ "$(status_of two state)" = running ]'
	let_go "$T/go"
}

# The look has no end before the maze has one.
@test "check waits for another look where a reload threw its own away" {
	make_conf 'auto_reload = no'
	copying one 'watch = no'
	sed -i "s:^sources.*:& $T/maze/*/*/*/*/*/*.x:" "$CONF/rules.d/one.ini"
	mkdir "$T/maze"
	start_triggerd
	barrier
	for ((i = 0; i < 60; i++)); do
		ln -s . "$T/maze/$i"
	done
	ctl check one 2>"$T/said" 3>&- &
	client=$!
	wait_until 30 is_in_the_maze
	ln -sf a "$T/src/a"
	echo 'description = another' >>"$CONF/rules.d/one.ini"
	ctl reload
	wait_until 30 is_in_the_maze
	rm -r "$T/maze"
	said=0
	wait "$client" || said=$?
	[ "$said" -eq 1 ]
	grep '^one: blocked' "$T/said"
}

@test "pause waits for a running command" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 10 test -s "$T/runs"
	begin_pause one
	kill -0 "$pause"
	let_go "$T/go"
	wait "$pause"
	[ "$(cat "$T/one.out")" = a ]
}

@test "pause waits for a left-over run, too" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	kill_triggerd
	start_triggerd
	wait_until 30 grep 'earlier daemon' "$T/log"
	{
		ctl pause one
		flock -n "$T/state/one.lock" true
	} 3>&- &
	waiter=$!
	wait_until 30 is_paused one
	let_go "$T/go"
	wait "$waiter"
	[ "$(count "$T/runs")" -eq 1 ]
}

# Pause, and fail if a run goes on when that is answered.
pause_and_look() {
	local lock
	timeout 60 "$CTL" -c "$CONF" pause "$@"
	for lock in "$T"/state/*.lock; do
		flock -ns "$lock" true # shared: two may look at once
	done
}

@test "pause waits for the run of a removed rule" {
	mkfifo "$T/go"
	copying one
	copying two 'watch = no'
	sed -i 's|src/a|src/b|' "$CONF/rules.d/two.ini" # idle: it has no source
	start_triggerd
	wait_until 30 test -s "$T/runs"
	rm "$CONF/rules.d/one.ini"
	ctl reload
	run -0 timeout 60 "$CTL" -c "$CONF" pause two # which is none of it
	ctl resume
	pause_and_look 3>&- &
	waiter=$!
	wait_until 30 is_paused two
	let_go "$T/go"
	wait "$waiter"
	[ "$(count "$T/runs")" -eq 1 ]
}

@test "pause waits for the run of a rule that comes back or is renamed" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	mv "$CONF/rules.d/one.ini" "$T/one.ini"
	ctl reload
	cp "$T/one.ini" "$CONF/rules.d/one.ini"
	ctl reload
	pause_and_look one 3>&- &
	waiter=$!
	wait_until 30 is_paused one
	mv "$CONF/rules.d/one.ini" "$CONF/rules.d/two.ini"
	ctl reload
	pause_and_look two 3>&- &
	other=$!
	wait_until 30 is_paused two
	let_go "$T/go"
	wait "$waiter"
	wait "$other"
	[ "$(cat "$T/runs")" = one ]
	run ! grep 'earlier daemon' "$T/log"
}

@test "pause waits for the run that was begun for the rule's target" {
	mkfifo "$T/go"
	copying one
	copying other
	sed -i 's|src/a|src/b|' "$CONF/rules.d/other.ini" # which is not there
	start_triggerd
	wait_until 30 test -s "$T/runs"
	hand_over 's|src/a|src/b|' # no more runs of it
	# By hand: nobody else can tell that no answer has come.
	mkfifo "$T/run/reply/mine"
	exec 6<>"$T/run/reply/mine"
	echo 'pause two mine' >"$T/run/control"
	mkfifo "$T/run/reply/both"
	exec 7<>"$T/run/reply/both"
	echo 'pause one two both' >"$T/run/control"
	ctl pause other # all were written, and this is answered
	ctl resume other
	run ! read -r -t 0 -u 6
	run ! read -r -t 0 -u 7
	let_go "$T/go"
	[ "$(timeout 60 dd bs=4096 count=1 status=none <&6)" = 0 ]
	[ "$(timeout 60 dd bs=4096 count=1 status=none <&7)" = 0 ]
	flock -n "$T/state/one.lock" true
	exec 6<&- 7<&-
	[ "$(cat "$T/runs")" = one ]
}

@test "pause waits for the run of an instance that is gone" {
	mkfifo "$T/go"
	copying one 'foreach = go'
	sed -i -e "s|^target.*|target = $T/\${instance}.out|" \
		-e "s|^env.GO.*|env.GO = $T/\${instance}|" "$CONF/rules.d/one.ini"
	start_triggerd
	wait_until 30 test -s "$T/runs"
	sed -i 's|^foreach.*|foreach = on|' "$CONF/rules.d/one.ini"
	ctl reload
	barrier
	pause_and_look one 3>&- &
	waiter=$!
	wait_until 30 is_paused one@on
	let_go "$T/go"
	wait "$waiter"
	[ "$(cat "$T/go.out" "$T/on.out")" = $'a\na' ]
}

@test "a rule that is removed while pause waits for it is waited for" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	pause_and_look one 3>&- &
	waiter=$!
	wait_until 30 is_paused one
	rm "$CONF/rules.d/one.ini"
	ctl reload
	copying two # whose run is not that of one
	sed -i '/^env.GO/d' "$CONF/rules.d/two.ini"
	ctl reload
	barrier two
	[ -e "$T/two.out" ]
	let_go "$T/go"
	wait "$waiter"
}

# leave_a_run [paused]: a run of rule one outlives its daemon.
leave_a_run() {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	[ "${1:-}" != paused ] || begin_pause one
	kill_triggerd
	[ "${1:-}" != paused ] || wait "$pause" || true
}

# The next daemon knows of it, and has the rule's file under another name.
leave_one_over() {
	leave_a_run
	start_triggerd
	wait_until 30 grep 'earlier daemon' "$T/log"
	mv "$CONF/rules.d/one.ini" "$CONF/rules.d/two.ini"
	ctl reload
	wait_until 30 eval '[ -n "$(status_of two reason)" ]'
	[ "$(status_of two state)" = queued ]
}

@test "a left-over run of a removed rule is waited for by heir and pause" {
	leave_one_over
	pause_and_look 3>&- &
	waiter=$!
	wait_until 30 is_paused two
	let_go "$T/go"
	wait "$waiter"
	[ "$(cat "$T/runs")" = one ]
	rm "$T/go"
	ctl resume
	barrier
	[ "$(cat "$T/one.out")" = a ]
}

@test "a left-over run is waited for by who takes over its target, and pause" {
	leave_a_run
	start_triggerd
	wait_until 30 grep 'earlier daemon' "$T/log"
	hand_over 's|src/a|src/b|' # which is not there: no more runs of it
	pause_and_look two 3>&- &
	waiter=$!
	wait_until 30 is_paused two
	let_go "$T/go"
	wait "$waiter"
	[ "$(cat "$T/runs")" = one ]
	rm "$T/go"
	ctl resume
	timeout 60 "$CTL" -c "$CONF" sync
	[ "$(cat "$T/one.out")" = a ]
}

# let_heir_build: the left-over run goes on, and who waited for it makes one.out.
let_heir_build() {
	exec 6<>"$T/go"
	rm "$T/go" # the next run does not wait
	echo go >&6
	wait_until 30 test -e "$T/one.out"
	exec 6<&-
	[ "$(cat "$T/one.out")" = a ]
	[ "$(cat "$T/runs")" = $'one\ntwo' ]
}

@test "a left-over run not met yet is waited for by who takes over its target" {
	leave_a_run paused
	start_triggerd
	hand_over
	let_heir_build
}

@test "a left-over run not met yet is waited for by the heir of its rule" {
	leave_a_run paused
	start_triggerd
	mv "$CONF/rules.d/one.ini" "$CONF/rules.d/two.ini"
	ctl reload
	wait_until 30 eval '[ -n "$(status_of two reason)" ]'
	[ "$(status_of two state)" = queued ]
	let_heir_build
}

@test "pause waits for the left-over run of a rule that is paused already" {
	leave_a_run paused
	start_triggerd
	pause_and_look one 3>&- &
	waiter=$!
	wait_until 30 grep 'earlier daemon' "$T/log"
	let_go "$T/go"
	wait "$waiter"
	[ "$(count "$T/runs")" -eq 1 ]
	rm "$T/go"
	ctl resume
	barrier
	[ "$(cat "$T/one.out")" = a ]
}

@test "pause waits for the left-over run of a rule that has nothing to do" {
	leave_a_run
	mv "$T/src/a" "$T/away"
	start_triggerd
	[ "$(status_of one state)" = idle ]
	pause_and_look 3>&- &
	waiter=$!
	wait_until 30 grep 'earlier daemon' "$T/log"
	let_go "$T/go"
	wait "$waiter"
}

@test "a paused rule's left-over run ends with its timeout, and so does pause" {
	leave_a_run paused
	copying one $'timeout = 200ms\nstop_timeout = 200ms'
	start_triggerd
	pause_and_look one
	grep 'left-over group [0-9]* by TERM' "$T/log"
	[ ! -e "$T/one.out" ]
}

@test "pause tells where it cannot know whether a left-over run goes on" {
	copying one
	start_triggerd
	barrier
	ln -sf loop "$T/state/one.lock"
	run -1 ctl pause one
	[ "$output" = 'one: a run of an earlier daemon may go on' ]
	is_paused one
}

@test "a daemon that stops does not wait for a left-over run of a removed rule" {
	leave_one_over
	ctl pause 3>&- &
	waiter=$!
	wait_until 30 is_paused two
	kill -TERM "$pid"
	wait_until 30 is_gone "$pid"
	said=0
	wait "$waiter" || said=$?
	[ "$said" -eq 3 ]
}

@test "who waits for a rule that is paused meanwhile is told so" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	ctl sync one 2>"$T/said" &
	sync=$!
	sync_is_heard() { [ -p "$(echo "$T"/run/reply/*)" ]; }
	wait_until 30 sync_is_heard
	begin_pause one
	echo b >"$T/src/a"
	let_go "$T/go"
	wait "$pause"
	said=0
	wait "$sync" || said=$?
	[ "$said" -eq 1 ]
	grep 'one: paused' "$T/said"
	[ "$(count "$T/runs")" -eq 1 ]
}

@test "a rule that is paused in the queue holds up nobody downstream" {
	sed -i 's/^\[daemon\]/&\njobs = 1/' "$CONF/triggerd.ini"
	mkfifo "$T/go"
	copying one
	copying two
	sed -i 's|src/a|src/b|' "$CONF/rules.d/two.ini"
	echo b >"$T/src/b"
	copying three
	sed -i "s|^sources.*|sources = $T/src/c $T/two.out|" \
		"$CONF/rules.d/three.ini"
	echo c >"$T/src/c"
	start_triggerd
	wait_until 30 test -s "$T/runs"
	[ "$(cat "$T/runs")" = one ]
	# The command may be quicker than the status.
	wait_until 30 eval '[ "$(status_of two state)" = queued ]'
	ctl sync three &
	sync=$!
	ctl pause two
	let_go "$T/go"
	wait_until 30 grep -q three "$T/runs"
	let_go "$T/go"
	wait "$sync"
	[ "$(cat "$T/three.out")" = a ]
	run -1 ctl sync two
	grep 'two: paused' <<<"$output"
}

@test "a pause of all rules starts none" {
	sed -i 's/^\[daemon\]/&\njobs = 1/' "$CONF/triggerd.ini"
	mkfifo "$T/go"
	copying one
	copying two
	sed -i 's|src/a|src/b|' "$CONF/rules.d/two.ini"
	echo b >"$T/src/b"
	rule zeta <<-EOF
		sources = $T/two.out
		command = $T/tell
	EOF
	command_file tell <<-EOF
		echo zeta >>$T/runs
	EOF
	start_triggerd
	wait_until 30 test -s "$T/runs"
	wait_until 30 eval '[ "$(status_of two state)" = queued ]'
	[ "$(status_of zeta state)" = held ]
	ctl pause &
	pause=$!
	wait_until 30 is_paused zeta
	let_go "$T/go"
	wait "$pause"
	[ "$(cat "$T/runs")" = one ]
}

@test "accept lets a legitimate loss through, once, and never past check" {
	rule list <<-EOF
		sources = $T/src/list
		target = $T/list.out
		command = $T/copy \${new} $T/src/list
		env.RUNS = $T/runs
		env.GO = $T/go
		max_shrink = 50%
		settle = 10ms
	EOF
	seq 10 >"$T/src/list"
	start_triggerd
	barrier
	seq 2 | put "$T/src/list"
	run -1 ctl sync
	[ "$(wc -l <"$T/list.out")" -eq 10 ]
	ctl accept list
	[ "$(wc -l <"$T/list.out")" -eq 2 ]
	barrier
	[ "$(status_of list state)" = current ]
	seq 10 | put "$T/src/list"
	barrier
	seq 3 | put "$T/src/list"
	run -1 ctl sync
	[ "$(wc -l <"$T/list.out")" -eq 10 ]
	rule base <<-EOF
		sources = $T/src/list
		target = $T/list.cdb
		command = $T/copy \${new} $T/src/list
		env.RUNS = $T/runs
		env.GO = $T/go
		check = cdb
		settle = 10ms
	EOF
	ctl reload
	run -1 ctl accept base
	[ ! -e "$T/list.cdb" ]
}

# guarded NAME: a build that may not shrink much.
guarded() {
	copying "$1" 'max_shrink = 50%'
	seq 10 >"$T/src/a"
}

is_still_guarded() {
	seq 2 | put "$T/src/a"
	run -1 ctl sync one
	[ "$(status_of one state)" = refused ]
	[ "$(wc -l <"$T/one.out")" -eq 10 ]
}

@test "an accept that could not run lets nothing through later" {
	guarded one
	start_triggerd
	barrier
	rm -r "$T/state/build"
	: >"$T/state/build" # so there is no room to build in
	run -1 ctl accept one
	grep 'one: ' <<<"$output"
	[ "$(count "$T/runs")" -eq 1 ]
	rm "$T/state/build"
	is_still_guarded
}

@test "accept of what was not refused is a run like any other" {
	guarded one
	start_triggerd
	barrier
	ctl accept one
	[ "$(count "$T/runs")" -eq 2 ]
	is_still_guarded
}

@test "run and accept of a paused rule say so, and it is not run later" {
	guarded one
	copying two
	start_triggerd
	barrier
	ctl pause one
	for command in run accept; do
		before=$(grep -c two "$T/runs")
		run -1 ctl $command one
		[ "$output" = 'one: paused' ]
		run -1 ctl $command one two
		[ "$output" = 'one: paused' ]
		[ "$(grep -c two "$T/runs")" -eq $((before + 1)) ]
	done
	ctl resume one
	barrier
	[ "$(grep -c one "$T/runs")" -eq 1 ]
	is_still_guarded
}

is_one() { [ "$(status_of one state)" = "$1" ]; }

@test "a run that waits for a place and is overtaken by a pause never comes" {
	sed -i 's/^\[daemon\]/&\njobs = 1/' "$CONF/triggerd.ini"
	copying one
	copying two
	start_triggerd
	barrier
	mkfifo "$T/go"
	ctl run two >"$T/two" 2>&1 3>&- &
	two=$!
	wait_until 30 eval '[ "$(status_of two state)" = running ]'
	ctl run one >"$T/said" 2>&1 3>&- &
	client=$!
	wait_until 30 is_one queued
	ctl pause one
	said=0
	wait "$client" || said=$?
	[ "$said" -eq 1 ]
	grep -x 'one: paused' "$T/said"
	is_one held
	ctl resume one
	barrier one
	let_go "$T/go"
	rm "$T/go"
	wait "$two"
	barrier
	[ "$(grep -c one "$T/runs")" -eq 1 ]
	# What is behind by the disk is, though.
	ctl pause one
	echo b | put "$T/src/a"
	barrier two
	ctl resume one
	barrier
	[ "$(cat "$T/one.out")" = b ]
}

@test "who asks for a run of what is queued is told how that run ended" {
	sed -i 's/^\[daemon\]/&\njobs = 1/' "$CONF/triggerd.ini"
	copying one
	copying two
	sed -i 's|src/a|src/b|' "$CONF/rules.d/two.ini"
	echo b >"$T/src/b"
	start_triggerd
	barrier
	mkfifo "$T/go"
	ctl run two 3>&- &
	two=$!
	wait_until 30 eval '[ "$(status_of two state)" = running ]'
	echo b | put "$T/src/a"
	wait_until 30 is_one queued
	# By hand: nobody else can tell when a client has said what it wants.
	mkfifo "$T/run/reply/mine"
	exec 6<>"$T/run/reply/mine"
	echo 'run one mine' >"$T/run/control"
	ctl resume two # which is read after it
	let_go "$T/go"
	let_go "$T/go"
	wait "$two"
	[ "$(timeout 60 dd bs=4096 count=1 status=none <&6)" = 0 ]
	exec 6<&-
	[ "$(grep -c one "$T/runs")" -eq 2 ]
}

@test "a run that began before a pause is told as it ended" {
	copying one
	start_triggerd
	barrier
	mkfifo "$T/go"
	ctl run one >"$T/said" 2>&1 3>&- &
	client=$!
	wait_until 30 is_one running
	begin_pause one
	let_go "$T/go"
	wait "$pause"
	wait "$client"
	[ ! -s "$T/said" ]
}

@test "a run asked for during a run and overtaken by a pause never comes" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 30 is_one running
	ctl run one >"$T/said" 2>&1 3>&- &
	client=$!
	wait_until 30 is_one running-again
	begin_pause one
	let_go "$T/go"
	rm "$T/go"
	wait "$pause"
	said=0
	wait "$client" || said=$?
	[ "$said" -eq 1 ]
	grep -x 'one: paused' "$T/said"
	ctl resume one
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
}

@test "a hint that is overtaken by a pause is not lost" {
	rule plain <<-EOF
		command = $T/copy $T/plain $T/src/a
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 0
	EOF
	start_triggerd
	barrier
	mkfifo "$T/go"
	touch "$PIPE"
	wait_until 30 eval '[ "$(status_of plain state)" = running ]'
	touch "$PIPE"
	wait_until 30 eval '[ "$(status_of plain state)" = running-again ]'
	ctl pause 3>&- &
	pause=$!
	wait_until 30 is_paused plain
	let_go "$T/go"
	rm "$T/go"
	wait "$pause"
	ctl resume
	barrier
	[ "$(count "$T/runs")" -eq 3 ]
}

@test "an accept that is overtaken by a pause lets nothing through later" {
	mkfifo "$T/go"
	guarded one
	start_triggerd
	wait_until 30 test -s "$T/runs"
	ctl accept one 2>"$T/said" &
	accept=$!
	accept_is_heard() { [ "$(status_of one state)" = running-again ]; }
	wait_until 30 accept_is_heard
	begin_pause one
	let_go "$T/go"
	wait "$pause"
	said=0
	wait "$accept" || said=$?
	[ "$said" -eq 1 ]
	grep 'one: paused' "$T/said"
	rm "$T/go"
	seq 2 | put "$T/src/a"
	ctl resume one
	is_still_guarded
}

@test "after kill -9 a left-over run is waited for, never run beside" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 10 test -s "$T/runs"
	kill_triggerd
	start_triggerd
	wait_until 10 grep 'earlier daemon' "$T/log"
	[ "$(count "$T/runs")" -eq 1 ]
	let_go "$T/go"
	wait_until 10 eval '[ "$(count "$T/runs")" -eq 2 ]'
	let_go "$T/go"
	barrier
	[ "$(cat "$T/one.out")" = a ]
}

# The look has no end before the maze has one.
@test "a left-over run that ends during a look is no trouble" {
	mkfifo "$T/go"
	copying one "sources = $T/src/a $T/maze/*/*/*/*/*/*.x"
	sed -i '0,/^sources/{/^sources/d}' "$CONF/rules.d/one.ini"
	mkdir "$T/maze"
	start_triggerd
	wait_until 10 test -s "$T/runs"
	kill_triggerd
	start_triggerd
	wait_until 10 grep 'earlier daemon' "$T/log"
	for ((i = 0; i < 60; i++)); do
		ln -s . "$T/maze/$i"
	done
	echo 'env.ANOTHER = 1' >>"$CONF/rules.d/one.ini"
	timeout 60 "$CTL" -c "$CONF" reload
	wait_until 30 eval '[ "$(status_of one state)" = checking ]'
	let_go "$T/go"
	wait_until 30 flock -n "$T/state/one.lock" true
	let_go "$T/go" 3>&- &
	next=$!
	rm -r "$T/maze"
	timeout 100 "$CTL" -c "$CONF" sync
	wait "$next"
	[ "$(cat "$T/one.out")" = a ]
}

@test "a left-over run over the timeout is ended with its group" {
	mkfifo "$T/go"
	copying one
	start_triggerd
	wait_until 10 test -s "$T/runs"
	kill_triggerd
	rm "$T/go"
	# Not before: the first daemon would end it, where there is much to do.
	copying one $'timeout = 1s\nstop_timeout = 200ms'
	start_triggerd
	# The run that follows has but a second, and may need more than one try.
	wait_until 30 timeout 60 "$CTL" -c "$CONF" sync
	[ "$(cat "$T/one.out")" = a ]
	grep 'left-over group' "$T/log"
}

# A run whose leader obeys TERM, and whose other process does not.
deaf_group() {
	mkfifo "$T/go"
	command_file stay <<-'EOF'
		if [ -p "$TOP/go" ]; then
			(trap '' TERM; exec sleep 1000) &
			echo "$!" >"$TOP/left"
			read -r _ <"$TOP/go"
		fi
		cat "$TOP/src/a" >"$1"
	EOF
	rule stay <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/stay \${new}
		env.TOP = $T
		settle = 0
	EOF
	start_triggerd
	is_deaf() {
		[ -s "$T/left" ] &&
			! grep -qx stay "/proc/$(cat "$T/left")/comm"
	}
	wait_until 30 is_deaf
	survivor=$(cat "$T/left")
}

# The daemon has been killed: the next one ends the group, all of it.
is_ended_whole() {
	rm "$T/go"
	# Not before: the first daemon would end it, where there is much to do.
	printf 'timeout = 1s\nstop_timeout = 1h\n' >>"$CONF/rules.d/stay.ini"
	start_triggerd
	# The run that follows has but a second, and may need more than one try.
	wait_until 30 timeout 60 "$CTL" -c "$CONF" sync
	[ "$(cat "$T/out")" = a ]
	grep 'left-over group [0-9]* by TERM' "$T/log"
	grep 'left-over group [0-9]* by KILL' "$T/log"
	wait_until 30 is_gone "$survivor"
}

@test "a left-over group that was told to end does not outlive its leader" {
	deaf_group
	kill_triggerd
	is_ended_whole
}

# Who inherits orphans may be slow to wait for them; here nobody ever does.
@test "a left-over group does not outlive a leader that nobody waits for" {
	perl -e 'require "syscall.ph"; SYS_prctl()' ||
		skip "no prctl(2) from perl here"
	printf '#!/bin/sh\nexec perl "%s" "%s" "%s" "$@"\n' \
		"$TOP/tests/lib/orphans.pl" "$T/number" "$TRIGGERD" >"$T/under"
	chmod 755 "$T/under"
	TRIGGERD=$T/under deaf_group
	orphans=$pid
	kill -9 "$(cat "$T/number")"
	wait_until 30 is_gone "$(cat "$T/number")"
	is_ended_whole
}

# The daemon was killed, so nobody has unlocked what the sleeper inherited.
@test "what a run left behind does not keep its lock when the daemon died" {
	mkfifo "$T/go"
	command_file leave <<-'EOF'
		echo run >>"$TOP/runs"
		if [ -p "$TOP/go" ]; then
			sleep 1000 </dev/null >/dev/null 2>&1 &
			echo "$$ $!" >"$TOP/left"
			read -r _ <"$TOP/go"
		fi
		cat "$TOP/src/a" >"$1"
	EOF
	rule leave <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/leave \${new}
		env.TOP = $T
		settle = 0
	EOF
	echo a >"$T/src/a"
	start_triggerd
	wait_until 10 test -s "$T/left"
	read -r leader survivor <"$T/left"
	kill_triggerd
	exec 8<>"$T/go"
	echo go >&8
	wait_until 10 is_gone "$leader"
	exec 8<&-
	rm "$T/go"
	start_triggerd
	wait_until 30 test -e "$T/out"
	barrier
	[ "$(count "$T/runs")" -eq 2 ]
	grep 'leave.lock: left behind processes' "$T/log"
	run ! is_gone "$survivor"
	echo b | put "$T/src/a"
	barrier
	[ "$(cat "$T/out")" = b ]
}

# 200 of them; 1,000 with TRIGGERD_LONG.  RELOAD_SEED repeats a test.
@test "many reloads, good and bad, under load lose and leak nothing" {
	reloads=200
	[ -z "${TRIGGERD_LONG:-}" ] || reloads=1000
	RANDOM=${RELOAD_SEED:=$RANDOM}
	echo "seed $RELOAD_SEED"
	for i in 1 2 3; do
		copying "r$i"
	done
	start_triggerd
	barrier
	memory() { awk '/VmRSS/ { print $2 }' "/proc/$pid/status"; }
	change() { # one of the things that people do to a configuration
		case $((RANDOM % 5)) in
		0) copying "r$((RANDOM % 6))" ;;
		1) rm -f "$CONF/rules.d/r$((RANDOM % 6)).ini" ;;
		2) copying "r$((RANDOM % 6))" "env.N = $RANDOM" ;;
		3) echo 'bad = worse' >>"$CONF/rules.d/r3.ini" ;;
		4) echo "$RANDOM" >"$T/src/a" ;;
		esac
		# One by one, or a signal that may be one with others.
		if [ $((RANDOM % 8)) -gt 0 ]; then
			ctl reload >/dev/null 2>&1 || [ $? -eq 2 ]
		else
			kill -HUP "$pid"
		fi
	}
	three() { # the rules as they were, all of them current
		rm -f "$CONF"/rules.d/*.ini
		for i in 1 2 3; do
			copying "r$i"
		done
		ctl reload
		barrier
	}
	for i in $(seq 100); do change; done # until all buffers have been used
	three
	fds=$(descriptors)
	before=$(memory)
	for i in $(seq $reloads); do change; done
	echo last >"$T/src/a"
	three
	for i in 1 2 3; do
		cmp "$T/src/a" "$T/r$i.out"
	done
	[ "$(descriptors)" -eq "$fds" ]
	# The sanitizer keeps what is freed for a while; it looks for leaks at
	# the end instead.
	[[ $TRIGGERD == *.sanitized ]] ||
		[ "$(memory)" -le $((before * 3 / 2)) ]
	has_no_child() { ! pgrep -P "$pid"; }
	wait_until 30 has_no_child
}

@test "the texts of many rules are kept in little memory" {
	[ -z "${BUILT:-}" ] || skip 'the sanitizers take more than any limit'
	make_conf
	local n
	for n in $(seq 300); do
		rule "rule$n" <<-END
			sources = $T/src/$n
			command = /bin/true
		END
	done
	# A quarter of a gigabyte for 300 rules of three lines.
	ulimit -v 262144
	"$TRIGGERD" -n -c "$CONF"
}
