// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Sets of frames: bitmaps in blocks of 128 MiB of guest memory, made when needed.
 */
#include "frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SHIFT	15
#define BLOCK_FRAMES	(1u << BLOCK_SHIFT)

struct block {
	uint64_t bits[VH_FRAME_FLAGS][BLOCK_FRAMES / 64];
};

struct vh_frames {
	size_t count;
	struct block **block;
};

static const struct block *block_of(const struct vh_frames *frames, uint64_t ppn)
{
	return ppn >> BLOCK_SHIFT < frames->count ? frames->block[ppn >> BLOCK_SHIFT] : NULL;
}

static void *check(void *memory)
{
	if (!memory) {
		fputs("vmhost: no memory for sets of frames\n", stderr);
		abort();
	}
	return memory;
}

struct vh_frames *vh_frames_new(void)
{
	return check(calloc(1, sizeof(struct vh_frames)));
}

void vh_frames_clear(struct vh_frames *frames)
{
	while (frames->count)
		free(frames->block[--frames->count]);
	free(frames->block);
	frames->block = NULL;
}

void vh_frames_free(struct vh_frames *frames)
{
	vh_frames_clear(frames);
	free(frames);
}

bool vh_frame_is(const struct vh_frames *frames, uint64_t ppn, enum vh_frame_flag flag)
{
	const struct block *block = block_of(frames, ppn);

	ppn %= BLOCK_FRAMES;
	return block && block->bits[flag][ppn / 64] >> ppn % 64 & 1;
}

static struct block *make_block(struct vh_frames *frames, size_t number)
{
	struct block **block;

	if (number >= frames->count) {
		frames->block = check(realloc(frames->block, (number + 1) * sizeof(*block)));
		memset(frames->block + frames->count, 0,
		       (number + 1 - frames->count) * sizeof(*block));
		frames->count = number + 1;
	}
	block = &frames->block[number];
	if (!*block)
		*block = check(calloc(1, sizeof(**block)));
	return *block;
}

void vh_frame_set(struct vh_frames *frames, uint64_t ppn, enum vh_frame_flag flag, bool on)
{
	uint64_t *word;

	if (!on && !block_of(frames, ppn))
		return;
	word = &make_block(frames, ppn >> BLOCK_SHIFT)->bits[flag][ppn % BLOCK_FRAMES / 64];
	*word = (*word & ~(UINT64_C(1) << ppn % 64)) | (uint64_t)on << ppn % 64;
}

uint64_t vh_frames_next(const struct vh_frames *frames, uint64_t ppn, enum vh_frame_flag flag)
{
	while (ppn >> BLOCK_SHIFT < frames->count) {
		if (!block_of(frames, ppn))
			ppn = ((ppn >> BLOCK_SHIFT) + 1) << BLOCK_SHIFT;
		else if (vh_frame_is(frames, ppn, flag))
			return ppn;
		else
			ppn++;
	}
	return VH_FRAMES_MAX;
}
