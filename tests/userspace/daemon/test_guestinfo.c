// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the host is told of the guest, decoded by the host, and how little of it twice.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "files.h"
#include "vmhost/services.h"

START_TEST(everything_arrives_and_is_well_formed)
{
	bench_file("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 500 kB\nMemFree: 300 kB\n");
	bench_boot();
	bench_pass(2000);
	expect_text(bench_text("guest", "hostName"), "guest1");
	expect_text(bench_text("guest", "os.short"), "debian12-64");
	expect_text(bench_text("guest", "buildNumber"), "build-0");
	expect_text(bench_text("guest", "disks.disks.0.name"), "/");
	ck_assert_int_eq(bench_number("guest", "memory.memTotal"), 1000);
	ck_assert(json_is_array(bench_get("guest", "nics.nics")));
	expect_text(bench_text("guest", "nics.dns.host"), "guest1");
	ck_assert_int_eq(bench_number("guest", "malformed"), 0);
	ck_assert(!json_is_null(bench_get("guest", "uptime")));
}
END_TEST

static void answers(const char *begin, const char *with)
{
	struct vh_buf reply = { 0 };

	vh_buf_printf(&reply, "%s", with);
	vh_lock(bench->host);
	ck_assert_ptr_null(vh_rpci_override(bench->host, begin, &reply));
	vh_unlock(bench->host);
	vh_buf_free(&reply);
}

/* Each has the forms that came before: two names, fewer addresses, packed disks. */
START_TEST(an_older_host_is_told_in_the_forms_that_it_knows)
{
	unsigned int again;

	answers("SetGuestInfo  11 ", "0 Unknown command");
	answers("SetGuestInfo  10 ", "0 Unknown command");
	answers("SetGuestDiskInfo", "0 Unknown command");
	bench_boot();
	bench_pass(2000);
	expect_text(bench_text("guest", "osShort"), "debian12-64");
	ck_assert(!strncmp(bench_text("guest", "osFull"), "Linux ", 6));
	expect_text(bench_text("guest", "nics.dns.host"), "guest1");
	expect_text(bench_text("guest", "disks.disks.0.name"), "/");
	ck_assert_int_eq(bench_number("guest", "malformed"), 0);
	/* And not asked whether it has learned them. */
	again = (unsigned int)bench->worker.refused;
	bench_pass(400000);
	ck_assert_uint_eq(bench->worker.refused, again);
	/* When it starts anew it may be another one. */
	answers("SetGuestInfo  11 ", "1 ");
	vh_lock(bench->host);
	vh_tclo_restart(bench->host, false);
	vh_unlock(bench->host);
	bench_pass(2000);
	ck_assert(!bench->worker.info.unknown[INFO_OS_DETAIL]);
	ck_assert(bench->worker.info.unknown[INFO_NICS]);
}
END_TEST

START_TEST(what_the_host_has_not_made_its_own_is_not_taken_for_told)
{
	answers("SetGuestInfo  1 ", "1 not now");
	bench_boot();
	bench_pass(2000);
	ck_assert_uint_eq(bench->worker.info.sent[INFO_HOST_NAME], 0);
	vh_lock(bench->host);
	ck_assert_ptr_null(vh_rpci_override(bench->host, "SetGuestInfo  1 ", NULL));
	vh_unlock(bench->host);
	bench_pass(61000);
	expect_text(bench_text("guest", "hostName"), "guest1");
}
END_TEST

START_TEST(what_has_not_changed_is_not_sent_again)
{
	uint64_t before;

	bench->worker.settings.stats = false;
	bench_boot();
	bench_pass(70000);
	before = bench->worker.info.sent_count;
	bench_pass(300000);
	/* The uptime once a minute (the real one, which may stand still here), and nothing else. */
	ck_assert_uint_le(bench->worker.info.sent_count - before, 6);
}
END_TEST

static void set_memory(unsigned int free_kib)
{
	char text[64];

	snprintf(text, sizeof(text), "MemTotal: 1000 kB\nMemFree: %u kB\n", free_kib);
	bench_file("/proc/meminfo", text);
}

