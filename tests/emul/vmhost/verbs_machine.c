// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What clients may see of the machine, set in it and do to it: balloon, channels, clock, screen,
 * pointer, faults, and what befalls a VM as a whole.
 */
#include "services.h"

#include <stddef.h>
#include <string.h>

/* --- balloon ----------------------------------------------------------------- */

enum kind { FLAG, U32, U64 };

static const struct setting {
	const char *name;
	enum kind kind;
	size_t at;
} settings[] = {
#define SETTING(name, kind, field) { name, kind, offsetof(struct vh_balloon, field) }
	SETTING("max", U64, max),
	SETTING("caps", U32, caps),
	SETTING("legacy", FLAG, legacy),
	SETTING("startNone", U32, start_none),
	SETTING("notStarted", U32, not_started),
	SETTING("notNeeded", FLAG, not_needed),
	SETTING("mixed", FLAG, mixed),
	SETTING("poison", FLAG, poison),
	SETTING("resetOnTouch", FLAG, reset_on_touch),
	SETTING("pinnedEvery", U64, pinned_every),
	SETTING("pinnedAt", U64, pinned_at),
	SETTING("refuseEvery", U64, refuse_every),
	SETTING("refuseStatus", U32, refuse_status),
	SETTING("interruptAddress", U64, interrupt_address),
	SETTING("interruptData", U32, interrupt_data),
};

#define EACH_SETTING(s) \
	for (const struct setting *s = settings; \
	     s < settings + sizeof(settings) / sizeof(*settings); s++)

static void *field(struct vh_balloon *balloon, const struct setting *setting)
{
	return (char *)balloon + setting->at;
}

static json_t *show_setting(struct vh_balloon *balloon, const struct setting *setting)
{
	void *at = field(balloon, setting);

	switch (setting->kind) {
	case FLAG:
		return json_boolean(*(bool *)at);
	case U32:
		return json_integer(*(uint32_t *)at);
	case U64:
		return json_integer(*(uint64_t *)at);
	}
	return NULL;
}

static json_t *counts(const uint64_t *count, size_t commands)
{
	json_t *list = json_array();

	for (size_t i = 0; i < commands; i++)
		json_array_append_new(list, json_integer(count[i]));
	return list;
}

static json_t *balloon_state(struct vmhost *host)
{
	struct vh_balloon *balloon = &host->balloon;
	json_t *state = json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:I}",
				  "started", balloon->started,
				  "resetPending", balloon->reset_pending,
				  "target", (json_int_t)balloon->target,
				  "size", (json_int_t)balloon->size,
				  "size2m", (json_int_t)balloon->size_2m,
				  "granted", (json_int_t)balloon->granted,
				  "guestLimit", (json_int_t)balloon->guest_limit,
				  "doorbell", balloon->doorbell,
				  "guestId", (json_int_t)balloon->guest_id,
				  "unknown", (json_int_t)balloon->unknown);

	json_object_update_new(state, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
				  "offered", (json_int_t)balloon->offered,
				  "refused", (json_int_t)balloon->refused,
				  "doubleLocks", (json_int_t)balloon->double_locks,
				  "doubleUnlocks", (json_int_t)balloon->double_unlocks,
				  "touched", (json_int_t)balloon->touched,
				  "rung", (json_int_t)balloon->rung,
				  "resets", (json_int_t)balloon->resets,
				  "calls", counts(balloon->calls, VH_BALLOON_COMMANDS),
				  "failed", counts(balloon->failed, VH_BALLOON_COMMANDS)));
	EACH_SETTING(setting)
		json_object_set_new(state, setting->name, show_setting(balloon, setting));
	return state;
}

/* False: refused, because it is of another kind. */
static bool set_setting(struct vmhost *host, struct vh_request *request,
			const struct setting *setting, bool *is)
{
	void *at = field(&host->balloon, setting);
	uint64_t number;

	*is = json_object_get(request->message, setting->name);
	if (!*is)
		return true;
	if (setting->kind == FLAG)
		return vh_arg_bool(request, setting->name, at);
	if (!vh_arg_u64(request, setting->name,
			setting->kind == U32 ? UINT32_MAX : INT64_MAX, &number))
		return false;
	if (setting->kind == U32)
		*(uint32_t *)at = number;
	else
		*(uint64_t *)at = number;
	return true;
}

