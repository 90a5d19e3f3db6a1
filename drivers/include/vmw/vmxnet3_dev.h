/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * VMware vmxnet3 network device: registers, commands and shared memory.
 *
 * PCI 15ad:07b0, class 0x020000.
 *   BAR0 "PT"    doorbells and interrupt masks, 4 KiB (16 MiB with LARGE_BAR)
 *   BAR1 "VD"    control registers, 4 KiB
 *   BAR2         MSI-X table and PBA
 *
 * Protocol versions 1 to 9 are negotiated through VRRS; each item below names
 * the version that introduced it when that is not 1.
 *
 * Facts only: no logic and no state live here, so that the driver, emulated
 * devices and host unit tests compile the same file.  Encoding and decoding
 * of descriptors is next door in vmxnet3_codec.h.  The knowledge comes from
 * the project's device specification, "VMXNET3 network device"; the section
 * numbers in the comments (§) are that document's.
 *
 * Everything in memory is little-endian.  "D:" marks what the device writes,
 * "V:" what the driver writes; anything marked D may change at any time.
 */
#ifndef VMW_VMXNET3_DEV_H
#define VMW_VMXNET3_DEV_H

#include <linux/types.h>

/* §1.1 identity */
#define VMXNET3_PCI_VENDOR_ID		0x15ad
#define VMXNET3_PCI_DEVICE_ID		0x07b0

/* §1.2 BARs */
#define VMXNET3_BAR_PT			0
#define VMXNET3_BAR_VD			1
#define VMXNET3_PT_SIZE			4096
#define VMXNET3_PT_SIZE_LARGE		8192	/* the part that is used */
#define VMXNET3_VD_SIZE			4096

/* §1.4 versions; the bit of version n in VRRS is n - 1 */
#define VMXNET3_VERSION_MIN		1
#define VMXNET3_VERSION_MAX		9
#define VMXNET3_UVRS_UPT1		0x1

/* §1.5 limits */
#define VMXNET3_MAX_TXQ_V1		8
#define VMXNET3_MAX_RXQ_V1		8	/* 16 by layout; Linux guests use 8 */
#define VMXNET3_MAX_QUEUES_V6		32
#define VMXNET3_MAX_INTRS_V1		25
#define VMXNET3_MAX_INTRS_V6		65
#define VMXNET3_RING_ALIGN		512	/* base address, bytes */
#define VMXNET3_RING_SIZE_MULT		32	/* descriptors */
#define VMXNET3_TX_RING_MAX		4096
#define VMXNET3_RX_RING1_MAX		4096
#define VMXNET3_RX_RING2_MAX		4096
#define VMXNET3_MIN_MTU			60
#define VMXNET3_MAX_MTU_V1		9000
#define VMXNET3_MAX_MTU_V6		9190
#define VMXNET3_FRAME_OVERHEAD		22	/* to add to the MTU for buffers */
#define VMXNET3_MAX_TXD_PER_PKT		16
#define VMXNET3_MAX_TXD_PER_TSO		24
#define VMXNET3_TXD_MAX_LEN		16384
#define VMXNET3_RXD_MAX_LEN		16383
#define VMXNET3_RX_HEAD_MIN		128
#define VMXNET3_MAX_CSUM_OFFSET		1024
#define VMXNET3_MAX_HDR_LEN		1023
#define VMXNET3_MAX_MSS			16383
#define VMXNET3_TXDATA_SLOT_DEFAULT	128
#define VMXNET3_TXDATA_SLOT_MAX		2048
#define VMXNET3_TXDATA_SLOT_MULT	64
#define VMXNET3_RXDATA_SLOT_MAX		2048
#define VMXNET3_MCAST_TABLE_MAX		10922	/* addresses */

/* §2.1 BAR1 registers */
#define VMXNET3_VD_VRRS			0x00
#define VMXNET3_VD_UVRS			0x08
#define VMXNET3_VD_DSAL			0x10
#define VMXNET3_VD_DSAH			0x18
#define VMXNET3_VD_CMD			0x20
#define VMXNET3_VD_MACL			0x28
#define VMXNET3_VD_MACH			0x30
#define VMXNET3_VD_ICR			0x38
#define VMXNET3_VD_ECR			0x40
#define VMXNET3_VD_DCR(n)		(0x48 + 8 * (n))	/* v7 */
#define VMXNET3_VD_PTCR(n)		(0x88 + 8 * (n))	/* v7 */

/* §2.2 BAR0 registers */
#define VMXNET3_PT_IMR(v)		(0x000 + 8 * (v))
#define VMXNET3_PT_TXPROD		0x600
#define VMXNET3_PT_RXPROD		0x800
#define VMXNET3_PT_RXPROD2		0xa00
#define VMXNET3_PT_TXPROD_LARGE		0x1000	/* v7, LARGE_BAR */
#define VMXNET3_PT_RXPROD_LARGE		0x1400
#define VMXNET3_PT_RXPROD2_LARGE	0x1800
#define VMXNET3_PT_STRIDE		8

