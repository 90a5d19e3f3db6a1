// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any bytes as the package of a customization, as each of its archives, as a compressed
 * stream, and as a packet of the file transfer that brings it.
 */
#include <zlib.h>

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

/* What no sum of gzip's stands in front of. */
static void tar(struct str bytes, size_t *total)
{
	z_stream stream = { .next_in = (void *)bytes.at, .avail_in = (uInt)bytes.len };
	struct buf file = { 0 };
	uLong room;

	if (deflateInit2(&stream, Z_NO_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	room = deflateBound(&stream, bytes.len);
	stream.next_out = (void *)buf_room(&file, room);
	stream.avail_out = (uInt)room;
	if (stream.next_out && deflate(&stream, Z_FINISH) == Z_STREAM_END)
		archive_tar_gz(str_of(file.data, stream.total_out), member, total);
	deflateEnd(&stream);
	buf_free(&file);
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
	tar(bytes, &total);
	inflate_raw(bytes, &out, 65536);
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
