// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The host's side of a quiesced snapshot: it starts, waits for «commit», takes its
 * snapshot, says so, and waits for «done»; it wants to hear something every few seconds and
 * aborts an operation that takes too long.
 */
#include "services.h"

#include <math.h>
#include <string.h>

#define EVENTS_KEPT 256

static const char *const states[] = { "idle", "preparing", "frozen", "ending" };

static const char *const known[] = {
	"reset", "prov.snapshotCommit", "prov.snapshotPrepare", "prov.snapshotAbort",
	"req.manifest", "req.genericManifest", "req.keepAlive", "req.error", "req.aborted",
	"req.writerError", "req.done",
};

void vh_quiesce_init(struct vmhost *host)
{
	struct vh_quiesce *quiesce = &host->services->quiesce;

	quiesce->silence_after = 5;
	quiesce->limit = 900;
	quiesce->events = json_array();
}

void vh_quiesce_free(struct vmhost *host)
{
	json_decref(host->services->quiesce.events);
}

void vh_quiesce_reset(struct vmhost *host)
{
	host->services->quiesce.state = VH_QUIESCE_IDLE;
}

void vh_quiesce_started(struct vmhost *host, bool automatic)
{
	struct vh_quiesce *quiesce = &host->services->quiesce;

	quiesce->state = VH_QUIESCE_PREPARING;
	quiesce->automatic = automatic;
	quiesce->silent = false;
	quiesce->longest_gap = 0;
	quiesce->began = quiesce->last_sign = vh_seconds(host);
	json_array_clear(quiesce->events);
}

void vh_quiesce_failed(struct vmhost *host)
{
	host->services->quiesce.state = VH_QUIESCE_IDLE;
}

void vh_quiesce_ending(struct vmhost *host)
{
	if (host->services->quiesce.state != VH_QUIESCE_IDLE)
		host->services->quiesce.state = VH_QUIESCE_ENDING;
}

double vh_quiesce_tick(struct vmhost *host)
{
	static const char abort_command[] = "vmbackup.abort";
	struct vh_quiesce *quiesce = &host->services->quiesce;
	double now = vh_seconds(host);

	if (quiesce->state == VH_QUIESCE_IDLE)
		return INFINITY;
	if (!quiesce->silent && now - quiesce->last_sign >= quiesce->silence_after) {
		quiesce->silent = true;
		vh_event(host, "backup", "{s:s, s:f}", "what", "host.silence",
			 "silence", now - quiesce->last_sign);
	}
	if (quiesce->state != VH_QUIESCE_ENDING && now - quiesce->began >= quiesce->limit) {
		vh_event(host, "backup", "{s:s}", "what", "host.limit");
		vh_tclo_send(host, abort_command, strlen(abort_command), INFINITY, NULL, NULL);
		vh_quiesce_ending(host);
	}
	return fmin(quiesce->silent ? INFINITY : quiesce->last_sign + quiesce->silence_after,
		    quiesce->state == VH_QUIESCE_ENDING ? INFINITY :
		    quiesce->began + quiesce->limit);
}

static bool is_known(const char *event)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(event, known[i]))
			return true;
	}
	return false;
}

static void advance(struct vmhost *host, const char *event)
{
	static const char done[] = "vmbackup.snapshotDone";
	struct vh_quiesce *quiesce = &host->services->quiesce;

	if (!strcmp(event, "req.done")) {
		quiesce->state = VH_QUIESCE_IDLE;
	} else if (!strcmp(event, "prov.snapshotCommit") &&
		   quiesce->state == VH_QUIESCE_PREPARING) {
		quiesce->state = VH_QUIESCE_FROZEN;
		if (quiesce->automatic) {
			vh_tclo_send(host, done, strlen(done), INFINITY, NULL, NULL);
			vh_quiesce_ending(host);
		}
	}
}

/* vmbackup.eventSet EVENT CODE DESCRIPTION */
void vh_quiesce_event(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_quiesce *quiesce = &host->services->quiesce;
	double now = vh_seconds(host), gap = now - quiesce->last_sign;
	char event[64];
	uint64_t code;
	json_t *entry;

	vh_drop_nul(args);
	if (!vh_take_word(args, event, sizeof(event)) || !is_known(event) ||
	    !vh_take_decimal(args, 1000, &code)) {
		vh_no(reply, "Invalid event");
		return;
	}
	entry = json_pack("{s:s, s:i}", "what", event, "code", (int)code);
	vh_json_put(entry, "description", args->at, args->left, 1024);
	vh_event_object(host, "backup", json_copy(entry));
	json_object_set_new(entry, "time", json_real(now));
	if (json_array_size(quiesce->events) < EVENTS_KEPT)
		json_array_append(quiesce->events, entry);
	json_decref(entry);

	if (quiesce->state != VH_QUIESCE_IDLE && gap > quiesce->longest_gap)
		quiesce->longest_gap = gap;
	quiesce->last_sign = now;
	quiesce->silent = false;
	advance(host, event);
	vh_yes(reply, "%s", "");
	vh_control_wake(host);
}

const char *vh_quiesce_options(const json_t *request, struct vh_buf *command)
{
	static const char *const flags[] = {
		"createManifest", "quiesceApps", "quiesceFS", "writableSnapshot", "execScripts",
	};
	const json_t *version = json_object_get(request, "version");
	const json_t *timeout = json_object_get(request, "limit");
	static const char *const texts[] = { "scriptArg", "diskUuids" };
	static const size_t limits[] = { 256, 3200 };
	const json_t *text[2];

	if (version && !json_is_integer(version))
		return "\"version\" is not a number";
	if (timeout && (!json_is_integer(timeout) || json_integer_value(timeout) < 0 ||
			json_integer_value(timeout) > UINT32_MAX))
		return "\"limit\" is not a number of seconds";
	for (int i = 0; i < 2; i++) {
		text[i] = json_object_get(request, texts[i]);
		if (text[i] && (!json_is_string(text[i]) || json_string_length(text[i]) > limits[i]))
			return "\"scriptArg\" or \"diskUuids\" is not a text, or too long";
	}
	vh_buf_printf(command, "vmbackup.startWithOpts ");
	vh_put_be32(command, version ? json_integer_value(version) : 1);
	vh_put_be32(command, 1);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		vh_put_be32(command, json_is_true(json_object_get(request, flags[i])));
	vh_put_xdr(command, json_string_value(text[0]), json_string_length(text[0]));
	vh_put_be32(command, timeout ? json_integer_value(timeout) : 0);
	vh_put_xdr(command, json_string_value(text[1]), json_string_length(text[1]));
	if (version && json_integer_value(version) == 2) {
		for (int i = 0; i < 4; i++)	/* VSS alone */
			vh_put_be32(command, 0);
	}
	return NULL;
}

json_t *vh_quiesce_state(struct vmhost *host)
{
	const struct vh_quiesce *quiesce = &host->services->quiesce;

	return json_pack("{s:s, s:b, s:b, s:f, s:f, s:f, s:O}", "state", states[quiesce->state],
			 "auto", quiesce->automatic, "silent", quiesce->silent,
			 "longestGap", quiesce->longest_gap,
			 "silenceAfter", quiesce->silence_after, "limit", quiesce->limit,
			 "events", quiesce->events);
}
