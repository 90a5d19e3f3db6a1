// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Messages of rtnetlink. They come from the kernel, but what they say was set by whoever
 * administers the network, and lengths are looked at all the same: libnl checks that
 * attributes lie within the message, we that they are as long as what we take from them.
 */
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "net.h"

/* Of an address, as the host numbers it. */
enum status {
	STATUS_PREFERRED = 1, STATUS_DEPRECATED = 2, STATUS_TENTATIVE = 6, STATUS_DUPLICATE = 7,
	STATUS_OPTIMISTIC = 8,
};

void net_clear(struct net *net)
{
	buf_clear(&net->links);
	buf_clear(&net->addresses);
	net->routes = 0;
}

void net_free(struct net *net)
{
	buf_free(&net->links);
	buf_free(&net->addresses);
}

void net_take(struct net *net, struct net *from)
{
	net_free(net);
	net->links = from->links;
	net->addresses = from->addresses;
	net->routes = from->routes;
	memcpy(net->route, from->route, sizeof(net->route[0]) * from->routes);
	from->links = (struct buf){ 0 };
	from->addresses = (struct buf){ 0 };
	net_clear(from);
}

static void text(struct nlattr *attr, char *to, size_t size)
{
	if (attr)
		nla_strlcpy(to, attr, size);
}

static bool ip(struct nlattr *attr, uint8_t family, struct net_ip *to)
{
	size_t len = family == AF_INET ? 4 : 16;

	if (!attr || (size_t)nla_len(attr) != len)
		return false;
	*to = (struct net_ip){ .type = family == AF_INET ? 1 : 2 };
	memcpy(to->bytes, nla_data(attr), len);
	return true;
}

static bool parse_link(struct net *net, struct nlmsghdr *message)
{
	struct nlattr *attrs[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	struct net_link link = { 0 };
	struct ifinfomsg *head = nlmsg_data(message);

	if (nlmsg_parse(message, sizeof(*head), attrs, IFLA_MAX, NULL) < 0)
		return true;
	link.index = head->ifi_index;
	link.up = head->ifi_flags & IFF_UP;
	link.loopback = head->ifi_flags & IFF_LOOPBACK;
	text(attrs[IFLA_IFNAME], link.name, sizeof(link.name));
	if (attrs[IFLA_MASTER] && nla_len(attrs[IFLA_MASTER]) == 4)
		link.master = (int)nla_get_u32(attrs[IFLA_MASTER]);
	if (attrs[IFLA_ADDRESS] && nla_len(attrs[IFLA_ADDRESS]) == 6) {
		const uint8_t *mac = nla_data(attrs[IFLA_ADDRESS]);

		snprintf(link.mac, sizeof(link.mac), "%02x:%02x:%02x:%02x:%02x:%02x",
			 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	}
	if (attrs[IFLA_LINKINFO] && !nla_parse_nested(info, IFLA_INFO_MAX, attrs[IFLA_LINKINFO], NULL))
		text(info[IFLA_INFO_KIND], link.kind, sizeof(link.kind));
	if (net->links.len >= NET_LINKS_MAX * sizeof(link))
		return false;
	buf_add(&net->links, &link, sizeof(link));
	return true;
}

static uint8_t status(uint8_t family, uint32_t flags)
{
	if (family == AF_INET)
		return STATUS_PREFERRED;
	if (flags & IFA_F_DADFAILED)
		return STATUS_DUPLICATE;
	if (flags & IFA_F_OPTIMISTIC)	/* tentative too, but in use */
		return STATUS_OPTIMISTIC;
	if (flags & IFA_F_TENTATIVE)
		return STATUS_TENTATIVE;
	if (flags & IFA_F_DEPRECATED)
		return STATUS_DEPRECATED;
	return STATUS_PREFERRED;
}

static bool parse_address(struct net *net, struct nlmsghdr *message)
{
	struct nlattr *attrs[IFA_MAX + 1];
	struct ifaddrmsg *head = nlmsg_data(message);
	struct net_address address = { 0 };
	uint32_t flags;

	if (nlmsg_parse(message, sizeof(*head), attrs, IFA_MAX, NULL) < 0 ||
	    (head->ifa_family != AF_INET && head->ifa_family != AF_INET6))
		return true;
	/* LOCAL is ours where the other end of a line has the address. */
	if (!ip(attrs[IFA_LOCAL], head->ifa_family, &address.ip) &&
	    !ip(attrs[IFA_ADDRESS], head->ifa_family, &address.ip))
		return true;
	flags = head->ifa_flags;
	if (attrs[IFA_FLAGS] && nla_len(attrs[IFA_FLAGS]) == 4)
		flags = nla_get_u32(attrs[IFA_FLAGS]);
	address.link = (int)head->ifa_index;
	address.prefix = head->ifa_prefixlen;
	address.status = status(head->ifa_family, flags);
	if (net->addresses.len >= NET_ADDRESSES_MAX * sizeof(address))
		return false;
	buf_add(&net->addresses, &address, sizeof(address));
	return true;
}

static bool add_route(struct net *net, const struct net_route *route)
{
	size_t same = 0;

	for (size_t i = 0; i < net->routes; i++)
		same += net->route[i].to.type == route->to.type;
	if (same >= (route->to.type == 1 ? net->max4 : net->max6) || net->routes == NET_ROUTES)
		return false;
	net->route[net->routes++] = *route;
	return true;
}

/* One route for each of its ways, as a host has no other form for it. */
static bool add_hops(struct net *net, struct net_route *route, uint8_t family,
		     struct nlattr *multipath)
{
	struct nlattr *attrs[RTA_MAX + 1];
	struct rtnexthop *hop = nla_data(multipath);
	int left = nla_len(multipath);

	while (left >= (int)sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) && hop->rtnh_len <= left) {
		route->link = hop->rtnh_ifindex;
		route->via = (struct net_ip){ 0 };
		if (!nla_parse(attrs, RTA_MAX, (struct nlattr *)RTNH_DATA(hop),
			       hop->rtnh_len - (int)sizeof(*hop), NULL))
			ip(attrs[RTA_GATEWAY], family, &route->via);
		if (!add_route(net, route))
			return false;
		left -= RTNH_ALIGN(hop->rtnh_len);
		hop = RTNH_NEXT(hop);
	}
	return true;
}

static bool parse_route(struct net *net, struct nlmsghdr *message)
{
	struct nlattr *attrs[RTA_MAX + 1];
	struct rtmsg *head = nlmsg_data(message);
	struct net_route route = { 0 };
	uint32_t table;

	if (nlmsg_parse(message, sizeof(*head), attrs, RTA_MAX, NULL) < 0 ||
	    (head->rtm_family != AF_INET && head->rtm_family != AF_INET6))
		return true;
	table = head->rtm_table;
	if (attrs[RTA_TABLE] && nla_len(attrs[RTA_TABLE]) == 4)
		table = nla_get_u32(attrs[RTA_TABLE]);
	if (table != RT_TABLE_MAIN || head->rtm_type != RTN_UNICAST ||
	    (head->rtm_flags & RTM_F_CLONED))
		return true;
	/* No destination: everywhere. */
	if (!ip(attrs[RTA_DST], head->rtm_family, &route.to))
		route.to.type = head->rtm_family == AF_INET ? 1 : 2;
	route.prefix = head->rtm_dst_len;
	if (attrs[RTA_PRIORITY] && nla_len(attrs[RTA_PRIORITY]) == 4)
		route.metric = nla_get_u32(attrs[RTA_PRIORITY]);
	if (attrs[RTA_MULTIPATH])
		return add_hops(net, &route, head->rtm_family, attrs[RTA_MULTIPATH]);
	if (!attrs[RTA_OIF] || nla_len(attrs[RTA_OIF]) != 4)
		return true;
	ip(attrs[RTA_GATEWAY], head->rtm_family, &route.via);
	route.link = (int)nla_get_u32(attrs[RTA_OIF]);
	return add_route(net, &route);
}

bool net_parse(struct net *net, struct nlmsghdr *message)
{
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
		return nlmsg_valid_hdr(message, sizeof(struct ifinfomsg)) && parse_link(net, message);
	case RTM_NEWADDR:
		return nlmsg_valid_hdr(message, sizeof(struct ifaddrmsg)) &&
		       parse_address(net, message);
	case RTM_NEWROUTE:
		return nlmsg_valid_hdr(message, sizeof(struct rtmsg)) && parse_route(net, message);
	default:
		return true;
	}
}

