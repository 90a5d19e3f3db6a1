// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any message of the host's to the dispatcher, with the services in whatever state the
 * ones before it have left them: messages are separated by 0xff 0xff. A broker that says
 * yes to everything answers in between.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t end[] = { 0xff, 0xff };

	log_limit = LOG_ERROR - 1;
	if (!bench) {
		bench_new();
		bench->worker.settings.display = true;
		bench_boot();
	}
	bench->worker.power.running = POWER_NONE;
	while (size) {
		const uint8_t *next = memmem(data, size, end, sizeof(end));
		size_t len = next ? (size_t)(next - data) : size;
		struct buf answer = { 0 };

		worker_command(&bench->worker, str_of(data, len), &answer);
		if (!answer.error && (answer.len < 3 || (memcmp(answer.data, "OK ", 3) &&
							 memcmp(answer.data, "ERROR ", 6))))
			__builtin_trap();
		buf_free(&answer);
		data += len;
		size -= len;
		if (next) {
			data += sizeof(end);
			size -= sizeof(end);
		}
		bench_pass(20);
		bench->asked = 0;
	}
	return 0;
}
