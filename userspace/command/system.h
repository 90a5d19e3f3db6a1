/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What this guest has of VMware, as the kernel shows it, and what the daemon says: a
 * snapshot, which text.c, report.c and metrics.c show each in its way.
 */
#ifndef VMGUEST_SYSTEM_H
#define VMGUEST_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "buf.h"
#include "json.h"

#define DEVICES_MAX	256	/* more than any machine of VMware's has */
#define NAME		32

enum device_kind { DEVICE_NIC, DEVICE_SCSI, DEVICE_VMCI, DEVICE_DISPLAY, DEVICE_FOREIGN };

struct nic {
	char name[NAME];
	char state[NAME];	/* operstate: up, down, … */
	uint64_t mtu;
	uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped;
};

struct scsi {
	unsigned int disks;
	uint64_t reads, read_bytes, writes, write_bytes, in_flight;
	uint64_t shortest_timeout;	/* seconds; 0: no disks */
};

struct device {
	enum device_kind kind;
	const char *model;	/* "vmxnet3" */
	const char *module;	/* the driver that it wants */
	const char *advice;	/* DEVICE_FOREIGN: what would serve better */
	char address[NAME];
	char driver[NAME];	/* empty: none */
	char version[NAME];	/* of the driver's module; empty: it says none */
	struct nic nic;		/* DEVICE_NIC; without a name there is no interface */
	struct scsi scsi;
	uint64_t interrupts;	/* DEVICE_VMCI */
};

struct balloon {
	bool present;
	char version[NAME];
	uint64_t target_bytes, size_bytes;
	bool has_target, has_size;
};

struct problem {
	char what[160];
	char remedy[160];
};

struct system {
	char product[64];	/* of DMI */
	char hypervisor[NAME];	/* "ESX Server"; empty: not asked */
	char kernel[64];
	uint64_t uptime_sec;
	struct device devices[DEVICES_MAX];
	unsigned int device_count;
	struct balloon balloon;
	bool vsock;		/* /dev/vsock */
	bool has_cid;
	uint32_t cid;		/* our address there */
	bool foreign_tools;	/* open-vm-tools' daemon runs as well */
	struct buf daemon;	/* its reply; empty: it does not run, or does not answer */
	char daemon_error[160];	/* why it is empty */
	bool daemon_absent;	/* because it does not run */
	struct problem problems[DEVICES_MAX];
	unsigned int problem_count;
};

/* system_read() - @root: where / is. To be freed; what cannot be read is empty. */
void system_read(struct system *system, const char *root);
void system_free(struct system *system);
/* system_daemon() - the object "daemon" of its reply */
struct json_value system_daemon(const struct system *system);

/* problems.c: what is wrong in what was read. No system calls. */
void system_judge(struct system *system);

/*
 * Each shows it. @before: another one taken @seconds ago, to show how much has gone on since
 * then, or NULL.
 */
void system_text(const struct system *system, const struct system *before, double seconds,
		 struct buf *out);
void system_json(const struct system *system, struct buf *out);
void system_metrics(const struct system *system, struct buf *out);

#endif
