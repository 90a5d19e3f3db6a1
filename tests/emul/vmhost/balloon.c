// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The balloon's host: specification "VMware memory balloon" §9. Frames are only
 * taken if they are the guest's RAM; which are locked is in frames.c.
 *
 * To prove that a guest leaves locked frames alone, the host can overwrite each
 * one when it is locked, and look when it is unlocked whether that is still there.
 */
#include "host.h"
#include "frames.h"

#include <endian.h>
#include <string.h>

/* §9.4: 65 % of the memory */
static uint64_t default_max(const struct vmhost *host)
{
	return host->options.memory * 256 * 65 / 100;
}

void vh_balloon_init(struct vmhost *host)
{
	host->balloon = (struct vh_balloon){
		.max = default_max(host),
		.caps = BALLOON_CAPS,
		/*
		 * Linux's driver says START without capabilities when it is unloaded. If
		 * that succeeds, it looks for its 2 MiB pages no more, and waits for them.
		 */
		.start_none = BALLOON_FAILURE,
		.not_started = BALLOON_CMD_INVALID,
		.refuse_status = BALLOON_PPN_INVALID,
		.frames = vh_frames_new(),
	};
}

void vh_balloon_free(struct vmhost *host)
{
	vh_frames_free(host->balloon.frames);
}

static void forget(struct vh_balloon *balloon)
{
	vh_frames_clear(balloon->frames);
	balloon->size = 0;
	balloon->size_2m = 0;
	balloon->doorbell = false;
	balloon->ring = false;
}

void vh_balloon_reset(struct vmhost *host)
{
	struct vh_balloon *balloon = &host->balloon;

	if (!balloon->started)
		return;
	forget(balloon);
	balloon->reset_pending = true;
	balloon->resets++;
	vh_event(host, "balloon", "{s:s}", "op", "reset");
}

void vh_balloon_machine_reset(struct vmhost *host)
{
	vh_balloon_reset(host);
	host->balloon.guest_limit = 0;
	host->balloon.guest_id = 0;
}

void vh_balloon_set_target(struct vmhost *host, uint64_t frames)
{
	struct vh_balloon *balloon = &host->balloon;

	balloon->target = frames;
	if (!balloon->doorbell)
		return;
	balloon->ring = true;
	balloon->rung++;
	vh_event(host, "balloon", "{s:s, s:I, s:I}", "op", "doorbell",
		 "context", (long long)balloon->doorbell_context,
		 "resource", (long long)balloon->doorbell_resource);
}

void vh_balloon_ring(struct vmhost *host, struct vh_guest *guest)
{
	struct vh_balloon *balloon = &host->balloon;

	if (!balloon->ring)
		return;
	balloon->ring = false;
	if (balloon->interrupt_address)
		guest->interrupt(guest, balloon->interrupt_address, balloon->interrupt_data);
}

/* What the guest is told of the target. */
static uint64_t target_for(const struct vh_balloon *balloon)
{
	uint64_t target = balloon->target;

	if (balloon->guest_limit && target > balloon->guest_limit)
		target = balloon->guest_limit;
	if (target > balloon->max)
		target = balloon->max;
	if (!(balloon->granted & BALLOON_CAP_64BIT_TARGET) && target > UINT32_MAX)
		target = UINT32_MAX;
	return target;
}

/* Poison */

static void make_poison(uint64_t ppn, uint64_t frame[BALLOON_FRAME_SIZE / 8])
{
	uint64_t word = (ppn + 1) * UINT64_C(0x9e3779b97f4a7c15);
	size_t i;

	for (i = 0; i < BALLOON_FRAME_SIZE / 8; i++)
		frame[i] = word ^ i << 48;
}

static void poison(struct vmhost *host, struct vh_guest *guest, uint64_t ppn)
{
	uint64_t frame[BALLOON_FRAME_SIZE / 8];

	make_poison(ppn, frame);
	if (guest->write_phys(guest, ppn << BALLOON_FRAME_SHIFT, frame, sizeof(frame)))
		vh_frame_set(host->balloon.frames, ppn, VH_FRAME_POISONED, true);
}

