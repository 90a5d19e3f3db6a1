// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* The detailed record of the operating system: two names of fixed size, then key='value' pairs. */
#include "guestinfo.h"

#include <string.h>

enum {
	VERSION = 1, SHORT_ROOM = 129, FULL_ROOM = 513, PADDING = 2,
	MAX_PAIR = 1024, MAX_TEXT = 10 * 1024, MAX_KEY = 64,
};

static json_t *take_name(struct vh_cursor *from, size_t room)
{
	const uint8_t *data = vh_take(from, room);

	if (!data || data[room - 1])
		from->bad = true;
	return data ? vh_json_bytes(data, strnlen((const char *)data, room)) : json_null();
}

/* key='value'; in the value a backslash stands before each ' and \ */
static bool take_pair(struct vh_cursor *from, json_t *to)
{
	char key[MAX_KEY], value[MAX_PAIR];
	size_t key_len = 0, len = 0;
	uint8_t byte;

	while ((byte = vh_take_u8(from)) != '=') {
		if (from->bad || byte <= ' ' || byte >= 0x7f || key_len == sizeof(key) - 1)
			return false;
		key[key_len++] = byte;
	}
	key[key_len] = 0;
	if (!key_len || vh_take_u8(from) != '\'')
		return false;
	while ((byte = vh_take_u8(from)) != '\'') {
		if (byte == '\\')
			byte = vh_take_u8(from);
		if (from->bad || !byte || len == sizeof(value))
			return false;
		value[len++] = byte;
	}
	json_object_set_new(to, key, vh_json_bytes(value, len));
	return true;
}

json_t *vh_os_detailed(struct vh_cursor *from, const char **wrong)
{
	json_t *os, *details;
	bool good = true;

	if (vh_take_le32(from) != VERSION) {
		*wrong = "a record of the system of another version than 1";
		return NULL;
	}
	details = json_object();
	os = json_pack("{s:o}", "details", details);
	json_object_set_new(os, "short", take_name(from, SHORT_ROOM));
	json_object_set_new(os, "full", take_name(from, FULL_ROOM));
	vh_take(from, PADDING);
	good = !from->bad && from->left <= MAX_TEXT;
	vh_drop_nul(from);
	while (good && from->left) {
		good = take_pair(from, details);
		if (good && from->left)		/* the next one follows a blank */
			good = vh_take_u8(from) == ' ' && from->left;
	}
	if (!good) {
		*wrong = "a record of the system that is too short or too long, or no key='value'";
		json_decref(os);
		return NULL;
	}
	return os;
}
