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
	echo 3 >"$T/src/a"
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
	[ "$(status_of each@y state)" = held ]
	[ "$(status_of each@x state)" = held ]
	[ "$(runs)" = 'z ' ]
	echo go >"$T/go.z"
	wait_until 10 grep -q 'start y' "$T/runs"
	# One before it has to wait for one that runs.
	echo again >"$T/src/z"
	is_held() { [ "$(status_of each@z state)" = held ]; }
	wait_until 10 is_held
	[ "$(runs)" = 'z y ' ]
	rm "$T/go.z"
	echo go >"$T/go.y"
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
	echo 2 >"$T/src/x y/list"
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
	echo c >"$T/src/b"
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
	run ! grep -e each@warning -e each@fail "$T/log"
}

@test "a list is asked for at the pipe, and instances come and go" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	barrier
	echo b d >"$T/list.txt"
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

@test "a list is asked for at each scan" {
	make_conf 'scan = 100ms'
	listed
	echo a >"$T/list.txt"
	start_triggerd
	wait_until 10 has a
	echo a b >"$T/list.txt"
	wait_until 10 has b
}

@test "a list command that fails keeps the last good list, also a restart" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	barrier
	printf 'c\nfail\n' >"$T/list.txt"
	touch "$PIPE"
	wait_until 10 list_is failed
	touch "$PIPE"
	wait_until 10 has_lists 3
	wait_until 10 list_is failed
	barrier
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
	barrier
	[ "$(runs)" = 'a b ' ]
	echo a b c >"$T/list.txt"
	touch "$PIPE"
	wait_until 10 has c
	wait_until 10 list_is current
	[ "$(grep -c 'each: foreach_command: exit 1' "$T/log")" -eq 2 ]
	grep 'each: foreach_command: works again' "$T/log"
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
	echo a b >"$T/list.txt"
	touch "$PIPE"
	wait_until 10 knows b
	[ "$(cat "$T/out.b")" = b ]
}

@test "a list without words is a list" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	: >"$T/list.txt"
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

@test "a list that makes a bad configuration is refused, the old one stays" {
	listed
	echo a b >"$T/list.txt"
	start_triggerd
	wait_until 10 has b
	echo a c ../b >"$T/list.txt"
	touch "$PIPE"
	wait_until 10 list_is failed
	knows a
	knows b
	forgot c
	grep -F "sources: $T/src/../b: a component . or .. (instance ../b)" \
		"$T/log"
	[ "$(sed 1d "$T/state/list/each" | tr '\n' ' ')" = 'a b ' ]
	run ! grep -q '^config_error' "$T/run/status"
	echo a a >"$T/list.txt"
	touch "$PIPE"
	wait_until 10 grep -q 'each: foreach_command: a: given twice' "$T/log"
	knows a
	knows b
	echo c >"$T/list.txt"
	touch "$PIPE"
	wait_until 10 has c
	wait_until 10 forgot a
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
	barrier
	[ -e "$T/other" ]
	wait_until 10 list_is failed
	grep 'each: foreach_command: timed out' "$T/log"
	rm "$T/list.txt"
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
