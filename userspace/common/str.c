// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Pieces of a text: str.h.
 */
#include "str.h"

#include <strings.h>

struct str str_cut(struct str *s, char c)
{
	const char *end = s->len ? memchr(s->at, c, s->len) : NULL;
	struct str head = *s;

	if (end) {
		head.len = end - s->at;
		*s = str_skip(*s, head.len + 1);
	} else {
		*s = str_skip(*s, s->len);
	}
	return head;
}

struct str str_word(struct str *s)
{
	struct str word;
	size_t len = 0;

	while (s->len && (s->at[0] == ' ' || s->at[0] == '\t'))
		*s = str_skip(*s, 1);
	while (len < s->len && s->at[len] != ' ' && s->at[len] != '\t')
		len++;
	word = str_of(s->at, len);
	*s = str_skip(*s, len);
	return word;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len && is_blank(s.at[0]))
		s = str_skip(s, 1);
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool str_u64(struct str s, uint64_t *number)
{
	uint64_t n = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(s.at[i] - '0'), &n))
			return false;
	}
	*number = n;
	return true;
}

bool str_int(struct str s, int64_t *number)
{
	bool negative = s.len && s.at[0] == '-';
	uint64_t n;

	if (!str_u64(str_skip(s, negative), &n) || n > (uint64_t)INT64_MAX)
		return false;
	*number = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

static bool is_word(struct str s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.at, word, s.len);
}

bool str_bool(struct str s, bool *value)
{
	bool yes = is_word(s, "true") || str_is(s, "1");

	if (!yes && !is_word(s, "false") && !str_is(s, "0"))
		return false;
	*value = yes;
	return true;
}

size_t str_utf8(struct str s)
{
	const unsigned char *at = (const unsigned char *)s.at;
	size_t len = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 :
		     at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;

	if (!len || len > s.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* overlong, surrogates, and beyond the last character */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90))
		return 0;
	return len;
}

/* Those of ASCII and, between U+0080 and U+009F, those of eight bits. */
static bool is_control(const char *text)
{
	unsigned char c = text[0];

	return (c < ' ' && c != '\n' && c != '\t') || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa0);
}

void str_disarm(char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t bytes = str_utf8(str_of(text + i, len - i));
		bool good = bytes && !is_control(text + i);

		if (!bytes)
			bytes = 1;
		if (!good)
			memset(text + i, '?', bytes);
		i += bytes;
	}
}
