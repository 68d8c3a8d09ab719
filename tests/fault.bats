# What the machine refuses: memory, descriptors, a look at a directory; and
# files from another time.  "make fault" lets every call of a whole story fail;
# what it found has its test here.

load lib/triggerd

setup() {
	make_conf 'scan = 1s'
	pid=
	# Not where the daemon watches: libkqueue looks at each write to any file
	# there, which is a call again.
	calls=$BATS_FILE_TMPDIR/calls.$BATS_TEST_NUMBER
	command_file copy <<-'EOF'
		cat "$1" >"$2"
	EOF
	rule copy <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/copy $T/src/a \${new}
		settle = 0
		retry = 20ms..100ms
	EOF
	echo old >"$T/src/a"
}

teardown() {
	stop_triggerd
}

is_new() { [ "$(cat "$T/out")" = new ]; }

# start_counting: its calls, in $calls.
start_counting() {
	local inject=$TOP/tests/fault/inject
	"$inject" "$calls" count /bin/true || skip "no filter of seccomp"
	"$inject" "$calls" count "$TRIGGERD" -c "$CONF" 2>"$T/log" 3>&- &
	pid=$!
}

end_injected() {
	kill -TERM "$(sed -n 's/^pid //p' "$calls")"
	wait_until 30 is_gone "$pid"
	wait "$pid"
	pid=
}

# start_with WHO CALL N ERROR: with this fault in it; see tests/fault/inject.c.
start_with() {
	local inject=$TOP/tests/fault/inject
	"$inject" "$calls" count /bin/true || skip "no filter of seccomp"
	"$inject" "$calls" "$@" "$TRIGGERD" -c "$CONF" 2>"$T/log" 3>&- &
	pid=$!
}

@test "a daemon that cannot find its configuration's path does not start" {
	for n in 1 2 3; do # the first parts of its path
		start_with main readlink "$n" EACCES
		wait_until 30 grep -E 'Permission denied|ready' "$T/log"
		# One that is on its way out has no ear for signals left.
		if grep -q ready "$T/log"; then
			daemon=$(sed -n 's/^pid //p' "$calls")
			kill -HUP "$daemon"
			kill -TERM "$daemon"
		fi
		status=0
		wait "$pid" || status=$?
		pid=
		case $status in
		0 | 111) ;; # 0: that was another path
		*) fail_with_log "$n: $status" ;;
		esac
	done
}

# libev gives up what epoll_ctl(2) refuses, and says nothing.
@test "no descriptor that the daemon listens to can be lost" {
	! on_kqueue || skip "libkqueue is an epoll instance"
	start_counting
	is_polling() { grep -q '^main poll 3' "$calls"; }
	wait_until 30 is_polling
	run ! grep epoll "$calls"
	end_injected
}

# Where the product's copy is made, which is the child's.
@test "a quota that is used up holds a product up until there is room" {
	start_counting
	made() { grep -E '^child openat\+ [0-9]+ .*\.triggerd\.copy' "$calls"; }
	wait_until 30 made
	n=$(made | awk 'NR == 1 { print $3 }')
	wait_until 30 test -e "$T/out"
	end_injected
	rm -r "$T/state" "$T/out"
	start_with child openat "$n" EDQUOT
	wait_until 30 grep 'Disk quota exceeded' "$T/log"
	wait_until 30 test -e "$T/out"
	[ "$(cat "$T/out")" = old ]
	end_injected
	[ -z "$(find "$T" -maxdepth 1 -name '.triggerd.*')" ]
}

# EAGAIN, which is also what a lock says that another run holds.
@test "a command that no process can be had for is no run of another daemon" {
	start_with main vfork 1 EAGAIN
	wait_until 30 test -e "$T/out"
	end_injected
	grep '^main vfork' "$calls" || skip "no vfork(2) here"
	grep 'copy: start .*: fork: Resource temporarily' "$T/log"
	grep 'copy: cannot start: Resource temporarily' "$T/log"
	run ! grep 'earlier daemon' "$T/log"
}

@test "without a descriptor a change waits, and nothing is lost" {
	command -v prlimit || skip "no prlimit"
	start_without_gap
	barrier
	is_told() {
		no_descriptors # it may have closed one more since the last time
		grep 'Too many open files' "$T/log"
	}
	no_descriptors
	echo new | put "$T/src/a"
	wait_until 30 is_told
	[ "$(cat "$T/out")" = old ]
	prlimit --pid "$pid" --nofile=100:
	wait_until 30 is_new
	barrier
}

