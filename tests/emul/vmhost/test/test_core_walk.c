// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Page tables of all four kinds, made up in a little memory, and who may use what.
 */
#include "suite.h"
#include "../walk.h"

#include <string.h>

#define P	0x01u
#define W	0x02u
#define U	0x04u
#define D	0x40u
#define PS	0x80u
#define ALL	(P | W | U | D)

#define PG	(1u << 31)
#define WP	(1u << 16)
#define PSE	(1u << 4)
#define PAE	(1u << 5)
#define LA57	(1u << 12)
#define SMAP	(1u << 21)
#define PKE	(1u << 22)
#define PKS	(1u << 24)
#define LMA	(1u << 10)

/* Tables at 0x1000, 0x2000, …: the root is the first. */
static uint8_t memory[0x8000];
static struct vh_paging paging;
static unsigned int reads;

static bool read_phys(void *unused, uint64_t pa, void *to, size_t size)
{
	(void)unused;
	reads++;
	if (pa > sizeof(memory) - size)
		return false;
	memcpy(to, memory + pa, size);
	return true;
}

static void setup(void)
{
	memset(memory, 0, sizeof(memory));
	reads = 0;
	paging = (struct vh_paging){
		.cr0 = PG | WP, .cr3 = 0x1000, .cr4 = PAE, .efer = LMA, .user = true,
		.read_phys = read_phys,
	};
}

static void put64(uint64_t table, unsigned int index, uint64_t entry)
{
	memcpy(memory + table + index * 8, &entry, 8);
}

static void put32(uint64_t table, unsigned int index, uint32_t entry)
{
	memcpy(memory + table + index * 4, &entry, 4);
}

static uint64_t walk(uint64_t va, bool write)
{
	uint64_t pa = 0;

	return vh_walk(&paging, va, write, &pa) ? pa : UINT64_MAX;
}

#define NOWHERE	((long long)UINT64_MAX)

/* Four levels, a page at 0x7fff_dead_b000 -> 0xab_cdef_1000, all of it permitted. */
#define VA	UINT64_C(0x7fffdeadb123)
#define PA	UINT64_C(0xabcdef1123)

static unsigned int index_of(uint64_t va, int level)
{
	return va >> (12 + 9 * level) & 511;
}

static void map_long(void)
{
	put64(0x1000, index_of(VA, 3), 0x2000 | ALL);
	put64(0x2000, index_of(VA, 2), 0x3000 | ALL);
	put64(0x3000, index_of(VA, 1), 0x4000 | ALL);
	put64(0x4000, index_of(VA, 0), (PA & ~0xfffull) | ALL);
}

START_TEST(four_levels_lead_to_a_page)
{
	map_long();
	EXPECT_EQ(walk(VA, true), PA);
	EXPECT_EQ(walk(VA | 0xfff, false), PA | 0xfff);
	EXPECT_EQ(walk(VA + 0x1000, false), NOWHERE);
	/* PCIDs and the like are no part of the root's address, NX and software bits of no entry's. */
	paging.cr3 |= UINT64_C(1) << 63 | 0xfff;
	put64(0x4000, index_of(VA, 0), (PA & ~0xfffull) | ALL | UINT64_C(0xfff) << 52 | 0xe00);
	EXPECT_EQ(walk(VA, true), PA);
}
END_TEST

START_TEST(five_levels_lead_to_a_page)
{
	uint64_t va = UINT64_C(0x12) << 48 | VA;

	map_long();
	put64(0x5000, 0x12, 0x1000 | ALL);
	paging.cr3 = 0x5000;
	paging.cr4 |= LA57;
	EXPECT_EQ(walk(va, true), PA);
	EXPECT_EQ(walk(VA, true), NOWHERE);
	EXPECT_EQ(walk(va | UINT64_C(1) << 56, true), NOWHERE);
}
END_TEST

START_TEST(addresses_are_canonical)
{
	map_long();
	EXPECT_EQ(walk(VA | UINT64_C(1) << 48, false), NOWHERE);
	EXPECT_EQ(walk(VA | UINT64_C(0xffff) << 48, false), NOWHERE);
	EXPECT_EQ(walk(VA | UINT64_C(1) << 63, false), NOWHERE);
	EXPECT_EQ(reads, 0);
	/* The upper half of the addresses has the upper half of the root. */
	put64(0x1000, 511, 0x2000 | ALL);
	put64(0x2000, 511, 0x3000 | ALL);
	put64(0x3000, 511, 0x4000 | ALL);
	put64(0x4000, 511, 0x77000 | ALL);
	EXPECT_EQ(walk(UINT64_MAX, false), 0x77fff);
}
END_TEST

