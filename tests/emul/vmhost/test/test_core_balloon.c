// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The balloon: specification "VMware memory balloon" §4 to §9. Numbers are the
 * specification's.
 *
 * The guest has 8 MiB from frame 0x100 on.
 */
#include "suite.h"
#include "guest_balloon.h"
#include "fake_services.h"
#include "../frames.h"
#include "../host.h"

#include <string.h>

#define MAGIC	0x456c6d6fu
#define WITH_CAPS 0x03000000u
#define FRAMES	(GUEST_SIZE >> 12)
#define END	(FIRST + FRAMES)
#define BIG	0x200u	/* a frame at 2 MiB */
#define FULL	0x3eu

enum { SUCCESS, CMD_INVALID, PPN_INVALID, LOCKED, UNLOCKED, PINNED, NOTNEEDED, RESET, BUSY };
#define FAILURE	0xffffffffu

static struct guest *guest;
static struct vh_balloon *balloon;
static struct vh_regs r;

static uint32_t call(uint32_t command, uint64_t arg1, uint64_t arg2)
{
	EXPECT(guest_balloon(guest, command, arg1, arg2, &r));
	EXPECT(r.ax <= 0xffffffff && r.di == 5 && r.bp == 6);
	return r.ax;
}

static void start(uint32_t caps)
{
	EXPECT_EQ(call(START, caps, 0), caps ? WITH_CAPS : FAILURE);
}

static void setup(void)
{
	fake_reset();
	guest = guest_new(NULL);
	balloon = &guest->host->balloon;
	vh_balloon_set_target(guest->host, 1000);
	start(FULL);
}

static void teardown(void)
{
	guest_free(guest);
	fake_reset();
}

static uint64_t *batch(void)
{
	return guest_batch(guest, 0, 0, 0);
}

/* A batch of @count frames from @first on, @step apart. */
static uint32_t call_batch(uint32_t command, uint64_t first, uint64_t step, uint64_t count)
{
	guest_batch(guest, first, step, count);
	return call(command, FIRST, count);
}

static uint8_t *frame(uint64_t ppn)
{
	return guest->memory + (ppn - FIRST) * 4096;
}

/* Who may call */

START_TEST(only_the_kernel_may_call)
{
	guest->vcpu.cpl = 3;
	r = (struct vh_regs){ .ax = MAGIC, .cx = GET_TARGET, .dx = 0x5670 };
	EXPECT(!guest_call(guest, VH_PORT, &r));
	EXPECT_EQ(r.ax, MAGIC);
}
END_TEST

START_TEST(another_magic_port_or_form_is_nobodys)
{
	r = (struct vh_regs){ .ax = MAGIC + 1, .cx = GET_TARGET, .dx = 0x5670 };
	EXPECT(!guest_call(guest, VH_PORT, &r));
	r = (struct vh_regs){ .ax = MAGIC, .cx = GET_TARGET, .dx = 0x5671 };
	EXPECT(!guest_call(guest, VH_PORT, &r));
	r = (struct vh_regs){ .ax = MAGIC, .cx = GET_TARGET, .dx = 0x5670 };
	EXPECT(!guest_call(guest, VH_PORT_IN, &r));
	EXPECT(!vh_call(guest->host, &guest->vcpu, VH_HYPERCALL, &r));
}
END_TEST

START_TEST(hosts_may_have_no_balloon)
{
	teardown();
	guest = guest_new((const char *const[]){ "balloon=off", NULL });
	r = (struct vh_regs){ .ax = MAGIC, .cx = START, .dx = 0x5670 };
	EXPECT(!guest_call(guest, VH_PORT, &r));
}
END_TEST

/* START */

START_TEST(capabilities_are_negotiated)
{
	uint32_t offered, has;

	for (offered = 0; offered < 0x40; offered++)
		for (has = 0; has < 0x40; has += 2) {
			balloon->caps = has;
			start(offered);
			EXPECT_EQ(r.cx, offered & has);
			EXPECT_EQ(balloon->granted, offered & has);
		}
	start(0xffffffff);
	EXPECT_EQ(r.cx, 0x3e);
}
END_TEST

