// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The worker: start, signals, requests to the host, end. Nothing in it waits but for the
 * next event.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "log.h"
#include "services.h"

#define LOG_MAX 4000
/* So many lines a minute for the host's log; it is the host's disk. */
#define LOG_RATE 30
#define REPLY_KEEP 16384

int host_call(struct worker *worker, struct str request, unsigned int flags)
{
	int ret = rpc_call(&worker->rpc, request, flags, &worker->reply);

	worker->requests++;
	if (ret != 1) {
		worker->refused++;
		log_debug("%.*s: %s", (int)(request.len < 40 ? request.len : 40), request.at,
			  buf_text(&worker->reply));
	}
	/* A long reply is the exception; its memory is not kept for the next one. */
	buf_shrink(&worker->reply, REPLY_KEEP);
	return ret;
}

int host_ask(struct worker *worker, unsigned int flags, const char *format, ...)
{
	struct buf request = { 0 };
	char text[LOG_MAX + 64];
	va_list args;
	int n, ret;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0)
		return -EINVAL;
	buf_add(&request, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	ret = request.error ? request.error :
	      host_call(worker, str_of(request.data, request.len), flags);
	buf_free(&request);
	return ret;
}

bool host_unknown(const struct worker *worker)
{
	return !strncasecmp(buf_text(&worker->reply), "Unknown command", 15);
}

void host_log(struct worker *worker, enum log_level level, const char *format, ...)
{
	char text[LOG_MAX];
	va_list args;
	uint64_t minute = loop_now(&worker->loop) / 60000;

	if (minute != worker->log_minute) {
		worker->log_minute = minute;
		worker->log_lines = 0;
	}
	if (!worker->settings.host_log || level > worker->host_level ||
	    worker->log_lines++ >= LOG_RATE)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	host_ask(worker, 0, "log vmguestd: %s", text);
}

void ask_broker(struct worker *worker, struct broker_request request, broker_done *done,
		void *data)
{
	struct broker_answer answer = { .op = request.op };

	answer.result = broker_ask(&worker->broker, &request, done, data);
	if (!answer.result)
		return;
	log_warning("the privileged process cannot be asked: %s", strerror(-answer.result));
	if (done)
		done(data, &answer);
}

void worker_reload(struct worker *worker)
{
	bool display = worker->settings.display;

	worker->reload_pending = worker->frozen || worker->quiesce.state != QUIESCE_IDLE;
	if (worker->reload_pending)
		return;
	settings_load(&worker->settings);
	log_limit = worker->settings.log;
	log_info("the configuration was read");
	ask_broker(worker, (struct broker_request){ .op = BROKER_RELOAD }, NULL, NULL);
	if (worker->settings.display && !display)
		log_info("the host hears of resolutionKMS at its next reset");
	/* What it changes of what the host was told is told again. */
	guestinfo_forget(worker);
}

static void dump(const struct worker *worker)
{
	log_info("up %llu s, channel %s, %s, %llu resets, %llu commands, %llu requests of which %llu failed",
		 (unsigned long long)(loop_now(&worker->loop) - worker->started) / 1000,
		 tclo_up(&worker->tclo) ? "open" : "closed",
		 worker->registered ? "registered" : "not registered",
		 (unsigned long long)worker->resets, (unsigned long long)worker->tclo.commands,
		 (unsigned long long)worker->requests, (unsigned long long)worker->refused);
}

static void signal_ready(void *data, uint32_t events)
{
	struct worker *worker = data;
	struct signalfd_siginfo info;

	(void)events;
	if (read(worker->signals.fd, &info, sizeof(info)) != sizeof(info))
		return;
	switch (info.ssi_signo) {
	case SIGHUP:
		worker_reload(worker);
		break;
	case SIGUSR1:
		dump(worker);
		break;
	case SIGUSR2:
		break;
	default:
		worker->loop.stop = true;
	}
}

static void broker_event(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	switch (answer->op) {
	case BROKER_THAWED:
		quiesce_thawed(worker);
		break;
	case BROKER_RELOADED:
		worker_reload(worker);
		break;
	case BROKER_STOP:
		worker->loop.stop = true;
		break;
	case 0:
		/* Without it there is little to do but the heartbeat; both start anew. */
		log_error("the privileged process is gone");
		worker->failed = true;
		worker->loop.stop = true;
		break;
	}
}

static void was_reset(void *data)
{
	register_was_reset(data);
}

static void command(void *data, struct str command, struct buf *answer)
{
	worker_command(data, command, answer);
}

static void tick(void *data)
{
	struct worker *worker = data;

	notify_watchdog(&worker->notify, loop_now(&worker->loop));
	guestinfo_tick(worker);
}

static int watch_signals(struct worker *worker)
{
	sigset_t handled;
	int fd;

	sigemptyset(&handled);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGINT);
	sigaddset(&handled, SIGQUIT);
	sigaddset(&handled, SIGHUP);
	sigaddset(&handled, SIGUSR1);
	sigaddset(&handled, SIGUSR2);
	sigprocmask(SIG_SETMASK, &handled, NULL);
	fd = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	worker->signals = (struct loop_fd){ -1, signal_ready, worker };
	return loop_add(&worker->loop, &worker->signals, fd, EPOLLIN);
}

int worker_init(struct worker *worker, int broker)
{
	int error = loop_init(&worker->loop);

	if (error)
		return error;
	worker->started = loop_now(&worker->loop);
	worker->rpc.privilege = CONN_ANY;
	worker->host_level = LOG_INFO;
	worker->tclo = (struct tclo){
		.loop = &worker->loop,
		.command = command,
		.reset = was_reset,
		.tick = tick,
		.data = worker,
		.vsock = worker->settings.vsock,
	};
	worker->ctl.listener.fd = -1;
	notify_open(&worker->notify);
	power_init(worker);
	timesync_init(worker);
	quiesce_init(worker);
	customize_init(worker);
	error = watch_signals(worker);
	if (!error)
		error = broker_link_start(&worker->broker, &worker->loop, broker, broker_event, worker);
	if (error)
		return error;
	/* What these cannot do is reported, and the rest goes on. */
	if (guestinfo_start(worker))
		log_warning("changes of the network are not seen; it is looked at every %u s",
			    worker->settings.poll_interval);
	health_start(worker);
	return 0;
}

int worker_run(struct worker *worker)
{
	int error;

	tclo_start(&worker->tclo);
	notify_say(&worker->notify, "READY=1");
	error = loop_run(&worker->loop);
	notify_say(&worker->notify, "STOPPING=1");
	if (error)
		log_error("the event loop has failed: %s", strerror(-error));
	return error || worker->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

void worker_close(struct worker *worker)
{
	int fd = worker->signals.fd;

	if (tclo_up(&worker->tclo) && !worker->failed)
		host_log(worker, LOG_INFO, "ends");
	tclo_stop(&worker->tclo);
	/* Whatever is frozen is thawed by the broker when it sees this socket close. */
	broker_link_stop(&worker->broker);
	log_release();
	control_stop(worker);
	customize_stop(worker);
	health_stop(worker);
	guestinfo_stop(worker);
	rpc_close(&worker->rpc);
	buf_free(&worker->reply);
	notify_close(&worker->notify);
	loop_remove(&worker->loop, &worker->signals);
	if (fd >= 0)
		close(fd);
	loop_close(&worker->loop);
}
