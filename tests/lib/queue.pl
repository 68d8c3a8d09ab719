# queue.pl - make a qmail queue in all legal states, and see what became of it.
#
#	queue.pl make DIR COUNT SPLIT big|flat UID:UID:UID GID
#	queue.pl rotate DIR SPLIT big|flat    each gets the next one's number
#	queue.pl check DIR COUNT SPLIT big|flat
#
# The message that was made as the Nth has files that say so, whatever they are
# called later.  "check" does not share a line with the program under test: it
# reads the queue, and fails unless all COUNT messages are there under their
# inode's number, each with just the parts that it was made with.

use strict;
use warnings;

my @parts = qw(mess intd todo info local remote bounce);
my %split = map { $_ => 1 } qw(mess info local remote);

# The 26 legal states, after INTERNALS: S2, S3, 16 of S4, 8 of S5.
my @states = (['mess'], ['mess', 'intd']);
for my $bits (0 .. 15) {
	my @optional = qw(intd info local remote);
	push @states, ['mess', 'todo',
		map { $optional[$_] } grep { $bits >> $_ & 1 } 0 .. 3];
}
for my $bits (0 .. 7) {
	my @optional = qw(local remote bounce);
	push @states, ['mess', 'info',
		map { $optional[$_] } grep { $bits >> $_ & 1 } 0 .. 2];
}

my ($verb, $dir, @rest) = @ARGV;

sub place {
	my ($part, $number, $buckets) = @_;
	return "$dir/$part/" . ($split{$part} ? $number % $buckets . '/' : '') .
		$number;
}

sub put {
	my ($path, $text, $mode, $uid, $gid) = @_;
	open my $file, '>', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	chown $uid, $gid, $path or die "$path: $!";
	chmod $mode, $path or die "$path: $!";
}

sub make_dir {
	my ($path, $mode, $uid, $gid) = @_;
	mkdir $path or die "$path: $!";
	chown $uid, $gid, $path or die "$path: $!";
	chmod $mode, $path or die "$path: $!";
}

sub make_tree {
	my ($buckets, $q, $s, $r, $gid) = @_;
	make_dir($dir, 0750, $q, $gid);
	make_dir("$dir/pid", 0700, $q, $gid);
	make_dir("$dir/lock", 0750, $q, $gid);
	put("$dir/lock/sendmutex", '', 0600, $s, $gid);
	put("$dir/lock/tcpto", "\0" x 1024, 0644, $r, $gid);
	system('mkfifo', '-m', '622', "$dir/lock/trigger") == 0 or die;
	chown $s, $gid, "$dir/lock/trigger" or die;
	for my $part (@parts) {
		my $mode = $part =~ /mess|todo/ ? 0750 : 0700;
		my $uid = $part =~ /mess|todo|intd/ ? $q : $s;
		make_dir("$dir/$part", $mode, $uid, $gid);
		next unless $split{$part};
		make_dir("$dir/$part/$_", $mode, $uid, $gid)
			for 0 .. $buckets - 1;
	}
}

sub make_message {
	my ($n, $buckets, $q, $s, $gid) = @_;
	my %has = map { $_ => 1 } @{ $states[$n % @states] };
	put("$dir/pid/$n", "$n mess", 0644, $q, $gid);
	my $number = (stat "$dir/pid/$n")[1];
	rename "$dir/pid/$n", place('mess', $number, $buckets) or die;
	for my $part (grep { $has{$_} } @parts[1 .. 6]) {
		my $path = place($part, $number, $buckets);
		if ($part eq 'todo' && $has{intd}) {
			# One file: qmail-queue makes todo a link of intd.
			link place('intd', $number, $buckets), $path or die;
			next;
		}
		my $envelope = $part =~ /todo|intd/;
		put($path, $envelope ? "$n envelope" : "$n $part",
			$envelope ? 0644 : 0600, $envelope ? $q : $s, $gid);
	}
}

# All files: part, bucket, number.
sub files {
	my @found;
	for my $part (@parts) {
		for my $path (glob("$dir/$part/*"),
			$split{$part} ? glob("$dir/$part/*/*") : ()) {
			next if -d $path;
			$path =~ m{/$part/(?:(\d+)/)?(\d+)$} or
				die "$path: what is that?\n";
			push @found, [$part, $1, $2, $path];
		}
	}
	return @found;
}

sub rotate {
	my ($buckets) = @_;
	my @found = files();
	my @numbers = sort { $a <=> $b }
		map { $_->[2] } grep { $_->[0] eq 'mess' } @found;
	my %next;
	@next{@numbers} = (@numbers[1 .. $#numbers], $numbers[0]);
	rename $_->[3], "$_->[3].out" or die for @found;
	rename "$_->[3].out", place($_->[0], $next{ $_->[2] }, $buckets) or die
		for @found;
}

sub check {
	my ($count, $buckets) = @_;
	my (%of, %have);
	for my $file (files()) {
		my ($part, $bucket, $number, $path) = @$file;
		open my $in, '<', $path or die "$path: $!";
		my ($n, $word) = split / /, <$in>;
		my $envelope = $part =~ /todo|intd/;
		die "$path: says $word\n"
			if $word ne ($envelope ? 'envelope' : $part);
		die "$path: of $n among those of $of{$number}\n"
			if exists $of{$number} && $of{$number} != $n;
		$of{$number} = $n;
		die "$path: not its place\n"
			if $path ne place($part, $number, $buckets);
		die "$path: not its inode\n"
			if $part eq 'mess' && (stat $path)[1] != $number;
		die "$path: $n has it twice\n" if $have{$n}{$part}++;
	}
	for my $n (0 .. $count - 1) {
		my $wanted = join ' ', sort @{ $states[$n % @states] };
		my $has = join ' ', sort keys %{ $have{$n} };
		die "$n: has '$has', not '$wanted'\n" if $has ne $wanted;
	}
	die "there are more than $count\n" if keys %have != $count;
}

if ($verb eq 'make') {
	my ($count, $buckets, $shape, $uids, $gid) = @rest;
	@split{ qw(todo intd) } = (1, 1) if $shape eq 'big';
	my @uids = split /:/, $uids;
	make_tree($buckets, @uids, $gid);
	make_message($_, $buckets, @uids[0, 1], $gid) for 0 .. $count - 1;
} else {
	my $shape = pop @rest;
	@split{ qw(todo intd) } = (1, 1) if $shape eq 'big';
	$verb eq 'rotate' ? rotate(@rest) : check(@rest);
}
