// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * zlib, with its memory given back at once and its output kept below a limit.
 */
#define ZLIB_CONST
#include <errno.h>
#include <zlib.h>

#include "inflate.h"

#define WINDOW 32768u

static int run(z_stream *stream, struct buf *out, size_t max)
{
	unsigned char piece[4096];
	int status;

	do {
		size_t len;

		stream->next_out = piece;
		stream->avail_out = sizeof(piece);
		status = inflate(stream, Z_NO_FLUSH);
		len = sizeof(piece) - stream->avail_out;
		if (len > max - out->len)
			return -E2BIG;
		buf_add(out, (const char *)piece, len);
		if (out->error)
			return out->error;
	} while (status == Z_OK);
	return status == Z_STREAM_END ? 0 : status == Z_MEM_ERROR ? -ENOMEM : -EPROTO;
}

int inflate_raw(struct str *in, struct buf *out, size_t max)
{
	size_t known = out->len < WINDOW ? out->len : WINDOW;
	z_stream stream = { .next_in = (const unsigned char *)in->at, .avail_in = (uInt)in->len };
	int error;

	if (in->len > UINT32_MAX || out->len > max)
		return -E2BIG;
	if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
		return -ENOMEM;
	if (known)
		inflateSetDictionary(&stream, (const unsigned char *)out->data + out->len - known,
				     (uInt)known);
	error = run(&stream, out, max);
	*in = str_skip(*in, in->len - stream.avail_in);
	inflateEnd(&stream);
	return error;
}
