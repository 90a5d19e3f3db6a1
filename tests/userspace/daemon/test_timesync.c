// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The clock: rules, and the loop. The clocks are the test's own.
 */
#include "bench.h"
#include "vmhost/vmhost.h"

static int64_t host_us, guest_us, bound_us, lag_us;
static bool host_works;
static unsigned int catchups;

static bool host_time(int64_t *us, int64_t *bound, int64_t *lag)
{
	*us = host_us;
	*bound = bound_us;
	*lag = lag_us;
	return host_works;
}

static int64_t guest_time(void)
{
	return guest_us;
}

static void stopcatchup(void)
{
	catchups++;
}

static void start(void)
{
	bench_new();
	bench_boot();
	bench_pass(1000);
	bench->asked = 0;
	bench->worker.time.host = host_time;
	bench->worker.time.guest = guest_time;
	bench->worker.time.stopcatchup = stopcatchup;
	bench->worker.time.started_up = false;
	host_us = 1800000000000000;
	guest_us = host_us;
	bound_us = 1000;
	lag_us = 0;
	host_works = true;
	catchups = 0;
}

START_TEST(rules_of_stepping)
{
	static const struct {
		int64_t error, bound;
		bool backward;
		int64_t step;
	} cases[] = {
		{ 0, 1000, false, 0 }, { -1000, 1000, false, 0 }, { -1001, 1000, false, 1 },
		{ -5000000, 1000, false, 4999000 }, { 5000000, 1000, false, 0 },
		{ 5000000, 1000, true, -5001000 }, { -500, 1000, true, -500 },
		{ -1000, 1000, true, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct time_sample sample = { cases[i].error, cases[i].bound, true };

		ck_assert_int_eq(time_step(&sample, cases[i].backward), cases[i].step);
	}
}
END_TEST

START_TEST(rules_of_slewing)
{
	struct time_sample sample = { 1000, 10, true };

	ck_assert_int_eq(time_slew(&sample, 50), -500);
	sample.error = -100000000;
	ck_assert_int_eq(time_slew(&sample, 50), 500000);
	sample.slewable = false;
	ck_assert_int_eq(time_slew(&sample, 50), 0);
}
END_TEST

START_TEST(one_step_when_the_host_asks)
{
	guest_us = host_us - 3600000000;
	expect_text(bench_command("Time_Synchronize 0"), "OK ");
	bench_pass(100);
	ck_assert_int_eq(bench_last(BROKER_STEP)->step.seconds, 3599);
	ck_assert_uint_eq(bench_last(BROKER_STEP)->step.nanoseconds, 999000000);
	ck_assert_uint_eq(catchups, 1);
	guest_us = host_us + 2000000;
	bench_command("Time_Synchronize 0");
	bench_pass(100);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 1);
	bench_command("Time_Synchronize 1");
	bench_pass(100);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 2);
	ck_assert_int_eq(bench_last(BROKER_STEP)->step.seconds, -3);
	ck_assert_uint_eq(bench_last(BROKER_STEP)->step.nanoseconds, 999000000);
}
END_TEST

/* The clocks may have been compared already, by a run that has not ended. */
START_TEST(what_the_host_asks_during_a_step_is_made_after_it)
{
	guest_us = host_us - 5000000;
	bench->hold[BROKER_STEP] = true;
	bench_command("Time_Synchronize 1");
	bench_pass(100);
	ck_assert_int_eq(bench_last(BROKER_STEP)->step.seconds, 4);
	guest_us = host_us + 2000000;
	bench_command("Time_Synchronize 1");
	bench_command("Time_Synchronize 0");
	bench_answer(BROKER_STEP, 0);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 2);
	ck_assert_int_eq(bench_last(BROKER_STEP)->step.seconds, -3);
	/* The last one alone, which is forward: not. */
	bench_command("Time_Synchronize 0");
	bench_answer(BROKER_STEP, 0);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 2);
	ck_assert_uint_eq(bench_asked(BROKER_CLOCK), 3);
	bench_pass(100000);
	ck_assert_uint_eq(bench_asked(BROKER_CLOCK), 3);
}
END_TEST

