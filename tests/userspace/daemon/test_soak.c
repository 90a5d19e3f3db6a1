// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A day of a guest's life, with a clock that does not wait: nothing grows. LeakSanitizer
 * or memcheck looks for the rest when it is over.
 */
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "log.h"
#include "vmhost/services.h"

#define HOUR_MS 3600000u
#define PART_MS (HOUR_MS / 6)
/* Until the host's record of events is full, and every service has been at work. */
#define WARM_HOURS 4
/* The host keeps the lines of its log, one an hour. A byte a look would be four times as much. */
#define NOISE 16384

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#else
/* Memcheck has an allocator of its own, of which this knows nothing; its verdict comes at the end. */
#define __sanitizer_get_current_allocated_bytes() (mallinfo2().uordblks)
#endif

/* All but the host's record of events, which grows to a limit of its own. */
static long allocated(void)
{
	const struct vh_events *events = &bench->host->services->events;

	return (long)__sanitizer_get_current_allocated_bytes() -
	       (long)(events->bytes + events->next - events->first);
}

static unsigned int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;

	ck_assert_ptr_nonnull(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void snapshot(void)
{
	bench_snapshot("vmbackup.start 0");
	bench_pass(3000);
	expect_text(bench_command("vmbackup.snapshotDone"), "OK ");
	bench_pass(3000);
	ck_assert(!bench->worker.frozen);
}

/* What an administrator, a network and a host do in an hour. */
static void hour(unsigned int number)
{
	char text[128];

	for (unsigned int part = 0; part < HOUR_MS / PART_MS; part++) {
		snprintf(text, sizeof(text), "192.0.2.%u guest1.example.org guest1\n", part + 1);
		bench_file("/etc/hosts", text);
		snprintf(text, sizeof(text), "MemTotal: 100000 kB\nMemFree: %u kB\n",
			 1000 + number * 10 + part);
		bench_file("/proc/meminfo", text);
		bench->asked = 0;
		bench_pass(PART_MS / 2);
		expect_text(bench_command("ping"), "OK ");
		bench_command("Time_Synchronize 0");
		bench_command("Set_Option broadcastIP 1");
		bench_command("no_such_command");
		bench->asked = 0;
		bench_pass(PART_MS / 2);
	}
	bench->asked = 0;
	snapshot();
	vh_lock(bench->host);
	if (number % 3 == 0)
		vh_tclo_restart(bench->host, true);
	if (number % 6 == 5)
		vh_channels_close(bench->host, 0);
	vh_unlock(bench->host);
	bench_pass(5000);
	ck_assert(bench->worker.registered);
	ck_assert(json_is_true(bench_get("tools", "running")));
}

START_TEST(a_day_leaves_nothing_behind)
{
	unsigned int open_before = 0;
	long before = 0, after;

	log_limit = LOG_ERROR;
	bench_boot();
	for (unsigned int number = 0; number < 24; number++) {
		if (number == WARM_HOURS) {
			before = allocated();
			open_before = descriptors();
		}
		hour(number);
	}
	after = allocated();
	ck_assert_msg(after <= before + NOISE, "%ld bytes after %u hours, %ld after 24", before,
		      WARM_HOURS, after);
	ck_assert_uint_eq(descriptors(), open_before);
	ck_assert_uint_gt(bench->worker.tclo.looks, 80000);
	ck_assert_uint_eq(bench->worker.quiesce.done, 24);
	ck_assert_int_eq(bench_number("guest", "malformed"), 0);
}
END_TEST

Suite *suite_soak(void)
{
	Suite *suite = suite_create("soak");
	TCase *tcase = tcase_create("soak");

	tcase_add_checked_fixture(tcase, bench_new, bench_free);
	tcase_set_timeout(tcase, 600);
	tcase_add_test(tcase, a_day_leaves_nothing_behind);
	suite_add_tcase(suite, tcase);
	return suite;
}
