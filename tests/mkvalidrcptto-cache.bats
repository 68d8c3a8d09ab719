# mkvalidrcptto: what a run leaves for the next one, and what is done when a
# domain cannot be read.

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/recipients

setup() {
	make_qmail
	mkdir "$T/cache"
}

cached() {
	mkvalidrcptto --cache "$T/cache" "$@"
}

# Which files of domains does a run open?
opened() {
	settle
	strace -f -e trace=open,openat -o "$T/trace" \
		"$program" --qmail "$Q" --vpopmail "$V" --alias "$A" \
		--passwd "$T/passwd" --cache "$T/cache" -c "$T/out.cdb" "$@"
	grep -o "domains/[^\"]*/vpasswd" "$T/trace" | sort -u || true
}

three_domains() {
	domain one.example
	domain two.example
	domain three.example
	mailbox one.example joe
	mailbox two.example joe
	mailbox three.example joe
	settle
	cached -c "$T/out.cdb"
}

@test "a run after one change reads one domain" {
	command -v strace || skip "no strace"
	three_domains
	mailbox two.example ann
	[ "$(opened)" = domains/two.example/vpasswd ]
	cdb -q "$T/out.cdb" ann@two.example
	cdb -q "$T/out.cdb" joe@one.example
	mkvalidrcptto -c "$T/fresh.cdb"
	cmp "$T/fresh.cdb" "$T/out.cdb"
	[ -z "$(opened)" ]
}

@test "a new domain is read alone" {
	command -v strace || skip "no strace"
	three_domains
	domain four.example
	mailbox four.example joe
	[ "$(opened)" = domains/four.example/vpasswd ]
	cdb -q "$T/out.cdb" joe@four.example
	cdb -q "$T/out.cdb" joe@one.example
}

@test "with other options everything is read" {
	command -v strace || skip "no strace"
	three_domains
	[ "$(opened --bounce-mail keep | wc -l)" = 3 ]
}

@test "with another program of the same version everything is read" {
	[ -e /proc/self/exe ] || skip "no /proc"
	grep -q /proc/self/exe "$program" || skip "built to know no program"
	cp "$program" "$T/mine"
	program=$T/mine
	three_domains
	settle
	cached -c "$T/out.cdb"
	before=$(stat -c %i "$T/cache/lists")
	settle
	cached -c "$T/out.cdb"
	[ "$(stat -c %i "$T/cache/lists")" = "$before" ]
	cp "$T/mine" "$T/other"
	mv "$T/other" "$T/mine"
	cached -c "$T/out.cdb"
	[ "$(stat -c %i "$T/cache/lists")" != "$before" ]
}

@test "without a change nothing is read or written" {
	command -v strace || skip "no strace"
	three_domains
	settle
	cached -c "$T/out.cdb"
	before=$(stat -c %i "$T/out.cdb" "$T/cache/lists")
	[ -z "$(opened)" ]
	run ! grep "$Q/control" "$T/trace"
	[ "$(stat -c %i "$T/out.cdb" "$T/cache/lists")" = "$before" ]
}

@test "a list or its dependencies that somebody has changed are made anew" {
	three_domains
	settle
	cached -c "$T/out.cdb" --deps "$T/deps"
	cp "$T/deps" "$T/good"
	rm "$T/out.cdb"
	echo x >"$T/deps"
	settle
	cached -c "$T/out.cdb" --deps "$T/deps"
	cdb -q "$T/out.cdb" joe@one.example
	cmp "$T/good" "$T/deps"
}

@test "every kind of change is seen" {
	domain example.com
	mailbox example.com joe
	mailbox example.com ann
	dotqmail "$A" info '&a@b'
	user bob
	echo me.example >>"$Q/control/rcpthosts"
	same() {
		settle
		mkvalidrcptto >"$T/expected"
		cached >"$T/list"
		diff "$T/expected" "$T/list"
		cached -c "$T/out.cdb"
		mkvalidrcptto -c "$T/fresh.cdb"
		cmp "$T/fresh.cdb" "$T/out.cdb"
	}
	same
	dotqmail "$V/domains/example.com" joe '|exit 100'
	same
	dotqmail "$V/domains/example.com" joe '|exit 10'
	same
	rm "$V/domains/example.com/.qmail-joe"
	same
	dotqmail "$T/home/bob" x '&a@b'
	same
	chown 77 "$T/home/bob"
	same
	chown 1000 "$T/home/bob"
	same
	user eve 1001
	same
	dotqmail "$A" list-default '&a@b'
	same
	assign "=example.com-new:x:1:1:$A:-:info:"
	same
	echo joe@example.com:alias >>"$Q/control/virtualdomains"
	same
	mkdir "$V/include"
	echo '#define QMAIL_EXT 1' >"$V/include/vpopmail_config.h"
	same
	rm "$V/domains/example.com/vpasswd"
	{ record eve c:1:0:g:/d:NOQUOTA && echo; } |
		cdb -c "$V/domains/example.com/vpasswd.cdb"
	same
	grep eve@example.com "$T/list"
	control rcpthosts me.example
	same
}