/* §2.3 commands, SET group */
#define VMXNET3_CMD_ACTIVATE_DEV	0xcafe0000u
#define VMXNET3_CMD_QUIESCE_DEV		0xcafe0001u
#define VMXNET3_CMD_RESET_DEV		0xcafe0002u
#define VMXNET3_CMD_UPDATE_RX_MODE	0xcafe0003u
#define VMXNET3_CMD_UPDATE_MAC_FILTERS	0xcafe0004u
#define VMXNET3_CMD_UPDATE_VLAN_FILTERS	0xcafe0005u
#define VMXNET3_CMD_UPDATE_RSSIDT	0xcafe0006u
#define VMXNET3_CMD_UPDATE_IML		0xcafe0007u
#define VMXNET3_CMD_UPDATE_PMCFG	0xcafe0008u
#define VMXNET3_CMD_UPDATE_FEATURE	0xcafe0009u
#define VMXNET3_CMD_SET_COALESCE	0xcafe000eu	/* v3 */
#define VMXNET3_CMD_REGISTER_MEMREGS	0xcafe000fu	/* v3 */
#define VMXNET3_CMD_SET_RSS_FIELDS	0xcafe0010u	/* v4 */
#define VMXNET3_CMD_SET_RING_BUFFER_SIZE 0xcafe0013u	/* v7 */

/* §2.4 commands, GET group */
#define VMXNET3_CMD_GET_QUEUE_STATUS	0xf00d0000u
#define VMXNET3_CMD_GET_STATS		0xf00d0001u
#define VMXNET3_CMD_GET_LINK		0xf00d0002u
#define VMXNET3_CMD_GET_PERM_MAC_LO	0xf00d0003u
#define VMXNET3_CMD_GET_PERM_MAC_HI	0xf00d0004u
#define VMXNET3_CMD_GET_DID_LO		0xf00d0005u
#define VMXNET3_CMD_GET_DID_HI		0xf00d0006u
#define VMXNET3_CMD_GET_DEV_EXTRA_INFO	0xf00d0007u
#define VMXNET3_CMD_GET_CONF_INTR	0xf00d0008u
#define VMXNET3_CMD_GET_ADAPTIVE_RING	0xf00d0009u
#define VMXNET3_CMD_GET_TXDATA_DESC_SIZE 0xf00d000au	/* v3 */
#define VMXNET3_CMD_GET_COALESCE	0xf00d000bu	/* v3 */
#define VMXNET3_CMD_GET_RSS_FIELDS	0xf00d000cu	/* v4 */
#define VMXNET3_CMD_GET_MAX_QUEUES_CONF	0xf00d000fu	/* v6 */
#define VMXNET3_CMD_GET_MAX_CAPABILITIES 0xf00d0011u	/* v7 */
#define VMXNET3_CMD_GET_DCR0_REG	0xf00d0012u	/* v7 */
#define VMXNET3_CMD_GET_TSRING_DESC_SIZE 0xf00d0013u	/* v9 */
#define VMXNET3_CMD_GET_DISABLED_OFFLOADS 0xf00d0014u	/* v9 */

/* GET_LINK result */
#define VMXNET3_LINK_UP			0x1
#define VMXNET3_LINK_SPEED_SHIFT	16

/* GET_CONF_INTR result */
#define VMXNET3_INTR_TYPE_MASK		0x3
#define VMXNET3_INTR_TYPE_AUTO		0
#define VMXNET3_INTR_TYPE_INTX		1
#define VMXNET3_INTR_TYPE_MSI		2
#define VMXNET3_INTR_TYPE_MSIX		3
#define VMXNET3_INTR_MODE_SHIFT		2
#define VMXNET3_INTR_MODE_MASK		0x3
#define VMXNET3_INTR_MODE_AUTO		0	/* device masks when it fires */
#define VMXNET3_INTR_MODE_ACTIVE	1	/* driver masks in its handler */
#define VMXNET3_INTR_MODE_LAZY		2

/* GET_DISABLED_OFFLOADS result, v9 */
#define VMXNET3_OFFLOAD_DISABLED_TSO	0x1
#define VMXNET3_OFFLOAD_DISABLED_LRO	0x2

