/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Pieces of a text that belong to somebody else, with their length: what the host
 * sends has NULs where it likes. No system calls, no allocation.
 */
#ifndef VMGUEST_STR_H
#define VMGUEST_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *at;
	size_t len;
};

static inline struct str str(const char *text)
{
	return (struct str){ text, strlen(text) };
}

static inline struct str str_of(const void *data, size_t len)
{
	return (struct str){ data, len };
}

static inline bool str_is(struct str s, const char *text)
{
	return s.len == strlen(text) && (!s.len || !memcmp(s.at, text, s.len));
}

static inline bool str_begins(struct str s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && (!len || !memcmp(s.at, text, len));
}

/* str_skip() - without the first @len bytes */
static inline struct str str_skip(struct str s, size_t len)
{
	if (len > s.len)
		len = s.len;
	return (struct str){ s.at + len, s.len - len };
}

/* str_cut() - what is before the first @c; @s goes on behind it, or is empty */
struct str str_cut(struct str *s, char c);
/* str_word() - what is between the first blanks or tabs, or none; @s goes on behind it */
struct str str_word(struct str *s);
/* str_trim() - without blanks, tabs and line ends on both sides */
struct str str_trim(struct str s);
/* str_u64() - all of it as a decimal number; false if it is anything else or too large */
bool str_u64(struct str s, uint64_t *number);
/* str_int() - the same with a sign */
bool str_int(struct str s, int64_t *number);
/* str_bool() - true, false, 1 or 0, in letters of any case */
bool str_bool(struct str s, bool *value);
/* str_utf8() - bytes of the UTF-8 character that @s, which is not empty, begins with; or 0 */
size_t str_utf8(struct str s);
/*
 * str_disarm() - makes a text of somebody else's fit for a terminal, in its place
 * What is no UTF-8, and what would move the cursor or more, becomes '?'. Line ends and tabs stay.
 */
void str_disarm(char *text, size_t len);

#endif
