# mkvalidrcptto held against a second implementation of the rules of delivery,
# on random mail systems, and runs with a cache against such without.  SEED
# chooses them; TRIGGERD_LONG makes thousands.

bats_require_minimum_version 1.5.0

@test "what is delivered is listed, on random mail systems" {
	[ "$(id -u)" = 0 ] || skip "homes of other users need root"
	seed=${SEED:-1} systems=15
	[ -z "${TRIGGERD_LONG:-}" ] || systems=3000
	echo "SEED=$seed"
	mkdir "$BATS_TEST_TMPDIR/systems"
	perl "$BATS_TEST_DIRNAME/lib/random-systems.pl" \
		"$BATS_TEST_DIRNAME/../builders/mkvalidrcptto${BUILT:-}" \
		"$BATS_TEST_TMPDIR/systems" "$seed" "$systems"
}