/* §2.14 capability bits of DCR0, PTCR0, GET_DCR0_REG, v7 */
#define VMXNET3_CAP_UDP_RSS		(1u << 0)
#define VMXNET3_CAP_ESP_RSS_IPV4	(1u << 1)
#define VMXNET3_CAP_GENEVE_CSUM		(1u << 2)
#define VMXNET3_CAP_GENEVE_TSO		(1u << 3)
#define VMXNET3_CAP_VXLAN_CSUM		(1u << 4)
#define VMXNET3_CAP_VXLAN_TSO		(1u << 5)
#define VMXNET3_CAP_GENEVE_OUTER_CSUM	(1u << 6)
#define VMXNET3_CAP_VXLAN_OUTER_CSUM	(1u << 7)
#define VMXNET3_CAP_ESP_RSS_IPV6	(1u << 9)
#define VMXNET3_CAP_LARGE_BAR		(1u << 16)
#define VMXNET3_CAP_OOORX		(1u << 17)
#define VMXNET3_CAP_ERROR		(1u << 31)

/* §2.6 DriverShared */
#define VMXNET3_MAGIC			0xbabefee1u
#define VMXNET3_GOS_LINUX_64		0x06	/* type 1 << 2 | 64-bit */
#define VMXNET3_REV_SUPPORT		1
#define VMXNET3_UPT_SUPPORT		1

#define VMXNET3_UPT_RXCSUM		0x01u
#define VMXNET3_UPT_RSS			0x02u
#define VMXNET3_UPT_RXVLAN		0x04u
#define VMXNET3_UPT_LRO			0x08u
#define VMXNET3_UPT_RXINNEROFLD		0x10u	/* v4 */

#define VMXNET3_RXM_UCAST		0x01u
#define VMXNET3_RXM_MCAST		0x02u
#define VMXNET3_RXM_BCAST		0x04u
#define VMXNET3_RXM_ALLMULTI		0x08u
#define VMXNET3_RXM_PROMISC		0x10u

#define VMXNET3_INTR_CTRL_DISABLE_ALL	0x1u
#define VMXNET3_IML_NONE		0
#define VMXNET3_IML_ADAPTIVE		8

#define VMXNET3_VF_DWORDS		128	/* 4096 VLAN ids */

/**
 * struct vmxnet3_varlen_desc - location of a configuration block (§2.6)
 * @version: V: 1, or 0 when there is no block
 * @len: V: length of the block in bytes
 * @addr: V: bus address of the block
 */
struct vmxnet3_varlen_desc {
	__le32 version;
	__le32 len;
	__le64 addr;
};

/**
 * struct vmxnet3_intr_conf - interrupt block for up to 25 vectors (§2.6)
 * @auto_mask: V: 1 iff the device masks a vector when it fires
 * @num_intrs: V: vectors in use
 * @event_intr_idx: V: vector of the events
 * @mod_levels: V: moderation level per vector, VMXNET3_IML_*
 * @intr_ctrl: V: VMXNET3_INTR_CTRL_*
 * @reserved: 0
 */
struct vmxnet3_intr_conf {
	__u8   auto_mask;
	__u8   num_intrs;
	__u8   event_intr_idx;
	__u8   mod_levels[VMXNET3_MAX_INTRS_V1];
	__le32 intr_ctrl;
	__le32 reserved[2];
};

/**
 * struct vmxnet3_intr_conf_ext - interrupt block for up to 65 vectors (v6)
 * @auto_mask: V: as in &struct vmxnet3_intr_conf
 * @num_intrs: V: as above
 * @event_intr_idx: V: as above
 * @reserved1: 0
 * @intr_ctrl: V: as above
 * @reserved2: 0
 * @mod_levels: V: as above
 * @pad: 0
 */
struct vmxnet3_intr_conf_ext {
	__u8   auto_mask;
	__u8   num_intrs;
	__u8   event_intr_idx;
	__u8   reserved1;
	__le32 intr_ctrl;
	__le32 reserved2;
	__u8   mod_levels[VMXNET3_MAX_INTRS_V6];
	__u8   pad[3];
};

/**
 * struct vmxnet3_rx_filter_conf - what is received (§2.6, §3.12)
 * @rx_mode: V: VMXNET3_RXM_*
 * @mf_table_len: V: bytes in the multicast table, 6 per address
 * @pad: 0
 * @mf_table_pa: V: bus address of the multicast table
 * @vf_table: V: bitmap of the accepted VLAN ids
 */
struct vmxnet3_rx_filter_conf {
	__le32 rx_mode;
	__le16 mf_table_len;
	__le16 pad;
	__le64 mf_table_pa;
	__le32 vf_table[VMXNET3_VF_DWORDS];
};

