/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The absolute pointer: a queue of words.
 */
#ifndef VMHOST_POINTER_H
#define VMHOST_POINTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vmw/backdoor_dev.h>

struct vh_pointer {
	bool enabled, error, absolute;
	unsigned int restriction;	/* BACKDOOR_POINTER_FOR_… */
	uint32_t queue[BACKDOOR_POINTER_QUEUE];
	size_t first, count;
};

struct vmhost;
struct vh_guest;
struct vh_regs;

void vh_pointer_machine_reset(struct vmhost *host);
void vh_pointer_call(struct vmhost *host, struct vh_guest *guest, unsigned int command,
		     struct vh_regs *regs);

#endif
