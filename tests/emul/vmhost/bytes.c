// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* Bounded reading of messages, and their bytes in JSON. Knows no message. */
#include "bytes.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t *vh_take(struct vh_cursor *from, size_t len)
{
	const uint8_t *data = from->at;

	if (from->bad || len > from->left) {
		from->bad = true;
		from->left = 0;
		return NULL;
	}
	from->at += len;
	from->left -= len;
	return data;
}

static void take_value(struct vh_cursor *from, void *to, size_t size)
{
	const uint8_t *data = vh_take(from, size);

	if (data)
		memcpy(to, data, size);
	else
		memset(to, 0, size);
}

uint8_t vh_take_u8(struct vh_cursor *from)
{
	uint8_t value;

	take_value(from, &value, sizeof(value));
	return value;
}

uint16_t vh_take_le16(struct vh_cursor *from)
{
	uint16_t value;

	take_value(from, &value, sizeof(value));
	return le16toh(value);
}

uint32_t vh_take_le32(struct vh_cursor *from)
{
	uint32_t value;

	take_value(from, &value, sizeof(value));
	return le32toh(value);
}

uint64_t vh_take_le64(struct vh_cursor *from)
{
	uint64_t value;

	take_value(from, &value, sizeof(value));
	return le64toh(value);
}

uint32_t vh_take_be32(struct vh_cursor *from)
{
	uint32_t value;

	take_value(from, &value, sizeof(value));
	return be32toh(value);
}

const uint8_t *vh_take_xdr(struct vh_cursor *from, size_t limit, size_t *len)
{
	static const uint8_t zero[3];
	const uint8_t *data, *padding;
	size_t count = vh_take_be32(from), rest = -count & 3;

	*len = 0;
	if (count > limit) {
		from->bad = true;
		from->left = 0;
		return NULL;
	}
	data = vh_take(from, count);
	padding = vh_take(from, rest);
	if (!data || !padding)
		return NULL;
	if (memcmp(padding, zero, rest)) {
		from->bad = true;
		return NULL;
	}
	*len = count;
	return data;
}

bool vh_take_xdr_option(struct vh_cursor *from)
{
	uint32_t value = vh_take_be32(from);

	if (value > 1)
		from->bad = true;
	return value == 1 && !from->bad;
}

uint32_t vh_take_xdr_count(struct vh_cursor *from, uint32_t limit)
{
	uint32_t value = vh_take_be32(from);

	if (value > limit)
		from->bad = true;
	return from->bad ? 0 : value;
}

bool vh_take_word(struct vh_cursor *from, char *to, size_t room)
{
	const uint8_t *end = memchr(from->at, ' ', from->left);
	size_t len = end ? (size_t)(end - from->at) : from->left;

	if (!len || len >= room || memchr(from->at, 0, len))
		return false;
	memcpy(to, from->at, len);
	to[len] = 0;
	vh_take(from, end ? len + 1 : len);
	return true;
}

bool vh_take_decimal(struct vh_cursor *from, uint64_t max, uint64_t *value)
{
	char word[21];
	uint64_t sum = 0;

	if (!vh_take_word(from, word, sizeof(word)))
		return false;
	for (const char *digit = word; *digit; digit++) {
		if (*digit < '0' || *digit > '9' ||
		    __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*digit - '0'), &sum))
			return false;
	}
	*value = sum;
	return sum <= max;
}

void vh_drop_nul(struct vh_cursor *from)
{
	if (from->left && !from->at[from->left - 1])
		from->left--;
}

void vh_put_le16(struct vh_buf *buf, uint16_t value)
{
	value = htole16(value);
	vh_buf_add(buf, &value, sizeof(value));
}

void vh_put_le32(struct vh_buf *buf, uint32_t value)
{
	value = htole32(value);
	vh_buf_add(buf, &value, sizeof(value));
}

void vh_put_le64(struct vh_buf *buf, uint64_t value)
{
	value = htole64(value);
	vh_buf_add(buf, &value, sizeof(value));
}

void vh_put_be32(struct vh_buf *buf, uint32_t value)
{
	value = htobe32(value);
	vh_buf_add(buf, &value, sizeof(value));
}

