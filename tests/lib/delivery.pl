# delivery.pl - is mail for an address delivered?  A second implementation of
# the rules of qmail, vpopmail and fastforward, slow and simple, to hold the
# list of mkvalidrcptto against.
#
# users/assign and the text of aliases (one "key" a line) are read in place of
# the cdbs made from them.  delivered($system, $address) is 1, 0, or -1 where
# qmail would try again later; $system is
# { qmail, alias, passwd, aliases, lists, break, ext, keep_bounced,
# accept_deleted }.  The text of a vpasswd.cdb is in vpasswd.text.

package delivery;

use strict;
use warnings;

sub lines {
	my ($path) = @_;
	open my $in, '<', $path or return;
	local $/;
	my $text = <$in>;
	return map { lc } split /[\n\0]/, $text // '';
}

# A control file: blanks at the end go, empty lines and comments are nothing.
sub control {
	my ($s, $name) = @_;
	my @lines = lines("$s->{qmail}/control/$name");
	s/[ \t]+$// for @lines;
	return grep { $_ ne '' && !/^#/ } @lines;
}

# The host itself, then every ".suffix".
sub suffixes {
	my ($host) = @_;
	my @all = ($host);
	push @all, $host while $host =~ s/^.[^.]*(?=\.)//;
	return @all;
}

sub is_accepted {
	my ($s, $host) = @_;
	my %taken = map { $_ => 1 } control($s, 'rcpthosts');
	return scalar grep { $taken{$_} } suffixes($host);
}

sub is_local {
	my ($s, $host) = @_;
	return scalar grep { $_ eq $host } control($s, 'locals');
}

# The prepend, '' for an exception, undef for a host that is not virtual.
sub prepend {
	my ($s, $user, $host) = @_;
	my %virtual;
	for (control($s, 'virtualdomains')) {
		$virtual{$1} = $2 if /^([^:]*):(.*)$/;
	}
	for ("$user\@$host", suffixes($host), '') {
		return $virtual{$_} if exists $virtual{$_};
	}
	return undef;
}

# Does virtualdomains name this very user?
sub is_exception {
	my ($s, $user, $host) = @_;
	return scalar grep { /^\Q$user\E@\Q$host\E:$/ }
	    control($s, 'virtualdomains');
}

# The home, dash and extension that users/assign gives, or nothing.
sub assigned {
	my ($s, $local) = @_;
	my (%exact, %prefix, %wild);
	open my $in, '<', "$s->{qmail}/users/assign" or return;
	while (<$in>) {
		chomp;
		my ($name, undef, undef, undef, $home, $dash, $ext) =
		    split /:/, $_, 8;
		next unless $name =~ s/^([=+])//;
		my $which = $1 eq '=' ? \%exact : \%prefix;
		$which->{$name} //= [$home, $dash, $ext];
		$wild{substr $name, -1} = 1 if $1 eq '+' && $name ne '';
	}
	return @{$exact{$local}} if $exact{$local};
	for (my $len = length $local; $len >= 0; $len--) {
		my $begin = substr $local, 0, $len;
		next if $len > 0 && !$wild{substr $begin, -1};
		my $found = $prefix{$begin} or next;
		return ($found->[0], $found->[1],
			$found->[2] . substr $local, $len);
	}
	return;
}

# The longest user that is all of it, or stands before a break; else alias.
sub of_users {
	my ($s, $local) = @_;
	my %users;
	open my $in, '<', $s->{passwd} or die;
	while (<$in>) {
		chomp;
		my ($name, undef, $uid, undef, undef, $home) = split /:/;
		$users{$name} //= [$uid, $home];
	}
	for (my $len = length $local; $len > 0; $len--) {
		next if $len < length $local &&
		    substr($local, $len, 1) ne $s->{break};
		my $user = $users{substr $local, 0, $len} or next;
		my ($uid, $home) = @$user;
		my @st = stat $home;
		next if $uid == 0 || !@st || $st[4] != $uid;
		return ($home, '', '') if $len == length $local;
		return ($home, '-', substr $local, $len + 1);
	}
	return ($s->{alias}, '-', $local);
}

sub is_name { return $_[0] =~ m%^[-a-z0-9!#\$&'*+./=?^_`{|}~]+$% }
sub is_host { return $_[0] =~ /^[-a-z0-9.]+$/ }

# The mailbox: 1 delivers, 0 bounces, undef there is none, -1 trouble.
sub mailbox {
	my ($s, $name, $host) = @_;
	my ($home) = do {
		my @found;
		open my $in, '<', "$s->{qmail}/users/assign" or return -1;
		while (<$in>) {
			@found = ((split /:/)[4])
			    if !@found && index($_, "+$host-:") == 0;
		}
		@found;
	};
	return -1 unless defined $home;
	my $text = -e "$home/vpasswd" ? 'vpasswd' : 'vpasswd.text';
	open my $in, '<', "$home/$text" or return -1;
	my $answer;
	while (<$in>) {
		chomp;
		my @fields = split /:/, $_, -1;
		return -1 if @fields < 7;
		next if defined $answer || $fields[0] ne $name;
		$answer = $s->{keep_bounced} || !($fields[3] & 0x10) ? 1 : 0;
	}
	return $answer;
}

sub vdelivermail {
	my ($s, $action, $name, $host) = @_;
	return 0 unless is_name($name) && is_host($host);
	my $box = mailbox($s, $name, $host);
	return $box if defined $box;
	if ($s->{ext} && $name =~ /^([^-]*)-/) {
		$box = mailbox($s, $1, $host);
		return $box if defined $box && $box != 0;
	}
	return 0 if $action eq 'bounce-no-mailbox';
	return $s->{accept_deleted} ? 1 : 0 if $action eq 'delete';
	return 1;
}

sub fastforward {
	my ($s, $address) = @_;
	my %keys = map { $_ => 1 } lines($s->{aliases});
	my ($user, $host) = $address =~ /^(.*)@(.*)$/;
	return $keys{":$address"} || $keys{":\@$host"} || $keys{":$user\@"};
}

# What qmail-local thinks unsafe: others can write it; a home that is sticky; a
# file that may only forward, which is as good.
sub waits {
	my ($path, $bits) = @_;
	return ((stat $path)[2] & $bits) != 0;
}

# The lines of a .qmail file for one mail.  Files and programs come in their
# order; the first that bounces ends it, and then nothing is forwarded.
sub instructions {
	my ($s, $file, $ext, $default, $local, $host) = @_;
	open my $in, '<', $file or return -1;
	my ($delivered, $forwarded, $list) = (0, 0, 0);
	return -1 if waits($file, 0102);
	while (<$in>) {
		chomp;
		s/[ \t]+$//;
		return -1 if $. == 1 && $_ eq '';
		return -1 if $list && m{^[|./]};
		if (/^\+/) {
			$list = 1 if $_ eq '+list';
		} elsif (m{^[./]}) {
			$delivered = 1;
		} elsif (/^\|vdelivermail '' (\S+)$/) {
			# What is deleted may be delivered otherwise.
			return 1 if $1 eq 'delete' && ($delivered || $forwarded);
			return vdelivermail($s, $1, $ext, $host);
		} elsif (/^\|fastforward (-p )?(-d )?\S+$/) {
			my ($passes, $user) = ($1, $2 ? $default : $local);
			return 1 if fastforward($s, "$user\@$host");
			return $delivered unless $passes;
		} elsif (/^\|(bouncesaying \S+|exit (100|112|64|77))$/) {
			return $delivered;
		} elsif (/^\|exit (\d+)$/) {
			return $1 == 99 ? 1 : -1 if $1 > 0;
		} elsif (/^\|/) {
			$delivered = 1;
		} elsif (/^[^#]/) {
			$forwarded = 1;
		}
	}
	return 1;
}

# qmail-local: the file of the extension, then ever wider defaults.
sub by_files {
	my ($s, $home, $dash, $ext, $local, $host) = @_;
	return -1 if !-d $home || waits($home, 01002);
	(my $safe = lc $ext) =~ tr/./:/;
	my @tries = ([$safe, $ext]);
	for (my $len = length $safe; $len >= 0; $len--) {
		next if $len > 0 && substr($safe, $len - 1, 1) ne '-';
		push @tries, [substr($safe, 0, $len) . 'default',
			substr $ext, $len];
	}
	for (@tries) {
		my $file = "$home/.qmail$dash$_->[0]";
		return instructions($s, $file, $ext, $_->[1], $local, $host)
		    if -f $file;
	}
	return $dash eq '' ? 1 : 0;
}

# A host that goes elsewhere may have a list of its users.
sub elsewhere {
	my ($s, $user, $host) = @_;
	my $list = "$s->{lists}/$host";
	return 1 unless -e $list;
	return scalar(grep { s/[#@ ].*//r eq $user } lines($list)) ? 1 : 0;
}

# Mail for another address, which is not in a list of this one's host.
sub is_elsewhere {
	my ($s, $user, $host) = @_;
	return $user =~ /%/ &&
	    scalar grep { $_ eq $host } control($s, 'percenthack');
}

sub delivered {
	my ($s, $address) = @_;
	my ($user, $host) = lc($address) =~ /^(.*)@(.*)$/;
	return 0 unless is_accepted($s, $host);
	return 0 if is_elsewhere($s, $user, $host);
	my $local = $user;
	if (!is_local($s, $host)) {
		my $prepend = prepend($s, $user, $host);
		return elsewhere($s, $user, $host)
		    if !defined $prepend ||
		    $prepend eq '' && !is_exception($s, $user, $host);
		return 1 if $prepend eq '';
		$local = "$prepend-$user";
	}
	my @place = assigned($s, $local);
	@place = of_users($s, $local) unless @place;
	return by_files($s, @place, $local, $host);
}

1;
