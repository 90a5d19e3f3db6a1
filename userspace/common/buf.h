/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Bytes that grow. An error sticks, so that a message is put together without a
 * test at each step and looked at once, before it is used. No system calls.
 */
#ifndef VMGUEST_BUF_H
#define VMGUEST_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Nothing that we make or take is larger; what would be is an error. */
#define BUF_MAX (16u << 20)

/* Zeroed is empty. */
struct buf {
	char *data;	/* with a NUL behind the last byte, once anything was added */
	size_t len;
	size_t room;
	int error;	/* 0, -ENOMEM, -E2BIG or -EINVAL; what was there before is intact */
};

/* These append, all or nothing; @data may not be of the same buffer. */
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_str(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* buf_room() - room for @len bytes more, to be counted with ->len by the caller; or NULL */
char *buf_room(struct buf *buf, size_t len);
/* buf_drop() - takes away the first @len bytes; all of them: the error as well */
void buf_drop(struct buf *buf, size_t len);
/* buf_shrink() - gives back memory that is more than @keep bytes and not in use */
void buf_shrink(struct buf *buf, size_t keep);
/* buf_text() - as a string, also when nothing was ever added */
const char *buf_text(const struct buf *buf);
/* buf_clear() - empty and without an error, with its memory; buf_free() - without it too */
void buf_clear(struct buf *buf);
void buf_free(struct buf *buf);

#endif
