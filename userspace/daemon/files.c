// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Small files of the system, whole and in one go.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "files.h"

const char *files_root = "";

bool files_path(char *to, size_t size, const char *path)
{
	int n = snprintf(to, size, "%s%s", files_root, path);

	return n >= 0 && (size_t)n < size;
}

int files_open(const char *path, int flags)
{
	char whole[4096];
	int fd;

	if (!files_path(whole, sizeof(whole), path))
		return -ENAMETOOLONG;
	fd = open(whole, flags | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

int files_read(const char *path, struct buf *buf, size_t max)
{
	int fd = files_open(path, O_RDONLY);
	int error;

	buf_clear(buf);
	if (fd < 0)
		return fd;
	error = file_read_from(fd, buf, max);
	close(fd);
	return error;
}

/* In one go, as files of sysfs want it. */
static int write_text(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);
	int error = n < 0 ? -errno : n == (ssize_t)len ? 0 : -EIO;

	close(fd);
	return error;
}

int files_write(const char *path, const char *text)
{
	int fd = files_open(path, O_WRONLY);

	return fd < 0 ? fd : write_text(fd, text);
}

int files_create(const char *path, const char *text)
{
	char whole[4096];
	int fd;

	if (!files_path(whole, sizeof(whole), path))
		return -ENAMETOOLONG;
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? -errno : write_text(fd, text);
}

void files_remove(const char *path)
{
	char whole[4096];

	if (files_path(whole, sizeof(whole), path))
		unlink(whole);
}

bool files_exist(const char *path)
{
	char whole[4096];

	return files_path(whole, sizeof(whole), path) && !access(whole, F_OK);
}
