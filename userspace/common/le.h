/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Numbers in bytes, the lowest first, wherever they stand: as most of the host's formats have
 * them. Those of XDR are the other way round (xdr.h).
 */
#ifndef VMGUEST_LE_H
#define VMGUEST_LE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* le_get() - a number of @len bytes, 8 at most */
static inline uint64_t le_get(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint64_t value = 0;

	while (len-- > 0)
		value = value << 8 | bytes[len];
	return value;
}

/* le_add() - appends one in @len bytes; what does not fit into them is left out */
static inline void le_add(struct buf *buf, uint64_t value, size_t len)
{
	for (; len-- > 0; value >>= 8)
		buf_char(buf, (char)value);
}

#endif
