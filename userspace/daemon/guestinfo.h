/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the host is told of the guest: names, network, disks, uptime, statistics. Each is
 * sent when it has changed, and once more after a reset.
 *
 * Specification: guest services §6.
 */
#ifndef VMGUESTD_GUESTINFO_H
#define VMGUESTD_GUESTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "diskinfo.h"
#include "memstats.h"
#include "net.h"
#include "netlink.h"
#include "osinfo.h"

struct worker;

enum info_type {	/* as the protocol numbers them */
	INFO_HOST_NAME = 1,
	INFO_DISKS_PACKED = 3,
	INFO_BUILD = 4,
	INFO_OS_FULL = 5,
	INFO_OS_SHORT = 6,
	INFO_UPTIME = 7,
	INFO_MEMORY = 8,
	INFO_NICS_V2 = 9,
	INFO_NICS = 10,
	INFO_OS_DETAIL = 11,
	INFO_DISKS,		/* has a command of its own */
	INFO_TYPES
};

struct guestinfo {
	struct netlink netlink;
	bool netlink_failed;
	bool net_cut;			/* and that was said */
	struct net net;
	struct osinfo os;
	struct buf os_text;		/* os-release */
	struct buf disks, new_disks;	/* struct disk each: known, and being asked for */
	struct buf text, out;		/* for whoever needs them now */
	struct loop_fd host_name, mounts, changes;

	uint64_t sent[INFO_TYPES];	/* what the host has accepted, hashed; 0: nothing */
	bool unknown[INFO_TYPES];	/* the host does not know that kind */
	bool net_changed, disks_changed, disks_asked;
	uint64_t net_changed_at, net_sent_at;
	uint64_t all_due, stats_due, uptime_due, disks_due;	/* ms of the loop's clock */
	bool disks_moving;
	struct mem_sample sample;
	bool sampled;
	uint64_t sent_count, sent_bytes;
};

/* guestinfo_start() - watches the network, files and mounts; -errno: not the network */
int guestinfo_start(struct worker *worker);
void guestinfo_stop(struct worker *worker);
/* guestinfo_tick() - sends what is due; called once a look at the host's channel */
void guestinfo_tick(struct worker *worker);
/* guestinfo_forget() - the host knows nothing (any more): all of it is due */
void guestinfo_forget(struct worker *worker);
/* guestinfo_registered() - it has asked for capabilities and wants the uptime now */
void guestinfo_registered(struct worker *worker);
/*
 * guestinfo_update_network() - at once, changed or not; -errno: the host has not got it
 * -EINPROGRESS: the host gets it as soon as the kernel has answered, -EALREADY: which has been
 * asked before, and has not.
 */
int guestinfo_update_network(struct worker *worker);
/* guestinfo_primary_ip() - or NULL; until the next call */
const char *guestinfo_primary_ip(struct worker *worker);

#endif
