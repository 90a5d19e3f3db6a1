// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Who may call, and what each command of port 0x5658 answers: specification
 * "backdoor and GuestRPC" §2, §3, §4. Numbers are the specification's.
 */
#include "suite.h"
#include "guest.h"
#include "fake_services.h"
#include "../host.h"
#include "../cpuid.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAGIC	0x564d5868u
#define UNKNOWN	0xffffffffu

static struct guest *guest;
static struct vh_regs r;

static void start(const char *const options[])
{
	fake_reset();
	guest = guest_new(options);
	EXPECT(guest);
}

static void setup(void)
{
	start(NULL);
}

static void teardown(void)
{
	guest_free(guest);
	fake_reset();
}

static void restart(const char *const options[])
{
	teardown();
	start(options);
}

static uint32_t ask(uint32_t command, uint32_t arg)
{
	EXPECT(guest_command(guest, command, arg, &r));
	return r.ax;
}

START_TEST(version_is_as_detection_wants_it)
{
	uint64_t si = 1, di = 2;

	r = (struct vh_regs){ .ax = MAGIC, .bx = ~MAGIC, .cx = 0xffff000a, .dx = 0x5658,
			      .si = si, .di = di, .bp = 3 };
	EXPECT(guest_call(guest, VH_PORT, &r));
	EXPECT_EQ(r.ax, 6);
	EXPECT_EQ(r.bx, MAGIC);
	EXPECT_EQ(r.cx, 2);
	EXPECT(r.si == si && r.di == di && r.bp == 3);
	EXPECT(!strcmp(fake.last_event, "version"));
}
END_TEST

START_TEST(versions_in_a_row_are_one_event)
{
	unsigned int events;

	ask(10, 0);
	events = fake.events;
	ask(10, 0);
	EXPECT_EQ(fake.events, events);
	vh_clock_pass(guest->host, 1.5);
	ask(10, 0);
	EXPECT_EQ(fake.events, events + 1);
}
END_TEST

START_TEST(product_and_versions_are_options)
{
	restart((const char *const[]){ "product=4", "hwversion=13", "build=7", NULL });
	ask(10, 0);
	EXPECT_EQ(r.cx, 4);
	EXPECT_EQ(ask(17, 0), 13);
	EXPECT_EQ(ask(100, 0), 7);
}
END_TEST

START_TEST(another_magic_or_port_is_nobodys)
{
	static const struct vh_regs wrong[] = {
		{ .ax = MAGIC + 1, .cx = 10, .dx = 0x5658 },
		{ .ax = MAGIC, .cx = 10, .dx = 0x5657 },
		{ .ax = MAGIC, .cx = 10, .dx = 0x5659 },
		{ .ax = MAGIC, .cx = 10, .dx = 0x5670 },
		{ .ax = 0x456c6d6f, .cx = 1, .dx = 0x5658 },
	};

	r = wrong[_i];
	EXPECT(!guest_call(guest, VH_PORT, &r));
	EXPECT(!memcmp(&r, &wrong[_i], sizeof(r)));
}
END_TEST

START_TEST(upper_halves_of_registers_do_not_count)
{
	r = (struct vh_regs){ .ax = UINT64_C(0xdead00000000) | MAGIC, .cx = UINT64_C(0x700000011),
			      .dx = UINT64_C(0x900005658) };
	EXPECT(guest_call(guest, VH_PORT, &r));
	EXPECT_EQ(r.ax, 21);
}
END_TEST

START_TEST(a_hypercall_needs_no_port)
{
	guest->hypercall = true;
	EXPECT_EQ(ask(17, 0), 21);
}
END_TEST

/* Each number without an answer, and those beyond the table. */
START_TEST(unknown_commands_change_eax_alone)
{
	static const uint8_t known[] = { 1, 4, 5, 10, 11, 12, 13, 14, 15, 17, 19, 20, 23, 24, 30,
					 34, 36, 39, 40, 41, 45, 46, 55, 63, 68, 86, 100 };
	uint64_t unknown = 0;
	unsigned int command;

	for (command = 0; command < 0x10000; command += command < 300 ? 1 : 997) {
		struct vh_regs before = { .ax = MAGIC, .bx = 1, .cx = 0x70000 | command,
					  .dx = 0x5658, .si = 2, .di = 3, .bp = 4 };

		if (command < 256 && memchr(known, command, sizeof(known)))
			continue;
		r = before;
		EXPECT(guest_call(guest, VH_PORT, &r));
		EXPECT_EQ(r.ax, UNKNOWN);
		r.ax = MAGIC;
		EXPECT(!memcmp(&r, &before, sizeof(r)));
		unknown++;
	}
	EXPECT_EQ(guest->host->backdoor.unknown, unknown);
}
END_TEST

