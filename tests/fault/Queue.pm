# Queue - a repair of a queue that was copied: every message has a wrong name.
package Queue;

use strict;
use warnings;
use File::Path qw(remove_tree);
use Story;

my $SPLIT = 3;
my $COUNT = 5;
my @owners = ('7791:7792:7793', '2108');

# Only root can give files away.
sub names { return $> == 0 ? ('qmail-queue-check') : () }

sub queue_pl {
	my ($s, $verb, @rest) = @_;
	return Story::run("$s->{top}/told", "$s->{top}/said", 'perl',
		"$Story::top/tests/lib/queue.pl", $verb, "$s->{top}/queue",
		$COUNT, $SPLIT, 'flat', @rest);
}

sub prepare {
	my ($dir, $name) = @_;
	my $s = { top => $dir, log => "$dir/log" };
	queue_pl($s, 'make', @owners) == 0
		or die 'queue.pl: ' . Story::slurp("$dir/said");
	rename("$dir/queue", "$dir/first");
	return $s;
}

sub repair {
	my ($s, @injected) = @_;
	unlink "$s->{top}/said";
	return Story::run("$s->{top}/told", "$s->{top}/said", @injected,
		"$Story::top/queue/qmail-queue-check$Story::built", '--users',
		$owners[0], '--group', $owners[1], '--repair',
		"$s->{top}/queue");
}

sub play {
	my ($s, $fault) = @_;
	my $killed = ref $fault && $fault->[3] eq 'KILL';
	my @wrong;
	remove_tree("$s->{top}/queue");
	system('cp', '-a', "$s->{top}/first", "$s->{top}/queue") == 0
		or die "cp\n";
	my $status = repair($s, Story::injected($s->{log}, $fault));
	my $said = Story::slurp("$s->{top}/said");
	my $crash = Story::crash($status, $said, $fault);
	$s->{detail} = "status $status\n$said";
	push @wrong, $crash if defined $crash;
	push @wrong, "status $status"
		unless $killed || grep { $_ == $status } 0, 1, 111;
	push @wrong, "nothing said that names an object: $said"
		if $status == 111 && $said !~ m{/|memory|output};
	push @wrong, 'status 0, and wrong: ' . Story::slurp("$s->{top}/said")
		if $status == 0 && queue_pl($s, 'check') != 0;
	# Every message is there, and the next repair sets the rest right.
	push @wrong, 'not repaired: ' . Story::slurp("$s->{top}/told")
		. Story::slurp("$s->{top}/said") if repair($s) != 0;
	push @wrong, 'wrong in the end: ' . Story::slurp("$s->{top}/said")
		if queue_pl($s, 'check') != 0;
	return @wrong;
}

1;