/* Whether the guest has written to a locked frame. */
static bool is_touched(struct vmhost *host, struct vh_guest *guest, uint64_t ppn)
{
	uint64_t want[BALLOON_FRAME_SIZE / 8], got[BALLOON_FRAME_SIZE / 8];
	struct vh_balloon *balloon = &host->balloon;

	if (!vh_frame_is(balloon->frames, ppn, VH_FRAME_POISONED))
		return false;
	make_poison(ppn, want);
	if (guest->read_phys(guest, ppn << BALLOON_FRAME_SHIFT, got, sizeof(got)) &&
	    !memcmp(want, got, sizeof(got)))
		return false;
	balloon->touched++;
	vh_event(host, "balloon", "{s:s, s:I}", "op", "touched", "ppn", (long long)ppn);
	return true;
}

/* All at once, on request: frames that stay locked are never looked at otherwise. */
static void check(struct vmhost *host, struct vh_guest *guest)
{
	struct vh_balloon *balloon = &host->balloon;
	uint64_t ppn = 0, touched = 0, checked = 0;

	balloon->check_pending = false;
	for (;; ppn++, checked++) {
		ppn = vh_frames_next(balloon->frames, ppn, VH_FRAME_POISONED);
		if (ppn == VH_FRAMES_MAX)
			break;
		if (is_touched(host, guest, ppn)) {
			touched++;
			poison(host, guest, ppn);
		}
	}
	vh_event(host, "balloon", "{s:s, s:I, s:I}", "op", "checked",
		 "frames", (long long)checked, "touched", (long long)touched);
	if (touched && balloon->reset_on_touch)
		vh_balloon_reset(host);
}

/* Entries */

static bool is_ram(struct vh_guest *guest, uint64_t ppn)
{
	uint64_t word;

	return ppn < VH_FRAMES_MAX &&
	       guest->read_phys(guest, ppn << BALLOON_FRAME_SHIFT, &word, sizeof(word));
}

static bool is_pinned(const struct vh_balloon *balloon, uint64_t ppn)
{
	return balloon->pinned_every &&
	       ppn % balloon->pinned_every == balloon->pinned_at % balloon->pinned_every;
}

/* A status of somebody's choice, which yet is one that refuses. */
static uint32_t refusal(uint64_t status)
{
	status &= BALLOON_ENTRY_STATUS_MASK;
	return status ? status : BALLOON_PPN_INVALID;
}

/* Of @frames from @ppn, none of which needs to be RAM. */
static uint32_t may_lock(struct vmhost *host, struct vh_guest *guest, uint64_t ppn,
			 unsigned int frames)
{
	struct vh_balloon *balloon = &host->balloon;
	uint64_t status = BALLOON_PPN_INVALID, i;

	balloon->offered++;
	if (ppn % frames || ppn >= VH_FRAMES_MAX)
		return BALLOON_PPN_INVALID;
	if (vh_fault(host, "balloon-refused", &status))
		return refusal(status);
	if (vh_fault(host, "balloon-pinned", NULL))
		return BALLOON_PPN_PINNED;
	if (vh_fault(host, "balloon-notneeded", NULL))
		return BALLOON_PPN_NOTNEEDED;
	if (balloon->refuse_every && balloon->offered % balloon->refuse_every == 0)
		return refusal(balloon->refuse_status);
	for (i = 0; i < frames; i++) {
		if (!is_ram(guest, ppn + i))
			return BALLOON_PPN_INVALID;
		if (vh_frame_is(balloon->frames, ppn + i, VH_FRAME_LOCKED)) {
			balloon->double_locks++;
			return BALLOON_PPN_LOCKED;
		}
		if (is_pinned(balloon, ppn + i))
			return BALLOON_PPN_PINNED;
	}
	if (balloon->not_needed && balloon->size >= target_for(balloon))
		return BALLOON_PPN_NOTNEEDED;
	return BALLOON_SUCCESS;
}

