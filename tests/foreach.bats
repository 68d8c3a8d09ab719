# One rule for several things: foreach and foreach_command.

load lib/triggerd

setup() {
	make_conf
	pid=
}

teardown() {
	stop_triggerd
}

# each LINE...: a rule that copies src/INSTANCE to out.INSTANCE, and notes the
# instance in "runs".
each() {
	command_file copy <<-'EOF'
		echo "start $1" >>"$RUNS"
		grep -q bad "$2" && exit 1
		[ ! -p "$GO.$1" ] || read -r _ <"$GO.$1"
		cat "$2" >"$3"
		echo "end $1" >>"$RUNS"
	EOF
	rule each <<-EOF
		sources = $T/src/\${instance}
		target = $T/out.\${instance}
		command = $T/copy \${instance} $T/src/\${instance} \${new}
		env.RUNS = $T/runs
		env.GO = $T/go
		settle = 10ms
		retry = 1h..1h
		$(printf '%s\n' "$@")
	EOF
}

runs() {
	sed -n 's/^start //p' "$T/runs" | tr '\n' ' '
}

@test "a rule has a product, a record and a state for each instance" {
	each 'foreach = b a'
	echo 1 >"$T/src/a"
	echo 2 >"$T/src/b"
	start_triggerd
	barrier
	[ "$(cat "$T/out.a")" = 1 ]
	[ "$(cat "$T/out.b")" = 2 ]
	[ "$(runs)" = 'b a ' ]
	echo 3 | put "$T/src/a"
	barrier
	[ "$(cat "$T/out.a")" = 3 ]
	[ "$(runs)" = 'b a a ' ]
	[ "$(status_of each@a runs)" -eq 2 ]
	[ "$(status_of each@b runs)" -eq 1 ]
	stop_triggerd
	start_triggerd
	barrier
	[ "$(runs)" = 'b a a ' ]
	grep "each@a: done" "$T/log"
}

@test "instances run one after the other, in the order of their list" {
	each 'foreach = z y x'
	mkfifo "$T/go.z" "$T/go.y"
	for i in x y z; do echo "$i" >"$T/src/$i"; done
	start_triggerd
	wait_until 10 grep -q 'start z' "$T/runs"
	# The command may be quicker than the status.
	wait_until 30 eval '[ "$(status_of each@z state)" = running ]'
	[ "$(status_of each@y state)" = held ]
	[ "$(status_of each@x state)" = held ]
	[ "$(runs)" = 'z ' ]
	let_go "$T/go.z"
	wait_until 10 grep -q 'start y' "$T/runs"
	# One before it has to wait for one that runs.
	echo again | put "$T/src/z"
	is_held() { [ "$(status_of each@z state)" = held ]; }
	wait_until 10 is_held
	[ "$(runs)" = 'z y ' ]
	rm "$T/go.z"
	let_go "$T/go.y"
	barrier
	[ "$(tr '\n' ' ' <"$T/runs")" = "start z end z start y end y \
start z end z start x end x " ]
}

@test "an instance that fails is named, and the next one runs" {
	each 'foreach = a b c'
	for i in a b c; do echo "$i" >"$T/src/$i"; done
	echo bad >"$T/src/a"
	start_triggerd
	run -1 ctl sync
	grep each@a <<<"$output"
	run ! grep -e each@b -e each@c <<<"$output"
	[ "$(runs)" = 'a b c ' ]
	[ "$(status_of each@a state)" = failed ]
	[ "$(cat "$T/out.b" "$T/out.c")" = "$(printf 'b\nc')" ]
	grep 'each@a: exit 1' "$T/log"
}

@test "a command is about one instance, or about all of a rule" {
	each 'foreach = a b'
	for i in a b; do echo "$i" >"$T/src/$i"; done
	start_triggerd
	barrier
	ctl run each@b
	[ "$(runs)" = 'a b b ' ]
	ctl run each
	[ "$(runs)" = 'a b b a b ' ]
	ctl sync each
	ctl check each@a each
	ctl run each@b each each@b
	[ "$(runs)" = 'a b b a b a b ' ]
	run -2 ctl run each@c
	grep 'each@c: no such rule' <<<"$output"
	run -2 ctl run eac
}

