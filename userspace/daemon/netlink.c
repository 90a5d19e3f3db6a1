// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Changes are not followed one by one: they only mean that it is time to look again.
 * Dumps ask the kernel for as little as they can (no statistics, the main table), and a
 * dump that has given enough is cut off: a router's table may have a million lines.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "netlink.h"

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

/* Mostly it has answered within one; a host that commands something is not to wait for more. */
#define WAIT_MS 20
/* For the buffers of libnl and of libc; most is on the heap. */
#define STACK (64u << 10)

static void drain(void *data, uint32_t events)
{
	struct netlink *netlink = data;
	char bytes[8192];
	int left = 64;

	(void)events;
	/* ENOBUFS says that there were more than fit: also a reason to look again. */
	while (left-- && recv(netlink->source.fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
	netlink->outdated = true;
	netlink->changed(netlink->data);
}

static struct nl_sock *open_socket(unsigned int groups)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		return NULL;
	nl_join_groups(sock, (int)groups);
	if (nl_connect(sock, NETLINK_ROUTE)) {
		nl_socket_free(sock);
		return NULL;
	}
	return sock;
}

static void ask_open(struct netlink *netlink)
{
	int strict = 1;

	netlink->ask = open_socket(0);
	if (!netlink->ask)
		return;
	nl_socket_set_buffer_size(netlink->ask, 65536, 32768);
	/* Without it (5.10 has it) the kernel sends all tables, and we choose. */
	setsockopt(nl_socket_get_fd(netlink->ask), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict,
		   sizeof(strict));
}

static int send_request(struct nl_sock *sock, int type, unsigned char family)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP);
	struct ifinfomsg link = { .ifi_family = family };
	struct ifaddrmsg address = { .ifa_family = family };
	struct rtmsg route = { .rtm_family = family, .rtm_table = RT_TABLE_MAIN };
	int error = -ENOMEM;

	if (!message)
		return error;
	if (type == RTM_GETLINK)
		error = nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO) ||
			nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	else if (type == RTM_GETADDR)
		error = nlmsg_append(message, &address, sizeof(address), NLMSG_ALIGNTO);
	else
		error = nlmsg_append(message, &route, sizeof(route), NLMSG_ALIGNTO);
	if (!error && nl_send_auto(sock, message) < 0)
		error = -EIO;
	nlmsg_free(message);
	return error ? -EIO : 0;
}

/* One datagram of a dump: 1 it was the last, 0 more follow, 2 enough of it, or -errno. */
static int take(struct net *net, char *bytes, int len)
{
	struct nlmsghdr *message = (struct nlmsghdr *)bytes;

	for (; nlmsg_ok(message, len); message = nlmsg_next(message, &len)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR) {
			struct nlmsgerr *error = nlmsg_data(message);

			if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
				return -EIO;
			return error->error ? error->error : 1;
		}
		if (!net_parse(net, message))
			return 2;
	}
	return 0;
}

