// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The control protocol: requests and their errors, waiting and following, and the socket with
 * clients that behave badly.
 */
#include "suite.h"
#include "talk.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct talk *talk;

static void setup(void)
{
	talk = talk_new(NULL);
}

static void teardown(void)
{
	talk_free(talk);
}

static void expect_error(const char *line, const char *part)
{
	json_t *answer = talk_ask(talk, line);

	EXPECT_MSG(json_is_false(json_object_get(answer, "ok")), "%s was done", line);
	EXPECT_MSG(strstr(talk_text(answer, "error"), part), "%s: %s", line,
		   talk_text(answer, "error"));
	json_decref(answer);
}

static json_t *ask_ok(const char *line)
{
	json_t *answer = talk_ask(talk, line);

	EXPECT_MSG(json_is_true(json_object_get(answer, "ok")), "%s: %s", line,
		   talk_text(answer, "error"));
	return answer;
}

static void do_ok(const char *line)
{
	json_decref(ask_ok(line));
}

START_TEST(wrong_requests_are_told_what_is_wrong)
{
	static const char *const cases[][2] = {
		{ "x", "not JSON" }, { "[]", "not an object" }, { "1", "not JSON" },
		{ "{\"do\": \"state\"", "not JSON" }, { "{\"a\": 1, \"a\": 2}", "not JSON" },
		{ "{}", "\"do\" is missing" }, { "{\"do\": 1}", "\"do\" is missing" },
		{ "{\"do\": \"fly\"}", "there are state set" },
		{ "{\"do\": \"state\", \"prat\": \"x\"}", "no argument \"prat\"" },
		{ "{\"do\": \"state\", \"part\": \"x\"}", "there are tools" },
		{ "{\"do\": \"state\", \"part\": 1}", "there are tools" },
		{ "{\"do\": \"set\"}", "\"what\" is missing" },
		{ "{\"do\": \"set\", \"what\": \"x\"}", "no such thing" },
		{ "{\"do\": \"set\", \"what\": \"option\", \"name\": \"x\", \"value\": \"1\"}", "Unknown option" },
		{ "{\"do\": \"set\", \"what\": \"option\", \"name\": \"synctime\", \"value\": 1}", "a text" },
		{ "{\"do\": \"set\", \"what\": \"option\", \"name\": \"synctime\", \"value\": \"a b\"}", "Invalid" },
		{ "{\"do\": \"set\", \"what\": \"config\", \"name\": \"x\", \"value\": 1}", "no such option" },
		{ "{\"do\": \"set\", \"what\": \"config\", \"name\": \"vmhost.guestlib\", \"value\": 1}", "true or false" },
		{ "{\"do\": \"set\", \"what\": \"config\", \"name\": \"guest_rpc.rpci.auth.cmd.x\", \"value\": 1}", "true or false" },
		{ "{\"do\": \"set\", \"what\": \"config\", \"name\": \"tools.setInfo.sizeLimit\", \"value\": -1}", "not a number" },
		{ "{\"do\": \"set\", \"what\": \"reply\", \"value\": \"1 \"}", "missing" },
		{ "{\"do\": \"set\", \"what\": \"reply\", \"name\": \"x\", \"value\": 1}", "not a string" },
		{ "{\"do\": \"set\", \"what\": \"script\", \"value\": \"ping\"}", "not a list" },
		{ "{\"do\": \"set\", \"what\": \"script\", \"value\": [1]}", "not a command" },
		{ "{\"do\": \"set\", \"what\": \"figure\", \"name\": \"x\", \"value\": 1}", "no figure" },
		{ "{\"do\": \"set\", \"what\": \"figure\", \"name\": \"hostMhz\", \"value\": \"1\"}", "a number" },
		{ "{\"do\": \"set\", \"what\": \"figure\", \"name\": \"hostMhz\", \"value\": 4294967296}", "a number" },
		{ "{\"do\": \"set\", \"what\": \"figure\", \"name\": \"resourcePoolPath\", \"value\": 1}", "a text" },
		{ "{\"do\": \"set\", \"what\": \"figure\", \"name\": \"hostMhz\"}", "missing" },
		{ "{\"do\": \"set\", \"what\": \"time-offset\", \"value\": \"1\"}", "not a number" },
		{ "{\"do\": \"set\", \"what\": \"memory\", \"value\": -1}", "not a whole number" },
		{ "{\"do\": \"set\", \"what\": \"screen\", \"width\": 65536}", "not a whole number" },
		{ "{\"do\": \"set\", \"what\": \"lag\", \"value\": 0.5}", "not a whole number" },
		{ "{\"do\": \"var-get\"}", "is missing" },
		{ "{\"do\": \"var-get\", \"name\": 1}", "not a string" },
		{ "{\"do\": \"var-get\", \"name\": \"a b\"}", "a blank" },
		{ "{\"do\": \"var-get\", \"name\": \"a\\u0000b\"}", "a NUL" },
		{ "{\"do\": \"var-set\", \"name\": \"a\"}", "is missing" },
		{ "{\"do\": \"var-set\", \"name\": \"a\", \"value\": 1}", "not a string" },
		{ "{\"do\": \"var-set\", \"name\": \"a\", \"value64\": \"x\"}", "not base64" },
		{ "{\"do\": \"var-set\", \"name\": \"a\", \"value\": \"x\", \"readonly\": 1}", "neither true nor false" },
		{ "{\"do\": \"tclo\"}", "is missing" },
		{ "{\"do\": \"tclo\", \"command\": \"x\", \"timeout\": \"1\"}", "not a number" },
		{ "{\"do\": \"tclo\", \"command\": \"x\", \"timeout\": -1}", "not a number" },
		{ "{\"do\": \"power\"}", "is missing" }, { "{\"do\": \"power\", \"op\": \"x\"}", "is not" },
		{ "{\"do\": \"time\"}", "is missing" }, { "{\"do\": \"time\", \"op\": \"step\"}", "step with" },
		{ "{\"do\": \"time\", \"op\": \"pass\", \"seconds\": -1}", "not negative" },
		{ "{\"do\": \"resolution\", \"width\": 1}", "are needed" },
		{ "{\"do\": \"topology\"}", "not a list" },
		{ "{\"do\": \"topology\", \"screens\": [[1, 2, 3]]}", "not a list" },
		{ "{\"do\": \"quiesce\"}", "is missing" }, { "{\"do\": \"quiesce\", \"op\": \"x\"}", "is not" },
		{ "{\"do\": \"quiesce\", \"op\": \"start\", \"options\": true, \"version\": \"1\"}", "version" },
		{ "{\"do\": \"quiesce\", \"op\": \"start\", \"options\": true, \"limit\": -1}", "limit" },
		{ "{\"do\": \"wait\", \"event\": 1}", "neither a name nor" },
		{ "{\"do\": \"wait\", \"event\": [1]}", "not a name" },
		{ "{\"do\": \"wait\", \"match\": 1}", "not an object" },
		{ "{\"do\": \"wait\", \"since\": 99}", "no event has had" },
		{ "{\"do\": \"wait\", \"since\": -1}", "not a whole number" },
		{ "{\"do\": \"fault\"}", "missing" }, { "{\"do\": \"fault\", \"name\": \"x\"}", "no fault" },
		{ "{\"do\": \"fault\", \"name\": \"cpt\", \"times\": 0}", "at least once" },
		{ "{\"do\": \"fault\", \"name\": \"cpt\", \"arg\": \"x\"}", "not a whole number" },
		{ "{\"do\": \"fault\", \"name\": \"unsent\", \"arg\": 1}", "no argument" },
		{ "{\"do\": \"balloon\", \"size\": 1}", "do not exist" },
		{ "{\"do\": \"balloon\", \"target\": -1}", "not a whole number" },
		{ "{\"do\": \"balloon\", \"poison\": 1}", "neither true nor false" },
		{ "{\"do\": \"balloon\", \"caps\": 4294967296}", "not a whole number" },
		{ "{\"do\": \"pointer\", \"x\": 1}", "not switched it on" },
		{ "{\"do\": \"close\", \"protocol\": \"x\"}", "neither RPCI nor TCLO" },
		{ "{\"do\": \"migrate\", \"away\": -1}", "not a number" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_error(cases[i][0], cases[i][1]);
	EXPECT(!talk->client->requests);
}
END_TEST

START_TEST(an_answer_has_the_id_of_its_request)
{
	json_t *answer = ask_ok("{\"id\": {\"any\": [1]}, \"do\": \"mark\"}");
	json_t *id = json_object_get(answer, "id");

	EXPECT(json_is_array(json_object_get(id, "any")));
	json_decref(answer);
	answer = ask_ok("{\"do\": \"mark\"}");
	EXPECT(!json_object_get(answer, "id"));
	EXPECT(json_is_integer(json_object_get(answer, "seq")));
	json_decref(answer);
}
END_TEST

START_TEST(lines_come_in_any_pieces)
{
	static const char text[] = "{\"id\": 1, \"do\": \"mark\"}\n\n{\"id\": 2, \"do\": \"mark\"}\n{\"id\"";

	vh_lock(talk->host);
	for (size_t i = 0; i < strlen(text); i++)
		vh_client_input(talk->host, talk->client, text + i, 1);
	vh_unlock(talk->host);
	for (int i = 1; i <= 2; i++) {
		json_t *answer = talk_hear(talk);

		EXPECT_EQ(json_integer_value(json_object_get(answer, "id")), i);
		json_decref(answer);
	}
	EXPECT(!talk_hear(talk));
	EXPECT_EQ(talk->client->in.len, 5);
}
END_TEST

START_TEST(a_line_without_end_ends_the_connection)
{
	char *data = malloc(1 << 20);
	json_t *answer;

	memset(data, 'x', 1 << 20);
	vh_lock(talk->host);
	for (int i = 0; i < 5; i++)
		vh_client_input(talk->host, talk->client, data, 1 << 20);
	vh_unlock(talk->host);
	answer = talk_hear(talk);
	EXPECT(strstr(talk_text(answer, "error"), "4 MiB"));
	EXPECT(talk->client->doomed);
	json_decref(answer);
	free(data);
}
END_TEST

START_TEST(all_state_and_each_part)
{
	static const char *const parts[] = {
		"tools", "guest", "vars", "tclo", "rpci", "power", "quiesce", "deploypkg", "appmonitor", "guestlib",
		"log", "counters", "balloon", "channels", "screen", "time", "faults", "machine",
	};
	json_t *answer = ask_ok("{\"do\": \"state\"}");

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		json_t *all = json_object_get(json_object_get(answer, "state"), parts[i]);

		EXPECT_MSG(json_is_object(all), "%s", parts[i]);
		EXPECT_MSG(json_object_size(talk_get(talk, parts[i], "")) == json_object_size(all),
			   "%s", parts[i]);
	}
	json_decref(answer);
}
END_TEST

START_TEST(variables_from_the_host)
{
	json_t *answer;

	do_ok("{\"do\": \"var-set\", \"name\": \"a\", \"value\": \"text with \\u00fc\"}");
	EXPECT(!strcmp(talk_rpci(talk, "info-get guestinfo.a"), "1 text with ü"));
	do_ok("{\"do\": \"var-set\", \"name\": \"a\", \"value64\": \"/wA=\"}");
	talk_rpci(talk, "info-get guestinfo.a");
	EXPECT(talk->reply.len == 4 && !memcmp(talk->reply.data, "1 \xff", 4));
	answer = ask_ok("{\"do\": \"var-get\", \"name\": \"a\"}");
	EXPECT(!strcmp(talk_text(answer, "value64"), "/wA="));
	json_decref(answer);
	do_ok("{\"do\": \"var-set\", \"name\": \"a\", \"value\": null}");
	EXPECT(!strcmp(talk_rpci(talk, "info-get guestinfo.a"), "0 No value found"));
	answer = ask_ok("{\"do\": \"var-get\", \"name\": \"a\"}");
	EXPECT(json_is_null(json_object_get(answer, "value")));
	json_decref(answer);
}
END_TEST

static uint64_t mark(void)
{
	json_t *answer = ask_ok("{\"do\": \"mark\"}");
	uint64_t seq = json_integer_value(json_object_get(answer, "seq"));

	json_decref(answer);
	return seq;
}

START_TEST(a_wait_ends_with_its_event)
{
	char line[128];
	json_t *answer;

	talk_say(talk, "{\"id\": 1, \"do\": \"wait\", \"event\": [\"log\", \"var\"], \"match\": {\"text\": \"a?c\"}}");
	talk_rpci(talk, "log xabc");	/* fits in part, which is not enough */
	EXPECT(!talk_hear(talk));
	talk_rpci(talk, "log abc");
	answer = talk_hear(talk);
	EXPECT(!strcmp(talk_text(json_object_get(answer, "event"), "text"), "abc"));
	json_decref(answer);

	/* What has been counts, unless it was before the mark. */
	do_ok("{\"do\": \"wait\", \"event\": \"log\", \"match\": {\"text\": \"abc\"}}");
	snprintf(line, sizeof(line), "{\"do\": \"wait\", \"event\": \"log\", \"since\": %d}", (int)mark());
	talk_say(talk, line);
	EXPECT(!talk_hear(talk));
	talk_rpci(talk, "log def");
	answer = talk_hear(talk);
	EXPECT(!strcmp(talk_text(json_object_get(answer, "event"), "text"), "def"));
	json_decref(answer);
}
END_TEST

START_TEST(matches_of_all_kinds)
{
	static const struct {
		const char *match;
		bool fits;
	} cases[] = {
		{ "{\"status\": true}", true }, { "{\"status\": false}", false }, { "{\"id\": 3}", true },
		{ "{\"id\": 3.0}", true }, { "{\"id\": 4}", false }, { "{\"id\": \"3\"}", false },
		{ "{\"op\": \"power\"}", false }, { "{\"op\": \"*\"}", true },
		{ "{\"op\": \"*ow*on\"}", true }, { "{\"op\": \"poweron**\"}", true },
		{ "{\"op\": \"?oweron\"}", true }, { "{\"op\": \"poweron?\"}", false },
		{ "{\"op\": \"*on*x\"}", false }, { "{\"op\": \"*wer\"}", false },
		{ "{\"op\": \"\"}", false }, { "{\"none\": null}", false }, { "{}", true },
		{ "{\"op\": \"poweron\", \"id\": 3}", true }, { "{\"op\": \"poweron\", \"id\": 4}", false },
	};
	char line[128];
	json_t *answer;

	talk_rpci(talk, "tools.os.statechange.status 1 3");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(line, sizeof(line), "{\"do\": \"wait\", \"event\": \"statechange\", "
			 "\"timeout\": 0, \"match\": %s}", cases[i].match);
		answer = talk_ask(talk, line);
		EXPECT_MSG(json_is_true(json_object_get(answer, "ok")) == cases[i].fits, "%s", line);
		json_decref(answer);
	}
}
END_TEST

