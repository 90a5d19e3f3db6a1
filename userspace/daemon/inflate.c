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

/* As inflateInit2() wants to be told what is around the stream. */
enum { RAW = -MAX_WBITS, GZIP = 16 + MAX_WBITS };

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

static int unpack(struct str in, int format, struct buf *out, size_t max)
{
	size_t known = out->len < WINDOW ? out->len : WINDOW;
	z_stream stream = { .next_in = (const unsigned char *)in.at, .avail_in = (uInt)in.len };
	int error = 0;

	if (in.len > UINT32_MAX || out->len > max)
		return -E2BIG;
	if (inflateInit2(&stream, format) != Z_OK)
		return -ENOMEM;
	if (format == RAW && known &&
	    inflateSetDictionary(&stream, (const unsigned char *)out->data + out->len - known,
				 (uInt)known) != Z_OK)
		error = -ENOMEM;
	if (!error)
		error = run(&stream, out, max);
	inflateEnd(&stream);
	return error;
}

int inflate_raw(struct str in, struct buf *out, size_t max)
{
	return unpack(in, RAW, out, max);
}

int inflate_gzip(struct str in, struct buf *out, size_t max)
{
	return unpack(in, GZIP, out, max);
}
