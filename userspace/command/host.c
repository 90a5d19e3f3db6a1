// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Whether there is a host, and requests to it by a program that lives for one of them.
 */
#define _GNU_SOURCE
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backdoor.h"
#include "detect.h"
#include "rpc.h"

int host_check(void)
{
	if (detect()->vmware)
		return 0;
	fprintf(stderr, "%s: not a guest of VMware: %s\n", program, detect()->why);
	return EX_UNAVAILABLE;
}

int host_call(struct str request, unsigned int flags, struct buf *reply)
{
	/* A host can be told to listen to root alone, and knows root by vsock. */
	struct rpc rpc = {
		.privilege = geteuid() ? CONN_ANY : CONN_PREFER_ROOT,
		.once = true,
	};
	int ret;

	/* The host may take its permission away between two calls. */
	backdoor_guard();
	ret = rpc_call(&rpc, request, flags, reply);
	if (ret < 0 && backdoor_refused()) {
		buf_clear(reply);
		buf_str(reply, "Failed sending message to VMware.");
	}
	rpc_close(&rpc);
	backdoor_unguard();
	return ret;
}

int host_ask(unsigned int flags, struct buf *reply, const char *format, ...)
{
	va_list args;
	char *text;
	int ret;

	va_start(args, format);
	ret = vasprintf(&text, format, args);
	va_end(args);
	if (ret < 0)
		abort();
	ret = host_call(str(text), flags, reply);
	free(text);
	return ret;
}

void host_print(const struct buf *reply, bool as_error)
{
	fprintf(as_error ? stderr : stdout, "%s\n", buf_text(reply));
}
