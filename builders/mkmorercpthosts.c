/*
 * mkmorercpthosts - control/morercpthosts.cdb from control/morercpthosts, to
 * the byte as qmail-newmrh makes it.
 */

#include "builders/linekeys.h"

int
main(int argc, char **argv)
{
	static const struct compile_job job = {
		.program = "mkmorercpthosts",
		.text = "control/morercpthosts",
		.cdb = "control/morercpthosts.cdb",
		.add_records = linekeys_add,
	};

	return compile_main(&job, argc, argv);
}
