// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any text as a file of the system that we read: mount table, os-release, resolv.conf,
 * hosts, statistics; and any bytes as a request to the broker.
 */
#include <string.h>
#include <sys/utsname.h>

#include "broker_msg.h"
#include "memstats.h"
#include "mountinfo.h"
#include "net.h"
#include "osinfo.h"
#include "quiesce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct utsname name = { "Linux", "n", "6.1", "v", "x86_64", "" };
	struct str text = str_of(data, size), rest = text;
	struct mem_sources from = { text, text, text, text, text, 4096, 1000 };
	struct mem_sample sample, before = { .known = ~0u };
	struct mount_ref refs[4];
	struct broker_request request = { 0 };
	struct net_dns dns = { 0 };
	struct quiesce_opts opts;
	struct buf out = { 0 };
	struct osinfo os;
	struct mount mount;

	while (mountinfo_next(&rest, &mount))
		if (mount.point[0] != '/')
			__builtin_trap();
	mountinfo_list(text, mount_freezable, "/a*,?b", refs, 4);
	mountinfo_list(text, mount_reported, NULL, refs, 4);
	osinfo_read(&os, text, &name);
	osinfo_detail(&os, text, &name, &out);
	net_resolv(&dns, text);
	net_host(&dns, str("host"), text);
	memstats_read(&sample, &from);
	memstats_encode(&sample, &before, &out);
	quiesce_parse(text, &opts);
	broker_check(data, size);
	memcpy(&request, data, size < sizeof(request) ? size : sizeof(request));
	broker_check(&request, sizeof(request));
	buf_free(&out);
	return 0;
}
