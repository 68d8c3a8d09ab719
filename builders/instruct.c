/*
 * instruct - what the instructions in a .qmail file do with mail.
 */

#include <string.h>

#include "builders/instruct.h"

/* The words of a shell command, without their quotes. */
struct words {
	const char *at;
	const char *end;
	bool shell; /* it is more than one command, or not plain words */
	char word[INSTRUCT_WORD_MAX];
};

/* Is this byte, outside quotes, the shell's own?  "2>&1" is no command more. */
static bool
is_shell_byte(const struct words *w, size_t used)
{
	if (*w->at == '&' && used > 0 && w->at[-1] == '>')
		return false;
	return strchr(";&|$`", *w->at) != NULL;
}

static bool
next_word(struct words *w)
{
	char quote = '\0';
	size_t used = 0;

	while (w->at < w->end && (*w->at == ' ' || *w->at == '\t'))
		w->at++;
	if (w->at == w->end)
		return false;
	for (; w->at < w->end; w->at++) {
		if (quote == '\0' && (*w->at == ' ' || *w->at == '\t'))
			break;
		if (quote == '\0' && is_shell_byte(w, used))
			w->shell = true;
		if (quote != '\'' && *w->at == '\\')
			w->shell = true; /* it may be before a quote */
		if (*w->at == quote)
			quote = '\0';
		else if (quote == '\0' && (*w->at == '\'' || *w->at == '"'))
			quote = *w->at;
		else if (used < sizeof(w->word) - 1)
			w->word[used++] = *w->at;
	}
	w->word[used] = '\0';
	if (quote != '\0')
		w->shell = true; /* for which that is an error */
	return true;
}

static bool
is_program(const char *word, const char *name)
{
	const char *slash = strrchr(word, '/');

	return strcmp(slash == NULL ? word : slash + 1, name) == 0;
}

/* Behind "vdelivermail": an argument that is not used, and what to do with
 * mail for unknown users.  A filter before it leaves the mail to it, but a
 * command behind it may take what it bounces. */
static enum instruct_kind
judge_vdelivermail(struct words *w)
{
	enum instruct_kind kind = INSTRUCT_CATCHES;

	w->shell = false;
	if (!next_word(w) || !next_word(w))
		return INSTRUCT_NOTHING;
	if (strcmp(w->word, "bounce-no-mailbox") == 0)
		kind = INSTRUCT_MAILBOXES;
	else if (strcmp(w->word, "delete") == 0)
		kind = INSTRUCT_DELETES;
	while (next_word(w))
		continue;
	return w->shell ? INSTRUCT_CATCHES : kind;
}

/* What qmail-local makes of an exit status (mailprogram() in qmail-local.c of
 * notqmail): after 0 comes the next line; after 99 none does; any other than
 * these is tried again later. */
static enum instruct_kind
judge_status(const char *word)
{
	static const char *const bounces[] = { "100", "112", "64", "65", "70",
		"76", "77", "78" };
	size_t i;

	for (i = 0; i < sizeof(bounces) / sizeof(bounces[0]); i++)
		if (strcmp(word, bounces[i]) == 0)
			return INSTRUCT_BOUNCES;
	if (strcmp(word, "0") == 0)
		return INSTRUCT_UNREAD;
	if (*word < '1' || *word > '9' || strlen(word) > 2 ||
	    word[strspn(word, "0123456789")] != '\0')
		return INSTRUCT_NOTHING;
	return INSTRUCT_DELIVERS;
}

/* bouncesaying with a message alone always bounces; with a program behind the
 * message it depends on that.  NOTHING leaves the mail to the next line, as
 * condredirect does, but where its program says yes. */
static enum instruct_kind
judge_command(const char *line, const char *end)
{
	struct words w = { .at = line, .end = end };
	bool bouncesaying, exits;
	int n;

	if (!next_word(&w))
		return INSTRUCT_NOTHING;
	bouncesaying = is_program(w.word, "bouncesaying");
	exits = strcmp(w.word, "exit") == 0;
	for (n = 1;; n++) {
		if (is_program(w.word, "vdelivermail"))
			return judge_vdelivermail(&w);
		if (!next_word(&w))
			break;
	}
	if (n != 2 || w.shell)
		return INSTRUCT_NOTHING;
	if (exits)
		return judge_status(w.word);
	return bouncesaying ? INSTRUCT_BOUNCES : INSTRUCT_NOTHING;
}

/* What the lines so far come to. */
struct tally {
	struct arena *memory;
	struct instruct_call **last; /* where the next call goes */
	bool delivered;              /* to a file, or to a program */
	bool forwarded;
	bool deleted;
	bool list; /* "+list": files and programs are tried again later */
};

enum fastforward {
	FASTFORWARD_NOT, /* another program, or a call that we cannot read */
	FASTFORWARD_ENDS,
	FASTFORWARD_PASSES /* -p: the next lines get what it has not */
};

