// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Commands to the guest, from a client's request through the message channel to the guest's
 * answer: the script of a boot, state changes, backups, heartbeat, and what is lost on the way.
 */
#include "suite.h"
#include "talk.h"
#include "../vix.h"

#include <string.h>

static struct talk *talk;

static void setup(void)
{
	talk = talk_new(NULL);
}

static void teardown(void)
{
	talk_free(talk);
}

static void expect_command(const char *answer, const char *command)
{
	const char *got = talk_poll(talk, answer);

	EXPECT_MSG(!strcmp(got, command), "got «%s», not «%s»", got, command);
}

/* The answer that has come by now. */
static void expect_answer(bool ok, const char *key, const char *value)
{
	json_t *answer = talk_hear(talk);

	EXPECT_MSG(answer, "no answer");
	EXPECT_MSG(json_is_true(json_object_get(answer, "ok")) == ok, "%s",
		   talk_text(answer, "error"));
	EXPECT_MSG(!key || strstr(talk_text(answer, key), value), "%s", talk_text(answer, key));
	json_decref(answer);
}

static void ask_ok(const char *line)
{
	talk_say(talk, line);
	expect_answer(true, NULL, NULL);
}

static const char *tools(const char *path)
{
	return json_string_value(talk_get(talk, "tools", path)) ?: "(none)";
}

static void no_script(void)
{
	ask_ok("{\"do\": \"set\", \"what\": \"script\", \"value\": []}");
	expect_command("", "");
}

START_TEST(a_boot_as_a_host_does_it)
{
	static const char *const script[] = {
		"ping", "Set_Option broadcastIP 0", "Set_Option synctime 0",
		"Set_Option time.synchronize.tools.startup 1",
		"Set_Option time.synchronize.tools.slewCorrection 1",
		"Set_Option time.synchronize.tools.percentCorrection 50",
		"Set_Option toolScripts.afterPowerOn 1", "Set_Option toolScripts.afterResume 1",
		"Set_Option toolScripts.beforeSuspend 1", "Set_Option toolScripts.beforePowerOff 1",
		"Set_Option enableDnD 1", "Set_Option copypaste 1", "Set_Option autohide 0",
		"Set_Option enableMessageBusTunnel 0", "Set_Option mapRootHgfsShare 0",
		"Set_Option linkRootHgfsShare 0", "Capabilities_Register", "OS_PowerOn",
	};

	talk->guest->hb = _i;
	expect_command("", "reset");
	expect_command("OK ATR toolbox", script[0]);
	for (size_t i = 1; i < ARRAY_SIZE(script); i++)
		expect_command("OK ", script[i]);
	EXPECT(!strncmp(talk_poll(talk, "OK "), "Vix_1_Relayed_Command \"", 23));
	EXPECT(!strcmp(tools("runningStatus"), "guestToolsExecutingScripts"));
	EXPECT(!strcmp(talk_rpci(talk, "tools.os.statechange.status 1 3"), "1 "));
	expect_command("OK 0 0 ", "Set_Option broadcastIP 1");
	expect_command("ERROR Unable to find guest IP address", "");
	EXPECT(!strcmp(tools("runningStatus"), "guestToolsRunning"));
	EXPECT(!strcmp(tools("heartbeat.status"), "green"));
}
END_TEST

START_TEST(a_client_hears_of_the_boot)
{
	json_t *answer;

	talk_say(talk, "{\"id\": 7, \"do\": \"wait\", \"event\": \"tools\", \"match\": "
		       "{\"running\": true, \"name\": \"tool*\"}}");
	EXPECT(!talk_hear(talk));
	EXPECT_EQ(talk_boot(talk), 21);
	answer = talk_hear(talk);
	EXPECT_EQ(json_integer_value(json_object_get(answer, "id")), 7);
	EXPECT(!strcmp(talk_text(json_object_get(answer, "event"), "name"), "toolbox"));
	json_decref(answer);
}
END_TEST

START_TEST(power_on_is_said_once)
{
	EXPECT_EQ(talk_boot(talk), 21);
	EXPECT(guest_close(talk->guest, &talk->tclo));
	talk->tclo.cookie_high = 0;
	EXPECT_EQ(talk_boot(talk), 20);		/* without OS_PowerOn */
	vh_machine_reset(talk->host);
	talk->tclo.cookie_high = 0;
	EXPECT_EQ(talk_boot(talk), 21);
}
END_TEST

