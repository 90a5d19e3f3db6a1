// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Network interfaces as a guest reports them: version 3 and 2 in XDR, version 1 packed.
 * Every count is limited as in the protocol before anything is made of it.
 */
#include "guestinfo.h"

#include <arpa/inet.h>
#include <string.h>

#define TYPE_V2		9	/* the type that once carried version 2 alone */

enum {
	MAX_NICS = 16, MAX_ROUTES = 100, MAX_ADDRESSES = 2048, MAX_ADDRESSES_OLD = 64,
	MAX_SERVERS = 16, MAX_SUFFIXES = 10, MAX_MAC = 18, MAX_NAME = 255, MAX_DHCP = 16384,
	V1_NICS = 16, V1_ADDRESSES = 8, V1_MAC = 19, V1_ADDRESS = 16,
};

enum { IPV4 = 1, IPV6 = 2, IPV4_ZONE = 3, IPV6_ZONE = 4, DNS_NAME = 16 };

/* By value; NULL where there is none. */
static const char *const origins[] = {
	NULL, "other", "manual", NULL, "dhcp", "linklayer", "random",
};

static const char *const statuses[] = {
	NULL, "preferred", "deprecated", "invalid", "inaccessible", "unknown", "tentative",
	"duplicate", "optimistic",
};

static const char *const route_types[] = { NULL, "other", "reject", "local", "remote" };

#define NAME_OF(names, value) \
	((value) < sizeof(names) / sizeof(*(names)) && names[value] ? \
	 json_string(names[value]) : json_integer(value))

static json_t *take_string(struct vh_cursor *from, size_t limit)
{
	size_t len;
	const uint8_t *data = vh_take_xdr(from, limit, &len);

	return data ? vh_json_bytes(data, len) : json_null();
}

static json_t *take_address(struct vh_cursor *from)
{
	uint32_t type = vh_take_be32(from);
	char text[INET6_ADDRSTRLEN] = "";
	size_t len;
	const uint8_t *data = vh_take_xdr(from, MAX_NAME, &len);

	if (!data)
		return json_null();
	if ((type == IPV4 || type == IPV4_ZONE) && len >= 4)
		inet_ntop(AF_INET, data, text, sizeof(text));
	else if ((type == IPV6 || type == IPV6_ZONE) && len >= 16)
		inet_ntop(AF_INET6, data, text, sizeof(text));
	else if (type == DNS_NAME)
		return vh_json_bytes(data, len);
	else if (len)
		from->bad = true;
	return json_string(text);
}

static json_t *take_entry(struct vh_cursor *from)
{
	json_t *entry = json_object();

	json_object_set_new(entry, "address", take_address(from));
	json_object_set_new(entry, "prefix", json_integer(vh_take_be32(from)));
	if (vh_take_xdr_option(from)) {
		uint32_t origin = vh_take_be32(from);

		json_object_set_new(entry, "origin", NAME_OF(origins, origin));
	}
	if (vh_take_xdr_option(from)) {
		uint32_t status = vh_take_be32(from);

		json_object_set_new(entry, "status", NAME_OF(statuses, status));
	}
	return entry;
}

/* Appends count items; stops at the end of the message. */
#define TAKE_LIST(from, limit, item) ({ \
	json_t *list = json_array(); \
	for (uint32_t count = vh_take_xdr_count(from, limit); count && !(from)->bad; count--) \
		json_array_append_new(list, item); \
	list; })

static json_t *take_dns(struct vh_cursor *from)
{
	json_t *dns = json_object();

	if (vh_take_xdr_option(from))
		json_object_set_new(dns, "host", take_string(from, MAX_NAME));
	if (vh_take_xdr_option(from))
		json_object_set_new(dns, "domain", take_string(from, MAX_NAME));
	json_object_set_new(dns, "servers", TAKE_LIST(from, MAX_SERVERS, take_address(from)));
	json_object_set_new(dns, "suffixes",
			    TAKE_LIST(from, MAX_SUFFIXES, take_string(from, MAX_NAME)));
	return dns;
}

static json_t *take_wins(struct vh_cursor *from)
{
	json_t *wins = json_object();

	json_object_set_new(wins, "primary", take_address(from));
	json_object_set_new(wins, "secondary", take_address(from));
	return wins;
}

static json_t *take_dhcp(struct vh_cursor *from)
{
	json_t *dhcp = json_object();

	json_object_set_new(dhcp, "enabled", json_boolean(vh_take_be32(from)));
	json_object_set_new(dhcp, "settings", take_string(from, MAX_DHCP));
	return dhcp;
}

/* What may follow both a NIC and the whole stack. */
static void take_configuration(struct vh_cursor *from, json_t *to)
{
	if (vh_take_xdr_option(from))
		json_object_set_new(to, "dns", take_dns(from));
	if (vh_take_xdr_option(from))
		json_object_set_new(to, "wins", take_wins(from));
	if (vh_take_xdr_option(from))
		json_object_set_new(to, "dhcp4", take_dhcp(from));
	if (vh_take_xdr_option(from))
		json_object_set_new(to, "dhcp6", take_dhcp(from));
}

