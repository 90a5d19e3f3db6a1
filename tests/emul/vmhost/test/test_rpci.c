// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* Requests of the guest by name: their replies, what the host keeps of them, and wrong ones. */
#include "suite.h"
#include "talk.h"

#include <stdlib.h>
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

static void expect_reply(const char *request, const char *reply)
{
	const char *got = talk_rpci(talk, request);

	EXPECT_MSG(!strcmp(got, reply), "%s: got «%s», not «%s»", request, got, reply);
}

static void ask_ok(const char *line)
{
	json_t *answer = talk_ask(talk, line);

	EXPECT_MSG(json_is_true(json_object_get(answer, "ok")), "%s: %s", line,
		   talk_text(answer, "error"));
	json_decref(answer);
}

static const char *state_text(const char *part, const char *path)
{
	return json_string_value(talk_get(talk, part, path)) ?: "(none)";
}

START_TEST(unknown_commands_are_named_so)
{
	static const char *const unknown[] = {
		"", " ", "nonsense", "infoget x", "info-getx guestinfo.x", "log.x", "unity.active 1",
		"tools.capability.", "copypaste.hg.copy", "guestStore.connect 1", "f ", "disk.shrink",
		"namespace-priv-get-values x", "vmx.capability.dnd_version", "timeInfo.subscribe x",
	};
	json_t *event;

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		expect_reply(unknown[i], "0 Unknown command");
	event = talk_event(talk, "rpci");
	EXPECT(!strcmp(talk_text(event, "command"), "timeInfo.subscribe"));
	EXPECT(!strcmp(talk_text(event, "args"), "x"));
	EXPECT(!strcmp(talk_text(event, "reply"), "0 Unknown command"));
	json_decref(event);
	EXPECT_EQ(json_integer_value(talk_get(talk, "rpci", "unknown")), ARRAY_SIZE(unknown));
}
END_TEST

START_TEST(names_end_at_a_blank_or_a_nul)
{
	EXPECT(!strcmp(talk_rpci_bytes(talk, "log\0x", 5), "1 "));
	EXPECT(!strcmp(talk_rpci_bytes(talk, "\0", 1), "0 Unknown command"));
	EXPECT(!strcmp(talk_rpci_bytes(talk, "\xff\xff", 2), "0 Unknown command"));
}
END_TEST

START_TEST(variables_hold_bytes)
{
	const struct vh_buf *value;
	json_t *event;

	expect_reply("info-get guestinfo.key", "0 No value found");
	expect_reply("info-set guestinfo.key a value with blanks", "1 ");
	expect_reply("info-get guestinfo.key", "1 a value with blanks");
	event = talk_event(talk, "var");
	EXPECT(!strcmp(talk_text(event, "name"), "key") && !strcmp(talk_text(event, "by"), "guest"));
	json_decref(event);

	talk_rpci_bytes(talk, "info-set guestinfo.key a\0\xff\0", 27);	/* one NUL is the caller's */
	value = vh_var_get(talk->host, "key", 3);
	EXPECT(value->len == 3 && !memcmp(value->data, "a\0\xff", 3));
	talk_rpci_bytes(talk, "info-get guestinfo.key", 23);	/* with its NUL */
	EXPECT(talk->reply.len == 5 && !memcmp(talk->reply.data, "1 a\0\xff", 5));

	expect_reply("info-set guestinfo.key ", "1 ");
	expect_reply("info-get guestinfo.key", "1 ");
	expect_reply("info-set guestinfo.none", "1 ");
	expect_reply("info-get guestinfo.none", "1 ");
}
END_TEST