START_TEST(old_hosts_have_basic_only)
{
	balloon->legacy = true;
	EXPECT_EQ(call(START, FULL, 0), SUCCESS);
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), SUCCESS);
	EXPECT_EQ(call_batch(B_LOCK, FIRST + 2, 1, 1), CMD_INVALID);
}
END_TEST

START_TEST(a_guest_without_capabilities_ends_the_session)
{
	call(LOCK, FIRST + 1, 0);
	EXPECT_EQ(call(START, 0, 0), FAILURE);
	EXPECT_EQ(r.cx, 0);
	EXPECT_EQ(balloon->size, 0);
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), CMD_INVALID);
	balloon->start_none = WITH_CAPS;
	EXPECT_EQ(call(START, 0, 0), WITH_CAPS);
}
END_TEST

START_TEST(starting_again_forgets_frames_and_doorbell)
{
	call(LOCK, FIRST + 1, 0);
	call_batch(B2_LOCK, BIG, 512, 1);
	call(DOORBELL, 3, 1024);
	start(FULL);
	EXPECT(!balloon->size && !balloon->size_2m && !balloon->doorbell);
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), SUCCESS);
	EXPECT_EQ(call(LOCK, BIG, 0), SUCCESS);
}
END_TEST

START_TEST(each_command_needs_its_capability)
{
	static const struct {
		uint32_t command, needs;
	} table[] = {
		{ GET_TARGET, 0 }, { LOCK, 2 }, { UNLOCK, 2 }, { GUEST_ID, 0 }, { B_LOCK, 4 },
		{ B_UNLOCK, 4 }, { B2_LOCK, 12 }, { B2_UNLOCK, 12 }, { DOORBELL, 16 },
	};
	uint32_t caps, needs = table[_i].needs;

	for (caps = 0; caps < 0x40; caps += 2) {
		start(caps);
		EXPECT_EQ(call(table[_i].command, FIRST, 1) == CMD_INVALID,
			  (caps & needs) != needs);
	}
}
END_TEST

START_TEST(other_commands_are_invalid)
{
	EXPECT_EQ(call(5, 0, 0), CMD_INVALID);
	EXPECT_EQ(call(11, 0, 0), CMD_INVALID);
	EXPECT_EQ(call(0xffffffff, 0, 0), CMD_INVALID);
	EXPECT_EQ(balloon->unknown, 2);
}
END_TEST

START_TEST(nothing_works_before_start)
{
	uint32_t command;

	teardown();
	fake_reset();
	guest = guest_new(NULL);
	balloon = &guest->host->balloon;
	for (command = GET_TARGET; command <= DOORBELL; command++) {
		balloon->not_started = CMD_INVALID;
		EXPECT_EQ(call(command, FIRST, 1), CMD_INVALID);
		balloon->not_started = RESET;
		EXPECT_EQ(call(command, FIRST, 1), RESET);
	}
}
END_TEST

/* GET_TARGET, GUEST_ID, DOORBELL_SET */

START_TEST(the_target_is_bounded)
{
	balloon->max = 900;
	EXPECT_EQ(call(GET_TARGET, 0, 0), SUCCESS);
	EXPECT_EQ(r.bx, 900);
	call(GET_TARGET, 800, 0);
	EXPECT_EQ(r.bx, 800);
	EXPECT_EQ(balloon->guest_limit, 800);
	vh_balloon_set_target(guest->host, 700);
	call(GET_TARGET, 800, 0);
	EXPECT_EQ(r.bx, 700);
}
END_TEST

START_TEST(the_default_bound_is_of_the_memory)
{
	vh_balloon_set_target(guest->host, UINT64_MAX);
	call(GET_TARGET, 0, 0);
	EXPECT_EQ(r.bx, 512 * 256 * 65 / 100);
}
END_TEST

START_TEST(wide_targets_need_the_capability)
{
	uint64_t wide = UINT64_C(0x500000000);

	balloon->max = UINT64_MAX;
	vh_balloon_set_target(guest->host, wide);
	call(GET_TARGET, wide + 1, 0);
	EXPECT_EQ(r.bx, wide);
	start(0x1e);
	call(GET_TARGET, wide, 0);
	EXPECT_EQ(balloon->guest_limit, 0);
	EXPECT_EQ(r.bx, 0xffffffff);
}
END_TEST

