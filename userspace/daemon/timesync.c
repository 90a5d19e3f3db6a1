// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Time synchronisation. The periodic loop stands back while the kernel says that
 * somebody disciplines the clock (chrony, ntpd, systemd-timesyncd, PTP): two masters make
 * both wrong. A step that the host asks for once, after it had us stopped, is made all the
 * same, since such a gap is what those cannot know of.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backdoor.h"
#include "files.h"
#include "hosttime.h"
#include "log.h"
#include "services.h"

#define PERIOD 60
#define PERCENT 50
/* Two readings of a clock this close together: nobody took the processor in between. */
#define CLOSE_US 2000
#define TRIES 4
/* 2017: what is before it no host can mean. 2232: to what is after it no clock can be set. */
#define SANE_FROM 1500000000
#define SANE_UNTIL 8277292036

static int64_t guest_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000ll + ts.tv_nsec / 1000;
}

static bool host_time(int64_t *us, int64_t *bound, int64_t *lag)
{
	struct hosttime host;

	if (!hosttime_read(&host) || host.seconds < SANE_FROM || host.seconds > SANE_UNTIL ||
	    host.usec >= 1000000)
		return false;
	*us = host.seconds * 1000000 + host.usec;
	*bound = host.max_lag_usec;
	*lag = host.interrupt_lag_usec;
	return true;
}

static void stopcatchup(void)
{
	struct backdoor_regs regs = { .cx = BACKDOOR_CMD_STOPCATCHUP };

	backdoor_call(&regs);
}

static bool compare(struct timesync *time)
{
	int64_t before, after, host, bound, lag;

	for (int i = 0; i < TRIES; i++) {
		before = time->guest();
		if (!time->host(&host, &bound, &lag))
			return false;
		after = time->guest();
		if (after - before >= 0 && after - before <= CLOSE_US)
			break;
	}
	/* Without that word small errors are as much those of late interrupts. */
	time->last = (struct time_sample){
		.error = before + (lag > 0 ? lag : 0) - host, .bound = bound, .slewable = lag >= 0,
	};
	return true;
}

static void run(struct worker *worker, enum time_run why, bool backward);

static void again(struct worker *worker)
{
	struct timesync *time = &worker->time;
	bool once_more = time->once_more;

	time->running = TIME_RUN_NONE;
	time->compared = false;
	time->once_more = false;
	if (time->on)
		loop_timer(&worker->loop, &time->timer, time->period * 1000ull);
	if (once_more)
		run(worker, TIME_RUN_ONCE, time->backward);
}

static void stepped(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	if (answer->result) {
		log_warning("the clock could not be set: %s", strerror(-answer->result));
	} else {
		worker->time.steps++;
		log_info("the clock was %lld.%06lld s %s the host's and was set",
			 (long long)(llabs(worker->time.last.error) / 1000000),
			 (long long)(llabs(worker->time.last.error) % 1000000),
			 worker->time.last.error < 0 ? "behind" : "ahead of");
		worker->time.stopcatchup();
	}
	again(worker);
}

static void slewed(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	if (answer->result)
		log_warning("the clock could not be slewed: %s", strerror(-answer->result));
	else
		worker->time.slews++;
	again(worker);
}

static void decide(struct worker *worker)
{
	struct timesync *time = &worker->time;
	struct broker_request request = { .op = BROKER_STEP };
	int64_t step;

	if (!compare(time)) {
		log_debug("the host does not tell the time");
		again(worker);
		return;
	}
	step = time_step(&time->last, time->backward);
	time->compared = true;
	time->backward = false;
	if (step) {
		/* Towards minus infinity, since nanoseconds are counted up. */
		request.step.seconds = step / 1000000 - (step % 1000000 < 0);
		request.step.nanoseconds = (uint32_t)(step - request.step.seconds * 1000000) * 1000;
		ask_broker(worker, request, stepped, worker);
		return;
	}
	request = (struct broker_request){ .op = BROKER_SLEW };
	if (time->running == TIME_RUN_PERIODIC && time->slew)
		request.slew = time_slew(&time->last, time->percent);
	if (request.slew || (time->running == TIME_RUN_PERIODIC && time->slewing)) {
		time->slewing = request.slew;
		ask_broker(worker, request, slewed, worker);
		return;
	}
	again(worker);
}

