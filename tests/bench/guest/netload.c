// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The guest's side of the network benchmark: one fixed amount of work a run, the
 * first part of it to warm up, the rest between vmcount markers.  The host's side
 * is peer.py; it acts when the guest notes "go", so that its timing does not
 * decide how many frames meet in one interrupt.
 *
 *	netload CPU IRQ[,IRQ...] WORKLOAD ARGUMENTS
 *
 *	pktgen		PACKETS				as configured through /proc
 *	udp-tx		ADDRESS SIZE PACKETS
 *	udp-rx		ADDRESS BURST PACKETS		a burst for each "go"
 *	udp-rr		ADDRESS SIZE ROUNDS
 *	tcp-tx		ADDRESS KIB
 *	tcp-rx		ADDRESS KIB
 *	freed		ADDRESS SIZE PACKETS		no marker: times, see freed()
 *
 * ADDRESS is the host's; all peers listen at PEER_PORT.  The last line of output
 * is the number of interrupts on the IRQs between the markers.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

#define PEER_PORT	5001
#define WARM_UP_SHARE	4		/* a quarter of the work on top of it */
#define CHUNK		(128 * 1024)
#define SETTLE_SECONDS	5
#define ANSWER_SECONDS	30

static char buffer[CHUNK];

static void pause_ms(long ms)
{
	const struct timespec pause = { .tv_nsec = ms * 1000000 };

	nanosleep(&pause, NULL);
}

static int queued(int fd)
{
	int bytes;

	if (ioctl(fd, SIOCOUTQ, &bytes))
		fail("SIOCOUTQ");
	return bytes;
}

/*
 * Work that is sent is done when its buffers are free again: a driver that frees
 * late pays for what it does until then.
 */
static void settle(int fd)
{
	int ms;

	for (ms = 0; queued(fd); ms++) {
		if (ms == SETTLE_SECONDS * 1000) {
			fprintf(stderr, "netload: sent buffers are not freed\n");
			exit(1);
		}
		pause_ms(1);
	}
}

static int connected(int type, const char *address)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(PEER_PORT) };
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || inet_pton(AF_INET, address, &peer.sin_addr) != 1)
		fail("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		fail("SO_RCVTIMEO");
	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		fail("connect");
	return fd;
}

static void send_all(int fd, size_t length)
{
	while (length) {
		ssize_t sent = send(fd, buffer, length < CHUNK ? length : CHUNK, 0);

		if (sent < 0)
			fail("send");
		length -= sent;
	}
}

static void receive_all(int fd, size_t length)
{
	while (length) {
		ssize_t got = recv(fd, buffer, length < CHUNK ? length : CHUNK, 0);

		if (got <= 0)
			fail("recv");
		length -= got;
	}
}

static void pktgen(unsigned long packets)
{
	int fd = open("/proc/net/pktgen/pgctrl", O_WRONLY);

	if (fd < 0)
		fail("pgctrl");
	begin("pktgen");
	if (write(fd, "start\n", 6) != 6)
		fail("pktgen start");
	end(packets);
}

static void udp_send(int fd, size_t size, unsigned long packets)
{
	while (packets--)
		if (send(fd, buffer, size, 0) != (ssize_t)size)
			fail("send");
	settle(fd);
}

static void udp_tx(const char *address, size_t size, unsigned long packets)
{
	int fd = connected(SOCK_DGRAM, address);

	udp_send(fd, size, packets / WARM_UP_SHARE);
	begin("udp-tx");
	udp_send(fd, size, packets);
	end(packets);
}

static void udp_receive(int fd, unsigned long burst, unsigned long packets)
{
	unsigned long i;

	allow_marks();
	for (i = 0; i < packets; i++) {
		if (i % burst == 0)
			vmcount_sendf("note go");
		if (recv(fd, buffer, CHUNK, 0) < 0)
			fail("recv");
	}
}

