// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Messages in pieces over the backdoor: channel.h.
 *
 * At any call the machine may have been somewhere else: suspended, brought back to a
 * snapshot, or on another host. The host then breaks off with CPT and wants the message
 * once more from its beginning, or does not know the channel.
 */
#include "channel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "backdoor.h"

/* A host that breaks off for ever is not waited for. */
#define RESTARTS 8

struct reply {
	uint16_t status;
	uint16_t type;		/* high half of edx */
	uint32_t value;		/* ebx */
};

static struct reply request(const struct channel *channel, uint16_t sub, uint32_t value)
{
	struct backdoor_regs regs = {
		.bx = value,
		.cx = (uint32_t)sub << 16 | BACKDOOR_CMD_MESSAGE,
		.dx = (uint32_t)channel->id << 16,
		.si = channel->cookie_high,
		.di = channel->cookie_low,
	};

	backdoor_call(&regs);
	return (struct reply){
		.status = (uint32_t)regs.cx >> 16,
		.type = (uint32_t)regs.dx >> 16,
		.value = regs.bx,
	};
}

static bool good(uint16_t status)
{
	return status & BACKDOOR_STATUS_SUCCESS;
}

/* -EAGAIN: the whole message once more; -EIO: the channel is dead. */
static int failure(uint16_t status)
{
	return status & BACKDOOR_STATUS_CPT ? -EAGAIN : -EIO;
}

static bool by_hb(uint16_t status)
{
	return status & BACKDOOR_STATUS_HB && backdoor_has_hb();
}

static uint16_t transfer(const struct channel *channel, void *data, size_t len, bool out)
{
	return backdoor_transfer(&(struct backdoor_hb){
		.channel = channel->id,
		.cookie_high = channel->cookie_high,
		.cookie_low = channel->cookie_low,
		.data = data,
		.len = len,
		.out = out,
	});
}

int channel_open(struct channel *channel, uint32_t protocol)
{
	/* Old hosts know no cookies; then there are none. */
	const uint32_t ask[] = { protocol | BACKDOOR_PROTO_COOKIES, protocol };

	for (int i = 0; i < 2; i++) {
		struct backdoor_regs regs = {
			.bx = ask[i],
			.cx = (uint32_t)BACKDOOR_MSG_OPEN << 16 | BACKDOOR_CMD_MESSAGE,
		};

		backdoor_call(&regs);
		if (!good((uint32_t)regs.cx >> 16))
			continue;
		*channel = (struct channel){ .id = (uint32_t)regs.dx >> 16 };
		if (ask[i] & BACKDOOR_PROTO_COOKIES) {
			channel->cookie_high = regs.si;
			channel->cookie_low = regs.di;
		}
		return 0;
	}
	return -ENODEV;
}

static int send_pieces(struct channel *channel, const char *data, size_t len)
{
	for (size_t at = 0; at < len; at += 4) {
		struct reply reply;
		uint32_t piece = 0;

		memcpy(&piece, data + at, len - at < 4 ? len - at : 4);
		reply = request(channel, BACKDOOR_MSG_SENDPAYLOAD, piece);
		if (!good(reply.status))
			return failure(reply.status);
	}
	return 0;
}

static int send_once(struct channel *channel, const void *data, size_t len)
{
	struct reply reply = request(channel, BACKDOOR_MSG_SENDSIZE, len);
	uint16_t status;

	if (!good(reply.status))
		return reply.status & BACKDOOR_STATUS_CPT ? -EAGAIN : -ENOTCONN;
	if (!len)
		return 0;
	if (!by_hb(reply.status))
		return send_pieces(channel, data, len);
	status = transfer(channel, (void *)data, len, true);
	return good(status) ? 0 : failure(status);
}

int channel_send(struct channel *channel, const void *data, size_t len)
{
	int ret = -EAGAIN;

	if (len > BACKDOOR_MSG_MAX)
		return -E2BIG;
	for (int i = 0; i <= RESTARTS && ret == -EAGAIN; i++)
		ret = send_once(channel, data, len);
	return ret == -EAGAIN ? -EIO : ret;
}

/* Says that the message is not wanted; the host drops it. */
static int refuse(struct channel *channel, uint32_t len, int error)
{
	request(channel, len ? BACKDOOR_MSG_RECVPAYLOAD : BACKDOOR_MSG_RECVSTATUS, 0);
	return error;
}

static int receive_pieces(struct channel *channel, char *to, size_t len)
{
	for (size_t at = 0; at < len; at += 4) {
		struct reply reply = request(channel, BACKDOOR_MSG_RECVPAYLOAD,
					     BACKDOOR_STATUS_SUCCESS);

		if (!good(reply.status))
			return failure(reply.status);
		if (reply.type != BACKDOOR_MSG_SENDPAYLOAD)
			return refuse(channel, len, -EIO);
		memcpy(to + at, &reply.value, len - at < 4 ? len - at : 4);
	}
	return 0;
}

static int receive_once(struct channel *channel, struct buf *message)
{
	struct reply reply = request(channel, BACKDOOR_MSG_RECVSIZE, 0);
	uint32_t len = reply.value;
	char *to;
	int ret = 0;

	if (!good(reply.status))
		return failure(reply.status);
	if (!(reply.status & BACKDOOR_STATUS_DORECV))
		return 0;
	if (reply.type != BACKDOOR_MSG_SENDSIZE)
		return refuse(channel, len, -EIO);
	if (len > CHANNEL_RECEIVE_MAX)
		return refuse(channel, len, -E2BIG);
	to = buf_room(message, len);
	if (!to)
		return refuse(channel, len, message->error);
	if (len && by_hb(reply.status)) {
		uint16_t status = transfer(channel, to, len, false);

		ret = good(status) ? 0 : failure(status);
	} else {
		ret = receive_pieces(channel, to, len);
	}
	if (ret)
		return ret;
	reply = request(channel, BACKDOOR_MSG_RECVSTATUS, BACKDOOR_STATUS_SUCCESS);
	if (!good(reply.status))
		return failure(reply.status);
	to[len] = '\0';
	message->len += len;
	return 1;
}

int channel_receive(struct channel *channel, struct buf *message)
{
	int ret = -EAGAIN;

	for (int i = 0; i <= RESTARTS && ret == -EAGAIN; i++)
		ret = receive_once(channel, message);
	return ret == -EAGAIN ? -EIO : ret;
}

void channel_close(struct channel *channel)
{
	request(channel, BACKDOOR_MSG_CLOSE, 0);
	*channel = (struct channel){ 0 };
}
