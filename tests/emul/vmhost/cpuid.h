/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What a VM is told by CPUID of its hypervisor.
 */
#ifndef VMHOST_CPUID_H
#define VMHOST_CPUID_H

#include <stdbool.h>

struct vmhost;
struct vh_regs;

/* Answers CPUID by changing eax to edx. False: that leaf is the processor's own. */
bool vh_cpuid(const struct vmhost *host, struct vh_regs *regs);

/* Whether it says that vmcall, or else vmmcall, reaches the host. */
bool vh_cpuid_offers(const struct vmhost *host, bool vmcall);

#endif
