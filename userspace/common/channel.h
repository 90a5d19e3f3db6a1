/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A channel for messages over the backdoor. A call cannot be waited for or interrupted;
 * a channel belongs to one thread. No system calls.
 *
 * Specification: backdoor and GuestRPC §5.
 */
#ifndef VMGUEST_CHANNEL_H
#define VMGUEST_CHANNEL_H

#include <stdint.h>
#include <sys/types.h>

#include "buf.h"

/* What the host may send at most; more is refused, not allocated. */
#define CHANNEL_RECEIVE_MAX (1u << 20)

struct channel {
	uint16_t id;
	uint32_t cookie_high, cookie_low;
};

/* channel_open() - @protocol is BACKDOOR_PROTO_…; -ENODEV: the host has none for us */
int channel_open(struct channel *channel, uint32_t protocol);
/*
 * channel_send() - sends one message, which may be empty
 * -ENOTCONN: the host does not know the channel (any more), and has got nothing;
 * -EIO: it broke off; -E2BIG: longer than the host takes.
 */
int channel_send(struct channel *channel, const void *data, size_t len);
/*
 * channel_receive() - appends a message if there is one
 * 1: there was; 0: none; -EIO: the channel is dead; -E2BIG, -ENOMEM: it was refused.
 */
int channel_receive(struct channel *channel, struct buf *message);
/* channel_close() - the host may not know it any more, which does not matter */
void channel_close(struct channel *channel);

#endif
