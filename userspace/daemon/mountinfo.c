// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The mount table: parsing, and the choice of file systems. Of a device that is mounted
 * several times the first mount counts: what is mounted from an image came after the
 * file system which holds the image, so that the reverse order freezes the image first.
 */
#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mountinfo.h"

/*
 * Copies a field, with \ooo translated; false if it does not fit, of which the begin is there then.
 * What is behind it is zero, since fields go to another process with all of their room.
 */
static bool unescape(struct str from, char *to, size_t size)
{
	bool fits = true;
	size_t n = 0;

	for (size_t i = 0; i < from.len && fits; i++) {
		char c = from.at[i];

		if (c == '\\' && from.len - i > 3) {
			unsigned int octal = 0;
			int digits = 0;

			while (digits < 3 && from.at[i + 1 + (size_t)digits] >= '0' &&
			       from.at[i + 1 + (size_t)digits] <= '7')
				octal = octal * 8 + (unsigned int)(from.at[i + 1 + (size_t)digits++] - '0');
			if (digits == 3 && octal && octal < 256) {
				c = (char)octal;
				i += 3;
			}
		}
		fits = c && n + 1 < size;
		if (fits)
			to[n++] = c;
	}
	memset(to + n, 0, size - n);
	return fits;
}

static bool number(struct str s, unsigned int *value)
{
	uint64_t wide;

	if (!str_u64(s, &wide) || wide > UINT32_MAX)
		return false;
	*value = (unsigned int)wide;
	return true;
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static bool parse(struct str line, struct mount *mount)
{
	struct str device, minor, option;

	if (!number(str_cut(&line, ' '), &mount->id))
		return false;
	str_cut(&line, ' ');	/* parent */
	minor = str_cut(&line, ' ');
	device = str_cut(&minor, ':');
	if (!number(device, &mount->major) || !number(minor, &mount->minor))
		return false;
	str_cut(&line, ' ');	/* what of the file system is mounted here */
	if (!unescape(str_cut(&line, ' '), mount->point, sizeof(mount->point)))
		return false;
	str_cut(&line, ' ');	/* options of the mount */
	do {
		if (!line.len)
			return false;
		option = str_cut(&line, ' ');
	} while (!str_is(option, "-"));
	/* Of these the begin will do: what a user has mounted must be seen, whatever its name. */
	unescape(str_cut(&line, ' '), mount->type, sizeof(mount->type));
	unescape(str_cut(&line, ' '), mount->source, sizeof(mount->source));
	mount->read_only = false;
	while (line.len)
		if (str_is(str_cut(&line, ','), "ro"))
			mount->read_only = true;
	return mount->point[0] == '/';
}

bool mountinfo_next(struct str *text, struct mount *mount)
{
	while (text->len)
		if (parse(str_cut(text, '\n'), mount))
			return true;
	return false;
}

static bool one_of(const char *const names[], const char *name)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

bool mount_remote(const struct mount *mount)
{
	static const char *const types[] = {
		"autofs", "cifs", "smb3", "smbfs", "nfs", "nfs4", "vmhgfs", "ceph", "glusterfs",
		"9p", "virtiofs", "afs", "coda", "ncpfs", "lustre", "gfs", "gfs2", "ocfs2", NULL
	};

	return one_of(types, mount->type) || !strncmp(mount->type, "fuse", 4) ||
	       !strncmp(mount->source, "http://", 7) || !strncmp(mount->source, "https://", 8);
}

bool mount_freezable(const struct mount *mount)
{
	static const char *const fixed[] = {
		"squashfs", "erofs", "cramfs", "romfs", "iso9660", "overlay", NULL
	};

	if (mount->read_only || mount_remote(mount) || one_of(fixed, mount->type))
		return false;
	/* Major 0 is no block device; these have several and hide them behind one such number. */
	return mount->major || !strcmp(mount->type, "btrfs") || !strcmp(mount->type, "bcachefs");
}

bool mount_local(const struct mount *mount)
{
	return !mount->read_only && !mount_remote(mount);
}

bool mount_reported(const struct mount *mount)
{
	static const char *const types[] = {
		"ext2", "ext3", "ext4", "xfs", "btrfs", "bcachefs", "f2fs", "zfs", "vfat", "msdos",
		"ntfs", "ntfs3", "exfat", "reiserfs", "jfs", "hfs", "hfsplus", "ufs", NULL
	};

	return one_of(types, mount->type);
}

/* As autofs is by what it has mounted, at the same place. */
static bool covered(struct str later, const char *point)
{
	struct mount mount;
	bool yes = false;

	while (mountinfo_next(&later, &mount))
		if (!strcmp(mount.point, point))
			yes = !mount_remote(&mount);
	return yes;
}

bool mount_behind_remote(struct str text, const char *point)
{
	struct mount mount;

	while (mountinfo_next(&text, &mount)) {
		size_t len = strlen(mount.point);

		if (mount_remote(&mount) && !strncmp(mount.point, point, len) &&
		    point[len] == '/' && !covered(text, mount.point))
			return true;
	}
	return false;
}

bool glob_list(const char *globs, const char *name)
{
	while (globs && *globs) {
		size_t len = strcspn(globs, ",");
		char glob[256];

		if (len && len < sizeof(glob)) {
			memcpy(glob, globs, len);
			glob[len] = '\0';
			if (!fnmatch(glob, name, 0))
				return true;
		}
		globs += len + (globs[len] == ',');
	}
	return false;
}

size_t mountinfo_list(struct str text, bool (*want)(const struct mount *mount),
		      const char *exclude, struct mount_ref refs[], size_t max)
{
	struct str rest = text;
	struct mount mount;
	size_t count = 0;

	while (mountinfo_next(&rest, &mount)) {
		bool seen = false;

		if (!want(&mount))
			continue;
		for (size_t i = 0; i < count && i < max && !seen; i++)
			seen = refs[i].major == mount.major && refs[i].minor == mount.minor;
		if (seen || mount_behind_remote(text, mount.point))
			continue;
		if (count < max)
			refs[count] = (struct mount_ref){
				mount.id, mount.major, mount.minor, glob_list(exclude, mount.point)
			};
		count++;
	}
	return count;
}

bool mountinfo_find(struct str text, unsigned int id, struct mount *mount)
{
	while (mountinfo_next(&text, mount))
		if (mount->id == id)
			return true;
	return false;
}

bool mountinfo_reach(struct str *text, const struct mount_ref *device, struct mount *mount)
{
	while (mountinfo_next(text, mount))
		if (mount->major == device->major && mount->minor == device->minor &&
		    mount_freezable(mount))
			return true;
	return false;
}
