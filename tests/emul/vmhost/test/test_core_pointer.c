// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The absolute pointer: specification "backdoor and GuestRPC" §4.8.
 */
#include "suite.h"
#include "guest.h"
#include "fake_services.h"

#define ENABLE		0x45414552u
#define DISABLE		0xf5u
#define ABSOLUTE	0x53424152u
#define RELATIVE	0x4c455252u
#define ERROR		0xffff0000u

static struct guest *guest;
static struct vh_regs r;

static void setup(void)
{
	fake_reset();
	guest = guest_new(NULL);
}

static void teardown(void)
{
	guest_free(guest);
	fake_reset();
}

static uint32_t ask(uint32_t command, uint32_t arg)
{
	EXPECT(guest_command(guest, command, arg, &r));
	return r.ax;
}

static void enable(void)
{
	ask(41, ENABLE);
	EXPECT_EQ(ask(40, 0), 1);
	EXPECT_EQ(ask(39, 1), 0x3442554a);
}

START_TEST(it_is_off_at_first)
{
	EXPECT_EQ(ask(40, 0), ERROR);
	EXPECT_EQ(ask(36, 0), 0);
	EXPECT(!vh_pointer_event(guest->host, 0, 1, 2, 3));
	ask(39, 1);
	EXPECT_EQ(ask(40, 0), ERROR);
}
END_TEST

START_TEST(a_motion_is_four_words)
{
	enable();
	ask(41, ABSOLUTE);
	EXPECT_EQ(ask(36, 0), 1);
	EXPECT(vh_pointer_event(guest->host, 0x28, 0x1234, 0xffff, -1));
	EXPECT_EQ(ask(40, 0), 4);
	ask(39, 4);
	EXPECT(r.ax == 0x28 && r.bx == 0x1234 && r.cx == 0xffff && r.dx == 0xff);
	EXPECT_EQ(ask(40, 0), 0);

	ask(41, RELATIVE);
	EXPECT_EQ(ask(36, 0), 0);
	EXPECT(vh_pointer_event(guest->host, 0x10, 5, 6, 0));
	EXPECT_EQ(ask(39, 1), 0x10010);
	ask(39, 3);
	EXPECT(r.ax == 5 && r.bx == 6 && r.cx == 0);
}
END_TEST

START_TEST(six_words_fill_six_registers)
{
	enable();
	EXPECT(vh_pointer_event(guest->host, 0, 1, 2, 3));
	EXPECT(vh_pointer_event(guest->host, 4, 5, 6, 7));
	ask(39, 6);
	EXPECT_EQ(r.ax, 0x10000);
	EXPECT(r.bx == 1 && r.cx == 2 && r.dx == 3 && r.si == 0x10004 && r.di == 5);
}
END_TEST

START_TEST(asking_wrongly_is_an_error_until_enabled_again)
{
	static const uint32_t wrong[] = { 0, 7, 2, 0xffffffff };

	enable();
	ask(41, ENABLE);
	EXPECT_EQ(ask(39, wrong[_i]), 0xffffffff);
	EXPECT_EQ(ask(40, 0), ERROR | 1);
	EXPECT(!vh_pointer_event(guest->host, 0, 1, 2, 3));
	enable();
	ask(41, ABSOLUTE);
	ask(41, DISABLE);
	EXPECT_EQ(ask(40, 0), ERROR);
	EXPECT_EQ(ask(36, 0), 0);
}
END_TEST

START_TEST(the_queue_holds_1024_words_and_wraps)
{
	unsigned int round, i;

	enable();
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 256; i++)
			EXPECT(vh_pointer_event(guest->host, 0, i, round, 0));
		EXPECT(!vh_pointer_event(guest->host, 0, i, round, 0));
		EXPECT_EQ(ask(40, 0), 1024);
		for (i = 0; i < 256; i++) {
			ask(39, 4);
			EXPECT(r.bx == i && r.cx == round);
		}
	}
}
END_TEST

/* FOR_ALL, FOR_CPL0, FOR_IOPL: who gets through as CPL 0, user, user with IOPL 3. */
START_TEST(it_may_be_restricted)
{
	static const bool admitted[3][3] = { { 1, 1, 1 }, { 1, 0, 0 }, { 1, 0, 1 } };
	unsigned int who;

	enable();
	ask(86, 3);
	ask(86, _i);
	for (who = 0; who < 3; who++) {
		guest->vcpu.cpl = who ? 3 : 0;
		guest->vcpu.iopl = who == 2 ? 3 : 0;
		EXPECT_EQ(ask(40, 0) == 0, admitted[_i][who]);
		EXPECT_EQ(ask(86, _i) != 0xffffffff, admitted[_i][who]);
	}
}
END_TEST

START_TEST(a_machine_reset_turns_it_off)
{
	enable();
	ask(86, 1);
	vh_machine_reset(guest->host);
	EXPECT_EQ(ask(40, 0), ERROR);
	guest->vcpu.cpl = 3;
	enable();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost pointer");
	TCase *tests = tcase_create("pointer");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, it_is_off_at_first);
	tcase_add_test(tests, a_motion_is_four_words);
	tcase_add_test(tests, six_words_fill_six_registers);
	tcase_add_loop_test(tests, asking_wrongly_is_an_error_until_enabled_again, 0, 4);
	tcase_add_test(tests, the_queue_holds_1024_words_and_wraps);
	tcase_add_loop_test(tests, it_may_be_restricted, 0, 3);
	tcase_add_test(tests, a_machine_reset_turns_it_off);
	return run_suite(suite);
}
