// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Statistics: what is read from which file, and the self-describing list that a host
 * gets. One whose source is missing is listed without a value.
 */
#include <string.h>

#include "le.h"
#include "memstats.h"

#define LEGACY 112	/* bytes of the block that older hosts read */

enum {		/* bits of the mask before each statistic, in order */
	HAS_SPACE = 0x02, HAS_ID = 0x04, HAS_TYPE = 0x08, HAS_UNIT = 0x20, HAS_VALUE = 0x80,
};

#define UNIT_KIB 0x0803
#define UNIT_RATE 0x8043	/* pages a second, in KiB */
#define UNIT_NUMBER 2
#define TYPE_UINT 9
#define TYPE_DOUBLE 11

static const struct {
	uint8_t id;
	bool rate;
	uint16_t unit;
} items[MEM_ITEMS] = {
	[MEM_HUGE_SIZE] = { 11, false, UNIT_KIB },
	[MEM_USABLE] = { 6, false, UNIT_KIB },
	[MEM_FREE] = { 4, false, UNIT_KIB },
	[MEM_ACTIVE_FILE] = { 3, false, UNIT_KIB },
	[MEM_SWAP_FREE] = { 9, false, UNIT_KIB },
	[MEM_HUGE_TOTAL] = { 12, false, 0x8803 },
	[MEM_PAGE_IN] = { 7, true, UNIT_RATE },
	[MEM_PAGE_OUT] = { 8, true, UNIT_RATE },
	[MEM_CONTEXT] = { 2, true, 0x42 },
	[MEM_PAGE_SIZE] = { 10, false, 3 },
	[MEM_NEEDED] = { 5, false, UNIT_KIB },
	[MEM_RESERVATION] = { 13, false, UNIT_KIB },
	[MEM_AVAILABLE] = { 25, false, UNIT_KIB },
	[MEM_SLAB] = { 34, false, UNIT_KIB },
	[MEM_BUFFERS] = { 26, false, UNIT_KIB },
	[MEM_CACHED] = { 27, false, UNIT_KIB },
	[MEM_TOTAL] = { 60, false, UNIT_KIB },
	[MEM_RUN_QUEUE] = { 61, false, UNIT_NUMBER },
	[MEM_DISK_QUEUE] = { 62, false, UNIT_NUMBER },
	[MEM_DISK_AVERAGE] = { 63, true, UNIT_NUMBER },
};

static void set(struct mem_sample *sample, enum mem_item item, uint64_t value)
{
	sample->value[item] = value;
	sample->known |= 1u << item;
}

/* Lines of a name and a number, in any order. */
static void read_named(struct mem_sample *sample, struct str text, const char *const names[],
		       const enum mem_item to[], size_t count)
{
	while (text.len) {
		struct str line = str_cut(&text, '\n');
		struct str name = str_word(&line);
		uint64_t number;

		for (size_t i = 0; i < count; i++)
			if (str_is(name, names[i]) && str_u64(str_word(&line), &number))
				set(sample, to[i], number);
	}
}

static void read_meminfo(struct mem_sample *sample, struct str text)
{
	static const char *const names[] = {
		"MemTotal:", "MemFree:", "MemAvailable:", "Buffers:", "Cached:", "Active(file):",
		"SwapFree:", "SReclaimable:", "HugePages_Total:", "Hugepagesize:",
	};
	static const enum mem_item to[] = {
		MEM_TOTAL, MEM_FREE, MEM_AVAILABLE, MEM_BUFFERS, MEM_CACHED, MEM_ACTIVE_FILE,
		MEM_SWAP_FREE, MEM_SLAB, MEM_HUGE_TOTAL, MEM_HUGE_SIZE,
	};

	read_named(sample, text, names, to, sizeof(to) / sizeof(to[0]));
}

static void read_vmstat(struct mem_sample *sample, struct str text)
{
	static const char *const names[] = { "pgpgin", "pgpgout" };
	static const enum mem_item to[] = { MEM_PAGE_IN, MEM_PAGE_OUT };

	read_named(sample, text, names, to, 2);
}

static void read_stat(struct mem_sample *sample, struct str text)
{
	static const char *const names[] = { "ctxt", "procs_running" };
	static const enum mem_item to[] = { MEM_CONTEXT, MEM_RUN_QUEUE };

	read_named(sample, text, names, to, 2);
	/* We run too. */
	if (sample->known & 1u << MEM_RUN_QUEUE && sample->value[MEM_RUN_QUEUE])
		sample->value[MEM_RUN_QUEUE]--;
}

static void read_zoneinfo(struct mem_sample *sample, struct str text, uint64_t page_size)
{
	uint64_t pages = 0;

	while (text.len) {
		struct str line = str_cut(&text, '\n');
		uint64_t number;

		if (str_is(str_word(&line), "present") && str_u64(str_word(&line), &number))
			pages += number;
	}
	if (pages)
		set(sample, MEM_USABLE, pages * (page_size / 1024));
}

