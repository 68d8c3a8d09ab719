# triggerd.  Needs GNU make >= 4.0 or a BSD make; there is no configure step.
#
#   make            the programs
#   make check      the tests
#   make sanitize   the same tests, on a build that stops at undefined behaviour
#   make lint       the architecture, the manuals, the scripts
#   make analyze    what gcc and clang can tell of the source alone (minutes)
#   make analyze-quick   the same without clang's search of all ways
#   make valgrind   some tests, with each program under valgrind (TRIGGERD_LONG=1)
#   make model      the protocol, searched by spin for a story that goes wrong
#   make stories    random edits and disasters, and every product right after
#   make fault      the programs, while each system call fails (TRIGGERD_LONG=1)
#   make fuzz       the readers, fed by libFuzzer (clang)
#   make coverage   the lines and branches that the tests reach
#   make bench      the figures of the README, measured here, beside our peers
#   make bench-counts  the instructions that five stories take, and their change
#   make install    into $(DESTDIR)$(PREFIX)
#   make install-service SUPERVISOR=daemontools|runit|s6|systemd SERVICEDIR=...

VERSION  = 0.1
CC       = cc
CFLAGS   = -O2 -g
PREFIX   = /usr/local
BINDIR   = $(PREFIX)/bin
SBINDIR  = $(PREFIX)/sbin
MANDIR   = $(PREFIX)/share/man
# These, BINDIR and those below are compiled in: what is given to "make install"
# was given to the "make" before it, and begins with "make clean" if it is new.
CONFDIR  = /etc/triggerd
EXAMPLES = $(PREFIX)/share/triggerd
# Of the daemon, unless triggerd.ini says otherwise: below what there is.
RUNDIR   = $(RUNDIR_$(KERNEL))
RUNDIR_linux   = /run/triggerd
RUNDIR_bsd     = /var/run/triggerd
STATEDIR = $(STATEDIR_$(KERNEL))
STATEDIR_linux = /var/lib/triggerd
STATEDIR_bsd   = /var/db/triggerd
LOGUSER  = qmaill
# Where commands are looked for, behind the builders' directory.
SYSTEM_PATH    = /usr/local/bin:$(PKGBIN_$(OS))/usr/bin:/bin
PKGBIN_NetBSD  = /usr/pkg/bin:
PKGBIN_Darwin  = /opt/homebrew/bin:

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	   -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings
# What makes a system show all that it has, and where it keeps the libraries.
SHOW_NetBSD   = -D_NETBSD_SOURCE -D_OPENBSD_SOURCE
SHOW_OpenBSD  = -D_BSD_SOURCE
SHOW_Darwin   = -D_DARWIN_C_SOURCE -include daemon/darwin.h
LOCAL_FreeBSD = /usr/local
LOCAL_DragonFly = /usr/local
LOCAL_OpenBSD = /usr/local
LOCAL_NetBSD  = /usr/pkg
LOCAL_Darwin  = /opt/homebrew
LOCAL_DEFS_bsd = -isystem $(LOCAL_$(OS))/include
LOCAL_LIBS_bsd = -L$(LOCAL_$(OS))/lib -Wl,-rpath,$(LOCAL_$(OS))/lib
DEFS     = -D_GNU_SOURCE $(SHOW_$(OS)) $(LOCAL_DEFS_$(KERNEL)) -DVERSION=\"$(VERSION)\" \
	   -DCONFDIR=\"$(CONFDIR)\" -DBINDIR=\"$(BINDIR)\" \
	   -DRUNDIR=\"$(RUNDIR)\" -DSTATEDIR=\"$(STATEDIR)\" \
	   -DSYSTEM_PATH=\"$(SYSTEM_PATH)\" \
	   $(KQUEUE_DEFS_$(KQUEUE))
SAN      = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	   -fno-sanitize-recover=all

OS      != uname -s

