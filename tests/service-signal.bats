# service-signal, with real supervisors and a sender that tells what it heard.

load lib/triggerd
load lib/services

setup() {
	T=$BATS_TEST_TMPDIR
	: >"$T/log"
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$T"
}

teardown() {
	end_services
}

# A sender under each of the three.
three_senders() {
	need_supervisors
	all_three service
	all_three supervise_it
}

said() {
	grep -q -- "$1" "$T/$2/said"
}

put_down() {
	case $1 in
	daemontools) svc -d "$T/$1" ;;
	runit) sv down "$T/$1" ;;
	s6) s6-svc -d "$T/$1" ;;
	esac
}

# Another process than the first has the service, and nothing else happened.
was_restarted() {
	# A new process may be up before it has said so.
	wait_until 30 started_again "$1"
	said "restarted, process $(process_of "$1")" "$1"
	kill -0 "$(process_of "$1")"
}

heard() {
	wait_until 30 has_event "$1" "$2"
	[ "$(events "$2" | sed 's/.* //')" = "$1" ]
	said "$1 sent to process $(process_of "$2"), by $2" "$2"
}

# bats test_tags=valgrind
@test "hup, alrm and term reach the process under each supervisor" {
	three_senders
	all_three make_busy
	signal 0 hup
	all_three heard hup
	signal 0 alrm
	all_three heard alrm
	signal 0 term # and does not wait
	all_three heard term
	all_three is_there
}

# bats test_tags=valgrind
@test "several services are told in one go, one that is missing or not" {
	three_senders
	run -100 "$SIGNAL" hup "$T/s6" "$T/missing" "$T/runit"
	wait_until 30 has_event hup s6
	wait_until 30 has_event hup runit
	grep -q 'missing: No such file' <<<"$output"
}

@test "a long wait is told now and then" {
	[ -n "${TRIGGERD_LONG:-}" ] || skip "10 s long: scripts/check --long"
	need_supervisors
	service s6
	supervise_it s6
	make_busy s6
	"$SIGNAL" restart --wait 0.1 "$T/s6" >"$T/s6/said" 2>&1 3>&- &
	wait_until 60 said 'has not ended after 1[0-9] s' s6
	is_there s6
	release s6
	wait $!
	was_restarted s6
}

make_busy() {
	mkfifo "$T/$1/busy"
}

# The deliveries are done: it may end.
release() {
	: >"$T/$1/busy"
}

is_there() {
	kill -0 "$(process_of "$1")"
}

# bats test_tags=valgrind
@test "restart returns when a new process has been up" {
	three_senders
	signal 0 restart --wait 0.1
	all_three was_restarted
}

@test "a process has been up for as long as was asked" {
	need_supervisors
	service s6
	supervise_it s6
	"$SIGNAL" restart --wait 1.5 "$T/s6"
	# What s6 says is cut to whole seconds.
	[ "$(s6-svstat -o updownfor "$T/s6")" -ge 1 ]
}

@test "a sender that ends its deliveries is waited for" {
	three_senders
	all_three make_busy
	signal 0 restart --wait 0.1 &
	local waiting=$!
	all_three wait_until 30 has_event term
	all_three wait_until 30 said 'TERM sent'
	kill -0 "$waiting"
	all_three is_there
	all_three release
	wait "$waiting"
	all_three was_restarted
}

@test "at the limit it gives up, and does not kill" {
	three_senders
	all_three make_busy
	signal 111 restart --limit 0.3
	all_three wait_until 30 has_event term
	all_three said 'still ending after'
	all_three said "up (pid\|pid $(process_of daemontools)\|(pid"
	all_three is_there
	[ "$(events s6)" = 'start term' ]
	all_three release
}

@test "what is down by somebody's will stays down" {
	three_senders
	all_three put_down
	all_three wait_until 30 is_down
	signal 0 hup
	all_three said 'not running, nothing sent'
	signal 0 restart
	all_three said 'left down'
	all_three is_down
	all_three only_ended
}

only_ended() {
	[ "$(events "$1")" = 'start term end' ]
}

