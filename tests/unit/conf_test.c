/*
 * Configuration files with errors: the complete list of them.
 */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conffiles.h"

#define NAME_16 "abcdefghijklm.-_"
#define NAME_64 NAME_16 NAME_16 NAME_16 NAME_16

static const struct {
	const char *title, *files, *errors;
} cases[] = {
	{ "nothing but the directory of rules", "== triggerd.ini\n", "" },
	{ "a plain rule", MAIN "== rules.d/a.ini\n" RULE, "" },
	{ "files that are no rules",
	    MAIN "== rules.d/.hidden.ini\nx\n== rules.d/a.ini~\nx\n"
		 "== rules.d/README\nx\n== rules.d/a.ini.bak\nx\n",
	    "" },
	{ "names that are no rules'",
	    MAIN "== rules.d/a b.ini\nx\n== rules.d/a+.ini\nx\n",
	    "@/c/rules.d/a b.ini: not a name for a rule: at most 64 letters, "
	    "digits and '._-'\n"
	    "@/c/rules.d/a+.ini: not a name for a rule: at most 64 letters, "
	    "digits and '._-'\n" },
	{ "a name as long as may be, and a longer one",
	    MAIN "== rules.d/" NAME_64 ".ini\n" RULE "== rules.d/" NAME_64
		 "x.ini\n" RULE,
	    "@/c/rules.d/" NAME_64 "x.ini: not a name for a rule: at most 64 "
	    "letters, digits and '._-'\n" },
	{ "sections of the main file",
	    "== triggerd.ini\nrun = /x\n[daemon]\n[rule]\ncommand = x\n"
	    "[daemon]\nrun = relative\n[daemon x]\n[pipe]\n[pipe a/b]\n"
	    "[pipe a]\npath = /a\n[pipe  a]\n[Vars]\n",
	    "@/c/triggerd.ini:1: run: key before the first [section]\n"
	    "@/c/triggerd.ini:3: [rule]: unknown section\n"
	    "@/c/triggerd.ini:5: [daemon]: section given twice\n"
	    "@/c/triggerd.ini:7: [daemon x]: this section takes no name\n"
	    "@/c/triggerd.ini:8: [pipe]: needs a name of letters, digits and "
	    "'._-'\n"
	    "@/c/triggerd.ini:9: [pipe a/b]: needs a name of letters, digits "
	    "and '._-'\n"
	    "@/c/triggerd.ini:12: [pipe  a]: section given twice\n"
	    "@/c/triggerd.ini:13: [Vars]: unknown section\n" },
	{ "sections of a rule's file",
	    MAIN "== rules.d/a.ini\n[vars]\na = b\n== rules.d/b.ini\n" RULE
		 "[rule]\n== rules.d/c.ini\n",
	    "@/c/rules.d/a.ini: no [rule] section\n"
	    "@/c/rules.d/a.ini:1: [vars]: unknown section\n"
	    "@/c/rules.d/b.ini:3: [rule]: section given twice\n"
	    "@/c/rules.d/c.ini: no [rule] section\n" },
	{ "keys",
	    MAIN "run = /a\nrun = /b\nRun = /c\nfoo = x\nstate =\n"
		 "== rules.d/a.ini\n" RULE
		 "each = a b\nforeach.command = good\nenv.A-B = x\n"
		 "env.TRIGGERD_X = x\nenv. = x\nenv.X = 1\nenv.X = 2\n"
		 "description =\nsources =\n",
	    "@/c/triggerd.ini:4: run: given twice, first in line 3\n"
	    "@/c/triggerd.ini:5: Run: unknown key\n"
	    "@/c/triggerd.ini:6: foo: unknown key\n"
	    "@/c/triggerd.ini:7: state: empty value\n"
	    "@/c/rules.d/a.ini:3: each: unknown key\n"
	    "@/c/rules.d/a.ini:4: foreach.command: unknown key\n"
	    "@/c/rules.d/a.ini:5: env.A-B: not a name for an environment "
	    "variable\n"
	    "@/c/rules.d/a.ini:6: env.TRIGGERD_X: this name is reserved\n"
	    "@/c/rules.d/a.ini:7: env.: not a name for an environment "
	    "variable\n"
	    "@/c/rules.d/a.ini:9: env.X: given twice, first in line 8\n"
	    "@/c/rules.d/a.ini:10: description: empty value\n"
	    "@/c/rules.d/a.ini:11: sources: empty value\n" },
	{ "values of the daemon",
	    MAIN "run = run\nstate = /a/../b\nscan = 8d\njobs = 0\n"
		 "auto_reload = maybe\ncontrol_group = no such\n",
	    "@/c/triggerd.ini:3: run: relative path\n"
	    "@/c/triggerd.ini:4: state: '.' or '..' in a path\n"
	    "@/c/triggerd.ini:5: scan: longer than 7d\n"
	    "@/c/triggerd.ini:6: jobs: not within 1 to 64\n"
	    "@/c/triggerd.ini:7: auto_reload: neither yes nor no\n"
	    "@/c/triggerd.ini:8: control_group: no such group: no such\n" },
	{ "a missing directory of rules", MAIN "rules = @/none\n",
	    "@/none: No such file or directory\n" },
	{ "a relative directory of rules", MAIN "rules = rules.d\n",
	    "@/c/triggerd.ini:3: rules: relative path\n" },
	{ "pipes",
	    MAIN "[pipe a]\nmode = 0999\n[pipe b]\npath = /x\nmode = 01777\n"
		 "rules = a none 'x*' a/b\n  /c*\n[pipe c]\npath = //x/\n"
		 "owner = no one\ngroup = 4294967295\n"
		 "== rules.d/a.ini\n" RULE,
	    "@/c/triggerd.ini:3: path: needed\n"
	    "@/c/triggerd.ini:4: mode: not an octal mode, like 0644\n"
	    "@/c/triggerd.ini:7: mode: above 0777\n"
	    "@/c/triggerd.ini:8: rules: a/b: not a name of rules\n"
	    "@/c/triggerd.ini:8: rules: no such rule: none\n"
	    "@/c/triggerd.ini:9: rules: /c*: not a name of rules\n"
	    "@/c/triggerd.ini:11: path: also the path of [pipe b]\n"
	    "@/c/triggerd.ini:12: owner: no such user: no one\n"
	    "@/c/triggerd.ini:13: group: no such group: 4294967295\n" },
	{ "variables",
	    "== triggerd.ini\n[pipe p]\npath = ${c}/p\n[vars]\na = /a\n"
	    "b = ${a}/b\nc = ${b}\nd = ${e}\ne = x\nnew = x\n9 = x\n"
	    "a = y\nf = ${d}${new}\n  more\ninstance = 1\n"
	    "== rules.d/a.ini\n[rule]\ncommand = @/bin/good ${f} ${g} '${h}'\n"
	    "description = ${cache}\nsources = ${d}/x ${e}\n",
	    "@/c/triggerd.ini:7: d: unknown variable ${e}\n"
	    "@/c/triggerd.ini:9: new: this name is reserved\n"
	    "@/c/triggerd.ini:10: 9: not a name for a variable\n"
	    "@/c/triggerd.ini:11: a: given twice, first in line 4\n"
	    "@/c/triggerd.ini:12: f: unknown variable ${new}\n"
	    "@/c/triggerd.ini:13: f: only a list may go on in an indented "
	    "line\n"
	    "@/c/triggerd.ini:14: instance: this name is reserved\n"
	    "@/c/rules.d/a.ini:2: command: unknown variable ${g}\n"
	    "@/c/rules.d/a.ini:3: description: unknown variable ${cache}\n"
	    "@/c/rules.d/a.ini:4: sources: x: relative path\n" },
	{ "a variable is never cut into words",
	    "== triggerd.ini\n[vars]\nv = /a /b\n== rules.d/a.ini\n"
	    "[rule]\ncommand = @/bin/good\nsources = ${v}\n",
	    "" },
	{ "a comment made by variables",
	    "== triggerd.ini\n[vars]\ns = a;\nt = ${s} x\nu =;y\nv = x ${u}\n",
	    "@/c/triggerd.ini:4: u: ' ;' would start a comment\n" },
	{ "lines",
	    MAIN "== rules.d/a.ini\n[rule]\ncommand = good ; x\n"
		 "== rules.d/b.ini\n" RULE "dir = /a\n  /b\nsources =\n"
		 "   /a '/b\n   /c\n   target = /x\n==\n"
		 "== rules.d/c.ini\n" RULE "dir = /a\r\nfoo\n",
	    "@/c/rules.d/a.ini:1: command: needed\n"
	    "@/c/rules.d/a.ini:2: ' ;' would start a comment\n"
	    "@/c/rules.d/b.ini:4: dir: only a list may go on in an indented "
	    "line\n"
	    "@/c/rules.d/b.ini:6: sources: unclosed '\n"
	    "@/c/rules.d/b.ini:8: sources: goes on in an indented line that "
	    "looks like a key\n"
	    "@/c/rules.d/b.ini:9: neither [section] nor key = value\n"
	    "@/c/rules.d/c.ini:3: carriage return: is this a DOS text "
	    "file?\n" },
	{ "values of a rule",
	    MAIN "== rules.d/a.ini\n" BUILD
		 "check = CDB\nmin_records = -1\nmax_shrink = 101%\n"
		 "compare = mtime\ncreate = 1\nalways = Yes\nwatch = on\n"
		 "settle = 5 parsecs\nsettle_max = 2\ntimeout = 1m\n"
		 "stop_timeout = 2h\nmin_interval = -1s\nrecheck = 2d\n"
		 "scan = 99999999999999999999s\nretry = 5s\nmode = 4755\n"
		 "owner = 4294967294\numask = 9\nnice = 20\ndir = .\n"
		 "env.PATH = /bin:\n",
	    "@/c/rules.d/a.ini:4: check: not one of: none cdb\n"
	    "@/c/rules.d/a.ini:5: min_records: not a number\n"
	    "@/c/rules.d/a.ini:6: max_shrink: more than 100%\n"
	    "@/c/rules.d/a.ini:7: compare: not one of: stamp content\n"
	    "@/c/rules.d/a.ini:7: compare: needs sources\n"
	    "@/c/rules.d/a.ini:8: create: neither yes nor no\n"
	    "@/c/rules.d/a.ini:9: always: neither yes nor no\n"
	    "@/c/rules.d/a.ini:10: watch: neither yes nor no\n"
	    "@/c/rules.d/a.ini:11: settle: unknown unit: use ms, s, min, h or "
	    "d, without a blank\n"
	    "@/c/rules.d/a.ini:12: settle_max: needs a unit: ms, s, min, h or "
	    "d\n"
	    "@/c/rules.d/a.ini:13: timeout: unknown unit: use ms, s, min, h or "
	    "d, without a blank\n"
	    "@/c/rules.d/a.ini:14: stop_timeout: longer than 1h\n"
	    "@/c/rules.d/a.ini:15: min_interval: not a number\n"
	    "@/c/rules.d/a.ini:16: recheck: longer than 1d\n"
	    "@/c/rules.d/a.ini:17: scan: number too large\n"
	    "@/c/rules.d/a.ini:18: retry: not two times: write "
	    "first..longest\n"
	    "@/c/rules.d/a.ini:19: mode: above 0777\n"
	    "@/c/rules.d/a.ini:21: umask: not an octal mode, like 0644\n"
	    "@/c/rules.d/a.ini:22: nice: not within -20 to 19\n"
	    "@/c/rules.d/a.ini:23: dir: relative path\n"
	    "@/c/rules.d/a.ini:24: env.PATH: a directory in PATH is not "
	    "absolute\n" },
	{ "ranges of a rule",
	    MAIN "== rules.d/a.ini\n" RULE "retry = 1ms..1s\n"
		 "settle = 3s\n== rules.d/b.ini\n" RULE "retry = 2s..1s\n"
		 "settle = 1s\nsettle_max = 999ms\nuser = no one\n",
	    "@/c/rules.d/a.ini:3: retry: not within 10ms..7d\n"
	    "@/c/rules.d/a.ini:4: settle: longer than settle_max, 2s\n"
	    "@/c/rules.d/b.ini:3: retry: the first time is longer than the "
	    "second\n"
	    "@/c/rules.d/b.ini:4: settle: longer than settle_max, 999ms\n"
	    "@/c/rules.d/b.ini:6: user: no such user: no one\n" },
	{ "keys that need others",
	    MAIN "== rules.d/a.ini\n[rule]\ntarget = @/out/a\n"
		 "== rules.d/b.ini\n[rule]\ncommand = good ${new}\n"
		 "min_records = 0\nmax_shrink = 5%\ncheck = none\n"
		 "create = yes\nalways = no\nmode = 0644\nowner = 0\n"
		 "group = 0\ncompare = stamp\n"
		 "== rules.d/c.ini\n[rule]\ncommand = good\n"
		 "target = @/out/c\ncheck = cdb\nmin_records = 1\n"
		 "max_shrink = 100%\n"
		 "== rules.d/d.ini\n[rule]\ncommand = good\n"
		 "target = @/out/d\ncheck = none\nmin_records = 0\n",
	    "@/c/rules.d/a.ini:1: command: needed\n"
	    "@/c/rules.d/b.ini:2: command: ${new} needs a target\n"
	    "@/c/rules.d/b.ini:3: min_records: needs a target\n"
	    "@/c/rules.d/b.ini:4: max_shrink: needs a target\n"
	    "@/c/rules.d/b.ini:5: check: needs a target\n"
	    "@/c/rules.d/b.ini:6: create: needs a target\n"
	    "@/c/rules.d/b.ini:7: always: needs a target\n"
	    "@/c/rules.d/b.ini:8: mode: needs a target\n"
	    "@/c/rules.d/b.ini:9: owner: needs a target\n"
	    "@/c/rules.d/b.ini:10: group: needs a target\n"
	    "@/c/rules.d/b.ini:11: compare: needs sources\n"
	    "@/c/rules.d/c.ini:4: check: needs ${new} in the command\n"
	    "@/c/rules.d/c.ini:5: min_records: needs ${new} in the command\n"
	    "@/c/rules.d/c.ini:6: max_shrink: needs ${new} in the command\n" },
	{ "commands",
	    MAIN "== rules.d/a.ini\n[rule]\ncommand = none x\n"
		 "== rules.d/b.ini\n[rule]\ncommand = bin/good\n"
		 "== rules.d/c.ini\n[rule]\ncommand = @/bin/plain\n"
		 "== rules.d/d.ini\n[rule]\ncommand = @/bin/none\n"
		 "== rules.d/e.ini\n[rule]\ncommand = loose\n"
		 "== rules.d/f.ini\n[rule]\ncommand = plain\n"
		 "== rules.d/g.ini\n[rule]\ncommand = good\n"
		 "env.PATH = /none\n"
		 "== rules.d/h.ini\n[rule]\ncommand = @/bin\n"
		 "== rules.d/i.ini\n[rule]\ncommand = '' x\n"
		 "== rules.d/j.ini\n[rule]\ncommand = good\n"
		 "env.PATH = /none:@/bin\n",
	    "@/c/rules.d/a.ini:2: command: 'none' is not in "
	    "@/bin:/usr/local/bin:/usr/bin:/bin\n"
	    "@/c/rules.d/b.ini:2: command: bin/good: relative path\n"
	    "@/c/rules.d/c.ini:2: command: @/bin/plain: not a program\n"
	    "@/c/rules.d/d.ini:2: command: @/bin/none: No such file or "
	    "directory\n"
	    "@/c/rules.d/e.ini:2: command: @/bin/loose can be written by its "
	    "group (mode 0775)\n"
	    "@/c/rules.d/f.ini:2: command: 'plain' is not in "
	    "@/bin:/usr/local/bin:/usr/bin:/bin\n"
	    "@/c/rules.d/g.ini:2: command: 'good' is not in /none\n"
	    "@/c/rules.d/h.ini:2: command: @/bin: not a program\n"
	    "@/c/rules.d/i.ini:2: command: '' is not in "
	    "@/bin:/usr/local/bin:/usr/bin:/bin\n" },
	{ "sources and targets",
	    MAIN "== rules.d/a.ini\n[rule]\ncommand = good\n"
		 "target = @/out/a\nsources = @/out/a @//out/\\\\a @/out/*\n"
		 "   relative @/[x\n"
		 "== rules.d/b.ini\n[rule]\ncommand = good\n"
		 "target = @/wide/b\n"
		 "== rules.d/c.ini\n[rule]\ncommand = good\n"
		 "target = @/unmounted/x/c\n"
		 "== rules.d/d.ini\n[rule]\ncommand = good\ntarget = @/out\n"
		 "== rules.d/e.ini\n[rule]\ncommand = good\n"
		 "target = @/out/to-wide\n",
	    "@/c/rules.d/a.ini:4: sources: would match the rule's own target\n"
	    "@/c/rules.d/a.ini:4: sources: would match the rule's own target\n"
	    "@/c/rules.d/a.ini:5: sources: relative: relative path\n"
	    "@/c/rules.d/a.ini:5: sources: @/[x: unclosed [\n"
	    "@/c/rules.d/b.ini:3: target: @/wide can be written by everybody "
	    "(mode 1777)\n"
	    "@/c/rules.d/d.ini:3: target: is a directory\n"
	    "@/c/rules.d/e.ini:3: target: @/wide can be written by everybody "
	    "(mode 1777)\n"
	    "@/c/rules.d/e.ini:3: target: also the target of rule b "
	    "(@/c/rules.d/b.ini)\n" },
	{ "one target of three rules",
	    MAIN "== rules.d/a.ini\n" BUILD "== rules.d/b.ini\n" BUILD
		 "== rules.d/c.ini\n[rule]\ntarget = @/out//t\n"
		 "command = good\n",
	    "@/c/rules.d/b.ini:3: target: also the target of rule a "
	    "(@/c/rules.d/a.ini)\n"
	    "@/c/rules.d/c.ini:2: target: also the target of rule b "
	    "(@/c/rules.d/b.ini)\n" },
	{ "instances",
	    MAIN "[pipe p]\npath = /p\nrules = a a@@x a@@y d c@@\n"
		 "== rules.d/a.ini\n" RULE "foreach = x\n"
		 "== rules.d/b.ini\n" BUILD "foreach = x y\n"
		 "== rules.d/c.ini\n" RULE "foreach = x y '' x\n"
		 "== rules.d/d.ini\n" RULE "foreach = x y x\n"
		 "== rules.d/e.ini\n" RULE "sources = ${instance}\n"
		 "== rules.d/f.ini\n" RULE "foreach = x\n  ${instance}\n"
		 "== rules.d/g.ini\n" RULE
		 "foreach = x y\nforeach_command = good\n"
		 "== rules.d/h.ini\n[rule]\ncommand = good ${new}\n"
		 "foreach = x y\ntarget = $${instance}/z\nmode = 9\n"
		 "dir = ${instance}\nsettle = 1\n",
	    "@/c/rules.d/b.ini:3: target: the same for every instance: needs "
	    "${instance}\n"
	    "@/c/rules.d/c.ini:3: foreach: an empty word\n"
	    "@/c/rules.d/d.ini:3: foreach: x: given twice\n"
	    "@/c/rules.d/e.ini:3: sources: unknown variable ${instance}\n"
	    "@/c/rules.d/f.ini:4: foreach: unknown variable ${instance}\n"
	    "@/c/rules.d/g.ini:4: foreach_command: there is a foreach "
	    "already\n"
	    "@/c/rules.d/h.ini:4: target: relative path (instance x)\n"
	    "@/c/rules.d/h.ini:4: target: relative path (instance y)\n"
	    "@/c/rules.d/h.ini:5: mode: not an octal mode, like 0644\n"
	    "@/c/rules.d/h.ini:6: dir: relative path (instance x)\n"
	    "@/c/rules.d/h.ini:6: dir: relative path (instance y)\n"
	    "@/c/rules.d/h.ini:7: settle: needs a unit: ms, s, min, h or d\n"
	    "@/c/triggerd.ini:5: rules: no such rule: a@@y\n"
	    "@/c/triggerd.ini:5: rules: no such rule: c@@\n" },
	{ "a command that lists instances, before it ever ran",
	    MAIN "state = @/none\n[pipe p]\npath = /p\nrules = a a@@x b\n"
		 "== rules.d/a.ini\n" RULE "foreach_command = good\n"
		 "sources = ${instance}\nenv.X = ${instance}\n"
		 "target = ${instance}/x\ndir = ${instance}\n"
		 "== rules.d/b.ini\n" BUILD "foreach_command = none ${new}\n"
		 "settle = x\nuser = ${instance}\n",
	    "@/c/rules.d/b.ini:3: target: the same for every instance: needs "
	    "${instance}\n"
	    "@/c/rules.d/b.ini:4: foreach_command: unknown variable "
	    "${new}\n"
	    "@/c/rules.d/b.ini:4: foreach_command: 'none' is not in "
	    "@/bin:/usr/local/bin:/usr/bin:/bin\n"
	    "@/c/rules.d/b.ini:5: settle: not a number\n"
	    "@/c/rules.d/b.ini:6: user: cannot vary: foreach_command is run "
	    "by that user\n" },
	{ "instances in a circle",
	    MAIN "== rules.d/a.ini\n[rule]\ncommand = good\nforeach = 1 2\n"
		 "target = @/out/${instance}\nsources = @/out/b${instance}\n"
		 "== rules.d/b.ini\n[rule]\ncommand = good\n"
		 "target = @/out/b1\nsources = @/out/2\n",
	    "@/c/rules.d: rules wait for each other: a@@1 -> a@@2 -> b -> "
	    "a@@1\n" },
	{ "rules in a circle",
	    MAIN "== rules.d/a.ini\n[rule]\ncommand = good\n"
		 "target = @/out/a\nsources = @/out/[b]\n"
		 "== rules.d/b.ini\n[rule]\ncommand = good\n"
		 "target = @/out/b\nsources = @/out/a\n",
	    "@/c/rules.d: rules wait for each other: a -> b -> a\n" },
};

