// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * SetGuestInfo and SetGuestDiskInfo: which type is what, and what the host keeps of it. What
 * cannot be decoded is refused and leaves what was known before.
 */
#include "services.h"

#include <string.h>

#define TEXT_LIMIT	1024

enum type {
	HOST_NAME = 1, NICS_V1 = 2, DISKS_V0 = 3, BUILD = 4, OS_FULL = 5, OS_SHORT = 6,
	UPTIME = 7, MEMORY = 8, NICS_V2 = 9, NICS_V3 = 10, OS_DETAILED = 11,
};

static const char *const item_names[] = {
	[HOST_NAME] = "hostName", [NICS_V1] = "nics", [DISKS_V0] = "disks",
	[BUILD] = "buildNumber", [OS_FULL] = "osFull", [OS_SHORT] = "osShort",
	[UPTIME] = "uptime", [MEMORY] = "memory", [NICS_V2] = "nics", [NICS_V3] = "nics",
	[OS_DETAILED] = "os",
};

void vh_guestinfo_init(struct vmhost *host)
{
	host->services->info.items = json_object();
}

void vh_guestinfo_free(struct vmhost *host)
{
	json_decref(host->services->info.items);
}

void vh_guestinfo_reset(struct vmhost *host)
{
	json_object_clear(host->services->info.items);
}

static json_t *text(struct vh_cursor *from, size_t limit, const char **wrong)
{
	json_t *value;

	vh_drop_nul(from);
	if (!from->left || from->left > limit || memchr(from->at, 0, from->left)) {
		*wrong = "an empty or too long text, or a NUL in it";
		return NULL;
	}
	value = json_stringn((const char *)from->at, from->left);
	if (!value)
		*wrong = "not UTF-8";
	return value;
}

/* Seconds, of the hundredths that the guest sends. */
static json_t *uptime(struct vh_cursor *from, const char **wrong)
{
	uint64_t hundredths;

	vh_drop_nul(from);
	if (!vh_take_decimal(from, UINT64_MAX, &hundredths) || from->left) {
		*wrong = "not a decimal number of hundredths of seconds";
		return NULL;
	}
	return json_real(hundredths / 100.0);
}

static json_t *decode(enum type type, struct vh_cursor *from, const char **wrong)
{
	switch (type) {
	case HOST_NAME:
		return text(from, 255, wrong);
	case BUILD:
	case OS_FULL:
	case OS_SHORT:
		return text(from, TEXT_LIMIT, wrong);
	case UPTIME:
		return uptime(from, wrong);
	case NICS_V1:
		return vh_nics_packed(from, wrong);
	case NICS_V2:
	case NICS_V3:
		return vh_nics_xdr(from, type, wrong);
	case DISKS_V0:
		return vh_disks_packed(from, wrong);
	case MEMORY:
		return vh_memory_stats(from, wrong);
	case OS_DETAILED:
		return vh_os_detailed(from, wrong);
	}
	*wrong = "no such type of guest information";
	return NULL;
}

static void refuse(struct vmhost *host, const char *what, unsigned int type, const char *wrong,
		   struct vh_buf *reply)
{
	host->services->info.malformed++;
	vh_event(host, "malformed", "{s:s, s:i, s:s}", "what", what, "type", (int)type,
		 "error", wrong);
	vh_no(reply, "Invalid guest information: %s", wrong);
}

static void keep(struct vmhost *host, const char *item, unsigned int type, json_t *value,
		 struct vh_buf *reply)
{
	const char *event = item;

	host->services->info.updates++;
	json_object_set(host->services->info.items, item, value);
	if (strcmp(item, "nics") && strcmp(item, "disks"))
		event = "guestinfo";
	vh_event(host, event, "{s:s, s:i, s:o}", "item", item, "type", (int)type, "value", value);
	vh_yes(reply, "%s", "");
}

/* "SetGuestInfo  TYPE VALUE", with two blanks; the first is gone. */
void vh_guestinfo_set(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	const char *wrong = NULL;
	uint64_t type;
	json_t *value;

	if (args->left && *args->at == ' ')
		vh_take(args, 1);
	if (!vh_take_decimal(args, OS_DETAILED, &type) || !type) {
		refuse(host, "SetGuestInfo", 0, "no such type of guest information", reply);
		return;
	}
	value = decode(type, args, &wrong);
	if (value)
		keep(host, item_names[type], type, value, reply);
	else
		refuse(host, item_names[type], type, wrong, reply);
}

void vh_guestinfo_disks(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	const char *wrong = NULL;
	json_t *value;

	vh_drop_nul(args);
	value = vh_disks_json(args, &wrong);
	if (value)
		keep(host, "disks", 0, value, reply);
	else
		refuse(host, "disks", 0, wrong, reply);
}

/* guest.ipAddress: what the guest calls its primary address, else its first one. */
static json_t *primary_address(struct vmhost *host)
{
	const struct vh_buf *var = vh_var_get(host, "ip", 2);
	const json_t *nics = json_object_get(host->services->info.items, "nics");
	json_t *nic, *address;
	size_t i, n;

	if (var && var->len)
		return vh_json_bytes(var->data, var->len);
	json_array_foreach(json_object_get(nics, "nics"), i, nic) {
		json_array_foreach(json_object_get(nic, "addresses"), n, address)
			return json_incref(json_object_get(address, "address"));
	}
	return json_null();
}

json_t *vh_guestinfo_state(struct vmhost *host)
{
	json_t *state = json_copy(host->services->info.items);

	json_object_set_new(state, "ipAddress", primary_address(host));
	json_object_set_new(state, "updates", json_integer(host->services->info.updates));
	json_object_set_new(state, "malformed", json_integer(host->services->info.malformed));
	return state;
}
