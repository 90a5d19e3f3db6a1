// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The message channel: every row of the state machine of specification "backdoor
 * and GuestRPC" §5.4, and the procedures of §5.3 with messages of all sizes.
 *
 * Procedures are run in four forms: low and high bandwidth, by port and hypercall.
 */
#include "suite.h"
#include "guest.h"
#include "fake_services.h"
#include "../host.h"

#include <stdlib.h>
#include <string.h>

#define RPCI	0x49435052u
#define TCLO	0x4f4c4354u
#define COOKIES	0x80000000u

#define SUCCESS	0x01u
#define DORECV	0x02u
#define CLOSED	0x04u
#define CPT	0x10u
#define HB	0x80u

enum { OPEN, SENDSIZE, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD, RECVSTATUS, CLOSE };
enum { FORMS = 4 };

static struct guest *guest;
static struct guest_channel channel;
static struct vh_regs r;
static struct vh_buf reply;

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
	vh_buf_free(&reply);
	guest_free(guest);
	fake_reset();
}

static void restart(const char *const options[])
{
	teardown();
	start(options);
}

static uint32_t request(unsigned int sub, uint32_t arg)
{
	r = (struct vh_regs){ .bx = arg, .bp = 0x1234 };
	guest_request(guest, &channel, sub, &r);
	/* H-1: the low half of ecx is cleared, whatever the answer. */
	EXPECT_EQ(r.cx & 0xffff, 0);
	EXPECT_EQ(r.bp, 0x1234);
	return channel.status;
}

static void open_channel(uint32_t protocol)
{
	EXPECT(guest_open(guest, protocol, &channel));
}

static uint32_t transfer(enum vh_entry entry, uint64_t address, uint64_t count)
{
	bool out = entry == VH_PORT_OUT;

	r = (struct vh_regs){
		.ax = 0x564d5868, .bx = 0x10000, .cx = count, .dx = channel.id << 16 | 0x5659,
		.si = out ? address : channel.cookie_high,
		.di = out ? channel.cookie_low : address,
		.bp = out ? channel.cookie_high : channel.cookie_low,
	};
	EXPECT(guest_call(guest, entry, &r));
	return (uint32_t)r.bx >> 16;
}

static void use_form(int form)
{
	guest->hb = form & 1;
	guest->hypercall = form & 2;
}

/* OPEN */

START_TEST(opening_gives_id_and_cookies)
{
	channel = (struct guest_channel){ 0 };
	EXPECT_EQ(request(OPEN, RPCI | COOKIES), SUCCESS);
	EXPECT_EQ(r.dx & 0xffff, 0);
	EXPECT(r.dx >> 16 < 128);
	EXPECT(r.si && r.di && r.si <= 0xffffffff && r.di <= 0xffffffff);
	EXPECT(!strcmp(fake.last_event, "open"));
}
END_TEST

START_TEST(without_being_asked_there_are_no_cookies)
{
	channel = (struct guest_channel){ .cookie_high = 5, .cookie_low = 6 };
	EXPECT_EQ(request(OPEN, RPCI), SUCCESS);
	EXPECT(!r.si && !r.di);
	channel.id = r.dx >> 16;
	EXPECT_EQ(request(SENDSIZE, 1), SUCCESS | HB);
}
END_TEST

START_TEST(other_protocols_are_refused)
{
	static const uint32_t wrong[] = { 0, RPCI + 1, TCLO | 0x20, 0x7fffffff, COOKIES };

	channel = (struct guest_channel){ 0 };
	EXPECT_EQ(request(OPEN, wrong[_i]), 0);
}
END_TEST

START_TEST(hosts_may_have_no_cookies)
{
	restart((const char *const[]){ "cookies=off", NULL });
	channel = (struct guest_channel){ 0 };
	EXPECT_EQ(request(OPEN, RPCI | COOKIES), 0);
	open_channel(RPCI);
	EXPECT(!channel.cookie_high && !channel.cookie_low);
}
END_TEST

static void open_all(uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		open_channel(RPCI);
		EXPECT_EQ(channel.id, i);
	}
	channel = (struct guest_channel){ 0 };
	EXPECT_EQ(request(OPEN, RPCI | COOKIES), 0);
	EXPECT(!guest_open(guest, TCLO, &channel));
}