/* Whom an administrator would look for. */
static const char *keeper(void)
{
	static const char *const marks[][2] = {
		{ "/run/chrony", "chrony" },
		{ "/run/ntpd.pid", "ntpd" },
		{ "/run/systemd/timesync/synchronized", "systemd-timesyncd" },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (files_exist(marks[i][0]))
			return marks[i][1];
	return "another program";
}

static void clock_known(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;
	struct timesync *time = &worker->time;

	time->disciplined = time_kept(&time->keeper, loop_now(&worker->loop), answer->result);
	if (time->running == TIME_RUN_PERIODIC && time->disciplined && !worker->settings.time_force) {
		if (!time->said) {
			time->said = true;
			log_info("%s keeps the clock right; the host's time is not used", keeper());
			host_log(worker, LOG_INFO,
				 "Time synchronization: the guest's own NTP client is used");
		}
		again(worker);
		return;
	}
	decide(worker);
}

static void run(struct worker *worker, enum time_run why, bool backward)
{
	struct timesync *time = &worker->time;
	struct broker_request request = { .op = BROKER_CLOCK };

	if (time->running && why == TIME_RUN_PERIODIC)
		return;
	if (time->running) {
		/* What goes on is this from here on, unless it has compared the clocks already. */
		time->backward |= backward;
		time->once_more = time->compared;
		time->running = TIME_RUN_ONCE;
		return;
	}
	if (worker->settings.time_off || !time->allowed) {
		again(worker);
		return;
	}
	loop_cancel(&worker->loop, &time->timer);
	time->running = why;
	time->backward = backward;
	ask_broker(worker, request, clock_known, worker);
}

static void period_over(void *data)
{
	struct worker *worker = data;

	if (worker->frozen)
		again(worker);
	else
		run(worker, TIME_RUN_PERIODIC, false);
}

static void switch_loop(struct worker *worker, bool on)
{
	struct timesync *time = &worker->time;
	struct broker_request stop = { .op = BROKER_SLEW };

	if (on == time->on || (on && (worker->settings.time_periodic_off || worker->settings.time_off)))
		return;
	time->on = on;
	time->said = false;
	if (on) {
		run(worker, time->step_on_enable ? TIME_RUN_ONCE : TIME_RUN_PERIODIC,
		    time->step_on_enable);
		return;
	}
	loop_cancel(&worker->loop, &time->timer);
	if (time->slewing)
		ask_broker(worker, stop, NULL, NULL);
	time->slewing = false;
}

bool timesync_now(struct worker *worker, struct str args, struct buf *result)
{
	(void)result;
	run(worker, TIME_RUN_ONCE, args.len && args.at[0] == '1');
	return true;
}

static bool flag(struct str value, bool *on, bool *ok)
{
	*ok = str_is(value, "1") || str_is(value, "0");
	if (*ok)
		*on = str_is(value, "1");
	return true;
}

bool timesync_option(struct worker *worker, struct str name, struct str value, bool *ok)
{
	static const char prefix[] = "time.synchronize.";
	struct timesync *time = &worker->time;
	uint64_t number;
	bool on = false;

	if (str_is(name, "synctime")) {
		flag(value, &on, ok);
		if (*ok)
			switch_loop(worker, on);
		return true;
	}
	if (str_is(name, "synctime.period")) {
		*ok = str_u64(value, &number) && number <= 86400;
		if (*ok)
			time->period = number ? (unsigned int)number : PERIOD;
		return true;
	}
	if (!str_begins(name, prefix))
		return false;
	name = str_skip(name, sizeof(prefix) - 1);
	if (str_is(name, "allow"))
		return flag(value, &time->allowed, ok);
	if (str_is(name, "tools.enable"))
		return flag(value, &time->step_on_enable, ok);
	if (str_is(name, "tools.startup.backward"))
		return flag(value, &time->startup_backward, ok);
	if (str_is(name, "tools.slewCorrection"))
		return flag(value, &time->slew, ok);
	if (str_is(name, "tools.percentCorrection")) {
		*ok = str_u64(value, &number) && number <= 100;
		if (*ok)
			time->percent = number ? (unsigned int)number : PERCENT;
		return true;
	}
	if (str_is(name, "tools.startup")) {
		flag(value, &on, ok);
		if (*ok && on && !time->started_up) {
			time->started_up = true;
			run(worker, TIME_RUN_ONCE, time->startup_backward);
		}
		return true;
	}
	return false;
}

void timesync_init(struct worker *worker)
{
	worker->time = (struct timesync){
		.host = host_time,
		.guest = guest_time,
		.stopcatchup = stopcatchup,
		.timer = { .fire = period_over, .data = worker },
		.allowed = true,
		.period = PERIOD,
		.percent = PERCENT,
	};
}

void timesync_resumed(struct worker *worker)
{
	if (worker->time.on)
		run(worker, TIME_RUN_ONCE, false);
}