/* A call with nothing but options and the name of a cdb. */
static enum fastforward
read_fastforward(struct tally *t, const char *line, const char *end)
{
	struct words w = { .at = line, .end = end };
	struct instruct_call call = { NULL, NULL, false };
	enum fastforward answer = FASTFORWARD_ENDS;
	const char *c;
	bool more;

	if (!next_word(&w) || !is_program(w.word, "fastforward"))
		return FASTFORWARD_NOT;
	while ((more = next_word(&w)) && w.word[0] == '-' && w.word[1] != '\0')
		for (c = w.word + 1; *c != '\0'; c++) {
			if (strchr("nNpPdD", *c) == NULL)
				return FASTFORWARD_NOT;
			if (*c == 'd' || *c == 'D')
				call.by_extension = *c == 'd';
			if (*c == 'p')
				answer = FASTFORWARD_PASSES;
			if (*c == 'P')
				answer = FASTFORWARD_ENDS;
		}
	if (!more || w.word[0] == '\0' || w.word[0] == '-' ||
	    strpbrk(w.word, "$`*?\\<>") != NULL)
		return FASTFORWARD_NOT;
	call.cdb = arena_copy(t->memory, w.word, strlen(w.word));
	if (next_word(&w) || w.shell)
		return FASTFORWARD_NOT;
	*t->last = arena_object(t->memory, sizeof(call));
	**t->last = call;
	t->last = &(*t->last)->next;
	return answer;
}

/* Files and programs are served in the order of the lines, and the first
 * bounce ends it; forwarding comes last, so that a bounce on any line prevents
 * it.  Returns UNREAD to go on with the next line. */
static enum instruct_kind
judge_program(struct tally *t, const char *line, const char *end)
{
	if (!t->delivered) {
		switch (read_fastforward(t, line, end)) {
		case FASTFORWARD_ENDS:
			return INSTRUCT_BOUNCES;
		case FASTFORWARD_PASSES:
			return INSTRUCT_UNREAD;
		case FASTFORWARD_NOT:
			break;
		}
	}
	switch (judge_command(line, end)) {
	case INSTRUCT_MAILBOXES:
		return INSTRUCT_MAILBOXES;
	case INSTRUCT_CATCHES:
		return INSTRUCT_CATCHES;
	case INSTRUCT_DELIVERS:
		return INSTRUCT_DELIVERS;
	case INSTRUCT_BOUNCES:
		return t->delivered ? INSTRUCT_DELIVERS : INSTRUCT_BOUNCES;
	case INSTRUCT_DELETES:
		t->deleted = true;
		break;
	case INSTRUCT_UNREAD:
		break;
	case INSTRUCT_NOTHING:
	case INSTRUCT_TROUBLE:
		t->delivered = true;
		break;
	}
	return INSTRUCT_UNREAD;
}

static enum instruct_kind
judge_line(struct tally *t, const char *line, const char *end)
{
	if (line == end || *line == '#')
		return INSTRUCT_UNREAD;
	if (*line == '+') {
		t->list |= end - line == 5 && memcmp(line, "+list", 5) == 0;
		return INSTRUCT_UNREAD;
	}
	if (t->list && (*line == '|' || *line == '.' || *line == '/'))
		return INSTRUCT_DELIVERS;
	if (*line == '|')
		return judge_program(t, line + 1, end);
	if (*line == '.' || *line == '/')
		t->delivered = true;
	else
		t->forwarded = true;
	return INSTRUCT_UNREAD;
}

/* An empty file is the default delivery, one of comments throws mail away,
 * and a blank first line makes qmail-local try again later. */
static enum instruct_kind
judge_lines(struct tally *t, const char *bytes, size_t len)
{
	const char *line, *end, *trimmed, *stop = bytes + len;
	enum instruct_kind kind;

	for (line = bytes; line < stop; line = end + 1) {
		end = memchr(line, '\n', (size_t)(stop - line));
		if (end == NULL)
			end = stop;
		trimmed = end;
		while (trimmed > line &&
		       (trimmed[-1] == ' ' || trimmed[-1] == '\t'))
			trimmed--;
		if (line == bytes && trimmed == line)
			return INSTRUCT_DELIVERS;
		kind = judge_line(t, line, trimmed);
		if (kind != INSTRUCT_UNREAD)
			return kind;
	}
	if (t->deleted && !t->delivered && !t->forwarded)
		return INSTRUCT_DELETES;
	return INSTRUCT_DELIVERS;
}

struct instruct
instruct_judge(struct arena *a, const char *bytes, size_t len)
{
	struct instruct judged = { INSTRUCT_UNREAD, NULL };
	struct tally tally = { .memory = a, .last = &judged.calls };

	judged.kind = judge_lines(&tally, bytes, len);
	return judged;
}
