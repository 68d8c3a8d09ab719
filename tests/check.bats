# What scripts/check, and what its stages run, make of what they are told: their
# functions alone, since each of them is run by the other.

bats_require_minimum_version 1.5.0

setup() {
	T=$BATS_TEST_TMPDIR
	TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
}

# functions SCRIPT NAME...
functions() {
	local script=$1 name
	shift
	for name; do
		sed -n "/^$name() {/,/^}/p" "$TOP/$script"
	done >"$T/lines"
	. "$T/lines"
}

@test "of tests that were not ended each one is named, and no other" {
	functions scripts/check complain
	log=$T/log
	for ((i = 1; i <= 120; i++)); do
		[ "$i" -eq 7 ] || [ "$i" -eq 101 ] || echo "ok $i it"
	done >"$log"
	sed -i 's/^ok 5 /not &/' "$log"
	sed -i '1i 1..120' "$log"
	run complain
	[ "$output" = "not ok 5 it
test 7 is not told of
test 101 is not told of" ]
	sed '/^ok 120 /d; s/^1\.\.120/1..99/' -i "$log"
	run complain
	[ "${lines[-1]}" = 'test 7 is not told of' ]
}

# More than the end of a log has room for.  The copy in which it was found is
# gone by then.
@test "what was found by fuzzing can be repeated from what is told" {
	local fuzz=$T/tests/fuzz name
	mkdir -p "$fuzz"
	cp "$TOP/tests/fuzz/run" "$fuzz/run"
	for name in a b c d e f g h; do
		head -c 4096 /dev/urandom >"$T/$name"
		cat >"$fuzz/${name}_fuzz" <<-EOF
			#!/bin/sh
			for word; do
				case \$word in
				*prefix=*) cp "$T/$name" "\${word#*=}crash-$name" ;;
				esac
			done
			echo ERROR: it
			exit 77
		EOF
		chmod 755 "$fuzz/${name}_fuzz"
	done
	functions scripts/check complain
	log=$T/log
	run -1 "$fuzz/run" a b c d e f g h
	echo "$output" >"$log"
	complain >"$T/told"
	for name in a b c d e f g h; do
		sed -n "/found\/$name\.crash-$name, in base64/,/^[^#]/p" \
			"$T/told" | sed -n '2,${s/^# //p}' |
			base64 -d | cmp - "$T/$name"
	done
	cmp "$T/a" "$fuzz/found/a.crash-a"
}

# valgrind PID PARENT LINE...: the log of a process.
valgrind() {
	printf "==$1== %s\n" "Parent PID: $2" "${@:3}" >"$VALGRIND_LOGS/$1"
}

@test "valgrind: a child that is ended before it could exec is no fault" {
	functions tests/valgrind/run is_helper has_open is_bad
	VALGRIND_LOGS=$T/logs
	mkdir "$VALGRIND_LOGS"
	local open='Open file descriptor 3: /it' at='   at 0x4CFCAA7: dup2'
	local ended='Process terminating with default action of signal'
	valgrind 10 1 'ERROR SUMMARY: 0 errors'
	valgrind 11 10 "$ended 15 (SIGTERM)" "$open" "$at"
	valgrind 12 10 "$ended 11 (SIGSEGV)"
	valgrind 13 10 'Invalid read of size 1' "$ended 15 (SIGTERM)"
	valgrind 14 1 "$open" "$at"
	run ! is_bad "$VALGRIND_LOGS/10"
	run ! is_bad "$VALGRIND_LOGS/11"
	is_bad "$VALGRIND_LOGS/12"
	is_bad "$VALGRIND_LOGS/13"
	is_bad "$VALGRIND_LOGS/14"
}

# A checkout made under umask 002 has programs that a group can write.
@test "in the copies that are checked only the owner can write" {
	local top=$T/top
	mkdir -p "$top/scripts"
	echo 'clean:' >"$top/Makefile"
	echo >"$top/scripts/it"
	chmod 775 "$top" "$top/scripts" "$top/scripts/it"
	chmod 664 "$top/Makefile"
	sed -n '/^umask/p; /^copy_tree()/,/^}/p' "$TOP/scripts/check" >"$T/lines"
	(umask 002 && . "$T/lines" && copy_tree copy)
	find "$T/copy" -perm -020 >"$T/list"
	find "$T/copy" -perm -002 >>"$T/list"
	cat "$T/list"
	[ ! -s "$T/list" ]
	[ -x "$T/copy/scripts/it" ]
}

@test "model: a fault is found by the promise that it breaks, and no other" {
	functions tests/model/run tell is_found
	cd "$T"
	: >spin.log
	local number=0 found=0 failed=0
	search() { echo '1 10'; }
	echo 'pan:1: assertion violated (commands[0]==0) (at depth 3)' >pan.log
	is_found it FAULT 'assertion violated (commands' >out || :
	grep '^ok 1 ' out
	is_found it FAULT 'non-progress cycle' >out || :
	grep '^not ok 2 ' out
	: >pan.log
	is_found it FAULT 'non-progress cycle' >out || :
	grep '^not ok 3 ' out
	[ "$found$failed" -eq 11 ]
}

@test "a stage tells what it counted, and what its exit status says" {
	functions scripts/check report complain stage
	local passed=0 failed=0 jobs=1 make=said status
	said() {
		echo '* daemon/it.c:7: it: return -1;'
		echo "coverage: 12 lines unreached, $status without a reason"
		return "$status"
	}
	status=0
	stage coverage "$T" coverage >"$T/told" || :
	grep '^coverage  *ok: 1 passed' "$T/told"
	grep '^coverage: 12 lines' "$T/told"
	run ! grep it.c "$T/told"
	status=1
	stage coverage "$T" coverage >"$T/told" || :
	[ "$passed$failed" -eq 11 ]
	grep '^coverage  *FAILED: 0 passed, 1 failed' "$T/told"
	grep -F '* daemon/it.c:7: it' "$T/told"
}

@test "coverage: lines without a reason are starred, and so are branches" {
	functions tests/coverage/run sort_out
	mkdir -p "$T/tests" "$T/daemon"
	cd "$T"
	printf '## No memory\n\ndaemon/a.c known gone idle\n' >tests/coverage.md
	printf '\t%s;\n' one two three four >daemon/a.c
	printf 'daemon/a.c %s\n' known bare idle >functions
	printf 'daemon/a.c %s\n' 'known 1 0 0' 'known 2 1 4' 'bare 3 0 0' \
		'bare 4 1 2' >short
	sort_out
	diff unreached - <<-'EOF'
		  daemon/a.c:1: known: one;  [No memory]
		* daemon/a.c:3: bare: three;
	EOF
	diff branches - <<-'EOF'
		daemon/a.c:2: known: 1 of 4: two;
		daemon/a.c:4: bare: 1 of 2: four;
	EOF
	diff <(sort -k 1.3 forks) - <<-'EOF'
		* daemon/a.c bare: 1 lines, 1 branches
		  daemon/a.c known: 1 lines, 3 branches  [No memory]
	EOF
	diff <(sort stale) - <<-'EOF'
		gone daemon/a.c gone
		reached daemon/a.c idle
	EOF
}
