/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Pure encoding and decoding of vmxnet3 descriptors and command results.
 *
 * No state, no memory access, no framework: the caller stores and loads the
 * little-endian words, this file only packs and unpacks host-order ones.
 * Layout facts are next door in vmxnet3_dev.h.
 */
#ifndef VMW_VMXNET3_CODEC_H
#define VMW_VMXNET3_CODEC_H

#include "vmxnet3_dev.h"

/**
 * vmxnet3_txd_dw2() - pack dword 2 of a transmit descriptor
 * @len: bytes in the buffer, 1 to VMXNET3_TXD_MAX_LEN
 * @gen: generation, 0 or 1
 * @msscof: MSS for TSO, checksum field offset for CSUM, else 0; 14 bits
 *
 * A length of 16384 is encoded as 0 (§1.5).
 *
 * Return: the dword in host order.
 */
static inline __u32 vmxnet3_txd_dw2(__u32 len, __u32 gen, __u32 msscof)
{
	return (len & VMXNET3_TXD2_LEN_MASK) | (gen ? VMXNET3_TXD2_GEN : 0) |
	       (msscof & VMXNET3_TXD2_MSSCOF_MASK) << VMXNET3_TXD2_MSSCOF_SHIFT;
}

/**
 * vmxnet3_txd_offload_dw3() - pack the offload part of dword 3
 * @om: VMXNET3_OM_*
 * @hlen: header length as @om defines it, 0 to VMXNET3_MAX_HDR_LEN
 *
 * Return: the dword in host order, without EOP, CQ and VLAN.
 */
static inline __u32 vmxnet3_txd_offload_dw3(__u32 om, __u32 hlen)
{
	return (hlen & VMXNET3_TXD3_HLEN_MASK) |
	       (om & VMXNET3_TXD3_OM_MASK) << VMXNET3_TXD3_OM_SHIFT;
}

/**
 * vmxnet3_txd_vlan_dw3() - pack the VLAN part of dword 3
 * @tci: tag to insert
 *
 * Return: the dword in host order.
 */
static inline __u32 vmxnet3_txd_vlan_dw3(__u16 tci)
{
	return VMXNET3_TXD3_TI | (__u32)tci << VMXNET3_TXD3_TCI_SHIFT;
}

/**
 * vmxnet3_rxd_dw2() - pack dword 2 of a receive descriptor
 * @len: bytes in the buffer, 1 to VMXNET3_RXD_MAX_LEN
 * @body: whether this is a BODY buffer, which never starts a frame
 * @gen: generation, 0 or 1
 *
 * Return: the dword in host order.
 */
static inline __u32 vmxnet3_rxd_dw2(__u32 len, _Bool body, __u32 gen)
{
	return (len & VMXNET3_RXD2_LEN_MASK) |
	       (body ? VMXNET3_RXD2_BTYPE_BODY : 0) |
	       (gen ? VMXNET3_RXD2_GEN : 0);
}

/**
 * vmxnet3_cd_gen() - generation of a completion
 * @dw3: dword 3 in host order
 *
 * Return: 0 or 1.
 */
static inline __u32 vmxnet3_cd_gen(__u32 dw3)
{
	return dw3 >> 31;
}

/**
 * vmxnet3_cd_type() - type of a completion
 * @dw3: dword 3 in host order
 *
 * Return: VMXNET3_CD_TYPE_* or any other 7-bit value.
 */
static inline __u32 vmxnet3_cd_type(__u32 dw3)
{
	return dw3 >> VMXNET3_CD3_TYPE_SHIFT & VMXNET3_CD3_TYPE_MASK;
}

/**
 * vmxnet3_rxcd_rqid() - ring that a receive completion names
 * @dw0: dword 0 in host order
 *
 * Return: 10-bit ring number (§2.18).
 */
static inline __u32 vmxnet3_rxcd_rqid(__u32 dw0)
{
	return dw0 >> VMXNET3_RXCD0_RQID_SHIFT & VMXNET3_RXCD0_RQID_MASK;
}

/**
 * vmxnet3_rxcd_rsstype() - kind of the hash in a receive completion
 * @dw0: dword 0 in host order
 *
 * Return: VMXNET3_RSSTYPE_*; undefined values read as NONE (§5 H13).
 */
static inline __u32 vmxnet3_rxcd_rsstype(__u32 dw0)
{
	__u32 type = dw0 >> VMXNET3_RXCD0_RSSTYPE_SHIFT &
		     VMXNET3_RXCD0_RSSTYPE_MASK;

	return type <= VMXNET3_RSSTYPE_ESP6 ? type : VMXNET3_RSSTYPE_NONE;
}

/**
 * enum vmxnet3_csum - what the device says of the checksums of a frame
 * @VMXNET3_CSUM_NONE: nothing usable
 * @VMXNET3_CSUM_GOOD: TCP or UDP checksum, and IPv4 header, are right
 * @VMXNET3_CSUM_GOOD_INNER: as above, of the inner packet of a tunnel
 * @VMXNET3_CSUM_BAD: computed and found wrong
 */
enum vmxnet3_csum {
	VMXNET3_CSUM_NONE,
	VMXNET3_CSUM_GOOD,
	VMXNET3_CSUM_GOOD_INNER,
	VMXNET3_CSUM_BAD,
};

/**
 * vmxnet3_rxcd_csum() - decode the checksum verdict (§3.8)
 * @dw0: dword 0 of the EOP completion in host order
 * @dw3: dword 3 of the EOP completion in host order
 * @inner: whether RXINNEROFLD is enabled
 *
 * The 16-bit csum field is never used: its meaning is not established.  Bit 12
 * of dword 0 alone is read as "no verdict", since sources disagree about it.
 *
 * Return: the verdict.
 */
static inline enum vmxnet3_csum vmxnet3_rxcd_csum(__u32 dw0, __u32 dw3,
						  _Bool inner)
{
	__u32 need = VMXNET3_RXCD3_TUC;

	if (dw0 & VMXNET3_RXCD0_CNC)
		return VMXNET3_CSUM_NONE;
	if (!(dw3 & (VMXNET3_RXCD3_TCP | VMXNET3_RXCD3_UDP)) ||
	    (dw3 & VMXNET3_RXCD3_FRG))
		return VMXNET3_CSUM_NONE;
	if (dw3 & VMXNET3_RXCD3_V4)
		need |= VMXNET3_RXCD3_IPC;
	else if (!(dw3 & VMXNET3_RXCD3_V6))
		return VMXNET3_CSUM_NONE;
	if ((dw3 & need) != need)
		return VMXNET3_CSUM_BAD;
	if (dw0 & VMXNET3_RXCD0_INNER)
		return inner ? VMXNET3_CSUM_GOOD_INNER : VMXNET3_CSUM_NONE;
	if (dw0 & VMXNET3_RXCD0_INNER_ANY)
		return VMXNET3_CSUM_NONE;
	return VMXNET3_CSUM_GOOD;
}

/**
 * vmxnet3_link_mbps() - decode the speed of a GET_LINK result (§2.4)
 * @link: result of GET_LINK
 * @version: negotiated version
 *
 * From version 9 on values below 10000 are Gbit/s.
 *
 * Return: Mbit/s, 0 when the device does not say.
 */
static inline __u32 vmxnet3_link_mbps(__u32 link, unsigned int version)
{
	__u32 speed = link >> VMXNET3_LINK_SPEED_SHIFT;

	return version >= 9 && speed < 10000 ? speed * 1000 : speed;
}

#endif /* VMW_VMXNET3_CODEC_H */
