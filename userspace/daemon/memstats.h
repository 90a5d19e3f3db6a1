/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Memory and processor statistics, in the form in which a host keeps them for its
 * performance counters. No system calls.
 *
 * Specification: guest services §6.9.
 */
#ifndef VMGUESTD_MEMSTATS_H
#define VMGUESTD_MEMSTATS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "str.h"

enum mem_item {		/* in the order of the message */
	MEM_HUGE_SIZE, MEM_USABLE, MEM_FREE, MEM_ACTIVE_FILE, MEM_SWAP_FREE, MEM_HUGE_TOTAL,
	MEM_PAGE_IN, MEM_PAGE_OUT, MEM_CONTEXT, MEM_PAGE_SIZE, MEM_NEEDED, MEM_RESERVATION,
	MEM_AVAILABLE, MEM_SLAB, MEM_BUFFERS, MEM_CACHED, MEM_TOTAL, MEM_RUN_QUEUE,
	MEM_DISK_QUEUE, MEM_DISK_AVERAGE, MEM_ITEMS
};

struct mem_sample {
	uint32_t known;			/* bit of enum mem_item: there is a value */
	uint64_t value[MEM_ITEMS];	/* rates: the counter of now */
	uint64_t weighted;		/* of disks: ms of waiting of all requests */
	uint64_t ms;			/* when */
};

/* Text of each file; an empty one is one that is not there. */
struct mem_sources {
	struct str meminfo, zoneinfo, vmstat, stat, diskstats;
	uint64_t page_size, ms;
};

/* memstats_read() - what the texts say: sizes in KiB, counters as they are */
void memstats_read(struct mem_sample *sample, const struct mem_sources *from);
/* memstats_encode() - @before: the sample before, or NULL: then there are no rates */
void memstats_encode(const struct mem_sample *sample, const struct mem_sample *before,
		     struct buf *out);

#endif
