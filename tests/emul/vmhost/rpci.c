// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Requests of the guest (RPCI): one table from names to handlers, which live with what
 * they are about. Names that are not in it get «0 Unknown command», as on a host that
 * lacks the feature: drag and drop, Unity, HGFS, the guest store, namespaces.
 */
#include "services.h"

#include <stdarg.h>
#include <string.h>

typedef void handler_fn(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);

/* A name that ends in a dot stands for all that begin so; their rest is the first argument. */
static const struct command {
	const char *name;
	handler_fn *handle;
} commands[] = {
	{ "GuestAppMonitor.Cmd.", vh_appmonitor_request },
	{ "SetGuestDiskInfo", vh_guestinfo_disks },
	{ "SetGuestInfo", vh_guestinfo_set },
	{ "deployPkg.update.state", vh_deploypkg_update },
	{ "disk.wiper.enable", vh_tools_disk_wiper },
	{ "guest.log.text", vh_guestlog_add },
	{ "guestlib.info.get", vh_guestlib_get },
	{ "info-get", vh_vars_info_get },
	{ "info-set", vh_vars_info_set },
	{ "log", vh_guestlog_add },
	{ "tools.capability.", vh_tools_capability },
	{ "tools.os.statechange.status", vh_power_status },
	{ "tools.set.version", vh_tools_version },
	{ "tools.set.versiontype", vh_tools_versiontype },
	{ "tools.vmsupport.status", vh_tools_vmsupport },
	{ "update.tools.health", vh_tools_health },
	{ "vmbackup.eventSet", vh_quiesce_event },
	{ "vmx.capability.unified_loop", vh_tools_unified_loop },
	{ "vmx.set_option", vh_tools_set_option },
};

__attribute__((format(printf, 3, 0)))
static void answer(struct vh_buf *reply, const char *status, const char *format, va_list list)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, list);
	vh_buf_clear(reply);
	vh_buf_printf(reply, "%s %s", status, text);
}

void vh_yes(struct vh_buf *reply, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	answer(reply, "1", format, list);
	va_end(list);
}

void vh_no(struct vh_buf *reply, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	answer(reply, "0", format, list);
	va_end(list);
}

void vh_rpci_init(struct vmhost *host)
{
	host->services->rpci.replies = json_object();
	host->services->rpci.privileged = json_object();
}

void vh_rpci_free(struct vmhost *host)
{
	json_decref(host->services->rpci.replies);
	json_decref(host->services->rpci.privileged);
}

const char *vh_rpci_override(struct vmhost *host, const char *begin, const struct vh_buf *reply)
{
	json_t *replies = host->services->rpci.replies;
	struct vh_buf coded = { 0 };

	if (!*begin)
		return "which request is to be answered so is missing";
	if (!reply) {
		json_object_del(replies, begin);
		return NULL;
	}
	vh_base64(&coded, reply->data, reply->len);
	json_object_set_new(replies, begin, json_stringn((char *)coded.data ?: "", coded.len));
	vh_buf_free(&coded);
	return NULL;
}

static bool overridden(struct vmhost *host, const uint8_t *message, size_t len,
		       struct vh_buf *reply)
{
	const char *key, *found = NULL;
	size_t longest = 0;
	json_t *value;

	json_object_foreach(host->services->rpci.replies, key, value) {
		size_t size = strlen(key);

		if (size > longest && size <= len && !memcmp(key, message, size)) {
			longest = size;
			found = json_string_value(value);
		}
	}
	return found && vh_unbase64(reply, found, strlen(found));
}

static const struct command *find(const uint8_t *name, size_t len)
{
	for (const struct command *c = commands; c < commands + sizeof(commands) / sizeof(*c); c++) {
		size_t size = strlen(c->name);
		bool prefix = c->name[size - 1] == '.';

		if (prefix ? len > size : len == size) {
			if (!memcmp(name, c->name, size))
				return c;
		}
	}
	return NULL;
}

static void dispatch(struct vmhost *host, const uint8_t *message, size_t len, size_t name_len,
		     struct vh_buf *reply)
{
	const struct command *command = find(message, name_len);
	struct vh_cursor args = vh_cursor(message, len);
	char name[128] = "";

	if (name_len < sizeof(name))
		memcpy(name, message, name_len);
	if (json_object_get(host->services->rpci.privileged, name)) {
		vh_no(reply, "Permission denied");
		return;
	}
	if (!command) {
		host->services->rpci.unknown++;
		vh_no(reply, "Unknown command");
		return;
	}
	if (command->name[strlen(command->name) - 1] == '.')
		vh_take(&args, strlen(command->name));
	else
		vh_take(&args, name_len + (len > name_len));
	command->handle(host, &args, reply);
}

void vh_rpci(struct vmhost *host, const uint8_t *message, size_t len, struct vh_buf *reply)
{
	size_t name_len = 0;
	json_t *fields;

	while (name_len < len && message[name_len] && message[name_len] != ' ')
		name_len++;
	host->services->rpci.requests++;
	if (!overridden(host, message, len, reply))
		dispatch(host, message, len, name_len, reply);

	fields = json_object();
	vh_json_put(fields, "command", message, name_len, 128);
	name_len += name_len < len;
	vh_json_put(fields, "args", message + name_len, len - name_len, VH_SHOWN);
	vh_json_put(fields, "reply", reply->data, reply->len, VH_SHOWN);
	vh_event_object(host, "rpci", fields);
}

json_t *vh_rpci_state(struct vmhost *host)
{
	const struct vh_rpci *rpci = &host->services->rpci;

	return json_pack("{s:I, s:I, s:O, s:O}", "requests", (json_int_t)rpci->requests,
			 "unknown", (json_int_t)rpci->unknown, "replies", rpci->replies,
			 "privileged", rpci->privileged);
}
