# When a product is behind its sources, clause by clause, as far as no other
# suite has it: what the record knows, and who is asked.

load lib/triggerd
load lib/traced

setup() {
	make_conf
	pid=
	mounted=
	command_file make <<-'EOF'
		echo "$TRIGGERD_REASON" >>"$TOP/runs"
		cat "$TOP/src/a" >"$1"
	EOF
	echo a >"$T/src/a"
}

teardown() {
	untrace
	stop_triggerd
	for dir in $mounted; do
		umount -l "$dir" 2>/dev/null || true
	done
}

# making LINE...: the rule make, from src/a to out; further lines come last.
making() {
	rule make <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/make \${new}
		env.TOP = $T
		settle = 0
		$(printf '%s\n' "$@")
	EOF
}

runs() {
	count "$T/runs"
}

is_state() {
	[ "$(status_of "$1" state)" = "$2" ]
}

# What changes during a run is not what sync waits for: so ask once more.
twice() {
	barrier
	barrier
}

# verdict: what dry-run says of the rule, and why.
verdict() {
	ctl dry-run --json make >"$T/verdict" || true
	jq -r '.rules[0] | .verdict + " " + (.reason // "")' "$T/verdict"
}

has_failed() {
	[[ $(status_of "$1" state) =~ ^(failed|waiting)$ ]]
}

@test "what a failed first run left in its target is not current" {
	command_file half <<-'EOF'
		echo run >>"$TOP/runs"
		echo half >"$TOP/out"
		exit "$(cat "$TOP/status")"
	EOF
	rule half <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/half
		env.TOP = $T
		settle = 0
		retry = 10ms..50ms
	EOF
	for status in 1 100; do
		echo "$status" >"$T/status"
		rm -rf "$T/state" "$T/out" "$T/runs"
		start_triggerd
		[ "$status" = 100 ] || wait_until 30 eval '[ "$(runs)" -gt 3 ]'
		run -1 ctl sync
		run -1 ctl check
		# What is tried again for ever is seen running, too.
		wait_until 30 has_failed half
		stop_triggerd
	done
}

@test "each try says how the source differs" {
	making 'retry = 10ms..50ms'
	start_triggerd
	barrier
	printf '#!/bin/sh\nexit 1\n' | put "$T/make"
	chmod 755 "$T/make"
	echo longer | put "$T/src/a"
	many() {
		[ "$(grep -c 'behind: source-changed' "$T/log")" -ge 3 ]
	}
	wait_until 30 many
	run ! grep -v 'size 2 -> 7' <<<"$(grep source-changed "$T/log")"
}

@test "what blocks a check is told, not what was found before" {
	strace -D -f -o "$T/trace" true 2>/dev/null || skip 'needs strace'
	[ -z "${BUILT:-}" ] || skip 'no strace of a sanitized program'
	making
	start_triggerd
	barrier
	stop_triggerd
	echo longer | put "$T/src/a"
	command_file blind <<-EOF
		exec strace -D -qq -o /dev/null -P /proc/self/mountinfo \
			-e inject=openat:error=EMFILE "$TRIGGERD" "\$@"
	EOF
	TRIGGERD=$T/blind start_triggerd
	wait_until 30 grep 'make: blocked: ' "$T/log"
	run ! grep -v 'Too many open files' <<<"$(grep blocked "$T/log")"
}

# --- what the record knows ----------------------------------------------

