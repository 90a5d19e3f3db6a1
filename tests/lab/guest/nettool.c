// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Traffic whose every byte is known, for tests and benchmarks; it runs in the
 * guest and on the host alike (traffic.py does both).
 *
 *   lab-nettool tcp-send ADDR PORT BYTES     one connection, then waits for its end
 *   lab-nettool tcp-recv ADDR PORT           one connection, until its end
 *   lab-nettool tcp-rr   ADDR PORT COUNT     COUNT times a request and its answer
 *   lab-nettool tcp-echo ADDR PORT           answers one connection
 *   lab-nettool udp-send ADDR PORT COUNT     numbered messages
 *   lab-nettool udp-recv ADDR PORT COUNT     until COUNT came or none for SECONDS
 *   lab-nettool udp-rr   ADDR PORT COUNT
 *   lab-nettool udp-echo ADDR PORT COUNT     answers COUNT messages
 *   lab-nettool udp-free ADDR PORT COUNT     sends when the buffer of the message
 *                                        before was given back to the socket, and
 *                                        counts those that were when send() returned
 *
 *   -s SIZE     of a message, 8 to 65507, or of a write, from 1; default 1024
 *   -b BYTES    SO_SNDBUF
 *   -r BYTES    tcp-send: a second at most
 *   -t SECONDS  of silence allowed, default 10
 *   -c          tcp-send, tcp-recv: the CRC-32 of the stream as well
 *   -n          tcp-send: each write leaves at once
 *   -f          tcp-send: from a file, by sendfile()
 *   -p          tcp-send: by splice(), in pieces that do not adjoin in memory
 *
 * Stream and messages are slices of one block of noise, of a prime length, so
 * that nothing that is lost, doubled or moved still compares equal. A receiver
 * prints "listening" when it can be sent to, and "connected" when a stream has
 * come about. The last line is the result, as key=value words; the exit status
 * is 0 only if all arrived and all was right. Single frames are the business of
 * frames.c.
 *
 * A call with a timeout ends with EINTR when the guest goes to sleep meanwhile,
 * and is made again.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BLOCK	65521		/* prime: no power of two, page or MSS fits into it */
#define MAX_MSG	65507

static uint8_t noise[2 * BLOCK];	/* twice, so that any slice is contiguous */
static size_t size = 1024;
static int sndbuf, silence = 10;
static unsigned int rate;
static uint32_t crc_table[256];
static bool want_crc, no_delay;

static void die(const char *what)
{
	fprintf(stderr, "lab-nettool: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_noise(void)
{
	uint32_t x = 0x9e3779b9;

	for (size_t i = 0; i < BLOCK; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		noise[i] = noise[i + BLOCK] = x >> 24;
	}
}

/* The CRC of Ethernet, gzip and zlib. */
static void make_crc_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		crc_table[i] = crc;
	}
}

static uint32_t add_crc(uint32_t crc, const uint8_t *p, size_t len)
{
	crc = ~crc;
	while (want_crc && len--)
		crc = crc >> 8 ^ crc_table[(crc ^ *p++) & 255];
	return ~crc;
}

static void print_crc(uint32_t crc)
{
	if (want_crc)
		printf("crc=%08x ", crc);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (end == text || *end) {
		fprintf(stderr, "lab-nettool: not a number: %s\n", text);
		exit(2);
	}
	return v;
}

/* Sockets */

static socklen_t parse_address(const char *addr, const char *port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *six = (void *)ss;
	struct sockaddr_in *four = (void *)ss;
	char host[INET6_ADDRSTRLEN + IFNAMSIZ];
	char *scope;

	memset(ss, 0, sizeof(*ss));
	snprintf(host, sizeof(host), "%s", addr);
	scope = strchr(host, '%');
	if (scope)
		*scope++ = '\0';
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(number(port));
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, host, &six->sin6_addr) != 1) {
		fprintf(stderr, "lab-nettool: not an address: %s\n", addr);
		exit(2);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(number(port));
	six->sin6_scope_id = scope ? if_nametoindex(scope) : 0;
	return sizeof(*six);
}

