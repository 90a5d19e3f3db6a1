/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The commands of port 0x5658 but for messages and the absolute pointer.
 */
#ifndef VMHOST_BACKDOOR_H
#define VMHOST_BACKDOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vmw/backdoor_dev.h>

#define VH_COMMANDS	106	/* numbers that real hosts know; some have no answer here */

struct vh_backdoor {
	bool restricted;	/* for CPL 0 and I/O-privileged code only */
	uint32_t gui_options;
	uint16_t width, height;	/* of the host's screen */
	int16_t pointer_x, pointer_y;
	bool acpi_disabled;
	uint32_t vcpu_info;
	uint32_t max_lag, interrupt_lag;	/* microseconds */
	struct backdoor_device devices[BACKDOOR_DEVICES];
	size_t device_count;
	uint64_t calls[VH_COMMANDS], unknown;	/* how often each was called */
	uint64_t version_asked;	/* when, vh_monotonic() */
};

struct vmhost;
struct vh_guest;
struct vh_regs;

void vh_backdoor_init(struct vmhost *host);

/* Whether code that runs like this may call at all; whom it is not for, sees an empty port. */
bool vh_backdoor_admits(const struct vmhost *host, const struct vh_guest *guest);

void vh_backdoor_call(struct vmhost *host, struct vh_guest *guest, struct vh_regs *regs);

#endif
