# mkmorercpthosts: control/morercpthosts.cdb to the byte as qmail-newmrh makes
# it, and what its text may be.
#
# The hashes are of the cdbs that qmail-newmrh of notqmail (commit a7012e4, of
# December 2024) made of the same texts.

# bats file_tags=valgrind

load lib/compile

setup() {
	make_qmail mkmorercpthosts control/morercpthosts \
		control/morercpthosts.cdb
}

teardown() { umount "$T/small" 2>/dev/null || true; }

# Many hosts, some of them twice.
hosts() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			at = i * 7919 % int(n * 9 / 10)
			printf("%s%s%d.Example%s\n", i % 11 ? "" : "#",
				i % 5 ? "D" : ".d", at, i % 13 ? "" : " \t")
		}
	}'
}

# right [VERSION]: two versions, of one size; "long" does not fit on a small
# disk.
right() {
	text '%s\n' "host${1:-1}.example"
	[ "${1:-}" != long ] || hosts 5000 >"$TEXT"
}

# bats test_tags=valgrind:short
@test "hosts are in lower case, without blanks behind them and comments" {
	text '%s\n' Example.COM '.Sub.Example  ' '# comment' '' '  leading' \
		$' \t ' $'tab\t ' example.com $'eight\344\304' ' # no comment'
	printf 'nul\0Byte\nlast.Line' >>"$TEXT"
	holds '+11,0:example.com->
+12,0:.sub.example->
+9,0:  leading->
+3,0:tab->
+11,0:example.com->
+7,0:eight\344\304->
+13,0: # no comment->
+8,0:nul\000byte->
+9,0:last.line->

'
	is_made 055ef56b4fe442b1c24e396cbf97289184556fd07732ee14eccad67d73f1fde9
}

@test "a text of nothing makes a cdb of nothing" {
	for format in '' '\n' '# \n \t\n\n#'; do
		text "$format"
		is_made ad292543e381bc50175b6b6452ccc06e579755910a528c8dc7d18019279e1f3f
		rm "$CDB"
	done
}

@test "a host may be of any length, and of any bytes" {
	local name
	name=$(head -c 100000 /dev/zero | tr '\0' N)
	text '%s\n' "$name"
	holds "+100000,0:${name,,}->\n\n"
	awk 'BEGIN { for (i = 0; i < 256; i++) printf("x%c-\n", i) }' >"$TEXT"
	compile
	[ "$(cdb -l "$CDB" | tr '\0' 0 | grep -ac .)" -eq 257 ]
}

@test "a long text gives the cdb that qmail-newmrh makes" {
	hosts "$(many)" >"$TEXT"
	case $(many) in
	20000) is_made 4c3ca3bb9e9bdc2427ec8e7e4efce934629c2fa2cd4c08be1946b7a2b6ded2c0 ;;
	*) is_made 9291cb494b8c5349c2f040c91744a27c7f966c57e5025f305d25450be5aa18a4 ;;
	esac
}

@test "what is not there fails" { stands_missing_places right; }
@test "a pipe, device or loop in a file's place fails" { stands_others right; }
@test "a text that is too large fails" { stands_too_large; }
@test "a text that changes is read again" { stands_changes right; }
@test "several at once do no harm" { stands_company right; }
@test "on a full disk the old cdb stays" { stands_full_disk right; }
@test "the cdb is for everybody, and an equal one stays" { stands_modes right; }
@test "the options" { stands_options right; }
