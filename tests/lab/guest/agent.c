// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The lab's hand inside the guest. It reads requests from a serial line,
 *
 *     <id> <base64 of a shell command>
 *
 * runs each in a session of its own, many at a time, and answers in the order
 * in which they end:
 *
 *     <id> <exit status> <base64 of stdout and stderr together>
 *
 * Status 128 + n means killed by signal n. While a command runs, its process
 * group and its output so far are in /run/agent/<id>.pid and <id>.out.
 * "ready" is the first line after each start. The host's side is agent.py.
 *
 * One process and one fork a command, because the debug kernel makes every
 * fork expensive, and one writer, so that answers never mix.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define RUN_DIR	"/run/agent"
#define MAX_JOBS 64

struct job {
	pid_t pid;		/* 0: slot is free */
	unsigned int id;
};

static struct job jobs[MAX_JOBS];
static int line_fd = -1;

static void die(const char *what)
{
	fprintf(stderr, "lab-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_all(const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(line_fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("write");
		buf += n;
		len -= n;
	}
}

static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Decodes in place; returns the length, or -1 for a foreign character. */
static ssize_t decode(char *text)
{
	uint32_t acc = 0;
	int bits = 0;
	size_t n = 0;

	for (char *p = text; *p && *p != '='; p++) {
		const char *at = strchr(b64, *p);

		if (!at)
			return -1;
		acc = acc << 6 | (uint32_t)(at - b64);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			text[n++] = (char)(acc >> bits);
		}
	}
	text[n] = '\0';
	return n;
}

/* Sends a file as base64. Chunks of 3 * n bytes join without padding. */
static void send_file(const char *path)
{
	unsigned char in[3 * 1024];
	char out[4 * 1024];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		return;
	while ((n = fread(in, 1, sizeof(in), f))) {
		size_t o = 0;

		for (size_t i = 0; i < n; i += 3) {
			uint32_t v = (uint32_t)in[i] << 16;

			if (i + 1 < n)
				v |= (uint32_t)in[i + 1] << 8;
			if (i + 2 < n)
				v |= in[i + 2];
			out[o++] = b64[v >> 18];
			out[o++] = b64[v >> 12 & 63];
			out[o++] = i + 1 < n ? b64[v >> 6 & 63] : '=';
			out[o++] = i + 2 < n ? b64[v & 63] : '=';
		}
		write_all(out, o);
	}
	fclose(f);
}

static void reply(unsigned int id, int status, const char *out_path)
{
	char head[64];
	int n = snprintf(head, sizeof(head), "%u %d ", id, status);

	write_all(head, n);
	send_file(out_path);
	write_all("\n", 1);
}

static void job_path(char *path, size_t len, unsigned int id, const char *suffix)
{
	snprintf(path, len, RUN_DIR "/%u.%s", id, suffix);
}

static void child(const char *command, int out)
{
	int in = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (in < 0)
		_exit(126);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static struct job *free_slot(void)
{
	for (int i = 0; i < MAX_JOBS; i++)
		if (!jobs[i].pid)
			return &jobs[i];
	return NULL;
}

static void start(unsigned int id, const char *command)
{
	struct job *job = free_slot();
	char path[64], pidfile[64];
	int out;
	FILE *f;

	job_path(path, sizeof(path), id, "out");
	job_path(pidfile, sizeof(pidfile), id, "pid");
	/* It is there before anybody can look for it. */
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (!job || out < 0) {
		reply(id, 125, "/dev/null");
		return;
	}
	job->id = id;
	job->pid = fork();
	if (!job->pid)
		child(command, out);
	close(out);
	if (job->pid < 0) {
		job->pid = 0;
		reply(id, 125, "/dev/null");
		return;
	}
	f = fopen(pidfile, "w");
	if (f) {
		fprintf(f, "%d\n", job->pid);
		fclose(f);
	}
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < MAX_JOBS; i++) {
			char path[64];

			if (jobs[i].pid != pid)
				continue;
			jobs[i].pid = 0;
			job_path(path, sizeof(path), jobs[i].id, "pid");
			unlink(path);
			job_path(path, sizeof(path), jobs[i].id, "out");
			reply(jobs[i].id, WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
			      WEXITSTATUS(status), path);
			unlink(path);
		}
	}
}

static void request(char *line)
{
	char *payload;
	unsigned int id = strtoul(line, &payload, 10);

	if (payload == line || *payload != ' ' || decode(payload + 1) < 0) {
		static const char bad[] = "malformed\n";

		write_all(bad, sizeof(bad) - 1);
		return;
	}
	start(id, payload + 1);
}

/* Takes whole lines off the front of the buffer; returns what is left over. */
static size_t take_lines(char *buf, size_t len)
{
	char *nl;

	while ((nl = memchr(buf, '\n', len))) {
		size_t used = nl + 1 - buf;

		*nl = '\0';
		request(buf);
		len -= used;
		memmove(buf, nl + 1, len);
	}
	return len;
}

static void open_line(const char *path)
{
	struct termios t;

	line_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (line_fd < 0)
		die(path);
	if (tcgetattr(line_fd, &t))
		return;			/* not a terminal: a pipe in a test */
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	if (tcsetattr(line_fd, TCSANOW, &t))
		die("tcsetattr");
}

static void on_child(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	static char buf[256 * 1024];
	struct sigaction act = { .sa_handler = on_child };
	struct pollfd pfd;
	sigset_t chld, before;
	size_t len = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: lab-agent TTY\n");
		return 2;
	}
	mkdir(RUN_DIR, 0700);
	open_line(argv[1]);
	/* Blocked but for ppoll(), so that no child ends unseen between reap() and the wait. */
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	sigaction(SIGCHLD, &act, NULL);
	write_all("ready\n", 6);
	pfd = (struct pollfd){ .fd = line_fd, .events = POLLIN };
	for (;;) {
		ssize_t n;

		reap();
		if (ppoll(&pfd, 1, NULL, &before) < 0) {
			if (errno == EINTR)
				continue;
			die("poll");
		}
		n = read(line_fd, buf + len, sizeof(buf) - len);
		if (n <= 0)
			die("read");
		len = take_lines(buf, len + n);
		if (len == sizeof(buf))
			die("request line too long");
	}
}
