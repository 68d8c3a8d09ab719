# The cdb that djb's own writer makes of keys, one a line of standard input,
# each with an empty value: header, records, hash tables, to the byte.

use strict;
use warnings;

binmode STDIN;
binmode STDOUT;

my @tables = map { [] } 0 .. 255;
my ($head, $rest, $at) = ('', '', 2048);

while (my $key = <STDIN>) {
	chomp $key;
	my $hash = 5381;
	$hash = (($hash * 33) & 0xffffffff) ^ $_ for unpack 'C*', $key;
	push @{ $tables[$hash & 255] }, [ $hash, $at ];
	$rest .= pack('VV', length $key, 0) . $key;
	$at += 8 + length $key;
}
for my $entries (@tables) {
	my $slots = 2 * @$entries;
	my @table = map { [ 0, 0 ] } 1 .. $slots;
	for my $entry (@$entries) {
		my $i = ($entry->[0] >> 8) % $slots;
		$i = ($i + 1) % $slots while $table[$i][1] != 0;
		$table[$i] = $entry;
	}
	$head .= pack 'VV', $at, $slots;
	$rest .= join '', map { pack 'VV', @$_ } @table;
	$at += 8 * $slots;
}
print $head . $rest;
