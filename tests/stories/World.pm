# World - a private directory with sources, rules and a daemon.
#
# What is done to it is told by Story; here is how.  Each act is a method, and
# World remembers what the products must be when everything is at rest.
package World;
use strict;
use warnings;
use Fcntl;
use FindBin;
use File::Path qw(make_path remove_tree);
use IO::Select;
use POSIX ();
use Time::HiRes qw(sleep time);

my $PATIENCE = 30; # seconds, before anything counts as hung
my $HOPE = 1;      # seconds, for what need not come

# Seconds, for what the daemon must find by itself: a busy machine is not wrong.
our $SILENCE = 200;
# How often it was left alone, and how often it had said that it needs a scan.
our ($silences, $excuses) = (0, 0);

# Tells the times of files as a coarse clock would: they are multiples of a
# file system's tick.
my $STEPPER = "$FindBin::RealBin/../lib/stepper.so";
my %TICK = ('10ms' => 10_000_000, '1s' => 1_000_000_000);

# The first words of every command: each run is counted, two at once leave a
# mark, a failure or a delay that was asked for comes once.  One that is held lets
# go by itself, if he who holds it is no more.
my $PROLOGUE = <<'EOF';
#!/bin/sh
cd "$WORLD" || exit 111
echo run >>"runs.$TRIGGERD_RULE"
mkdir "busy.$TRIGGERD_RULE" || echo "$TRIGGERD_RULE" >>twice
trap 'rmdir "busy.$TRIGGERD_RULE"' EXIT
[ ! -e "slow.$TRIGGERD_RULE" ] || sleep 0.05
[ ! -e "hold.$TRIGGERD_RULE" ] || : >"held.$TRIGGERD_RULE"
n=0
while [ -e "hold.$TRIGGERD_RULE" ] && [ $((n += 1)) -lt 3000 ]; do
	sleep 0.01
done
EOF
my $EPILOGUE = <<'EOF';
[ ! -e "fail.$TRIGGERD_RULE" ] || ! rm "fail.$TRIGGERD_RULE"
EOF

# Rule: sources, what it does, further keys.  Of the file that it names in
# ${deps} nobody else knows that it is a source.
my %RULES = (
	list => [
		'$W/src/list/*.txt $W/src/extra',
		'cat src/list/*.txt src/extra >"$TRIGGERD_NEW" 2>/dev/null || :',
		'target = $W/out/list'
	],
	both => [
		'$W/out/list $W/src/b',
		'cat out/list src/b >"$TRIGGERD_NEW" &&'
		    . ' echo "shade $SHADE" >>"$TRIGGERD_NEW"',
		'target = $W/out/both'
	],
	deep => [
		'$W/src/tree/** $W/src/b',
		'find src/tree -type f 2>/dev/null | LC_ALL=C sort |'
		    . ' xargs -r cat >"$TRIGGERD_NEW" 2>/dev/null || :;'
		    . ' cat data/y >>"$TRIGGERD_NEW";'
		    . ' echo "$WORLD/data/y" >"$TRIGGERD_DEPS"',
		'target = $W/out/deep'
	],
	guard => [
		'$W/src/guard',
		'cp src/guard guard.read; ! grep -q bad guard.read || exit 100;'
		    . ' cat guard.read >"$TRIGGERD_NEW"',
		'target = $W/out/guard'
	],
	lines => [
		'$W/src/lines', 'cat src/lines >"$TRIGGERD_NEW"',
		"target = \$W/out/lines\nmin_records = 1"
	],
	act => [
		'$W/src/act', 'cat src/act >out/act.new && mv out/act.new out/act',
		'compare = content'
	],
	none => ['', 'cat src/none >out/none.new && mv out/none.new out/none', ''],
);

# A source of each rule that has any.
my %SOURCE = (
	list => 'list/1.txt',
	map({ $_ => 'b' } qw(both deep)),
	map({ $_ => $_ } qw(guard lines act)),
);

sub rule_names { return sort keys %RULES }

