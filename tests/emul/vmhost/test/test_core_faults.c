// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Faults on request: when they strike, and what each of them does.
 */
#include "suite.h"
#include "guest_balloon.h"
#include "fake_services.h"
#include "../host.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#define RPCI	0x49435052u
#define TCLO	0x4f4c4354u
#define SUCCESS	0x01u
#define DORECV	0x02u
#define HB	0x80u

enum { OPEN, SENDSIZE, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD, RECVSTATUS, CLOSE };

static struct guest *guest;
static struct guest_channel channel;
static struct vh_regs r;
static struct vh_buf reply;

static void setup(void)
{
	fake_reset();
	guest = guest_new(NULL);
}

static void teardown(void)
{
	vh_buf_free(&reply);
	guest_free(guest);
	fake_reset();
}

static void restart(void)
{
	teardown();
	setup();
}

static void ask(const char *name)
{
	const char *why = vh_fault_ask(guest->host, name, 0, 1, NULL);

	EXPECT_MSG(!why, "%s: %s", name, why);
}

static void ask_arg(const char *name, uint64_t arg)
{
	const char *why = vh_fault_ask(guest->host, name, 0, 1, &arg);

	EXPECT_MSG(!why, "%s: %s", name, why);
}

static void expect_struck(void)
{
	EXPECT_EQ(guest->host->faults.count, 0);
}

static uint32_t request(unsigned int sub, uint32_t arg)
{
	r = (struct vh_regs){ .bx = arg };
	return guest_request(guest, &channel, sub, &r);
}

static bool rpci(const char *text)
{
	return guest_rpci(guest, text, strlen(text), &reply);
}

/* A channel whose reply "1 abc" can be fetched. */
static void request_abc(void)
{
	EXPECT(guest_open(guest, RPCI, &channel));
	EXPECT(guest_send(guest, &channel, "abc", 3));
}

/* Asking */

START_TEST(faults_count_down)
{
	struct vmhost *host = guest->host;
	uint64_t arg = 1, given = 7;
	unsigned int i;

	EXPECT(!vh_fault(host, "stall", &arg));
	EXPECT(!vh_fault_ask(host, "stall", 2, 3, &given));
	for (i = 0; i < 8; i++) {
		arg = 1;
		EXPECT_EQ(vh_fault(host, "stall", &arg), i >= 2 && i < 5);
		EXPECT_EQ(arg, i >= 2 && i < 5 ? 7 : 1);
		EXPECT(!vh_fault(host, "status", NULL));
	}
	EXPECT_EQ(host->faults.struck, 3);
	EXPECT_EQ(fake.events, 3);
}
END_TEST

START_TEST(faults_of_one_name_strike_one_after_the_other)
{
	struct vmhost *host = guest->host;
	uint64_t arg = 0, one = 1, two = 2;

	EXPECT(!vh_fault_ask(host, "stall", 0, 1, &one));
	EXPECT(!vh_fault_ask(host, "stall", 0, 1, &two));
	EXPECT(vh_fault(host, "stall", &arg) && arg == 1);
	EXPECT(vh_fault(host, "stall", &arg) && arg == 2);
	EXPECT(!vh_fault(host, "stall", &arg));
}
END_TEST

START_TEST(an_argument_may_select_the_opportunity)
{
	struct vmhost *host = guest->host;
	uint64_t sub = 4;

	EXPECT(!vh_fault_ask(host, "fail", 1, 1, &sub));
	EXPECT(!vh_fault_at(host, "fail", 3));
	EXPECT(!vh_fault_at(host, "fail", 4));
	EXPECT(!vh_fault_at(host, "fail", 3));
	EXPECT(vh_fault_at(host, "fail", 4));
	EXPECT(!vh_fault_ask(host, "fail", 0, 1, NULL));
	EXPECT(vh_fault_at(host, "fail", 77));
}
END_TEST