# What a system has of its own stands in files named for it: MODULE_linux.c,
# MODULE_posix.c where no more is needed, and MODULE_bsd.c where the BSDs and
# macOS have it too, in their way.  KQUEUE=1 builds on Linux what they have,
# against libkqueue in KQUEUE_PREFIX (begin with "make clean").
KERNEL_Linux     = linux
KERNEL_FreeBSD   = bsd
KERNEL_DragonFly = bsd
KERNEL_NetBSD    = bsd
KERNEL_OpenBSD   = bsd
KERNEL_Darwin    = bsd
KERNEL   = $(KERNEL_$(OS))
MEANS_linux = linux
MEANS_bsd   = posix
MEANS_   = $(MEANS_$(KERNEL))
MEANS_1  = posix
MEANS    = $(MEANS_$(KQUEUE))
WATCH_linux     = $(WATCH_inotify)
WATCH_bsd       = $(WATCH_kqueue)
WATCH_inotify   = triggers/watch_inotify
WATCH_kqueue    = triggers/dirlist triggers/vnode triggers/watch_kqueue

KQUEUE   =
KQUEUE_PREFIX = /usr/local
KQUEUE_DEFS_1 = -isystem $(KQUEUE_PREFIX)/include/kqueue -DO_SEARCH=O_PATH
KQUEUE_LIBS_1 = -L$(KQUEUE_PREFIX)/lib -Wl,-rpath,$(KQUEUE_PREFIX)/lib \
	   -lkqueue -Wl,--wrap=kqueue -Wl,--wrap=kevent -Wl,--wrap=close
BACKEND_ = $(WATCH_$(KERNEL))
BACKEND_1 = tests/kqueue/pollable $(WATCH_kqueue)
WATCH    = $(BACKEND_$(KQUEUE))

# What the others have, and macOS has not.
ALSO_Darwin = daemon/darwin

# The modules, lowest first.  A module may include the headers of the modules
# before it and no others: these lists are the architecture, and "make lint"
# holds the sources to them.  CORE is what daemon and client share.
CORE     = daemon/log $(ALSO_$(OS)) daemon/standard daemon/clock \
	   daemon/fileclock daemon/fileclock_$(MEANS) \
	   daemon/memfile daemon/memfile_$(MEANS) \
	   daemon/line daemon/digest daemon/memory \
	   daemon/words daemon/verbs \
	   daemon/value daemon/quote daemon/wildcard daemon/names \
	   daemon/pattern daemon/walk \
	   daemon/regular daemon/regular_$(MEANS) \
	   daemon/stamp daemon/stampset daemon/judge daemon/packed \
	   daemon/instance daemon/rule \
	   daemon/mounts daemon/mounts_$(KERNEL) daemon/ground \
	   daemon/syncdir daemon/recordform daemon/record daemon/begun \
	   daemon/memo \
	   daemon/rulelink daemon/trust \
	   daemon/program daemon/conferror daemon/inifile \
	   daemon/section daemon/unasked daemon/setting \
	   daemon/confcommand \
	   daemon/confrule daemon/confdir daemon/conftext \
	   daemon/confeach daemon/confpipe daemon/conftarget \
	   daemon/confprint daemon/conf daemon/sources daemon/check daemon/status
DAEMON   = daemon/removal daemon/scratch daemon/verify \
	   daemon/clone daemon/clone_$(MEANS) daemon/copy \
	   daemon/entry daemon/entry_$(MEANS) daemon/dest \
	   daemon/refused daemon/temporary daemon/product daemon/meanwhile \
	   daemon/route daemon/reported daemon/finish \
	   daemon/child \
	   daemon/fdrange daemon/fdrange_$(MEANS) daemon/spawn daemon/prepare \
	   daemon/process daemon/process_$(KERNEL) daemon/runlock daemon/job \
	   daemon/helper daemon/output daemon/run daemon/leftover \
	   daemon/paused daemon/backoff daemon/pace daemon/kept daemon/longcheck daemon/look \
	   daemon/hold daemon/hold_$(MEANS) \
	   triggers/trigger triggers/events $(WATCH) triggers/fifo \
	   triggers/discard triggers/discard_$(MEANS) \
	   triggers/touch triggers/inlet triggers/pipe triggers/want triggers/place \
	   triggers/watch_hook triggers/watch_link \
	   triggers/watch_need triggers/watch_arm triggers/watch_tree \
	   triggers/remount triggers/remount_$(KERNEL) \
	   triggers/watch triggers/scan daemon/list daemon/forget daemon/listing \
	   daemon/lists \
	   daemon/life daemon/lifecheck daemon/lifestep \
	   daemon/request daemon/task daemon/taskcheck daemon/taskrun \
	   daemon/tasks daemon/order daemon/agenda daemon/taskstatus \
	   daemon/sched daemon/depwatch daemon/hints \
	   daemon/reply daemon/durable daemon/clients daemon/control daemon/ready daemon/dirs \
	   daemon/world daemon/reload daemon/options daemon/triggerd
