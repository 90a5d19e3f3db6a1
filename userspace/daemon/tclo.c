// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Polling the backdoor as rarely as the protocol lets us: at once after a command, after
 * at most 100 ms while there may be more to come, once a second when idle. Over vsock the
 * host's command wakes us, and a ping each second is the sign of life.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "log.h"
#include "tclo.h"

#define FIRST_MS 10
/* And as late as SLACK_NS lets a timer be: 75 in all, and time for the answer within 100. */
#define FAST_MS 50
#define IDLE_MS 1000
#define FAST_FOR_MS 60000	/* after start, reset and reopening */
#define RETRY_MS 1000
/* Below half of what a supervisor's watchdog waits for a word of ours: the tick has it. */
#define RETRY_MAX_MS 10000
#define CONNECT_MS 500
/* Bytes of memory for a command that are kept for the next one: most are short. */
#define KEEP 4096
/* Commands that a host may have waiting (it is to have one) before others have their turn. */
#define AT_ONCE 8
/* One that has it but does not use it is found over the backdoor meanwhile. */
#define VSOCK_PAUSE_MS 300000
/* A host greets a new channel at once. */
#define GREETING_MS 10000

unsigned int tclo_pause(unsigned int before, bool fast)
{
	unsigned int cap = fast ? FAST_MS : IDLE_MS;
	unsigned int pause = before ? before * 2 : FIRST_MS;

	/* From 100 ms straight to a second: what is between has the cost without the use. */
	if (!fast && pause > 2 * FAST_MS)
		pause = IDLE_MS;
	return pause < cap ? pause : cap;
}

static bool fast(const struct tclo *tclo)
{
	return tclo->busy || loop_now(tclo->loop) < tclo->fast_until;
}

static void fail(struct tclo *tclo)
{
	unsigned int pause = RETRY_MS;

	tclo->errors++;
	if (tclo->conn.fd >= 0 && tclo_up(tclo) && !tclo->alive)
		tclo->vsock_after = loop_now(tclo->loop) + VSOCK_PAUSE_MS;
	loop_remove(tclo->loop, &tclo->source);
	conn_close(&tclo->conn);
	for (unsigned int i = 0; i < tclo->failures && pause < RETRY_MAX_MS; i++)
		pause *= 2;
	if (pause > RETRY_MAX_MS)
		pause = RETRY_MAX_MS;
	if (!tclo->failures++)
		log_info("the host's channel is closed; trying again");
	loop_timer(tclo->loop, &tclo->timer, pause);
}

static void took(struct tclo *tclo)
{
	tclo->failures = 0;
	tclo->last_look = loop_now(tclo->loop);
	tclo->looks++;
	if (!tclo->answered_reset)
		return;
	tclo->answered_reset = false;
	tclo->alive = true;
	tclo->reconsider = true;
	tclo->fast_until = loop_now(tclo->loop) + FAST_FOR_MS;
	tclo->reset(tclo->data);
}

static void execute(struct tclo *tclo)
{
	struct str command = str_of(tclo->in.data, tclo->in.len);
	struct str name = command;

	buf_clear(&tclo->out);
	tclo->greeted = true;
	tclo->commands++;
	tclo->command(tclo->data, command, &tclo->out);
	if (tclo->out.error || tclo->out.len > 65536) {
		buf_free(&tclo->out);
		buf_str(&tclo->out, "ERROR Answer too long");
	}
	name = str_cut(&command, '\0');
	tclo->answered_reset = str_is(str_cut(&name, ' '), "reset");
	buf_clear(&tclo->in);
	buf_shrink(&tclo->in, KEEP);
}

/* One round: the answer to the last command, or a sign of life; then the next command. */
static void look(struct tclo *tclo)
{
	int ret = conn_send(&tclo->conn, tclo->out.data, tclo->out.len);

	if (ret) {
		fail(tclo);
		return;
	}
	buf_clear(&tclo->out);
	took(tclo);
	ret = conn_receive(&tclo->conn, &tclo->in);
	if (ret == 1) {
		execute(tclo);
		tclo->pause = 0;
		loop_timer(tclo->loop, &tclo->timer, 0);
	} else if (!ret || ret == -E2BIG || ret == -ENOMEM) {
		tclo->pause = tclo_pause(tclo->pause, fast(tclo));
		loop_timer(tclo->loop, &tclo->timer, tclo->pause);
	} else {
		fail(tclo);
	}
}

