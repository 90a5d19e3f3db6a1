// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Whole files: file.h.
 */
#define _GNU_SOURCE
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read_from(int fd, struct buf *text, size_t max)
{
	size_t start = text->len;
	int ret = 0;

	while (text->len - start < max) {
		size_t want = max - (text->len - start) < 4096 ? max - (text->len - start) : 4096;
		char *to = buf_room(text, want);
		ssize_t n;

		if (!to)
			return text->error;
		n = read(fd, to, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		text->len += n;
	}
	/* Ends in a NUL, as everything that is in a struct buf. */
	buf_add(text, "", 0);
	return ret ? ret : text->error;
}

int file_read(const char *path, struct buf *text, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t start = text->len;
	int ret;

	if (fd < 0)
		return -errno;
	ret = file_read_from(fd, text, max + 1);
	close(fd);
	return !ret && text->len - start > max ? -EFBIG : ret;
}

int file_write_to(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		at += n;
		len -= n;
	}
	return 0;
}

int file_replace(const char *path, const void *data, size_t len, unsigned int mode)
{
	char real[PATH_MAX], temporary[PATH_MAX + 8];
	struct stat old;
	bool exists = !stat(path, &old);
	int fd, ret;

	if (!exists && errno != ENOENT)
		return -errno;
	/* Links of /proc, as /dev/stdout is one, may lead to a pipe, of which there is no path. */
	if (exists && !S_ISREG(old.st_mode))
		return S_ISDIR(old.st_mode) ? -EISDIR : -EOPNOTSUPP;
	if (exists && !realpath(path, real))
		return -errno;
	if (!exists && snprintf(real, sizeof(real), "%s", path) >= (int)sizeof(real))
		return -ENAMETOOLONG;
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", real);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = file_write_to(fd, data, len);
	if (!ret && exists && fchown(fd, old.st_uid, old.st_gid))
		ret = -errno;
	if (!ret && fchmod(fd, exists ? old.st_mode & 07777 : mode))
		ret = -errno;
	if (!ret && fsync(fd))
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(temporary, real))
		ret = -errno;
	if (ret)
		unlink(temporary);
	return ret;
}
