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
