// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Which interfaces a host is told of, and in what form (NicInfo version 3, XDR). What
 * containers bring along is left out by its kind; names are for the administrator to choose by.
 */
#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "mountinfo.h"
#include "net.h"
#include "xdr.h"

#define VERSION_3 3

/* Ranks of those that no pattern names; patterns of primary-nics come before, by position. */
#define RANK_PHYSICAL 1000u
#define RANK_VIRTUAL 2000u
#define RANK_LOW 3000u

static bool of_containers(const struct net *net, const struct net_link *link,
			  bool (*physical)(const char *name))
{
	static const char *const kinds[] = {
		"veth", "dummy", "vxlan", "geneve", "ipip", "sit", "gre", "wireguard", "ifb", "tun",
	};
	const struct net_link *links;
	size_t count;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(link->kind, kinds[i]))
			return true;
	if (strcmp(link->kind, "bridge"))
		return false;
	/* A bridge that leads out of the guest is a NIC like another. */
	links = net_links(net, &count);
	for (size_t i = 0; i < count; i++)
		if (links[i].master == link->index && physical(links[i].name))
			return false;
	return true;
}

/* Position of the first glob that matches, or -1. */
static int position(const char *globs, const char *name)
{
	int at = 0;

	while (globs && *globs) {
		size_t len = strcspn(globs, ",");
		char glob[64];

		if (len && len < sizeof(glob)) {
			memcpy(glob, globs, len);
			glob[len] = '\0';
			if (!fnmatch(glob, name, 0))
				return at;
		}
		at++;
		globs += len + (globs[len] == ',');
	}
	return -1;
}

static unsigned int rank(const struct net *net, const struct net_link *link,
			 const struct net_filter *filter)
{
	int primary = position(filter->primary, link->name);

	if (!link->up || link->loopback || !link->mac[0] || glob_list(filter->exclude, link->name))
		return NET_EXCLUDED;
	if (primary >= 0)
		return (unsigned int)primary;
	if (of_containers(net, link, filter->physical))
		return NET_EXCLUDED;
	if (glob_list(filter->low_priority, link->name))
		return RANK_LOW;
	return filter->physical(link->name) ? RANK_PHYSICAL : RANK_VIRTUAL;
}

static int compare(const void *a, const void *b)
{
	const struct net_link *one = a, *two = b;

	if (one->rank != two->rank)
		return one->rank < two->rank ? -1 : 1;
	return one->index < two->index ? -1 : one->index > two->index;
}

void net_sort(struct net *net, const struct net_filter *filter)
{
	size_t count;
	struct net_link *links = net_links(net, &count);

	for (size_t i = 0; i < count; i++)
		links[i].rank = rank(net, &links[i], filter);
	if (count)
		qsort(links, count, sizeof(*links), compare);
}

static size_t reported(const struct net *net)
{
	size_t count, n = 0;
	const struct net_link *links = net_links(net, &count);

	while (n < count && n < NET_NICS && links[n].rank != NET_EXCLUDED)
		n++;
	return n;
}

static void add_ip(struct buf *out, const struct net_ip *ip)
{
	xdr_add_u32(out, ip->type);
	xdr_add_bytes(out, ip->bytes, ip->type == 1 ? 4 : 16);
}

static void add_optional_text(struct buf *out, const char *text)
{
	xdr_add_u32(out, text[0] != '\0');
	if (text[0])
		xdr_add_string(out, text);
}

static void add_nic(const struct net *net, const struct net_link *link, size_t max, struct buf *out)
{
	size_t total, count = 0;
	const struct net_address *addresses = net_addresses(net, &total);

	xdr_add_string(out, link->mac);
	for (size_t i = 0; i < total && count < max; i++)
		count += addresses[i].link == link->index;
	xdr_add_u32(out, (uint32_t)count);
	for (size_t i = 0; i < total && count; i++) {
		if (addresses[i].link != link->index)
			continue;
		count--;
		add_ip(out, &addresses[i].ip);
		xdr_add_u32(out, addresses[i].prefix);
		xdr_add_u32(out, 0);	/* origin */
		xdr_add_u32(out, 1);
		xdr_add_u32(out, addresses[i].status);
	}
	for (int i = 0; i < 4; i++)
		xdr_add_u32(out, 0);	/* DNS, WINS, DHCP twice: of the guest, not of a NIC */
}

