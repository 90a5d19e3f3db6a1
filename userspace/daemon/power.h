/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Soft power operations: the script of one, the word to the host how it went, and then,
 * for two of them, the system's own way down.
 *
 * Specification: guest services §7.
 */
#ifndef VMGUESTD_POWER_H
#define VMGUESTD_POWER_H

#include <stdbool.h>

struct worker;

enum power_op {		/* as the protocol numbers them */
	POWER_NONE,
	POWER_HALT,
	POWER_REBOOT,
	POWER_ON,
	POWER_RESUME,
	POWER_SUSPEND,
	POWER_OPS
};

struct power {
	enum power_op running;
	enum power_op failed;		/* the last one, if its script failed */
	bool script[POWER_OPS];		/* the host wants it run */
};

/* power_init() - until the host says otherwise it wants all scripts run */
void power_init(struct worker *worker);

#endif
