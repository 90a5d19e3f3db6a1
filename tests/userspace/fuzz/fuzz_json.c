// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The control socket's JSON: whatever is accepted is gone through to its end, and
 * written again it is accepted.
 */
#include "json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(struct json *json, const char *key, struct json_value value, int depth)
{
	struct buf text = { 0 };
	struct json_value member;
	struct str rest = { 0 }, name;
	char bracket = value.type == JSON_OBJECT ? '{' : '[';
	int64_t number;

	if (depth > JSON_DEPTH)
		abort();
	json_number(value, &number);
	if (value.type == JSON_STRING) {
		json_unquote(value, &text);
		json_text(json, key, str_of(buf_text(&text), text.len));
	} else if (value.type == JSON_OBJECT || value.type == JSON_ARRAY) {
		json_begin(json, key, bracket);
		while (json_next(value, &rest, &name, &member))
			write_again(json, bracket == '{' ? "key" : NULL, member, depth + 1);
		json_end(json, bracket == '{' ? '}' : ']');
	} else {
		json_raw(json, key, value.text);
	}
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_value value = json_parse(str_of(data, size));
	struct buf again = { 0 };
	struct json json = { .out = &again };

	json_get(value, "get");
	if (value.type == JSON_NONE)
		return 0;
	write_again(&json, NULL, value, 1);
	if (!again.error && json_parse(str_of(buf_text(&again), again.len)).type != value.type)
		abort();
	buf_free(&again);
	return 0;
}