@test "status and dry-run show one instance, or all of a rule" {
	each 'foreach = a b'
	for i in a b; do echo "$i" >"$T/src/$i"; done
	rule other <<<"command = true"
	run -1 ctl dry-run each@b
	grep 'each@b: behind' <<<"$output"
	run ! grep -e each@a -e other <<<"$output"
	run -1 ctl dry-run each
	[ "$(grep -c ': behind' <<<"$output")" -eq 2 ]
	grep "would run: $T/copy b $T/src/b" <<<"$output"
	run -2 ctl dry-run each@c
	start_triggerd
	barrier
	run -0 ctl status each
	[ "$(grep -c '^each@' <<<"$output")" -eq 2 ]
	run ! grep other <<<"$output"
	run -0 ctl status each@a
	[ "$(grep -c '^each@' <<<"$output")" -eq 1 ]
	run -2 ctl status each@c
}

@test "a pipe's rules may name a rule with instances, or an instance" {
	sed -i "s|^\[pipe hint\]|&\\nrules = each|" "$CONF/triggerd.ini"
	printf '[pipe one]\npath = %s\nrules = each@b\n' "$T/run/one" \
		>>"$CONF/triggerd.ini"
	each 'foreach = a b' 'always = yes'
	for i in a b; do echo "$i" >"$T/src/$i"; done
	start_triggerd
	barrier
	touch "$PIPE"
	barrier
	[ "$(runs)" = 'a b a b ' ]
	touch "$T/run/one"
	barrier
	[ "$(runs)" = 'a b a b b ' ]
}

@test "the word of an instance may be any, its names are escaped" {
	command_file tell <<-'EOF'
		printf '%s\n' "$1" "$INSTANCE" "$TRIGGERD_RULE" >"$2"
	EOF
	mkdir "$T/src/x y" "$T/src/x *"
	echo 1 >"$T/src/x y/list"
	echo 1 >"$T/src/x */list"
	rule odd <<-EOF
		foreach = '$T/src/x *'
		sources = \${instance}/list
		target = $T/out
		command = $T/tell \${instance} \${new}
		env.INSTANCE = \${instance}
		settle = 10ms
	EOF
	start_triggerd
	barrier
	name=odd@$(sed 's|/|%2F|g' <<<"$T/src/x%20%2A")
	[ "$(cat "$T/out")" = "$(printf '%s\n' "$T/src/x *" "$T/src/x *" \
		"$name")" ]
	[ "$(status_of "$name" state)" = current ]
	[ -e "$T/state/record/$name" ]
	[ -d "$T/state/build/$name" ]
	# The word is no pattern.
	before=$(status_of "$name" runs)
	echo 2 | put "$T/src/x y/list"
	ctl check
	barrier
	[ "$(status_of "$name" runs)" -eq "$before" ]
	ctl run "$name"
}

@test "a rule may be made from the products of instances" {
	each 'foreach = a b'
	for i in a b; do echo "$i" >"$T/src/$i"; done
	command_file join <<-'EOF'
		echo 'start all' >>"$RUNS"
		cat "$1" "$2" >"$3"
	EOF
	rule all <<-EOF
		sources = $T/out.a $T/out.b
		target = $T/all
		command = $T/join $T/out.a $T/out.b \${new}
		env.RUNS = $T/runs
		settle = 10ms
	EOF
	start_triggerd
	barrier
	[ "$(runs)" = 'a b all ' ]
	echo c | put "$T/src/b"
	barrier
	[ "$(cat "$T/all")" = "$(printf 'a\nc')" ]
}

# listed: the rule each, whose instances are the words of "list"; a line "fail"
# there makes the command fail after it has printed them.
listed() {
	command_file list <<-'EOF'
		echo run >>"$RUNS.list"
		echo 'a warning' >&2
		cat "$LIST"
		! grep -q fail "$LIST"
	EOF
	each "foreach_command = $T/list" "env.LIST = $T/list.txt" "$@"
	for i in a b c d; do echo "$i" >"$T/src/$i"; done
}