START_TEST(the_loop_steps_forward_and_slews_back)
{
	bench_command("Set_Option time.synchronize.tools.slewCorrection 1");
	bench_command("Set_Option synctime 1");
	bench_pass(1000);
	bench->asked = 0;
	guest_us = host_us + 200000;
	bench_pass(61000);
	ck_assert_int_eq(bench_last(BROKER_SLEW)->slew, -100000);
	ck_assert_ptr_null(bench_last(BROKER_STEP));
	guest_us = host_us - 200000;
	bench_pass(60000);
	ck_assert_ptr_nonnull(bench_last(BROKER_STEP));
	bench_command("Set_Option synctime 0");
	bench_pass(100);
	bench->asked = 0;
	bench_pass(200000);
	ck_assert_uint_eq(bench_asked(BROKER_CLOCK), 0);
}
END_TEST

/* Within what the host vouches for there is no step, but half of it is slewed away. */
START_TEST(less_than_a_step_is_slewed)
{
	bound_us = 1000000;
	bench_command("Set_Option time.synchronize.tools.slewCorrection 1");
	bench_command("Set_Option synctime 1");
	bench_pass(1000);
	bench->asked = 0;
	guest_us = host_us - bound_us;
	bench_pass(60000);
	ck_assert_ptr_null(bench_last(BROKER_STEP));
	ck_assert_int_eq(bench_last(BROKER_SLEW)->slew, 500000);
	/* What interrupts are behind is not the clock's error. */
	lag_us = 600000;
	bench_pass(60000);
	ck_assert_int_eq(bench_last(BROKER_SLEW)->slew, 200000);
	/* A host that does not tell that: what was begun is stopped, and no more is done. */
	lag_us = -1;
	bench_pass(60000);
	ck_assert_int_eq(bench_last(BROKER_SLEW)->slew, 0);
	bench->asked = 0;
	bench_pass(60000);
	ck_assert_ptr_null(bench_last(BROKER_SLEW));
	guest_us--;
	bench_pass(60000);
	ck_assert_int_eq(bench_last(BROKER_STEP)->step.seconds, 0);
	ck_assert_uint_eq(bench_last(BROKER_STEP)->step.nanoseconds, 1000);
}
END_TEST

START_TEST(an_ntp_client_is_not_fought)
{
	bench->result[BROKER_CLOCK] = 1;
	bench_command("Set_Option synctime 1");
	guest_us = host_us - 5000000;
	bench_pass(130000);
	ck_assert_uint_ge(bench_asked(BROKER_CLOCK), 2);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 0);
	ck_assert(bench->worker.time.disciplined);
	bench->worker.settings.time_force = true;
	bench_pass(61000);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 1);
}
END_TEST

/* What the host asks for is no part of the loop, though that is at it just then. */
START_TEST(a_step_that_the_host_asks_for_is_made_in_spite_of_an_ntp_client)
{
	bench->result[BROKER_CLOCK] = 1;
	bench->hold[BROKER_CLOCK] = true;
	bench_command("Set_Option synctime 1");
	guest_us = host_us - 5000000;
	bench_command("Time_Synchronize 0");
	bench_answer(BROKER_CLOCK, 1);
	ck_assert_int_eq(bench_last(BROKER_STEP)->step.seconds, 4);
	guest_us = host_us - 5000000;
	bench_pass(60000);
	bench_answer(BROKER_CLOCK, 1);
	ck_assert_uint_eq(bench_asked(BROKER_CLOCK), 2);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 1);
}
END_TEST

START_TEST(a_keeper_that_has_ended_is_found_out)
{
	struct time_keeper keeper = { 0 };
	uint64_t now = 1000;
	int64_t bound = 2000;

	/* Corrections that are far apart, as they are after days. */
	for (int i = 0; i < 200; i++, now += 60000, bound += 30000) {
		if (i % 34 == 0)
			bound = 2000;
		ck_assert(time_kept(&keeper, now, bound + 1));
	}
	/* The error of the last one was larger: so it was one. */
	ck_assert(time_kept(&keeper, now, bound + 5000));
	bound += 5000;
	for (int i = 1; i < 69; i++)
		ck_assert(time_kept(&keeper, now + i * 60000, bound + i * 30000 + (i % 2 ? 500 : 0)));
	ck_assert(!time_kept(&keeper, now + 69 * 60000, bound + 69 * 30000));
	/* Somebody else begins. */
	ck_assert(time_kept(&keeper, now + 70 * 60000, 2000));
	ck_assert(!time_kept(&keeper, now + 71 * 60000, 0));
	ck_assert(!time_kept(&keeper, now + 71 * 60000, -1));
	ck_assert(time_kept(&keeper, now + 72 * 60000, 1));
}
END_TEST

