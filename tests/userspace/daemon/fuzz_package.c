// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any bytes as the package of a customization, as each of its archives, as a compressed
 * stream, and as a packet of the file transfer that brings it.
 */
#include "archive.h"
#include "handover.h"
#include "hgfs.h"
#include "inflate.h"
#include "package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int member(void *data, struct str name, struct str contents)
{
	size_t *total = data;

	/* Everything that is given out can be read. */
	for (size_t i = 0; i < name.len; i++)
		*total += (uint8_t)name.at[i];
	for (size_t i = 0; i < contents.len; i += 100)
		*total += (uint8_t)contents.at[i];
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hgfs hgfs = { .folder = "/run/x/", .max = 4096, .session = 1 };
	struct str bytes = str_of(data, size), rest = bytes;
	struct buf out = { 0 };
	struct package package;
	bool permitted = false;
	size_t total = 0;

	package_read(bytes, &package);
	for (size_t i = 0; i < BROKER_FILES; i++)
		if (package.file[i].len > BROKER_FILE_MAX)
			__builtin_trap();
	package_free(&package);
	archive_cabinet(bytes, member, &total);
	archive_tar_gz(bytes, member, &total);
	inflate_raw(&rest, &out, 65536);
	if (out.len > 65536)
		__builtin_trap();
	/* Several packets, each with its length in front. */
	for (rest = bytes; rest.len;) {
		size_t len = (uint8_t)rest.at[0] * 2;

		rest = str_skip(rest, 1);
		buf_clear(&out);
		hgfs_packet(&hgfs, str_of(rest.at, len < rest.len ? len : rest.len), &out);
		if (hgfs.file.len > hgfs.max || out.len < 52)
			__builtin_trap();
		rest = str_skip(rest, len);
	}
	handover_permitted(bytes, &permitted);
	handover_raw_version(bytes);
	hgfs_free(&hgfs);
	buf_free(&out);
	return 0;
}
