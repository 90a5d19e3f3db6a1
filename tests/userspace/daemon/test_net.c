// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The network: encoding, filters, DNS, and real interfaces in a network namespace.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static struct net net;

static bool is_physical(const char *name)
{
	return !strncmp(name, "eth", 3);
}

static void add_link(int index, const char *name, const char *kind, int master)
{
	struct net_link link = { .index = index, .master = master, .up = true };

	snprintf(link.name, sizeof(link.name), "%s", name);
	snprintf(link.kind, sizeof(link.kind), "%s", kind);
	snprintf(link.mac, sizeof(link.mac), "00:50:56:01:02:%02x", index & 255);
	buf_add(&net.links, &link, sizeof(link));
}

static void add_address(int link, const char *text, uint8_t prefix)
{
	struct net_address address = { .link = link, .prefix = prefix, .status = 1 };

	address.ip.type = strchr(text, ':') ? 2 : 1;
	ck_assert_int_eq(inet_pton(address.ip.type == 1 ? AF_INET : AF_INET6, text,
				   address.ip.bytes), 1);
	buf_add(&net.addresses, &address, sizeof(address));
}

static const char *sorted(const char *primary, const char *low, const char *exclude)
{
	struct net_filter filter = { primary, low, exclude, is_physical };
	static char text[65536];
	size_t count;
	struct net_link *links;

	net_sort(&net, &filter);
	links = net_links(&net, &count);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		if (links[i].rank != NET_EXCLUDED)
			sprintf(text + strlen(text), "%s%s", text[0] ? " " : "", links[i].name);
	return text;
}

static void setup(void)
{
	memset(&net, 0, sizeof(net));
	net.max4 = NET_ROUTES;
	net.max6 = NET_ROUTES;
}

static void teardown(void)
{
	net_free(&net);
}

START_TEST(the_vector_of_the_specification)
{
	static const char wanted[] =
		"00000003000000010000000100000011"
		"30303a35303a35363a30313a30323a30330000000000000100000001"
		"00000004c000020a000000180000000000000001000000010000000000000000000000000000"
		"0000000000010000000100000004000000000000000000000001000000010000000"
		"4c000020100000000000000000000006400000001000000010000000477656231000000010000"
		"000b6578616d706c652e6f7267000000000100000001"
		"00000004c0000235000000010000000b6578616d706c652e6f726700000000000000000000000000";
	struct buf out = { 0 };
	char hex[600] = "";

	add_link(3, "eth0", "", 0);
	add_address(3, "192.0.2.10", 24);
	net.routes = 1;
	net.route[0] = (struct net_route){
		.to.type = 1, .via = { 1, { 192, 0, 2, 1 } }, .link = 3, .metric = 100,
	};
	net_resolv(&net.dns, str("nameserver 192.0.2.53\nsearch example.org\n"));
	net_host(&net.dns, str("web1\n"), str(""));
	sorted(NULL, NULL, NULL);
	net_encode(&net, NET_ADDRESSES, 65536, &out);
	ck_assert_uint_eq(out.len, 216);
	for (size_t i = 0; i < out.len; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned char)out.data[i]);
	expect_text(hex, wanted);
	buf_free(&out);
}
END_TEST

START_TEST(containers_are_left_out_by_kind)
{
	add_link(2, "docker0", "bridge", 0);
	add_link(3, "vethab12", "veth", 2);
	add_link(4, "eth1", "", 0);
	add_link(5, "br0", "bridge", 0);
	add_link(6, "eth0", "", 5);
	add_link(7, "bond0", "bond", 0);
	add_link(8, "wg0", "wireguard", 0);
	add_link(9, "vmk", "macvlan", 0);
	expect_text(sorted(NULL, NULL, NULL), "eth1 eth0 br0 bond0 vmk");
	expect_text(sorted("wg*,bond*", "eth1", NULL), "wg0 bond0 eth0 br0 vmk eth1");
	expect_text(sorted(NULL, NULL, "eth*,b*"), "vmk");
	/* What is left out by name is, also of those that are to be first. */
	expect_text(sorted("eth*", NULL, "eth1,b*"), "eth0 vmk");
}
END_TEST

