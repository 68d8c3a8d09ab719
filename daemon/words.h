/*
 * words - the keys of the configuration.
 *
 * A const table, the only place where these words, their defaults and ranges
 * are written.  The reader of the configuration, what prints it, and the test
 * of the manuals all go by it.
 *
 * Owns: nothing.
 * Uses: nothing.
 */

#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/* [vars] has no keys in the table: every name is one. */
enum words_section { WORDS_DAEMON, WORDS_PIPE, WORDS_RULE, WORDS_VARS };

/* One constant for each key, named WORDS_<SECTION>_<KEY>. */
enum words_key {
	WORDS_DAEMON_RULES,
	WORDS_DAEMON_RUN,
	WORDS_DAEMON_STATE,
	WORDS_DAEMON_BUILDERS,
	WORDS_DAEMON_SCAN,
	WORDS_DAEMON_JOBS,
	WORDS_DAEMON_HELPER_TIMEOUT,
	WORDS_DAEMON_AUTO_RELOAD,
	WORDS_DAEMON_CONTROL_GROUP,
	WORDS_PIPE_PATH,
	WORDS_PIPE_OWNER,
	WORDS_PIPE_GROUP,
	WORDS_PIPE_MODE,
	WORDS_PIPE_RULES,
	WORDS_RULE_DESCRIPTION,
	WORDS_RULE_SOURCES,
	WORDS_RULE_TARGET,
	WORDS_RULE_COMMAND,
	WORDS_RULE_FOREACH,
	WORDS_RULE_FOREACH_COMMAND,
	WORDS_RULE_CHECK,
	WORDS_RULE_MIN_RECORDS,
	WORDS_RULE_MAX_SHRINK,
	WORDS_RULE_COMPARE,
	WORDS_RULE_CREATE,
	WORDS_RULE_ALWAYS,
	WORDS_RULE_WATCH,
	WORDS_RULE_SETTLE,
	WORDS_RULE_SETTLE_MAX,
	WORDS_RULE_TIMEOUT,
	WORDS_RULE_STOP_TIMEOUT,
	WORDS_RULE_MIN_INTERVAL,
	WORDS_RULE_RECHECK,
	WORDS_RULE_SCAN,
	WORDS_RULE_RETRY,
	WORDS_RULE_MODE,
	WORDS_RULE_OWNER,
	WORDS_RULE_GROUP,
	WORDS_RULE_USER,
	WORDS_RULE_DIR,
	WORDS_RULE_UMASK,
	WORDS_RULE_NICE,
	WORDS_RULE_ENV,
};

/* What a value may be. */
enum words_type {
	WORDS_TEXT,
	WORDS_PATH,   /* absolute */
	WORDS_LIST,   /* words with quotes; may go on in indented lines */
	WORDS_TIME,   /* 200ms, 5min, 0 */
	WORDS_TIMES,  /* 5s..15min */
	WORDS_COUNT,  /* a whole number, not below 0 */
	WORDS_NUMBER, /* a whole number, may be negative */
	WORDS_PERCENT,
	WORDS_YESNO,
	WORDS_MODE, /* octal */
	WORDS_USER,
	WORDS_GROUP,
	WORDS_ENUM, /* one of "choices" */
};

struct words_key_def {
	enum words_section section;
	const char *word; /* "env.NAME" stands for every key "env.*" */
	enum words_key key;
	enum words_type type;
	const char *fallback; /* default as it would be written; NULL: none */
	double least, most;   /* numbers: the range; times in seconds */
	const char *choices;  /* WORDS_ENUM: "none cdb" */
	const char *help;
};

const struct words_key_def *words_keys(size_t *count);
const struct words_key_def *words_key(
    enum words_section section, const char *word);

/* The entry of a key; never NULL. */
const struct words_key_def *words_key_def(enum words_key key);

/* "daemon", "pipe", "rule", "vars". */
const char *words_section_name(enum words_section section);

/* The words that a command may use in ${...} besides the variables, and that
 * no variable may be named.  Both lists end in NULL. */
const char *const *words_filled_in(void);
const char *const *words_reserved(void);

#endif
