// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any lines on the control socket, from a client that sends them in pieces: each answer is
 * one line of JSON. The first byte says how long a piece is, and, since the client here may
 * be root, whether a line is answered as to another user instead.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "ctl.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct str answers)
{
	while (answers.len) {
		struct str line = str_cut(&answers, '\n');
		json_t *answer = json_loadb(line.at, line.len, 0, NULL);

		if (!json_is_object(answer))
			__builtin_trap();
		json_decref(answer);
	}
}

static void as_user(struct str line)
{
	struct buf reply = { 0 };

	control_answer(&bench->worker, line, false, &reply);
	if (!reply.len || memchr(reply.data, '\n', reply.len) != reply.data + reply.len - 1)
		__builtin_trap();
	check(str_of(reply.data, reply.len));
	buf_free(&reply);
}

static void as_client(struct str lines, size_t piece)
{
	static char answers[CTL_REPLY_MAX];
	int fd = bench_dial();
	ssize_t len = 0;

	while (lines.len) {
		size_t n = lines.len < piece ? lines.len : piece;

		if (send(fd, lines.at, n, MSG_NOSIGNAL) < 0)
			break;
		lines = str_skip(lines, n);
		bench_pass(0);
		bench->asked = 0;
		len = recv(fd, answers, sizeof(answers), 0);
		if (len > 0)
			check(str_of(answers, (size_t)len));
	}
	close(fd);
	bench_pass(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	log_limit = LOG_ERROR - 1;
	if (!bench) {
		bench_new();
		bench_boot();
		atexit(bench_free);
	}
	if (!size)
		return 0;
	if (data[0] & 1)
		as_user(str_of(data + 1, size - 1));
	else
		as_client(str_of(data + 1, size - 1), 1 + data[0] * 16u);
	bench->asked = 0;
	return 0;
}