START_TEST(there_are_so_many_channels)
{
	static const char *const options[][2] = { { "channels=128", NULL }, { "channels=8", NULL } };
	uint32_t count = _i ? 8 : 128;

	restart(options[_i]);
	open_all(count);
	/* Those that were silent for too long make room, and so do those that the host closed. */
	vh_clock_pass(guest->host, 81);
	open_all(count);
	vh_channels_close(guest->host, RPCI);
	open_all(count);
}
END_TEST

/* Any other request: the channel has to be known. */

START_TEST(a_wrong_id_or_cookie_is_refused)
{
	struct guest_channel right;
	unsigned int sub;

	open_channel(RPCI);
	right = channel;
	for (sub = SENDSIZE; sub <= CLOSE; sub++) {
		channel = right;
		channel.id++;
		EXPECT_EQ(request(sub, 1), 0);
		channel.id = 128;
		EXPECT_EQ(request(sub, 1), 0);
		channel.id = 0xffff;
		EXPECT_EQ(request(sub, 1), 0);
		channel = right;
		channel.cookie_high ^= 1;
		EXPECT_EQ(request(sub, 1), 0);
		channel = right;
		channel.cookie_low ^= 0x80000000;
		EXPECT_EQ(request(sub, 1), 0);
		channel = right;
		channel.cookie_high = right.cookie_low;
		channel.cookie_low = right.cookie_high;
		EXPECT_EQ(request(sub, 1), 0);
	}
	channel = right;
	EXPECT_EQ(request(SENDSIZE, 1), SUCCESS | HB);
}
END_TEST

START_TEST(unknown_subcommands_are_refused)
{
	open_channel(RPCI);
	EXPECT_EQ(request(7, 1), 0);
	EXPECT_EQ(request(0xffff, 1), 0);
}
END_TEST

START_TEST(a_channel_closed_by_the_guest_is_gone)
{
	open_channel(RPCI);
	EXPECT_EQ(request(CLOSE, 0), SUCCESS);
	EXPECT_EQ(request(CLOSE, 0), 0);
	EXPECT_EQ(request(SENDSIZE, 1), 0);
}
END_TEST

START_TEST(a_channel_closed_by_the_host_says_so)
{
	struct guest_channel other;
	unsigned int sub;

	open_channel(TCLO);
	other = channel;
	open_channel(RPCI);
	vh_channels_close(guest->host, RPCI);
	for (sub = SENDSIZE; sub <= CLOSE; sub++)
		EXPECT_EQ(request(sub, 1), CLOSED);
	EXPECT_EQ(fake.closed, 0);
	channel = other;
	EXPECT_EQ(request(SENDSIZE, 0), SUCCESS | HB);
	vh_channels_close(guest->host, 0);
	EXPECT_EQ(request(SENDSIZE, 0), CLOSED);
	EXPECT_EQ(fake.closed, 1);
}
END_TEST

START_TEST(a_forgotten_channel_is_unknown)
{
	open_channel(TCLO);
	vh_channels_forget(guest->host);
	EXPECT_EQ(request(SENDSIZE, 0), 0);
	EXPECT_EQ(fake.closed, 1);
}
END_TEST

START_TEST(a_silent_channel_expires)
{
	open_channel(TCLO);
	vh_clock_pass(guest->host, 60);
	EXPECT_EQ(request(SENDSIZE, 0), SUCCESS | HB);
	vh_clock_pass(guest->host, 60);
	EXPECT_EQ(request(SENDSIZE, 0), SUCCESS | HB);
	vh_clock_pass(guest->host, 81);
	EXPECT_EQ(request(SENDSIZE, 0), 0);
	EXPECT_EQ(fake.closed, 1);

	restart((const char *const[]){ "idle=0", NULL });
	open_channel(TCLO);
	vh_clock_pass(guest->host, 1e6);
	EXPECT_EQ(request(SENDSIZE, 0), SUCCESS | HB);
}
END_TEST

/* Guest to host */

START_TEST(an_empty_message_is_delivered_at_once)
{
	open_channel(TCLO);
	EXPECT_EQ(request(SENDSIZE, 0), SUCCESS | HB);
	EXPECT_EQ(fake.messages, 1);
	EXPECT_EQ(fake.answer.len, 0);
	EXPECT_EQ(request(SENDPAYLOAD, 0), 0);
}
END_TEST

