/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the host tells of the resources that this machine has got: the reply to
 * "guestlib.info.get 3". No system calls.
 *
 * Specification: guest services §16.
 */
#ifndef VMGUEST_GUESTLIB_H
#define VMGUEST_GUESTLIB_H

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum guestlib_id {
	GUESTLIB_CPU_RESERVATION = 1,	/* MHz */
	GUESTLIB_CPU_LIMIT = 2,		/* MHz */
	GUESTLIB_HOST_MHZ = 5,
	GUESTLIB_MEM_RESERVATION = 6,	/* this and the following: MB */
	GUESTLIB_MEM_LIMIT = 7,
	GUESTLIB_MEM_BALLOONED = 12,
	GUESTLIB_MEM_SWAPPED = 13,
	GUESTLIB_IDS = 39,
};

struct guestlib {
	uint64_t session;	/* another one than before: the machine is on another host */
	bool valid[GUESTLIB_IDS];
	uint64_t value[GUESTLIB_IDS];	/* of numbers; texts are left out */
};

/* guestlib_parse() - false if it is not version 3, or ends where it must not */
bool guestlib_parse(struct str reply, struct guestlib *to);

#endif