has_lists() { [ "$(count "$T/runs.list")" -ge "$1" ]; }
has() { [ "$(cat "$T/out.$1" 2>/dev/null)" = "$1" ]; }
knows() { [ -n "$(status_of "each@$1" state)" ]; }
forgot() { ! knows "$1"; }
list_is() { [ "$(status_of each state)" = "$1" ]; }

@test "the words that a command prints are the instances" {
	listed
	printf 'b\n  a c\n' >"$T/list.txt"
	start_triggerd
	for i in a b c; do wait_until 10 has "$i"; done
	barrier
	[ "$(runs)" = 'b a c ' ]
	ctl config | grep -A 1 'instances of each .* its foreach_command printed' |
		grep -Fx "# $T/list"
	run ! grep -e each@warning -e each@fail "$T/log"
}

@test "a list is asked for at the pipe, and instances come and go" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	barrier
	echo b d | put "$T/list.txt"
	touch "$PIPE"
	wait_until 10 has d
	wait_until 10 forgot a
	barrier
	[ "$(runs)" = 'a b d ' ]
	# What was built stays, what was known about it does not.
	has a
	no_record() { [ ! -e "$T/state/record/each@a" ]; }
	wait_until 10 no_record
	[ -e "$T/state/record/each@b" ]
	ctl dry-run each
	run -2 ctl dry-run other@a
}

@test "a command about an instance that is no more says so and ends with 2" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	barrier
	echo b | put "$T/list.txt"
	for command in check sync run accept pause resume; do
		run -2 ctl $command each@a
		[ "$output" = 'each@a: no such rule' ]
	done
	for command in dry-run explain status; do
		run -2 ctl $command each@a
		grep "unknown rule 'each@a'" <<<"$output"
	done
	ctl check each@b
	ctl sync each@b
}

@test "a list is asked for at each scan" {
	make_conf 'scan = 100ms'
	listed
	echo a >"$T/list.txt"
	start_triggerd
	wait_until 10 has a
	echo a b | put "$T/list.txt"
	wait_until 10 has b
}

@test "a list command that fails keeps the last good list, also a restart" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	barrier
	printf 'c\nfail\n' | put "$T/list.txt"
	touch "$PIPE"
	wait_until 10 list_is failed
	touch "$PIPE"
	wait_until 10 has_lists 3
	wait_until 10 list_is failed
	run -1 ctl sync
	grep 'each: failed: foreach_command: exit 1: a warning' <<<"$output"
	knows a
	knows b
	forgot c
	grep 'each: foreach_command: exit 1: a warning' "$T/log"
	run -1 ctl status each
	grep -E '^ *each +failed' <<<"$output"
	grep 'exit 1: a warning' <<<"$output" || fail_with_log "$output"
	stop_triggerd
	start_triggerd
	knows a
	knows b
	forgot c
	wait_until 10 list_is failed
	run -1 ctl sync
	[ "$(runs)" = 'a b ' ]
	echo a b c | put "$T/list.txt"
	touch "$PIPE"
	wait_until 10 has c
	wait_until 10 list_is current
	[ "$(grep -c 'each: foreach_command: exit 1' "$T/log")" -eq 2 ]
	grep 'each: foreach_command: works again' "$T/log"
}

@test "a daemon that is killed as it takes another list leaves one or the other" {
	local inject=$TOP/tests/fault/inject n=0
	"$inject" "$T/calls" count /bin/true || skip "no filter of seccomp"
	listed
	echo a >"$T/list.txt"
	start_triggerd
	barrier
	stop_triggerd
	cp "$T/state/list/each" "$T/was"
	echo a b >"$T/list.txt"
	until grep -qx b "$T/state/list/each"; do
		n=$((n + 1))
		[ "$n" -le 50 ]
		cp "$T/was" "$T/state/list/each"
		timeout 60 "$inject" "$T/calls" main rename "$n" KILL \
			"$TRIGGERD" -c "$CONF" 2>>"$T/log" 3>&- || true
		grep -x a "$T/state/list/each"
	done
	[ "$n" -gt 1 ]
}