CLIENT   = client/presence client/talk client/text client/state client/news \
	   client/confread client/show client/report client/reportstatus client/reportconf \
	   client/plan client/watch client/tail client/facts client/explain \
	   client/reportfacts client/trigger-ctl
BUILDER  = $(ALSO_$(OS)) daemon/standard daemon/digest daemon/unasked \
	   builders/option builders/arena \
	   builders/cdbscan builders/outfile \
	   builders/stale builders/writeout builders/writeout_$(MEANS) \
	   builders/tempfile builders/cdbfile builders/stamp \
	   builders/source \
	   builders/keys builders/deps builders/again daemon/piped \
	   builders/command \
	   builders/addresses \
	   builders/vpasswd builders/users builders/instruct \
	   builders/fastforward builders/dotqmail builders/control \
	   builders/passwdline builders/accounts builders/hosts \
	   builders/delivery \
	   builders/mailsystem builders/namelist builders/region \
	   builders/domain builders/lists \
	   builders/ourself builders/ourself_$(MEANS) \
	   builders/lastform builders/lastrun builders/leave \
	   builders/second builders/second_$(MEANS) \
	   builders/handover builders/writer builders/recipients \
	   builders/roster builders/publish builders/explain \
	   builders/compile builders/assign builders/linekeys \
	   builders/authvars builders/limits builders/logins \
	   builders/userfile builders/auth builders/authfile
BUILDERS = mkauth mkmorercpthosts mkmorevalidrcptto mkusers mkvalidrcptto
QUEUE    = $(ALSO_$(OS)) daemon/standard daemon/memory daemon/unasked \
	   queue/layout queue/roles queue/fault \
	   queue/listing queue/split queue/messages queue/access queue/tree \
	   queue/disk queue/disk_$(MEANS) \
	   queue/gate queue/move queue/inspect queue/repair queue/tell \
	   queue/qmail-queue-check
# service-signal: a new supervisor stands before supervised, which lists them.
SERVICE  = $(ALSO_$(OS)) daemon/standard daemon/clock \
	   daemon/process daemon/process_$(KERNEL) daemon/piped \
	   service/order service/tool service/supervisor service/servicedir \
	   service/daemontools service/runit service/s6 service/systemd \
	   service/supervised service/restart \
	   service/postfix \
	   service/service-signal

# What an administrator may run, and the rules do, beside the programs.
COMMANDS = newaliases-file postfix-instances postfix-map setforward-file \
	   tcprules-file

UNIT_TESTS = begun check check_blocked check_records conf conf_names \
	   conf_rules digest durable each_call each_end fifo finish ground \
	   helper inifile instance lists job judge life line meanwhile memo \
	   pace pattern pipe product quote record regular removal reported \
	   route rule runlock scratch stamp status room trouble \
	   trouble_state turn value verify \
	   watch watch_blind watch_limit watch_links watch_random watch_tree \
	   watch_wild
UNIT_BUILDER = accounts addresses arena cdbfile cdbscan control instruct \
	   keys lastrun option source vpasswd
UNIT_QUEUE = roles

LIBS_DAEMON  = $(LOCAL_LIBS_$(KERNEL)) -lev -linih -lcdb \
	   $(KQUEUE_LIBS_$(KQUEUE))
LIBS_CORE    = $(LOCAL_LIBS_$(KERNEL)) -linih -lcdb
LIBS_CLIENT  = $(LIBS_CORE) -ljansson
LIBS_BUILDER = $(LOCAL_LIBS_$(KERNEL)) -lcdb
LIBS_QUEUE   = $(LOCAL_LIBS_$(KERNEL)) -ljansson

PROGRAMS = daemon/triggerd client/trigger-ctl $(BUILDERS:%=builders/%) \
	   service/service-signal queue/qmail-queue-check
# The same, on what the BSDs have, with a stand-in for their kernel.
UNIT_KQUEUE = helper job pipe product watch watch_limit watch_links \
	   watch_random

