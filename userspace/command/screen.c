// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * A text that is shown again and again: screen.h.
 */
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Each key at once, and not shown. */
static void take_keys(struct screen *screen)
{
	struct termios raw;

	screen->keys = screen->terminal && !tcgetattr(STDIN_FILENO, &screen->before);
	if (!screen->keys)
		return;
	raw = screen->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void leave(struct screen *screen)
{
	if (screen->terminal && screen->shown)
		putchar('\n');
	fflush(stdout);
	if (screen->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

void screen_open(struct screen *screen)
{
	sigset_t mask;

	*screen = (struct screen){ .terminal = isatty(STDOUT_FILENO) };
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGQUIT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGTSTP);
	sigaddset(&mask, SIGWINCH);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	screen->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	take_keys(screen);
}

/* What of a line fits into so many columns: whole characters, each taken for one of them. */
static size_t fitting(struct str line, unsigned int columns)
{
	struct str rest = line;

	while (columns-- && rest.len) {
		size_t bytes = str_utf8(rest);

		rest = str_skip(rest, bytes ? bytes : 1);
	}
	return line.len - rest.len;
}

int screen_show(struct screen *screen, struct str text)
{
	struct winsize size = { 0 };
	unsigned int rows = 0;

	if (screen->terminal) {
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
		fputs("\033[H", stdout);
	} else if (screen->shown) {
		putchar('\n');
	}
	screen->shown = true;
	while (text.len && (!size.ws_row || rows < size.ws_row)) {
		struct str line = str_cut(&text, '\n');
		size_t len = size.ws_col ? fitting(line, size.ws_col) : line.len;

		/* A line end after the last row would move all of them. */
		if (rows && screen->terminal)
			putchar('\n');
		fwrite(line.at, 1, len, stdout);
		fputs(screen->terminal ? "\033[K" : "\n", stdout);
		rows++;
	}
	if (screen->terminal)
		fputs("\033[J", stdout);
	return fflush(stdout) ? -errno : 0;
}

/* As the kernel does it, which stops nobody whom no shell could continue. */
static void stop(struct screen *screen)
{
	sigset_t mask;

	leave(screen);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	take_keys(screen);
}

bool screen_wait(struct screen *screen, double seconds)
{
	struct pollfd fds[] = {
		{ .fd = screen->signals, .events = POLLIN },
		{ .fd = screen->keys ? STDIN_FILENO : -1, .events = POLLIN },
	};
	struct signalfd_siginfo signal;
	char key;

	poll(fds, 2, (int)(seconds * 1000));
	if (fds[0].revents) {
		if (read(screen->signals, &signal, sizeof(signal)) != sizeof(signal))
			return false;
		if (signal.ssi_signo == SIGTSTP)
			stop(screen);
		return signal.ssi_signo == SIGTSTP || signal.ssi_signo == SIGWINCH;
	}
	if (fds[1].revents)
		return read(STDIN_FILENO, &key, 1) == 1 && key != 'q';
	return true;
}

void screen_close(struct screen *screen)
{
	leave(screen);
	if (screen->signals >= 0)
		close(screen->signals);
}
