/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * rtnetlink: a socket that says that something has changed, and one that is asked what
 * there is.
 */
#ifndef VMGUESTD_NETLINK_H
#define VMGUESTD_NETLINK_H

#include "loop.h"
#include "net.h"

struct nl_sock;

struct netlink {
	struct nl_sock *events, *ask;
	struct loop_fd source;
	void (*changed)(void *data);
	void *data;
};

/* netlink_start() - calls @changed with @data when links, addresses or routes did; or -errno */
int netlink_start(struct netlink *netlink, struct loop *loop, void (*changed)(void *data),
		  void *data);
void netlink_stop(struct netlink *netlink, struct loop *loop);
/* netlink_gather() - replaces what is in @net by links, addresses, routes of now; or -errno */
int netlink_gather(struct netlink *netlink, struct net *net);

#endif
