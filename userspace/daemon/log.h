/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The local log: standard error, one line an event, with a priority that the journal
 * understands when it is the reader. While file systems are frozen lines are kept in
 * memory: whoever reads our standard error may be waiting for the disk.
 */
#ifndef VMGUESTD_LOG_H
#define VMGUESTD_LOG_H

#include <stdbool.h>

enum log_level {	/* as syslog numbers them */
	LOG_ERROR = 3,
	LOG_WARNING = 4,
	LOG_INFO = 6,
	LOG_DEBUG = 7,
};

extern enum log_level log_limit;	/* nothing less urgent is written */
extern bool log_warned;			/* something was wrong since the start */
extern unsigned int log_rate;		/* lines a minute, but for debugging; 0: any number */

/*
 * log_line() - one line, of at most 1 KiB; control characters and line ends in it become '?'
 * Neither waits nor fails: what cannot be written is lost.
 */
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* log_priorities() - whether lines begin with <N>, which journald reads */
void log_priorities(bool on);
/* log_hold() - keep lines from now on; log_release() writes them */
void log_hold(void);
void log_release(void);
/* log_level_of() - "error", "warning", "message", "info", "debug"; false if none of them */
bool log_level_of(const char *name, enum log_level *level);

#endif