START_TEST(statistics_come_as_often_as_configured)
{
	uint64_t updates, before;

	bench_boot();
	bench_pass(1000);
	bench->worker.info.uptime_due = UINT64_MAX;
	before = bench->worker.info.sent_count;
	for (unsigned int i = 0; i < 5; i++) {
		set_memory(i);
		bench_pass(21000);
	}
	updates = bench->worker.info.sent_count - before;
	ck_assert_uint_ge(updates, 5);
	ck_assert_uint_le(updates, 7);	/* the uptime with the slow look at everything */
	bench->worker.settings.stats = false;
	set_memory(100);
	before = bench->worker.info.sent_count;
	bench_pass(30000);
	ck_assert_uint_le(bench->worker.info.sent_count - before, 1);
}
END_TEST

START_TEST(a_changed_host_name_is_told_within_seconds)
{
	bench_boot();
	bench_pass(6000);
	bench_file("/proc/sys/kernel/hostname", "renamed\n");
	/* Where the kernel says so, a descriptor does; here the test does. */
	bench->worker.info.host_name.ready(&bench->worker, 0);
	bench_pass(2000);
	expect_text(bench_text("guest", "hostName"), "renamed");
}
END_TEST

static void set_reply(const char *request, const char *reply)
{
	struct vh_buf text = { 0 };

	vh_buf_printf(&text, "%s", reply);
	ck_assert_ptr_null(vh_rpci_override(bench->host, request, &text));
	vh_buf_free(&text);
}

START_TEST(a_refused_form_of_the_systems_name_is_not_tried_again)
{
	static const char *const replies[] = { "0 Unknown command", "0 no", "1 x" };
	struct guestinfo *info = &bench->worker.info;

	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		set_reply("SetGuestInfo  11 ", replies[i]);
		if (i)
			bench_command("reset");
		bench_pass(3000);
		ck_assert(info->unknown[INFO_OS_DETAIL]);
		ck_assert(info->sent[INFO_OS_FULL] && info->sent[INFO_OS_SHORT]);
		set_reply("SetGuestInfo  11 ", "1 ");
		bench_pass(120000);
		ck_assert(!info->sent[INFO_OS_DETAIL]);
	}
	bench_command("reset");
	bench_pass(3000);
	ck_assert(info->sent[INFO_OS_DETAIL]);
}
END_TEST

START_TEST(disks_whose_names_are_too_long_together_are_told_in_part)
{
	struct guestinfo *info = &bench->worker.info;
	struct broker_answer disk = {
		.more = 1, .disk = { 1000000, 500000, 400000, 8, 1, "ext4", "/" },
	};
	struct broker_answer last = { 0 };
	size_t told;

	bench_boot();
	bench->hold[BROKER_DISKS] = true;
	info->disks_due = 0;
	bench_pass(2000);
	for (uint32_t i = 0; i < 128; i++) {
		disk.id = last.id = bench_last(BROKER_DISKS)->id;
		disk.op = last.op = BROKER_DISKS;
		disk.disk.minor = i;
		ck_assert_int_eq(send(bench->broker, &disk, sizeof(disk), 0), sizeof(disk));
		bench_pass(0);
		memset(disk.disk.point + 1, 'x', 500);
		disk.disk.point[501] = (char)('A' + i % 26);
	}
	ck_assert_int_eq(send(bench->broker, &last, sizeof(last), 0), sizeof(last));
	bench_pass(2000);
	told = json_array_size(bench_get("guest", "disks.disks"));
	ck_assert_uint_gt(told, 60);
	ck_assert_uint_lt(told, 128);
	expect_text(bench_text("guest", "disks.disks.0.name"), "/");
	ck_assert_int_eq(bench_number("guest", "malformed"), 0);
}
END_TEST

static int no_cage(void)
{
	return 0;
}

START_TEST(heartbeat_goes_on_while_the_kernel_is_busy_with_the_network)
{
	struct guestinfo *info = &bench->worker.info;

	ck_assert(!netlink_thread(&info->netlink, &bench->worker.loop, no_cage));
	netlink_hold(true);
	bench_boot();
	/* The rest is told, and in time. */
	bench_pass(3000);
	expect_text(bench_text("guest", "hostName"), "guest1");
	expect_text(bench_text("guest", "os.short"), "debian12-64");
	ck_assert(!json_is_array(bench_get("guest", "nics.nics")));
	expect_text(bench_command("Set_Option broadcastIP 1"),
		    "ERROR Unable to find guest IP address");
	bench_pass(180000);
	ck_assert(json_is_true(bench_get("tools", "running")));
	ck_assert(bench->host->services->tools.longest_gap < 2);
	ck_assert(info->netlink_failed);
	ck_assert_int_eq(guestinfo_update_network(&bench->worker), -EALREADY);
	netlink_hold(false);
	while (!info->netlink.answered)
		ck_assert(!loop_turn(&bench->worker.loop, 5000));
	bench_pass(1000);
	ck_assert(json_is_array(bench_get("guest", "nics.nics")));
	ck_assert(!info->netlink_failed);
}
END_TEST