START_TEST(nonsense_is_refused)
{
	uint64_t arg = 1;
	unsigned int i;

	EXPECT(strstr(vh_fault_ask(guest->host, "earthquake", 0, 1, NULL), "no fault"));
	EXPECT(strstr(vh_fault_ask(guest->host, "stall", 0, 0, NULL), "at least once"));
	EXPECT(strstr(vh_fault_ask(guest->host, "unsent", 0, 1, &arg), "no argument"));
	for (i = 0; i < VH_FAULTS_MAX; i++)
		ask("stall");
	EXPECT(strstr(vh_fault_ask(guest->host, "stall", 0, 1, NULL), "too many"));
	vh_faults_clear(guest->host);
	EXPECT(!vh_fault(guest->host, "stall", NULL));
	ask("stall");
}
END_TEST

/* Calls */

static void *call_version(void *unused)
{
	struct vh_guest other = guest->vcpu;
	struct vh_regs regs = { .ax = 0x564d5868, .cx = 10, .dx = 0x5658 };

	(void)unused;
	EXPECT(vh_call(guest->host, &other, VH_PORT, &regs));
	return NULL;
}

/* One vCPU stands still in its call; the other one calls as if nothing were. */
START_TEST(a_stalled_call_holds_up_nobody_else)
{
	pthread_t stalled;
	unsigned int i;

	ask_arg("stall", 60000);
	pthread_create(&stalled, NULL, call_version, NULL);
	/* It has the lock no longer when the fault is used up. */
	for (;;) {
		vh_lock(guest->host);
		i = guest->host->faults.count;
		vh_unlock(guest->host);
		if (!i)
			break;
	}
	for (i = 0; i < 1000; i++)
		EXPECT(guest_command(guest, 10, 0, &r));
	EXPECT_EQ(pthread_tryjoin_np(stalled, NULL), EBUSY);
	pthread_detach(stalled);	/* this process does not wait for it */
}
END_TEST

START_TEST(the_clock_steps_when_it_is_read)
{
	int64_t first, then;

	guest_command(guest, 23, 0, &r);
	first = r.ax;
	ask_arg("clock-step", -100);
	guest_command(guest, 46, 0, &r);
	then = r.dx;
	EXPECT(then - first <= -90 && then - first >= -100);
	ask("clock-step");
	guest_command(guest, 55, 0, &r);
	EXPECT((int64_t)r.dx - then >= 3600);
}
END_TEST

START_TEST(garbage_in_registers_is_seeded)
{
	struct vh_regs first;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		ask("garbage-registers");
		guest_command(guest, 10, 0, &r);
		EXPECT(r.ax != 6 && r.bx != 0x564d5868);
		EXPECT(r.ax <= 0xffffffff && r.di <= 0xffffffff && !r.bp);
		if (!i)
			first = r;
		else
			EXPECT(!memcmp(&first, &r, sizeof(r)));
		restart();
	}
}
END_TEST

/* Requests */

START_TEST(opening_may_be_refused)
{
	ask("open-refused");
	EXPECT(guest_open(guest, RPCI, &channel));
	EXPECT(!channel.cookie_high);
	EXPECT(!vh_fault_ask(guest->host, "open-refused", 0, 2, NULL));
	EXPECT(!guest_open(guest, RPCI, &channel));
	expect_struck();
}
END_TEST

START_TEST(cookies_may_be_refused)
{
	ask("cookies-refused");
	EXPECT(guest_open(guest, RPCI, &channel));
	EXPECT(!channel.cookie_high && !channel.cookie_low);
	expect_struck();
}
END_TEST

