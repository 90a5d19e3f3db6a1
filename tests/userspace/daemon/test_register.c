// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * How the host gets to know the guest, keeps hearing of it, and what it is answered.
 */
#include <string.h>

#include "bench.h"
#include "vmhost/services.h"

START_TEST(a_boot_registers_everything)
{
	bench_boot();
	expect_text(bench_text("tools", "name"), "toolbox");
	ck_assert(json_is_true(bench_get("tools", "running")));
	ck_assert_uint_eq(bench->host->services->tools.shown.version, 12 << 10 | 3 << 5 | 5);
	ck_assert_uint_eq(bench->host->services->tools.shown.type, 4);
	ck_assert_int_eq(bench->worker.resets, 1);
}
END_TEST

START_TEST(a_host_without_versiontype_gets_the_unmanaged_version)
{
	struct vh_buf unknown = { 0 };

	vh_buf_printf(&unknown, "0 Unknown command");
	ck_assert_ptr_null(vh_rpci_override(bench->host, "tools.set.versiontype", &unknown));
	vh_buf_free(&unknown);
	bench_boot();
	ck_assert_uint_eq(bench->host->services->tools.shown.version, 2147483647);
}
END_TEST

START_TEST(the_version_is_told_as_the_administrator_wants_it)
{
	bench->worker.settings.disable_version = true;
	bench_boot();
	ck_assert(bench->worker.registered);
	ck_assert_uint_eq(bench->host->services->tools.shown.version, 0);
	bench->worker.settings.disable_version = false;
	bench->worker.settings.hide_version = true;
	expect_text(bench_command("Capabilities_Register"), "OK ");
	ck_assert_uint_eq(bench->host->services->tools.shown.version, 2147483647);
	ck_assert_uint_eq(bench->host->services->tools.shown.type, 4);
}
END_TEST

START_TEST(each_known_option_is_accepted_and_no_other)
{
	static const char *const good[] = {
		"broadcastIP 0", "synctime 0", "synctime.period 60", "time.synchronize.allow 1",
		"time.synchronize.tools.enable 0", "time.synchronize.tools.startup 0",
		"time.synchronize.tools.startup.backward 1",
		"time.synchronize.tools.slewCorrection 1",
		"time.synchronize.tools.percentCorrection 100",
		"time.synchronize.guest.resync 1", "time.synchronize.guest.resync.timeout 30",
		"toolScripts.afterPowerOn 1", "toolScripts.afterResume 0",
		"toolScripts.beforeSuspend 1", "toolScripts.beforePowerOff 0",
		"guestLogLevel info", "copypaste 1", "autohide 0", "enableDnD 1",
		"mapRootHgfsShare 0", "linkRootHgfsShare 0", "enableMessageBusTunnel 0",
		"enableAppInfo 1", "enableGuestStoreAccess 0", "enableDeviceHelper 1",
	};
	static const char *const bad[] = {
		"", "x 1", "synctime", "synctime 2", "synctime yes", "synctime.period -1",
		"time.synchronize.tools.percentCorrection 101", "copypaste x", "time.synchronize.x 1",
	};
	char line[128];

	bench_boot();
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(line, sizeof(line), "Set_Option %s", good[i]);
		ck_assert_msg(!strcmp(bench_command(line), "OK "), "%s", line);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "Set_Option %s", bad[i]);
		ck_assert_msg(!strcmp(bench_command(line), "ERROR Unknown or invalid option"),
			      "%s", line);
	}
	ck_assert(!bench->worker.power.script[POWER_REBOOT]);
	ck_assert(bench->worker.power.script[POWER_ON]);
}
END_TEST

static json_int_t host_lines(void)
{
	return bench_number("log", "count");
}

START_TEST(the_host_says_how_much_it_wants_in_its_log)
{
	static const struct {
		const char *level;
		unsigned int info, warning;
	} cases[] = {
		{ "warning", 0, 1 }, { "error", 0, 0 }, { "debug", 1, 1 }, { "Info", 1, 1 },
		{ "what nobody knows, and too long", 1, 1 }, { "critical", 0, 0 }, { "loud", 0, 0 },
	};
	char line[128];

	bench_boot();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_int_t before;

		snprintf(line, sizeof(line), "Set_Option guestLogLevel %s", cases[i].level);
		expect_text(bench_command(line), "OK ");
		before = host_lines();
		host_log(&bench->worker, LOG_INFO, "something");
		ck_assert_int_eq(host_lines() - before, cases[i].info);
		before = host_lines();
		host_log(&bench->worker, LOG_WARNING, "something");
		ck_assert_int_eq(host_lines() - before, cases[i].warning);
	}
}
END_TEST

