/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * JSON: a writer for reports, and a reader for the control socket's lines, which finds
 * values in the text itself and allocates nothing. No system calls.
 */
#ifndef VMGUEST_JSON_H
#define VMGUEST_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "str.h"

/* A value in a value deeper than this is an error. */
#define JSON_DEPTH 16

/* Writer: zeroed but for ->out. @key is NULL in arrays and for the outermost value. */
struct json {
	struct buf *out;
	bool comma;
};

/* json_begin() - an object or array, '{' or '['; json_end() - ends it, '}' or ']' */
void json_begin(struct json *json, const char *key, char bracket);
void json_end(struct json *json, char bracket);
/* A value each. */
void json_string(struct json *json, const char *key, const char *text);
/* json_text() - bytes that need not be UTF-8: what is not becomes U+FFFD */
void json_text(struct json *json, const char *key, struct str text);
void json_int(struct json *json, const char *key, int64_t value);
void json_uint(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* json_raw() - what is JSON already */
void json_raw(struct json *json, const char *key, struct str text);

enum json_type {
	JSON_NONE,	/* no such value */
	JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT,
};

struct json_value {
	enum json_type type;
	struct str text;	/* with its quotes or brackets */
};

/* json_parse() - one value and nothing behind it but blanks; JSON_NONE if it is not JSON */
struct json_value json_parse(struct str text);
/* json_get() - a member of an object that json_parse() gave, or of a member of it */
struct json_value json_get(struct json_value object, const char *key);
/*
 * json_next() - goes through an array or object; start with *@rest zeroed
 * @key: the raw text of a member's name, without quotes; may be NULL
 */
bool json_next(struct json_value container, struct str *rest, struct str *key,
	       struct json_value *value);

/* Those of another type give nothing: false, or an unchanged *@number, or no text. */
bool json_is_true(struct json_value value);
bool json_number(struct json_value value, int64_t *number);
/* json_unquote() - appends what a string says */
bool json_unquote(struct json_value value, struct buf *text);

#endif
