// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A guest that makes any call at ports 0x5658 and 0x5659, some of them as if it
 * knew what it does, on a host that has faults.
 */
#include "guest.h"
#include "input.h"
#include "fake_services.h"
#include "../host.h"

#include <stdlib.h>

#define CHANNELS	4

static struct guest *guest;
static struct guest_channel channels[CHANNELS];

static void raw(struct input *in)
{
	uint64_t form = take(in, 1);
	struct vh_regs r = {
		.ax = 0x564d5868, .bx = take(in, 4), .cx = take(in, 4),
		.dx = (form & 4 ? 0x5659 : 0x5658) | take(in, 2) << 16, .si = take(in, 8),
		.di = take(in, 8), .bp = take(in, 8),
	};

	guest->vcpu.cpl = form & 8 ? 3 : 0;
	guest_call(guest, form % 3, &r);
	guest->vcpu.cpl = 0;
}

static void command(struct input *in)
{
	uint32_t number = take(in, 2), high = take(in, 1);
	struct vh_regs r;

	guest_command(guest, number % VH_COMMANDS | high << 16, take(in, 4), &r);
}

static void request(struct input *in, struct guest_channel *channel)
{
	struct vh_regs r = { .bx = take(in, 3) };

	guest_request(guest, channel, take(in, 1) % 8, &r);
}

static void transfer(struct input *in, struct guest_channel *channel)
{
	uint64_t form = take(in, 1), address = GUEST_BASE + take(in, 3), count = take(in, 3);
	bool out = form & 1;
	struct vh_regs r = {
		.ax = 0x564d5868, .bx = 0x10000, .cx = count, .dx = channel->id << 16 | 0x5659,
		.si = out ? address : channel->cookie_high,
		.di = out ? channel->cookie_low : address,
		.bp = out ? channel->cookie_high : channel->cookie_low,
	};

	guest_call(guest, out ? VH_PORT_OUT : VH_PORT_IN, &r);
}

static void message(struct input *in, struct guest_channel *channel)
{
	static uint8_t bytes[0x10100];
	struct vh_buf reply = { 0 };
	uint64_t form = take(in, 1), size = take(in, form & 4 ? 2 : 1);

	guest->hb = form & 1;
	guest->hypercall = form & 2;
	guest->restarts = 0;
	guest_send(guest, channel, bytes, size);
	guest_receive(guest, channel, &reply);
	guest->hypercall = false;
	vh_buf_free(&reply);
}

static void befall(struct input *in)
{
	switch (take(in, 1) % 8) {
	case 0:
		vh_channels_checkpoint(guest->host);
		break;
	case 1:
		vh_channels_close(guest->host, 0);
		break;
	case 2:
		vh_migrate(guest->host, take(in, 2));
		break;
	case 3:
		vh_machine_reset(guest->host);
		break;
	case 4:
		vh_clock_pass(guest->host, take(in, 1));
		break;
	case 5:
		guest->absent = GUEST_BASE + (take(in, 1) << 12);
		break;
	case 6:
		fake.close_in_poll = take(in, 1) & 1;
		break;
	case 7:
		fake.close_in_rpci = take(in, 1) & 1;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct guest_channel *channel = channels;

	guest = guest_new(NULL);
	memset(channels, 0, sizeof(channels));
	while (in.left) {
		uint64_t what = take(&in, 1);

		channel = &channels[what >> 4 & 3];
		switch (what & 15) {
		case 0:
			raw(&in);
			break;
		case 1:
			command(&in);
			break;
		case 2:
			ask_for_fault(guest->host, &in);
			break;
		case 3:
			befall(&in);
			break;
		case 4:
			guest_open(guest, what & 0x80 ? 0x4f4c4354 : 0x49435052, channel);
			break;
		case 5:
			guest_close(guest, channel);
			break;
		case 6:
			vh_buf_add(&fake.command, "ping reset OS_Halt", take(&in, 1) % 19);
			break;
		case 7:
			transfer(&in, channel);
			break;
		case 8:
			message(&in, channel);
			break;
		default:
			request(&in, channel);
			break;
		}
		if (fake.request.len > BACKDOOR_MSG_MAX || fake.answer.len > BACKDOOR_MSG_MAX)
			abort();
	}
	guest_free(guest);
	fake_reset();
	return 0;
}
