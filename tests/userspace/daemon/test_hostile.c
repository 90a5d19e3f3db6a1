// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A host that sends what a shell, a path or a format would make something of. By itself it
 * shows that the worker survives and answers; test_daemon.py runs it under strace and
 * looks for the marker in what system calls get.
 */
#include <string.h>

#include "bench.h"
#include "vmhost/services.h"

#define MARKER "hostile-marker"

static const char *const names[] = {
	"ping", "reset", "Set_Option", "Set_Option synctime", "Set_Option guestLogLevel",
	"Set_Option broadcastIP", "Capabilities_Register", "OS_PowerOn", "OS_Resume", "OS_Suspend",
	"OS_Halt", "OS_Reboot", "Time_Synchronize", "vmbackup.start", "vmbackup.startWithOpts",
	"vmbackup.snapshotDone", "vmbackup.abort", "Vix_1_SyncDriver_Freeze",
	"Vix_1_SyncDriver_Thaw", "Resolution_Set", "DisplayTopology_Set",
	"Vix_1_Relayed_Command", "Vix_1_Get_ToolsProperties", "Vix_1_Mount_Volumes",
	"deployPkg.begin", "deployPkg.deploy", "vmsupport.start", "copypaste", "f",
	"guest.upgrader_send_cmd_line_args", "",
};

static const char *const texts[] = {
	"$(touch /tmp/" MARKER ")", "`" MARKER "`", ";" MARKER, "| " MARKER, "/" MARKER "/x",
	"../../../" MARKER, "%n%s%n" MARKER, "\x01\x7f\x1b[0m" MARKER, MARKER "\0" MARKER,
	"\"" MARKER "\"", "'" MARKER "'", MARKER "\n" MARKER, "--" MARKER,
};

static void start(void)
{
	bench_new();
	bench->worker.settings.display = true;
	bench_boot();
}

START_TEST(any_text_behind_any_command)
{
	struct vh_buf command = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
			const char *answer;

			vh_buf_clear(&command);
			vh_buf_printf(&command, "%s ", names[i]);
			vh_buf_add(&command, texts[k], strlen(texts[k]) + (k % 2));
			answer = bench_command_bytes(command.data, command.len);
			ck_assert_msg(!strncmp(answer, "OK ", 3) || !strncmp(answer, "ERROR ", 6),
				      "%s: %s", names[i], answer);
			bench->asked = 0;
		}
	}
	vh_buf_free(&command);
	bench_pass(5000);
	ck_assert(json_is_true(bench_get("tools", "running")));
}
END_TEST

START_TEST(as_long_as_a_message_can_be)
{
	static char command[65536];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(command, 'A', sizeof(command));
		memcpy(command, names[i], strlen(names[i]));
		command[strlen(names[i])] = ' ';
		bench_command_bytes(command, sizeof(command) - i);
		bench->asked = 0;
		/* Its memory is not ours for ever. */
		ck_assert_uint_le(bench->worker.tclo.in.room, 4096);
	}
}
END_TEST

/* Each of them once at each place where it can strike; then everything is as before. */
START_TEST(every_fault_of_the_channel_is_survived)
{
	static const char *const faults[] = {
		"garbage-registers", "open-refused", "cookies-refused", "bad-cookie", "closed",
		"forgotten", "fail", "cpt", "cpt-anywhere", "unsent", "status", "garbage-status",
		"hb-off", "phantom", "size-lie", "wrong-type", "reply-truncated", "reply-oversized",
		"reply-withheld", "garbage", "reset",
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		for (uint64_t after = 0; after < 12; after++) {
			const char *wrong = vh_fault_ask(bench->host, faults[i], after, 2, NULL);

			ck_assert_msg(!wrong, "%s: %s", faults[i], wrong);
			bench->worker.info.net_changed = true;
			bench_pass(8000);
			vh_lock(bench->host);
			vh_faults_clear(bench->host);
			vh_unlock(bench->host);
			/* Back within the host's own patience for a heartbeat, at most 30 s. */
			bench_pass(20000);
			ck_assert_msg(tclo_up(&bench->worker.tclo), "%s", faults[i]);
			ck_assert_msg(json_is_true(bench_get("tools", "running")), "%s after %d",
				      faults[i], (int)after);
			bench->asked = 0;
		}
	}
	expect_text(bench_command("ping"), "OK ");
}
END_TEST

Suite *suite_hostile(void)
{
	Suite *suite = suite_create("hostile");
	TCase *tcase = tcase_create("host");

	tcase_add_checked_fixture(tcase, start, bench_free);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, any_text_behind_any_command);
	tcase_add_test(tcase, as_long_as_a_message_can_be);
	tcase_add_test(tcase, every_fault_of_the_channel_is_survived);
	suite_add_tcase(suite, tcase);
	return suite;
}
