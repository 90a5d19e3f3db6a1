// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Cabinets (stored or MSZIP) and compressed tar files. Every offset and length in them is
 * the host's, and taken by at() alone, which knows how much there is.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "archive.h"
#include "inflate.h"
#include "le.h"

/* Bytes @from to @from + @len, or nothing and false. */
static bool at(struct str whole, uint64_t from, uint64_t len, struct str *part)
{
	*part = str_of("", 0);
	if (from > whole.len || len > whole.len - from)
		return false;
	*part = str_of(whole.at + from, (size_t)len);
	return true;
}

static uint32_t le(struct str bytes, size_t from, size_t len)
{
	return (uint32_t)le_get(bytes.at + from, len);
}

/* Cabinets --------------------------------------------------------------------------- */

#define CABINET_HEAD 36
#define FOLDER_HEAD 8
#define FILE_HEAD 16
#define DATA_HEAD 8
#define BLOCK_MAX 32768
/* In all, of which 128 are ARCHIVE_MAX: folders may share them, and have any number without bytes. */
#define BLOCKS_MAX 1024

enum { HAS_PREVIOUS = 1, HAS_NEXT = 2, HAS_RESERVED = 4 };
enum { STORED, MSZIP };

struct cabinet {
	struct str file;
	unsigned int folders, files;
	size_t folder_at, folder_size, data_reserved, files_at;
	unsigned int blocks;
};

/* Words of the block xored, what is left over as the format has it: the other way round. */
static uint32_t checksum(struct str data, uint32_t sum)
{
	while (data.len >= 4) {
		sum ^= le(data, 0, 4);
		data = str_skip(data, 4);
	}
	for (uint32_t rest = 0; data.len; data = str_skip(data, 1)) {
		rest = rest << 8 | (uint8_t)data.at[0];
		if (data.len == 1)
			sum ^= rest;
	}
	return sum;
}

static int cabinet_head(struct cabinet *cabinet)
{
	struct str head, reserved;
	unsigned int flags;

	if (!at(cabinet->file, 0, CABINET_HEAD, &head) || !str_begins(head, "MSCF") ||
	    le(head, 24, 2) != 0x0103)
		return -EPROTO;
	flags = le(head, 30, 2);
	if (flags & (HAS_PREVIOUS | HAS_NEXT))
		return -EOPNOTSUPP;
	cabinet->folders = le(head, 26, 2);
	cabinet->files = le(head, 28, 2);
	cabinet->files_at = le(head, 16, 4);
	cabinet->folder_at = CABINET_HEAD;
	cabinet->folder_size = FOLDER_HEAD;
	if (flags & HAS_RESERVED) {
		if (!at(cabinet->file, CABINET_HEAD, 4, &reserved))
			return -EPROTO;
		cabinet->folder_at += 4 + le(reserved, 0, 2);
		cabinet->folder_size += le(reserved, 2, 1);
		cabinet->data_reserved = le(reserved, 3, 1);
	}
	return 0;
}

static int block(struct str data, unsigned int kind, size_t size, struct buf *out)
{
	size_t end = out->len + size;
	int error = 0;

	if (end > ARCHIVE_MAX)
		return -E2BIG;
	if (kind == STORED) {
		buf_add(out, data.at, data.len);
	} else {
		if (!str_begins(data, "CK"))
			return -EPROTO;
		data = str_skip(data, 2);
		error = inflate_raw(data, out, end);
		if (error == -E2BIG)
			error = -EPROTO;
	}
	if (!error)
		error = out->error;
	return error ? error : out->len == end ? 0 : -EPROTO;
}

