# Builders - each compiler once, over an older product of its own.
package Builders;

use strict;
use warnings;
use File::Path qw(remove_tree);
use Story;

# What each is given besides -c and --deps; DIR is the worker's directory.
my %options = (
	mkvalidrcptto => [qw(--vpopmail DIR/vpopmail --alias DIR/alias
		--passwd DIR/passwd --cache DIR/case/cache)],
	mkauth => [qw(--vpopmail DIR/vpopmail --cache DIR/case/cache
		--last DIR/case/out.cdb)],
	mkusers => [],
	mkmorercpthosts => [],
	mkmorevalidrcptto => [],
);

# A mail system as the other tests make it, and a change of all of it.
my $system = <<'EOT';
set -e
. "$TOP/tests/lib/qmail.bash"
H='$1$salt$2QKLbwqlfAgTEArFVW4Bg.'
login() {
	printf '%s:%s:1:0:gecos:%s:NOQUOTA\n' "$2" "$H" \
		"$V/domains/$1/$2" >>"$V/domains/$1/vpasswd"
}
text() {
	(cat "$T/assign" && echo .) >"$Q/users/assign"
}
case $1 in
make)
	make_qmail
	domain example.com
	login example.com joe
	domain example.org "$BATS_TEST_TMPDIR/vpopmail/domains/example.org/ann"
	login example.org ann
	alias_domain example.net example.com
	dotqmail "$V/domains/example.com" list '&joe@example.net'
	control morercpthosts example.info
	control morevalidrcptto joe@example.info
	text
	;;
change)
	T=$BATS_TEST_TMPDIR Q=$T/qmail V=$T/vpopmail A=$T/alias
	login example.com eve
	assign "+example.biz-:x:89:89:$V/domains/example.biz:-::"
	text
	echo example.biz >>"$Q/control/morercpthosts"
	echo ann@example.info >>"$Q/control/morevalidrcptto"
	;;
esac
EOT

sub names { return sort keys %options }

sub program {
	my ($s) = @_;
	return ("$Story::top/builders/$s->{name}$Story::built",
		'--qmail', "$s->{top}/qmail",
		map({ s/DIR/$s->{top}/r } @{$options{$s->{name}}}),
		'-c', "$s->{top}/case/out.cdb", '--deps', "$s->{top}/case/deps");
}

sub build {
	my ($s, @injected) = @_;
	unlink "$s->{top}/said";
	return Story::run("$s->{top}/told", "$s->{top}/said", @injected,
		program($s));
}

sub mail_system {
	my ($dir, $verb) = @_;
	local $ENV{TOP} = $Story::top;
	local $ENV{BATS_TEST_TMPDIR} = $dir;
	system('bash', '-c', $system, 'system', $verb) == 0
		or die "the mail system cannot be made\n";
}

# DIR/old: what a run over the older sources has left.
sub prepare {
	my ($dir, $name) = @_;
	my $s = { top => $dir, name => $name, log => "$dir/log" };
	mail_system($dir, 'make');
	mkdir "$dir/$_" for 'case', 'case/cache';
	build($s) == 0 or die "$name: " . Story::slurp("$dir/said");
	$s->{old} = Story::slurp("$dir/case/out.cdb");
	rename("$dir/case", "$dir/old");
	mail_system($dir, 'change');
	mkdir "$dir/$_" for 'case', 'case/cache';
	build($s) == 0 or die "$name: " . Story::slurp("$dir/said");
	$s->{new} = Story::slurp("$dir/case/out.cdb");
	$s->{deps} = Story::slurp("$dir/case/deps");
	die "$name: equal products\n" if $s->{old} eq $s->{new};
	return $s;
}

sub play {
	my ($s, $fault) = @_;
	my $case = "$s->{top}/case";
	my @wrong;
	remove_tree($case);
	system('cp', '-a', "$s->{top}/old", $case) == 0 or die "cp\n";
	open(my $held, '<', "$case/out.cdb") or die "$case: $!\n";
	unlink "$case/deps";
	my $status = build($s, Story::injected($s->{log}, $fault));
	my $said = Story::slurp("$s->{top}/said");
	my $crash = Story::crash($status, $said, $fault);
	my $out = Story::slurp("$case/out.cdb") // '';
	my $killed = ref $fault && $fault->[3] eq 'KILL';
	$s->{detail} = "status $status\n$said";
	push @wrong, $crash if defined $crash;
	push @wrong, "status $status"
		unless $status == 0 || $status == 111 || $killed;
	# A domain that cannot be read is as it was, which is said.
	my $kept = $said =~ /: the last good (list is|logins are) kept/;
	# To be tried again, unless somebody's change would end it.
	my $deps = Story::slurp("$case/deps") // '';
	my $again = $deps =~ s{^\Q$case\E/cache/again\n}{}m;
	push @wrong, 'what may pass without a trace is not marked'
		if $status == 0 && $kept && !$again && $fault->[3] ne 'EACCES';
	push @wrong, 'a wrong product'
		if $out ne $s->{old} && $out ne $s->{new} && !$kept;
	push @wrong, 'the old product, and status 0'
		if $status == 0 && $out ne $s->{new} && !$kept;
	push @wrong, 'wrong dependencies, and status 0'
		if $status == 0 && !$kept && $deps ne $s->{deps};
	# Which thing, or which of the machine's: "out of memory", "fork".
	push @wrong, "nothing said that names an object: $said"
		if $status == 111 && $said !~ m{/|memory|output|fork}i;
	{
		local $/;
		push @wrong, 'written in its place' if <$held> ne $s->{old};
	}
	my @left = grep { !m{/(out\.cdb|deps|cache)$} } glob("$case/* $case/.??*");
	push @wrong, "left: @left" if @left && !$killed;
	# What was left by one that was killed goes when it is an hour old.
	utime(time() - 4000, time() - 4000, Story::temporaries($case));
	# What it keeps for itself must not mislead the next run.
	push @wrong, 'the next run: ' . Story::slurp("$s->{top}/said")
		if build($s) != 0;
	push @wrong, 'the next run: a wrong product'
		if Story::slurp("$case/out.cdb") ne $s->{new};
	push @wrong, 'the next run: wrong dependencies'
		if Story::slurp("$case/deps") ne $s->{deps};
	@left = Story::temporaries($case);
	push @wrong, "the next run leaves @left" if @left;
	return @wrong;
}

1;