/**
 * struct vmxnet3_driver_shared - root of all shared memory (§2.6)
 * @magic: V: VMXNET3_MAGIC
 * @size: V: 0
 * @driver_version: V: free form
 * @gos: V: guest operating system, VMXNET3_GOS_*
 * @vmxnet3_rev_spt: V: VMXNET3_REV_SUPPORT
 * @upt_ver_spt: V: VMXNET3_UPT_SUPPORT
 * @upt_features: V: VMXNET3_UPT_*
 * @dd_pa: V: 0, driver data is not shared
 * @queue_desc_pa: V: bus address of the queue descriptor table
 * @dd_len: V: 0
 * @queue_desc_len: V: bytes of the queue descriptor table
 * @mtu: V: MTU in bytes
 * @max_num_rx_sg: V: most buffers that one received frame may use
 * @num_tx_queues: V: transmit queues
 * @num_rx_queues: V: receive queues
 * @reserved1: 0
 * @intr: V: interrupt block
 * @rx_filter: V: receive filter block
 * @rss_conf: V: &struct vmxnet3_rss_conf, or absent
 * @pm_conf: V: &struct vmxnet3_pm_conf, or absent
 * @plugin_conf: V: absent
 * @ecr: D: pending events, VMXNET3_ECR_*; cleared through the register
 * @reserved2: 0
 * @cmd_info: V/D: argument of the running command (v3)
 * @intr_ext: V: interrupt block used when there are more than 8 tx or 16 rx
 *	queues (v6)
 */
struct vmxnet3_driver_shared {
	__le32 magic;
	__le32 size;
	__le32 driver_version;
	__le32 gos;
	__le32 vmxnet3_rev_spt;
	__le32 upt_ver_spt;
	__le64 upt_features;
	__le64 dd_pa;
	__le64 queue_desc_pa;
	__le32 dd_len;
	__le32 queue_desc_len;
	__le32 mtu;
	__le16 max_num_rx_sg;
	__u8   num_tx_queues;
	__u8   num_rx_queues;
	__le32 reserved1[4];
	struct vmxnet3_intr_conf intr;
	struct vmxnet3_rx_filter_conf rx_filter;
	struct vmxnet3_varlen_desc rss_conf;
	struct vmxnet3_varlen_desc pm_conf;
	struct vmxnet3_varlen_desc plugin_conf;
	__le32 ecr;
	__le32 reserved2;
	__le64 cmd_info[2];
	struct vmxnet3_intr_conf_ext intr_ext;
};

/* §2.20 events */
#define VMXNET3_ECR_RQERR		0x01u
#define VMXNET3_ECR_TQERR		0x02u
#define VMXNET3_ECR_LINK		0x04u
#define VMXNET3_ECR_DIC			0x08u
#define VMXNET3_ECR_DEBUG		0x10u
#define VMXNET3_ECR_ALL			0x1fu

/* §2.20 queue_status.error */
#define VMXNET3_QERR_NO_EOP		0x80000000u
#define VMXNET3_QERR_TXD_REUSE		0x80000001u
#define VMXNET3_QERR_BIG_PKT		0x80000002u
#define VMXNET3_QERR_DESC_NOT_SPT	0x80000003u
#define VMXNET3_QERR_SMALL_BUF		0x80000004u
#define VMXNET3_QERR_STRESS		0x80000005u
#define VMXNET3_QERR_SWITCH		0x80000006u
#define VMXNET3_QERR_TXD_INVALID	0x80000007u

/**
 * struct vmxnet3_queue_status - state of a queue (§2.7)
 * @stopped: D: non-zero when the device stopped the queue
 * @pad: 0
 * @error: D: why, VMXNET3_QERR_*
 */
struct vmxnet3_queue_status {
	__u8   stopped;
	__u8   pad[3];
	__le32 error;
};

/**
 * struct vmxnet3_txq_stats - device counters of a tx queue (§2.7)
 * @tso_pkts: D: packets given to TSO
 * @tso_bytes: D: their bytes
 * @ucast_pkts: D: unicast packets
 * @ucast_bytes: D: their bytes
 * @mcast_pkts: D: multicast packets
 * @mcast_bytes: D: their bytes
 * @bcast_pkts: D: broadcast packets
 * @bcast_bytes: D: their bytes
 * @errors: D: packets not sent for an error
 * @discards: D: packets dropped by the device
 */
struct vmxnet3_txq_stats {
	__le64 tso_pkts;
	__le64 tso_bytes;
	__le64 ucast_pkts;
	__le64 ucast_bytes;
	__le64 mcast_pkts;
	__le64 mcast_bytes;
	__le64 bcast_pkts;
	__le64 bcast_bytes;
	__le64 errors;
	__le64 discards;
};

/**
 * struct vmxnet3_rxq_stats - device counters of an rx queue (§2.7)
 * @lro_pkts: D: packets merged by LRO
 * @lro_bytes: D: their bytes
 * @ucast_pkts: D: unicast packets on the wire
 * @ucast_bytes: D: their bytes
 * @mcast_pkts: D: multicast packets on the wire
 * @mcast_bytes: D: their bytes
 * @bcast_pkts: D: broadcast packets on the wire
 * @bcast_bytes: D: their bytes
 * @out_of_buf: D: packets dropped for want of a posted buffer
 * @errors: D: packets dropped for an error
 */
