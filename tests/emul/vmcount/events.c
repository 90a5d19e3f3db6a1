// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What happens to a vCPU besides executing: accesses to device registers, ports
 * and MSRs, interrupts, exceptions, going idle.  A kind with its name and number
 * is one event; the first occurrence enters it in the table.
 *
 * The local APIC is told apart from devices here, in both its forms: the page at
 * 0xfee00000 (xAPIC) and MSRs 0x800-0x8ff (x2APIC), register by register.  So are
 * the HPET's timers, by their address.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vmcount.h"

#define EVENTS_MAX	1024
#define PAGE		4096ull

#define APIC_BASE	0xfee00000ull
#define HPET_BASE	0xfed00000ull
#define APIC_MSR_BASE	0x800u
#define APIC_MSR_LAST	0x8ffu
#define MSR_DEADLINE	0x6e0u

/* Register offsets of the xAPIC page; an x2APIC MSR is the base plus offset / 16. */
enum { APIC_EOI = 0x0b0, APIC_ICR = 0x300, APIC_INITIAL_COUNT = 0x380 };

/* From this offset on the HPET has its timers: configuration, comparator, route. */
#define HPET_TIMERS	0x100

static struct qemu_plugin_scoreboard *board;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards growth of the table */
static struct event table[EVENTS_MAX];
static unsigned int used;

void events_init(void)
{
	board = qemu_plugin_scoreboard_new(EVENTS_MAX * sizeof(uint64_t));
}

unsigned int events_known(void)
{
	return __atomic_load_n(&used, __ATOMIC_ACQUIRE);
}

const struct event *event_at(unsigned int index)
{
	return &table[index];
}

uint64_t event_count(unsigned int index, unsigned int vcpu)
{
	return ((uint64_t *)qemu_plugin_scoreboard_find(board, vcpu))[index];
}

static bool same(const struct event *event, enum event_kind kind, const char *name, uint64_t number)
{
	return event->kind == kind && event->number == number && !strcmp(event->name, name);
}

/* Entries below `used` never change, so only a miss takes the lock. */
static unsigned int find(enum event_kind kind, const char *name, uint64_t number)
{
	unsigned int i, known = events_known();

	for (i = 0; i < known; i++)
		if (same(&table[i], kind, name, number))
			return i;
	pthread_mutex_lock(&lock);
	while (i < used && !same(&table[i], kind, name, number))
		i++;
	if (i == used && used < EVENTS_MAX) {
		table[i] = (struct event){ kind, strdup(name), number };
		if (!table[i].name)
			abort();
		__atomic_store_n(&used, used + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	return i;
}

void event_hit(unsigned int vcpu, enum event_kind kind, const char *name, uint64_t number)
{
	unsigned int index = find(kind, name, number);

	if (index == EVENTS_MAX)
		report_error("more than %u different events", EVENTS_MAX);
	else
		((uint64_t *)qemu_plugin_scoreboard_find(board, vcpu))[index]++;
}

static void hit_apic(unsigned int vcpu, unsigned int offset, bool write)
{
	if (write && offset == APIC_EOI)
		event_hit(vcpu, EVENT_EOI, "", 0);
	else if (write && offset == APIC_ICR)
		event_hit(vcpu, EVENT_IPI, "", 0);
	else if (write && offset == APIC_INITIAL_COUNT)
		event_hit(vcpu, EVENT_TIMER, "apic", 0);
	else
		event_hit(vcpu, EVENT_APIC, "", 0);
}

void event_mmio(unsigned int vcpu, const char *region, uint64_t phys, bool write)
{
	/* QEMU names a nameless region after its address in the QEMU process. */
	if (!strncmp(region, "anon", 4))
		region = phys / PAGE == HPET_BASE / PAGE ? "hpet" : "unnamed";
	if (phys / PAGE == APIC_BASE / PAGE)
		hit_apic(vcpu, phys % PAGE, write);
	else if (write && phys / PAGE == HPET_BASE / PAGE && phys % PAGE >= HPET_TIMERS)
		event_hit(vcpu, EVENT_TIMER, "hpet", 0);
	else
		event_hit(vcpu, write ? EVENT_MMIO_WRITE : EVENT_MMIO_READ, region, phys / PAGE * PAGE);
}

void event_msr(unsigned int vcpu, uint32_t msr, bool write)
{
	if (msr >= APIC_MSR_BASE && msr <= APIC_MSR_LAST)
		hit_apic(vcpu, (msr - APIC_MSR_BASE) * 16, write);
	else if (write && msr == MSR_DEADLINE)
		event_hit(vcpu, EVENT_TIMER, "deadline", 0);
	else
		event_hit(vcpu, write ? EVENT_MSR_WRITE : EVENT_MSR_READ, "", msr);
}
