/*
 * instruct - what the instructions in a .qmail file do with mail.
 *
 * Only what decides whether an address is valid is taken from them.
 *
 * Owns: nothing.
 * Uses: arena.
 */

#ifndef INSTRUCT_H
#define INSTRUCT_H

#include <stdbool.h>
#include <stddef.h>

#include "builders/arena.h"

#define INSTRUCT_WORD_MAX 1024 /* bytes of a command's word that we look at */

enum instruct_kind {
	INSTRUCT_UNREAD,
	INSTRUCT_NOTHING,   /* not a regular file: qmail does not see it */
	INSTRUCT_DELIVERS,  /* or defers: never a bounce we know of */
	INSTRUCT_BOUNCES,   /* whatever the address */
	INSTRUCT_MAILBOXES, /* vdelivermail, which bounces unknown users */
	INSTRUCT_DELETES,   /* vdelivermail, which deletes their mail */
	INSTRUCT_CATCHES,   /* vdelivermail, which takes their mail */
	INSTRUCT_TROUBLE    /* logged */
};

/* A call of fastforward, which delivers what its cdb has. */
struct instruct_call {
	struct instruct_call *next;
	const char *cdb;   /* as written */
	bool by_extension; /* -d: what the .qmail file's default stands for is
			      looked for, instead of the whole local name */
};

struct instruct {
	enum instruct_kind kind; /* for what no call delivers */
	struct instruct_call *calls;
};

/* Judge the bytes of a .qmail file.  Pure; the calls are in the arena. */
struct instruct instruct_judge(struct arena *a, const char *bytes, size_t len);

#endif