START_TEST(a_resume_begins_anew)
{
	const char *command;
	bool resumed = false;

	talk_boot(talk);
	ask_ok("{\"do\": \"resume\", \"away\": 3600}");
	expect_command("", "reset");
	for (command = talk_poll(talk, "OK ATR toolbox"); *command; command = talk_poll(talk, "OK ")) {
		resumed |= !strcmp(command, "OS_Resume");
		EXPECT(strcmp(command, "OS_PowerOn"));
	}
	EXPECT(resumed);
	ck_assert_double_eq_tol(json_number_value(talk_get(talk, "time", "offset")), 3600, 0.001);
	ask_ok("{\"do\": \"reset\"}");
	expect_command("", "reset");
	ask_ok("{\"do\": \"reset\"}");		/* in the middle of the script */
	expect_command("OK ATR toolbox", "reset");
	ask_ok("{\"do\": \"fault\", \"name\": \"reset\"}");
	expect_command("OK ATR toolbox", "reset");
	expect_command("OK ATR toolbox", "ping");
}
END_TEST

START_TEST(a_migration_loses_the_channel)
{
	talk_boot(talk);
	ask_ok("{\"do\": \"migrate\"}");
	EXPECT(!guest_send(talk->guest, &talk->tclo, "", 0));
	EXPECT(json_is_false(talk_get(talk, "tools", "channel")));
	talk->tclo.cookie_high = 0;
	expect_command("", "reset");
}
END_TEST

START_TEST(a_client_sends_commands)
{
	no_script();
	talk_say(talk, "{\"id\": 1, \"do\": \"tclo\", \"command\": \"ping\"}");
	talk_say(talk, "{\"id\": 2, \"do\": \"tclo\", \"command64\": \"eAD/\"}");
	EXPECT(!talk_hear(talk));
	expect_command("", "ping");
	talk_poll(talk, "OK pong");
	EXPECT(talk->reply.len == 3 && !memcmp(talk->reply.data, "x\0\xff", 3));
	expect_answer(true, "reply", "OK pong");
	talk_round(talk, "OK \xff", 4);
	expect_answer(true, "reply64", "T0sg/w==");
	expect_command("", "");
}
END_TEST

START_TEST(a_client_asks_for_a_state_change)
{
	no_script();
	talk_say(talk, "{\"do\": \"power\", \"op\": \"shutdown\"}");
	expect_command("", "OS_Halt");
	EXPECT(!strcmp(talk_rpci(talk, "tools.os.statechange.status 1 1"), "1 "));
	expect_command("OK ", "");
	expect_answer(true, "reply", "OK ");
	EXPECT(!strcmp(tools("runningStatus"), "guestToolsRunning"));	/* the status came first */
	talk_say(talk, "{\"do\": \"power\", \"op\": \"suspend\"}");
	expect_command("", "OS_Suspend");
	expect_command("ERROR State change already in progress", "");
	expect_answer(true, "reply", "ERROR State change");
	EXPECT(!strcmp(tools("runningStatus"), "guestToolsRunning"));
}
END_TEST

START_TEST(without_an_answer_in_time)
{
	no_script();
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"slow\", \"timeout\": 50}");
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"queued\", \"timeout\": 50}");
	expect_command("", "slow");
	talk_pass(talk, 30);
	EXPECT(!talk_hear(talk));
	talk_pass(talk, 30);
	expect_answer(false, "error", "no answer in time");
	expect_answer(false, "error", "no answer in time");
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"next\"}");
	expect_command("OK late", "next");
	EXPECT(!talk_hear(talk));
	expect_command("OK good", "");
	expect_answer(true, "reply", "OK good");
	EXPECT_EQ(json_integer_value(talk_get(talk, "tclo", "late")), 1);
}
END_TEST

START_TEST(what_the_guest_took_is_not_sent_again)
{
	no_script();
	talk_say(talk, "{\"do\": \"power\", \"op\": \"shutdown\"}");
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"ping\"}");
	expect_command("", "OS_Halt");
	EXPECT(guest_close(talk->guest, &talk->tclo));
	expect_answer(false, "error", "closed before the answer");
	talk->tclo.cookie_high = 0;
	expect_command("", "ping");	/* that one it did not take */
	expect_command("", "");
	expect_answer(false, "error", "polled on without an answer");
}
END_TEST

