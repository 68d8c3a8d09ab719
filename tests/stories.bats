# The teller of stories, told of daemons that are wrong: it must see it, and say
# how to see it again.

load lib/triggerd

setup() {
	T=$BATS_TEST_TMPDIR
	export TRIGGERD CTL TMPDIR=$T
	unset BUILT
}

tell() {
	"$TOP/tests/stories/tell" -w 1 "$@" >"$T/told" 2>&1
}

# idle NAME: a daemon that says that it is ready, and no more.
idle() {
	command_file "$1" <<-'EOF'
		eval "echo >&$4"
		exec tail -f /dev/null
	EOF
}

@test "a daemon that does nothing goes wrong in every story, and the least of it is told" {
	idle idle
	TRIGGERD=$T/idle CTL=/bin/true run -1 tell -s 3 -n 2 -p 0.1 -r 1
	head -n 1 "$T/told" | grep 'seed 3: 0 and 1 more'
	grep '^# story 0 of seed 3: ' "$T/told"
	grep '^# story 1 of seed 3: ' "$T/told"
	[ "$(grep -c '^# the least of it: ' "$T/told")" -eq 1 ]
	# All that a story needs to go wrong.
	grep -x '# new:[^ ]*' "$T/told"
	grep -x 'not ok 1 stories: .*' "$T/told"
	grep '^stories: 2 told, .* 2 wrong, seed 3$' "$T/told"
}

@test "a daemon that hears of no change is right only when it is asked" {
	story='new:0::silent start rest:asked write:b:1'
	command_file deaf <<-EOF
		sed -i 's/^settle/watch = no\n&/' "\$2"/rules.d/*.ini
		exec $TRIGGERD "\$@"
	EOF
	tell -t "$story"
	grep '^stories: 1 told, .* 0 wrong' "$T/told"
	TRIGGERD=$T/deaf run -1 tell -t "$story" -p 0.3 -r 1
	grep '; right only after sync$' "$T/told"
	grep -x "# $story" "$T/told"
	grep '^# the least of it: ' "$T/told"
}

@test "a daemon that is wrong only once is wrong, though it goes well again" {
	idle idle
	command_file once <<-EOF
		mkdir $T/was 2>/dev/null && exec $T/idle "\$@"
		exec $TRIGGERD "\$@"
	EOF
	TRIGGERD=$T/once run -1 tell -t 'new:0::asked start' -r 2
	grep 'it went well when it was told 2 times again' "$T/told"
	grep '^stories: 1 told, .* 1 wrong' "$T/told"
}
