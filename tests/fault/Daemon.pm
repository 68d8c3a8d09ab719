# Daemon - the story of a daemon: start, hint, build, refuse, reload, stop.
package Daemon;

use strict;
use warnings;
use IO::Socket::UNIX;
use Served;
use Story;
use Time::HiRes qw(time sleep);

my @targets = qw(copy list base acted);

sub names { return ('triggerd') }

# A cdb with one record, or with none.
sub cdb {
	my ($value) = @_;
	return pack('V*', map { (2048, 0) } 0 .. 255) unless defined $value;
	my $record = pack('VVa*a*', 1, length($value), 'k', $value);
	my $hash = (5381 * 33) ^ ord('k');
	my $end = 2048 + length($record);
	my @slots = (0, 0, 0, 0);
	@slots[2 * ($hash >> 8 & 1), 2 * ($hash >> 8 & 1) + 1] = ($hash, 2048);
	my $table = $hash & 255;
	return pack('V*', map { $end + ($_ > $table ? 16 : 0),
		$_ == $table ? 2 : 0 } 0 .. 255) . $record . pack('V*', @slots);
}

sub rule {
	my ($s, $name, @lines) = @_;
	Story::write_file("$s->{dir}/conf/rules.d/$name.ini",
		join("\n", '[rule]', 'settle = 0', 'retry = 20ms..50ms', @lines,
			''));
}

# A world of its own for each case: what a fault leaves must not be found by
# the next one.
sub make_world {
	my ($s) = @_;
	my $d = $s->{dir} = "$s->{top}/" . ++$s->{number};
	mkdir("$d$_") or die "$d$_: $!\n"
		for '', '/conf', '/conf/rules.d', '/src', '/src/own',
			'/src/own/dir', '/out';
	Story::write_file("$d/conf/triggerd.ini", <<"EOT");
[daemon]
rules = $d/conf/rules.d
run = $d/run
state = $d/state
scan = 1h
auto_reload = no
builders = $Story::top/builders
[pipe hint]
path = $d/run/hint
EOT
	rule($s, 'copy', "sources = $d/src/a", "target = $d/out/copy",
		"command = cp $d/src/a \${new}", 'nice = 1');
	rule($s, 'list', "sources = $d/src/own/dir/list", "target = $d/out/list",
		"command = cp $d/src/own/dir/list \${new}", 'min_records = 2');
	rule($s, 'base', "sources = $d/src/base", "target = $d/out/base",
		'check = cdb', "command = $s->{top}/build $d/src \${new} \${deps}");
	rule($s, 'act', "sources = $d/src/[a]", 'compare = content',
		"command = cp $d/src/a $d/out/acted");
	rule($s, 'plain', "command = $s->{top}/count $d/out/ran");
	# A supervisor's, if the path is not too long for a socket.
	$s->{supervisor} = length("$d/notify") > 107 ? undef
		: IO::Socket::UNIX->new(Type => SOCK_DGRAM, Blocking => 0,
			Local => "$d/notify");
	$s->{wholes} = { map { $_ => {} } @targets, 'more' };
	$s->{want} = {};
	$s->{held} = {};
	$s->{wrong} = [];
	$s->{steps} = [];
	$s->{pid} = undef;
	$s->{edits} = 0;
	change($s, 'a', "a1\n", 'copy', 'acted');
	change($s, 'own/dir/list', "1\n2\n", 'list');
	change($s, 'base', cdb(), 'base');
}

sub prepare {
	my ($dir, $name) = @_;
	Story::write_file("$dir/build", <<'EOT', 0755);
#!/bin/sh
cp "$1/base" "$2" && echo "$1/base" >"$3"
EOT
	Story::write_file("$dir/count", <<'EOT', 0755);
#!/bin/sh
echo >>"$1"
EOT
	return { top => $dir, number => 0, log => "$dir/log" };
}