@test "a daemon that is killed as it tries a bad list starts again" {
	local inject=$TOP/tests/fault/inject n=0 rc
	"$inject" "$T/calls" count /bin/true || skip "no filter of seccomp"
	make_conf 'scan = 500ms' # so that there is always another call
	listed
	echo a >"$T/list.txt"
	start_triggerd
	barrier
	stop_triggerd
	cp "$T/state/list/each" "$T/was"
	echo a ../b >"$T/list.txt"
	until grep -q 'its new list was refused' "$T/log"; do
		n=$((n + 1))
		[ "$n" -le 50 ]
		rc=0
		timeout 60 "$inject" "$T/calls" main rename "$n" KILL \
			"$TRIGGERD" -c "$CONF" 2>>"$T/log" 3>&- || rc=$?
		[ "$rc" -eq 137 ]
		"$TRIGGERD" -n -c "$CONF"
		cmp "$T/was" "$T/state/list/each"
	done
	grep -q 'configuration refused' "$T/log"
}

@test "what one list command printed is no list of another" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	barrier
	stop_triggerd
	sed -i 's/^foreach_command = .*/& again/' "$CONF/rules.d/each.ini"
	echo fail >>"$T/list.txt"
	start_triggerd
	wait_until 10 list_is failed
	forgot a
	forgot b
	# The same words are the other command's own as soon as it prints them.
	echo a b | put "$T/list.txt"
	touch "$PIPE"
	wait_until 10 knows b
	[ "$(cat "$T/out.b")" = b ]
}

@test "a list without words is a list" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	put "$T/list.txt" </dev/null
	touch "$PIPE"
	wait_until 10 forgot b
	forgot a
	wait_until 10 list_is current
	run -0 ctl status each
	grep -E '^each +current' <<<"$output"
	ctl run each
	ctl sync each
	ctl dry-run each
}

@test "explain of a rule without instances does not want one named" {
	command_file list <<-'EOF'
		exit 111
	EOF
	each "foreach_command = $T/list"
	run -111 ctl explain each
	[[ $output == *': each: no instance is known: '* ]]
	[[ $output != *'name one of them'* ]]
	each 'foreach = a b'
	run -2 ctl explain each
	[[ $output == *'name one of them'* ]]
}

@test "a list that makes a bad configuration is refused, the old one stays" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	echo a c ../b | put "$T/list.txt"
	touch "$PIPE"
	wait_until 10 list_is failed
	knows a
	knows b
	forgot c
	grep -F "sources: $T/src/../b: a component . or .. (instance ../b)" \
		"$T/log"
	[ "$(sed 1d "$T/state/list/each" | tr '\n' ' ')" = 'a b ' ]
	run ! grep -q '^config_error' "$T/run/status"
	echo a a | put "$T/list.txt"
	touch "$PIPE"
	wait_until 10 grep -q 'each: foreach_command: a: given twice' "$T/log"
	knows a
	knows b
	echo c | put "$T/list.txt"
	touch "$PIPE"
	wait_until 10 has c
	wait_until 10 forgot a
}

@test "another list takes in nothing else that was edited" {
	make_conf 'auto_reload = no'
	listed
	echo a >"$T/list.txt"
	start_triggerd
	barrier
	rule new <<-EOF
		sources = $T/src/a
		target = $T/new
		command = cp $T/src/a \${new}
	EOF
	echo a b | put "$T/list.txt"
	barrier
	has b
	knows b
	[ -z "$(status_of new state)" ]
	run ! grep -q '^config_error' "$T/run/status"
	# What is wrong with the files stays wrong.
	rule broken <<<'no = key'
	run -2 ctl reload
	grep '^config_error' "$T/run/status"
	echo a b c | put "$T/list.txt"
	barrier
	has c
	grep '^config_error' "$T/run/status"
	rm "$CONF/rules.d/broken.ini"
	ctl reload
	barrier
	[ -e "$T/new" ]
	run ! grep -q '^config_error' "$T/run/status"
}

