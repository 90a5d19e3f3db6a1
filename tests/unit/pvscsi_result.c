// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * pvscsi_result.h: each host status with each status of the target and each
 * length that a device may claim, against the rules of §3.6 written down here
 * a second time, as a table.
 */
#include "unit.h"

#include "pvscsi_result.h"

/* §2.7; what is not in it is an error */
static const struct {
	uint16_t host;
	enum pvscsi_outcome want;
} outcomes[] = {
	{ 0x00, PVSCSI_DONE }, { 0x0a, PVSCSI_DONE }, { 0x0b, PVSCSI_DONE },
	{ 0x0c, PVSCSI_DONE }, { 0x12, PVSCSI_DONE },
	{ 0x11, PVSCSI_NO_TARGET }, { 0x17, PVSCSI_NO_TARGET },
	{ 0x22, PVSCSI_RESET }, { 0x23, PVSCSI_RESET }, { 0x25, PVSCSI_RESET },
	{ 0x26, PVSCSI_ABORTED }, { 0x30, PVSCSI_TIMEOUT },
	{ 0x34, PVSCSI_PARITY },
};

static enum pvscsi_outcome want_outcome(uint32_t host)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (outcomes[i].host == host)
			return outcomes[i].want;
	return PVSCSI_ERROR;
}

static bool data_run(uint32_t host)
{
	return host == 0x0c || host == 0x12;
}

START_TEST(every_host_status_has_its_outcome)
{
	struct pvscsi_result r;
	uint32_t host;

	for (host = 0; host <= UINT16_MAX; host++) {
		r = pvscsi_result_of(host, 0, 512, 512, true);
		EXPECT_EQ(r.outcome, want_outcome(host));
		EXPECT_EQ(r.status, 0);
		EXPECT_EQ(r.resid, 0);
	}
}
END_TEST

START_TEST(a_bad_status_goes_before_the_length)
{
	static const uint16_t statuses[] = { 0x02, 0x08, 0x18, 0x28, 0x30, 0x40 };
	struct pvscsi_result r;
	uint32_t host;
	size_t i;

	for (host = 0; host < 0x40; host++)
		for (i = 0; i < ARRAY_SIZE(statuses); i++) {
			r = pvscsi_result_of(host, statuses[i], 0, 512, true);
			EXPECT_EQ(r.outcome, want_outcome(host));
			EXPECT_EQ(r.status, r.outcome == PVSCSI_DONE ?
					    statuses[i] : 0);
		}
}
END_TEST

START_TEST(only_the_low_byte_of_the_status_counts)
{
	struct pvscsi_result r = pvscsi_result_of(0, 0xff02, 0, 0, false);

	EXPECT_EQ(r.outcome, PVSCSI_DONE);
	EXPECT_EQ(r.status, 2);
}
END_TEST

START_TEST(a_terminated_command_is_tried_again)
{
	struct pvscsi_result r = pvscsi_result_of(0, 0x22, 0, 512, true);

	EXPECT_EQ(r.outcome, PVSCSI_RESET);
	EXPECT_EQ(r.status, 0);
}
END_TEST

START_TEST(what_was_not_moved_is_left_over)
{
	static const uint32_t lens[] = { 0, 1, 511, 512 };
	uint32_t host;
	size_t i;

	for (host = 0; host < 0x40; host++)
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			uint32_t len = lens[i];
			uint32_t want = 0;

			if (want_outcome(host) == PVSCSI_DONE && len)
				want = 512 - len;
			EXPECT_EQ(pvscsi_result_of(host, 0, len, 512,
						   false).resid, want);
		}
}
END_TEST

START_TEST(a_read_of_unknown_length_is_an_error_an_inquiry_is_not)
{
	uint32_t host;

	for (host = 0; host < 0x40; host++) {
		if (want_outcome(host) != PVSCSI_DONE)
			continue;
		EXPECT_EQ(pvscsi_result_of(host, 0, 0, 512, true).outcome,
			  data_run(host) ? PVSCSI_ERROR : PVSCSI_DONE);
		EXPECT_EQ(pvscsi_result_of(host, 0, 0, 512, false).outcome,
			  PVSCSI_DONE);
		EXPECT_EQ(pvscsi_result_of(host, 0, 511, 512, true).outcome,
			  PVSCSI_DONE);
	}
}
END_TEST

START_TEST(reads_and_writes_are_known_by_their_opcodes)
{
	static const uint8_t rw[] = {
		0x08, 0x0a, 0x28, 0x2a, 0x88, 0x8a, 0xa8, 0xaa,
	};
	unsigned int opcode;
	size_t i;

	for (opcode = 0; opcode <= UINT8_MAX; opcode++) {
		bool want = false;

		for (i = 0; i < ARRAY_SIZE(rw); i++)
			want |= rw[i] == opcode;
		EXPECT_EQ(pvscsi_is_rw(opcode), want);
	}
}
END_TEST

Suite *pvscsi_result_suite(void)
{
	Suite *s = suite_create("pvscsi_result");
	TCase *tc = tcase_create("results");

	tcase_add_test(tc, every_host_status_has_its_outcome);
	tcase_add_test(tc, a_bad_status_goes_before_the_length);
	tcase_add_test(tc, only_the_low_byte_of_the_status_counts);
	tcase_add_test(tc, a_terminated_command_is_tried_again);
	tcase_add_test(tc, what_was_not_moved_is_left_over);
	tcase_add_test(tc, a_read_of_unknown_length_is_an_error_an_inquiry_is_not);
	tcase_add_test(tc, reads_and_writes_are_known_by_their_opcodes);
	suite_add_tcase(s, tc);
	return s;
}