START_TEST(what_the_guest_refuses_is_offered_again)
{
	struct vh_regs regs;

	no_script();
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"ping\"}");
	for (int i = 0; i < 3; i++) {
		EXPECT(!talk_hear(talk));
		regs = (struct vh_regs){ 0 };
		EXPECT(guest_request(talk->guest, &talk->tclo, BACKDOOR_MSG_RECVSIZE, &regs) &
		       BACKDOOR_STATUS_DORECV);
		regs = (struct vh_regs){ 0 };
		guest_request(talk->guest, &talk->tclo, BACKDOOR_MSG_RECVPAYLOAD, &regs);
	}
	expect_answer(false, "error", "did not take");
	expect_command("", "");
}
END_TEST

START_TEST(a_checkpoint_loses_nothing)
{
	no_script();
	for (int after = 0; after < 4; after++) {
		char line[80];

		ask_ok("{\"do\": \"fault\", \"clear\": true}");
		snprintf(line, sizeof(line), "{\"do\": \"fault\", \"name\": \"cpt\", \"after\": %d}", after);
		ask_ok(line);
		talk_say(talk, "{\"do\": \"tclo\", \"command\": \"Capabilities\"}");
		expect_command("", "Capabilities");
		expect_command("OK done", "");
		expect_answer(true, "reply", "OK done");
	}
}
END_TEST

START_TEST(a_reset_of_the_machine_ends_commands)
{
	no_script();
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"one\"}");
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"two\"}");
	expect_command("", "one");
	vh_machine_reset(talk->host);
	expect_answer(false, "error", "closed");
	expect_answer(false, "error", "closed");
}
END_TEST

START_TEST(a_client_that_goes_leaves_its_command)
{
	no_script();
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"one\"}");
	talk_say(talk, "{\"do\": \"tclo\", \"command\": \"two\"}");
	expect_command("", "one");
	vh_lock(talk->host);
	vh_client_free(talk->host, talk->client);
	vh_unlock(talk->host);
	talk->client = vh_client_new(-1);
	expect_command("OK ", "two");
	expect_command("OK ", "");
	EXPECT(!talk_hear(talk));
}
END_TEST

START_TEST(options_reach_the_guest)
{
	no_script();
	ask_ok("{\"do\": \"set\", \"what\": \"option\", \"name\": \"synctime\", \"value\": \"1\"}");
	expect_command("", "Set_Option synctime 1");
	EXPECT(!strcmp(talk_rpci(talk, "vmx.set_option synctime 1 0"), "1 "));
	expect_command("OK ", "Set_Option synctime 0");
}
END_TEST

START_TEST(screens_and_time)
{
	static const struct {
		const char *line, *command;
	} cases[] = {
		{ "{\"do\": \"resolution\", \"width\": 800, \"height\": 600}", "Resolution_Set 800 600" },
		{ "{\"do\": \"topology\", \"screens\": [[0, 0, 800, 600], [800, 0, 640, 480]]}",
		  "DisplayTopology_Set 2 , 0 0 800 600 , 800 0 640 480" },
		{ "{\"do\": \"time\", \"op\": \"sync\"}", "Time_Synchronize 1" },
		{ "{\"do\": \"time\", \"op\": \"sync\", \"backwards\": false}", "Time_Synchronize 0" },
		{ "{\"do\": \"power\", \"op\": \"reboot\"}", "OS_Reboot" },
		{ "{\"do\": \"power\", \"op\": \"poweron\"}", "OS_PowerOn" },
		{ "{\"do\": \"power\", \"op\": \"resume\"}", "OS_Resume" },
		{ "{\"do\": \"quiesce\", \"op\": \"abort\"}", "vmbackup.abort" },
		{ "{\"do\": \"quiesce\", \"op\": \"done\"}", "vmbackup.snapshotDone" },
		{ "{\"do\": \"quiesce\", \"op\": \"completed\"}", "vmbackup.snapshotCompleted" },
	};

	no_script();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		talk_say(talk, cases[i].line);
		expect_command("", cases[i].command);
		expect_command("OK ", "");
		expect_answer(true, "reply", "OK ");
	}
}
END_TEST

