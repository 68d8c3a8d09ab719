/*
 * What the bytes of a .qmail file do with mail.
 */

#include <string.h>

#include "builders/dotqmail.h"
#include "tests/unit/check.h"

#define VD "| /home/vpopmail/bin/vdelivermail '' "

static enum dotqmail_kind
judge(const char *text)
{
	return dotqmail_judge(text, strlen(text));
}

static int
test_deliveries(void)
{
	CHECK(judge("") == DOTQMAIL_DELIVERS);
	CHECK(judge("# comment\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("&joe@example.com\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("./Maildir/") == DOTQMAIL_DELIVERS);
	CHECK(judge("|procmail\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("|\n") == DOTQMAIL_DELIVERS);
	return 0;
}

static int
test_bounces(void)
{
	CHECK(judge("|bouncesaying 'a; b'\n") == DOTQMAIL_BOUNCES);
	CHECK(
	    judge("# x\n|/var/qmail/bin/bouncesaying no") == DOTQMAIL_BOUNCES);
	CHECK(judge("|exit 100 \t\n") == DOTQMAIL_BOUNCES);
	CHECK(judge("&a@b\n|exit 100\n") == DOTQMAIL_BOUNCES);
	CHECK(judge("./Maildir/\n|exit 100\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("|exit 99\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("|exit 100; true\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("|bouncesaying no program\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("|bouncesaying no;true\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("\n|exit 100\n") == DOTQMAIL_DELIVERS);
	CHECK(judge(" \n|exit 100\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("#\n\n|exit 100\n") == DOTQMAIL_BOUNCES);
	return 0;
}

static int
test_vdelivermail(void)
{
	CHECK(judge(VD "bounce-no-mailbox\n") == DOTQMAIL_MAILBOXES);
	CHECK(judge(VD "delete") == DOTQMAIL_DELETES);
	CHECK(judge(VD "joe@example.com\n") == DOTQMAIL_DELIVERS);
	CHECK(judge(VD "bounce-no-mailbox-not\n") == DOTQMAIL_DELIVERS);
	CHECK(judge(VD "\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("#" VD "delete\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("|preline vdelivermail \"\" delete\n") == DOTQMAIL_DELETES);
	CHECK(judge("&a@b\n" VD "delete\n") == DOTQMAIL_DELIVERS);
	CHECK(judge(VD "delete\n./Maildir/\n") == DOTQMAIL_DELIVERS);
	CHECK(judge("&a@b\n" VD "bounce-no-mailbox\n") == DOTQMAIL_MAILBOXES);
	return 0;
}

/* A word longer than we look at is another word. */
static int
test_long_word(void)
{
	char text[2 * DOTQMAIL_WORD_MAX];

	memset(text, 'x', sizeof(text));
	memcpy(text, "|exit 100", 9);
	CHECK(dotqmail_judge(text, sizeof(text)) == DOTQMAIL_DELIVERS);
	CHECK(dotqmail_judge("|\0exit 100", 10) == DOTQMAIL_DELIVERS);
	return 0;
}

int
main(void)
{
	return test_deliveries() || test_bounces() || test_vdelivermail() ||
	       test_long_word();
}