START_TEST(a_wait_ends_in_time_and_says_what_came_instead)
{
	json_t *answer;

	talk_rpci(talk, "log one");
	talk_say(talk, "{\"id\": 1, \"do\": \"wait\", \"event\": \"tools\", \"timeout\": 500}");
	talk_pass(talk, 400);
	EXPECT(!talk_hear(talk));
	talk_pass(talk, 100);
	answer = talk_hear(talk);
	EXPECT(json_is_false(json_object_get(answer, "ok")));
	EXPECT(strstr(talk_text(answer, "error"), "log rpci close"));
	EXPECT(strstr(talk_text(answer, "error"), "\"tools\""));
	json_decref(answer);
}
END_TEST

START_TEST(too_many_waits_are_refused)
{
	for (int i = 0; i < 64; i++)
		talk_say(talk, "{\"do\": \"wait\", \"event\": \"never\"}");
	EXPECT(!talk_hear(talk));
	expect_error("{\"do\": \"mark\"}", "too many requests");
	talk_pass(talk, 11);
	for (int i = 0; i < 64; i++)
		json_decref(talk_hear(talk));
	EXPECT(!talk_hear(talk));
	mark();
}
END_TEST

START_TEST(who_follows_gets_events)
{
	json_t *event;

	talk_rpci(talk, "log before");
	do_ok("{\"do\": \"follow\", \"event\": [\"log\"], \"match\": {\"text\": \"*o*\"}}");
	talk_rpci(talk, "log one");
	talk_rpci(talk, "log x");
	talk_rpci(talk, "log two");
	event = talk_hear(talk);
	EXPECT(!strcmp(talk_text(event, "text"), "one"));
	EXPECT(!strcmp(talk_text(event, "event"), "log"));
	json_decref(event);
	event = talk_hear(talk);
	EXPECT(!strcmp(talk_text(event, "text"), "two"));
	json_decref(event);
	EXPECT(!talk_hear(talk));
	do_ok("{\"do\": \"follow\", \"event\": \"log\", \"since\": 0}");
	event = talk_hear(talk);
	EXPECT(!strcmp(talk_text(event, "text"), "before"));
	json_decref(event);
}
END_TEST

