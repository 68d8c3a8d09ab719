/*
 * A model of what triggerd(8) promises of its pipes: after each hint there is a
 * run that began after it and went well, or, of a rule with a source, the right
 * product; nothing runs for a hint without a change.  Whatever dies when.
 *
 * One rule, which nothing but the pipe tells of changes.  It has no source, so
 * that each hint asks for a run; or with SOURCE it has one, and there is a hint
 * after each change, and hints without any.
 *
 * A touch leaves an event, which is dropped when the daemon dies.  What echo
 * writes stays in the pipe until it is read, or until nobody has the pipe open:
 * neither the daemon nor a writer.  While the daemon is down a touch leaves
 * nothing, and echo waits in open(2); who has opened it before cannot write.
 * Equal events merge, and so do bytes, which nobody looks at.
 *
 * The states are those of daemon/life.h, as in triggerd.pml.
 *
 * Deliberate faults, each of which must be found (see run):
 *   LOOK_FIRST   looks, then forgets the hint
 *   DEAF         forgets at the end of a run what was hinted during it
 *   ARM_LATE     asks at the start, then opens the pipe
 *   NO_START     asks nothing at a start after a crash, as if what was in the
 *                pipe were there still
 *   NO_RETRY     leaves a failed rule alone until its next hint
 *   SHUT         has the pipe closed during a run
 *   UNREAD       leaves in the pipe what is there
 *   RUNS         runs for each hint, though the source is as it was
 */

#ifdef RUNS
#define SOURCE
#endif
#ifndef HINTS
#define HINTS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef FAILURES
#define FAILURES 1
#endif

mtype = { current, settling, held, checking, looked, queued, running,
	recording, failed };

/* On disk: it survives a crash. */
byte file, product;
byte record; /* the source's stamp of the last good run */

/* In the kernel. */
bool is_open, armed; /* by the daemon */
bool written;        /* bytes in the pipe */
bool touched;        /* an event that was not read */
bool writing;        /* a writer has the pipe open */

/* The command survives a crash as an orphan, which holds the rule's lock. */
byte commands;
bool ended, well;

byte hints, crashes, failures;
bool die;

/* In the daemon's memory: gone with it. */
mtype state;
bool asked, asking, owed, again;
byte stamp, seen;

/* What is promised: hints that no run has answered yet that began after them,
 * and those that the run answers which goes on. */
bool unanswered, answering;

/* Who closes it last drops what is in it. */
inline drop_bytes() {
	if
	:: !is_open && !writing -> written = false
	:: else
	fi
}

inline touch() {
	atomic {
		touched = touched || armed;
		unanswered = true
	}
}

/* It opens, writes and closes the pipe. */
inline echo() {
	atomic { is_open -> writing = true };
	atomic {
		written = written || is_open; /* or EPIPE */
		unanswered = true
	};
	atomic { writing = false; drop_bytes() }
}

proctype hinter() {
	do
	:: hints < HINTS ->
		hints++;
#ifdef SOURCE
		if
		:: file = hints
		:: skip
		fi;
#endif
		if
		:: touch()
		:: echo()
		fi
	:: else -> break
	od
}

proctype command() {
	byte content;

end:
	do
	:: commands > 0 ->
		content = file;
		atomic {
			if
			:: failures < FAILURES ->
				failures++;
				well = false;
				unanswered = unanswered || answering
			:: true ->
				well = true;
				product = content
			fi;
			answering = false;
			content = 0;
			commands--;
			ended = true
		}
	od
}

proctype killer() {
	do
	:: crashes < CRASHES -> atomic { crashes++; die = true }; !die
	:: break
	od
}

#ifdef SOURCE
#define is_behind (seen != record)
#else
#define is_behind asking
#endif

inline hint() {
	asked = true;
	if
	:: state == current || state == failed -> state = settling
	:: else
	fi
}

inline open_pipe() {
	is_open = true;
	armed = true
}

inline shut_pipe() {
	armed = false;
	touched = false;
	is_open = false;
	drop_bytes()
}

inline end_run() {
	again = !well;
#ifdef DEAF
	asked = false;
#endif
	state = (asked -> settling : held)
}

inline turn() {
	/* hints are read at any time */
	if
	:: touched -> atomic { touched = false; hint() }
	:: written ->
		atomic {
#ifndef UNREAD
			written = false;
#endif
			hint()
		}

	:: state == settling -> state = held

	:: state == held ->
		atomic {
			asking = asked || owed;
#ifndef LOOK_FIRST
			asked = false;
#endif
			state = checking
		}

	/* the helper looks ... */
	:: state == checking ->
		atomic { seen = file; state = looked }

	/* ... and answers */
	:: state == looked ->
		atomic {
#ifdef LOOK_FIRST
			asked = false;
#endif
			if
#ifdef RUNS
			:: is_behind || asking ->
#else
			:: is_behind ->
#endif
				owed = asking;
				/* the failed run's own second look: wait */
				if
				:: again -> state = (asked -> settling : failed)
				:: else -> state = queued
				fi
			:: else ->
				owed = false;
				state = (asked -> settling : current)
			fi;
			asking = false;
			again = false
		}

	:: state == queued && commands == 0 ->
		atomic {
			stamp = seen;
			owed = owed || asked;
			asked = false;
			assert(commands == 0);
#ifdef SOURCE
			assert(stamp != record);
#endif
			answering = unanswered;
			unanswered = false;
			commands++;
			ended = false;
#ifdef SHUT
			shut_pipe();
#endif
			state = running
		}

	:: state == running && ended ->
		atomic {
#ifdef SHUT
			open_pipe();
#endif
			if
			:: well -> state = recording
			:: else -> end_run()
			fi
		}

	:: state == recording ->
		atomic { record = stamp; owed = false; end_run() }

#ifndef NO_RETRY
	:: state == failed -> state = held
#endif
	fi
}

inline forget_all() {
	atomic {
		shut_pipe();
		asked = false;
		asking = false;
		owed = false;
		again = false;
		die = false
	}
}

/* At the start each rule is asked, and one without sources runs. */
inline ask() {
#ifdef NO_START
	if
	:: crashes == 0 -> hint()
	:: else
	fi
#else
	hint()
#endif
}

proctype daemon() {
start:
	state = current;
	{
#ifdef ARM_LATE
		ask();
		do
		:: turn()
		:: else -> break
		od;
		open_pipe();
#else
		open_pipe();
		ask();
#endif
end:		do
		:: turn()
		od
	} unless {
		die
	};
	forget_all();
	goto start
}

init {
	atomic {
		run daemon();
		run command();
		run hinter();
		run killer();
		run judge()
	}
}

/* Nobody can move: hints have stopped and everything is at rest. */
proctype judge() {
#ifdef SOURCE
	timeout -> assert(hints == HINTS && product == file)
#else
	timeout -> assert(hints == HINTS && !unanswered && !answering)
#endif
}
