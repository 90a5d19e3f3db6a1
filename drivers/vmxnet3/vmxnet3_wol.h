/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Packet patterns that wake the guest (§3.20).
 *
 * Pure filling of shared structures, without framework calls, so that host
 * unit tests compile this very file.  When the patterns are armed is said in
 * vmxnet3_pm.c.
 */
#ifndef VMXNET3_WOL_H
#define VMXNET3_WOL_H

#include "vmw/vmxnet3_dev.h"

/* Where things are in a frame that asks for an IPv4 address. */
#define VMXNET3_WOL_ETHERTYPE	12
#define VMXNET3_WOL_ARP_OPCODE	20
#define VMXNET3_WOL_ARP_TARGET	38

/* Have @len bytes at @offset compared with @bytes. */
static inline void vmxnet3_wol_match(struct vmxnet3_pm_filter *f,
				     unsigned int offset, const __u8 *bytes,
				     unsigned int len)
{
	unsigned int i;

	for (i = offset; i < offset + len; i++) {
		f->pattern[i] = bytes[i - offset];
		f->mask[i / 8] |= 1u << i % 8;
	}
	f->pattern_size = i;
	f->mask_size = (i + 7) / 8;
}

/**
 * vmxnet3_wol_ucast() - pattern of frames to the guest's own address
 * @f: filter, zeroed
 * @mac: address, 6 bytes
 */
static inline void vmxnet3_wol_ucast(struct vmxnet3_pm_filter *f,
				     const __u8 *mac)
{
	vmxnet3_wol_match(f, 0, mac, 6);
}

/**
 * vmxnet3_wol_arp() - pattern of ARP requests for the guest's IPv4 address
 * @f: filter, zeroed
 * @ip: address in network order, 4 bytes
 */
static inline void vmxnet3_wol_arp(struct vmxnet3_pm_filter *f, const __u8 *ip)
{
	static const __u8 ethertype[] = { 0x08, 0x06 };
	static const __u8 request[] = { 0x00, 0x01 };

	vmxnet3_wol_match(f, VMXNET3_WOL_ETHERTYPE, ethertype, 2);
	vmxnet3_wol_match(f, VMXNET3_WOL_ARP_OPCODE, request, 2);
	vmxnet3_wol_match(f, VMXNET3_WOL_ARP_TARGET, ip, 4);
}

#endif /* VMXNET3_WOL_H */