static int
test_cases(const char *dir)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unpack(dir, cases[i].files);
		CHECK(errs(dir, cases[i].title, cases[i].errors));
	}
	return 0;
}

/* What is no file, or can be written by others. */
static int
test_unsafe(const char *dir)
{
	unpack(dir, "");
	CHECK(errs(
	    dir, "missing", "@/c/triggerd.ini: No such file or directory\n"));
	remove_tree("c");
	CHECK(errs(dir, "no directory", "@/c: No such file or directory\n"));

	unpack(dir, MAIN "== rules.d/a.ini\nfoo\n" RULE);
	CHECK(chmod("c/triggerd.ini", 0664) == 0);
	CHECK(chmod("c/rules.d/a.ini", 0646) == 0);
	CHECK(chmod("c/rules.d", 01777) == 0);
	CHECK(chmod("c", 0775) == 0);
	put_dir("c/rules.d/b.ini", 0755);
	CHECK(mkfifo("c/rules.d/d.ini", 0644) == 0);
	CHECK(symlink("none", "c/rules.d/e.ini") == 0);
	CHECK(errs(dir, "unsafe",
	    "@/c: can be written by its group (mode 0775)\n"
	    "@/c/triggerd.ini: can be written by its group (mode 0664)\n"
	    "@/c/rules.d: can be written by everybody (mode 1777)\n"
	    "@/c/rules.d/a.ini: can be written by everybody (mode 0646)\n"
	    "@/c/rules.d/a.ini:1: neither [section] nor key = value\n"
	    "@/c/rules.d/b.ini: not a regular file\n"
	    "@/c/rules.d/d.ini: not a regular file\n"
	    "@/c/rules.d/e.ini: No such file or directory\n"));
	return 0;
}

