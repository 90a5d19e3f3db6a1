// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * device: the removable devices of the virtual machine, and whether they are connected.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "backdoor.h"

/* The record of a device, 4 bytes a call. False: there is none with this number. */
static bool read_record(unsigned int number, struct backdoor_device *record)
{
	for (size_t at = 0; at < sizeof(*record); at += 4) {
		struct backdoor_regs regs = {
			.bx = (uint64_t)number << 16 | at,
			.cx = BACKDOOR_CMD_GETDEVICELISTELEMENT,
		};
		uint32_t word;

		backdoor_call(&regs);
		if (!(uint32_t)regs.ax || (uint32_t)regs.ax == BACKDOOR_UNKNOWN ||
		    (uint32_t)regs.ax == BACKDOOR_MAGIC)
			return false;
		word = regs.bx;
		memcpy((char *)record + at, &word, 4);
	}
	record->name[sizeof(record->name) - 1] = '\0';
	/* The host's letters go to a terminal. */
	str_disarm((char *)record->name, strlen((char *)record->name));
	return true;
}

/* Its number, or -1. */
static int find(const char *name, struct backdoor_device *record)
{
	for (int i = 0; i < BACKDOOR_DEVICES && read_record(i, record); i++) {
		if (!strcmp((char *)record->name, name))
			return i;
	}
	complaint("Error fetching interface information: device not found.\n");
	return -1;
}

static int list(void)
{
	struct backdoor_device record;

	for (int i = 0; i < BACKDOOR_DEVICES && read_record(i, &record); i++) {
		if (record.name[0])
			printf("%s: %s\n", (char *)record.name,
			       record.enabled ? "Enabled" : "Disabled");
	}
	return 0;
}

static int status(const char *name)
{
	struct backdoor_device record;

	if (find(name, &record) < 0)
		return EX_OSFILE;
	if (!quiet)
		printf("%s\n", record.enabled ? "Enabled" : "Disabled");
	return record.enabled ? 0 : EX_UNAVAILABLE;
}

static int set(const char *name, bool on)
{
	struct backdoor_device record;
	int number = find(name, &record);
	struct backdoor_regs regs = { .cx = BACKDOOR_CMD_TOGGLEDEVICE };

	if (number < 0)
		return EX_OSFILE;
	regs.bx = (uint32_t)number | (on ? BACKDOOR_DEVICE_CONNECT : 0);
	backdoor_call(&regs);
	if (!(uint32_t)regs.ax || (uint32_t)regs.ax == BACKDOOR_UNKNOWN ||
	    (uint32_t)regs.ax == BACKDOOR_MAGIC) {
		complaint("Unable to %s device '%s'.\n", on ? "connect" : "disconnect", name);
		return EX_TEMPFAIL;
	}
	if (!quiet)
		printf("%s\n", on ? "Enabled" : "Disabled");
	return 0;
}

static int run(int argc, char *argv[])
{
	bool enable = !strcmp(argv[1], "enable");

	if (!strcmp(argv[1], "list"))
		return list();
	if (!enable && strcmp(argv[1], "disable") && strcmp(argv[1], "status"))
		return usage_unknown("subcommand", argv[1], "device");
	if (argc < 3)
		return usage_missing("device name", "device");
	if (!strcmp(argv[1], "status"))
		return status(argv[2]);
	return set(argv[2], enable);
}

int device_main(int argc, char *argv[])
{
	int ret;

	if (argc < 2)
		return usage_missing("subcommand", "device");
	backdoor_guard();
	ret = run(argc, argv);
	backdoor_unguard();
	return ret;
}
