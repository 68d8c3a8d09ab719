# random-systems.pl PROGRAM DIR SEED N - N random mail systems; on each, what
# mkvalidrcptto lists is held against delivery.pl.
#
# No address that is delivered, or tried again later, may be missing.  With
# --negatives yes, in a domain without trouble, none may be too many, but where
# a list cannot be exact: a wide key accepts names that vdelivermail refuses;
# users/cdb prefixes that do not end in a dash are left out of these systems,
# and so are mailboxes that end in "-default".

use strict;
use warnings;
use File::Basename;
use File::Spec;

require(File::Spec->rel2abs(dirname($0)) . '/delivery.pl');

my ($program, $dir, $seed, $n) = @ARGV;
my @names = qw(a b joe a-b joe-x a.b joe-x-y Joe list list-a a-b-c x o'x);
my @hosts = qw(one.example two.example sub.one.example l.example vir_t.example);

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
		'|program', '&x@y', '&x@y',
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
		next if chance(0.05) && mkdir $path;
		my @lines = (instruction($aliases));
		push @lines, instruction($aliases)
		    if chance(0.25) && $lines[0] !~ /vdelivermail/;
		write_file($path, @lines);
	}
}

sub fill_vpasswd {
	my ($home) = @_;
	my @lines;
	for (@names, 'under_score', 'bad(name') {
		next unless chance(0.35);
		push @lines, "$_:c:1:" . pick(0, 0, 0, 16, 17, 32) .
		    ":g:$home/$_:NOQUOTA";
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
	mkdir $_ for $root, $q, "$q/control", "$q/users", "$root/homes";
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
		my $prepend = pick($host, $host, $host, 'ann', 'joe-x',
			'ann-a.b', 'alias', 'nobody');
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
	push @virtual, lc(pick(@names)) . '@' . pick(@hosts) . ':' .
	    pick('', 'alias', 'ann', 'nobody', $hosts[0])
	    for 1 .. pick(0, 0, 1, 2);
	push @virtual, '.one.example:alias' if chance(0.2);
	push @virtual, ':nobody' if chance(0.1);
	push @virtual, pick(@virtual) if @virtual && chance(0.2);
	my @keys = map { pick(":$_\@", ":$_\@" . pick(@hosts),
		":alias-$_\@", ":nobody-$_\@") } map { lc } @names;
	push @keys, ':@two.example' if chance(0.1);
	write_file("$q/control/virtualdomains", @virtual);
	write_file("$q/control/locals", @locals);
	write_file("$q/control/me", 'me.example');
	write_file("$q/control/rcpthosts", '# hosts',
		grep { chance(0.9) } @hosts, '.one.example');
	write_file("$root/passwd", @passwd);
	write_file("$root/aliases", @keys);
	write_cdb($aliases, map { [$_, "&x\@y\0"] } @keys);
	write_users($q, @assign);
	return { qmail => $q, alias => "$root/alias", root => $root,
		passwd => "$root/passwd", aliases => "$root/aliases",
		ext => chance(0.4), keep_bounced => chance(0.2),
		accept_deleted => chance(0.3) };
}

sub run {
	my ($s, @options) = @_;
	my $pid = open my $in, '-|';
	die unless defined $pid;
	if ($pid == 0) {
		open STDERR, '>', "$s->{root}/errors" or die;
		exec $program, '--qmail', $s->{qmail}, '--alias', $s->{alias},
		    '--passwd', $s->{passwd}, '--vpopmail', $s->{root},
		    '--trouble', 'accept',
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
	my ($keys, $address) = @_;
	my ($user, $host) = lc($address) =~ /^(.*)@(.*)$/;
	my @tries = ("$user\@$host");
	push @tries, "$user-default\@$host" while $user =~ s/-[^-]*$//;
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

sub compare {
	my ($s) = @_;
	my $plain = run($s);
	my $exact = run($s, '--negatives', 'yes');
	my %troubled = troubled($s);
	my @users = map { lc } @names, (map { "$_-zz" } @names), 'zz', 'zz-a',
	    'ann', 'ann-x', 'ann-list', 'bad(name', 'under_score', 'alias-a',
	    'alias-two';
	for my $host (grep { is_named($s, $_) } @hosts, 'other.one.example') {
		for my $user (@users) {
			my $address = "$user\@$host";
			my $yes = delivery::delivered($s, $address);
			if ($yes) {
				next if is_listed($plain, $address) &&
				    is_listed($exact, $address) ||
				    is_foreign($s, $user, $host);
				die "$s->{root}: $address is missing ($yes)\n";
			}
			next if $yes || $troubled{$host} || $user =~ /\(/;
			die "$s->{root}: $address is too many\n"
			    if is_listed($exact, $address);
		}
	}
}

srand $seed;
for my $i (1 .. $n) {
	my $s = make_system("$dir/$i");
	compare($s);
	system 'rm', '-rf', $s->{root};
}
print "$n systems, seed $seed\n";
