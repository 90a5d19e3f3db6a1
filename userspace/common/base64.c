// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Base64: three bytes to four letters.
 */
#include "base64.h"

void base64(struct buf *to, const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i += 3) {
		uint32_t three = (uint32_t)bytes[i] << 16;

		if (i + 1 < len)
			three |= (uint32_t)bytes[i + 1] << 8;
		if (i + 2 < len)
			three |= bytes[i + 2];
		buf_char(to, digits[three >> 18]);
		buf_char(to, digits[three >> 12 & 63]);
		buf_char(to, i + 1 < len ? digits[three >> 6 & 63] : '=');
		buf_char(to, i + 2 < len ? digits[three & 63] : '=');
	}
}