@test "a list command that hangs blocks nothing and is ended" {
	listed 'timeout = 300ms' 'stop_timeout = 100ms'
	command_file list <<-'EOF'
		trap '' TERM
		echo a
		[ ! -e "$LIST" ] || cat "$LIST"
	EOF
	mkfifo "$T/list.txt"
	rule other <<-EOF
		command = touch $T/other
		settle = 0
	EOF
	start_triggerd
	ctl sync other
	[ -e "$T/other" ]
	wait_until 10 list_is failed
	grep 'each: foreach_command: timed out' "$T/log"
	rm "$T/list.txt"
	# In its time, on any machine.
	sed -i 's/^timeout = .*/timeout = 1min/' "$CONF/rules.d/each.ini"
	ctl reload
	touch "$PIPE"
	wait_until 10 has a
}

@test "a list command runs as the rule's user, and sees nothing of ours" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	listed "user = nobody" "dir = $T/src" 'env.EACH = ${instance}'
	chmod 1777 "$T"
	command_file list <<-'EOF'
		id -un >"$RUNS.list"
		pwd >>"$RUNS.list"
		env | grep -c -e TRIGGERD -e EACH >>"$RUNS.list"
		ls "/proc/$$/fd" >>"$RUNS.list"
	EOF
	sed -i "s|^target = .*||; s|\${new}||" "$CONF/rules.d/each.ini"
	start_triggerd
	wait_until 10 list_is current
	# Above 9 are those that the shell itself has opened.
	[ "$(grep -Evx '1[0-9]|255' "$T/runs.list" | tr '\n' ' ')" = \
		"nobody $T/src 0 0 1 2 " ] ||
		fail_with_log "$(cat "$T/runs.list")"
}

@test "readiness and sync wait for the instances" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	knows a
	barrier
	[ "$(runs)" = 'a b ' ]
	echo b d >"$T/list.txt"
	barrier
	[ "$(runs)" = 'a b d ' ]
	forgot a
	echo b d c >"$T/list.txt"
	ctl sync each@c
	has c
	# A list that is not meant is not waited for.
	rule other <<<"command = true"
	ctl reload
	ran=$(count "$T/runs.list")
	ctl sync other
	[ "$(count "$T/runs.list")" -le $((ran + 1)) ]
	echo c >"$T/list.txt"
	ctl check
	forgot b
}

@test "a good list that cannot be kept is in force, and that is told" {
	listed
	echo a >"$T/list.txt"
	start_triggerd
	wait_until 10 has a
	rm "$T/state/list/each"
	mkdir -p "$T/state/list/each/full" # where it would lie
	echo b | put "$T/list.txt"
	run -1 ctl sync
	grep 'each: failed: .*state/list/each: Is a directory' <<<"$output"
	grep 'Is a directory; the new list will not outlive a restart' "$T/log"
	knows b
	forgot a
	[ -e "$T/state/record/each@a" ]
	rm -r "$T/state/list/each"
	barrier
	knows b
	[ "$(sed 1d "$T/state/list/each")" = b ]
	grep 'works again' "$T/log"
}

@test "a list that was refused is told once, and tried again when it may be" {
	make_conf 'scan = 50ms'
	listed
	echo a >"$T/list.txt"
	start_triggerd
	barrier
	ran=$(count "$T/runs.list")
	echo a ../b >"$T/list.txt"
	wait_until 30 has_lists $((ran + 5))
	run -1 ctl sync each
	[ "$(grep -c 'configuration refused' "$T/log")" -eq 1 ]
	[ "$(grep -c 'a component . or ..' "$T/log")" -eq 1 ]
	[ "$(grep -c 'its new list was refused' "$T/log")" -eq 1 ]
	echo b >"$T/list.txt"
	barrier
	knows b
	grep 'works again' "$T/log"
}

