// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* deployPkg.update.state: what tools and cloud-init report of a customization. */
#include "services.h"

void vh_deploypkg_init(struct vmhost *host)
{
	host->services->deploypkg.text = json_null();
}

void vh_deploypkg_free(struct vmhost *host)
{
	json_decref(host->services->deploypkg.text);
}

void vh_deploypkg_reset(struct vmhost *host)
{
	vh_deploypkg_free(host);
	host->services->deploypkg = (struct vh_deploypkg){ .text = json_null() };
}

/*
 * deployPkg.update.state STATE ERROR TEXT. The two texts in the answers make cloud-init go on with
 * the customization of NICs.
 */
void vh_deploypkg_update(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	enum { ENABLE_NICS = 103, QUERY_NICS = 104, RUNNING = 4 };
	struct vh_deploypkg *deploy = &host->services->deploypkg;
	uint64_t state, error;

	vh_drop_nul(args);
	if (!vh_take_decimal(args, 5, &state) || !vh_take_decimal(args, 1000, &error)) {
		vh_no(reply, "Invalid state");
		return;
	}
	deploy->reports++;
	deploy->state = state;
	deploy->code = error;
	json_decref(deploy->text);
	deploy->text = vh_json_bytes(args->at, args->left < 1024 ? args->left : 1024);
	vh_event(host, "deploypkg", "{s:i, s:i, s:O}", "state", (int)state, "code", (int)error,
		 "text", deploy->text);
	if (state == RUNNING && error == ENABLE_NICS)
		vh_yes(reply, "queryNicsSupported");
	else if (state == RUNNING && error == QUERY_NICS)
		vh_yes(reply, "connected");
	else
		vh_yes(reply, "%s", "");
}

json_t *vh_deploypkg_state(struct vmhost *host)
{
	const struct vh_deploypkg *deploy = &host->services->deploypkg;

	return json_pack("{s:i, s:i, s:i, s:O}", "reports", deploy->reports, "state",
			 deploy->state, "code", deploy->code, "text", deploy->text);
}
