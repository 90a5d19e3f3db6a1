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