START_TEST(large_pages_are_where_they_may_be)
{
	map_long();
	put64(0x3000, index_of(VA, 1), UINT64_C(0x123456000000) | ALL | PS);
	EXPECT_EQ(walk(VA, true), 0x123456000000 | (VA & 0x1fffff));
	/* The entry's lowest address bits (PAT, reserved) do not count. */
	put64(0x3000, index_of(VA, 1), UINT64_C(0x123456001000) | ALL | PS);
	EXPECT_EQ(walk(VA, true), 0x123456000000 | (VA & 0x1fffff));
	put64(0x2000, index_of(VA, 2), UINT64_C(0x123440000000) | ALL | PS);
	EXPECT_EQ(walk(VA, true), 0x123440000000 | (VA & 0x3fffffff));
	put64(0x1000, index_of(VA, 3), 0x2000 | ALL | PS);
	EXPECT_EQ(walk(VA, true), NOWHERE);
}
END_TEST

/* Present and rights count at each level. */
START_TEST(each_level_has_its_say)
{
	static const uint64_t tables[] = { 0x4000, 0x3000, 0x2000, 0x1000 };
	uint64_t table = tables[_i], entry;
	unsigned int index = index_of(VA, _i);

	map_long();
	memcpy(&entry, memory + table + index * 8, 8);
	put64(table, index, entry & ~(uint64_t)P);
	EXPECT_EQ(walk(VA, false), NOWHERE);
	put64(table, index, entry & ~(uint64_t)W);
	EXPECT_EQ(walk(VA, false), PA);
	EXPECT_EQ(walk(VA, true), NOWHERE);
	paging.user = false;
	EXPECT_EQ(walk(VA, true), NOWHERE);
	paging.cr0 &= ~(uint64_t)WP;
	EXPECT_EQ(walk(VA, true), PA);
	paging.user = true;
	EXPECT_EQ(walk(VA, true), NOWHERE);
	put64(table, index, entry & ~(uint64_t)U);
	EXPECT_EQ(walk(VA, false), NOWHERE);
	paging.user = false;
	EXPECT_EQ(walk(VA, true), PA);
}
END_TEST

START_TEST(a_clean_page_is_absent_for_a_write)
{
	map_long();
	put64(0x4000, index_of(VA, 0), (PA & ~0xfffull) | P | W | U);
	EXPECT_EQ(walk(VA, false), PA);
	EXPECT_EQ(walk(VA, true), NOWHERE);
	paging.user = false;
	paging.cr0 &= ~(uint64_t)WP;
	EXPECT_EQ(walk(VA, true), NOWHERE);
}
END_TEST

START_TEST(smap_keeps_the_kernel_out_of_user_pages)
{
	map_long();
	paging.user = false;
	EXPECT_EQ(walk(VA, true), PA);
	paging.cr4 |= SMAP;
	EXPECT_EQ(walk(VA, false), NOWHERE);
	paging.ac = true;
	EXPECT_EQ(walk(VA, true), PA);
	paging.ac = false;
	put64(0x1000, index_of(VA, 3), 0x2000 | P | W);
	EXPECT_EQ(walk(VA, true), PA);
}
END_TEST

START_TEST(pages_with_a_key_are_absent)
{
	map_long();
	put64(0x4000, index_of(VA, 0), (PA & ~0xfffull) | ALL | UINT64_C(1) << 62);
	EXPECT_EQ(walk(VA, false), PA);
	paging.cr4 |= PKS;
	EXPECT_EQ(walk(VA, false), PA);
	paging.cr4 |= PKE;
	EXPECT_EQ(walk(VA, false), NOWHERE);
	put64(0x1000, index_of(VA, 3), 0x2000 | P | W);
	paging.user = false;
	EXPECT_EQ(walk(VA, false), NOWHERE);
	paging.cr4 &= ~(uint64_t)PKS;
	EXPECT_EQ(walk(VA, false), PA);
}
END_TEST

START_TEST(tables_that_are_no_ram_end_the_walk)
{
	static const uint64_t tables[] = { 0x3000, 0x2000, 0x1000 };

	map_long();
	put64(tables[_i], index_of(VA, _i + 1), UINT64_C(0xfee00000) | ALL);
	EXPECT_EQ(walk(VA, false), NOWHERE);
	setup();
	paging.cr3 = 0x8000;
	EXPECT_EQ(walk(VA, false), NOWHERE);
}
END_TEST

/* A table that is its own entry is walked no longer than any other. */
START_TEST(loops_end)
{
	unsigned int i;

	for (i = 0; i < 512; i++)
		put64(0x1000, i, 0x1000 | ALL);
	EXPECT_EQ(walk(VA, true), 0x1000 | (VA & 0xfff));
	EXPECT_EQ(reads, 4);
}
END_TEST

