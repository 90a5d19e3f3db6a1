// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Guest operations (VIX): running programs and moving files for whoever may call the
 * vSphere API. They are not here. What a host must know of a guest is answered (the
 * state of the tools), and the package of a customization taken (customize.c);
 * everything else gets the error that says «switched off».
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base64.h"
#include "le.h"
#include "services.h"

#define MAGIC 0xd00d0001u
#define HEADER 51
#define MESSAGE_MAX 65536
#define OP_TOOLS_STATE 62
#define OP_FILE_PACKET 84
#define FLAG_REQUEST 0x01

enum {		/* errors, as the protocol numbers them */
	VIX_OK = 0,
	VIX_BUSY = 5,
	VIX_UNSUPPORTED = 6,
	VIX_UNKNOWN = 3025,
	VIX_BAD_HEADER = 10000,
	VIX_BAD_BODY = 10001,
	VIX_DISABLED = 20005,
	VIX_NO_MOUNT = 20050,
};

static uint32_t le32(const char *at)
{
	return (uint32_t)le_get(at, 4);
}

static void add_property(struct buf *buf, uint32_t id, uint32_t type, const void *data, size_t len)
{
	le_add(buf, id, 4);
	le_add(buf, type, 4);
	le_add(buf, len, 4);
	buf_add(buf, data, len);
}

static void add_int(struct buf *buf, uint32_t id, uint32_t value)
{
	struct buf bytes = { 0 };

	le_add(&bytes, value, 4);
	add_property(buf, id, 1, bytes.data, bytes.len);
	buf_free(&bytes);
}

static void add_text(struct buf *buf, uint32_t id, const char *text)
{
	add_property(buf, id, 2, text, strlen(text) + 1);
}

static void tools_state(const struct worker *worker, struct buf *result)
{
	struct buf list = { 0 };
	struct utsname name;
	char version[32];

	settings_version(&worker->settings, version, sizeof(version));
	if (uname(&name))
		name.nodename[0] = '\0';
	add_int(&list, 4502, 1);		/* Linux */
	add_text(&list, 4500, version);
	add_text(&list, 4511, "vmguest");
	add_int(&list, 4501, 1);
	add_text(&list, 4503, worker->info.os.full);
	add_text(&list, 4520, worker->info.os.short_name);
	add_text(&list, 4505, name.nodename);
	add_int(&list, 4519, sizeof(void *) * 8);
	add_text(&list, 203, "/tmp");
	add_text(&list, 4525, "");
	/* Each operation by itself: 4540 to 4557, and those of aliases and the registry. */
	for (uint32_t id = 4540; id <= 4568; id++)
		add_property(&list, id, 3, "", 1);
	base64(result, list.data, list.len);
	if (list.error)
		result->error = -ENOMEM;
	buf_free(&list);
}

/* What a request is answered that is well-formed and is not for the state of the tools. */
static int refusal(uint32_t op)
{
	static const uint8_t disabled[] = {
		84, 177, 178, 179, 180, 181, 182, 183, 185, 186, 187, 188, 189, 192, 193, 194, 195
	};

	if (memchr(disabled, (int)op, sizeof(disabled)) && op < 256)
		return VIX_DISABLED;
	if (op == 190 || op == 191 || (op >= 197 && op <= 207))
		return VIX_UNSUPPORTED;
	return VIX_UNKNOWN;
}

static int check(struct str message)
{
	uint32_t total, header, body, credential;

	if (message.len < HEADER || le32(message.at) != MAGIC || (uint8_t)message.at[4] != 5 ||
	    message.at[5])
		return VIX_BAD_HEADER;
	total = le32(message.at + 6);
	header = le32(message.at + 10);
	body = le32(message.at + 14);
	credential = le32(message.at + 18);
	if (total > MESSAGE_MAX || total > message.len || header < HEADER || header > total ||
	    body > total - header || credential > total - header - body ||
	    total != header + body + credential)
		return VIX_BAD_BODY;
	if (!((uint8_t)message.at[22] & FLAG_REQUEST))
		return VIX_BAD_HEADER;
	return VIX_OK;
}

/* "name"\0binary, or the binary alone as older hosts send it */
static struct str envelope(struct str args)
{
	const char *nul = memchr(args.at, '\0', args.len);

	if (args.len && args.at[0] == '"' && nul)
		return str_skip(args, (size_t)(nul - args.at) + 1);
	if (args.len && args.at[0] == '"') {
		str_cut(&args, '"');
		str_cut(&args, '"');
	}
	return args;
}

/* A packet behind its length and a time limit; «#» and bytes are the answer. */
static bool file_packet(struct worker *worker, struct str message, struct buf *result)
{
	struct str body = str_of(message.at + le32(message.at + 10), le32(message.at + 14));
	struct buf reply = { 0 };
	bool taken = false;

	if (body.len >= 8 && le32(body.at) <= body.len - 8)
		taken = customize_transfer(worker, str_of(body.at + 8, le32(body.at)), &reply);
	if (taken) {
		buf_str(result, "0 0 #");
		buf_add(result, reply.data, reply.len);
		if (reply.error && !result->error)
			result->error = reply.error;
	}
	buf_free(&reply);
	return taken;
}

bool vix_command(struct worker *worker, struct str args, struct buf *result)
{
	struct str message = args.len ? envelope(args) : args;
	int error = check(message);

	if (!error && worker->frozen)
		error = VIX_BUSY;
	if (!error && le32(message.at + 23) == OP_FILE_PACKET && file_packet(worker, message, result))
		return true;
	if (!error && le32(message.at + 23) != OP_TOOLS_STATE)
		error = refusal(le32(message.at + 23));
	buf_printf(result, "%d 0 ", error);
	if (!error) {
		tools_state(worker, result);
		buf_char(result, '\0');
	}
	return true;
}

bool vix_properties(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	buf_str(result, "0 0 ");
	tools_state(worker, result);
	buf_char(result, '\0');
	return true;
}

bool vix_mount(struct worker *worker, struct str args, struct buf *result)
{
	(void)worker;
	(void)args;
	buf_printf(result, "%d 0 ", VIX_NO_MOUNT);
	return true;
}

bool vix_old(struct worker *worker, struct str args, struct buf *result)
{
	(void)worker;
	(void)args;
	buf_printf(result, "%d 0 ", VIX_UNKNOWN);
	return true;
}
