/*
 * conffiles - files of a configuration, and the errors that are found in them.
 *
 * Each case is a bundle of files; "@" in it stands for the private directory,
 * and in the errors too.
 */

#ifndef CONFFILES_H
#define CONFFILES_H

#include <sys/stat.h>

#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/conf.h"
#include "daemon/instance.h"
#include "tests/unit/check.h"

#define MAIN "== triggerd.ini\n[daemon]\nbuilders = @/bin\n"
#define RULE "[rule]\ncommand = good\n"
#define BUILD "[rule]\ncommand = good ${new}\ntarget = @/out/t\n"

/* A text with every "@" replaced, but "@@" by one; the caller frees it. */
static inline char *
localize(const char *dir, const char *text)
{
	char *out;
	size_t size;
	FILE *stream = open_memstream(&out, &size);

	if (stream == NULL)
		exit(111);
	for (; *text != '\0'; text++) {
		if (*text == '@' && text[1] == '@')
			(void)fputc(*text++, stream);
		else if (*text == '@')
			(void)fputs(dir, stream);
		else
			(void)fputc(*text, stream);
	}
	(void)fclose(stream);
	return out;
}

static inline void
put_file(const char *path, const char *text, size_t n, mode_t mode)
{
	FILE *file = fopen(path, "w");

	if (file == NULL || fwrite(text, 1, n, file) != n ||
	    fclose(file) != 0 || chmod(path, mode) == -1) {
		perror(path);
		exit(111);
	}
}

static inline void
put_dir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) == -1 || chmod(path, mode) == -1) {
		perror(path);
		exit(111);
	}
}

static inline int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *where)
{
	(void)st;
	(void)flag;
	(void)where;
	return remove(path);
}

static inline void
remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* if any */
}

/* Write the files of a bundle, "== NAME" before each, into a new @/c. */
static inline void
unpack(const char *dir, const char *bundle)
{
	char *text = localize(dir, bundle), path[128];
	const char *at, *name, *end;

	remove_tree("c");
	put_dir("c", 0755);
	put_dir("c/rules.d", 0755);
	put_dir("c/list", 0755);
	for (at = text; *at != '\0'; at = end) {
		name = at + strlen("== ");
		at = strchr(name, '\n') + 1;
		(void)snprintf(
		    path, sizeof(path), "c/%.*s", (int)(at - 1 - name), name);
		end = strstr(at, "== ");
		end = end == NULL ? at + strlen(at) : end;
		put_file(path, at, (size_t)(end - at), 0644);
	}
	free(text);
}

/* Write the list that a command has printed. */
static inline void
put_list(const char *rule, char *command, char *const *words)
{
	char key[INSTANCE_KEY_SIZE], path[PATH_MAX],
	    *argv[] = { command, NULL };
	FILE *file;

	instance_list_path(path, "c", rule);
	instance_key(argv, key);
	file = fopen(path, "w");
	if (file == NULL || instance_write(file, key, words) == -1 ||
	    fclose(file) == EOF || chmod(path, 0644) == -1)
		exit(111);
}

/* The text of all errors; the caller frees it. */
static inline char *
read_errors(void)
{
	struct conf_errors errors = { NULL, 0 };
	struct rule_set *set = conf_read("c", &errors);
	char line[2048], *out;
	size_t i, size;
	FILE *stream = open_memstream(&out, &size);

	if (stream == NULL)
		exit(111);
	for (i = 0; i < errors.count; i++)
		(void)fprintf(stream, "%s\n",
		    conf_error_text(&errors.list[i], line, sizeof(line)));
	if ((set == NULL) != (errors.count > 0))
		(void)fprintf(stream, "a set with errors\n");
	(void)fclose(stream);
	rule_set_free(set);
	conf_errors_fini(&errors);
	return out;
}

/* Are the errors these? */
static inline bool
errs(const char *dir, const char *title, const char *errors)
{
	char *expected = localize(dir, errors), *found = read_errors();
	bool same = strcmp(expected, found) == 0;

	if (!same)
		fprintf(stderr, "%s: is\n%s-- not\n%s", title, found, expected);
	free(expected);
	free(found);
	return same;
}

/* A private directory, with programs and places for targets; returns its name,
 * which the caller frees, or NULL. */
static inline char *
enter(void)
{
	const char *tmp = getenv("TMPDIR");
	char dir[256];

	(void)snprintf(dir, sizeof(dir), "%s/conf_test.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1) {
		perror(dir);
		return NULL;
	}
	put_dir("bin", 0755);
	put_dir("out", 0755);
	put_dir("wide", 01777);
	put_file("bin/good", "", 0, 0755);
	put_file("bin/plain", "", 0, 0644);
	put_file("bin/loose", "", 0, 0775);
	put_file("wide/b", "", 0, 0644);
	return symlink("../wide/b", "out/to-wide") == -1 ? NULL
							 : getcwd(NULL, 0);
}

static inline void
leave(char *here)
{
	if (chdir("/") == 0)
		remove_tree(here);
	free(here);
}

#endif