#define VA32	UINT64_C(0xdeadb123)

static unsigned int pae_index(int level)
{
	return VA32 >> (12 + 9 * level) & 511;
}

static void map_pae(void)
{
	paging.efer = 0;
	paging.cr3 = 0x1020;	/* 32 bytes are enough alignment */
	put64(0x1020, 3, 0x2000 | P);	/* no rights here */
	put64(0x2000, pae_index(1), 0x3000 | ALL);
	put64(0x3000, pae_index(0), (PA & ~0xfffull) | ALL);
}

START_TEST(pae_has_three_levels)
{
	map_pae();
	EXPECT_EQ(walk(VA32, true), PA);
	EXPECT_EQ(walk(VA32 | UINT64_C(1) << 32, true), NOWHERE);
	put64(0x2000, pae_index(1), UINT64_C(0xab00e00000) | ALL | PS);
	EXPECT_EQ(walk(VA32, true), 0xab00e00000 | (VA32 & 0x1fffff));
	put64(0x2000, pae_index(1), 0x3000 | P | U);
	EXPECT_EQ(walk(VA32, true), NOWHERE);
	put64(0x1020, 3, 0x2000);
	EXPECT_EQ(walk(VA32, false), NOWHERE);
	paging.cr3 = 0xffffffe0;
	EXPECT_EQ(walk(VA32, false), NOWHERE);
}
END_TEST

/* Without long mode there are no keys, whatever bit 59 and up may say. */
START_TEST(pae_has_no_keys)
{
	map_pae();
	put64(0x3000, pae_index(0), (PA & ~0xfffull) | ALL | UINT64_C(0xf) << 59);
	paging.cr4 |= PKE | PKS;
	EXPECT_EQ(walk(VA32, true), PA);
}
END_TEST

static void map_narrow(void)
{
	paging.efer = 0;
	paging.cr4 = 0;
	put32(0x1000, VA32 >> 22, 0x2000 | ALL);
	put32(0x2000, VA32 >> 12 & 1023, 0xcdef1000 | ALL);
}

START_TEST(without_pae_there_are_two_levels)
{
	map_narrow();
	EXPECT_EQ(walk(VA32, true), 0xcdef1123);
	put32(0x1000, VA32 >> 22, 0x2000 | P | W | D);
	EXPECT_EQ(walk(VA32, false), NOWHERE);
	put32(0x1000, VA32 >> 22, 0x2000 | P | U | D);
	EXPECT_EQ(walk(VA32, true), NOWHERE);
	put32(0x1000, VA32 >> 22, 0);
	EXPECT_EQ(walk(VA32, false), NOWHERE);
	paging.cr3 = 0xfffff000;
	EXPECT_EQ(walk(VA32, false), NOWHERE);
}
END_TEST

START_TEST(without_pae_large_pages_have_4_mib)
{
	map_narrow();
	put32(0x1000, VA32 >> 22, 0x12400000 | ALL | PS | 0xab << 13);
	/* Not before they are switched on. */
	EXPECT_EQ(walk(VA32, true), NOWHERE);
	paging.cr4 = PSE;
	EXPECT_EQ(walk(VA32, true), UINT64_C(0xab12400000) | (VA32 & 0x3fffff));
}
END_TEST

START_TEST(without_paging_addresses_are_physical)
{
	paging.efer = 0;
	paging.cr0 = 1;
	EXPECT_EQ(walk(0x12345, true), 0x12345);
	EXPECT_EQ(walk(0xffffffff, true), 0xffffffff);
	EXPECT_EQ(walk(UINT64_C(1) << 32, false), NOWHERE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost walk");
	TCase *tests = tcase_create("walk");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, four_levels_lead_to_a_page);
	tcase_add_test(tests, five_levels_lead_to_a_page);
	tcase_add_test(tests, addresses_are_canonical);
	tcase_add_test(tests, large_pages_are_where_they_may_be);
	tcase_add_loop_test(tests, each_level_has_its_say, 0, 4);
	tcase_add_test(tests, a_clean_page_is_absent_for_a_write);
	tcase_add_test(tests, smap_keeps_the_kernel_out_of_user_pages);
	tcase_add_test(tests, pages_with_a_key_are_absent);
	tcase_add_loop_test(tests, tables_that_are_no_ram_end_the_walk, 0, 3);
	tcase_add_test(tests, loops_end);
	tcase_add_test(tests, pae_has_three_levels);
	tcase_add_test(tests, pae_has_no_keys);
	tcase_add_test(tests, without_pae_there_are_two_levels);
	tcase_add_test(tests, without_pae_large_pages_have_4_mib);
	tcase_add_test(tests, without_paging_addresses_are_physical);
	return run_suite(suite);
}
