// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * XDR: xdr.h.
 */
#include "xdr.h"

#include <endian.h>

void xdr_add_u32(struct buf *buf, uint32_t value)
{
	uint32_t be = htobe32(value);

	buf_add(buf, &be, sizeof(be));
}

void xdr_add_bytes(struct buf *buf, const void *data, size_t len)
{
	xdr_add_u32(buf, len);
	buf_add(buf, data, len);
	buf_add(buf, "\0\0\0", -len % 4);
}

void xdr_add_string(struct buf *buf, const char *text)
{
	xdr_add_bytes(buf, text, strlen(text));
}

static const void *take(struct xdr *xdr, size_t len)
{
	const void *at = xdr->at;

	if (xdr->bad || len > xdr->left) {
		xdr->bad = true;
		return NULL;
	}
	xdr->at += len;
	xdr->left -= len;
	return at;
}

uint32_t xdr_u32(struct xdr *xdr)
{
	const void *at = take(xdr, 4);
	uint32_t be = 0;

	if (at)
		memcpy(&be, at, sizeof(be));
	return be32toh(be);
}

uint64_t xdr_u64(struct xdr *xdr)
{
	uint64_t high = xdr_u32(xdr);

	return high << 32 | xdr_u32(xdr);
}

bool xdr_bool(struct xdr *xdr)
{
	uint32_t value = xdr_u32(xdr);

	if (value > 1)
		xdr->bad = true;
	return value == 1 && !xdr->bad;
}

struct str xdr_bytes(struct xdr *xdr, size_t max)
{
	uint32_t len = xdr_u32(xdr);
	const void *at = NULL;

	if (len > max)
		xdr->bad = true;
	else
		at = take(xdr, len);
	take(xdr, -len % 4);
	return xdr->bad ? str_of("", 0) : str_of(at, len);
}
