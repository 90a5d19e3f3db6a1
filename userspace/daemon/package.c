// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The header, and which members count. Names of the host's are compared with ours, and
 * that is all that becomes of them.
 */
#include <errno.h>
#include <stdint.h>

#include "archive.h"
#include "le.h"
#include "package.h"

#define HEAD 512
#define MARK "VMWAREDEPLOYPKG_"

enum { PAYLOAD_CABINET = 0, PAYLOAD_TAR_GZ = 2 };
enum { FLAG_IGNORE_CLOUD_INIT = 2, FLAG_RAW = 4 };

static int member(void *data, struct str name, struct str contents)
{
	static const char *const names[BROKER_FILES] = {
		[BROKER_FILE_CONFIG] = "cust.cfg",
		[BROKER_FILE_NICS] = "nics.txt",
		[BROKER_FILE_METADATA] = "metadata",
		[BROKER_FILE_USERDATA] = "userdata",
	};
	struct package *package = data;

	for (size_t i = 0; i < BROKER_FILES; i++) {
		if (!str_is(name, names[i]))
			continue;
		if (contents.len > BROKER_FILE_MAX)
			return -E2BIG;
		/* The last one of that name, as with every unpacker. */
		buf_clear(&package->file[i]);
		buf_add(&package->file[i], contents.at, contents.len);
		package->has[i] = true;
		return package->file[i].error;
	}
	return 0;
}

int package_read(struct str bytes, struct package *package)
{
	struct str payload;
	uint64_t offset, len;
	uint8_t flags, kind;
	int error;

	*package = (struct package){ 0 };
	if (bytes.len < HEAD || !str_begins(bytes, MARK) || bytes.at[16] != 1 || bytes.at[17] != 0)
		return -EPROTO;
	kind = (uint8_t)bytes.at[18];
	flags = (uint8_t)bytes.at[19];
	offset = le_get(bytes.at + 32, 8);
	len = le_get(bytes.at + 40, 8);
	if (le_get(bytes.at + 24, 8) > bytes.len || offset < HEAD || offset > bytes.len ||
	    len > bytes.len - offset)
		return -EPROTO;
	payload = str_of(bytes.at + offset, (size_t)len);
	package->ignore_cloud_init = flags & FLAG_IGNORE_CLOUD_INIT;
	package->raw = flags & FLAG_RAW;
	switch (kind) {
	case PAYLOAD_CABINET:
		error = archive_cabinet(payload, member, package);
		break;
	case PAYLOAD_TAR_GZ:
		error = archive_tar_gz(payload, member, package);
		break;
	default:
		return -EOPNOTSUPP;
	}
	return error ? error : package->has[BROKER_FILE_CONFIG] ? 0 : -EPROTO;
}

void package_free(struct package *package)
{
	for (size_t i = 0; i < BROKER_FILES; i++)
		buf_free(&package->file[i]);
	*package = (struct package){ 0 };
}