static int dump(struct netlink *netlink, struct net *net, int type, unsigned char family)
{
	static char bytes[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	int ret = send_request(netlink->ask, type, family);

	while (!ret) {
		ssize_t n = recv(nl_socket_get_fd(netlink->ask), bytes, sizeof(bytes), 0);

		if (n < 0 && errno == EINTR)
			continue;
		ret = n <= 0 ? -EIO : take(net, bytes, (int)n);
	}
	if (ret != 1) {
		/* What is left of the dump goes with the socket. */
		nl_socket_free(netlink->ask);
		ask_open(netlink);
		if (!netlink->ask)
			return -EIO;
	}
	return ret < 0 ? ret : 0;
}

static int gather(struct netlink *netlink, struct net *net)
{
	int error;

	net_clear(net);
	if (!netlink->ask)
		ask_open(netlink);
	if (!netlink->ask)
		return -EIO;
	error = dump(netlink, net, RTM_GETLINK, AF_UNSPEC);
	if (!error)
		error = dump(netlink, net, RTM_GETADDR, AF_UNSPEC);
	if (!error && net->max4)
		error = dump(netlink, net, RTM_GETROUTE, AF_INET);
	if (!error && net->max6)
		error = dump(netlink, net, RTM_GETROUTE, AF_INET6);
	if (!error)
		error = net->links.error ? net->links.error : net->addresses.error;
	return error;
}

/* The thread -------------------------------------------------------------------------- */

static void *ask(void *data)
{
	struct netlink *netlink = data;
	int result = netlink->confine();
	char go;

	while (send(netlink->link, &result, sizeof(result), MSG_NOSIGNAL) == sizeof(result) &&
	       result >= 0 && recv(netlink->link, &go, 1, 0) == 1)
		result = -gather(netlink, &netlink->found);
	close(netlink->link);
	return NULL;
}

static void take_answer(struct netlink *netlink)
{
	int result;

	if (recv(netlink->answer.fd, &result, sizeof(result), MSG_DONTWAIT) != sizeof(result))
		return;
	netlink->result = -result;
	netlink->answered = true;
}

static void answer_ready(void *data, uint32_t events)
{
	(void)events;
	take_answer(data);
}

int netlink_gather(struct netlink *netlink, struct net *net)
{
	struct pollfd answer = { .fd = netlink->answer.fd, .events = POLLIN };

	if (!netlink->threaded)
		return gather(netlink, net);
	if (netlink->asked && !netlink->answered)
		return -EALREADY;
	if (!netlink->asked) {
		netlink->found.max4 = net->max4;
		netlink->found.max6 = net->max6;
		netlink->outdated = false;
		if (send(netlink->answer.fd, "", 1, MSG_NOSIGNAL) != 1)
			return -EIO;
		netlink->asked = true;
		if (poll(&answer, 1, WAIT_MS) > 0)
			take_answer(netlink);
	}
	if (!netlink->answered)
		return -EINPROGRESS;
	netlink->asked = false;
	netlink->answered = false;
	if (!netlink->result)
		net_take(net, &netlink->found);
	/* It has said what was true when it was asked. */
	if (netlink->outdated)
		netlink->changed(netlink->data);
	return netlink->result;
}

int netlink_start(struct netlink *netlink, struct loop *loop, void (*changed)(void *data),
		  void *data)
{
	*netlink = (struct netlink){
		.source = { -1, drain, netlink }, .changed = changed, .data = data,
		.answer = { -1, answer_ready, netlink },
	};
	netlink->events = open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
				      RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	ask_open(netlink);
	if (!netlink->events || !netlink->ask) {
		netlink_stop(netlink, loop);
		return -EIO;
	}
	return loop_add(loop, &netlink->source, nl_socket_get_fd(netlink->events), EPOLLIN);
}

int netlink_thread(struct netlink *netlink, struct loop *loop, int (*confine)(void))
{
	struct pollfd answer = { .events = POLLIN };
	pthread_attr_t attributes;
	int link[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
		return -errno;
	netlink->confine = confine;
	netlink->link = link[1];
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	error = -pthread_create(&netlink->thread, &attributes, ask, netlink);
	pthread_attr_destroy(&attributes);
	if (error) {
		close(link[1]);
	} else {
		/* Nothing else goes on before it has locked itself in. */
		answer.fd = link[0];
		poll(&answer, 1, -1);
		if (recv(link[0], &error, sizeof(error), 0) != sizeof(error))
			error = -EIO;
	}
	if (!error)
		error = loop_add(loop, &netlink->answer, link[0], EPOLLIN);
	if (error)
		close(link[0]);
	netlink->threaded = !error;
	return error;
}

static void end_thread(struct netlink *netlink, struct loop *loop)
{
	int fd = netlink->answer.fd;

	loop_remove(loop, &netlink->answer);
	close(fd);
	pthread_join(netlink->thread, NULL);
	netlink->threaded = false;
	net_free(&netlink->found);
}

void netlink_stop(struct netlink *netlink, struct loop *loop)
{
	/* One that waits for the kernel ends with the process, and needs what it has until then. */
	bool stuck = netlink->asked && !netlink->answered;

	loop_remove(loop, &netlink->source);
	if (netlink->events)
		nl_socket_free(netlink->events);
	netlink->events = NULL;
	if (stuck)
		return;
	if (netlink->threaded)
		end_thread(netlink, loop);
	if (netlink->ask)
		nl_socket_free(netlink->ask);
	netlink->ask = NULL;
}
