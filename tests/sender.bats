# The rules for qmail-send as shipped: what it is told after which change, with
# a real supervise.

load lib/triggerd
load lib/services

setup() {
	make_conf 'jobs = 1'
	pid=
	command -v supervise >/dev/null || skip "needs supervise"
	command -v svstat >/dev/null || skip "needs svstat"
	mkdir -p "$T/bin" "$T/qmail/control"
	cp "$SIGNAL" "$T/bin/service-signal"
	sed -i "s,^builders = .*,builders = $T/bin," "$CONF/triggerd.ini"
	printf '[vars]\nqmail = %s\nservice = %s\n' "$T/qmail" "$T" \
		>>"$CONF/triggerd.ini"
	C=$T/qmail/control
	echo mail.example.org >"$C/me"
	echo example.org:example.org >"$C/virtualdomains"
	service qmail-send
}

teardown() {
	stop_triggerd
	end_services
}

# shipped RULE: as it is, but in haste.
shipped() {
	sed 's/restart /restart --wait 0.1 /
		s/^min_interval = .*/min_interval = 0/' \
		"$TOP/rules.d/$1.ini" >"$CONF/rules.d/$1.ini"
}

start_with() {
	shipped "$1"
	supervise_it daemontools "$T/qmail-send"
	start_triggerd
	barrier
}

# heard EVENTS: since the rules ran for the first time.
heard() {
	wait_until 30 heard_now "$1"
}

heard_now() {
	[ "$(events qmail-send)" = "$1" ]
}

put() {
	printf '%s\n' "$2" >"$C/new"
	mv "$C/new" "$C/$1"
}

@test "HUP for locals and virtualdomains, nothing for a touch or a cdb" {
	start_with sender
	heard 'start hup'
	put virtualdomains 'example.net:example.net'
	barrier
	heard 'start hup hup'
	put locals mail.example.org
	barrier
	heard 'start hup hup hup'
	touch "$C/locals" "$C/virtualdomains"
	touch "$PIPE"
	put validrcptto.cdb new
	put concurrencyremote 20
	barrier
	rm "$C/locals"
	barrier
	heard 'start hup hup hup hup'
}

@test "a restart for what is read at the start, nothing for the others" {
	start_with sender-restart
	heard 'start term end start'
	put virtualdomains 'example.net:example.net'
	put validrcptto.cdb new
	touch "$C/me"
	touch "$PIPE"
	barrier
	put concurrencyremote 20
	barrier
	heard 'start term end start term end start'
	is_gone "$(awk '$1 == "start" { print $2; exit }' \
		"$T/qmail-send/events")"
}

@test "a sender that somebody put down is not started by a change" {
	: >"$T/qmail-send/down"
	supervise "$T/qmail-send" 3>&- &
	echo $! >>"$T/supervisors"
	wait_until 30 svok "$T/qmail-send"
	shipped sender
	shipped sender-restart
	start_triggerd
	barrier
	grep 'not running, nothing sent' "$T/log"
	grep 'left down' "$T/log"
	[ ! -e "$T/qmail-send/events" ]
	svstat "$T/qmail-send" | grep ': down'
}

@test "a restart that waits for deliveries does not hold up builds" {
	mkfifo "$T/qmail-send/busy"
	command_file copy <<-'EOS'
		cat "$1" >"$2"
	EOS
	rule copy <<-EOS
		sources = $T/src/a
		target = $T/out
		command = $T/copy $T/src/a \${new}
	EOS
	echo first >"$T/src/a"
	shipped sender-restart
	supervise_it daemontools "$T/qmail-send"
	start_triggerd
	wait_until 30 has_event term qmail-send
	# The command may be quicker than the status.
	wait_until 30 eval '[ "$(status_of sender-restart state)" = running ]'
	echo second >"$T/src/new"
	mv "$T/src/new" "$T/src/a"
	wait_until 30 grep -q second "$T/out"
	[ "$(status_of sender-restart state)" = running ]
	: >"$T/qmail-send/busy"
	barrier
	heard 'start term end start'
}