static void set_options(int fd, int type)
{
	struct timeval t = { .tv_sec = silence };
	int one = 1, big = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
	if (type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	if (sndbuf && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof(sndbuf)))
		die("SO_SNDBUF");
	if (rate && setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate)))
		die("SO_MAX_PACING_RATE");
}

static int client(const char *addr, const char *port, int type)
{
	struct sockaddr_storage ss;
	socklen_t len = parse_address(addr, port, &ss);
	int fd = socket(ss.ss_family, type, 0);

	if (fd < 0)
		die("socket");
	set_options(fd, type);
	if (connect(fd, (struct sockaddr *)&ss, len))
		die("connect");
	return fd;
}

static void tell(const char *state)
{
	puts(state);
	fflush(stdout);
}

static int server(const char *addr, const char *port, int type)
{
	struct sockaddr_storage ss;
	socklen_t len = parse_address(addr, port, &ss);
	int fd = socket(ss.ss_family, type, 0), conn;

	if (fd < 0)
		die("socket");
	set_options(fd, type);
	if (bind(fd, (struct sockaddr *)&ss, len))
		die("bind");
	if (type == SOCK_DGRAM) {
		tell("listening");
		return fd;
	}
	if (listen(fd, 1))
		die("listen");
	tell("listening");
	conn = TEMP_FAILURE_RETRY(accept(fd, NULL, NULL));
	if (conn < 0)
		die("accept");
	tell("connected");
	close(fd);
	set_options(conn, type);
	return conn;
}

/* The stream: byte n is noise[n % BLOCK]. Ways to write len bytes of it from byte at on: */

static ssize_t write_copy(int fd, uint64_t at, size_t len)
{
	return TEMP_FAILURE_RETRY(send(fd, noise + at % BLOCK, len, MSG_NOSIGNAL));
}

static ssize_t write_file(int fd, uint64_t at, size_t len)
{
	static int file = -1;
	off_t from = at % BLOCK;

	if (file < 0) {
		file = memfd_create("noise", 0);
		if (file < 0 || write(file, noise, sizeof(noise)) != sizeof(noise))
			die("memfd");
	}
	return sendfile(fd, file, &from, len);
}

/* Every second piece is from the second copy, so that the kernel cannot join them. */
static ssize_t write_pieces(int fd, uint64_t at, size_t len)
{
	static int pipes[2] = { -1, -1 };
	static bool second;
	struct iovec piece = { noise + at % BLOCK, len };

	if (pipes[0] < 0 && pipe(pipes))
		die("pipe");
	second = !second;
	if (second && at % BLOCK + len <= BLOCK)
		piece.iov_base = noise + BLOCK + at % BLOCK;
	if (vmsplice(pipes[1], &piece, 1, 0) != (ssize_t)len)
		die("vmsplice");
	/* What stays in the pipe would come twice. */
	for (size_t left = len; left;) {
		ssize_t n = splice(pipes[0], NULL, fd, NULL, left, SPLICE_F_MORE);

		if (n <= 0)
			return -1;
		left -= n;
	}
	return len;
}

static ssize_t (*write_stream)(int fd, uint64_t at, size_t len) = write_copy;