START_TEST(sixteen_nics_of_thousands_and_what_fits_of_them)
{
	struct buf out = { 0 };

	for (int i = 1; i < 3000; i++)
		add_link(i, i == 2999 ? "eth0" : "nic", "", 0);
	for (int i = 0; i < 2500; i++)
		add_address(2999, "2001:db8::1", 64);
	sorted(NULL, NULL, NULL);
	net_encode(&net, NET_ADDRESSES, 65000, &out);
	ck_assert_uint_le(out.len, 65000);
	ck_assert_int_eq(out.data[11], 16);
	ck_assert_int_eq(memcmp(out.data + 12 + 4, "00:50:56:01:02:b7", 17), 0);
	/* An older host stops reading at 64 addresses. */
	net_encode(&net, NET_ADDRESSES_V2, 65000, &out);
	ck_assert_int_eq(memcmp(out.data + 12 + 24, "\0\0\0\100", 4), 0);
	buf_free(&out);
}
END_TEST

START_TEST(routes_go_before_addresses_do)
{
	struct buf all = { 0 }, some = { 0 };

	add_link(1, "eth0", "", 0);
	for (int i = 0; i < 10; i++)
		add_address(1, "192.0.2.1", 24);
	net.routes = NET_ROUTES;
	for (size_t i = 0; i < NET_ROUTES; i++)
		net.route[i] = (struct net_route){ .to.type = 1, .link = 1 };
	sorted(NULL, NULL, NULL);
	ck_assert(net_encode(&net, NET_ADDRESSES, 65536, &all));
	ck_assert(!net_encode(&net, NET_ADDRESSES, 1000, &some));
	ck_assert_uint_gt(all.len, 1000);
	ck_assert_uint_le(some.len, 1000);
	/* Up to the routes it is the same: one NIC, its MAC, ten addresses. */
	ck_assert_int_eq(memcmp(all.data, some.data, 3 * 4 + 24 + 4 + 10 * 28), 0);
	buf_free(&all);
	buf_free(&some);
}
END_TEST

START_TEST(the_primary_address_is_one_by_which_we_are_reached)
{
	char text[64];

	add_link(1, "eth0", "", 0);
	add_link(2, "eth1", "", 0);
	add_address(1, "fe80::1", 64);
	add_address(1, "fd00::1", 64);
	sorted(NULL, NULL, NULL);
	ck_assert(!net_primary(&net, text, sizeof(text)));
	add_address(2, "2001:db8::5", 64);
	ck_assert(net_primary(&net, text, sizeof(text)));
	expect_text(text, "2001:db8::5");
	/* The NIC that goes first, whatever else it has. */
	add_address(1, "127.0.0.1", 8);
	add_address(1, "0.0.0.0", 0);
	add_address(1, "::1", 128);
	ck_assert(net_primary(&net, text, sizeof(text)));
	expect_text(text, "2001:db8::5");
	add_address(1, "192.0.2.7", 24);
	ck_assert(net_primary(&net, text, sizeof(text)));
	expect_text(text, "192.0.2.7");
}
END_TEST

static uint8_t status_of(uint8_t family, uint32_t flags)
{
	struct nl_msg *message = nlmsg_alloc_simple(RTM_NEWADDR, 0);
	struct ifaddrmsg head = { .ifa_family = family, .ifa_index = 1 };
	struct net_address *addresses;
	uint8_t bytes[16] = { 0x20, 1 };
	size_t count;

	nlmsg_append(message, &head, sizeof(head), NLMSG_ALIGNTO);
	nla_put(message, IFA_ADDRESS, family == AF_INET ? 4 : 16, bytes);
	nla_put_u32(message, IFA_FLAGS, flags);
	net_clear(&net);
	ck_assert(net_parse(&net, nlmsg_hdr(message)));
	nlmsg_free(message);
	addresses = net_addresses(&net, &count);
	ck_assert_uint_eq(count, 1);
	return addresses[0].status;
}

START_TEST(an_address_is_told_as_good_as_it_is)
{
	ck_assert_uint_eq(status_of(AF_INET6, IFA_F_PERMANENT), 1);
	ck_assert_uint_eq(status_of(AF_INET6, IFA_F_PERMANENT | IFA_F_DEPRECATED), 2);
	ck_assert_uint_eq(status_of(AF_INET6, IFA_F_TENTATIVE), 6);
	ck_assert_uint_eq(status_of(AF_INET6, IFA_F_TENTATIVE | IFA_F_DADFAILED), 7);
	/* The kernel knows nothing of the kind for IPv4. */
	ck_assert_uint_eq(status_of(AF_INET, IFA_F_TENTATIVE), 1);
}
END_TEST