is_down() {
	case $1 in
	daemontools) svstat "$T/$1" | grep -q ': down .*normally up$' ;;
	runit) sv status "$T/$1" | grep -q '^down: .*normally up$' ;;
	s6) s6-svstat "$T/$1" | grep -q '^down .*normally up, ready' ;;
	esac
}

@test "what is put down during a restart stays down" {
	three_senders
	all_three make_busy
	signal 0 restart --wait 0.1 --limit 300 &
	local waiting=$!
	all_three wait_until 30 has_event term
	all_three put_down
	# A supervisor that hears first of the end would start another one.
	all_three wait_until 30 is_to_be_down
	all_three release
	wait "$waiting"
	all_three said 'put down while'
	# s6 is down a moment before it is ready for the next.
	all_three wait_until 30 is_down
}

is_to_be_down() {
	case $1 in
	daemontools) svstat "$T/$1" ;;
	runit) sv status "$T/$1" ;;
	s6) s6-svstat "$T/$1" ;;
	esac | grep -q 'want down'
}

@test "a crash loop is told apart, and ends the wait" {
	three_senders
	make_crash runit
	make_crash s6
	# A second after each start supervise looks at nothing, and calls the
	# process up that has ended: this one ends too soon to be up for long.
	echo '#!/nonexistent' >"$T/daemontools/new"
	chmod 755 "$T/daemontools/new"
	mv "$T/daemontools/new" "$T/daemontools/run"
	KINDS=daemontools signal 100 restart --wait 0.9 --limit 300 &
	local first=$!
	KINDS='runit s6' signal 100 restart --wait 5 --limit 300
	wait "$first"
	all_three said 'the new process has ended'
	all_three said 'does not stay up'
}

make_crash() {
	: >"$T/$1/crash"
}

@test "what svc warns of counts, since its exit status is always 0" {
	need_supervisors
	service daemontools
	supervise_it daemontools
	mkdir "$T/bin"
	printf '#!/bin/sh\necho "svc: warning: unable to control" >&2\n' \
		>"$T/bin/svc"
	chmod 755 "$T/bin/svc"
	run -111 env PATH="$T/bin:$PATH" "$SIGNAL" hup "$T/daemontools"
	grep "$T/daemontools: svc: warning: unable" <<<"$output"
}

@test "a start that is late is waited for, not taken for a crash" {
	need_supervisors
	service s6 5
	echo 5 >"$T/s6/notification-fd"
	supervise_it s6
	wait_until 30 is_ready
	mkfifo "$T/s6/late"
	"$SIGNAL" restart --wait 0.1 "$T/s6" 2>"$T/s6/said" 3>&- &
	local waiting=$!
	wait_until 30 started_again s6
	wait_until 30 was_up_a_second
	kill -0 "$waiting"
	run ! is_ready
	: >"$T/s6/late"
	wait "$waiting"
	is_ready
	was_restarted s6
}

is_ready() {
	s6-svstat "$T/s6" | grep -q '^up .*ready'
}

was_up_a_second() {
	[ "$(s6-svstat -o updownfor "$T/s6")" -ge 1 ]
}

started_again() {
	[ "$(events "$1")" = 'start term end start' ]
}

@test "a supervisor that is not there is trouble, no directory is an error" {
	need_supervisors
	all_three service
	signal 111 hup
	all_three said 'no supervisor has it'
	rm "$T"/*/run
	signal 100 hup
	all_three said 'not a service directory'
	run -100 "$SIGNAL" hup "$T/none"
	grep -q 'none: No such file or directory' <<<"$output"
	run -100 "$SIGNAL" hup service/relative
	grep -q 'service/relative: neither' <<<"$output"
}

@test "a supervisor that was killed is trouble" {
	three_senders
	local pid
	while read -r pid; do
		kill -KILL "$pid"
		wait "$pid" || true
	done <"$T/supervisors"
	: >"$T/supervisors" # their numbers may be others' by now
	signal 111 hup
	signal 111 restart
	all_three said 'not running'
	all_three is_there
	[ "$(events s6)" = start ]
}

@test "who may not control the service is told so" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to act as another user"
	three_senders
	all_three refuses_nobody
	# Its files may be seen, but not used.
	chmod 755 "$T"/*/supervise
	all_three refuses_nobody
	[ "$(events s6)" = start ]
}

