/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * vmcount's own borders: code.c counts instructions by address, events.c counts
 * accesses to devices and everything else that happens to a vCPU, interval.c
 * turns two readings of both into a line of JSON, vmcount.c hooks them into QEMU
 * and listens for markers.
 *
 * All counters are per vCPU and written by that vCPU alone, without atomics; a
 * reading sums them while the others run.  Tables only grow, under their lock.
 */
#ifndef VMCOUNT_H
#define VMCOUNT_H

#include "../qemu_plugin.h"

/* A wrong use of the plugin becomes a line in its output, where the reader of the figures is. */
void report_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* code.c: executed instructions by block of `granule` bytes of code */

#define CODE_USER	0	/* slot of all code in the lower half of the address space */
#define CODE_NO_ROOM	1	/* slot of what found the table full */
#define CODE_KERNEL	2	/* first slot of the upper half */

void code_init(unsigned long granule);
qemu_plugin_u64 code_counter(uint64_t vaddr);
unsigned int code_slots(void);
uint64_t code_address(unsigned int slot);
unsigned long code_granule(void);
uint64_t code_count(unsigned int slot, unsigned int vcpu);

/* events.c */

enum event_kind {
	EVENT_INTERRUPT,	/* one of each of these three */
	EVENT_EXCEPTION,
	EVENT_IDLE,
	EVENT_EOI,
	EVENT_IPI,
	EVENT_APIC,		/* any other access to the local APIC */
	EVENT_TIMER,		/* a timer programmed, by name */
	EVENT_MMIO_READ,	/* by name of the region and physical page */
	EVENT_MMIO_WRITE,
	EVENT_PORT_READ,	/* by number */
	EVENT_PORT_WRITE,
	EVENT_MSR_READ,
	EVENT_MSR_WRITE,
};

struct event {
	enum event_kind kind;
	const char *name;
	uint64_t number;
};

void events_init(void);
unsigned int events_known(void);
const struct event *event_at(unsigned int index);
uint64_t event_count(unsigned int index, unsigned int vcpu);

void event_hit(unsigned int vcpu, enum event_kind kind, const char *name, uint64_t number);
void event_mmio(unsigned int vcpu, const char *region, uint64_t phys, bool write);
void event_msr(unsigned int vcpu, uint32_t msr, bool write);

/* interval.c */

bool interval_open_output(const char *path);
void interval_begin(const char *tag);
void interval_end(const char *operations);
void interval_range(const char *name, uint64_t low, uint64_t high);
void interval_note(const char *text);

#endif