START_TEST(switching_on_steps_either_way_if_the_host_wants_it)
{
	bench_command("Set_Option time.synchronize.tools.enable 1");
	guest_us = host_us + 5000000;
	bench_command("Set_Option synctime 1");
	bench_pass(100);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 1);
}
END_TEST

START_TEST(a_step_at_startup_is_made_once)
{
	guest_us = host_us - 5000000;
	bench_command("Set_Option time.synchronize.tools.startup 1");
	bench_command("Set_Option time.synchronize.tools.startup 1");
	bench_pass(100);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 1);
}
END_TEST

START_TEST(a_clock_that_slept_is_set_if_the_host_keeps_it)
{
	guest_us = host_us - 5000000;
	bench_command("OS_Resume");
	bench_pass(1000);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 0);
	bench_command("Set_Option synctime 1");
	bench_pass(1000);
	bench->asked = 0;
	bench_command("OS_Resume");
	bench_pass(1000);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 1);
	ck_assert_int_eq(bench_last(BROKER_STEP)->step.seconds, 4);
}
END_TEST

START_TEST(who_says_no_is_heeded)
{
	guest_us = host_us - 5000000;
	bench_command("Set_Option time.synchronize.allow 0");
	bench_command("Time_Synchronize 1");
	bench_command("Set_Option time.synchronize.allow 1");
	bench->worker.settings.time_off = true;
	bench_command("Time_Synchronize 1");
	bench_pass(100);
	ck_assert_uint_eq(bench->asked, 0);
}
END_TEST

START_TEST(a_host_without_a_clock_changes_nothing)
{
	host_works = false;
	bench_command("Time_Synchronize 1");
	bench_pass(100);
	ck_assert_uint_eq(bench_asked(BROKER_STEP), 0);
}
END_TEST

START_TEST(the_emulated_hosts_clock_can_be_read)
{
	int64_t us, bound, lag;

	timesync_init(&bench->worker);
	ck_assert(bench->worker.time.host(&us, &bound, &lag));
	ck_assert_int_gt(us, 1600000000000000);
}
END_TEST

/* The bench's broker fails for a request that the real one would cut us off for. */
START_TEST(a_time_that_no_clock_can_have_changes_nothing)
{
	static const double steps[] = { 8e9, 1.2e10, 9e12, -1e9 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		timesync_init(&bench->worker);
		bench->worker.time.guest = guest_time;
		vh_lock(bench->host);
		vh_clock_step(bench->host, steps[i]);
		vh_unlock(bench->host);
		bench_command("Time_Synchronize 1");
		bench_pass(100);
		vh_lock(bench->host);
		vh_clock_step(bench->host, -steps[i]);
		vh_unlock(bench->host);
		ck_assert_msg(!bench_asked(BROKER_STEP), "%g", steps[i]);
	}
}
END_TEST

Suite *suite_timesync(void)
{
	Suite *suite = suite_create("timesync");
	TCase *tcase = tcase_create("clock");

	tcase_add_checked_fixture(tcase, start, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, rules_of_stepping);
	tcase_add_test(tcase, rules_of_slewing);
	tcase_add_test(tcase, one_step_when_the_host_asks);
	tcase_add_test(tcase, what_the_host_asks_during_a_step_is_made_after_it);
	tcase_add_test(tcase, the_loop_steps_forward_and_slews_back);
	tcase_add_test(tcase, less_than_a_step_is_slewed);
	tcase_add_test(tcase, an_ntp_client_is_not_fought);
	tcase_add_test(tcase, a_step_that_the_host_asks_for_is_made_in_spite_of_an_ntp_client);
	tcase_add_test(tcase, a_keeper_that_has_ended_is_found_out);
	tcase_add_test(tcase, switching_on_steps_either_way_if_the_host_wants_it);
	tcase_add_test(tcase, a_step_at_startup_is_made_once);
	tcase_add_test(tcase, a_clock_that_slept_is_set_if_the_host_keeps_it);
	tcase_add_test(tcase, who_says_no_is_heeded);
	tcase_add_test(tcase, a_host_without_a_clock_changes_nothing);
	tcase_add_test(tcase, the_emulated_hosts_clock_can_be_read);
	tcase_add_test(tcase, a_time_that_no_clock_can_have_changes_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
