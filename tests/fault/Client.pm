# Client - each command of trigger-ctl, to a daemon in which nothing fails.
package Client;

use strict;
use warnings;
use Daemon;
use Errno;
use Story;

my %command = (
	sync => [], check => [], status => [], 'status --json' => [],
	'dry-run' => [], explain => ['copy'], 'explain --json' => ['copy'],
	run => ['copy'], accept => ['list'], pause => [], resume => [],
	reload => [], config => [],
);

sub names { return map { "trigger-ctl $_" } sort keys %command }

sub prepare {
	my ($dir, $name) = @_;
	my $s = Daemon::prepare($dir);
	delete $s->{log};
	$s->{log} = "$dir/log";
	$s->{command} = $name =~ s/^trigger-ctl //r;
	Daemon::make_world($s);
	Daemon::start($s);
	delete $s->{number}; # the world stays
	Daemon::ctl($s, undef, 'sync') == 0 or die "sync\n";
	return $s;
}

# What a command prints, but for numbers and times.
sub plain {
	my ($text) = @_;
	$text =~ s/\d+(\.\d+)?//g;
	$text =~ s/\b(ms|s|min|h|d)\b//g;
	$text =~ s/\s+/ /g;
	return $text;
}

# It may print what it cannot read in the place of that, and numbers where
# names of users and groups cannot be had.
sub is_told {
	my ($s, $told, $fault) = @_;
	return 0 unless ref $fault && $fault->[3] ne 'KILL';
	local $! = Errno->can($fault->[3])->();
	my ($call) = Story::calls($s->{log});
	return index($told, "$!") >= 0 || $call->[3] =~ m{^/etc/};
}

sub play {
	my ($s, $fault) = @_;
	my ($d, $command) = @$s{qw(dir command)};
	$s->{wrong} = [];
	$s->{held} = {};
	if ($command eq 'accept') { # there must be something to accept
		$s->{lines} = 3 - ($s->{lines} // 1);
		Daemon::change($s, 'own/dir/list', 'x' x $s->{lines} . "\n", 'list');
		Daemon::ctl($s, undef, 'sync', 'list');
	}
	unlink "$d/said";
	my $status = Story::run("$d/told", "$d/said",
		Story::injected($s->{log}, $fault),
		"$Story::top/client/trigger-ctl$Story::built", '-c', "$d/conf",
		split(/ /, $command), @{$command{$command}});
	my ($told, $said) = map { Story::slurp("$d/$_") } qw(told said);
	my $crash = Story::crash($status, $said, $fault);
	$s->{detail} = "status $status\n$told$said";
	Daemon::wrong($s, $crash) if defined $crash;
	Daemon::wrong($s, "status $status") if !defined $crash
		&& $status != 137 && !grep { $_ == $status } 0, 1, 2, 3, 111;
	$s->{usual} = plain($told) if !ref $fault;
	Daemon::wrong($s, "status 0, but not all is printed: $told")
		if $status == 0 && plain($told) ne $s->{usual}
		&& !is_told($s, $told, $fault);
	Daemon::wrong($s, "status $status, and not a word")
		if $status != 0 && $status != 137 && "$told$said" eq '';
	Daemon::wrong($s, 'a process is left') if Story::is_left($s->{log});
	# The daemon is as it was.
	Daemon::ctl($s, undef, 'resume');
	Daemon::ctl($s, undef, 'accept', 'list') if $command eq 'accept';
	unlink "$d/said";
	Daemon::ctl($s, undef, 'sync') == 0 or Daemon::wrong($s, 'sync: '
		. Story::slurp("$d/told") . Story::slurp("$d/said"));
	Daemon::rest($s, undef);
	Daemon::is_right($s) or Daemon::wrong($s, 'wrong products');
	if (!ref $fault) {
		$s->{descriptors} = $s->{open};
	} elsif ($fault->[3] ne 'KILL' && $fault->[1] !~ /^unlink/) {
		my @left = grep { !/killed/ } glob("$d/run/reply/*");
		Daemon::wrong($s, "left: @left") if @left;
		unlink @left;
	} else {
		# finish() sees whether the next start removes it.
		rename($_, "$d/run/reply/killed-" . ++$s->{killed})
			for grep { !/killed/ } glob("$d/run/reply/*");
	}
	return @{$s->{wrong}};
}

# The client that was killed has left its FIFO to the next start.
sub finish {
	my ($s) = @_;
	$s->{held} = {};
	$s->{wrong} = [];
	Daemon::stop($s) == 0 or Daemon::wrong($s, 'does not stop');
	Daemon::start($s);
	my @left = glob("$s->{dir}/run/reply/*");
	Daemon::wrong($s, "left: @left") if @left;
	Daemon::stop($s);
	return @{$s->{wrong}};
}

1;
