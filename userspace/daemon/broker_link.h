/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The worker's side of the socket to the broker. Nothing here waits: an answer comes to
 * a function, once for each request (for BROKER_DISKS once for each disk too), also when the
 * broker dies before it has answered.
 */
#ifndef VMGUESTD_BROKER_LINK_H
#define VMGUESTD_BROKER_LINK_H

#include "broker_msg.h"
#include "loop.h"

#define BROKER_PENDING 8

typedef void broker_done(void *data, const struct broker_answer *answer);

struct broker_link {
	struct loop *loop;
	struct loop_fd source;
	uint32_t next_id;
	struct {
		uint32_t id, op;	/* id 0: free */
		broker_done *done;
		void *data;
	} pending[BROKER_PENDING];
	broker_done *event;		/* what comes unasked, and op 0: the broker is gone */
	void *data;
};

/*
 * broker_link_start() - @fd, which broker_link_stop() closes, leads to the broker
 * @event hears with @data what comes unasked. 0 or -errno.
 */
int broker_link_start(struct broker_link *link, struct loop *loop, int fd, broker_done *event,
		      void *data);
/* broker_link_stop() - nobody is told: what waits is never answered */
void broker_link_stop(struct broker_link *link);
/* broker_ask() - fills in the id; @done may be NULL. -EPIPE, -EBUSY: nothing was asked */
int broker_ask(struct broker_link *link, struct broker_request *request, broker_done *done,
	       void *data);

#endif