# A list command that notes its number and does not end.
hanging() {
	listed "$@"
	mkfifo "$T/never"
	command_file list <<-EOF
		echo \$\$ >"$T/list.pid"
		read -r _ <"$T/never"
	EOF
}

@test "a list command is ended with the daemon" {
	hanging 'timeout = 1h'
	start_triggerd &
	starter=$!
	wait_until 30 test -s "$T/list.pid"
	kill "$starter" 2>/dev/null || true
	wait "$starter" || true
	wait_until 30 grep -q '^pid ' "$T/run/status"
	daemon=$(sed -n 's/^pid //p' "$T/run/status")
	kill -TERM "$daemon"
	wait_until 30 is_gone "$daemon"
	is_gone "$(cat "$T/list.pid")"
}

@test "a list command is ended when the daemon was killed" {
	hanging 'timeout = 1h'
	"$TRIGGERD" -c "$CONF" 2>>"$T/log" 3>&- &
	pid=$!
	wait_until 30 test -s "$T/list.pid"
	kill_triggerd
	wait_until 30 is_gone "$(cat "$T/list.pid")"
}

@test "a list command that is another by now is ended, and the new one runs" {
	hanging 'timeout = 1h'
	command_file list2 <<<'echo b'
	"$TRIGGERD" -c "$CONF" 2>>"$T/log" 3>&- &
	pid=$!
	wait_until 30 test -s "$T/list.pid"
	sed -i "s|^foreach_command = .*|foreach_command = $T/list2|" \
		"$CONF/rules.d/each.ini"
	ctl reload
	barrier
	[ "$(runs)" = 'b ' ]
	wait_until 30 is_gone "$(cat "$T/list.pid")"
}

kept_of() {
	find "$T/state" "$T/run" -name "each@$1*"
}

@test "what is kept of an instance stays while its lock cannot be had" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	barrier
	rm "$T/state/each@a.lock"
	ln -s nowhere "$T/state/each@a.lock" # which is not followed
	echo b | put "$T/list.txt"
	barrier
	wait_until 30 grep 'what is kept of instances that went away: ' "$T/log"
	[ -e "$T/state/record/each@a" ]
	rm "$T/state/each@a.lock"
	echo b c | put "$T/list.txt"
	barrier
	gone() { [ -z "$(kept_of a)" ]; }
	wait_until 30 gone
}

@test "what is kept of an instance that went away goes, its product stays" {
	listed 'min_records = 1'
	sed -i 's|^command.*|& ${cache}|' "$CONF/rules.d/each.ini"
	echo a b c >"$T/list.txt"
	start_triggerd
	barrier
	: >"$T/src/a"
	run -1 ctl sync
	mkdir "$T/state/cache/each@a/sub"
	echo x >"$T/state/cache/each@a/sub/file"
	for f in state/record/each@a state/tried/each@a state/refused/each@a \
		state/build/each@a state/each@a.lock run/output/each@a; do
		[ -e "$T/$f" ] || fail_with_log "no $f"
	done
	ctl pause each@a
	# A list that fails, or a restart, is no reason.
	printf 'b\nfail\n' >"$T/list.txt"
	run -1 ctl sync
	[ -e "$T/state/record/each@a" ]
	stop_triggerd
	start_triggerd
	[ -e "$T/state/record/each@a" ]
	printf 'b\n' >"$T/list.txt"
	barrier
	gone() { [ "$(kept_of "$1")" = "$T/state/paused/each@a" ]; }
	wait_until 30 gone a || fail_with_log "$(kept_of a)"
	[ -e "$T/state/record/each@b" ]
	[ -e "$T/out.a" ]
	# It is as new when it comes back, but for the pause.
	echo a b >"$T/list.txt"
	run -1 ctl sync
	grep 'each@a: paused' <<<"$output"
	echo new >"$T/src/a"
	ctl resume each@a
	barrier
	[ "$(cat "$T/out.a")" = new ]
}