START_TEST(other_names_are_no_variables)
{
	static const char *const others[] = {
		"info-get", "info-get ", "info-get x", "info-get guestinfo.", "info-get guestinfo",
		"info-get guestinfo. x", "info-set machine.id 1", "info-set guestinfo. x", "info-set",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		expect_reply(others[i], "0 Unknown command");
	EXPECT(!strcmp(talk_rpci_bytes(talk, "info-get guestinfo.a\0b", 22), "0 Unknown command"));
}
END_TEST

START_TEST(variables_have_a_limit)
{
	ask_ok("{\"do\": \"set\", \"what\": \"config\", \"name\": \"tools.setInfo.sizeLimit\", \"value\": 10}");
	expect_reply("info-set guestinfo.abc 1234567", "1 ");
	EXPECT(!strncmp(talk_rpci(talk, "info-set guestinfo.abc 12345678"), "0 ", 2));
	EXPECT(!strncmp(talk_rpci(talk, "info-set guestinfo.x "), "0 ", 2));
	expect_reply("info-set guestinfo.abc 12345", "1 ");	/* a shorter one makes room */
	expect_reply("info-set guestinfo.x 1", "1 ");
	expect_reply("info-get guestinfo.abc", "1 12345");
}
END_TEST

START_TEST(the_owner_may_refuse_variables)
{
	ask_ok("{\"do\": \"var-set\", \"name\": \"fixed\", \"value\": \"v\", \"readonly\": true}");
	expect_reply("info-set guestinfo.fixed w", "0 Permission denied");
	expect_reply("info-get guestinfo.fixed", "1 v");
	ask_ok("{\"do\": \"set\", \"what\": \"config\", \"name\": \"isolation.tools.setinfo.disable\", \"value\": true}");
	expect_reply("info-set guestinfo.a b", "0 disabled");
	ask_ok("{\"do\": \"set\", \"what\": \"config\", \"name\": \"guest_rpc.rpci.auth.cmd.info-get\", \"value\": true}");
	expect_reply("info-get guestinfo.fixed", "0 Permission denied");
	ask_ok("{\"do\": \"set\", \"what\": \"config\", \"name\": \"guest_rpc.rpci.auth.cmd.info-get\", \"value\": false}");
	expect_reply("info-get guestinfo.fixed", "1 v");
}
END_TEST

START_TEST(what_the_guest_has_set_ends_with_the_power)
{
	ask_ok("{\"do\": \"var-set\", \"name\": \"owners\", \"value\": \"v\"}");
	for (int i = 0; i < 100; i++) {
		char line[64];

		snprintf(line, sizeof(line), "info-set guestinfo.guests%d v", i);
		expect_reply(line, "1 ");
	}
	vh_machine_reset(talk->host);
	EXPECT_EQ(json_array_size(talk_get(talk, "vars", "vars")), 1);
	EXPECT(!strcmp(state_text("vars", "vars.0.name"), "owners"));
	EXPECT_EQ(json_integer_value(talk_get(talk, "vars", "bytes")), 7);
}
END_TEST

START_TEST(versions)
{
	static const struct {
		const char *request, *status, *text;
	} cases[] = {
		{ "tools.set.versiontype 13344 4", "guestToolsUnmanaged", "13.1.0" },
		{ "tools.set.versiontype 12389 3", "guestToolsUnmanaged", "12.3.5" },
		{ "tools.set.versiontype 13344 1", "guestToolsCurrent", "13.1.0" },
		{ "tools.set.version 2147483647", "guestToolsUnmanaged", "2097151.31.31" },
		{ "tools.set.version 11269", "guestToolsSupportedOld", "11.0.5" },
		{ "tools.set.version 13345", "guestToolsSupportedNew", "13.1.1" },
		{ "tools.set.version 0", "guestToolsNotInstalled", "0.0.0" },
	};

	EXPECT(!strcmp(state_text("tools", "versionStatus"), "guestToolsNotInstalled"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		expect_reply(cases[i].request, "1 ");
		EXPECT_MSG(!strcmp(state_text("tools", "versionStatus"), cases[i].status), "%s: %s",
			   cases[i].request, state_text("tools", "versionStatus"));
		EXPECT(!strcmp(state_text("tools", "versionText"), cases[i].text));
	}
}
END_TEST

START_TEST(capabilities)
{
	json_t *event;

	expect_reply("tools.capability.statechange ", "1 ");
	expect_reply("tools.capability.hgfs_server toolbox 1", "1 ");
	expect_reply("tools.capability.guest_conf_directory /etc/vmware-tools", "1 ");
	expect_reply("tools.capability.features 36=1 37=0", "1 ");
	EXPECT(!strcmp(state_text("tools", "capabilities.statechange"), ""));
	EXPECT(!strcmp(state_text("tools", "capabilities.hgfs_server"), "toolbox 1"));
	EXPECT_EQ(json_integer_value(talk_get(talk, "tools", "features.36")), 1);
	EXPECT(json_is_integer(talk_get(talk, "tools", "features.37")));
	event = talk_event(talk, "capability");
	EXPECT_EQ(json_integer_value(json_object_get(event, "feature")), 37);
	json_decref(event);
	for (int i = 0; i < 300; i++) {		/* a guest cannot make it remember all */
		char line[64];

		snprintf(line, sizeof(line), "tools.capability.c%d 1", i);
		talk_rpci(talk, line);
	}
	EXPECT_EQ(json_object_size(talk_get(talk, "tools", "capabilities")), 256);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
	static const char *const wrong[] = {
		"tools.set.version", "tools.set.version ", "tools.set.version x",
		"tools.set.version 4294967296", "tools.set.version 1 2", "tools.set.versiontype 1",
		"tools.set.versiontype 1 x", "tools.set.versiontype 1 2 3",
		"tools.capability.\xff 1", "tools.capability.features 36", "tools.capability.features a=1",
		"tools.capability.features 1=2x", "tools.os.statechange.status 2 1",
		"tools.os.statechange.status 1 6", "tools.os.statechange.status 1",
		"tools.os.statechange.status 1 0", "update.tools.health", "update.tools.health good",
		"update.tools.health normal x", "vmx.set_option synctime 0", "vmx.set_option a b c",
		"vmx.set_option synctime 0 1 2", "vmbackup.eventSet", "vmbackup.eventSet x 0",
		"vmbackup.eventSet req.done", "vmbackup.eventSet req.done x",
		"deployPkg.update.state", "deployPkg.update.state 6 0 x", "deployPkg.update.state 1 x",
		"tools.vmsupport.status x", "vmx.capability.unified_loop",
		"vmx.capability.unified_loop \xff", "guestlib.info.get", "guestlib.info.get 2",
		"guestlib.info.get 3 3",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_MSG(!strncmp(talk_rpci(talk, wrong[i]), "0 ", 2), "%s: %s", wrong[i],
			   talk->reply.data);
}
END_TEST

START_TEST(log_lines)
{
	json_t *event;

	expect_reply("log toolbox: hello", "1 ");
	EXPECT(!strcmp(talk_rpci_bytes(talk, "guest.log.text \xff", 17), "1 "));
	event = talk_event(talk, "log");
	EXPECT(!strcmp(talk_text(event, "text64"), "/w=="));
	json_decref(event);
	EXPECT(!strcmp(state_text("log", "lines.0.text"), "toolbox: hello"));
	for (int i = 0; i < VH_LOG_LINES; i++)
		expect_reply("log x", "1 ");
	EXPECT_EQ(json_array_size(talk_get(talk, "log", "lines")), VH_LOG_LINES);
	EXPECT_EQ(json_integer_value(talk_get(talk, "log", "count")), VH_LOG_LINES + 2);
	EXPECT(!strcmp(state_text("log", "lines.0.text"), "x"));
}
END_TEST

START_TEST(state_changes)
{
	json_t *event;

	EXPECT(!strcmp(talk_rpci_bytes(talk, "tools.os.statechange.status 1 3", 32), "1 "));
	event = talk_event(talk, "statechange");
	EXPECT(json_is_true(json_object_get(event, "status")));
	EXPECT(!strcmp(talk_text(event, "op"), "poweron"));
	json_decref(event);
	expect_reply("tools.os.statechange.status 0 1", "1 ");
	EXPECT(!strcmp(state_text("power", "last"), "shutdown"));
	EXPECT(json_is_false(talk_get(talk, "power", "succeeded")));
}
END_TEST

START_TEST(customization)
{
	expect_reply("deployPkg.update.state 1 0 /log@msg", "1 ");
	EXPECT(!strcmp(state_text("deploypkg", "text"), "/log@msg"));
	expect_reply("deployPkg.update.state 4 103 x", "1 queryNicsSupported");
	expect_reply("deployPkg.update.state 4 104 x", "1 connected");
	expect_reply("deployPkg.update.state 5 0 x", "1 ");
	EXPECT_EQ(json_integer_value(talk_get(talk, "deploypkg", "state")), 5);
}
END_TEST

START_TEST(health_loop_and_support)
{
	expect_reply("update.tools.health hung", "1 ");
	EXPECT(!strcmp(state_text("tools", "health"), "hung"));
	expect_reply("vmx.capability.unified_loop toolbox", "1 ");
	EXPECT(!strcmp(state_text("tools", "unifiedLoop"), "toolbox"));
	expect_reply("tools.vmsupport.status 0", "1 ");
	expect_reply("disk.wiper.enable", "1 0");
}
END_TEST

START_TEST(the_guest_may_set_options)
{
	struct vh_regs regs;

	expect_reply("vmx.set_option synctime 0 1", "1 ");
	EXPECT(!strcmp(state_text("tools", "options.synctime"), "1"));
	EXPECT(json_is_true(talk_get(talk, "time", "synctime")));
	guest_command(talk->guest, BACKDOOR_CMD_GETGUIOPTIONS, 0, &regs);
	EXPECT(regs.ax & BACKDOOR_GUI_SYNC_TIME);
	expect_reply("vmx.set_option synctime 1 0", "1 ");
	guest_command(talk->guest, BACKDOOR_CMD_GETGUIOPTIONS, 0, &regs);
	EXPECT(!(regs.ax & BACKDOOR_GUI_SYNC_TIME));
}
END_TEST

START_TEST(options_do_not_pile_up)
{
	size_t before;

	talk_boot(talk);
	for (int i = 0; i < 1000; i++) {
		expect_reply("vmx.set_option synctime 0 1", "1 ");
		expect_reply("vmx.set_option copypaste 0 1", "1 ");
	}
	before = json_array_size(talk_get(talk, "tclo", "queue"));
	EXPECT_EQ(before, 2);
}
END_TEST

START_TEST(application_monitor)
{
	expect_reply("GuestAppMonitor.Cmd.IsEnabled", "1 false");
	expect_reply("GuestAppMonitor.Cmd.GetAppStatus", "1 gray");
	expect_reply("GuestAppMonitor.Cmd.MarkActive", "1 2");
	expect_reply("GuestAppMonitor.Cmd.PostAppState appStateOk", "1 2");
	expect_reply("GuestAppMonitor.Cmd.Enable", "1 0");
	expect_reply("GuestAppMonitor.Cmd.IsEnabled", "1 true");
	expect_reply("GuestAppMonitor.Cmd.GetAppStatus", "1 green");
	talk_pass(talk, 31);
	expect_reply("GuestAppMonitor.Cmd.GetAppStatus", "1 red");
	expect_reply("GuestAppMonitor.Cmd.MarkActive", "1 0");
	expect_reply("GuestAppMonitor.Cmd.GetAppStatus", "1 green");
	expect_reply("GuestAppMonitor.Cmd.PostAppState", "1 3");
	expect_reply("GuestAppMonitor.Cmd.PostAppState fine", "1 5");
	expect_reply("GuestAppMonitor.Cmd.PostAppState appStateNeedReset", "1 0");
	expect_reply("GuestAppMonitor.Cmd.GetAppStatus", "1 red");
	expect_reply("GuestAppMonitor.Cmd.PostAppState appStateOk", "1 0");
	expect_reply("GuestAppMonitor.Cmd.GetAppStatus", "1 green");
	expect_reply("GuestAppMonitor.Cmd.Disable", "1 0");
	expect_reply("GuestAppMonitor.Cmd.GetAppStatus", "1 gray");
	expect_reply("GuestAppMonitor.Cmd.Nonsense", "0 Unknown command");
}
END_TEST

/* id, valid and value of a figure, found by walking the answer */
static bool find_figure(const struct vh_buf *reply, uint32_t wanted, uint64_t *value)
{
	struct vh_cursor from = vh_cursor(reply->data + 2 + 16, reply->len - 2 - 16);
	uint32_t count = vh_take_be32(&from);

	while (count--) {
		uint32_t id = vh_take_be32(&from), valid = vh_take_be32(&from);
		bool wide = id == 4 || id == 17 || (id >= 19 && id <= 30 && id != 21) || id == 38;
		size_t len = 0;

		*value = 0;
		if (id == 18 || id == 37) {
			vh_take_xdr(&from, 512, &len);
		} else {
			if (wide)
				*value = (uint64_t)vh_take_be32(&from) << 32;
			*value |= vh_take_be32(&from);
		}
		EXPECT(!from.bad);
		if (id == wanted)
			return valid;
	}
	EXPECT(!from.left);
	return false;
}

START_TEST(figures_of_the_host)
{
	struct vh_buf *reply = &talk->reply;
	uint64_t value, session;
	struct vh_cursor from;

	talk_rpci(talk, "guestlib.info.get 3");
	EXPECT(!memcmp(reply->data, "1 ", 2));
	from = vh_cursor(reply->data + 2, reply->len - 2);
	EXPECT_EQ(vh_take_le32(&from), 3);
	session = vh_take_le64(&from);
	EXPECT_EQ(vh_take_le32(&from), from.left);
	EXPECT(find_figure(reply, 5, &value));
	EXPECT_EQ(value, 2600);
	EXPECT(find_figure(reply, 38, &value));
	EXPECT_EQ(value, 5120);
	EXPECT(!find_figure(reply, 99, &value));

	ask_ok("{\"do\": \"set\", \"what\": \"figure\", \"name\": \"cpuUsedMs\", \"value\": 8589934592}");
	ask_ok("{\"do\": \"set\", \"what\": \"figure\", \"name\": \"hostMhz\", \"value\": null}");
	ask_ok("{\"do\": \"migrate\"}");
	talk_rpci(talk, "guestlib.info.get 3");
	EXPECT(find_figure(reply, 4, &value));
	EXPECT_EQ(value, 8589934592);
	EXPECT(!find_figure(reply, 5, &value));
	from = vh_cursor(reply->data + 6, 8);
	EXPECT(vh_take_le64(&from) != session);

	ask_ok("{\"do\": \"set\", \"what\": \"config\", \"name\": \"vmhost.guestlib\", \"value\": false}");
	expect_reply("guestlib.info.get 3", "0 Unknown command");
}
END_TEST

START_TEST(replies_may_be_replaced)
{
	struct vh_buf reply = { 0 };
	char *message;

	ask_ok("{\"do\": \"set\", \"what\": \"reply\", \"name\": \"SetGuestInfo  11\", \"value\": \"0 Unknown command\"}");
	ask_ok("{\"do\": \"set\", \"what\": \"reply\", \"name\": \"SetGuestInfo  1\", \"value\": \"1 x\"}");
	ask_ok("{\"do\": \"set\", \"what\": \"reply\", \"name\": \"log\", \"value64\": \"\"}");
	expect_reply("SetGuestInfo  11 x", "0 Unknown command");	/* the longest fits best */
	expect_reply("SetGuestInfo  1 x", "1 x");
	expect_reply("log x", "");
	ask_ok("{\"do\": \"set\", \"what\": \"reply\", \"name\": \"info-get guestinfo.longer\", \"value\": \"1 \"}");
	message = strdup("info-get guestinfo.long");	/* ends where it ends */
	vh_lock(talk->host);
	vh_rpci(talk->host, (uint8_t *)message, strlen(message), &reply);
	vh_unlock(talk->host);
	EXPECT(!strcmp((char *)reply.data, "0 No value found"));
	vh_buf_free(&reply);
	free(message);
	ask_ok("{\"do\": \"set\", \"what\": \"reply\", \"name\": \"log\", \"value\": null}");
	expect_reply("log x", "1 ");
}
END_TEST

START_TEST(long_requests_are_shown_in_part)
{
	char *request = malloc(60000);
	json_t *event;

	memset(request, 'x', 60000);
	memcpy(request, "log ", 4);
	EXPECT(!strcmp(talk_rpci_bytes(talk, request, 60000), "1 "));
	event = talk_event(talk, "rpci");
	EXPECT_EQ(json_string_length(json_object_get(event, "args")), VH_SHOWN);
	EXPECT_EQ(json_integer_value(json_object_get(event, "argsLength")), 60000 - 4);
	json_decref(event);
	free(request);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost RPCI");
	TCase *tests = tcase_create("rpci");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, unknown_commands_are_named_so);
	tcase_add_test(tests, names_end_at_a_blank_or_a_nul);
	tcase_add_test(tests, variables_hold_bytes);
	tcase_add_test(tests, other_names_are_no_variables);
	tcase_add_test(tests, variables_have_a_limit);
	tcase_add_test(tests, the_owner_may_refuse_variables);
	tcase_add_test(tests, what_the_guest_has_set_ends_with_the_power);
	tcase_add_test(tests, versions);
	tcase_add_test(tests, capabilities);
	tcase_add_test(tests, wrong_arguments_are_refused);
	tcase_add_test(tests, log_lines);
	tcase_add_test(tests, state_changes);
	tcase_add_test(tests, customization);
	tcase_add_test(tests, health_loop_and_support);
	tcase_add_test(tests, the_guest_may_set_options);
	tcase_add_test(tests, options_do_not_pile_up);
	tcase_add_test(tests, application_monitor);
	tcase_add_test(tests, figures_of_the_host);
	tcase_add_test(tests, replies_may_be_replaced);
	tcase_add_test(tests, long_requests_are_shown_in_part);
	return run_suite(suite);
}