@test "a damaged cache is read past, wherever the damage is" {
	three_domains
	mkvalidrcptto -c "$T/fresh.cdb"
	cp "$T/cache/lists" "$T/good"
	size=$(stat -c %s "$T/good")
	for at in 0 30 50 150 400 $((size / 2)) $((size - 1)); do
		cp "$T/good" "$T/cache/lists"
		printf '\377' | dd of="$T/cache/lists" bs=1 seek="$at" \
			conv=notrunc status=none
		mailbox three.example "a$at"
		mkvalidrcptto -c "$T/fresh.cdb"
		cached -c "$T/out.cdb"
		cmp "$T/fresh.cdb" "$T/out.cdb"
	done
	for cut in 0 1 100 1000 $((size - 1)); do
		head -c "$cut" "$T/good" >"$T/cache/lists"
		cached -c "$T/out.cdb"
		cmp "$T/fresh.cdb" "$T/out.cdb"
	done
	rm "$T/cache/lists"
	mkfifo "$T/cache/lists"
	cached -c "$T/out.cdb"
	cmp "$T/fresh.cdb" "$T/out.cdb"
}

@test "a cache that others can write is not believed" {
	[ "$(id -u)" = 0 ] || skip "changing owners needs root"
	three_domains
	cp -p "$T/cache/lists" "$T/good"
	sed -i 's/joe/eve/' "$T/cache/lists" # damaged, but of the same length
	chmod 660 "$T/cache/lists"
	run -0 cached -c "$T/out.cdb"
	grep -F "$T/cache/lists: another user can write it" <<<"$output"
	[ "$(stat -c %a "$T/cache/lists")" = 600 ]
	cp -p "$T/good" "$T/cache/lists"
	chown 12345 "$T/cache/lists"
	mailbox two.example ann
	run -0 cached -c "$T/out.cdb"
	grep -F "$T/cache/lists: another user can write it" <<<"$output"
	cdb -q "$T/out.cdb" ann@two.example
	[ "$(stat -c %u "$T/cache/lists")" = 0 ]
	run -0 cached -c "$T/out.cdb"
	[ -z "$output" ]
}

@test "a cache of another version is as good as none" {
	three_domains
	printf 'lists of 9999' |
		dd of="$T/cache/lists" conv=notrunc status=none
	run -0 cached -c "$T/out.cdb"
	grep -F "$T/cache/lists: damaged, or of another version" <<<"$output"
	cdb -q "$T/out.cdb" joe@two.example
	run -0 cached -c "$T/out.cdb"
	[ -z "$output" ]
}

# full DIRECTORY: a file system with hardly any room.
full() {
	mount -t tmpfs -o size=8k none "$1" 2>/dev/null ||
		skip "no file system to fill"
	full=$1
}

teardown() {
	[ -z "${full:-}" ] || umount "$full"
}

@test "a cache on a full disk does not fail the run" {
	full "$T/cache"
	three_domains
	for i in $(seq 300); do mailbox two.example "user$i"; done
	run -0 cached -c "$T/out.cdb"
	grep -F "$T/cache: No space left on device" <<<"$output"
	[ -z "$(ls -A "$T/cache")" ] || cached -c "$T/out.cdb"
	cdb -q "$T/out.cdb" user300@two.example
}

@test "a list on a full disk fails and leaves the old one" {
	mkdir "$T/full"
	full "$T/full"
	domain example.com
	mailbox example.com joe
	mkvalidrcptto -c "$T/full/out.cdb"
	for i in $(seq 300); do mailbox example.com "user$i"; done
	run -111 mkvalidrcptto -c "$T/full/out.cdb" --cache "$T/cache"
	grep -F "$T/full/out.cdb: No space left on device" <<<"$output"
	run -111 mkvalidrcptto -c "$T/out.cdb" --deps "$T/full/deps/x"
	cdb -q "$T/full/out.cdb" joe@example.com
	[ "$(ls -A "$T/full")" = out.cdb ]
}

# killed_at CALL N: is a run killed at the Nth such call?
killed_at() {
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" \
		-e trace="$1" -e inject="$1:signal=KILL:when=$2" \
		"$program" --qmail "$Q" --vpopmail "$V" --alias "$A" \
		--passwd "$T/passwd" --cache "$T/cache" -c "$T/out.cdb" \
		--deps "$T/deps" || [ $? = 137 ] || exit 1
	grep -q 'killed by SIGKILL' "$T/trace"
}

