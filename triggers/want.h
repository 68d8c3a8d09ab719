/*
 * want - what the watches are for: topics, and the patterns of each.
 *
 * A want is one pattern of one topic, kept as components with one slash
 * between them.  Where the way of a want meets a symbolic link, another want
 * is derived, which begins anew at the root: "links" counts how often.
 *
 * Owns: the memory of the topics and wants.
 * Uses: nothing.
 */

#ifndef WANT_H
#define WANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WANT_LINKS_MAX 40   /* links on one way; the kernel's limit too */
#define WANT_TEXT_MAX 16384 /* bytes of a pattern, derived ones included */

struct topic {
	unsigned id;
	int error;          /* errno: why changes can be missed, or 0 */
	int blamed;         /* the same, since the last retry */
	bool reported;      /* the log has said so */
	bool relink;        /* derived wants are to be made anew */
	bool arming;        /* not all of it is watched yet */
	bool late;          /* nor was, when others had their turn */
	bool gone;          /* dropped; freed with its wants */
	bool noted;         /* a hint is due, and the topic in that list */
	bool named;         /* the hint is about one known path */
	struct topic *next; /* of all topics */
	struct topic *next_noted;
};

struct want {
	struct topic *topic;
	uint32_t index;
	unsigned links; /* links followed so far; 0: as configured */
	bool wild;      /* this, or what it derives from, has wildcards */
	bool stale;     /* not made again since topic_begin() */
	bool dead;      /* to be freed when nothing refers to it, unless it is
			 * made again before */
	char text[];    /* "a/b*" + "/" + "c": no slash at either end */
};

enum part_kind {
	PART_END,   /* nothing is left: the want is for this place */
	PART_UP,    /* ".." */
	PART_ANY,   /* "**" */
	PART_PLAIN, /* one name, perhaps with backslashes */
	PART_GLOB,  /* wildcards within one component */
};

/* One component of a want. */
struct part {
	enum part_kind kind;
	const char *text;
	size_t len;
	uint16_t next; /* where the component after it begins */
	bool last;
};

struct want_set {
	struct topic *topics;
	void *by_id; /* the same, for tsearch(3) */
	struct topic *first_noted, *last_noted;
	struct want **slots; /* by index; holes are NULL */
	uint32_t slot_count, slot_size, slot_hint;
	size_t dead;   /* wants that are */
	void *by_text; /* for tsearch(3) */
};

void want_set_init(struct want_set *set);
void want_set_fini(struct want_set *set);

/* The topic of that number; NULL if there is none, or it is gone.
 * topic_make() makes it then, or brings it back, and returns NULL with errno
 * when memory is short. */
struct topic *topic_find(const struct want_set *set, unsigned id);
struct topic *topic_make(struct want_set *set, unsigned id);

/* The wants as configured that are not made again between these two are dead
 * after the second. */
void topic_begin(struct want_set *set, struct topic *topic);
void topic_end(struct want_set *set, struct topic *topic);

/* Its hints end, and its wants as configured are dead, unless they are made
 * again. */
void topic_drop(struct want_set *set, struct topic *topic);

/* Has any pattern of it wildcards? */
bool topic_is_wild(const struct want_set *set, const struct topic *topic);

/* Free a topic that has no wants. */
void topic_free(struct want_set *set, struct topic *topic);

/* A hint is due.  topic_take() returns the topic that waited longest, and
 * forgets that it did, or NULL. */
void topic_note(struct want_set *set, struct topic *topic);
struct topic *topic_take(struct want_set *set);

/* The want of this topic and text, made if it is new; *made tells.  Returns
 * NULL with errno: ENOMEM, or ENAMETOOLONG. */
struct want *want_make(struct want_set *set, struct topic *topic,
    const char *text, unsigned links, bool wild, bool *made);

void want_kill(struct want_set *set, struct want *want); /* mark it dead */
void want_free(struct want_set *set, struct want *want);

/* The component that begins at "off". */
struct part want_part(const struct want *want, uint16_t off);

/* The name that a PART_PLAIN stands for, in a buffer of NAME_MAX + 1 bytes.
 * Returns false if no file can have that name. */
bool part_name(const struct part *part, char *name);

/* Append a name to a pattern of "used" bytes, after a slash, so that it stands
 * for itself alone.  Slashes in it stay what they are.  Returns the new
 * length, or 0 when it does not fit WANT_TEXT_MAX. */
size_t want_quote(char *text, size_t used, const char *name);

#endif