# What a configuration is refused for: the file in which it stands, and what is
# there, or where it leads.  A rule that was good is cut off, as by a full disk.
my $NEW = "[rule]\ncommand = /bin/true \${new}\nsources = \$W/src/b\n";
my %SPOILT = (
	key => [ 'rules.d/zz.ini', "[rule]\nno_such_key = 1\n" ],
	syntax => [ 'rules.d/zz.ini', "[rule\ncommand\n" ],
	variable => [ 'rules.d/zz.ini', $NEW . "target = \${nowhere}/zz\n" ],
	target => [ 'rules.d/zz.ini', $NEW . "target = \$W/out/list\n" ],
	unreadable => [ 'rules.d/zz.ini', undef ],
	half => [ 'rules.d/list.ini', "[rule]\ncommand = \$W/list.sh \${n" ],
	daemon => [ 'triggerd.ini', "[daemon]\nscan = never\n" ],
);

sub bad_files { return sort keys %SPOILT }

sub put {
	my ($path, $text) = @_;
	open(my $f, '>', $path) or die "$path: $!\n";
	print $f $text;
	close($f) or die "$path: $!\n";
}

sub get {
	my ($path) = @_;
	open(my $f, '<', $path) or return undef;
	local $/;
	my $text = <$f>;
	return $text // '';
}

# new World DIRECTORY: sources and configuration, no daemon yet.
sub new {
	my ($class, $dir, $settle, $tick, $end) = @_;
	my $w = bless {
		dir => $dir,
		settle => $settle,
		tick => $TICK{$tick},
		end => $end,
		tokens => 0,
		shade => {},
		loaded => 0,
		hinted => 0,
		paused => {},
	}, $class;
	remove_tree($dir);
	make_path(map { "$dir/$_" }
		    qw(src/list src/tree/a data out conf/rules.d));
	put("$dir/src/list/$_.txt", "$_\n") for qw(1 2);
	put("$dir/data/$_", "$_\n") for qw(x y);
	symlink("$dir/data/x", "$dir/src/extra");
	put("$dir/src/$_", "$_\n") for qw(b guard lines act);
	put("$dir/src/none", "0\n");
	put("$dir/src/tree/a/f", "f\n");
	$w->{$_} = { "$_\n" => 1, missing => 1 } for qw(guard lines);
	$w->write_daemon();
	$w->write_rule($_) for rule_names();
	return $w;
}

# A file of the configuration, whole and at once.
sub install {
	my ($w, $name, $text) = @_;
	my $dir = $w->{dir};
	$text =~ s/\$W/$dir/g;
	put("$dir/new.ini", $text);
	rename("$dir/new.ini", "$dir/conf/$name") or die "$name: $!\n";
}

# Nothing is scanned while a story lasts.
sub write_daemon {
	my ($w) = @_;
	$w->install('triggerd.ini', <<'EOF');
[daemon]
rules = $W/conf/rules.d
run = $W/run
state = $W/state
scan = 1h
[pipe hint]
path = $W/run/hint
EOF
}