UNIT_D   = $(UNIT_TESTS:%=tests/unit/%_test)
UNIT_B   = $(UNIT_BUILDER:%=tests/unit/%_test)
UNIT_Q   = $(UNIT_QUEUE:%=tests/unit/%_test)
UNIT_K_  = $(UNIT_KQUEUE:%=tests/kqueue/%_test)
UNIT_K   = $(UNIT_K_$(KQUEUE))
UNIT     = $(UNIT_D) $(UNIT_B) $(UNIT_Q) $(UNIT_K)
# A target of libFuzzer is tests/fuzz/NAME_fuzz.c, and here its NAME: among the
# readers of the builders, the daemon, the client, qmail-queue-check, or
# service-signal.
FUZZ_BUILDER = accounts addresses assign authvars cdbscan control fastforward \
	   hosts instruct lastrun limits linekeys userfile users vpasswd
FUZZ_DAEMON = commands conf deps line list mounts pattern quote record \
	   runlock value verify
FUZZ_CLIENT = answer status
FUZZ_QUEUE = queue
FUZZ_SERVICE = service
BENCH    = tests/bench/mark tests/bench/copy tests/bench/floor \
	   tests/bench/latency \
	   tests/bench/check_stat tests/bench/arm
AIDS     = tests/lib/hinter tests/lib/hangfs tests/lib/sender \
	   tests/lib/killer.so tests/lib/stepper.so tests/fault/inject

# Some modules are headers only.
COMPILED = for m in $$modules; do test ! -e $$m.c || echo $$m; done
CORE_M  != modules="$(CORE)"; $(COMPILED)
DAEMON_M != modules="$(DAEMON)"; $(COMPILED)
BUILDER_M != modules="$(BUILDER)"; $(COMPILED)
QUEUE_M != modules="$(QUEUE)"; $(COMPILED)
SERVICE_M != modules="$(SERVICE)"; $(COMPILED)
MAIN_M   = $(DAEMON_M:daemon/triggerd=)
CORE_O   = $(CORE_M:%=%.o)
MODULE_O = $(MAIN_M:%=%.o)
CORE_S   = $(CORE_M:%=%.san)
MODULE_S = $(MAIN_M:%=%.san)
MODULE_K != for o in $(CORE_S) $(MODULE_S); do \
	   p=$${o%_linux.san}_posix; \
	   case $$o in triggers/watch_inotify.san) ;; \
	   *) test -e $$p.c && echo $$p.san || echo $$o ;; esac; done
CLIENT_O = $(CLIENT:%=%.o)
CLIENT_S = $(CLIENT:%=%.san)
QUEUE_O  = daemon/log.o $(QUEUE_M:%=%.o)
QUEUE_S  = daemon/log.san $(QUEUE_M:%=%.san)
QUEUE_T  = $(QUEUE_S:queue/qmail-queue-check.san=)
BUILDER_O = daemon/log.o $(BUILDER_M:%=%.o)
BUILDER_S = daemon/log.san $(BUILDER_M:%=%.san)
SERVICE_O = daemon/log.o $(SERVICE_M:%=%.o)
SERVICE_S = daemon/log.san $(SERVICE_M:%=%.san)
FUZZ_CC  = clang
FUZZ_SAN = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	   -fsanitize=address,undefined
FUZZ_B   = $(FUZZ_BUILDER:%=tests/fuzz/%_fuzz)
FUZZ_D   = $(FUZZ_DAEMON:%=tests/fuzz/%_fuzz)
FUZZ_C   = $(FUZZ_CLIENT:%=tests/fuzz/%_fuzz)
FUZZ_Q   = $(FUZZ_QUEUE:%=tests/fuzz/%_fuzz)
FUZZ_S   = $(FUZZ_SERVICE:%=tests/fuzz/%_fuzz)
FUZZERS  = $(FUZZ_B) $(FUZZ_D) $(FUZZ_C) $(FUZZ_Q) $(FUZZ_S)
BUILDER_F = daemon/log.fuz $(BUILDER_M:%=%.fuz) tests/fuzz/input.fuz
DAEMON_F = $(CORE_M:%=%.fuz) $(MAIN_M:%=%.fuz) tests/fuzz/matter.fuz
CLIENT_M != echo " $(CLIENT) " | sed 's, client/trigger-ctl , ,'
CLIENT_F = $(CORE_M:%=%.fuz) $(CLIENT_M:%=%.fuz) tests/fuzz/matter.fuz
QUEUE_R  = $(QUEUE_M:queue/qmail-queue-check=)
QUEUE_F  = daemon/log.fuz $(QUEUE_R:%=%.fuz) tests/fuzz/matter.fuz
SERVICE_R = $(SERVICE_M:service/service-signal=)
SERVICE_F = daemon/log.fuz $(SERVICE_R:%=%.fuz) tests/fuzz/matter.fuz
ALL_O    = $(CORE_O) $(MODULE_O) daemon/triggerd.o $(CLIENT_O) $(BUILDER_M:%=%.o) \
	   $(BUILDERS:%=builders/%.o) $(SERVICE_M:%=%.o) \
	   $(QUEUE_M:%=%.o)

