/*
 * words - the keys of the configuration.
 */

#include <string.h>

#include "daemon/words.h"

#define HOUR 3600.0
#define DAY 86400.0
#define WEEK 604800.0

static const struct words_key_def keys[] = {
	{
	    .section = WORDS_DAEMON,
	    .word = "rules",
	    .key = WORDS_DAEMON_RULES,
	    .type = WORDS_PATH,
	    .help = "directory of the rules; default: rules.d beside "
		    "triggerd.ini",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "run",
	    .key = WORDS_DAEMON_RUN,
	    .type = WORDS_PATH,
	    .fallback = RUNDIR,
	    .help = "directory of pipes, status and lock",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "state",
	    .key = WORDS_DAEMON_STATE,
	    .type = WORDS_PATH,
	    .fallback = STATEDIR,
	    .help = "directory of records and of scratch space for builds",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "builders",
	    .key = WORDS_DAEMON_BUILDERS,
	    .type = WORDS_PATH,
	    .fallback = BINDIR,
	    .help = "directory of the builders, first in the PATH of "
		    "commands",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "scan",
	    .key = WORDS_DAEMON_SCAN,
	    .type = WORDS_TIME,
	    .fallback = "5min",
	    .most = WEEK,
	    .help = "how often all rules are asked; 0: only what cannot be "
		    "watched",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "jobs",
	    .key = WORDS_DAEMON_JOBS,
	    .type = WORDS_COUNT,
	    .fallback = "2",
	    .least = 1,
	    .most = 64,
	    .help = "builds that may run at once; actions do not count",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "helper_timeout",
	    .key = WORDS_DAEMON_HELPER_TIMEOUT,
	    .type = WORDS_TIME,
	    .fallback = "1min",
	    .most = WEEK,
	    .help = "what a helper gets at least; a rule's timeout if that is "
		    "longer",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "auto_reload",
	    .key = WORDS_DAEMON_AUTO_RELOAD,
	    .type = WORDS_YESNO,
	    .fallback = "yes",
	    .help = "load a changed rules directory without being told",
	},
	{
	    .section = WORDS_DAEMON,
	    .word = "control_group",
	    .key = WORDS_DAEMON_CONTROL_GROUP,
	    .type = WORDS_GROUP,
	    .help = "group that may give commands; default: nobody else",
	},
	{
	    .section = WORDS_PIPE,
	    .word = "path",
	    .key = WORDS_PIPE_PATH,
	    .type = WORDS_PATH,
	    .help = "where the pipe is; needed",
	},
	{
	    .section = WORDS_PIPE,
	    .word = "owner",
	    .key = WORDS_PIPE_OWNER,
	    .type = WORDS_USER,
	    .help = "owner of the pipe; default: as it was made",
	},
	{
	    .section = WORDS_PIPE,
	    .word = "group",
	    .key = WORDS_PIPE_GROUP,
	    .type = WORDS_GROUP,
	    .help = "group of the pipe; default: as it was made",
	},
	{
	    .section = WORDS_PIPE,
	    .word = "mode",
	    .key = WORDS_PIPE_MODE,
	    .type = WORDS_MODE,
	    .fallback = "0622",
	    .most = 0777,
	    .help = "mode of the pipe",
	},
	{
	    .section = WORDS_PIPE,
	    .word = "rules",
	    .key = WORDS_PIPE_RULES,
	    .type = WORDS_LIST,
	    .fallback = "*",
	    .help = "names of the rules, with wildcards, that a hint asks "
		    "about",
	},
	{
	    .section = WORDS_RULE,
	    .word = "description",
	    .key = WORDS_RULE_DESCRIPTION,
	    .type = WORDS_TEXT,
	    .help = "what the rule is for, shown by trigger-ctl",
	},
	{
	    .section = WORDS_RULE,
	    .word = "sources",
	    .key = WORDS_RULE_SOURCES,
	    .type = WORDS_LIST,
	    .help = "files and patterns that the product is made from",
	},
	{
	    .section = WORDS_RULE,
	    .word = "target",
	    .key = WORDS_RULE_TARGET,
	    .type = WORDS_PATH,
	    .help = "the file to keep up to date",
	},
	{
	    .section = WORDS_RULE,
	    .word = "command",
	    .key = WORDS_RULE_COMMAND,
	    .type = WORDS_LIST,
	    .help = "words of the command to run; needed",
	},
	{
	    .section = WORDS_RULE,
	    .word = "foreach",
	    .key = WORDS_RULE_FOREACH,
	    .type = WORDS_LIST,
	    .help = "words, each of which makes an instance of the rule",
	},
	{
	    .section = WORDS_RULE,
	    .word = "foreach_command",
	    .key = WORDS_RULE_FOREACH_COMMAND,
	    .type = WORDS_LIST,
	    .help = "command that prints these words",
	},
	{
	    .section = WORDS_RULE,
	    .word = "check",
	    .key = WORDS_RULE_CHECK,
	    .type = WORDS_ENUM,
	    .fallback = "none",
	    .choices = "none cdb",
	    .help = "structure that the product must have",
	},
	{
	    .section = WORDS_RULE,
	    .word = "min_records",
	    .key = WORDS_RULE_MIN_RECORDS,
	    .type = WORDS_COUNT,
	    .fallback = "0",
	    .most = 1e15,
	    .help = "refuse a product with fewer records",
	},
	{
	    .section = WORDS_RULE,
	    .word = "max_shrink",
	    .key = WORDS_RULE_MAX_SHRINK,
	    .type = WORDS_PERCENT,
	    .most = 100,
	    .help = "refuse a product that lost more of its records than "
		    "this",
	},
	{
	    .section = WORDS_RULE,
	    .word = "compare",
	    .key = WORDS_RULE_COMPARE,
	    .type = WORDS_ENUM,
	    .fallback = "stamp",
	    .choices = "stamp content",
	    .help = "what makes a source changed: its stamp, or its bytes",
	},
	{
	    .section = WORDS_RULE,
	    .word = "create",
	    .key = WORDS_RULE_CREATE,
	    .type = WORDS_YESNO,
	    .fallback = "yes",
	    .help = "make a target that is missing",
	},
	{
	    .section = WORDS_RULE,
	    .word = "always",
	    .key = WORDS_RULE_ALWAYS,
	    .type = WORDS_YESNO,
	    .fallback = "no",
	    .help = "behind at every pipe hint, start and scan",
	},
	{
	    .section = WORDS_RULE,
	    .word = "watch",
	    .key = WORDS_RULE_WATCH,
	    .type = WORDS_YESNO,
	    .fallback = "yes",
	    .help = "watch the sources in the file system",
	},
	{
	    .section = WORDS_RULE,
	    .word = "settle",
	    .key = WORDS_RULE_SETTLE,
	    .type = WORDS_TIME,
	    .fallback = "200ms",
	    .most = HOUR,
	    .help = "quiet time to wait for after the last hint",
	},
	{
	    .section = WORDS_RULE,
	    .word = "settle_max",
	    .key = WORDS_RULE_SETTLE_MAX,
	    .type = WORDS_TIME,
	    .fallback = "2s",
	    .most = HOUR,
	    .help = "longest wait after the first hint",
	},
	{
	    .section = WORDS_RULE,
	    .word = "timeout",
	    .key = WORDS_RULE_TIMEOUT,
	    .type = WORDS_TIME,
	    .fallback = "10min",
	    .most = WEEK,
	    .help = "longest run of the command; 0: no limit",
	},
	{
	    .section = WORDS_RULE,
	    .word = "stop_timeout",
	    .key = WORDS_RULE_STOP_TIMEOUT,
	    .type = WORDS_TIME,
	    .fallback = "10s",
	    .most = HOUR,
	    .help = "time between TERM and KILL",
	},
	{
	    .section = WORDS_RULE,
	    .word = "min_interval",
	    .key = WORDS_RULE_MIN_INTERVAL,
	    .type = WORDS_TIME,
	    .fallback = "0",
	    .most = WEEK,
	    .help = "least time between the starts of two runs",
	},
	{
	    .section = WORDS_RULE,
	    .word = "recheck",
	    .key = WORDS_RULE_RECHECK,
	    .type = WORDS_TIME,
	    .fallback = "0",
	    .most = DAY,
	    .help = "ask once more so long after a pipe hint; 0: do not",
	},
	{
	    .section = WORDS_RULE,
	    .word = "scan",
	    .key = WORDS_RULE_SCAN,
	    .type = WORDS_TIME,
	    .most = WEEK,
	    .help = "how often this rule is asked; default: as the daemon",
	},
	{
	    .section = WORDS_RULE,
	    .word = "retry",
	    .key = WORDS_RULE_RETRY,
	    .type = WORDS_TIMES,
	    .fallback = "5s..15min",
	    .least = 0.01,
	    .most = WEEK,
	    .help = "first and longest wait before a failed run is tried "
		    "again",
	},
	{
	    .section = WORDS_RULE,
	    .word = "mode",
	    .key = WORDS_RULE_MODE,
	    .type = WORDS_MODE,
	    .most = 0777,
	    .help = "mode of the target; default: as the old one, or 0644",
	},
	{
	    .section = WORDS_RULE,
	    .word = "owner",
	    .key = WORDS_RULE_OWNER,
	    .type = WORDS_USER,
	    .help = "owner of the target; default: as the old one",
	},
	{
	    .section = WORDS_RULE,
	    .word = "group",
	    .key = WORDS_RULE_GROUP,
	    .type = WORDS_GROUP,
	    .help = "group of the target; default: as the old one",
	},
	{
	    .section = WORDS_RULE,
	    .word = "user",
	    .key = WORDS_RULE_USER,
	    .type = WORDS_USER,
	    .help = "user to run the command as; default: the daemon's",
	},
	{
	    .section = WORDS_RULE,
	    .word = "dir",
	    .key = WORDS_RULE_DIR,
	    .type = WORDS_PATH,
	    .fallback = "/",
	    .help = "directory to run the command in",
	},
	{
	    .section = WORDS_RULE,
	    .word = "umask",
	    .key = WORDS_RULE_UMASK,
	    .type = WORDS_MODE,
	    .fallback = "022",
	    .most = 0777,
	    .help = "file mode mask of the command",
	},
	{
	    .section = WORDS_RULE,
	    .word = "nice",
	    .key = WORDS_RULE_NICE,
	    .type = WORDS_NUMBER,
	    .fallback = "0",
	    .least = -20,
	    .most = 19,
	    .help = "niceness of the command; 0: the daemon's",
	},
	{
	    .section = WORDS_RULE,
	    .word = "env.NAME",
	    .key = WORDS_RULE_ENV,
	    .type = WORDS_TEXT,
	    .help = "environment variable NAME of the command",
	},
};

const struct words_key_def *
words_keys(size_t *count)
{
	*count = sizeof(keys) / sizeof(keys[0]);
	return keys;
}

const struct words_key_def *
words_key(enum words_section section, const char *word)
{
	size_t i;

	if (section == WORDS_RULE && strncmp(word, "env.", 4) == 0)
		return words_key_def(WORDS_RULE_ENV);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].section == section &&
		    strcmp(keys[i].word, word) == 0)
			return &keys[i];
	return NULL;
}

const struct words_key_def *
words_key_def(enum words_key key)
{
	size_t i;

	for (i = 0; keys[i].key != key; i++)
		continue;
	return &keys[i];
}

const char *
words_section_name(enum words_section section)
{
	switch (section) {
	case WORDS_DAEMON:
		return "daemon";
	case WORDS_PIPE:
		return "pipe";
	case WORDS_RULE:
		return "rule";
	case WORDS_VARS:
		return "vars";
	}
	return "";
}

const char *const *
words_filled_in(void)
{
	static const char *const filled_in[] = { "new", "deps", "cache", NULL };

	return filled_in;
}

const char *const *
words_reserved(void)
{
	static const char *const reserved[] = { "new", "deps", "cache",
		"instance", NULL };

	return reserved;
}
