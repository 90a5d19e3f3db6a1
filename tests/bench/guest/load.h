/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the programs of all benchmarks do: stay on one CPU, and mark the work that
 * is counted together with the interrupts of the device.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marker.h"

static const char *irqs;	/* the device's, with commas between */
static unsigned long interrupts_before;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static bool is_listed(const char *irq, size_t length)
{
	const char *p;

	for (p = irqs; (p = strstr(p, irq)); p++)
		if ((p == irqs || p[-1] == ',') && (!p[length] || p[length] == ','))
			return true;
	return false;
}

/* Sum over all CPUs of the lines of /proc/interrupts that are ours. */
static unsigned long count_interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long sum = 0;
	char line[4096], *word, *save, *end;

	if (!file)
		fail("/proc/interrupts");
	while (fgets(line, sizeof(line), file)) {
		word = strtok_r(line, " :\n", &save);
		if (!word || !is_listed(word, strlen(word)))
			continue;
		while ((word = strtok_r(NULL, " ", &save))) {
			unsigned long count = strtoul(word, &end, 10);

			if (*end && *end != '\n')
				break;
			sum += count;
		}
	}
	fclose(file);
	return sum;
}

static void allow_marks(void)
{
	if (vmcount_open())
		fail("ioperm");
}

static void begin(const char *tag)
{
	interrupts_before = count_interrupts();
	allow_marks();
	vmcount_sendf("begin %s", tag);
	vmcount_close();
}

static void end(unsigned long operations)
{
	allow_marks();
	vmcount_sendf("end %lu", operations);
	printf("%lu\n", count_interrupts() - interrupts_before);
}

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

#endif