refuses_nobody() {
	run -111 setpriv --reuid=nobody --clear-groups \
		"$SIGNAL" hup "$T/$1"
	grep -qi "$T/$1: .*denied" <<<"$output"
}

@test "a tool that is not installed is trouble, and named" {
	three_senders
	mkdir "$T/bin"
	all_three misses_its_tool
}

misses_its_tool() {
	run -111 env PATH="$T/bin" "$SIGNAL" hup "$T/$1"
	grep -q "$T/$1: .*sv[a-z]*: No such file" <<<"$output"
}

@test "after a move to another supervisor the one that answers has it" {
	need_supervisors
	local first second
	# s6 keeps its pipe where the others keep theirs.
	for first in daemontools runit; do
		for second in daemontools runit s6; do
			[ "$first" != "$second" ] || continue
			moves "$first" "$second"
		done
	done
}

# One directory, first under one supervisor, then under the other.
moves() {
	local dir=$1-$2
	service "$dir"
	: >"$T/$dir/down"
	case $1 in
	daemontools) supervise "$T/$dir" 3>&- & ;;
	runit) runsv "$T/$dir" 3>&- & ;;
	esac
	wait_until 30 test -p "$T/$dir/supervise/ok"
	kill -KILL $!
	wait $! || true
	rm "$T/$dir/down"
	supervise_it "$2" "$T/$dir"
	"$SIGNAL" hup "$T/$dir" >"$T/$dir/said" 2>&1
	grep -q ", by $2" "$T/$dir/said"
	wait_until 30 has_event hup "$dir"
}

# --- systemd cannot run here: one of our own that says what it says -------

# unit_state FILE ACTIVE SUB PID JOB [LOAD]: what is said while the file is
# $T/unit; with $T/next, after the next try-restart.
unit_state() {
	mkdir -p "$T/bin"
	printf '%s\n' "LoadState=${6:-loaded}" "ActiveState=$2" "SubState=$3" \
		"MainPID=$4" NRestarts=0 "Job=$5" \
		StateChangeTimestampMonotonic=1 >"$T/new"
	mv "$T/new" "$T/$1"
	[ ! -e "$T/bin/systemctl" ] || return 0
	cat >"$T/bin/systemctl" <<-EOF
		#!/bin/sh
		[ "\$1" != show ] || exec cat '$T/unit'
		[ "\$2" != try-restart ] || [ ! -e '$T/next' ] ||
			mv '$T/next' '$T/unit'
		echo "\$*" >>'$T/asked'
	EOF
	chmod 755 "$T/bin/systemctl"
}

# More than any process has.
OLD=2000000000
NEW=2000000001

unit() {
	env PATH="$T/bin:$PATH" "$SIGNAL" "$@" 2>&1
}

# bats test_tags=valgrind
@test "a unit's main process is signalled by systemctl" {
	unit_state unit active running $OLD ''
	unit hup qmail-send.service
	unit reload qmail-send.service
	run -100 unit check qmail-send.service
	grep 'only Postfix can check' <<<"$output"
	unit alrm qmail-send
	unit term qmail-send
	diff - "$T/asked" <<-EOF
		kill --kill-who=main --signal=HUP -- qmail-send.service
		kill --kill-who=main --signal=HUP -- qmail-send.service
		kill --kill-who=main --signal=ALRM -- qmail-send
		kill --kill-who=main --signal=TERM -- qmail-send
	EOF
}

@test "a unit that is down is left alone, one that is not there an error" {
	unit_state unit inactive dead 0 ''
	unit hup qmail-send | grep 'not running, nothing sent: inactive (dead)'
	unit restart qmail-send | grep 'left down'
	unit_state unit failed failed 0 ''
	unit hup qmail-send
	run -100 unit restart qmail-send
	grep 'not running: failed' <<<"$output"
	unit_state unit inactive dead 0 '' not-found
	run -100 unit hup qmail-send
	grep "'not-found'" <<<"$output"
	[ ! -e "$T/asked" ]
}

