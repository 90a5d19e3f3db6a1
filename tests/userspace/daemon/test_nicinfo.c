// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the host is told of the network, as libtirpc reads it: nicinfo_oracle.h.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "nicinfo_oracle.h"

#define MUCH (2u << 20)	/* bytes: no reason to leave anything out */

static struct net net;
static struct buf out;

static void setup(void)
{
	memset(&net, 0, sizeof(net));
}

static void teardown(void)
{
	net_free(&net);
	buf_free(&out);
}

static struct net_ip ip_of(const char *text)
{
	struct net_ip ip = { .type = strchr(text, ':') ? 2 : 1 };

	ck_assert_int_eq(inet_pton(ip.type == 1 ? AF_INET : AF_INET6, text, ip.bytes), 1);
	return ip;
}

static void add_link(int index, const char *mac, unsigned int rank)
{
	struct net_link link = { .index = index, .up = true, .rank = rank };

	snprintf(link.mac, sizeof(link.mac), "%s", mac);
	buf_add(&net.links, &link, sizeof(link));
}

static void add_address(int link, const char *text, uint8_t prefix, uint8_t status)
{
	struct net_address address = { link, ip_of(text), prefix, status };

	buf_add(&net.addresses, &address, sizeof(address));
}

static void add_route(int link, const char *to, uint8_t prefix, const char *via, uint32_t metric)
{
	struct net_route route = { ip_of(to), { 0 }, prefix, link, metric };

	if (via)
		route.via = ip_of(via);
	net.route[net.routes++] = route;
}

/* Of that much addresses and bytes. */
static const char *told(size_t addresses, size_t max)
{
	net_encode(&net, addresses, max, &out);
	ck_assert_uint_le(out.len, max);
	return nicinfo_told(&out);
}

