# Story - what all stories need: run a program with a fault in it, within a
# time; look at files and processes.
#
# A story is a package with these:
#	names()		its stories, by name
#	prepare(DIR, NAME)	once for each worker; returns a context
#	play(CONTEXT, FAULT)	one case; returns what is wrong, a line each;
#			without a fault: how it goes, to compare with
# FAULT is [WHO, CALL, N, ERROR], or "count".  CONTEXT is a hash with "log",
# what inject wrote.
package Story;

use strict;
use warnings;
use Fcntl;
use POSIX ();
use Time::HiRes qw(time sleep);

our $LIMIT = $ENV{FAULT_LIMIT} // 30; # seconds; what takes longer hangs
our ($top, $built);
my %running; # what we started, by its process

sub slurp {
	my ($path) = @_;
	open(my $f, '<', $path) or return undef;
	local $/;
	my $text = <$f>;
	return defined $text ? $text : '';
}

sub write_file {
	my ($path, $text, $mode) = @_;
	open(my $f, '>', $path) or die "$path: $!\n";
	print $f $text;
	close($f) or die "$path: $!\n";
	chmod($mode, $path) if defined $mode;
}

# As an editor does, at once.
sub put {
	my ($path, $text) = @_;
	write_file("$path.new", $text);
	rename("$path.new", $path) or die "$path: $!\n";
}

# A program in a session of its own; returns its pid.
sub launch {
	my ($out, $err, @argv) = @_;
	my $pid = fork();
	die "fork: $!\n" unless defined $pid;
	if ($pid) {
		$running{$pid} = $$;
		return $pid;
	}
	POSIX::setsid();
	open(STDIN, '<', '/dev/null');
	open(STDOUT, '>', $out) or POSIX::_exit(126);
	open(STDERR, '>>', $err) or POSIX::_exit(126);
	exec { $argv[0] } @argv or POSIX::_exit(126);
}

# The exit status, 128 and the signal, or -1 if it hangs: then it is killed.
sub await {
	my ($pid) = @_;
	my $end = time() + $LIMIT;
	my $nap = 0.001;
	delete $running{$pid};
	while (1) {
		my $got = waitpid($pid, POSIX::WNOHANG());
		return $? & 127 ? 128 + ($? & 127) : $? >> 8 if $got == $pid;
		return -1 if $got == -1;
		if (time() > $end) {
			kill('KILL', -$pid);
			waitpid($pid, 0);
			return -1;
		}
		sleep($nap);
		$nap *= 1.5 if $nap < 0.02;
	}
}

# Nothing of ours stays behind.
END {
	local $?;
	kill('KILL', -$_) for grep { $running{$_} == $$ } keys %running;
}

sub run {
	my ($out, $err, @argv) = @_;
	return await(launch($out, $err, @argv));
}

# Until it is true; false if it never is.
sub wait_until {
	my ($seconds, $what) = @_;
	my $end = time() + $seconds;
	while (time() < $end) {
		return 1 if $what->();
		sleep(0.005);
	}
	return $what->();
}

# The words before a program that let it fail.
sub injected {
	my ($log, $fault) = @_;
	return ("$top/tests/fault/inject", $log,
		ref $fault ? @$fault : $fault);
}

# What inject wrote: the calls, and the end.
sub calls {
	my ($log) = @_;
	my @calls;
	for (split /\n/, slurp($log) // '') {
		push @calls, [$1, $2, $3, $4] if /^(main|child) (\S+) (\d+) ?(.*)/;
	}
	return @calls;
}

sub is_left {
	my ($log) = @_;
	return (slurp($log) // '') =~ /^left/m;
}

sub descriptors {
	my ($pid) = @_;
	return () unless defined $pid;
	opendir(my $d, "/proc/$pid/fd") or return ();
	return map { readlink("/proc/$pid/fd/$_") // '?' }
		grep { /^\d/ } readdir($d);
}

sub children {
	my ($pid) = @_;
	return '' unless defined $pid;
	return slurp("/proc/$pid/task/$pid/children") // '';
}

# Our temporary files anywhere below.
sub temporaries {
	my (@dirs) = @_;
	my @found;
	while (defined(my $dir = shift @dirs)) {
		opendir(my $d, $dir) or next;
		for my $name (readdir($d)) {
			next if $name eq '.' || $name eq '..';
			push @found, "$dir/$name" if $name =~ /^\./;
			push @dirs, "$dir/$name"
				if !-l "$dir/$name" && -d _;
		}
	}
	return @found;
}

# Lines of a log that a run without a fault does not have.
sub news {
	my ($text, $usual) = @_;
	return grep { !$usual->{plain($_)} } split /\n/, $text;
}

sub plain {
	my ($line) = @_;
	$line =~ s/[0-9a-f]*\d[0-9a-f]*/N/g;
	return $line;
}

# A crash, as a status or in what it said; undef: none.
sub crash {
	my ($status, $said, $fault) = @_;
	return 'a sanitizer complains'
		if $said =~ /Sanitizer|runtime error:/;
	return 'it hangs' if $status == -1;
	return undef if $status == 137 && ref $fault && $fault->[3] eq 'KILL';
	return "signal " . ($status - 128) if $status > 128;
	return undef;
}

1;
