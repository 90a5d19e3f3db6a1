// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* «log TEXT»: what ESXi writes to vmware.log, behind «Guest: ». */
#include "services.h"

void vh_guestlog_free(struct vmhost *host)
{
	for (size_t i = 0; i < VH_LOG_LINES; i++)
		json_decref(host->services->log.lines[i]);
}

void vh_guestlog_add(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_guestlog *log = &host->services->log;
	json_t **slot = &log->lines[log->count++ % VH_LOG_LINES];

	vh_drop_nul(args);
	json_decref(*slot);
	*slot = json_object();
	vh_json_put(*slot, "text", args->at, args->left, VH_SHOWN);
	vh_event_object(host, "log", json_copy(*slot));
	json_object_set_new(*slot, "time", json_real(vh_seconds(host)));
	vh_yes(reply, "%s", "");
}

json_t *vh_guestlog_state(struct vmhost *host)
{
	const struct vh_guestlog *log = &host->services->log;
	uint64_t first = log->count > VH_LOG_LINES ? log->count - VH_LOG_LINES : 0;
	json_t *lines = json_array();

	for (uint64_t i = first; i < log->count; i++)
		json_array_append(lines, log->lines[i % VH_LOG_LINES]);
	return json_pack("{s:I, s:o}", "count", (json_int_t)log->count, "lines", lines);
}
