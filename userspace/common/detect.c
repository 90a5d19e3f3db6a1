// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Whether this is a guest of VMware, asked of the machine: detect.h. What the
 * evidence is worth is decided in detect_expected.c.
 */
#include "detect.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backdoor.h"

#define DMI "/sys/class/dmi/id/"

static struct str read_line(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, to, size);

	if (fd >= 0)
		close(fd);
	return str_trim(str_of(to, len > 0 ? len : 0));
}

static void collect(struct detect_evidence *evidence)
{
	static char vendor[64], product[64];
	uint32_t regs[4];

	backdoor_cpuid(1, regs);
	evidence->hypervisor = regs[2] >> 31;
	if (evidence->hypervisor) {
		backdoor_cpuid(BACKDOOR_CPUID_VENDOR, regs);
		memcpy(evidence->signature, &regs[1], 12);
	}
	evidence->vendor = read_line(DMI "sys_vendor", vendor, sizeof(vendor));
	evidence->product = read_line(DMI "product_name", product, sizeof(product));
}

static bool call(struct detect *found)
{
	struct backdoor_regs regs = {
		.bx = (uint32_t)~BACKDOOR_MAGIC,
		.cx = 0xffff0000u | BACKDOOR_CMD_GETVERSION,
	};
	bool refused;

	backdoor_guard();
	backdoor_call(&regs);
	refused = backdoor_refused();
	backdoor_unguard();
	if (refused || (uint32_t)regs.bx != BACKDOOR_MAGIC ||
	    (uint32_t)regs.ax == BACKDOOR_UNKNOWN) {
		snprintf(found->why, sizeof(found->why), "the hypervisor does not answer");
		return false;
	}
	found->version = regs.ax;
	/* A high half that is as it was sent says that there is no type. */
	found->product = (uint32_t)regs.cx >> 16 == 0xffff ? BACKDOOR_PRODUCT_UNSET : regs.cx;
	if (found->version == BACKDOOR_VERSION)
		return true;
	snprintf(found->why, sizeof(found->why), "the hypervisor speaks version %u, not %u",
		 found->version, BACKDOOR_VERSION);
	return false;
}

const struct detect *detect(void)
{
	static struct detect found;
	static bool done;
	struct detect_evidence evidence = { 0 };

	if (done)
		return &found;
	done = true;
	collect(&evidence);
	if (detect_expected(&evidence, found.why, sizeof(found.why)))
		found.vmware = call(&found);
	return &found;
}
