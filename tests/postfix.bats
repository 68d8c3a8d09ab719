# Real instances of Postfix, made by postmulti, in a mount namespace of their
# own: /etc, /var/spool and /var/lib are copies, and nothing of this machine's
# mail system is touched.  No service listens to the network.

# The tests share the instances.
export BATS_NO_PARALLELIZE_WITHIN_FILE=true

load lib/triggerd

SIGNAL=$TOP/service/service-signal${BUILT:-}

setup_file() {
	local dir
	command -v postmulti postmap >/dev/null || return 0
	unshare -m true 2>/dev/null || return 0
	dir=$BATS_FILE_TMPDIR
	mkfifo "$dir/ready" "$dir/end"
	unshare -m --propagation private bash -eu "$TOP/tests/lib/postfix.sh" \
		"$dir" >"$dir/log" 2>&1 3>&- &
	echo $! >"$dir/holder"
	# It stays empty if the instances could not be made.
	timeout 200 cat "$dir/ready" >"$dir/made" || true
}
teardown_file() {
	[ ! -p "$BATS_FILE_TMPDIR/end" ] ||
		timeout 60 dd if=/dev/null of="$BATS_FILE_TMPDIR/end" \
			2>/dev/null || true
	wait
}

setup() {
	command -v postmulti postmap >/dev/null || skip "Postfix is not here"
	unshare -m true 2>/dev/null || skip "no mount namespace to be had"
	cat "$BATS_FILE_TMPDIR/log"
	[ -s "$BATS_FILE_TMPDIR/made" ]
	holder=$(cat "$BATS_FILE_TMPDIR/holder")
	make_conf
	command_file inside <<-EOF
		exec nsenter -m -t $holder -- "\$@"
	EOF
	inside() {
		"$T/inside" "$@"
	}
	command_file triggerd <<-EOF
		exec $T/inside $TRIGGERD "\$@"
	EOF
	TRIGGERD=$T/triggerd
}
teardown() {
	stop_triggerd
}

# The shipped rule, with the programs of this tree.
shipped() {
	sed "s,^\(command\|foreach_command\) = \(postfix-[a-z]*\),\1 = \
$TOP/scripts/\2,; s,= service-signal,= $SIGNAL," \
		"$TOP/rules.d/$1.ini" >"$CONF/rules.d/$1.ini"
}

virtual() {
	inside sh -c "printf '%s\n' '$2' >$1/virtual.new
		mv $1/virtual.new $1/virtual"
}

answer() {
	inside postmap -c "$1" -q "$2" "cdb:$1/virtual"
}

@test "the list of instances begins with the default one" {
	[ "$(inside "$TOP/scripts/postfix-instances" | head -2 | xargs)" = \
		'/etc/postfix /etc/postfix-b' ]
}

@test "a changed map of each instance is rebuilt, and answers" {
	shipped postfix-maps
	start_triggerd
	barrier
	for dir in /etc/postfix /etc/postfix-b; do
		virtual $dir "joe@example.com joe-$(basename $dir)"
	done
	barrier
	[ "$(answer /etc/postfix joe@example.com)" = joe-postfix ]
	[ "$(answer /etc/postfix-b joe@example.com)" = joe-postfix-b ]
	# Nothing is left beside the map.
	[ "$(inside ls /etc/postfix | grep -c '^virtual')" -eq 2 ]

	# A map that is suddenly empty is refused, and the next one is served.
	virtual /etc/postfix '# nobody'
	virtual /etc/postfix-b 'joe@example.com another'
	run -1 barrier
	[ "$(answer /etc/postfix joe@example.com)" = joe-postfix ]
	[ "$(answer /etc/postfix-b joe@example.com)" = another ]
	virtual /etc/postfix 'joe@example.com again'
	barrier
	[ "$(answer /etc/postfix joe@example.com)" = again ]
}