START_TEST(what_is_not_known_is_answered_as_that)
{
	bench_boot();
	expect_text(bench_command("dnd.ready enable"), "ERROR Unknown Command");
	expect_text(bench_command("unity.enter"), "ERROR Unknown Command");
	expect_text(bench_command("vmbackup"), "ERROR Unknown Command");
	expect_text(bench_command(" x"), "ERROR Bad command");
	expect_text(bench_command_bytes("", 1), "ERROR Bad command");
	expect_text(bench_command_bytes("ping\0x", 6), "OK ");
	expect_text(bench_command("ping "), "OK ");
}
END_TEST

START_TEST(idle_guests_look_once_a_second)
{
	uint64_t before;

	bench_boot();
	bench_pass(70000);
	before = bench->worker.tclo.looks;
	bench_pass(60000);
	ck_assert_uint_le(bench->worker.tclo.looks - before, 61);
	ck_assert_uint_ge(bench->worker.tclo.looks - before, 58);
	ck_assert(json_is_true(bench_get("tools", "running")));
	expect_text(bench_text("tools", "heartbeat.status"), "green");
}
END_TEST

START_TEST(a_closed_channel_is_opened_again_and_all_is_told_anew)
{
	json_int_t before;

	bench_boot();
	bench_pass(5000);
	before = bench_number("guest", "updates");
	vh_lock(bench->host);
	vh_channels_close(bench->host, 0);
	vh_unlock(bench->host);
	bench_pass(5000);
	/* Name, build, system, network, disks, uptime: at the least. */
	ck_assert_int_ge(bench_number("guest", "updates") - before, 6);
	ck_assert_int_eq(bench->worker.resets, 2);
	ck_assert(bench->worker.registered);
	ck_assert(json_is_true(bench_get("tools", "running")));
}
END_TEST

START_TEST(a_host_without_a_channel_is_asked_again_and_again)
{
	uint64_t before;

	bench_boot();
	vh_lock(bench->host);
	ck_assert_ptr_null(vh_fault_ask(bench->host, "open-refused", 0, 1000000, NULL));
	vh_channels_close(bench->host, 0);
	vh_unlock(bench->host);
	bench_pass(600000);
	ck_assert(!tclo_up(&bench->worker.tclo));
	before = bench->worker.tclo.errors;
	bench_pass(100000);
	/* Often enough for the watchdog, and no more. */
	ck_assert_uint_ge(bench->worker.tclo.errors - before, 9);
	ck_assert_uint_le(bench->worker.tclo.errors - before, 11);
	vh_lock(bench->host);
	vh_faults_clear(bench->host);
	vh_unlock(bench->host);
	bench_pass(12000);
	ck_assert(json_is_true(bench_get("tools", "running")));
}
END_TEST

START_TEST(pauses_double_to_their_cap)
{
	unsigned int pause = 0;
	static const unsigned int fast[] = { 10, 20, 40, 50, 50, 50 };
	static const unsigned int idle[] = { 10, 20, 40, 80, 1000, 1000 };

	for (size_t i = 0; i < 6; i++) {
		pause = tclo_pause(pause, true);
		ck_assert_uint_eq(pause, fast[i]);
	}
	pause = 0;
	for (size_t i = 0; i < 6; i++) {
		pause = tclo_pause(pause, false);
		ck_assert_uint_eq(pause, idle[i]);
	}
}
END_TEST

START_TEST(a_leave_taken_shows_as_not_running)
{
	bench_boot();
	tclo_stop(&bench->worker.tclo);
	vh_lock(bench->host);
	vh_services_tick(bench->host);
	vh_unlock(bench->host);
	expect_text(bench_text("tools", "heartbeat.status"), "gray");
}
END_TEST

