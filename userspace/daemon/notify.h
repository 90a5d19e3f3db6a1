/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The word to systemd, or whoever else made us such a socket: ready, alive, going.
 */
#ifndef VMGUESTD_NOTIFY_H
#define VMGUESTD_NOTIFY_H

#include <stdint.h>

struct notify {
	int fd;			/* -1: nobody wants to know */
	uint64_t every;		/* ms; 0: no watchdog */
	uint64_t next;
};

/* notify_open() - while the path can still be reached */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);
/* notify_say() - one assignment of sd_notify(3); whether anybody hears it does not matter */
void notify_say(struct notify *notify, const char *text);
/* notify_watchdog() - if it is time for it */
void notify_watchdog(struct notify *notify, uint64_t now_ms);

#endif