@test "after being killed at any step the next run is right" {
	strace -qq -o /dev/null -e trace=none true 2>/dev/null ||
		skip "no strace"
	three_domains
	local kills=0
	for call in write pwrite64 fchmod fsync rename; do
		mailbox two.example "$call"
		for ((n = 1; n < 20; n++)); do
			mailbox two.example "$call$n"
			killed_at $call $n || break
			kills=$((kills + 1))
			cdb -q "$T/out.cdb" joe@two.example
			run -0 cached -c "$T/out.cdb" --deps "$T/deps"
			[ -z "$output" ]
			mkvalidrcptto -c "$T/fresh.cdb"
			cmp "$T/fresh.cdb" "$T/out.cdb"
			cdb -q "$T/out.cdb" "$call$n@two.example"
		done
	done
	[ "$kills" -gt 8 ]
}

@test "a cache that cannot be written does not fail the run" {
	three_domains
	rm -r "$T/cache"
	run -0 cached -c "$T/out.cdb"
	grep -F "$T/cache: No such file" <<<"$output"
	cdb -q "$T/out.cdb" joe@one.example
}

@test "with a cache the last good list of a domain in trouble is kept" {
	three_domains
	mailbox one.example ann
	echo broken >>"$V/domains/two.example/vpasswd"
	run -0 cached -c "$T/out.cdb"
	grep -F "$V/domains/two.example/vpasswd:2: fewer than" <<<"$output"
	grep -F "two.example: the last good list is kept" <<<"$output"
	cdb -q "$T/out.cdb" joe@two.example
	cdb -q "$T/out.cdb" ann@one.example
	# And again, until it can be read.
	run -0 cached -c "$T/out.cdb"
	grep -F "two.example: the last good list is kept" <<<"$output"
	: >"$V/domains/two.example/vpasswd"
	run -0 cached -c "$T/out.cdb"
	[ -z "$output" ]
	run ! cdb -q "$T/out.cdb" joe@two.example
}

@test "without a last good list every address is accepted" {
	domain example.com
	rm "$V/domains/example.com/vpasswd"
	for _ in 1 2; do
		run -0 cached
		grep -Fx @example.com <<<"$output"
		grep -F "example.com: every address is accepted" <<<"$output"
	done
	run -0 mkvalidrcptto --trouble keep
	grep -Fx @example.com <<<"$output"
}

@test "what --trouble skip left out is not a good list" {
	domain example.com
	rm "$V/domains/example.com/vpasswd"
	run -0 cached --trouble skip
	run ! grep @ <(cached --trouble skip 2>"$T/errors")
	run -0 cached
	grep -Fx @example.com <<<"$output"
}

@test "a directory that cannot be read keeps the list" {
	three_domains
	mv "$V/domains/one.example" "$T/away"
	run -0 cached -c "$T/out.cdb"
	cdb -q "$T/out.cdb" joe@one.example
	mv "$T/away" "$V/domains/one.example"
	run -0 cached -c "$T/out.cdb"
	[ -z "$output" ]
}

@test "a damaged users/cdb fails with a cache too" {
	three_domains
	truncate -s -1 "$Q/users/cdb"
	fails 111 "$Q/users/cdb: damaged" --cache "$T/cache"
}

@test "a program that names nobody where there was somebody is trouble" {
	domain example.com
	domain example.net
	echo joe >"$T/example.com"
	: >"$T/example.net"
	printf '#!/bin/sh\ncat "%s/$1"\n' "$T" >"$T/program"
	chmod +x "$T/program"
	ask() { run -0 cached --users "$T/program" DOMAIN -- "$@"; }
	ask
	[ "$output" = $'postmaster\njoe@example.com' ]
	: >"$T/example.com"
	ask
	grep -F 'example.com: '"$T/program: no users" <<<"$output"
	grep -Fx joe@example.com <<<"$output"
	rm "$T/example.com"
	ask
	grep -F 'example.com: '"$T/program: exit 1" <<<"$output"
	grep -Fx joe@example.com <<<"$output"
	echo ann >"$T/example.com"
	ask
	[ "$output" = $'postmaster\nann@example.com' ]
}

@test "an equal cdb stays as it is" {
	domain example.com
	mailbox example.com joe
	mkvalidrcptto -c "$T/out.cdb"
	before=$(stat -c %i%Z "$T/out.cdb")
	mkvalidrcptto -c "$T/out.cdb"
	[ "$(stat -c %i%Z "$T/out.cdb")" = "$before" ]
	printf x | dd of="$T/out.cdb" bs=1 seek=3000 conv=notrunc status=none
	mailbox example.com ann
	mkvalidrcptto -c "$T/out.cdb"
	cdb -q "$T/out.cdb" ann@example.com
}

@test "two at once with one cache do no harm" {
	three_domains
	local pids=
	for i in 1 2 3 4; do
		mailbox two.example "u$i"
		cached -c "$T/out.cdb" 3>&- &
		pids+=" $!"
	done
	for pid in $pids; do wait "$pid"; done
	cached -c "$T/out.cdb"
	mkvalidrcptto -c "$T/fresh.cdb"
	cmp "$T/fresh.cdb" "$T/out.cdb"
}
