/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Small files of the system: /proc, /sys, /etc. Every path goes through here, so that
 * tests can put a tree of their own in the place of the root.
 */
#ifndef VMGUESTD_FILES_H
#define VMGUESTD_FILES_H

#include <stdbool.h>

#include "buf.h"

/* In front of every path; "" but in tests. No option and no environment variable sets it. */
extern const char *files_root;

/* files_path() - the path with the root before it; false if it does not fit */
bool files_path(char *to, size_t size, const char *path);
/* files_open() - open(), with @flags of it; a descriptor or -errno */
int files_open(const char *path, int flags);
/*
 * files_read() - replaces what is in @buf; a longer file is cut at @max
 * 0 or -errno, as for the two that follow.
 */
int files_read(const char *path, struct buf *buf, size_t max);
/* files_write() - writes to a file that exists, as those of sysfs do */
int files_write(const char *path, const char *text);
/* files_create() - a new file, or the old one anew, for root alone */
int files_create(const char *path, const char *text);
/* files_remove() - if it is there; files_exist() - whatever it is */
void files_remove(const char *path);
bool files_exist(const char *path);

#endif