static uint32_t lock(struct vmhost *host, struct vh_guest *guest, uint64_t ppn,
		     unsigned int frames)
{
	struct vh_balloon *balloon = &host->balloon;
	uint32_t status = may_lock(host, guest, ppn, frames);
	uint64_t i;

	if (status) {
		balloon->refused++;
		return status;
	}
	for (i = 0; i < frames; i++) {
		vh_frame_set(balloon->frames, ppn + i, VH_FRAME_LOCKED, true);
		vh_frame_set(balloon->frames, ppn + i, VH_FRAME_2M, frames > 1);
		if (balloon->poison)
			poison(host, guest, ppn + i);
	}
	balloon->size += frames;
	balloon->size_2m += frames > 1 ? frames : 0;
	return BALLOON_SUCCESS;
}

/* A 2 MiB lock becomes 512 locks. */
static void split(struct vh_balloon *balloon, uint64_t ppn)
{
	uint64_t first = ppn - ppn % BALLOON_2M_FRAMES, i;

	for (i = 0; i < BALLOON_2M_FRAMES; i++)
		vh_frame_set(balloon->frames, first + i, VH_FRAME_2M, false);
	balloon->size_2m -= BALLOON_2M_FRAMES;
}

static uint32_t may_unlock(struct vmhost *host, struct vh_guest *guest, uint64_t ppn,
			   unsigned int frames)
{
	struct vh_balloon *balloon = &host->balloon;
	uint64_t status = BALLOON_BUSY, i;
	bool big;

	if (ppn % frames || !is_ram(guest, ppn))
		return BALLOON_PPN_INVALID;
	if (vh_fault(host, "balloon-unlock-refused", &status))
		return refusal(status);
	for (i = 0; i < frames; i++) {
		big = vh_frame_is(balloon->frames, ppn + i, VH_FRAME_2M);
		if (!vh_frame_is(balloon->frames, ppn + i, VH_FRAME_LOCKED) ||
		    (big != (frames > 1) && !balloon->mixed)) {
			balloon->double_unlocks++;
			return BALLOON_PPN_UNLOCKED;
		}
	}
	return BALLOON_SUCCESS;
}

static uint32_t unlock(struct vmhost *host, struct vh_guest *guest, uint64_t ppn,
		       unsigned int frames)
{
	struct vh_balloon *balloon = &host->balloon;
	uint32_t status = may_unlock(host, guest, ppn, frames);
	bool touched = false;
	uint64_t i;

	if (status)
		return status;
	if (vh_frame_is(balloon->frames, ppn, VH_FRAME_2M))
		split(balloon, ppn);
	for (i = 0; i < frames; i++) {
		touched |= is_touched(host, guest, ppn + i);
		vh_frame_set(balloon->frames, ppn + i, VH_FRAME_LOCKED, false);
		vh_frame_set(balloon->frames, ppn + i, VH_FRAME_POISONED, false);
	}
	balloon->size -= frames;
	if (touched && balloon->reset_on_touch)
		vh_balloon_reset(host);
	return BALLOON_SUCCESS;
}

/* Commands */

static uint32_t start(struct vmhost *host, struct vh_regs *regs)
{
	struct vh_balloon *balloon = &host->balloon;
	uint32_t offered = regs->bx;

	if (vh_fault(host, "balloon-start-refused", NULL))
		return BALLOON_FAILURE;
	forget(balloon);
	balloon->started = true;
	balloon->reset_pending = false;
	balloon->granted = balloon->legacy ? BALLOON_CAP_BASIC :
					     offered & balloon->caps & BALLOON_CAPS;
	vh_event(host, "balloon", "{s:s, s:I, s:I}", "op", "start",
		 "offered", (long long)offered, "granted", (long long)balloon->granted);
	if (balloon->legacy) {
		regs->cx = 2;	/* once a version of the protocol */
		return BALLOON_SUCCESS;
	}
	regs->cx = balloon->granted;
	return offered ? BALLOON_SUCCESS_WITH_CAPS : balloon->start_none;
}