START_TEST(events_are_numbered_and_bounded)
{
	const struct vh_events *events = &talk->host->services->events;
	json_t *event;
	uint64_t last = 0;

	do_ok("{\"do\": \"follow\"}");
	vh_lock(talk->host);
	for (int i = 0; i < VH_EVENTS_KEPT + 10; i++)
		vh_event(talk->host, "test", "{s:i}", "number", i);
	vh_unlock(talk->host);
	EXPECT_EQ(events->next - events->first, VH_EVENTS_KEPT);
	event = talk_hear(talk);
	EXPECT(!strcmp(talk_text(event, "event"), "lost"));
	EXPECT_EQ(json_integer_value(json_object_get(event, "count")), 10);
	json_decref(event);
	for (int i = 10; i < VH_EVENTS_KEPT + 10; i++) {
		event = talk_hear(talk);
		EXPECT_EQ(json_integer_value(json_object_get(event, "number")), i);
		EXPECT((uint64_t)json_integer_value(json_object_get(event, "seq")) > last);
		last = json_integer_value(json_object_get(event, "seq"));
		json_decref(event);
	}
}
END_TEST

START_TEST(a_guest_cannot_fill_the_memory_with_events)
{
	const struct vh_events *events = &talk->host->services->events;
	char *text = malloc(65000);

	memset(text, 'x', 65000);
	vh_lock(talk->host);
	for (int i = 0; i < 1000; i++)
		vh_event(talk->host, "test", "{s:s%}", "text", text, (size_t)65000);
	vh_unlock(talk->host);
	EXPECT(events->bytes <= VH_EVENT_BYTES_KEPT);
	EXPECT(events->next - events->first > 200);
	free(text);
}
END_TEST