START_TEST(servers_of_names_are_looked_for_where_the_file_leads)
{
	char path[256];

	bench_boot();
	bench_pass(6000);
	snprintf(path, sizeof(path), "%s/etc/resolv.conf", bench->root);
	ck_assert(!remove(path));
	ck_assert(!symlink("../run/resolvconf/resolv.conf", path));
	bench_pass(6000);
	ck_assert_uint_eq(bench->worker.info.net.dns.servers, 0);
	bench_file("/run/resolvconf/resolv.conf", "nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
	bench_pass(6000);
	ck_assert_uint_eq(bench->worker.info.net.dns.servers, 2);
}
END_TEST

START_TEST(what_did_not_get_through_is_told_again_soon)
{
	bench_boot();
	bench_pass(6000);
	bench_file("/proc/sys/kernel/hostname", "renamed\n");
	ck_assert_ptr_null(vh_fault_ask(bench->host, "open-refused", 0, 1000000, NULL));
	rpc_close(&bench->worker.rpc);
	bench->worker.info.host_name.ready(&bench->worker, 0);
	bench_pass(2000);
	expect_text(bench_text("guest", "hostName"), "guest1");
	vh_faults_clear(bench->host);
	bench_pass(8000);
	expect_text(bench_text("guest", "hostName"), "renamed");
}
END_TEST

START_TEST(names_of_disks_are_found_in_sysfs)
{
	struct buf out = { 0 };
	char from[256], to[256];
	static const struct {
		const char *device, *target;
	} links[] = {
		{ "/sys/dev/block/8:1", "../../devices/pci0000:00/0000:00:10.0/host2/target2:0:3/2:0:3:0/block/sda/sda1" },
		{ "/sys/dev/block/8:17", "../../devices/pci0000:00/0000:03:00.0/host3/target3:0:1/3:0:1:0/block/sdb/sdb1" },
		{ "/sys/dev/block/259:0", "../../devices/pci0000:00/0000:04:00.0/nvme/nvme0/nvme0n2" },
		{ "/sys/dev/block/253:0", "../../devices/virtual/block/dm-0" },
		{ "/sys/dev/block/9:9", "../../devices/platform/x/block/x" },
		{ "/sys/dev/block/8:32", "../../devices/pci0000:00/0000:05:00.0/ata5/host9/target9:0:0/9:0:0:0/block/sdc" },
		{ "/sys/dev/block/8:48", "../../devices/pci0000:00/0000:00:07.1/ata2/host1/target1:0:1/1:0:1:0/block/sdd" },
		{ "/sys/dev/block/8:64", "../../devices/pci0000:00/0000:06:00.0/ata9/host8/target8:0:0/8:0:0:0/block/sde" },
		{ "/sys/class/block/sda1", "../../devices/pci0000:00/0000:00:10.0/host2/target2:0:3/2:0:3:0/block/sda/sda1" },
		{ "/sys/class/block/sdb1", "../../devices/pci0000:00/0000:03:00.0/host3/target3:0:1/3:0:1:0/block/sdb/sdb1" },
	};

	bench_file("/sys/dev/block/x", "");
	bench_file("/sys/class/block/x", "");
	bench_file("/sys/devices/pci0000:00/0000:03:00.0/label", "SCSI1\n");
	/* Two ports of an IDE controller come before those of this one. */
	bench_file("/sys/devices/pci0000:00/0000:05:00.0/label", "SATA0\n");
	bench_file("/sys/devices/pci0000:00/0000:05:00.0/class", "0x010601\n");
	bench_file("/sys/devices/pci0000:00/0000:05:00.0/ata5/ata_port/ata5/port_no", "3\n");
	bench_file("/sys/devices/pci0000:00/0000:00:07.1/class", "0x01018a\n");
	bench_file("/sys/devices/pci0000:00/0000:00:07.1/ata2/ata_port/ata2/port_no", "2\n");
	bench_file("/sys/devices/pci0000:00/0000:06:00.0/ata9/ata_port/ata9/port_no", "1\n");
	bench_file("/sys/devices/virtual/block/dm-0/slaves/sda1/x", "");
	bench_file("/sys/devices/virtual/block/dm-0/slaves/sdb1/x", "");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", bench->root, links[i].device);
		snprintf(to, sizeof(to), "%s", links[i].target);
		ck_assert(!symlink(to, from));
	}
	ck_assert(diskinfo_devices(8, 1, &out));
	expect_text(out.data, "[\"scsi0:3\"]");
	ck_assert(diskinfo_devices(8, 17, &out));
	expect_text(out.data, "[\"scsi1:1\"]");
	ck_assert(diskinfo_devices(259, 0, &out));
	expect_text(out.data, "[\"nvme0:1\"]");
	ck_assert(diskinfo_devices(8, 32, &out));
	expect_text(out.data, "[\"sata0:2\"]");
	ck_assert(diskinfo_devices(8, 48, &out));
	expect_text(out.data, "[\"ide1:1\"]");
	ck_assert(!diskinfo_devices(8, 64, &out));
	ck_assert(diskinfo_devices(253, 0, &out));
	ck_assert(!strcmp(out.data, "[\"scsi0:3\",\"scsi1:1\"]") ||
		  !strcmp(out.data, "[\"scsi1:1\",\"scsi0:3\"]"));
	ck_assert(!diskinfo_devices(9, 9, &out));
	ck_assert(!diskinfo_devices(1, 1, &out));
	buf_free(&out);
}
END_TEST

