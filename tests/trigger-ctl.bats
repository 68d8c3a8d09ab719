# What trigger-ctl says and how it ends, with a daemon and without.

load lib/triggerd

setup() {
	make_conf
	rule list <<-EOF
		sources = $T/src/list
		target = $T/out
		command = /bin/cp $T/src/list \${new}
		settle = 0
	EOF
	rule after <<-EOF
		sources = $T/out
		command = /bin/true
		settle = 0
	EOF
	echo one >"$T/src/list"
}
teardown() {
	# Some tests stop it for a while, and may fail meanwhile.
	[ -z "${pid:-}" ] || kill -CONT "$pid"
	stop_triggerd
}

replies() { find "$T/run/reply" -type p; }
has_reply() { [ -n "$(replies)" ]; }

@test "without a daemon, commands for it end with 3 and one line" {
	for command in check 'run list' sync status; do
		# shellcheck disable=SC2086
		run -3 ctl $command
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == *'no daemon is running'* ]]
	done
}

@test "a status file that a killed daemon left behind is not believed" {
	start_triggerd
	kill -KILL "$pid"
	wait "$pid" || true
	pid=
	[ -e "$T/run/status" ]
	run -3 ctl status
	run -3 ctl sync
}

@test "unknown commands and rules, and missing ones, end with 2" {
	start_triggerd
	run -2 ctl
	run -2 ctl frob
	run -2 ctl run
	run -2 ctl config list
	for command in check run sync status dry-run; do
		run -2 ctl "$command" nosuch
		run -2 ctl "$command" $'list\nsync'
		run -2 ctl "$command" 'list after'
	done
}

@test "dry-run says what is behind, how, what would run and what may follow" {
	run -1 ctl dry-run
	[[ $output == *"list: behind: target-missing: $T/out"* ]]
	[[ $output == *"would run: /bin/cp $T/src/list \${new}"* ]]
	start_triggerd
	barrier
	run -0 ctl dry-run
	[ "$output" = $'after: current\nlist: current' ]
	stop_triggerd
	echo more >>"$T/src/list"
	run -1 ctl dry-run
	[[ $output == *'after: current; may follow'* ]]
	[[ $output == *"list: behind: source-changed: $T/src/list: size 4"* ]]
}

@test "dry-run changes nothing" {
	start_triggerd
	barrier
	stop_triggerd
	echo more >>"$T/src/list"
	before=$(cd "$T" && find . -newer src/list -o -type f -exec md5sum {} +)
	run -1 ctl dry-run
	[ "$before" = "$(cd "$T" &&
		find . -newer src/list -o -type f -exec md5sum {} +)" ]
}

@test "dry-run of a rule shows those that it depends on if they are behind" {
	run -1 ctl dry-run after
	[[ $output == *'list: behind'* ]]
	start_triggerd
	barrier
	run -0 ctl dry-run after
	[ "$output" = 'after: current' ]
}

@test "a source that cannot be looked at is not taken for one that is not behind" {
	ln -s loop "$T/src/loop"
	rule loop <<-EOF
		sources = $T/src/loop/file
		target = $T/loop.out
		command = /bin/cp $T/src/list \${new}
	EOF
	run -111 ctl dry-run loop
	[[ $output == *"loop: blocked: $T/src/loop/file"* ]]
}

@test "every error of the configuration is printed, and the end is 2" {
	echo 'frob = 1' >>"$CONF/rules.d/list.ini"
	echo 'frob = 1' >>"$CONF/rules.d/after.ini"
	for command in sync status dry-run config; do
		run -2 ctl "$command"
		[[ $output == *after.ini:*frob* ]]
		[[ $output == *list.ini:*frob* ]]
	done
}

@test "what config prints is a configuration again" {
	ctl config >"$T/printed"
	grep -q "^target = $T/out" "$T/printed"
}

@test "status shows each rule in columns" {
	start_triggerd
	barrier
	run -0 ctl status
	[[ ${lines[0]} == "triggerd: process $pid,"* ]]
	[[ ${lines[1]} == 'RULE '*STATE*RUNS*LAST*NOTE ]]
	[[ ${lines[2]} == 'after '*current* ]]
	run -0 ctl status list
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[1]} == 'list '*current*1* ]]
}

@test "the answer's pipe is removed after the answer" {
	start_triggerd
	barrier
	[ -z "$(replies)" ]
}

@test "the answer's pipe is removed when a signal ends the wait" {
	start_triggerd
	kill -STOP "$pid"
	for signal in HUP INT TERM; do
		# A shell's background jobs ignore INT; env takes that back.
		env --default-signal=INT "$CTL" -c "$CONF" sync 3>&- &
		client=$!
		wait_until 10 has_reply
		kill -"$signal" "$client"
		run wait "$client"
		wait "$client" || status=$?
		[ "$status" -gt 128 ]
		[ -z "$(replies)" ]
	done
	kill -CONT "$pid"
}

@test "a daemon that dies ends the wait with 3" {
	start_triggerd
	kill -STOP "$pid"
	"$CTL" -c "$CONF" sync 2>"$T/said" 3>&- &
	client=$!
	wait_until 10 has_reply
	kill -KILL "$pid"
	wait "$pid" || true
	pid=
	status=0
	wait "$client" || status=$?
	[ "$status" -eq 3 ]
	grep 'went away' "$T/said"
	[ -z "$(replies)" ]
}

# The word, a blank after each name, the name of the pipe and a newline share
# PIPE_BUF bytes; unknown names of 64 bytes fill them.
@test "a command of one line is sent, a longer one is refused" {
	start_triggerd
	name=$(printf '%064d' 0)
	names=()
	for _ in {1..61}; do names+=("$name"); done
	run -2 ctl check "${names[@]}"
	[[ $output == *'no such rule'* ]]
	run -2 ctl check "${names[@]}" "$name" "$name"
	[[ $output == *'too many rules'* ]]
	barrier
}

@test "a full output is trouble" {
	[ -c /dev/full ] || skip 'no /dev/full'
	run -111 bash -c '"$1" -c "$2" config >/dev/full' - "$CTL" "$CONF"
}
