// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * pvscsi_gate.h and pvscsi_geometry.h: contexts, and what a device may say of
 * them, compared with a model that remembers everything it issued.
 */
#include "unit.h"

#include <string.h>

#include "pvscsi_gate.h"
#include "pvscsi_geometry.h"

START_TEST(a_context_names_its_tag_and_is_never_0)
{
	uint32_t tag, ctx, uses;

	for (tag = 0; tag < 1024; tag++) {
		ctx = pvscsi_ctx_first(tag);
		for (uses = 0; uses < 5000; uses++) {
			EXPECT(ctx);
			EXPECT_EQ(pvscsi_ctx_tag(ctx), tag);
			ctx = pvscsi_ctx_next(ctx);
		}
	}
}
END_TEST

START_TEST(a_context_comes_again_after_2_to_the_21)
{
	uint32_t first = pvscsi_ctx_first(1023), ctx = first;
	uint32_t uses = 0;

	do {
		ctx = pvscsi_ctx_next(ctx);
		EXPECT_EQ(pvscsi_ctx_tag(ctx), 1023);
		uses++;
	} while (ctx != first);
	EXPECT_EQ(uses, 1u << 21);
}
END_TEST

/* Both gates, as the driver asks them. */
static enum pvscsi_verdict judge(uint64_t ctx, const uint32_t *issued,
				 uint32_t tags)
{
	enum pvscsi_verdict verdict = pvscsi_ctx_gate(ctx, tags);

	return verdict ? verdict :
	       pvscsi_cmp_gate(ctx, issued[pvscsi_ctx_tag((uint32_t)ctx)]);
}

START_TEST(contexts_that_name_no_tag_are_rejected)
{
	static const uint32_t tags[] = { 1, 32, 256, 1024 };
	uint32_t issued[1024];
	uint64_t ctx;
	size_t i;

	for (i = 0; i < 1024; i++)
		issued[i] = pvscsi_ctx_first(i);
	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		uint32_t n = tags[i];

		for (ctx = 0; ctx < 4096; ctx++) {
			enum pvscsi_verdict want = PVSCSI_OK;

			if (ctx % 2048 == 0 || ctx % 2048 > n)
				want = PVSCSI_BAD_CONTEXT;
			else if (ctx > 2048)
				want = PVSCSI_NOT_ISSUED;
			EXPECT_EQ(judge(ctx, issued, n), want);
			EXPECT_EQ(judge(ctx | UINT64_C(1) << 32,
						  issued, n),
				  PVSCSI_BAD_CONTEXT);
			EXPECT_EQ(judge(ctx | UINT64_C(1) << 63,
						  issued, n),
				  PVSCSI_BAD_CONTEXT);
		}
	}
}
END_TEST

/* Issue, complete, and complete again what was completed or never issued. */
START_TEST(only_what_waits_can_be_completed_and_only_once)
{
	uint32_t next[64], issued[64] = { 0 }, stale[64] = { 0 };
	uint32_t i, t;

	for (t = 0; t < 64; t++)
		next[t] = pvscsi_ctx_first(t);
	for (i = 0; i < 1000000; i++) {
		t = rnd_below(64);
		if (!issued[t]) {
			EXPECT_EQ(judge(next[t], issued, 64),
				  PVSCSI_NOT_ISSUED);
			issued[t] = next[t];
			next[t] = pvscsi_ctx_next(next[t]);
			continue;
		}
		EXPECT_EQ(judge(issued[t], issued, 64), PVSCSI_OK);
		if (stale[t])
			EXPECT_EQ(judge(stale[t], issued, 64),
				  PVSCSI_NOT_ISSUED);
		stale[t] = issued[t];
		issued[t] = 0;
		EXPECT_EQ(judge(stale[t], issued, 64),
			  PVSCSI_NOT_ISSUED);
	}
}
END_TEST

START_TEST(no_more_completions_than_requests_that_wait)
{
	static const uint32_t starts[] = { 0, 1, 1000, UINT32_MAX - 5 };
	uint32_t ahead, waiting;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(starts); i++)
		for (waiting = 0; waiting <= 40; waiting++)
			for (ahead = 0; ahead <= 80; ahead++) {
				EXPECT_EQ(pvscsi_cmp_count_gate(starts[i] + ahead,
								starts[i], waiting),
					  ahead <= waiting ? PVSCSI_OK :
							     PVSCSI_BAD_COUNT);
				/* backwards */
				if (ahead)
					EXPECT_EQ(pvscsi_cmp_count_gate(starts[i] - ahead,
									starts[i], waiting),
						  PVSCSI_BAD_COUNT);
			}
}
END_TEST

