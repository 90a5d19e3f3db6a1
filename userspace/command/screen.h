/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A text that is shown again and again: on a terminal in the place of the last one, as much of
 * it as there is room for, until q is pressed; elsewhere one after the other. Signals that end
 * it are waited for.
 */
#ifndef VMGUEST_SCREEN_H
#define VMGUEST_SCREEN_H

#include <stdbool.h>
#include <termios.h>

#include "str.h"

struct screen {
	bool terminal;		/* standard output is one */
	bool keys;		/* and standard input, which gives each key at once */
	bool shown;
	int signals;
	struct termios before;	/* if @keys */
};

/* screen_open() - blocks those signals; screen_close() leaves the terminal as it was */
void screen_open(struct screen *screen);
/* screen_show() - lines that each have their end; 0 or -errno */
int screen_show(struct screen *screen, struct str text);
/* screen_wait() - until it is time, or a key or another size wants it shown; false: it is to end */
bool screen_wait(struct screen *screen, double seconds);
void screen_close(struct screen *screen);

#endif