START_TEST(commands_on_frames_give_the_target)
{
	call(LOCK, FIRST + 1, 1);
	EXPECT_EQ(r.bx, 1000);
	call(UNLOCK, FIRST + 1, 1);
	EXPECT_EQ(r.bx, 1000);
	call_batch(B_LOCK, FIRST + 1, 1, 2);
	EXPECT_EQ(r.bx, 1000);
	/* A failed one does not, nor do the others. */
	call(LOCK, FIRST + 1, 7);
	EXPECT_EQ(r.bx, FIRST + 1);
	call(GUEST_ID, 1, 0);
	EXPECT_EQ(r.bx, 1);
	EXPECT_EQ(balloon->guest_id, 1);
	call(DOORBELL, 3, 1024);
	EXPECT_EQ(r.bx, 3);
}
END_TEST

START_TEST(a_doorbell_rings_once_for_a_target)
{
	call(DOORBELL, 3, 1024);
	balloon->interrupt_address = 0xfee00000;
	balloon->interrupt_data = 0x41;
	vh_balloon_set_target(guest->host, 5);
	EXPECT(!strcmp(fake.last_op, "doorbell"));
	EXPECT_EQ(guest->interrupts, 0);
	vh_tick(guest->host, &guest->vcpu);
	EXPECT_EQ(guest->interrupts, 1);
	EXPECT(guest->interrupt_address == 0xfee00000 && guest->interrupt_data == 0x41);
	vh_tick(guest->host, &guest->vcpu);
	EXPECT_EQ(guest->interrupts, 1);
	/* A call of the guest will do as well. */
	vh_balloon_set_target(guest->host, 6);
	call(GET_TARGET, 0, 0);
	EXPECT_EQ(guest->interrupts, 2);
	EXPECT_EQ(balloon->rung, 2);

	call(DOORBELL, 0xffffffff, 0xffffffff);
	vh_balloon_set_target(guest->host, 7);
	vh_tick(guest->host, &guest->vcpu);
	EXPECT_EQ(guest->interrupts, 2);
}
END_TEST

START_TEST(a_doorbell_without_an_interrupt_is_an_event)
{
	call(DOORBELL, 3, 1024);
	vh_balloon_set_target(guest->host, 5);
	EXPECT(!strcmp(fake.last_op, "doorbell"));
	vh_tick(guest->host, &guest->vcpu);
	EXPECT_EQ(guest->interrupts, 0);
}
END_TEST

/* LOCK, UNLOCK */

START_TEST(a_frame_is_locked_and_unlocked_once)
{
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), SUCCESS);
	EXPECT_EQ(balloon->size, 1);
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), LOCKED);
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), SUCCESS);
	EXPECT_EQ(balloon->size, 0);
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), UNLOCKED);
	EXPECT(balloon->double_locks == 1 && balloon->double_unlocks == 1);
	EXPECT(balloon->offered == 2 && balloon->refused == 1);
	EXPECT(balloon->calls[LOCK] == 2 && balloon->failed[LOCK] == 1);
}
END_TEST

START_TEST(only_ram_is_locked)
{
	static const uint64_t wrong[] = {
		0, FIRST - 1, END, 0xfee00, 0xffffffff, UINT64_C(0x100000000),
		UINT64_C(0xfffffffffffff), UINT64_MAX,
	};

	EXPECT_EQ(call(LOCK, wrong[_i], 0), PPN_INVALID);
	EXPECT_EQ(call(UNLOCK, wrong[_i], 0), PPN_INVALID);
	EXPECT_EQ(call_batch(B2_LOCK, wrong[_i] & ~511, 512, 1), SUCCESS);
	EXPECT_EQ(batch()[0] & 31, PPN_INVALID);
	EXPECT_EQ(balloon->size, 0);
	EXPECT_EQ(call(LOCK, END - 1, 0), SUCCESS);
}
END_TEST

/* Batches */

