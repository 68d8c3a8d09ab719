# mkvalidrcptto: where there is much to read, a second process reads half.

# bats file_tags=valgrind

bats_require_minimum_version 1.5.0

load lib/qmail
load lib/recipients

setup() {
	make_qmail
	seq -f 'host%04.0f.example' 1200 >"$Q/control/rcpthosts"
	for name in a.example zz.example; do
		domain "$name"
		mailbox "$name" joe
		mailbox "$name" ann
	done
	user bob
	dotqmail "$T/home/bob" list-default '&a@b'
	dotqmail "$A" info '&a@b'
	control locals b.example y.example
	printf '%s\n' b.example y.example >>"$Q/control/rcpthosts"
	mkdir "$T/cache"
}

options() {
	echo --qmail "$Q" --vpopmail "$V" --alias "$A" --passwd "$T/passwd"
}

# alone OPTION...: with no second process.  LeakSanitizer cannot be traced.
alone() {
	# shellcheck disable=SC2046
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -e trace=fork,vfork,clone,clone3 \
		-e inject=fork,vfork,clone,clone3:error=EAGAIN \
		"$program" $(options) "$@"
}

# broken OPTION...: with one that fails as soon as it has begun.
broken() {
	# shellcheck disable=SC2046
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -e trace=prctl \
		-e inject=prctl:error=EPERM "$program" $(options) "$@"
}

can_trace() {
	strace -qq -o /dev/null -e trace=none true 2>/dev/null ||
		skip "no strace"
	[ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ] || skip "one processor"
}

@test "both halves are listed" {
	mkvalidrcptto --deps "$T/deps" -c "$T/out.cdb"
	mkvalidrcptto >"$T/list"
	[ "$(wc -l <"$T/list")" = $((1 + 1200 + 4 + 2 * 3)) ]
	for name in a.example zz.example; do
		cdb -q "$T/out.cdb" "joe@$name"
		grep -Fx "$V/domains/$name/.qmail-default" "$T/deps"
	done
	for name in b.example y.example; do
		cdb -q "$T/out.cdb" "bob-list-default@$name"
		cdb -q "$T/out.cdb" "info@$name"
	done
	grep -Fx "$T/home/bob/.qmail-list-default" "$T/deps"
	run -100 cdb -q "$T/out.cdb" bob@a.example
}

@test "two processes read what one reads" {
	can_trace
	grep -q memfd_create "$program" || skip "not built for two (KQUEUE=1)"
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/trace" -e trace=fork,vfork,clone,clone3 \
		"$program" $(options) >/dev/null
	[ "$(grep -cE "(fork|clone3?)\(" "$T/trace")" = 1 ]
	for how in mkvalidrcptto broken alone; do
		"$how" -c "$T/$how.cdb" --deps "$T/$how.deps" \
			--cache "$T/cache"
		rm "$T/cache/lists"
		cmp "$T/$how.cdb" "$T/mkvalidrcptto.cdb"
		cmp "$T/$how.deps" "$T/mkvalidrcptto.deps"
	done
	grep INJECTED "$T/trace"
}

@test "what the second process reads is kept for the next run" {
	command -v strace || skip "no strace"
	settle
	mkvalidrcptto --cache "$T/cache" -c "$T/out.cdb"
	mailbox zz.example eve
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=open,openat -o "$T/trace" \
		"$program" $(options) --cache "$T/cache" -c "$T/out.cdb"
	grep "domains/zz.example/vpasswd" "$T/trace"
	run ! grep "domains/a.example/vpasswd" "$T/trace"
	cdb -q "$T/out.cdb" eve@zz.example
	cdb -q "$T/out.cdb" joe@zz.example
}

@test "trouble in the second half is told, once and after the first" {
	echo short >"$V/domains/zz.example/vpasswd"
	run -111 mkvalidrcptto -c "$T/out.cdb"
	[ "$(grep -c 'zz.example/vpasswd:1: fewer' <<<"$output")" = 1 ]
	[ ! -e "$T/out.cdb" ]
	run -0 mkvalidrcptto -c "$T/out.cdb" --trouble accept
	cdb -q "$T/out.cdb" @zz.example
	# A guess is not what the next run begins with.
	settle
	for _ in 1 2; do
		run -0 mkvalidrcptto -c "$T/out.cdb" --cache "$T/cache"
		grep 'zz.example: every address is accepted' <<<"$output"
	done
	echo short >"$V/domains/a.example/vpasswd"
	run -111 mkvalidrcptto -c "$T/out.cdb"
	[ "$(grep -c cannot <<<"$output")" = 2 ]
	[[ "$(tail -n 1 <<<"$output")" == *zz.example:\ cannot* ]]
}

@test "trouble that both halves meet is told once" {
	assign "+both-:x:1:1:$T/nowhere/home:-::"
	for name in host0001.example host1199.example; do
		echo "$name:both" >>"$Q/control/virtualdomains"
	done
	run -111 mkvalidrcptto -c "$T/out.cdb"
	[ "$(grep -c "$T/nowhere/home: No such file" <<<"$output")" = 1 ]
	grep 'host0001.example: cannot be listed' <<<"$output"
	grep 'host1199.example: cannot be listed' <<<"$output"
}