/* What a request meets, at each sub-command. */
START_TEST(a_request_fails_as_asked)
{
	static const struct {
		const char *name;
		uint32_t status;
		bool stays_open;
	} table[] = {
		{ "bad-cookie", 0, true }, { "fail", 0, true }, { "closed", 4, false },
		{ "forgotten", 0, false }, { "cpt-anywhere", 16, true },
	};
	unsigned int sub;

	for (sub = SENDSIZE; sub <= CLOSE; sub++) {
		bool immune = sub == CLOSE && _i == 4;

		restart();
		EXPECT(guest_open(guest, TCLO, &channel));
		ask_arg(table[_i].name, sub);
		EXPECT_EQ(request(sub == SENDSIZE ? RECVSIZE : SENDSIZE, 0) & SUCCESS, SUCCESS);
		EXPECT_EQ(request(sub, 0), immune ? SUCCESS : table[_i].status);
		if (immune)
			continue;
		expect_struck();
		EXPECT_EQ(request(SENDSIZE, 0), table[_i].stays_open ? SUCCESS | HB :
								      table[_i].status);
		EXPECT_EQ(fake.closed, !table[_i].stays_open);
	}
}
END_TEST

START_TEST(a_checkpoint_needs_a_transfer)
{
	EXPECT(guest_open(guest, RPCI, &channel));
	ask("cpt");
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS | HB);
	EXPECT_EQ(request(SENDPAYLOAD, 4), 16);
	expect_struck();
	ask_arg("cpt", RECVSTATUS);
	EXPECT(guest_send(guest, &channel, "log", 3));
	EXPECT(guest_receive(guest, &channel, &reply));
	EXPECT_EQ(guest->restarts, 1);
	expect_struck();
}
END_TEST

START_TEST(endless_checkpoints_are_given_up)
{
	EXPECT(!vh_fault_ask(guest->host, "cpt", 0, UINT64_MAX, NULL));
	EXPECT(!rpci("log"));
	EXPECT_EQ(guest->restarts, 9);
}
END_TEST

START_TEST(a_message_may_be_withdrawn)
{
	EXPECT(guest_open(guest, TCLO, &channel));
	vh_buf_add(&fake.command, "reset", 5);
	request(RECVSIZE, 0);
	if (_i)
		request(RECVPAYLOAD, 1);
	ask("unsent");
	EXPECT_EQ(request(RECVPAYLOAD, 1), 8);
	expect_struck();
	EXPECT_EQ(fake.dropped, 1);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
}
END_TEST

START_TEST(a_whole_message_may_be_withdrawn_too)
{
	guest->hb = true;
	request_abc();
	ask("unsent");
	EXPECT(!guest_receive(guest, &channel, &reply));
	EXPECT_EQ(channel.status, 8);
}
END_TEST

START_TEST(any_status_may_be_answered)
{
	EXPECT(guest_open(guest, RPCI, &channel));
	ask("status");
	EXPECT_EQ(request(SENDSIZE, 4), 0x40);
	ask_arg("status", 0xfff20);
	EXPECT_EQ(request(SENDSIZE, 4), 0xff20);
	EXPECT_EQ(request(SENDPAYLOAD, 4), 0);
}
END_TEST

START_TEST(garbage_in_the_status_changes_nothing_else)
{
	uint32_t seen = 0;
	unsigned int i;

	EXPECT(guest_open(guest, RPCI, &channel));
	for (i = 0; i < 8; i++) {
		ask("garbage-status");
		seen |= request(SENDSIZE, 4) & ~(SUCCESS | HB);
		EXPECT_EQ(request(SENDPAYLOAD, 4), SUCCESS);
		EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	}
	EXPECT(seen);
	EXPECT_EQ(fake.requests, 8);
}
END_TEST

START_TEST(high_bandwidth_may_come_and_go)
{
	EXPECT(guest_open(guest, RPCI, &channel));
	ask("hb-off");
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS);
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS | HB);
}
END_TEST

/* Messages to the guest */

START_TEST(a_message_may_be_announced_that_is_not_there)
{
	EXPECT(guest_open(guest, RPCI, &channel));
	ask_arg("phantom", 0xfffffff0);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV);
	EXPECT(r.bx == 0xfffffff0 && r.dx == 0x10000);
	EXPECT_EQ(request(RECVPAYLOAD, 1), 0);
	ask("phantom");
	request(RECVSIZE, 0);
	EXPECT_EQ(r.bx, 4);
}
END_TEST