START_TEST(disks_that_do_not_answer_cost_nothing_but_their_report)
{
	bench->result[BROKER_DISKS] = -ETIME;
	bench_boot();
	bench_pass(2000);
	ck_assert(json_is_null(bench_get("guest", "disks")) || !bench_get("guest", "disks"));
	expect_text(bench_text("guest", "hostName"), "guest1");
	ck_assert(!bench->worker.info.disks_asked);
}
END_TEST

START_TEST(the_packed_form_leaves_out_what_does_not_fit)
{
	struct disk disks[2] = { { 10, 5, 8, 1, "ext4", "/" }, { 10, 5, 8, 2, "ext4", "" } };
	struct buf out = { 0 };

	memset(disks[1].point, 'x', 100);
	diskinfo_packed(disks, 2, &out);
	ck_assert_uint_eq(out.len, 1 + 116);
	ck_assert_int_eq(out.data[0], 1);
	ck_assert_int_eq(out.data[1], 5);
	ck_assert_int_eq(out.data[9], 10);
	buf_free(&out);
}
END_TEST

START_TEST(hot_added_hardware_is_brought_into_use_if_configured)
{
	bench_boot();
	health_hotplug(&bench->worker, "add", "cpu", "cpu3");
	ck_assert_uint_eq(bench_asked(BROKER_ONLINE), 0);
	bench->worker.settings.online_cpu = true;
	bench->worker.settings.online_memory = true;
	bench->worker.settings.rescan = true;
	health_hotplug(&bench->worker, "add", "cpu", "cpu3");
	health_hotplug(&bench->worker, "add", "memory", "memory77");
	health_hotplug(&bench->worker, "add", "cpu", "cpu../../x");
	health_hotplug(&bench->worker, "add", "scsi_host", "host2");
	health_hotplug(&bench->worker, "change", "cpu", "cpu4");
	bench_pass(100);
	ck_assert_uint_eq(bench_asked(BROKER_ONLINE), 2);
	ck_assert_uint_eq(bench_last(BROKER_ONLINE)->online.number, 77);
	ck_assert_uint_eq(bench_last(BROKER_RESCAN)->rescan, 2);
}
END_TEST