START_TEST(a_batch_has_a_status_for_each_entry)
{
	uint64_t i;

	call(LOCK, FIRST + 3, 0);
	balloon->pinned_every = 8;
	balloon->pinned_at = (FIRST + 5) % 8;
	for (i = 0; i < 8; i++)
		batch()[i] = (FIRST + 1 + i) << 12 | 0xabf;
	batch()[7] = (uint64_t)END << 12 | 0xabf;
	EXPECT_EQ(call(B_LOCK, FIRST, 8), SUCCESS);
	for (i = 0; i < 8; i++) {
		uint32_t want = i == 2 ? LOCKED : i == 4 ? PINNED : i == 7 ? PPN_INVALID : SUCCESS;

		EXPECT_EQ(batch()[i] & 31, want);
		/* The rest is the guest's own. */
		EXPECT_EQ(batch()[i] >> 5 & 127, 0x55);
		EXPECT_EQ(batch()[i] >> 12, i == 7 ? END : FIRST + 1 + i);
	}
	EXPECT_EQ(balloon->size, 6);
}
END_TEST

START_TEST(a_full_batch_goes_and_comes)
{
	uint64_t i;

	EXPECT_EQ(call_batch(B_LOCK, FIRST + 1, 1, 512), SUCCESS);
	for (i = 0; i < 512; i++)
		EXPECT_EQ(batch()[i], (FIRST + 1 + i) << 12);
	EXPECT_EQ(balloon->size, 512);
	EXPECT_EQ(call_batch(B_UNLOCK, FIRST + 1, 1, 512), SUCCESS);
	for (i = 0; i < 512; i++)
		EXPECT_EQ(batch()[i] & 31, 0);
	EXPECT_EQ(balloon->size, 0);
}
END_TEST

START_TEST(counts_and_pages_out_of_range_fail_whole)
{
	static const struct {
		uint64_t page, count;
	} wrong[] = {
		{ FIRST, 0 }, { FIRST, 513 }, { FIRST, UINT64_MAX }, { FIRST, UINT64_C(1) << 32 },
		{ FIRST - 1, 1 }, { END, 1 }, { UINT64_C(1) << 40, 1 }, { UINT64_MAX, 1 },
		{ UINT64_C(1) << 52, 1 },
	};
	uint32_t command;

	batch()[0] = (FIRST + 1) << 12;
	for (command = B_LOCK; command <= B2_UNLOCK; command++)
		EXPECT_EQ(call(command, wrong[_i].page, wrong[_i].count), FAILURE);
	EXPECT_EQ(balloon->size, 0);
	EXPECT_EQ(batch()[0], (FIRST + 1) << 12);
}
END_TEST

START_TEST(large_frames_are_units)
{
	EXPECT_EQ(call_batch(B2_LOCK, BIG, 512, 3), SUCCESS);
	EXPECT_EQ(batch()[0], (uint64_t)BIG << 12);
	EXPECT(balloon->size == 1536 && balloon->size_2m == 1536);
	EXPECT_EQ(call_batch(B2_LOCK, BIG, 512, 1), SUCCESS);
	EXPECT_EQ(batch()[0] & 31, LOCKED);
	EXPECT_EQ(call_batch(B2_UNLOCK, BIG, 512, 3), SUCCESS);
	EXPECT_EQ(batch()[2] & 31, SUCCESS);
	EXPECT(balloon->size == 0 && balloon->size_2m == 0);
}
END_TEST

START_TEST(a_large_frame_is_aligned_ram_without_a_bad_one)
{
	EXPECT_EQ(call_batch(B2_LOCK, BIG + 1, 512, 1), SUCCESS);
	EXPECT_EQ(batch()[0] & 31, PPN_INVALID);
	/* The memory ends in the middle of it. */
	call_batch(B2_LOCK, END & ~511u, 512, 1);
	EXPECT_EQ(batch()[0] & 31, PPN_INVALID);
	call(LOCK, BIG + 511, 0);
	call_batch(B2_LOCK, BIG, 512, 1);
	EXPECT_EQ(batch()[0] & 31, LOCKED);
	call(UNLOCK, BIG + 511, 0);
	balloon->pinned_every = 512;
	balloon->pinned_at = 300;
	call_batch(B2_LOCK, BIG, 512, 1);
	EXPECT_EQ(batch()[0] & 31, PINNED);
	EXPECT_EQ(balloon->size, 0);
	EXPECT_EQ(call_batch(B_LOCK, BIG, 1, 512), SUCCESS);
	EXPECT_EQ(balloon->size, 511);
}
END_TEST