void vh_verb_balloon(struct vmhost *host, struct vh_request *request)
{
	size_t known = 1;	/* "do" */
	uint64_t target;
	bool is, reset = false, check = false;

	known += !!json_object_get(request->message, "id");
	EACH_SETTING(setting) {
		if (!set_setting(host, request, setting, &is))
			return;
		known += is;
	}
	if (!vh_arg_bool(request, "reset", &reset) || !vh_arg_bool(request, "check", &check))
		return;
	known += !!json_object_get(request->message, "reset");
	known += !!json_object_get(request->message, "check");
	if (json_object_get(request->message, "target")) {
		if (!vh_arg_u64(request, "target", UINT32_MAX, &target))
			return;
		vh_balloon_set_target(host, target);
		known++;
	}
	if (known < json_object_size(request->message)) {
		vh_refuse(request, "balloon: it has arguments that do not exist; there are target, "
			  "reset, check, and what the state \"balloon\" shows as settings");
		return;
	}
	if (reset)
		vh_balloon_reset(host);
	host->balloon.check_pending |= check;	/* by the guest's next call */
	vh_answer(request, json_pack("{s:o}", "state", balloon_state(host)));
}

/* --- faults ------------------------------------------------------------------ */

static json_t *faults_state(struct vmhost *host)
{
	json_t *asked = json_array(), *known = json_object();

	for (size_t i = 0; i < host->faults.count; i++) {
		const struct vh_fault_entry *fault = &host->faults.asked[i];
		json_t *entry = json_pack("{s:s, s:I, s:I}", "name", fault->name,
					  "after", (json_int_t)fault->after,
					  "times", (json_int_t)fault->times);

		if (fault->has_arg)
			json_object_set_new(entry, "arg", json_integer(fault->arg));
		json_array_append_new(asked, entry);
	}
	for (const struct vh_fault_kind *kind = vh_fault_kinds; kind->name; kind++)
		json_object_set_new(known, kind->name,
				    kind->arg ? json_string(kind->arg) : json_null());
	return json_pack("{s:o, s:I, s:o}", "asked", asked, "struck",
			 (json_int_t)host->faults.struck, "known", known);
}

void vh_verb_fault(struct vmhost *host, struct vh_request *request)
{
	const char *name = vh_arg_text(request, "name"), *wrong;
	const json_t *arg = json_object_get(request->message, "arg");
	uint64_t after = 0, times = 1, number = 0;
	bool clear = false;

	if (!vh_arg_u64(request, "after", INT64_MAX, &after) ||
	    !vh_arg_u64(request, "times", INT64_MAX, &times) ||
	    !vh_arg_bool(request, "clear", &clear))
		return;
	if (!name && !clear) {
		vh_refuse(request, "fault: \"name\" is missing, or \"clear\": true");
		return;
	}
	if (arg && !json_is_integer(arg)) {
		vh_refuse(request, "fault: \"arg\" is not a whole number");
		return;
	}
	if (clear)
		vh_faults_clear(host);
	number = json_integer_value(arg);
	wrong = name ? vh_fault_ask(host, name, after, times, arg ? &number : NULL) : NULL;
	if (wrong)
		vh_refuse(request, "fault %.64s: %s; the state \"faults\" shows all", name, wrong);
	else
		vh_answer(request, NULL);
}

/* --- what befalls a VM ---------------------------------------------------------- */

void vh_verb_interrupted(struct vmhost *host, struct vh_request *request)
{
	const char *what = vh_arg_text(request, "do");
	const char *protocol = vh_arg_text(request, "protocol") ?: "";
	double away = 0;

	if (!vh_arg_number(request, "away", 0, 1e9, &away))
		return;
	if (!strcmp(what, "checkpoint")) {
		vh_channels_checkpoint(host);
	} else if (!strcmp(what, "snapshot")) {
		vh_snapshot(host);
	} else if (!strcmp(what, "reset")) {
		vh_tclo_restart(host, false);
	} else if (!strcmp(what, "migrate")) {
		vh_migrate(host, away);
		vh_guestlib_moved(host);
	} else if (!strcmp(what, "close")) {
		if (!strcmp(protocol, "RPCI") || !strcmp(protocol, "TCLO")) {
			vh_channels_close(host, *protocol == 'R' ? BACKDOOR_PROTO_RPCI :
					  BACKDOOR_PROTO_TCLO);
		} else {
			vh_refuse(request, "close: \"protocol\" is neither RPCI nor TCLO");
			return;
		}
	} else {
		vh_resume(host, away);
		vh_guestlib_moved(host);
		vh_tclo_restart(host, !strcmp(what, "resume"));
	}
	vh_answer(request, NULL);
}

/* --- the rest ------------------------------------------------------------------ */

void vh_verb_pointer(struct vmhost *host, struct vh_request *request)
{
	uint64_t buttons = 0, x = 0, y = 0;
	double wheel = 0;

	if (!vh_arg_u64(request, "buttons", UINT32_MAX, &buttons) ||
	    !vh_arg_u64(request, "x", 65535, &x) || !vh_arg_u64(request, "y", 65535, &y) ||
	    !vh_arg_number(request, "wheel", -128, 127, &wheel))
		return;
	if (vh_pointer_event(host, buttons, x, y, wheel))
		vh_answer(request, NULL);
	else
		vh_refuse(request, "pointer: the guest has not switched it on, or does not read it");
}

