# random-systems.pl PROGRAM DIR SEED N - N random mail systems; on each, what
# mkvalidrcptto lists is held against delivery.pl.
#
# No address that is delivered, or tried again later, may be missing.  With
# --negatives yes, in a domain without trouble, none may be too many, but where
# a list cannot be exact: a wide key accepts names that vdelivermail refuses,
# and where a prefix of users/cdb or a user ends in something else than a dash,
# keys are widened; mailboxes that end in "-default" are left out.
#
# Then each system is changed here and there, and a run that knows the last one
# must make the same as one that does not.

use strict;
use warnings;
use File::Basename;
use File::Compare ();
use File::Spec;
use Time::HiRes;

require(File::Spec->rel2abs(dirname($0)) . '/delivery.pl');

my ($program, $dir, $seed, $n) = @ARGV;
my @names = (qw(a b joe a-b joe-x a.b joe-x-y Joe list list-a a-b-c x o'x a%b),
	"\xe9a", 'joe+x');
my @hosts = qw(one.example two.example sub.one.example l.example vir_t.example
    away.example);

sub pick { return $_[int rand @_] }
sub chance { return rand() < $_[0] }

sub write_file {
	my ($path, @lines) = @_;
	open my $out, '>', $path or die "$path: $!";
	print $out map { "$_\n" } @lines;
	close $out or die;
}

sub write_cdb {
	my ($path, @records) = @_;
	open my $out, '|-', 'cdb', '-c', $path or die;
	for (@records) {
		my ($key, $value) = @$_;
		printf $out "+%d,%d:%s->%s\n", length $key, length $value,
		    $key, $value;
	}
	print $out "\n";
	close $out or die "cdb: $?";
}

# What qmail-newu makes of users/assign.
sub write_users {
	my ($qmail, @assign) = @_;
	my (@records, %wild);
	for (@assign) {
		my ($name, @fields) = split /:/, $_, -1;
		my $kind = substr $name, 0, 1, '';
		$wild{substr $name, -1} = 1 if $kind eq '+' && $name ne '';
		push @records, ["!$name" . ($kind eq '=' ? "\0" : ''),
			join "\0", @fields[0 .. 5]];
	}
	write_file("$qmail/users/assign", @assign, '.');
	write_cdb("$qmail/users/cdb", ['', join '', sort keys %wild], @records);
}

sub instruction {
	my ($aliases) = @_;
	return pick('&x@y', './Maildir/', '|exit 100', '|bouncesaying no', '#',
		'|program', '&x@y', '&x@y', '|exit ' . pick(0, 1, 64, 99, 112),
		'+' . pick('list', 'other'),
		"|vdelivermail '' bounce-no-mailbox",
		"|vdelivermail '' bounce-no-mailbox",
		"|vdelivermail '' delete", "|vdelivermail '' x\@y",
		"|fastforward -d $aliases", "|fastforward $aliases",
		"|fastforward -p -d $aliases");
}

sub fill_home {
	my ($home, $aliases) = @_;
	mkdir $home;
	for my $name ('', (map { "-$_" } 'default', @names,
		map { "$_-default" } @names)) {
		next unless chance($name eq '-default' ? 0.7 : 0.12);
		(my $file = $name) =~ tr/./:/ if chance(0.8);
		my $path = "$home/.qmail" . ($file // $name);
		system 'rm', '-rf', $path if -l $path || -d _;
		next if chance(0.05) && mkdir $path;
		next if chance(0.02) && symlink(pick('nowhere', $path), $path);
		if (chance(0.1)) {	# as ezmlm does
			mkdir "$home/list";
			symlink "$home/list/editor$name", $path;
		}
		my @lines = (instruction($aliases));
		push @lines, instruction($aliases)
		    if chance(0.25) && $lines[0] !~ /vdelivermail/;
		write_file($path, @lines);
		chmod pick(0602, 0700), $path if chance(0.04);
	}
	chmod chance(0.03) ? pick(0757, 01755) : 0755, $home;
}

sub fill_vpasswd {
	my ($home) = @_;
	my @lines;
	for (@names, 'under_score', 'bad(name') {
		next unless chance(0.35);
		push @lines, "$_:c:1:" . pick(0, 0, 0, 16, 17, 32) .
		    ":g:$home/$_:NOQUOTA";
	}
	unlink "$home/vpasswd", "$home/vpasswd.cdb", "$home/vpasswd.text";
	if (chance(0.15)) {
		write_file("$home/vpasswd.text", @lines);
		write_cdb("$home/vpasswd.cdb",
			map { [split /:/, $_, 2] } @lines);
		return;
	}
	push @lines, 'short:line' if chance(0.03);
	write_file("$home/vpasswd", @lines) unless chance(0.04);
}

# Returns the system for delivery.pl.
sub make_system {
	my ($root) = @_;
	my $q = "$root/qmail";
	my $aliases = "$root/aliases.cdb";
	my (@assign, @virtual, @locals, @passwd);
	mkdir $_ for $root, $q, "$q/control", "$q/users", "$root/homes",
	    "$root/lists", "$root/cache";
	fill_home("$root/alias", $aliases);
	chown(7790, 0, "$root/alias") or die;
	push @passwd, "alias:x:7790:1::$root/alias:/bin/true";
	for my $user (qw(joe ann joe-x)) {
		next unless chance(0.6);
		my $home = "$root/homes/$user";
		fill_home($home, $aliases);
		chown(chance(0.85) ? 1000 : 0, 0, $home) or die;
		push @passwd, "$user:x:1000:1::$home:/bin/sh";
	}
	for my $host (@hosts) {
		push @locals, $host if $host eq 'l.example' || chance(0.05);
		my $home = "$root/homes/$host";
		my $prepend = pick($host, $host, $host, $host, 'ann', 'joe-x',
			'ann-a.b', 'alias', 'nobody', '');
		push @virtual, "$host:$prepend" if chance(0.85);
		next unless chance(0.9);
		fill_home($home, $aliases) unless chance(0.03);
		fill_vpasswd($home) if -d $home;
		push @assign, "+$host-:$host:89:89:$home:-::";
	}
	for (1 .. pick(0, 0, 1, 2)) {
		my $name = pick(@hosts, 'ann', 'zed') . '-' . lc pick(@names);
		my $home = "$root/homes/extra$_";
		fill_home($home, $aliases);
		push @assign, chance(0.5)
		    ? "=$name:x:1:1:$home:" . pick('-', '') . ':' .
		    pick('', 'a', 'x') . ':'
		    : "+$name-:x:1:1:$home:-:" . pick('', 'a-') . ':';
	}
	my $wild = chance(0.2);
	push @assign, '+' . pick('ann+', 'ann', 'joe', $hosts[0] . '-a',
		$hosts[1] . '-joe+') . ":x:1:1:$root/homes/extra1:-:" .
		pick('', 'a-') . ':' if $wild;
	fill_home("$root/homes/extra1", $aliases) if $wild;
	push @virtual, lc(pick(@names)) . '@' . pick(@hosts) . ':' .
	    pick('', 'alias', 'ann', 'nobody', $hosts[0])
	    for 1 .. pick(0, 0, 1, 2);
	push @virtual, '.one.example:alias' if chance(0.2);
	push @virtual, ':nobody' if chance(0.1);
	push @virtual, pick(@virtual) if @virtual && chance(0.2);
	my @keys = map { pick(":$_\@", ":$_\@" . pick(@hosts),
		":alias-$_\@", ":nobody-$_\@") } map { lc } @names;
	push @keys, ':@two.example' if chance(0.1);
	write_file("$root/lists/away.example", 'joe', 'A.B # comment')
	    if chance(0.5);
	my $s = { qmail => $q, alias => "$root/alias", root => $root,
		passwd => "$root/passwd", aliases => "$root/aliases",
		lists => "$root/lists", ext => chance(0.4),
		keep_bounced => chance(0.2), accept_deleted => chance(0.3),
		break => pick('-', '-', '-', '-', '+'),
		wild => $wild, assign => \@assign, virtual => \@virtual,
		locals => \@locals, percent => [chance(0.3) ? pick(@hosts) : ()], users => \@passwd, keys => \@keys,
		hosts => ['# hosts', (grep { chance(0.9) } @hosts),
			'.one.example'] };
	write_system($s);
	return $s;
}

# The files that are the system's own.
sub write_system {
	my ($s) = @_;
	my ($q, $root) = ($s->{qmail}, $s->{root});
	write_file("$q/control/virtualdomains", @{$s->{virtual}});
	write_file("$q/control/locals", @{$s->{locals}});
	write_file("$q/control/percenthack", @{$s->{percent}});
	write_file("$q/control/me", 'me.example');
	write_file("$q/control/smtproutes", 'away.example:mx.example');
	write_file("$q/control/rcpthosts", @{$s->{hosts}});
	write_file("$root/passwd", @{$s->{users}});
	write_file("$root/aliases", @{$s->{keys}});
	write_cdb("$root/aliases.cdb", map { [$_, "&x\@y\0"] } @{$s->{keys}});
	write_users($q, @{$s->{assign}});
	my %all = map { $_ => 1 } map {
		my $name = lc; map { "$name\@$_" } @hosts } @names;
	my @some = grep { chance(0.05) } sort keys %all;
	$s->{extra} = { map { $_ => chance(0.5) ? 1 : 0 } @some };
	$s->{exclude} = { map { $_ => 1 } grep { chance(0.05) }
		sort keys %all };
	write_file("$root/extra", map { $_ . ($s->{extra}{$_} ? '' : ' -') }
		@some);
	write_file("$root/exclude", sort keys %{$s->{exclude}});
}

sub drop_one {
	my ($list) = @_;
	splice @$list, rand @$list, 1 if @$list > 1;
}

# Somebody edits something.
sub change {
	my ($s) = @_;
	my @homes = grep { -d } glob "$s->{root}/homes/* $s->{root}/alias";
	my $home = pick(@homes);
	my @files = glob "$home/.qmail-*";
	my $what = int rand 9;
	fill_home($home, "$s->{root}/aliases.cdb") if $what == 0;
	fill_vpasswd($home) if $what == 1;
	unlink pick(@files) if $what == 2 && @files;
	chown pick(0, 1000, 7790), 0, $home if $what == 3;
	drop_one($s->{pick(qw(virtual assign users keys))}) if $what == 4;
	push @{$s->{virtual}}, lc(pick(@names)) . '@' . pick(@hosts) . ':' .
	    pick('', 'alias', 'ann') if $what == 5;
	push @{$s->{locals}}, pick(@hosts) if $what == 6;
	push @{$s->{assign}}, '=' . pick(@hosts) . '-joe:x:1:1:' . $home .
	    ':-:a:' if $what == 7;
	@{$s->{percent}} = pick(@hosts) if $what == 7;
	rename $home, "$home.away" if $what == 8;
	chmod pick(0755, 01755), $home if $what == 3;
	chmod pick(0644, 0646, 0744), pick(@files) if $what == 2 && @files;
	write_system($s) if $what >= 4 && $what < 8;
}

# Files as young as a tick are read again in any case.
sub age {
	my ($root) = @_;
	write_file("$root/clock");
	my $young = (Time::HiRes::stat("$root/clock"))[10];
	1 while Time::HiRes::time() < $young + 0.025;
}

sub run {
	my ($s, @options) = @_;
	my $pid = open my $in, '-|';
	die unless defined $pid;
	if ($pid == 0) {
		open STDERR, '>', "$s->{root}/errors" or die;
		exec $program, '--qmail', $s->{qmail}, '--alias', $s->{alias},
		    '--passwd', $s->{passwd}, '--vpopmail', $s->{root},
		    '--trouble', 'accept', '--lists', $s->{lists},
		    '--break', $s->{break},
		    '--qmail-ext', $s->{ext} ? 'yes' : 'no',
		    '--bounce-mail', $s->{keep_bounced} ? 'keep' : 'drop',
		    '--delete', $s->{accept_deleted} ? 'accept' : 'list',
		    @options or die;
	}
	my %keys;
	while (<$in>) {
		chomp;
		my ($key, $value) = split / /;
		$keys{$key} = $value // '';
	}
	close $in or die "$s->{root}: exit $?";
	return \%keys;
}

# As qmail-smtpd asks: the address, ever wider defaults, the host.
sub is_listed {
	my ($s, $keys, $address) = @_;
	my ($user, $host) = lc($address) =~ /^(.*)@(.*)$/;
	my $break = quotemeta $s->{break};
	my @tries = ("$user\@$host");
	push @tries, "$user$s->{break}default\@$host"
	    while $user =~ s/$break[^$break]*$//;
	for (@tries, "\@$host") {
		return $keys->{$_} !~ /^-/ if exists $keys->{$_};
	}
	return 0;
}

sub troubled {
	my ($s) = @_;
	open my $in, '<', "$s->{root}/errors" or die;
	return map { /: ([^ :]+): every address is accepted$/ ? ($1 => 1) : () }
	    <$in>;
}

# A host that only a ".domain" of rcpthosts takes has no keys.
sub is_named {
	my ($s, $host) = @_;
	return scalar grep { /(^|@)\Q$host\E(:|$)/ }
	    map { delivery::control($s, $_) }
	    qw(rcpthosts locals virtualdomains);
}

# In a local domain the entries of users/cdb that begin with the prepend of a
# virtual one are not listed.
sub is_foreign {
	my ($s, $user, $host) = @_;
	return delivery::is_local($s, $host) && grep {
		/:(.+)$/ && index($user, "$1-") == 0
	} delivery::control($s, 'virtualdomains');
}

# Is an address that is, or is not, delivered listed as it should be?
sub check {
	my ($s, $plain, $exact, $is_exact, $address) = @_;
	my ($user, $host) = $address =~ /^(.*)@(.*)$/;
	my $yes = delivery::delivered($s, $address);
	if (delivery::is_elsewhere($s, $user, $host)) {
		die "$s->{root}: $address is another's\n"
		    if exists $plain->{$address} || exists $exact->{$address};
	} elsif ($yes) {
		die "$s->{root}: $address is missing ($yes)\n"
		    unless is_listed($s, $plain, $address) &&
		    is_listed($s, $exact, $address) ||
		    is_foreign($s, $user, $host);
	} elsif ($is_exact && $user !~ /[^ -~]|[(%]/) {
		die "$s->{root}: $address is too many\n"
		    if is_listed($s, $exact, $address);
	}
}

sub compare {
	my ($s) = @_;
	my $plain = run($s);
	my $exact = run($s, '--negatives', 'yes');
	my %troubled = troubled($s);
	my @users = map { lc } @names, (map { "$_-zz" } @names), 'zz', 'zz-a',
	    'ann', 'ann-x', 'ann-list', 'bad(name', 'under_score', 'alias-a',
	    'alias-two', 'ann+x', 'joe+zz', 'joe+x+y';
	for my $host (grep { is_named($s, $_) } @hosts, 'other.one.example') {
		my $is_exact = !$s->{wild} && $s->{break} eq '-' &&
		    !$troubled{$host};
		for my $user (@users) {
			check($s, $plain, $exact, $is_exact, "$user\@$host");
		}
	}
}

# What is kept by hand is listed so, what is excluded is not.
sub compare_by_hand {
	my ($s) = @_;
	my @options = ('--extra', "$s->{root}/extra", '--exclude',
		"$s->{root}/exclude", '--negatives', 'yes');
	my $keys = run($s, @options);
	my ($extra, $exclude) = @$s{qw(extra exclude)};
	for (sort keys %$extra) {
		die "$s->{root}: $_ is kept by hand\n"
		    if $extra->{$_} != (is_listed($s, $keys, $_) ? 1 : 0);
	}
	for (grep { !exists $extra->{$_} } sort keys %$exclude) {
		die "$s->{root}: $_ is excluded\n"
		    if is_listed($s, $keys, $_);
	}
}

sub as_text {
	my ($keys) = @_;
	return join "\n", map { "$_ $keys->{$_}" } sort keys %$keys;
}

# A run with the last one's lists, and one without; written to files or, since
# those wait for the disk, printed.
sub compare_cached {
	my ($s, $written, @options) = @_;
	my $root = $s->{root};
	my @cached = (@options, '--cache', "$root/cache");
	if (!$written) {
		die "$root: a run with a cache prints another list\n"
		    if as_text(run($s, @cached)) ne as_text(run($s, @options));
		return;
	}
	run($s, @cached, '-c', "$root/cached.cdb", '--deps', "$root/cached");
	run($s, @options, '-c', "$root/fresh.cdb", '--deps', "$root/fresh");
	die "$root: a run with a cache makes another list\n"
	    if File::Compare::compare("$root/cached.cdb", "$root/fresh.cdb");
	die "$root: a run with a cache has other dependencies\n"
	    if File::Compare::compare("$root/cached", "$root/fresh");
}

sub compare_changed {
	my ($s) = @_;
	my @options = chance(0.3) ? ('--negatives', 'yes') : ();
	push @options, '--extra', "$s->{root}/extra" if chance(0.3);
	my $written = chance(0.2);
	for (0 .. 2) {
		age($s->{root});
		compare_cached($s, $written, @options);
		change($s) for 1 .. pick(0, 1, 1, 2);
	}
	compare_cached($s, $written, @options);
}

srand $seed;
print "seed $seed\n";
for my $i (1 .. $n) {
	my $s = make_system("$dir/$i");
	compare($s);
	compare_by_hand($s);
	compare_changed($s);
	system 'rm', '-rf', $s->{root};
}
print "$n systems\n";
