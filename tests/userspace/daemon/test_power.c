// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Soft power operations: scripts, what the host hears, and what follows.
 */
#include <unistd.h>

#include "bench.h"
#include "vmhost/services.h"

static void start(void)
{
	bench_new();
	bench_boot();
	bench->asked = 0;
}

/* Whether the host was told, and what. */
static void expect_status(unsigned int id, bool ok)
{
	const struct vh_power *power = &bench->host->services->power;

	ck_assert_uint_eq(power->last, id);
	ck_assert_int_eq(power->last_ok, ok);
}

START_TEST(shutdown_runs_the_script_then_goes_down)
{
	bench->hold[BROKER_SCRIPT] = true;
	expect_text(bench_command("OS_Halt"), "OK ");
	ck_assert_uint_eq(bench_last(BROKER_SCRIPT)->script, BROKER_SCRIPT_POWEROFF);
	ck_assert_uint_eq(bench_asked(BROKER_POWER), 0);
	bench_answer(BROKER_SCRIPT, 0);
	bench_pass(200);
	expect_status(POWER_HALT, true);
	ck_assert_uint_eq(bench_last(BROKER_POWER)->power, BROKER_POWER_OFF);
}
END_TEST

START_TEST(a_failed_script_stops_it_once)
{
	bench->result[BROKER_SCRIPT] = 1;
	expect_text(bench_command("OS_Reboot"), "OK ");
	bench_pass(200);
	expect_status(POWER_REBOOT, false);
	ck_assert_uint_eq(bench_asked(BROKER_POWER), 0);
	expect_text(bench_command("OS_Reboot"), "OK ");
	bench_pass(200);
	expect_status(POWER_REBOOT, true);
	ck_assert_uint_eq(bench_last(BROKER_POWER)->power, BROKER_REBOOT);
}
END_TEST

START_TEST(another_operation_forgets_the_failure)
{
	bench->result[BROKER_SCRIPT] = 1;
	bench_command("OS_Halt");
	bench_pass(200);
	bench_command("OS_Reboot");
	bench_pass(200);
	expect_status(POWER_REBOOT, false);
	ck_assert_uint_eq(bench_asked(BROKER_POWER), 0);
}
END_TEST

START_TEST(two_at_once_are_refused)
{
	bench->hold[BROKER_SCRIPT] = true;
	expect_text(bench_command("OS_Suspend"), "OK ");
	expect_text(bench_command("OS_Halt"), "ERROR State change already in progress");
	bench_answer(BROKER_SCRIPT, 0);
	bench_pass(200);
	expect_status(POWER_SUSPEND, true);
	ck_assert_uint_eq(bench_asked(BROKER_POWER), 0);
}
END_TEST

START_TEST(a_script_that_the_host_does_not_want_is_not_run)
{
	bench_command("Set_Option toolScripts.beforePowerOff 0");
	expect_text(bench_command("OS_Halt"), "OK ");
	bench_pass(200);
	ck_assert_uint_eq(bench_asked(BROKER_SCRIPT), 0);
	ck_assert_uint_eq(bench_asked(BROKER_POWER), 1);
	expect_status(POWER_HALT, true);
}
END_TEST

START_TEST(heartbeat_goes_on_while_a_script_runs_for_a_minute)
{
	bench->hold[BROKER_SCRIPT] = true;
	bench_command("OS_Suspend");
	bench_pass(60000);
	ck_assert(json_is_true(bench_get("tools", "running")));
	ck_assert(bench->host->services->tools.longest_gap < 2);
	/* The host may abort: it is looked for often. */
	ck_assert_uint_le(bench->worker.tclo.pause, 100);
	bench_answer(BROKER_SCRIPT, 0);
}
END_TEST

START_TEST(resume_tells_everything_again)
{
	uint64_t before = bench->worker.info.sent_count;

	bench_pass(5000);
	expect_text(bench_command("OS_Resume"), "OK ");
	bench_pass(2000);
	ck_assert_uint_gt(bench->worker.info.sent_count, before + 3);
	expect_status(POWER_RESUME, true);
}
END_TEST

START_TEST(a_resume_is_one_whatever_its_script_says)
{
	uint64_t before;

	bench_pass(5000);
	bench_command("Set_Option synctime 1");
	bench_pass(1000);
	bench->asked = 0;
	bench->hold[BROKER_SCRIPT] = true;
	expect_text(bench_command("OS_Resume"), "OK ");
	bench_pass(1000);
	/* The clock is looked at before a script that may need it. */
	ck_assert_uint_eq(bench_asked(BROKER_CLOCK), 1);
	before = bench->worker.info.sent_count;
	bench_answer(BROKER_SCRIPT, 1);
	bench_pass(2000);
	expect_status(POWER_RESUME, false);
	ck_assert_uint_gt(bench->worker.info.sent_count, before + 3);
}
END_TEST

START_TEST(a_broker_that_is_gone_is_a_failure_and_not_a_hang)
{
	close(bench->broker);
	bench->broker = -1;
	bench_pass(0);
	ck_assert(bench->worker.failed && bench->worker.loop.stop);
}
END_TEST

Suite *suite_power(void)
{
	Suite *suite = suite_create("power");
	TCase *tcase = tcase_create("operations");

	tcase_add_checked_fixture(tcase, start, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, shutdown_runs_the_script_then_goes_down);
	tcase_add_test(tcase, a_failed_script_stops_it_once);
	tcase_add_test(tcase, another_operation_forgets_the_failure);
	tcase_add_test(tcase, two_at_once_are_refused);
	tcase_add_test(tcase, a_script_that_the_host_does_not_want_is_not_run);
	tcase_add_test(tcase, heartbeat_goes_on_while_a_script_runs_for_a_minute);
	tcase_add_test(tcase, resume_tells_everything_again);
	tcase_add_test(tcase, a_resume_is_one_whatever_its_script_says);
	tcase_add_test(tcase, a_broker_that_is_gone_is_a_failure_and_not_a_hang);
	suite_add_tcase(suite, tcase);
	return suite;
}