START_TEST(a_length_may_be_a_lie)
{
	static const uint32_t lies[] = { 0xffffffff, 0, 1u << 30, 4, 6 };
	uint32_t i;

	request_abc();
	ask_arg("size-lie", lies[_i]);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	EXPECT_EQ(r.bx, lies[_i]);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(request(RECVPAYLOAD, 1), SUCCESS);
	EXPECT_EQ(request(RECVPAYLOAD, 1), 0);
}
END_TEST

START_TEST(a_type_may_be_wrong)
{
	request_abc();
	ask("wrong-type");
	EXPECT(!guest_receive(guest, &channel, &reply));
	expect_struck();
	request_abc();
	request(RECVSIZE, 0);
	ask_arg("wrong-type", 0xffff);
	EXPECT_EQ(request(RECVPAYLOAD, 1), SUCCESS);
	EXPECT_EQ(r.dx, 0xffff0000);
}
END_TEST

START_TEST(a_reply_may_be_cut_short)
{
	ask("reply-truncated");
	EXPECT(rpci("log hi"));
	EXPECT(reply.len == 4 && !memcmp(reply.data, "1 lo", 4));
	ask_arg("reply-truncated", 1);
	EXPECT(rpci("log hi"));
	EXPECT_EQ(reply.len, 1);
	ask_arg("reply-truncated", 0);
	EXPECT(rpci("log hi"));
	EXPECT_EQ(reply.len, 0);
}
END_TEST

START_TEST(a_reply_may_be_as_long_as_wanted)
{
	guest->hb = _i;
	ask("reply-oversized");
	EXPECT(rpci("log hi"));
	EXPECT_EQ(reply.len, 65537);
	EXPECT(!memcmp(reply.data, "1 log hi", 8));
	/* The longest there is on real hosts. */
	ask_arg("reply-oversized", 65536);
	EXPECT(rpci("log hi"));
	EXPECT_EQ(reply.len, 65536);
	/* More than may go at high bandwidth, and than this guest takes. */
	ask_arg("reply-oversized", UINT64_MAX);
	EXPECT(!rpci("log hi"));
	EXPECT(guest_open(guest, RPCI, &channel));
}
END_TEST

START_TEST(a_transfer_is_bounded_by_pages)
{
	uint64_t size = 513u << 12;

	ask_arg("reply-oversized", size);
	request_abc();
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	r = (struct vh_regs){
		.ax = 0x564d5868, .bx = 0x10000, .cx = size, .dx = channel.id << 16 | 0x5659,
		.si = channel.cookie_high, .di = GUEST_BASE + 1, .bp = channel.cookie_low,
	};
	EXPECT(guest_call(guest, VH_PORT_IN, &r));
	EXPECT_EQ(r.bx, 0);
	r.di = GUEST_BASE;
	EXPECT(guest_call(guest, VH_PORT_IN, &r));
	EXPECT_EQ(r.bx, 0x10000);
}
END_TEST

START_TEST(a_reply_may_be_late)
{
	ask_arg("reply-late", 60000);
	request_abc();
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
	vh_clock_pass(guest->host, 40);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
	vh_clock_pass(guest->host, 20);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	EXPECT(guest_receive(guest, &channel, &reply));
	EXPECT_EQ(reply.len, 5);

	/* The next one is not, even if that one was never fetched. */
	ask_arg("reply-late", 5000);
	EXPECT(guest_send(guest, &channel, "abc", 3));
	EXPECT(guest_send(guest, &channel, "abc", 3));
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
}
END_TEST

START_TEST(a_reply_may_never_come)
{
	ask("reply-withheld");
	request_abc();
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
	EXPECT_EQ(fake.dropped, 0);
	EXPECT(guest_open(guest, TCLO, &channel));
	ask("reply-withheld");
	vh_buf_add(&fake.command, "ping", 4);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
	EXPECT_EQ(fake.dropped, 1);
}
END_TEST

