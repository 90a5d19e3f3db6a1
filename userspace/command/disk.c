// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * disk: giving space of virtual disks back to the host. Wiping is what fstrim(8) does
 * better wherever the disk can discard, and the host's switch for it is off nearly
 * everywhere: only the question whether it is on, and the list, are here.
 */
#include "command.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "rpc.h"

/* What can be wiped: file systems on a disk of this machine that may be written. */
static bool is_wipeable(const struct mntent *mount)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "vfat" };

	if (strncmp(mount->mnt_fsname, "/dev/", 5) || !hasmntopt(mount, "rw"))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(mount->mnt_type, types[i]))
			return true;
	}
	return false;
}

/* Prints what can be wiped, or looks for @wanted among all that is mounted. */
static bool each_mount(const char *wanted)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool found = false;

	if (!mounts)
		return false;
	while (!found && (mount = getmntent(mounts))) {
		if (wanted)
			found = !strcmp(mount->mnt_dir, wanted);
		else if (is_wipeable(mount))
			printf("%s\n", mount->mnt_dir);
	}
	endmntent(mounts);
	return found;
}

/* 0: the host permits it; else it was said why not. */
static int permitted(void)
{
	struct buf reply = { 0 };
	int ret = host_ask(RPC_REPEAT, &reply, "disk.wiper.enable ");
	bool on = ret == 1 && !strcmp(buf_text(&reply), "1");

	buf_free(&reply);
	if (on)
		return 0;
	complaint(ret == 1 ? "Shrink disk is disabled for this virtual machine.\n" :
		  "The shrink feature is not available on this host.\n");
	return EX_TEMPFAIL;
}

static int refuse(void)
{
	complaint("%s: disks are not wiped or shrunk from here; use fstrim --all, which "
		  "frees unused blocks of virtual disks that can discard\n", program);
	return EX_UNAVAILABLE;
}

int disk_main(int argc, char *argv[])
{
	bool list, only;
	int ret;

	if (argc < 2)
		return usage_missing("subcommand", "disk");
	list = !strcmp(argv[1], "list");
	only = !strcmp(argv[1], "shrinkonly");
	if (!list && !only && strcmp(argv[1], "shrink") && strcmp(argv[1], "wipe"))
		return usage_unknown("subcommand", argv[1], "disk");
	if (!list && !only && argc < 3)
		return usage_missing("mount point", "disk");
	ret = permitted();
	if (list && !ret)
		each_mount(NULL);
	if (list || (ret && only))
		return ret;
	if (!only && (ret || !each_mount(argv[2]))) {
		complaint("Unable to find partition %s\n", argv[2]);
		return EX_OSFILE;
	}
	return refuse();
}
