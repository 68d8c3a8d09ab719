# mkusers: users/cdb to the byte as qmail-newu makes it, and what its text may
# be.
#
# The hashes are of the cdbs that qmail-newu of notqmail (commit a7012e4, of
# December 2024) made of the same texts.

# bats file_tags=valgrind

load lib/compile

setup() { make_qmail mkusers users/assign users/cdb; }

teardown() { umount "$T/small" 2>/dev/null || true; }

# Many names and prefixes, some of them twice.
domains() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			at = i * 7919 % int(n * 9 / 10)
			name = sprintf("%s%d.Example", i % 3 ? "d" : "x", at)
			printf("%s%s%s:%s:89:%d:/home/vpopmail/%d/%s:%s::\n",
				i % 7 ? "+" : "=", name, i % 5 ? "-" : "",
				name, i, i % 10, name, i % 5 ? "-" : "")
		}
		print "."
	}'
}

# right [VERSION]: two versions, of one size; "long" does not fit on a small
# disk.
right() {
	text '%s\n' "+joe-:joe:100${1:-1}:100:/home/joe:-::" .
	[ "${1:-}" != long ] || domains 2000 >"$TEXT"
}

@test "names, prefixes and their fields" {
	text '%s\n' =Joe@X:joe:1000:100:/home/joe:-:: \
		'+Joe-:joe:1001:100:/home/joe:-:ext:' \
		+:alias:1002:100:/var/qmail/alias:-:: =empty::::::: \
		'=more:joe:1:1:/h:-:e:what follows:is dropped' \
		odd-is-exact:joe:1:1:/h::: \
		$'+eighT\344\304:\344:1:1:/h:-::' $'+x\304:a:2:2:/h:-::' \
		+joe-:second:2:2:/h2::: +jY::::::: +jy::::::: .
	holds '+7,25:!joe@x\000->joe\0001000\000100\000/home/joe\000-\000
+5,28:!joe-->joe\0001001\000100\000/home/joe\000-\000ext
+1,34:!->alias\0001002\000100\000/var/qmail/alias\000-\000
+7,5:!empty\000->\000\000\000\000\000
+6,14:!more\000->joe\0001\0001\000/h\000-\000e
+13,12:!dd-is-exact\000->joe\0001\0001\000/h\000\000
+8,11:!eight\344\304->\344\0001\0001\000/h\000-\000
+3,11:!x\304->a\0002\0002\000/h\000-\000
+5,16:!joe-->second\0002\0002\000/h2\000\000
+3,5:!jy->\000\000\000\000\000
+3,5:!jy->\000\000\000\000\000
+0,4:->-\304Yy

'
	is_made 94b1f31ff82d3b737deeb0b07f586fc7df15c9278953f380e2265b8d6f28cbd4
}

@test "the text ends at a line that begins with a dot" {
	local end
	for end in '.\n' . '.\nrubbish\000' '...and more'; do
		text '=joe:joe:1:1:/h:::\n'"$end"
		holds '+5,12:!joe\000->joe\0001\0001\000/h\000\000\n+0,0:->\n\n'
	done
	text .
	holds '+0,0:->\n\n'
}

@test "a text in a wrong format fails, and names the line" {
	local line
	right && compile
	line='=joe:joe:1:1:/h:::\n'
	text '' && fails 111 "$TEXT:1: bad format: no line with a dot"
	text "$line" && fails 111 "$TEXT:2: bad format: no line with a dot"
	text "$line=ann" && fails 111 "$TEXT:2: bad format: no newline"
	text "$line\n.\n" && fails 111 "$TEXT:2: bad format: no colon"
	text '# %s\n.\n' a && fails 111 "$TEXT:1: bad format: no colon"
	text "$line:%s.\n" "$line" && fails 111 "$TEXT:2: bad format: no name"
	text '=joe:joe:1:1:/h::\n.\n'
	fails 111 "$TEXT:1: bad format: fewer than 6 colons"
	text "$line=joe:joe:1:1:/h:::\\000\n.\n"
	fails 111 "$TEXT:2: bad format: a NUL byte"
	text '\000.\n' && fails 111 "$TEXT:1: bad format: a NUL byte"
}

@test "a name and its fields may be of any length" {
	local name
	name=$(head -c 100000 /dev/zero | tr '\0' N)
	text '+%s-:%s:1:1:/%s:-:%s:\n.\n' "$name" "$name" "$name" "$name"
	compile
	cdb -q "$CDB" '!'"${name,,}-" | tr '\0' : >"$T/value"
	echo -n "$name:1:1:/$name:-:$name" | cmp - "$T/value"
}

@test "every byte may be the last of a prefix" {
	awk 'BEGIN { for (i = 1; i < 256; i++) if (i != 10 && i != 58)
		printf("+x%c:::::::\n", i); print "." }' >"$TEXT"
	compile
	[ "$(cdb -q "$CDB" '' | wc -c)" -eq 253 ]
}

@test "a long text gives the cdb that qmail-newu makes" {
	domains "$(many)" >"$TEXT"
	case $(many) in
	20000) is_made 0e2d199533abc132ffd4dc2eda72bf590f121d2479eb541ac73dc0c11cf9ce47 ;;
	*) is_made ecc8edf42685fa809cd1460e0d14850885402d34e3c7a1a6b28991613a173e77 ;;
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
