// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Fails the first, second, third ... allocation of one system call until it
 * makes no more of them. Needs a kernel with fault injection; which of the
 * allocations count is set in debugfs by the caller.
 *
 *   lab-failnth MAX OP ... [-- undo OP ...] [-- check OP ...]
 *
 *   write PATH TEXT          bind a driver, for example
 *   up IFACE | down IFACE
 *   mtu IFACE N
 *   ring IFACE TX RX JUMBO
 *   channels IFACE N         combined
 *   reset IFACE
 *   echo ADDR PORT           a message that must come back (nettool udp-echo)
 *
 * After each failure, and each success, "check" must succeed; after each
 * success "undo" must too. For each n one line: n=N errno=E injected=0|1; then
 * tried=N failed=N succeeded=N done=0|1, where done tells that the last call
 * ran without a failure in its way.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define FAIL_NTH	"/proc/thread-self/fail-nth"

struct op {
	int argc;
	char **argv;
};

static int sock, nth_fd;

static int net_ioctl(const char *ifname, unsigned long request, void *data)
{
	struct ifreq ifr = { .ifr_data = data };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (request == SIOCSIFMTU)
		ifr.ifr_mtu = *(int *)data;
	if (request == SIOCSIFFLAGS) {
		if (ioctl(sock, SIOCGIFFLAGS, &ifr))
			return errno;
		ifr.ifr_flags = (ifr.ifr_flags & ~IFF_UP) | *(int *)data;
	}
	return ioctl(sock, request, &ifr) ? errno : 0;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int echo(const char *addr, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	struct timeval t = { .tv_sec = 10 };
	char msg[16] = "still here?", answer[16];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	inet_pton(AF_INET, addr, &to.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	if (sendto(fd, msg, sizeof(msg), 0, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    recv(fd, answer, sizeof(answer), 0) != sizeof(msg) || memcmp(msg, answer, sizeof(msg)))
		err = errno ? errno : EIO;
	close(fd);
	return err;
}

static int run(const struct op *op)
{
	const char *name = op->argv[0], *ifname = op->argc > 1 ? op->argv[1] : "";
	int number = op->argc > 2 ? atoi(op->argv[2]) : 0;
	int up = IFF_UP, down = 0;

	if (!strcmp(name, "write") && op->argc == 3)
		return write_text(ifname, op->argv[2]);
	if (!strcmp(name, "up") && op->argc == 2)
		return net_ioctl(ifname, SIOCSIFFLAGS, &up);
	if (!strcmp(name, "down") && op->argc == 2)
		return net_ioctl(ifname, SIOCSIFFLAGS, &down);
	if (!strcmp(name, "mtu") && op->argc == 3)
		return net_ioctl(ifname, SIOCSIFMTU, &number);
	if (!strcmp(name, "ring") && op->argc == 5) {
		struct ethtool_ringparam ring = {
			.cmd = ETHTOOL_SRINGPARAM,
			.tx_pending = number,
			.rx_pending = atoi(op->argv[3]),
			.rx_jumbo_pending = atoi(op->argv[4]),
		};

		return net_ioctl(ifname, SIOCETHTOOL, &ring);
	}
	if (!strcmp(name, "channels") && op->argc == 3) {
		struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
		int err = net_ioctl(ifname, SIOCETHTOOL, &channels);

		channels.cmd = ETHTOOL_SCHANNELS;
		channels.combined_count = number;
		return err ? err : net_ioctl(ifname, SIOCETHTOOL, &channels);
	}
	if (!strcmp(name, "reset") && op->argc == 2) {
		struct ethtool_value parts = { .cmd = ETHTOOL_RESET, .data = ETH_RESET_DMA };

		return net_ioctl(ifname, SIOCETHTOOL, &parts);
	}
	if (!strcmp(name, "echo") && op->argc == 3)
		return echo(ifname, op->argv[2]);
	fprintf(stderr, "lab-failnth: %s with %d words is not known\n", name, op->argc - 1);
	exit(2);
}

static void arm(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(nth_fd, text, len, 0) != len) {
		perror(FAIL_NTH);
		exit(2);
	}
}

/* Whether the failure that was asked for has happened. */
static bool disarm(void)
{
	char left[16] = "";

	if (pread(nth_fd, left, sizeof(left) - 1, 0) <= 0) {
		perror(FAIL_NTH);
		exit(2);
	}
	arm(0);
	return atoi(left) == 0;
}

static void must(const struct op *op, const char *what, int n)
{
	int err = op->argc ? run(op) : 0;

	if (!err)
		return;
	printf("%s failed after n=%d: %s\n", what, n, strerror(err));
	exit(1);
}

static void split(int argc, char **argv, struct op *op, struct op *undo, struct op *check)
{
	struct op *into = op;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--")) {
			if (!into->argc++)
				into->argv = argv + i;
		} else if (++i < argc) {
			into = !strcmp(argv[i], "undo") ? undo : check;
		}
	}
}

int main(int argc, char **argv)
{
	struct op op = {}, undo = {}, check = {};
	int n, failed = 0, succeeded = 0;
	bool injected = true;

	if (argc < 3) {
		fprintf(stderr, "usage: see the head of failnth.c\n");
		return 2;
	}
	split(argc - 2, argv + 2, &op, &undo, &check);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	nth_fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (sock < 0 || nth_fd < 0) {
		perror(FAIL_NTH);
		return 2;
	}
	for (n = 1; n <= atoi(argv[1]) && injected; n++) {
		int err;

		arm(n);
		err = run(&op);
		injected = disarm();
		printf("n=%d errno=%d injected=%d\n", n, err, injected);
		failed += err != 0;
		succeeded += err == 0;
		must(&check, "check", n);
		if (!err)
			must(&undo, "undo", n);
	}
	printf("tried=%d failed=%d succeeded=%d done=%d\n", n - 1, failed, succeeded, !injected);
	return injected;
}
