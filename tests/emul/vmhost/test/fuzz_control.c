// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* A client that says anything. Each of its lines gets one answer, and each answer is JSON. */
#include <stdlib.h>
#include <string.h>

#include "../services.h"
#include "input.h"

static unsigned int lines(const uint8_t *data, size_t size, bool skip_empty)
{
	unsigned int count = 0;
	const uint8_t *end;

	while (size && (end = memchr(data, '\n', size))) {
		count += !skip_empty || end > data;
		size -= end + 1 - data;
		data = end + 1;
	}
	return count;
}

/* All that the host has said is JSON, a line each. */
static void check(const struct vh_buf *out)
{
	const char *at = (char *)out->data, *end;
	json_t *line;

	for (size_t left = out->len; left; left -= end + 1 - at, at = end + 1) {
		end = memchr(at, '\n', left);
		line = end ? json_loadb(at, end - at, JSON_ALLOW_NUL, NULL) : NULL;
		if (!line)
			abort();
		json_decref(line);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmhost *host = vh_new(0, NULL);
	struct vh_client *client = vh_client_new(-1);
	struct vh_buf reply = { 0 }, command = { 0 };

	vh_lock(host);
	vh_tclo_opened(host);
	vh_client_input(host, client, data, size);
	if (lines(client->out.data, client->out.len, false) + client->pending !=
	    lines(data, size, true))
		abort();
	vh_rpci(host, (const uint8_t *)"log a line", 10, &reply);
	for (int i = 0; i < 4; i++) {
		vh_buf_clear(&command);
		vh_tclo_poll(host, &command);
		vh_tclo_message(host, (const uint8_t *)"OK ", 3);
	}
	vh_client_pump(host, client);
	vh_clock_pass(host, 1e6);
	vh_services_tick(host);
	vh_client_pump(host, client);
	check(&client->out);
	vh_client_free(host, client);
	vh_unlock(host);
	vh_buf_free(&reply);
	vh_buf_free(&command);
	vh_free(host);
	return 0;
}