START_TEST(clock_rates_are_told_if_they_are_known)
{
	EXPECT_EQ(ask(1, 0), 1000);
	ask(45, UNKNOWN);
	EXPECT_EQ(r.bx, UNKNOWN);

	restart((const char *const[]){ "tsc_hz=5000000123", "bus_hz=66000000", NULL });
	EXPECT_EQ(ask(1, 0), 5000);
	ask(45, UNKNOWN);
	EXPECT_EQ(r.bx << 32 | r.ax, 5000000123);
	EXPECT_EQ(r.cx, 66000000);
}
END_TEST

START_TEST(vcpu_info_has_no_reserved_bit)
{
	EXPECT_EQ(ask(68, 0), 1 << 1 | 1 << 3);
}
END_TEST

START_TEST(uuid_comes_in_memory_order)
{
	static const uint8_t want[16] = { 0x56, 0x4d, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
					  0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0xff };
	uint32_t got[4];

	restart((const char *const[]){ "uuid=564d0102-0304-0506-0708-090a0b0c0dff", NULL });
	got[0] = ask(19, 0);
	got[1] = r.bx;
	got[2] = r.cx;
	got[3] = r.dx;
	EXPECT(!memcmp(got, want, sizeof(want)));
}
END_TEST

START_TEST(memory_is_in_mebibytes)
{
	restart((const char *const[]){ "memory=768", NULL });
	EXPECT_EQ(ask(20, 0), 768);
}
END_TEST

/* The three forms say the same, and are told apart by eax. */
START_TEST(host_time_has_three_forms)
{
	int64_t before = time(NULL), now;

	guest->host->backdoor.interrupt_lag = 77;
	ask(55, 0);
	now = (int64_t)(r.si << 32 | r.dx);
	EXPECT(r.ax == MAGIC && r.cx == 1000000 && r.di == 77 && r.bx < 1000000);
	EXPECT(now >= before && now <= before + 60);
	ask(46, 0);
	now = (int64_t)(r.si << 32 | r.dx);
	EXPECT(r.ax == MAGIC && r.cx == 1000000 && r.di == 0 && r.bx < 1000000);
	EXPECT(now >= before && now <= before + 60);
	ask(23, 0);
	EXPECT(r.ax >= (uint64_t)before && r.ax <= (uint64_t)before + 60 && r.bx < 1000000);
}
END_TEST

START_TEST(host_time_steps_forward_and_back)
{
	int64_t first = ask(23, 0);

	vh_clock_step(guest->host, 7200);
	EXPECT(ask(23, 0) - first >= 7200);
	vh_clock_step(guest->host, -10800.5);
	EXPECT((int64_t)ask(23, 0) - first <= -3600 + 60);
	/* Beyond 32 bits, and never before 1970. */
	vh_clock_step(guest->host, 5e9);
	ask(55, 0);
	EXPECT_EQ(r.si, 1);
	vh_clock_step(guest->host, -1e11);
	ask(55, 0);
	EXPECT(!r.si && !r.dx && !r.bx);
}
END_TEST

START_TEST(stop_catchup_is_noticed)
{
	ask(24, 0);
	EXPECT(!strcmp(fake.last_event, "stop-catchup"));
	EXPECT_EQ(guest->host->backdoor.calls[24], 1);
}
END_TEST

START_TEST(screen_and_pointer)
{
	guest->host->backdoor.width = 2560;
	guest->host->backdoor.height = 1440;
	EXPECT_EQ(ask(15, 0), 2560u << 16 | 1440);
	EXPECT_EQ(ask(4, 0), 0xff9cff9c);
	ask(5, 17u << 16 | 0xfffe);
	EXPECT_EQ(ask(4, 0), 17u << 16 | 0xfffe);
	EXPECT_EQ(guest->host->backdoor.pointer_y, -2);
}
END_TEST

START_TEST(gui_options_are_kept)
{
	EXPECT_EQ(ask(13, 0), 3);
	ask(14, 0x403);
	EXPECT_EQ(ask(13, 0), 0x403);
}
END_TEST

START_TEST(acpi_is_not_disabled)
{
	EXPECT_EQ(ask(34, 0), 0);
	guest->host->backdoor.acpi_disabled = true;
	EXPECT_EQ(ask(34, 0), 1);
}
END_TEST

START_TEST(devices_are_read_in_pieces)
{
	uint8_t record[40];
	uint32_t piece, i, n;

	for (n = 0; ask(11, n << 16); n++) {
		for (i = 0; i < sizeof(record); i += 4) {
			EXPECT_EQ(ask(11, n << 16 | i), 1);
			piece = r.bx;
			memcpy(record + i, &piece, 4);
		}
		EXPECT_EQ(ask(11, n << 16 | 37), 0);
		EXPECT_EQ(ask(11, n << 16 | 0xffff), 0);
		EXPECT(memchr(record, 0, 32));
		EXPECT_EQ(record[32], n);
		EXPECT_EQ(record[36], 1);
	}
	EXPECT_EQ(n, 2);
	EXPECT_EQ(ask(11, 0xffff0000), 0);
}
END_TEST

