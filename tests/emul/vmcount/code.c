// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Executed instructions, by the address of their code.  Every block of kernel
 * code of `granule` bytes owns one slot, found once when QEMU translates it; at
 * run time an instruction costs one inline addition and no call.  User code has
 * one slot for all: a translation serves every virtual address of its physical
 * page, so that the address seen at translation may be another process's.
 */
#include <pthread.h>
#include <stdlib.h>

#include "vmcount.h"

#define SLOTS_PAGES	(1u << 15)	/* 128 MiB of kernel code in pages */
#define SLOTS_FINE	(1u << 19)	/* 8 MiB of executed code in lines of 16 bytes */

static struct qemu_plugin_scoreboard *board;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards what follows */
static unsigned long granule;
static unsigned int limit, used = CODE_KERNEL;
static uint64_t *addresses;	/* of each slot, in granules */
static unsigned int *buckets;	/* open addressing, twice as many as slots; 0 is empty */

void code_init(unsigned long bytes)
{
	granule = bytes;
	limit = granule < 4096 ? SLOTS_FINE : SLOTS_PAGES;
	board = qemu_plugin_scoreboard_new(limit * sizeof(uint64_t));
	addresses = calloc(limit, sizeof(*addresses));
	buckets = calloc(2ul * limit, sizeof(*buckets));
	if (!addresses || !buckets)
		abort();
}

static unsigned int find_slot(uint64_t vaddr)
{
	uint64_t block = vaddr / granule;
	unsigned int bucket = (block * 0x9e3779b97f4a7c15ull >> 32) % (2 * limit);

	if (!(vaddr >> 63))
		return CODE_USER;
	for (; buckets[bucket]; bucket = (bucket + 1) % (2 * limit))
		if (addresses[buckets[bucket]] == block)
			return buckets[bucket];
	if (used == limit)
		return CODE_NO_ROOM;
	addresses[used] = block;
	buckets[bucket] = used;
	return used++;
}

qemu_plugin_u64 code_counter(uint64_t vaddr)
{
	unsigned int slot;

	pthread_mutex_lock(&lock);
	slot = find_slot(vaddr);
	pthread_mutex_unlock(&lock);
	return (qemu_plugin_u64){ board, slot * sizeof(uint64_t) };
}

unsigned int code_slots(void)
{
	unsigned int slots;

	pthread_mutex_lock(&lock);
	slots = used;
	pthread_mutex_unlock(&lock);
	return slots;
}

unsigned long code_granule(void)
{
	return granule;
}

uint64_t code_address(unsigned int slot)
{
	return addresses[slot] * granule;
}

uint64_t code_count(unsigned int slot, unsigned int vcpu)
{
	return ((uint64_t *)qemu_plugin_scoreboard_find(board, vcpu))[slot];
}