START_TEST(a_reply_may_be_garbage)
{
	struct vh_buf first = { 0 };

	ask("garbage");
	EXPECT(rpci("log hi"));
	EXPECT(reply.len == 8 && memcmp(reply.data, "1 log hi", 8));
	vh_buf_add(&first, reply.data, reply.len);
	restart();
	EXPECT(rpci("log hi"));
	ask_arg("garbage", 8);
	EXPECT(rpci("different"));
	EXPECT_EQ(reply.len, 8);
	EXPECT(memcmp(reply.data, first.data, 8));
	ask_arg("garbage", 70000);
	EXPECT(rpci("log hi"));
	EXPECT_EQ(reply.len, 70000);
	vh_buf_free(&first);
}
END_TEST

/* The balloon */

static uint32_t call(uint32_t command, uint64_t arg1, uint64_t arg2)
{
	EXPECT(guest_balloon(guest, command, arg1, arg2, &r));
	return r.ax;
}

static uint64_t *batch(uint64_t count)
{
	return guest_batch(guest, FIRST + 1, 1, count);
}

START_TEST(a_balloon_call_fails_as_asked)
{
	static const struct {
		const char *name;
		uint32_t status;
	} table[] = {
		{ "balloon-busy", 8 }, { "balloon-failure", 0xffffffff }, { "balloon-reset", 7 },
	};

	call(START, 0x3e, 0);
	ask_arg(table[_i].name, LOCK);
	EXPECT_EQ(call(GET_TARGET, 0, 0), 0);
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), table[_i].status);
	expect_struck();
	EXPECT_EQ(call(LOCK, FIRST + 1, 0), _i == 2 ? 7 : 0);
}
END_TEST

START_TEST(a_balloon_may_not_start)
{
	ask("balloon-start-refused");
	EXPECT_EQ(call(START, 0x3e, 0), 0xffffffff);
	EXPECT_EQ(call(GET_TARGET, 0, 0), 1);
	EXPECT_EQ(call(START, 0x3e, 0), 0x03000000);
}
END_TEST

START_TEST(a_frame_is_refused_as_asked)
{
	static const struct {
		const char *name;
		uint32_t status;
	} table[] = {
		{ "balloon-refused", 2 }, { "balloon-pinned", 5 }, { "balloon-notneeded", 6 },
	};
	uint64_t *entries = batch(4), status = 31;

	call(START, 0x3e, 0);
	EXPECT(!vh_fault_ask(guest->host, table[_i].name, 2, 1, NULL));
	EXPECT_EQ(call(B_LOCK, FIRST, 4), 0);
	EXPECT(!(entries[1] & 31) && (entries[2] & 31) == table[_i].status && !(entries[3] & 31));
	if (!_i) {
		EXPECT(!vh_fault_ask(guest->host, table[_i].name, 0, 1, &status));
		EXPECT_EQ(call(LOCK, FIRST + 9, 0), 31);
		/* What fits into five bits, and is a refusal. */
		ask_arg(table[_i].name, 32);
		EXPECT_EQ(call(LOCK, FIRST + 9, 0), 2);
	}
	EXPECT_EQ(guest->host->balloon.size, 3);
}
END_TEST

START_TEST(an_unlock_may_be_refused)
{
	call(START, 0x3e, 0);
	call(LOCK, FIRST + 1, 0);
	ask("balloon-unlock-refused");
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), 8);
	ask_arg("balloon-unlock-refused", 2);
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), 2);
	EXPECT_EQ(call(UNLOCK, FIRST + 1, 0), 0);
}
END_TEST

