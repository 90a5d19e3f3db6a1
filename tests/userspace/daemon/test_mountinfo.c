// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The mount table: reading it, and choosing from it.
 */
#include <string.h>

#include "bench.h"
#include "mountinfo.h"

static const char table[] =
	"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
	"23 22 0:21 / /proc rw - proc proc rw\n"
	"24 22 8:2 / /home\\040dir rw - xfs /dev/sda2 rw\n"
	"25 22 7:0 / /mnt/image rw - ext4 /dev/loop0 rw\n"
	"26 22 8:1 /etc/hosts /etc/copy rw - ext4 /dev/sda1 rw\n"
	"27 22 0:40 / /net rw - nfs4 server:/x rw\n"
	"28 27 8:3 / /net/below rw - ext4 /dev/sda3 rw\n"
	"29 22 0:50 / /btrfs rw - btrfs /dev/sdb rw,subvol=/\n"
	"30 22 0:50 /sub /btrfs2 rw - btrfs /dev/sdb rw,subvol=/sub\n"
	"31 22 8:4 / /ro ro - ext4 /dev/sda4 ro\n"
	"32 22 8:5 / /fuse rw - fuseblk /dev/sda5 rw\n"
	"33 22 7:1 / /snap rw - squashfs /dev/loop1 rw\n"
	"34 22 0:60 / /tmp rw - tmpfs tmpfs rw\n"
	"garbage\n"
	"35 22 8:x / /bad rw - ext4 /dev/x rw\n"
	"36 22 8:6 / /no-dash rw ext4 /dev/x rw\n"
	"37 22 8:7 / /last rw - ext4 /dev/sda7 rw";

static const char *chosen_of(struct str mounts, bool (*want)(const struct mount *),
			     const char *exclude)
{
	struct mount_ref refs[16];
	size_t count = mountinfo_list(mounts, want, exclude, refs, 16);
	static char text[4096];

	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct mount mount;

		ck_assert(mountinfo_find(mounts, refs[i].id, &mount));
		sprintf(text + strlen(text), "%s%s%s", i ? "," : "", refs[i].excluded ? "!" : "",
			mount.point);
	}
	return text;
}

static const char *chosen(bool (*want)(const struct mount *), const char *exclude)
{
	return chosen_of(str(table), want, exclude);
}

START_TEST(one_of_each_device_in_the_order_of_mounting)
{
	expect_text(chosen(mount_freezable, NULL), "/,/home dir,/mnt/image,/btrfs,/last");
}
END_TEST

START_TEST(excluded_by_globs_that_match_slashes)
{
	expect_text(chosen(mount_freezable, "/mnt*,/bt*"), "/,/home dir,!/mnt/image,!/btrfs,/last");
	/* A bind mount does not exclude the file system that it shows a part of. */
	expect_text(chosen(mount_freezable, "/etc/*"), "/,/home dir,/mnt/image,/btrfs,/last");
}
END_TEST

/* Whoever may mount with FUSE chooses both names, and hides what root has mounted below. */
START_TEST(a_long_name_hides_nothing_that_hangs)
{
	char text[2048], name[600];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "23 22 0:50 /%s /home/user rw - fuse.%s %s rw\n"
			 "24 22 8:2 / /home/user/disk rw - ext4 /dev/sda2 rw\n"
			 "25 22 8:3 / /srv rw - ext4 /dev/sda3 rw\n",
			 i == 0 ? name : "", i == 1 ? name : "x", i == 2 ? name : "x");
		expect_text(chosen_of(str(text), mount_freezable, NULL), "/srv");
	}
}
END_TEST

