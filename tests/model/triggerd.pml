/*
 * A model of what triggerd(8) promises: whenever changes stop, every product
 * becomes right, and a rule has at most one run at a time, whatever dies when.
 *
 * Two rules in a chain: file[0] is edited by people, rule 0 makes file[1] of
 * it, rule 1 makes file[2] of that.  A number stands for a content.  Watches
 * tell of changes; pipes have a model of their own (pipe.pml).  There is no
 * scan: hints alone must do, but where the model is told that hints get lost
 * (LOSSY, then with SCAN).
 *
 * The names of the states are those of daemon/life.h.  The daemon is one
 * process, as it is in truth; each turn of its loop is one of the options of
 * its one do.  Commands and the editor are processes of their own and move
 * between any two of its steps.  A look at the disk is a helper's: it takes
 * time, during which hints are read.
 *
 * Deliberate faults, each of which must be found (see run):
 *   LOOK_FIRST   looks at the disk, then forgets the hint
 *   STAMP_LATE   stamps the sources when the command has ended
 *   DEAF         forgets at the end of a run what was hinted during it
 *   ARM_LATE     looks at the start, then arms the watches
 *   NO_LOCK      starts without waiting for a run that a crash has left
 *   NO_ORDER     does not wait for the rule upstream
 *   NO_RETRY     leaves a failed rule alone until its next hint
 *   LOSSY        hints get lost, without SCAN
 *   BUSY         asks again for ever although nothing has changed
 *
 * Searched for: a failed assertion, and any cycle at all.  Edits, crashes and
 * failures are few, so a cycle is a daemon that never comes to rest.
 */

#ifndef EDITS
#define EDITS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef FAILURES
#define FAILURES 1
#endif

#define RULES 2

mtype = { current, settling, held, checking, looked, queued, running,
	installing, recording, failed };

/* On disk: it survives a crash. */
byte file[3];
byte record[RULES];   /* the source's stamp of the last good run */
byte made[RULES];     /* the product that this run has installed */
byte scratch[RULES];  /* what the command has written */

/* In the kernel: dropped when the daemon dies. */
bool armed;
bool event[RULES];

/* Commands survive a crash as orphans; each holds its rule's lock. */
byte commands[RULES]; /* that run at this moment */
bool ended[RULES], well[RULES];

byte edits, crashes, failures;
bool die;

/* In the daemon's memory: gone with it. */
mtype state[RULES];
bool asked[RULES], again[RULES];
byte stamp[RULES], seen[RULES];

/* A change is seen on disk first; the event comes after it. */
inline tell(r) {
#ifdef LOSSY
	if
	:: event[r] = armed
	:: skip
	fi
#else
	event[r] = armed
#endif
}

proctype editor() {
	do
	:: edits < EDITS ->
		edits++;
		file[0] = edits;
		tell(0)
	:: else -> break
	od
}

/* A command reads its source some time after it was started, and writes its
 * product some time after that. */
proctype command(byte r) {
	byte content;

end:
	do
	:: commands[r] > 0 ->
		content = file[r];
		scratch[r] = content;
		atomic {
			content = 0;
			commands[r]--;
			well[r] = true;
			if
			:: failures < FAILURES ->
				failures++;
				well[r] = false
			:: true
			fi;
			ended[r] = true
		}
	od
}

proctype killer() {
	do
	:: crashes < CRASHES -> atomic { crashes++; die = true }; !die
	:: break
	od
}

#define busy(r) (state[r] != current && state[r] != failed)
#ifdef NO_ORDER
#define first(r) true
#else
#define first(r) (r == 0 || !busy(0))
#endif
#ifdef NO_LOCK
#define free_to_start(r) true
#else
#define free_to_start(r) (commands[r] == 0)
#endif

inline hint(r) {
	asked[r] = true;
	if
	:: state[r] == current || state[r] == failed -> state[r] = settling
	:: else
	fi
}

inline end_run(r) {
#ifdef DEAF
	asked[r] = false;
	state[r] = (well[r] -> current : failed)
#else
	again[r] = !well[r];
	state[r] = held
#endif
}

inline turn(r) {
	/* hints are read at any time */
	if
	:: event[r] -> atomic { event[r] = false; hint(r) }

	:: state[r] == settling -> state[r] = held

	:: state[r] == held && first(r) ->
#ifndef LOOK_FIRST
		asked[r] = false;
#endif
		state[r] = checking

	/* the helper looks ... */
	:: state[r] == checking ->
		atomic { seen[r] = file[r]; state[r] = looked }

	/* ... and answers */
	:: state[r] == looked ->
		atomic {
#ifdef LOOK_FIRST
			asked[r] = false;
#endif
			if
			:: seen[r] != record[r] || file[r + 1] != made[r] ->
				/* the failed run's own second look: wait */
				if
				:: again[r] -> state[r] = failed
				:: else -> state[r] = queued
				fi
			:: else ->
				state[r] = (asked[r] -> settling : current)
			fi;
			again[r] = false
		}

	/* the rule upstream is busy again */
	:: state[r] == queued && !first(r) ->
		atomic { asked[r] = true; state[r] = held }

	:: state[r] == queued && first(r) && free_to_start(r) ->
		stamp[r] = seen[r];
		atomic {
			asked[r] = false;
			assert(commands[r] == 0);
			assert(r == 0 || !busy(0));
			commands[r]++;
			ended[r] = false;
			state[r] = running
		}

	:: state[r] == running && ended[r] ->
#ifdef STAMP_LATE
		stamp[r] = file[r];
#endif
		if
		:: well[r] -> state[r] = installing
		:: else -> atomic { end_run(r) }
		fi

	:: state[r] == installing ->
		file[r + 1] = scratch[r];
		if
		:: r + 1 < RULES -> tell(r + 1)
		:: else
		fi;
		state[r] = recording

	:: state[r] == recording ->
		atomic {
			record[r] = stamp[r];
			made[r] = file[r + 1];
			end_run(r)
		}

#ifndef NO_RETRY
	:: state[r] == failed -> state[r] = held
#endif
#ifdef BUSY
	:: state[r] == current -> hint(r)
#endif
#ifdef SCAN
	/* one that finds nothing is left out */
	:: state[r] == current && file[r] != record[r] -> hint(r)
#endif
	fi
}

inline forget_all() {
	atomic {
		armed = false;
		r = 0;
		do
		:: r < RULES ->
			event[r] = false;
			asked[r] = false;
			again[r] = false;
			r++
		:: else -> break
		od;
		r = 0;
		die = false
	}
}

inline arm() {
	armed = true
}

inline ask_all() {
	hint(0);
	hint(1)
}

proctype daemon() {
	byte r;

start:
	atomic { state[0] = current; state[1] = current };
	{
#ifdef ARM_LATE
		ask_all();
		do
		:: turn(0)
		:: turn(1)
		:: else -> break
		od;
		arm();
#else
		arm();
		ask_all();
#endif
end:		do
		:: turn(0)
		:: turn(1)
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
		run command(0);
		run command(1);
		run editor();
		run killer();
		run judge()
	}
}

/* Nobody can move: changes have stopped and everything is at rest. */
proctype judge() {
	timeout -> assert(edits == EDITS && file[1] == file[0] &&
	    file[2] == file[1])
}