/* All of a folder, one block after the other; each refers to those before it. */
static int folder(struct cabinet *cabinet, unsigned int number, struct buf *out)
{
	struct str head, data;
	unsigned int count, kind;
	uint64_t next;

	buf_clear(out);
	if (!at(cabinet->file, cabinet->folder_at + (uint64_t)number * cabinet->folder_size,
		FOLDER_HEAD, &head))
		return -EPROTO;
	next = le(head, 0, 4);
	count = le(head, 4, 2);
	kind = le(head, 6, 2) & 0x0f;
	if (kind != STORED && kind != MSZIP)
		return -EOPNOTSUPP;
	while (count--) {
		size_t packed, size;
		int error;

		if (cabinet->blocks++ == BLOCKS_MAX)
			return -E2BIG;
		if (!at(cabinet->file, next, DATA_HEAD, &head))
			return -EPROTO;
		packed = le(head, 4, 2);
		size = le(head, 6, 2);
		next += DATA_HEAD + cabinet->data_reserved;
		if (size > BLOCK_MAX || !at(cabinet->file, next, packed, &data))
			return -EPROTO;
		/* 0: whoever made it has not summed it up. */
		if (le(head, 0, 4) && !cabinet->data_reserved &&
		    le(head, 0, 4) != checksum(str_skip(head, 4), checksum(data, 0)))
			return -EPROTO;
		error = block(data, kind, size, out);
		if (error)
			return error;
		next += packed;
	}
	return 0;
}

static int files(struct cabinet *cabinet, struct buf *out, archive_member *member, void *data)
{
	unsigned int open = UINT32_MAX;
	struct str rest;

	at(cabinet->file, cabinet->files_at, cabinet->file.len - cabinet->files_at, &rest);
	for (unsigned int i = 0; i < cabinet->files; i++) {
		struct str head, name, contents;
		unsigned int of;
		int error = 0;

		if (!at(rest, 0, FILE_HEAD, &head))
			return -EPROTO;
		rest = str_skip(rest, FILE_HEAD);
		if (!memchr(rest.at, '\0', rest.len))
			return -EPROTO;
		name = str_cut(&rest, '\0');
		of = le(head, 8, 2);
		if (of >= cabinet->folders)
			return -EPROTO;
		/* Files of a folder stand together; who mixes them has each unpacked anew. */
		if (of != open)
			error = folder(cabinet, of, out);
		if (error)
			return error;
		open = of;
		if (!at(str_of(buf_text(out), out->len), le(head, 4, 4), le(head, 0, 4), &contents))
			return -EPROTO;
		error = member(data, name, contents);
		if (error)
			return error;
	}
	return 0;
}

int archive_cabinet(struct str file, archive_member *member, void *data)
{
	struct cabinet cabinet = { .file = file };
	struct buf out = { 0 };
	int error = cabinet_head(&cabinet);

	/* No honest package has many; each could be another folder to unpack. */
	if (!error && (cabinet.files > 256 || cabinet.files_at > file.len))
		error = -EPROTO;
	if (!error)
		error = files(&cabinet, &out, member, data);
	buf_free(&out);
	return error;
}

/* tar.gz -------------------------------------------------------------------------------- */

#define TAR_BLOCK 512

static bool octal(struct str field, uint64_t *number)
{
	bool any = false;

	*number = 0;
	while (field.len && field.at[0] == ' ')
		field = str_skip(field, 1);
	for (; field.len && field.at[0] >= '0' && field.at[0] <= '7'; field = str_skip(field, 1)) {
		*number = *number << 3 | (uint64_t)(field.at[0] - '0');
		any = true;
	}
	return any && (!field.len || field.at[0] == ' ' || !field.at[0]);
}

static int tar(struct str rest, archive_member *member, void *data)
{
	struct str head, name, contents;
	uint64_t size;
	int error;

	while (at(rest, 0, TAR_BLOCK, &head) && head.at[0]) {
		struct str field = str_of(head.at, 100);

		name = str_cut(&field, '\0');
		if (str_begins(name, "./"))
			name = str_skip(name, 2);
		/* At most 12 digits of 3 bits: no sum overflows. */
		if (!octal(str_of(head.at + 124, 12), &size) ||
		    !at(rest, TAR_BLOCK, size, &contents))
			return -EPROTO;
		/* Files alone: no folders, no links. */
		error = head.at[156] == '0' || !head.at[156] ? member(data, name, contents) : 0;
		if (error)
			return error;
		rest = str_skip(rest, TAR_BLOCK + (size_t)((size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK));
	}
	return 0;
}

int archive_tar_gz(struct str file, archive_member *member, void *data)
{
	struct buf out = { 0 };
	int error = inflate_gzip(file, &out, ARCHIVE_MAX);

	if (!error)
		error = tar(str_of(buf_text(&out), out.len), member, data);
	buf_free(&out);
	return error;
}
