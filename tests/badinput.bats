# What bad input gets: one clear error that names the file, the line, the key or
# the object; nothing else changes, and the others are served.

load lib/triggerd
load lib/witness

setup() {
	make_conf
	pid=
}

teardown() {
	# shellcheck disable=SC2086
	[ -z "${neighbours:-}" ] || kill $neighbours 2>/dev/null || true
	rm -f "$T/go"
	stop_triggerd
}

# check_conf: what "triggerd -n" says, which must be an error.
check_conf() {
	run -2 "$TRIGGERD" -n -c "$CONF"
}

# rule_text NAME TEXT: a rule file of exactly these bytes, a format of printf.
rule_text() {
	# shellcheck disable=SC2059
	printf "$2" >"$CONF/rules.d/$1.ini"
}

said() {
	grep -F -- "$1" <<<"$output" || {
		echo "not said: $1"
		echo "$output"
		return 1
	}
}

# ---- the files ----

@test "an unknown key, a duplicate key, a missing command: file, line and key" {
	rule_text a '[rule]\ncommand = true\ncomand = x\n'
	rule_text b '[rule]\ncommand = true\nsettle = 0\nsettle = 1s\n'
	rule_text c '[rule]\nsettle = 0\n'
	check_conf
	said "$CONF/rules.d/a.ini:3: comand: unknown key"
	said "$CONF/rules.d/b.ini:4: settle: given twice, first in line 3"
	said "$CONF/rules.d/c.ini:1: command: needed"
	[ "${#lines[@]}" -eq 3 ]
}

@test "a relative path is an error wherever a path may stand" {
	rule_text a '[rule]\ncommand = bin/x\nsources = etc/a\n'
	rule_text b '[rule]\ncommand = true\ntarget = out\ndir = here\n'
	check_conf
	said "$CONF/rules.d/a.ini:2: command: bin/x: relative path"
	said "$CONF/rules.d/a.ini:3: sources: etc/a: relative path"
	said "$CONF/rules.d/b.ini:3: target: relative path"
	said "$CONF/rules.d/b.ini:4: dir: relative path"
}

@test "an error in a file far down is said whole, in one line" {
	local name
	name=$(printf '%0200d' 0)
	local deep=$T/$name/$name/$name/$name/$name/$name
	mkdir -p "$deep"
	mv "$CONF" "$deep/conf"
	CONF=$deep/conf
	echo 'scn = 1s' >>"$CONF/triggerd.ini"
	check_conf
	grep -x "$CONF/triggerd.ini:[0-9]*: scn: unknown key.*" <<<"$output"
}

@test "5 parsecs are no time" {
	rule_text a '[rule]\ncommand = true\nsettle = 5 parsecs\n'
	check_conf
	said "$CONF/rules.d/a.ini:3: settle: unknown unit"
}

@test "an unknown variable in a command's environment" {
	rule_text a '[rule]\ncommand = true\nenv.X = ${nowhere}\n'
	check_conf
	said "$CONF/rules.d/a.ini:3: env.X: "
}

@test "who is not root can run no commands as another user" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody else"
	rule_text a '[rule]\ncommand = true\nuser = root\n'
	run -2 setpriv --reuid=nobody --clear-groups "$TRIGGERD" -n -c "$CONF"
	said "$CONF/rules.d/a.ini:3: user: only root can run commands as"
}

@test "a line of 8,191 bytes is read, one of 10,000 is an error" {
	long=$(printf "%8169s" '' | tr ' ' x)
	rule_text a "[rule]\ncommand = true\n# $long\ndescription = x\n"
	run -0 "$TRIGGERD" -n -c "$CONF"
	long=$(printf "%9986s" '' | tr ' ' x)
	rule_text a "[rule]\ncommand = true\ndescription = $long\nfoo = 1\n"
	check_conf
	said "$CONF/rules.d/a.ini:3: line longer than 8192 bytes"
	said "$CONF/rules.d/a.ini:4: foo: unknown key"
	[ "${#lines[@]}" -eq 2 ]
}

