// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * A guest that answers anything, or nothing, refuses, closes and opens as it likes. Its input is
 * rounds: a byte that says what to do, and for an answer its length and bytes.
 */
#include "../services.h"
#include "input.h"

#define STATE_ALONE \
	"{\"do\": \"set\", \"what\": \"script\", \"value\": [\"reset\", \"Vix_1_Relayed_Command\"]}\n"

static void round_of(struct vmhost *host, struct input *in, struct vh_buf *command)
{
	uint64_t what = take(in, 1), size;

	vh_buf_clear(command);
	switch (what % 8) {
	case 0:
		vh_tclo_closed(host);
		vh_tclo_opened(host);
		break;
	case 1:
		vh_tclo_dropped(host);
		break;
	case 2:
		vh_clock_pass(host, take(in, 1));
		vh_services_tick(host);
		break;
	case 3:
		vh_tclo_restart(host, what & 8);
		break;
	default:
		size = take(in, what & 8 ? 2 : 1);
		if (size > in->left)
			size = in->left;
		vh_tclo_message(host, in->data, size);
		in->data += size;
		in->left -= size;
		vh_tclo_poll(host, command);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmhost *host = vh_new(0, NULL);
	struct vh_client *client = vh_client_new(-1);
	struct input in = { .data = data, .left = size };
	struct vh_buf command = { 0 };

	vh_lock(host);
	if (take(&in, 1) & 1)
		vh_client_input(host, client, STATE_ALONE, sizeof(STATE_ALONE) - 1);
	vh_client_input(host, client, "{\"do\": \"quiesce\", \"op\": \"start\"}\n", 34);
	vh_tclo_opened(host);
	vh_tclo_poll(host, &command);
	while (in.left)
		round_of(host, &in, &command);
	vh_client_input(host, client, "{\"do\": \"state\"}\n", 16);
	vh_client_free(host, client);
	vh_unlock(host);
	vh_buf_free(&command);
	vh_free(host);
	return 0;
}