# A source has a new text now, and targets will.
sub change {
	my ($s, $source, $text, @to) = @_;
	for my $t (@to) {
		$s->{wholes}{$t}{$text} = 1;
		$s->{want}{$t} = $text;
	}
	Story::put("$s->{dir}/src/$source", $text);
}

sub wrong {
	my ($s, $text) = @_;
	$text = substr($text, 0, 400);
	push @{$s->{wrong}}, $text unless grep { $_ eq $text } @{$s->{wrong}};
}

# Is what everybody sees whole?  And hold it, to see later whether it was
# written over in its place.
sub look {
	my ($s) = @_;
	for my $t (@targets, 'more') {
		next if $t eq 'acted'; # written by a command of its own
		open(my $f, '<', "$s->{dir}/out/$t") or next;
		local $/;
		my $text = <$f> // '';
		wrong($s, "$t is neither the old nor the new: "
			. length($text) . ' bytes') if !$s->{wholes}{$t}{$text};
		$s->{held}{join ' ', $t, (stat($f))[1]} //= [$t, $f, $text];
	}
}

sub is_right {
	my ($s) = @_;
	for my $t (keys %{$s->{want}}) {
		my $text = Story::slurp("$s->{dir}/out/$t");
		return 0 if !defined $text || $text ne $s->{want}{$t};
	}
	return 1;
}

sub differences {
	my ($s) = @_;
	return join ' ', grep {
		(Story::slurp("$s->{dir}/out/$_") // '') ne $s->{want}{$_}
	} sort keys %{$s->{want}};
}

sub alive {
	my ($s) = @_;
	return 0 unless defined $s->{pid};
	my $state = Story::slurp("/proc/$s->{pid}/stat") // return 0;
	return $state !~ /\) [ZX]/;
}

# The daemon has ended: was that right?  Then another follows, without a fault.
sub bury {
	my ($s, $fault) = @_;
	my $status = Story::await($s->{waited});
	my $said = Story::slurp("$s->{dir}/log") // '';
	my $crash = Story::crash($status, $said, $fault);
	wrong($s, "the daemon: $crash") if defined $crash;
	wrong($s, "the daemon ended with $status")
		if $status != 0 && $status != 2 && $status != 111
		&& !defined $crash && $status != 137;
	$s->{told} = 1 if $status == 137;
	push @{$s->{steps}}, "ended $status" if $status != 0;
	wrong($s, 'a process is left')
		if $s->{injecting} && Story::is_left($s->{log});
	$s->{pid} = undef;
	return $status;
}

