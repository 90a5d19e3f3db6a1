/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * rtnetlink: a socket that says that something has changed, and one that is asked what
 * there is, by a thread of its own: the kernel answers when nobody changes the network, and
 * whoever is slow in that (a driver that resets its device) would stop the heartbeat.
 */
#ifndef VMGUESTD_NETLINK_H
#define VMGUESTD_NETLINK_H

#include <pthread.h>

#include "loop.h"
#include "net.h"

struct nl_sock;

struct netlink {
	struct nl_sock *events, *ask;
	struct loop_fd source;
	void (*changed)(void *data);
	void *data;

	bool threaded;
	pthread_t thread;
	int (*confine)(void);
	int link;			/* the thread's end of ->answer, which is ours */
	struct loop_fd answer;
	bool asked, answered;
	bool outdated;			/* something has changed since it was asked */
	int result;
	struct net found;		/* the thread's while ->asked and not ->answered */
};

/* netlink_start() - calls @changed with @data when links, addresses or routes did; or -errno */
int netlink_start(struct netlink *netlink, struct loop *loop, void (*changed)(void *data),
		  void *data);
/*
 * netlink_thread() - starts it; without one netlink_gather() waits for as long as it takes
 * @confine: called in the thread first; what it gives is not to be negative. 0 or -errno.
 */
int netlink_thread(struct netlink *netlink, struct loop *loop, int (*confine)(void));
void netlink_stop(struct netlink *netlink, struct loop *loop);
/*
 * netlink_gather() - replaces what is in @net by links, addresses, routes of now; or -errno
 * -EINPROGRESS: the kernel was asked and lets us wait, -EALREADY: it still does. ->answered is
 * set when it has answered, and the next call gives what it has said.
 */
int netlink_gather(struct netlink *netlink, struct net *net);

#endif