START_TEST(sizes_are_limited)
{
	open_channel(RPCI);
	EXPECT_EQ(request(SENDSIZE, 65537), 0);
	EXPECT_EQ(request(SENDPAYLOAD, 0), 0);
	EXPECT_EQ(request(SENDSIZE, 0xffffffff), 0);
	EXPECT_EQ(request(SENDSIZE, 65536), SUCCESS | HB);
}
END_TEST

START_TEST(pieces_make_a_message)
{
	open_channel(RPCI);
	EXPECT_EQ(request(SENDPAYLOAD, 0x61616161), 0);
	EXPECT_EQ(request(SENDSIZE, 5), SUCCESS | HB);
	EXPECT_EQ(request(SENDPAYLOAD, 0x64636261), SUCCESS);
	EXPECT_EQ(fake.requests, 0);
	EXPECT_EQ(request(SENDPAYLOAD, 0x7a7a7a65), SUCCESS);
	EXPECT_EQ(fake.requests, 1);
	EXPECT(fake.request.len == 5 && !memcmp(fake.request.data, "abcde", 5));
	EXPECT_EQ(request(SENDPAYLOAD, 0x61616161), 0);
}
END_TEST

START_TEST(a_new_size_drops_what_was_begun)
{
	open_channel(RPCI);
	request(SENDSIZE, 8);
	request(SENDPAYLOAD, 0x64636261);
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS | HB);
	request(SENDPAYLOAD, 0x7a7a7a7a);
	EXPECT(fake.request.len == 4 && !memcmp(fake.request.data, "zzzz", 4));
}
END_TEST

START_TEST(a_whole_payload_needs_the_announced_count)
{
	static const uint64_t wrong[] = { 0, 9, 11, UINT64_C(0x10000000a), UINT64_MAX };

	open_channel(RPCI);
	EXPECT_EQ(transfer(VH_PORT_OUT, GUEST_BASE, 10), 0);
	request(SENDSIZE, 10);
	EXPECT_EQ(transfer(VH_PORT_OUT, GUEST_BASE, wrong[_i]), 0);
	EXPECT_EQ(r.cx, wrong[_i]);
	EXPECT_EQ(r.si, GUEST_BASE);
	EXPECT_EQ(transfer(VH_PORT_OUT, GUEST_BASE, 10), SUCCESS);
	EXPECT_EQ(r.bx, 0x10000);
	EXPECT(r.cx == 0 && r.si == GUEST_BASE + 10);
	EXPECT_EQ(fake.request.len, 10);
}
END_TEST

START_TEST(pieces_and_whole_do_not_mix)
{
	open_channel(RPCI);
	request(SENDSIZE, 8);
	request(SENDPAYLOAD, 0x64636261);
	EXPECT_EQ(transfer(VH_PORT_OUT, GUEST_BASE, 8), 0);
	EXPECT_EQ(request(SENDPAYLOAD, 0x68676665), SUCCESS);
	EXPECT(!memcmp(fake.request.data, "abcdefgh", 8));
	request(RECVSIZE, 0);
	request(RECVPAYLOAD, 1);
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 10), 0);
}
END_TEST

START_TEST(other_high_bandwidth_commands_are_refused)
{
	open_channel(RPCI);
	request(SENDSIZE, 4);
	r = (struct vh_regs){
		.ax = 0x564d5868, .bx = 0x10001, .cx = 4, .dx = channel.id << 16 | 0x5659,
		.si = GUEST_BASE, .di = channel.cookie_low, .bp = channel.cookie_high,
	};
	EXPECT(guest_call(guest, VH_PORT_OUT, &r));
	EXPECT_EQ(r.bx, 1);
}
END_TEST

/* B-5: the roles of the registers are crossed. */
START_TEST(cookies_are_looked_at_in_transfers_too)
{
	open_channel(RPCI);
	request(SENDSIZE, 4);
	r = (struct vh_regs){
		.ax = 0x564d5868, .bx = 0x10000, .cx = 4, .dx = channel.id << 16 | 0x5659,
		.si = GUEST_BASE, .di = channel.cookie_high, .bp = channel.cookie_low,
	};
	EXPECT(guest_call(guest, VH_PORT_OUT, &r));
	EXPECT_EQ(r.bx, 0);
	EXPECT_EQ(transfer(VH_PORT_OUT, GUEST_BASE, 4), SUCCESS);
	request(RECVSIZE, 0);
	channel.cookie_low ^= 4;
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 6), 0);
}
END_TEST

