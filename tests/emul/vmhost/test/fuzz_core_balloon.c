// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A guest that makes any call at port 0x5670, on a host with any settings. At the
 * end the host's figures have to be those of its set of frames.
 */
#include "guest_balloon.h"
#include "input.h"
#include "fake_services.h"
#include "../frames.h"
#include "../host.h"

#include <stdlib.h>

static struct guest *guest;

static void call(uint32_t command, uint64_t arg1, uint64_t arg2)
{
	struct vh_regs r;

	guest_balloon(guest, command, arg1, arg2, &r);
}

static void batch(struct input *in)
{
	uint64_t command = take(in, 1), count = take(in, 1) % 65, i;
	uint64_t *entries = guest_batch(guest, 0, 0, 0);

	for (i = 0; i < count; i++)
		entries[i] = command & 0x80 ? take(in, 8) :
			     command & 2 ? (FIRST + take(in, 2) % 0x900) << 12 | command :
					   (take(in, 1) % 8) << 21;
	call(6 + command % 4, FIRST, count);
}

static void tune(struct input *in)
{
	struct vh_balloon *balloon = &guest->host->balloon;
	uint64_t what = take(in, 1), value = take(in, 4);

	switch (what % 14) {
	case 0:
		vh_balloon_set_target(guest->host, value);
		break;
	case 1:
		balloon->max = value;
		break;
	case 2:
		balloon->caps = value;
		break;
	case 3:
		balloon->legacy = value & 1;
		break;
	case 4:
		balloon->not_needed = value & 1;
		break;
	case 5:
		balloon->mixed = value & 1;
		break;
	case 6:
		balloon->poison = value & 1;
		break;
	case 7:
		balloon->reset_on_touch = value & 1;
		break;
	case 8:
		balloon->pinned_every = value % 600;
		balloon->pinned_at = value >> 16;
		break;
	case 9:
		balloon->refuse_every = value % 9;
		balloon->refuse_status = value;
		break;
	case 10:
		balloon->check_pending = true;
		break;
	case 11:
		vh_balloon_reset(guest->host);
		break;
	case 12:
		guest->memory[value % GUEST_SIZE]++;
		break;
	case 13:
		balloon->interrupt_address = value;
		vh_tick(guest->host, &guest->vcpu);
		break;
	}
}

static uint64_t count(enum vh_frame_flag flag)
{
	const struct vh_frames *frames = guest->host->balloon.frames;
	uint64_t ppn = 0, n = 0;

	while ((ppn = vh_frames_next(frames, ppn, flag)) < VH_FRAMES_MAX) {
		n++;
		ppn++;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct vh_balloon *balloon;

	guest = guest_new(NULL);
	balloon = &guest->host->balloon;
	while (in.left) {
		uint64_t what = take(&in, 1), command;

		switch (what % 8) {
		case 0:
			command = take(&in, 1) % 16;
			call(command, take(&in, 8), take(&in, 8));
			break;
		case 1:
			ask_for_fault(guest->host, &in);
			break;
		case 2:
			tune(&in);
			break;
		case 3:
			call(0, what & 0x80 ? take(&in, 4) : 0x3e, 0);
			break;
		case 4:
			call(what & 0x80 ? 2 : 3, FIRST + take(&in, 2) % 0x900, 0);
			break;
		default:
			batch(&in);
			break;
		}
	}
	if (balloon->size != count(VH_FRAME_LOCKED) || balloon->size_2m != count(VH_FRAME_2M))
		abort();
	guest_free(guest);
	fake_reset();
	return 0;
}