struct vmxnet3_rxq_stats {
	__le64 lro_pkts;
	__le64 lro_bytes;
	__le64 ucast_pkts;
	__le64 ucast_bytes;
	__le64 mcast_pkts;
	__le64 mcast_bytes;
	__le64 bcast_pkts;
	__le64 bcast_bytes;
	__le64 out_of_buf;
	__le64 errors;
};

/**
 * struct vmxnet3_txq_desc - transmit queue descriptor (§2.7)
 * @num_deferred: V: packets posted since the last doorbell
 * @threshold: D: ring the doorbell when @num_deferred reaches this
 * @reserved1: 0
 * @tx_ring_pa: V: &struct vmxnet3_txd ring
 * @data_ring_pa: V: data slots
 * @comp_ring_pa: V: &struct vmxnet3_txcd ring
 * @dd_pa: V: 0
 * @reserved2: 0
 * @tx_ring_size: V: descriptors
 * @data_ring_size: V: slots, equal to @tx_ring_size
 * @comp_ring_size: V: descriptors
 * @dd_len: V: 0
 * @intr_idx: V: vector
 * @pad1: 0
 * @data_slot_size: V: bytes of a data slot
 * @pad2: 0
 * @status: D: refreshed by GET_QUEUE_STATUS
 * @stats: D: refreshed by GET_STATS
 * @ts_ring_pa: V: timestamp ring (v9)
 * @ts_slot_size: V: bytes of a timestamp slot (v9)
 * @pad3: 0
 * @latency_sample_rate: D: 0 off, n every n-th packet (v9)
 * @pad4: 0
 */
struct vmxnet3_txq_desc {
	__le32 num_deferred;
	__le32 threshold;
	__le64 reserved1;
	__le64 tx_ring_pa;
	__le64 data_ring_pa;
	__le64 comp_ring_pa;
	__le64 dd_pa;
	__le64 reserved2;
	__le32 tx_ring_size;
	__le32 data_ring_size;
	__le32 comp_ring_size;
	__le32 dd_len;
	__u8   intr_idx;
	__u8   pad1;
	__le16 data_slot_size;
	__u8   pad2[4];
	struct vmxnet3_queue_status status;
	struct vmxnet3_txq_stats stats;
	__le64 ts_ring_pa;
	__le16 ts_slot_size;
	__u8   pad3[2];
	__le16 latency_sample_rate;
	__u8   pad4[74];
};

/**
 * struct vmxnet3_rxq_desc - receive queue descriptor (§2.7)
 * @update_rx_prod: D: non-zero: ring the RXPROD doorbells
 * @pad1: 0
 * @rx_ring_pa: V: ring 1 and ring 2, &struct vmxnet3_rxd
 * @comp_ring_pa: V: &struct vmxnet3_rxcd ring of both
 * @dd_pa: V: 0
 * @data_ring_pa: V: rx data ring, 0 for none (v3)
 * @rx_ring_size: V: descriptors of ring 1 and ring 2
 * @comp_ring_size: V: descriptors, at least the sum of both
 * @dd_len: V: 0
 * @intr_idx: V: vector
 * @pad2: 0
 * @data_slot_size: V: bytes of an rx data slot, 0 for none (v3)
 * @pad3: 0
 * @status: D: refreshed by GET_QUEUE_STATUS
 * @stats: D: refreshed by GET_STATS
 * @ts_ring_pa: V: timestamp ring (v9)
 * @ts_slot_size: V: bytes of a timestamp slot (v9)
 * @pad4: 0
 */
struct vmxnet3_rxq_desc {
	__u8   update_rx_prod;
	__u8   pad1[15];
	__le64 rx_ring_pa[2];
	__le64 comp_ring_pa;
	__le64 dd_pa;
	__le64 data_ring_pa;
	__le32 rx_ring_size[2];
	__le32 comp_ring_size;
	__le32 dd_len;
	__u8   intr_idx;
	__u8   pad2;
	__le16 data_slot_size;
	__u8   pad3[4];
	struct vmxnet3_queue_status status;
	struct vmxnet3_rxq_stats stats;
	__le64 ts_ring_pa;
	__le16 ts_slot_size;
	__u8   pad4[78];
};

/* §2.8 RSS */
#define VMXNET3_RSS_HASH_IPV4		0x1
#define VMXNET3_RSS_HASH_TCP_IPV4	0x2
#define VMXNET3_RSS_HASH_IPV6		0x4
#define VMXNET3_RSS_HASH_TCP_IPV6	0x8
#define VMXNET3_RSS_FUNC_TOEPLITZ	1
#define VMXNET3_RSS_KEY_SIZE		40
#define VMXNET3_RSS_TABLE_SIZE		128

