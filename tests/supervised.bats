# triggerd as a service, installed by make: started, reloaded, its log read
# back, killed and back, under each supervisor.

load lib/triggerd
load lib/services

setup() {
	make_conf
	pid=
	tree=
	D=$T/services
	mkdir "$D" "$T/sbin"
	wrapper triggerd "$TRIGGERD"
	wrapper trigger-ctl "$CTL"
}

teardown() {
	stop_triggerd
	[ -n "$tree" ] || return 0
	end_tree
	wait "$tree" || true
}

# What is installed takes its configuration from /etc.
wrapper() {
	printf '#!/bin/sh\nexec %s -c %s "$@"\n' "$2" "$CONF" >"$T/sbin/$1"
	chmod 755 "$T/sbin/$1"
}

# Each supervisor's own way to end all of it, which is part of the test: the
# service must end, and its log.
end_tree() {
	case $kind in
	daemontools)
		kill "$tree"
		wait "$tree" || true
		svc -dx "$D/triggerd"
		svc -x "$D/triggerd/log"
		wait_until 30 not svok "$D/triggerd"
		wait_until 30 not svok "$D/triggerd/log"
		;;
	runit)
		kill -HUP "$tree"
		wait_until 30 not sv status "$D/triggerd"
		;;
	s6) s6-svscanctl -t "$D" ;;
	esac
}

not() {
	! "$@"
}

install_service() {
	make -s -C "$TOP" install-service SUPERVISOR="$1" SERVICEDIR="$D" \
		SBINDIR="$T/sbin" LOGUSER="$(id -un)"
}

# The supervisor of a whole directory, and triggerd in it.
start_tree() {
	kind=$1
	[ "$(id -u)" -eq 0 ] || skip "needs root: the log belongs to another user"
	command -v "$2" >/dev/null || skip "needs $2"
	copying
	install_service "$kind"
	case $kind in
	daemontools) svscan "$D" 2>"$T/tree" 3>&- & ;;
	runit) runsvdir "$D" 2>"$T/tree" 3>&- & ;;
	s6) s6-svscan "$D" 2>"$T/tree" 3>&- & ;;
	esac
	tree=$!
	wait_until 30 answers
}

answers() {
	ctl sync >/dev/null 2>&1
}

copying() {
	command_file copy <<-'EOS'
		cat "$1" >"$2"
	EOS
	rule copy <<-EOS
		sources = $T/src/a
		target = $T/out
		command = $T/copy $T/src/a \${new}
	EOS
	echo first >"$T/src/a"
}

put() {
	echo "$1" >"$T/src/new"
	mv "$T/src/new" "$T/src/a"
}

# logged TEXT: in the log, behind a time that tai64n names.
logged() {
	grep -Eq "^@[0-9a-f]{24} triggerd: .*$1" "$D/triggerd/log/main/current"
}

daemon_pid() {
	awk '$1 == "pid" { print $2 }' "$T/run/status"
}

# Killed without a word; what happens then is neither lost nor waited for.
survives_kill() {
	local old
	old=$(daemon_pid)
	kill -KILL "$old"
	put third
	touch "$PIPE"
	wait_until 30 is_gone "$old"
	wait_until 30 grep -q third "$T/out"
	wait_until 30 answers
	[ "$(daemon_pid)" != "$old" ]
}

# All that a service is for.
lives() {
	grep first "$T/out"
	wait_until 30 logged 'ready, 1 rules'
	put second
	barrier
	grep second "$T/out"
	"$SIGNAL" hup "$D/triggerd" 2>"$T/said"
	grep "hup sent to process $(daemon_pid), by $kind" "$T/said"
	wait_until 30 logged 'configuration loaded'
	survives_kill
	"$SIGNAL" term "$D/triggerd"
	wait_until 30 logged stopping
}

@test "under daemontools triggerd lives, with a log by multilog" {
	start_tree daemontools svscan
	[ -k "$D/triggerd" ]
	lives
	tai64nlocal <"$D/triggerd/log/main/current" | grep '^20.*ready, 1 rules'
}

