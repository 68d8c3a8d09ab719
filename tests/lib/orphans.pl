# orphans - run a program, inherit its orphans, and wait for nobody.
#
#	perl orphans.pl FILE PROGRAM [ARGUMENT...]
#
# The number of the program is written to FILE.  Whoever ends stays a zombie
# until orphans.pl is killed, as under an init that is slow.  Linux only.

use strict;
use warnings;
use POSIX qw(pause);

require 'syscall.ph';

my $subreaper = 36;    # PR_SET_CHILD_SUBREAPER, of prctl(2)
my $file = shift;

syscall(SYS_prctl(), $subreaper, 1, 0, 0, 0) == 0 or die "prctl: $!";
my $pid = fork // die "fork: $!";
if ($pid == 0) {
	exec @ARGV or die "$ARGV[0]: $!";
}
open my $out, '>', $file or die "$file: $!";
print $out "$pid\n";
close $out or die "$file: $!";
pause while 1;