ANALYZE_CC = gcc
TIDY     = clang-tidy --quiet
STRICT_TIDY = -std=c11 $(DEFS) -Itests/kqueue -I.
# counters.c is of gcc only, and what is other systems' compiles there.
ALL_C   != ls */*.c tests/*/*.c | grep -v -e coverage/counters -e _bsd -e darwin

STRICT   = -std=c11 $(WARNINGS) $(DEFS) $(CPPFLAGS) -I. -MMD -MP
COMPILE  = $(CC) $(STRICT)

.SUFFIXES:
.SUFFIXES: .c .o .san .fuz .gcc .tidy .clang
.PHONY: all check sanitize sanitized lint analyze analyze-quick valgrind \
	fmt fmt-check model fault \
	fault-sanitized stories stories-sanitized \
	fuzz have-clang fuzzers coverage bench bench-counts \
	install install-service \
	uninstall clean dist

all: $(PROGRAMS)

.c.o:
	$(COMPILE) $(CFLAGS) -MF $@.d -c -o $@ $<
.c.san:
	$(COMPILE) $(SAN) -MF $@.d -c -o $@ $<
.c.fuz:
	$(FUZZ_CC) $(STRICT) $(FUZZ_SAN) -fsanitize=fuzzer-no-link \
	    -MF $@.d -c -o $@ $<

# FILE.gcc, FILE.tidy and FILE.clang only say that FILE.c was found good.
# gcc 12 cannot follow a pointer that is stored through another one, and calls
# it lost: 13 times of 13 wrong.  Leaks are for clang, and for the sanitizer.
.c.gcc:
	$(ANALYZE_CC) $(STRICT) -Itests/kqueue -O1 -Werror -fanalyzer \
	    -Wno-analyzer-malloc-leak -MF $@.d -c -o $@ $<
.gcc.tidy:
	$(TIDY) --checks=-clang-analyzer-* $(@:.tidy=.c) -- $(STRICT_TIDY)
	@: >$@
.gcc.clang:
	$(TIDY) $(@:.clang=.c) -- $(STRICT_TIDY)
	@: >$@

daemon/triggerd: $(CORE_O) $(MODULE_O) daemon/triggerd.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CORE_O) $(MODULE_O) \
	    daemon/triggerd.o $(LIBS_DAEMON) $(LDLIBS)
client/trigger-ctl: $(CORE_O) $(CLIENT_O)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CORE_O) $(CLIENT_O) \
	    $(LIBS_CLIENT) $(LDLIBS)
queue/qmail-queue-check: $(QUEUE_O)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(QUEUE_O) $(LIBS_QUEUE) $(LDLIBS)
$(BUILDERS:%=builders/%): $(BUILDER_O) $(BUILDERS:%=builders/%.o)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $@.o $(BUILDER_O) \
	    $(LIBS_BUILDER) $(LDLIBS)
service/service-signal: $(SERVICE_O)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(SERVICE_O) $(LDLIBS)

daemon/triggerd.sanitized: $(CORE_S) $(MODULE_S) daemon/triggerd.san
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(CORE_S) $(MODULE_S) \
	    daemon/triggerd.san $(LIBS_DAEMON) $(LDLIBS)
client/trigger-ctl.sanitized: $(CORE_S) $(CLIENT_S)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(CORE_S) $(CLIENT_S) \
	    $(LIBS_CLIENT) $(LDLIBS)
queue/qmail-queue-check.sanitized: $(QUEUE_S)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(QUEUE_S) $(LIBS_QUEUE) $(LDLIBS)
$(BUILDERS:%=builders/%.sanitized): $(BUILDER_S) $(BUILDERS:%=builders/%.san)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(@:.sanitized=.san) $(BUILDER_S) \
	    $(LIBS_BUILDER) $(LDLIBS)
service/service-signal.sanitized: $(SERVICE_S)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $(SERVICE_S) $(LDLIBS)

