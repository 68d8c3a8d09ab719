#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/begun.h"
#include "daemon/clock.h"
#include "daemon/log.h"
#include "daemon/prepare.h"
#include "daemon/record.h"
#include "daemon/run.h"

#define ENV_OWN 5 /* TRIGGERD_* variables */

static void on_job_end(struct job *job, int status, void *arg);

void
run_init(struct run *run, const struct run_place *place, struct mounts *mounts,
    run_fn *on_event, void *arg)
{
	memset(run, 0, sizeof(*run));
	run->mounts = mounts;
	run->place = place;
	run->on_event = on_event;
	run->arg = arg;
	job_init(&run->job);
	helper_init(&run->helper);
}

static void
note(struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(run->note, sizeof(run->note), fmt, ap);
	va_end(ap);
}

/* Everything that belongs to one run, not to the next. */
static void
let_go(struct run *run)
{
	helper_close(&run->helper);
	job_close(&run->job); /* lets go of the rule's lock: last */
	scratch_close(&run->scratch);
	output_fini(&run->output);
	if (run->check != NULL)
		check_fini(run->check);
	free(run->check);
	run->check = NULL;
}

static void
save_output(struct run *run)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/output/%s", run->place->run_dir,
	    run->rule->name);
	if (output_save(&run->output, path) == -1)
		log_warn("%s: write", path);
}

static void
end(struct run *run, enum run_event event)
{
	run->seconds = clock_monotonic() - run->started_at;
	save_output(run);
	let_go(run);
	run->on_event(run, event, run->arg);
}

static void
on_line(struct job *job, const char *line, void *arg)
{
	struct run *run = arg;

	(void)job;
	if (output_add(&run->output, line) == -1)
		log_warn("%s: output", run->rule->name);
	if (run->output.lines <= RUN_LOG_LINES)
		log_info("%s: | %s", run->rule->name, line);
	else if (run->output.lines == RUN_LOG_LINES + 1)
		log_info("%s: | more in %s/output/%s", run->rule->name,
		    run->place->run_dir, run->rule->name);
}

static void
finish(void *answer, void *arg)
{
	struct run *run = arg;
	struct finish_run what = { .rule = run->rule,
		.state_dir = run->place->state_dir,
		.check = run->check,
		.scratch = &run->scratch,
		.started_at = run->wall_started_at,
		.began = run->started_at,
		.guarded = run->guarded,
		.failed = run->known == RUN_FAILED,
		.wrong = run->known == RUN_SOURCE ? run->note : NULL };

	finish_run(&what, answer);
}

/* A rule with a record is not judged by times. */
static void
note_mark(struct run *run, int error)
{
	if (!run->check->past.exists)
		run->unmarked = error;
}

/* Who writes his target by himself may leave half of it from now on; for the
 * others the helper marks it, before it installs.  True: it is new. */
static bool
mark_target(struct run *run)
{
	const struct rule *rule = run->rule;
	int rc;

	run->unmarked = 0;
	if (rule->kind != RULE_BUILD || rule->uses_new)
		return false;
	rc = begun_mark(run->place->state_dir, rule->target);
	if (rc == -1)
		note_mark(run, errno);
	return rc == 1;
}

static void
on_finished(struct helper *h, const void *answer, void *arg)
{
	struct run *run = arg;
	const struct finish_result *result = answer;

	run->changed = result != NULL && result->changed;
	if (run->known != RUN_INSTALLING) {
		end(run, run->known);
		return;
	}
	if (result == NULL) {
		note(run, "the helper that installs %s",
		    h->timed_out ? "took too long" : "did not answer");
		if (run->rule->kind == RULE_BUILD &&
		    begun_mark(run->place->state_dir, run->rule->target) == -1)
			note_mark(run, errno);
		end(run, RUN_FAILED);
		return;
	}
	run->records = result->records;
	run->record_error = result->record_error;
	if (result->begun_error != 0)
		note_mark(run, result->begun_error);
	/* It is kept, so that the rule does not run again for that. */
	if (result->kept &&
	    record_read_fd(run->check->fd, &run->unwritten) == -1)
		stamp_past_fini(&run->unwritten);
	note(run, "%.*s", (int)sizeof(result->why), result->why);
	if (result->record_error != 0)
		note(run, "record not written: %s",
		    strerror(result->record_error));
	switch (result->outcome) {
	case PRODUCT_INSTALLED:
	case PRODUCT_EQUAL:
		end(run, RUN_DONE);
		break;
	case PRODUCT_RACED:
		end(run, RUN_RACED);
		break;
	case PRODUCT_REFUSED:
		end(run, RUN_REFUSED);
		break;
	case PRODUCT_FAILED:
		end(run, RUN_FAILED);
		break;
	}
}

