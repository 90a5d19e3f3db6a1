/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * RPCI: a request to the host and its reply. Over vsock where that can be had as the
 * guest's root, else over the backdoor; a connection is kept for the next request.
 *
 * Specification: backdoor and GuestRPC §6.1, §8.3.
 */
#ifndef VMGUEST_RPC_H
#define VMGUEST_RPC_H

#include <stdint.h>

#include "conn.h"
#include "str.h"

/* Zeroed but for the first two. After detect(). */
struct rpc {
	enum conn_privilege privilege;
	bool once;		/* no second request is to be expected */
	struct conn conn;
	/* vsock failed: until then (CLOCK_MONOTONIC, ms) it is not tried again */
	uint64_t vsock_after;
	unsigned int vsock_pause;
};

enum rpc_flags {
	RPC_REPEAT = 1,	/* asking twice does no harm, so a lost reply may be asked for again */
};

/*
 * rpc_call() - asks the host; @reply gets what it says behind the 1 or 0
 * 1: the host says yes; 0: it says no; negative: it was not asked, or has not answered,
 * and @reply is a text of ours that says so.
 */
int rpc_call(struct rpc *rpc, struct str request, unsigned int flags, struct buf *reply);
/* rpc_reset() - the machine may be on another host now: forgets what was learnt of the old one */
void rpc_reset(struct rpc *rpc);
/* rpc_close() - ends a connection that was kept; the next request makes another */
void rpc_close(struct rpc *rpc);

/* rpc_verdict() - 1 or 0 and what stands behind it, or -EPROTO. No system calls. */
int rpc_verdict(struct str message, struct str *result);

#endif
