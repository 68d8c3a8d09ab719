# The manuals name everything that the programs know.

bats_require_minimum_version 1.5.0

TOP=${TOP:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)}
TRIGGERD=${TRIGGERD:-$TOP/daemon/triggerd}
CTL=${CTL:-$TOP/client/trigger-ctl}

# Fails, and says which words the manual does not have.
# every MACROS MANUAL WORD...: each word stands after one of the macros.
every() {
	local macros=$1 manual=$TOP/man/$2 missing='' word
	shift 2
	[ $# -gt 0 ]
	for word; do
		grep -Eq -- "(^\.|[[:space:]])($macros) ([A-Za-z]+ )*$word([[:space:]]|\$)" "$manual" ||
			missing="$missing $word"
	done
	[ -z "$missing" ] || {
		echo "$manual lacks:$missing"
		return 1
	}
}

# The words of one section in the table of keys.
keys_of() {
	awk -v section="WORDS_$1," '
		$1 == ".section" { here = ($3 == section) }
		$1 == ".word" && here { gsub(/[",]/, "", $3); print $3 }
	' "$TOP/daemon/words.c"
}

@test "the manual of trigger-ctl has every command" {
	mapfile -t words < <("$CTL" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
	[ "${#words[@]}" -ge 6 ]
	every Cm trigger-ctl.8 "${words[@]}"
}

@test "the manual of trigger-ctl has every option" {
	every Fl trigger-ctl.8 c h -help -version
	mapfile -t words < <(sed -n \
		's/^	{ "\([a-z]*\)", [a-z]*_argument.*/-\1/p' \
		"$TOP/client/trigger-ctl.c")
	every Fl trigger-ctl.8 "${words[@]}"
}

@test "the manual of triggerd has every option" {
	letters=$(sed -n 's/.*getopt(argc, argv, "\([^"]*\)").*/\1/p' \
		"$TOP/daemon/triggerd.c" | tr -d ':' | sed 's/./& /g')
	# shellcheck disable=SC2086
	every Fl triggerd.8 $letters
}

@test "the manual of service-signal has every verb and option" {
	mapfile -t words < <(sed -n 's/^	{ "\([a-z]*\)", ORDER_.*/\1/p' \
		"$TOP/service/order.c")
	[ "${#words[@]}" -ge 4 ]
	every Cm service-signal.8 "${words[@]}"
	mapfile -t words < <(sed -n \
		's/^	{ "\([a-z-]*\)", [a-z]*_argument.*/-\1/p' \
		"$TOP/service/service-signal.c")
	[ "${#words[@]}" -ge 3 ]
	every Fl service-signal.8 "${words[@]}"
}

# options_of SOURCE BUILDER LETTER...
options_of() {
	local source=$1 builder=$2
	shift 2
	mapfile -t words < <(sed -n \
		's/^	{ "\([a-z-]*\)", [a-z]*_argument.*/-\1/p' \
		"$TOP/builders/$source.c")
	every Fl "$builder.8" "$@" "${words[@]}"
}

@test "the manuals of the builders have every option" {
	options_of mkauth mkauth c
	options_of compile mkmorercpthosts c
	options_of compile mkmorevalidrcptto c
	options_of compile mkusers c
	options_of mkvalidrcptto mkvalidrcptto c m n
}

@test "the manual of qmail-queue-check has every option and kind of fault" {
	mapfile -t words < <(sed -n \
		's/^	{ "\([a-z]*\)", [a-z]*_argument.*/-\1/p' \
		"$TOP/queue/qmail-queue-check.c")
	[ "${#words[@]}" -ge 6 ]
	every Fl qmail-queue-check.8 "${words[@]}"
	mapfile -t words < <(sed -n \
		's/^	\[FAULT_[A-Z]*\] = "\(.*\)",/\1/p' "$TOP/queue/fault.c")
	[ "${#words[@]}" -ge 12 ]
	for word in "${words[@]}"; do
		grep -Eq "^\.It Sy (.* )?$word( |\$)" \
			"$TOP/man/qmail-queue-check.8"
	done
}

@test "the manual of the configuration has every key of every section" {
	for section in DAEMON PIPE RULE; do
		mapfile -t words < <(keys_of "$section")
		every Ic triggerd.rules.5 "${words[@]}"
	done
}

# Scripts as files, what the Makefile makes by the lists it installs from.
@test "every program, builder and script that is installed has its manual" {
	local file name n=0
	make -s -C "$TOP" -o all install PREFIX=/p CONFDIR=/c \
		DESTDIR="$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR/p"
	for file in bin/* sbin/* share/triggerd/*; do
		[ -f "$file" ] && [ -x "$file" ] || continue
		name=${file##*/}
		[ -s "share/man/man8/$name.8" ] || {
			echo "no manual: $file"
			return 1
		}
		n=$((n + 1))
	done
	[ "$n" -ge 8 ]
	[ -s share/man/man5/triggerd.rules.5 ]
}

# But for what the administrator may have changed.
@test "uninstall leaves nothing" {
	local root=$BATS_TEST_TMPDIR
	for what in install uninstall; do
		make -s -C "$TOP" -o all "$what" PREFIX=/p CONFDIR=/c \
			DESTDIR="$root"
	done
	[ "$(find "$root" -type f)" = "$root/c/triggerd.ini" ]
}

@test "the manual of tcprules-file has every option" {
	mapfile -t words < <(sed -n 's/^	-\(-[a-z]*\)).*/\1/p' \
		"$TOP/scripts/tcprules-file")
	[ "${#words[@]}" -eq 2 ]
	every Fl tcprules-file.8 "${words[@]}"
}

@test "the manuals are clean mdoc" {
	mandoc -T lint -W warning "$TOP"/man/*.[58]
}

# But for users and groups that need not be here.
@test "the shipped configuration is valid" {
	T=$BATS_TEST_TMPDIR
	mkdir -p "$T/conf/rules.d" "$T/bin"
	chmod 755 "$T" "$T/conf"
	sed -e '/^group = /d' -e "s|/etc/triggerd/rules.d|$T/conf/rules.d|" \
		-e "s|^state = .*|&\\nbuilders = $T/bin|" \
		"$TOP/scripts/triggerd.ini" >"$T/conf/triggerd.ini"
	for builder in "$TOP"/man/mk*.8; do
		builder=${builder##*/}
		cp "$TOP/builders/${builder%.8}" "$T/bin"
	done
	cp "$TOP/service/service-signal" "$TOP"/scripts/*-file \
		"$TOP"/scripts/postfix-* "$T/bin"
	for rule in "$TOP"/rules.d/*.ini; do
		sed '/^user = /d; /^group = /d' "$rule" >"$T/conf/rules.d/${rule##*/}"
	done
	run -0 "$TRIGGERD" -n -c "$T/conf"
	[ "$output" = 'configuration OK' ]
}