@test "whatever a product is made by counts as the rule, and nothing else" {
	owner=$(id -un)
	group=$(id -gn)
	making 'max_shrink = 90%'
	start_triggerd
	barrier
	stop_triggerd
	cp "$CONF/rules.d/make.ini" "$T/before"
	cp "$T/make" "$T/same"
	: >"$T/src/b"
	for edit in "s|new}|& more|" "s|$T/make|$T/same|" '$aenv.MORE = 1' \
		"s|^env.TOP = .*|& |;\$aenv.PATH = /bin" "\$auser = $owner" \
		"s|^target = .*|&2|" "\$aowner = $owner" \
		"\$agroup = $group" '$amode = 0600' \
		"s|^sources = .*|& $T/src/b|" "s|src/a\$|src/[a]|"; do
		sed "$edit" "$T/before" >"$CONF/rules.d/make.ini"
		echo "$edit"
		[ "$(verdict)" = 'behind rule-changed' ]
	done
	for edit in '$adescription = x' '$asettle_max = 3s' '$awatch = no' \
		'$aretry = 1s..2s' '$atimeout = 1s' '$amin_records = 1' \
		'$acompare = stamp' '$anice = 1' '$a; a comment' \
		's|max_shrink = 90%|max_shrink = 80%|'; do
		sed "$edit" "$T/before" >"$CONF/rules.d/make.ini"
		echo "$edit"
		[ "$(verdict)" = 'current ' ]
	done
}

@test "a name that comes while the command runs is seen by the look after it" {
	command_file all <<-'EOF'
		echo run >>"$TOP/runs"
		cat "$TOP"/src/a* >"$1"
		[ "$(wc -l <"$TOP/runs")" -ne 1 ] || echo late >"$TOP/src/a2"
	EOF
	rule all <<-EOF
		sources = $T/src/a*
		target = $T/out
		command = $T/all \${new}
		env.TOP = $T
		watch = no
		settle = 0
	EOF
	start_triggerd
	twice
	[ "$(runs)" -eq 2 ]
	[ "$(cat "$T/out")" = "$(printf 'a\nlate')" ]
}

# The first run meets a change that is taken back before the second, which fails.
# Nothing in the sources tells of it then: the product alone has it.
taken_back() {
	command_file all <<-EOF
		echo run >>"\$TOP/runs"
		case \$(wc -l <"\$TOP/runs") in
		1) $1 ;;
		2) $2; exit 1 ;;
		esac
		cat "\$TOP"/src/a* >"\$1"
	EOF
	rule all <<-EOF
		sources = $T/src/a*
		target = $T/out
		command = $T/all \${new}
		env.TOP = $T
		compare = $3
		settle = 0
		retry = 10ms..10ms
	EOF
	start_triggerd
	is_made_anew() { [ "$(runs)" -ge 3 ] && [ "$(cat "$T/out")" = a ]; }
	wait_until 30 is_made_anew
}

@test "a name that was there only while the command read is in no product" {
	taken_back 'echo b >"$TOP/src/a2"' 'rm "$TOP/src/a2"' stamp
}

@test "content that was there only while the command read is in no product" {
	taken_back 'echo b >"$TOP/src/a"' 'echo a >"$TOP/src/a"' content
}

# found_wrong SCRIPT KEY: the first run meets a name that was not there before,
# and SCRIPT says how it ends.
found_wrong() {
	command_file all <<-EOF
		echo run >>"\$TOP/runs"
		if [ ! -e "\$TOP/once" ]; then
			: >"\$TOP/once"
			until [ "\$TOP/src/a2" -nt "\$TOP/once" ]; do
				echo b >"\$TOP/src/a2"
			done
			cat "\$TOP"/src/a* >"\$1"
			$1
		fi
		cat "\$TOP"/src/a* >"\$1"
	EOF
	rule all <<-EOF
		sources = $T/src/a*
		target = $T/out
		command = $T/all \${new}
		env.TOP = $T
		retry = 1h..1h
		${2:-settle = 0}
	EOF
	start_triggerd
}

is_right() {
	[ "$(cat "$T/out")" = a ] && [ "$(status_of all state)" = current ]
}

@test "a name that was there only while the command read is not wrong for good" {
	# It is looked at again when what the command did has settled.
	found_wrong 'exit 100' 'settle = 1s'
	wait_until 30 grep -q 'all: exit 100' "$T/log"
	rm "$T/src/a2"
	wait_until 30 is_right
}

