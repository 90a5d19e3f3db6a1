/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * /proc/self/mountinfo, and which of its file systems are ours to freeze or to report.
 * No system calls. Names come from whoever may mount, also from unprivileged users (FUSE).
 *
 * Specification: guest services §9.6.
 */
#ifndef VMGUESTD_MOUNTINFO_H
#define VMGUESTD_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

/* One whose mount point is longer is skipped; longer names of other kinds are cut. */
#define MOUNT_POINT_MAX 512

struct mount {
	unsigned int id;
	unsigned int major, minor;
	bool read_only;			/* the file system, not only this mount of it */
	char point[MOUNT_POINT_MAX];
	char source[64];		/* what begins with it: enough to know a URL */
	char type[32];
};

/* mountinfo_next() - the next mount that can be read, in the order of mounting */
bool mountinfo_next(struct str *text, struct mount *mount);

/* mount_remote() - may hang for as long as another machine or process likes: NFS, FUSE, … */
bool mount_remote(const struct mount *mount);
/* mount_freezable() - holds data on a block device and can be written */
bool mount_freezable(const struct mount *mount);
/* mount_local() - may hold data of this machine that is not written out */
bool mount_local(const struct mount *mount);
/* mount_reported() - is one of the kinds of disk that a host is told of */
bool mount_reported(const struct mount *mount);
/* mount_behind_remote() - the way to it leads through a mount that may hang */
bool mount_behind_remote(struct str text, const char *point);

/* A mount that was chosen, by which it is found again in the same table. */
struct mount_ref {
	unsigned int id;
	unsigned int major, minor;
	bool excluded;
};

/*
 * mountinfo_list() - which mounts to take, one for each device, in the order of mounting
 * @want:    mount_freezable, mount_local or mount_reported
 * @exclude: globs separated by commas, of the first mount points of devices; * and ? match
 *           / as well. Such a device is listed, as excluded.
 * Returns how many there are, which may be more than @max.
 */
size_t mountinfo_list(struct str text, bool (*want)(const struct mount *mount),
		      const char *exclude, struct mount_ref refs[], size_t max);
/* mountinfo_find() - the mount with an id */
bool mountinfo_find(struct str text, unsigned int id, struct mount *mount);
/* mountinfo_reach() - the next mount by which a device's file system might be frozen or thawed */
bool mountinfo_reach(struct str *text, const struct mount_ref *device, struct mount *mount);

/* glob_list() - whether one of the globs, separated by commas, matches */
bool glob_list(const char *globs, const char *name);

#endif
