# How commands are run, clause by clause, as far as no other suite has it.

load lib/triggerd

setup() {
	make_conf
	pid=
	echo a >"$T/src/a"
}

teardown() {
	stop_triggerd
}

# running LINE...: the rule job, whose command is the script on standard input.
running() {
	command_file job
	rule job <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/job \${new} \${deps} \${cache}
		env.TOP = $T
		settle = 0
		$(printf '%s\n' "$@")
	EOF
}

said() {
	grep -qx "$1" "$T/run/output/job"
}

@test "the cache is kept, the build's directory emptied, both for one user only" {
	user=$(id -un)
	[ "$(id -u)" -ne 0 ] || user=games
	running "user = $user" <<-'EOF'
		stat -c '%U %a' "${1%/*}" "$3"
		ls -A "${1%/*}"
		echo run >>"$3/runs"
		cat "$3/runs" >"$1"
		: >"$2"
		: >"${1%/*}/left"
	EOF
	start_triggerd
	barrier
	echo b | put "$T/src/a"
	barrier
	[ "$(wc -l <"$T/out")" -eq 2 ]
	[ "$(sort -u "$T/run/output/job")" = "$user 700" ]
	[ "$(stat -c '%a' "$T/state/build" "$T/state/cache" | sort -u)" = 711 ]
}

@test "a command leads a session and a group, and reads nothing" {
	running <<-'EOF'
		[ "$(ps -o pgid= -p $$ | tr -d ' ')" = $$ ] && echo group
		[ "$(ps -o sid= -p $$ | tr -d ' ')" = $$ ] && echo session
		read -r _ || echo nothing
		: >"$1"; : >"$2"
	EOF
	start_triggerd
	barrier
	said group
	said session
	said nothing
	[ "$(grep -c 'job: | ' "$T/log")" -eq 3 ]
}

@test "a command has no descriptor but 0 to 3" {
	rule list <<-EOF
		command = /bin/ls -1 /proc/self/fd
		settle = 0
	EOF
	start_triggerd 5</dev/null 17</dev/null
	barrier
	# The last one is that of ls itself, for the directory.
	[ "$(tr '\n' ' ' <"$T/run/output/list")" = '0 1 2 3 4 ' ]
}

@test "at the stop a command that goes on is ended after stop_timeout" {
	running 'stop_timeout = 200ms' <<-'EOF'
		trap '' TERM
		echo half >"$1"
		echo $$ >"$TOP/running"
		while :; do sleep 0.05; done
	EOF
	start_triggerd
	wait_until 10 test -s "$T/running"
	kill -TERM "$pid"
	wait_until 10 is_gone "$pid" # a second TERM would not wait
	stop_triggerd
	is_gone "$(cat "$T/running")"
	[ ! -e "$T/out" ]
	[ "$(find "$T" -name '.triggerd.*')" = "" ]
}