@test "a name that came and went while the command read is not wrong for good" {
	found_wrong 'rm "$TOP/src/a2"; exit 100'
	wait_until 30 is_right
	[ "$(runs)" -eq 2 ]
}

@test "a name that came and went while the command read is not refused for good" {
	found_wrong 'rm "$TOP/src/a2"; : >"$1"; exit' 'min_records = 1'
	wait_until 30 is_right
	[ "$(runs)" -eq 2 ]
}

@test "files of its own beside the sources have a wrong source tried thrice" {
	command_file all <<-'EOF'
		echo run >>"$TOP/runs"
		: >"$1"
		until [ "$TOP/src/mine" -nt "$1" ]; do
			echo mine >"$TOP/src/mine"
		done
		rm "$TOP/src/mine"
		exit 100
	EOF
	rule all <<-EOF
		sources = $T/src/a*
		target = $T/out
		command = $T/all \${new}
		env.TOP = $T
		settle = 0
	EOF
	start_triggerd
	run -1 barrier
	run -1 barrier
	[ "$(runs)" -eq 3 ]
	[ "$(status_of all state)" = waiting ]
}

# passing NAME: a command that makes a file src/NAME and removes it again, in
# its first run that long after its beginning that the files' clock tells.
passing() {
	command_file all <<-EOF
		echo run >>"\$TOP/runs"
		if [ -e "\$TOP/quiet" ]; then
			cat "\$TOP"/src/a* >"\$1"
			exit
		fi
		: >"\$TOP/began"
		until [ "\$TOP/src/$1" -nt "\$TOP/began" ]; do
			echo b >"\$TOP/src/$1"
		done
		cat "\$TOP"/src/a* >"\$1"
		rm "\$TOP/src/$1"
		$2
	EOF
	rule all <<-EOF
		sources = $T/src/a*
		target = $T/out
		command = $T/all \${new}
		env.TOP = $T
		settle = 0
	EOF
	start_triggerd
	twice
	twice
	[ "$(runs)" -eq 2 ]
	[ "$(cat "$T/out")" = a ]
	[ "$(status_of all state)" = current ]
}

@test "a name that came and went while the command read is in no product" {
	passing a2 ': >"$TOP/quiet"'
}

@test "files of its own beside the sources make a command run twice, no more" {
	passing mine
}

@test "files of its own and the time in the product make a command run thrice" {
	command_file all <<-'EOF'
		echo run >>"$TOP/runs"
		: >"$TOP/began"
		until [ "$TOP/src/mine" -nt "$TOP/began" ]; do
			echo mine >"$TOP/src/mine"
		done
		rm "$TOP/src/mine"
		date +%s%N >"$1"
	EOF
	rule all <<-EOF
		sources = $T/src/a*
		target = $T/out
		command = $T/all \${new}
		env.TOP = $T
		settle = 0
	EOF
	start_triggerd
	twice
	[ "$(runs)" -eq 3 ]
	[ "$(status_of all state)" = current ]
}

# report_rule LINE...: the rule of what command_file() has made as "report".
report_rule() {
	rule report <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/report \${new} \${deps}
		env.TOP = $T
		settle = 0
		$(printf '%s\n' "$@")
	EOF
}

# A rule that reports src/dep; the script "during", if there is one, comes
# between reading and reporting it, once.
reporting() {
	command_file report <<-'EOF'
		echo run >>"$TOP/runs"
		cat "$TOP/src/dep" >"$1"
		[ ! -e "$TOP/during" ] || . "$TOP/during"
		rm -f "$TOP/during"
		echo "$TOP/src/dep" >"$2"
	EOF
	report_rule 'watch = no'
	echo first >"$T/src/dep"
	touch -d 2001-01-01 "$T/src/dep"
}

@test "a dependency of an earlier run is stamped before the command" {
	reporting
	start_triggerd
	twice
	rm "$T/runs"
	cat >"$T/during" <<-'EOF'
		echo second >"$TOP/src/dep"
	EOF
	echo b | put "$T/src/a"
	twice
	[ "$(runs)" -eq 2 ]
	[ "$(cat "$T/out")" = second ]
}

