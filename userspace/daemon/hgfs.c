// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Packets of the file transfer. Fields are taken one after the other; what is not there
 * makes the request one that is refused as a whole.
 */
#include "hgfs.h"
#include "le.h"

#define HEAD 52
#define PACKET_MAX 63488
#define HANDLE 1

#define FLAG_REPLY 2

enum {
	OP_CLOSE = 3,
	OP_SETATTR_V2 = 16,
	OP_OPEN_V3 = 24,
	OP_WRITE_V3 = 26,
	OP_CLOSE_V3 = 27,
	OP_SETATTR_V3 = 32,
	OP_CREATE_SESSION = 41,
	OP_DESTROY_SESSION = 42,
};

enum {
	OK = 0,
	BAD_HANDLE = 2,
	PROTOCOL = 7,
	ACCESS = 8,
	NO_SPACE = 12,
	UNSUPPORTED = 13,
	NAME_TOO_LONG = 14,
	STALE_SESSION = 17,
};

enum { MODE_READ = 0, WRITE_APPEND = 1 };

struct fields {
	struct str rest;
	bool bad;
};

static uint64_t take(struct fields *fields, size_t len)
{
	uint64_t value;

	if (fields->rest.len < len) {
		fields->bad = true;
		return 0;
	}
	value = le_get(fields->rest.at, len);
	fields->rest = str_skip(fields->rest, len);
	return value;
}

/* root\0folder\0name, as a path: it has to be one name below our folder. */
static int file_name(const struct hgfs *hgfs, struct str name, char *to, size_t size)
{
	size_t folder = strlen(hgfs->folder);

	if (!str_begins(name, "root") || (name.len > 4 && name.at[4]))
		return ACCESS;
	name = str_skip(name, 4);
	if (name.len >= size)
		return NAME_TOO_LONG;
	if (name.len <= folder)
		return ACCESS;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i] ? name.at[i] : '/';

		/* Below the folder there are no more of them, and none in a component. */
		if (i < folder ? c != hgfs->folder[i] : c == '/')
			return ACCESS;
		to[i] = c;
	}
	to[name.len] = '\0';
	return OK;
}

static int open_file(struct hgfs *hgfs, struct fields *fields, struct buf *reply)
{
	char path[sizeof(hgfs->name)];
	struct str name;
	uint64_t mode;
	int status;

	take(fields, 8);
	mode = take(fields, 4);
	take(fields, 4);
	/* Permissions, attributes, sizes, sharing, locks: nothing of it means anything here. */
	take(fields, 4);
	for (int i = 0; i < 2; i++)
		take(fields, 8);
	for (int i = 0; i < 3; i++)
		take(fields, 4);
	for (int i = 0; i < 2; i++)
		take(fields, 8);
	name.len = take(fields, 4);
	for (int i = 0; i < 3; i++)
		take(fields, 4);
	if (fields->bad || name.len > fields->rest.len)
		return PROTOCOL;
	name.at = fields->rest.at;
	status = file_name(hgfs, name, path, sizeof(path));
	if (status)
		return status;
	if (mode == MODE_READ)
		return ACCESS;
	/* Another one takes the place of the one before. */
	memcpy(hgfs->name, path, sizeof(path));
	buf_free(&hgfs->file);
	hgfs->open = true;
	le_add(reply, HANDLE, 4);
	le_add(reply, 0, 4);
	le_add(reply, 0, 4);
	le_add(reply, 0, 4);
	return OK;
}

static int write_file(struct hgfs *hgfs, struct fields *fields, struct buf *reply)
{
	uint64_t handle = take(fields, 4), flags = take(fields, 1), offset = take(fields, 8);
	uint64_t len = take(fields, 4);

	take(fields, 8);
	if (fields->bad || len > fields->rest.len)
		return PROTOCOL;
	if (handle != HANDLE || !hgfs->open)
		return BAD_HANDLE;
	if (flags & WRITE_APPEND)
		offset = hgfs->file.len;
	if (offset > hgfs->max || len > hgfs->max - offset)
		return NO_SPACE;
	while (hgfs->file.len < offset && !hgfs->file.error)
		buf_char(&hgfs->file, '\0');
	if (!hgfs->file.error && offset < hgfs->file.len) {
		size_t over = hgfs->file.len - offset < len ? hgfs->file.len - offset : len;

		memcpy(hgfs->file.data + offset, fields->rest.at, over);
		buf_add(&hgfs->file, fields->rest.at + over, len - over);
	} else {
		buf_add(&hgfs->file, fields->rest.at, len);
	}
	if (hgfs->file.error)
		return NO_SPACE;
	le_add(reply, len, 4);
	le_add(reply, 0, 8);
	return OK;
}

