// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * JSON, read: json.h. The writer is json_write.c.
 *
 * json_parse() checks all of a text; the others walk what has been checked, and would
 * end at its end even if it had not been.
 */
#include "json.h"

static void skip_blanks(struct str *s)
{
	while (s->len && memchr(" \t\r\n", s->at[0], 4))
		*s = str_skip(*s, 1);
}

static bool eat(struct str *s, char c)
{
	if (!s->len || s->at[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool hex(struct str s, uint32_t *code)
{
	*code = 0;
	if (s.len < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = s.at[i];

		*code <<= 4;
		if (is_digit(c))
			*code |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*code |= (c | 0x20) - 'a' + 10;
		else
			return false;
	}
	return true;
}

static bool scan_string(struct str *s)
{
	uint32_t code;

	if (!eat(s, '"'))
		return false;
	while (s->len) {
		char c = s->at[0];

		*s = str_skip(*s, 1);
		if (c == '"')
			return true;
		if ((unsigned char)c < 0x20)
			return false;
		if (c != '\\')
			continue;
		if (!s->len || !memchr("\"\\/bfnrtu", s->at[0], 9))
			return false;
		c = s->at[0];
		*s = str_skip(*s, 1);
		if (c == 'u') {
			if (!hex(*s, &code))
				return false;
			*s = str_skip(*s, 4);
		}
	}
	return false;
}

static bool scan_digits(struct str *s)
{
	size_t before = s->len;

	while (s->len && is_digit(s->at[0]))
		*s = str_skip(*s, 1);
	return s->len < before;
}

static bool scan_number(struct str *s)
{
	eat(s, '-');
	if (!eat(s, '0') && !scan_digits(s))
		return false;
	if (eat(s, '.') && !scan_digits(s))
		return false;
	if (eat(s, 'e') || eat(s, 'E')) {
		if (!eat(s, '+'))
			eat(s, '-');
		return scan_digits(s);
	}
	return true;
}

static enum json_type scan(struct str *s, int depth);

static bool scan_members(struct str *s, char end, bool named, int depth)
{
	skip_blanks(s);
	if (eat(s, end))
		return true;
	do {
		skip_blanks(s);
		if (named) {
			if (!scan_string(s))
				return false;
			skip_blanks(s);
			if (!eat(s, ':'))
				return false;
		}
		if (scan(s, depth) == JSON_NONE)
			return false;
		skip_blanks(s);
	} while (eat(s, ','));
	return eat(s, end);
}

static bool scan_word(struct str *s, const char *word)
{
	if (!str_begins(*s, word))
		return false;
	*s = str_skip(*s, strlen(word));
	return true;
}

/* Steps over one value; @s may be anywhere if it is none. */
static enum json_type scan(struct str *s, int depth)
{
	skip_blanks(s);
	if (!s->len || depth == 0)
		return JSON_NONE;
	switch (s->at[0]) {
	case '{':
		eat(s, '{');
		return scan_members(s, '}', true, depth - 1) ? JSON_OBJECT : JSON_NONE;
	case '[':
		eat(s, '[');
		return scan_members(s, ']', false, depth - 1) ? JSON_ARRAY : JSON_NONE;
	case '"':
		return scan_string(s) ? JSON_STRING : JSON_NONE;
	case 't':
		return scan_word(s, "true") ? JSON_BOOL : JSON_NONE;
	case 'f':
		return scan_word(s, "false") ? JSON_BOOL : JSON_NONE;
	case 'n':
		return scan_word(s, "null") ? JSON_NULL : JSON_NONE;
	default:
		return scan_number(s) ? JSON_NUMBER : JSON_NONE;
	}
}

static struct json_value value_at(struct str *s)
{
	struct json_value value;

	skip_blanks(s);
	value.text = *s;
	value.type = scan(s, JSON_DEPTH);
	value.text.len -= s->len;
	if (value.type == JSON_NONE) {
		*s = str_of("", 0);
		value.text = *s;
	}
	return value;
}

struct json_value json_parse(struct str text)
{
	struct json_value value = value_at(&text);

	skip_blanks(&text);
	if (text.len)
		value.type = JSON_NONE;
	return value;
}

bool json_next(struct json_value container, struct str *rest, struct str *key,
	       struct json_value *value)
{
	struct str name;

	if (container.type != JSON_ARRAY && container.type != JSON_OBJECT)
		return false;
	if (!rest->at)	/* the first: without the brackets */
		*rest = str_of(container.text.at + 1, container.text.len - 2);
	skip_blanks(rest);
	eat(rest, ',');
	skip_blanks(rest);
	if (container.type == JSON_OBJECT) {
		name = *rest;
		if (!scan_string(rest))
			return false;
		name.len -= rest->len;
		if (key)
			*key = str_of(name.at + 1, name.len - 2);
		skip_blanks(rest);
		eat(rest, ':');
	}
	*value = value_at(rest);
	return value->type != JSON_NONE;
}

struct json_value json_get(struct json_value object, const char *key)
{
	struct json_value value;
	struct str rest = { 0 };
	struct str name;

	if (object.type == JSON_OBJECT) {
		while (json_next(object, &rest, &name, &value)) {
			if (str_is(name, key))
				return value;
		}
	}
	return (struct json_value){ JSON_NONE, { "", 0 } };
}

bool json_is_true(struct json_value value)
{
	return value.type == JSON_BOOL && value.text.at[0] == 't';
}

bool json_number(struct json_value value, int64_t *number)
{
	return value.type == JSON_NUMBER && str_int(value.text, number);
}

static void add_utf8(struct buf *text, uint32_t code)
{
	if (code < 0x80) {
		buf_char(text, code);
	} else if (code < 0x800) {
		buf_char(text, 0xc0 | code >> 6);
		buf_char(text, 0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		buf_char(text, 0xe0 | code >> 12);
		buf_char(text, 0x80 | (code >> 6 & 0x3f));
		buf_char(text, 0x80 | (code & 0x3f));
	} else {
		buf_char(text, 0xf0 | code >> 18);
		buf_char(text, 0x80 | (code >> 12 & 0x3f));
		buf_char(text, 0x80 | (code >> 6 & 0x3f));
		buf_char(text, 0x80 | (code & 0x3f));
	}
}

/* \uXXXX at the beginning of @s, or two of them that make one character. */
static uint32_t escaped(struct str *s)
{
	uint32_t code, low;

	if (!hex(*s, &code))
		return 0xfffd;
	*s = str_skip(*s, 4);
	if (code < 0xd800 || code > 0xdfff)
		return code;
	if (code > 0xdbff || !str_begins(*s, "\\u") || !hex(str_skip(*s, 2), &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*s = str_skip(*s, 6);
	return 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
}

bool json_unquote(struct json_value value, struct buf *text)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *found;
	struct str s;

	if (value.type != JSON_STRING)
		return false;
	s = str_of(value.text.at + 1, value.text.len - 2);
	while (s.len) {
		char c = s.at[0];

		s = str_skip(s, 1);
		if (c == '\\' && s.len) {
			c = s.at[0];
			s = str_skip(s, 1);
			found = memchr(from, c, sizeof(from) - 1);
			if (c == 'u') {
				add_utf8(text, escaped(&s));
				continue;
			}
			if (found)
				c = to[found - from];
		}
		buf_char(text, c);
	}
	return !text->error;
}