START_TEST(resolv_conf_and_hosts)
{
	struct net_dns *dns = &net.dns;

	net_resolv(dns, str("# x\nnameserver fe80::1%eth0\nnameserver nonsense\n\tnameserver 1.2.3.4\n"
			    "domain a.org\nsearch b.org  c.org\noptions x"));
	ck_assert_uint_eq(dns->servers, 2);
	ck_assert_uint_eq(dns->suffixes, 2);
	expect_text(dns->suffix[0], "b.org");
	net_host(dns, str("web1\n"), str("127.0.0.1 localhost\n127.0.1.1\tweb1.d.org web1 # x\n"));
	expect_text(dns->host, "web1.d.org");
	expect_text(dns->domain, "d.org");
	for (int i = 0; i < 40; i++)
		net_resolv(dns, str("nameserver 1.2.3.4\n"));
	ck_assert_uint_eq(dns->servers, NET_SERVERS);
}
END_TEST

/* In a namespace of its own, as Makefile starts the program. */

/* A dump waits in the call that asks for it while somebody else changes the network. */
static int gate[2] = { -1, -1 };

int __real_nl_send_auto(struct nl_sock *sock, struct nl_msg *message);
int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *message);

int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *message)
{
	char byte;

	if (gate[0] >= 0)
		while (recv(gate[0], &byte, 1, MSG_PEEK) < 0 && errno == EINTR)
			continue;
	return __real_nl_send_auto(sock, message);
}

void netlink_hold(bool on)
{
	if (on) {
		ck_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, gate));
		return;
	}
	/* Read by nobody: whoever comes finds it open. */
	ck_assert_int_eq(write(gate[1], "", 1), 1);
}

static void changed(void *data)
{
	(*(int *)data)++;
}

static void run(const char *command)
{
	ck_assert_msg(!system(command), "%s", command);
}

START_TEST(interfaces_of_a_namespace_are_read_and_changes_seen)
{
	struct netlink netlink;
	struct loop loop;
	int changes = 0;
	size_t count, addresses;
	struct net_link *links;

	ck_assert(!loop_init(&loop));
	ck_assert(!netlink_start(&netlink, &loop, changed, &changes));
	run("ip tuntap add lab0 mode tap && ip link set lab0 address 02:00:00:00:00:07 up");
	run("ip addr add 192.0.2.9/24 dev lab0 && ip -6 addr add 2001:db8::9/64 dev lab0 nodad");
	run("ip route add 198.51.100.0/24 via 192.0.2.1 dev lab0 metric 7");
	run("ip route add 203.0.113.0/24 metric 8 nexthop via 192.0.2.2 nexthop via 192.0.2.3");
	run("ip -6 route add 2001:db8:1::/48 metric 8 nexthop via 2001:db8::2 nexthop via 2001:db8::3");
	while (!changes)
		ck_assert(!loop_turn(&loop, 5000));
	ck_assert(!netlink_gather(&netlink, &net));
	links = net_links(&net, &count);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(links[i].name, "lab0"))
			links = &links[i];
	expect_text(links->name, "lab0");
	expect_text(links->mac, "02:00:00:00:00:07");
	expect_text(links->kind, "tun");
	ck_assert(links->up && !links->loopback);
	net_addresses(&net, &addresses);
	ck_assert_uint_ge(addresses, 2);
	count = 0;
	for (size_t i = 0; i < net.routes; i++)
		count += net.route[i].metric == 7 && net.route[i].via.bytes[3] == 1;
	ck_assert_uint_eq(count, 1);
	/* Each way of a route that has several. */
	count = 0;
	for (size_t i = 0; i < net.routes; i++) {
		const struct net_ip *via = &net.route[i].via;

		if (net.route[i].metric != 8)
			continue;
		ck_assert_int_eq(net.route[i].link, links->index);
		count |= 1u << (via->type == 1 ? via->bytes[3] : via->bytes[15] + 8);
	}
	ck_assert_uint_eq(count, 1u << 2 | 1u << 3 | 1u << 10 | 1u << 11);
	netlink_stop(&netlink, &loop);
	loop_close(&loop);
	run("ip link del lab0");
}
END_TEST

static int no_cage(void)
{
	return 0;
}

/* However long its thread takes. */
static void gather(struct netlink *netlink, struct loop *loop)
{
	int error = netlink_gather(netlink, &net);

	if (error == -EINPROGRESS) {
		while (!netlink->answered)
			ck_assert(!loop_turn(loop, 5000));
		error = netlink_gather(netlink, &net);
	}
	ck_assert_int_eq(error, 0);
}