@test "a number that no process can have is not cut to another's" {
	unit_state unit active running 4294967297 ''
	unit hup qmail-send | grep 'not running, nothing sent'
	[ ! -e "$T/asked" ]
}

# bats test_tags=valgrind
@test "a unit is restarted by try-restart, and waited for until it is active" {
	unit_state unit active running $OLD ''
	unit_state next inactive dead 0 7
	unit restart --wait 0.1 qmail-send >"$T/said" 3>&- &
	local waiting=$!
	wait_until 30 grep -q 'TERM sent' "$T/said"
	grep -x -- '--no-block try-restart -- qmail-send' "$T/asked"
	unit_state unit activating start $NEW 7
	kill -0 $waiting
	unit_state unit active running $NEW ''
	wait $waiting
	grep "restarted, process $NEW" "$T/said"
}

# systemctl does what it was told, warns, and ends with 0 (start_unit_one() in
# systemctl-start-unit.c of systemd).
@test "a unit file that changed on disk keeps no restart from being waited for" {
	unit_state unit active running $OLD ''
	unit_state next active running $NEW ''
	echo "echo 'Warning: The unit file changed on disk.' >&2" \
		>>"$T/bin/systemctl"
	run -0 unit restart --wait 0.1 qmail-send
	grep "restarted, process $NEW" <<<"$output"
}

@test "at the limit the last word is the supervisor's" {
	unit_state unit activating auto-restart 0 ''
	run -111 unit restart --limit 0.2 qmail-send
	grep 'not up again after .*: activating (auto-restart)' <<<"$output"
	unit_state unit active running $OLD ''
	run -111 unit restart --limit 0.2 qmail-send
	grep 'still ending after .*: active (running)' <<<"$output"
	unit_state next activating start $NEW 7
	run -111 unit restart --limit 0.2 --wait 0.1 qmail-send
	grep 'not ready after .*: activating (start)' <<<"$output"
}

@test "what systemctl says when it fails is told" {
	unit_state unit active running $OLD ''
	cat >"$T/bin/systemctl" <<-EOF
		#!/bin/sh
		[ "\$1" != show ] || [ -e '$T/deaf' ] || exec cat '$T/unit'
		[ ! -e '$T/deaf' ] || echo 'Failed to connect to bus'
		exit 3
	EOF
	run -111 unit hup qmail-send
	grep 'systemctl: exit status 3' <<<"$output"
	: >"$T/deaf"
	run -111 unit restart qmail-send
	grep 'qmail-send: Failed to connect to bus' <<<"$output"
}

# A stand-in for runit's sv, which says what is in $T/words.
runit_says() {
	mkdir -p "$T/bin" "$T/odd/supervise"
	: >"$T/odd/supervise/ok"
	: >"$T/odd/supervise/stat"
	printf '%s\n' "$@" >"$T/words"
	printf '#!/bin/sh\nexec cat "%s"\n' "$T/words" >"$T/bin/sv"
	chmod 755 "$T/bin/sv"
}

@test "what sv says is believed if it is known" {
	runit_says "run: $T/odd: (pid 0) 3s"
	run -111 unit hup "$T/odd"
	runit_says "run: $T/other: (pid 7) 3s"
	run -111 unit hup "$T/odd"
	runit_says 'alright'
	run -111 unit hup "$T/odd"
	runit_says "finish: $T/odd: (pid 7) 3s"
	run -0 unit hup "$T/odd"
	grep 'not running, nothing sent' <<<"$output"
	# However much it says, it is heard to its end.
	runit_says "down: $T/odd: 3s" "$(seq 30000)"
	run -0 unit hup "$T/odd"
	grep 'not running, nothing sent' <<<"$output"
}