@test "a refusal that could not be shown is shown when it can be, though nothing happens" {
	command -v prlimit || skip "no prlimit"
	sed -i 's/^scan = .*/scan = 1h/' "$CONF/triggerd.ini"
	start_without_gap
	barrier
	wait_until 30 has_hung_up
	no_descriptors
	kill -HUP "$pid"
	wait_until 30 grep '/run/status: write: Too many open files' "$T/log"
	run ! grep '^config_error' "$T/run/status"
	prlimit --pid "$pid" --nofile=100:
	wait_until 30 grep '^config_error .*Too many open files' "$T/run/status"
	# However often it was tried.
	[ "$(grep -c '/run/status: write' "$T/log")" -eq 1 ]
}

@test "without memory the daemon goes on or ends with 111, and nothing is lost" {
	command -v prlimit || skip "no prlimit"
	[ -z "${BUILT:-}" ] || skip "a sanitizer needs its memory"
	! on_kqueue || skip "libkqueue aborts at exit without memory"
	for i in $(seq 300); do
		rule "more$i" <<-EOF
			sources = $T/src/$i*
			target = $T/out.$i
			command = true
		EOF
	done
	mkdir "$T/aside"
	mv "$CONF"/rules.d/more* "$T/aside"
	start_triggerd
	barrier
	size=$(awk '{ print $1 * 4096 }' "/proc/$pid/statm")
	prlimit --pid "$pid" --as="$size:"
	mv "$T/aside"/* "$CONF/rules.d"
	# Whether it dies of this reload, of the one that the files cause by
	# themselves, or of none, is not ours to say.
	ctl reload || true
	echo new | put "$T/src/a"
	prlimit --pid "$pid" --as=unlimited || true
	is_gone_or_new() { is_gone "$pid" || is_new; }
	wait_until 30 is_gone_or_new
	if is_gone "$pid"; then
		status=0
		wait "$pid" || status=$?
		pid=
		[ "$status" -eq 111 ]
		grep memory "$T/log"
		start_triggerd
	fi
	wait_until 30 is_new
}

@test "files of the future and of the past are as good as any" {
	touch -d '2001-01-01' "$T/src/a"
	start_triggerd
	barrier
	for time in 2037-01-01 1971-01-01 2037-01-01 '1 hour' '1 hour ago'; do
		echo "$time" >"$T/put"
		touch -d "$time" "$T/put"
		mv "$T/put" "$T/src/a"
		barrier
		[ "$(cat "$T/out")" = "$time" ]
		touch -d "$time" "$T/out" # the clock went back, or forth
		barrier
		[ "$(status_of copy state)" = current ]
	done
	ctl dry-run
}

# The first product is there and newer than its source, which changed while the
# command ran, but nothing is recorded yet.
dies_after_its_product() {
	command_file copy <<-'EOF'
		cat "$1" >"$2"
		[ ! -e "$1.once" ] || exit 0
		: >"$1.once"
		echo new >"$1"
		until [ -n "$(find "$2" -newer "$1")" ]; do echo old >"$2"; done
	EOF
	# The source is opened as often, however young it is.
	echo 'compare = content' >>"$CONF/rules.d/copy.ini"
	start_counting
	wait_until 30 is_new
	end_injected
	n=$(grep -E "^child $1 [0-9]+ $2" "$calls" |
		awk 'NR == 1 { print $3 }')
	rm -r "$T/state" "$T/out" "$T/src/a.once"
	echo old >"$T/src/a"
	start_with child "${1%\\+}" "$n" "$3"
	wait_until 30 is_new
	end_injected
}

@test "an answer whose pipe cannot be opened for a moment is given later" {
	rm "$CONF"/rules.d/*.ini
	make_conf 'scan = 1h' # so that each run makes the same calls
	start_counting
	wait_until 30 grep -q ready "$T/log"
	barrier
	end_injected
	n=$(awk '$2 == "openat" && $4 ~ /^c-/ { print $3; exit }' "$calls")
	start_with main openat "$n" EACCES
	wait_until 30 grep -q ready "$T/log"
	timeout 60 "$CTL" -c "$CONF" sync
	end_injected
	grep "^main openat $n c-" "$calls" || skip "not called this time"
	grep 'reply/c-.*: Permission denied; trying again' "$T/log"
}

@test "a resume after which a power cut may bring the pause back says so" {
	rule idle <<<"command = true" # no source: writes no record anew
	start_triggerd
	barrier
	ctl resume # nothing was ever paused: nothing can come back
	ctl pause
	stop_triggerd
	start_with child fsync 1 EIO
	wait_until 30 grep ready "$T/log"
	run -1 ctl resume idle
	grep 'may not outlive a power cut: Input/output error' <<<"$output"
	[ ! -e "$T/state/paused/idle" ]
	ctl resume idle
	end_injected
}

@test "a first run that dies before its record is written is run again" {
	dies_after_its_product 'openat\+' '.*/state/record/' KILL
}

@test "a first run that fails after the rename is run again" {
	dies_after_its_product fsync "$T\$" EIO
}