START_TEST(sizes_do_not_mix_unless_told)
{
	call_batch(B2_LOCK, BIG, 512, 1);
	EXPECT_EQ(call(UNLOCK, BIG + 9, 0), UNLOCKED);
	balloon->mixed = true;
	EXPECT_EQ(call(UNLOCK, BIG + 9, 0), SUCCESS);
	EXPECT(balloon->size == 511 && balloon->size_2m == 0);
	balloon->mixed = false;
	EXPECT_EQ(call(UNLOCK, BIG, 0), SUCCESS);
	call(LOCK, BIG, 0);
	call(LOCK, BIG + 9, 0);
	call_batch(B2_UNLOCK, BIG, 512, 1);
	EXPECT_EQ(batch()[0] & 31, UNLOCKED);
	balloon->mixed = true;
	call_batch(B2_UNLOCK, BIG, 512, 1);
	EXPECT_EQ(batch()[0] & 31, SUCCESS);
	EXPECT_EQ(balloon->size, 0);
}
END_TEST

START_TEST(what_exceeds_the_target_may_be_refused)
{
	balloon->not_needed = true;
	vh_balloon_set_target(guest->host, 3);
	EXPECT_EQ(call_batch(B_LOCK, FIRST + 1, 1, 5), SUCCESS);
	EXPECT(!(batch()[2] & 31) && (batch()[3] & 31) == NOTNEEDED);
	EXPECT_EQ(balloon->size, 3);
	/* Unlocking is always allowed. */
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), SUCCESS);
}
END_TEST

START_TEST(every_so_many_frames_may_be_refused)
{
	balloon->refuse_every = 3;
	balloon->refuse_status = 31;
	call_batch(B_LOCK, FIRST + 1, 1, 7);
	EXPECT(!(batch()[1] & 31) && (batch()[2] & 31) == 31 && (batch()[5] & 31) == 31);
	EXPECT_EQ(balloon->size, 5);
	EXPECT_EQ(balloon->refused, 2);
}
END_TEST

/* RESET */

START_TEST(a_reset_voids_all_but_start)
{
	uint32_t command;

	call(LOCK, FIRST + 1, 0);
	call(DOORBELL, 3, 1024);
	if (_i) {
		vh_machine_reset(guest->host);
	} else {
		vh_balloon_reset(guest->host);
		EXPECT(!strcmp(fake.last_event, "balloon") && !strcmp(fake.last_op, "reset"));
	}
	EXPECT_EQ(balloon->size, 0);
	for (command = GET_TARGET; command <= DOORBELL; command++)
		EXPECT_EQ(call(command, FIRST + 1, 1), RESET);
	start(FULL);
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), SUCCESS);
	EXPECT_EQ(balloon->resets, 1);
	EXPECT(!balloon->doorbell);
}
END_TEST

START_TEST(nobody_is_reset_before_start)
{
	teardown();
	fake_reset();
	guest = guest_new(NULL);
	balloon = &guest->host->balloon;
	vh_balloon_reset(guest->host);
	EXPECT_EQ(call(GET_TARGET, 0, 0), CMD_INVALID);
	EXPECT_EQ(balloon->resets, 0);
}
END_TEST

/* Poison */

START_TEST(locked_frames_are_overwritten)
{
	uint64_t before[512], after[512];
	unsigned int i;

	balloon->poison = true;
	memset(frame(FIRST + 1), 0x11, 4096);
	memcpy(before, frame(FIRST + 1), 4096);
	call(LOCK, FIRST + 1, 0);
	memcpy(after, frame(FIRST + 1), 4096);
	for (i = 0; i < 512; i++)
		EXPECT(before[i] != after[i]);
	call(UNLOCK, FIRST + 1, 0);
	EXPECT_EQ(balloon->touched, 0);
	EXPECT(strcmp(fake.last_op, "touched"));
}
END_TEST

