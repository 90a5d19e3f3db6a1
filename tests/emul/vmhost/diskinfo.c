// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* File systems of the guest with their sizes: in JSON, and in the older packed form. */
#include "guestinfo.h"

#include <stdlib.h>
#include <string.h>

#define V0_NAME		100
#define MAX_DISKS	1024
#define MAX_DEVICES	256

static bool is_number(const json_t *value)
{
	struct vh_cursor text = vh_cursor(json_string_value(value), json_string_length(value));
	uint64_t number;

	return json_is_string(value) && vh_take_decimal(&text, UINT64_MAX, &number) && !text.left;
}

/* JSON cannot be trusted with numbers beyond 2^53, hence texts on the wire; here they are numbers. */
static json_t *number(const json_t *value)
{
	return vh_json_u64(strtoull(json_string_value(value), NULL, 10));
}

static json_t *decode_disk(const json_t *from)
{
	const json_t *name = json_object_get(from, "name"), *type = json_object_get(from, "fstype");
	const json_t *free_bytes = json_object_get(from, "free");
	const json_t *size = json_object_get(from, "size");
	json_t *devices = json_object_get(from, "devices"), *device, *disk;
	struct vh_buf path = { 0 };
	size_t i;

	if (!json_is_string(name) || !is_number(free_bytes) || !is_number(size) ||
	    (type && !json_is_string(type)) || (devices && !json_is_array(devices)) ||
	    json_array_size(devices) > MAX_DEVICES)
		return NULL;
	json_array_foreach(devices, i, device) {
		if (!json_is_string(device))
			return NULL;
	}
	if (!vh_unbase64(&path, json_string_value(name), json_string_length(name)) || !path.len) {
		vh_buf_free(&path);
		return NULL;
	}
	disk = json_pack("{s:o, s:o, s:o}", "name", vh_json_bytes(path.data, path.len),
			 "free", number(free_bytes), "size", number(size));
	if (type)
		json_object_set_new(disk, "fstype", json_copy((json_t *)type));
	if (devices)
		json_object_set(disk, "devices", devices);
	vh_buf_free(&path);
	return disk;
}

json_t *vh_disks_json(struct vh_cursor *from, const char **wrong)
{
	json_t *whole = json_loadb((const char *)from->at, from->left, JSON_REJECT_DUPLICATES, NULL);
	const json_t *version = json_object_get(whole, "version");
	json_t *disks = json_object_get(whole, "disks"), *entry, *list = json_array();
	size_t i;

	*wrong = NULL;
	if (!whole)
		*wrong = "disks that are not JSON";
	else if (!json_is_string(version) || strcmp(json_string_value(version), "1"))
		*wrong = "disks without \"version\":\"1\"";
	else if (!json_is_array(disks) || json_array_size(disks) > MAX_DISKS)
		*wrong = "no list of disks, or too many";
	json_array_foreach(disks, i, entry) {
		json_t *disk = *wrong ? NULL : decode_disk(entry);

		if (!disk) {
			*wrong = *wrong ?: "a disk without name in base64, free and size as texts";
			break;
		}
		json_array_append_new(list, disk);
	}
	json_decref(whole);
	if (*wrong) {
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:i, s:o}", "version", 1, "disks", list);
}

json_t *vh_disks_packed(struct vh_cursor *from, const char **wrong)
{
	unsigned int count = vh_take_u8(from);
	json_t *list = json_array();

	for (; count && !from->bad; count--) {
		uint64_t free_bytes = vh_take_le64(from), size = vh_take_le64(from);
		const uint8_t *name = vh_take(from, V0_NAME);
		size_t len = name ? strnlen((const char *)name, V0_NAME) : 0;

		if (!len || len == V0_NAME) {
			from->bad = true;
			break;
		}
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}",
						      "name", vh_json_bytes(name, len),
						      "free", vh_json_u64(free_bytes),
						      "size", vh_json_u64(size)));
	}
	vh_drop_nul(from);
	if (from->bad || from->left) {
		*wrong = "disks whose size does not fit their number, or without a name";
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:i, s:o}", "version", 0, "disks", list);
}
