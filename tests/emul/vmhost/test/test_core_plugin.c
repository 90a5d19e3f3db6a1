// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The plugin on a QEMU that is none: which instructions it takes, what it does to
 * registers, and that it stays in RAM whatever a guest says.
 */
#include "suite.h"
#include "fake_qemu.h"
#include "fake_services.h"
#include "../host.h"

#include <string.h>

#define MAGIC	0x564d5868u
#define PROTECTED 0x80010001u	/* PG, WP, PE */
#define PAE	(1u << 5)
#define LMA	(1u << 10)
#define USER_CS	0x33

/* What QEMU has besides the interface. */
void *address_space_memory;
bool cpu_restore_state(void *cpu, uintptr_t from);
void *qemu_get_cpu(int index);
bool address_space_is_io(void *space, uint64_t address);

bool cpu_restore_state(void *cpu, uintptr_t from)
{
	qemu.restored = cpu == &qemu.reg[qemu.vcpu] && from;
	return qemu.restored;
}

void *qemu_get_cpu(int index)
{
	return &qemu.reg[index];
}

bool address_space_is_io(void *space, uint64_t address)
{
	EXPECT(space == &address_space_memory);
	return address >= FAKE_RAM;
}

static uint64_t *const reg = qemu.reg[0];

/*
 * Paging: the first 2 MiB as they are, for users; a page at 0x40000000 that is a
 * device, one at 0x40001000 that is RAM, and one after it that is absent.
 */