void vh_put_be64(struct vh_buf *buf, uint64_t value)
{
	value = htobe64(value);
	vh_buf_add(buf, &value, sizeof(value));
}

void vh_put_xdr(struct vh_buf *buf, const void *data, size_t len)
{
	static const uint8_t zero[3];

	vh_put_be32(buf, len);
	vh_buf_add(buf, data, len);
	vh_buf_add(buf, zero, -len & 3);
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void vh_base64(struct vh_buf *to, const void *data, size_t len)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = byte[i] << 16;
		char four[4];

		bits |= have > 1 ? byte[i + 1] << 8 : 0;
		bits |= have > 2 ? byte[i + 2] : 0;
		for (int n = 0; n < 4; n++)
			four[n] = digits[bits >> (18 - 6 * n) & 63];
		memset(four + have + 1, '=', 3 - have);
		vh_buf_add(to, four, sizeof(four));
	}
}

bool vh_unbase64(struct vh_buf *to, const char *text, size_t len)
{
	size_t start = to->len, padding = 0;

	if (len % 4)
		return false;
	while (padding < 2 && padding < len && text[len - padding - 1] == '=')
		padding++;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t bits = 0;
		uint8_t three[3];

		for (size_t n = i; n < i + 4; n++) {
			const char *digit = digits;	/* zero, for the padding */

			if (n < len - padding)
				digit = text[n] ? strchr(digits, text[n]) : NULL;
			if (!digit) {
				to->len = start;
				return false;
			}
			bits = bits << 6 | (digit - digits);
		}
		three[0] = bits >> 16;
		three[1] = bits >> 8;
		three[2] = bits;
		vh_buf_add(to, three, i + 4 < len ? 3 : 3 - padding);
	}
	return true;
}

bool vh_is_utf8(const char *text)
{
	json_t *string = json_string(text);
	bool is = string;

	json_decref(string);
	return is;
}

json_t *vh_json_u64(uint64_t value)
{
	return value <= INT64_MAX ? json_integer(value) : json_real(value);
}

json_t *vh_json_bytes(const void *data, size_t len)
{
	json_t *text = json_stringn(data, len);
	struct vh_buf buf = { 0 };

	if (text)
		return text;
	for (const uint8_t *byte = data; byte < (const uint8_t *)data + len; byte++)
		vh_buf_printf(&buf, *byte >= ' ' && *byte < 0x7f ? "%c" : "\\x%02x", *byte);
	text = json_stringn((char *)buf.data, buf.len);
	vh_buf_free(&buf);
	return text;
}

void vh_json_put(json_t *object, const char *key, const void *data, size_t len, size_t limit)
{
	size_t shown = limit && len > limit ? limit : len;
	json_t *text = len ? json_stringn(data, shown) : json_string("");
	struct vh_buf buf = { 0 };
	char name[64];

	if (text) {
		json_object_set_new(object, key, text);
	} else {
		vh_base64(&buf, data, shown);
		snprintf(name, sizeof(name), "%s64", key);
		json_object_set_new(object, name, json_stringn((char *)buf.data, buf.len));
		vh_buf_free(&buf);
	}
	if (shown < len) {
		snprintf(name, sizeof(name), "%sLength", key);
		json_object_set_new(object, name, json_integer(len));
	}
}

const char *vh_json_get(const json_t *object, const char *key, struct vh_buf *to, bool *found)
{
	const json_t *text = json_object_get(object, key), *coded;
	char name[64];

	snprintf(name, sizeof(name), "%s64", key);
	coded = json_object_get(object, name);
	*found = json_is_string(text) || json_is_string(coded);
	if (text && coded)
		return "given as text and in base64";
	if (coded && !json_is_string(coded))
		return "its base64 is not a string";
	if (text && !json_is_string(text) && !json_is_null(text))
		return "not a string";
	if (json_is_string(text))
		vh_buf_add(to, json_string_value(text), json_string_length(text));
	if (coded && !vh_unbase64(to, json_string_value(coded), json_string_length(coded)))
		return "not base64";
	return NULL;
}