static void udp_rx(const char *address, unsigned long burst, unsigned long packets)
{
	int fd = connected(SOCK_DGRAM, address);

	/* Tells the peer our port. */
	send_all(fd, 1);
	settle(fd);
	udp_receive(fd, burst, packets / WARM_UP_SHARE / burst * burst);
	begin("udp-rx");
	udp_receive(fd, burst, packets);
	end(packets);
}

static void udp_turns(int fd, size_t size, unsigned long rounds)
{
	while (rounds--)
		if (send(fd, buffer, size, 0) < 0 || recv(fd, buffer, CHUNK, 0) < 0)
			fail("round");
	settle(fd);
}

static void udp_rr(const char *address, size_t size, unsigned long rounds)
{
	int fd = connected(SOCK_DGRAM, address);

	udp_turns(fd, size, rounds / WARM_UP_SHARE);
	begin("udp-rr");
	udp_turns(fd, size, rounds);
	end(rounds);
}

static void tcp_tx(const char *address, unsigned long kib)
{
	int fd = connected(SOCK_STREAM, address);

	send_all(fd, kib * 1024 / WARM_UP_SHARE);
	settle(fd);
	begin("tcp-tx");
	send_all(fd, kib * 1024);
	settle(fd);
	end(kib);
}

static void tcp_rx(const char *address, unsigned long kib)
{
	int fd = connected(SOCK_STREAM, address);

	allow_marks();
	vmcount_sendf("note go");
	receive_all(fd, kib * 1024 / WARM_UP_SHARE);
	begin("tcp-rx");
	allow_marks();
	vmcount_sendf("note go");
	vmcount_close();
	receive_all(fd, kib * 1024);
	end(kib);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void print_times(uint64_t *ns, unsigned long n)
{
	qsort(ns, n, sizeof(*ns), by_value);
	printf("%lu %lu\n", (unsigned long)(ns[n / 2] / 1000), (unsigned long)(ns[n - 1] / 1000));
}

/*
 * How long a sender waits for its buffer, median and longest in microseconds.
 * First in a stream: with the smallest send buffer that the kernel allows, a
 * datagram of SIZE must be freed before the next but one can be sent.  Then for
 * datagrams that nothing follows, so that no later transmission can free them.
 */
static void freed(const char *address, size_t size, unsigned long packets)
{
	int fd = connected(SOCK_DGRAM, address), smallest = 1;
	uint64_t *took = calloc(packets, sizeof(*took));
	unsigned long i;

	if (!took)
		fail("calloc");
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &smallest, sizeof(smallest)))
		fail("SO_SNDBUF");
	for (i = 0; i < packets; i++) {
		uint64_t start = now_ns();

		send_all(fd, size);
		took[i] = now_ns() - start;
	}
	print_times(took, packets);
	for (i = 0; i < packets; i++) {
		uint64_t start;

		settle(fd);
		start = now_ns();
		send_all(fd, size);
		while (queued(fd))
			sched_yield();
		took[i] = now_ns() - start;
	}
	print_times(took, packets);
	free(took);
}

int main(int argc, char **argv)
{
	const char *what = argc > 4 ? argv[3] : "";
	unsigned long amount = argc > 4 ? strtoul(argv[argc - 1], NULL, 10) : 0;
	unsigned long size = argc > 6 ? strtoul(argv[5], NULL, 10) : 0;

	if (!amount)
		return 2;
	pin(strtoul(argv[1], NULL, 10));
	irqs = argv[2];
	if (!strcmp(what, "pktgen"))
		pktgen(amount);
	else if (!strcmp(what, "udp-tx"))
		udp_tx(argv[4], size, amount);
	else if (!strcmp(what, "udp-rx"))
		udp_rx(argv[4], size, amount);
	else if (!strcmp(what, "udp-rr"))
		udp_rr(argv[4], size, amount);
	else if (!strcmp(what, "tcp-tx"))
		tcp_tx(argv[4], amount);
	else if (!strcmp(what, "tcp-rx"))
		tcp_rx(argv[4], amount);
	else if (!strcmp(what, "freed"))
		freed(argv[4], size, amount);
	else
		return 2;
	return 0;
}
