# The wall clock is set, forwards and back, while the daemon runs, and the times
# of files with it: by the stepper, since the machine's own is not ours.  For
# waits see clock.bats.

load lib/triggerd

setup() {
	make_conf
	pid=
	: >"$T/steps"
	command_file stepped <<-EOF
		export ASAN_OPTIONS=verify_asan_link_order=0
		export LD_PRELOAD=$TOP/tests/lib/stepper.so
		export CLOCK_STEPS=$T/steps
		exec "$TRIGGERD" "\$@"
	EOF
	command_file set-clock <<-EOF
		echo "\$(date +%s%N) \${1}000000000" >>"$T/steps"
	EOF
	TRIGGERD=$T/stepped
}

teardown() {
	stop_triggerd
}

# set_clock SECONDS: so much before the true time; negative: behind it.
set_clock() {
	"$T/set-clock" "$1"
}

runs() {
	count "$T/runs"
}

# Two days, and the years of a machine that has lost its clock.
@test "a change is seen whichever way the clock has been set" {
	command_file copy <<-'EOF'
		echo run >>"$RUNS"
		cat "$SRC" >"$1"
	EOF
	rule copy <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/copy \${new}
		env.RUNS = $T/runs
		env.SRC = $T/src/a
		settle = 0
	EOF
	echo 100 >"$T/src/a"
	start_triggerd
	barrier
	i=100
	for by in -172800 172800 -1 0 -1000000000 1; do
		i=$((i + 1))
		echo $i >"$T/src/a" # of the same size, in the same file
		barrier
		set_clock $by
		barrier
		[ "$(cat "$T/out")" = $i ]
		i=$((i + 1))
		echo $i >"$T/src/a"
		barrier
		[ "$(cat "$T/out")" = $i ]
		i=$((i + 1))
		echo $i | put "$T/src/a"
		barrier
		[ "$(cat "$T/out")" = $i ]
	done
	before=$(runs)
	set_clock -172800
	kill -ALRM "$pid"
	barrier
	stop_triggerd
	start_triggerd
	barrier
	[ "$(runs)" -eq "$before" ]
	i=$((i + 1))
	echo $i | put "$T/src/a"
	barrier
	[ "$(cat "$T/out")" = $i ]
}

@test "a dependency that changes after the clock was set back is read again" {
	command_file deps <<-'EOF'
		cat "$SRC/dep" >"$1"
		echo "$SRC/dep" >"$2"
		[ ! -e "$SRC/once" ] || exit 0
		: >"$SRC/once"
		"$SET" -3600
		until [ -n "$(find "$SRC/dep" -newer "$STEPS")" ]; do
			echo later >"$SRC/dep"
		done
	EOF
	rule deps <<-EOF
		sources = $T/src/a
		target = $T/out
		command = $T/deps \${new} \${deps}
		env.SRC = $T/src
		env.SET = $T/set-clock
		env.STEPS = $T/steps
		settle = 0
	EOF
	echo a >"$T/src/a"
	echo first >"$T/src/dep"
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = later ]
}

# A file system that tells whole seconds tells nothing of what came and went in
# the second in which the run began.
@test "a name that came and went is in no product where times are whole seconds" {
	command_file all <<-'EOF'
		echo run >>"$TOP/runs"
		[ -e "$TOP/once" ] || echo passing >"$TOP/src/a2"
		cat "$TOP"/src/a* >"$1"
		: >"$TOP/once"
		rm -f "$TOP/src/a2"
	EOF
	rule all <<-EOF
		sources = $T/src/a*
		target = $T/out
		command = $T/all \${new}
		env.TOP = $T
		settle = 0
	EOF
	echo a1 >"$T/src/a1"
	export FILE_TICK=1000000000
	start_triggerd
	barrier
	[ "$(cat "$T/out")" = a1 ]
	[ "$(runs)" -le 3 ]
}