static int nic_of(const struct net *net, size_t nics, int link)
{
	size_t count;
	const struct net_link *links = net_links(net, &count);

	for (size_t i = 0; i < nics; i++)
		if (links[i].index == link)
			return (int)i;
	return -1;
}

static void add_routes(const struct net *net, size_t nics, size_t max, struct buf *out)
{
	uint32_t count = 0;

	for (size_t i = 0; i < net->routes && count < max; i++)
		count += nic_of(net, nics, net->route[i].link) >= 0;
	xdr_add_u32(out, count);
	/* IPv4 first, as they were asked for. */
	for (size_t i = 0; i < net->routes && count; i++) {
		const struct net_route *route = &net->route[i];
		int nic = nic_of(net, nics, route->link);

		if (nic < 0)
			continue;
		count--;
		add_ip(out, &route->to);
		xdr_add_u32(out, route->prefix);
		xdr_add_u32(out, route->via.type != 0);
		if (route->via.type)
			add_ip(out, &route->via);
		xdr_add_u32(out, (uint32_t)nic);
		xdr_add_u32(out, 0);	/* type */
		xdr_add_u32(out, route->metric);
	}
}

static void add_dns(const struct net_dns *dns, struct buf *out)
{
	char host[256];

	if (!dns->host[0] && !dns->servers && !dns->suffixes) {
		xdr_add_u32(out, 0);
		return;
	}
	xdr_add_u32(out, 1);
	memcpy(host, dns->host, sizeof(host));
	host[strcspn(host, ".")] = '\0';
	add_optional_text(out, host);
	add_optional_text(out, dns->domain);
	xdr_add_u32(out, (uint32_t)dns->servers);
	for (size_t i = 0; i < dns->servers; i++)
		add_ip(out, &dns->server[i]);
	xdr_add_u32(out, (uint32_t)dns->suffixes);
	for (size_t i = 0; i < dns->suffixes; i++)
		xdr_add_string(out, dns->suffix[i]);
}

static void encode(const struct net *net, size_t addresses, size_t routes, struct buf *out)
{
	size_t count, nics = reported(net);
	const struct net_link *links = net_links(net, &count);

	buf_clear(out);
	xdr_add_u32(out, VERSION_3);
	xdr_add_u32(out, 1);
	xdr_add_u32(out, (uint32_t)nics);
	for (size_t i = 0; i < nics; i++)
		add_nic(net, &links[i], addresses, out);
	add_routes(net, nics, routes, out);
	add_dns(&net->dns, out);
	for (int i = 0; i < 3; i++)
		xdr_add_u32(out, 0);	/* WINS, DHCP twice */
}

bool net_encode(const struct net *net, size_t addresses, size_t max, struct buf *out)
{
	bool whole;

	encode(net, addresses, NET_ROUTES, out);
	whole = out->len <= max;
	if (!whole)
		encode(net, addresses, 0, out);
	/* As many of each NIC, so that each keeps the ones that were set first. */
	while (out->len > max && addresses) {
		addresses /= 2;
		encode(net, addresses, 0, out);
	}
	return whole;
}

/* Link-local, site-local and unique-local ones mean something only nearby. */
static bool reachable(const struct net_ip *ip)
{
	static const uint8_t none[16];

	if (ip->type == 1)
		return ip->bytes[0] != 127 && memcmp(ip->bytes, none, 4);
	if (!memcmp(ip->bytes, none, 15) && ip->bytes[15] <= 1)
		return false;
	return !(ip->bytes[0] == 0xfe && ip->bytes[1] >= 0x80) && (ip->bytes[0] & 0xfe) != 0xfc;
}

bool net_primary(const struct net *net, char *text, size_t size)
{
	size_t total, count, nics = reported(net);
	const struct net_link *links = net_links(net, &count);
	const struct net_address *addresses = net_addresses(net, &total);

	for (size_t i = 0; i < nics; i++)
		for (size_t k = 0; k < total; k++)
			if (addresses[k].link == links[i].index && reachable(&addresses[k].ip))
				return inet_ntop(addresses[k].ip.type == 1 ? AF_INET : AF_INET6,
						 addresses[k].ip.bytes, text, (socklen_t)size);
	return false;
}