static void readable(void *data, uint32_t events)
{
	struct tclo *tclo = data;
	int ret = 1;

	(void)events;
	for (int i = 0; i < AT_ONCE && ret == 1; i++) {
		ret = conn_receive(&tclo->conn, &tclo->in);
		if (ret < 0)
			break;
		if (!ret)
			continue;
		execute(tclo);
		if (conn_send(&tclo->conn, tclo->out.data, tclo->out.len)) {
			ret = -EIO;
			break;
		}
		buf_clear(&tclo->out);
		took(tclo);
	}
	if (ret < 0) {
		fail(tclo);
		return;
	}
	/* What is read already does not make the socket readable again. */
	if (ret || tclo->more)
		loop_timer(tclo->loop, &tclo->timer, ret ? 0 : IDLE_MS);
	tclo->more = ret;
}

static void ping(struct tclo *tclo)
{
	bool silent = !tclo->greeted && loop_now(tclo->loop) - tclo->since > GREETING_MS;

	if (silent || (tclo->alive && conn_send(&tclo->conn, NULL, 0))) {
		fail(tclo);
		return;
	}
	tclo->last_look = loop_now(tclo->loop);
	tclo->looks++;
	loop_timer(tclo->loop, &tclo->timer, IDLE_MS);
}

static bool open_vsock(struct tclo *tclo)
{
	uint64_t now = loop_now(tclo->loop);

	if (!tclo->vsock || now < tclo->vsock_after)
		return false;
	if (!conn_vsock(&tclo->conn, CONN_TCLO, CONN_ANY, CONNECT_MS)) {
		tclo->source = (struct loop_fd){ -1, readable, tclo };
		if (!loop_add(tclo->loop, &tclo->source, tclo->conn.fd, EPOLLIN))
			return true;
		conn_close(&tclo->conn);
	}
	tclo->vsock_after = now + VSOCK_PAUSE_MS;
	return false;
}

static void opened(struct tclo *tclo)
{
	buf_clear(&tclo->out);
	tclo->answered_reset = false;
	tclo->reconsider = false;
	tclo->alive = false;
	tclo->greeted = false;
	tclo->more = false;
	tclo->pause = 0;
	tclo->since = loop_now(tclo->loop);
	tclo->fast_until = tclo->since + FAST_FOR_MS;
	tclo->opened++;
	loop_timer(tclo->loop, &tclo->timer, 0);
}

static void open_channel(struct tclo *tclo)
{
	if (open_vsock(tclo) || !conn_backdoor(&tclo->conn, CONN_TCLO))
		opened(tclo);
	else
		fail(tclo);
}

/* From the backdoor to vsock, if that can be had by now. */
static void move(struct tclo *tclo)
{
	struct conn before = tclo->conn;

	tclo->reconsider = false;
	tclo->conn = (struct conn){ 0 };
	if (open_vsock(tclo)) {
		conn_close(&before);
		opened(tclo);
	} else {
		tclo->conn = before;
	}
}

static void fire(void *data)
{
	struct tclo *tclo = data;

	if (!tclo_up(tclo))
		open_channel(tclo);
	else if (tclo->conn.fd < 0)
		look(tclo);
	else if (tclo->more)
		readable(tclo, 0);
	else
		ping(tclo);
	if (tclo->reconsider && tclo_up(tclo) && tclo->conn.fd < 0 && !tclo->out.len)
		move(tclo);
	tclo->tick(tclo->data);
}

void tclo_start(struct tclo *tclo)
{
	tclo->source = (struct loop_fd){ -1, readable, tclo };
	tclo->timer = (struct loop_timer){ .fire = fire, .data = tclo };
	loop_timer(tclo->loop, &tclo->timer, 0);
}

void tclo_stop(struct tclo *tclo)
{
	loop_cancel(tclo->loop, &tclo->timer);
	loop_remove(tclo->loop, &tclo->source);
	/* What the host has asked is answered before we go. */
	if (tclo_up(tclo) && tclo->out.len)
		conn_send(&tclo->conn, tclo->out.data, tclo->out.len);
	conn_close(&tclo->conn);
	buf_free(&tclo->in);
	buf_free(&tclo->out);
}

bool tclo_up(const struct tclo *tclo)
{
	return tclo->conn.ops;
}

void tclo_hurry(struct tclo *tclo, bool begins)
{
	if (begins)
		tclo->busy++;
	else if (tclo->busy)
		tclo->busy--;
	if (begins && tclo_up(tclo) && tclo->conn.fd < 0 && tclo->pause > FAST_MS) {
		tclo->pause = FAST_MS;
		loop_timer(tclo->loop, &tclo->timer, FAST_MS);
	}
}