@test "a dependency from the future is changed once, and not for ever" {
	reporting
	touch -d 2037-01-01 "$T/src/dep"
	start_triggerd
	twice
	[ "$(runs)" -eq 2 ]
	[ "$(status_of report state)" = current ]
}

# Is it older than what a run would take for as young as itself?
is_old() {
	[ -n "$(find "$1" -maxdepth 0 ! -newerct '0.1 seconds ago')" ]
}

# switched SCRIPT: the first run of a rule reads what is there now, then SCRIPT
# makes something of that, later than its beginning by the files' clock.
switched() {
	command_file report <<-EOF
		cd "\$TOP"
		echo run >>runs
		cat way/in/dep >"\$1"
		echo "\$TOP/way/in/dep" >"\$2"
		[ ! -e once ] || exit 0
		: >once
		until [ began -nt once ]; do
			: >began
		done
		$1
	EOF
	report_rule 'watch = no'
	mkdir -p "$T/one/in" "$T/two/in"
	echo one >"$T/one/in/dep"
	echo two >"$T/two/in/dep"
	ln -s one "$T/way"
	wait_until 30 is_old "$T/way"
	start_triggerd
	ran_twice() { [ "$(runs)" -ge 2 ] && is_state report current; }
	wait_until 30 ran_twice
	barrier
	[ "$(runs)" -eq 2 ]
}

@test "a new dependency that goes after it was read is in no product" {
	switched 'rm way/in/dep'
	[ ! -s "$T/out" ]
	echo again >"$T/one/in/dep"
	barrier
	[ "$(cat "$T/out")" = again ]
}

@test "a new dependency is read again where a link on the way was switched" {
	switched 'ln -s two next && mv -T next way'
	[ "$(cat "$T/out")" = two ]
}

@test "a new dependency is read again where its directory was another" {
	switched 'mv one/in one/was && mv two/in one/in'
	[ "$(cat "$T/out")" = two ]
}

@test "a new dependency that goes after it was read is not wrong for good" {
	switched 'rm way/in/dep; exit 100'
	[ ! -s "$T/out" ]
}

# Our own file beside the target comes and goes before what was tried is told.
@test "a refused product whose command looked beside it is made once" {
	mkdir "$T/there"
	command_file report <<-'EOF'
		echo run >>"$TOP/runs"
		echo one >"$1"
		echo "$TOP/there/none" >"$2"
	EOF
	report_rule 'min_records = 2' 'watch = no'
	sed -i 's|/out$|/there/out|' "$CONF/rules.d/report.ini"
	wait_until 30 is_old "$T/there"
	start_triggerd
	run -1 ctl sync
	[[ $output == *'min_records is 2'* ]]
	[ "$(runs)" -eq 1 ]
}

# named SCRIPT: SCRIPT is the command, which reports something else each time.
named() {
	command_file report <<-EOF
		cd "\$TOP"
		echo run >>runs
		: >"\$1"
		$1
	EOF
	report_rule
	mkdir "$T/there"
	wait_until 30 is_old "$T/there"
	start_triggerd
	twice
	is_state report current
}

@test "new dependencies that are not there make a command run once" {
	named 'printf "%s\n" "$TOP/there/$$" "$TOP/there/$$/x" >"$2"
		until [ src/mine -nt "$2" ]; do
			: >src/mine
		done'
	[ "$(runs)" -eq 1 ]
}

@test "files of its own that are gone when they are told make it run thrice" {
	named 'echo "$TOP/there/$$" >"$2"
		until [ "there/$$" -nt "$2" ]; do
			: >"there/$$"
		done
		rm "there/$$"'
	[ "$(runs)" -eq 3 ]
}

