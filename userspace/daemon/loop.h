/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The event loop: descriptors and timers, one thread. Sources are embedded in what
 * they belong to; nothing is allocated. A handler may remove any source, itself included.
 */
#ifndef VMGUESTD_LOOP_H
#define VMGUESTD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop_fd {
	int fd;			/* -1: not in the loop */
	void (*ready)(void *data, uint32_t events);
	void *data;
};

struct loop_timer {
	uint64_t due;		/* milliseconds of the loop's clock */
	void (*fire)(void *data);
	void *data;
	struct loop_timer *next;
	bool armed;
};

struct loop {
	int epoll;
	bool stop;
	uint64_t turns;			/* wakeups */
	struct loop_timer *timers;	/* the next one first */
	uint64_t (*clock)(void);	/* milliseconds; tests have their own */
};

/* loop_init() - 0 or -errno; loop_close() - its sources are their owners' to close */
int loop_init(struct loop *loop);
void loop_close(struct loop *loop);
/* loop_now() - milliseconds, which stand still while the machine sleeps */
static inline uint64_t loop_now(const struct loop *loop)
{
	return loop->clock();
}

/*
 * loop_add() - @source->ready and ->data are set already; does not take over @fd
 * @events: EPOLLIN, … as long as there are any. 0 or -errno.
 */
int loop_add(struct loop *loop, struct loop_fd *source, int fd, uint32_t events);
/* loop_remove() - also one that is not in it */
void loop_remove(struct loop *loop, struct loop_fd *source);

/* loop_timer() - fires once, @ms from now; one that waits is set anew */
void loop_timer(struct loop *loop, struct loop_timer *timer, uint64_t ms);
/* loop_cancel() - also one that does not wait */
void loop_cancel(struct loop *loop, struct loop_timer *timer);

/* loop_run() - until ->stop is set; 0 or -errno */
int loop_run(struct loop *loop);
/* loop_turn() - waits for one event, at most @ms (-1: for ever), and handles it; 0 or -errno */
int loop_turn(struct loop *loop, int ms);
/* loop_expire() - fires what is due; returns milliseconds to the next timer, or -1 */
int loop_expire(struct loop *loop);

#endif
