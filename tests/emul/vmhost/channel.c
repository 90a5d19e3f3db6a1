// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Message channels: the state machine of specification "backdoor and GuestRPC"
 * §5.4. What is in a message is the business of the services.
 *
 * Every number from the guest is compared with what the host itself knows (the
 * channel's id with the table, a count with the announced length) before it is
 * used. A request fails with status 0 unless something better is known.
 */
#include "host.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define SUCCESS	BACKDOOR_STATUS_SUCCESS

/* A message at high bandwidth may touch so much memory. */
#define HB_MAX	((uint64_t)BACKDOOR_HB_MAX_PAGES << 12)

/* What faults may announce or make of a message, at most. */
#define FAULT_SIZE_MAX	(16u << 20)

static const char *protocol_name(uint32_t protocol)
{
	return protocol == BACKDOOR_PROTO_TCLO ? "TCLO" : "RPCI";
}

static int number_of(struct vmhost *host, const struct vh_channel *channel)
{
	return channel - host->channels.channel;
}

static bool is_open(const struct vh_channel *channel)
{
	return channel->state == VH_CHANNEL_OPEN;
}

static void end_out(struct vh_channel *channel)
{
	channel->out_state = VH_OUT_NONE;
	channel->no_hb = false;
	vh_buf_free(&channel->out);
}

static void end_in(struct vh_channel *channel)
{
	channel->sending = false;
	vh_buf_free(&channel->in);
}

static void end_channel(struct vmhost *host, struct vh_channel *channel,
			enum vh_channel_state state, const char *why)
{
	if (!is_open(channel))
		return;
	end_in(channel);
	end_out(channel);
	channel->state = state;
	channel->checkpoint = false;
	vh_event(host, "close", "{s:i, s:s, s:s}", "channel", number_of(host, channel),
		 "protocol", protocol_name(channel->protocol), "why", why);
	if (channel->protocol == BACKDOOR_PROTO_TCLO)
		vh_tclo_closed(host);
}

static void end_channels(struct vmhost *host, uint32_t protocol, enum vh_channel_state state,
			 const char *why)
{
	struct vh_channel *channel = host->channels.channel;
	size_t i;

	for (i = 0; i < BACKDOOR_CHANNELS; i++)
		if (!protocol || channel[i].protocol == protocol)
			end_channel(host, &channel[i], state, why);
}

void vh_channels_close(struct vmhost *host, uint32_t protocol)
{
	end_channels(host, protocol, VH_CHANNEL_CLOSED, "host");
}

void vh_channels_forget(struct vmhost *host)
{
	struct vh_channel *channel = host->channels.channel;
	size_t i;

	end_channels(host, 0, VH_CHANNEL_FREE, "forgotten");
	for (i = 0; i < BACKDOOR_CHANNELS; i++)
		channel[i].state = VH_CHANNEL_FREE;
}

void vh_channels_free(struct vmhost *host)
{
	size_t i;

	for (i = 0; i < BACKDOOR_CHANNELS; i++) {
		vh_buf_free(&host->channels.channel[i].in);
		vh_buf_free(&host->channels.channel[i].out);
	}
}

void vh_channels_expire(struct vmhost *host)
{
	uint64_t now = vh_monotonic(host), limit = host->options.idle * 1000000;
	struct vh_channel *channel = host->channels.channel;
	size_t i;

	for (i = 0; limit && i < BACKDOOR_CHANNELS; i++)
		if (now - channel[i].last_use > limit)
			end_channel(host, &channel[i], VH_CHANNEL_FREE, "idle");
}

static bool is_transferring(const struct vh_channel *channel)
{
	return channel->sending || channel->out_state == VH_OUT_ANNOUNCED;
}

void vh_channels_checkpoint(struct vmhost *host)
{
	struct vh_channel *channel = host->channels.channel;
	size_t i;

	for (i = 0; i < BACKDOOR_CHANNELS; i++)
		channel[i].checkpoint = is_open(&channel[i]) && is_transferring(&channel[i]);
}

/* What was sent so far is void; a message to the guest has to be fetched again. */
static uint32_t restart(struct vh_channel *channel)
{
	channel->checkpoint = false;
	end_in(channel);
	if (channel->out_state == VH_OUT_ANNOUNCED)
		channel->out_state = VH_OUT_READY;
	return BACKDOOR_STATUS_CPT;
}

/* Messages to the guest */

static void fill(struct vmhost *host, struct vh_buf *buf, uint64_t len)
{
	uint64_t word;

	while (buf->len < len) {
		word = vh_random(host);
		vh_buf_add(buf, &word, len - buf->len < 8 ? len - buf->len : 8);
	}
}

static uint64_t at_most(uint64_t value, uint64_t max)
{
	return value < max ? value : max;
}

/* channel->out holds a whole message; the guest may fetch it, if no fault comes between. */
static void offer(struct vmhost *host, struct vh_channel *channel)
{
	struct vh_buf *out = &channel->out;
	uint64_t arg;

	channel->out_state = VH_OUT_READY;
	channel->out_when = 0;
	channel->out_pos = 0;

	arg = out->len / 2;
	if (vh_fault(host, "reply-truncated", &arg) && arg < out->len)
		out->len = arg;
	arg = BACKDOOR_MSG_MAX + 1;
	if (vh_fault(host, "reply-oversized", &arg))
		fill(host, out, at_most(arg, FAULT_SIZE_MAX));
	arg = out->len;
	if (vh_fault(host, "garbage", &arg)) {
		vh_buf_clear(out);
		fill(host, out, at_most(arg, FAULT_SIZE_MAX));
	}
	arg = 1000;
	if (vh_fault(host, "reply-late", &arg))
		channel->out_when = vh_monotonic(host) + at_most(arg, 1u << 30) * 1000;
	if (vh_fault(host, "reply-withheld", NULL)) {
		end_out(channel);
		if (channel->protocol == BACKDOOR_PROTO_TCLO)
			vh_tclo_dropped(host);
	}
}

/* All of a message from the guest is there. */
static void deliver(struct vmhost *host, struct vh_channel *channel)
{
	struct vh_buf in = channel->in;

	/* The services may close channels: nothing of this one is used while they run. */
	channel->in = (struct vh_buf){ 0 };
	channel->sending = false;
	channel->no_hb = false;
	if (channel->protocol == BACKDOOR_PROTO_TCLO) {
		vh_tclo_message(host, in.data ? in.data : (const uint8_t *)"", in.len);
	} else {
		struct vh_buf reply = { 0 };

		end_out(channel);
		vh_rpci(host, in.data ? in.data : (const uint8_t *)"", in.len, &reply);
		if (is_open(channel)) {
			channel->out = reply;
			offer(host, channel);
		} else {
			vh_buf_free(&reply);
		}
	}
	vh_buf_free(&in);
}

static void drop_out(struct vmhost *host, struct vh_channel *channel)
{
	end_out(channel);
	if (channel->protocol == BACKDOOR_PROTO_TCLO)
		vh_tclo_dropped(host);
}

/* Requests. Each returns the status. */

static uint32_t hb_bit(struct vmhost *host, const struct vh_channel *channel)
{
	bool hb = host->options.hb && !channel->no_hb;

	if (vh_fault(host, "hb-off", NULL))
		hb = false;
	return hb ? BACKDOOR_STATUS_HB : 0;
}

static struct vh_channel *find_free(struct vmhost *host)
{
	struct vh_channel *channel = host->channels.channel, *closed = NULL;
	size_t i;

	for (i = 0; i < host->options.channels; i++) {
		if (channel[i].state == VH_CHANNEL_FREE)
			return &channel[i];
		if (channel[i].state == VH_CHANNEL_CLOSED && !closed)
			closed = &channel[i];
	}
	return closed;
}

static uint32_t open_channel(struct vmhost *host, struct vh_regs *regs)
{
	uint32_t protocol = regs->bx & ~BACKDOOR_PROTO_COOKIES;
	bool cookies = regs->bx & BACKDOOR_PROTO_COOKIES;
	struct vh_channel *channel;

	if (protocol != BACKDOOR_PROTO_RPCI && protocol != BACKDOOR_PROTO_TCLO)
		return 0;
	if (cookies && (!host->options.cookies || vh_fault(host, "cookies-refused", NULL)))
		return 0;
	if (vh_fault(host, "open-refused", NULL))
		return 0;
	if (protocol == BACKDOOR_PROTO_TCLO)
		vh_channels_close(host, protocol);
	channel = find_free(host);
	if (!channel)
		return 0;
	*channel = (struct vh_channel){
		.state = VH_CHANNEL_OPEN,
		.protocol = protocol,
		.cookies = cookies,
		.last_use = vh_monotonic(host),
	};
	if (cookies) {
		/* Never 0, which is what a guest passes that has none. */
		channel->cookie_high = (uint32_t)vh_random(host) | 1;
		channel->cookie_low = (uint32_t)vh_random(host) | 1;
	}
	regs->dx = (uint32_t)number_of(host, channel) << 16;
	regs->si = channel->cookie_high;
	regs->di = channel->cookie_low;
	vh_event(host, "open", "{s:i, s:s}", "channel", number_of(host, channel),
		 "protocol", protocol_name(protocol));
	if (protocol == BACKDOOR_PROTO_TCLO)
		vh_tclo_opened(host);
	return SUCCESS;
}

static uint32_t send_size(struct vmhost *host, struct vh_channel *channel, uint32_t size)
{
	if (size > BACKDOOR_MSG_MAX)
		return 0;
	end_in(channel);
	channel->in_len = size;
	channel->sending = size;
	if (!size)
		deliver(host, channel);
	return SUCCESS | hb_bit(host, channel);
}

static uint32_t send_payload(struct vmhost *host, struct vh_channel *channel, uint32_t piece)
{
	uint32_t word = htole32(piece);

	if (!channel->sending)
		return 0;
	vh_buf_add(&channel->in, &word, at_most(channel->in_len - channel->in.len, sizeof(word)));
	if (channel->in.len == channel->in_len)
		deliver(host, channel);
	return SUCCESS;
}

/* A TCLO guest that asks is given the next command, if there is one. */
static void poll_command(struct vmhost *host, struct vh_channel *channel)
{
	struct vh_buf command = { 0 };

	if (vh_tclo_poll(host, &command) && is_open(channel)) {
		channel->out = command;
		offer(host, channel);
	} else {
		vh_buf_free(&command);
	}
}

/* What the guest is sent looks like what it would send. */
static uint32_t type(struct vmhost *host, uint64_t right)
{
	uint64_t wrong = 3;

	return (uint32_t)(vh_fault(host, "wrong-type", &wrong) ? wrong : right) << 16;
}

static uint32_t announce(struct vmhost *host, struct vh_channel *channel, struct vh_regs *regs)
{
	uint64_t size = channel->out.len, lie = UINT32_MAX;

	if (vh_fault(host, "size-lie", &lie))
		size = lie;
	channel->out_state = VH_OUT_ANNOUNCED;
	channel->out_pos = 0;
	regs->bx = (uint32_t)size;
	regs->dx = type(host, BACKDOOR_MSG_SENDSIZE);
	return SUCCESS | BACKDOOR_STATUS_DORECV | hb_bit(host, channel);
}

static uint32_t recv_size(struct vmhost *host, struct vh_channel *channel, struct vh_regs *regs)
{
	uint64_t phantom = 4;

	if (channel->out_state == VH_OUT_NONE && channel->protocol == BACKDOOR_PROTO_TCLO)
		poll_command(host, channel);
	if (!is_open(channel))
		return BACKDOOR_STATUS_CLOSED;
	if (channel->out_state != VH_OUT_NONE && vh_monotonic(host) >= channel->out_when)
		return announce(host, channel, regs);
	if (!vh_fault(host, "phantom", &phantom))
		return SUCCESS;
	regs->bx = (uint32_t)phantom;
	regs->dx = type(host, BACKDOOR_MSG_SENDSIZE);
	return SUCCESS | BACKDOOR_STATUS_DORECV;
}

static uint32_t withdraw(struct vmhost *host, struct vh_channel *channel)
{
	drop_out(host, channel);
	return BACKDOOR_STATUS_UNSENT;
}

static uint32_t recv_payload(struct vmhost *host, struct vh_channel *channel, struct vh_regs *regs)
{
	size_t left = channel->out.len - channel->out_pos, n = at_most(left, 4);
	uint32_t word = 0;

	if (channel->out_state != VH_OUT_ANNOUNCED)
		return 0;
	if (!(regs->bx & SUCCESS)) {
		drop_out(host, channel);
		return SUCCESS;
	}
	if (vh_fault(host, "unsent", NULL))
		return withdraw(host, channel);
	if (!left)
		return 0;
	memcpy(&word, channel->out.data + channel->out_pos, n);
	channel->out_pos += n;
	regs->bx = le32toh(word);
	regs->dx = type(host, BACKDOOR_MSG_SENDPAYLOAD);
	return SUCCESS;
}

static uint32_t recv_status(struct vmhost *host, struct vh_channel *channel, uint32_t status)
{
	if (channel->out_state != VH_OUT_ANNOUNCED)
		return 0;
	if (!(status & SUCCESS))
		drop_out(host, channel);
	else if (channel->out_pos == channel->out.len)
		end_out(channel);
	else
		return 0;
	return SUCCESS;
}

/*
 * Finds the channel of a request that is not OPEN, and says what speaks against
 * going on with it: returns NULL with the status, or the channel.
 */
static struct vh_channel *admit(struct vmhost *host, uint32_t id, uint32_t cookie_high,
				uint32_t cookie_low, unsigned int sub, uint32_t *status)
{
	uint64_t bits = BACKDOOR_STATUS_TIMEOUT;
	struct vh_channel *channel;

	*status = 0;
	vh_channels_expire(host);
	if (id >= BACKDOOR_CHANNELS)
		return NULL;
	channel = &host->channels.channel[id];
	if (channel->state == VH_CHANNEL_FREE)
		return NULL;
	if (channel->cookies &&
	    (channel->cookie_high != cookie_high || channel->cookie_low != cookie_low))
		return NULL;
	if (is_open(channel)) {
		channel->last_use = vh_monotonic(host);
		if (vh_fault_at(host, "bad-cookie", sub) || vh_fault_at(host, "fail", sub))
			return NULL;
		if (vh_fault_at(host, "forgotten", sub))
			end_channel(host, channel, VH_CHANNEL_FREE, "fault");
		else if (vh_fault_at(host, "closed", sub))
			end_channel(host, channel, VH_CHANNEL_CLOSED, "fault");
	}
	if (!is_open(channel)) {
		*status = channel->state == VH_CHANNEL_CLOSED ? BACKDOOR_STATUS_CLOSED : 0;
		return NULL;
	}
	if (vh_fault(host, "status", &bits)) {
		*status = bits & 0xffff;
		return NULL;
	}
	if (sub == BACKDOOR_MSG_CLOSE)
		return channel;
	if ((is_transferring(channel) && vh_fault_at(host, "cpt", sub)) ||
	    vh_fault_at(host, "cpt-anywhere", sub) || channel->checkpoint) {
		*status = restart(channel);
		return NULL;
	}
	return channel;
}

static uint32_t garble(struct vmhost *host, uint32_t status)
{
	return vh_fault(host, "garbage-status", NULL) ? (uint16_t)vh_random(host) : status;
}

void vh_channel_request(struct vmhost *host, struct vh_regs *regs)
{
	unsigned int sub = (uint32_t)regs->cx >> 16;
	struct vh_channel *channel;
	uint32_t status;

	host->channels.requests++;
	if (sub == BACKDOOR_MSG_OPEN) {
		vh_channels_expire(host);
		status = open_channel(host, regs);
		regs->cx = garble(host, status) << 16;
		return;
	}
	channel = admit(host, (uint32_t)regs->dx >> 16, regs->si, regs->di, sub, &status);
	if (channel) {
		switch (sub) {
		case BACKDOOR_MSG_SENDSIZE:
			status = send_size(host, channel, regs->bx);
			break;
		case BACKDOOR_MSG_SENDPAYLOAD:
			status = send_payload(host, channel, regs->bx);
			break;
		case BACKDOOR_MSG_RECVSIZE:
			status = recv_size(host, channel, regs);
			break;
		case BACKDOOR_MSG_RECVPAYLOAD:
			status = recv_payload(host, channel, regs);
			break;
		case BACKDOOR_MSG_RECVSTATUS:
			status = recv_status(host, channel, regs->bx);
			break;
		case BACKDOOR_MSG_CLOSE:
			end_channel(host, channel, VH_CHANNEL_FREE, "guest");
			status = SUCCESS;
			break;
		}
	}
	regs->cx = garble(host, status) << 16;
}

/* High bandwidth */

/* The guest shall try again, and then in pieces: those need no memory. */
static uint32_t absent(struct vh_channel *channel)
{
	channel->no_hb = true;
	return restart(channel);
}

static uint32_t transfer_out(struct vmhost *host, struct vh_guest *guest,
			     struct vh_channel *channel, uint64_t address, uint64_t count)
{
	uint8_t *data;

	if (!channel->sending || channel->in.len || count != channel->in_len)
		return 0;
	data = malloc(count);
	if (!data || !guest->read(guest, address, data, count)) {
		free(data);
		return absent(channel);
	}
	vh_buf_add(&channel->in, data, count);
	free(data);
	deliver(host, channel);
	return SUCCESS;
}

static uint32_t transfer_in(struct vmhost *host, struct vh_guest *guest,
			    struct vh_channel *channel, uint64_t address, uint64_t count)
{
	if (channel->out_state != VH_OUT_ANNOUNCED || channel->out_pos || !count ||
	    count != channel->out.len)
		return 0;
	if (vh_fault(host, "unsent", NULL))
		return withdraw(host, channel);
	if (!guest->write(guest, address, channel->out.data, count))
		return absent(channel);
	channel->out_pos = count;
	return SUCCESS;
}

void vh_channel_transfer(struct vmhost *host, struct vh_guest *guest, enum vh_entry form,
			 bool hypercall, struct vh_regs *regs)
{
	bool out = form == VH_PORT_OUT;
	uint64_t *address = out ? &regs->si : &regs->di, count = regs->cx;
	uint32_t high = out ? regs->bp : regs->si, low = out ? regs->di : regs->bp;
	unsigned int sub = out ? BACKDOOR_MSG_SENDPAYLOAD : BACKDOOR_MSG_RECVPAYLOAD;
	uint64_t from = out ? regs->si : regs->di;
	struct vh_channel *channel;
	uint32_t status = 0;

	host->channels.transfers++;
	if (host->options.hb && (regs->bx & 0xffff) == BACKDOOR_HB_MESSAGE &&
	    count <= HB_MAX - (from & 0xfff)) {
		channel = admit(host, (uint32_t)regs->dx >> 16, high, low, sub, &status);
		if (channel)
			status = out ? transfer_out(host, guest, channel, from, count) :
				       transfer_in(host, guest, channel, from, count);
	}
	status = garble(host, status);
	regs->bx = (regs->bx & 0xffff) | status << 16;
	if (status & SUCCESS && !hypercall) {
		*address += count;
		regs->cx = 0;
	}
}
