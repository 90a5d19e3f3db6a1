/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/*
 * Reading what a guest sent, byte by byte and never beyond its end; and such bytes in
 * JSON, whose strings can be UTF-8 alone.
 */
#ifndef VMHOST_BYTES_H
#define VMHOST_BYTES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmhost.h"

/*
 * What is left of a message. A read beyond the end gives zero, sets bad and leaves
 * nothing, so that a decoder may look at bad once, at its end, and in each loop that a
 * number from the message controls.
 */
struct vh_cursor {
	const uint8_t *at;
	size_t left;
	bool bad;
};

static inline struct vh_cursor vh_cursor(const void *data, size_t len)
{
	return (struct vh_cursor){ .at = data, .left = len };
}

/* The next len bytes, or NULL. */
const uint8_t *vh_take(struct vh_cursor *from, size_t len);
uint8_t vh_take_u8(struct vh_cursor *from);
uint16_t vh_take_le16(struct vh_cursor *from);
uint32_t vh_take_le32(struct vh_cursor *from);
uint64_t vh_take_le64(struct vh_cursor *from);
uint32_t vh_take_be32(struct vh_cursor *from);
/* XDR's string and opaque: a length, that many bytes (NULL if more than limit), zero padding. */
const uint8_t *vh_take_xdr(struct vh_cursor *from, size_t limit, size_t *len);
/* XDR's "optional": whether there is one; anything but 0 and 1 is bad. */
bool vh_take_xdr_option(struct vh_cursor *from);
/* XDR's count of an array, bad if it exceeds limit. */
uint32_t vh_take_xdr_count(struct vh_cursor *from, uint32_t limit);
/* Text up to the next blank, which is skipped too. False: none, too long, or a NUL in it. */
bool vh_take_word(struct vh_cursor *from, char *to, size_t room);
/* The next word as a decimal number up to max. */
bool vh_take_decimal(struct vh_cursor *from, uint64_t max, uint64_t *value);
/* Callers may count the NUL at the end of a text or not. */
void vh_drop_nul(struct vh_cursor *from);

void vh_put_le16(struct vh_buf *buf, uint16_t value);
void vh_put_le32(struct vh_buf *buf, uint32_t value);
void vh_put_le64(struct vh_buf *buf, uint64_t value);
void vh_put_be32(struct vh_buf *buf, uint32_t value);
void vh_put_be64(struct vh_buf *buf, uint64_t value);
void vh_put_xdr(struct vh_buf *buf, const void *data, size_t len);

void vh_base64(struct vh_buf *to, const void *data, size_t len);
/* Strict: no blanks, padding complete. On false nothing has been added. */
bool vh_unbase64(struct vh_buf *to, const char *text, size_t len);

/* The longest text that an event repeats of a message. */
#define VH_SHOWN 4096

bool vh_is_utf8(const char *text);
/* An integer, or if JSON's integers are too small for it the nearest real number. */
json_t *vh_json_u64(uint64_t value);
/* Text of at most a few hundred bytes, for show: what is not UTF-8 is escaped as \xNN. */
json_t *vh_json_bytes(const void *data, size_t len);
/*
 * Sets object[key] to the bytes if they are UTF-8, else object[key + "64"] to their
 * base64; beyond limit (0: none) the rest is left out and object[key + "Length"] is set.
 */
void vh_json_put(json_t *object, const char *key, const void *data, size_t len, size_t limit);
/*
 * The other way. NULL, or what is wrong; without either key the buffer stays empty and
 * *found is false.
 */
const char *vh_json_get(const json_t *object, const char *key, struct vh_buf *to, bool *found);

#endif
