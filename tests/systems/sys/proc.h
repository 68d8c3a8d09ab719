/*
 * proc - the states of a process on the BSDs and macOS.
 */

#ifndef SYSTEMS_PROC_H
#define SYSTEMS_PROC_H

#if !defined(__DragonFly__)
#define SZOMB 5
#elif defined(_KERNEL_STRUCTURES)
enum procstat { SIDL = 1, SACTIVE = 2, SSTOP = 3, SZOMB = 4 };
#else
#error "not to be included by programs"
#endif
#if defined(__NetBSD__)
#define SDYING 3
#endif
#if defined(__NetBSD__) || defined(__OpenBSD__)
#define SDEAD 6
#endif

#endif
