# Served - edits and hints that watches and pipes alone must serve.
#
# Nothing else would: the scan of the daemon's configuration is an hour away,
# and no command is given before the effect is seen.  One rule has no sources,
# so that only a hint on its pipe runs it.  What a fault has made deaf must say
# so in the status: then, and only then, a scan may be what heals it.
package Served;

use strict;
use warnings;
use Daemon;
use Fcntl;
use Story;

# What is told as degraded: the pipes, and rules by their names; a record that
# cannot be written yet makes nobody deaf.
sub degraded {
	my ($s) = @_;
	my ($daemon, @rules) = split /\n\n/,
		Story::slurp("$s->{dir}/run/status") // return ();
	my @degraded = $daemon =~ /^degraded /m ? 'pipe' : ();
	for (grep { /^degraded /m } @rules) {
		my $what = /^degraded record not written/m ? 'record' : 'rule';
		push @degraded, "$what $1" if /^name (.*)/m;
	}
	return @degraded;
}

# What the scan does in its time.
sub scan {
	my ($s) = @_;
	push @{$s->{steps}}, join(' ', 'degraded:', degraded($s));
	kill('ALRM', $s->{pid});
}

# Wait for an effect; the scan may help with what is told as degraded, if it is
# one of these: once for each daemon, and again, for the fault may hit a scan.
sub wait_for {
	my ($s, $fault, $what, $is_there, @may_be_degraded) = @_;
	my %scanned;
	Story::wait_until($Story::LIMIT, sub {
		Daemon::revive($s, $fault);
		Daemon::look($s);
		return 1 if $is_there->();
		for my $deaf (degraded($s)) {
			next if !grep { $deaf =~ /^$_$/ } @may_be_degraded;
			scan($s) if $scanned{$s->{pid}}++ < 2;
			last;
		}
		return 0;
	}) or Daemon::wrong($s, "$what is lost in silence: "
		. Daemon::differences($s));
}

# Of a source that some rules share, and of one that has a directory and a rule
# of its own: there nobody else's watch helps.
sub edit {
	my ($s, $fault, @may) = @_;
	my @to = grep { defined $s->{want}{$_} } qw(copy acted more);
	my $n = ++$s->{edits};
	Daemon::change($s, 'a', "a\n" x (3 + $n), @to);
	Daemon::change($s, 'own/dir/list', "l\n" x (3 + $n), 'list');
	wait_for($s, $fault, "edit $n", sub { Daemon::is_right($s) }, @may);
}

sub runs {
	my ($s) = @_;
	return (Story::slurp("$s->{dir}/out/ran") // '') =~ tr/\n//;
}

# A hint, given by a sub, makes the rule without sources run once more.
sub hint {
	my ($s, $fault, $what, $give, @may) = @_;
	my $before = runs($s);
	$give->("$s->{dir}/run/hint");
	wait_for($s, $fault, $what, sub { runs($s) > $before }, @may);
}

# A daemon that has died has no reader there: its start is the hint.
sub echo {
	my ($pipe) = @_;
	local $SIG{PIPE} = 'IGNORE';
	sysopen(my $f, $pipe, O_WRONLY | O_NONBLOCK) or return;
	syswrite($f, "x\n");
}

# One of each, one after the other.  While the fault may hit, what it hits may
# be degraded; when it has passed, nothing may.
sub all {
	my ($s, $fault, $has_passed) = @_;
	my @rules = $has_passed ? () : ('rule .*');
	my @pipe = $has_passed ? () : ('pipe');
	edit($s, $fault, @rules);
	hint($s, $fault, 'a touch', sub { utime(undef, undef, $_[0]) }, @pipe);
	hint($s, $fault, 'an echo', \&echo, @pipe);
}

# A pipe that is removed is made anew, and that is a hint.
sub removal {
	my ($s, $fault) = @_;
	hint($s, $fault, 'the removal of a pipe', sub { unlink $_[0] }, 'pipe');
	wait_for($s, $fault, 'a removed pipe',
		sub { -p "$s->{dir}/run/hint" }, 'pipe');
}

1;
