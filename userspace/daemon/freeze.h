/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Freezing file systems, and thawing them again whatever happens. A child of the broker
 * freezes and waits; it thaws when told to, when its time is over, and when the broker or
 * the guard is gone. The broker holds the same descriptors and thaws when the child is gone.
 * So does the guard (guard.h), if both are killed. Should all three be killed at once, a
 * record in /run says what has to be thawed: freeze_recover().
 */
#ifndef VMGUESTD_FREEZE_H
#define VMGUESTD_FREEZE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mountinfo.h"

#define FREEZE_MAX 250	/* file systems at once: one message hands over 253 descriptors */
#define FREEZE_RECORD "/run/vmguestd-broker/frozen"

/* What touches the system. The real ones refuse until system_allow() was called. */
struct freeze_ops {
	int (*open)(const struct mount *mount);		/* descriptor or -errno */
	int (*freeze)(int fd);				/* 0 or -errno */
	int (*thaw)(int fd);
};
extern const struct freeze_ops freeze_system;

enum freeze_state {
	FREEZE_OPEN,	/* not frozen (any more) */
	FREEZE_FREEZING,
	FREEZE_FROZEN,
	FREEZE_THAWING,	/* by somebody who may be stuck, or was killed */
	FREEZE_FOREIGN,	/* frozen by somebody else: not ours to thaw */
	FREEZE_UNABLE,	/* a file system that cannot be frozen */
};

struct freeze_shared {		/* between the broker, its child and the guard */
	uint32_t state[FREEZE_MAX];
	int32_t error;
	uint32_t failed;	/* which one, if ->error; FREEZE_MAX: none was tried */
};

struct freeze {
	const struct freeze_ops *ops;
	size_t count;			/* 0: nothing is frozen */
	int fd[FREEZE_MAX];
	struct mount_ref mount[FREEZE_MAX];
	char failed_at[MOUNT_POINT_MAX];
	struct freeze_shared *shared;
	int memory;	/* where that is */
	pid_t child;	/* also one that was killed and is stuck, or 0 */
	pid_t opener;	/* that is stuck, or 0; see opener.h */
	int link;	/* our end: readable when frozen or failed, and when the child is gone */
	int leash;	/* the guard sees its end when we close it, or are gone */
};

/*
 * freeze_start() - opens what is to be frozen and starts the child
 * @mounts:  text of mountinfo
 * @exclude: globs of mount points
 * Then ->link becomes readable, for freeze_outcome(). -EBUSY: one goes on already, or is stuck;
 * -EOPNOTSUPP: there is nothing to freeze; -ETIME: a file system does not even open; -EMFILE:
 * there are more than can be frozen at once.
 */
int freeze_start(struct freeze *freeze, const struct freeze_ops *ops, struct str mounts,
		 const char *exclude, uint32_t limit_ms, bool ignore_frozen);
/*
 * freeze_outcome() - after ->link became readable
 * 0: frozen; 1: thawed by itself, the time was over; -errno: nothing is frozen, and
 * ->failed_at has the mount point that was to blame.
 */
int freeze_outcome(struct freeze *freeze);
/*
 * freeze_end() - thaws, and waits until the child is gone
 * Returns how many file systems were thawed by now, by the child or here.
 */
unsigned int freeze_end(struct freeze *freeze);
/* freeze_thaw() - of any who holds the descriptors: thaws those that are frozen, says how many */
unsigned int freeze_thaw(struct freeze *freeze);
/*
 * freeze_recover() - thaws what a record says that nobody is left to thaw
 * Says how many. What takes longer than a few seconds is not waited for.
 */
unsigned int freeze_recover(const struct freeze_ops *ops, struct str mounts);

#endif
