/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The faults that were asked for; the functions are in vmhost.h.
 */
#ifndef VMHOST_FAULTS_H
#define VMHOST_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VH_FAULTS_MAX	32

struct vh_faults {
	struct vh_fault_entry {
		const char *name;
		uint64_t after, times;	/* what is left of them */
		uint64_t arg;
		bool has_arg;
	} asked[VH_FAULTS_MAX];
	size_t count;
	uint64_t struck;	/* in all */
};

/* The table of all faults that exist, ended by a NULL name. */
extern const struct vh_fault_kind {
	const char *name;
	const char *arg;	/* what its argument means and defaults to; NULL: it has none */
} vh_fault_kinds[];

#endif