# Start, and wait until it is ready, has ended, or says that it cannot tell.
sub start {
	my ($s, $fault, $again) = @_;
	my $d = $s->{dir};
	my @program = ("$Story::top/daemon/triggerd$Story::built",
		'-c', "$d/conf", '-r', '1');
	@program = (Story::injected($s->{log}, $fault), @program) if $fault;
	unlink $s->{log} if $fault;
	unlink "$d/ready";
	unlink "$d/conf/rules.d/bad.ini" unless $fault; # a start refuses it
	$s->{injecting} = defined $fault;
	if ($s->{supervisor}) { # and it reads, or we would wait for it
		1 while defined $s->{supervisor}->recv(my $news, 99);
	}
	local $ENV{NOTIFY_SOCKET} = "$d/notify" if $s->{supervisor};
	$s->{waited} = Story::launch("$d/ready", "$d/log", @program);
	$s->{pid} = $fault ? undef : $s->{waited};
	my $ready = Story::wait_until($Story::LIMIT, sub {
		if (!defined $s->{pid}) {
			my $log = Story::slurp($s->{log}) // '';
			$s->{pid} = $1 if $log =~ /^pid (\d+)$/m;
			return 0 if !defined $s->{pid};
		}
		return -s "$d/ready" || !alive($s)
			|| (Story::slurp("$d/log") // '') =~
				/readiness descriptor 1: write/;
	});
	if (!$ready) {
		wrong($s, 'it is never ready');
		kill('KILL', $s->{pid}) if defined $s->{pid};
		return bury($s, $fault);
	}
	return if alive($s);
	bury($s, $fault);
	# As a supervisor does: what the last one had begun may hold the lock.
	die "it does not start: " . substr(Story::slurp("$d/log"), -999)
		unless $fault || time() < ($again //= time() + $Story::LIMIT);
	start($s, undef, $again);
}

# A command of the client's.
sub ctl {
	my ($s, $fault, @words) = @_;
	my $status = Story::run("$s->{dir}/told", "$s->{dir}/said",
		"$Story::top/client/trigger-ctl$Story::built", '-c',
		"$s->{dir}/conf", @words);
	wrong($s, "trigger-ctl @words hangs") if $status == -1;
	push @{$s->{steps}}, "@words: $status";
	look($s);
	revive($s, $fault);
	return $status;
}

# A daemon that has died is followed by another.
sub revive {
	my ($s, $fault) = @_;
	return if alive($s);
	bury($s, $fault) if defined $s->{pid};
	start($s);
}

sub tell_story {
	my ($s, $fault) = @_;
	my $d = $s->{dir};
	start($s, $fault);
	Served::wait_for($s, $fault, 'the start',
		sub { is_right($s) && Served::runs($s) > 0 });
	ctl($s, $fault, 'sync');
	Served::all($s, $fault, 0);
	Served::removal($s, $fault);
	Story::put("$d/src/own/dir/list", "1\n"); # one line: to be refused
	ctl($s, $fault, 'sync', 'list');
	rule($s, 'more', "sources = $d/src/a", "target = $d/out/more",
		"command = cp $d/src/a \${new}");
	change($s, 'a', "a3\na3\na3\n", 'copy', 'acted', 'more');
	ctl($s, $fault, 'reload');
	rule($s, 'bad', 'nothing = 1');
	ctl($s, $fault, 'reload');
	unlink "$d/conf/rules.d/bad.ini";
	change($s, 'own/dir/list', "1\n2\n3\n", 'list');
	change($s, 'base', cdb('value'), 'base');
	ctl($s, $fault, 'reload');
}

# The one call has been hit, or the daemon that would make it is no more.
sub has_passed {
	my ($s, $fault) = @_;
	return !ref $fault || !$s->{injecting} || Story::calls($s->{log}) > 0;
}

# Whenever the fault is over, all becomes right by itself.
sub heal {
	my ($s, $fault) = @_;
	Served::wait_for($s, $fault, 'the last change',
		sub { is_right($s) }, 'rule .*');
	Story::wait_until($Story::LIMIT, sub {
		Served::scan($s) if grep { !/^record/ } Served::degraded($s);
		return ctl($s, $fault, 'sync') == 0 && is_right($s)
			&& !Served::degraded($s);
	}) or wrong($s, 'sync is never right: '
		. join(' ', Served::degraded($s)) . ' '
		. (Story::slurp("$s->{dir}/told") // '')
		. (Story::slurp("$s->{dir}/said") // ''));
}

# And then it hears as well as before.  What hits this itself is healed, and
# all is tried once more.
sub hear {
	my ($s, $fault) = @_;
	my $passed;
	do {
		$passed = has_passed($s, $fault);
		heal($s, $fault);
		Served::all($s, $fault, $passed);
	} until $passed || !has_passed($s, $fault);
}

sub rest {
	my ($s, $fault) = @_;
	my $most = $s->{descriptors};
	# A close that is said to have failed has not been made; libev takes
	# two ends of a pipe where it gets no eventfd.
	$most++ if ref $fault && $fault->[1] =~ /^(close|eventfd2)$/;
	Story::wait_until(5, sub { Story::children($s->{pid}) eq '' })
		or wrong($s, 'a child is left: ' . Story::children($s->{pid}));
	my @open;
	$s->{open} = 0;
	Story::wait_until(5, sub {
		@open = Story::descriptors($s->{pid});
		return !defined $most || @open <= $most;
	}) or wrong($s, 'descriptors: ' . @open . " not $most: @open");
	$s->{open} = @open;
}

sub stop {
	my ($s, $fault) = @_;
	return 0 unless defined $s->{pid};
	kill('TERM', $s->{pid});
	return bury($s, $fault);
}

# Those who held a product still see it as it was.
sub look_back {
	my ($s) = @_;
	for my $h (values %{$s->{held}}) {
		my ($t, $f, $text) = @$h;
		seek($f, 0, 0);
		local $/;
		my $now = <$f> // '';
		wrong($s, "$t was written in its place") if $now ne $text;
	}
}

# A fault that changed anything is told, with the name of what it hit: the rule
# that failed, the path or pipe that is not watched, or what ended the daemon.
sub told {
	my ($s, $usual) = @_;
	my $log = Story::slurp("$s->{dir}/log") // '';
	my @news = Story::news($log, $usual->{lines});
	return if $s->{told}; # killed: there was nobody to tell
	my @warnings = grep { /^triggerd: (warning|fatal): \S/ } @news;
	for my $rule (@{$s->{failed}}) {
		wrong($s, "$rule has failed, and no warning names it")
			unless grep { /: \Q$rule\E: / } @warnings;
	}
	for my $deaf (map { /^degraded: (.*)/ } @{$s->{all_steps}}) {
		# A directory that is not watched, or a rule without its record.
		my @names = map { $_ eq 'pipe' ? 'hint: ' : "$_: " }
			grep { !/^(rule|record)$/ } split / /, $deaf;
		push @names, '/' if $deaf =~ /rule/;
		wrong($s, "no warning tells of what is degraded: $deaf")
			unless grep { my $w = $_;
				grep { $w =~ /: \Q$_\E/ } @names } @warnings;
	}
	return if "@{$s->{steps}}" eq $usual->{steps};
	wrong($s, "changed and not told: @{$s->{steps}}")
		unless grep { m{/|copy|list|base|act|more|hint|watch|pipe} }
		@warnings;
}

# The rules whose runs have failed in this daemon; the refused one does always.
sub failed {
	my ($s) = @_;
	return grep { $_ ne 'list' } (Story::slurp("$s->{dir}/run/status") // '')
		=~ /^name (\S+)\n(?:\S.*\n)*?failures [1-9]/mg;
}

sub play {
	my ($s, $fault) = @_;
	make_world($s);
	tell_story($s, $fault);
	my @steps = @{$s->{steps}};
	hear($s, $fault);
	rest($s, $fault);
	$s->{failed} = [failed($s)];
	$s->{all_steps} = [@{$s->{steps}}];
	my $injecting = $s->{injecting};
	my $status = stop($s, $fault);
	wrong($s, "stopped with $status")
		if $status != 0 && !$injecting;
	push @steps, grep { /^ended/ } @{$s->{steps}};
	$s->{steps} = \@steps;
	if (!ref $fault) {
		my $log = Story::slurp("$s->{dir}/log");
		$s->{descriptors} = $s->{open};
		$s->{usual} = { steps => "@steps", lines => {
			map { Story::plain($_) => 1 } split /\n/, $log } };
	} else {
		told($s, $s->{usual});
	}
	start($s);
	ctl($s, undef, 'sync') == 0 or wrong($s, 'not right after a restart: '
		. Story::slurp("$s->{dir}/told") . Story::slurp("$s->{dir}/said"));
	wrong($s, 'wrong after a restart: ' . differences($s))
		if !is_right($s);
	stop($s) == 0 or wrong($s, 'does not stop');
	look_back($s);
	$s->{held} = {};
	my @left = Story::temporaries("$s->{dir}/out", "$s->{dir}/state",
		"$s->{dir}/run");
	wrong($s, "left: @left") if @left;
	my $log = Story::slurp("$s->{dir}/log");
	wrong($s, 'a sanitizer complains') if $log =~ /Sanitizer|runtime error:/;
	$s->{detail} = join "\n", @steps, $log;
	return @{$s->{wrong}};
}

1;
