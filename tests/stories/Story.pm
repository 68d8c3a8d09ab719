# Story - a list of acts, drawn at random, and what became of it.
package Story;
use strict;
use warnings;
use World;

sub pick { return $_[int(rand(@_))] }

# Those who can refuse get bad contents too.
sub edit {
	my $file = pick(qw(b guard lines act x y list/1.txt list/2.txt
		list/3.txt tree/a/f));
	my $fine = $file !~ /^(?:guard|lines)$/ || rand() < 0.6;
	my $how = pick(qw(write write save save restore forge));
	return $how eq 'forge'
	    ? [ 'forge', pick(qw(b act x y)) ]
	    : [ $how, $file, $fine ];
}

sub rule { return pick(World::rule_names()) }

# Does it come to rest by itself, or is it asked at once?
sub calm { return pick(qw(silent asked)) }

# What may happen, how often, and how it is drawn; at first what makes products
# wrong, and what should make them right.
my @CHANGES = (
	[ 30, \&edit ],
	[ 3, sub { [ 'remove', pick(map { "list/$_.txt" } 1 .. 3) ] } ],
	[ 3, sub { [ 'point', pick('x', 'y') ] } ],
	[ 2, sub { [ 'swap', int(rand(4)) ] } ],
	[ 4, sub { [ 'grow', pick('a', 'b', 'a/c', 'b/d/e'), pick('f', 'g') ] } ],
	[ 2, sub { [ 'prune', pick('a', 'b', 'b/d') ] } ],
	[ 4, sub {
		[ 'clobber', pick(qw(list both deep)),
			pick(qw(remove write save)) ]
	} ],
	[ 5, sub { ['touch'] } ],
	[ 5, sub { ['echo'] } ],
	# In whose product it shows.
	[ 4, sub {
		[ 'change', pick('both', rule()), pick(qw(watch hup reload)) ]
	} ],
);
my @ACTS = (
	@CHANGES,
	[ 8, sub {
		my $file = pick(qw(b act x y));
		[ 'again', $file, rand() < 0.67 ? calm() : () ]
	} ],
	[ 4, sub { [ 'slow', rule() ] } ],
	[ 2, sub { [ 'quick', rule() ] } ],
	[ 4, sub { [ 'fail', rule() ] } ],
	[ 2, sub { [ 'damage', rule(), pick(qw(empty other)) ] } ],
	[ 1, sub { [ 'spoil', pick(World::bad_files()) ] } ],
	[ 3, sub {
		[ 'serve', pick(World::bad_files()),
			pick(qw(watch hup reload)), rule() ]
	} ],
	[ 1, sub { ['mend'] } ],
	[ 2, sub { [ 'pause', rule() ] } ],
	[ 2, sub { ['resume'] } ],
	[ 2, sub { [ 'lull', rule(), pick(qw(crash stop)) ] } ],
	[ 2, sub { [ 'order', 'check' ] } ],
	[ 2, sub { [ 'order', 'run', rule() ] } ],
	[ 2, sub { [ 'order', 'sync' ] } ],
	[ 3, sub { [ 'starve', pick(0, 1, 2, 4) ] } ],
	[ 3, sub { ['feed'] } ],
	[ 3, sub { ['freeze'] } ],
	[ 3, sub { ['thaw'] } ],
	[ 5, sub { ['crash'] } ],
	[ 3, sub { [ 'strand', rule() ] } ],
	[ 3, sub { ['stop'] } ],
	[ 6, sub { ['start'] } ],
	[ 8, sub { my $how = calm(); (last_acts($how), [ 'rest', $how ]) } ],
);

sub draw_one {
	my $all = 0;
	$all += $_->[0] for @_;
	my $at = rand($all);
	for (@_) {
		return $_->[1]->() if ($at -= $_->[0]) < 0;
	}
}

# A daemon that is left alone has something to find that nothing else tells it,
# as its start would, or the next hint.
sub last_acts {
	my ($how) = @_;
	return () if $how ne 'silent';
	return ( ['start'], map { draw_one(@CHANGES) } 1 .. 1 + int(rand(2)) );
}

# The acts of one story.
sub draw {
	my $settle = pick('0', '0', '2ms', '10ms');
	my $tick = pick('', '10ms', '1s', '1s');
	my $end = calm();
	return [ [ 'new', $settle, $tick, $end ], ['start'],
		map({ draw_one(@ACTS) } 1 .. 3 + int(rand(12))),
		last_acts($end) ];
}

sub tell {
	my ($acts) = @_;
	return join(' ', map { join(':', @$_) } @$acts);
}

# What tell() has told.
sub hear {
	my ($text) = @_;
	return [ map { [ split(/:/, $_, -1) ] } split(' ', $text) ];
}

# Play it in DIRECTORY.  Returns undef, or what went wrong.
sub play {
	my ($acts, $dir) = @_;
	my ($world, $error);
	my (undef, @how) = @{ $acts->[0] };
	eval {
		$world = World->new($dir, @how);
		for (@$acts[ 1 .. $#$acts ]) {
			my ($what, @with) = @$_;
			$world->$what(@with);
		}
		$world->close();
		1;
	} or $error = $@;
	$world->bury() if $world;
	return $error;
}

# Tell it anew, up to so many times; every other time beside processes that
# leave little of the machine to it, if "load" says so.  Returns what went wrong,
# and in which try.
sub retell {
	my ($acts, $dir, $tries, $load) = @_;
	for my $try (1 .. $tries) {
		my @load = $load && $try % 2 == 0 ? burden() : ();
		my $error = play($acts, $dir);
		kill('KILL', @load);
		waitpid($_, 0) for @load;
		return ($error, $try) if defined $error;
	}
	return (undef, $tries);
}

# Processes that are busy until they are killed, or left alone.
sub burden {
	my $boss = $$;
	my @pids;
	for (1 .. 4) {
		my $pid = fork() // last;
		if ($pid == 0) {
			while (getppid() == $boss) {
				for (1 .. 10_000) { }
			}
			POSIX::_exit(0);
		}
		push @pids, $pid;
	}
	return @pids;
}

# Leave out what is not needed for it to go wrong, until time is up.  An act
# that is needed now and then is tried several times.
sub shrink {
	my ($acts, $dir, $tries, $load, $until) = @_;
	my $least;
	for (my $i = $#$acts; $i > 0 && time() < $until; $i--) {
		my @less = @$acts;
		splice(@less, $i, 1);
		my ($error) = retell(\@less, $dir, $tries, $load);
		($acts, $least) = (\@less, $error) if defined $error;
	}
	return ($acts, $least);
}

1;