static int tcp_send(int fd, uint64_t total)
{
	double start = now();
	uint64_t done = 0;
	uint32_t crc = 0;
	int one = 1;
	uint8_t end;
	bool acked;

	if (no_delay && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("TCP_NODELAY");
	while (done < total) {
		size_t want = total - done < size ? total - done : size;
		ssize_t n = write_stream(fd, done, want);

		if (n < 0)
			break;
		crc = add_crc(crc, noise + done % BLOCK, n);
		done += n;
	}
	shutdown(fd, SHUT_WR);
	/* The receiver closes when it has all. */
	acked = TEMP_FAILURE_RETRY(recv(fd, &end, 1, 0)) == 0;
	print_crc(crc);
	printf("bytes=%llu closed=%d seconds=%.6f\n", (unsigned long long)done, acked,
	       now() - start);
	return done == total && acked ? 0 : 1;
}

static int tcp_recv(int fd)
{
	static uint8_t buf[BLOCK];
	long long wrong_at = -1;
	uint64_t done = 0;
	double start = 0;
	uint32_t crc = 0;
	ssize_t n;

	while ((n = TEMP_FAILURE_RETRY(recv(fd, buf, sizeof(buf), 0))) > 0) {
		if (!done)
			start = now();
		if (wrong_at < 0 && memcmp(buf, noise + done % BLOCK, n))
			wrong_at = done;
		crc = add_crc(crc, buf, n);
		done += n;
	}
	if (n < 0)
		perror("recv");
	print_crc(crc);
	printf("bytes=%llu wrong_at=%lld closed=%d seconds=%.6f\n", (unsigned long long)done,
	       wrong_at, n == 0, done ? now() - start : 0);
	return wrong_at < 0 && n == 0 ? 0 : 1;
}

/* Messages: a number in network order, then noise from where that number points */

static void fill(uint8_t *msg, uint64_t seq)
{
	uint64_t be = htobe64(seq);

	memcpy(msg, noise + seq % BLOCK, size);
	memcpy(msg, &be, sizeof(be));
}

static bool is_right(const uint8_t *msg, ssize_t len, uint64_t *seq)
{
	uint64_t be;

	if (len < (ssize_t)sizeof(be))
		return false;
	memcpy(&be, msg, sizeof(be));
	*seq = be64toh(be);
	return !memcmp(msg + sizeof(be), noise + *seq % BLOCK + sizeof(be), len - sizeof(be));
}

static int udp_send(int fd, uint64_t count)
{
	uint8_t msg[MAX_MSG];
	double start = now();
	uint64_t i;

	for (i = 0; i < count; i++) {
		fill(msg, i);
		if (TEMP_FAILURE_RETRY(send(fd, msg, size, 0)) != (ssize_t)size)
			break;
	}
	printf("messages=%llu seconds=%.6f\n", (unsigned long long)i, now() - start);
	return i == count ? 0 : 1;
}

static int udp_recv(int fd, uint64_t count)
{
	uint64_t seq, right = 0, wrong = 0, doubled = 0, late = 0, next = 0;
	uint8_t *seen = calloc(count ? count : 1, 1), msg[MAX_MSG];
	double start = 0;
	ssize_t n;

	if (!seen)
		die("memory");
	while (right < count &&
	       (n = TEMP_FAILURE_RETRY(recv(fd, msg, sizeof(msg), 0))) >= 0) {
		if (!start)
			start = now();
		if (n != (ssize_t)size || !is_right(msg, n, &seq) || seq >= count) {
			wrong++;
		} else if (seen[seq]) {
			doubled++;
		} else {
			seen[seq] = 1;
			right++;
			late += seq < next;
			next = seq + 1;
		}
	}
	free(seen);
	printf("right=%llu wrong=%llu doubled=%llu late=%llu lost=%llu seconds=%.6f\n",
	       (unsigned long long)right, (unsigned long long)wrong, (unsigned long long)doubled,
	       (unsigned long long)late, (unsigned long long)(count - right),
	       start ? now() - start : 0);
	return right == count && !wrong && !doubled ? 0 : 1;
}

/* A stream socket may give an answer in pieces. */
static ssize_t recv_message(int fd, uint8_t *msg, size_t want)
{
	return TEMP_FAILURE_RETRY(recv(fd, msg, want, MSG_WAITALL));
}

static int rr(int fd, uint64_t count)
{
	uint8_t msg[MAX_MSG], answer[MAX_MSG];
	double start = now(), max = 0;
	uint64_t i;

	for (i = 0; i < count; i++) {
		double t = now();

		fill(msg, i);
		if (TEMP_FAILURE_RETRY(send(fd, msg, size, MSG_NOSIGNAL)) != (ssize_t)size ||
		    recv_message(fd, answer, size) != (ssize_t)size || memcmp(msg, answer, size))
			break;
		t = now() - t;
		max = t > max ? t : max;
	}
	printf("answers=%llu seconds=%.6f us_max=%.0f\n", (unsigned long long)i, now() - start,
	       max * 1e6);
	return i == count ? 0 : 1;
}

static int echo(int fd, uint64_t count)
{
	struct sockaddr_storage from;
	uint8_t msg[MAX_MSG];
	uint64_t i;

	for (i = 0; i < count; i++) {
		socklen_t len = sizeof(from);
		ssize_t n = TEMP_FAILURE_RETRY(recvfrom(fd, msg, sizeof(msg), 0,
							(struct sockaddr *)&from, &len));

		if (n <= 0)
			break;
		/* A connected stream names no peer, and wants none. */
		if (TEMP_FAILURE_RETRY(sendto(fd, msg, n, MSG_NOSIGNAL,
					      len ? (struct sockaddr *)&from : NULL, len)) != n)
			break;
	}
	printf("echoed=%llu\n", (unsigned long long)i);
	return count == UINT64_MAX || i == count ? 0 : 1;
}

static bool is_given_back(int fd)
{
	int queued;

	if (ioctl(fd, SIOCOUTQ, &queued))
		die("SIOCOUTQ");
	return !queued;
}

static int udp_free(int fd, uint64_t count)
{
	const struct timespec nap = { .tv_nsec = 20000 };
	uint64_t i, at_once = 0;
	uint8_t msg[MAX_MSG];

	for (i = 0; i < count; i++) {
		double start = now();

		fill(msg, i);
		if (TEMP_FAILURE_RETRY(send(fd, msg, size, 0)) != (ssize_t)size)
			break;
		if (is_given_back(fd)) {
			at_once++;
			continue;
		}
		do
			nanosleep(&nap, NULL);	/* let the guest idle, as it would */
		while (!is_given_back(fd) && now() - start < silence);
		if (!is_given_back(fd))
			break;
	}
	printf("messages=%llu at_once=%llu\n", (unsigned long long)i,
	       (unsigned long long)at_once);
	return i == count ? 0 : 1;
}

static int run(int n, char **a)
{
	const bool tcp = n && !strncmp(a[0], "tcp-", 4);
	const int type = tcp ? SOCK_STREAM : SOCK_DGRAM;
	const char *verb = n ? a[0] + 4 : "";

	if (n == 4 && !strcmp(a[0], "tcp-send"))
		return tcp_send(client(a[1], a[2], type), number(a[3]));
	if (n == 3 && !strcmp(a[0], "tcp-recv"))
		return tcp_recv(server(a[1], a[2], type));
	if (n == 3 && !strcmp(a[0], "tcp-echo"))
		return echo(server(a[1], a[2], type), UINT64_MAX);
	if (n == 4 && (!strcmp(a[0], "tcp-rr") || !strcmp(a[0], "udp-rr")))
		return rr(client(a[1], a[2], type), number(a[3]));
	if (n != 4 || strncmp(a[0], "udp-", 4))
		return -1;
	if (!strcmp(verb, "send"))
		return udp_send(client(a[1], a[2], type), number(a[3]));
	if (!strcmp(verb, "recv"))
		return udp_recv(server(a[1], a[2], type), number(a[3]));
	if (!strcmp(verb, "echo"))
		return echo(server(a[1], a[2], type), number(a[3]));
	if (!strcmp(verb, "free"))
		return udp_free(client(a[1], a[2], type), number(a[3]));
	return -1;
}

int main(int argc, char **argv)
{
	int opt, status = -1;
	size_t least;

	while ((opt = getopt(argc, argv, "+s:b:r:t:cnfp")) != -1) {
		switch (opt) {
		case 's': size = number(optarg); break;
		case 'b': sndbuf = number(optarg); break;
		case 'r': rate = number(optarg); break;
		case 't': silence = number(optarg); break;
		case 'c': want_crc = true; break;
		case 'n': no_delay = true; break;
		case 'f': write_stream = write_file; break;
		case 'p': write_stream = write_pieces; break;
		default: return 2;
		}
	}
	make_noise();
	make_crc_table();
	signal(SIGPIPE, SIG_IGN);
	least = argc > optind && !strcmp(argv[optind], "tcp-send") ? 1 : sizeof(uint64_t);
	if (size < least || size > MAX_MSG) {
		fprintf(stderr, "lab-nettool: sizes are from %zu to %d\n", least, MAX_MSG);
		return 2;
	}
	status = run(argc - optind, argv + optind);
	if (status < 0) {
		fprintf(stderr, "usage: see the head of nettool.c\n");
		return 2;
	}
	return status;
}