static void
start_finish(struct run *run)
{
	int fd;

	if (run->check->fd == 0) {
		fd = record_spare(run->place->state_dir);
		run->check->fd = fd == -1 ? 0 : fd;
	}
	run->helper.also_fd = run->check->fd != 0 ? run->check->fd : -1;
	if (helper_start(&run->helper, run->place->loop, run->place->pool,
		run->rule->name, finish, sizeof(struct finish_result),
		run->rule->helper_timeout, run->job.lock_fd, on_finished,
		run) == -1) {
		if (run->known == RUN_INSTALLING) {
			note(run, "fork: %s", strerror(errno));
			run->known = RUN_FAILED;
		}
		end(run, run->known);
		return;
	}
	if (run->known == RUN_INSTALLING)
		run->on_event(run, RUN_INSTALLING, run->arg);
}

/* What was tried is written, or no longer holds, before anybody hears of it. */
static void
end_in_vain(struct run *run, enum run_event event)
{
	run->known = event;
	if (run->rule->kind == RULE_PLAIN)
		end(run, event);
	else
		start_finish(run);
}

static void
on_job_end(struct job *job, int status, void *arg)
{
	struct run *run = arg;

	if (run->discarded) {
		note(run, "discarded, the rule has changed");
		end(run, RUN_DISCARDED);
	} else if (job->timed_out) {
		note(run, "timed out");
		end_in_vain(run, RUN_FAILED);
	} else if (WIFSIGNALED(status)) {
		note(run, "killed by signal %d", WTERMSIG(status));
		end_in_vain(run, RUN_FAILED);
	} else if (WEXITSTATUS(status) != 0) {
		note(run, "exit %d", WEXITSTATUS(status));
		end_in_vain(run, WEXITSTATUS(status) == RUN_EXIT_SOURCE
				     ? RUN_SOURCE
				     : RUN_FAILED);
	} else if (run->rule->kind == RULE_PLAIN)
		end(run, RUN_DONE);
	else
		start_finish(run);
}

static void
free_env(char **env, size_t shared)
{
	size_t i;

	if (env == NULL)
		return;
	for (i = shared; env[i] != NULL; i++)
		free(env[i]);
	free(env);
}

static char *
variable(const char *name, const char *value)
{
	char *text;

	if (value == NULL)
		value = "";
	text = malloc(strlen(name) + strlen(value) + 2);
	if (text != NULL)
		(void)stpcpy(stpcpy(stpcpy(text, name), "="), value);
	return text;
}

/* The rule's environment, shared, and our own variables behind it. */
static char **
make_env(const struct run *run, size_t *shared)
{
	const struct rule *rule = run->rule;
	const struct {
		const char *name, *value;
	} own[ENV_OWN] = {
		{ "TRIGGERD_RULE", rule->name },
		{ "TRIGGERD_TARGET", rule->target },
		{ "TRIGGERD_NEW", run->scratch.new_path },
		{ "TRIGGERD_DEPS", run->scratch.deps_path },
		{ "TRIGGERD_REASON", stamp_reason_word(run->check->reason) },
	};
	char **env;
	size_t i, n = 0;

	while (rule->env[n] != NULL)
		n++;
	*shared = n;
	env = calloc(n + ENV_OWN + 1, sizeof(*env));
	if (env == NULL)
		return NULL;
	memcpy(env, rule->env, n * sizeof(*env));
	for (i = 0; i < ENV_OWN; i++) {
		env[n + i] = variable(own[i].name, own[i].value);
		if (env[n + i] == NULL) {
			free_env(env, n);
			return NULL;
		}
	}
	return env;
}

