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
		"$TOP/daemon/options.c" | tr -d ':' | sed 's/./& /g')
	# shellcheck disable=SC2086
	every Fl triggerd.8 $letters
}

@test "the manual of triggerd has every file that the daemon keeps" {
	local word
	sed -n '/^\.Sh FILES/,/^\.Sh EXIT/p' "$TOP/man/triggerd.8" \
		>"$BATS_TEST_TMPDIR/files"
	mapfile -t words < <(sed -n 's/.*"%s\/\([a-z]*\)\/%s".*/\1/p' \
		"$TOP"/daemon/*.c | sort -u)
	[ "${#words[@]}" -ge 5 ]
	for word in "${words[@]}"; do
		echo "$word"
		grep -x "\.It Pa $word/ Ns Ar RULE" "$BATS_TEST_TMPDIR/files"
	done
	grep -q '"%s\.lock"' "$TOP/triggers/fifo.c"
	grep -x '\.It Ar PIPE Ns Pa \.lock' "$BATS_TEST_TMPDIR/files"
}

@test "the manual of triggerd has every word of TRIGGERD_REASON" {
	mapfile -t words < <(sed -n '/^stamp_reason_word(/,/^}/{
		/none/d; s/.*return "\([a-z-]*\)";.*/\1/p; }' \
		"$TOP/daemon/stamp.c")
	[ "${#words[@]}" -ge 11 ]
	every Cm triggerd.8 "${words[@]}"
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
# The text of a manual, as one line.
words_of() {
	mandoc -T ascii "$TOP/man/$1" | sed 's/.\x08//g' | tr -s '[:space:]' ' '
}

# FILE: NAME VALUE MANUAL: WHAT IT SAYS.  Those with "-" are inside only.
limits() {
	cat <<-'EOF'
		conf CONF_FILE_MAX (1 << 20) triggerd.rules.5 a file 1 MiB
		conf CONF_LINE_MAX INIFILE_LINE_MAX -
		control CONTROL_CLIENTS_MAX 256 triggerd.8 256 commands to the daemon
		control CONTROL_WORDS_MAX (LINE_SIZE / 2) -
		helper HELPER_ANSWER_MAX 4096 -
		inifile INIFILE_LINE_MAX 8192 triggerd.rules.5 A line may have 8192 bytes
		inifile INIFILE_KEY_MAX 100 triggerd.rules.5 a key 100 bytes
		inifile INIFILE_SECTION_MAX 100 -
		instance INSTANCE_NAME_MAX 200 triggerd.rules.5 has at most 200 bytes
		instance INSTANCE_COUNT_MAX 10000 triggerd.rules.5 more than 10000 words
		instance INSTANCE_LIST_MAX (1 << 20) triggerd.rules.5 or 1 MiB, a NUL byte
		line LINE_SIZE 4096 triggerd.8 at most 4096 bytes count
		log LOG_LINE_MAX 2048 triggerd.8 log has at most 2048 bytes
		output OUTPUT_MAX 65536 triggerd.8 the last 65536 bytes
		pattern PATTERN_PARTS_MAX 63 triggerd.8 at most 63 components
		quote QUOTE_MAX 4000 triggerd.rules.5 word or text 4000 bytes
		removal DEPTH_MAX 32 triggerd.8 32 directories deep
		removal REMOVE_MAX 20000 triggerd.8 at most 20000 files
		reported REPORTED_MAX 4000000 triggerd.8 4000000 paths
		reported REPORTED_BYTES (256 << 20) triggerd.8 256 MiB of text
		request REQUEST_REPLY_MAX 32 triggerd.8 answer has at most 32 bytes
		rule RULE_NAME_MAX 64 triggerd.rules.5 at most 64 letters
		section SECTION_NAME_MAX 64 triggerd.rules.5 at most 64
		status STATUS_BYTES_MAX (64 * 1024 * 1024) triggerd.8 over 64 MiB
		fifo FIFO_WHY_MAX 160 -
		walk WALK_DEPTH_MAX 64 triggerd.8 through 64 directories
		want WANT_LINKS_MAX 40 triggerd.8 40 symbolic links
		want WANT_TEXT_MAX 16384 -
		watch_hook WATCH_DEPTH_MAX 128 triggerd.8 128 directories deep
	EOF
}

@test "the manuals tell every limit of the daemon, as it is" {
	pattern='^([a-z_]+) ([A-Z_]+) (.*) (-|triggerd[a-z.]*[0-9])( .*)?$'
	while read -r line; do
		[[ $line =~ $pattern ]]
		header=("$TOP"/*/"${BASH_REMATCH[1]}".[ch])
		name=${BASH_REMATCH[2]} value=${BASH_REMATCH[3]}
		manual=${BASH_REMATCH[4]} text=${BASH_REMATCH[5]# }
		cat "${header[@]}" | grep -F "#define $name $value"
		[ "$manual" = - ] || grep -qF -- "$text" <<<"$(words_of "$manual")" ||
			{
				echo "$manual does not say: $text"
				return 1
			}
	done < <(limits)
	# And every limit of a header is among them.
	for name in $(sed -n 's/^#define \([A-Z_]*_MAX\) .*/\1/p' \
		"$TOP"/daemon/*.h "$TOP"/triggers/*.h); do
		grep -q " $name " <<<"$(limits)" || {
			echo "$name is not among the limits"
			return 1
		}
	done
}

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

@test "the installed configuration names the directory it is in" {
	local conf=$BATS_TEST_TMPDIR/c/triggerd.ini
	umask 077
	make -s -C "$TOP" -o all install PREFIX=/p CONFDIR=/c \
		DESTDIR="$BATS_TEST_TMPDIR"
	grep -qx 'rules = /c/rules.d' "$conf"
	run ! grep /etc/triggerd "$conf"
	[ "$(stat -c %a "$conf")" = 644 ]
	echo mine >"$conf"
	make -s -C "$TOP" -o all install PREFIX=/p CONFDIR=/c \
		DESTDIR="$BATS_TEST_TMPDIR"
	[ "$(cat "$conf")" = mine ]
}

# A directory of the configuration that a group can write is refused, and what
# others cannot search hides the configuration and the manuals from them.
@test "the directories of an installation are right, whatever the umask" {
	local mask root
	for mask in 002 077; do
		root=$BATS_TEST_TMPDIR/$mask
		mkdir "$root"
		(umask $mask && make -s -C "$TOP" -o all install PREFIX=/p \
			CONFDIR=/c DESTDIR="$root")
		find "$root"/* -type d ! -perm 755
		[ -z "$(find "$root"/* -type d ! -perm 755)" ]
	done
}

# The BSDs and macOS have no /run, and no /var/lib.
@test "what is installed names the directories of its system" {
	local file root=$BATS_TEST_TMPDIR
	make -s -C "$TOP" -o all install PREFIX=/p CONFDIR=/c KERNEL=bsd \
		DESTDIR="$root"
	for file in c/triggerd.ini p/share/triggerd/triggerd.ini \
		p/share/triggerd/onchange; do
		run ! grep -E '(^|[^r])/run/triggerd|/var/lib' "$root/$file"
		grep -q '/var/run/triggerd' "$root/$file"
	done
	grep -qx 'state = /var/db/triggerd' "$root/c/triggerd.ini"
	[ -x "$root/p/share/triggerd/onchange" ]
	make -s -C "$TOP" -o all install PREFIX=/q CONFDIR=/d \
		DESTDIR="$root"
	cmp "$root/q/share/triggerd/onchange" "$TOP/scripts/onchange"
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
	umask 022
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