START_TEST(a_write_to_a_locked_frame_is_found_when_it_is_unlocked)
{
	balloon->poison = true;
	call(LOCK, FIRST + 1, 0);
	call(LOCK, FIRST + 2, 0);
	frame(FIRST + 1)[_i]++;
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), SUCCESS);
	EXPECT_EQ(balloon->touched, 1);
	EXPECT(!strcmp(fake.last_op, "touched"));
	EXPECT_EQ(call(UNLOCK, FIRST + 2, 0), SUCCESS);
	EXPECT_EQ(balloon->touched, 1);

	/* What is unlocked is the guest's. */
	frame(FIRST + 2)[0]++;
	balloon->check_pending = true;
	call(GET_TARGET, 0, 0);
	balloon->poison = false;
	call(LOCK, FIRST + 2, 0);
	call(UNLOCK, FIRST + 2, 0);
	EXPECT_EQ(balloon->touched, 1);
}
END_TEST

START_TEST(each_frame_has_its_own_poison)
{
	balloon->poison = true;
	call_batch(B2_LOCK, BIG, 512, 1);
	memcpy(frame(BIG + 7), frame(BIG + 8), 4096);
	frame(BIG + 511)[4095] = 0;
	call_batch(B2_UNLOCK, BIG, 512, 1);
	EXPECT_EQ(balloon->touched, 2);
	/* Locked again later, and left alone. */
	call_batch(B2_LOCK, BIG, 512, 1);
	call_batch(B2_UNLOCK, BIG, 512, 1);
	EXPECT_EQ(balloon->touched, 2);
}
END_TEST

START_TEST(frames_are_checked_on_request)
{
	balloon->poison = true;
	call_batch(B_LOCK, FIRST + 1, 1, 100);
	frame(FIRST + 50)[100]++;
	balloon->check_pending = true;
	EXPECT_EQ(call(GET_TARGET, 0, 0), SUCCESS);
	EXPECT(!strcmp(fake.last_op, "checked"));
	EXPECT_EQ(balloon->touched, 1);
	/* It is said once. */
	balloon->check_pending = true;
	call(GET_TARGET, 0, 0);
	call_batch(B_UNLOCK, FIRST + 1, 1, 100);
	EXPECT_EQ(balloon->touched, 1);
}
END_TEST

START_TEST(frames_locked_before_poison_was_wanted_are_not_judged)
{
	call(LOCK, FIRST + 1, 0);
	balloon->poison = true;
	balloon->reset_on_touch = true;
	frame(FIRST + 1)[0]++;
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), SUCCESS);
	EXPECT_EQ(balloon->touched, 0);
}
END_TEST

START_TEST(a_write_to_a_locked_frame_may_reset)
{
	balloon->poison = true;
	balloon->reset_on_touch = true;
	call_batch(B_LOCK, FIRST + 1, 1, 4);
	frame(FIRST + 2)[0]++;
	if (_i)
		EXPECT_EQ(call_batch(B_UNLOCK, FIRST + 1, 1, 4), RESET);
	else
		balloon->check_pending = true;
	EXPECT_EQ(call(GET_TARGET, 0, 0), RESET);
	EXPECT_EQ(balloon->size, 0);
	start(FULL);
	EXPECT_EQ(call(LOCK, FIRST + 2, 0), SUCCESS);
}
END_TEST

START_TEST(size_changes_are_events_of_the_poll)
{
	call_batch(B_LOCK, FIRST + 1, 1, 100);
	EXPECT(strcmp(fake.last_op, "size"));
	call(GET_TARGET, 0, 0);
	EXPECT(!strcmp(fake.last_op, "size"));
	fake.last_op[0] = 0;
	call(GET_TARGET, 0, 0);
	EXPECT(!fake.last_op[0]);
}
END_TEST

