// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The tools in the guest: what they have said of themselves, and what vSphere would show
 * from it. There is no heartbeat message: polling is the heartbeat.
 */
#include "services.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UNMANAGED	2147483647u
#define MANY		256	/* capabilities or features that are remembered */

static const char *const type_names[] = {
	"unknown", "msi", "tar", "osp", "open-vm-tools",
};

static const char *const colours[] = { "gray", "green", "yellow", "red" };

/* In the order in which a host sends them at boot; values as of a VM nobody has configured. */
static const char *const options[][2] = {
	{ "broadcastIP", "0" },
	{ "synctime", "0" },
	{ "time.synchronize.tools.startup", "1" },
	{ "time.synchronize.tools.slewCorrection", "1" },
	{ "time.synchronize.tools.percentCorrection", "50" },
	{ "toolScripts.afterPowerOn", "1" },
	{ "toolScripts.afterResume", "1" },
	{ "toolScripts.beforeSuspend", "1" },
	{ "toolScripts.beforePowerOff", "1" },
	{ "enableDnD", "1" },
	{ "copypaste", "1" },
	{ "autohide", "0" },
	{ "enableMessageBusTunnel", "0" },
	{ "mapRootHgfsShare", "0" },
	{ "linkRootHgfsShare", "0" },
};

/* Options that exist as well, and are sent once somebody has set them. */
static const char *const more_options[] = {
	"synctime.period", "time.synchronize.allow", "time.synchronize.tools.enable",
	"time.synchronize.tools.startup.backward", "time.synchronize.guest.resync",
	"time.synchronize.guest.resync.timeout", "guestLogLevel", "enableAppInfo",
	"enableGuestStoreAccess", "enableDeviceHelper",
};

static json_t *default_options(void)
{
	json_t *all = json_object();

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		json_object_set_new(all, options[i][0], json_string(options[i][1]));
	return all;
}

void vh_tools_init(struct vmhost *host)
{
	struct vh_tools *tools = &host->services->tools;

	tools->yellow_after = 10;
	tools->stopped_after = 30;
	tools->current = 13 << 10 | 1 << 5;
	tools->options = default_options();
	tools->capabilities = json_object();
	tools->features = json_object();
	tools->properties = json_object();
}

void vh_tools_free(struct vmhost *host)
{
	struct vh_tools *tools = &host->services->tools;

	json_decref(tools->options);
	json_decref(tools->capabilities);
	json_decref(tools->features);
	json_decref(tools->properties);
}

void vh_tools_reset(struct vmhost *host)
{
	struct vh_tools *tools = &host->services->tools;

	json_object_clear(tools->capabilities);
	json_object_clear(tools->features);
	json_object_clear(tools->properties);
	memset(&tools->shown, 0, sizeof(tools->shown));
	tools->open = false;
	tools->signs = 0;
	tools->longest_gap = 0;
	tools->health[0] = tools->unified_loop[0] = 0;
	vh_tools_update(host);
}

void vh_tools_opened(struct vmhost *host)
{
	struct vh_tools *tools = &host->services->tools;

	tools->open = true;
	tools->last_sign = vh_seconds(host);
	vh_tools_update(host);
}

/* Who closes while it beats has gone in order; who had stopped before has not. */
void vh_tools_closed(struct vmhost *host)
{
	struct vh_tools *tools = &host->services->tools;

	vh_tools_update(host);
	tools->open = false;
	if (tools->shown.heartbeat != VH_RED)
		tools->shown.heartbeat = VH_GRAY;
	vh_tools_update(host);
}

void vh_tools_sign(struct vmhost *host)
{
	struct vh_tools *tools = &host->services->tools;
	double now = vh_seconds(host), gap = now - tools->last_sign;

	if (tools->signs && gap > tools->longest_gap)
		tools->longest_gap = gap;
	if (!tools->signs || gap > tools->yellow_after)
		vh_event(host, "poll", "{s:f}", "silence", tools->signs ? gap : 0);
	tools->signs++;
	tools->last_sign = now;
	vh_tools_update(host);
}

void vh_tools_name(struct vmhost *host, const char *name)
{
	snprintf(host->services->tools.shown.name, sizeof(host->services->tools.shown.name), "%s", name);
	vh_tools_update(host);
}

void vh_tools_properties(struct vmhost *host, json_t *properties)
{
	json_decref(host->services->tools.properties);
	host->services->tools.properties = properties;
}

static const char *running_status(const struct vh_tools_shown *shown)
{
	if (!shown->running)
		return "guestToolsNotRunning";
	return shown->executing ? "guestToolsExecutingScripts" : "guestToolsRunning";
}