@test "without a working directory a relative path leads nowhere, not from the root" {
	mkdir "$T/gone"
	cd "$T/gone"
	rmdir "$T/gone"
	run -2 "$TRIGGERD" -n -c "${CONF#/}"
	[[ $output = *"${CONF#/}: working directory: No such file"* ]]
	run -2 "$CTL" -c "${CONF#/}" config
	[[ $output = *"${CONF#/}: working directory: No such file"* ]]
	cd /
	run -0 "$TRIGGERD" -n -c "${CONF#/}"
}

@test "' ;' in a value is an error, not the beginning of a comment" {
	rule_text a '[rule]\ncommand = true ; really\n'
	check_conf
	said "$CONF/rules.d/a.ini:2: ' ;' would start a comment"
}

@test "only a list goes on in an indented line" {
	rule_text a '[rule]\ncommand = true\ndescription = one\n  two\n'
	check_conf
	said "$CONF/rules.d/a.ini:4: description: only a list may go on"
}

@test "an indented line may have an equals sign where no key is meant" {
	rule_text a '[rule]\ncommand = true\n\tx = y\n'
	run -0 "$TRIGGERD" -n -c "$CONF"
	rule_text a '[rule]\ncommand = true\n\tsettle = 1s\n'
	check_conf
	said "$CONF/rules.d/a.ini:3: command: goes on in an indented line that"
}

@test "a list of instances is not looked for in a state directory in error" {
	rule_text a '[rule]\nforeach_command = true\ncommand = true ${instance}\n'
	sed 's|^state = .*|state = here|' "$CONF/triggerd.ini" |
		put "$CONF/triggerd.ini"
	check_conf
	said "$CONF/triggerd.ini:4: state: "
	[ "${#lines[@]}" -eq 1 ]
}

@test "a NUL byte, a DOS text file, a byte order mark" {
	rule_text a '[rule]\ncommand = true\0false\n'
	rule_text b '[rule]\r\ncommand = true\r\n'
	rule_text c '\357\273\277[rule]\ncommand = true\n'
	check_conf
	said "$CONF/rules.d/a.ini:2: NUL byte"
	said "$CONF/rules.d/b.ini:1: carriage return"
	said "$CONF/rules.d/c.ini:1: byte order mark"
}

@test "a file that cannot be read is an error, not a rule less" {
	rule_text a '[rule]\ncommand = true\n'
	ln -s none "$CONF/rules.d/b.ini"
	ln -s loop.ini "$CONF/rules.d/loop.ini"
	check_conf
	said "$CONF/rules.d/b.ini: No such file or directory"
	said "$CONF/rules.d/loop.ini: Too many levels of symbolic links"
	rm "$CONF/rules.d/b.ini" "$CONF/rules.d/loop.ini"
	chmod 0 "$CONF/rules.d/a.ini"
	if [ "$(id -u)" -eq 0 ]; then
		chown -R nobody "$CONF"
		run -2 setpriv --reuid=nobody --clear-groups \
			"$TRIGGERD" -n -c "$CONF"
	else
		check_conf
	fi
	said "$CONF/rules.d/a.ini: Permission denied"
}

@test "a file that others can write, and a directory named x.ini" {
	rule_text a '[rule]\ncommand = true\n'
	rule_text b '[rule]\ncommand = true\n'
	chmod 646 "$CONF/rules.d/a.ini"
	chmod 664 "$CONF/rules.d/b.ini"
	mkdir "$CONF/rules.d/x.ini"
	mkfifo "$CONF/rules.d/y.ini"
	check_conf
	said "$CONF/rules.d/a.ini: can be written by everybody (mode 0646)"
	said "$CONF/rules.d/b.ini: can be written by its group (mode 0664)"
	said "$CONF/rules.d/x.ini: not a regular file"
	said "$CONF/rules.d/y.ini: not a regular file"
	[ "${#lines[@]}" -eq 4 ]
}

