// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * stat: what the host says of itself and of what we get of it.
 */
#include "command.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backdoor.h"
#include "guestlib.h"
#include "hosttime.h"
#include "rpc.h"

#define NOT_AVAILABLE "This value is not available on this host"

static const struct figure {
	const char *name;
	const char *what;	/* in an error */
	enum guestlib_id id;
	const char *unit;
} figures[] = {
	{ "balloon", "ballooned memory", GUESTLIB_MEM_BALLOONED, "MB" },
	{ "swap", "swapped memory", GUESTLIB_MEM_SWAPPED, "MB" },
	{ "memlimit", "memory limit", GUESTLIB_MEM_LIMIT, "MB" },
	{ "memres", "memory reservation", GUESTLIB_MEM_RESERVATION, "MB" },
	{ "cpures", "CPU minimum", GUESTLIB_CPU_RESERVATION, "MHz" },
	{ "cpulimit", "CPU limit", GUESTLIB_CPU_LIMIT, "MHz" },
};

static int unavailable(const char *what, const char *why)
{
	complaint("Failed to get %s: %s\n", what, why);
	return EX_TEMPFAIL;
}

static int host_time(void)
{
	struct hosttime host = { 0 };
	char text[64];
	struct tm local;
	time_t seconds;
	bool known;

	backdoor_guard();
	known = hosttime_read(&host);
	backdoor_unguard();
	seconds = host.seconds;
	if (!known || !localtime_r(&seconds, &local))
		return unavailable("host time", NOT_AVAILABLE);
	strftime(text, sizeof(text), "%d %b %Y %H:%M:%S", &local);
	printf("%s\n", text);
	return 0;
}

static int speed(void)
{
	struct backdoor_regs regs = { .cx = BACKDOOR_CMD_GETMHZ };

	backdoor_guard();
	backdoor_call(&regs);
	backdoor_unguard();
	if ((uint32_t)regs.ax == BACKDOOR_UNKNOWN || (uint32_t)regs.ax == BACKDOOR_MAGIC)
		return unavailable("processor speed", NOT_AVAILABLE);
	printf("%" PRIu32 " MHz\n", (uint32_t)regs.ax);
	return 0;
}

static bool ask(struct guestlib *info)
{
	struct buf reply = { 0 };
	bool good = host_ask(RPC_REPEAT, &reply, "guestlib.info.get 3") == 1 &&
		    guestlib_parse(str_of(buf_text(&reply), reply.len), info);

	buf_free(&reply);
	return good;
}

static int session(void)
{
	struct guestlib info;

	if (!ask(&info))
		return unavailable("session ID", NOT_AVAILABLE);
	printf("0x%" PRIx64 "\n", info.session);
	return 0;
}

static int figure(const struct figure *figure)
{
	struct guestlib info;

	if (!ask(&info) || !info.valid[figure->id])
		return unavailable(figure->what, NOT_AVAILABLE);
	printf("%" PRIu64 " %s\n", info.value[figure->id], figure->unit);
	return 0;
}

static int raw(const char *encoding, const char *name)
{
	struct buf reply = { 0 };
	int ret = host_ask(RPC_REPEAT, &reply, "guestlib.stat.get %s %s ", encoding, name);

	if (ret == 1) {
		reply.len = strlen(buf_text(&reply));
		host_disarm(&reply, stdout);
		fwrite(buf_text(&reply), 1, reply.len, stdout);
	}
	buf_free(&reply);
	return ret == 1 ? 0 : unavailable("stat", NOT_AVAILABLE);
}

int stat_main(int argc, char *argv[])
{
	if (argc < 2)
		return usage_missing("subcommand", "stat");
	if (!strcmp(argv[1], "hosttime"))
		return host_time();
	if (!strcmp(argv[1], "speed"))
		return speed();
	if (!strcmp(argv[1], "sessionid"))
		return session();
	if (!strcmp(argv[1], "raw"))
		return raw(argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (!strcmp(argv[1], figures[i].name))
			return figure(&figures[i]);
	}
	return usage_unknown("subcommand", argv[1], "stat");
}
