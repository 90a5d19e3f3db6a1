// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any line on the control socket: the answer is one line of JSON.
 */
#include <string.h>

#include "bench.h"
#include "log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf reply = { 0 };

	log_limit = LOG_ERROR - 1;
	if (!bench) {
		bench_new();
		bench_boot();
	}
	control_answer(&bench->worker, str_of(data, size), size & 1, &reply);
	if (!reply.len || memchr(reply.data, '\n', reply.len) != reply.data + reply.len - 1)
		__builtin_trap();
	buf_free(&reply);
	bench->asked = 0;
	bench_pass(0);
	return 0;
}
