# The unit tests: pure modules, each a program that says where it failed.

@test "the unit tests pass" {
	cd "$BATS_TEST_DIRNAME/unit"
	for test in *_test.c; do
		TMPDIR=$BATS_TEST_TMPDIR "./${test%.c}" || {
			echo "$test failed"
			return 1
		}
	done
}

@test "on what the BSDs have, with a stand-in for their kqueue, they do the same" {
	export TMPDIR=$BATS_TEST_TMPDIR
	cd "$BATS_TEST_DIRNAME/kqueue"
	[ -e watch_test ] || skip "built for a kqueue of its own"
	for test in ./*_test; do
		"$test" 60 8 # the random one: from seed 60, of which 64 was red
	done
	TRIGGERD_NO_FIFO=1 ./pipe_test
}
