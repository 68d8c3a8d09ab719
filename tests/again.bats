# An error of the machine may hide a domain and pass without a trace.  What was
# built meanwhile is as good as it can be, and is built again until it is right.

load lib/triggerd
load lib/qmail

setup() {
	[ "$(id -u)" -eq 0 ] || skip "only root may mount"
	make_conf 'scan = 0'
	make_qmail
	mkdir "$T/cache"
	# "flaky PROGRAM": while there is a file "bad", to read what it names is
	# an error, of which no stamp outside of the program tells.
	command_file flaky <<-'EOF'
		here=${0%/*}
		echo run >>"$here/runs"
		[ -e "$here/bad" ] || exec "$@"
		exec unshare -m sh -c 'bad=$1; shift
			mount --bind "/proc/$$/mem" "$bad" && exec "$@"' \
			sh "$(cat "$here/bad")" "$@"
	EOF
	domain one.example
	domain two.example
	login one.example joe
	login two.example joe
	breaks "$V/domains/one.example/vpasswd"
	run "$T/flaky" cat "$(cat "$T/bad")"
	grep 'Input/output error' <<<"$output" ||
		skip "no file can be made to fail"
	rm "$T/bad" "$T/runs"
}

teardown() {
	stop_triggerd
}

# login DOMAIN NAME: a mailbox with a password.
login() {
	printf '%s:%s:1:0::%s:NOQUOTA\n' "$2" '$1$salt$2QKLbwqlfAgTEArFVW4Bg.' \
		"$V/domains/$1/$2" >>"$V/domains/$1/vpasswd"
}

breaks() {
	echo "$1" >"$T/bad"
}

build() {
	"$T/flaky" "$TOP/builders/$1${BUILT:-}" --qmail "$Q" --vpopmail "$V" \
		-c "$T/out.cdb" --deps "$T/deps" "${@:2}"
}

mkvalid() {
	build mkvalidrcptto --alias "$A" --passwd "$T/passwd" "$@"
}

has() {
	cdb -q "$T/out.cdb" "$1" >/dev/null 2>&1
}

# marked DIRECTORY: does the run's mark lie there, and in its dependencies?
marked() {
	[ -e "$1/again" ] && grep -Fx "$1/again" "$T/deps"
}

@test "an error of the machine is marked until it is over, each time anew" {
	mkvalid --cache "$T/cache"
	run ! marked "$T/cache"
	login one.example ann
	login two.example ann
	breaks "$V/domains/one.example/vpasswd"
	mkvalid --cache "$T/cache"
	marked "$T/cache"
	has joe@one.example
	has ann@two.example
	run ! has ann@one.example
	first=$(stat -c '%i %z' "$T/cache/again")
	mkvalid --cache "$T/cache"
	marked "$T/cache"
	[ "$(stat -c '%i %z' "$T/cache/again")" != "$first" ]
	rm "$T/bad"
	mkvalid --cache "$T/cache"
	has ann@one.example
	run ! marked "$T/cache"
	[ ! -e "$T/cache/again" ]
}

@test "trouble that a change would end is not marked" {
	for trouble in 'rm FILE' 'echo joe >FILE' 'ln -sf vpasswd FILE' \
		'rm FILE; mkdir FILE' 'ln -sf "$(printf %0300d)" FILE'; do
		cp -a "$V/domains/one.example" "$T/kept"
		eval "${trouble//FILE/$V/domains/one.example/vpasswd}"
		mkvalid --cache "$T/cache" 2>"$T/said"
		grep 'one.example' "$T/said"
		run ! marked "$T/cache"
		rm -r "$V/domains/one.example"
		mv "$T/kept" "$V/domains/one.example"
	done
}

@test "a program of --users that fails is asked again" {
	mkvalid --cache "$T/cache" --users sh -c 'exit 1'
	marked "$T/cache"
	mkvalid --cache "$T/cache" --users echo joe
	run ! marked "$T/cache"
	# One that is not there will not come by itself.
	mkvalid --cache "$T/cache" --users "$T/none"
	run ! marked "$T/cache"
}

@test "where nothing could be marked the run fails" {
	mkvalid --trouble skip
	cp "$T/out.cdb" "$T/old.cdb"
	breaks "$V/domains/one.example/vpasswd"
	run -111 mkvalid --trouble skip
	grep 'without --cache' <<<"$output"
	cmp "$T/old.cdb" "$T/out.cdb"
	mkdir "$T/cache/again"
	run -111 mkvalid --cache "$T/cache"
	grep "$T/cache/again" <<<"$output"
	cmp "$T/old.cdb" "$T/out.cdb"
}

@test "mkauth marks an error of the machine, too" {
	build mkauth --cache "$T/cache" --last "$T/out.cdb"
	run ! marked "$T/cache"
	login one.example ann
	login two.example ann
	breaks "$V/domains/one.example/vpasswd"
	build mkauth --cache "$T/cache" --last "$T/out.cdb"
	marked "$T/cache"
	has joe@one.example
	has ann@two.example
	run ! has ann@one.example
	rm "$T/bad"
	build mkauth --cache "$T/cache" --last "$T/out.cdb"
	has ann@one.example
	run ! marked "$T/cache"
	breaks "$V/domains/one.example/vpasswd"
	run -111 build mkauth --last "$T/out.cdb"
	grep 'without --cache' <<<"$output"
	has ann@one.example
}

# valid_rule [LINE...]: the list as the daemon makes it.
valid_rule() {
	rule valid <<-EOF
		sources = $Q/control/virtualdomains $Q/users/cdb
		target = $T/out.cdb
		command = $T/flaky $TOP/builders/mkvalidrcptto${BUILT:-}
		    --qmail $Q --vpopmail $V --alias $A --passwd $T/passwd
		    -c \${new} --deps \${deps} --cache \${cache}
		check = cdb
		settle = 10ms
		$*
	EOF
}

is_state() { [ "$(status_of valid state)" = "$1" ]; }
ran() { [ "$(count "$T/runs")" -ge "$1" ]; }

@test "the daemon builds again until the error is over, and less and less" {
	valid_rule 'retry = 10ms..200ms'
	start_triggerd
	barrier
	is_state current
	breaks "$V/domains/one.example/vpasswd"
	login one.example ann
	wait_until 30 is_state restless
	# What could be read is right, and the rest is as it was.
	has joe@one.example
	run ! has ann@one.example
	grep "valid: behind again after 3 runs (.*/cache/valid/again)" \
		"$T/log"
	wait_until 30 grep 'one.example: the last good list is kept' "$T/log"
	before=$(count "$T/runs")
	wait_until 30 ran $((before + 1))
	# Nothing of the system changes any more.
	rm "$T/bad"
	wait_until 30 has ann@one.example
	wait_until 30 is_state current
	after=$(count "$T/runs")
	barrier
	[ "$(count "$T/runs")" -eq "$after" ]
	[ -z "$(find "$T/state/cache" -name again)" ]
}