@test "a record is synced, renamed into its place, and its directory synced" {
	making
	start_triggerd
	barrier
	trace
	echo 1 | put "$T/src/a"
	barrier
	untrace
	awk -v record="$T/state/record" '
		/fsync\(/ && index($0, "<" record "/.") { file = 1 }
		/rename/ && index($0, "\"" record "/make\"") && file {
			moved = 1
		}
		/fsync\(/ && index($0, "<" record ">") && moved { whole = 1 }
		END { exit !whole }
	' "$T/trace" || fail_with_log "$(cat "$T/trace")"
	[ "$(ls -A "$T/state/record")" = make ]
}

@test "equal content under another stamp is written to the record, once" {
	making 'compare = content'
	start_triggerd
	barrier
	touch -d 2001-01-01 "$T/src/a"
	barrier
	before=$(stat -c %i%z "$T/state/record/make")
	touch -d 2002-02-02 "$T/src/a"
	barrier
	after=$(stat -c %i%z "$T/state/record/make")
	[ "$after" != "$before" ]
	[ "$(runs)" -eq 1 ] || { stat -c "%n %z" "$T" "$T"/*; fail_with_log x; }
	# The ctime is young for a moment more: one more record, and no other.
	last=
	is_left_alone() {
		local before=$last
		barrier
		last=$(stat -c %i%z "$T/state/record/make")
		[ "$last" = "$before" ]
	}
	wait_until 10 is_left_alone
	[ "$(runs)" -eq 1 ] || { stat -c "%n %z" "$T" "$T"/*; fail_with_log x; }
}

# --- file systems ---------------------------------------------------------

mount_at() {
	local dir=$1
	shift
	[ "$(id -u)" -eq 0 ] || skip "only root may mount"
	mount "$@" "$dir" 2>/dev/null || skip "cannot mount this here"
	mounted="$dir $mounted"
}

@test "a file system that comes back with another number is no change" {
	mkdir "$T/lower" "$T/empty" "$T/over" "$T/other"
	echo a >"$T/lower/a"
	mount_at "$T/over" -t overlay -o "lowerdir=$T/lower:$T/empty" none
	making
	sed -i "s|$T/src/a|$T/over/a|" "$CONF/rules.d/make.ini"
	touch -d 2001-01-01 "$T/lower/a"
	start_triggerd
	barrier
	barrier
	stop_triggerd
	before=$(stat -c %d "$T/over/a")
	inode=$(stat -c %i "$T/over/a")
	umount "$T/over"
	mount_at "$T/other" -t tmpfs none
	mount_at "$T/over" -t overlay -o "lowerdir=$T/lower:$T/empty" none
	[ "$(stat -c %d "$T/over/a")" != "$before" ] &&
		[ "$(stat -c %i "$T/over/a")" = "$inode" ] ||
		skip 'has the same number again, or another inode'
	start_triggerd
	barrier
	[ "$(runs)" -eq 1 ] || { stat -c "%n %z" "$T" "$T"/*; fail_with_log x; }
}

@test "where times are whole seconds, same-size rewrites are all seen" {
	PATH=$PATH:/usr/sbin:/sbin
	command -v mkfs.ext2 >/dev/null || skip 'needs mkfs.ext2'
	truncate -s 1M "$T/image"
	mkfs.ext2 -q -I 128 "$T/image" 2>/dev/null
	mkdir "$T/coarse"
	mount_at "$T/coarse" -o loop "$T/image"
	making 'watch = no'
	sed -i "s|$T/src/a|$T/coarse/a|" "$CONF/rules.d/make.ini" "$T/make"
	sed -i 's|src/a|coarse/a|' "$T/make"
	echo 100 >"$T/coarse/a"
	[ "$(stat -c %z "$T/coarse/a" | cut -d. -f2 | cut -c1-9)" = 000000000 ] ||
		skip 'its times have fractions'
	start_triggerd
	for i in $(seq 101 130); do
		echo "$i" >"$T/coarse/a"
		barrier
		[ "$(cat "$T/out")" = "$i" ]
	done
}

# --- blocked --------------------------------------------------------------

@test "a pattern whose directory cannot be read blocks its rule" {
	mkdir "$T/src/dir"
	echo b >"$T/src/dir/b"
	ln -s dir "$T/src/way"
	making
	sed -i "s|^sources = .*|& $T/src/way/*|" "$CONF/rules.d/make.ini"
	start_triggerd
	barrier
	ln -s way "$T/loop"
	mv -T "$T/loop" "$T/src/way"
	echo new | put "$T/src/a"
	run -1 ctl sync
	grep "make: blocked" <<<"$output"
	[ "$(cat "$T/out")" = a ]
	[ "$(runs)" -eq 1 ] || { stat -c "%n %z" "$T" "$T"/*; fail_with_log x; }
	rm "$T/src/way"
	barrier
	[ "$(cat "$T/out")" = new ]
}

@test "a blocked rule is asked again at each scan" {
	making 'retry = 1h..1h' 'scan = 50ms'
	rm "$T/src/a"
	ln -s a "$T/src/a"
	start_triggerd
	wait_until 10 is_state make blocked
	checks=$(status_of make checks)
	asked_more() { [ "$(status_of make checks)" -ge $((checks + 3)) ]; }
	wait_until 10 asked_more
	[ "$(grep -c 'make: blocked' "$T/log")" -eq 1 ]
	[ "$(runs)" -eq 0 ]
}

# --- tried, restless ------------------------------------------------------

@test "each guard that is changed ends the wait of a refused rule" {
	making 'max_shrink = 10%' 'min_records = 4' 'retry = 1h..1h'
	seq 10 >"$T/src/a"
	start_triggerd
	barrier
	seq 3 | put "$T/src/a"
	run -1 ctl sync
	[ "$(runs)" -eq 2 ]
	run -1 ctl sync
	[ "$(runs)" -eq 2 ]
	edit() {
		sed -i "$1" "$CONF/rules.d/make.ini"
		ctl reload
		run ctl sync
	}
	edit 's/min_records = 4/min_records = 3/'
	[ "$(runs)" -eq 3 ]
	is_state make refused
	edit '$acheck = cdb'
	[ "$(runs)" -eq 4 ]
	is_state make refused
	edit '/^check/d'
	[ "$(runs)" -eq 5 ]
	edit 's/max_shrink = 10%/max_shrink = 70%/'
	[ "$(runs)" -eq 6 ]
	is_state make current
	[ "$(wc -l <"$T/out")" -eq 3 ]
}

@test "check and run end a restless wait, each for one run" {
	command_file make <<-'EOF'
		echo run >>"$TOP/runs"
		cat "$TOP/src/a" >"$1"
		date +%N >"$TOP/src/a"
	EOF
	making
	start_triggerd
	wait_until 10 is_state make restless
	# Until the wait is so long that it does not end by itself meanwhile.
	for i in 1 2 3 4 5 6 7 8 9 10; do
		run -1 ctl sync
	done
	wait_until 10 is_state make restless
	[ "$(($(status_of make next_at) - $(date +%s%3N)))" -ge 180000 ]
	before=$(runs)
	ctl run make || true
	ran() { [ "$(runs)" -ge "$1" ]; }
	wait_until 10 ran $((before + 1))
	wait_until 10 is_state make restless
	[ "$(runs)" -eq $((before + 1)) ]
	ctl check make
	wait_until 10 ran $((before + 2))
	wait_until 10 is_state make restless
	[ "$(runs)" -eq $((before + 2)) ]
}

# --- who is asked ---------------------------------------------------------

@test "a change of a name asks only the rules that have that name" {
	making
	rule other <<-EOF
		sources = $T/src/b
		command = true
		settle = 0
	EOF
	echo b >"$T/src/b"
	start_triggerd
	barrier
	checks=$(status_of other checks)
	for i in 1 2 3; do
		echo "$i" | put "$T/src/a"
		barrier make
		[ "$(cat "$T/out")" = "$i" ]
	done
	[ "$(status_of other checks)" -eq "$checks" ]
}
