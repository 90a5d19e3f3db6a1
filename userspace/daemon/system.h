/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the broker does to the system, in one table, so that tests can put harmless
 * functions in its place: they must never set the clock of the machine they run on,
 * freeze its disks or switch it off.
 */
#ifndef VMGUESTD_SYSTEM_H
#define VMGUESTD_SYSTEM_H

#include "broker_msg.h"
#include "freeze.h"

/* All give 0 or -errno. */
struct system_ops {
	const struct freeze_ops *freeze;
	int (*step)(int64_t seconds, uint32_t nanoseconds);
	int (*slew)(int32_t microseconds);
	/* 1 and microseconds by which the clock may be wrong, 0 (nobody keeps it) or -errno */
	int (*disciplined)(void);
	/* Tries one way after the other; waits, so it is for a child. */
	int (*power)(enum broker_power what);
	int (*display)(const struct broker_screen screens[], uint32_t count);
	int (*online)(enum broker_online kind, uint32_t number);
	int (*rescan)(uint32_t host);
	int (*sync)(const char *point);	/* takes as long as the disk does: for a child */
};
extern const struct system_ops system_ops;

/*
 * system_allow() - from here on they do what they say; before, they refuse with -EPERM
 * Only main() calls it, in a guest of VMware, and it changes nothing in a process that is
 * traced: the test tools which play the hypervisor trace, and the disks that would be
 * frozen then are those of the machine that runs the tests, which stops it for good.
 */
void system_allow(void);
bool system_allowed(void);

/* Paths are made here, of constants and checked numbers; files.h puts the root before them. */
int system_online(enum broker_online kind, uint32_t number);
int system_rescan(uint32_t host);
/* system_display_card() - number of the DRM card that takes layouts, or -ENODEV */
int system_display_card(void);

#endif
