/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What each test program needs: assertions, and a way to run its one suite.
 */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Check's own assertions write to a file each time that they hold: slow in loops. */
#define EXPECT_MSG(condition, ...) \
	do { \
		if (!(condition)) \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

#define EXPECT(condition) EXPECT_MSG(condition, "not so: %s", #condition)

#define EXPECT_EQ(got, want) \
	do { \
		long long got_ = (long long)(got), want_ = (long long)(want); \
		EXPECT_MSG(got_ == want_, "%s is %lld (%#llx), not %lld (%#llx)", \
			   #got, got_, got_, want_, want_); \
	} while (0)

/* Of main(): runs it as the environment says, and frees it. */
int run_suite(Suite *suite);

#endif