START_TEST(a_kernel_that_lets_us_wait_is_not_waited_for)
{
	struct netlink netlink;
	struct loop loop;
	int changes = 0, was;
	uint64_t before;
	size_t count;

	ck_assert(!loop_init(&loop));
	ck_assert(!netlink_start(&netlink, &loop, changed, &changes));
	ck_assert(!netlink_thread(&netlink, &loop, no_cage));
	gather(&netlink, &loop);
	net_links(&net, &count);
	ck_assert_uint_eq(count, 1);

	netlink_hold(true);
	before = loop_now(&loop);
	ck_assert_int_eq(netlink_gather(&netlink, &net), -EINPROGRESS);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(netlink_gather(&netlink, &net), -EALREADY);
	ck_assert_uint_lt(loop_now(&loop) - before, 10000);
	/* What was known stays known. */
	net_links(&net, &count);
	ck_assert_uint_eq(count, 1);
	run("ip tuntap add lab0 mode tap");
	while (!changes)
		ck_assert(!loop_turn(&loop, 5000));

	netlink_hold(false);
	while (!netlink.answered)
		ck_assert(!loop_turn(&loop, 5000));
	/* It was asked before that change, and so another look is due. */
	was = changes;
	ck_assert(!netlink_gather(&netlink, &net));
	ck_assert_int_gt(changes, was);
	was = changes;
	gather(&netlink, &loop);
	ck_assert_int_eq(changes, was);
	net_links(&net, &count);
	ck_assert_uint_eq(count, 2);
	netlink_stop(&netlink, &loop);
	loop_close(&loop);
	run("ip link del lab0");
}
END_TEST

START_TEST(a_long_table_of_routes_is_cut_off_and_the_next_look_works)
{
	struct netlink netlink;
	struct loop loop;
	int changes = 0;

	ck_assert(!loop_init(&loop));
	ck_assert(!netlink_start(&netlink, &loop, changed, &changes));
	run("ip tuntap add lab0 mode tap && ip link set lab0 up && ip addr add 192.0.2.9/24 dev lab0");
	run("for i in $(seq 1 255); do for k in 1 2 3 4; do"
	    " echo route add 10.$k.$i.0/24 via 192.0.2.1; done; done | ip -batch -");
	net.max4 = 10;
	for (int i = 0; i < 3; i++) {
		ck_assert(!netlink_gather(&netlink, &net));
		ck_assert_uint_ge(net.routes, 10);
		ck_assert_uint_le(net.routes, 30);
		ck_assert_uint_gt(net.links.len, 0);
	}
	netlink_stop(&netlink, &loop);
	loop_close(&loop);
	run("ip link del lab0");
}
END_TEST

START_TEST(a_storm_of_changes_is_sent_once_or_twice)
{
	uint64_t before;

	bench_new();
	snprintf(bench->worker.settings.primary, sizeof(bench->worker.settings.primary), "lab*");
	bench_boot();
	bench_pass(10000);
	before = bench->worker.info.sent_count;
	run("ip tuntap add lab0 mode tap");
	run("ip link set lab0 up; for i in $(seq 1 250); do echo addr add 192.0.2.$i/32 dev lab0;"
	    " done | ip -batch -");
	bench->worker.settings.stats = false;
	bench_pass(4000);
	ck_assert_uint_le(bench->worker.info.sent_count - before, 2);
	ck_assert_uint_ge(bench->worker.info.sent_count - before, 1);
	run("ip link del lab0");
	bench_free();
}
END_TEST

Suite *suite_net(void)
{
	Suite *suite = suite_create("net");
	TCase *tcase = tcase_create("network");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, the_vector_of_the_specification);
	tcase_add_test(tcase, containers_are_left_out_by_kind);
	tcase_add_test(tcase, sixteen_nics_of_thousands_and_what_fits_of_them);
	tcase_add_test(tcase, routes_go_before_addresses_do);
	tcase_add_test(tcase, the_primary_address_is_one_by_which_we_are_reached);
	tcase_add_test(tcase, an_address_is_told_as_good_as_it_is);
	tcase_add_test(tcase, resolv_conf_and_hosts);
	tcase_add_test(tcase, interfaces_of_a_namespace_are_read_and_changes_seen);
	tcase_add_test(tcase, a_kernel_that_lets_us_wait_is_not_waited_for);
	tcase_add_test(tcase, a_long_table_of_routes_is_cut_off_and_the_next_look_works);
	tcase_add_test(tcase, a_storm_of_changes_is_sent_once_or_twice);
	suite_add_tcase(suite, tcase);
	return suite;
}