START_TEST(the_heartbeat_is_polling)
{
	json_t *event;

	EXPECT(!strcmp(tools("heartbeat.status"), "gray"));
	no_script();
	EXPECT(!strcmp(tools("heartbeat.status"), "green"));
	talk_pass(talk, 5);
	EXPECT(!strcmp(tools("heartbeat.status"), "green"));
	talk_pass(talk, 10);
	EXPECT(!strcmp(tools("heartbeat.status"), "yellow"));
	EXPECT(!strcmp(tools("runningStatus"), "guestToolsRunning"));
	talk_pass(talk, 20);
	EXPECT(!strcmp(tools("heartbeat.status"), "red"));
	EXPECT(!strcmp(tools("runningStatus"), "guestToolsNotRunning"));
	event = talk_event(talk, "tools");
	EXPECT(json_is_false(json_object_get(event, "running")));
	json_decref(event);
	expect_command("", "");
	EXPECT(!strcmp(tools("heartbeat.status"), "green"));
	event = talk_event(talk, "poll");
	EXPECT(json_real_value(json_object_get(event, "silence")) > 30);
	json_decref(event);
	EXPECT(json_real_value(talk_get(talk, "tools", "heartbeat.longestGap")) > 30);
	EXPECT(guest_close(talk->guest, &talk->tclo));
	EXPECT(!strcmp(tools("heartbeat.status"), "gray"));	/* it has gone in order */
}
END_TEST

START_TEST(a_dead_guest_stays_red)
{
	no_script();
	talk_pass(talk, 31);
	talk_pass(talk, 60);	/* the channel is dropped for its silence */
	EXPECT(json_is_false(talk_get(talk, "tools", "channel")));
	EXPECT(!strcmp(tools("heartbeat.status"), "red"));
}
END_TEST

START_TEST(a_backup)
{
	json_int_t said;
	json_t *event;

	no_script();
	ck_assert_double_eq(json_number_value(talk_get(talk, "quiesce", "silenceAfter")), 5);
	ask_ok("{\"do\": \"set\", \"what\": \"config\", \"name\": \"vmhost.quiesce.silence\", \"value\": 20}");
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\", \"auto\": false, \"volumes\": \"/srv\"}");
	EXPECT(!strcmp(talk_rpci(talk, "vmbackup.eventSet reset 0 "), "1 "));
	expect_command("", "vmbackup.start 0 /srv");
	expect_command("OK ", "");
	expect_answer(true, "reply", "OK ");
	EXPECT(!strcmp(talk_rpci(talk, "vmbackup.eventSet prov.snapshotCommit 0 a text"), "1 "));
	EXPECT(!strcmp(json_string_value(talk_get(talk, "quiesce", "state")), "frozen"));
	expect_command("", "");		/* the client takes its time */
	talk_pass(talk, 10);
	EXPECT(!strcmp(talk_rpci(talk, "vmbackup.eventSet req.keepAlive 0"), "1 "));
	talk_pass(talk, 10);
	event = talk_event(talk, "backup");
	EXPECT(!strcmp(talk_text(event, "what"), "req.keepAlive"));
	json_decref(event);
	talk_pass(talk, 10);
	event = talk_event(talk, "backup");
	EXPECT(!strcmp(talk_text(event, "what"), "host.silence"));
	said = json_integer_value(json_object_get(event, "seq"));
	json_decref(event);
	talk_pass(talk, 1);	/* which is said once */
	event = talk_event(talk, "backup");
	EXPECT_EQ(json_integer_value(json_object_get(event, "seq")), said);
	json_decref(event);
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"done\"}");
	expect_command("", "vmbackup.snapshotDone");
	expect_command("OK ", "");
	expect_answer(true, "reply", "OK ");
	EXPECT(!strcmp(talk_rpci(talk, "vmbackup.eventSet req.done 0"), "1 "));
	EXPECT(!strcmp(json_string_value(talk_get(talk, "quiesce", "state")), "idle"));
	EXPECT_EQ(json_array_size(talk_get(talk, "quiesce", "events")), 4);
	EXPECT(!strcmp(json_string_value(talk_get(talk, "quiesce", "events.1.description")), "a text"));
}
END_TEST

