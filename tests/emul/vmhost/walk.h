/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * From virtual to physical addresses, with the rights of a caller.
 */
#ifndef VMHOST_WALK_H
#define VMHOST_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Registers of a vCPU that decide about its memory. */
struct vh_paging {
	uint64_t cr0, cr3, cr4, efer;
	bool ac;		/* of eflags */
	bool user;		/* CPL 3 */
	/* Of physical RAM. False: there is none. */
	bool (*read_phys)(void *memory, uint64_t pa, void *to, size_t size);
	void *memory;
};

/*
 * vh_walk() - where a byte is, and with it those up to the end of its 4 KiB
 * Returns false if the caller may not access it so, or if a processor would have
 * to change the tables first.
 */
bool vh_walk(const struct vh_paging *paging, uint64_t va, bool write, uint64_t *pa);

#endif