static void expect_told(const char *wanted)
{
	expect_text(told(NET_ADDRESSES, MUCH), wanted);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

START_TEST(a_guest_without_a_network)
{
	expect_told("");
}
END_TEST

START_TEST(the_example_of_the_specification)
{
	add_link(3, "00:50:56:01:02:03", 0);
	add_address(3, "192.0.2.10", 24, 1);
	add_route(3, "0.0.0.0", 0, "192.0.2.1", 100);
	net_resolv(&net.dns, str("nameserver 192.0.2.53\nsearch example.org\n"));
	net_host(&net.dns, str("web1\n"), str(""));
	expect_told("NIC 00:50:56:01:02:03\n"
		    "address 192.0.2.10/24 status 1\n"
		    "route 0.0.0.0/0 via 192.0.2.1 NIC 0 type 0 metric 100\n"
		    "DNS host web1 domain example.org server 192.0.2.53"
		    " suffix example.org\n");
}
END_TEST

START_TEST(several_nics_with_all_that_they_may_have)
{
	static const char hosts[] = "127.0.1.1 db.example.net db\n";

	add_link(7, "00:50:56:01:02:07", 0);
	add_link(2, "00:50:56:01:02:02", 1);
	add_link(5, "00:50:56:01:02:05", 2);
	add_link(4, "00:50:56:01:02:04", NET_EXCLUDED);
	/* As the kernel lists them, those of one NIC between those of another. */
	add_address(2, "198.51.100.9", 32, 1);
	add_address(4, "203.0.113.4", 24, 1);
	add_address(7, "192.0.2.7", 25, 1);
	add_address(7, "fe80::250:56ff:fe01:207", 64, 1);
	add_address(2, "2001:db8::2", 128, 6);
	add_address(7, "2001:db8:0:1::7", 56, 2);
	add_address(2, "2001:db8::3", 0, 7);
	add_route(2, "0.0.0.0", 0, "198.51.100.1", 0);
	add_route(4, "10.4.0.0", 16, "203.0.113.1", 4);
	add_route(7, "192.0.2.0", 25, NULL, 4294967295u);
	add_route(5, "10.0.0.0", 8, "192.0.2.1", 7);
	add_route(7, "::", 0, "fe80::1", 1024);
	add_route(2, "2001:db8::", 32, NULL, 256);
	add_route(7, "203.0.113.0", 24, "2001:db8::1", 20);
	net_resolv(&net.dns, str("nameserver 2001:db8::53\nnameserver 192.0.2.53\n"
				 "search a.example b.c.example\n"));
	net_host(&net.dns, str("db\n"), str(hosts));
	expect_told("NIC 00:50:56:01:02:07\n"
		    "address 192.0.2.7/25 status 1\n"
		    "address fe80::250:56ff:fe01:207/64 status 1\n"
		    "address 2001:db8:0:1::7/56 status 2\n"
		    "NIC 00:50:56:01:02:02\n"
		    "address 198.51.100.9/32 status 1\n"
		    "address 2001:db8::2/128 status 6\n"
		    "address 2001:db8::3/0 status 7\n"
		    "NIC 00:50:56:01:02:05\n"
		    "route 0.0.0.0/0 via 198.51.100.1 NIC 1 type 0 metric 0\n"
		    "route 192.0.2.0/25 NIC 0 type 0 metric 4294967295\n"
		    "route 10.0.0.0/8 via 192.0.2.1 NIC 2 type 0 metric 7\n"
		    "route ::/0 via fe80::1 NIC 0 type 0 metric 1024\n"
		    "route 2001:db8::/32 NIC 1 type 0 metric 256\n"
		    "route 203.0.113.0/24 via 2001:db8::1 NIC 0 type 0 metric 20\n"
		    "DNS host db domain example.net server 2001:db8::53"
		    " server 192.0.2.53 suffix a.example suffix b.c.example\n");
}
END_TEST

/* Each with a padding of its own. */
START_TEST(names_of_any_length)
{
	char name[256] = "", wanted[600];

	snprintf(net.dns.suffix[0], sizeof(net.dns.suffix[0]), "example");
	net.dns.suffixes = 1;
	for (size_t len = 0; len < sizeof(name); len++) {
		memset(name, 'n', len);
		memcpy(net.dns.host, name, sizeof(name));
		memcpy(net.dns.domain, name, sizeof(name));
		snprintf(wanted, sizeof(wanted), "DNS host %s domain %s suffix example\n",
			 len ? name : "-", len ? name : "-");
		expect_told(wanted);
	}
}
END_TEST

static void fill(void)
{
	for (int i = 0; i < NET_NICS + 1; i++) {
		add_link(i + 1, "00:50:56:01:02:03", (unsigned int)i);
		for (int k = 0; k < NET_ADDRESSES + 1; k++)
			add_address(i + 1, k % 2 ? "192.0.2.1" : "2001:db8::1", 64, 1);
	}
	for (unsigned int i = 0; i < NET_ROUTES; i++)
		add_route(NET_NICS, "2001:db8::", 32, "2001:db8::1", i);
	for (; net.dns.servers < NET_SERVERS; net.dns.servers++)
		net.dns.server[net.dns.servers] = ip_of("2001:db8::53");
	memset(net.dns.host, 'h', sizeof(net.dns.host) - 1);
	for (; net.dns.suffixes < NET_SUFFIXES; net.dns.suffixes++)
		memset(net.dns.suffix[net.dns.suffixes], 's', sizeof(net.dns.suffix[0]) - 1);
}

START_TEST(as_much_of_everything_as_there_may_be)
{
	const char *text;

	fill();
	text = told(NET_ADDRESSES, MUCH);
	ck_assert_uint_eq(count(text, "NIC 00:50:56:01:02:03\n"), 16);
	ck_assert_uint_eq(count(text, "address 2001:db8::1/64 status 1\n"), 16 * 1024);
	ck_assert_uint_eq(count(text, "address 192.0.2.1/64 status 1\n"), 16 * 1024);
	ck_assert_uint_eq(count(text, "route 2001:db8::/32 via 2001:db8::1 NIC 15 type 0 "), 100);
	ck_assert_uint_eq(count(text, " metric 99\n"), 1);
	ck_assert_uint_eq(count(text, "h"), 255 + 1);	/* with that of "host" */
	ck_assert_uint_eq(count(text, " server 2001:db8::53"), 16);
	ck_assert_uint_eq(count(text, " suffix s"), 10);
	ck_assert_uint_eq(count(text, "sssss"), 10 * 51);
}
END_TEST

/* An older host, and then a small one. */
START_TEST(what_is_left_of_too_much_is_well_formed)
{
	const char *text;

	fill();
	text = told(NET_ADDRESSES_V2, MUCH);
	ck_assert_uint_eq(count(text, "address"), 16 * 64);
	ck_assert_uint_eq(count(text, "route"), 100);
	text = told(NET_ADDRESSES, 65000);
	ck_assert_uint_eq(count(text, "NIC"), 16);
	ck_assert_uint_eq(count(text, "address"), 16 * 64);
	ck_assert_uint_eq(count(text, "route"), 0);
	ck_assert_uint_eq(count(text, "server"), 16);
}
END_TEST

Suite *suite_nicinfo(void)
{
	Suite *suite = suite_create("nicinfo");
	TCase *tcase = tcase_create("libtirpc");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_guest_without_a_network);
	tcase_add_test(tcase, the_example_of_the_specification);
	tcase_add_test(tcase, several_nics_with_all_that_they_may_have);
	tcase_add_test(tcase, names_of_any_length);
	tcase_add_test(tcase, as_much_of_everything_as_there_may_be);
	tcase_add_test(tcase, what_is_left_of_too_much_is_well_formed);
	suite_add_tcase(suite, tcase);
	return suite;
}
