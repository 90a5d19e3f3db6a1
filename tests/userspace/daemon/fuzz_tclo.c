// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any messages of the host's to the dispatcher, with the services in whatever state the
 * ones before have left them: they are separated by 0xff 0xff. In between a broker
 * answers. It says yes, unless 0xfe, an operation and a result said otherwise; a number
 * behind them is how many tenths of a second go by.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void play_broker(const uint8_t *data, size_t len)
{
	if (len > 2 && data[1] < BROKER_OPS)
		bench->result[data[1]] = (int8_t)data[2];
	if (len > 3)
		bench_pass(data[3] % 64u * 100);
}

static void command(const uint8_t *data, size_t len)
{
	struct buf answer = { 0 };

	worker_command(&bench->worker, str_of(data, len), &answer);
	if (!answer.error && (answer.len < 3 || (memcmp(answer.data, "OK ", 3) &&
						 memcmp(answer.data, "ERROR ", 6))))
		__builtin_trap();
	buf_free(&answer);
	bench_pass(20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t end[] = { 0xff, 0xff };
	static const char abort_all[] = "vmbackup.abort";

	log_limit = LOG_ERROR - 1;
	if (!bench) {
		bench_new();
		bench->worker.settings.display = true;
		bench->worker.settings.null_freeze = true;
		bench_boot();
		atexit(bench_free);
	}
	/* What the last input has left undone is no part of this one. */
	memset(bench->result, 0, sizeof(bench->result));
	command((const uint8_t *)abort_all, sizeof(abort_all) - 1);
	bench->asked = 0;
	while (size) {
		const uint8_t *next = memmem(data, size, end, sizeof(end));
		size_t len = next ? (size_t)(next - data) : size;

		if (len && data[0] == 0xfe)
			play_broker(data, len);
		else
			command(data, len);
		data += len;
		size -= len;
		if (next) {
			data += sizeof(end);
			size -= sizeof(end);
		}
		bench->asked = 0;
	}
	return 0;
}
