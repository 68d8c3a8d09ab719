#!/usr/bin/perl
# neighbour - an unprivileged process that means no good to a pipe.
#
#	neighbour.pl KIND PIPE SECONDS BAIT
#
# Floods the pipe, or plays with the names in its directory so that they lead to
# BAIT, for so long or until TERM, and then prints what processor time that took,
# in milliseconds.
use strict;
use warnings;
use Fcntl;
use Time::HiRes qw(time sleep);

my ($kind, $pipe, $seconds, $bait) = @ARGV;
my $dir = $pipe =~ s,/[^/]*$,,r;
my $until = time + $seconds;
my $out;
$SIG{TERM} = sub { $until = 0 };

sub pour {
	my ($bytes) = @_;
	syswrite($out, $bytes);
}

# A link of ours takes the place of a name, if it can.
my $n = 0;
sub displace {
	my ($symbolic, $name) = @_;
	my $mine = "$dir/mine.$$." . $n++ % 8;
	$symbolic ? symlink($bait, $mine) : link($bait, $mine);
	rename($mine, $name);
	symlink($bait, $name);
	unlink($mine);
}

my %kinds = (
	touch => sub { utime(undef, undef, $pipe) },
	line => sub { pour("check witness c-1\n") },
	garbage => sub { pour(pack('N*', map { rand(2**32) } 1 .. 64)) },
	big => sub { pour('x' x 65536) },
	reopen => sub {
		sysopen(my $again, $pipe, O_WRONLY | O_NONBLOCK);
	},
	hold => sub { sleep($until - time) },
	symlink => sub { displace(1, $pipe) },
	lock => sub { displace(1, "$pipe.lock") },
	link => sub { displace(0, $pipe) },
	away => sub { rename($pipe, "$dir/away.$$"); unlink($pipe) },
);
my $do = $kinds{$kind} or die "no such kind: $kind\n";
# Who plays with names needs none, and another may have taken the pipe's.
$kind =~ /^(?:symlink|lock|link|away)$/
    or sysopen($out, $pipe, O_WRONLY)
    or die "$pipe: $!\n";
print STDERR "begun $$\n";
$do->() while time < $until;
# By the nanosecond, where times(2) may count ticks: who always stops before the
# tick spends nothing then.
open(my $spent, '<', '/proc/self/schedstat') or die "schedstat: $!\n";
printf("%d\n", (split(' ', <$spent>))[0] / 1e6);
