/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The balloon: what the host knows of the guest's frames, and how tests tune it.
 */
#ifndef VMHOST_BALLOON_H
#define VMHOST_BALLOON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vmw/balloon_dev.h>

#define VH_BALLOON_COMMANDS	11

struct vh_frames;

struct vh_balloon {
	/* Set by tests; a reset of the machine leaves them as they are. */
	uint64_t target;	/* frames; vh_balloon_set_target() */
	uint64_t max;		/* the host's configured bound, in frames */
	uint32_t caps;		/* that the host has */
	bool legacy;		/* answers START as hosts before capabilities did */
	uint32_t start_none;	/* answer to a guest that offers no capability */
	uint32_t not_started;	/* answer to all commands before START */
	bool not_needed;	/* refuses what would exceed the target */
	bool mixed;		/* a 4 KiB UNLOCK may take a frame out of a 2 MiB lock */
	bool poison;		/* overwrites locked frames, and looks at them when unlocked */
	bool reset_on_touch;	/* the guest has written to a locked frame: RESET */
	uint64_t pinned_every, pinned_at;	/* frames n * every + at; every 0: none */
	uint64_t refuse_every;	/* each so many-th frame offered; 0: none */
	uint32_t refuse_status;
	uint64_t interrupt_address;	/* of the doorbell's MSI; 0: none */
	uint32_t interrupt_data;

	/* What the guest made of it. */
	bool started, reset_pending, check_pending;
	uint32_t granted;	/* capabilities in force */
	uint64_t guest_limit, guest_id;
	bool doorbell, ring;
	uint32_t doorbell_context, doorbell_resource;
	uint64_t size, size_2m;	/* frames locked; of these in 2 MiB locks */
	uint64_t size_told;	/* with the last event */
	struct vh_frames *frames;

	/* Counters, for the life of the host. */
	uint64_t calls[VH_BALLOON_COMMANDS], failed[VH_BALLOON_COMMANDS], unknown;
	uint64_t offered, refused;
	uint64_t double_locks, double_unlocks;	/* the guest's bookkeeping is wrong */
	uint64_t touched;	/* locked frames that the guest has written to */
	uint64_t rung, resets;
};

struct vmhost;
struct vh_guest;
struct vh_regs;

void vh_balloon_init(struct vmhost *host);
void vh_balloon_free(struct vmhost *host);
void vh_balloon_machine_reset(struct vmhost *host);

/* False: not ours. */
bool vh_balloon_call(struct vmhost *host, struct vh_guest *guest, struct vh_regs *regs);

/* Rings the doorbell if it is due. */
void vh_balloon_ring(struct vmhost *host, struct vh_guest *guest);

#endif
