# File systems that are not local: whoever looks at one whose server is gone
# waits, and that must not be the daemon.

load lib/triggerd

setup() {
	make_conf
	pid= hang=
	mkdir "$T/src/far"
}

# First the file system: who waits for it cannot even be killed.
teardown() {
	answer_no_more
	umount -l "$T/src/far" 2>/dev/null || true
	: >"$T/huge" # who reads it comes to its end
	stop_triggerd
}

# From here on nobody who looks below src/far gets an answer.
hang_far() {
	[ "$(id -u)" -eq 0 ] || skip "only root may mount"
	hang=$("$TOP/tests/lib/hangfs" "$T/src/far" 3>&-) ||
		skip "no file system in user space here (/dev/fuse)"
}

answer_no_more() {
	[ -z "$hang" ] || kill "$hang"
	hang=
}

# copying NAME SOURCE TARGET <<LINES
copying() {
	command_file copy <<-'EOF'
		echo run >>"$RUNS"
		cat "$1" >"$2"
	EOF
	rule "$1" <<-EOF
		sources = $2
		target = $3
		command = $T/copy $2 \${new}
		env.RUNS = $T/runs.$1
		settle = 10ms
		$(cat)
	EOF
}

# A daemon that waits for such a file system itself answers nobody.
barrier() {
	timeout 60 "$CTL" -c "$CONF" sync "$@"
}

two_rules() {
	echo far >"$T/src/far/a"
	echo near >"$T/src/b"
	copying far "$T/src/far/a" "$T/far.out" <<<"timeout = 1h"
	copying near "$T/src/b" "$T/near.out" </dev/null
}

is_state() {
	[ "$(status_of "$1" state)" = "$2" ]
}

is_watched() {
	[ -z "$(status_of "$1" degraded)" ]
}

@test "a source on a file system that hangs holds up its own rule only" {
	two_rules
	hang_far
	start_triggerd
	barrier near
	[ "$(cat "$T/near.out")" = near ]
	echo again >"$T/src/b"
	barrier near
	[ "$(cat "$T/near.out")" = again ]
	is_state far checking
	[ "$(status_of far degraded)" = "on a network file system" ]
	is_watched near
	[ ! -e "$T/far.out" ]
	ctl status far

	answer_no_more
	wait_until 30 is_state far blocked
	umount -l "$T/src/far"
	ctl run far
	[ "$(cat "$T/far.out")" = far ]
	barrier
	wait_until 30 is_watched far
}

@test "a file system that comes and hangs holds up nobody who is there" {
	two_rules
	start_triggerd
	barrier
	hang_far
	echo again >"$T/src/b"
	barrier near
	[ "$(cat "$T/near.out")" = again ]
	wait_until 30 is_state far checking
	run -0 ctl reload
	kill -ALRM "$pid"
	barrier near
	run ! is_watched far
	is_watched near

	answer_no_more
	wait_until 30 is_state far blocked
	umount -l "$T/src/far"
	barrier
	wait_until 30 is_state far current
	wait_until 30 is_watched far
	echo changed >"$T/src/far/a"
	barrier
	[ "$(cat "$T/far.out")" = changed ]
}

@test "targets, commands and links on a file system that hangs are not looked at" {
	hang_far
	ln -s far/dir "$T/src/link"
	echo near >"$T/src/b"
	copying near "$T/src/b" "$T/near.out" </dev/null
	copying target "$T/src/b" "$T/src/far/out" <<<"timeout = 1h"
	copying link "$T/src/b" "$T/src/link/out" <<<"timeout = 1h"
	copying pattern "$T/src/*/c" "$T/pattern.out" <<<"timeout = 1h"
	rule command <<-EOF
		sources = $T/src/far/c
		command = $T/src/far/program
	EOF
	mkdir -p "$T/state"
	: >"$T/state/target.lock"
	run -0 ctl config
	start_triggerd
	barrier near
	[ "$(cat "$T/near.out")" = near ]
	for name in target link pattern command; do
		is_state "$name" checking
	done
}

# hashing NAME SOURCE <<LINES: its command reports a file that takes minutes to
# read, and a helper has to.
hashing() {
	truncate -s 500G "$T/huge" || skip "no sparse files here"
	command_file hash <<-EOF
		echo run >>"$T/runs"
		cat "$2" >"\$1"
		echo "$T/huge" >"\$2"
	EOF
	rule "$1" <<-EOF
		sources = $2
		target = $T/$1.out
		compare = content
		command = $T/hash \${new} \${deps}
		$(cat)
	EOF
}

helpers() {
	cat "/proc/$pid/task/$pid/children"
}

@test "a helper that takes too long is killed, told, and replaced" {
	sed -i 's/^state = .*/&\nhelper_timeout = 300ms/' "$CONF/triggerd.ini"
	echo near >"$T/src/b"
	copying near "$T/src/b" "$T/near.out" </dev/null
	hashing far "$T/src/b" <<<$'timeout = 250ms\nretry = 100ms..100ms'
	start_triggerd
	barrier near
	[ "$(cat "$T/near.out")" = near ]
	again() { [ "$(count "$T/runs")" -ge 2 ]; }
	wait_until 30 again
	wait_until 30 grep "far: helper took too long, killed" "$T/log"
	wait_until 30 grep "far: the helper that installs took too long" "$T/log"
	[ ! -e "$T/far.out" ]
	# With more time, or less to do, all is well, also on a busy machine.
	truncate -s 0 "$T/huge"
	wait_until 30 barrier far
	[ "$(cat "$T/far.out")" = near ]
}