/* major minor name, then 11 numbers or more: the 9th is in flight, the 11th weighted time */
static void read_disks(struct mem_sample *sample, struct str text)
{
	uint64_t flight = 0;

	sample->weighted = 0;
	if (!text.len)
		return;
	while (text.len) {
		struct str line = str_cut(&text, '\n');
		uint64_t n[11], major;
		int count = 0;

		if (!str_u64(str_word(&line), &major) || major == 1 || major == 7)
			continue;	/* RAM disks and loops, whose disk is counted */
		str_word(&line);
		str_word(&line);
		while (count < 11 && str_u64(str_word(&line), &n[count]))
			count++;
		if (count < 11)
			continue;
		flight += n[8];
		sample->weighted += n[10];
	}
	set(sample, MEM_DISK_QUEUE, flight);
	sample->known |= 1u << MEM_DISK_AVERAGE;
}

void memstats_read(struct mem_sample *sample, const struct mem_sources *from)
{
	uint64_t usable, available, reservation;

	*sample = (struct mem_sample){ .ms = from->ms };
	read_meminfo(sample, from->meminfo);
	read_vmstat(sample, from->vmstat);
	read_stat(sample, from->stat);
	read_zoneinfo(sample, from->zoneinfo, from->page_size);
	read_disks(sample, from->diskstats);
	set(sample, MEM_PAGE_SIZE, from->page_size);
	if (!(sample->known & 1u << MEM_USABLE) && sample->known & 1u << MEM_TOTAL)
		set(sample, MEM_USABLE, sample->value[MEM_TOTAL]);
	if (!(sample->known & 1u << MEM_USABLE) || !(sample->known & 1u << MEM_AVAILABLE))
		return;
	usable = sample->value[MEM_USABLE];
	available = sample->value[MEM_AVAILABLE];
	reservation = usable / 20;
	set(sample, MEM_RESERVATION, reservation);
	available = available > reservation ? available - reservation : 0;
	set(sample, MEM_NEEDED, usable > available ? usable - available : 0);
}

/* With its size before it, in as few bytes as it takes; 0 takes none. */
static void add_uint(struct buf *out, uint64_t value)
{
	size_t bytes = 0;

	while (bytes < 8 && value >> 8 * bytes)
		bytes++;
	le_add(out, bytes, 2);
	le_add(out, value, bytes);
}

static void add_double(struct buf *out, double value)
{
	float small = (float)value;
	uint64_t bits = 0;

	if (value == 0) {
		le_add(out, 0, 2);
	} else if ((double)small == value) {
		memcpy(&bits, &small, sizeof(small));
		le_add(out, 4, 2);
		le_add(out, bits, 4);
	} else {
		memcpy(&bits, &value, sizeof(value));
		le_add(out, 8, 2);
		le_add(out, bits, 8);
	}
}

static bool rate(enum mem_item item, const struct mem_sample *sample,
		 const struct mem_sample *before, double *value)
{
	uint64_t old = before->value[item], new = sample->value[item];
	double seconds;

	if (!(before->known & 1u << item) || sample->ms <= before->ms)
		return false;
	seconds = (double)(sample->ms - before->ms) / 1000;
	if (item == MEM_DISK_AVERAGE) {
		/* Milliseconds of waiting in each millisecond, times 100. */
		if (sample->weighted < before->weighted)
			return false;
		*value = (double)(sample->weighted - before->weighted) / (seconds * 10);
		return true;
	}
	if (new < old && old <= UINT32_MAX)
		new += 1ull << 32;	/* counters of 32 bits wrap */
	if (new < old)
		return false;
	*value = (double)(new - old) / seconds;
	return true;
}

void memstats_encode(const struct mem_sample *sample, const struct mem_sample *before,
		     struct buf *out)
{
	static const char zeroes[72];
	bool huge = sample->known & 1u << MEM_HUGE_TOTAL;

	buf_clear(out);
	le_add(out, 5, 4);
	le_add(out, (sample->known & 1u << MEM_TOTAL ? 1u : 0) | (huge ? 1u << 10 : 0), 4);
	le_add(out, sample->value[MEM_TOTAL], 8);
	buf_add(out, zeroes, 72);
	le_add(out, sample->value[MEM_HUGE_TOTAL], 8);
	buf_add(out, zeroes, LEGACY - 96);

	for (enum mem_item i = 0; i < MEM_ITEMS; i++) {
		uint32_t mask = HAS_ID | HAS_TYPE | HAS_UNIT;
		double value = 0;
		bool known = sample->known & 1u << i;

		if (items[i].rate)
			known = known && before && rate(i, sample, before, &value);
		if (!i)
			mask |= HAS_SPACE;
		if (known)
			mask |= HAS_VALUE;
		le_add(out, mask, 4);
		if (!i) {
			static const char space[] = "_tools/v1";

			le_add(out, sizeof(space), 2);
			buf_add(out, space, sizeof(space));
		}
		add_uint(out, items[i].id);
		add_uint(out, items[i].rate ? TYPE_DOUBLE : TYPE_UINT);
		add_uint(out, items[i].unit);
		if (known && items[i].rate)
			add_double(out, value);
		else if (known)
			add_uint(out, sample->value[i]);
	}
}
