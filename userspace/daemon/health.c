// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Driver events. Nothing is asked for periodically: both sockets are quiet unless
 * something happened.
 */
#include <errno.h>
#include <libudev.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "files.h"
#include "log.h"
#include "services.h"

/* Hot plug ------------------------------------------------------------------------------ */

/* The number behind a name of the kernel's, such as cpu3; false: it is another one. */
static bool number_of(const char *name, const char *prefix, uint32_t *number)
{
	uint64_t wide;

	if (!str_begins(str(name), prefix) || !str_u64(str(name + strlen(prefix)), &wide) ||
	    wide > UINT32_MAX)
		return false;
	*number = (uint32_t)wide;
	return true;
}

static void online_done(void *data, const struct broker_answer *answer)
{
	(void)data;
	/* EINVAL and EBUSY: it is in use already. */
	if (answer->result && answer->result != -EINVAL && answer->result != -EBUSY)
		log_warning("hardware that was added could not be brought into use: %s",
			    strerror(-answer->result));
}

static void bring_online(struct worker *worker, const char *subsystem, const char *name)
{
	struct broker_request request = { .op = BROKER_ONLINE };
	const struct settings *settings = &worker->settings;

	if (settings->online_cpu && !strcmp(subsystem, "cpu") &&
	    number_of(name, "cpu", &request.online.number))
		request.online.kind = BROKER_ONLINE_CPU;
	else if (settings->online_memory && !strcmp(subsystem, "memory") &&
		 number_of(name, "memory", &request.online.number))
		request.online.kind = BROKER_ONLINE_MEMORY;
	else if (settings->rescan && !strcmp(subsystem, "scsi_host") &&
		 number_of(name, "host", &request.rescan))
		request.op = BROKER_RESCAN;
	else
		return;
	ask_broker(worker, request, online_done, worker);
}

void health_hotplug(struct worker *worker, const char *action, const char *subsystem,
		    const char *name)
{
	bool added = !strcmp(action, "add");

	if (!added && strcmp(action, "remove"))
		return;
	worker->health.hotplugs++;
	if (added)
		bring_online(worker, subsystem, name);
	/* Memory comes in hundreds of blocks, each with an event of its own. */
	if (!strcmp(subsystem, "memory"))
		return;
	log_info("%s %s was %s", subsystem, name, added ? "added" : "removed");
	host_log(worker, LOG_INFO, "Device %s (%s) was %s", name, subsystem,
		 added ? "added" : "removed");
}

static void hotplug_ready(void *data, uint32_t events)
{
	struct worker *worker = data;
	struct udev_device *device = udev_monitor_receive_device(worker->health.monitor);
	const char *action, *subsystem, *name;

	(void)events;
	if (!device)
		return;
	action = udev_device_get_action(device);
	subsystem = udev_device_get_subsystem(device);
	name = udev_device_get_sysname(device);
	/* At boot udev is told anew of what has been there before. */
	if (action && subsystem && name && !udev_device_get_property_value(device, "SYNTH_UUID"))
		health_hotplug(worker, action, subsystem, name);
	udev_device_unref(device);
}

static int start_udev(struct worker *worker)
{
	/* Disks and not their partitions, cards and not the interfaces of containers. */
	static const char *const wanted[][2] = {
		{ "cpu", NULL }, { "memory", NULL }, { "scsi_host", NULL },
		{ "block", "disk" }, { "pci", NULL },
	};
	struct health *health = &worker->health;

	health->udev = udev_new();
	if (!health->udev)
		return -ENOMEM;
	/* With udev its events come when its rules have run; without it the kernel's do. */
	health->monitor = udev_monitor_new_from_netlink(health->udev,
		files_exist("/run/udev/control") ? "udev" : "kernel");
	if (!health->monitor)
		return -EIO;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		udev_monitor_filter_add_match_subsystem_devtype(health->monitor, wanted[i][0],
								wanted[i][1]);
	if (udev_monitor_enable_receiving(health->monitor) < 0)
		return -EIO;
	return loop_add(&worker->loop, &health->hotplug, udev_monitor_get_fd(health->monitor),
			EPOLLIN);
}

/* devlink ----------------------------------------------------------------------------------- */

static const char *text(struct nlattr *attr, char *to, size_t size)
{
	if (attr)
		nla_strlcpy(to, attr, size);
	return to;
}

static uint64_t number(struct nlattr *attr)
{
	if (attr && nla_len(attr) == 8)
		return nla_get_u64(attr);
	if (attr && nla_len(attr) == 4)
		return nla_get_u32(attr);
	return attr && nla_len(attr) == 1 ? nla_get_u8(attr) : 0;
}

