/*
 * What the bytes of a .qmail file do with mail.
 */

#include <string.h>

#include "builders/instruct.h"
#include "tests/unit/check.h"

#define VD "| /home/vpopmail/bin/vdelivermail '' "

static enum instruct_kind
judge_bytes(const char *text, size_t len)
{
	struct arena a;
	struct instruct judged;

	arena_init(&a);
	judged = instruct_judge(&a, text, len);
	arena_fini(&a);
	return judged.kind;
}

static enum instruct_kind
judge(const char *text)
{
	return judge_bytes(text, strlen(text));
}

/* How many calls of fastforward, with -d if "by_extension"? */
static int
calls(const char *text, bool by_extension)
{
	const struct instruct_call *call;
	struct arena a;
	struct instruct judged;
	int n = 0;

	arena_init(&a);
	judged = instruct_judge(&a, text, strlen(text));
	for (call = judged.calls; call != NULL; call = call->next)
		n += strcmp(call->cdb, "x.cdb") == 0 &&
		     call->by_extension == by_extension;
	arena_fini(&a);
	return n;
}

static int
test_fastforward(void)
{
	CHECK(judge("|fastforward -d x.cdb\n&a@b\n") == INSTRUCT_BOUNCES);
	CHECK(calls("|/usr/bin/fastforward -d x.cdb", true) == 1);
	CHECK(calls("| fastforward x.cdb", false) == 1);
	CHECK(calls("|fastforward -dDNP x.cdb", false) == 1);
	CHECK(calls("|fastforward -p x.cdb\n|fastforward -d x.cdb", true) == 1);
	CHECK(
	    calls("|fastforward -p x.cdb\n|fastforward -d x.cdb", false) == 1);
	CHECK(judge("|fastforward -p x.cdb\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|fastforward -p x.cdb\n|exit 100\n") == INSTRUCT_BOUNCES);
	CHECK(judge("|fastforward -x x.cdb\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|fastforward -d\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|fastforward\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|fastforward x.cdb y\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|fastforward $CDB\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|fastforward x.cdb; true\n") == INSTRUCT_DELIVERS);
	CHECK(judge("./Maildir/\n|fastforward x.cdb\n") == INSTRUCT_DELIVERS);
	return 0;
}

static int
test_deliveries(void)
{
	CHECK(judge("") == INSTRUCT_DELIVERS);
	CHECK(judge("# comment\n") == INSTRUCT_DELIVERS);
	CHECK(judge("&joe@example.com\n") == INSTRUCT_DELIVERS);
	CHECK(judge("./Maildir/") == INSTRUCT_DELIVERS);
	CHECK(judge("|procmail\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|\n") == INSTRUCT_DELIVERS);
	return 0;
}

static int
test_bounces(void)
{
	CHECK(judge("|bouncesaying 'a; b'\n") == INSTRUCT_BOUNCES);
	CHECK(
	    judge("# x\n|/var/qmail/bin/bouncesaying no") == INSTRUCT_BOUNCES);
	CHECK(judge("|exit 100 \t\n") == INSTRUCT_BOUNCES);
	CHECK(judge("&a@b\n|exit 100\n") == INSTRUCT_BOUNCES);
	CHECK(judge("./Maildir/\n|exit 100\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|exit 112\n") == INSTRUCT_BOUNCES);
	CHECK(judge("|exit 64\n") == INSTRUCT_BOUNCES);
	CHECK(judge("|exit 78\n") == INSTRUCT_BOUNCES);
	CHECK(judge("|exit 66\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|exit 99\n|exit 100\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|exit 1\n|exit 100\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|exit 99\n" VD "bounce-no-mailbox") == INSTRUCT_DELIVERS);
	CHECK(judge("|exit 0\n" VD "delete\n") == INSTRUCT_DELETES);
	CHECK(judge("|exit 0\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|exit 100; true\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|bouncesaying no program\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|bouncesaying no;true\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|bouncesaying 'can'\\''t' test -f x\n") ==
	      INSTRUCT_DELIVERS);
	CHECK(judge("|bouncesaying \"\\\"\" test -f \"x\"\n") ==
	      INSTRUCT_DELIVERS);
	CHECK(judge("|bouncesaying 'no\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|bouncesaying $SAY\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|bouncesaying \"no $EXT\"\n") == INSTRUCT_BOUNCES);
	CHECK(judge("\n|exit 100\n") == INSTRUCT_DELIVERS);
	CHECK(judge(" \n|exit 100\n") == INSTRUCT_DELIVERS);
	CHECK(judge("#\n\n|exit 100\n") == INSTRUCT_BOUNCES);
	return 0;
}

static int
test_vdelivermail(void)
{
	CHECK(judge(VD "bounce-no-mailbox\n") == INSTRUCT_MAILBOXES);
	CHECK(judge(VD "delete") == INSTRUCT_DELETES);
	CHECK(judge(VD "joe@example.com\n") == INSTRUCT_CATCHES);
	CHECK(judge(VD "bounce-no-mailbox-not\n") == INSTRUCT_CATCHES);
	CHECK(judge(VD "\n") == INSTRUCT_DELIVERS);
	CHECK(judge("#" VD "delete\n") == INSTRUCT_DELIVERS);
	CHECK(judge("|preline vdelivermail \"\" delete\n") == INSTRUCT_DELETES);
	CHECK(
	    judge(VD "bounce-no-mailbox || forward a@b\n") == INSTRUCT_CATCHES);
	CHECK(judge(VD "bounce-no-mailbox | logger\n") == INSTRUCT_CATCHES);
	CHECK(judge(VD "bounce-no-mailbox ; true\n") == INSTRUCT_CATCHES);
	CHECK(judge(VD "delete && false\n") == INSTRUCT_CATCHES);
	CHECK(judge(VD "bounce-no-mailbox 2>&1\n") == INSTRUCT_MAILBOXES);
	CHECK(judge(VD "bounce-no-mailbox >/dev/null\n") == INSTRUCT_MAILBOXES);
	CHECK(judge("|spamc | vdelivermail '' bounce-no-mailbox\n") ==
	      INSTRUCT_MAILBOXES);
	CHECK(judge("&a@b\n" VD "delete\n") == INSTRUCT_DELIVERS);
	CHECK(judge(VD "delete\n./Maildir/\n") == INSTRUCT_DELIVERS);
	CHECK(judge("&a@b\n" VD "bounce-no-mailbox\n") == INSTRUCT_MAILBOXES);
	CHECK(judge("|condredirect a@b isspam\n" VD "bounce-no-mailbox\n") ==
	      INSTRUCT_MAILBOXES);
	CHECK(judge("+list\n" VD "bounce-no-mailbox\n") == INSTRUCT_DELIVERS);
	CHECK(judge("+list \n|exit 100\n") == INSTRUCT_DELIVERS);
	CHECK(judge("+lists\n" VD "delete\n") == INSTRUCT_DELETES);
	return 0;
}

/* A word longer than we look at is another word. */
static int
test_long_word(void)
{
	char text[2 * INSTRUCT_WORD_MAX];

	memset(text, 'x', sizeof(text));
	memcpy(text, "|exit 100", 9);
	CHECK(judge_bytes(text, sizeof(text)) == INSTRUCT_DELIVERS);
	CHECK(judge_bytes("|\0exit 100", 10) == INSTRUCT_DELIVERS);
	return 0;
}

int
main(void)
{
	return test_deliveries() || test_bounces() || test_vdelivermail() ||
	       test_fastforward() || test_long_word();
}