sub write_rule {
	my ($w, $name) = @_;
	my ($sources, $does, $keys) = @{ $RULES{$name} };
	my $dir = $w->{dir};
	my $shade = $w->{shade}{$name} // 0;
	# It may be about to run: then it cannot be written to.
	put("$dir/new.sh", "$PROLOGUE$does\n$EPILOGUE");
	chmod(0755, "$dir/new.sh");
	rename("$dir/new.sh", "$dir/$name.sh") or die "$name.sh: $!\n";
	my $text = "[rule]\ncommand = $dir/$name.sh"
	    . ($keys =~ /target/ ? ' ${new}' : '')
	    . ($does =~ /DEPS/ ? ' ${deps}' : '') . "\n"
	    . ($sources ne '' ? "sources = $sources\n" : '')
	    . "$keys\nenv.WORLD = $dir\nenv.SHADE = $shade\n"
	    . "settle = $w->{settle}\nretry = 20ms..100ms\n";
	$w->install("rules.d/$name.ini", $text);
	$w->{broken} = undef if ($w->{broken} // '') eq "rules.d/$name.ini";
}

# --- the daemon ----------------------------------------------------------

sub start {
	my ($w) = @_;
	return if $w->{pid};
	$w->mend();
	pipe(my $ready, my $tell) or die "pipe: $!\n";
	my $pid = fork() // die "fork: $!\n";
	if ($pid == 0) {
		open(STDERR, '>>', "$w->{dir}/log");
		# Not by dup2(2): it may be that descriptor already.
		fcntl($tell, F_SETFD, 0);
		if ($w->{tick}) {
			$ENV{FILE_TICK} = $w->{tick};
			$ENV{LD_PRELOAD} = $STEPPER;
			$ENV{ASAN_OPTIONS} = 'verify_asan_link_order=0';
		}
		exec($ENV{TRIGGERD}, '-c', "$w->{dir}/conf", '-r', fileno($tell))
		    or POSIX::_exit(127);
	}
	close($tell);
	$w->{pid} = $pid;
	$w->{hungered} = 0;
	$w->{loaded} = $w->{shade}{both} // 0;
	# A bare descriptor: what is ready stays in nobody's buffer.
	IO::Select->new($ready)->can_read($PATIENCE)
	    && sysread($ready, my $byte, 1) or die "the daemon is not ready\n";
}

sub reap {
	my ($w) = @_;
	my $until = time() + $PATIENCE;
	while (waitpid($w->{pid}, POSIX::WNOHANG()) == 0) {
		die "the daemon does not end\n" if time() > $until;
		sleep(0.002);
	}
	$w->{pid} = undef;
	return $?;
}

sub stop {
	my ($w) = @_;
	return unless $w->{pid};
	$w->relieve();
	kill('TERM', $w->{pid});
	my $status = $w->reap();
	die "the daemon ended with status $status\n" if $status != 0;
}

sub crash {
	my ($w) = @_;
	return unless $w->{pid};
	kill('KILL', $w->{pid});
	$w->reap();
	$w->{frozen} = $w->{starved} = 0;
}

# No more descriptors than it has, or few more: every open may fail.
sub starve {
	my ($w, $more) = @_;
	return unless $w->{pid};
	my $free = 0;
	$free++ while -e "/proc/$w->{pid}/fd/$free";
	$w->limit($free + $more) and $w->{starved} = $w->{hungered} = 1;
}

sub feed {
	my ($w) = @_;
	$w->limit(1024) if $w->{starved} && $w->{pid};
	$w->{starved} = 0;
}

sub limit {
	my ($w, $n) = @_;
	return system("prlimit --pid $w->{pid} --nofile=$n: 2>/dev/null") == 0;
}

# Trouble with the machine may have ended it: by 111, and nothing is lost.
sub revive {
	my ($w) = @_;
	return unless $w->{pid} && waitpid($w->{pid}, POSIX::WNOHANG()) != 0;
	$w->{pid} = undef;
	die "the daemon ended with status $?\n" if $? != 111 << 8;
	$w->start();
}

sub freeze {
	my ($w) = @_;
	return unless $w->{pid};
	kill('STOP', $w->{pid});
	$w->{frozen} = 1;
}

sub thaw {
	my ($w) = @_;
	kill('CONT', $w->{pid}) if $w->{frozen} && $w->{pid};
	$w->{frozen} = 0;
}

# The disaster is over.
sub relieve {
	my ($w) = @_;
	$w->thaw();
	$w->feed();
	$w->revive();
}

# trigger-ctl WORD...: exit status and what it says.
sub ctl {
	my ($w, @words) = @_;
	$w->relieve();
	my $pid = open(my $out, '-|') // die "fork: $!\n";
	if ($pid == 0) {
		open(STDERR, '>&', \*STDOUT);
		POSIX::alarm($PATIENCE);
		exec($ENV{CTL}, '-c', "$w->{dir}/conf", @words)
		    or POSIX::_exit(127);
	}
	local $/;
	my $said = <$out> // '';
	close($out);
	die "trigger-ctl @words: hangs\n" if $? & 127;
	return ($? >> 8, $said);
}

# Wait till it holds, but not for ever: that it does is only hoped for.
sub await {
	my ($w, $holds) = @_;
	my $until = time() + $HOPE;
	sleep(0.002) until $holds->() || time() > $until;
}

# --- acts ------------------------------------------------------------------

# A content that has not been there before; sometimes one that is refused.
sub content {
	my ($w, $file, $fine) = @_;
	my $text = sprintf("%s %06d\n", $file, ++$w->{tokens});
	$text = "bad $text" if $file eq 'guard' && !$fine;
	$text = '' if $file eq 'lines' && !$fine;
	my $good = $w->{$file};
	$good->{$text} = 1 if $good && $fine;
	return $text;
}

# By name: src/NAME, but for those in directories.
sub path {
	my ($w, $file) = @_;
	return "$w->{dir}/data/$file" if $file =~ /^[xy]$/;
	return "$w->{dir}/src/$file";
}

sub write {
	my ($w, $file, $fine) = @_;
	my $path = $w->path($file);
	my $before = get($path) // '';
	# The directory may be away: so is the file then.
	open(my $f, '>', $path) or return;
	my $text = $w->content($file, $fine);
	# For an instant the file is empty, which is nothing bad to a guard; and
	# who has just read all that there was goes on in the new text.
	if ($file eq 'guard') {
		$w->{guard}{''} = 1;
		$w->{guard}{ $before . substr($text, length($before)) } = 1
		    if length($text) > length($before);
	}
	print $f $text;
}

# save: a new file over the old one; restore: one with an old date.
sub save {
	my ($w, $file, $fine, $time) = @_;
	my $path = $w->path($file);
	put("$w->{dir}/new", $w->content($file, $fine));
	utime($time, $time, "$w->{dir}/new") if $time;
	rename("$w->{dir}/new", $path);
}

sub restore {
	my ($w, $file, $fine) = @_;
	$w->save($file, $fine, 1e9 + $w->{tokens});
}

# Other content, same size, same inode, same mtime.
sub forge {
	my ($w, $file) = @_;
	my $path = $w->path($file);
	my @stat = Time::HiRes::stat($path) or return;
	return if length($w->content($file, 1)) != $stat[7];
	open(my $f, '+<', $path) or return;
	print $f sprintf("%s %06d\n", $file, $w->{tokens});
	close($f);
	Time::HiRes::utime($stat[8], $stat[9], $path);
}

# Again as soon as it has been read, in the same file and of the same size:
# perhaps before the clock of the file system goes on.
sub again {
	my ($w, $file, @rest) = @_;
	return unless $w->{pid};
	$w->save($file, 1);
	$w->ctl('sync');
	$w->forge($file);
	$w->rest(@rest) if @rest;
}

sub remove { my ($w, $file) = @_; unlink($w->path($file)) }

sub point {
	my ($w, $to) = @_;
	symlink("$w->{dir}/data/$to", "$w->{dir}/link");
	rename("$w->{dir}/link", "$w->{dir}/src/extra");
}

# A whole directory is replaced by another.
sub swap {
	my ($w, $names) = @_;
	my $dir = $w->{dir};
	make_path("$dir/other");
	put("$dir/other/$_.txt", $w->content($_, 1)) for 1 .. $names;
	rename("$dir/src/list", "$dir/gone");
	rename("$dir/other", "$dir/src/list");
	remove_tree("$dir/gone");
}

sub grow {
	my ($w, $below, $name) = @_;
	make_path("$w->{dir}/src/tree/$below");
	put("$w->{dir}/src/tree/$below/$name", $w->content($name, 1));
}

sub prune {
	my ($w, $below) = @_;
	remove_tree("$w->{dir}/src/tree/$below");
}

# Somebody else's hands on a product.  Before the first record a product that
# is newer than its sources counts as made from them.
sub clobber {
	my ($w, $rule, $how) = @_;
	return unless $w->{rested};
	my $path = "$w->{dir}/out/$rule";
	if ($how eq 'remove') {
		unlink($path);
	} elsif ($how eq 'write') {
		put($path, "clobbered\n");
	} else {
		put("$w->{dir}/new", "clobbered\n");
		rename("$w->{dir}/new", $path);
	}
}

sub touch { my ($w) = @_; $w->hint(sub { utime(undef, undef, $_[0]) }) }

sub echo {
	my ($w) = @_;
	$w->hint(
		sub {
			sysopen(my $p, $_[0], O_WRONLY | O_NONBLOCK) or return;
			syswrite($p, "hint\n");
		});
}

# A hint on the pipe runs the rule without sources, whatever it is told.
sub hint {
	my ($w, $give) = @_;
	put("$w->{dir}/src/none", ++$w->{tokens} . "\n");
	$w->{hinted} = $w->{tokens} if $w->{pid};
	$give->("$w->{dir}/run/hint");
}

sub slow { my ($w, $rule) = @_; put("$w->{dir}/slow.$rule", '') }
sub quick { my ($w, $rule) = @_; unlink("$w->{dir}/slow.$rule") }
sub fail { my ($w, $rule) = @_; put("$w->{dir}/fail.$rule", '') }

# Make a rule run.
sub stir {
	my ($w, $rule) = @_;
	$SOURCE{$rule} ? $w->write($SOURCE{$rule}, 1) : $w->touch();
}

# The daemon dies while a command is at work, and the next one finds it so: it
# must not start another beside it.
sub strand {
	my ($w, $rule) = @_;
	my ($hold, $held) = map { "$w->{dir}/$_.$rule" } qw(hold held);
	return if !$w->{pid} || exists $w->{paused}{$rule};
	$w->relieve();
	put($hold, '');
	$w->stir($rule);
	$w->await(sub { -e $held });
	$w->crash();
	my $said = length(get("$w->{dir}/log"));
	$w->start();
	$w->await(sub {
		-e "$w->{dir}/twice" || substr(get("$w->{dir}/log"), $said)
		    =~ /: $rule: a run of an earlier daemon/;
	});
	unlink($hold, $held);
}

sub damage {
	my ($w, $rule, $how) = @_;
	my $path = "$w->{dir}/state/record/$rule";
	put($path, $how eq 'empty' ? '' : "no record\n") if -e $path;
}

# Another effective rule, loaded by who watches, by a signal or by a command.
sub change {
	my ($w, $rule, $how) = @_;
	$w->{shade}{$rule}++;
	$w->write_rule($rule);
	return unless $w->{pid};
	kill('HUP', $w->{pid}) if $how eq 'hup';
	$w->ctl('reload') if $how eq 'reload' && !$w->{broken};
}

sub spoil {
	my ($w, $kind) = @_;
	return if $w->{broken};
	my ($name, $text) = @{ $SPOILT{$kind} };
	if (defined $text) {
		$w->install($name, $text);
	} else {
		symlink("$w->{dir}/nowhere", "$w->{dir}/conf/$name");
	}
	$w->{broken} = $name;
}

sub mend {
	my ($w) = @_;
	my $name = $w->{broken} // return;
	if ($name eq 'triggerd.ini') {
		$w->write_daemon();
	} elsif ($name =~ m{/zz}) {
		unlink("$w->{dir}/conf/$name");
	} else {
		$w->write_rule($name =~ m{/(.*)\.ini});
	}
	$w->{broken} = undef;
}

# A bad file has been read, and the old rules serve until it is mended.
sub serve {
	my ($w, $kind, $how, $rule) = @_;
	return unless $w->{pid};
	$w->relieve();
	$w->spoil($kind);
	kill('HUP', $w->{pid}) if $how eq 'hup';
	if ($how eq 'reload') {
		my ($status, $said) = $w->ctl('reload');
		die "a bad file is loaded: status $status: $said\n"
		    if $status != 2;
	}
	$w->wait_for(sub { ($w->says())[0] =~ /^config_error /m })
	    or die "a bad file is not read, or not told of\n";
	$w->stir($rule);
	# trigger-ctl reads triggerd.ini too: only the rest can ask.
	$w->leave_alone() or $w->{broken} eq 'triggerd.ini' or $w->ask();
}

# A rule that is paused does not run, whatever becomes of the daemon.
sub pause {
	my ($w, $rule) = @_;
	return unless $w->{pid};
	my ($status) = $w->ctl('pause', $rule);
	$w->{paused}{$rule} = $status == 0 ? $w->runs($rule) : undef;
}

# Nor does it run for another daemon.
sub lull {
	my ($w, $rule, $end) = @_;
	return unless $w->{pid};
	$w->pause($rule);
	$w->stir($rule);
	$w->$end();
	$w->start();
	$w->ctl('sync');
	$w->resume();
}

sub resume {
	my ($w) = @_;
	return unless $w->{pid};
	for my $rule (sort keys %{ $w->{paused} }) {
		my $runs = $w->{paused}{$rule};
		die "$rule ran while it was paused\n"
		    if defined $runs && $runs != $w->runs($rule);
	}
	# No other rule is asked.
	$w->ctl('resume', sort keys %{ $w->{paused} }) if %{ $w->{paused} };
	$w->{paused} = {};
}

sub runs { my ($w, $rule) = @_; return -s "$w->{dir}/runs.$rule" // 0 }

sub order {
	my ($w, @words) = @_;
	return unless $w->{pid};
	$w->ctl(@words);
	# Who asks for a run of a paused rule gets it.
	my (undef, $rule) = @words;
	$w->{paused}{$rule} = undef if $rule && exists $w->{paused}{$rule};
}

# --- what must be ----------------------------------------------------------

sub together { return join('', map { get($_) // '' } @_) }

sub tree {
	my ($w) = @_;
	my (@found, @left);
	@left = ("$w->{dir}/src/tree");
	while (defined(my $path = pop @left)) {
		push @left, glob("$path/*") if -d $path;
		push @found, $path if -f $path;
	}
	return sort @found;
}

# The shade that is to be given: that of the rule's file; but while another file
# is bad, any that was written since one was surely loaded.
sub shade {
	my ($w, $is) = @_;
	my $last = $w->{shade}{both} // 0;
	return $last unless $w->{broken} && $is =~ /shade (\d+)\n\z/;
	return $1 >= $w->{loaded} && $1 <= $last ? $1 : $last;
}

# What is wrong with one product; undef: nothing.
sub wrong {
	my ($w, $rule) = @_;
	my $dir = $w->{dir};
	my $is = get("$dir/out/$rule");
	if ($rule eq 'guard' || $rule eq 'lines') {
		my $now = get("$dir/src/$rule");
		my $bad = $rule eq 'guard' ? $now =~ /bad/ : $now eq '';
		$is //= 'missing';
		return undef if !$bad && $is eq $now;
		return undef if $bad && $w->{$rule}{$is};
		return "is '$is', the source '$now'";
	}
	return "missing" unless defined $is;
	if ($rule eq 'none') {
		return undef if ($is || 0) >= $w->{hinted};
		return "is '$is', not $w->{hinted}";
	}
	my $must =
	      $rule eq 'list'
	    ? together((glob("$dir/src/list/*.txt")), "$dir/src/extra")
	    : $rule eq 'both' ? together("$dir/out/list", "$dir/src/b")
	    . "shade " . $w->shade($is) . "\n"
	    : $rule eq 'deep' ? together($w->tree(), "$dir/data/y")
	    :                   get("$dir/src/act");
	return $is eq $must ? undef : "is '$is', must be '$must'";
}

# Of those whose source is bad only the last good ones may be there.
sub learn {
	my ($w, $rule) = @_;
	$w->{$rule} = { get("$w->{dir}/out/$rule") // 'missing' => 1 };
}

# Its command cannot read what a paused rule has not made yet.
sub waits {
	my ($w, $rule) = @_;
	return $rule eq 'both' && exists $w->{paused}{list}
	    && !-e "$w->{dir}/out/list";
}

# Of these rules, or all: whose products are wrong, and how.
sub all_wrong {
	my ($w, @rules) = @_;
	my %wrong;
	for my $rule (@rules ? @rules : rule_names()) {
		next if exists $w->{paused}{$rule} || $w->waits($rule);
		my $reason = $w->wrong($rule);
		$wrong{$rule} = $reason if defined $reason;
	}
	return %wrong;
}

# What the daemon tells of itself, and of each rule.
sub says {
	my ($w) = @_;
	my ($itself, @rules) =
	    split(/\n\n/, get("$w->{dir}/run/status") // '');
	return ($itself // '',
		map { /^name (.*)/m ? ($1 => $_) : () } @rules);
}

# Does it say that it can miss what concerns these rules?  It has no reason to,
# if it has never been starved.
sub excused {
	my ($w, @rules) = @_;
	return 0 unless $w->{hungered};
	my ($itself, %of) = $w->says();
	for my $rule (@rules) {
		next if ($of{$rule} // '') =~ /^degraded /m;
		next if $rule eq 'none' && $itself =~ /^degraded /m;
		next if $rule =~ /^(?:both|reload)$/
		    && $itself =~ /^config_error /m;
		return 0;
	}
	return 1;
}

# Until it holds, with naps that leave the machine to the daemon.
sub wait_for {
	my ($w, $holds) = @_;
	my $until = time() + $SILENCE;
	my $nap = 0.002;
	until ($holds->()) {
		return 0 if time() > $until;
		$w->revive();
		sleep($nap);
		$nap *= 1.3 if $nap < 0.02;
	}
	return 1;
}

# All comes right while nobody asks for it: no event is lost, what failed is
# tried again, and a file that was mended is read.  Returns whether it did; it
# need not where the daemon says that it needs a scan.
sub leave_alone {
	my ($w, $mended) = @_;
	my (%wrong, $excused);
	$silences++;
	my $right = sub {
		delete $wrong{reload};
		%wrong = $w->all_wrong(keys %wrong) if %wrong;
		%wrong = $w->all_wrong() unless %wrong;
		$wrong{reload} = "of the mended file there is none\n"
		    if !%wrong && $mended
		    && ($w->says())[0] =~ /^config_error /m;
		return 1 unless %wrong;
		return $excused = $w->excused(keys %wrong);
	};
	if ($w->wait_for($right)) {
		$excuses++ if $excused;
		return !$excused;
	}
	my $what = join(', ', map { "$_: $wrong{$_}" } sort keys %wrong);
	for my $order ('sync', 'reload', 'sync') {
		$w->ctl($order);
		die "left alone, $what; right only after $order\n"
		    unless $w->all_wrong();
	}
	die "left alone, $what; sync and reload do not help\n";
}

# Everything comes to rest, and is right: at first in silence, if "how" says so.
sub rest {
	my ($w, $how) = @_;
	$w->start();
	$w->relieve();
	my $mended = defined $w->{broken};
	$w->mend();
	$w->resume();
	$w->leave_alone($mended) if $how eq 'silent';
	$w->ctl('reload');
	$w->ask();
	$w->{loaded} = $w->{shade}{both} // 0;
	$w->{rested} = 1;
	$w->learn($_) for qw(guard lines);
	die "two runs at once: " . get("$w->{dir}/twice")
	    if -e "$w->{dir}/twice";
}

# A rule that sync has named may need another try: it is asked again until it is
# right or named no more.
sub ask {
	my ($w) = @_;
	my $until = time() + $PATIENCE;
	while (1) {
		my ($status, $said) = $w->ctl('sync');
		die "sync: status $status: $said\n" if $status > 1;
		my %wrong = $w->all_wrong() or return;
		for my $rule (sort keys %wrong) {
			die "$rule: $wrong{$rule}\n"
			    if $said !~ /^(?:list|$rule):/m
			    || time() > $until;
		}
		sleep(0.01);
	}
}

# The end of a story: nothing is left lying about.
sub close {
	my ($w) = @_;
	$w->rest($w->{end});
	$w->stop();
	my @left = glob("$w->{dir}/out/.triggerd.* $w->{dir}/busy.*");
	die "left behind: @left\n" if @left;
}

# Whatever the story came to.
sub bury {
	my ($w) = @_;
	if ($w->{pid}) {
		kill('KILL', $w->{pid});
		waitpid($w->{pid}, 0);
		$w->{pid} = undef;
	}
}

1;
