// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Walks the guest's page tables, of all four kinds that x86 has. Nothing is written:
 * a page whose dirty bit a processor would set first counts as absent for a write,
 * so that the guest's kernel is never wrong about what it has to keep. Protection keys
 * cannot be seen from here; a page that has one counts as absent.
 *
 * Entries are guest-written: an address in them is only ever given to read_phys().
 */
#include "walk.h"

#include <endian.h>
#include <string.h>

#define CR0_WP		(UINT64_C(1) << 16)
#define CR0_PG		(UINT64_C(1) << 31)
#define CR4_PSE		(UINT64_C(1) << 4)
#define CR4_PAE		(UINT64_C(1) << 5)
#define CR4_LA57	(UINT64_C(1) << 12)
#define CR4_SMAP	(UINT64_C(1) << 21)
#define CR4_PKE		(UINT64_C(1) << 22)
#define CR4_PKS		(UINT64_C(1) << 24)
#define EFER_LMA	(UINT64_C(1) << 10)

#define PRESENT		UINT64_C(0x01)
#define WRITABLE	UINT64_C(0x02)
#define USER		UINT64_C(0x04)
#define DIRTY		UINT64_C(0x40)
#define LARGE		UINT64_C(0x80)
#define KEY_SHIFT	59
#define KEY_MASK	UINT64_C(0xf)
#define ADDRESS		UINT64_C(0x000ffffffffff000)

/* What all levels together permit, and the last entry. */
struct leaf {
	uint64_t entry;
	uint64_t rights;	/* WRITABLE, USER */
};

static bool permits(const struct vh_paging *paging, const struct leaf *leaf, bool write, bool keys)
{
	bool user_page = leaf->rights & USER;

	if (paging->user && !user_page)
		return false;
	if (!paging->user && user_page && paging->cr4 & CR4_SMAP && !paging->ac)
		return false;
	if (keys && paging->cr4 & (user_page ? CR4_PKE : CR4_PKS) &&
	    leaf->entry >> KEY_SHIFT & KEY_MASK)
		return false;
	if (!write)
		return true;
	if (!(leaf->rights & WRITABLE) && (paging->user || paging->cr0 & CR0_WP))
		return false;
	return leaf->entry & DIRTY;
}

/* Entries of 8 bytes, 512 to a table, which at some levels may be a large page. */
static bool walk_wide(const struct vh_paging *paging, uint64_t va, int level, uint64_t table,
		      struct leaf *leaf, int *shift)
{
	for (;; level--) {
		*shift = 12 + 9 * level;
		if (!paging->read_phys(paging->memory, table + (va >> *shift & 511) * 8,
				       &leaf->entry, sizeof(leaf->entry)))
			return false;
		leaf->entry = le64toh(leaf->entry);
		if (!(leaf->entry & PRESENT))
			return false;
		leaf->rights &= leaf->entry;
		if (!level)
			return true;
		if (leaf->entry & LARGE)
			return level <= 2;
		table = leaf->entry & ADDRESS;
	}
}

static bool walk_long(const struct vh_paging *paging, uint64_t va, struct leaf *leaf, int *shift)
{
	int levels = paging->cr4 & CR4_LA57 ? 5 : 4, unused = 64 - (12 + 9 * levels);

	if ((uint64_t)((int64_t)(va << unused) >> unused) != va)
		return false;
	return walk_wide(paging, va, levels - 1, paging->cr3 & ADDRESS, leaf, shift);
}

/* The four entries of the top level have no rights and are no pages. */
static bool walk_pae(const struct vh_paging *paging, uint64_t va, struct leaf *leaf, int *shift)
{
	uint64_t top;

	if (!paging->read_phys(paging->memory, (paging->cr3 & 0xffffffe0) + (va >> 30) * 8, &top,
			       sizeof(top)))
		return false;
	top = le64toh(top);
	return top & PRESENT && walk_wide(paging, va, 1, top & ADDRESS, leaf, shift);
}

/* Entries of 4 bytes, 1024 to a table. */
static bool walk_narrow(const struct vh_paging *paging, uint64_t va, struct leaf *leaf, int *shift)
{
	uint64_t table = paging->cr3 & 0xfffff000;
	uint32_t entry;
	int level;

	for (level = 1;; level--) {
		*shift = 12 + 10 * level;
		if (!paging->read_phys(paging->memory, table + (va >> *shift & 1023) * 4, &entry,
				       sizeof(entry)))
			return false;
		entry = le32toh(entry);
		if (!(entry & PRESENT))
			return false;
		leaf->rights &= entry;
		leaf->entry = entry;
		if (!level)
			return true;
		if (entry & LARGE && paging->cr4 & CR4_PSE) {
			/* Bits 20..13 of a 4 MiB page's entry are 39..32 of its address. */
			leaf->entry = (entry & 0xffc00fff) | (uint64_t)(entry >> 13 & 0xff) << 32;
			return true;
		}
		table = entry & 0xfffff000;
	}
}

bool vh_walk(const struct vh_paging *paging, uint64_t va, bool write, uint64_t *pa)
{
	struct leaf leaf = { .rights = WRITABLE | USER };
	bool wide = paging->efer & EFER_LMA, found;
	uint64_t offset;
	int shift;

	if (!wide && va > UINT32_MAX)
		return false;
	if (!(paging->cr0 & CR0_PG)) {
		*pa = va;
		return true;
	}
	if (wide)
		found = walk_long(paging, va, &leaf, &shift);
	else if (paging->cr4 & CR4_PAE)
		found = walk_pae(paging, va, &leaf, &shift);
	else
		found = walk_narrow(paging, va, &leaf, &shift);
	if (!found || !permits(paging, &leaf, write, wide))
		return false;
	offset = va & ((UINT64_C(1) << shift) - 1);
	*pa = (leaf.entry & ADDRESS & ~((UINT64_C(1) << shift) - 1)) | offset;
	return true;
}
