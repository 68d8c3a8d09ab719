/*
 * tool - run a supervisor's own tool, and hear what it says.
 *
 * Owns: nothing; the tool has ended on return.
 * Uses: piped.
 */

#ifndef TOOL_H
#define TOOL_H

#define TOOL_TEXT_SIZE 4096 /* what more a tool says is thrown away */
#define TOOL_WORDS_MAX 16   /* the NULL at the end among them */

struct tool_answer {
	int status; /* exit status, or 128 and the number of the signal */
	/* Standard output and error as they came, without the last newline. */
	char text[TOOL_TEXT_SIZE];
};

/* Run argv, which ends in a NULL, with nothing on its standard input.  Returns
 * 0, or -1: it could not be run, and the text is the reason.  Logs nothing. */
int tool_run(struct tool_answer *a, const char *const argv[]);

/* The same, but what it complains of goes to our standard error: it is no part
 * of the answer. */
int tool_ask(struct tool_answer *a, const char *const argv[]);

/* The length of the first line of what it said. */
int tool_line(const char *text);

#endif
