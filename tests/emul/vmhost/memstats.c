// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Memory and CPU statistics: a block of fixed size, then statistics that describe
 * themselves, each field with its length.
 */
#include "guestinfo.h"

#include <endian.h>
#include <string.h>

#define NAME_SPACE	"_tools/v1"

enum {
	VERSION = 5, LEGACY_LEN = 112, UNUSED_1 = 72, UNUSED_2 = 16,
	HAS_TOTAL = 1 << 0, HAS_HUGE_TOTAL = 1 << 10,
};

/* Fields of a statistic, in the order of their bits. */
enum {
	PRAGMA, NAMESPACE, ID, TYPE, TYPE_TEXT, UNIT, UNIT_TEXT, VALUE, FIELDS,
};

enum { TYPE_UINT64 = 9, TYPE_DOUBLE = 11 };

static const char *const names[] = {
	[2] = "contextSwitchRate", [3] = "activeFileCache", [4] = "free", [5] = "needed",
	[6] = "physUsable", [7] = "pageInRate", [8] = "pageOutRate", [9] = "swapFree",
	[10] = "pageSize", [11] = "hugePageSize", [12] = "hugePagesTotal",
	[13] = "neededReservation", [25] = "available", [26] = "buffers", [27] = "cached",
	[34] = "slabReclaimable", [60] = "total", [61] = "runQueue", [62] = "diskQueue",
	[63] = "diskQueueAverage",
};

static const struct {
	uint64_t unit;
	const char *name;
} units[] = {
	{ 2, "number" }, { 3, "bytes" }, { 0x42, "number/s" }, { 0x803, "KiB" },
	{ 0x8043, "pages/s" }, { 0x8803, "hugePages" },
};

/* Little-endian in the fewest bytes, none for zero. */
static bool unsigned_of(const uint8_t *data, size_t len, uint64_t *value)
{
	*value = 0;
	if (len > sizeof(*value))
		return false;
	for (size_t i = 0; i < len; i++)
		*value |= (uint64_t)data[i] << 8 * i;
	return true;
}

static json_t *double_of(const uint8_t *data, size_t len)
{
	uint64_t bits;
	uint32_t bits32;
	float single;
	double value = 0;

	if (!unsigned_of(data, len, &bits) || (len && len != 4 && len != 8))
		return NULL;
	bits32 = bits;
	memcpy(&single, &bits32, sizeof(single));
	memcpy(&value, &bits, sizeof(value));
	return json_real(len == 4 ? single : value);	/* NULL if it is not a number */
}

static json_t *name_of_unit(uint64_t unit)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].unit == unit)
			return json_string(units[i].name);
	}
	return vh_json_u64(unit);
}

static json_t *take_stat(struct vh_cursor *from, bool first)
{
	uint32_t mask = vh_take_le32(from);
	const uint8_t *field[FIELDS] = { 0 };
	uint16_t len[FIELDS] = { 0 };
	uint64_t id, type = 0, unit = 0, number;
	json_t *stat, *value = NULL;

	if (mask >> FIELDS)
		from->bad = true;
	for (int i = 0; i < FIELDS && !from->bad; i++) {
		if (mask >> i & 1) {
			len[i] = vh_take_le16(from);
			field[i] = vh_take(from, len[i]);
		}
	}
	if (from->bad || !field[ID] || !unsigned_of(field[ID], len[ID], &id) ||
	    !unsigned_of(field[TYPE], len[TYPE], &type) ||
	    !unsigned_of(field[UNIT], len[UNIT], &unit))
		return NULL;
	if (first && (len[NAMESPACE] != sizeof(NAME_SPACE) ||
		      memcmp(field[NAMESPACE], NAME_SPACE, sizeof(NAME_SPACE))))
		return NULL;

	if (field[VALUE]) {
		if (type == TYPE_DOUBLE)
			value = double_of(field[VALUE], len[VALUE]);
		else if (unsigned_of(field[VALUE], len[VALUE], &number))
			value = vh_json_u64(number);
		if (!value)
			return NULL;
	}
	stat = json_pack("{s:o, s:o, s:o, s:o}", "id", vh_json_u64(id), "type", vh_json_u64(type),
			 "unit", name_of_unit(unit), "value", value ?: json_null());
	if (id < sizeof(names) / sizeof(*names) && names[id])
		json_object_set_new(stat, "name", json_string(names[id]));
	return stat;
}

json_t *vh_memory_stats(struct vh_cursor *from, const char **wrong)
{
	uint32_t version = vh_take_le32(from), valid = vh_take_le32(from);
	uint64_t total = vh_take_le64(from), huge;
	json_t *memory, *stats, *stat;

	vh_take(from, UNUSED_1);
	huge = vh_take_le64(from);
	vh_take(from, UNUSED_2);
	if (from->bad || version != VERSION) {
		*wrong = "statistics of another version than 5, or too short";
		return NULL;
	}
	stats = json_array();
	memory = json_pack("{s:i, s:o}", "version", version, "stats", stats);
	if (valid & HAS_TOTAL)
		json_object_set_new(memory, "memTotal", vh_json_u64(total));
	if (valid & HAS_HUGE_TOTAL)
		json_object_set_new(memory, "hugePagesTotal", vh_json_u64(huge));
	while (from->left) {
		stat = take_stat(from, !json_array_size(stats));
		if (!stat) {
			*wrong = "a statistic that does not describe itself";
			json_decref(memory);
			return NULL;
		}
		json_array_append_new(stats, stat);
	}
	return memory;
}