static size_t descriptors(void)
{
	size_t count = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static size_t rooms(void)
{
	const struct worker *w = &bench->worker;

	return w->reply.room + w->tclo.in.room + w->tclo.out.room + w->info.out.room +
	       w->info.text.room + w->info.os_text.room + w->info.disks.room +
	       w->info.new_disks.room + w->info.net.links.room + w->info.net.addresses.room;
}

START_TEST(a_day_leaves_nothing_behind_and_costs_a_look_a_second)
{
	size_t fds, bytes;
	uint64_t looks, requests;

	bench->worker.settings.stats_interval = 0;
	bench_boot();
	for (int i = 0; i < 60; i++) {
		bench_pass(60000);
		bench->asked = 0;
	}
	fds = descriptors();
	bytes = rooms();
	looks = bench->worker.tclo.looks;
	requests = bench->worker.requests;
	for (int i = 0; i < 24 * 60; i++) {
		bench_pass(60000);
		bench->asked = 0;
	}
	ck_assert_uint_eq(descriptors(), fds);
	ck_assert_uint_eq(rooms(), bytes);
	ck_assert_uint_le(bench->worker.tclo.looks - looks, 86400 + 60);
	/* The uptime each minute. */
	ck_assert_uint_le(bench->worker.requests - requests, 1500);
	expect_text(bench_text("tools", "heartbeat.status"), "green");
}
END_TEST

START_TEST(reports_of_drivers_are_understood_and_told)
{
	struct nl_msg *message = nlmsg_alloc();
	struct genlmsghdr *head;
	struct nlattr *nest;
	struct health_event event;

	nlmsg_put(message, 0, 0, 26, GENL_HDRLEN, 0);
	head = nlmsg_data(nlmsg_hdr(message));
	head->cmd = DEVLINK_CMD_HEALTH_REPORTER_RECOVER;
	nla_put_string(message, DEVLINK_ATTR_BUS_NAME, "pci");
	nla_put_string(message, DEVLINK_ATTR_DEV_NAME, "0000:0b:00.0");
	nest = nla_nest_start(message, DEVLINK_ATTR_HEALTH_REPORTER);
	nla_put_string(message, DEVLINK_ATTR_HEALTH_REPORTER_NAME, "tx");
	nla_put_u8(message, DEVLINK_ATTR_HEALTH_REPORTER_STATE, 1);
	nla_put_u64(message, DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT, 7);
	nla_nest_end(message, nest);
	ck_assert(!health_parse(nlmsg_hdr(message), 27, &event));
	ck_assert(health_parse(nlmsg_hdr(message), 26, &event));
	expect_text(event.device, "0000:0b:00.0");
	expect_text(event.reporter, "tx");
	ck_assert(event.error);
	ck_assert_uint_eq(event.errors, 7);
	head->cmd = DEVLINK_CMD_GET;
	ck_assert(!health_parse(nlmsg_hdr(message), 26, &event));
	nlmsg_free(message);
}
END_TEST

START_TEST(the_hosts_log_is_not_flooded)
{
	uint64_t before;

	bench_boot();
	before = bench->worker.requests;
	for (int i = 0; i < 500; i++)
		health_hotplug(&bench->worker, "add", "block", "sdx");
	ck_assert_uint_le(bench->worker.requests - before, 30);
	ck_assert_uint_gt(bench->worker.requests - before, 10);
}
END_TEST

Suite *suite_guestinfo(void)
{
	Suite *suite = suite_create("guestinfo");
	TCase *tcase = tcase_create("guest");

	tcase_add_checked_fixture(tcase, bench_new, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, everything_arrives_and_is_well_formed);
	tcase_add_test(tcase, an_older_host_is_told_in_the_forms_that_it_knows);
	tcase_add_test(tcase, what_the_host_has_not_made_its_own_is_not_taken_for_told);
	tcase_add_test(tcase, what_has_not_changed_is_not_sent_again);
	tcase_add_test(tcase, statistics_come_as_often_as_configured);
	tcase_add_test(tcase, a_changed_host_name_is_told_within_seconds);
	tcase_add_test(tcase, heartbeat_goes_on_while_the_kernel_is_busy_with_the_network);
	tcase_add_test(tcase, servers_of_names_are_looked_for_where_the_file_leads);
	tcase_add_test(tcase, what_did_not_get_through_is_told_again_soon);
	tcase_add_test(tcase, names_of_disks_are_found_in_sysfs);
	tcase_add_test(tcase, disks_that_do_not_answer_cost_nothing_but_their_report);
	tcase_add_test(tcase, a_refused_form_of_the_systems_name_is_not_tried_again);
	tcase_add_test(tcase, disks_whose_names_are_too_long_together_are_told_in_part);
	tcase_add_test(tcase, the_packed_form_leaves_out_what_does_not_fit);
	tcase_add_test(tcase, hot_added_hardware_is_brought_into_use_if_configured);
	tcase_add_test(tcase, a_day_leaves_nothing_behind_and_costs_a_look_a_second);
	tcase_add_test(tcase, reports_of_drivers_are_understood_and_told);
	tcase_add_test(tcase, the_hosts_log_is_not_flooded);
	suite_add_tcase(suite, tcase);
	return suite;
}
