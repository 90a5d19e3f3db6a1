/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Whole files, and what is read and written in several goes.
 */
#ifndef VMGUEST_FILE_H
#define VMGUEST_FILE_H

#include "buf.h"

/* file_read_from() - appends what there is until the end, @max bytes at most; 0 or -errno */
int file_read_from(int fd, struct buf *text, size_t max);
/* file_write_to() - all of it; 0 or -errno, and then some of it may be written */
int file_write_to(int fd, const void *data, size_t len);

/*
 * file_read() - appends a file of at most @max bytes
 * 0; -EFBIG: it is longer; or -errno. What was read until then has been added in any case.
 */
int file_read(const char *path, struct buf *text, size_t max);
/*
 * file_replace() - puts a new file in the place of an old one, whole or not at all
 * A symbolic link is followed; the old file's owner and mode are kept, a new one gets @mode.
 * 0 or -errno, and then all is as before; -EOPNOTSUPP: what is there is no file.
 */
int file_replace(const char *path, const void *data, size_t len, unsigned int mode);

#endif
