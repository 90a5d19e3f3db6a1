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
#include <string.h>
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

void host_disarm(struct buf *reply, FILE *stream)
{
	if (reply->len && isatty(fileno(stream)))
		str_disarm(reply->data, reply->len);
}

void host_print(struct buf *reply, bool as_error)
{
	FILE *stream = as_error ? stderr : stdout;

	/* Only up to its first NUL, which would be disarmed as well. */
	reply->len = strlen(buf_text(reply));
	host_disarm(reply, stream);
	fprintf(stream, "%s\n", buf_text(reply));
}
