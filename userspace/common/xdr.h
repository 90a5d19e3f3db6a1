/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * XDR (RFC 4506), as much of it as GuestRPC uses: big-endian words, and bytes that are
 * padded to them. Written into a struct buf, whose error sticks; read from a struct
 * xdr, in which it does too. No system calls.
 */
#ifndef VMGUEST_XDR_H
#define VMGUEST_XDR_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "str.h"

/* xdr_add_u32() - unsigned int, enum; bool as 0 or 1 */
void xdr_add_u32(struct buf *buf, uint32_t value);
/* xdr_add_bytes() - string or variable opaque: length, bytes, padding */
void xdr_add_bytes(struct buf *buf, const void *data, size_t len);
/* xdr_add_string() - the same of a text, without its NUL */
void xdr_add_string(struct buf *buf, const char *text);

struct xdr {
	const uint8_t *at;
	size_t left;
	bool bad;	/* more was asked for than there was; everything since then is 0 */
};

static inline struct xdr xdr_of(const void *data, size_t len)
{
	return (struct xdr){ data, len, false };
}

/* xdr_u32() - unsigned int, enum; xdr_u64() - unsigned hyper. 0 if the message has ended. */
uint32_t xdr_u32(struct xdr *xdr);
uint64_t xdr_u64(struct xdr *xdr);
/* xdr_bool() - anything but 0 and 1 is bad */
bool xdr_bool(struct xdr *xdr);
/* xdr_bytes() - string or variable opaque of at most @max bytes; points into the message */
struct str xdr_bytes(struct xdr *xdr, size_t max);

#endif
