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
	int error;	/* 0, -ENOMEM or -E2BIG; what was there before is intact */
};

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_str(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* buf_room() - room for @len bytes more, to be counted with ->len by the caller; or NULL */
char *buf_room(struct buf *buf, size_t len);
/* buf_drop() - takes away the first @len bytes */
void buf_drop(struct buf *buf, size_t len);
/* buf_text() - as a string, also when nothing was ever added */
const char *buf_text(const struct buf *buf);
void buf_clear(struct buf *buf);	/* keeps the memory */
void buf_free(struct buf *buf);

#endif
