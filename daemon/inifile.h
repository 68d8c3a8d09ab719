/*
 * inifile - one ini file, line by line, without inih's surprises.
 *
 * inih cuts lines and section names where its buffers end, drops what follows
 * " ;", takes an indented line for more of the value above, and tells no line
 * numbers.  So we read the lines ourselves, say what is wrong with them, keep
 * the value, and hand inih a stand-in that is short.
 *
 * Owns: nothing after it returns.
 * Uses: inih.
 */

#ifndef INIFILE_H
#define INIFILE_H

#include <stdio.h>

#define INIFILE_LINE_MAX 8192   /* bytes of a line, with its newline */
#define INIFILE_KEY_MAX 100     /* bytes of a key */
#define INIFILE_SECTION_MAX 100 /* bytes between the brackets */

enum inifile_kind {
	INIFILE_SECTION, /* text: what stands in the brackets */
	INIFILE_KEY,     /* key; text: its value, may be empty */
	INIFILE_MORE,    /* text: one more line of the last key's value */
	INIFILE_FAULT,   /* text: what is wrong with this line */
};

/* Valid during the call. */
struct inifile_item {
	enum inifile_kind kind;
	int line;
	const char *key;
	const char *text;
};

typedef void inifile_fn(const struct inifile_item *item, void *arg);

/* Read to the end of the file, calling fn in the order of the lines.  Reading
 * goes on after a fault; only a carriage return ends it, since there would be
 * one in each line.  After a faulty line its indented lines are passed over.
 * A read error or lack of memory is a fault too. */
void inifile_read(FILE *file, inifile_fn *fn, void *arg);

#endif