static int
start_job(struct run *run, const char *lock_path, char **argv, char **env,
    bool crowded)
{
	const struct rule *rule = run->rule;
	struct prepare prepare = { .rule = rule,
		.state_dir = run->place->state_dir,
		.crowded = crowded,
		.begun = mark_target(run) };
	struct job_spec spec = { .name = rule->name,
		.spawn = { .program = rule->program,
		    .argv = argv,
		    .envp = env,
		    .dir = rule->dir,
		    .user = rule->user,
		    .uid = rule->run_uid,
		    .gid = rule->run_gid,
		    .umask = rule->umask,
		    .nice = rule->nice,
		    .files = run->place->files },
		.lock_path = lock_path,
		.timeout = rule->timeout,
		.stop_timeout = rule->stop_timeout };

	prepare_plan(&prepare, run->mounts, &spec.spawn);
	return job_start(&run->job, run->place->loop, run->place->pool, &spec,
	    on_line, on_job_end, run);
}

static void
note_start(struct run *run)
{
	const char *object = run->job.object, *error = strerror(errno);

	if (object == NULL)
		note(run, "cannot start: %s", error);
	else
		note(run, "cannot start: %s: %s", object, error);
}

int
run_start(
    struct run *run, const struct rule *rule, struct check *check, bool guarded)
{
	size_t shared = 0;
	char **argv = NULL, **env = NULL;
	char lock_path[PATH_MAX];
	int rc = -1, crowded = 0, saved_errno;

	run->rule = rule;
	run->check = check;
	run->guarded = guarded;
	run->discarded = false;
	run->known = RUN_INSTALLING;
	run->records = -1;
	run->record_error = 0;
	run->changed = false;
	stamp_past_fini(&run->unwritten);
	run->note[0] = '\0';
	snprintf(lock_path, sizeof(lock_path), "%s/%s.lock",
	    run->place->state_dir, rule->name);
	/* The lock first: an earlier run may use the scratch directory. */
	run->held = false;
	if (job_lock(&run->job, lock_path) == -1) {
		run->held = errno == EWOULDBLOCK;
		note(run, "%s: %s", lock_path, strerror(errno));
		goto out;
	}
	if (rule->kind != RULE_PLAIN)
		crowded = scratch_open(
		    &run->scratch, run->place->state_dir, rule, true);
	if (crowded == -1) {
		note(run, "no scratch directory: %s", strerror(errno));
		goto out;
	}
	argv = rule_argv(rule, run->scratch.new_path, run->scratch.deps_path,
	    run->scratch.cache_dir);
	env = make_env(run, &shared);
	if (argv == NULL || env == NULL) {
		note(run, "%s", strerror(errno));
		log_warn("%s: prepare", rule->name);
		goto out;
	}
	run->wall_started_at = stamp_clock(); /* before the other: finish */
	run->started_at = clock_monotonic();
	rc = start_job(run, lock_path, argv, env, crowded == 1);
	if (rc == -1)
		note_start(run);
out:
	saved_errno = errno;
	rule_argv_free(argv);
	free_env(env, shared);
	if (rc == -1) {
		run->check = NULL;
		let_go(run);
	}
	errno = saved_errno;
	return rc;
}

void
run_rebind(struct run *run, const struct rule *rule, bool changed)
{
	if (!run_is_active(run))
		return;
	run->rule = rule;
	run->job.name = rule->name;
	run->helper.name = rule->name;
	if (changed)
		run->discarded = true;
}

void
run_stop(struct run *run)
{
	if (run->job.alive)
		job_stop(&run->job);
}

bool
run_is_active(const struct run *run)
{
	return run->check != NULL;
}

void
run_close(struct run *run)
{
	stamp_past_fini(&run->unwritten);
	let_go(run);
}
