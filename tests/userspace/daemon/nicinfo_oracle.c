// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * NicInfo in words: nicinfo_oracle.h.
 */
#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#include "nicinfo.h"
#include "nicinfo_oracle.h"

static struct buf text;

static void tell_addr(const char *what, const v3_addr *addr)
{
	char number[INET6_ADDRSTRLEN];

	ck_assert(addr->type == 1 || addr->type == 2);
	ck_assert_uint_eq(addr->bytes.bytes_len, addr->type == 1 ? 4 : 16);
	inet_ntop(addr->type == 1 ? AF_INET : AF_INET6, addr->bytes.bytes_val, number,
		  sizeof(number));
	buf_printf(&text, "%s%s", what, number);
}

/* Those parts of which each NIC may have its own. */
static void tell_parts(const v3_dns *dns, const v3_wins *wins, const v3_dhcp *dhcp4,
		       const v3_dhcp *dhcp6)
{
	if (dns) {
		buf_printf(&text, "DNS host %s domain %s", dns->host ? *dns->host : "-",
			   dns->domain ? *dns->domain : "-");
		for (u_int i = 0; i < dns->servers.servers_len; i++)
			tell_addr(" server ", &dns->servers.servers_val[i]);
		for (u_int i = 0; i < dns->suffixes.suffixes_len; i++)
			buf_printf(&text, " suffix %s", dns->suffixes.suffixes_val[i]);
		buf_str(&text, "\n");
	}
	if (wins) {
		tell_addr("WINS ", &wins->primary);
		tell_addr(" ", &wins->secondary);
		buf_str(&text, "\n");
	}
	if (dhcp4)
		buf_printf(&text, "DHCP of IPv4 %u %s\n", dhcp4->enabled, dhcp4->settings);
	if (dhcp6)
		buf_printf(&text, "DHCP of IPv6 %u %s\n", dhcp6->enabled, dhcp6->settings);
}

static void tell_nic(const v3_nic *nic)
{
	buf_printf(&text, "NIC %s\n", nic->mac);
	for (u_int i = 0; i < nic->ips.ips_len; i++) {
		const v3_ip *ip = &nic->ips.ips_val[i];

		tell_addr("address ", &ip->addr);
		buf_printf(&text, "/%u", ip->prefix);
		if (ip->origin)
			buf_printf(&text, " origin %u", *ip->origin);
		if (ip->status)
			buf_printf(&text, " status %u", *ip->status);
		buf_str(&text, "\n");
	}
	tell_parts(nic->dns, nic->wins, nic->dhcp4, nic->dhcp6);
}

static void tell_route(const v3_route *route)
{
	tell_addr("route ", &route->to);
	buf_printf(&text, "/%u", route->prefix);
	if (route->via)
		tell_addr(" via ", route->via);
	buf_printf(&text, " NIC %u type %u metric %u\n", route->nic, route->type, route->metric);
}

static void tell(const v3_info *info)
{
	buf_clear(&text);
	for (u_int i = 0; i < info->nics.nics_len; i++)
		tell_nic(&info->nics.nics_val[i]);
	for (u_int i = 0; i < info->routes.routes_len; i++)
		tell_route(&info->routes.routes_val[i]);
	tell_parts(info->dns, info->wins, info->dhcp4, info->dhcp6);
}

static void expect_written(v3_message *message, const struct buf *bytes)
{
	struct buf again = { 0 };
	XDR xdr;

	ck_assert_uint_eq(xdr_sizeof((xdrproc_t)xdr_v3_message, message), bytes->len);
	buf_add(&again, bytes->data, bytes->len);
	memset(again.data, 0xff, again.len);
	xdrmem_create(&xdr, again.data, (u_int)again.len, XDR_ENCODE);
	ck_assert(xdr_v3_message(&xdr, message));
	ck_assert_mem_eq(again.data, bytes->data, bytes->len);
	buf_free(&again);
}

const char *nicinfo_told(const struct buf *bytes)
{
	v3_message message = { 0 };
	XDR xdr;

	/* It knows the bounds of everything. */
	xdrmem_create(&xdr, bytes->data, (u_int)bytes->len, XDR_DECODE);
	ck_assert(xdr_v3_message(&xdr, &message));
	ck_assert_uint_eq(xdr_getpos(&xdr), bytes->len);
	ck_assert_ptr_nonnull(message.v3_message_u.info);
	expect_written(&message, bytes);
	tell(message.v3_message_u.info);
	xdr_free((xdrproc_t)xdr_v3_message, &message);
	return buf_text(&text);
}