@test "two rules with one target, also by way of a link" {
	mkdir "$T/real"
	: >"$T/real/link"
	ln -s real "$T/also"
	ln -s real/link "$T/link"
	for name in a b; do
		rule_text $name "[rule]\ncommand = true\ntarget = $T/real/t\n"
	done
	rule_text c "[rule]\ncommand = true\ntarget = $T/also/t\n"
	rule_text d "[rule]\ncommand = true\ntarget = $T/link\n"
	rule_text e "[rule]\ncommand = true\ntarget = $T/real/link\n"
	check_conf
	said "$CONF/rules.d/b.ini:3: target: also the target of rule a"
	said "$CONF/rules.d/c.ini:3: target: also the target of rule b"
	said "$CONF/rules.d/e.ini:3: target: also the target of rule d"
	[ "${#lines[@]}" -eq 3 ]
}

# Its product would be put in the source's place, which nobody else has.
@test "a rule whose target is its own source, by way of a link" {
	mkdir "$T/real"
	echo precious >"$T/real/file"
	ln -s real "$T/also"
	ln -s file "$T/real/link"
	ln "$T/real/file" "$T/real/hard"
	rule_text a "[rule]\ncommand = true\ntarget = $T/real/link\nsources = $T/src $T/real/file\n"
	rule_text b "[rule]\ncommand = true\ntarget = $T/real/new\nsources = $T/also/new\n"
	rule_text c "[rule]\ncommand = true\ntarget = $T/real/hard\nsources = $T/real/file\n"
	rule_text d "[rule]\ncommand = true\ntarget = $T/many/link\nsources = $T/many/*\n"
	rule_text e "[rule]\ncommand = true\ntarget = $T/many/out\nsources = $T/many/*.txt\n"
	mkdir "$T/many"
	echo precious >"$T/many/a.txt"
	ln -s a.txt "$T/many/link"
	ln -s "$T/real/new" "$T/many/out"
	check_conf
	said "$CONF/rules.d/a.ini:3: target: is the source $T/real/file"
	said "$CONF/rules.d/b.ini:3: target: is the source $T/also/new"
	said "$CONF/rules.d/d.ini:3: target: is the source $T/many/* ($T/many/a.txt)"
	[ "${#lines[@]}" -eq 3 ]
}

@test "whose a source is cannot have the configuration refused by a link" {
	mkdir "$T/theirs" "$T/ours"
	chown nobody "$T/theirs"
	echo product >"$T/ours/out"
	ln -s "$T/ours/out" "$T/theirs/list"
	ln -s "$T/ours/new" "$T/theirs/later"
	rule_text a "[rule]\ncommand = true\ntarget = $T/ours/out\nsources = $T/theirs/list\n"
	rule_text b "[rule]\ncommand = true\ntarget = $T/ours/new\nsources = $T/theirs/later\n"
	run -0 "$TRIGGERD" -n -c "$CONF"
	rule_text a "[rule]\ncommand = true\nuser = nobody\ntarget = $T/ours/out\nsources = $T/theirs/list\n"
	run -2 "$TRIGGERD" -n -c "$CONF"
	said "$CONF/rules.d/a.ini:4: target: is the source $T/theirs/list"
}

@test "rules that wait for each other are named" {
	rule_text a "[rule]\ncommand = true\ntarget = $T/a\nsources = $T/b\n"
	rule_text b "[rule]\ncommand = true\ntarget = $T/b\nsources = $T/[c]\n"
	rule_text c "[rule]\ncommand = true\ntarget = $T/c\nsources = $T/a\n"
	check_conf
	said "$CONF/rules.d: rules wait for each other: a -> "
	rule_text b "[rule]\ncommand = true\ntarget = $T/b\n"
	rule_text a "[rule]\ncommand = true\ntarget = $T/a\nsources = $T/a\n"
	check_conf
	said "$CONF/rules.d/a.ini:4: sources: would match the rule's own target"
}