/* A directory above is only refused if all can write it and it is not sticky.
 */
static int
test_above(const char *dir)
{
	unpack(dir, MAIN "rules = @/wide/sub\n== rules.d/a.ini\n" RULE);
	put_dir("wide/sub", 0755);
	CHECK(errs(dir, "sticky", ""));
	CHECK(chmod("wide", 0775) == 0);
	CHECK(errs(dir, "a group's", ""));
	CHECK(chmod("wide", 0777) == 0);
	CHECK(errs(dir, "wide",
	    "@/wide/sub: @/wide above it can be written by everybody\n"));
	CHECK(chmod("wide", 01777) == 0);
	CHECK(rmdir("wide/sub") == 0);
	return 0;
}

/* Root may read what is root's, and nobody else's. */
static int
test_owners(const char *dir)
{
	if (geteuid() != 0)
		return 0;
	unpack(dir, MAIN "== rules.d/a.ini\n" BUILD "user = nobody\n"
			 "== rules.d/b.ini\n[rule]\ncommand = theirs\n"
			 "user = nobody\n"
			 "== rules.d/c.ini\n[rule]\ncommand = theirs\n"
			 "== rules.d/d.ini\n[rule]\ncommand = @/wide/n/x\n"
			 "== rules.d/e.ini\n[rule]\ncommand = @/wide/n/x\n"
			 "user = nobody\ntarget = @/wide/n/out/t\n"
			 "== rules.d/f.ini\n[rule]\ncommand = good\n"
			 "target = @/wide/n/out/u\n");
	put_file("bin/theirs", "", 0, 0755);
	CHECK(chown("bin/theirs", 65534, (gid_t)-1) == 0);
	put_dir("wide/n", 0755);
	put_dir("wide/n/out", 0755);
	CHECK(symlink("../../bin/good", "wide/n/x") == 0);
	CHECK(chown("wide/n", 65534, (gid_t)-1) == 0);
	CHECK(chown("c/rules.d/a.ini", 65534, (gid_t)-1) == 0);
	CHECK(errs(dir, "others'",
	    "@/c/rules.d/a.ini: belongs to user 65534\n"
	    "@/c/rules.d/c.ini:2: command: @/bin/theirs belongs to user "
	    "65534\n"
	    "@/c/rules.d/d.ini:2: command: @/wide/n/x: @/wide/n above it "
	    "belongs to user 65534\n"
	    "@/c/rules.d/f.ini:3: target: @/wide/n/out: @/wide/n above it "
	    "belongs to user 65534\n"));
	remove_tree("wide/n");
	return 0;
}