START_TEST(high_bandwidth_may_be_off)
{
	restart((const char *const[]){ "hb=off", NULL });
	open_channel(RPCI);
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS);
	EXPECT_EQ(transfer(VH_PORT_OUT, GUEST_BASE, 4), 0);
	EXPECT_EQ(request(SENDPAYLOAD, 0), SUCCESS);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV);
}
END_TEST

/* Host to guest */

START_TEST(there_is_nothing_to_receive_at_first)
{
	open_channel(RPCI);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
	EXPECT_EQ(request(RECVPAYLOAD, 1), 0);
	EXPECT_EQ(request(RECVSTATUS, 1), 0);
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 4), 0);
}
END_TEST

static void request_abc(void)
{
	open_channel(RPCI);
	request(SENDSIZE, 3);
	request(SENDPAYLOAD, 0x636261);
}

START_TEST(a_reply_comes_in_pieces)
{
	request_abc();
	EXPECT_EQ(request(RECVPAYLOAD, 1), 0);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	EXPECT_EQ(r.bx, 5);
	EXPECT_EQ(r.dx >> 16, 1);
	EXPECT_EQ(request(RECVPAYLOAD, 1), SUCCESS);
	EXPECT_EQ(r.bx, 0x62612031);
	EXPECT_EQ(r.dx >> 16, 2);
	EXPECT_EQ(request(RECVSTATUS, 1), 0);
	EXPECT_EQ(request(RECVPAYLOAD, 0xffffffff), SUCCESS);
	EXPECT_EQ(r.bx, 0x63);
	EXPECT_EQ(request(RECVPAYLOAD, 1), 0);
	EXPECT_EQ(request(RECVSTATUS, 1), SUCCESS);
	EXPECT_EQ(request(RECVSTATUS, 1), 0);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
}
END_TEST

START_TEST(asking_for_the_size_again_begins_again)
{
	request_abc();
	request(RECVSIZE, 0);
	request(RECVPAYLOAD, 1);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	EXPECT_EQ(request(RECVPAYLOAD, 1), SUCCESS);
	EXPECT_EQ(r.bx, 0x62612031);
}
END_TEST

START_TEST(a_whole_reply_needs_its_own_count)
{
	request_abc();
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 5), 0);
	request(RECVSIZE, 0);
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 4), 0);
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 6), 0);
	EXPECT(!guest->memory[0]);
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 5), SUCCESS);
	EXPECT_EQ(r.bx, 0x10000);
	EXPECT(r.cx == 0 && r.di == GUEST_BASE + 5);
	EXPECT(!memcmp(guest->memory, "1 abc\0", 6));
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 5), 0);
	EXPECT_EQ(request(RECVSTATUS, 1), SUCCESS);
}
END_TEST

START_TEST(a_hypercall_leaves_address_and_count)
{
	request_abc();
	request(RECVSIZE, 0);
	guest->hypercall = true;
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE, 5), SUCCESS);
	EXPECT(r.cx == 5 && r.di == GUEST_BASE);
}
END_TEST

/* Given up: in RECVPAYLOAD, in RECVSTATUS. */
START_TEST(a_refused_message_is_dropped)
{
	open_channel(TCLO);
	vh_buf_add(&fake.command, "reset", 5);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	EXPECT_EQ(request(_i ? RECVSTATUS : RECVPAYLOAD, 0x10), SUCCESS);
	EXPECT_EQ(fake.dropped, 1);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS);
}
END_TEST

START_TEST(a_new_request_drops_the_reply)
{
	request_abc();
	request(RECVSIZE, 0);
	EXPECT(guest_send(guest, &channel, "log", 3));
	EXPECT(guest_receive(guest, &channel, &reply));
	EXPECT(reply.len == 5 && !memcmp(reply.data, "1 log", 5));
}
END_TEST

/* TCLO */

START_TEST(tclo_asks_and_answers)
{
	use_form(_i);
	open_channel(TCLO);
	EXPECT_EQ(fake.opened, 1);
	EXPECT(guest_send(guest, &channel, "", 0));
	EXPECT_EQ(fake.messages, 1);
	EXPECT(guest_receive(guest, &channel, &reply));
	EXPECT(!(channel.status & DORECV) && fake.polls == 1);
	vh_buf_add(&fake.command, "ping", 4);
	EXPECT(guest_receive(guest, &channel, &reply));
	EXPECT(reply.len == 4 && !memcmp(reply.data, "ping", 4));
	EXPECT(guest_send(guest, &channel, "OK ", 3));
	EXPECT(fake.answer.len == 3 && !memcmp(fake.answer.data, "OK ", 3));
	EXPECT(guest_close(guest, &channel));
	EXPECT_EQ(fake.closed, 1);
}
END_TEST