START_TEST(a_batch_may_be_done_in_part)
{
	uint64_t *entries = batch(8);

	call(START, 0x3e, 0);
	entries[5] |= 1;
	ask("balloon-partial");
	EXPECT_EQ(call(B_LOCK, FIRST, 8), 8);
	EXPECT_EQ(guest->host->balloon.size, 4);
	EXPECT_EQ(entries[5] & 31, 1);
	ask_arg("balloon-partial", 100);
	batch(8);
	EXPECT_EQ(call(B_UNLOCK, FIRST, 8), 8);
	EXPECT_EQ(guest->host->balloon.size, 0);
	batch(512);
	ask_arg("balloon-partial", 600);
	EXPECT_EQ(call(B_LOCK, FIRST, 512), 8);
	EXPECT_EQ(guest->host->balloon.size, 512);
}
END_TEST

START_TEST(page_numbers_may_be_scrambled)
{
	uint64_t *entries = batch(3);

	call(START, 0x3e, 0);
	EXPECT(!vh_fault_ask(guest->host, "balloon-scramble", 1, 1, NULL));
	EXPECT_EQ(call(B_LOCK, FIRST, 3), 0);
	EXPECT(entries[0] == (FIRST + 1ull) << 12 && entries[2] == (FIRST + 3ull) << 12);
	EXPECT(entries[1] >> 12 != FIRST + 2 && !(entries[1] & 31));
	EXPECT_EQ(guest->host->balloon.size, 3);
}
END_TEST

START_TEST(a_balloon_may_answer_garbage)
{
	call(START, 0x3e, 0);
	ask("balloon-garbage");
	EXPECT(call(GET_TARGET, 0, 0) > 8);
	EXPECT(r.cx != GET_TARGET);
	EXPECT_EQ(call(GET_TARGET, 0, 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost faults");
	TCase *tests = tcase_create("faults");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, faults_count_down);
	tcase_add_test(tests, faults_of_one_name_strike_one_after_the_other);
	tcase_add_test(tests, an_argument_may_select_the_opportunity);
	tcase_add_test(tests, nonsense_is_refused);
	tcase_add_test(tests, a_stalled_call_holds_up_nobody_else);
	tcase_add_test(tests, the_clock_steps_when_it_is_read);
	tcase_add_test(tests, garbage_in_registers_is_seeded);
	tcase_add_test(tests, opening_may_be_refused);
	tcase_add_test(tests, cookies_may_be_refused);
	tcase_add_loop_test(tests, a_request_fails_as_asked, 0, 5);
	tcase_add_test(tests, a_checkpoint_needs_a_transfer);
	tcase_add_test(tests, endless_checkpoints_are_given_up);
	tcase_add_loop_test(tests, a_message_may_be_withdrawn, 0, 2);
	tcase_add_test(tests, a_whole_message_may_be_withdrawn_too);
	tcase_add_test(tests, any_status_may_be_answered);
	tcase_add_test(tests, garbage_in_the_status_changes_nothing_else);
	tcase_add_test(tests, high_bandwidth_may_come_and_go);
	tcase_add_test(tests, a_message_may_be_announced_that_is_not_there);
	tcase_add_loop_test(tests, a_length_may_be_a_lie, 0, 5);
	tcase_add_test(tests, a_type_may_be_wrong);
	tcase_add_test(tests, a_reply_may_be_cut_short);
	tcase_add_loop_test(tests, a_reply_may_be_as_long_as_wanted, 0, 2);
	tcase_add_test(tests, a_transfer_is_bounded_by_pages);
	tcase_add_test(tests, a_reply_may_be_late);
	tcase_add_test(tests, a_reply_may_never_come);
	tcase_add_test(tests, a_reply_may_be_garbage);
	tcase_add_loop_test(tests, a_balloon_call_fails_as_asked, 0, 3);
	tcase_add_test(tests, a_balloon_may_not_start);
	tcase_add_loop_test(tests, a_frame_is_refused_as_asked, 0, 3);
	tcase_add_test(tests, an_unlock_may_be_refused);
	tcase_add_test(tests, a_batch_may_be_done_in_part);
	tcase_add_test(tests, page_numbers_may_be_scrambled);
	tcase_add_test(tests, a_balloon_may_answer_garbage);
	return run_suite(suite);
}