START_TEST(no_more_messages_than_the_ring_holds)
{
	uint32_t cons = UINT32_MAX - 3, ahead;

	for (ahead = 0; ahead < 70; ahead++)
		EXPECT_EQ(pvscsi_msg_count_gate(cons + ahead, cons, 32),
			  ahead <= 32 ? PVSCSI_OK : PVSCSI_BAD_MSG_COUNT);
	EXPECT_EQ(pvscsi_msg_count_gate(cons - 1, cons, 32),
		  PVSCSI_BAD_MSG_COUNT);
	EXPECT_EQ(pvscsi_msg_count_gate(1, 0, 0), PVSCSI_BAD_MSG_COUNT);
}
END_TEST

START_TEST(messages_are_of_known_types_and_possible_devices)
{
	uint8_t lun[8] = { 0 };
	unsigned int i;

	EXPECT_EQ(pvscsi_msg_gate(0, 0, 0, lun, 1), PVSCSI_OK);
	EXPECT_EQ(pvscsi_msg_gate(1, 0, 15, lun, 16), PVSCSI_OK);
	EXPECT_EQ(pvscsi_msg_gate(2, 0, 0, lun, 16), PVSCSI_BAD_MSG);
	EXPECT_EQ(pvscsi_msg_gate(UINT32_MAX, 0, 0, lun, 16), PVSCSI_BAD_MSG);
	EXPECT_EQ(pvscsi_msg_gate(0, 1, 0, lun, 16), PVSCSI_BAD_MSG);
	EXPECT_EQ(pvscsi_msg_gate(0, 0, 16, lun, 16), PVSCSI_BAD_MSG);
	EXPECT_EQ(pvscsi_msg_gate(0, 0, UINT32_MAX, lun, 255), PVSCSI_BAD_MSG);
	for (i = 0; i < 8; i++) {
		lun[i] = 1;
		EXPECT_EQ(pvscsi_msg_gate(0, 0, 0, lun, 16), PVSCSI_BAD_MSG);
		lun[i] = 0;
	}
}
END_TEST

START_TEST(rings_are_powers_of_two_and_never_larger_than_asked_for)
{
	struct pvscsi_geometry g;
	uint32_t wanted, pages;

	for (wanted = 1; wanted < 100; wanted++) {
		pages = pvscsi_ring_pages(wanted, 8, 32);
		EXPECT(pages == 1 || pages == 2 || pages == 4 || pages == 8 ||
		       pages == 16 || pages == 32);
		EXPECT(pages <= wanted);
		EXPECT(2 * pages > wanted || pages == 32);
	}
	EXPECT_EQ(pvscsi_ring_pages(0, 8, 32), 8);
	EXPECT_EQ(pvscsi_ring_pages(UINT32_MAX, 8, 16), 16);

	pvscsi_geometry_of(&g, 0, 0, true);
	EXPECT_EQ(g.req_pages, 32);
	EXPECT_EQ(g.msg_pages, 1);
	EXPECT_EQ(g.reqs, 1024);
	EXPECT_EQ(g.cmps, 4096);
	EXPECT_EQ(g.msgs, 32);
	pvscsi_geometry_of(&g, 9, 20, true);
	EXPECT_EQ(g.req_pages, 8);
	EXPECT_EQ(g.msg_pages, 16);
	EXPECT_EQ(g.reqs, 256);
	EXPECT_EQ(g.cmps, 1024);
	EXPECT_EQ(g.msgs, 512);
	pvscsi_geometry_of(&g, 1, 3, false);
	EXPECT_EQ(g.reqs, 32);
	EXPECT_EQ(g.msg_pages, 0);
	EXPECT_EQ(g.msgs, 0);
}
END_TEST

Suite *pvscsi_gate_suite(void)
{
	Suite *s = suite_create("pvscsi_gate");
	TCase *tc = tcase_create("gate");

	tcase_add_checked_fixture(tc, rnd_restart, NULL);
	tcase_add_test(tc, a_context_names_its_tag_and_is_never_0);
	tcase_add_test(tc, a_context_comes_again_after_2_to_the_21);
	tcase_add_test(tc, contexts_that_name_no_tag_are_rejected);
	tcase_add_test(tc, only_what_waits_can_be_completed_and_only_once);
	tcase_add_test(tc, no_more_completions_than_requests_that_wait);
	tcase_add_test(tc, no_more_messages_than_the_ring_holds);
	tcase_add_test(tc, messages_are_of_known_types_and_possible_devices);
	tcase_add_test(tc, rings_are_powers_of_two_and_never_larger_than_asked_for);
	suite_add_tcase(s, tc);
	return s;
}
