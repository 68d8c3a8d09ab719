# However a source changes, the daemon notices by itself: there is no scan here,
# and each kind of change is made twice, once without anybody asking ("sync"
# asks every rule, and would hide a deaf watch), and once with.

load lib/triggerd

setup() {
	make_conf 'scan = 0'
	pid=
	command_file gather <<-'EOF'
		echo run >>"$RUNS"
		shift # ${new}
		for pattern; do
			for f in $pattern; do
				[ ! -f "$f" ] || cat "$f"
			done
		done >"$TRIGGERD_NEW"
	EOF
}

teardown() {
	if [ -n "$pid" ]; then
		kill -CONT "$pid" 2>/dev/null || true
	fi
	stop_triggerd
	unmount_all
}

# What a test that failed has left mounted.
unmount_all() {
	local m
	while read -r _ _ _ _ m _; do
		[[ $m != "$T"/* ]] || umount -l "$m"
	done </proc/self/mountinfo
}

# A rule whose target is what its sources hold, one after the other.  The
# target is elsewhere, so that nothing but the sources' watches can notice.
gathers() {
	local name=$1 patterns='' p
	shift
	for p; do patterns="$patterns $p"; done
	mkdir -p "$T/made"
	rule "$name" <<-EOF
		sources =$patterns
		target = $T/made/$name
		command = $T/gather \${new}$patterns
		env.RUNS = $T/runs
		settle = 5ms
		settle_max = 50ms
	EOF
}

has() {
	[ "$(cat "$T/made/$1" 2>/dev/null)" = "$2" ]
}

# noticed TEXT [RULE]: by a watch, and by nothing else.  A rule that is behind
# again whenever it is looked at would be held back, so let it come to rest.
noticed() {
	wait_until 20 has "${2:-all}" "$1"
	wait_until 20 rests "${2:-all}"
}

rests() {
	[ "$(status_of "$1" state)" = current ]
}

# shown TEXT [RULE]: when sync has answered.
shown() {
	barrier
	has "${2:-all}" "$1" || fail_with_log "not '$1': $(cat "$T/made/${2:-all}")"
}

# Start, and let everything come to rest.
begin() {
	start_triggerd
	barrier
}

# Save a file as editors do: under another name, and renamed.
save() {
	echo "$2" >"$1.new"
	mv "$1.new" "$1"
}

# Write in place; but where wildcards lead, a kqueue does not tell of that: the
# scan finds it.
fill() {
	if on_kqueue; then
		save "$1" "$2"
	else
		echo "$2" >"$1"
	fi
}

may_mount() {
	mkdir -p "$T/try"
	mount -t tmpfs none "$T/try" 2>/dev/null ||
		skip "may not mount anything"
	umount "$T/try"
}

@test "a file written in place, and one saved by renaming, are noticed" {
	gathers all "$T/src/a"
	echo 0 >"$T/src/a"
	begin
	echo 1 >"$T/src/a"
	noticed 1
	echo 2 >"$T/src/a"
	shown 2
	for i in 3 4 5; do # the inode is another one each time
		save "$T/src/a" $i
		noticed $i
	done
	save "$T/src/a" 6
	shown 6
	echo 7 >"$T/src/a"
	noticed 7
}

@test "a file that is removed and made again is noticed" {
	gathers all "$T/src/a" "$T/src/b"
	echo a >"$T/src/a"
	echo b >"$T/src/b"
	begin
	rm "$T/src/a"
	noticed b
	echo c >"$T/src/a"
	noticed "$(printf 'c\nb')"
	rm "$T/src/b"
	shown c
	echo d >"$T/src/b"
	shown "$(printf 'c\nd')"
}

@test "paths several levels below what exists are noticed when they come" {
	gathers all "$T/src/one/two/three/file"
	begin
	mkdir "$T/src/one"
	mkdir "$T/src/one/two"
	mkdir "$T/src/one/two/three"
	echo 1 >"$T/src/one/two/three/file"
	noticed 1
	rm -r "$T/src/one"
	noticed ''
	mkdir -p "$T/tmp/two/three"
	echo 2 >"$T/tmp/two/three/file"
	mv "$T/tmp" "$T/src/one"
	noticed 2
	rm -r "$T/src/one"
	shown ''
	mkdir -p "$T/src/one/two/three"
	echo 3 >"$T/src/one/two/three/file"
	shown 3
}

@test "a tree made at once, and its file at once, is noticed 50 times" {
	gathers all "$T/src/a/b/c/file"
	gathers wild "$T/src/*/b/*/file"
	begin
	for i in $(seq 50); do
		mkdir -p "$T/src/a/b/c" && fill "$T/src/a/b/c/file" "$i"
		if [ $((i % 5)) -eq 0 ]; then
			shown "$i"
			shown "$i" wild
		else
			noticed "$i"
			noticed "$i" wild
		fi
		# Is what came at once watched, too?
		fill "$T/src/a/b/c/file" "again $i"
		noticed "again $i"
		noticed "again $i" wild
		rm -r "$T/src/a"
	done
	noticed ''
	noticed '' wild
}

@test "a whole tree that is moved away and back is noticed" {
	gathers all "$T/src/a/b/file"
	gathers wild "$T/src/*/b/*"
	mkdir -p "$T/src/a/b"
	echo 0 >"$T/src/a/b/file"
	begin
	for turn in noticed shown; do
		mv "$T/src/a" "$T/away"
		$turn ''
		$turn '' wild
		echo "$turn" >"$T/away/b/file" # nobody's source now
		mv "$T/away" "$T/src/a"
		$turn "$turn"
		$turn "$turn" wild
		fill "$T/src/a/b/file" "again $turn"
		$turn "again $turn"
		$turn "again $turn" wild
	done
}

@test "the parent of the sources removed and made again is noticed" {
	gathers all "$T/src/p/a" "$T/src/p/*.d/x"
	begin
	for i in 1 2 3; do
		mkdir -p "$T/src/p/y.d"
		echo "$i" >"$T/src/p/a"
		fill "$T/src/p/y.d/x" "x$i"
		noticed "$(printf '%s\nx%s' $i $i)"
		rm -r "$T/src/p"
		noticed ''
		mkdir -p "$T/src/p/y.d"
		echo "$i" >"$T/src/p/a"
		shown "$i"
		rm -r "$T/src/p"
		shown ''
	done
}

@test "two trees that change places are noticed" {
	swap() {
		mv "$T/src/a" "$T/src/c"
		mv "$T/src/b" "$T/src/a"
		mv "$T/src/c" "$T/src/b"
	}
	gathers all "$T/src/a/d/file" "$T/src/b/d/file"
	mkdir -p "$T/src/a/d" "$T/src/b/d"
	echo 1 >"$T/src/a/d/file"
	echo 2 >"$T/src/b/d/file"
	begin
	swap
	noticed "$(printf '2\n1')"
	echo 3 >"$T/src/a/d/file"
	noticed "$(printf '3\n1')"
	swap
	shown "$(printf '1\n3')"
	echo 4 >"$T/src/b/d/file"
	shown "$(printf '1\n4')"
	echo 5 >"$T/src/a/d/file"
	noticed "$(printf '5\n4')"
}

@test "every link of a chain is watched, and what it led to no longer" {
	gathers all "$T/src/first"
	mkdir "$T/src/x" "$T/src/y"
	ln -s middle "$T/src/first"
	ln -s x/last "$T/src/middle"
	ln -s "$T/data1" "$T/src/x/last"
	ln -s "$T/data2" "$T/src/y/last"
	echo 1 >"$T/data1"
	echo 2 >"$T/data2"
	begin
	echo 3 >"$T/data1"
	noticed 3
	ln -s y/last "$T/src/middle.new"
	mv -T "$T/src/middle.new" "$T/src/middle"
	noticed 2
	echo 4 >"$T/data2"
	noticed 4
	save "$T/data2" 5
	noticed 5
	shown 5
	before=$(count "$T/runs")
	echo 6 >"$T/data1"
	shown 5
	[ "$(count "$T/runs")" -eq "$before" ]
	ln -sfn "$T/data1" "$T/src/y/last"
	shown 6
	rm "$T/src/first"
	noticed ''
	ln -s "$T/data2" "$T/src/first"
	noticed 5
}

@test "a tree that is switched by a link to its directory is noticed" {
	gathers all "$T/src/key" "$T/src/*.list"
	publish() { # as Kubernetes publishes a ConfigMap
		mkdir "$T/src/..$1"
		echo "key $1" >"$T/src/..$1/key"
		echo "list $1" >"$T/src/..$1/one.list"
		ln -s "..$1" "$T/src/..data_tmp"
		mv -T "$T/src/..data_tmp" "$T/src/..data"
		rm -rf "$T/src/..$2"
	}
	publish 1 0
	ln -s ..data/key "$T/src/key"
	ln -s ..data/one.list "$T/src/one.list"
	begin
	shown "$(printf 'key 1\nlist 1')"
	publish 2 1
	noticed "$(printf 'key 2\nlist 2')"
	publish 3 2
	shown "$(printf 'key 3\nlist 3')"
	fill "$T/src/..3/one.list" "by hand"
	noticed "$(printf 'key 3\nby hand')"
}

@test "a directory that becomes a link, and the other way, is noticed" {
	gathers all "$T/src/d/file"
	gathers wild "$T/src/*/file"
	mkdir "$T/src/d" "$T/other"
	echo 1 >"$T/src/d/file"
	echo 2 >"$T/other/file"
	begin
	mv "$T/src/d" "$T/src/.d" && ln -s "$T/other" "$T/src/d"
	noticed 2
	noticed 2 wild
	fill "$T/other/file" 3
	noticed 3
	noticed 3 wild
	rm "$T/src/d" && mv "$T/src/.d" "$T/src/d"
	noticed 1
	noticed 1 wild
	fill "$T/src/d/file" 4
	shown 4
	shown 4 wild
}

@test "a source that is written by another of its names is noticed" {
	gathers all "$T/src/a"
	echo 1 >"$T/src/a"
	mkdir "$T/elsewhere"
	ln "$T/src/a" "$T/elsewhere/b"
	begin
	echo 2 >"$T/elsewhere/b"
	noticed 2
	echo 3 >"$T/elsewhere/b"
	shown 3
	save "$T/src/a" 4
	noticed 4
	ln -f "$T/src/a" "$T/elsewhere/b"
	echo 5 >"$T/elsewhere/b"
	noticed 5
}

@test "a file mounted on its own is noticed where it was mounted from" {
	may_mount
	gathers all "$T/src/a"
	echo 0 >"$T/src/a"
	mkdir "$T/elsewhere"
	echo 1 >"$T/elsewhere/b"
	mount --bind "$T/elsewhere/b" "$T/src/a"
	begin
	shown 1
	echo 2 >"$T/elsewhere/b"
	noticed 2
	echo 3 >"$T/elsewhere/b"
	shown 3
}

@test "a file system that goes and comes back is noticed" {
	may_mount
	gathers all "$T/src/fs/d/file"
	mkdir "$T/src/fs"
	mount -t tmpfs none "$T/src/fs"
	mkdir "$T/src/fs/d"
	echo 1 >"$T/src/fs/d/file"
	begin
	shown 1
	unmount "$T/src/fs"
	# What stands for its sources now is no list, but nothing mounted.
	mount -t tmpfs none "$T/src/fs"
	mkdir "$T/src/fs/d"
	echo 2 >"$T/src/fs/d/file"
	noticed 2
	echo 3 >"$T/src/fs/d/file"
	noticed 3
	mkdir "$T/new" # mounted over what is there, without any event
	mkdir "$T/new/d"
	echo 4 >"$T/new/d/file"
	mount --bind "$T/new" "$T/src/fs"
	noticed 4
	echo 5 >"$T/new/d/file"
	noticed 5
	unmount "$T/src/fs"
	shown 3
	unmount "$T/src/fs"
}

@test "when the kernel's queue overflows, all is looked at and watched again" {
	! on_kqueue || skip "a kqueue has one event for each file, and no queue"
	gathers all "$T/src/d/a"
	gathers other "$T/src/e/b"
	gathers third "$T/src/g/c"
	mkdir "$T/src/d" "$T/src/e" "$T/src/g"
	echo 1 >"$T/src/d/a"
	echo 1 >"$T/src/g/c"
	begin
	kill -STOP "$pid"
	# Two names in turn, so that no event is merged with the last.
	perl -e '
		my ($dir, $n) = @ARGV;
		for my $i (0 .. $n) {
			open my $f, ">", "$dir/" . ($i % 2 ? "x" : "y") or die;
			print $f "1";
			close $f or die;
		}
	' "$T/src/d" "$(cat /proc/sys/fs/inotify/max_queued_events)"
	# These events are lost.
	mv "$T/src/d" "$T/src/old"
	mkdir "$T/src/d"
	echo 2 >"$T/src/d/a"
	echo b >"$T/src/e/b"
	echo c >"$T/src/g/c"
	kill -CONT "$pid"
	noticed 2
	noticed b other
	noticed c third
	shown 2
	[ "$(grep -c overflow "$T/log")" -eq 1 ] || fail_with_log "not once"
	grep '1 so far' "$T/log"
	echo 3 >"$T/src/d/a"
	noticed 3
	shown 3
	before=$(count "$T/runs")
	echo 4 >"$T/src/old/a"
	shown 3
	[ "$(count "$T/runs")" -eq "$before" ]
}

needs_inotify() {
	! on_kqueue ||
		skip "open files are a kqueue's limit: see unit/watch_limit_test.c"
}

# The watch limit of a user namespace, and of nothing else.
limit_watches() {
	nsenter -t "$pid" -U --preserve-credentials \
		sh -c 'echo "$1" >/proc/sys/user/max_inotify_watches' sh "$1"
}

held_watches() {
	cat /proc/"$pid"/fdinfo/* 2>/dev/null | grep -c '^inotify wd:'
}

begin_in_namespace() {
	needs_inotify
	unshare -Ur true 2>/dev/null || skip "no user namespaces here"
	command_file in-namespace <<-EOF
		exec unshare -Ur "$TRIGGERD" "\$@"
	EOF
	TRIGGERD=$T/in-namespace start_triggerd
	barrier
	limit_watches 1000 2>/dev/null || skip "may not set a watch limit"
}

is_degraded() {
	[ -n "$(status_of "$1" degraded)" ]
}

is_watched() {
	run ! is_degraded "$1"
}

@test "at the watch limit a rule is scanned, says why, and recovers" {
	make_conf 'scan = 1s'
	gathers all "$T/src/a"
	gathers many "$T/src/*/b"
	echo 1 >"$T/src/a"
	begin_in_namespace
	held=$(held_watches)
	limit_watches "$held"
	mkdir "$T/src/x"
	wait_until 20 is_degraded many
	run -1 is_degraded all
	status_of many degraded | grep max_user_watches
	status_of many degraded | grep -E 'with [1-9][0-9]* watches'
	grep -E 'warning: many: only scanned: .*max_user_watches' "$T/log"
	echo 1 >"$T/src/x/b" # found by the scan
	noticed 1 many
	echo 2 >"$T/src/a" # by its watch
	noticed 2
	barrier
	barrier
	[ "$(grep -c 'many: only scanned' "$T/log")" -eq 1 ]
	limit_watches 1000
	wait_until 20 is_watched many
	grep 'many: watched again' "$T/log"
	grep 'all is watched again' "$T/log"
	echo 2 >"$T/src/x/b"
	noticed 2 many
}

# begin_limited LIMIT: a daemon that is short of one thing from the start on.
begin_limited() {
	needs_inotify
	unshare -Ur sh -c "echo 0 >/proc/sys/user/$1" 2>/dev/null ||
		skip "no user namespaces here, or no limits of theirs"
	command_file limited <<-EOF
		exec unshare -Ur sh -c 'echo 0 >/proc/sys/user/$1
			exec "\$@"' - "$TRIGGERD" "\$@"
	EOF
	TRIGGERD=$T/limited start_triggerd
}

# A rule that runs once for each hint, and a daemon without what it listens by.
hinted_without() {
	command_file act <<-'EOF'
		echo run >>"$RUNS"
	EOF
	rule act <<-EOF
		command = $T/act
		env.RUNS = $T/hints
		settle = 0
	EOF
	gathers all "$T/src/a"
	echo 1 >"$T/src/a"
	begin_limited "$1"
	barrier
	has all 1
	[ "$(count "$T/hints")" -eq 1 ]
	grep -q "hint: $PIPE: a touch is found by the scan only: .*$2" "$T/log"
	status_of all degraded | grep "$2"
	ctl status | tr -s ' \n' ' ' |
		grep "a touch is found by the scan only: hint: limit.*$2"
	ctl status --json | jq -re .daemon.degraded | grep "^hint: .*$2"
	ctl status | tr -s ' \n' ' ' | grep "change of the configuration can be missed: .*$2"
	ctl status --json | jq -re .daemon.config_degraded | grep "$2"
	echo >"$PIPE" # bytes are always told
	hinted_times 2
	touch "$PIPE"
	barrier # it looks
	[ "$(count "$T/hints")" -eq 3 ]
	barrier
	kill -ALRM "$pid" # in vain, and not a word more
	barrier
	[ "$(count "$T/hints")" -eq 3 ]
	[ "$(grep -c "found by the scan only" "$T/log")" -eq 1 ]
	echo 2 >"$T/src/a"
	barrier
	has all 2
}

hinted_times() {
	ran() { [ "$(count "$T/hints")" -eq "$1" ]; }
	wait_until 30 ran "$1"
}

@test "a daemon whose pipe cannot be watched starts, says so, and recovers" {
	hinted_without max_inotify_watches fs.inotify.max_user_watches
	limit_watches 1000
	touch "$PIPE"
	kill -ALRM "$pid"
	hinted_times 4
	grep -q "hint: $PIPE: touches are told again" "$T/log"
	wait_until 30 is_watched all
	run ! grep -E '^(config_)?degraded' "$T/run/status"
	touch "$PIPE"
	hinted_times 5
	echo 3 >"$T/src/a"
	noticed 3
}

@test "a daemon that gets no inotify instance starts, says so, and recovers" {
	hinted_without max_inotify_instances fs.inotify.max_user_instances
	nsenter -t "$pid" -U --preserve-credentials \
		sh -c 'echo 10 >/proc/sys/user/max_inotify_instances'
	kill -ALRM "$pid"
	wait_until 30 is_watched all
	grep -q "hint: $PIPE: touches are told again" "$T/log"
	touch "$PIPE"
	hinted_times 4
	echo 3 >"$T/src/a"
	noticed 3
}

@test "without a scan, SIGALRM tries again what could not be watched" {
	gathers many "$T/src/*/b"
	begin_in_namespace
	limit_watches "$(held_watches)"
	mkdir "$T/src/x"
	wait_until 20 is_degraded many
	limit_watches 1000
	kill -ALRM "$pid"
	wait_until 20 is_watched many
	echo 1 >"$T/src/x/b"
	noticed 1 many
	echo 2 >"$T/src/x/b"
	noticed 2 many
}

@test "a configuration that cannot be watched is told of, and watched again" {
	rule act <<<'command = /bin/true' # there is nothing else to watch
	begin_in_namespace
	is_told() { ctl status --json | jq -re '.daemon.config_degraded'; }
	run -1 is_told
	limit_watches 1
	cp -a "$CONF/rules.d" "$T/other"
	mv "$CONF/rules.d" "$T/old"
	mv "$T/other" "$CONF/rules.d"
	wait_until 20 is_told
	is_told | grep max_user_watches
	limit_watches 1000
	kill -ALRM "$pid"
	is_well() { run -1 is_told; }
	wait_until 20 is_well
	rule another <<<'command = /bin/true'
	is_there() { [ -n "$(status_of another state)" ]; }
	wait_until 20 is_there
}

@test "a directory that may not be read is scanned, and then watched again" {
	[ "$(id -u)" -ne 0 ] || skip "root may read every directory"
	gathers all "$T/src/d/e/a"
	mkdir -p "$T/src/d/e"
	begin
	chmod 0 "$T/src/d"
	wait_until 20 is_degraded all
	status_of all degraded | grep -i 'permission'
	chmod 755 "$T/src/d"
	echo 1 >"$T/src/d/e/a"
	noticed 1
	wait_until 20 is_watched all
}

# Is this directory watched, by any of the daemon's watches?
holds() {
	if on_kqueue; then
		readlink /proc/"$pid"/fd/* | grep -qxF "$1"
		return
	fi
	cat /proc/"$pid"/fdinfo/* 2>/dev/null |
		grep -q "^inotify wd:.* ino:$(printf %x "$(stat -c %i "$1")") "
}

@test "what a command reported is watched, but not with watch = no" {
	command_file report <<-EOF
		cat "$T/src/dep" >"\$1"
		echo "$T/src/dep" >"\$2"
	EOF
	reporting() {
		rule all <<-EOF
			sources = $T/src/a
			target = $T/made/all
			command = $T/report \${new} \${deps}
			settle = 5ms
			$1
		EOF
	}
	mkdir "$T/made"
	echo a >"$T/src/a"
	echo 1 >"$T/src/dep"
	reporting 'watch = yes'
	begin
	shown 1
	echo 2 >"$T/src/dep"
	noticed 2
	holds "$T/src"
	stop_triggerd
	reporting 'watch = no'
	begin
	run ! holds "$T/src"
	echo 3 >"$T/src/dep"
	shown 3
	run ! holds "$T/src"
}

# More than are armed in one turn of the loop.
@test "of a thousand dependencies the last is watched too" {
	mkdir "$T/many"
	(cd "$T/many" && seq 1000 1999 | xargs touch)
	command_file report <<-'EOF'
		printf '%s\n' "$MANY"/* >"$2"
		cat "$MANY/1000" "$MANY/1999" >"$1"
	EOF
	rule many <<-EOF
		sources = $T/src
		target = $T/many.out
		command = $T/report \${new} \${deps}
		env.MANY = $T/many
		settle = 10ms
	EOF
	start_triggerd
	barrier
	echo last | put "$T/many/1999"
	wait_until 30 grep -q last "$T/many.out"
	barrier
	echo first | put "$T/many/1000"
	wait_until 30 grep -q first "$T/many.out"
}

@test "a source whose links become a circle is asked about, and when they end again" {
	is_blocked() { [ "$(status_of all state)" = blocked ]; }
	is_current() { [ "$(status_of all state)" = current ]; }
	mkdir "$T/src/d" "$T/other"
	echo 1 >"$T/src/f"
	ln -s b "$T/src/a"
	ln -s ../other/c "$T/src/b"
	ln -s ../src/f "$T/other/c"
	ln -s d "$T/src/dir"
	echo 1 >"$T/src/d/g"
	gathers all "$T/src/a" "$T/src/dir/g" "$T/src/*/h"
	sed -i 's/^settle = .*/&\nretry = 1h..1h/' "$CONF/rules.d/all.ini"
	start_triggerd
	barrier
	for link in src/a src/b other/c src/dir src/d/g; do
		mv "$T/$link" "$T/kept"
		ln -s "$T/$link" "$T/new"
		mv -T "$T/new" "$T/$link"
		wait_until 30 is_blocked
		rm "$T/$link"
		mv -T "$T/kept" "$T/$link"
		wait_until 30 is_current
	done
	ln -s loop "$T/src/loop"
	wait_until 30 is_blocked
}
