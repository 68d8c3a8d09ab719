# Whatever happens, in whatever order: in the end every product is right.

load lib/triggerd

setup() {
	make_conf
	pid=
}

teardown() {
	stop_triggerd
}

@test "after a storm of changes every product equals a fresh build" {
	seed=${STORM_SEED:-$RANDOM}
	echo "seed $seed" # shown when the test fails; STORM_SEED repeats it
	echo "# storm: seed $seed" >&3
	mkdir -p "$T/src/own" "$T/src/shared"
	chmod 1777 "$T/src/shared"
	command_file gather <<-'EOF'
		nap=$(($(od -An -N1 -tu1 /dev/urandom) % 200 + 1000))
		sleep "0.${nap#1}" # the work that a build does: 0 to 200 ms
		cat "$SRC"/*/list* 2>/dev/null | sort >"$TRIGGERD_NEW"
	EOF
	for tree in own shared; do
		rule "$tree" <<-EOF
			sources = $T/src/$tree/*/list*
			target = $T/$tree.out
			command = $T/gather \${new}
			env.SRC = $T/src/$tree
			settle = 10ms
			settle_max = 100ms
		EOF
		for i in 0 1 2 3; do
			mkdir -m 777 "$T/src/$tree/$i"
			echo "$i" >"$T/src/$tree/$i/list0"
			chmod 666 "$T/src/$tree/$i/list0"
		done
	done
	rule both <<-EOF
		sources = $T/own.out $T/shared.out
		target = $T/both.out
		command = $T/join \${new}
		settle = 10ms
	EOF
	command_file join <<-EOF
		cat "$T/own.out" "$T/shared.out" >"\$TRIGGERD_NEW"
	EOF
	start_triggerd
	seconds=10
	[ -z "${TRIGGERD_LONG:-}" ] || seconds=60
	"$TOP/tests/lib/storm.pl" "$seed" "$seconds" "$T/src" "$PIPE"
	barrier
	for tree in own shared; do
		cat "$T/src/$tree"/*/list* 2>/dev/null | sort >"$T/fresh"
		cmp "$T/fresh" "$T/$tree.out"
	done
	cat "$T/own.out" "$T/shared.out" | cmp - "$T/both.out"
	ctl dry-run
}
