/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The worker: the process that parses whatever comes from outside, and may do nothing. A
 * service is a file with functions that dispatch.c names; what it remembers is a member here.
 */
#ifndef VMGUESTD_WORKER_H
#define VMGUESTD_WORKER_H

#include "broker_link.h"
#include "customize.h"
#include "control.h"
#include "guestinfo.h"
#include "health.h"
#include "notify.h"
#include "power.h"
#include "quiesce.h"
#include "rpc.h"
#include "settings.h"
#include "tclo.h"
#include "timesync.h"

struct worker {
	struct loop loop;
	struct settings settings;
	struct rpc rpc;
	struct buf reply;		/* of the last request, until the next one */
	struct tclo tclo;
	struct broker_link broker;
	struct notify notify;
	struct control ctl;

	struct guestinfo info;
	struct power power;
	struct timesync time;
	struct quiesce quiesce;
	struct health health;
	struct customize customize;

	bool registered;		/* since the last reset */
	bool said_version;		/* on the host's log, once */
	bool frozen;			/* disks are: no logging, no looking at files */
	bool reload_pending;
	bool failed;
	struct loop_fd signals;
	enum log_level host_level;	/* nothing less urgent goes to the host's log */
	uint64_t log_minute;
	unsigned int log_lines;		/* to the host, in this minute */
	uint64_t started;
	uint64_t resets, requests, refused;
};

/*
 * worker_init() - what needs privileges or paths that the sandbox closes
 * @broker: socket to the broker, which worker_close() closes. 0 or -errno.
 */
int worker_init(struct worker *worker, int broker);
/* worker_run() - until a signal, the broker's word or its end; the process's exit status */
int worker_run(struct worker *worker);
/* worker_close() - takes leave of the host; also after worker_init() has failed */
void worker_close(struct worker *worker);
/* worker_reload() - reads the configuration; while disks are frozen, when they no longer are */
void worker_reload(struct worker *worker);

/* worker_command() - executes a command of the host: the answer with its OK or ERROR */
void worker_command(struct worker *worker, struct str command, struct buf *answer);

/*
 * host_ask() - a request to the host; the reply is in ->reply
 * 1: yes, 0: no, negative: not asked or not answered; see rpc.h for @flags.
 */
int host_ask(struct worker *worker, unsigned int flags, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* host_call() - the same of any bytes */
int host_call(struct worker *worker, struct str request, unsigned int flags);
/* host_unknown() - whether the host's last «no» means that it does not know the request */
bool host_unknown(const struct worker *worker);
/* host_log() - one line in the log that the host keeps of this VM; at most 30 a minute */
void host_log(struct worker *worker, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ask_broker() - as broker_ask(), with an answer in any case: at once if it cannot be asked */
void ask_broker(struct worker *worker, struct broker_request request, broker_done *done,
		void *data);

#endif