@test "a pattern never matches the rule's own target or our temporary files" {
	command_file all <<-'EOF'
		echo run >>"$RUNS"
		cat "$DIR"/a* >"$1"
	EOF
	rule all <<-EOF
		sources = $T/src/* $T/src/.*
		target = $T/src/all
		command = $T/all \${new}
		env.RUNS = $T/runs
		env.DIR = $T/src
		settle = 0
	EOF
	echo 1 >"$T/src/a1"
	start_triggerd
	barrier
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	echo 1 | put "$T/src/.triggerd.all.ABCdef"
	barrier
	[ "$(count "$T/runs")" -eq 1 ]
	[ "$(status_of all state)" = current ]
}

# ---- the run directory ----

not_started() {
	run -111 timeout -k 1 60 "$TRIGGERD" -c "$CONF"
}

@test "a pipe's path that is a link, a directory or a file outside run/" {
	mkdir "$T/pipes"
	echo precious >"$T/precious"
	printf '[pipe other]\npath = %s\n' "$T/pipes/p" >>"$CONF/triggerd.ini"
	ln -s "$T/precious" "$T/pipes/p"
	not_started
	said "$T/pipes/p: in the way, and not a pipe"
	rm "$T/pipes/p"
	mkdir "$T/pipes/p"
	not_started
	said "$T/pipes/p: in the way, and not a pipe"
	rmdir "$T/pipes/p"
	cp "$T/precious" "$T/pipes/p"
	not_started
	said "$T/pipes/p: a regular file, not a pipe"
	cmp "$T/precious" "$T/pipes/p"
	rm "$T/pipes/p"
	mkfifo "$T/pipes/p"
	ln "$T/pipes/p" "$T/pipes/second"
	not_started
	said "$T/pipes/p: a pipe with more names than one"
	grep -q precious "$T/precious"
}

@test "a pipe or a target in the place of one of the daemon's own files" {
	for name in control lock output reply/x status; do
		printf '[pipe %s]\npath = %s\n' "${name%/*}" "$T/run/$name"
	done >>"$CONF/triggerd.ini"
	rule_text a "[rule]\ncommand = true\ntarget = $T/run/status\n"
	rule_text b "[rule]\ncommand = true\ntarget = $T/state/record/a\n"
	rule_text c "[rule]\ncommand = true\ntarget = $T/state/records\n"
	check_conf
	first=$(grep -n '^\[pipe control\]' "$CONF/triggerd.ini" | cut -d: -f1)
	for i in 1 3 5 7 9; do
		said "$CONF/triggerd.ini:$((first + i)): path: is a file of the daemon's own"
	done
	said "$CONF/rules.d/a.ini:3: target: is a file of the daemon's own"
	said "$CONF/rules.d/b.ini:3: target: is a file of the daemon's own"
	[ "${#lines[@]}" -eq 7 ]
}

@test "a regular file in a pipe's place in run/ is a hint and goes" {
	witness
	rm "$CONF/rules.d/witness.ini"
	rule plain <<-EOF
		command = $T/witness
		env.RUNS = $T/runs
		settle = 0
	EOF
	start_triggerd
	barrier
	rm "$PIPE"
	echo hint >"$PIPE" || true # it may be there again
	wait_until 10 test -p "$PIPE"
	barrier
	[ "$(count "$T/runs")" -ge 2 ]
	stop_triggerd
	rm "$PIPE"
	echo hint >"$PIPE"
	start_triggerd
	barrier
	[ -p "$PIPE" ]
	grep 'a file in the pipe.s place' "$T/log"
}

@test "somebody else's pipe or file in a pipe's place is not taken" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to make somebody else's pipe"
	mkdir -m 755 "$T/run"
	mkfifo -m 666 "$PIPE"
	chown nobody "$PIPE"
	not_started
	said "$PIPE: a pipe that belongs to somebody else"
	[ "$(stat -c '%U %a' "$PIPE")" = "nobody 666" ]
	rm "$PIPE"
	echo x >"$PIPE"
	chown nobody "$PIPE"
	not_started
	said "$PIPE: a regular file of somebody else's"
	[ -e "$PIPE" ]
}

@test "a run or state directory of somebody else's, or open to others" {
	mkdir "$T/run" "$T/state"
	chmod 775 "$T/run"
	not_started
	said "$T/run: others may write there"
	chmod 755 "$T/run"
	chmod 757 "$T/state"
	not_started
	said "$T/state: others may write there"
	chmod 755 "$T/state"
	rmdir "$T/state"
	ln -s src "$T/state"
	not_started
	said "$T/state"
	rm "$T/state"
	[ "$(id -u)" -eq 0 ] || skip "needs root for the rest"
	chown nobody "$T/run"
	not_started
	said "$T/run: belongs to somebody else"
}

@test "a run directory below one that everybody can write is refused" {
	mkdir -m 777 "$T/wide"
	sed -i "s,^run = .*,run = $T/wide/run,
		s,^path = .*,path = $T/wide/run/hint," "$CONF/triggerd.ini"
	not_started
	said "$T/wide/run: $T/wide above it can be written by everybody"
	chmod 1777 "$T/wide"
	start_triggerd
}

@test "a second daemon goes, and the first is not disturbed" {
	witness
	start_triggerd
	barrier
	not_started
	said "$T/run/lock: held: a triggerd runs here already"
	[ -p "$PIPE" ]
	is_served
}

@test "a second daemon with a run directory of its own cannot share the state" {
	witness
	start_triggerd
	barrier
	cp -r "$CONF" "$T/other"
	sed -i "s,^run = .*,run = $T/run2,; s,$T/run/,$T/run2/," \
		"$T/other/triggerd.ini"
	CONF=$T/other not_started
	said "$T/state/lock: held: a triggerd with another run directory has this state"
	is_served
	stop_triggerd
	CONF=$T/other
	start_triggerd
}

# ---- the control pipe, by hand ----

# ask LINE REPLY: send the bytes and print what comes to the reply.
ask() {
	mkfifo "$T/run/reply/$2"
	exec 7<>"$T/run/reply/$2"
	printf '%s\n' "$1" >"$T/run/control"
	timeout 60 dd bs=4096 count=1 status=none <&7 # it comes in one write
	exec 7<&-
	rm "$T/run/reply/$2"
}

@test "a command by hand is answered on its FIFO with status and text" {
	witness
	start_triggerd
	barrier
	[ "$(ask 'check witness c-1' c-1)" = 0 ]
	[ "$(ask 'check nobody c-1' c-1 | head -n 1)" = 2 ]
	run ask 'check nobody c-1' c-1
	said 'nobody: no such rule'
	run ask 'frobnicate witness c-1' c-1
	said 'frobnicate: unknown command'
	run ask 'run c-1' c-1
	said 'needs the name of a rule'
}

# is_empty PIPE: has all that was written been read?
is_empty() {
	perl -e 'open(my $p, ">>", $ARGV[0]) or die; my $n = pack("i", -1);
		ioctl($p, 0x541b, $n) or die; exit(unpack("i", $n) != 0)' "$1"
}

@test "a control line over PIPE_BUF is dropped, also in two pieces" {
	witness
	start_triggerd
	barrier
	fill=$(printf '%5000s' '' | tr ' ' x)
	printf 'run witness %s r-1\n' "$fill" >"$T/run/control"
	[ "$(ask 'check witness c-1' c-1)" = 0 ]
	wait_until 30 grep 'control: dropped' "$T/log"
	# The second piece would be a command, were it read as a line.
	printf 'check witness %s' "$fill" >"$T/run/control"
	wait_until 30 is_empty "$T/run/control"
	printf 'run witness r-1\n' >"$T/run/control"
	[ "$(ask 'check witness c-2' c-2)" = 0 ]
	[ "$(count "$T/witnessed")" -eq 1 ]
	is_served
}

@test "a line of exactly PIPE_BUF bytes is obeyed, one more is not" {
	witness
	start_triggerd
	barrier
	# "check", blanks, "witness c-1", newline: 4096 bytes.
	line="check$(printf '%4079s' '')witness c-1"
	[ $((${#line} + 1)) -eq 4096 ]
	[ "$(ask "$line" c-1)" = 0 ]
	printf 'run  %s\n' "${line#check}" >"$T/run/control"
	printf 'run    %s\n' "${line#check}" >"$T/run/control"
	wait_until 10 grep 'control: dropped 1 bad line' "$T/log"
}

@test "256 clients may wait at once, one more is told that it is too many" {
	mkfifo "$T/go"
	command_file wait <<-'EOF'
		read -r _ <"$GO"
	EOF
	rule wait <<-EOF
		sources = $T/src/a
		command = $T/wait
		env.GO = $T/go
		settle = 0
	EOF
	echo 1 >"$T/src/a"
	start_triggerd
	for i in $(seq 255); do # they have gone before they are answered
		echo "sync wait r-$i" >"$T/run/control"
	done
	mkfifo "$T/run/reply/last"
	exec 6<>"$T/run/reply/last"
	echo 'sync wait last' >"$T/run/control"
	run ask 'sync wait c-1' c-1
	[ "${lines[0]}" = 111 ]
	said 'too many clients are waiting'
	let_go "$T/go"
	[ "$(timeout 60 head -n 1 <&6)" = 0 ]
	exec 6<&-
	[ "$(ask 'sync wait c-1' c-1)" = 0 ]
}

@test "half a line from a client that died does not spoil the next one" {
	witness
	start_triggerd
	barrier
	printf 'run witn' >"$T/run/control"
	wait_until 10 grep 'control: dropped' "$T/log"
	[ "$(ask 'check witness c-1' c-1)" = 0 ]
	[ "$(count "$T/witnessed")" -eq 1 ]
}

@test "a reply's name with a slash, dots or capitals is not opened" {
	witness
	start_triggerd
	barrier
	mkfifo "$T/fifo" "$T/run/reply/ABC"
	printf 'check witness ../../fifo\n' >"$T/run/control"
	printf 'check witness /etc/passwd\n' >"$T/run/control"
	printf 'check witness ..\n' >"$T/run/control"
	printf 'check witness ABC\n' >"$T/run/control"
	printf 'check witness %s\n' "$(printf '%33s' '' | tr ' ' x)" \
		>"$T/run/control"
	# An empty line only ends what somebody else has left: no word of it.
	printf 'check\n\n \n' >"$T/run/control"
	[ "$(ask 'check witness c-1' c-1)" = 0 ]
	[ "$(grep -c 'control: no reply name' "$T/log")" -eq 7 ]
	is_served
}

@test "a reply that is a link, a file or has two names gets nothing" {
	witness
	start_triggerd
	barrier
	echo precious >"$T/precious"
	mkfifo "$T/fifo" "$T/run/reply/two"
	ln -s "$T/fifo" "$T/run/reply/link"
	ln -s "$T/precious" "$T/run/reply/to-file"
	cp "$T/precious" "$T/run/reply/file"
	ln "$T/run/reply/two" "$T/second"
	mkdir "$T/run/reply/dir"
	exec 8<>"$T/fifo" 9<>"$T/run/reply/two"
	for reply in link to-file file two dir none; do
		printf 'check witness %s\n' $reply >"$T/run/control"
	done
	[ "$(ask 'check witness c-1' c-1)" = 0 ]
	run ! read -r -t 0 -u 8
	run ! read -r -t 0 -u 9
	exec 8<&- 9<&-
	[ "$(cat "$T/precious" "$T/run/reply/file" | sort -u)" = precious ]
	is_served
}

@test "garbage on the control pipe is escaped and harms nobody" {
	witness
	start_triggerd
	barrier
	printf '\033[2J\377\000\001\n' >"$T/run/control"
	head -c 300000 /dev/zero | tr '\0' '\377' >"$T/run/control"
	wait_until 10 grep 'control:' "$T/log"
	[ "$(ask $'\ncheck witness c-1' c-1)" = 0 ]
	run ! grep -q "$(printf '\033')" "$T/log"
	is_served
}

@test "what a dead client left of a line, of any length, spoils no other's" {
	witness
	start_triggerd
	barrier
	for left in 'run witn' "run $(printf '%5000s' '')x" ''; do
		kill -STOP "$pid"
		printf '%s' "$left" >"$T/run/control"
		timeout 120 "$CTL" -c "$CONF" check witness 3>&- &
		client=$!
		wait_until 30 eval '[ -n "$(ls "$T/run/reply")" ]'
		kill -CONT "$pid"
		wait $client
		printf '%s' "$left" >"$T/run/control"
		wait_until 30 is_empty "$T/run/control"
		timeout 120 "$CTL" -c "$CONF" check witness
	done
	[ "$(count "$T/witnessed")" -eq 1 ]
	run ! grep "no reply name in ''" "$T/log"
}

# ---- commands ----

# A rule "bad", whose command is the script on standard input, with an old
# product that has to stay, beside a rule that works.
bad_command() {
	command_file bad
	bad_rule "$@"
}

bad_rule() {
	witness
	rule bad <<-EOF
		sources = $T/src/bad
		target = $T/out
		command = $T/bad \${new}
		env.TOP = $T
		settle = 0
		retry = 1h..1h
		stop_timeout = 200ms
		$*
	EOF
	echo 1 | put "$T/src/bad"
	echo old >"$T/out"
	touch -d '2001-01-01' "$T/out"
	start_triggerd
}

# failed REASON: the run failed, for this reason; the product stayed.
failed() {
	run -1 timeout 60 "$CTL" -c "$CONF" sync
	grep '^bad:' <<<"$output"
	[ "$(status_of bad state)" = failed ]
	grep -F "bad: $1" "$T/log"
	[ "$(cat "$T/out")" = old ]
	is_served
	[ "$(find "$T" -name '.triggerd.*')" = "" ]
}

@test "a command that is removed after the start, or cannot be executed" {
	bad_command <<-'EOF'
		echo new >"$1"
	EOF
	barrier
	rm "$T/bad"
	echo 2 | put "$T/src/bad"
	# By hand: the client reads the configuration, which is wrong now.
	[ "$(ask 'sync c-1' c-1 | head -n 1)" = 1 ]
	grep -F "bad: start $T/bad: exec: No such file or directory" "$T/log"
	[ "$(status_of bad state)" = failed ]
	[ "$(status_of bad note)" = \
		"cannot start: $T/bad: No such file or directory" ]
	printf '#!/no/such/shell\n' >"$T/bad"
	chmod 755 "$T/bad"
	run -1 ctl run bad
	[ "$(cat "$T/out")" = new ]
	is_served
}

@test "a command that is not there when the configuration is read" {
	rule_text a '[rule]\ncommand = no-such-command\n'
	rule_text b '[rule]\ncommand = /no/such/command\n'
	check_conf
	said "$CONF/rules.d/a.ini:2: command: 'no-such-command' is not in "
	said "$CONF/rules.d/b.ini:2: command: /no/such/command: No such file"
}

@test "a command that is killed by a signal" {
	bad_command <<-'EOF'
		echo half >"$1"
		kill -KILL $$
	EOF
	failed "killed by signal 9"
}

@test "a command that closes its output and hangs is ended in time" {
	bad_command 'timeout = 300ms' <<-'EOF'
		exec >/dev/null 2>&1 3>&-
		echo $$ >"$TOP/hung"
		echo half >"$1"
		sleep 1000
	EOF
	failed "timed out"
	wait_until 10 is_gone "$(cat "$T/hung")"
}

@test "a command that ignores TERM is killed" {
	bad_command 'timeout = 200ms' <<-'EOF'
		trap '' TERM
		echo $$ >"$TOP/hung"
		while :; do sleep 0.05; done
	EOF
	failed "timed out"
	# Before it had come that far it did obey.
	was_killed() {
		grep 'bad: killed, it did not obey TERM' "$T/log" && return
		ctl run bad # once more
		false
	}
	wait_until 10 was_killed
	wait_until 10 is_gone "$(cat "$T/hung")"
}

@test "a child that keeps the output open holds nothing up" {
	mkfifo "$T/go"
	bad_command <<-'EOF'
		read -r _ <"$TOP/go" &
		echo $! >"$TOP/orphan"
		echo new >"$1"
	EOF
	barrier
	[ "$(cat "$T/out")" = new ]
	grep 'bad: left behind processes that hold its output' "$T/log"
	run ! is_gone "$(cat "$T/orphan")"
	is_served
	# It has our lock's descriptor too, but not the lock.
	echo 2 | put "$T/src/bad"
	barrier
	[ "$(status_of bad state)" = current ]
	run ! grep 'a run of an earlier daemon' "$T/log"
	printf '\n\n' >"$T/go"
}

@test "100 MB of output: kept in part, the others are served meanwhile" {
	mkfifo "$T/go"
	bad_command <<-'EOF'
		head -c 50000000 /dev/zero | tr '\0' x
		yes 0123456789012345678901234567890123456789 |
			head -c 50000000
		echo '|the end'
		read -r _ <"$TOP/go"
		echo new >"$1"
	EOF
	wait_until 60 grep -q 'more in' "$T/log"
	is_served
	let_go "$T/go"
	barrier
	[ "$(cat "$T/out")" = new ]
	[ "$(stat -c %s "$T/run/output/bad")" -le 70000 ]
	grep -a '|the end$' "$T/run/output/bad"
	[ "$(stat -c %s "$T/log")" -le 2000000 ]
	[ "$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")" -le 600000 ]
}

@test "a product that is a link, a FIFO, a directory, a socket or nothing" {
	bad_command <<-'EOF'
		case $(cat "$TOP/src/bad") in
		link) ln -s "$TOP/src/witness" "$1" ;;
		fifo) mkfifo "$1" ;;
		dir) mkdir "$1" ;;
		twice) echo x >"$1" && ln "$1" "$1.2" ;;
		null) ln -s /dev/null "$1" ;;
		old) echo old >"$1" ;;
		esac
	EOF
	run ctl sync
	for kind in link:'symbolic link' fifo:'not a regular file' \
		dir:'not a regular file' twice:'more than one name' \
		null:'symbolic link' nothing:'wrote no'; do
		echo "${kind%%:*}" | put "$T/src/bad"
		failed ""
		grep -F "bad: " "$T/log" | tail -n 2 | grep -F "${kind#*:}"
	done
	echo old | put "$T/src/bad"
	barrier
}

# ---- hostile neighbours ----

# The descriptors and children that the daemon has.
holdings() {
	descriptors
	cat "/proc/$pid/task/$pid/children" | wc -w
}

@test "neighbours that flood and hold a 0622 pipe disturb nobody" {
	neighbour=
	[ "$(id -u)" -ne 0 ] ||
		neighbour='setpriv --reuid=65534 --regid=65534 --clear-groups'
	barrier() { timeout 60 "$CTL" -c "$CONF" sync "$@"; }
	witness
	start_triggerd
	barrier
	is_served
	before=$(holdings)
	told() { grep -vc witness "$T/log"; }
	told=$(told)
	command_file hold <<-'EOF'
		exec 5>"$1"
		echo held >>"$2"
		while :; do sleep 1; done
	EOF
	command_file flood <<-'EOF'
		while :; do
			head -c 65536 /dev/zero >"$1"
			head -c 5000 /dev/urandom >"$1"
			touch "$1"
			printf 'check witness c-1\n' >"$1"
		done
	EOF
	command_file pour <<-'EOF'
		exec cat /dev/zero >"$1"
	EOF
	: >"$T/held"
	chmod 666 "$T/held"
	neighbours=
	for i in 1 2 3 4 5; do
		$neighbour "$T/hold" "$PIPE" "$T/held" 3>&- &
		neighbours="$neighbours $!"
	done
	for i in 1 2; do
		$neighbour "$T/flood" "$PIPE" 3>&- 2>/dev/null &
		neighbours="$neighbours $!"
	done
	$neighbour "$T/pour" "$PIPE" 3>&- &
	neighbours="$neighbours $!"
	wait_until 10 eval '[ $(wc -l <"$T/held") -eq 5 ]'
	for i in 1 2 3 4 5; do
		is_served
	done
	# shellcheck disable=SC2086
	kill $neighbours
	# shellcheck disable=SC2086
	wait $neighbours || true
	neighbours=
	barrier
	is_served
	holds_as_before() { [ "$(holdings)" = "$before" ]; }
	wait_until 30 holds_as_before
	[ "$(told)" -eq "$told" ]
}
