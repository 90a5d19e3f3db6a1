// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * GuestRPC's frames: datamap.h.
 */
#include "datamap.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>

#include "xdr.h"

enum value_type { INT64 = 1, STRING = 2, INT64_LIST = 3, STRING_LIST = 4 };
enum field_id { PACKET_TYPE = 1, PAYLOAD = 2, FAST_CLOSE = 3, KNOWN_FIELDS = 4 };

/* Not XDR's order: the low word first. */
static void add_int64(struct buf *buf, enum field_id id, uint64_t value)
{
	xdr_add_u32(buf, INT64);
	xdr_add_u32(buf, id);
	xdr_add_u32(buf, value);
	xdr_add_u32(buf, value >> 32);
}

void datamap_add(struct buf *buf, const struct datamap *packet)
{
	size_t start = buf->len;
	uint32_t be;

	xdr_add_u32(buf, 0);
	add_int64(buf, PACKET_TYPE, packet->type);
	if (packet->payload.len) {
		xdr_add_u32(buf, STRING);
		xdr_add_u32(buf, PAYLOAD);
		xdr_add_u32(buf, packet->payload.len);
		buf_add(buf, packet->payload.at, packet->payload.len);
	}
	if (packet->fast_close)
		add_int64(buf, FAST_CLOSE, 1);
	if (buf->error)
		return;
	be = htobe32(buf->len - start - sizeof(be));
	memcpy(buf->data + start, &be, sizeof(be));
}

static uint64_t get_int64(struct xdr *in)
{
	uint64_t low = xdr_u32(in);

	return low | (uint64_t)xdr_u32(in) << 32;
}

/* Strings are not padded here, which is why this is not xdr_bytes(). */
static struct str get_string(struct xdr *in)
{
	uint32_t len = xdr_u32(in);
	struct str s = { (const char *)in->at, len };

	if (!len || len > in->left) {
		in->bad = true;
		return str_of("", 0);
	}
	in->at += len;
	in->left -= len;
	return s;
}

/* Lists belong to no field that we know: they are stepped over. */
static void skip_list(struct xdr *in, enum value_type type)
{
	uint32_t count = xdr_u32(in);

	/* each item takes bytes, so that the content bounds this loop, not the count */
	while (count-- && !in->bad) {
		if (type == INT64_LIST)
			get_int64(in);
		else
			get_string(in);
	}
}

static void get_field(struct xdr *in, struct datamap *packet, unsigned int *seen)
{
	uint32_t type = xdr_u32(in);
	uint32_t id = xdr_u32(in);
	struct str string = { "", 0 };
	uint64_t number = 0;

	switch (type) {
	case INT64:
		number = get_int64(in);
		break;
	case STRING:
		string = get_string(in);
		break;
	case INT64_LIST:
	case STRING_LIST:
		skip_list(in, type);
		break;
	default:
		in->bad = true;
	}
	if (id < 32) {
		if (*seen & 1u << id)
			in->bad = true;
		*seen |= 1u << id;
	}
	if (!id || id >= KNOWN_FIELDS)
		return;
	if (type != (id == PAYLOAD ? STRING : INT64))
		in->bad = true;
	if (id == PACKET_TYPE) {
		if (number != DATAMAP_DATA && number != DATAMAP_PING)
			in->bad = true;
		packet->type = number;
	} else if (id == PAYLOAD) {
		packet->payload = string;
	} else {
		packet->fast_close = number == 1;
	}
}

ssize_t datamap_parse(const void *data, size_t len, struct datamap *packet)
{
	struct xdr head = xdr_of(data, len);
	uint32_t content = xdr_u32(&head);
	unsigned int seen = 0;
	struct xdr in;

	*packet = (struct datamap){ .payload = { "", 0 } };
	if (head.bad)
		return 0;
	/* The smallest has a type alone. What is hopeless is not waited for. */
	if (content < 16 || content > DATAMAP_MAX)
		return -EPROTO;
	if (content > head.left)
		return 0;
	in = xdr_of(head.at, content);
	while (in.left && !in.bad)
		get_field(&in, packet, &seen);
	if (in.bad || !(seen & 1u << PACKET_TYPE))
		return -EPROTO;
	return sizeof(content) + content;
}