static int
test_long(const char *dir)
{
	char text[CONF_FILE_MAX + 2], name[80];

	unpack(dir, MAIN);
	memset(text, 'n', sizeof(text));
	(void)snprintf(name, sizeof(name), "c/rules.d/%.64s.ini", text);
	put_file(name, RULE, strlen(RULE), 0644);
	CHECK(errs(dir, "name of 64", ""));
	(void)snprintf(name, sizeof(name), "c/rules.d/%.65s.ini", text);
	put_file(name, RULE, strlen(RULE), 0644);
	memset(text, '\n', sizeof(text));
	put_file("c/triggerd.ini", text, CONF_FILE_MAX, 0644);
	CHECK(rename(name, "c/rules.d/a.ini") == 0);
	CHECK(errs(dir, "largest file",
	    "@/c/rules.d/a.ini:2: command: 'good' is not in " BINDIR
	    ":/usr/local/bin:/usr/bin:/bin\n"
	    "@/c/rules.d/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	    "nnnnnnnnnnnn.ini:2: command: 'good' is not in " BINDIR
	    ":/usr/local/bin:/usr/bin:/bin\n"));
	put_file("c/triggerd.ini", text, CONF_FILE_MAX + 1, 0644);
	CHECK(errs(dir, "too large", "@/c/triggerd.ini: file too large\n"));
	return 0;
}