static int close_file(struct hgfs *hgfs, struct fields *fields)
{
	uint64_t handle = take(fields, 4);

	if (fields->bad)
		return PROTOCOL;
	if (handle != HANDLE || !hgfs->open)
		return BAD_HANDLE;
	hgfs->open = false;
	return OK;
}

static void create_session(struct hgfs *hgfs, struct buf *reply)
{
	static const uint32_t ops[] = {
		OP_CLOSE, OP_SETATTR_V2, OP_OPEN_V3, OP_WRITE_V3, OP_CLOSE_V3, OP_SETATTR_V3,
		OP_CREATE_SESSION, OP_DESTROY_SESSION
	};
	size_t count = sizeof(ops) / sizeof(ops[0]);

	hgfs->session = ++hgfs->sessions;
	hgfs->open = false;
	le_add(reply, hgfs->session, 8);
	le_add(reply, count, 4);
	le_add(reply, PACKET_MAX, 4);
	le_add(reply, 0, 4);
	le_add(reply, 1, 4);	/* the size is valid */
	le_add(reply, 0, 4);
	for (size_t i = 0; i < count; i++) {
		le_add(reply, ops[i], 4);
		le_add(reply, 1, 4);
	}
}

static int execute(struct hgfs *hgfs, uint64_t op, struct fields *fields, struct buf *reply)
{
	int status;

	switch (op) {
	case OP_CREATE_SESSION:
		create_session(hgfs, reply);
		return OK;
	case OP_DESTROY_SESSION:
		hgfs->session = 0;
		hgfs->open = false;
		le_add(reply, 0, 8);
		return OK;
	case OP_OPEN_V3:
		return open_file(hgfs, fields, reply);
	case OP_WRITE_V3:
		return write_file(hgfs, fields, reply);
	case OP_CLOSE:
		return close_file(hgfs, fields);
	case OP_CLOSE_V3:
		status = close_file(hgfs, fields);
		if (!status)
			le_add(reply, 0, 8);
		return status;
	case OP_SETATTR_V2:
		/* Times and permissions of what is no file yet. */
		return hgfs->name[0] ? OK : ACCESS;
	case OP_SETATTR_V3:
		if (!hgfs->name[0])
			return ACCESS;
		le_add(reply, 0, 8);
		return OK;
	default:
		return UNSUPPORTED;
	}
}

void hgfs_packet(struct hgfs *hgfs, struct str packet, struct buf *reply)
{
	struct fields fields = { packet, false };
	struct buf body = { 0 };
	uint64_t head, id, op, session, old_id = 0;
	bool old;
	int status;

	take(&fields, 1 + 3 + 4 + 4);	/* more than eight, of which the value does not matter */
	head = take(&fields, 4);
	id = take(&fields, 4);
	op = take(&fields, 4);
	take(&fields, 4);
	take(&fields, 8);
	session = take(&fields, 8);
	take(&fields, 8);
	/* Operations of the first versions have a header of their own in front of their fields. */
	old = op == OP_CLOSE || op == OP_SETATTR_V2;
	if (old) {
		old_id = take(&fields, 4);
		take(&fields, 4);
	}
	if (fields.bad || head != HEAD || packet.at[0] != 1)
		status = PROTOCOL;
	else if (op != OP_CREATE_SESSION && (!hgfs->session || session != hgfs->session))
		status = STALE_SESSION;
	else
		status = execute(hgfs, op, &fields, &body);
	if (status)
		buf_clear(&body);
	else if (op == OP_CREATE_SESSION)
		session = hgfs->session;

	le_add(reply, 1, 4);
	le_add(reply, 0xff, 4);
	le_add(reply, HEAD + (old ? 8 : 0) + body.len, 4);
	le_add(reply, HEAD, 4);
	le_add(reply, id, 4);
	le_add(reply, op, 4);
	le_add(reply, (uint64_t)status, 4);
	le_add(reply, FLAG_REPLY, 4);
	le_add(reply, 0, 4);
	le_add(reply, session, 8);
	le_add(reply, 0, 8);
	if (old) {
		le_add(reply, old_id, 4);
		le_add(reply, (uint64_t)status, 4);
	}
	buf_add(reply, body.data, body.len);
	if (body.error && !reply->error)
		reply->error = body.error;
	buf_free(&body);
}

void hgfs_free(struct hgfs *hgfs)
{
	buf_free(&hgfs->file);
	*hgfs = (struct hgfs){ 0 };
}
