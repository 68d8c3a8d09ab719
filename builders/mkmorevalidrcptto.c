/*
 * mkmorevalidrcptto - control/morevalidrcptto, the valid recipients of
 * sagredo's qmail-smtpd, made a cdb, to the byte as by qmail-newmvrt.
 */

#include "builders/linekeys.h"

int
main(int argc, char **argv)
{
	static const struct compile_job job = {
		.program = "mkmorevalidrcptto",
		.text = "control/morevalidrcptto",
		.cdb = "control/morevalidrcptto.cdb",
		.add_records = linekeys_add,
	};

	return compile_main(&job, argc, argv);
}
