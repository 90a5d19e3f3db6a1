// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * disk: giving space of virtual disks back to the host. Wiping is what fstrim(8) does
 * better wherever the disk can discard, and the host's switch for it is off nearly
 * everywhere: only the question whether it is on, and the list, are here.
 */
#include "command.h"

#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "rpc.h"

/* Whether it is a disk at a controller of SCSI or NVMe, or a part of one, whatever it is called. */
static bool is_disk(const char *path)
{
	char link[64], target[PATH_MAX];
	struct stat status;
	const char *slash;
	ssize_t len;

	if (stat(path, &status) || !S_ISBLK(status.st_mode))
		return false;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(status.st_rdev),
		 minor(status.st_rdev));
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	slash = strrchr(target, '/');
	return slash && (str_begins(str(slash + 1), "sd") || str_begins(str(slash + 1), "nvme"));
}

/* What can be wiped: file systems on a disk of this machine that may be written. */
static bool is_wipeable(const struct mntent *mount)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "vfat" };

	if (!hasmntopt(mount, "rw") || !is_disk(mount->mnt_fsname))
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(mount->mnt_type, types[i]))
			return true;
	}
	return false;
}

struct mounts {
	unsigned int wipeable;
	bool is_mounted, is_wipeable;	/* the one that was looked for */
};

/* Prints those that can be wiped, if @list; looks for @wanted, if it is not NULL. */
static struct mounts read_mounts(bool list, const char *wanted)
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	struct mounts mounts = { 0 };
	struct mntent *mount;

	if (!file)
		return mounts;
	while ((mount = getmntent(file))) {
		bool good = is_wipeable(mount);

		mounts.wipeable += good;
		if (good && list)
			printf("%s\n", mount->mnt_dir);
		/* The last one hides those before it. */
		if (wanted && !strcmp(mount->mnt_dir, wanted)) {
			mounts.is_mounted = true;
			mounts.is_wipeable = good;
		}
	}
	endmntent(file);
	return mounts;
}

static int disabled(void)
{
	complaint("Shrink disk is disabled for this virtual machine.\n");
	return EX_TEMPFAIL;
}

/* Whether the host permits it; if not, it was said why. */
static bool permitted(void)
{
	struct buf reply = { 0 };
	int ret = host_ask(RPC_REPEAT, &reply, "disk.wiper.enable ");
	bool on = ret == 1 && !strcmp(buf_text(&reply), "1");

	buf_free(&reply);
	if (ret != 1)
		complaint("The shrink feature is not available on this host.\n");
	else if (!on)
		disabled();
	return on;
}

static int refuse(void)
{
	complaint("%s: disks are not wiped or shrunk from here; use fstrim --all, which "
		  "frees unused blocks of virtual disks that can discard\n", program);
	return EX_UNAVAILABLE;
}

static int list(void)
{
	if (!permitted())
		return EX_TEMPFAIL;
	return read_mounts(true, NULL).wipeable ? 0 : disabled();
}

static int shrink_only(void)
{
	if (!permitted())
		return EX_TEMPFAIL;
	return read_mounts(false, NULL).wipeable ? refuse() : disabled();
}

static int wipe(const char *mount)
{
	struct mounts mounts = { 0 };

	if (permitted())
		mounts = read_mounts(false, mount);
	if (mounts.is_wipeable)
		return refuse();
	if (mounts.is_mounted) {
		complaint("Partition %s is not shrinkable\n", mount);
		return EX_UNAVAILABLE;
	}
	complaint("Unable to find partition %s\n", mount);
	return EX_OSFILE;
}

int disk_main(int argc, char *argv[])
{
	if (argc < 2)
		return usage_missing("subcommand", "disk");
	if (!strcmp(argv[1], "list"))
		return list();
	if (!strcmp(argv[1], "shrinkonly"))
		return shrink_only();
	if (strcmp(argv[1], "shrink") && strcmp(argv[1], "wipe"))
		return usage_unknown("subcommand", argv[1], "disk");
	if (argc < 3)
		return usage_missing("mount point", "disk");
	return wipe(argv[2]);
}
