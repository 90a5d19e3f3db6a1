/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * As much of QEMU as its plugin sees: two vCPUs with registers, and physical memory
 * of 8 MiB of RAM followed by nothing but devices. An access outside of RAM is the
 * end of the test, unless it expects it.
 */
#ifndef FAKE_QEMU_H
#define FAKE_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../qemu_plugin.h"

#define FAKE_RAM	(8u << 20)

enum fake_reg {
	RAX, RBX, RCX, RDX, RSI, RDI, RBP, RIP, EFLAGS, CS, CR0, CR3, CR4, EFER, XMM0, FAKE_REGS
};

extern struct fake_qemu {
	uint64_t reg[2][FAKE_REGS];
	uint8_t ram[FAKE_RAM];
	unsigned int vcpu;		/* which one runs */
	const char *missing;		/* a register that this QEMU does not offer */
	unsigned int register_writes, memory_writes;
	uint64_t written_to;		/* last write outside of RAM */
	uint32_t written;
	bool expects_io;
	bool restored;			/* lazily computed state is up to date */
} qemu;

/* Loads the plugin, as of that version and that target, and starts both vCPUs. */
int fake_load(int version, const char *target, int argc, char **argv);

/* Translates one instruction at @va, which is @size bytes: whether it was hooked. */
bool fake_translate(uint64_t va, const void *code, size_t size);

/* The same, and executes it: whether the plugin skipped it. RIP is moved in any case. */
bool fake_execute(uint64_t va, const void *code, size_t size);

/* A vCPU that slept goes on; QEMU ends. */
void fake_resume(void);
void fake_exit(void);

#endif
