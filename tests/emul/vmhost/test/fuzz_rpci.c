// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * A guest that sends any request. Each gets a reply of a known form, and whatever the host
 * keeps of it can be shown.
 */
#include <stdlib.h>

#include "../services.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vmhost *host = vh_new(0, NULL);
	struct vh_client *client = vh_client_new(-1);
	struct vh_buf reply = { 0 };

	vh_lock(host);
	/* Twice, since the second one finds what the first has left. */
	for (int i = 0; i < 2; i++) {
		vh_buf_clear(&reply);
		vh_rpci(host, data, size, &reply);
		if (reply.len < 2 || (*reply.data != '0' && *reply.data != '1') ||
		    reply.data[1] != ' ')
			abort();
	}
	vh_client_input(host, client, "{\"do\": \"state\"}\n", 16);
	if (!client->out.len)
		abort();
	vh_client_free(host, client);
	vh_unlock(host);
	vh_machine_reset(host);
	vh_buf_free(&reply);
	vh_free(host);
	return 0;
}