@test "what an instance left that went away before a crash goes too" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	barrier
	stop_triggerd
	mkdir -p "$T/state/cache/each@z" "$T/state/cache/eachother@z"
	for f in record/each@z record/eacho each@z.lock record/each; do
		echo x >"$T/state/$f"
	done
	start_triggerd
	barrier
	nothing() { [ -z "$(kept_of z)" ]; }
	wait_until 30 nothing
	[ -e "$T/state/cache/eachother@z" ]
	[ -e "$T/state/record/eacho" ]
	[ -e "$T/state/record/each" ]
	[ "$(runs)" = 'a b ' ]
}

@test "an instance that goes away at work is forgotten when it has ended" {
	listed
	mkfifo "$T/go.a"
	echo a >"$T/list.txt"
	start_triggerd
	wait_until 30 grep -q 'start a' "$T/runs"
	echo b >"$T/list.txt"
	ctl sync each@b
	[ -e "$T/state/each@a.lock" ]
	let_go "$T/go.a"
	ended() { grep -q 'each@a: done' "$T/log"; }
	wait_until 30 ended
	nothing() { ctl sync; [ -z "$(kept_of a)" ]; }
	wait_until 30 nothing
	has a
}

# Its record goes, and the product is newer than what changed in the run.
@test "an instance that went away in its run and comes back is made anew" {
	listed
	command_file copy <<-'EOF'
		text=$(cat "$2")
		echo "start $1" >>"$RUNS"
		[ ! -p "$GO.$1" ] || read -r _ <"$GO.$1"
		echo "$text" >"$3"
	EOF
	mkfifo "$T/go.a"
	echo a >"$T/list.txt"
	start_triggerd
	wait_until 30 grep -q 'start a' "$T/runs"
	echo b >"$T/list.txt"
	ctl sync each@b
	echo new | put "$T/src/a"
	let_go "$T/go.a"
	wait_until 30 has a
	nothing() { ctl sync; [ -z "$(kept_of a)" ]; }
	wait_until 30 nothing
	rm "$T/go.a"
	echo a b >"$T/list.txt"
	barrier
	[ "$(cat "$T/out.a")" = new ]
}

@test "a pipe that asks about instances asks for them" {
	make_conf
	sed -i "s|^\[pipe hint\]|&\nrules = other|" "$CONF/triggerd.ini"
	i=0
	for word in 'each@*' each 'e*@b'; do
		i=$((i + 1))
		printf '[pipe p%s]\npath = %s\nrules = %s\n' "$i" \
			"$T/run/p$i" "$word" >>"$CONF/triggerd.ini"
	done
	rule other <<<"command = true"
	listed
	echo a >"$T/list.txt"
	start_triggerd
	barrier
	n=$(count "$T/runs.list")
	for i in 1 2 3; do
		touch "$T/run/p$i"
		wait_until 30 has_lists $((n += 1))
		wait_until 30 list_is current
	done
	touch "$PIPE"
	ctl sync other
	[ "$(count "$T/runs.list")" -eq "$n" ]
}

@test "every command takes the name of an instance" {
	each 'foreach = a b' 'max_shrink = 10%'
	for i in a b; do printf '%s\n%s\n' $i $i >"$T/src/$i"; done
	start_triggerd
	barrier
	ctl explain each@b
	run ! grep each@a <<<"$(ctl explain each@b)"
	ctl check each@b
	ctl sync each@b
	ctl pause each@b
	echo b >"$T/src/b"
	echo a >>"$T/src/a"
	run -1 ctl sync each@b
	grep 'each@b: paused' <<<"$output"
	barrier each@a
	run -1 ctl dry-run each@b
	grep paused <<<"$(ctl status each@b)"
	run ! grep paused <<<"$(ctl status each@a)"
	run -2 ctl resume each@c
	ctl resume each@b
	run -1 ctl sync each@b
	grep 'each@b: refused' <<<"$output"
	run -1 ctl run each@b
	ctl accept each@b
	[ "$(cat "$T/out.b")" = b ]
	barrier
}