@test "under runit triggerd lives, and check says when it answers" {
	start_tree runit runsvdir
	sv -w 30 check "$D/triggerd"
	lives
	wait_until 30 answers
	sv -w 30 down "$D/triggerd"
	run ! "$D/triggerd/check"
}

@test "under s6 triggerd lives, and is ready when it says so" {
	start_tree s6 s6-svscan
	s6-svwait -U -t 30000 "$D/triggerd"
	s6-svstat "$D/triggerd" | grep ', ready '
	lives
}

@test "the unit for systemd is one that systemd takes" {
	command -v systemd-analyze >/dev/null || skip "needs systemd-analyze"
	printf '[Service]\nExecStart=/bin/true\n' >"$T/plain.service"
	systemd-analyze verify --man=no "$T/plain.service" >"$T/said" 2>&1 ||
		skip "systemd-analyze does not work here"
	install_service systemd
	run -0 systemd-analyze verify --man=no "$D/triggerd.service"
	[ "$output" = "$(cat "$T/said")" ]
	grep -x "ExecStart=$T/sbin/triggerd" "$D/triggerd.service"
}

# The one part of the unit that works without systemd.
@test "with the unit's capabilities a rule runs as its user" {
	[ "$(id -u)" -eq 0 ] || skip "needs root to run commands as another user"
	local kept
	kept=$(sed -n 's/^CapabilityBoundingSet=//p' \
		"$TOP/scripts/service/systemd/triggerd.service" |
		tr 'A-Z ' 'a-z\n' | sed 's/^cap_/,+/' | tr -d '\n')
	printf '#!/bin/sh\nexec setpriv --bounding-set=-all%s %s "$@"\n' \
		"$kept" "$TRIGGERD" >"$T/capped"
	chmod 755 "$T/capped"
	command_file theirs <<-'EOS'
		id -un >"$1"
		[ ! -r "$2" ] || exit 100
	EOS
	echo secret >"$T/secret"
	chmod 600 "$T/secret"
	mkdir -m 700 "$T/closed"
	chown games "$T/closed"
	rule theirs <<-EOS
		sources = $T/src/a
		target = $T/closed/out
		command = $T/theirs \${new} $T/secret
		user = games
		owner = nobody
		mode = 0640
		timeout = 30s
	EOS
	command_file endless <<-'EOS'
		trap '' TERM
		touch "$1"
		while :; do sleep 60; done
	EOS
	rule endless <<-EOS
		sources = $T/src/a
		command = $T/endless $T/closed/there
		user = games
		timeout = 100ms
		stop_timeout = 100ms
		retry = 1h..1h
	EOS
	echo first >"$T/src/a"
	TRIGGERD=$T/capped
	start_triggerd
	[ "$(grep CapBnd "/proc/$pid/status")" != "$(grep CapBnd /proc/$$/status)" ]
	barrier theirs
	[ "$(stat -c '%U %a' "$T/closed/out")" = 'nobody 640' ]
	grep -x games "$T/closed/out"
	wait_until 30 grep -q 'endless: timed out after' "$T/log"
	stop_triggerd
	[ -z "$(pgrep -u games -f "$T/endless")" ]
}

@test "a service that is there already is left as it is" {
	install_service s6
	echo mine >"$D/triggerd/run"
	run ! install_service s6
	grep 'is there already' <<<"$output"
	grep -x mine "$D/triggerd/run"
	[ "$(ls -A "$D")" = triggerd ]
}

@test "install-service names what is wrong with its words" {
	run ! make -s -C "$TOP" install-service
	grep usage <<<"$output"
	run ! make -s -C "$TOP" install-service SUPERVISOR=init SERVICEDIR="$D"
	grep usage <<<"$output"
	run ! make -s -C "$TOP" install-service SUPERVISOR=s6 SERVICEDIR="$D/none"
	grep 'none: no such directory' <<<"$output"
	run ! make -s -C "$TOP" install-service SUPERVISOR=s6 SERVICEDIR="$D" \
		LOGUSER=no-such-user
	grep 'no such user: no-such-user' <<<"$output"
	[ -z "$(ls -A "$D")" ]
}
