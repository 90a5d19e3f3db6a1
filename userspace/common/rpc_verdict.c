// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What a reply of the host says: rpc.h.
 */
#include "rpc.h"

#include <errno.h>

int rpc_verdict(struct str message, struct str *result)
{
	if (!str_begins(message, "1 ") && !str_begins(message, "0 "))
		return -EPROTO;
	*result = str_skip(message, 2);
	return message.at[0] == '1';
}
