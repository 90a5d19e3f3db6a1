/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The guest's network, as the host is told of it: read from rtnetlink messages
 * (net_parse.c), put into order and encoded (nicinfo.c). Neither makes system calls, but
 * for a look into sysfs that net_sort() does through a function of the caller's.
 *
 * Specification: guest services §6.5.
 */
#ifndef VMGUESTD_NET_H
#define VMGUESTD_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "str.h"

struct nlmsghdr;

#define NET_NICS 16		/* what a message to the host may have */
#define NET_ADDRESSES 2048	/* for each NIC */
#define NET_ADDRESSES_V2 64	/* the same for a host that knows no more than version 2 */
#define NET_ROUTES 100
#define NET_SERVERS 16
#define NET_SUFFIXES 10
/* What is remembered of a guest at all: more of it than the host takes. */
#define NET_LINKS_MAX 4096
#define NET_ADDRESSES_MAX 8192

struct net_ip {
	uint8_t type;		/* 1: IPv4, 2: IPv6, 0: none; as the host numbers them */
	uint8_t bytes[16];
};

struct net_link {
	int index, master;
	char name[16];
	char mac[18];		/* lower case, colons; empty: none */
	char kind[16];		/* of virtual ones: veth, bridge, … */
	bool up, loopback;
	unsigned int rank;	/* smaller goes first; NET_EXCLUDED: not at all */
};

#define NET_EXCLUDED ~0u

struct net_address {
	int link;
	struct net_ip ip;
	uint8_t prefix, status;
};

struct net_route {
	struct net_ip to, via;
	uint8_t prefix;
	int link;
	uint32_t metric;
};

struct net_dns {
	char host[256], domain[256];
	size_t servers, suffixes;
	struct net_ip server[NET_SERVERS];
	char suffix[NET_SUFFIXES][256];
};

/* The arrays are in bufs; net_links() and the like give them as what they are. */
struct net {
	struct buf links, addresses;
	size_t routes;
	struct net_route route[NET_ROUTES];
	size_t max4, max6;	/* routes to take of either family */
	struct net_dns dns;
};

static inline struct net_link *net_links(const struct net *net, size_t *count)
{
	*count = net->links.len / sizeof(struct net_link);
	return (struct net_link *)net->links.data;
}

static inline struct net_address *net_addresses(const struct net *net, size_t *count)
{
	*count = net->addresses.len / sizeof(struct net_address);
	return (struct net_address *)net->addresses.data;
}

/* net_clear() - empties it, keeps the memory and the limits; net_free() frees that too */
void net_clear(struct net *net);
void net_free(struct net *net);
/* net_take() - links, addresses and routes of @from, which is empty then */
void net_take(struct net *net, struct net *from);

/*
 * net_parse() - takes over what a message of a dump says
 * False: no more of its kind is wanted, the dump may as well be ended.
 */
bool net_parse(struct net *net, struct nlmsghdr *message);
/* net_resolv() - what the text of resolv.conf says */
void net_resolv(struct net_dns *dns, struct str text);
/* net_host() - host and domain of a name; fully qualified if the text of /etc/hosts knows more */
void net_host(struct net_dns *dns, struct str name, struct str hosts);

struct net_filter {
	const char *primary, *low_priority, *exclude;	/* globs, separated by commas */
	/* whether a device stands behind an interface, for one */
	bool (*physical)(const char *name);
};

/* net_sort() - which links are reported, and in what order */
void net_sort(struct net *net, const struct net_filter *filter);
/*
 * net_encode() - NicInfo version 3: at most @addresses of each NIC, and @max bytes in all
 * If that is too little, routes are the first to be left out, then addresses: false.
 */
bool net_encode(const struct net *net, size_t addresses, size_t max, struct buf *out);
/* net_primary() - the address by which a host may reach us; false: there is none */
bool net_primary(const struct net *net, char *text, size_t size);

#endif
