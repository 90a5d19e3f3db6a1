// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The broker's part in freezing: what it asks of the process that does it (freeze.h), and
 * what it tells the worker of that.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "broker_parts.h"
#include "log.h"

/* The child thaws by itself; this much later, which its guard takes to start, it is not waited for. */
#define OVERDUE_MS 15000

unsigned int broker_thaw(struct broker *broker)
{
	unsigned int count;

	if (!broker->freeze.count)
		return 0;
	loop_cancel(&broker->loop, &broker->overdue);
	loop_remove(&broker->loop, &broker->frozen);
	count = freeze_end(&broker->freeze);
	log_release();
	return count;
}

static void frozen(void *data, uint32_t events)
{
	struct broker *broker = data;
	struct broker_answer message = { .op = BROKER_FREEZE, .id = broker->freeze_id };
	uint32_t count = (uint32_t)broker->freeze.count;

	(void)events;
	/* freeze_outcome() closes the descriptor unless all went well. */
	loop_remove(&broker->loop, &broker->frozen);
	message.result = freeze_outcome(&broker->freeze);
	message.freeze.count = count;
	if (!message.result) {
		loop_add(&broker->loop, &broker->frozen, broker->freeze.link, EPOLLIN);
	} else {
		loop_cancel(&broker->loop, &broker->overdue);
		log_release();
	}
	if (!broker->freeze_id) {
		message.op = BROKER_THAWED;
		log_warning("disks were thawed without being told to: %s", message.result > 0 ?
			    "the time was over" : "a process that held them was killed");
	} else if (message.result < 0) {
		memcpy(message.freeze.point, broker->freeze.failed_at,
		       sizeof(message.freeze.point));
	}
	broker->freeze_id = 0;
	broker_tell(broker, &message);
}

static void overdue(void *data)
{
	struct broker *broker = data;

	log_warning("disks are thawed: the process that was to do it is stuck");
	broker_thaw(broker);
	broker_tell_result(broker, broker->freeze_id ? BROKER_FREEZE : BROKER_THAWED, broker->freeze_id,
		      -ETIME);
	broker->freeze_id = 0;
}

int broker_freeze_start(struct broker *broker, const struct broker_request *request)
{
	struct buf mounts = { 0 };
	int error;

	if (broker->script || broker->freeze.count)
		return -EBUSY;
	error = broker_mounts(&mounts);
	if (!error) {
		log_hold();
		error = freeze_start(&broker->freeze, broker->ops->freeze,
				     str_of(mounts.data, mounts.len),
				     broker->settings.exclude_fs, request->freeze.limit,
				     request->freeze.ignore_frozen);
	}
	buf_free(&mounts);
	if (error) {
		log_release();
		return error;
	}
	broker->freeze_id = request->id;
	loop_add(&broker->loop, &broker->frozen, broker->freeze.link, EPOLLIN);
	loop_timer(&broker->loop, &broker->overdue, request->freeze.limit + OVERDUE_MS);
	return 0;
}

void broker_freeze_init(struct broker *broker)
{
	broker->frozen = (struct loop_fd){ -1, frozen, broker };
	broker->overdue = (struct loop_timer){ .fire = overdue, .data = broker };
}
