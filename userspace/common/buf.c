// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Bytes that grow: buf.h.
 */
#include "buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *buf_room(struct buf *buf, size_t len)
{
	size_t room = buf->room ? buf->room : 64;
	char *data;

	if (buf->error)
		return NULL;
	if (len > BUF_MAX - buf->len) {
		buf->error = -E2BIG;
		return NULL;
	}
	while (room <= buf->len + len)
		room *= 2;
	if (room != buf->room) {
		data = realloc(buf->data, room);
		if (!data) {
			buf->error = -ENOMEM;
			return NULL;
		}
		buf->data = data;
		buf->room = room;
	}
	buf->data[buf->len + len] = '\0';
	return buf->data + buf->len;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	char *to = buf_room(buf, len);

	if (to && len) {
		memcpy(to, data, len);
		buf->len += len;
	}
}

void buf_str(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	char *to;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		buf->error = -EINVAL;
		return;
	}
	to = buf_room(buf, len);
	if (!to)
		return;
	va_start(args, format);
	vsnprintf(to, len + 1, format, args);
	va_end(args);
	buf->len += len;
}

void buf_drop(struct buf *buf, size_t len)
{
	if (len >= buf->len) {
		buf_clear(buf);
		return;
	}
	/* with the NUL */
	memmove(buf->data, buf->data + len, buf->len - len + 1);
	buf->len -= len;
}

void buf_shrink(struct buf *buf, size_t keep)
{
	size_t room = buf->len >= keep ? buf->len + 1 : keep;
	char *data;

	if (buf->room <= room)
		return;
	data = realloc(buf->data, room);
	if (!data)
		return;		/* it is too large then, and good still */
	buf->data = data;
	buf->room = room;
}

const char *buf_text(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->error = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ 0 };
}