static const char *version_status(const struct vh_tools *tools)
{
	const struct vh_tools_shown *shown = &tools->shown;

	if (!shown->known || !shown->version)
		return "guestToolsNotInstalled";
	if (shown->version == UNMANAGED || shown->type > 2)
		return "guestToolsUnmanaged";
	if (shown->version == tools->current)
		return "guestToolsCurrent";
	return shown->version > tools->current ? "guestToolsSupportedNew" : "guestToolsSupportedOld";
}

/* 13344 is 13.1.0. */
static json_t *version_text(uint32_t version)
{
	return json_sprintf("%u.%u.%u", version >> 10, version >> 5 & 31, version & 31);
}

static json_t *show(const struct vh_tools *tools)
{
	const struct vh_tools_shown *shown = &tools->shown;
	size_t types = sizeof(type_names) / sizeof(*type_names);

	return json_pack("{s:b, s:s, s:I, s:o, s:I, s:s, s:s, s:s, s:s}",
			 "running", shown->running, "runningStatus", running_status(shown),
			 "version", (json_int_t)shown->version,
			 "versionText", version_text(shown->version),
			 "type", (json_int_t)shown->type,
			 "typeName", type_names[shown->type < types ? shown->type : 0],
			 "versionStatus", version_status(tools),
			 "heartbeat", colours[shown->heartbeat], "name", shown->name);
}

double vh_tools_update(struct vmhost *host)
{
	struct vh_tools *tools = &host->services->tools;
	struct vh_tools_shown *shown = &tools->shown;
	double silence = vh_seconds(host) - tools->last_sign;
	bool beats = tools->open && tools->signs;

	shown->running = beats && silence < tools->stopped_after;
	shown->executing = shown->running && host->services->power.executing;
	if (shown->running)
		shown->heartbeat = silence < tools->yellow_after ? VH_GREEN : VH_YELLOW;
	else if (beats)
		shown->heartbeat = VH_RED;
	if (memcmp(shown, &tools->told, sizeof(*shown))) {
		memcpy(&tools->told, shown, sizeof(*shown));
		vh_event_object(host, "tools", show(tools));
	}
	if (!shown->running)
		return INFINITY;
	return tools->last_sign +
	       (silence < tools->yellow_after ? tools->yellow_after : tools->stopped_after);
}

void vh_tools_version(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_tools_shown *shown = &host->services->tools.shown;
	uint64_t version;

	vh_drop_nul(args);
	if (!vh_take_decimal(args, UINT32_MAX, &version) || args->left) {
		vh_no(reply, "Invalid version");
		return;
	}
	shown->known = true;
	shown->version = version;
	shown->type = 0;
	vh_tools_update(host);
	vh_yes(reply, "%s", "");
}

void vh_tools_versiontype(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_tools_shown *shown = &host->services->tools.shown;
	uint64_t version, type;

	vh_drop_nul(args);
	if (!vh_take_decimal(args, UINT32_MAX, &version) ||
	    !vh_take_decimal(args, UINT32_MAX, &type) || args->left) {
		vh_no(reply, "Invalid version or type");
		return;
	}
	shown->known = true;
	shown->version = version;
	shown->type = type;
	vh_tools_update(host);
	vh_yes(reply, "%s", "");
}

static bool remember(json_t *all, const char *name, json_t *value)
{
	if (!json_object_get(all, name) && json_object_size(all) >= MANY) {
		json_decref(value);
		return false;
	}
	return !json_object_set_new(all, name, value);
}

/* "36=1 37=1" */
static bool features(struct vmhost *host, struct vh_cursor *args)
{
	char pair[32];

	while (args->left) {
		unsigned int index, value;
		char name[16], rest;

		if (!vh_take_word(args, pair, sizeof(pair)) ||
		    sscanf(pair, "%6u=%6u%c", &index, &value, &rest) != 2)
			return false;
		snprintf(name, sizeof(name), "%u", index);
		if (!remember(host->services->tools.features, name, json_integer(value)))
			return false;
		vh_event(host, "capability", "{s:s, s:i, s:i}", "name", "features",
			 "feature", index, "value", value);
	}
	return true;
}

void vh_tools_capability(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	json_t *value;
	char name[64];

	vh_drop_nul(args);
	if (!vh_take_word(args, name, sizeof(name)) || !vh_is_utf8(name) || args->left > 1024) {
		vh_no(reply, "Invalid capability");
		return;
	}
	if (!strcmp(name, "features")) {
		if (features(host, args))
			vh_yes(reply, "%s", "");
		else
			vh_no(reply, "Invalid features");
		return;
	}
	/* Two programs may announce themselves under one name: "toolbox 1", "toolbox-dnd 0". */
	value = vh_json_bytes(args->at, args->left);
	if (!remember(host->services->tools.capabilities, name, json_incref(value))) {
		json_decref(value);
		vh_no(reply, "Too many capabilities");
		return;
	}
	vh_event(host, "capability", "{s:o, s:o}", "name", json_string(name), "value", value);
	vh_yes(reply, "%s", "");
}

