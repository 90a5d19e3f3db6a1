// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The bench: what is around the worker, and the time.
 */
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench.h"
#include "ctl.h"
#include "fake_backdoor.h"
#include "files.h"
#include "vmhost/services.h"

struct bench *bench;

static uint64_t now_ms;
static char text[65536];

uint64_t bench_now(void)
{
	return now_ms;
}

void bench_file(const char *path, const char *contents)
{
	char whole[256];
	FILE *file;

	ck_assert(files_path(whole, sizeof(whole), path));
	for (char *at = whole + strlen(bench->root) + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(whole, 0755);
		*at = '/';
	}
	file = fopen(whole, "w");
	ck_assert_ptr_nonnull(file);
	fputs(contents, file);
	fclose(file);
}

void bench_new(void)
{
	int link[2];

	bench = calloc(1, sizeof(*bench));
	now_ms = 100000;
	snprintf(bench->root, sizeof(bench->root), "/tmp/vmguestd-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(bench->root));
	files_root = bench->root;
	bench_file("/etc/os-release", "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"
		   "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
	bench_file("/proc/sys/kernel/hostname", "guest1\n");
	bench_file("/run/resolvconf/resolv.conf", "");
	bench_file("/etc/resolv.conf", "nameserver 192.0.2.53\nsearch example.org\n");

	bench->host = vh_new(0, NULL);
	ck_assert_ptr_nonnull(bench->host);
	vh_clock_stop(bench->host);
	fake_host = bench->host;
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, link));
	bench->broker = link[0];
	settings_default(&bench->worker.settings);
	bench->worker.settings.vsock = false;
	ck_assert(!worker_init(&bench->worker, link[1]));
	bench->worker.loop.clock = bench_now;
	bench->worker.started = now_ms;
	tclo_start(&bench->worker.tclo);
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void bench_free(void)
{
	bench_get(NULL, NULL);
	worker_close(&bench->worker);
	close(bench->broker);
	fake_host = NULL;
	vh_free(bench->host);
	nftw(bench->root, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	files_root = "";
	free(bench);
	bench = NULL;
}

/* The broker ------------------------------------------------------------------------- */

static void reply(const struct broker_request *request, int32_t result)
{
	struct broker_answer answer = { .op = request->op, .id = request->id, .result = result };

	ck_assert_int_eq(send(bench->broker, &answer, sizeof(answer), 0), sizeof(answer));
}

static void reply_disks(const struct broker_request *request)
{
	struct broker_answer answer = {
		.op = request->op, .id = request->id, .more = 1,
		.disk = { 1000000, 500000, 400000, 8, 1, "ext4", "/" },
	};

	send(bench->broker, &answer, sizeof(answer), 0);
	reply(request, 0);
}

static void play_broker(void)
{
	struct broker_request request;

	while (recv(bench->broker, &request, sizeof(request), MSG_DONTWAIT) == sizeof(request)) {
		ck_assert(broker_check(&request, sizeof(request)));
		ck_assert_uint_lt(bench->asked, BENCH_REQUESTS);
		bench->request[bench->asked++] = request;
		if (bench->hold[request.op])
			continue;
		if (request.op == BROKER_DISKS && !bench->result[BROKER_DISKS])
			reply_disks(&request);
		else
			reply(&request, bench->result[request.op]);
	}
}

void bench_answer(uint32_t op, int32_t result)
{
	const struct broker_request *request = bench_last(op);

	ck_assert_ptr_nonnull(request);
	reply(request, result);
	bench_pass(0);
}

unsigned int bench_asked(uint32_t op)
{
	unsigned int count = 0;

	for (size_t i = 0; i < bench->asked; i++)
		count += bench->request[i].op == op;
	return count;
}

const struct broker_request *bench_last(uint32_t op)
{
	for (size_t i = bench->asked; i-- > 0;)
		if (bench->request[i].op == op)
			return &bench->request[i];
	return NULL;
}

/* Clients --------------------------------------------------------------------------------- */

int bench_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert(files_path(address.sun_path, sizeof(address.sun_path), CTL_PATH));
	ck_assert(!connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

int bench_dial(void)
{
	int fd;

	if (!bench->worker.ctl.worker) {
		bench_file("/run/vmguestd/x", "");
		ck_assert(!control_start(&bench->worker, control_listen()));
	}
	fd = bench_connect();
	bench_pass(0);
	return fd;
}

/* Time ---------------------------------------------------------------------------------- */

static bool quiet(void)
{
	struct pollfd fds[] = {
		{ .fd = bench->worker.loop.epoll, .events = POLLIN },
		{ .fd = bench->broker, .events = POLLIN },
	};
	const struct loop_timer *next = bench->worker.loop.timers;

	return (!next || next->due > now_ms) && poll(fds, 2, 0) <= 0;
}

static void settle(void)
{
	/* What is ready and what is due now; more of it comes of that. */
	for (int i = 0; i < 64 && !quiet(); i++) {
		loop_turn(&bench->worker.loop, 0);
		play_broker();
	}
}

void bench_pass(unsigned int ms)
{
	uint64_t until = now_ms + ms;

	settle();
	while (now_ms < until) {
		struct loop_timer *timer = bench->worker.loop.timers;
		uint64_t next = timer && timer->due < until ? timer->due : until;

		if (next <= now_ms)
			next = now_ms + 1;
		vh_lock(bench->host);
		vh_clock_pass(bench->host, (double)(next - now_ms) / 1000);
		vh_services_tick(bench->host);
		vh_unlock(bench->host);
		now_ms = next;
		settle();
	}
}

void bench_boot(void)
{
	bench_pass(3000);
	ck_assert(bench->worker.registered);
}

/* The host ------------------------------------------------------------------------------ */

struct outcome {
	bool done;
};

static void command_done(struct vmhost *host, void *arg, enum vh_tclo_end end,
			 const uint8_t *answer, size_t len)
{
	struct outcome *outcome = arg;

	(void)host;
	outcome->done = true;
	ck_assert_int_eq(end, VH_TCLO_ANSWERED);
	ck_assert_uint_lt(len, sizeof(text));
	memcpy(text, answer, len);
	text[len] = '\0';
}

const char *bench_command_bytes(const void *command, size_t len)
{
	struct outcome outcome = { false };

	text[0] = '\0';
	vh_lock(bench->host);
	vh_tclo_send(bench->host, command, len, 60, command_done, &outcome);
	vh_unlock(bench->host);
	for (int i = 0; i < 50 && !outcome.done; i++)
		bench_pass(100);
	ck_assert_msg(outcome.done, "no answer");
	return text;
}

const char *bench_command(const char *command)
{
	return bench_command_bytes(command, strlen(command));
}

void bench_snapshot(const char *command)
{
	vh_lock(bench->host);
	vh_quiesce_started(bench->host, false);
	vh_unlock(bench->host);
	expect_text(bench_command(command), "OK ");
}

json_t *bench_get(const char *part, const char *path)
{
	static struct vh_client *client;
	static json_t *kept;
	char line[256], *word, *rest;
	json_t *value;

	json_decref(kept);
	kept = NULL;
	if (!part)
		return NULL;
	client = vh_client_new(-1);
	snprintf(line, sizeof(line), "{\"do\":\"state\",\"part\":\"%s\"}\n", part);
	vh_lock(bench->host);
	vh_client_input(bench->host, client, line, strlen(line));
	vh_client_pump(bench->host, client);
	kept = json_loadb((char *)client->out.data, client->out.len, JSON_ALLOW_NUL, NULL);
	vh_client_free(bench->host, client);
	vh_unlock(bench->host);
	ck_assert_ptr_nonnull(kept);
	value = json_object_get(kept, "state");
	snprintf(line, sizeof(line), "%s", path);
	for (word = strtok_r(line, ".", &rest); word; word = strtok_r(NULL, ".", &rest))
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(word)) :
			json_object_get(value, word);
	return value;
}

const char *bench_text(const char *part, const char *path)
{
	const char *value = json_string_value(bench_get(part, path));

	return value ? value : "(none)";
}

json_int_t bench_number(const char *part, const char *path)
{
	return json_integer_value(bench_get(part, path));
}

const char *bench_backup(void)
{
	json_t *events = bench->host->services->quiesce.events, *event;
	static char list[4096];
	size_t i, len = 0;

	list[0] = '\0';
	json_array_foreach(events, i, event) {
		const char *what = json_string_value(json_object_get(event, "what"));

		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s %d", i ? "," : "", what,
					(int)json_integer_value(json_object_get(event, "code")));
	}
	return list;
}
