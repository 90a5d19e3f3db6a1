/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * How full the disks are, in the forms that hosts take, and how hosts call the devices
 * that they are on.
 *
 * Specification: guest services §6.7.
 */
#ifndef VMGUESTD_DISKINFO_H
#define VMGUESTD_DISKINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct disk {
	uint64_t size, free;
	uint32_t major, minor;
	char type[32];
	char point[512];
};

/* diskinfo_json() - the text of SetGuestDiskInfo, for @count disks */
void diskinfo_json(const struct disk *disks, size_t count, struct buf *out);
/* diskinfo_packed() - the form of older hosts; names that do not fit are left out */
void diskinfo_packed(const struct disk *disks, size_t count, struct buf *out);
/*
 * diskinfo_devices() - names of the disks below a block device, as ["scsi0:0","scsi0:1"]
 * False: one of them has no name that a host would know. Reads sysfs.
 */
bool diskinfo_devices(uint32_t major, uint32_t minor, struct buf *out);

#endif
