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

@test "on a stand-in for the BSDs' kqueue, pipes and watches do the same" {
	export TMPDIR=$BATS_TEST_TMPDIR
	cd "$BATS_TEST_DIRNAME/kqueue"
	[ -e watch_test ] || skip "built for a kqueue of its own"
	./pipe_test
	./watch_test
	TRIGGERD_NO_FIFO=1 ./pipe_test
}
