/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Message channels: command 30 of the backdoor, and the high-bandwidth port.
 */
#ifndef VMHOST_CHANNEL_H
#define VMHOST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vmw/backdoor_dev.h>

#include "vmhost.h"

enum vh_channel_state {
	VH_CHANNEL_FREE,
	VH_CHANNEL_OPEN,
	VH_CHANNEL_CLOSED,	/* by the host, which tells the guest when it next asks */
};

enum vh_out_state {
	VH_OUT_NONE,
	VH_OUT_READY,		/* the guest has not asked for it yet */
	VH_OUT_ANNOUNCED,
};

struct vh_channel {
	enum vh_channel_state state;
	uint32_t protocol;	/* BACKDOOR_PROTO_… */
	bool cookies;
	uint32_t cookie_high, cookie_low;
	uint64_t last_use;	/* vh_monotonic() */

	bool sending;		/* guest to host: announced, and not yet all there */
	uint32_t in_len;
	struct vh_buf in;	/* what is there */

	enum vh_out_state out_state;
	uint64_t out_when;	/* not before: vh_monotonic() */
	uint32_t out_said;	/* the length that the guest is told */
	size_t out_pos;
	struct vh_buf out;

	bool checkpoint;	/* tell the guest with its next request */
	bool no_hb;		/* until a message got through: its memory was not there */
};

struct vh_channels {
	struct vh_channel channel[BACKDOOR_CHANNELS];
	uint64_t requests, transfers;
};

struct vmhost;

/* Command 30 at the low-bandwidth port. */
void vh_channel_request(struct vmhost *host, struct vh_regs *regs);

/*
 * A whole payload at the high-bandwidth port.
 * @hypercall: the caller's address and count stay as they are; rep moves them on
 */
void vh_channel_transfer(struct vmhost *host, struct vh_guest *guest, enum vh_entry form,
			 bool hypercall, struct vh_regs *regs);

void vh_channels_free(struct vmhost *host);

#endif
