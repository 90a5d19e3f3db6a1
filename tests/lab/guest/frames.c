// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Single Ethernet frames, byte for byte, in the guest.
 *
 *   lab-frames send IFACE COUNT HEX          COUNT times the same frame
 *   lab-frames recv IFACE COUNT ETHERTYPE    0x0003 is every type, else the
 *                                            one behind any VLAN tag
 *   lab-frames join IFACE COUNT ADDRESS      groups from that address up, for
 *                                            as long as it runs
 *
 *   -v FLAGS:GSO_TYPE:HDR_LEN:GSO_SIZE:CSUM_START:CSUM_OFFSET
 *               send: what the virtio-net header asks for, all 0 if absent
 *   -l LENGTH   send: so many bytes behind those of HEX; each four count one up
 *   -t SECONDS  recv: of silence allowed, 40
 *   -d          recv: what the interface sends too
 *
 * recv and join print "listening" when they are, recv then the result line:
 * for each frame frame=flags:gso_type:gso_size:hex, where the first three are
 * the virtio-net header's (how the stack sees checksum and aggregation) and the
 * VLAN tag is back in its place; then frames=N. Exit status 0 only if all COUNT came.
 * Connections and checked streams are the business of nettool.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_FRAME	(1 << 17)

static int silence = 40;
static bool both_directions;
static struct virtio_net_hdr request;
static size_t behind;

static void die(const char *what)
{
	fprintf(stderr, "lab-frames: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int packet_socket(const char *ifname, int protocol)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(ifname),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;
	struct timeval t = { .tv_sec = silence };

	if (fd < 0 || !at.sll_ifindex)
		die(ifname);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)))
		die("packet socket");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("bind");
	return fd;
}

static int send_frames(const char *ifname, uint64_t count, const char *hex)
{
	static uint8_t frame[sizeof(struct virtio_net_hdr) + MAX_FRAME];
	size_t len = sizeof(struct virtio_net_hdr);
	int fd = packet_socket(ifname, 0);
	uint64_t i;

	memcpy(frame, &request, sizeof(request));
	for (unsigned int byte; len < sizeof(frame) && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		frame[len++] = byte;
	for (size_t n = 0; n < behind && len < sizeof(frame); n++)
		frame[len++] = n / 4 >> 8 * (3 - n % 4);
	if (*hex) {
		fprintf(stderr, "lab-frames: no frame: %s\n", hex);
		return 2;
	}
	for (i = 0; i < count; i++)
		if (send(fd, frame, len, 0) != (ssize_t)len)
			break;
	printf("frames=%llu\n", (unsigned long long)i);
	return i == count ? 0 : 1;
}

static bool is_wanted(const uint8_t *frame, ssize_t len, int protocol)
{
	const uint8_t *type = frame + 2 * ETH_ALEN;

	if (protocol == ETH_P_ALL)
		return true;
	if (len >= 18 && type[0] == ETH_P_8021Q >> 8 && type[1] == (ETH_P_8021Q & 255))
		type += 4;
	return len >= ETH_HLEN && (type[0] << 8 | type[1]) == protocol;
}

/* Prints one frame; false if it is not of those that were asked for. */
static bool print_frame(int fd, int protocol)
{
	static uint8_t frame[sizeof(struct virtio_net_hdr) + MAX_FRAME];
	const size_t mac = sizeof(struct virtio_net_hdr), tag_at = mac + 12;
	struct virtio_net_hdr *vnet = (void *)frame;
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { frame, sizeof(frame) };
	struct sockaddr_ll from;
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(fd, &m, 0);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	if (len < 0)
		die("recv");
	if (from.sll_pkttype == PACKET_OUTGOING && !both_directions)
		return false;
	if (!is_wanted(frame + mac, len - mac, protocol))
		return false;
	printf("frame=%u:%u:%u:", vnet->flags, vnet->gso_type, vnet->gso_size);
	for (ssize_t i = mac; i < len; i++) {
		struct tpacket_auxdata aux;

		if (i == (ssize_t)tag_at && c && c->cmsg_type == PACKET_AUXDATA) {
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
			if (aux.tp_status & TP_STATUS_VLAN_VALID)
				printf("%04x%04x", aux.tp_vlan_tpid, aux.tp_vlan_tci);
		}
		printf("%02x", frame[i]);
	}
	putchar(' ');
	return true;
}

static int recv_frames(const char *ifname, uint64_t count, int protocol)
{
	/* Sockets of one type get to see a frame of a VLAN when its tag is gone. */
	int fd = packet_socket(ifname, ETH_P_ALL);
	uint64_t i = 0;

	puts("listening");
	fflush(stdout);
	while (i < count)
		i += print_frame(fd, protocol);
	printf("frames=%llu\n", (unsigned long long)i);
	return 0;
}

static int join_groups(const char *ifname, uint64_t count, const char *first)
{
	struct packet_mreq group = {
		.mr_ifindex = if_nametoindex(ifname),
		.mr_type = PACKET_MR_MULTICAST,
		.mr_alen = ETH_ALEN,
	};
	int fd = packet_socket(ifname, 0);
	unsigned long long address = strtoull(first, NULL, 16);

	for (uint64_t i = 0; i < count; i++, address++) {
		for (int byte = 0; byte < ETH_ALEN; byte++)
			group.mr_address[byte] = address >> 8 * (ETH_ALEN - 1 - byte);
		if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)))
			die("join");
	}
	puts("listening");
	fflush(stdout);
	pause();
	return 0;
}

static bool parse_request(const char *text)
{
	return sscanf(text, "%hhu:%hhu:%hu:%hu:%hu:%hu", &request.flags, &request.gso_type,
		      &request.hdr_len, &request.gso_size, &request.csum_start,
		      &request.csum_offset) == 6;
}

int main(int argc, char **argv)
{
	uint64_t count;
	int opt;

	while ((opt = getopt(argc, argv, "+v:l:t:d")) != -1) {
		switch (opt) {
		case 'l':
			behind = strtoul(optarg, NULL, 0);
			break;
		case 'v':
			if (!parse_request(optarg))
				return 2;
			break;
		case 't':
			silence = atoi(optarg);
			break;
		case 'd':
			both_directions = true;
			break;
		default:
			return 2;
		}
	}
	argv += optind;
	if (argc - optind != 4) {
		fprintf(stderr, "usage: see the head of frames.c\n");
		return 2;
	}
	count = strtoull(argv[2], NULL, 0);
	if (!strcmp(argv[0], "send"))
		return send_frames(argv[1], count, argv[3]);
	if (!strcmp(argv[0], "recv"))
		return recv_frames(argv[1], count, strtoul(argv[3], NULL, 0));
	if (!strcmp(argv[0], "join"))
		return join_groups(argv[1], count, argv[3]);
	fprintf(stderr, "lab-frames: not a command: %s\n", argv[0]);
	return 2;
}
