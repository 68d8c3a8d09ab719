/*
 * mkusers - users/cdb from users/assign, to the byte as qmail-newu makes it.
 */

#include "builders/assign.h"

int
main(int argc, char **argv)
{
	static const struct compile_job job = {
		.program = "mkusers",
		.text = "users/assign",
		.cdb = "users/cdb",
		.add_records = assign_add,
	};

	return compile_main(&job, argc, argv);
}
