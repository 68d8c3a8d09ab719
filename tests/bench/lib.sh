# lib - what the figures of the bench share: a place to work in, watchers that
# are started the same way and ended by their group, and a book of results.
#
# A watcher is started in a directory of its own, DIR, watches DIR/source (or
# reads DIR/pipe), and runs a command that takes no arguments, with the
# variables of DIR/env.
#
# Words for inner shells, variables for whom this is read in by.
# shellcheck shell=sh disable=SC2016,SC2034,SC2154

bench=$top/tests/bench
work=$(mktemp -d "${TMPDIR:-/tmp}/triggerd-bench.XXXXXX") || exit 111
chmod 755 "$work"
: >"$work/groups"
book=${BENCH_BOOK:-/dev/stdout}
# What everybody watches: the programs whose event daemons we stand beside.
peers='direvent incron inotifywait-pipe inotifywait-loop entr watchman'

end_all() {
	while read -r group; do
		kill -- "-$group" 2>/dev/null || :
	done <"$work/groups"
	wait
	: >"$work/groups"
}
leave() {
	end_all
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' INT TERM

# The book: one line each, parted by tabs.  A value, with its row and column in
# the figure's table; an aim, and whether it was met; a remark.
value() { printf 'value\t%s\t%s\t%s\t%s\n' "$@" >>"$book"; }
aim() { printf 'aim\t%s\t%s\t%s\t%s\n' "$@" >>"$book"; }
remark() { printf 'remark\t%s\t%s\n' "$@" >>"$book"; }

# verdict FIGURE AIM MEASURED-TEXT 'NUMBER OP NUMBER'
verdict() {
	if awk "BEGIN { exit !($4) }"; then
		aim "$1" "$2" "$3" met
	else
		aim "$1" "$2" "$3" 'not met'
	fi
}
# ratio A B
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }

# median of the numbers of the input
median() { sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }

# Milliseconds; its own start is a part of what is measured with it.
now_ms() { date +%s%N | sed 's/......$/.&/'; }

# in_group DIR COMMAND...: run it in the background with DIR/env, as the leader
# of a group, whose number is in $group then.
in_group() {
	group_dir=$1
	shift
	# Variables without blanks in them.
	# shellcheck disable=SC2046
	setsid env $(cat "$group_dir/env") "$@" >"$group_dir/log" 2>&1 &
	group=$!
	echo "$group" >>"$work/groups"
	echo "$group" >"$group_dir/group"
}
end_one() {
	kill -- "-$(cat "$1/group")" 2>/dev/null || :
}

# place WHO [VARIABLE=VALUE...]: makes $work/WHO, and prints its path.
place() {
	place=$work/$1
	shift
	mkdir -p "$place"
	echo 0 >"$place/source"
	[ -p "$place/mark" ] || mkfifo -m 666 "$place/mark"
	[ -p "$place/pipe" ] || mkfifo -m 666 "$place/pipe"
	printf 'MARK=%s/mark\nSOURCE=%s/source\nPRODUCT=%s/product\n' \
		"$place" "$place" "$place" >"$place/env"
	printf '%s\n' "$@" >>"$place/env"
	echo "$place"
}

# --- the watchers: start DIR COMMAND ------------------------------------

