/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the unit tests share: the list of suites, a bit reader that knows
 * nothing of the driver's masks, repeatable randomness, and files of the tree.
 *
 * The tests compile the driver's real headers; the numbers that they compare
 * with are written down a second time, from the specification.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The tests' assertions. Check's own ones write to a file each time that they
 * hold, which is too slow for the millions of cases here.
 */
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

Suite *layout_suite(void);
Suite *codec_suite(void);
Suite *ring_suite(void);
Suite *rx_queue_suite(void);
Suite *plan_suite(void);
Suite *wol_suite(void);
Suite *docs_suite(void);
Suite *pvscsi_layout_suite(void);
Suite *pvscsi_gate_suite(void);
Suite *pvscsi_result_suite(void);
Suite *backdoor_layout_suite(void);

/* Bits hi:lo of a word, one by one, as the tables of the specification say. */
static inline uint32_t bits(uint32_t word, unsigned int hi, unsigned int lo)
{
	uint32_t value = 0;
	unsigned int bit;

	for (bit = lo; bit <= hi; bit++)
		if (word / (UINT32_C(1) << bit) % 2)
			value += UINT32_C(1) << (bit - lo);
	return value;
}

/* The reverse: a word with only those bits set to the value. */
static inline uint32_t put(uint32_t value, unsigned int hi, unsigned int lo)
{
	uint32_t word = 0;
	unsigned int bit;

	for (bit = lo; bit <= hi; bit++)
		if (value / (UINT32_C(1) << (bit - lo)) % 2)
			word += UINT32_C(1) << bit;
	return word;
}

/* The whole text of a file named from the root of the tree; free() it. */
char *tree_file(const char *path);

/* Seeded by UNIT_SEED; each test starts from the seed, whatever ran before. */
void rnd_restart(void);
uint32_t rnd(void);

static inline uint32_t rnd_below(uint32_t n)
{
	return (uint64_t)rnd() * n >> 32;
}

static inline uint32_t rnd_between(uint32_t low, uint32_t high)
{
	return low + rnd_below(high - low + 1);
}

#endif /* UNIT_H */