static uint32_t get_target(struct vmhost *host, struct vh_guest *guest, uint64_t limit)
{
	struct vh_balloon *balloon = &host->balloon;

	balloon->guest_limit = balloon->granted & BALLOON_CAP_64BIT_TARGET ? limit :
									     (uint32_t)limit;
	if (balloon->size != balloon->size_told)
		vh_event(host, "balloon", "{s:s, s:I, s:I}", "op", "size",
			 "size", (long long)balloon->size,
			 "target", (long long)target_for(balloon));
	balloon->size_told = balloon->size;
	if (balloon->check_pending)
		check(host, guest);
	return BALLOON_SUCCESS;
}

static uint32_t single(struct vmhost *host, struct vh_guest *guest, bool locks, uint64_t ppn)
{
	return locks ? lock(host, guest, ppn, 1) : unlock(host, guest, ppn, 1);
}

/*
 * A batch: entries are read once and written once, each with its status. What the
 * page's other bits hold afterwards is the guest's own, but for the fault that says so.
 */
static uint32_t batch(struct vmhost *host, struct vh_guest *guest, bool locks, unsigned int frames,
		      uint64_t page, uint64_t count)
{
	struct balloon_batch entries;
	uint32_t status, verdict = BALLOON_SUCCESS;
	uint64_t at = page << BALLOON_FRAME_SHIFT, done = count / 2, size, i;

	if (!count || count > BALLOON_BATCH_MAX || page >= VH_FRAMES_MAX)
		return BALLOON_FAILURE;
	size = count * sizeof(entries.entry[0]);
	if (!guest->read_phys(guest, at, &entries, size))
		return BALLOON_FAILURE;
	if (vh_fault(host, "balloon-partial", &done))
		verdict = BALLOON_BUSY;
	else
		done = count;
	if (done > count)
		done = count;
	for (i = 0; i < done; i++) {
		uint64_t entry = le64toh(entries.entry[i]), ppn = entry >> BALLOON_ENTRY_PPN_SHIFT;

		status = locks ? lock(host, guest, ppn, frames) : unlock(host, guest, ppn, frames);
		if (vh_fault(host, "balloon-scramble", NULL))
			entry = vh_random(host);
		entry = (entry & ~BALLOON_ENTRY_STATUS_MASK) | status;
		entries.entry[i] = htole64(entry);
	}
	if (!guest->write_phys(guest, at, &entries, size))
		return BALLOON_FAILURE;
	return verdict;
}

static uint32_t set_doorbell(struct vmhost *host, const struct vh_regs *regs)
{
	struct vh_balloon *balloon = &host->balloon;

	balloon->doorbell_context = regs->bx;
	balloon->doorbell_resource = regs->si;
	balloon->doorbell = balloon->doorbell_context != BALLOON_NO_DOORBELL ||
			    balloon->doorbell_resource != BALLOON_NO_DOORBELL;
	balloon->ring = false;
	vh_event(host, "balloon", "{s:s, s:b}", "op", "doorbell-set", "set", (int)balloon->doorbell);
	return BALLOON_SUCCESS;
}

/* The capabilities that a command needs; BALLOON_CAPS + 1 for what is no command. */
static uint32_t needs(uint64_t command)
{
	switch (command) {
	case BALLOON_CMD_START:
	case BALLOON_CMD_GET_TARGET:
	case BALLOON_CMD_GUEST_ID:
		return 0;
	case BALLOON_CMD_LOCK:
	case BALLOON_CMD_UNLOCK:
		return BALLOON_CAP_BASIC;
	case BALLOON_CMD_BATCHED_LOCK:
	case BALLOON_CMD_BATCHED_UNLOCK:
		return BALLOON_CAP_BATCHED;
	case BALLOON_CMD_BATCHED_2M_LOCK:
	case BALLOON_CMD_BATCHED_2M_UNLOCK:
		return BALLOON_CAP_BATCHED | BALLOON_CAP_BATCHED_2M;
	case BALLOON_CMD_DOORBELL_SET:
		return BALLOON_CAP_DOORBELL;
	default:
		return BALLOON_CAPS + 1;
	}
}