@test "an instance that is removed is forgotten, and its map left alone" {
	inside postconf -e 'multi_instance_directories = /etc/postfix-b /etc/postfix-d'
	inside cp -a /etc/postfix-b /etc/postfix-d
	shipped postfix-maps
	start_triggerd
	barrier
	virtual /etc/postfix-d 'joe@example.com here'
	barrier
	[ "$(answer /etc/postfix-d joe@example.com)" = here ]
	inside postconf -e 'multi_instance_directories = /etc/postfix-b'
	barrier # which asks for the list
	virtual /etc/postfix-d 'joe@example.com late'
	barrier
	[ "$(answer /etc/postfix-d joe@example.com)" = here ]
	run ! grep postfix-d "$T/run/status"
}

@test "reload: one runs, one is disabled, one is broken, one is not there" {
	inside postfix -c /etc/postfix start 3>&-
	inside mkdir -p /etc/postfix-c
	run -111 inside "$SIGNAL" reload postfix:/etc/postfix-c \
		postfix:/etc/nowhere postfix:/etc/postfix postfix:/etc/postfix-b
	grep 'postfix:/etc/postfix-c: ' <<<"$output"
	grep 'postfix:/etc/nowhere: ' <<<"$output"
	grep 'postfix:/etc/postfix: postfix reload' <<<"$output"
	grep 'postfix:/etc/postfix-b: disabled: not told to reload' <<<"$output"
	grep 'postfix:/etc/postfix-b: postfix check' <<<"$output"
	# Its log is written by a process of its own.
	wait_until 30 inside grep \
		'reload -- version.*configuration /etc/postfix$' /var/spool/log

	# The problems of a disabled one are told.
	inside sh -c 'mv /var/spool/postfix-b /var/spool/aside
		: >/var/spool/postfix-b'
	run -111 inside "$SIGNAL" reload postfix:/etc/postfix-b
	grep 'postfix:/etc/postfix-b: postfix check: exit' <<<"$output"
	inside sh -c 'rm /var/spool/postfix-b
		mv /var/spool/aside /var/spool/postfix-b'

	# Stopped from the last to the first; what is down is not started.
	run -0 inside "$SIGNAL" term postfix:/etc/postfix postfix:/etc/postfix-b
	[[ ${lines[0]} = *postfix-b:* ]]
	[[ ${lines[1]} = *"/etc/postfix: postfix stop" ]]
	run -0 inside "$SIGNAL" hup postfix:/etc/postfix
	[[ $output = *"not running: not told to reload"* ]]
	run -1 inside postfix -c /etc/postfix status
}

@test "a table of patterns that changed has its instance reloaded, once" {
	command_file reload <<-EOF
		echo "\$1" >>$T/reloads
	EOF
	shipped postfix-reload
	sed -i "s,^command = .*,command = $T/reload \${instance}," \
		"$CONF/rules.d/postfix-reload.ini"
	inside sh -c 'echo "/x/ REJECT" >/etc/postfix-b/header.pcre'
	start_triggerd
	barrier
	before=$(count "$T/reloads")
	inside sh -c 'echo "/y/ REJECT" >/etc/postfix-b/new
		mv /etc/postfix-b/new /etc/postfix-b/header.pcre'
	barrier
	[ "$(count "$T/reloads")" -eq $((before + 1)) ]
	[ "$(tail -1 "$T/reloads")" = /etc/postfix-b ]
	inside touch /etc/postfix-b/header.pcre
	barrier
	[ "$(count "$T/reloads")" -eq $((before + 1)) ]
}

@test "nonsense about Postfix is refused" {
	run -100 "$SIGNAL" reload postfix:relative
	run -100 "$SIGNAL" restart postfix:/etc/postfix
	[[ $output = *"needs no restart"* ]]
	run -100 "$SIGNAL" check /service/qmail-send
	run -100 "$TOP/scripts/postfix-map" /etc/postfix pcre x y
	run -100 "$TOP/scripts/postfix-map" /etc/postfix cdb x
	run -111 "$TOP/scripts/postfix-map" /etc/postfix cdb "$T/none" "$T/new"
}