void vh_tools_health(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	static const char *const known[] = { "normal", "hung", "guest_slow" };
	char word[16];

	vh_drop_nul(args);
	if (vh_take_word(args, word, sizeof(word)) && !args->left) {
		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
			if (strcmp(word, known[i]))
				continue;
			strcpy(host->services->tools.health, word);
			vh_event(host, "health", "{s:s}", "health", word);
			vh_yes(reply, "%s", "");
			return;
		}
	}
	vh_no(reply, "Invalid health");
}

void vh_tools_unified_loop(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_tools *tools = &host->services->tools;
	char name[sizeof(tools->unified_loop)];

	vh_drop_nul(args);
	if (!vh_take_word(args, name, sizeof(name)) || !vh_is_utf8(name)) {
		vh_no(reply, "Invalid name");
		return;
	}
	strcpy(tools->unified_loop, name);
	vh_yes(reply, "%s", "");
}

static bool is_option(const char *name)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (!strcmp(name, options[i][0]))
			return true;
	}
	for (size_t i = 0; i < sizeof(more_options) / sizeof(*more_options); i++) {
		if (!strcmp(name, more_options[i]))
			return true;
	}
	return false;
}

const char *vh_tools_option(struct vmhost *host, const char *name, const char *value,
			    const char *by)
{
	struct vh_buf command = { 0 };

	if (!is_option(name))
		return "Unknown option";
	if (!*value || strlen(value) > 64 || strchr(value, ' ') || !vh_is_utf8(value))
		return "Invalid value of an option";
	json_object_set_new(host->services->tools.options, name, json_string(value));
	if (vh_tools_synctime(host))
		host->backdoor.gui_options |= BACKDOOR_GUI_SYNC_TIME;
	else
		host->backdoor.gui_options &= ~BACKDOOR_GUI_SYNC_TIME;
	vh_event(host, "option", "{s:s, s:s, s:s}", "name", name, "value", value, "by", by);
	if (host->services->tools.open) {
		/* A guest that sets options and never polls must not fill the queue. */
		vh_buf_printf(&command, "Set_Option %s ", name);
		vh_tclo_withdraw(host, (char *)command.data);
		vh_buf_printf(&command, "%s", value);
		vh_tclo_send(host, command.data, command.len, INFINITY, NULL, NULL);
		vh_buf_free(&command);
	}
	return NULL;
}

bool vh_tools_synctime(const struct vmhost *host)
{
	return !strcmp(json_string_value(json_object_get(host->services->tools.options, "synctime")), "1");
}

/* vmx.set_option NAME OLD NEW. The old value is what the guest believes; hosts ignore it. */
void vh_tools_set_option(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	char name[64], old[65], new[65];
	const char *wrong;

	vh_drop_nul(args);
	if (!vh_take_word(args, name, sizeof(name)) || !vh_take_word(args, old, sizeof(old)) ||
	    !vh_take_word(args, new, sizeof(new)) || args->left) {
		vh_no(reply, "Invalid option");
		return;
	}
	wrong = vh_tools_option(host, name, new, "guest");
	if (wrong)
		vh_no(reply, "%s", wrong);
	else
		vh_yes(reply, "%s", "");
}

void vh_tools_vmsupport(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	uint64_t status;

	vh_drop_nul(args);
	if (!vh_take_decimal(args, UINT32_MAX, &status) || args->left) {
		vh_no(reply, "Invalid status");
		return;
	}
	vh_event(host, "vmsupport", "{s:I}", "status", (json_int_t)status);
	vh_yes(reply, "%s", "");
}

/* This host's disks cannot be shrunk by their guest, as on ESXi. */
void vh_tools_disk_wiper(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	(void)host;
	(void)args;
	vh_yes(reply, "0");
}

json_t *vh_tools_state(struct vmhost *host)
{
	const struct vh_tools *tools = &host->services->tools;
	json_t *state = show(tools);
	json_t *beat = json_pack("{s:s, s:I, s:f, s:f, s:f}",
				 "status", colours[tools->shown.heartbeat],
				 "count", (json_int_t)tools->signs,
				 "longestGap", tools->longest_gap,
				 "yellowAfter", tools->yellow_after,
				 "stoppedAfter", tools->stopped_after);

	json_object_set_new(beat, "age", tools->signs ?
			    json_real(vh_seconds(host) - tools->last_sign) : json_null());
	json_object_set_new(state, "heartbeat", beat);
	json_object_set_new(state, "channel", json_boolean(tools->open));
	json_object_set_new(state, "health", json_string(tools->health));
	json_object_set_new(state, "unifiedLoop", json_string(tools->unified_loop));
	json_object_set(state, "capabilities", tools->capabilities);
	json_object_set(state, "features", tools->features);
	json_object_set(state, "options", tools->options);
	json_object_set(state, "properties", tools->properties);
	return state;
}