/**
 * struct vmxnet3_rss_conf - receive side scaling (§2.8)
 * @hash_type: V: VMXNET3_RSS_HASH_*
 * @hash_func: V: VMXNET3_RSS_FUNC_TOEPLITZ
 * @hash_key_size: V: bytes used of @hash_key
 * @ind_table_size: V: entries used of @ind_table
 * @hash_key: V: Toeplitz key
 * @ind_table: V: receive queue of each hash bucket
 */
struct vmxnet3_rss_conf {
	__le16 hash_type;
	__le16 hash_func;
	__le16 hash_key_size;
	__le16 ind_table_size;
	__u8   hash_key[VMXNET3_RSS_KEY_SIZE];
	__u8   ind_table[VMXNET3_RSS_TABLE_SIZE];
};

/* §2.13 RSS fields, v4 */
#define VMXNET3_RSS_FIELDS_TCP4		0x01
#define VMXNET3_RSS_FIELDS_TCP6		0x02
#define VMXNET3_RSS_FIELDS_UDP4		0x04
#define VMXNET3_RSS_FIELDS_UDP6		0x08
#define VMXNET3_RSS_FIELDS_ESP4		0x10
#define VMXNET3_RSS_FIELDS_ESP6		0x20	/* v6 */

/* §2.10 coalescing, v3 */
#define VMXNET3_COALESCE_DISABLED	0
#define VMXNET3_COALESCE_ADAPTIVE	1
#define VMXNET3_COALESCE_STATIC		2
#define VMXNET3_COALESCE_RBC		3
#define VMXNET3_COALESCE_RATE_MIN	100	/* interrupts per second */
#define VMXNET3_COALESCE_RATE_MAX	100000
#define VMXNET3_COALESCE_DEPTH_MAX	128

/**
 * struct vmxnet3_coalesce - interrupt coalescing scheme (§2.10, v3)
 * @mode: V/D: VMXNET3_COALESCE_*
 * @param: V/D: rate for RBC; tx depth, tx completion depth, rx depth for static
 */
struct vmxnet3_coalesce {
	__le32 mode;
	__le32 param[3];
};

/**
 * struct vmxnet3_ring_buf_size - receive buffer sizes (§2.12, v7)
 * @ring1_head: V: bytes of each HEAD buffer of ring 1
 * @ring1_body: V: 0, ring 1 holds HEAD buffers only
 * @ring2_body: V: bytes of each BODY buffer of ring 2
 * @pad: 0
 */
struct vmxnet3_ring_buf_size {
	__le16 ring1_head;
	__le16 ring1_body;
	__le16 ring2_body;
	__le16 pad;
};

/* §3.20 wake on LAN */
#define VMXNET3_PM_WAKE_MAGIC		0x1
#define VMXNET3_PM_WAKE_FILTER		0x2
#define VMXNET3_PM_MAX_FILTERS		6
#define VMXNET3_PM_MAX_MASK		16
#define VMXNET3_PM_MAX_PATTERN		128

/**
 * struct vmxnet3_pm_filter - packet pattern that wakes the guest (§3.20)
 * @mask_size: V: bytes used of @mask
 * @pattern_size: V: bytes used of @pattern
 * @mask: V: one bit a pattern byte, least significant first
 * @pattern: V: bytes to match from the start of the frame
 * @pad: 0
 */
struct vmxnet3_pm_filter {
	__u8 mask_size;
	__u8 pattern_size;
	__u8 mask[VMXNET3_PM_MAX_MASK];
	__u8 pattern[VMXNET3_PM_MAX_PATTERN];
	__u8 pad[6];
};

/**
 * struct vmxnet3_pm_conf - wake-up configuration (§3.20)
 * @wake_up_events: V: VMXNET3_PM_WAKE_*
 * @num_filters: V: filters in use
 * @pad: 0
 * @filters: V: packet patterns
 */
struct vmxnet3_pm_conf {
	__le16 wake_up_events;
	__u8   num_filters;
	__u8   pad[5];
	struct vmxnet3_pm_filter filters[VMXNET3_PM_MAX_FILTERS];
};

/**
 * struct vmxnet3_txd - transmit descriptor (§2.15)
 * @addr: V: bus address of the buffer
 * @dw2: V: VMXNET3_TXD2_*
 * @dw3: V: VMXNET3_TXD3_*
 */
struct vmxnet3_txd {
	__le64 addr;
	__le32 dw2;
	__le32 dw3;
};

#define VMXNET3_TXD2_LEN_MASK		0x3fffu	/* 0 means 16384 */
#define VMXNET3_TXD2_GEN		(1u << 14)
#define VMXNET3_TXD2_OCO		(1u << 15)
#define VMXNET3_TXD2_EXT1		(1u << 17)	/* v7 */
#define VMXNET3_TXD2_MSSCOF_SHIFT	18
#define VMXNET3_TXD2_MSSCOF_MASK	0x3fffu

