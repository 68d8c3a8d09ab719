/*
 * proc - the states of a process on the BSDs and macOS.
 */

#ifndef SYSTEMS_PROC_H
#define SYSTEMS_PROC_H

#if !defined(__DragonFly__)
#define SZOMB 5
#endif
#if defined(__NetBSD__)
#define SDYING 3
#endif
#if defined(__NetBSD__) || defined(__OpenBSD__)
#define SDEAD 6
#endif

#endif