# What a dead server leaves behind cannot be ended, whoever kills it.
@test "a helper that cannot be killed is given up, told, and not joined by others" {
	sed -i 's/^state = .*/&\nhelper_timeout = 100ms/' "$CONF/triggerd.ini"
	two_rules
	hang_far
	sed -i 's/^timeout.*/timeout = 100ms\nretry = 50ms..50ms/' \
		"$CONF/rules.d/far.ini"
	start_triggerd
	barrier near
	# Who waits for all is not kept waiting for it.
	run -1 timeout 60 "$CTL" -c "$CONF" sync
	grep '^far: blocked: the helper that looks at the sources cannot be ended' \
		<<<"$output"
	wait_until 30 is_state far blocked
	[ -e "/proc/$$/task/$$/children" ] || skip "the kernel tells no children"
	checks=$(status_of far checks)
	looked() { [ "$(status_of far checks)" -gt $((checks + 3)) ]; }
	wait_until 30 looked
	[ "$(helpers | wc -w)" -eq 1 ]
	[ "$(grep -c 'far: helper took too long' "$T/log")" -eq 1 ]
	[ "$(grep -c 'far: helper cannot be ended' "$T/log")" -eq 1 ]
	[ "$(grep -c 'far: blocked' "$T/log")" -eq 1 ]
	echo again >"$T/src/b"
	timeout 60 "$CTL" -c "$CONF" reload
	barrier near
	[ "$(cat "$T/near.out")" = again ]
	# The rule by that name that does not look there any more is free.
	copying far "$T/src/b" "$T/far.out" </dev/null
	timeout 60 "$CTL" -c "$CONF" reload
	barrier far
	[ "$(cat "$T/far.out")" = again ]
	copying far "$T/src/far/a" "$T/far.out" <<<"timeout = 1h"
	timeout 60 "$CTL" -c "$CONF" reload
	wait_until 30 is_state far checking
	kill -TERM "$pid"
	wait_until 30 is_gone "$pid"
	wait "$pid"
	pid=
	answer_no_more
	umount -l "$T/src/far"
	start_triggerd
	barrier
	[ "$(cat "$T/far.out")" = far ]
}

@test "a helper that was given up is replaced when it is gone" {
	sed -i 's/^state = .*/&\nhelper_timeout = 100ms/' "$CONF/triggerd.ini"
	two_rules
	hang_far
	sed -i 's/^timeout.*/timeout = 100ms\nretry = 50ms..50ms/' \
		"$CONF/rules.d/far.ini"
	start_triggerd
	wait_until 30 grep -q 'far: blocked: the helper.*cannot be ended' "$T/log"
	answer_no_more
	umount -l "$T/src/far"
	wait_until 30 grep -q 'helper that could not be ended is gone' "$T/log"
	# Not by sync: on a busy machine 100 ms may be too short once more.
	wait_until 30 is_state far current
	[ "$(cat "$T/far.out")" = far ]
}

@test "no helper goes on when its daemon is killed" {
	[ -e "/proc/$$/task/$$/children" ] || skip "the kernel tells no children"
	echo near >"$T/src/b"
	hashing far "$T/src/b" </dev/null
	start_triggerd
	is_installing() { [ "$(status_of far state)" = installing ]; }
	wait_until 30 is_installing
	helper=$(helpers)
	[ -n "$helper" ]
	kill_triggerd
	wait_until 30 is_gone "${helper% }"
	# It had not installed anything, nor has it said so.
	[ ! -e "$T/far.out" ]
	[ ! -e "$T/state/record/far" ]
	truncate -s 0 "$T/huge"
	start_triggerd
	barrier
	[ "$(cat "$T/far.out")" = near ]
}

@test "a command or a directory on a file system that hangs holds up its rule only" {
	echo near >"$T/src/b"
	mkdir "$T/src/far/dir"
	copying near "$T/src/b" "$T/near.out" </dev/null
	copying dir "$T/src/b" "$T/dir.out" <<<"dir = $T/src/far/dir"
	rule program <<-EOF
		sources = $T/src/b
		command = $T/src/far/program
	EOF
	: >"$T/src/far/program"
	chmod 755 "$T/src/far/program"
	hang_far
	start_triggerd
	barrier near
	[ "$(cat "$T/near.out")" = near ]
	for name in dir program; do
		wait_until 30 is_state "$name" running
	done
	echo again >"$T/src/b"
	barrier near
	[ "$(cat "$T/near.out")" = again ]

	# What is there now is looked at before it is run.
	answer_no_more
	umount -l "$T/src/far"
	printf '#!/bin/sh\necho run >>%s\n' "$T/runs.program" \
		>"$T/src/far/program"
	chmod 777 "$T/src/far/program"
	run -1 ctl run program
	grep "program: | .*far/program can be written by everybody" "$T/log"
	[ ! -e "$T/runs.program" ]
	chmod 755 "$T/src/far/program"
	ctl run program dir
	[ "$(count "$T/runs.program")" -eq 1 ]
	[ "$(cat "$T/dir.out")" = again ]
}