START_TEST(the_machine_is_set)
{
	struct vh_regs regs;
	json_t *answer;

	do_ok("{\"do\": \"set\", \"what\": \"memory\", \"value\": 77}");
	guest_command(talk->guest, BACKDOOR_CMD_GETMEMSIZE, 0, &regs);
	EXPECT_EQ(regs.ax, 77);
	do_ok("{\"do\": \"set\", \"what\": \"screen\", \"width\": 640, \"height\": 480}");
	guest_command(talk->guest, BACKDOOR_CMD_GETSCREENSIZE, 0, &regs);
	EXPECT_EQ(regs.ax, 640 << 16 | 480);
	do_ok("{\"do\": \"set\", \"what\": \"time-offset\", \"value\": -3600.5}");
	ck_assert_double_eq_tol(json_number_value(talk_get(talk, "time", "offset")), -3600.5, 0.001);
	do_ok("{\"do\": \"time\", \"op\": \"step\", \"seconds\": 1}");
	ck_assert_double_eq_tol(json_number_value(talk_get(talk, "time", "offset")), -3599.5, 0.001);
	do_ok("{\"do\": \"set\", \"what\": \"lag\", \"value\": 5}");
	guest_command(talk->guest, BACKDOOR_CMD_GETTIMEFULL_WITH_LAG, 0, &regs);
	EXPECT_EQ(regs.di, 5);
	answer = ask_ok("{\"do\": \"balloon\", \"target\": 1000, \"poison\": true, \"caps\": 6, \"max\": 2000, \"reset\": false}");
	EXPECT_EQ(talk->host->balloon.target, 1000);
	EXPECT(talk->host->balloon.poison);
	EXPECT_EQ(talk->host->balloon.caps, 6);
	EXPECT_EQ(json_integer_value(json_object_get(json_object_get(answer, "state"), "max")), 2000);
	json_decref(answer);
	do_ok("{\"do\": \"fault\", \"name\": \"clock-step\", \"after\": 2, \"times\": 3, \"arg\": -5}");
	EXPECT_EQ(json_integer_value(talk_get(talk, "faults", "asked.0.arg")), -5);
	EXPECT_EQ(json_integer_value(talk_get(talk, "faults", "asked.0.after")), 2);
	do_ok("{\"do\": \"fault\", \"clear\": true}");
	EXPECT_EQ(json_array_size(talk_get(talk, "faults", "asked")), 0);
	guest_command(talk->guest, BACKDOOR_CMD_ABSPOINTER_COMMAND, BACKDOOR_POINTER_ENABLE, &regs);
	guest_command(talk->guest, BACKDOOR_CMD_ABSPOINTER_COMMAND, BACKDOOR_POINTER_ABSOLUTE, &regs);
	do_ok("{\"do\": \"pointer\", \"buttons\": 32, \"x\": 1, \"y\": 2, \"wheel\": -1}");
	do_ok("{\"do\": \"snapshot\"}");
	do_ok("{\"do\": \"checkpoint\"}");
	do_ok("{\"do\": \"revert\"}");
}
END_TEST