static json_t *take_nic(struct vh_cursor *from, unsigned int addresses)
{
	json_t *nic = json_object();

	json_object_set_new(nic, "mac", take_string(from, MAX_MAC));
	json_object_set_new(nic, "addresses", TAKE_LIST(from, addresses, take_entry(from)));
	take_configuration(from, nic);
	return nic;
}

static json_t *take_route(struct vh_cursor *from, size_t nics)
{
	json_t *route = json_object();
	uint32_t index, type;

	json_object_set_new(route, "destination", take_address(from));
	json_object_set_new(route, "prefix", json_integer(vh_take_be32(from)));
	if (vh_take_xdr_option(from))
		json_object_set_new(route, "nextHop", take_address(from));
	index = vh_take_be32(from);
	if (index >= nics)
		from->bad = true;	/* it counts the NICs of this message */
	json_object_set_new(route, "nic", json_integer(index));
	type = vh_take_be32(from);
	json_object_set_new(route, "type", NAME_OF(route_types, type));
	json_object_set_new(route, "metric", json_integer(vh_take_be32(from)));
	return route;
}

static void take_v3(struct vh_cursor *from, unsigned int type, json_t *to)
{
	unsigned int addresses = type == TYPE_V2 ? MAX_ADDRESSES_OLD : MAX_ADDRESSES;
	json_t *nics = TAKE_LIST(from, MAX_NICS, take_nic(from, addresses));

	json_object_set_new(to, "nics", nics);
	json_object_set_new(to, "routes",
			    TAKE_LIST(from, MAX_ROUTES, take_route(from, json_array_size(nics))));
	take_configuration(from, to);
}

/* A text of which each character fills four bytes. */
static json_t *take_wide(struct vh_cursor *from, size_t room)
{
	char text[64];
	size_t len = 0;
	bool ended = false;

	for (size_t i = 0; i < room; i++) {
		uint32_t byte = vh_take_be32(from);

		ended |= !byte;
		if (!ended)
			text[len++] = byte;
	}
	return vh_json_bytes(text, len);
}

static json_t *take_entry_v2(struct vh_cursor *from)
{
	json_t *entry = json_object();
	uint32_t family = vh_take_be32(from), dhcp = vh_take_be32(from);

	if (family > 1)
		from->bad = true;
	json_object_set_new(entry, "address", take_wide(from, 64));
	json_object_set_new(entry, "mask", take_wide(from, 64));
	json_object_set_new(entry, "family", json_string(family ? "ipv6" : "ipv4"));
	json_object_set_new(entry, "origin", json_string(dhcp ? "dhcp" : "other"));
	return entry;
}

static json_t *take_nic_v2(struct vh_cursor *from)
{
	json_t *nic = json_object();

	json_object_set_new(nic, "mac", take_wide(from, MAX_MAC));
	json_object_set_new(nic, "addresses",
			    TAKE_LIST(from, MAX_ADDRESSES_OLD, take_entry_v2(from)));
	return nic;
}

json_t *vh_nics_xdr(struct vh_cursor *from, unsigned int type, const char **wrong)
{
	uint32_t version = vh_take_be32(from);
	json_t *info;

	if (version != 3 && (version != 2 || type != TYPE_V2)) {
		*wrong = "NICs of a version that this type does not carry";
		return NULL;
	}
	info = json_pack("{s:i}", "version", version);
	if (vh_take_xdr_option(from)) {
		if (version == 3)
			take_v3(from, type, info);
		else
			json_object_set_new(info, "nics",
					    TAKE_LIST(from, MAX_NICS, take_nic_v2(from)));
	}
	if (from->bad || from->left > 1 || (from->left && *from->at)) {
		*wrong = from->bad ? "NICs that end early, or a number in them that is too big" :
			 "bytes behind the NICs";
		json_decref(info);
		return NULL;
	}
	return info;
}

/* A text in a field of fixed size. */
static json_t *take_field(struct vh_cursor *from, size_t room)
{
	const uint8_t *data = vh_take(from, room);

	return data ? vh_json_bytes(data, strnlen((const char *)data, room)) : json_null();
}

json_t *vh_nics_packed(struct vh_cursor *from, const char **wrong)
{
	uint32_t nics = vh_take_le32(from);
	json_t *list = json_array();

	for (uint32_t i = 0; i < V1_NICS && nics <= V1_NICS; i++) {
		uint32_t count = vh_take_le32(from);
		json_t *mac = take_field(from, V1_MAC);
		json_t *addresses = json_array();

		if (i < nics && count > V1_ADDRESSES)
			from->bad = true;
		for (uint32_t n = 0; n < V1_ADDRESSES; n++) {
			json_t *address = take_field(from, V1_ADDRESS);

			if (n < count)
				json_array_append_new(addresses,
						      json_pack("{s:o}", "address", address));
			else
				json_decref(address);
		}
		if (i < nics)
			json_array_append_new(list, json_pack("{s:o, s:o}", "mac", mac,
							      "addresses", addresses));
		else
			json_decref(mac), json_decref(addresses);
	}
	vh_drop_nul(from);
	if (from->bad || nics > V1_NICS || from->left) {
		*wrong = "NICs whose size or a number in them is wrong";
		json_decref(list);
		return NULL;
	}
	return json_pack("{s:i, s:o}", "version", 1, "nics", list);
}
