// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * From marker to marker: `begin` takes a reading of all counters, `end` takes
 * another and writes the difference as one line of JSON.  The lines are described
 * in README.md.  Called with the marker lock held, so one at a time.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vmcount.h"

#define RANGES_MAX	16
#define NAME_MAX_LEN	63

struct range {
	char name[NAME_MAX_LEN + 1];
	uint64_t low, high;
};

/* Counters of all vCPUs, one row a vCPU.  What appears after `begin` started from zero. */
struct reading {
	unsigned int slots, events, vcpus;
	uint64_t *code, *event;
	struct timespec time;
};

struct totals {
	uint64_t user, kernel, range[RANGES_MAX];
};

static FILE *output;
static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;
static struct range ranges[RANGES_MAX];
static unsigned int ranges_used;
static char open_tag[NAME_MAX_LEN + 1];
static struct reading start;

bool interval_open_output(const char *path)
{
	output = fopen(path, "a");
	if (!output)
		perror(path);
	return output;
}

void report_error(const char *format, ...)
{
	va_list args;

	pthread_mutex_lock(&output_lock);
	fputs("{\"error\": \"", output);
	va_start(args, format);
	vfprintf(output, format, args);
	va_end(args);
	fputs("\"}\n", output);
	fflush(output);
	pthread_mutex_unlock(&output_lock);
}

static struct reading read_all(void)
{
	struct reading now = {
		.slots = code_slots(), .events = events_known(), .vcpus = qemu_plugin_num_vcpus(),
	};
	unsigned int vcpu, i;

	now.code = calloc((size_t)now.slots * now.vcpus, sizeof(uint64_t));
	now.event = calloc((size_t)now.events * now.vcpus + 1, sizeof(uint64_t));
	if (!now.code || !now.event)
		abort();
	for (vcpu = 0; vcpu < now.vcpus; vcpu++) {
		for (i = 0; i < now.slots; i++)
			now.code[vcpu * now.slots + i] = code_count(i, vcpu);
		for (i = 0; i < now.events; i++)
			now.event[vcpu * now.events + i] = event_count(i, vcpu);
	}
	clock_gettime(CLOCK_MONOTONIC, &now.time);
	return now;
}

static void free_reading(struct reading *reading)
{
	free(reading->code);
	free(reading->event);
	memset(reading, 0, sizeof(*reading));
}

static uint64_t code_since(const struct reading *now, unsigned int slot, unsigned int vcpu)
{
	uint64_t before = slot < start.slots && vcpu < start.vcpus ?
			  start.code[vcpu * start.slots + slot] : 0;

	return now->code[vcpu * now->slots + slot] - before;
}

static uint64_t event_since_on(const struct reading *now, unsigned int index, unsigned int vcpu)
{
	uint64_t before = index < start.events && vcpu < start.vcpus ?
			  start.event[vcpu * start.events + index] : 0;

	return now->event[vcpu * now->events + index] - before;
}

static uint64_t event_since(const struct reading *now, unsigned int index)
{
	uint64_t sum = 0;
	unsigned int vcpu;

	for (vcpu = 0; vcpu < now->vcpus; vcpu++)
		sum += event_since_on(now, index, vcpu);
	return sum;
}

static uint64_t kind_since(const struct reading *now, enum event_kind kind)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < now->events; i++)
		if (event_at(i)->kind == kind)
			sum += event_since(now, i);
	return sum;
}

static void add_vcpu(struct totals *totals, const struct reading *now, unsigned int vcpu)
{
	unsigned int slot, r;

	totals->user += code_since(now, CODE_USER, vcpu);
	for (slot = CODE_NO_ROOM; slot < now->slots; slot++) {
		uint64_t count = code_since(now, slot, vcpu), address = code_address(slot);

		totals->kernel += count;
		if (slot == CODE_NO_ROOM)
			continue;
		for (r = 0; r < ranges_used; r++)
			if (address + code_granule() > ranges[r].low && address < ranges[r].high)
				totals->range[r] += count;
	}
}

static void print_totals(const struct totals *totals)
{
	unsigned int r;

	fprintf(output, "\"total\": %" PRIu64 ", \"user\": %" PRIu64 ", \"kernel\": %" PRIu64
		", \"ranges\": {", totals->user + totals->kernel, totals->user, totals->kernel);
	for (r = 0; r < ranges_used; r++)
		fprintf(output, "%s\"%s\": %" PRIu64, r ? ", " : "", ranges[r].name,
			totals->range[r]);
	putc('}', output);
}

static void print_vcpus(const struct reading *now)
{
	unsigned int vcpu;

	fputs(", \"vcpus\": [", output);
	for (vcpu = 0; vcpu < now->vcpus; vcpu++) {
		struct totals totals = { 0 };

		add_vcpu(&totals, now, vcpu);
		fputs(vcpu ? ", {" : "{", output);
		print_totals(&totals);
		putc('}', output);
	}
	putc(']', output);
}

