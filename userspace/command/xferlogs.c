// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmware-xferlogs: a file to the virtual machine's log on the host, in base64, and the
 * word of a support collector on how far it is. Taking files out of such a log is the
 * host's business and left out.
 */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base64.h"
#include "detect.h"
#include "rpc.h"

#define CHUNK	57	/* 76 characters of base64 */
#define FAILURE	255

static bool send_line(const char *begin, const char *text, const char *end)
{
	struct buf line = { 0 }, reply = { 0 };
	int ret;

	buf_printf(&line, "%s%s%s", begin, text, end);
	ret = host_call(str_of(buf_text(&line), line.len), 0, &reply);
	host_disarm(&reply, stderr);
	if (ret < 1)
		fprintf(stderr, "%s: the host does not take the log: %s\n", program,
			buf_text(&reply));
	buf_free(&line);
	buf_free(&reply);
	return ret == 1;
}

static int put(const char *path)
{
	unsigned char chunk[CHUNK];
	struct buf text = { 0 };
	bool good;
	size_t n;
	FILE *file = fopen(path, "re");

	if (!file) {
		fprintf(stderr, "%s: cannot open %s: %s\n", program, path, strerror(errno));
		return FAILURE;
	}
	good = send_line("log >Logfile Begins : ", path, ": ver - 1");
	while (good && (n = fread(chunk, 1, sizeof(chunk), file)) > 0) {
		buf_clear(&text);
		base64(&text, chunk, n);
		good = send_line("log >", buf_text(&text), "");
	}
	buf_free(&text);
	if (ferror(file)) {
		fprintf(stderr, "%s: cannot read %s: %s\n", program, path, strerror(errno));
		good = false;
	}
	fclose(file);
	/* What was begun is ended, so that the next file is not taken for its rest. */
	good = send_line("log >Logfile Ends ", "", "") && good;
	return good ? 0 : FAILURE;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c)
{
	return !strcmp(word, a) || !strcmp(word, b) || !strcmp(word, c);
}

int xferlogs_main(int argc, char *argv[])
{
	if (!detect()->vmware) {
		fprintf(stderr, "Error: %s must be run inside a virtual machine on a VMware "
				"hypervisor product.\n", program);
		return FAILURE;
	}
	if (argc == 3 && is_one_of(argv[1], "-p", "--put", "enc"))
		return put(argv[2]);
	if (argc == 3 && is_one_of(argv[1], "-u", "--update", "upd"))
		return send_line("tools.vmsupport.status ", argv[2], "") ? 0 : FAILURE;
	if (argc == 3 && is_one_of(argv[1], "-g", "--get", "dec")) {
		fprintf(stderr, "%s: files are taken out of a log on the host, not here\n",
			program);
		return FAILURE;
	}
	fprintf(argc == 2 && !strcmp(argv[1], "-h") ? stdout : stderr,
		"Usage: %s -p FILE | -u STATUS\n"
		"  -p, --put FILE       send FILE to the virtual machine's log on the host\n"
		"  -u, --update STATUS  tell the host how far the support collector is\n", program);
	return argc == 2 && !strcmp(argv[1], "-h") ? 0 : FAILURE;
}