# triggerd_conf DIR [LINES for [daemon]]: DIR/rules.d is for the rules.
triggerd_conf() {
	mkdir -p "$1/rules.d"
	{
		printf '[daemon]\nrules = %s/rules.d\nrun = %s/run\n' "$1" "$1"
		printf 'state = %s/state\nbuilders = %s/builders\n' "$1" "$top"
		[ $# -lt 2 ] || printf '%s\n' "$2"
		printf '[pipe hint]\npath = %s/run/hint\nmode = 0622\n' "$1"
	} >"$1/triggerd.ini"
}
# rule DIR NAME <LINES: with the variables of DIR/env.
rule() {
	{
		echo '[rule]'
		cat
		sed 's/^\([A-Z]*\)=/env.\1 = /' "$1/env"
	} >"$1/rules.d/$2.ini"
}
# Returns when it is ready; the rules are in place.
triggerd_start() {
	rm -f "$1/ready"
	mkfifo "$1/ready"
	# Opened in there: here it would wait for the reader.
	in_group "$1" sh -c 'exec "$0" -c "$1" -r 4 4>"$1/ready"' \
		"$top/daemon/triggerd" "$1"
	read -r _ <"$1/ready" || {
		cat "$1/log" >&2
		exit 1
	}
}
ctl() {
	conf_dir=$1
	shift
	"$top/client/trigger-ctl" -c "$conf_dir" "$@" >/dev/null
}
# status_of DIR RULE KEY
status_of() {
	awk -v rule="$2" -v key="$3" '$1 == "name" { here = ($2 == rule) }
		here && $1 == key { sub(/^[^ ]* /, ""); print }' \
		"$1/run/status"
}

start_direvent() {
	cat >"$1/direvent.conf" <<-END
		foreground yes;
		watcher {
			path "$1";
			file "source";
			event CLOSE_WRITE;
			command "$2";
		}
	END
	in_group "$1" direvent --foreground "$1/direvent.conf"
}
start_incron() {
	mkdir -p "$1/tables" "$1/users"
	echo "$1/source IN_CLOSE_WRITE $2" >"$1/tables/bench"
	cat >"$1/incron.conf" <<-END
		system_table_dir = $1/tables
		user_table_dir = $1/users
		lockfile_dir = $1
		lockfile_name = lock
	END
	in_group "$1" incrond -n -f "$1/incron.conf"
}
start_inotifywait_pipe() {
	in_group "$1" sh -c 'inotifywait -m -q -e close_write "$1" |
		while read -r _; do "$2"; done' sh "$1/source" "$2"
}
start_inotifywait_loop() {
	in_group "$1" sh -c 'while inotifywait -q -e close_write "$1"; do
		"$2"; done' sh "$1/source" "$2"
}
start_entr() {
	in_group "$1" sh -c 'echo "$1" | entr -np "$2"' sh "$1/source" "$2"
}
start_watchman() {
	mkdir -p "$1/server"
	in_group "$1" watchman --foreground --no-save-state \
		--sockname="$1/server/sock" --logfile="$1/server/log" \
		--statefile="$1/server/state" --pidfile="$1/server/pid"
	client="watchman --no-spawn --sockname=$1/server/sock"
	for _ in $(seq 50); do
		[ ! -S "$1/server/sock" ] || break
		sleep 0.1
	done
	$client watch "$1" >/dev/null || return 1
	printf '["trigger", "%s", {"name": "bench", "expression": ["name",
		"source"], "command": ["%s"]}]' "$1" "$2" |
		$client -j >/dev/null
}
# The shape that qmail-updater describes: block on the pipe, run, block again.
start_pipe_watcher() {
	in_group "$1" "$bench/pipe-watcher" "$1/pipe" "$2"
}

# start WHO DIR COMMAND: a peer.  It needs a moment, and cannot say when it is
# ready; see settle_peers.  One that cannot be started gives no answer.
start() {
	case $1 in
	direvent) start_direvent "$2" "$3" ;;
	incron) start_incron "$2" "$3" ;;
	inotifywait-pipe) start_inotifywait_pipe "$2" "$3" ;;
	inotifywait-loop) start_inotifywait_loop "$2" "$3" ;;
	entr) start_entr "$2" "$3" ;;
	watchman) start_watchman "$2" "$3" || : ;;
	pipe-watcher) start_pipe_watcher "$2" "$3" ;;
	esac
}
# start_tree WHO DIR COMMAND: watch every file below DIR/tree.
start_tree() {
	case $1 in
	direvent)
		cat >"$2/direvent.conf" <<-END
			foreground yes;
			watcher {
				path "$2/tree" recursive;
				event CLOSE_WRITE;
				command "$3";
			}
		END
		in_group "$2" direvent --foreground "$2/direvent.conf"
		;;
	incron)
		start_incron "$2" "$3"
		end_one "$2"
		for dir in "$2"/tree/*; do
			echo "$dir IN_CLOSE_WRITE $3"
		done >"$2/tables/bench"
		in_group "$2" incrond -n -f "$2/incron.conf"
		;;
	inotifywait-pipe)
		in_group "$2" sh -c 'inotifywait -m -r -q -e close_write "$1" |
			while read -r _; do "$2"; done' sh "$2/tree" "$3"
		;;
	watchman)
		start_watchman "$2" "$3" || return 0
		printf '["trigger", "%s", {"name": "bench", "expression":
			["match", "tree/**", "wholename"], "command": ["%s"]}]' \
			"$2" "$3" | $client -j >/dev/null
		;;
	esac
}
# has WHO: is its program here?
has() {
	case $1 in
	incron) command -v incrond ;;
	inotifywait-*) command -v inotifywait ;;
	pipe-watcher) echo it ;;
	*) command -v "$1" ;;
	esac >/dev/null
}
settle_peers() { sleep 2; }

# of_group DIR FIELD: a field of status, summed over the processes of a group.
of_group() {
	for pid in $(pgrep -g "$(cat "$1/group")"); do
		awk -v key="$2:" '$1 == key { print $2 }' "/proc/$pid/status" \
			2>/dev/null
	done | awk '{ sum += $1 } END { print sum + 0 }'
}
private_of_group() {
	for pid in $(pgrep -g "$(cat "$1/group")"); do
		awk '/^Private_Dirty/ { print $2 }' "/proc/$pid/smaps_rollup"
	done | awk '{ sum += $1 } END { print sum + 0 }'
}
# Processor time of a process, its own, in microseconds.
cpu_us() { awk '{ printf "%d", $1 / 1000 }' "/proc/$1/schedstat"; }