/* A list of objects, one for each event of two kinds that differ in the direction only. */
static void print_accesses(const struct reading *now, const char *title, enum event_kind reads,
			   enum event_kind writes)
{
	const char *comma = "";
	unsigned int i;

	fprintf(output, ", \"%s\": [", title);
	for (i = 0; i < now->events; i++) {
		const struct event *event = event_at(i);
		uint64_t count = event_since(now, i);

		if (!count || (event->kind != reads && event->kind != writes))
			continue;
		fprintf(output, "%s{\"name\": \"%s\", \"address\": \"%#" PRIx64 "\", \"%s\": %" PRIu64
			"}", comma, event->name, event->number,
			event->kind == writes ? "writes" : "reads", count);
		comma = ", ";
	}
	putc(']', output);
}

static void print_timers(const struct reading *now)
{
	const char *comma = "";
	unsigned int i;

	fputs(", \"timer\": {", output);
	for (i = 0; i < now->events; i++) {
		if (event_at(i)->kind != EVENT_TIMER)
			continue;
		fprintf(output, "%s\"%s\": %" PRIu64, comma, event_at(i)->name, event_since(now, i));
		comma = ", ";
	}
	putc('}', output);
}

static void print_blocks(const struct reading *now)
{
	const char *comma = "";
	unsigned int slot, vcpu;

	fputs(", \"blocks\": [", output);
	for (slot = CODE_KERNEL; slot < now->slots; slot++) {
		uint64_t count = 0;

		for (vcpu = 0; vcpu < now->vcpus; vcpu++)
			count += code_since(now, slot, vcpu);
		if (!count)
			continue;
		fprintf(output, "%s[\"%#" PRIx64 "\", %" PRIu64 "]", comma, code_address(slot), count);
		comma = ", ";
	}
	putc(']', output);
}

void interval_begin(const char *tag)
{
	if (open_tag[0]) {
		report_error("begin %s before the end of %s", tag, open_tag);
		return;
	}
	if (strlen(tag) > NAME_MAX_LEN) {
		report_error("the tag is longer than %d", NAME_MAX_LEN);
		return;
	}
	strcpy(open_tag, tag);
	start = read_all();
}

void interval_end(const char *operations)
{
	struct totals totals = { 0 };
	struct reading now;
	unsigned int vcpu;

	if (!open_tag[0]) {
		report_error("end without begin");
		return;
	}
	now = read_all();
	for (vcpu = 0; vcpu < now.vcpus; vcpu++) {
		if (code_since(&now, CODE_NO_ROOM, vcpu))
			report_error("the table of code blocks is full");
		add_vcpu(&totals, &now, vcpu);
	}
	pthread_mutex_lock(&output_lock);
	fprintf(output, "{\"tag\": \"%s\", \"operations\": %" PRIu64 ", \"wall_ns\": %lld, ", open_tag,
		(uint64_t)strtoull(operations, NULL, 10),
		(now.time.tv_sec - start.time.tv_sec) * 1000000000ll +
		now.time.tv_nsec - start.time.tv_nsec);
	print_totals(&totals);
	/* QEMU 11.1 reports an x86 exception twice: as such, and as the interrupt it leads to. */
	fprintf(output, ", \"interrupts\": %" PRIu64 ", \"exceptions\": %" PRIu64 ", \"idle\": %" PRIu64
		", \"eoi\": %" PRIu64 ", \"ipi\": %" PRIu64 ", \"apic\": %" PRIu64,
		kind_since(&now, EVENT_INTERRUPT) - kind_since(&now, EVENT_EXCEPTION),
		kind_since(&now, EVENT_EXCEPTION), kind_since(&now, EVENT_IDLE), kind_since(&now, EVENT_EOI),
		kind_since(&now, EVENT_IPI), kind_since(&now, EVENT_APIC));
	print_timers(&now);
	print_accesses(&now, "mmio", EVENT_MMIO_READ, EVENT_MMIO_WRITE);
	print_accesses(&now, "ports", EVENT_PORT_READ, EVENT_PORT_WRITE);
	print_accesses(&now, "msrs", EVENT_MSR_READ, EVENT_MSR_WRITE);
	print_vcpus(&now);
	if (code_granule() < 4096)
		print_blocks(&now);
	fputs("}\n", output);
	fflush(output);
	pthread_mutex_unlock(&output_lock);
	open_tag[0] = 0;
	free_reading(&start);
	free_reading(&now);
}

void interval_range(const char *name, uint64_t low, uint64_t high)
{
	unsigned int r;

	for (r = 0; r < ranges_used && strcmp(ranges[r].name, name); r++)
		;
	if (r == RANGES_MAX || strlen(name) > NAME_MAX_LEN || low >= high) {
		report_error("range %s cannot be taken", name);
		return;
	}
	if (r == ranges_used)
		strcpy(ranges[ranges_used++].name, name);
	ranges[r].low = low;
	ranges[r].high = high;
}

void interval_note(const char *text)
{
	pthread_mutex_lock(&output_lock);
	fprintf(output, "{\"note\": \"%s\"}\n", text);
	fflush(output);
	pthread_mutex_unlock(&output_lock);
}
