// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Guest operations that every host asks for: which of them there are. The request travels in
 * Vix_1_Relayed_Command, the answer is a list of properties in base64.
 */
#include "services.h"
#include "vix.h"

#include <string.h>

#define REQUEST_MAGIC	0xd00d0001u
#define REQUEST_VERSION	5
#define HEADER_LEN	51
#define IS_REQUEST	0x01
#define TO_GUEST	0x04

enum { TYPE_INT = 1, TYPE_TEXT = 2, TYPE_BOOL = 3, TYPE_INT64 = 5, TYPE_BLOB = 6 };

#define OPERATION_FIRST	4540	/* «start program» … are switches, one an operation */
#define OPERATION_LAST	4568

static const struct {
	uint32_t id;
	const char *name;
} names[] = {
	{ 203, "tempDirectory" },
	{ 4500, "toolsVersion" },
	{ 4501, "apiOptions" },
	{ 4502, "osFamily" },
	{ 4503, "osFull" },
	{ 4505, "hostName" },
	{ 4511, "product" },
	{ 4519, "wordSize" },
	{ 4520, "osShort" },
	{ 4525, "sharedFolders" },
};

static const char *const operations[] = {
	"startProgram", "listProcesses", "terminateProcess", "readEnvironment",
	"validateCredentials", "acquireCredentials", "releaseCredentials", "makeDirectory",
	"deleteFile", "deleteDirectory", "moveDirectory", "moveFile", "tempFile",
	"tempDirectory", "listFiles", "changeAttributes", "transferFrom", "transferTo",
};

void vh_vix_ask(struct vh_buf *command, uint32_t opcode, const void *body, size_t len)
{
	static const char name[] = "Vix_1_Relayed_Command \"vmhost\"";
	static const uint8_t flags = IS_REQUEST | TO_GUEST;

	vh_buf_add(command, name, sizeof(name));	/* with its NUL */
	vh_put_le32(command, REQUEST_MAGIC);
	vh_put_le16(command, REQUEST_VERSION);
	vh_put_le32(command, HEADER_LEN + len);
	vh_put_le32(command, HEADER_LEN);
	vh_put_le32(command, len);
	vh_put_le32(command, 0);		/* credentials */
	vh_buf_add(command, &flags, sizeof(flags));
	vh_put_le32(command, opcode);
	vh_put_le32(command, 0);		/* request flags */
	vh_put_le32(command, 30);		/* seconds */
	vh_put_le64(command, 1);		/* cookie */
	vh_put_le32(command, 0);		/* client */
	vh_put_le32(command, 0);		/* type of the credentials */
	vh_buf_add(command, body, len);
}

void vh_vix_ask_state(struct vh_buf *command)
{
	vh_vix_ask(command, VH_VIX_GET_STATE, "", 0);
}

static const char *name_of(uint32_t id, char *buf, size_t room)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].id == id)
			return names[i].name;
	}
	snprintf(buf, room, "%u", id);
	return buf;
}

static json_t *value_of(struct vh_cursor *from, uint32_t type, uint32_t len)
{
	struct vh_cursor value = vh_cursor(vh_take(from, len), from->bad ? 0 : len);
	json_t *shown = NULL;

	if (from->bad)
		return NULL;
	switch (type) {
	case TYPE_INT:
		shown = json_integer((int32_t)vh_take_le32(&value));
		break;
	case TYPE_BOOL:
		shown = json_boolean(vh_take_u8(&value));
		break;
	case TYPE_INT64:
		shown = json_integer((int64_t)vh_take_le64(&value));
		break;
	case TYPE_TEXT:
	case TYPE_BLOB:
		if (type == TYPE_TEXT)
			vh_drop_nul(&value);
		return vh_json_bytes(value.at, value.left);
	}
	if (value.bad || value.left) {
		json_decref(shown);
		return NULL;
	}
	return shown;
}

static const char *decode(struct vh_cursor *from, json_t *properties)
{
	json_t *enabled = json_object();
	char number[16];

	json_object_set_new(properties, "operations", enabled);
	while (from->left) {
		uint32_t id = vh_take_le32(from);
		uint32_t type = vh_take_le32(from);
		uint32_t len = vh_take_le32(from);
		json_t *value = value_of(from, type, len);
		json_t *to = properties;
		const char *name;

		if (!value)
			return "a property whose type or length is wrong";
		name = name_of(id, number, sizeof(number));
		if (id >= OPERATION_FIRST && id <= OPERATION_LAST) {
			to = enabled;
			if (id - OPERATION_FIRST < sizeof(operations) / sizeof(*operations))
				name = operations[id - OPERATION_FIRST];
		}
		json_object_set_new(to, name, value);
	}
	return NULL;
}

json_t *vh_vix_properties(const uint8_t *answer, size_t len, const char **wrong)
{
	struct vh_cursor from = vh_cursor(answer, len), list;
	struct vh_buf bytes = { 0 };
	json_t *properties = NULL;
	uint64_t error, number;
	char ok[8];

	vh_drop_nul(&from);
	*wrong = "not «OK», two numbers, and base64";
	if (!vh_take_word(&from, ok, sizeof(ok)) || strcmp(ok, "OK") ||
	    !vh_take_decimal(&from, UINT32_MAX, &error) ||
	    !vh_take_decimal(&from, UINT32_MAX, &number))
		return NULL;
	if (error) {
		*wrong = "the guest refused";
		return NULL;
	}
	if (vh_unbase64(&bytes, (const char *)from.at, from.left)) {
		list = vh_cursor(bytes.data, bytes.len);
		properties = json_object();
		*wrong = decode(&list, properties);
		if (*wrong) {
			json_decref(properties);
			properties = NULL;
		}
	}
	vh_buf_free(&bytes);
	return properties;
}

void vh_vix_state_done(struct vmhost *host, void *arg, enum vh_tclo_end end,
		       const uint8_t *answer, size_t len)
{
	json_t *properties;
	const char *wrong;

	(void)arg;
	if (end != VH_TCLO_ANSWERED)
		return;
	properties = vh_vix_properties(answer, len, &wrong);
	if (!properties) {
		vh_event(host, "malformed", "{s:s, s:s}", "what", "tools state", "error", wrong);
		return;
	}
	vh_event(host, "properties", "{s:O}", "properties", properties);
	vh_tools_properties(host, properties);
}