/* H-4 */
START_TEST(only_a_poll_says_that_there_is_a_command)
{
	open_channel(TCLO);
	vh_buf_add(&fake.command, "ping", 4);
	EXPECT_EQ(request(SENDSIZE, 0), SUCCESS | HB);
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS | HB);
	EXPECT_EQ(request(SENDPAYLOAD, 0x20204b4f), SUCCESS);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
}
END_TEST

START_TEST(a_message_leaves_an_announced_command_alone)
{
	open_channel(TCLO);
	vh_buf_add(&fake.command, "ping", 4);
	request(RECVSIZE, 0);
	request(SENDSIZE, 0);
	EXPECT(guest_receive(guest, &channel, &reply));
	EXPECT_EQ(reply.len, 4);
	EXPECT_EQ(fake.polls, 1);
}
END_TEST

START_TEST(a_second_tclo_channel_closes_the_first)
{
	struct guest_channel first;

	open_channel(TCLO);
	first = channel;
	open_channel(TCLO);
	EXPECT(fake.opened == 2 && fake.closed == 1);
	EXPECT_EQ(request(SENDSIZE, 0), SUCCESS | HB);
	channel = first;
	EXPECT_EQ(request(SENDSIZE, 0), CLOSED);
}
END_TEST

/* Services may close channels in the middle of what they are asked. */
START_TEST(a_channel_may_end_while_it_is_served)
{
	open_channel(_i ? TCLO : RPCI);
	fake.close_in_rpci = !_i;
	fake.close_in_poll = _i;
	vh_buf_add(&fake.command, "ping", 4);
	request(SENDSIZE, 4);
	request(SENDPAYLOAD, 0);
	EXPECT_EQ(request(RECVSIZE, 0), CLOSED);
}
END_TEST

/* Procedures */

START_TEST(messages_of_all_sizes_get_through)
{
	static const size_t sizes[] = { 0, 1, 3, 4, 5, 4095, 4096, 65534, 65535, 65536 };
	static uint8_t message[65536];
	size_t i, size = sizes[_i / FORMS];

	use_form(_i % FORMS);
	for (i = 0; i < size; i++)
		message[i] = i * 7 ^ i >> 8;
	EXPECT(guest_rpci(guest, message, size, &reply));
	EXPECT_EQ(fake.request.len, size);
	EXPECT(!memcmp(fake.request.data, message, size));
	EXPECT_EQ(reply.len, size + 2);
	EXPECT(!memcmp(reply.data + 2, message, size));
	EXPECT_EQ(fake.requests, 1);
}
END_TEST

START_TEST(messages_too_long_fail)
{
	static uint8_t message[65537];

	use_form(_i);
	EXPECT(!guest_rpci(guest, message, sizeof(message), &reply));
	EXPECT_EQ(fake.requests, 0);
}
END_TEST

START_TEST(absent_memory_falls_back_to_pieces)
{
	static uint8_t message[5000];

	guest->hb = true;
	/* The guest's buffer is at its second page. */
	guest->absent = GUEST_BASE + 0x1000 + 0x1000 * _i;
	EXPECT(guest_rpci(guest, message, sizeof(message), &reply));
	EXPECT_EQ(fake.requests, 1);
	EXPECT_EQ(reply.len, sizeof(message) + 2);
	EXPECT_EQ(guest->restarts, 2);
}
END_TEST

START_TEST(high_bandwidth_comes_back_with_the_next_message)
{
	open_channel(RPCI);
	request(SENDSIZE, 4);
	EXPECT_EQ(transfer(VH_PORT_OUT, 16, 4), CPT);
	EXPECT_EQ(r.cx, 4);
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS);
	EXPECT_EQ(request(SENDPAYLOAD, 0), SUCCESS);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	EXPECT_EQ(transfer(VH_PORT_IN, GUEST_BASE - 1, 6), CPT);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV);
	request(RECVPAYLOAD, 1);
	request(RECVPAYLOAD, 1);
	EXPECT_EQ(request(RECVSTATUS, 1), SUCCESS);
	EXPECT_EQ(request(SENDSIZE, 4), SUCCESS | HB);
}
END_TEST

