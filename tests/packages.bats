# What scripts/packages asks of the package managers of systems that are not
# here.

bats_require_minimum_version 1.5.0

setup() {
	T=$BATS_TEST_TMPDIR
	TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	mkdir "$T/bin"
	PATH=$T/bin:$PATH
}

# stub NAME <<COMMANDS: a program that notes how it was called.
stub() {
	{ printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n' "$1" "$T"; cat; } \
		>"$T/bin/$1"
	chmod 755 "$T/bin/$1"
}

# on SYSTEM: where only inih is installed.
on() {
	rm -f "$T/bin"/* "$T/calls"
	stub uname <<<"echo $1"
	stub id <<<'echo 0'
	stub "$2" <<<'case "$*" in *-e*|*list*) case "$*" in *inih*) ;; *) exit 1 ;; esac ;; esac'
	[ -z "${3:-}" ] || stub "$3" <<<''
	"$TOP/scripts/packages" build
}

@test "each system's own package manager is asked for what is missing" {
	on FreeBSD pkg
	grep -x 'pkg info -e libev' "$T/calls"
	grep -x 'pkg install -y libev tinycdb xxhash jansson' "$T/calls"
	on DragonFly pkg
	grep -x 'pkg install -y libev tinycdb xxhash jansson' "$T/calls"
	on NetBSD pkg_info pkgin
	grep -x 'pkgin -y install libev tinycdb xxhash jansson' "$T/calls"
	on Darwin brew
	grep -x 'brew install make libev tinycdb xxhash jansson' "$T/calls"
}

@test "what a system has no package of is named, and the rest installed" {
	[ ! -e /usr/local/include/ini.h ] || skip "inih is there"
	run -111 on OpenBSD pkg_info pkg_add
	grep -x 'pkg_add -I libev tinycdb xxhash jansson' "$T/calls"
	grep 'no /usr/local/include/ini.h: inih' <<<"$output"
}

@test "what is there is not installed again" {
	on FreeBSD pkg
	stub pkg <<<''
	rm "$T/calls"
	"$TOP/scripts/packages" build
	run ! grep install "$T/calls"
}

@test "a system that nothing is known of is named" {
	stub uname <<<'echo Plan9'
	run -111 "$TOP/scripts/packages" build
	grep Plan9 <<<"$output"
}

# Whoever unpacks it as root gets it with these modes, and a group that can write
# a command is an error of the configuration.
@test "what is packed to be given away only its owner can write" {
	[ -e "$TOP/.git" ] && git -C "$TOP" rev-parse ||
		skip "no repository of git's"
	make -s -C "$TOP" VERSION="test.$$" dist
	mv "$TOP/triggerd-test.$$.tar.gz" "$T/it.tar.gz"
	tar -tvzf "$T/it.tar.gz" >"$T/list"
	grep -q '^-rwxr-xr-x.*/scripts/demo$' "$T/list"
	run ! grep -E '^.(....w|.......w)' "$T/list"
}
