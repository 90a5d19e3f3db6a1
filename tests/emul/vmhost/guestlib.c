// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * guestlib.info.get: figures of the host in XDR, each with its id. Version 2, a packed
 * structure, is refused: nobody has written down its layout.
 */
#include "services.h"

#include <string.h>

enum kind { U32, U64, TEXT };

/* In ascending order of their ids, which is their order in the answer. */
static const struct figure {
	unsigned int id;
	enum kind kind;
	const char *name;
	uint64_t value;		/* of a VM with 1 CPU and 512 MiB on an idle host */
} figures[] = {
	{ 1, U32, "cpuReservationMhz", 0 },
	{ 2, U32, "cpuLimitMhz", 0xffffffff },
	{ 3, U32, "cpuShares", 1000 },
	{ 4, U64, "cpuUsedMs", 60000 },
	{ 5, U32, "hostMhz", 2600 },
	{ 6, U32, "memReservationMB", 0 },
	{ 7, U32, "memLimitMB", 0xffffffff },
	{ 8, U32, "memShares", 5120 },
	{ 9, U32, "memMappedMB", 256 },
	{ 10, U32, "memActiveMB", 64 },
	{ 11, U32, "memOverheadMB", 32 },
	{ 12, U32, "memBalloonedMB", 0 },
	{ 13, U32, "memSwappedMB", 0 },
	{ 14, U32, "memSharedMB", 16 },
	{ 15, U32, "memSharedSavedMB", 8 },
	{ 16, U32, "memUsedMB", 248 },
	{ 17, U64, "elapsedMs", 3600000 },
	{ 18, TEXT, "resourcePoolPath", 0 },
	{ 19, U64, "cpuStolenMs", 1000 },
	{ 20, U64, "memTargetSizeMB", 512 },
	{ 21, U32, "hostCores", 2 },
	{ 22, U64, "hostCpuUsedMs", 120000 },
	{ 23, U64, "hostMemSwappedMB", 0 },
	{ 24, U64, "hostMemSharedMB", 128 },
	{ 25, U64, "hostMemUsedMB", 2048 },
	{ 26, U64, "hostMemPhysMB", 8192 },
	{ 27, U64, "hostMemPhysFreeMB", 6144 },
	{ 28, U64, "hostMemKernOvhdMB", 256 },
	{ 29, U64, "hostMemMappedMB", 1024 },
	{ 30, U64, "hostMemUnmappedMB", 7168 },
	{ 31, U32, "memZippedMB", 0 },
	{ 32, U32, "memZipSavedMB", 0 },
	{ 33, U32, "memLlSwappedMB", 0 },
	{ 34, U32, "memSwapTargetMB", 0 },
	{ 35, U32, "memBalloonTargetMB", 0 },
	{ 36, U32, "memBalloonMaxMB", 333 },
	{ 37, TEXT, "resourcePoolPathLong", 0 },
	{ 38, U64, "memShares64", 5120 },
};

#define FIGURES (sizeof(figures) / sizeof(*figures))

void vh_guestlib_init(struct vmhost *host)
{
	struct vh_guestlib *lib = &host->services->guestlib;

	lib->session = 0x1122334455667788;
	lib->values = json_object();
	for (size_t i = 0; i < FIGURES; i++)
		json_object_set_new(lib->values, figures[i].name,
				    figures[i].kind == TEXT ? json_string("/Resources") :
				    json_integer(figures[i].value));
}

void vh_guestlib_free(struct vmhost *host)
{
	json_decref(host->services->guestlib.values);
}

void vh_guestlib_moved(struct vmhost *host)
{
	host->services->guestlib.session++;
}

const char *vh_guestlib_set(struct vmhost *host, const char *name, json_t *value)
{
	for (size_t i = 0; i < FIGURES; i++) {
		const struct figure *figure = &figures[i];

		if (strcmp(figure->name, name))
			continue;
		if (figure->kind == TEXT) {
			if (!json_is_null(value) &&
			    (!json_is_string(value) || json_string_length(value) > 512))
				return "this figure is a text of at most 512 bytes, or null";
		} else if (!json_is_null(value) &&
			   (!json_is_integer(value) || json_integer_value(value) < 0 ||
			    (figure->kind == U32 && json_integer_value(value) > UINT32_MAX))) {
			return "this figure is a number that fits, or null";
		}
		json_object_set(host->services->guestlib.values, name, value);
		return NULL;
	}
	return "no figure has this name; the state \"guestlib\" shows all";
}

static void add_value(struct vh_buf *data, const struct figure *figure, const json_t *value)
{
	if (figure->kind == U32)
		vh_put_be32(data, json_integer_value(value));
	else if (figure->kind == U64)
		vh_put_be64(data, json_integer_value(value));
	else
		vh_put_xdr(data, json_string_value(value) ?: "", json_string_length(value));
}

void vh_guestlib_get(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_guestlib *lib = &host->services->guestlib;
	struct vh_buf data = { 0 };
	uint64_t version;

	vh_drop_nul(args);
	if (lib->off) {
		vh_no(reply, "Unknown command");
		return;
	}
	if (!vh_take_decimal(args, UINT32_MAX, &version) || args->left || version != 3) {
		vh_no(reply, "Unsupported version");
		return;
	}
	vh_put_be32(&data, FIGURES);
	for (size_t i = 0; i < FIGURES; i++) {
		const json_t *value = json_object_get(lib->values, figures[i].name);

		vh_put_be32(&data, figures[i].id);
		vh_put_be32(&data, !json_is_null(value));
		add_value(&data, &figures[i], value);
	}
	vh_yes(reply, "%s", "");
	vh_put_le32(reply, 3);
	vh_put_le64(reply, lib->session);
	vh_put_le32(reply, data.len);
	vh_buf_add(reply, data.data, data.len);
	vh_buf_free(&data);
}

json_t *vh_guestlib_state(struct vmhost *host)
{
	const struct vh_guestlib *lib = &host->services->guestlib;

	return json_pack("{s:O, s:I, s:b}", "values", lib->values, "session",
			 (json_int_t)lib->session, "off", lib->off);
}
