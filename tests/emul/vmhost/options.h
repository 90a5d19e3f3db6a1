/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What a host was started with; options.c has the names, the defaults and the bounds.
 */
#ifndef VMHOST_OPTIONS_H
#define VMHOST_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define VH_OPTIONS	20	/* names */

struct vh_options {
	char *control;		/* path of the control socket, or NULL */
	char *log;		/* path of the log, or NULL */
	char *name;
	uint8_t uuid[16];
	bool cpuid;		/* says VMwareVMware by CPUID */
	bool vmcall, vmmcall;	/* offered by CPUID, and answered */
	bool hb;		/* high bandwidth */
	bool cookies;
	bool balloon;
	uint64_t privilege;	/* lowest CPL let in: 3, or 0 */
	uint64_t memory;	/* MiB */
	uint64_t mhz;
	uint64_t tsc_hz;	/* 0: the host does not say */
	uint64_t bus_hz;
	uint64_t product;
	uint64_t hwversion;
	uint64_t build;
	uint64_t channels;
	uint64_t idle;		/* seconds until a channel is dropped; 0: never */
	uint64_t seed;
};

/* Sets defaults and then what is given. False after it has said on stderr what is wrong. */
bool vh_options_set(struct vh_options *options, int count, const char *const given[]);
void vh_options_free(struct vh_options *options);

#endif