static void map(void)
{
	static const struct {
		uint64_t at, entry;
	} entries[] = {
		{ 0x1000, 0x2007 }, { 0x2000, 0x3007 }, { 0x2008, 0x4007 }, { 0x3000, 0xe7 },
		{ 0x4000, 0x5007 }, { 0x5000, 0xfee00067 }, { 0x5008, 0x10067 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		memcpy(qemu.ram + entries[i].at, &entries[i].entry, 8);
}

static void start(char *option)
{
	unsigned int i;

	fake_reset();
	memset(&qemu, 0, sizeof(qemu));
	map();
	for (i = 0; i < 2; i++) {
		qemu.reg[i][CR0] = PROTECTED;
		qemu.reg[i][CR3] = 0x1000;
		qemu.reg[i][CR4] = PAE;
		qemu.reg[i][EFER] = LMA;
		qemu.reg[i][CS] = USER_CS;
		qemu.reg[i][EFLAGS] = 0x202;
	}
	EXPECT_EQ(fake_load(7, "x86_64", option ? 1 : 0, &option), 0);
}

static void setup(void)
{
	start(NULL);
}

static void teardown(void)
{
	fake_exit();
	fake_reset();
}

static void restart(char *option)
{
	teardown();
	start(option);
}

static void set_call(uint64_t ax, uint64_t bx, uint64_t cx, uint64_t dx)
{
	reg[RAX] = ax;
	reg[RBX] = bx;
	reg[RCX] = cx;
	reg[RDX] = dx;
}

static bool in(void)
{
	return fake_execute(0x7000, "\xed", 1);
}

/* Instructions */

START_TEST(calls_are_recognised)
{
	static const struct {
		const char *code;
		size_t size;
		bool hooked;
	} table[] = {
		{ "\xed", 1, true },			/* in eax, dx */
		{ "\xef", 1, true },			/* out dx, eax */
		{ "\x48\xed", 2, true },		/* with a REX prefix */
		{ "\xf3\x6c", 2, true },		/* rep insb */
		{ "\xf3\x6e", 2, true },		/* rep outsb */
		{ "\xf2\x6c", 2, true },
		{ "\xf3\x48\x6c", 3, true },
		{ "\x0f\xa2", 2, true },		/* cpuid */
		{ "\x0f\x01\xc1", 3, true },		/* vmcall */
		{ "\x0f\x01\xd9", 3, true },		/* vmmcall */
		{ "\xec", 1, false },			/* in al, dx */
		{ "\xee", 1, false },
		{ "\x66\xed", 2, false },		/* in ax, dx */
		{ "\xf3\xed", 2, false },
		{ "\xe5\x58", 2, false },		/* in eax, 0x58 */
		{ "\x6c", 1, false },			/* insb */
		{ "\xf3\x6d", 2, false },		/* rep insd */
		{ "\xf3\x6f", 2, false },
		{ "\x67\xf3\x6c", 3, false },		/* with edi */
		{ "\x64\xf3\x6e", 3, false },		/* from fs */
		{ "\x0f\x01\xc2", 3, false },		/* vmlaunch */
		{ "\x0f\x01", 2, false },
		{ "\x0f\xa3\xc0", 3, false },
		{ "\x48", 1, false },			/* dec eax, in 32-bit code */
		{ "\x90", 1, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		EXPECT_MSG(fake_translate(0x1000, table[i].code, table[i].size) == table[i].hooked,
			   "instruction %u", i);
}
END_TEST

START_TEST(a_call_is_answered_and_skipped)
{
	set_call(MAGIC, ~MAGIC, 10, 0x5658);
	reg[RSI] = 5;
	EXPECT(in());
	EXPECT_EQ(reg[RIP], 0x7001);
	EXPECT(reg[RAX] == 6 && reg[RBX] == MAGIC && reg[RCX] == 2 && reg[RDX] == 0x5658);
	EXPECT_EQ(reg[RSI], 5);
	/* Only what is different is written. */
	EXPECT_EQ(qemu.register_writes, 3);
}
END_TEST

START_TEST(what_is_not_for_the_host_is_left_alone)
{
	set_call(MAGIC, 0, 10, 0x3f8);
	EXPECT(!in());
	set_call(MAGIC + 1, 0, 10, 0x5658);
	EXPECT(!in());
	EXPECT_EQ(reg[RIP], 0x7001);
	EXPECT_EQ(qemu.register_writes, 0);
}
END_TEST

START_TEST(each_vcpu_has_its_own_registers)
{
	set_call(MAGIC, 0, 10, 0x5658);
	qemu.vcpu = 1;
	memcpy(qemu.reg[1], qemu.reg[0], sizeof(qemu.reg[0]));
	EXPECT(in());
	EXPECT_EQ(qemu.reg[1][RAX], 6);
	EXPECT_EQ(reg[RAX], MAGIC);
}
END_TEST

START_TEST(modes_without_tables_are_left_alone)
{
	reg[CR0] = 0;
	set_call(MAGIC, 0, 10, 0x5658);
	EXPECT(!in());
	reg[CR0] = PROTECTED;
	reg[EFLAGS] = 1 << 17;
	EXPECT(!in());
	reg[EFLAGS] = 0;
	EXPECT(in());
}
END_TEST

START_TEST(privilege_is_the_callers)
{
	restart("privilege=0");
	set_call(MAGIC, 0, 10, 0x5658);
	EXPECT(!in());
	reg[EFLAGS] = 3 << 12;
	EXPECT(in());
	reg[EFLAGS] = 0;
	reg[CS] = 0x10;
	set_call(MAGIC, 0, 10, 0x5658);
	EXPECT(in());
}
END_TEST

START_TEST(cpuid_is_answered_for_the_hypervisor)
{
	set_call(0x40000000, 0, 0, 0);
	EXPECT(fake_execute(0x7000, "\x0f\xa2", 2));
	EXPECT_EQ(reg[RIP], 0x7002);
	EXPECT(reg[RAX] == 0x40000010 && reg[RBX] == 0x61774d56);
	set_call(1, 0, 0, 0);
	EXPECT(!fake_execute(0x7000, "\x0f\xa2", 2));
	/* In any mode: firmware asks too. */
	reg[CR0] = 0;
	set_call(0x40000000, 0, 0, 0);
	EXPECT(fake_execute(0x7000, "\x0f\xa2", 2));
}
END_TEST

START_TEST(hypercalls_are_answered_if_they_are_offered)
{
	static const char *const code[] = { "\x0f\x01\xc1", "\x0f\x01\xd9" };
	static char *const offered[] = { "hypercall=vmcall", "hypercall=vmmcall" };

	set_call(MAGIC, 0, 17, 0);
	EXPECT(!fake_execute(0x7000, code[_i], 3));
	restart(offered[_i]);
	set_call(MAGIC, 0, 17, 0);
	EXPECT(!fake_execute(0x7000, code[!_i], 3));
	EXPECT(fake_execute(0x7000, code[_i], 3));
	EXPECT(reg[RAX] == 21 && reg[RIP] == 0x7003);
	set_call(1, 0, 17, 0);
	EXPECT(!fake_execute(0x7000, code[_i], 3));
}
END_TEST

/* Memory */

static uint32_t message(unsigned int sub, uint32_t arg, const uint32_t channel[3])
{
	set_call(MAGIC, arg, sub << 16 | 30, channel[0] << 16 | 0x5658);
	reg[RSI] = channel[1];
	reg[RDI] = channel[2];
	EXPECT(in());
	return reg[RCX] >> 16;
}

static void open_channel(uint32_t channel[3])
{
	EXPECT_EQ(message(0, 0xc9435052, (const uint32_t[3]){ 0 }), 1);
	channel[0] = reg[RDX] >> 16;
	channel[1] = reg[RSI];
	channel[2] = reg[RDI];
}

static uint32_t outsb(const uint32_t channel[3], uint64_t address, uint64_t count)
{
	set_call(MAGIC, 0x10000, count, channel[0] << 16 | 0x5659);
	reg[RSI] = address;
	reg[RDI] = channel[2];
	reg[RBP] = channel[1];
	EXPECT(fake_execute(0x7000, "\xf3\x6e", 2));
	return reg[RBX] >> 16;
}

static uint32_t insb(const uint32_t channel[3], uint64_t address, uint64_t count)
{
	set_call(MAGIC, 0x10000, count, channel[0] << 16 | 0x5659);
	reg[RSI] = channel[1];
	reg[RDI] = address;
	reg[RBP] = channel[2];
	EXPECT(fake_execute(0x7000, "\xf3\x6c", 2));
	return reg[RBX] >> 16;
}

START_TEST(messages_move_as_a_whole)
{
	uint32_t channel[3];

	open_channel(channel);
	memcpy(qemu.ram + 0x20ffd, "log hello", 9);
	EXPECT_EQ(message(1, 9, channel), 0x81);
	EXPECT_EQ(outsb(channel, 0x20ffd, 9), 1);
	EXPECT(reg[RSI] == 0x21006 && reg[RCX] == 0);
	EXPECT_EQ(message(3, 0, channel), 0x83);
	EXPECT_EQ(insb(channel, 0x30ffd, 11), 1);
	EXPECT(!memcmp(qemu.ram + 0x30ffd, "1 log hello", 11));
	EXPECT_EQ(reg[RDI], 0x31008);
}
END_TEST

/* A device, absent pages, the kernel's half, beyond all levels, around the end. */
START_TEST(memory_that_is_not_the_callers_is_not_touched)
{
	static const uint64_t bad[] = {
		0x40000000, 0x40000ff8, 0x40001ff8, 0x40002000, 0x3ffffff8, 0xffff800000000000,
		0x800000000000, 0xfffffffffffffff8, 0xffffffff, 0x200000,
	};
	uint32_t channel[3];
	unsigned int writes;

	open_channel(channel);
	message(1, 16, channel);
	EXPECT_EQ(outsb(channel, bad[_i], 16), 0x10);
	EXPECT_EQ(message(1, 16, channel), 1);
	for (writes = 0; writes < 4; writes++)
		message(2, 0x61616161, channel);
	EXPECT_EQ(message(3, 0, channel), 0x83);
	writes = qemu.memory_writes;
	EXPECT_EQ(insb(channel, bad[_i], 18), 0x10);
	EXPECT_EQ(qemu.memory_writes, writes);
	EXPECT(reg[RCX] == 18 && reg[RDI] == bad[_i]);
}
END_TEST

START_TEST(backwards_is_not_a_message)
{
	set_call(MAGIC, 0x10000, 4, 0x5659);
	reg[EFLAGS] |= 1 << 10;
	EXPECT(!fake_execute(0x7000, "\xf3\x6c", 2));
	EXPECT(!fake_execute(0x7000, "\xf3\x6e", 2));
	/* For other calls it does not matter. */
	set_call(MAGIC, 0, 10, 0x5658);
	EXPECT(in());
}
END_TEST

static uint32_t balloon(uint32_t command, uint64_t arg1, uint64_t arg2)
{
	set_call(0x456c6d6f, arg1, command, 0x5670);
	reg[CS] = 0x10;
	reg[RSI] = arg2;
	EXPECT(in());
	reg[CS] = USER_CS;
	return reg[RAX];
}

START_TEST(the_balloon_takes_ram_alone)
{
	static const uint64_t entries[] = {
		0x100000, 0xfee00000, 0x7ff000, 0x800000, 0xfffffffffffff000, 0xfffff000,
	};
	uint64_t entry;

	balloon(0, 0x3e, 0);
	EXPECT_EQ(balloon(2, 0x1ff, 0), 0);
	EXPECT_EQ(balloon(2, 0x800, 0), 2);
	EXPECT_EQ(balloon(6, 0xfee00, 1), 0xffffffff);
	EXPECT_EQ(balloon(6, 0x800, 1), 0xffffffff);
	EXPECT_EQ(balloon(6, 0xffffffffffffffff, 1), 0xffffffff);
	memcpy(qemu.ram + 0x60000, entries, sizeof(entries));
	EXPECT_EQ(balloon(6, 0x60, 6), 0);
	memcpy(&entry, qemu.ram + 0x60000 + _i * 8, 8);
	EXPECT_EQ(entry, entries[_i] | (_i % 2 || _i == 4 ? 2 : 0));
}
END_TEST

START_TEST(a_doorbell_is_an_interrupt)
{
	balloon(0, 0x3e, 0);
	balloon(10, 1, 2000);
	fake_resume();
	EXPECT_EQ(qemu.memory_writes, 0);
	fake.host->balloon.interrupt_address = 0xfee01008;
	fake.host->balloon.interrupt_data = 0x4051;
	vh_balloon_set_target(fake.host, 1);
	qemu.expects_io = true;
	fake_resume();
	EXPECT(qemu.written_to == 0xfee01008 && qemu.written == 0x4051);
	fake_resume();
	EXPECT_EQ(qemu.memory_writes, 1);
}
END_TEST

/* Life */

START_TEST(a_reset_is_seen_at_the_reset_vector)
{
	EXPECT(!fake_execute(0xfffffff0, "\xea\x5b\xe0\x00\xf0", 5));
	EXPECT_EQ(fake.machine_resets, 0);
	qemu.vcpu = 1;
	EXPECT(!fake_execute(0xfffffff0, "\xea\x5b\xe0\x00\xf0", 5));
	EXPECT_EQ(fake.machine_resets, 0);
	qemu.vcpu = 0;
	EXPECT(!fake_execute(0xfffffff0, "\xea\x5b\xe0\x00\xf0", 5));
	EXPECT_EQ(fake.machine_resets, 1);
}
END_TEST

/* Refusals, of which each says why */

static void expect_refused(int version, const char *target, char *option)
{
	EXPECT(fake_load(version, target, option ? 1 : 0, &option));
}

START_TEST(another_qemu_is_refused)
{
	expect_refused(6, "x86_64", NULL);
	expect_refused(8, "x86_64", NULL);
	expect_refused(7, "aarch64", NULL);
	expect_refused(7, "x86_64", "colour=red");
}
END_TEST

START_TEST(a_missing_register_ends_qemu)
{
	memset(&qemu, 0, sizeof(qemu));
	qemu.missing = "cr3";
	fake_load(7, "x86_64", 0, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost plugin");
	TCase *tests = tcase_create("plugin"), *refusals = tcase_create("refusals");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, calls_are_recognised);
	tcase_add_test(tests, a_call_is_answered_and_skipped);
	tcase_add_test(tests, what_is_not_for_the_host_is_left_alone);
	tcase_add_test(tests, each_vcpu_has_its_own_registers);
	tcase_add_test(tests, modes_without_tables_are_left_alone);
	tcase_add_test(tests, privilege_is_the_callers);
	tcase_add_test(tests, cpuid_is_answered_for_the_hypervisor);
	tcase_add_loop_test(tests, hypercalls_are_answered_if_they_are_offered, 0, 2);
	tcase_add_test(tests, messages_move_as_a_whole);
	tcase_add_loop_test(tests, memory_that_is_not_the_callers_is_not_touched, 0, 10);
	tcase_add_test(tests, backwards_is_not_a_message);
	tcase_add_loop_test(tests, the_balloon_takes_ram_alone, 0, 6);
	tcase_add_test(tests, a_doorbell_is_an_interrupt);
	tcase_add_test(tests, a_reset_is_seen_at_the_reset_vector);
	suite_add_tcase(suite, refusals);
	tcase_add_test(refusals, another_qemu_is_refused);
	tcase_add_exit_test(refusals, a_missing_register_ends_qemu, 1);
	return run_suite(suite);
}
