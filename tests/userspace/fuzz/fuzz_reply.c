// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What the host replies: the verdict, the statistics in XDR, and XDR as such.
 */
#include <stdlib.h>

#include "guestlib.h"
#include "rpc.h"
#include "xdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xdr in = xdr_of(data, size);
	struct guestlib info;
	struct str text;
	int verdict = rpc_verdict(str_of(data, size), &text);

	if (verdict >= 0 && text.len != size - 2)
		abort();
	guestlib_parse(str_of(data, size), &info);
	while (in.left && !in.bad) {
		size_t before = in.left;

		switch (xdr_u32(&in) % 4) {
		case 0:
			text = xdr_bytes(&in, 1000);
			if (text.len > 1000)
				abort();
			break;
		case 1:
			xdr_u64(&in);
			break;
		case 2:
			xdr_bool(&in);
			break;
		}
		if (!in.bad && in.left >= before)
			abort();
	}
	return 0;
}