/* x-systemd.automount of a disk, and another one below. */
START_TEST(what_was_mounted_by_autofs_is_not_behind_it)
{
	static const char text[] =
		"23 22 0:40 / /data rw - autofs systemd-1 rw\n"
		"24 23 8:2 / /data rw - ext4 /dev/sda2 rw\n"
		"25 24 8:3 / /data/more rw - ext4 /dev/sda3 rw\n"
		"26 22 0:41 / /net rw - autofs systemd-1 rw\n"
		"27 26 0:42 / /net rw - nfs4 server:/x rw\n"
		"28 27 8:4 / /net/below rw - ext4 /dev/sda4 rw\n"
		"29 22 8:5 / /home rw - ext4 /dev/sda5 rw\n"
		"30 29 0:43 / /home rw - fuse.x x rw\n"
		"31 30 8:6 / /home/below rw - ext4 /dev/sda6 rw\n";

	expect_text(chosen_of(str(text), mount_freezable, NULL), "/data,/data/more,/home");
}
END_TEST

START_TEST(reported_are_real_disks)
{
	expect_text(chosen(mount_reported, NULL), "/,/home dir,/mnt/image,/btrfs,/ro,/last");
}
END_TEST

START_TEST(more_than_there_is_room_for_are_counted)
{
	struct mount_ref refs[2];

	ck_assert_uint_gt(mountinfo_list(str(table), mount_freezable, NULL, refs, 2), 2);
}
END_TEST

START_TEST(lines_that_are_cut_anywhere_are_survived)
{
	struct mount mount;

	for (size_t len = 0; len < sizeof(table); len++) {
		struct str rest = str_of(table, len);

		while (mountinfo_next(&rest, &mount))
			ck_assert_int_eq(mount.point[0], '/');
	}
}
END_TEST

/* The broker hands fields to the worker, which is to learn nothing else by that. */
START_TEST(nothing_old_is_behind_a_name)
{
	struct str text = str("36 35 98:0 /r /p rw - ext3 /dev/s rw\n");
	static const char zeroes[MOUNT_POINT_MAX];
	struct mount mount;

	memset(&mount, 0xa5, sizeof(mount));
	ck_assert(mountinfo_next(&text, &mount));
	ck_assert_mem_eq(mount.point + 2, zeroes, sizeof(mount.point) - 2);
	ck_assert_mem_eq(mount.source + 6, zeroes, sizeof(mount.source) - 6);
	ck_assert_mem_eq(mount.type + 4, zeroes, sizeof(mount.type) - 4);
}
END_TEST

/* A volume deep in the tree of another one, of a source that somebody has given a name. */
START_TEST(long_names_leave_no_mount_out)
{
	struct buf line = { 0 };
	struct mount mount;
	struct str text;

	buf_str(&line, "36 35 98:0 /");
	for (int i = 0; i < 1000; i++)
		buf_char(&line, 'r');
	buf_str(&line, " /point rw - ext4 /dev/");
	for (int i = 0; i < 1000; i++)
		buf_char(&line, 's');
	buf_str(&line, " rw\n");
	text = str_of(line.data, line.len);
	ck_assert(mountinfo_next(&text, &mount));
	ck_assert(mount_freezable(&mount));
	ck_assert_str_eq(mount.point, "/point");
	ck_assert_uint_eq(strlen(mount.source), sizeof(mount.source) - 1);
	buf_free(&line);
}
END_TEST

Suite *suite_mountinfo(void)
{
	Suite *suite = suite_create("mountinfo");
	TCase *tcase = tcase_create("table");

	tcase_add_test(tcase, one_of_each_device_in_the_order_of_mounting);
	tcase_add_test(tcase, excluded_by_globs_that_match_slashes);
	tcase_add_test(tcase, a_long_name_hides_nothing_that_hangs);
	tcase_add_test(tcase, what_was_mounted_by_autofs_is_not_behind_it);
	tcase_add_test(tcase, reported_are_real_disks);
	tcase_add_test(tcase, more_than_there_is_room_for_are_counted);
	tcase_add_test(tcase, lines_that_are_cut_anywhere_are_survived);
	tcase_add_test(tcase, nothing_old_is_behind_a_name);
	tcase_add_test(tcase, long_names_leave_no_mount_out);
	suite_add_tcase(suite, tcase);
	return suite;
}
