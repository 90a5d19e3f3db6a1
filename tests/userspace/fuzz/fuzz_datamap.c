// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Frames of GuestRPC: whatever is accepted can be said again and is then the same.
 */
#include "datamap.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct datamap first, second;
	struct buf again = { 0 };
	ssize_t len = datamap_parse(data, size, &first);

	if (len <= 0)
		return 0;
	if ((size_t)len > size)
		abort();
	datamap_add(&again, &first);
	if (datamap_parse(again.data, again.len, &second) != (ssize_t)again.len ||
	    second.type != first.type || second.fast_close != first.fast_close ||
	    second.payload.len != first.payload.len ||
	    (first.payload.len &&
	     memcmp(second.payload.at, first.payload.at, first.payload.len)))
		abort();
	buf_free(&again);
	return 0;
}
