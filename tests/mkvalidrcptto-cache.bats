# mkvalidrcptto: what a run leaves for the next one, and what is done when a
# domain cannot be read.

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/recipients

setup() {
	make_qmail
	mkdir "$T/cache"
}

# Nothing of the system may be younger than a tick, or it is read again.
settle() {
	local now stamp
	stamp=$(find "$T" -printf '%C@\n' | sort -rn | sed 1q)
	while now=$(date +%s.%N); [ "$(echo "$now - $stamp > 0.03" | bc)" = 0 ]
	do :; done
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
