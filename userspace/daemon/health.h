/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the kernel's drivers report: devices that come and go (udev), drivers that fell
 * over and recovered (devlink health). The host's log of the VM gets it too, and hardware
 * that was added is brought into use where that is configured.
 */
#ifndef VMGUESTD_HEALTH_H
#define VMGUESTD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

struct nlmsghdr;
struct nl_sock;
struct udev;
struct udev_monitor;
struct worker;

struct health_event {		/* of a devlink health reporter */
	char bus[32], device[64], reporter[32];
	bool error;		/* it is in an error state */
	uint64_t errors, recoveries;
};

struct health {
	struct udev *udev;
	struct udev_monitor *monitor;
	struct loop_fd hotplug;
	struct nl_sock *devlink;
	struct loop_fd reports;
	int family;		/* of devlink in generic netlink */
	uint64_t hotplugs, failures;
};

/* health_start() - listens to udev and devlink; -EOPNOTSUPP: there is neither */
int health_start(struct worker *worker);
void health_stop(struct worker *worker);
/* health_parse() - a devlink message; false: it is not about a reporter. No system calls. */
bool health_parse(struct nlmsghdr *message, int family, struct health_event *event);
/* health_hotplug() - one event of udev: action, subsystem, name of the device */
void health_hotplug(struct worker *worker, const char *action, const char *subsystem,
		    const char *name);

#endif
