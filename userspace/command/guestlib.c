// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What the host tells of our resources: guestlib.h.
 *
 * A little-endian head (version, session, length) and XDR behind it: items of a number
 * that says which, whether it is valid, and a value whose size only the number tells.
 */
#include "guestlib.h"

#include "le.h"
#include "xdr.h"

#define VERSION_3	3
#define TEXT_MAX	65536

enum kind { U32, U64, TEXT };

static enum kind kind_of(uint32_t id)
{
	switch (id) {
	case 4: case 17: case 19: case 20: case 22 ... 30: case 38:
		return U64;
	case 18: case 37:
		return TEXT;
	default:
		return U32;
	}
}

static void item(struct xdr *in, struct guestlib *to, uint32_t id)
{
	bool valid = xdr_bool(in);
	uint64_t value = 0;

	switch (kind_of(id)) {
	case U32:
		value = xdr_u32(in);
		break;
	case U64:
		value = xdr_u64(in);
		break;
	case TEXT:
		xdr_bytes(in, TEXT_MAX);
		valid = false;
		break;
	}
	if (!in->bad) {
		to->valid[id] = valid;
		to->value[id] = value;
	}
}

bool guestlib_parse(struct str reply, struct guestlib *to)
{
	uint64_t size;
	struct xdr in;
	uint32_t count;

	*to = (struct guestlib){ 0 };
	if (reply.len < 16)
		return false;
	size = le_get(reply.at + 12, 4);
	if (le_get(reply.at, 4) != VERSION_3 || size > reply.len - 16)
		return false;
	to->session = le_get(reply.at + 4, 8);
	in = xdr_of(reply.at + 16, size);
	count = xdr_u32(&in);
	while (count-- && !in.bad) {
		uint32_t id = xdr_u32(&in);

		/* How long the value of a newer one is nobody knows; they come last. */
		if (!id || id >= GUESTLIB_IDS)
			break;
		item(&in, to, id);
	}
	return !in.bad;
}
