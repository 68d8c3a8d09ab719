#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "daemon/conf.h"
#include "daemon/status.h"
#include "client/confread.h"
#include "client/news.h"
#include "client/text.h"

static void
print_errors(const struct conf_errors *errors)
{
	char text[CONF_LINE_MAX];
	size_t i;

	for (i = 0; i < errors->count; i++) {
		text_put(stderr,
		    conf_error_text(&errors->list[i], text, sizeof(text)));
		(void)fputc('\n', stderr);
	}
}

/* The same directory, by whatever name? */
static bool
is_same_dir(const char *a, const char *b)
{
	struct stat left, right;

	if (strcmp(a, b) == 0)
		return true;
	return stat(a, &left) == 0 && stat(b, &right) == 0 &&
	       left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/* Was the daemon that runs there started with this configuration? */
static bool
has_its_daemon(const struct rule_set *set)
{
	char why[PATH_MAX + 128];
	struct status s;
	bool is_its;

	if (news_read(set->run_dir, &s, why, sizeof(why)) != NEWS_READ)
		return false;
	is_its = s.config_dir != NULL && is_same_dir(s.config_dir, set->dir);
	status_fini(&s);
	return is_its;
}

/* Whoever may write these files could have the daemon found elsewhere. */
static bool
are_safe(const struct conf_errors *errors)
{
	size_t i;

	for (i = 0; i < errors->count; i++)
		if (errors->list[i].line == 0)
			return false;
	return true;
}

struct rule_set *
confread_all(const char *dir)
{
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *set = conf_read(dir, &errors);

	print_errors(&errors);
	conf_errors_fini(&errors);
	return set;
}

struct rule_set *
confread_daemon(const char *dir, bool quiet)
{
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *set = conf_read_daemon(dir, &errors);

	if (set != NULL && errors.count > 0 &&
	    (!are_safe(&errors) || !has_its_daemon(set))) {
		rule_set_free(set);
		set = NULL;
	}
	if (set == NULL || !quiet)
		print_errors(&errors);
	if (set != NULL && !quiet && errors.count > 0)
		(void)fprintf(stderr,
		    "trigger-ctl: the daemon in %s runs with what it read "
		    "before\n",
		    set->run_dir);
	conf_errors_fini(&errors);
	return set;
}
