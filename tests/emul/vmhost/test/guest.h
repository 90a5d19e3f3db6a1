/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A guest without a machine: some memory, seen at the same address virtually and
 * physically, and the guest's side of the message channel, specification
 * "backdoor and GuestRPC" §5.3.
 */
#ifndef GUEST_H
#define GUEST_H

#include "../vmhost.h"

#define GUEST_BASE	0x100000u	/* where its memory begins */
#define GUEST_SIZE	(8u << 20)
#define GUEST_MAX	(1u << 20)	/* longest message that it takes */

struct guest {
	struct vh_guest vcpu;
	struct vmhost *host;
	uint8_t *memory;	/* GUEST_SIZE */
	uint64_t absent;	/* a page that is not there for a program; 0: none */
	bool hb, hypercall;	/* how it calls */
	unsigned int restarts;	/* after checkpoints */
	unsigned int interrupts;
	uint64_t interrupt_address;
	uint32_t interrupt_data;
};

struct guest_channel {
	uint32_t id, cookie_high, cookie_low;
	uint32_t status;	/* of the last request */
};

/* A guest on a new host, which takes the @options; ended by a NULL. */
struct guest *guest_new(const char *const options[]);
void guest_free(struct guest *guest);

/* One call as it is. */
bool guest_call(struct guest *guest, enum vh_entry entry, struct vh_regs *regs);
/* A command at port 0x5658: whether anybody is there. */
bool guest_command(struct guest *guest, uint32_t command, uint32_t arg, struct vh_regs *regs);

/* One request of the message channel. */
uint32_t guest_request(struct guest *guest, struct guest_channel *channel, unsigned int sub,
		       struct vh_regs *regs);

/* The procedures, with restarts. False: it failed, channel->status says how. */
bool guest_open(struct guest *guest, uint32_t protocol, struct guest_channel *channel);
bool guest_send(struct guest *guest, struct guest_channel *channel, const void *data, size_t len);
/* @message is cleared; DORECV in channel->status says whether there was one. */
bool guest_receive(struct guest *guest, struct guest_channel *channel, struct vh_buf *message);
bool guest_close(struct guest *guest, struct guest_channel *channel);

/* All of them for one RPCI request. */
bool guest_rpci(struct guest *guest, const void *request, size_t len, struct vh_buf *reply);

#endif