static uint32_t perform(struct vmhost *host, struct vh_guest *guest, uint64_t command,
			struct vh_regs *regs)
{
	struct vh_balloon *balloon = &host->balloon;

	switch (command) {
	case BALLOON_CMD_GET_TARGET:
		return get_target(host, guest, regs->bx);
	case BALLOON_CMD_LOCK:
	case BALLOON_CMD_UNLOCK:
		return single(host, guest, command == BALLOON_CMD_LOCK, regs->bx);
	case BALLOON_CMD_GUEST_ID:
		balloon->guest_id = regs->bx;
		vh_event(host, "balloon", "{s:s, s:I}", "op", "guest-id",
			 "id", (long long)(uint32_t)balloon->guest_id);
		return BALLOON_SUCCESS;
	case BALLOON_CMD_BATCHED_LOCK:
	case BALLOON_CMD_BATCHED_UNLOCK:
		return batch(host, guest, command == BALLOON_CMD_BATCHED_LOCK, 1, regs->bx,
			     regs->si);
	case BALLOON_CMD_BATCHED_2M_LOCK:
	case BALLOON_CMD_BATCHED_2M_UNLOCK:
		return batch(host, guest, command == BALLOON_CMD_BATCHED_2M_LOCK,
			     BALLOON_2M_FRAMES, regs->bx, regs->si);
	case BALLOON_CMD_DOORBELL_SET:
		return set_doorbell(host, regs);
	}
	return BALLOON_CMD_INVALID;
}

static uint32_t obey(struct vmhost *host, struct vh_guest *guest, uint64_t command,
		     struct vh_regs *regs)
{
	struct vh_balloon *balloon = &host->balloon;
	uint32_t need = needs(command), status;

	if (command == BALLOON_CMD_START)
		return start(host, regs);
	if (vh_fault_at(host, "balloon-reset", command))
		vh_balloon_reset(host);
	if (!balloon->started)
		return balloon->not_started;
	if (balloon->reset_pending)
		return BALLOON_RESET;
	if ((balloon->granted & need) != need)
		return BALLOON_CMD_INVALID;
	if (vh_fault_at(host, "balloon-busy", command))
		return BALLOON_BUSY;
	if (vh_fault_at(host, "balloon-failure", command))
		return BALLOON_FAILURE;
	status = perform(host, guest, command, regs);
	/* The guest may have been found out only now. */
	return balloon->reset_pending ? BALLOON_RESET : status;
}

static bool gives_target(uint64_t command)
{
	return command != BALLOON_CMD_START && command != BALLOON_CMD_GUEST_ID &&
	       command != BALLOON_CMD_DOORBELL_SET;
}

bool vh_balloon_call(struct vmhost *host, struct vh_guest *guest, struct vh_regs *regs)
{
	struct vh_balloon *balloon = &host->balloon;
	uint64_t command = (uint32_t)regs->cx;
	bool known = command < VH_BALLOON_COMMANDS;
	uint32_t status;

	if (!host->options.balloon || guest->cpl)
		return false;
	if (known)
		balloon->calls[command]++;
	else
		balloon->unknown++;
	status = obey(host, guest, command, regs);
	if (known && status && status != BALLOON_SUCCESS_WITH_CAPS)
		balloon->failed[command]++;
	regs->ax = status;
	if (!status && gives_target(command))
		regs->bx = target_for(balloon);
	if (vh_fault(host, "balloon-garbage", NULL)) {
		regs->ax = (uint32_t)vh_random(host);
		regs->bx = vh_random(host);
		regs->cx = vh_random(host);
	}
	return true;
}