START_TEST(a_backup_by_itself)
{
	no_script();
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\", \"manifest\": true}");
	expect_command("", "vmbackup.start 1");
	expect_command("OK ", "");
	expect_answer(true, "reply", "OK ");
	EXPECT(!strcmp(talk_rpci(talk, "vmbackup.eventSet prov.snapshotCommit 0"), "1 "));
	expect_command("", "vmbackup.snapshotDone");
	expect_command("OK ", "");
	EXPECT(!strcmp(talk_rpci(talk, "vmbackup.eventSet req.done 0"), "1 "));
}
END_TEST

START_TEST(a_backup_that_does_not_begin_or_end)
{
	no_script();
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\"}");
	expect_command("", "vmbackup.start 0");
	expect_command("ERROR Quiesce operation already in progress.", "");
	expect_answer(true, "reply", "ERROR");
	EXPECT(!strcmp(json_string_value(talk_get(talk, "quiesce", "state")), "idle"));

	ask_ok("{\"do\": \"set\", \"what\": \"config\", \"name\": \"vmhost.quiesce.limit\", \"value\": 60}");
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\"}");
	expect_command("", "vmbackup.start 0");
	expect_command("OK ", "");
	expect_answer(true, "reply", "OK ");
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\"}");
	expect_answer(false, "error", "under way");
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\", \"force\": true}");
	expect_command("", "vmbackup.start 0");
	expect_command("ERROR Quiesce operation already in progress.", "");
	expect_answer(true, "reply", "ERROR");
	talk_pass(talk, 61);
	expect_command("", "vmbackup.abort");
}
END_TEST

START_TEST(a_backup_with_options)
{
	static const char options[] =
		"vmbackup.startWithOpts \0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"
		"\0\0\0\3abc\0\0\0\0\170\0\0\0\0";

	no_script();
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\", \"options\": true, \"quiesceFS\": true, "
		       "\"execScripts\": true, \"scriptArg\": \"abc\", \"limit\": 120}");
	talk_poll(talk, "");
	EXPECT_EQ(talk->reply.len, sizeof(options) - 1);
	EXPECT(!memcmp(talk->reply.data, options, sizeof(options) - 1));
	expect_command("ERROR Incompatible quiesce parameter version", "");
	expect_answer(true, "reply", "Incompatible");
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\", \"options\": true, \"version\": 2}");
	talk_poll(talk, "");
	EXPECT_EQ(talk->reply.len, 23 + 4 * 14);
	talk_say(talk, "{\"do\": \"quiesce\", \"op\": \"start\", \"options\": true, \"scriptArg\": 1, \"force\": true}");
	expect_answer(false, "error", "scriptArg");
}
END_TEST

static void add_property(struct vh_buf *list, uint32_t id, uint32_t type, const void *data,
			 uint32_t len)
{
	vh_put_le32(list, id);
	vh_put_le32(list, type);
	vh_put_le32(list, len);
	vh_buf_add(list, data, len);
}

START_TEST(the_state_of_the_tools)
{
	struct vh_buf list = { 0 }, answer = { 0 };
	const uint8_t *header;

	ask_ok("{\"do\": \"set\", \"what\": \"script\", \"value\": [\"Vix_1_Relayed_Command\"]}");
	talk_poll(talk, "");
	header = (uint8_t *)memchr(talk->reply.data, 0, talk->reply.len) + 1;
	EXPECT_EQ(talk->reply.data + talk->reply.len - header, 51);
	EXPECT(!memcmp(header, "\1\0\15\xd0\5\0\63\0\0\0\63\0\0\0\0\0\0\0\0\0\0\0\5\76\0\0\0", 27));

	add_property(&list, 4502, 1, "\1\0\0\0", 4);
	add_property(&list, 4505, 2, "web1", 5);
	add_property(&list, 4540, 3, "\0", 1);
	add_property(&list, 4557, 3, "\1", 1);
	add_property(&list, 4568, 3, "\0", 1);
	add_property(&list, 9999, 5, "\1\0\0\0\0\0\0\0", 8);
	add_property(&list, 1, 6, "\xff", 1);
	vh_buf_printf(&answer, "OK 0 0 ");
	vh_base64(&answer, list.data, list.len);
	vh_buf_add(&answer, "", 1);
	talk_round(talk, answer.data, answer.len);
	EXPECT_EQ(json_integer_value(talk_get(talk, "tools", "properties.osFamily")), 1);
	EXPECT(!strcmp(tools("properties.hostName"), "web1"));
	EXPECT(json_is_false(talk_get(talk, "tools", "properties.operations.startProgram")));
	EXPECT(json_is_true(talk_get(talk, "tools", "properties.operations.transferTo")));
	EXPECT(json_is_false(talk_get(talk, "tools", "properties.operations.4568")));
	EXPECT_EQ(json_integer_value(talk_get(talk, "tools", "properties.9999")), 1);
	vh_buf_free(&list);
	vh_buf_free(&answer);
}
END_TEST