# Unit tests are always sanitized: they are quick.
$(UNIT_D): $(CORE_S) $(MODULE_S) $(UNIT_D:%=%.san)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $@.san $(CORE_S) $(MODULE_S) \
	    $(LIBS_DAEMON) $(LDLIBS)
$(UNIT_K): $(MODULE_K) $(UNIT_KQUEUE:%=tests/unit/%_test.san) \
    $(WATCH_kqueue:%=%.c) tests/kqueue/standin.c tests/kqueue/sys/event.h
	$(CC) -std=c11 $(WARNINGS) $(DEFS) $(CPPFLAGS) -Itests/kqueue -I. \
	    $(SAN) $(LDFLAGS) -o $@ $(WATCH_kqueue:%=%.c) \
	    tests/kqueue/standin.c tests/unit/$(@F).san $(MODULE_K) \
	    $(LIBS_DAEMON) $(LDLIBS)
$(FUZZ_B): $(BUILDER_F) $(FUZZ_B:%=%.fuz)
	$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer $(LDFLAGS) -o $@ $@.fuz \
	    $(BUILDER_F) $(LIBS_BUILDER) $(LDLIBS)
$(FUZZ_D): $(DAEMON_F) $(FUZZ_D:%=%.fuz)
	$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer $(LDFLAGS) -o $@ $@.fuz \
	    $(DAEMON_F) $(LIBS_DAEMON) $(LDLIBS)
$(FUZZ_C): $(CLIENT_F) $(FUZZ_C:%=%.fuz)
	$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer $(LDFLAGS) -o $@ $@.fuz \
	    $(CLIENT_F) $(LIBS_CLIENT) $(LDLIBS)
$(FUZZ_Q): $(QUEUE_F) $(FUZZ_Q:%=%.fuz)
	$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer $(LDFLAGS) -o $@ $@.fuz \
	    $(QUEUE_F) $(LIBS_QUEUE) $(LDLIBS)
$(FUZZ_S): $(SERVICE_F) $(FUZZ_S:%=%.fuz)
	$(FUZZ_CC) $(FUZZ_SAN) -fsanitize=fuzzer -Wl,--wrap=tool_run \
	    $(LDFLAGS) -o $@ $@.fuz $(SERVICE_F) $(LDLIBS)
$(UNIT_B): $(BUILDER_S) $(UNIT_B:%=%.san)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $@.san $(BUILDER_S) \
	    $(LIBS_BUILDER) $(LDLIBS)
$(UNIT_Q): $(QUEUE_T) $(UNIT_Q:%=%.san)
	$(CC) $(SAN) $(LDFLAGS) -o $@ $@.san $(QUEUE_T) $(LIBS_QUEUE) $(LDLIBS)

tests/lib/hinter tests/lib/hangfs tests/lib/sender tests/bench/floor \
    tests/bench/latency: tests/lib/hinter.c tests/lib/hangfs.c \
    tests/lib/sender.c tests/bench/floor.c tests/bench/latency.c
	$(COMPILE) $(CFLAGS) $(LDFLAGS) -o $@ $@.c
tests/fault/inject: tests/fault/inject.c
	$(COMPILE) $(CFLAGS) $(LDFLAGS) -o $@ tests/fault/inject.c
tests/lib/killer.so tests/lib/stepper.so: tests/lib/killer.c tests/lib/stepper.c
	$(COMPILE) $(CFLAGS) $(LDFLAGS) -shared -fPIC -o $@ $(@:.so=.c)
tests/bench/mark tests/bench/copy: tests/bench/mark.c tests/bench/copy.c
	$(COMPILE) $(CFLAGS) $(LDFLAGS) -static -o $@ $@.c
tests/bench/check_stat: $(CORE_O) tests/bench/check_stat.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ tests/bench/check_stat.o $(CORE_O) \
	    $(LIBS_CORE) $(LDLIBS)
tests/bench/arm: $(CORE_O) $(MODULE_O) tests/bench/arm.o
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ tests/bench/arm.o $(CORE_O) \
	    $(MODULE_O) $(LIBS_DAEMON) $(LDLIBS)

# Tests wait more than they compute: two at once for each processor.
TESTJOBS != expr 2 \* $$(getconf _NPROCESSORS_ONLN || echo 1)
# A test that hangs is red after so many seconds.
TESTLIMIT != [ -n "$$TRIGGERD_LONG" ] && echo 3600 || echo 300
BATS     = BATS_TEST_TIMEOUT=$(TESTLIMIT) bats --jobs $(TESTJOBS) $(BATSFLAGS)
TESTS    = tests