START_TEST(screens_reach_the_broker_as_numbers)
{
	const struct broker_request *request;

	bench->worker.settings.display = true;
	bench_boot();
	expect_text(bench_command("Resolution_Set 1718 888"), "OK ");
	request = bench_last(BROKER_DISPLAY);
	ck_assert_uint_eq(request->display.count, 1);
	ck_assert_uint_eq(request->display.screen[0].width, 1718);
	expect_text(bench_command("DisplayTopology_Set 2 , -800 0 800 600 , 0 -10 1024 768"), "OK ");
	request = bench_last(BROKER_DISPLAY);
	ck_assert_int_eq(request->display.screen[0].x, 0);
	ck_assert_int_eq(request->display.screen[0].y, 10);
	ck_assert_int_eq(request->display.screen[1].x, 800);
	ck_assert_int_eq(request->display.screen[1].y, 0);
	expect_text(bench_command("Resolution_Set 0 888"), "ERROR Invalid arguments");
	expect_text(bench_command("Resolution_Set 99999 888"), "ERROR Invalid arguments");
	expect_text(bench_command("Resolution_Set 1 2 3"), "ERROR Invalid arguments");
	expect_text(bench_command("DisplayTopology_Set 9 , 0 0 1 1"), "ERROR Invalid arguments");
	expect_text(bench_command("DisplayTopology_Set 2 , 0 0 1 1"), "ERROR Invalid arguments");
	ck_assert_uint_eq(bench_asked(BROKER_DISPLAY), 2);
}
END_TEST

START_TEST(what_is_no_screen_reaches_nobody)
{
	static const char *const bad[] = {
		"Resolution_Set", "Resolution_Set ", "Resolution_Set 640", "Resolution_Set 640 ",
		"Resolution_Set -640 480", "Resolution_Set 640x480", "Resolution_Set 640,480",
		"Resolution_Set 16385 480", "Resolution_Set 18446744073709551616 480",
		"Resolution_Set 0x280 480", "Resolution_Set 640.0 480",
		"DisplayTopology_Set", "DisplayTopology_Set 0", "DisplayTopology_Set -1 , 0 0 1 1",
		"DisplayTopology_Set 1", "DisplayTopology_Set 1 ,", "DisplayTopology_Set 1 0 0 1 1",
		"DisplayTopology_Set 1 , 0 0 1", "DisplayTopology_Set 1 , 0 0 0 1",
		"DisplayTopology_Set 1 , 0 0 1 -1", "DisplayTopology_Set 1 , a b c d",
		"DisplayTopology_Set 1 , 0 0 4294967297 1", "DisplayTopology_Set 1 ,, 0 0 1 1",
		"DisplayTopology_Set 2 , -2000000 0 1 1 , 0 0 1 1",
		/* Further apart than a screen can be from the first. */
		"DisplayTopology_Set 2 , -9000 0 1 1 , 9000 0 1 1",
	};

	bench->worker.settings.display = true;
	bench_boot();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!strcmp(bench_command(bad[i]), "ERROR Invalid arguments"), "%s", bad[i]);
	ck_assert_uint_eq(bench_asked(BROKER_DISPLAY), 0);
	expect_text(bench_command("DisplayTopology_Set 1,0 0 640 480"), "OK ");
	expect_text(bench_command("DisplayTopology_Set 1 , 0 0 640 480 ,"), "OK ");
	/* A driver that is not there is no business of the host's. */
	bench->result[BROKER_DISPLAY] = -19;
	expect_text(bench_command("Resolution_Set 640 480"), "OK ");
	bench->worker.settings.display = false;
	expect_text(bench_command("Resolution_Set 640 480"), "ERROR Unknown Command");
	expect_text(bench_command("DisplayTopology_Set 1 , 0 0 640 480"), "ERROR Unknown Command");
	ck_assert_uint_eq(bench_asked(BROKER_DISPLAY), 3);
}
END_TEST

Suite *suite_register(void)
{
	Suite *suite = suite_create("register");
	TCase *tcase = tcase_create("host");

	tcase_add_checked_fixture(tcase, bench_new, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_boot_registers_everything);
	tcase_add_test(tcase, a_host_without_versiontype_gets_the_unmanaged_version);
	tcase_add_test(tcase, the_version_is_told_as_the_administrator_wants_it);
	tcase_add_test(tcase, each_known_option_is_accepted_and_no_other);
	tcase_add_test(tcase, the_host_says_how_much_it_wants_in_its_log);
	tcase_add_test(tcase, what_is_not_known_is_answered_as_that);
	tcase_add_test(tcase, idle_guests_look_once_a_second);
	tcase_add_test(tcase, a_closed_channel_is_opened_again_and_all_is_told_anew);
	tcase_add_test(tcase, a_host_without_a_channel_is_asked_again_and_again);
	tcase_add_test(tcase, pauses_double_to_their_cap);
	tcase_add_test(tcase, a_leave_taken_shows_as_not_running);
	tcase_add_test(tcase, screens_reach_the_broker_as_numbers);
	tcase_add_test(tcase, what_is_no_screen_reaches_nobody);
	suite_add_tcase(suite, tcase);
	return suite;
}
