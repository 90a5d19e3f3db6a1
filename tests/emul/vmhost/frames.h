/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Sets of frames, as sparse as a guest's memory.
 */
#ifndef VMHOST_FRAMES_H
#define VMHOST_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

enum vh_frame_flag {
	VH_FRAME_LOCKED,
	VH_FRAME_2M,		/* as a part of a 2 MiB lock */
	VH_FRAME_POISONED,	/* overwritten when it was locked */
	VH_FRAME_FLAGS
};

/* Frames at and above this one are in no set: 16 TiB. */
#define VH_FRAMES_MAX	(UINT64_C(1) << 32)

struct vh_frames;

struct vh_frames *vh_frames_new(void);
void vh_frames_free(struct vh_frames *frames);
bool vh_frame_is(const struct vh_frames *frames, uint64_t ppn, enum vh_frame_flag flag);
void vh_frame_set(struct vh_frames *frames, uint64_t ppn, enum vh_frame_flag flag, bool on);
void vh_frames_clear(struct vh_frames *frames);

/* The first frame at or above @ppn that has the flag; VH_FRAMES_MAX if there is none. */
uint64_t vh_frames_next(const struct vh_frames *frames, uint64_t ppn, enum vh_frame_flag flag);

#endif
