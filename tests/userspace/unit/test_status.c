// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What is made of a snapshot of the system: problems, and the three ways to show it.
 */
#include "unit.h"

#include <stdio.h>

#include "json.h"
#include "system.h"

static struct system *snapshot(const char *daemon)
{
	static struct system system;

	system = (struct system){
		.product = "VMware7,1", .hypervisor = "ESXi", .kernel = "6.1.0",
		.uptime_sec = 90061, .vsock = true,
		.devices = {
			{ .kind = DEVICE_NIC, .model = "vmxnet3", .module = "vmxnet3",
			  .address = "0000:03:00.0", .driver = "vmxnet3", .version = "10.0.0",
			  .nic = { .name = "ens192", .state = "up", .mtu = 1500,
				   .rx_bytes = 5 << 20, .tx_dropped = 3 } },
			{ .kind = DEVICE_SCSI, .model = "PVSCSI", .module = "vmw_pvscsi",
			  .address = "0000:0b:00.0", .driver = "vmw_pvscsi", .version = "1",
			  .scsi = { .disks = 1, .reads = 7, .shortest_timeout = 30 } },
			{ .kind = DEVICE_VMCI, .model = "VMCI", .module = "vmw_vmci",
			  .address = "0000:00:07.7" },
			{ .kind = DEVICE_FOREIGN, .model = "e1000 adapter", .module = "e1000",
			  .advice = "vmxnet3", .address = "0000:02:00.0", .driver = "e1000" },
		},
		.device_count = 4,
		.balloon = { .present = true, .version = "10.0.0", .has_target = true, .has_size = true,
			     .target_bytes = 1 << 30, .size_bytes = 1 << 29 },
	};
	if (daemon)
		buf_str(&system.daemon, daemon);
	else
		strcpy(system.daemon_error, "vmguestd is not running");
	system.daemon_absent = !daemon;
	system_judge(&system);
	return &system;
}

#define DAEMON "{\"ok\":true,\"daemon\":{\"version\":\"10.0.0\",\"uptime_sec\":5," \
	"\"host\":{\"transport\":\"vsock\",\"connected\":true,\"registered\":true," \
	"\"last_poll_msec\":40},\"services\":[{\"name\":\"power\",\"state\":\"ok\"}]," \
	"\"counters\":{\"rpci_requests\":12,\"bad name\":1,\"text\":\"x\"}," \
	"\"problems\":[{\"what\":\"a\",\"do\":\"b\"}]}}"

static bool has_problem(const struct system *system, const char *what, const char *remedy)
{
	for (unsigned int i = 0; i < system->problem_count; i++) {
		if (strstr(system->problems[i].what, what) &&
		    strstr(system->problems[i].remedy, remedy))
			return true;
	}
	return false;
}

START_TEST(problems_come_with_what_to_do)
{
	struct system *system = snapshot(NULL);

	ck_assert_uint_eq(system->problem_count, 4);
	ck_assert(has_problem(system, "vmguestd is not running", "systemctl"));
	ck_assert(has_problem(system, "VMCI at 0000:00:07.7 has no driver", "modprobe vmw_vmci"));
	ck_assert(has_problem(system, "e1000 adapter", "vmxnet3"));
	ck_assert(has_problem(system, "gives up after 30 s", "udev"));
	system = snapshot(DAEMON);
	ck_assert_uint_eq(system->problem_count, 4);
	ck_assert(has_problem(system, "a", "b"));
	system_free(system);
	system = snapshot("{\"ok\":true,\"daemon\":{\"host\":{}}}");
	ck_assert(has_problem(system, "no channel", "journalctl"));
	system_free(system);
}
END_TEST

START_TEST(the_report_is_json_with_the_daemon_s_own_words_in_it)
{
	struct system *system = snapshot(DAEMON);
	struct json_value top, daemon, host;
	struct buf out = { 0 };
	int64_t number = 0;

	system_json(system, &out);
	top = json_parse(str(out.data));
	ck_assert_int_eq(top.type, JSON_OBJECT);
	ck_assert_int_eq(out.data[out.len - 1], '\n');
	daemon = json_get(top, "daemon");
	host = json_get(daemon, "host");
	ck_assert(json_is_true(json_get(host, "connected")));
	ck_assert(json_number(json_get(json_get(top, "balloon"), "size_bytes"), &number));
	ck_assert_int_eq(number, 1 << 29);
	buf_free(&out);
	system_free(system);
	system = snapshot(NULL);
	system_json(system, &out);
	ck_assert_int_eq(json_get(json_parse(str(out.data)), "daemon").type, JSON_NULL);
	buf_free(&out);
}
END_TEST

START_TEST(between_two_snapshots_there_is_a_rate)
{
	struct system *system = snapshot(DAEMON);
	struct system before = *system;
	struct buf out = { 0 };

	before.devices[0].nic.rx_bytes -= 3 << 20;
	/* It was another one, or counts from the start again. */
	strcpy(before.devices[1].address, "0000:1b:00.0");
	before.devices[0].nic.tx_bytes = system->devices[0].nic.tx_bytes + 1;
	system_text(system, &before, 1.5, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "in 2.0 MiB/s out 0 B, errors"));
	ck_assert_ptr_nonnull(strstr(out.data, "1 disk, read 0 B written 0 B,"));
	buf_free(&out);
	system_free(system);
}
END_TEST

START_TEST(a_screen_is_80_columns_wide)
{
	struct system *system = snapshot(DAEMON);
	struct buf out = { 0 };
	struct str rest, line;

	system_text(system, NULL, 0, &out);
	rest = str(out.data);
	while (rest.len) {
		line = str_cut(&rest, '\n');
		ck_assert_msg(line.len <= 80, "%.*s", (int)line.len, line.at);
	}
	ck_assert_ptr_nonnull(strstr(out.data, "1 d 1 h"));
	ck_assert_ptr_nonnull(strstr(out.data, "vsock, last sign of life 40 ms ago"));
	ck_assert_ptr_nonnull(strstr(out.data, "in 5.0 MiB"));
	ck_assert_ptr_nonnull(strstr(out.data, "512 MiB of 1.0 GiB"));
	buf_free(&out);
	system_free(system);
}
END_TEST

START_TEST(metrics_have_help_types_and_clean_names)
{
	struct system *system = snapshot(DAEMON);
	struct buf out = { 0 };

	system_metrics(system, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "vmw_guest_tools_up 1\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "vmw_guest_tools_rpci_requests_total 12\n"));
	ck_assert_ptr_null(strstr(out.data, "bad name"));
	ck_assert_ptr_null(strstr(out.data, "tools_text"));
	ck_assert_ptr_nonnull(strstr(out.data, "vmw_balloon_target_bytes 1073741824\n"));
	ck_assert_ptr_nonnull(strstr(out.data,
			"vmw_guest_nic_transmit_drop_total{device=\"ens192\"} 3\n"));
	for (unsigned int i = 0; i < system->device_count; i++)
		if (system->devices[i].nic.name[0])
			strcpy(system->devices[i].nic.name, "e\xff");
	buf_clear(&out);
	system_metrics(system, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "{device=\"e?\"} 3\n"));
	buf_free(&out);
	system_free(system);
}
END_TEST

SUITE(status, problems_come_with_what_to_do,
      the_report_is_json_with_the_daemon_s_own_words_in_it, a_screen_is_80_columns_wide,
      between_two_snapshots_there_is_a_rate,
      metrics_have_help_types_and_clean_names)