#define VMXNET3_TXD3_HLEN_MASK		0x3ffu
#define VMXNET3_TXD3_OM_SHIFT		10
#define VMXNET3_TXD3_OM_MASK		0x3u
#define VMXNET3_TXD3_EOP		(1u << 12)
#define VMXNET3_TXD3_CQ			(1u << 13)
#define VMXNET3_TXD3_TI			(1u << 15)
#define VMXNET3_TXD3_TCI_SHIFT		16

#define VMXNET3_OM_NONE			0
#define VMXNET3_OM_ENCAP		1	/* v4 to v6; fatal elsewhere */
#define VMXNET3_OM_CSUM			2
#define VMXNET3_OM_TSO			3

/**
 * struct vmxnet3_txcd - transmit completion (§2.16)
 * @dw0: D: VMXNET3_TXCD0_*
 * @dw1: D: reserved
 * @dw2: D: reserved
 * @dw3: D: VMXNET3_CD3_*
 */
struct vmxnet3_txcd {
	__le32 dw0;
	__le32 dw1;
	__le32 dw2;
	__le32 dw3;
};

#define VMXNET3_TXCD0_IDX_MASK		0xfffu

/* common to tx and rx completions */
#define VMXNET3_CD3_TYPE_SHIFT		24
#define VMXNET3_CD3_TYPE_MASK		0x7fu
#define VMXNET3_CD3_GEN			(1u << 31)
#define VMXNET3_CD_TYPE_TX		0
#define VMXNET3_CD_TYPE_RX		3
#define VMXNET3_CD_TYPE_RX_LRO		4	/* v2 */

/**
 * struct vmxnet3_rxd - receive descriptor (§2.17)
 * @addr: V: bus address of the buffer
 * @dw2: V: VMXNET3_RXD2_*
 * @dw3: V: 0
 */
struct vmxnet3_rxd {
	__le64 addr;
	__le32 dw2;
	__le32 dw3;
};

#define VMXNET3_RXD2_LEN_MASK		0x3fffu
#define VMXNET3_RXD2_BTYPE_BODY		(1u << 14)
#define VMXNET3_RXD2_GEN		(1u << 31)

/**
 * struct vmxnet3_rxcd - receive completion (§2.18)
 * @dw0: D: VMXNET3_RXCD0_*
 * @dw1: D: RSS hash; with type LRO the segment information
 * @dw2: D: VMXNET3_RXCD2_*
 * @dw3: D: VMXNET3_RXCD3_*, VMXNET3_CD3_*
 */
struct vmxnet3_rxcd {
	__le32 dw0;
	__le32 dw1;
	__le32 dw2;
	__le32 dw3;
};

#define VMXNET3_RXCD0_IDX_MASK		0xfffu
#define VMXNET3_RXCD0_INNER_ANY		(1u << 12)	/* meaning disputed */
#define VMXNET3_RXCD0_INNER		(1u << 13)
#define VMXNET3_RXCD0_EOP		(1u << 14)
#define VMXNET3_RXCD0_SOP		(1u << 15)
#define VMXNET3_RXCD0_RQID_SHIFT	16
#define VMXNET3_RXCD0_RQID_MASK		0x3ffu
#define VMXNET3_RXCD0_RSSTYPE_SHIFT	26
#define VMXNET3_RXCD0_RSSTYPE_MASK	0xfu
#define VMXNET3_RXCD0_CNC		(1u << 30)
#define VMXNET3_RXCD0_TS		(1u << 31)	/* v9 */

#define VMXNET3_RXCD1_SEGCNT_MASK	0xffu		/* type LRO */

#define VMXNET3_RXCD2_LEN_MASK		0x3fffu
#define VMXNET3_RXCD2_ERR		(1u << 14)
#define VMXNET3_RXCD2_TS		(1u << 15)	/* VLAN tag stripped */
#define VMXNET3_RXCD2_TCI_SHIFT		16

#define VMXNET3_RXCD3_MSS_MASK		0xffffu		/* type LRO */
#define VMXNET3_RXCD3_TUC		(1u << 16)
#define VMXNET3_RXCD3_UDP		(1u << 17)
#define VMXNET3_RXCD3_TCP		(1u << 18)
#define VMXNET3_RXCD3_IPC		(1u << 19)
#define VMXNET3_RXCD3_V6		(1u << 20)
#define VMXNET3_RXCD3_V4		(1u << 21)
#define VMXNET3_RXCD3_FRG		(1u << 22)
#define VMXNET3_RXCD3_FCS		(1u << 23)