/* Checkpoints */

/* One at each step of a request and its reply: the request arrives once. */
START_TEST(a_checkpoint_at_any_step_delivers_once)
{
	unsigned int after, restarts = 0;

	use_form(_i);
	for (after = 0; after < 40; after++) {
		EXPECT(!vh_fault_ask(guest->host, "cpt", after, 1, NULL));
		guest->restarts = 0;
		fake.requests = 0;
		EXPECT(guest_rpci(guest, "twelve bytes", 12, &reply));
		EXPECT_EQ(reply.len, 14);
		EXPECT(!memcmp(reply.data, "1 twelve bytes", 14));
		EXPECT_EQ(fake.requests, 1);
		restarts += guest->restarts;
		vh_faults_clear(guest->host);
	}
	/* Pieces: 3 there, 4 back and the acknowledgement; whole: 1, 1 and that. */
	EXPECT_EQ(restarts, guest->hb ? 3 : 8);
}
END_TEST

START_TEST(a_checkpoint_fails_what_is_under_way_once)
{
	open_channel(RPCI);
	vh_channels_checkpoint(guest->host);
	EXPECT_EQ(request(SENDSIZE, 8), SUCCESS | HB);
	vh_channels_checkpoint(guest->host);
	EXPECT_EQ(request(SENDPAYLOAD, 0), CPT);
	EXPECT_EQ(request(SENDPAYLOAD, 0), 0);
	request(SENDSIZE, 4);
	vh_channels_checkpoint(guest->host);
	EXPECT_EQ(transfer(VH_PORT_OUT, GUEST_BASE, 4), CPT);
	EXPECT(guest_send(guest, &channel, "log", 3));

	/* A reply that nobody has asked for yet is kept, one that was asked for too. */
	vh_channels_checkpoint(guest->host);
	EXPECT_EQ(request(RECVSIZE, 0), SUCCESS | DORECV | HB);
	vh_channels_checkpoint(guest->host);
	EXPECT_EQ(request(RECVPAYLOAD, 1), CPT);
	EXPECT(guest_receive(guest, &channel, &reply));
	EXPECT(reply.len == 5 && !memcmp(reply.data, "1 log", 5));
}
END_TEST

START_TEST(closing_needs_no_second_try)
{
	open_channel(RPCI);
	request(SENDSIZE, 8);
	vh_channels_checkpoint(guest->host);
	EXPECT_EQ(request(CLOSE, 0), SUCCESS);
	open_channel(RPCI);
	EXPECT_EQ(request(SENDSIZE, 8), SUCCESS | HB);
	EXPECT_EQ(request(SENDPAYLOAD, 8), SUCCESS);
}
END_TEST

START_TEST(what_happens_to_a_vm_happens_to_its_channels)
{
	int64_t before = vh_wall_clock(guest->host);

	open_channel(TCLO);
	request(SENDSIZE, 8);
	vh_snapshot(guest->host);
	EXPECT(!strcmp(fake.last_event, "snapshot"));
	EXPECT_EQ(request(SENDPAYLOAD, 8), CPT);
	request(SENDSIZE, 8);
	vh_resume(guest->host, 1000);
	EXPECT(!strcmp(fake.last_event, "resume"));
	EXPECT_EQ(request(SENDPAYLOAD, 8), CPT);
	EXPECT(vh_wall_clock(guest->host) - before >= 1000000000);
	EXPECT_EQ(fake.closed, 0);
	vh_migrate(guest->host, -2000);
	EXPECT(!strcmp(fake.last_event, "migrate"));
	EXPECT_EQ(request(SENDSIZE, 0), 0);
	EXPECT(vh_wall_clock(guest->host) - before < 0);
	EXPECT_EQ(fake.closed, 1);

	open_channel(TCLO);
	vh_machine_reset(guest->host);
	EXPECT(!strcmp(fake.last_event, "reset"));
	EXPECT_EQ(request(SENDSIZE, 0), 0);
	EXPECT(fake.closed == 2 && fake.machine_resets == 1);
}
END_TEST

/* Other shapes of guests */

