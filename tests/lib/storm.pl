#!/usr/bin/perl
# storm - change a tree at random from several processes for a while.
#
#	storm.pl SEED SECONDS DIR PIPE
#
# DIR/shared can be written by everybody, DIR/own only by us.  Two of four
# writers run as nobody, where we can become that.  Everything that changes is
# a source that some rule knows; hints are sent as touches and echoes.
use strict;
use warnings;
use Fcntl;

my ($seed, $seconds, $dir, $pipe) = @ARGV;
die "usage: storm.pl SEED SECONDS DIR PIPE\n" unless defined $pipe;

sub hint {
	if (rand() < 0.5) {
		utime(undef, undef, $pipe);
	} elsif (sysopen(my $p, $pipe, O_WRONLY | O_NONBLOCK)) {
		syswrite($p, "hint\n");
	}
}

sub edit {
	my ($path) = @_;
	if (rand() < 0.5) {
		open(my $f, '>', $path) or return;
		print $f int(rand(1000)), "\n";
	} else {
		# As an editor saves: a new file over the old one.
		my $new = "$path.new$$";
		open(my $f, '>', $new) or return;
		print $f int(rand(1000)), "\n";
		close($f);
		utime(1e9, 1e9, $new) if rand() < 0.3;
		rename($new, $path) or unlink($new);
	}
}

sub act {
	my ($where, $k) = @_;
	my $path = "$where/" . int(rand(4)) . "/list" . int(rand(3));
	my $what = rand();
	if ($what < 0.25) { hint() }
	elsif ($what < 0.7) { edit($path) }
	elsif ($what < 0.8) { unlink($path) }
	elsif ($what < 0.9) { rename($path, "$where/" . int(rand(4)) . "/list0") }
	elsif ($what < 0.95) {
		my $d = "$where/" . int(rand(4));
		rename($d, "$where/gone$$");
		rename("$where/gone$$", $d);
	} else {
		my $d = "$where/" . int(rand(8));
		mkdir($d) && edit("$d/list0");
	}
}

my @kids;
for my $k (0 .. 3) {
	my $kid = fork();
	die "fork: $!" unless defined $kid;
	if ($kid == 0) {
		srand($seed * 10 + $k);
		if ($k >= 2 && $> == 0) {
			$) = '65534 65534';
			$> = 65534;
		}
		my $where = $k < 2 && rand() < 0.8 ? "$dir/own" : "$dir/shared";
		my $end = time() + $seconds;
		umask($k < 2 ? 022 : 0);
		while (time() < $end) {
			act($where, $k);
			select(undef, undef, undef, rand(0.02));
		}
		exit(0);
	}
	push @kids, $kid;
}
my $rc = 0;
for my $kid (@kids) {
	waitpid($kid, 0);
	$rc = 1 if $? != 0;
}
exit($rc);