/* What a command has printed may be no list for its rule. */
static int
test_bad_lists(const char *dir)
{
	char good[] = "good", x[] = "x", slash[] = "/x";
	char *one[] = { slash, x, NULL }, *two[] = { x, x, NULL };

	unpack(dir,
	    MAIN "state = @/c\n[pipe p]\npath = /p\nrules = a a@@x b@@y\n"
		 "== rules.d/a.ini\n" RULE "foreach_command = good\n"
		 "sources = ${instance}\n== rules.d/b.ini\n" RULE
		 "foreach_command = good\n== rules.d/c.ini\n" RULE
		 "foreach_command = good\n");
	put_list("a", good, one);
	put_list("b", good, two);
	put_file("c/list/c", "", 0, 0664);
	CHECK(errs(dir, "bad lists",
	    "@/c/rules.d/a.ini:4: sources: x: relative path (instance x)\n"
	    "@/c/list/b: x: given twice\n"
	    "@/c/list/c: can be written by its group (mode 0664)\n"));
	return 0;
}

int
main(void)
{
	char *here = enter();
	int rc;

	if (here == NULL)
		return 111;
	rc = test_cases(here) || test_unsafe(here) || test_above(here) ||
	     test_owners(here) || test_long(here) || test_bad_lists(here);
	leave(here);
	return rc;
}