static bool copy(struct str from, char *to, size_t size)
{
	if (!from.len || from.len >= size || memchr(from.at, '\0', from.len))
		return false;
	memcpy(to, from.at, from.len);
	to[from.len] = '\0';
	return true;
}

static void add_server(struct net_dns *dns, struct str text)
{
	struct net_ip ip = { 0 };
	char address[64];
	char *zone;

	if (dns->servers == NET_SERVERS || !copy(text, address, sizeof(address)))
		return;
	zone = strchr(address, '%');
	if (zone)
		*zone = '\0';
	if (inet_pton(AF_INET, address, ip.bytes) == 1)
		ip.type = 1;
	else if (inet_pton(AF_INET6, address, ip.bytes) == 1)
		ip.type = 2;
	else
		return;
	dns->server[dns->servers++] = ip;
}

void net_resolv(struct net_dns *dns, struct str text)
{
	while (text.len) {
		struct str line = str_trim(str_cut(&text, '\n'));
		struct str key = str_word(&line), value;

		if (str_is(key, "nameserver")) {
			add_server(dns, str_word(&line));
		} else if (str_is(key, "search") || str_is(key, "domain")) {
			/* The last of such lines is the one that holds. */
			dns->suffixes = 0;
			while ((value = str_word(&line)).len && dns->suffixes < NET_SUFFIXES)
				if (copy(value, dns->suffix[dns->suffixes], sizeof(dns->suffix[0])))
					dns->suffixes++;
		}
	}
}

/* In /etc/hosts: the first name of a line that also has @name, if it begins with that. */
static struct str qualified(struct str name, struct str hosts)
{
	while (hosts.len) {
		struct str line = str_cut(&hosts, '\n');
		struct str found = { 0 }, each;
		bool known = false;

		line = str_trim(str_cut(&line, '#'));
		str_word(&line);	/* the address */
		while ((each = str_word(&line)).len) {
			if (each.len > name.len + 1 && !memcmp(each.at, name.at, name.len) &&
			    each.at[name.len] == '.' && !found.len)
				found = each;
			known |= each.len == name.len && !memcmp(each.at, name.at, name.len);
		}
		if (known && found.len)
			return found;
	}
	return name;
}

void net_host(struct net_dns *dns, struct str name, struct str hosts)
{
	char *dot;

	name = str_trim(name);
	if (name.len && !memchr(name.at, '.', name.len))
		name = qualified(name, hosts);
	if (!copy(name, dns->host, sizeof(dns->host)))
		return;
	dot = strchr(dns->host, '.');
	if (dot)
		snprintf(dns->domain, sizeof(dns->domain), "%s", dot + 1);
	else if (dns->suffixes)
		snprintf(dns->domain, sizeof(dns->domain), "%s", dns->suffix[0]);
}