START_TEST(sets_of_frames_are_sparse)
{
	static const uint64_t some[] = { 0, 63, 64, 32767, 32768, UINT64_C(0xffffffff) };
	struct vh_frames *frames = vh_frames_new();
	uint64_t ppn = 0;
	size_t i;

	vh_frame_set(frames, 5, VH_FRAME_LOCKED, false);
	EXPECT_EQ(vh_frames_next(frames, 0, VH_FRAME_LOCKED), VH_FRAMES_MAX);
	for (i = 0; i < ARRAY_SIZE(some); i++)
		vh_frame_set(frames, some[i], VH_FRAME_LOCKED, true);
	for (i = 0; i < ARRAY_SIZE(some); i++, ppn++) {
		ppn = vh_frames_next(frames, ppn, VH_FRAME_LOCKED);
		EXPECT_EQ(ppn, some[i]);
		EXPECT(!vh_frame_is(frames, ppn, VH_FRAME_2M));
	}
	EXPECT_EQ(vh_frames_next(frames, ppn, VH_FRAME_LOCKED), VH_FRAMES_MAX);
	EXPECT(!vh_frame_is(frames, VH_FRAMES_MAX, VH_FRAME_LOCKED));
	vh_frame_set(frames, 63, VH_FRAME_LOCKED, false);
	EXPECT(!vh_frame_is(frames, 63, VH_FRAME_LOCKED));
	EXPECT(vh_frame_is(frames, 64, VH_FRAME_LOCKED));
	vh_frames_clear(frames);
	EXPECT_EQ(vh_frames_next(frames, 0, VH_FRAME_LOCKED), VH_FRAMES_MAX);
	vh_frames_free(frames);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost balloon");
	TCase *tests = tcase_create("balloon");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, only_the_kernel_may_call);
	tcase_add_test(tests, another_magic_port_or_form_is_nobodys);
	tcase_add_test(tests, hosts_may_have_no_balloon);
	tcase_add_test(tests, capabilities_are_negotiated);
	tcase_add_test(tests, old_hosts_have_basic_only);
	tcase_add_test(tests, a_guest_without_capabilities_ends_the_session);
	tcase_add_test(tests, starting_again_forgets_frames_and_doorbell);
	tcase_add_loop_test(tests, each_command_needs_its_capability, 0, 9);
	tcase_add_test(tests, other_commands_are_invalid);
	tcase_add_test(tests, nothing_works_before_start);
	tcase_add_test(tests, the_target_is_bounded);
	tcase_add_test(tests, the_default_bound_is_of_the_memory);
	tcase_add_test(tests, wide_targets_need_the_capability);
	tcase_add_test(tests, commands_on_frames_give_the_target);
	tcase_add_test(tests, a_doorbell_rings_once_for_a_target);
	tcase_add_test(tests, a_doorbell_without_an_interrupt_is_an_event);
	tcase_add_test(tests, a_frame_is_locked_and_unlocked_once);
	tcase_add_loop_test(tests, only_ram_is_locked, 0, 8);
	tcase_add_test(tests, a_batch_has_a_status_for_each_entry);
	tcase_add_test(tests, a_full_batch_goes_and_comes);
	tcase_add_loop_test(tests, counts_and_pages_out_of_range_fail_whole, 0, 9);
	tcase_add_test(tests, large_frames_are_units);
	tcase_add_test(tests, a_large_frame_is_aligned_ram_without_a_bad_one);
	tcase_add_test(tests, sizes_do_not_mix_unless_told);
	tcase_add_test(tests, what_exceeds_the_target_may_be_refused);
	tcase_add_test(tests, every_so_many_frames_may_be_refused);
	tcase_add_loop_test(tests, a_reset_voids_all_but_start, 0, 2);
	tcase_add_test(tests, nobody_is_reset_before_start);
	tcase_add_test(tests, locked_frames_are_overwritten);
	tcase_add_loop_test(tests, a_write_to_a_locked_frame_is_found_when_it_is_unlocked, 0, 3);
	tcase_add_test(tests, each_frame_has_its_own_poison);
	tcase_add_test(tests, frames_are_checked_on_request);
	tcase_add_test(tests, frames_locked_before_poison_was_wanted_are_not_judged);
	tcase_add_loop_test(tests, a_write_to_a_locked_frame_may_reset, 0, 2);
	tcase_add_test(tests, size_changes_are_events_of_the_poll);
	tcase_add_test(tests, sets_of_frames_are_sparse);
	return run_suite(suite);
}
