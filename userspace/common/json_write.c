// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * JSON, written: json.h. The reader is json_read.c.
 */
#include "json.h"

#include <inttypes.h>

static void quote(struct buf *out, struct str s)
{
	buf_char(out, '"');
	while (s.len) {
		size_t len = str_utf8(s);
		unsigned char c = *s.at;

		if (!len)
			buf_str(out, "\\ufffd");
		else if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c == '\n')
			buf_str(out, "\\n");
		else if (c == '\t')
			buf_str(out, "\\t");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\u%04x", c);
		else if (c == 0xc2 && (unsigned char)s.at[1] < 0xa0)	/* those of a terminal's */
			buf_printf(out, "\\u%04x", (unsigned char)s.at[1]);
		else
			buf_add(out, s.at, len);
		s = str_skip(s, len ? len : 1);
	}
	buf_char(out, '"');
}

static void lead(struct json *json, const char *key)
{
	if (json->comma)
		buf_char(json->out, ',');
	json->comma = true;
	if (key) {
		quote(json->out, str(key));
		buf_char(json->out, ':');
	}
}

void json_begin(struct json *json, const char *key, char bracket)
{
	lead(json, key);
	buf_char(json->out, bracket);
	json->comma = false;
}

void json_end(struct json *json, char bracket)
{
	buf_char(json->out, bracket);
	json->comma = true;
}

void json_text(struct json *json, const char *key, struct str text)
{
	lead(json, key);
	quote(json->out, text);
}

void json_string(struct json *json, const char *key, const char *text)
{
	json_text(json, key, str(text));
}

void json_int(struct json *json, const char *key, int64_t value)
{
	lead(json, key);
	buf_printf(json->out, "%" PRId64, value);
}

void json_uint(struct json *json, const char *key, uint64_t value)
{
	lead(json, key);
	buf_printf(json->out, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	json_raw(json, key, str(value ? "true" : "false"));
}

void json_null(struct json *json, const char *key)
{
	json_raw(json, key, str("null"));
}

void json_raw(struct json *json, const char *key, struct str text)
{
	lead(json, key);
	buf_add(json->out, text.at, text.len);
}