bool health_parse(struct nlmsghdr *message, int family, struct health_event *event)
{
	struct nlattr *attrs[DEVLINK_ATTR_MAX + 1], *inner[DEVLINK_ATTR_MAX + 1];
	struct genlmsghdr *head;

	if (message->nlmsg_type != family || !nlmsg_valid_hdr(message, GENL_HDRLEN))
		return false;
	head = nlmsg_data(message);
	if (head->cmd != DEVLINK_CMD_HEALTH_REPORTER_RECOVER &&
	    head->cmd != DEVLINK_CMD_HEALTH_REPORTER_GET)
		return false;
	if (nlmsg_parse(message, GENL_HDRLEN, attrs, DEVLINK_ATTR_MAX, NULL) < 0 ||
	    !attrs[DEVLINK_ATTR_HEALTH_REPORTER] ||
	    nla_parse_nested(inner, DEVLINK_ATTR_MAX, attrs[DEVLINK_ATTR_HEALTH_REPORTER], NULL))
		return false;
	*event = (struct health_event){
		.error = number(inner[DEVLINK_ATTR_HEALTH_REPORTER_STATE]),
		.errors = number(inner[DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT]),
		.recoveries = number(inner[DEVLINK_ATTR_HEALTH_REPORTER_RECOVER_COUNT]),
	};
	text(attrs[DEVLINK_ATTR_BUS_NAME], event->bus, sizeof(event->bus));
	text(attrs[DEVLINK_ATTR_DEV_NAME], event->device, sizeof(event->device));
	text(inner[DEVLINK_ATTR_HEALTH_REPORTER_NAME], event->reporter, sizeof(event->reporter));
	return true;
}

static void report(struct worker *worker, const struct health_event *event)
{
	worker->health.failures++;
	log_warning("device %s: %s %s; %llu failures, %llu recoveries so far", event->device,
		    event->reporter, event->error ? "is in an error" : "has recovered",
		    (unsigned long long)event->errors, (unsigned long long)event->recoveries);
	host_log(worker, event->error ? LOG_WARNING : LOG_INFO,
		 "Device %s: %s %s (%llu failures, %llu recoveries)", event->device, event->reporter, event->error ? "is in an error" : "has recovered",
		 (unsigned long long)event->errors, (unsigned long long)event->recoveries);
}

static void reports_ready(void *data, uint32_t events)
{
	char bytes[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct worker *worker = data;
	struct nlmsghdr *message = (struct nlmsghdr *)bytes;
	struct health_event event;
	ssize_t n = recv(worker->health.reports.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	int len = n > 0 ? (int)n : 0;

	(void)events;
	for (; nlmsg_ok(message, len); message = nlmsg_next(message, &len))
		if (health_parse(message, worker->health.family, &event))
			report(worker, &event);
}

static int start_devlink(struct worker *worker)
{
	struct health *health = &worker->health;
	int group;

	health->devlink = nl_socket_alloc();
	if (!health->devlink)
		return -ENOMEM;
	if (genl_connect(health->devlink))
		return -EIO;
	/* No such family: no driver that has reporters is loaded, or the kernel has none. */
	health->family = genl_ctrl_resolve(health->devlink, DEVLINK_GENL_NAME);
	group = genl_ctrl_resolve_grp(health->devlink, DEVLINK_GENL_NAME,
				      DEVLINK_GENL_MCGRP_CONFIG_NAME);
	if (health->family < 0 || group < 0 || nl_socket_add_membership(health->devlink, group))
		return -EOPNOTSUPP;
	nl_socket_set_nonblocking(health->devlink);
	return loop_add(&worker->loop, &health->reports, nl_socket_get_fd(health->devlink),
			EPOLLIN);
}

int health_start(struct worker *worker)
{
	struct health *health = &worker->health;
	int udev, devlink;

	health->hotplug = (struct loop_fd){ -1, hotplug_ready, worker };
	health->reports = (struct loop_fd){ -1, reports_ready, worker };
	udev = start_udev(worker);
	devlink = start_devlink(worker);
	if (udev)
		log_debug("devices that come and go are not seen: %s", strerror(-udev));
	if (devlink)
		log_debug("drivers' health reports are not seen: %s", strerror(-devlink));
	return udev && devlink ? -EOPNOTSUPP : 0;
}

void health_stop(struct worker *worker)
{
	struct health *health = &worker->health;

	loop_remove(&worker->loop, &health->hotplug);
	loop_remove(&worker->loop, &health->reports);
	if (health->monitor)
		udev_monitor_unref(health->monitor);
	if (health->udev)
		udev_unref(health->udev);
	if (health->devlink)
		nl_socket_free(health->devlink);
	health->monitor = NULL;
	health->udev = NULL;
	health->devlink = NULL;
}