START_TEST(channels_are_seen_and_closed)
{
	struct guest_channel channel;

	EXPECT(guest_open(talk->guest, BACKDOOR_PROTO_RPCI, &channel));
	EXPECT(!strcmp(json_string_value(talk_get(talk, "channels", "channels.0.protocol")), "RPCI"));
	do_ok("{\"do\": \"close\", \"protocol\": \"RPCI\"}");
	EXPECT(json_is_false(talk_get(talk, "channels", "channels.0.open")));
	EXPECT(!guest_send(talk->guest, &channel, "x", 1));
	EXPECT(channel.status & BACKDOOR_STATUS_CLOSED);
	EXPECT(guest_open(talk->guest, BACKDOOR_PROTO_TCLO, &channel));
	do_ok("{\"do\": \"close\", \"protocol\": \"TCLO\"}");
	EXPECT(!guest_send(talk->guest, &channel, "", 0));
}
END_TEST

/* --- the socket ---------------------------------------------------------------- */

static char folder[] = "/tmp/vmhost-control-XXXXXX";
static char path[64], option[80];

static void make_folder(void)
{
	ck_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	snprintf(option, sizeof(option), "control=%s", path);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

static int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	ck_assert(!connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static void put(int fd, const char *text)
{
	ck_assert(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* One line, or what there is before the end. */
static const char *get(int fd)
{
	static char line[65536];
	size_t len = 0;

	while (len < sizeof(line) - 1) {
		struct pollfd polled = { .fd = fd, .events = POLLIN };

		ck_assert_msg(poll(&polled, 1, 20000) > 0, "nothing came");
		if (recv(fd, line + len, 1, 0) <= 0 || line[len] == '\n')
			break;
		len++;
	}
	line[len] = 0;
	return line;
}

START_TEST(the_socket_serves_several_clients)
{
	const char *options[] = { option, NULL };
	struct vmhost *host = vh_new(1, options);
	struct vh_buf reply = { 0 };
	struct stat info;
	int one, two;

	ck_assert(host);
	EXPECT(!stat(path, &info) && (info.st_mode & 0777) == 0600);
	one = dial();
	two = dial();
	put(one, "{\"id\": 1, \"do\": \"wait\", \"event\": \"log\", \"timeout\": 20}\n");
	put(one, "{\"id\": 2, \"do\": \"mark\"}\n");	/* is answered while the first waits */
	EXPECT(strstr(get(one), "\"id\":2"));
	put(two, "{\"id\": 3, \"do\": \"mark\"}\n");
	EXPECT(strstr(get(two), "\"id\":3"));
	put(two, "{\"id\": 4, \"do\": \"follow\"}\n");
	EXPECT(strstr(get(two), "\"id\":4"));
	vh_lock(host);
	vh_rpci(host, (const uint8_t *)"log hello", 9, &reply);
	vh_unlock(host);
	EXPECT(strstr(get(one), "hello"));
	EXPECT(strstr(get(two), "hello"));
	/* Who has said all may still read. */
	put(one, "{\"id\": 5, \"do\": \"wait\", \"event\": \"log\", \"match\": {\"text\": \"bye\"}}\n");
	shutdown(one, SHUT_WR);
	put(two, "{\"id\": 6, \"do\": \"mark\"}\n");
	while (!strstr(get(two), "\"id\":6"))
		;
	vh_buf_clear(&reply);
	vh_lock(host);
	vh_rpci(host, (const uint8_t *)"log bye", 7, &reply);
	vh_unlock(host);
	EXPECT(strstr(get(one), "bye"));
	EXPECT(!*get(one));	/* and then the host closes */
	close(one);
	close(two);
	vh_buf_free(&reply);
	vh_free(host);
	EXPECT(stat(path, &info));
}
END_TEST

START_TEST(bad_clients_disturb_nobody)
{
	const char *options[] = { option, NULL };
	struct vmhost *host = vh_new(1, options);
	struct vh_buf reply = { 0 };
	int good = dial(), garbage = dial(), lazy = dial(), extra[40], count = 0;

	put(garbage, "\xff\xfe garbage \x01\n{\n]\n");
	EXPECT(strstr(get(garbage), "not JSON"));
	/* One that follows everything and reads nothing */
	put(lazy, "{\"do\": \"follow\"}\n");
	for (int i = 0; i < 20000; i++) {
		vh_buf_clear(&reply);
		vh_lock(host);
		vh_rpci(host, (const uint8_t *)"log 0123456789012345678901234567890123456789", 44, &reply);
		vh_unlock(host);
	}
	/* One that asks for much, reads nothing, and goes away */
	for (int i = 0; i < 100; i++)
		put(garbage, "{\"do\": \"state\"}\n");
	close(garbage);
	/* Too many of them */
	for (count = 0; count < 40; count++)
		extra[count] = dial();
	EXPECT(strstr(get(extra[39]), "too many clients"));
	put(good, "{\"id\": 1, \"do\": \"mark\"}\n");
	EXPECT(strstr(get(good), "\"id\":1"));
	while (count--)
		close(extra[count]);
	close(lazy);
	close(good);
	vh_buf_free(&reply);
	vh_free(host);
}
END_TEST

/* Who waits or follows gets it, though the thread that would have told had no time left. */
START_TEST(what_happens_last_is_told)
{
	const char *options[] = { option, NULL };
	struct vmhost *host = vh_new(1, options);
	struct vh_buf reply = { 0 };
	int waits = dial(), follows = dial();

	put(follows, "{\"id\": 1, \"do\": \"follow\", \"event\": \"log\"}\n");
	EXPECT(strstr(get(follows), "\"id\":1"));
	put(waits, "{\"id\": 2, \"do\": \"wait\", \"event\": \"log\", \"timeout\": 60}\n"
	    "{\"id\": 3, \"do\": \"mark\"}\n");
	EXPECT(strstr(get(waits), "\"id\":3"));
	vh_lock(host);
	vh_rpci(host, (const uint8_t *)"log bye", 7, &reply);
	host->services->control.stopping = true;
	vh_unlock(host);
	vh_free(host);
	EXPECT(strstr(get(waits), "bye"));
	EXPECT(strstr(get(follows), "bye"));
	EXPECT(!*get(follows));
	close(waits);
	close(follows);
	vh_buf_free(&reply);
}
END_TEST

START_TEST(what_speaks_against_a_socket)
{
	const char *options[] = { option, NULL };
	const char *no_folder[] = { "control=/nonexistent/socket", NULL };
	char *much = malloc(200);
	const char *too_long[] = { much, NULL };
	struct vmhost *host;

	sprintf(much, "control=/tmp/%0120d", 0);
	EXPECT(!vh_new(1, no_folder));
	EXPECT(!vh_new(1, too_long));
	free(much);
	host = vh_new(1, options);
	ck_assert(host);
	EXPECT(!vh_new(1, options));		/* in use */
	vh_free(host);

	/* A remainder of a host that has crashed is no obstacle; another file is. */
	ck_assert(!mknod(path, S_IFSOCK | 0600, 0));
	host = vh_new(1, options);
	ck_assert(host);
	vh_free(host);
	ck_assert(!mknod(path, S_IFREG | 0600, 0));
	EXPECT(!vh_new(1, options));
}
END_TEST

START_TEST(the_log_has_all_events)
{
	char file[64], log[80], line[256];
	const char *options[] = { log, NULL };
	struct vh_buf reply = { 0 };
	struct vmhost *host;
	FILE *stream;

	snprintf(file, sizeof(file), "%s/log", folder);
	snprintf(log, sizeof(log), "log=%s", file);
	host = vh_new(1, options);
	ck_assert(host);
	vh_lock(host);
	vh_rpci(host, (const uint8_t *)"log hello", 9, &reply);
	vh_unlock(host);
	stream = fopen(file, "r");
	ck_assert(stream);
	EXPECT(fgets(line, sizeof(line), stream) && strstr(line, "\"event\":\"log\""));
	EXPECT(fgets(line, sizeof(line), stream) && strstr(line, "\"event\":\"rpci\""));
	fclose(stream);
	vh_buf_free(&reply);
	vh_free(host);
	unlink(file);
	snprintf(log, sizeof(log), "log=/nonexistent/log");
	EXPECT(!vh_new(1, options));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost control");
	TCase *tests = tcase_create("control"), *sockets = tcase_create("socket");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, wrong_requests_are_told_what_is_wrong);
	tcase_add_test(tests, an_answer_has_the_id_of_its_request);
	tcase_add_test(tests, lines_come_in_any_pieces);
	tcase_add_test(tests, a_line_without_end_ends_the_connection);
	tcase_add_test(tests, all_state_and_each_part);
	tcase_add_test(tests, variables_from_the_host);
	tcase_add_test(tests, a_wait_ends_with_its_event);
	tcase_add_test(tests, matches_of_all_kinds);
	tcase_add_test(tests, a_wait_ends_in_time_and_says_what_came_instead);
	tcase_add_test(tests, too_many_waits_are_refused);
	tcase_add_test(tests, who_follows_gets_events);
	tcase_add_test(tests, events_are_numbered_and_bounded);
	tcase_add_test(tests, a_guest_cannot_fill_the_memory_with_events);
	tcase_add_test(tests, the_machine_is_set);
	tcase_add_test(tests, channels_are_seen_and_closed);

	suite_add_tcase(suite, sockets);
	tcase_add_checked_fixture(sockets, make_folder, remove_folder);
	tcase_add_test(sockets, the_socket_serves_several_clients);
	tcase_add_test(sockets, bad_clients_disturb_nobody);
	tcase_add_test(sockets, what_happens_last_is_told);
	tcase_add_test(sockets, what_speaks_against_a_socket);
	tcase_add_test(sockets, the_log_has_all_events);
	return run_suite(suite);
}