START_TEST(devices_are_toggled)
{
	EXPECT_EQ(ask(12, 1), 1);
	ask(11, 1 << 16 | 36);
	EXPECT_EQ(r.bx, 0);
	EXPECT_EQ(ask(12, 0x80000001), 1);
	ask(11, 1 << 16 | 36);
	EXPECT_EQ(r.bx, 1);
	EXPECT_EQ(ask(12, 2), 0);
}
END_TEST

START_TEST(a_restricted_backdoor_is_empty_for_users)
{
	restart((const char *const[]){ "privilege=0", NULL });
	EXPECT_EQ(ask(17, 0), 21);
	guest->vcpu.cpl = 3;
	EXPECT(!guest_command(guest, 17, 0, &r));
	guest->vcpu.iopl = 3;
	EXPECT_EQ(ask(17, 0), 21);
}
END_TEST

START_TEST(nesting_control_restricts_and_opens)
{
	EXPECT_EQ(ask(63 | 2 << 16, 0), 1);
	EXPECT_EQ(ask(63 | 0 << 16, 0), 0);
	guest->vcpu.cpl = 3;
	EXPECT(!guest_command(guest, 17, 0, &r));
	guest->vcpu.cpl = 0;
	EXPECT_EQ(ask(63 | 1 << 16, 0), 1);
	EXPECT_EQ(ask(63 | 3 << 16, 0), UNKNOWN);
	/* Users may ask, and no more. */
	guest->vcpu.cpl = 3;
	EXPECT_EQ(ask(63 | 0 << 16, 0), UNKNOWN);
	EXPECT_EQ(ask(63 | 2 << 16, 0), 1);
}
END_TEST

static uint32_t leaf(uint32_t number)
{
	r = (struct vh_regs){ .ax = number, .bx = 1, .cx = 2, .dx = 3 };
	return vh_cpuid(guest->host, &r);
}

START_TEST(cpuid_says_vmware)
{
	EXPECT(leaf(0x40000000));
	EXPECT_EQ(r.ax, 0x40000010);
	EXPECT(!memcmp(&(uint32_t){ r.bx }, "VMwa", 4));
	EXPECT(!memcmp(&(uint32_t){ r.cx }, "reVM", 4));
	EXPECT(!memcmp(&(uint32_t){ r.dx }, "ware", 4));
	EXPECT(leaf(0x40000001) && !r.ax && !r.bx && !r.cx && !r.dx);
	EXPECT(!leaf(0x3fffffff) && !leaf(0x40000100) && !leaf(1));
}
END_TEST

START_TEST(cpuid_has_rates_and_hypercalls)
{
	static const char *const names[] = { "none", "vmmcall", "vmcall", "both" };
	char option[32];

	snprintf(option, sizeof(option), "hypercall=%s", names[_i]);
	restart((const char *const[]){ option, "tsc_hz=2000000000", "bus_hz=100000000", NULL });
	EXPECT(leaf(0x40000010));
	EXPECT_EQ(r.ax, 2000000);
	EXPECT_EQ(r.bx, 100000);
	EXPECT_EQ(r.cx, _i);
	restart((const char *const[]){ option, NULL });
	EXPECT(leaf(0x40000010) && !r.ax && !r.bx && r.cx == (unsigned int)_i);
}
END_TEST

START_TEST(cpuid_may_be_left_alone)
{
	restart((const char *const[]){ "cpuid=off", NULL });
	EXPECT(!leaf(0x40000000));
	EXPECT_EQ(r.bx, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost backdoor");
	TCase *tests = tcase_create("backdoor");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, version_is_as_detection_wants_it);
	tcase_add_test(tests, versions_in_a_row_are_one_event);
	tcase_add_test(tests, product_and_versions_are_options);
	tcase_add_loop_test(tests, another_magic_or_port_is_nobodys, 0, 5);
	tcase_add_test(tests, upper_halves_of_registers_do_not_count);
	tcase_add_test(tests, a_hypercall_needs_no_port);
	tcase_add_test(tests, unknown_commands_change_eax_alone);
	tcase_add_test(tests, clock_rates_are_told_if_they_are_known);
	tcase_add_test(tests, vcpu_info_has_no_reserved_bit);
	tcase_add_test(tests, uuid_comes_in_memory_order);
	tcase_add_test(tests, memory_is_in_mebibytes);
	tcase_add_test(tests, host_time_has_three_forms);
	tcase_add_test(tests, host_time_steps_forward_and_back);
	tcase_add_test(tests, stop_catchup_is_noticed);
	tcase_add_test(tests, screen_and_pointer);
	tcase_add_test(tests, gui_options_are_kept);
	tcase_add_test(tests, acpi_is_not_disabled);
	tcase_add_test(tests, devices_are_read_in_pieces);
	tcase_add_test(tests, devices_are_toggled);
	tcase_add_test(tests, a_restricted_backdoor_is_empty_for_users);
	tcase_add_test(tests, nesting_control_restricts_and_opens);
	tcase_add_test(tests, cpuid_says_vmware);
	tcase_add_loop_test(tests, cpuid_has_rates_and_hypercalls, 0, 4);
	tcase_add_test(tests, cpuid_may_be_left_alone);
	return run_suite(suite);
}
