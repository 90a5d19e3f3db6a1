// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Whole files, read and replaced.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

static char folder[] = "/tmp/vmguest-unit-XXXXXX";

static const char *path(const char *name)
{
	static char text[4][64];
	static int next;
	char *at = text[next++ % 4];

	snprintf(at, sizeof(text[0]), "%s/%s", folder, name);
	return at;
}

static void expect_file(const char *name, const char *content)
{
	struct buf buf = { 0 };

	ck_assert_int_eq(file_read(path(name), &buf, 1 << 20), 0);
	EXPECT_BUF(&buf, content);
	buf_free(&buf);
}

START_TEST(a_file_is_replaced_with_its_mode_through_a_link)
{
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(file_replace(path("a"), "one", 3, 0640), 0);
	expect_file("a", "one");
	ck_assert(!stat(path("a"), &st) && (st.st_mode & 07777) == 0640);
	ck_assert_int_eq(symlink("a", path("link")), 0);
	ck_assert_int_eq(file_replace(path("link"), "two", 3, 0600), 0);
	expect_file("a", "two");
	ck_assert(!lstat(path("link"), &st) && S_ISLNK(st.st_mode));
	ck_assert(!stat(path("a"), &st) && (st.st_mode & 07777) == 0640);
	ck_assert_int_eq(file_replace(path("none/a"), "x", 1, 0600), -ENOENT);
	unlink(path("link"));
	unlink(path("a"));
	/* nothing else was left behind */
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

/* Such as /dev/null, of which a system is to keep the one that it has. */
START_TEST(what_is_no_file_is_not_replaced_by_one)
{
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert(!mkfifo(path("pipe"), 0600));
	ck_assert(!symlink("pipe", path("link")));
	ck_assert_int_eq(file_replace(path("link"), "x", 1, 0600), -EOPNOTSUPP);
	ck_assert(!stat(path("pipe"), &st) && S_ISFIFO(st.st_mode));
	ck_assert_int_eq(file_replace(folder, "x", 1, 0600), -EISDIR);
	unlink(path("link"));
	unlink(path("pipe"));
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(what_is_too_long_or_not_there_is_not_read)
{
	struct buf buf = { 0 };

	ck_assert_int_eq(file_read("/proc/self/status", &buf, 10), -EFBIG);
	buf_clear(&buf);
	ck_assert_int_eq(file_read("/nowhere", &buf, 10), -ENOENT);
	ck_assert_int_eq(file_read("/", &buf, 10), -EISDIR);
	buf_free(&buf);
}
END_TEST

SUITE(files, a_file_is_replaced_with_its_mode_through_a_link,
      what_is_no_file_is_not_replaced_by_one,
      what_is_too_long_or_not_there_is_not_read)