@test "Postfix is told in its own words, or it is said why not" {
	mkdir "$T/bin"
	printf '#!/bin/sh\necho "$*" >>"%s"\n' "$T/asked" >"$T/bin/postfix"
	printf '#!/bin/sh\necho "%s"\n' "$T/etc" >"$T/bin/postconf"
	chmod 755 "$T/bin/postfix" "$T/bin/postconf"
	run -0 unit check "postfix:$T/etc"
	run -0 unit alrm "postfix:$T/etc"
	run -0 unit term "postfix:$T/etc"
	diff - "$T/asked" <<-EOF
		-c $T/etc check
		-c $T/etc status
		-c $T/etc flush
		-c $T/etc status
		-c $T/etc stop
	EOF
	# No sbin is added to a PATH that has one.
	rm "$T/bin/postfix"
	run -111 env PATH="$T/bin:/usr/sbin-not" "$SIGNAL" check "postfix:$T/etc"
	grep "postfix:$T/etc: postfix check: .*No such file" <<<"$output"
	run -111 env -u PATH "$SIGNAL" check "postfix:$T/none"
	grep "postfix:$T/none: postfix check: " <<<"$output"
}

# As postconf of Postfix 3.7 does it: it warns before it answers, and expands
# what is in a value only with -x.
# bats test_tags=valgrind
@test "an instance is enabled if Postfix says so, whatever else it says" {
	mkdir "$T/bin" "$T/first" "$T/etc"
	printf '#!/bin/sh\necho "$*" >>"%s"\n' "$T/asked" >"$T/bin/postfix"
	command_file bin/postconf <<-EOF
		case "\$*" in
		*config_directory) echo "$T/first" ;;
		*-x*)
			echo 'postconf: warning: overriding earlier entry' >&2
			cat "$T/enabled"
			;;
		*) echo '\$word' ;;
		esac
	EOF
	chmod 755 "$T/bin/postfix"
	for word in yes YES; do
		echo $word >"$T/enabled"
		run -0 unit reload "postfix:$T/etc"
		grep "postfix:$T/etc: postfix reload" <<<"$output"
		grep 'overriding earlier' <<<"$output"
	done
	echo no >"$T/enabled"
	run -0 unit reload "postfix:$T/etc"
	grep "postfix:$T/etc: disabled" <<<"$output"
	# The default one may have another name.
	run -0 unit reload "postfix:$T/first/"
	grep "postfix:$T/first/: postfix reload" <<<"$output"
	printf '#!/bin/sh\necho no such thing >&2; exit 1\n' \
		>"$T/bin/postconf"
	run -111 unit reload "postfix:$T/etc"
	grep '^no such thing' <<<"$output"
	grep "postfix:$T/etc: postconf: exit 1" <<<"$output"
}

@test "an instance of Postfix that cannot be asked does not pass for down" {
	mkdir "$T/bin"
	printf '#!/bin/sh\necho "%s"\n' "$T/etc" >"$T/bin/postconf"
	command_file bin/postfix <<-EOF
		[ "\$3" != status ] || kill -KILL \$\$
		echo "\$*" >>"$T/asked"
	EOF
	chmod 755 "$T/bin/postconf"
	run -111 unit reload "postfix:$T/etc"
	grep "postfix:$T/etc: postfix status: exit 137" <<<"$output"
	[ ! -e "$T/asked" ]
	# It cannot be run, and no other one is looked for.
	ln -sf postfix "$T/bin/postfix"
	run -111 unit alrm "postfix:$T/etc"
	grep "postfix:$T/etc: postfix status: .*symbolic links" <<<"$output"
}

@test "who starts us may ignore the end of his children" {
	unit_state unit active running $OLD ''
	run -0 env PATH="$T/bin:$PATH" perl -e \
		'$SIG{CHLD} = "IGNORE"; exec @ARGV' "$SIGNAL" hup qmail-send
	grep -- '--signal=HUP' "$T/asked"
}

# bats test_tags=valgrind
@test "wrong words are a wrong source, and nothing is done" {
	run -100 "$SIGNAL"
	run -100 "$SIGNAL" hup
	run -100 "$SIGNAL" --frobnicate hup /service/x
	run -100 "$SIGNAL" kill /service/x
	grep 'kill: nothing that can be done' <<<"$output"
	run -100 "$SIGNAL" hup --wait 5 /service/x
	grep 'hup: does not wait' <<<"$output"
	for seconds in -1 x 5s '' nan inf 1e9; do
		run -100 "$SIGNAL" restart --wait "$seconds" /service/x
		grep 'not a number of seconds' <<<"$output"
	done
	run -0 "$SIGNAL" --help
	grep '^usage: service-signal' <<<"$output"
}
