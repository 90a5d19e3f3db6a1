// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Sets how a card spreads what it receives: the part of `ethtool -X` that the
 * newest ethtool cannot do on a kernel before 6.8, since it asks for a hash
 * transformation that those do not know.
 *
 *   lab-rxfh IFACE [key HEX] [table N,N,...] [hash N]
 *
 * The table repeats what is given; the hash is a number of ETH_RSS_HASH_*.
 * What is not named stays. `ethtool -x` shows the result.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define NO_TABLE	0xffffffff
#define MAX_TABLE	4096

static struct {
	struct ethtool_rxfh head;
	uint8_t rest[MAX_TABLE * sizeof(uint32_t) + 256];
} ask;

static int request(const char *ifname)
{
	struct ifreq ifr = { .ifr_data = (void *)&ask };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (fd >= 0 && !ioctl(fd, SIOCETHTOOL, &ifr))
		return 0;
	fprintf(stderr, "lab-rxfh: %s: %s\n", ifname, strerror(errno));
	return 1;
}

static void set_table(const char *list, uint32_t *table, unsigned int size)
{
	const char *p = list;
	char *end;

	for (unsigned int i = 0; i < size; i++) {
		table[i] = strtoul(p, &end, 0);
		p = *end ? end + 1 : list;
	}
}

static unsigned int set_key(const char *hex, uint8_t *key)
{
	unsigned int n;

	for (n = 0; sscanf(hex + 2 * n, "%2hhx", &key[n]) == 1; n++)
		;
	return n;
}

int main(int argc, char **argv)
{
	unsigned int table_size;

	if (argc < 4 || argc % 2) {
		fprintf(stderr, "usage: see the head of rxfh.c\n");
		return 2;
	}
	ask.head.cmd = ETHTOOL_GRSSH;
	if (request(argv[1]))
		return 1;
	table_size = ask.head.indir_size;
	if (table_size > MAX_TABLE)
		return 1;

	ask.head = (struct ethtool_rxfh){
		.cmd = ETHTOOL_SRSSH,
		.indir_size = NO_TABLE,
	};
	for (int i = 2; i < argc; i += 2) {
		if (!strcmp(argv[i], "table")) {
			ask.head.indir_size = table_size;
			set_table(argv[i + 1], ask.head.rss_config, table_size);
		}
	}
	for (int i = 2; i < argc; i += 2) {
		/* The key lies behind the table, if there is one. */
		uint32_t *key = ask.head.rss_config +
				(ask.head.indir_size == NO_TABLE ? 0 : table_size);

		if (!strcmp(argv[i], "key"))
			ask.head.key_size = set_key(argv[i + 1], (uint8_t *)key);
		if (!strcmp(argv[i], "hash"))
			ask.head.hfunc = atoi(argv[i + 1]);
	}
	return request(argv[1]);
}
