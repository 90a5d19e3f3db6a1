// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Bytes that grow. Whoever adds has bounded what it adds; with no memory left
 * for that there is no test to go on with either.
 */
#include "vmhost.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct vh_buf *buf, size_t more)
{
	size_t need = buf->len + more + 1;

	if (need <= buf->room)
		return;
	buf->room = need < 64 ? 64 : need + need / 2;
	buf->data = realloc(buf->data, buf->room);
	if (!buf->data) {
		fprintf(stderr, "vmhost: no memory for %zu bytes\n", buf->room);
		abort();
	}
}

void vh_buf_add(struct vh_buf *buf, const void *data, size_t len)
{
	reserve(buf, len);
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = 0;
}

void vh_buf_printf(struct vh_buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return;
	reserve(buf, len);
	va_start(args, format);
	vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += len;
}

void vh_buf_clear(struct vh_buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = 0;
}

void vh_buf_free(struct vh_buf *buf)
{
	free(buf->data);
	*buf = (struct vh_buf){ 0 };
}
