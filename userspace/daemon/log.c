// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The local log. A line is put together on the stack and written with one call, so
 * that lines of our two processes do not mix; control characters, which a host's text
 * may have, are made visible.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "str.h"

/* What is kept while the disks are frozen; later lines are dropped, and counted. */
#define HELD_MAX 8192

enum log_level log_limit = LOG_INFO;
bool log_warned;
unsigned int log_rate;

static struct {
	bool priorities;
	bool holding;
	size_t len;
	unsigned int dropped;
	char held[HELD_MAX];
	uint64_t minute;
	unsigned int lines, left_out;	/* in that minute */
} state;

void log_priorities(bool on)
{
	state.priorities = on;
}

/* Whoever reads it may be stuck or gone, which is not to stop the heartbeat: then it is lost. */
static void emit(const char *text, size_t len)
{
	struct pollfd reader = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&reader, 1, 0) <= 0 || reader.revents != POLLOUT ||
	    write(STDERR_FILENO, text, len) < 0)
		state.left_out++;
}

/* What a host makes us say fills no disk. Errors have twice the room that others have. */
static bool too_many(enum log_level level)
{
	uint64_t minute = clock_ms(CLOCK_MONOTONIC) / 60000;
	unsigned int left_out = state.left_out;

	if (!log_rate || log_limit == LOG_DEBUG)
		return false;
	if (minute != state.minute) {
		state.minute = minute;
		state.lines = 0;
		state.left_out = 0;
		if (left_out)
			log_warning("%u lines were left out: too many in a minute, or nobody read them",
				    left_out);
	}
	if (state.lines < log_rate * (level <= LOG_ERROR ? 2 : 1)) {
		state.lines++;
		return false;
	}
	state.left_out++;
	return true;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[1024];
	size_t head, len;
	va_list args;
	int n;

	log_warned |= level <= LOG_WARNING;
	if (level > log_limit || too_many(level))
		return;
	if (state.priorities)
		head = (size_t)snprintf(line, sizeof(line), "<%d>", level);
	else
		head = (size_t)snprintf(line, sizeof(line), "vmguestd: ");
	va_start(args, format);
	n = vsnprintf(line + head, sizeof(line) - head - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	len = head + (size_t)n;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	str_disarm(line + head, len - head);
	for (size_t i = head; i < len; i++)
		if (line[i] == '\n')
			line[i] = '?';
	line[len++] = '\n';

	if (!state.holding) {
		emit(line, len);
	} else if (len <= HELD_MAX - state.len) {
		memcpy(state.held + state.len, line, len);
		state.len += len;
	} else {
		state.dropped++;
	}
}

void log_hold(void)
{
	state.holding = true;
}

void log_release(void)
{
	unsigned int dropped = state.dropped;

	if (!state.holding)
		return;
	state.holding = false;
	emit(state.held, state.len);
	state.len = 0;
	state.dropped = 0;
	if (dropped)
		log_warning("%u lines of the time when disks were frozen had no room", dropped);
}

bool log_level_of(const char *name, enum log_level *level)
{
	static const struct {
		const char *name;
		enum log_level level;
	} names[] = {
		{ "error", LOG_ERROR },
		{ "critical", LOG_ERROR },
		{ "warning", LOG_WARNING },
		{ "message", LOG_INFO },
		{ "info", LOG_INFO },
		{ "debug", LOG_DEBUG },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcasecmp(name, names[i].name)) {
			*level = names[i].level;
			return true;
		}
	}
	return false;
}
