// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What is wrong, and what to do about it: system.h. Figures that have been bad once and
 * are no more are none of it. No system calls.
 */
#include "system.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What VMware wants its disks to be given, so that a path that fails over is waited for. */
#define DISK_TIMEOUT_SEC 180

__attribute__((format(printf, 3, 4)))
static void add(struct system *system, const char *remedy, const char *format, ...)
{
	struct problem *problem = &system->problems[system->problem_count];
	va_list args;

	if (system->problem_count == sizeof(system->problems) / sizeof(system->problems[0]))
		return;
	system->problem_count++;
	va_start(args, format);
	vsnprintf(problem->what, sizeof(problem->what), format, args);
	va_end(args);
	snprintf(problem->remedy, sizeof(problem->remedy), "%s", remedy);
}

static void judge_device(struct system *system, const struct device *device)
{
	char remedy[96];

	if (device->kind == DEVICE_FOREIGN) {
		snprintf(remedy, sizeof(remedy), "give the machine a %s instead, while it is off",
			 device->advice);
		add(system, remedy, "%s at %s costs more than it must", device->model,
		    device->address);
		return;
	}
	if (!device->driver[0]) {
		snprintf(remedy, sizeof(remedy), "modprobe %s", device->module);
		add(system, remedy, "%s at %s has no driver", device->model, device->address);
		return;
	}
	if (device->kind == DEVICE_SCSI && device->scsi.disks &&
	    device->scsi.shortest_timeout < DISK_TIMEOUT_SEC)
		add(system, "udevadm trigger -s scsi, with vmguest's udev rule installed",
		    "a disk at %s gives up after %lu s, and should after %d", device->address,
		    (unsigned long)device->scsi.shortest_timeout, DISK_TIMEOUT_SEC);
}

/* What the daemon finds wrong is shown as it says it. */
static void judge_daemon(struct system *system)
{
	struct json_value list = json_get(system_daemon(system), "problems");
	struct json_value entry;
	struct str rest = { 0 };

	while (json_next(list, &rest, NULL, &entry)) {
		struct buf what = { 0 }, remedy = { 0 };

		if (json_unquote(json_get(entry, "what"), &what)) {
			json_unquote(json_get(entry, "do"), &remedy);
			add(system, buf_text(&remedy), "%s", buf_text(&what));
		}
		buf_free(&what);
		buf_free(&remedy);
	}
}

void system_judge(struct system *system)
{
	struct json_value daemon = system_daemon(system);

	if (system->daemon_error[0])
		add(system, system->daemon_absent ? "systemctl enable --now vmguestd" :
		    "systemctl restart vmguestd", "%s", system->daemon_error);
	else if (!json_is_true(json_get(json_get(daemon, "host"), "connected")))
		add(system, "journalctl -u vmguestd", "vmguestd has no channel to the host");
	if (system->foreign_tools)
		add(system, "remove open-vm-tools",
		    "vmtoolsd of open-vm-tools runs too, and takes the host's commands away");
	for (unsigned int i = 0; i < system->device_count; i++)
		judge_device(system, &system->devices[i]);
	judge_daemon(system);
}