#define VMXNET3_RSSTYPE_NONE		0
#define VMXNET3_RSSTYPE_IPV4		1
#define VMXNET3_RSSTYPE_TCP4		2
#define VMXNET3_RSSTYPE_IPV6		3
#define VMXNET3_RSSTYPE_TCP6		4
#define VMXNET3_RSSTYPE_UDP4		5
#define VMXNET3_RSSTYPE_UDP6		6
#define VMXNET3_RSSTYPE_ESP4		7
#define VMXNET3_RSSTYPE_ESP6		8

#define VMXNET3_ASSERT_SIZE(type, size) \
	_Static_assert(sizeof(struct type) == (size), #type " size")
#define VMXNET3_ASSERT_AT(type, field, offset) \
	_Static_assert(__builtin_offsetof(struct type, field) == (offset), \
		       #type "." #field " offset")

VMXNET3_ASSERT_SIZE(vmxnet3_varlen_desc, 16);
VMXNET3_ASSERT_SIZE(vmxnet3_intr_conf, 40);
VMXNET3_ASSERT_SIZE(vmxnet3_intr_conf_ext, 80);
VMXNET3_ASSERT_SIZE(vmxnet3_rx_filter_conf, 528);
VMXNET3_ASSERT_SIZE(vmxnet3_driver_shared, 800);
VMXNET3_ASSERT_SIZE(vmxnet3_queue_status, 8);
VMXNET3_ASSERT_SIZE(vmxnet3_txq_stats, 80);
VMXNET3_ASSERT_SIZE(vmxnet3_rxq_stats, 80);
VMXNET3_ASSERT_SIZE(vmxnet3_txq_desc, 256);
VMXNET3_ASSERT_SIZE(vmxnet3_rxq_desc, 256);
VMXNET3_ASSERT_SIZE(vmxnet3_rss_conf, 176);
VMXNET3_ASSERT_SIZE(vmxnet3_coalesce, 16);
VMXNET3_ASSERT_SIZE(vmxnet3_ring_buf_size, 8);
VMXNET3_ASSERT_SIZE(vmxnet3_pm_filter, 152);
VMXNET3_ASSERT_SIZE(vmxnet3_pm_conf, 920);
VMXNET3_ASSERT_SIZE(vmxnet3_txd, 16);
VMXNET3_ASSERT_SIZE(vmxnet3_txcd, 16);
VMXNET3_ASSERT_SIZE(vmxnet3_rxd, 16);
VMXNET3_ASSERT_SIZE(vmxnet3_rxcd, 16);

VMXNET3_ASSERT_AT(vmxnet3_driver_shared, upt_features, 0x018);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, queue_desc_pa, 0x028);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, mtu, 0x038);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, max_num_rx_sg, 0x03c);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, intr, 0x050);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, rx_filter, 0x078);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, rss_conf, 0x288);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, ecr, 0x2b8);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, cmd_info, 0x2c0);
VMXNET3_ASSERT_AT(vmxnet3_driver_shared, intr_ext, 0x2d0);
VMXNET3_ASSERT_AT(vmxnet3_intr_conf, intr_ctrl, 0x6c - 0x50);
VMXNET3_ASSERT_AT(vmxnet3_intr_conf_ext, mod_levels, 0x2dc - 0x2d0);
VMXNET3_ASSERT_AT(vmxnet3_rx_filter_conf, mf_table_pa, 8);
VMXNET3_ASSERT_AT(vmxnet3_rx_filter_conf, vf_table, 0x88 - 0x78);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, tx_ring_pa, 16);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, tx_ring_size, 56);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, intr_idx, 72);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, data_slot_size, 74);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, status, 80);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, stats, 88);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, ts_ring_pa, 168);
VMXNET3_ASSERT_AT(vmxnet3_txq_desc, latency_sample_rate, 180);
VMXNET3_ASSERT_AT(vmxnet3_rxq_desc, rx_ring_pa, 16);
VMXNET3_ASSERT_AT(vmxnet3_rxq_desc, data_ring_pa, 48);
VMXNET3_ASSERT_AT(vmxnet3_rxq_desc, rx_ring_size, 56);
VMXNET3_ASSERT_AT(vmxnet3_rxq_desc, intr_idx, 72);
VMXNET3_ASSERT_AT(vmxnet3_rxq_desc, data_slot_size, 74);
VMXNET3_ASSERT_AT(vmxnet3_rxq_desc, stats, 88);
VMXNET3_ASSERT_AT(vmxnet3_rxq_desc, ts_ring_pa, 168);
VMXNET3_ASSERT_AT(vmxnet3_rss_conf, ind_table, 48);
VMXNET3_ASSERT_AT(vmxnet3_pm_filter, pattern, 18);
VMXNET3_ASSERT_AT(vmxnet3_pm_conf, filters, 8);

#endif /* VMW_VMXNET3_DEV_H */