START_TEST(a_32_bit_guest_is_as_welcome)
{
	guest->vcpu.wide = false;
	use_form(_i);
	EXPECT(guest_rpci(guest, "log hi", 6, &reply));
	EXPECT_EQ(reply.len, 8);
}
END_TEST

START_TEST(channels_do_not_mix)
{
	struct guest_channel a, b;

	EXPECT(guest_open(guest, RPCI, &a) && guest_open(guest, RPCI, &b));
	EXPECT(a.id != b.id);
	channel = a;
	request(SENDSIZE, 8);
	request(SENDPAYLOAD, 0x61616161);
	EXPECT(guest_send(guest, &b, "b", 1));
	request(SENDPAYLOAD, 0x61616161);
	EXPECT(fake.request.len == 8 && !memcmp(fake.request.data, "aaaaaaaa", 8));
	EXPECT(guest_receive(guest, &b, &reply));
	EXPECT(reply.len == 3 && reply.data[2] == 'b');
	EXPECT(guest_receive(guest, &a, &reply));
	EXPECT(reply.len == 10 && reply.data[2] == 'a');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost channel");
	TCase *tests = tcase_create("channel");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, opening_gives_id_and_cookies);
	tcase_add_test(tests, without_being_asked_there_are_no_cookies);
	tcase_add_loop_test(tests, other_protocols_are_refused, 0, 5);
	tcase_add_test(tests, hosts_may_have_no_cookies);
	tcase_add_loop_test(tests, there_are_so_many_channels, 0, 2);
	tcase_add_test(tests, a_wrong_id_or_cookie_is_refused);
	tcase_add_test(tests, unknown_subcommands_are_refused);
	tcase_add_test(tests, a_channel_closed_by_the_guest_is_gone);
	tcase_add_test(tests, a_channel_closed_by_the_host_says_so);
	tcase_add_test(tests, a_forgotten_channel_is_unknown);
	tcase_add_test(tests, a_silent_channel_expires);
	tcase_add_test(tests, an_empty_message_is_delivered_at_once);
	tcase_add_test(tests, sizes_are_limited);
	tcase_add_test(tests, pieces_make_a_message);
	tcase_add_test(tests, a_new_size_drops_what_was_begun);
	tcase_add_loop_test(tests, a_whole_payload_needs_the_announced_count, 0, 5);
	tcase_add_test(tests, pieces_and_whole_do_not_mix);
	tcase_add_test(tests, other_high_bandwidth_commands_are_refused);
	tcase_add_test(tests, cookies_are_looked_at_in_transfers_too);
	tcase_add_test(tests, high_bandwidth_may_be_off);
	tcase_add_test(tests, there_is_nothing_to_receive_at_first);
	tcase_add_test(tests, a_reply_comes_in_pieces);
	tcase_add_test(tests, asking_for_the_size_again_begins_again);
	tcase_add_test(tests, a_whole_reply_needs_its_own_count);
	tcase_add_test(tests, a_hypercall_leaves_address_and_count);
	tcase_add_loop_test(tests, a_refused_message_is_dropped, 0, 2);
	tcase_add_test(tests, a_new_request_drops_the_reply);
	tcase_add_loop_test(tests, tclo_asks_and_answers, 0, FORMS);
	tcase_add_test(tests, only_a_poll_says_that_there_is_a_command);
	tcase_add_test(tests, a_message_leaves_an_announced_command_alone);
	tcase_add_test(tests, a_second_tclo_channel_closes_the_first);
	tcase_add_loop_test(tests, a_channel_may_end_while_it_is_served, 0, 2);
	tcase_add_loop_test(tests, messages_of_all_sizes_get_through, 0, 10 * FORMS);
	tcase_add_loop_test(tests, messages_too_long_fail, 0, FORMS);
	tcase_add_loop_test(tests, absent_memory_falls_back_to_pieces, 0, 2);
	tcase_add_test(tests, high_bandwidth_comes_back_with_the_next_message);
	tcase_add_loop_test(tests, a_checkpoint_at_any_step_delivers_once, 0, FORMS);
	tcase_add_test(tests, a_checkpoint_fails_what_is_under_way_once);
	tcase_add_test(tests, closing_needs_no_second_try);
	tcase_add_test(tests, what_happens_to_a_vm_happens_to_its_channels);
	tcase_add_loop_test(tests, a_32_bit_guest_is_as_welcome, 0, FORMS);
	tcase_add_test(tests, channels_do_not_mix);
	return run_suite(suite);
}