START_TEST(a_wrong_state_of_the_tools_is_refused)
{
	static const struct {
		uint32_t type, len;
		bool good;
	} cases[] = {
		{ 1, 4, true }, { 1, 3, false }, { 1, 5, false }, { 3, 1, true }, { 3, 0, false },
		{ 2, 0, true }, { 2, 8, true }, { 2, 9, false }, { 5, 8, true }, { 5, 4, false },
		{ 4, 4, false }, { 0, 0, false }, { 6, UINT32_MAX, false },
	};
	static const char *const answers[] = {
		"", "OK", "OK 0", "OK x 0 ", "ERROR no", "OK 35 0 ", "OK 0 0 !!!!", "OK 0 0 AAAA",
	};
	const char *wrong;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vh_buf list = { 0 }, answer = { 0 };
		json_t *properties;

		vh_put_le32(&list, 7);
		vh_put_le32(&list, cases[i].type);
		vh_put_le32(&list, cases[i].len);
		vh_buf_add(&list, "\1\0\0\0\0\0\0\0", cases[i].len < 8 ? cases[i].len : 8);
		vh_buf_printf(&answer, "OK 0 0 ");
		vh_base64(&answer, list.data, list.len);
		properties = vh_vix_properties(answer.data, answer.len, &wrong);
		EXPECT_MSG(!!properties == cases[i].good, "case %zu", i);
		json_decref(properties);
		vh_buf_free(&list);
		vh_buf_free(&answer);
	}
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		EXPECT_MSG(!vh_vix_properties((const uint8_t *)answers[i], strlen(answers[i]), &wrong),
			   "%s", answers[i]);
}
END_TEST

START_TEST(wrong_messages_are_events)
{
	json_t *event;

	expect_command("", "reset");
	expect_command("OK", "ping");		/* no name */
	event = talk_event(talk, "malformed");
	EXPECT(!strcmp(talk_text(event, "what"), "answer to reset"));
	json_decref(event);
	talk_boot(talk);
	expect_command("OK nobody asked", "");
	event = talk_event(talk, "malformed");
	EXPECT(!strcmp(talk_text(event, "what"), "TCLO message"));
	json_decref(event);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost TCLO");
	TCase *tests = tcase_create("tclo");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, a_boot_as_a_host_does_it, 0, 2);
	tcase_add_test(tests, a_client_hears_of_the_boot);
	tcase_add_test(tests, power_on_is_said_once);
	tcase_add_test(tests, a_resume_begins_anew);
	tcase_add_test(tests, a_migration_loses_the_channel);
	tcase_add_test(tests, a_client_sends_commands);
	tcase_add_test(tests, a_client_asks_for_a_state_change);
	tcase_add_test(tests, without_an_answer_in_time);
	tcase_add_test(tests, what_the_guest_took_is_not_sent_again);
	tcase_add_test(tests, what_the_guest_refuses_is_offered_again);
	tcase_add_test(tests, a_checkpoint_loses_nothing);
	tcase_add_test(tests, a_reset_of_the_machine_ends_commands);
	tcase_add_test(tests, a_client_that_goes_leaves_its_command);
	tcase_add_test(tests, options_reach_the_guest);
	tcase_add_test(tests, screens_and_time);
	tcase_add_test(tests, the_heartbeat_is_polling);
	tcase_add_test(tests, a_dead_guest_stays_red);
	tcase_add_test(tests, a_backup);
	tcase_add_test(tests, a_backup_by_itself);
	tcase_add_test(tests, a_backup_that_does_not_begin_or_end);
	tcase_add_test(tests, a_backup_with_options);
	tcase_add_test(tests, the_state_of_the_tools);
	tcase_add_test(tests, a_wrong_state_of_the_tools_is_refused);
	tcase_add_test(tests, wrong_messages_are_events);
	return run_suite(suite);
}