static json_t *channels_state(struct vmhost *host)
{
	static const char *const outs[] = { "none", "ready", "announced" };
	json_t *list = json_array();

	for (int i = 0; i < BACKDOOR_CHANNELS; i++) {
		const struct vh_channel *channel = &host->channels.channel[i];

		if (channel->state == VH_CHANNEL_FREE)
			continue;
		json_array_append_new(list, json_pack("{s:i, s:s, s:b, s:b, s:f, s:b, s:s}",
			"channel", i,
			"protocol", channel->protocol == BACKDOOR_PROTO_TCLO ? "TCLO" : "RPCI",
			"open", channel->state == VH_CHANNEL_OPEN, "cookies", channel->cookies,
			"idle", (vh_monotonic(host) - channel->last_use) / 1e6,
			"sending", channel->sending, "out", outs[channel->out_state]));
	}
	return json_pack("{s:o, s:I, s:I}", "channels", list, "requests",
			 (json_int_t)host->channels.requests, "transfers",
			 (json_int_t)host->channels.transfers);
}

static json_t *screen_state(struct vmhost *host)
{
	const struct vh_backdoor *backdoor = &host->backdoor;

	return json_pack("{s:i, s:i, s:{s:i, s:i, s:b, s:b, s:I}}", "width", backdoor->width,
			 "height", backdoor->height, "pointer", "x", backdoor->pointer_x,
			 "y", backdoor->pointer_y, "enabled", host->pointer.enabled,
			 "absolute", host->pointer.absolute,
			 "queued", (json_int_t)host->pointer.count);
}

static json_t *time_state(struct vmhost *host)
{
	return json_pack("{s:f, s:f, s:I, s:I, s:b}", "utc", vh_wall_clock(host) / 1e6,
			 "offset", host->clock.ahead / 1e6,
			 "maxLag", (json_int_t)host->backdoor.max_lag,
			 "interruptLag", (json_int_t)host->backdoor.interrupt_lag,
			 "synctime", vh_tools_synctime(host));
}

static json_t *machine_state(struct vmhost *host)
{
	const struct vh_options *options = &host->options;
	json_t *calls = json_object();
	char uuid[33], number[12];

	for (int i = 0; i < 16; i++)
		snprintf(uuid + 2 * i, 3, "%02x", options->uuid[i]);
	for (int i = 0; i < VH_COMMANDS; i++) {
		if (!host->backdoor.calls[i])
			continue;
		snprintf(number, sizeof(number), "%d", i);
		json_object_set_new(calls, number, json_integer(host->backdoor.calls[i]));
	}
	return json_pack("{s:o, s:s, s:I, s:I, s:I, s:o, s:I}",
			 "name", vh_json_bytes(options->name, strlen(options->name)),
			 "uuid", uuid, "memory", (json_int_t)options->memory,
			 "product", (json_int_t)options->product,
			 "guiOptions", (json_int_t)host->backdoor.gui_options,
			 "calls", calls, "unknown", (json_int_t)host->backdoor.unknown);
}

json_t *vh_machine_state(struct vmhost *host, const char *part)
{
	static const struct {
		const char *name;
		json_t *(*show)(struct vmhost *host);
	} parts[] = {
		{ "balloon", balloon_state }, { "channels", channels_state },
		{ "screen", screen_state }, { "time", time_state },
		{ "faults", faults_state }, { "machine", machine_state },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!strcmp(part, parts[i].name))
			return parts[i].show(host);
	}
	return NULL;
}

bool vh_machine_set(struct vmhost *host, struct vh_request *request, const char *what)
{
	uint64_t number, width = host->backdoor.width, height = host->backdoor.height;
	double seconds = 0;

	if (!strcmp(what, "time-offset")) {
		if (!vh_arg_number(request, "value", -4e9, 4e9, &seconds))
			return true;
		host->clock.ahead = seconds * 1e6;
	} else if (!strcmp(what, "lag")) {
		number = host->backdoor.interrupt_lag;
		if (!vh_arg_u64(request, "value", UINT32_MAX, &number))
			return true;
		host->backdoor.interrupt_lag = number;
	} else if (!strcmp(what, "memory")) {
		number = host->options.memory;
		if (!vh_arg_u64(request, "value", 1 << 24, &number))
			return true;
		host->options.memory = number;
	} else if (!strcmp(what, "screen")) {
		if (!vh_arg_u64(request, "width", 65535, &width) ||
		    !vh_arg_u64(request, "height", 65535, &height))
			return true;
		host->backdoor.width = width;
		host->backdoor.height = height;
	} else {
		return false;
	}
	vh_answer(request, NULL);
	return true;
}
