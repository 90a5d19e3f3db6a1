// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Deflate: three kinds of blocks, two codes of symbols. A code is kept as how many symbols
 * there are of each length, and the symbols in order; a bit more of input then tells whether the
 * number so far is one of that length.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "inflate.h"

#define BITS_MAX 15
#define LITERALS 288
#define DISTANCES 32
#define WINDOW 32768
#define END_OF_BLOCK 256

struct stream {
	struct str *in;
	struct buf *out;
	size_t max;
	uint32_t held;		/* bits that were read and not used, the next one lowest */
	unsigned int bits;
	int error;		/* sticks; what is read then is 0 */
};

struct code {
	uint16_t count[BITS_MAX + 1];	/* by length in bits; 0: symbols that do not occur */
	uint16_t symbol[LITERALS];
};

static void fail(struct stream *stream, int error)
{
	if (!stream->error)
		stream->error = error;
}

static uint32_t take(struct stream *stream, unsigned int bits)
{
	uint32_t value;

	while (stream->bits < bits) {
		if (!stream->in->len) {
			fail(stream, -EPROTO);
			return 0;
		}
		stream->held |= (uint32_t)(uint8_t)stream->in->at[0] << stream->bits;
		stream->bits += 8;
		*stream->in = str_skip(*stream->in, 1);
	}
	value = stream->held & ((1u << bits) - 1);
	stream->held >>= bits;
	stream->bits -= bits;
	return value;
}

static void put(struct stream *stream, char c)
{
	if (stream->out->len >= stream->max)
		fail(stream, -E2BIG);
	else
		buf_char(stream->out, c);
	if (stream->out->error)
		fail(stream, stream->out->error);
}

/* Of the lengths of all symbols; false: more of them than bits can tell apart. */
static bool code_make(struct code *code, const uint8_t lengths[], unsigned int count)
{
	uint16_t next[BITS_MAX + 2] = { 0 };
	int left = 1;

	*code = (struct code){ 0 };
	for (unsigned int i = 0; i < count; i++)
		code->count[lengths[i]]++;
	for (unsigned int bits = 1; bits <= BITS_MAX; bits++) {
		left = 2 * left - code->count[bits];
		if (left < 0)
			return false;
		next[bits + 1] = next[bits] + code->count[bits];
	}
	for (unsigned int i = 0; i < count; i++)
		if (lengths[i])
			code->symbol[next[lengths[i]]++] = (uint16_t)i;
	return true;
}

static unsigned int symbol(struct stream *stream, const struct code *code)
{
	unsigned int index = 0, first = 0, number = 0;

	for (unsigned int bits = 1; bits <= BITS_MAX && !stream->error; bits++) {
		number |= take(stream, 1);
		if (number - first < code->count[bits])
			return code->symbol[index + number - first];
		index += code->count[bits];
		first = (first + code->count[bits]) << 1;
		number <<= 1;
	}
	fail(stream, -EPROTO);
	return 0;
}

static void copy(struct stream *stream, unsigned int distance, unsigned int length)
{
	if (distance > stream->out->len || distance > WINDOW) {
		fail(stream, -EPROTO);
		return;
	}
	while (length-- && !stream->error)
		put(stream, stream->out->data[stream->out->len - distance]);
}

static void coded(struct stream *stream, const struct code *literals, const struct code *distances)
{
	/* Lengths of 3 to 258 by symbol, and how many bits more follow each; so distances. */
	static const uint16_t length[] = {
		3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99,
		115, 131, 163, 195, 227, 258
	};
	static const uint8_t length_bits[] = {
		0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0
	};

	while (!stream->error) {
		unsigned int what = symbol(stream, literals), distance, run, extra;

		if (stream->error || what == END_OF_BLOCK)
			return;
		if (what < END_OF_BLOCK) {
			put(stream, (char)what);
			continue;
		}
		what -= END_OF_BLOCK + 1;
		if (what >= sizeof(length_bits)) {
			fail(stream, -EPROTO);
			return;
		}
		run = length[what] + take(stream, length_bits[what]);
		what = symbol(stream, distances);
		if (what >= 30) {
			fail(stream, -EPROTO);
			return;
		}
		/* Two distances for each number of bits more. */
		extra = what < 2 ? 0 : what / 2 - 1;
		distance = what < 2 ? what + 1 : (2 + what % 2) * (1u << extra) + 1;
		distance += take(stream, extra);
		copy(stream, distance, run);
	}
}

static void fixed(struct stream *stream)
{
	uint8_t lengths[LITERALS], same[DISTANCES];
	struct code literals, distances;

	for (unsigned int i = 0; i < LITERALS; i++)
		lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	memset(same, 5, sizeof(same));
	code_make(&literals, lengths, LITERALS);
	code_make(&distances, same, DISTANCES);
	coded(stream, &literals, &distances);
}

/* The two codes are themselves coded, by a third one. */
static void dynamic(struct stream *stream)
{
	static const uint8_t order[] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
	};
	unsigned int literal_count = take(stream, 5) + 257;
	unsigned int distance_count = take(stream, 5) + 1;
	unsigned int count = take(stream, 4) + 4, i = 0;
	uint8_t lengths[LITERALS + DISTANCES] = { 0 };
	struct code literals, distances;

	if (literal_count > 286 || distance_count > 30) {
		fail(stream, -EPROTO);
		return;
	}
	for (unsigned int k = 0; k < count; k++)
		lengths[order[k]] = (uint8_t)take(stream, 3);
	if (!code_make(&literals, lengths, sizeof(order)))
		fail(stream, -EPROTO);
	while (!stream->error && i < literal_count + distance_count) {
		unsigned int what = symbol(stream, &literals), again = 1;
		uint8_t value = (uint8_t)what;

		if (what == 16) {
			value = i ? lengths[i - 1] : 0;
			if (!i)
				fail(stream, -EPROTO);
			again = 3 + take(stream, 2);
		} else if (what > 16) {
			value = 0;
			again = what == 17 ? 3 + take(stream, 3) : 11 + take(stream, 7);
		}
		if (again > literal_count + distance_count - i)
			fail(stream, -EPROTO);
		for (; again && !stream->error; again--)
			lengths[i++] = value;
	}
	if (stream->error)
		return;
	if (!lengths[END_OF_BLOCK] || !code_make(&literals, lengths, literal_count) ||
	    !code_make(&distances, lengths + literal_count, distance_count)) {
		fail(stream, -EPROTO);
		return;
	}
	coded(stream, &literals, &distances);
}

static void stored(struct stream *stream)
{
	unsigned int length, inverse;

	/* From the next whole byte on; no more than 7 bits are held here. */
	stream->held = 0;
	stream->bits = 0;
	length = take(stream, 16);
	inverse = take(stream, 16);
	if (length != (~inverse & 0xffff) || length > stream->in->len)
		fail(stream, -EPROTO);
	for (; length && !stream->error; length--)
		put(stream, (char)take(stream, 8));
}

int inflate_raw(struct str *in, struct buf *out, size_t max)
{
	struct stream stream = { .in = in, .out = out, .max = max };
	bool last = false;

	while (!last && !stream.error) {
		last = take(&stream, 1);
		switch (take(&stream, 2)) {
		case 0:
			stored(&stream);
			break;
		case 1:
			fixed(&stream);
			break;
		case 2:
			dynamic(&stream);
			break;
		default:
			fail(&stream, -EPROTO);
		}
	}
	return stream.error;
}
