// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any attributes in messages of rtnetlink and devlink. The first byte says of which kind;
 * what was read is then sorted and encoded as for a host.
 */
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "health.h"
#include "net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool physical(const char *name)
{
	return name[0] == 'e';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, 0x1a };
	struct net_filter filter = { "p*", "l*", "x*,y?", physical };
	struct net net = { .max4 = 10, .max6 = 10 };
	struct buf out = { 0 };
	char address[64];

	/* Kind, length of the body, body: several of them. */
	while (size > 2) {
		struct health_event event;
		uint16_t type = types[data[0] & 3];
		size_t len = data[1];
		struct nlmsghdr *message;

		data += 2;
		size -= 2;
		if (len > size)
			len = size;
		/* Each in memory of its own length, which sanitizers watch. */
		message = calloc(1, NLMSG_LENGTH(len));
		message->nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
		message->nlmsg_type = type;
		memcpy(NLMSG_DATA(message), data, len);
		net_parse(&net, message);
		health_parse(message, 0x1a, &event);
		free(message);
		data += len;
		size -= len;
	}
	net_sort(&net, &filter);
	net_encode(&net, NET_ADDRESSES, 4096, &out);
	net_primary(&net, address, sizeof(address));
	buf_free(&out);
	net_free(&net);
	return 0;
}
