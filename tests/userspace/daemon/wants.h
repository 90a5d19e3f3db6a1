/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Things that the worker must not be able to do, to be tried from inside its cage: by
 * test_sandbox.c on this machine, by selftests/vmguestd/guest/cage.c in a guest under the unit's own settings.
 */
#ifndef TEST_WANTS_H
#define TEST_WANTS_H

struct want {
	const char *name;
	int (*what)(void);	/* 0: it was done */
};

/* The last one has no name. */
extern const struct want wants[];

#endif
