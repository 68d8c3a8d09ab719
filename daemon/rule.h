/*
 * rule - what to keep up to date, from what, and how.
 *
 * A rule with a target is a build; one with sources only, an action; one with
 * neither runs at every hint on its pipe.  A rule never changes after conf has
 * made it: a reload makes a new set.
 *
 * Owns: the memory of a rule set.
 * Uses: digest, pattern.
 */

#ifndef RULE_H
#define RULE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/digest.h"

#define RULE_NAME_MAX 64 /* bytes; with an instance see instance.h */

enum rule_kind { RULE_BUILD, RULE_ACTION, RULE_PLAIN };
enum rule_check { RULE_CHECK_NONE, RULE_CHECK_CDB };

/* Times are seconds.  Strings and arrays belong to the rule; the arrays of
 * strings end in NULL.  (uid_t)-1 and (gid_t)-1: not given. */
struct rule {
	char *name;      /* the file's name without .ini; RULE@INSTANCE */
	char *file;      /* path of that file, for messages */
	int target_line; /* in that file, likewise */
	char *base;      /* RULE, if this is one of its instances; or NULL */
	char *instance;  /* ${instance} as it was given; or NULL */
	size_t place;    /* among the instances, from 0 */
	enum rule_kind kind;
	char *description; /* or NULL */
	char **sources;    /* patterns: see pattern.h */
	char *target;      /* or NULL */
	char **command;    /* words; ${new} ${deps} ${cache} still in them */
	char *program;     /* command[0], looked up at load */
	bool unvetted;     /* it could not be looked at then */
	bool uses_new;     /* ${new} occurs in the command */
	bool uses_deps;    /* ${deps} does */
	bool uses_cache;   /* ${cache} does */
	enum rule_check check;
	bool content; /* compare = content */
	bool create;
	bool always;
	bool watch;
	int64_t min_records; /* 0: no guard */
	int max_shrink;      /* per cent; -1: no guard */
	double settle, settle_max, timeout, stop_timeout;
	double helper_timeout; /* for what a helper does; 0: none */
	double min_interval, recheck, scan; /* scan: -1 the daemon's */
	double retry_first, retry_longest;
	mode_t mode;   /* of the target; (mode_t)-1: as the old one, or 0644 */
	uid_t owner;   /* of the target; -1: as the old one, or ours */
	gid_t group;   /* of the target, likewise */
	char *user;    /* name to run as, or NULL */
	uid_t run_uid; /* of user; -1 without */
	gid_t run_gid; /* of user; -1 without */
	char *home;    /* for HOME */
	char *dir;     /* working directory of the command; "/" */
	mode_t umask;
	int nice;
	char **env; /* NAME=value, complete but for TRIGGERD_* */

	struct digest effective; /* what makes a rule behind when it changes */
	struct digest identity; /* every key: equal means unchanged on reload */

	/* Rules of the same set whose target is a source of this one, and the
	 * reverse: see rulelink.h.  Only the arrays are owned. */
	struct rule **upstream, **downstream;
	size_t upstream_count, downstream_count;
};

struct rule_pipe {
	char *name;
	char *path;
	uid_t owner; /* -1: leave */
	gid_t group; /* -1: leave */
	mode_t mode;
	char **rules; /* names with wildcards, as written */
	char *file;   /* where it was configured */
	int line;
};

/* A file of the configuration, as it was read. */
struct rule_text {
	char *rule; /* of which it is the file; NULL: triggerd.ini */
	char *text; /* "size" bytes */
	size_t size;
};

struct mounts;

struct rule_set {
	char *dir; /* of triggerd.ini */
	char *rules_dir, *run_dir, *state_dir, *builders_dir;
	double scan;           /* seconds; 0: off */
	int jobs;              /* builds at once */
	double helper_timeout; /* the least of all rules */
	bool auto_reload;
	gid_t control_group; /* may write commands; -1: nobody else */
	char **vars;         /* name, value, name, value ..., NULL */
	struct rule_pipe *pipes;
	size_t pipe_count;
	struct rule *rules; /* by file; instances in the order of their list */
	size_t rule_count;
	/* For each rule with foreach_command: its name, who lists its
	 * instances (command, program, user, env ...), and nothing that would
	 * make a rule of it. */
	struct rule *lists;
	size_t list_count;
	struct rule_text *texts; /* what it was made from: see conftext.h */
	size_t text_count;
	/* While the configuration is read: what may be looked at; else NULL. */
	const struct mounts *mounts;
};

/* An empty set with every pointer NULL; rule_set_free() takes any set, or
 * NULL.  rule_set_new() returns NULL with errno. */
struct rule_set *rule_set_new(void);
void rule_set_free(struct rule_set *set);

/* The rule of that name, or NULL. */
struct rule *rule_find(const struct rule_set *set, const char *name);

/* Is there a rule of that name, or may there be instances of it? */
bool rule_set_knows(const struct rule_set *set, const char *name);

/* The same, but an instance must be one now. */
bool rule_set_has(const struct rule_set *set, const char *name);

/* Is that one of the daemon's own files, or in one of its directories? */
bool rule_set_owns(const struct rule_set *set, const char *path);

/* The instance of the same rule after or before this one, or NULL. */
const struct rule *rule_next_instance(
    const struct rule_set *set, const struct rule *rule);
const struct rule *rule_previous_instance(const struct rule *rule);

/* Fill effective and identity from the other members.  0, or -1 with errno. */
int rule_sum(struct rule *rule);

/* Does a hint on this pipe concern this rule? */
bool rule_on_pipe(const struct rule *rule, const struct rule_pipe *pipe);

/* The same for one of "lists": does it ask about any instance? */
bool rule_list_on_pipe(const struct rule *list, const struct rule_pipe *pipe);

/* The command's words with ${new}, ${deps}, ${cache} filled in, NULL at the
 * end; the caller frees it with rule_argv_free().  NULL with errno. */
char **rule_argv(const struct rule *rule, const char *new_path,
    const char *deps_path, const char *cache_path);
void rule_argv_free(char **argv);

#endif