@test "a rule that compares contents builds again as well" {
	valid_rule $'compare = content\nretry = 10ms..200ms'
	start_triggerd
	barrier
	is_state current
	breaks "$V/domains/one.example/vpasswd"
	login one.example ann
	wait_until 30 is_state restless
	run ! has ann@one.example
	rm "$T/bad"
	wait_until 30 has ann@one.example
	wait_until 30 is_state current
}

@test "an error that lasts is no busy loop" {
	valid_rule 'retry = 1h..1h'
	breaks "$V/domains/one.example/vpasswd"
	start_triggerd
	wait_until 30 is_state restless
	# Who wants to know is told; a hint changes nothing about the wait.
	run -1 barrier
	grep valid <<<"$output"
	# Until the wait is so long that it does not end by itself meanwhile.
	for i in 1 2 3 4 5 6 7 8 9; do
		run -1 barrier
	done
	wait_until 30 is_state restless
	[ "$(($(status_of valid next_at) - $(date +%s%3N)))" -ge 180000 ]
	before=$(count "$T/runs")
	for i in 1 2 3 4 5; do
		touch "$PIPE"
		ctl check valid || true
	done
	touch "$PIPE"
	[ "$(count "$T/runs")" -le $((before + 6)) ]
	has joe@two.example
}

# let_all_in: to what the list is made of, and to where the test put it.
let_all_in() {
	rm -f "$T/runs"
	chmod 711 "$T" "$T/vpopmail" "$T/alias" "$T/priv" "$T/priv/a"
	compile_users
	chmod -R a+rX "$V" "$T/priv/a" "$Q" "$A" "$T/passwd"
}

# The rule runs as somebody whom "priv" lets in, then not, then again.
shut_out_and_in() {
	let_all_in
	valid_rule "user = games"
	start_triggerd
	barrier
	has joe@one.example
	chmod 700 "$T/priv"
	login one.example ann
	barrier
	run ! has ann@one.example
	wait_until 30 grep 'one.example: the last good list is kept' "$T/log"
	# For us nothing has changed but this.
	chmod 711 "$T/priv"
	barrier
	has ann@one.example
	is_state current
}

@test "the directory that does not let us in is watched, too" {
	mkdir -p "$T/priv/a"
	mv "$V/domains" "$T/priv/a/domains"
	ln -s "$T/priv/a/domains" "$V/domains"
	sed -i "s|$V/domains|$T/priv/a/domains|" "$T/assign"
	shut_out_and_in
}

@test "a directory that does not let us in is found behind links" {
	mkdir -p "$T/priv/a"
	mv "$V/domains" "$T/priv/a/domains"
	ln -s "$T/priv/a/domains/" "$T/link"
	ln -s ../link "$V/domains"
	shut_out_and_in
}

@test "a directory that does not let us in is found behind a file's link" {
	mkdir -p "$T/priv/a"
	mv "$V/domains/one.example/vpasswd" "$T/priv/a"
	ln -s "$T/priv/a/vpasswd" "$V/domains/one.example"
	shut_out_and_in
}