# Rules refuse a command that a group can write, so a checkout made under umask
# 002 wants "chmod -R go-w ." first.  scripts/check works on copies of its own.
check: all $(UNIT) $(AIDS) $(BENCH)
	$(BATS) $(TESTS)

sanitized: all $(PROGRAMS:%=%.sanitized) $(UNIT) $(AIDS) $(BENCH)
# Each program under valgrind: tests of three of them, and with TRIGGERD_LONG=1
# of all.
$(PROGRAMS:%=%.valgrind): tests/valgrind/wrapper
	cp tests/valgrind/wrapper $@
valgrind: all $(PROGRAMS:%=%.valgrind) $(AIDS)
	tests/valgrind/run $(BATS)

sanitize: sanitized
	BUILT=.sanitized $(BATS) $(TESTS)

SCRIPTS  = scripts/check scripts/demo scripts/onchange scripts/packages \
	   $(COMMANDS:%=scripts/%) scripts/service/install \
	   scripts/service/*/run scripts/service/*/log/run \
	   scripts/service/runit/check tests/bench/run tests/bench/count tests/bench/pictures \
	   tests/bench/pipe-watcher tests/bench/lib.sh tests/bench/figures/* \
	   tests/model/run tests/stories/run tests/fuzz/run tests/coverage/run \
	   tests/valgrind/run tests/valgrind/wrapper \
	   tests/lint/check-*

lint: $(ALL_O)
	tests/lint/check-layers $(CORE) $(DAEMON)
	tests/lint/check-layers $(CORE) $(CLIENT)
	tests/lint/check-layers daemon/log $(QUEUE)
	tests/lint/check-layers daemon/log $(BUILDER) $(BUILDERS:%=builders/%)
	tests/lint/check-layers daemon/log $(SERVICE)
	tests/lint/check-layers $(CORE) triggers/events $(WATCH_kqueue)
	tests/lint/check-layers $(CORE) $(DAEMON) daemon/mounts_bsd \
	    daemon/process_bsd triggers/remount_bsd daemon/clone_posix \
	    daemon/entry_posix daemon/fdrange_posix daemon/fileclock_posix \
	    daemon/hold_posix daemon/memfile_posix daemon/regular_posix \
	    triggers/discard_posix
	tests/lint/check-layers builders/second builders/second_posix \
	    builders/ourself builders/ourself_posix \
	    builders/writeout builders/writeout_posix \
	    queue/disk queue/disk_posix
	tests/lint/check-modules $(CORE) $(DAEMON) $(CLIENT) $(BUILDER) \
	    $(BUILDERS:%=builders/%) $(QUEUE) $(SERVICE) $(ALSO_Darwin) \
	    $(WATCH_inotify) $(WATCH_kqueue)
	tests/lint/check-systems $(CC)
	tests/lint/check-exports $(ALL_O)
	tests/lint/check-headers $(CC)
	tests/lint/check-sleep
	tests/lint/check-width */*.[ch] tests/*/*.[ch]
	tests/lint/check-promises tests/promises.md red
	tests/lint/check-promises tests/builders.md
	tests/lint/check-promises tests/faults.md
	mandoc -T lint -W warning man/*.[58]
	shellcheck $(SCRIPTS)
	cppcheck --quiet --std=c11 \
	    --enable=warning,portability \
	    --inline-suppr --error-exitcode=1 -I. $(DEFS) -D__GNUC__ \
	    daemon triggers client builders service queue

analyze-quick: $(ALL_C:.c=.gcc) $(ALL_C:.c=.tidy)
	@set -- $(ALL_C); echo "analyze: $$# files"
analyze: $(ALL_C:.c=.gcc) $(ALL_C:.c=.clang)
	@set -- $(ALL_C); echo "analyze: $$# files"

fmt:
	clang-format -i */*.[ch] tests/*/*.[ch]
fmt-check:
	clang-format --dry-run -Werror */*.[ch] tests/*/*.[ch]

model:
	CC="$(CC)" tests/model/run

stories: all tests/lib/stepper.so
	tests/stories/run
stories-sanitized: sanitized tests/lib/stepper.so
	BUILT=.sanitized tests/stories/run

fault: all tests/fault/inject
	tests/fault/run
fault-sanitized: sanitized
	BUILT=.sanitized tests/fault/run

coverage:
	tests/coverage/run $(COVERAGE_LIST) $(COVERAGE_BRANCHES)

fuzz: have-clang fuzzers
	tests/fuzz/run $(FUZZERS)
have-clang:
	@command -v $(FUZZ_CC) >/dev/null || \
	    { echo "fuzz: needs $(FUZZ_CC) (scripts/packages check)" >&2; \
	    exit 111; }
fuzzers: $(FUZZERS)

bench: all $(BENCH) $(AIDS)
	tests/bench/run
# Instructions, which repeat where times do not.
bench-counts: all $(BENCH)
	tests/bench/count -w

# What is installed names the directories that it was made for.
PLACED   = sed -e 's|/run/triggerd|$(RUNDIR)|' \
	   -e 's|/var/lib/triggerd|$(STATEDIR)|' -e 's|/etc/triggerd/|$(CONFDIR)/|'

install: all
	umask 022 && mkdir -p $(DESTDIR)$(SBINDIR) $(DESTDIR)$(BINDIR) \
	    $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8 \
	    $(DESTDIR)$(EXAMPLES)/rules.d $(DESTDIR)$(CONFDIR)/rules.d
	install -m 755 daemon/triggerd client/trigger-ctl \
	    queue/qmail-queue-check $(DESTDIR)$(SBINDIR)
	install -m 755 $(BUILDERS:%=builders/%) service/service-signal \
	    $(COMMANDS:%=scripts/%) $(DESTDIR)$(BINDIR)
	cd $(DESTDIR)$(EXAMPLES) && rm -f onchange.new
	$(PLACED) scripts/onchange >$(DESTDIR)$(EXAMPLES)/onchange.new
	cd $(DESTDIR)$(EXAMPLES) && chmod 755 onchange.new && \
	    mv -f onchange.new onchange
	install -m 644 rules.d/*.ini $(DESTDIR)$(EXAMPLES)/rules.d
	umask 022 && \
	    $(PLACED) scripts/triggerd.ini >$(DESTDIR)$(EXAMPLES)/triggerd.ini
	test -e $(DESTDIR)$(CONFDIR)/triggerd.ini || install -m 644 \
	    $(DESTDIR)$(EXAMPLES)/triggerd.ini \
	    $(DESTDIR)$(CONFDIR)/triggerd.ini
	install -m 644 man/*.5 $(DESTDIR)$(MANDIR)/man5
	install -m 644 man/*.8 $(DESTDIR)$(MANDIR)/man8

# For the supervisor that this machine has.
install-service:
	scripts/service/install "$(SUPERVISOR)" "$(DESTDIR)$(SERVICEDIR)" \
	    "$(SBINDIR)" "$(LOGUSER)"

# What the administrator wrote in $(CONFDIR) stays.
uninstall:
	cd $(DESTDIR)$(SBINDIR) && rm -f triggerd trigger-ctl \
	    qmail-queue-check
	cd $(DESTDIR)$(BINDIR) && rm -f $(BUILDERS) service-signal $(COMMANDS)
	cd man && for page in *; do \
	    rm -f $(DESTDIR)$(MANDIR)/man$${page##*.}/$$page; done
	rm -rf $(DESTDIR)$(EXAMPLES)

dist:
	git -c tar.umask=0022 archive --prefix=triggerd-$(VERSION)/ HEAD | \
	    gzip -9n >triggerd-$(VERSION).tar.gz

clean:
	rm -f $(PROGRAMS) $(PROGRAMS:%=%.sanitized) $(PROGRAMS:%=%.valgrind)
	rm -f $(UNIT) $(BENCH) $(AIDS) $(FUZZERS)
	rm -f */*.o */*.san */*.fuz */*.d */*/*.o */*/*.san */*/*.fuz */*/*.d
	rm -f $(ALL_C:.c=.gcc) $(ALL_C:.c=.tidy) $(ALL_C:.c=.clang)
	rm -f triggerd-$(VERSION).tar.gz .depend .depend.*

# What includes what, in one file: bmake takes all names behind an -include as
# one.  Another make may be at it.
JOINED  != { cat */*.d */*/*.d >.depend.$$$$; mv -f .depend.$$$$ .depend; } \
	   2>/dev/null; :
-include .depend
