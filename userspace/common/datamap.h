/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * How GuestRPC is framed on a vsock stream: a length, then typed fields, all of them
 * big-endian words. No system calls; whatever the other side sends is checked here once.
 *
 * Specification: backdoor and GuestRPC §8.2.
 */
#ifndef VMGUEST_DATAMAP_H
#define VMGUEST_DATAMAP_H

#include <stdbool.h>
#include <sys/types.h>

#include "buf.h"
#include "str.h"

/* Announced content that is larger is an error: 64 KiB of message, 4 KiB of fields. */
#define DATAMAP_MAX (68u << 10)

enum datamap_type {
	DATAMAP_DATA = 1,
	DATAMAP_PING = 2,
};

struct datamap {
	enum datamap_type type;
	struct str payload;	/* points into what was parsed; empty if there was none */
	bool fast_close;	/* the sender closes when it has read the reply */
};

/* datamap_add() - appends one packet. An empty payload cannot be said: it is left out. */
void datamap_add(struct buf *buf, const struct datamap *packet);

/*
 * datamap_parse() - the packet at the beginning of @data
 * Returns how many bytes it takes, 0 if more are needed to know it, -EPROTO if it never
 * can become one (the connection is of no more use).
 */
ssize_t datamap_parse(const void *data, size_t len, struct datamap *packet);

#endif
