// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Sizes, offsets and numbers of vmxnet3_dev.h against the tables of the
 * device specification, which are written down here again as data, row by row.
 *
 * Which bits of a descriptor mean what is in codec.c.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "vmw/vmxnet3_dev.h"

/* §2.6 */
#define S(field, offset, size) ROW(vmxnet3_driver_shared, field, offset, size)
static const struct row driver_shared[] = {
	S(magic, 0x000, 4),
	S(size, 0x004, 4),
	S(driver_version, 0x008, 4),
	S(gos, 0x00c, 4),
	S(vmxnet3_rev_spt, 0x010, 4),
	S(upt_ver_spt, 0x014, 4),
	S(upt_features, 0x018, 8),
	S(dd_pa, 0x020, 8),
	S(queue_desc_pa, 0x028, 8),
	S(dd_len, 0x030, 4),
	S(queue_desc_len, 0x034, 4),
	S(mtu, 0x038, 4),
	S(max_num_rx_sg, 0x03c, 2),
	S(num_tx_queues, 0x03e, 1),
	S(num_rx_queues, 0x03f, 1),
	S(reserved1, 0x040, 16),
	S(intr.auto_mask, 0x050, 1),
	S(intr.num_intrs, 0x051, 1),
	S(intr.event_intr_idx, 0x052, 1),
	S(intr.mod_levels, 0x053, 25),
	S(intr.intr_ctrl, 0x06c, 4),
	S(intr.reserved, 0x070, 8),
	S(rx_filter.rx_mode, 0x078, 4),
	S(rx_filter.mf_table_len, 0x07c, 2),
	S(rx_filter.pad, 0x07e, 2),
	S(rx_filter.mf_table_pa, 0x080, 8),
	S(rx_filter.vf_table, 0x088, 512),
	S(rss_conf, 0x288, 16),
	S(pm_conf, 0x298, 16),
	S(plugin_conf, 0x2a8, 16),
	S(ecr, 0x2b8, 4),
	S(reserved2, 0x2bc, 4),
	S(cmd_info, 0x2c0, 16),
	S(intr_ext.auto_mask, 0x2d0, 1),
	S(intr_ext.num_intrs, 0x2d1, 1),
	S(intr_ext.event_intr_idx, 0x2d2, 1),
	S(intr_ext.reserved1, 0x2d3, 1),
	S(intr_ext.intr_ctrl, 0x2d4, 4),
	S(intr_ext.reserved2, 0x2d8, 4),
	S(intr_ext.mod_levels, 0x2dc, 65),
	S(intr_ext.pad, 0x31d, 3),
};

static const struct row blocks[] = {
	S(intr, 0x050, 40),
	S(rx_filter, 0x078, 528),
	S(intr_ext, 0x2d0, 80),
};

static const struct row varlen_desc[] = {
	ROW(vmxnet3_varlen_desc, version, 0, 4),
	ROW(vmxnet3_varlen_desc, len, 4, 4),
	ROW(vmxnet3_varlen_desc, addr, 8, 8),
};

START_TEST(driver_shared_is_laid_out_as_specified)
{
	size_t i;

	CHECK_TABLE(vmxnet3_driver_shared, driver_shared, 0x320);
	CHECK_TABLE(vmxnet3_varlen_desc, varlen_desc, 16);
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		EXPECT_EQ(blocks[i].offset, blocks[i].want_offset);
		EXPECT_EQ(blocks[i].size, blocks[i].want_size);
	}
}
END_TEST

START_TEST(devices_before_v6_find_all_they_read_in_720_bytes)
{
	EXPECT_EQ(offsetof(struct vmxnet3_driver_shared, intr_ext), 720);
}
END_TEST

/* §2.7 */
#define T(field, offset, size) ROW(vmxnet3_txq_desc, field, offset, size)
static const struct row txq_desc[] = {
	T(num_deferred, 0, 4),
	T(threshold, 4, 4),
	T(reserved1, 8, 8),
	T(tx_ring_pa, 16, 8),
	T(data_ring_pa, 24, 8),
	T(comp_ring_pa, 32, 8),
	T(dd_pa, 40, 8),
	T(reserved2, 48, 8),
	T(tx_ring_size, 56, 4),
	T(data_ring_size, 60, 4),
	T(comp_ring_size, 64, 4),
	T(dd_len, 68, 4),
	T(intr_idx, 72, 1),
	T(pad1, 73, 1),
	T(data_slot_size, 74, 2),
	T(pad2, 76, 4),
	T(status.stopped, 80, 1),
	T(status.pad, 81, 3),
	T(status.error, 84, 4),
	T(stats.tso_pkts, 88, 8),
	T(stats.tso_bytes, 96, 8),
	T(stats.ucast_pkts, 104, 8),
	T(stats.ucast_bytes, 112, 8),
	T(stats.mcast_pkts, 120, 8),
	T(stats.mcast_bytes, 128, 8),
	T(stats.bcast_pkts, 136, 8),
	T(stats.bcast_bytes, 144, 8),
	T(stats.errors, 152, 8),
	T(stats.discards, 160, 8),
	T(ts_ring_pa, 168, 8),
	T(ts_slot_size, 176, 2),
	T(pad3, 178, 2),
	T(latency_sample_rate, 180, 2),
	T(pad4, 182, 74),
};

#define R(field, offset, size) ROW(vmxnet3_rxq_desc, field, offset, size)
static const struct row rxq_desc[] = {
	R(update_rx_prod, 0, 1),
	R(pad1, 1, 15),
	R(rx_ring_pa[0], 16, 8),
	R(rx_ring_pa[1], 24, 8),
	R(comp_ring_pa, 32, 8),
	R(dd_pa, 40, 8),
	R(data_ring_pa, 48, 8),
	R(rx_ring_size[0], 56, 4),
	R(rx_ring_size[1], 60, 4),
	R(comp_ring_size, 64, 4),
	R(dd_len, 68, 4),
	R(intr_idx, 72, 1),
	R(pad2, 73, 1),
	R(data_slot_size, 74, 2),
	R(pad3, 76, 4),
	R(status.stopped, 80, 1),
	R(status.pad, 81, 3),
	R(status.error, 84, 4),
	R(stats.lro_pkts, 88, 8),
	R(stats.lro_bytes, 96, 8),
	R(stats.ucast_pkts, 104, 8),
	R(stats.ucast_bytes, 112, 8),
	R(stats.mcast_pkts, 120, 8),
	R(stats.mcast_bytes, 128, 8),
	R(stats.bcast_pkts, 136, 8),
	R(stats.bcast_bytes, 144, 8),
	R(stats.out_of_buf, 152, 8),
	R(stats.errors, 160, 8),
	R(ts_ring_pa, 168, 8),
	R(ts_slot_size, 176, 2),
	R(pad4, 178, 78),
};

START_TEST(queue_descriptors_are_laid_out_as_specified)
{
	CHECK_TABLE(vmxnet3_txq_desc, txq_desc, 256);
	CHECK_TABLE(vmxnet3_rxq_desc, rxq_desc, 256);
	EXPECT_EQ(sizeof(struct vmxnet3_queue_status), 8);
	EXPECT_EQ(sizeof(struct vmxnet3_txq_stats), 80);
	EXPECT_EQ(sizeof(struct vmxnet3_rxq_stats), 80);
}
END_TEST

/* §2.8 */
static const struct row rss_conf[] = {
	ROW(vmxnet3_rss_conf, hash_type, 0, 2),
	ROW(vmxnet3_rss_conf, hash_func, 2, 2),
	ROW(vmxnet3_rss_conf, hash_key_size, 4, 2),
	ROW(vmxnet3_rss_conf, ind_table_size, 6, 2),
	ROW(vmxnet3_rss_conf, hash_key, 8, 40),
	ROW(vmxnet3_rss_conf, ind_table, 48, 128),
};

/* §2.10 */
static const struct row coalesce[] = {
	ROW(vmxnet3_coalesce, mode, 0, 4),
	ROW(vmxnet3_coalesce, param[0], 4, 4),
	ROW(vmxnet3_coalesce, param[1], 8, 4),
	ROW(vmxnet3_coalesce, param[2], 12, 4),
};

/* §2.12 */
static const struct row ring_buf_size[] = {
	ROW(vmxnet3_ring_buf_size, ring1_head, 0, 2),
	ROW(vmxnet3_ring_buf_size, ring1_body, 2, 2),
	ROW(vmxnet3_ring_buf_size, ring2_body, 4, 2),
	ROW(vmxnet3_ring_buf_size, pad, 6, 2),
};

/* §3.20 */
static const struct row pm_filter[] = {
	ROW(vmxnet3_pm_filter, mask_size, 0, 1),
	ROW(vmxnet3_pm_filter, pattern_size, 1, 1),
	ROW(vmxnet3_pm_filter, mask, 2, 16),
	ROW(vmxnet3_pm_filter, pattern, 18, 128),
	ROW(vmxnet3_pm_filter, pad, 146, 6),
};

static const struct row pm_conf[] = {
	ROW(vmxnet3_pm_conf, wake_up_events, 0, 2),
	ROW(vmxnet3_pm_conf, num_filters, 2, 1),
	ROW(vmxnet3_pm_conf, pad, 3, 5),
	ROW(vmxnet3_pm_conf, filters[0], 8, 152),
	ROW(vmxnet3_pm_conf, filters[1], 160, 152),
	ROW(vmxnet3_pm_conf, filters[2], 312, 152),
	ROW(vmxnet3_pm_conf, filters[3], 464, 152),
	ROW(vmxnet3_pm_conf, filters[4], 616, 152),
	ROW(vmxnet3_pm_conf, filters[5], 768, 152),
};

START_TEST(configuration_blocks_are_laid_out_as_specified)
{
	CHECK_TABLE(vmxnet3_rss_conf, rss_conf, 176);
	CHECK_TABLE(vmxnet3_coalesce, coalesce, 16);
	CHECK_TABLE(vmxnet3_ring_buf_size, ring_buf_size, 8);
	CHECK_TABLE(vmxnet3_pm_filter, pm_filter, 152);
	CHECK_TABLE(vmxnet3_pm_conf, pm_conf, 920);
}
END_TEST

/* §2.15 to §2.18; the dwords' names carry their numbers */
static const struct row txd[] = {
	ROW(vmxnet3_txd, addr, 0, 8),
	ROW(vmxnet3_txd, dw2, 8, 4),
	ROW(vmxnet3_txd, dw3, 12, 4),
};

static const struct row rxd[] = {
	ROW(vmxnet3_rxd, addr, 0, 8),
	ROW(vmxnet3_rxd, dw2, 8, 4),
	ROW(vmxnet3_rxd, dw3, 12, 4),
};

static const struct row txcd[] = {
	ROW(vmxnet3_txcd, dw0, 0, 4),
	ROW(vmxnet3_txcd, dw1, 4, 4),
	ROW(vmxnet3_txcd, dw2, 8, 4),
	ROW(vmxnet3_txcd, dw3, 12, 4),
};

static const struct row rxcd[] = {
	ROW(vmxnet3_rxcd, dw0, 0, 4),
	ROW(vmxnet3_rxcd, dw1, 4, 4),
	ROW(vmxnet3_rxcd, dw2, 8, 4),
	ROW(vmxnet3_rxcd, dw3, 12, 4),
};

START_TEST(ring_entries_are_laid_out_as_specified)
{
	CHECK_TABLE(vmxnet3_txd, txd, 16);
	CHECK_TABLE(vmxnet3_rxd, rxd, 16);
	CHECK_TABLE(vmxnet3_txcd, txcd, 16);
	CHECK_TABLE(vmxnet3_rxcd, rxcd, 16);
}
END_TEST

struct number {
	const char *name;
	uint32_t value, want;
};

#define N(name, want) { #name, VMXNET3_##name, want }

static const struct number numbers[] = {
	/* §1.1, §1.2 */
	N(PCI_VENDOR_ID, 0x15ad),
	N(PCI_DEVICE_ID, 0x07b0),
	N(BAR_PT, 0),
	N(BAR_VD, 1),
	N(PT_SIZE, 4096),
	N(PT_SIZE_LARGE, 8192),
	N(VD_SIZE, 4096),
	/* §1.4 */
	N(VERSION_MIN, 1),
	N(VERSION_MAX, 9),
	N(UVRS_UPT1, 1),
	/* §1.5 */
	N(MAX_TXQ_V1, 8),
	N(MAX_RXQ_V1, 8),
	N(MAX_QUEUES_V6, 32),
	N(MAX_INTRS_V1, 25),
	N(MAX_INTRS_V6, 65),
	N(RING_ALIGN, 512),
	N(RING_SIZE_MULT, 32),
	N(TX_RING_MAX, 4096),
	N(RX_RING1_MAX, 4096),
	N(RX_RING2_MAX, 4096),
	N(MIN_MTU, 60),
	N(MAX_MTU_V1, 9000),
	N(MAX_MTU_V6, 9190),
	N(FRAME_OVERHEAD, 22),
	N(MAX_TXD_PER_PKT, 16),
	N(MAX_TXD_PER_TSO, 24),
	N(TXD_MAX_LEN, 16384),
	N(RXD_MAX_LEN, 16383),
	N(RX_HEAD_MIN, 128),
	N(MAX_CSUM_OFFSET, 1024),
	N(MAX_HDR_LEN, 1023),
	N(MAX_MSS, 16383),
	N(TXDATA_SLOT_DEFAULT, 128),
	N(TXDATA_SLOT_MAX, 2048),
	N(TXDATA_SLOT_MULT, 64),
	N(RXDATA_SLOT_MAX, 2048),
	N(MCAST_TABLE_MAX, 10922),
	/* §2.1 */
	N(VD_VRRS, 0x00),
	N(VD_UVRS, 0x08),
	N(VD_DSAL, 0x10),
	N(VD_DSAH, 0x18),
	N(VD_CMD, 0x20),
	N(VD_MACL, 0x28),
	N(VD_MACH, 0x30),
	N(VD_ICR, 0x38),
	N(VD_ECR, 0x40),
	N(VD_DCR(0), 0x48),
	N(VD_DCR(7), 0x80),
	N(VD_PTCR(0), 0x88),
	N(VD_PTCR(5), 0xb0),
	/* §2.2 */
	N(PT_IMR(0), 0x000),
	N(PT_IMR(1), 0x008),
	N(PT_IMR(64), 0x200),
	N(PT_TXPROD, 0x600),
	N(PT_RXPROD, 0x800),
	N(PT_RXPROD2, 0xa00),
	N(PT_TXPROD_LARGE, 0x1000),
	N(PT_RXPROD_LARGE, 0x1400),
	N(PT_RXPROD2_LARGE, 0x1800),
	N(PT_STRIDE, 8),
	/* §2.3 */
	N(CMD_ACTIVATE_DEV, 0xCAFE0000),
	N(CMD_QUIESCE_DEV, 0xCAFE0001),
	N(CMD_RESET_DEV, 0xCAFE0002),
	N(CMD_UPDATE_RX_MODE, 0xCAFE0003),
	N(CMD_UPDATE_MAC_FILTERS, 0xCAFE0004),
	N(CMD_UPDATE_VLAN_FILTERS, 0xCAFE0005),
	N(CMD_UPDATE_RSSIDT, 0xCAFE0006),
	N(CMD_UPDATE_IML, 0xCAFE0007),
	N(CMD_UPDATE_PMCFG, 0xCAFE0008),
	N(CMD_UPDATE_FEATURE, 0xCAFE0009),
	N(CMD_SET_COALESCE, 0xCAFE000E),
	N(CMD_REGISTER_MEMREGS, 0xCAFE000F),
	N(CMD_SET_RSS_FIELDS, 0xCAFE0010),
	N(CMD_SET_RING_BUFFER_SIZE, 0xCAFE0013),
	/* §2.4 */
	N(CMD_GET_QUEUE_STATUS, 0xF00D0000),
	N(CMD_GET_STATS, 0xF00D0001),
	N(CMD_GET_LINK, 0xF00D0002),
	N(CMD_GET_PERM_MAC_LO, 0xF00D0003),
	N(CMD_GET_PERM_MAC_HI, 0xF00D0004),
	N(CMD_GET_DID_LO, 0xF00D0005),
	N(CMD_GET_DID_HI, 0xF00D0006),
	N(CMD_GET_DEV_EXTRA_INFO, 0xF00D0007),
	N(CMD_GET_CONF_INTR, 0xF00D0008),
	N(CMD_GET_ADAPTIVE_RING, 0xF00D0009),
	N(CMD_GET_TXDATA_DESC_SIZE, 0xF00D000A),
	N(CMD_GET_COALESCE, 0xF00D000B),
	N(CMD_GET_RSS_FIELDS, 0xF00D000C),
	N(CMD_GET_MAX_QUEUES_CONF, 0xF00D000F),
	N(CMD_GET_MAX_CAPABILITIES, 0xF00D0011),
	N(CMD_GET_DCR0_REG, 0xF00D0012),
	N(CMD_GET_TSRING_DESC_SIZE, 0xF00D0013),
	N(CMD_GET_DISABLED_OFFLOADS, 0xF00D0014),
	N(LINK_UP, 1),
	N(LINK_SPEED_SHIFT, 16),
	N(INTR_TYPE_MASK, 3),
	N(INTR_TYPE_AUTO, 0),
	N(INTR_TYPE_INTX, 1),
	N(INTR_TYPE_MSI, 2),
	N(INTR_TYPE_MSIX, 3),
	N(INTR_MODE_SHIFT, 2),
	N(INTR_MODE_MASK, 3),
	N(INTR_MODE_AUTO, 0),
	N(INTR_MODE_ACTIVE, 1),
	N(INTR_MODE_LAZY, 2),
	N(OFFLOAD_DISABLED_TSO, 1),
	N(OFFLOAD_DISABLED_LRO, 2),
	/* §2.14 */
	N(CAP_UDP_RSS, 0x1),
	N(CAP_ESP_RSS_IPV4, 0x2),
	N(CAP_GENEVE_CSUM, 0x4),
	N(CAP_GENEVE_TSO, 0x8),
	N(CAP_VXLAN_CSUM, 0x10),
	N(CAP_VXLAN_TSO, 0x20),
	N(CAP_GENEVE_OUTER_CSUM, 0x40),
	N(CAP_VXLAN_OUTER_CSUM, 0x80),
	N(CAP_ESP_RSS_IPV6, 0x200),
	N(CAP_LARGE_BAR, 0x10000),
	N(CAP_OOORX, 0x20000),
	N(CAP_ERROR, 0x80000000),
	/* §2.6, §2.9, §10 */
	N(MAGIC, 0xBABEFEE1),
	N(GOS_LINUX_64, 0x06),
	N(REV_SUPPORT, 1),
	N(UPT_SUPPORT, 1),
	N(UPT_RXCSUM, 1),
	N(UPT_RSS, 2),
	N(UPT_RXVLAN, 4),
	N(UPT_LRO, 8),
	N(UPT_RXINNEROFLD, 0x10),
	N(RXM_UCAST, 1),
	N(RXM_MCAST, 2),
	N(RXM_BCAST, 4),
	N(RXM_ALLMULTI, 8),
	N(RXM_PROMISC, 0x10),
	N(INTR_CTRL_DISABLE_ALL, 1),
	N(IML_NONE, 0),
	N(IML_ADAPTIVE, 8),
	N(VF_DWORDS, 128),
	/* §2.20 */
	N(ECR_RQERR, 1),
	N(ECR_TQERR, 2),
	N(ECR_LINK, 4),
	N(ECR_DIC, 8),
	N(ECR_DEBUG, 0x10),
	N(ECR_ALL, 0x1f),
	N(QERR_NO_EOP, 0x80000000),
	N(QERR_TXD_REUSE, 0x80000001),
	N(QERR_BIG_PKT, 0x80000002),
	N(QERR_DESC_NOT_SPT, 0x80000003),
	N(QERR_SMALL_BUF, 0x80000004),
	N(QERR_STRESS, 0x80000005),
	N(QERR_SWITCH, 0x80000006),
	N(QERR_TXD_INVALID, 0x80000007),
	/* §2.8, §2.13 */
	N(RSS_HASH_IPV4, 1),
	N(RSS_HASH_TCP_IPV4, 2),
	N(RSS_HASH_IPV6, 4),
	N(RSS_HASH_TCP_IPV6, 8),
	N(RSS_FUNC_TOEPLITZ, 1),
	N(RSS_KEY_SIZE, 40),
	N(RSS_TABLE_SIZE, 128),
	N(RSS_FIELDS_TCP4, 0x01),
	N(RSS_FIELDS_TCP6, 0x02),
	N(RSS_FIELDS_UDP4, 0x04),
	N(RSS_FIELDS_UDP6, 0x08),
	N(RSS_FIELDS_ESP4, 0x10),
	N(RSS_FIELDS_ESP6, 0x20),
	/* §2.10 */
	N(COALESCE_DISABLED, 0),
	N(COALESCE_ADAPTIVE, 1),
	N(COALESCE_STATIC, 2),
	N(COALESCE_RBC, 3),
	N(COALESCE_RATE_MIN, 100),
	N(COALESCE_RATE_MAX, 100000),
	N(COALESCE_DEPTH_MAX, 128),
	/* §3.20 */
	N(PM_WAKE_MAGIC, 1),
	N(PM_WAKE_FILTER, 2),
	N(PM_MAX_FILTERS, 6),
	N(PM_MAX_MASK, 16),
	N(PM_MAX_PATTERN, 128),
	/* §2.15; the shifted masks are compared with the bit tables in codec.c */
	N(TXD2_LEN_MASK, 0x3fff),
	N(TXD2_GEN, 0x4000),
	N(TXD2_OCO, 0x8000),
	N(TXD2_EXT1, 0x20000),
	N(TXD2_MSSCOF_SHIFT, 18),
	N(TXD2_MSSCOF_MASK, 0x3fff),
	N(TXD3_HLEN_MASK, 0x3ff),
	N(TXD3_OM_SHIFT, 10),
	N(TXD3_OM_MASK, 3),
	N(TXD3_EOP, 0x1000),
	N(TXD3_CQ, 0x2000),
	N(TXD3_TI, 0x8000),
	N(TXD3_TCI_SHIFT, 16),
	N(OM_NONE, 0),
	N(OM_ENCAP, 1),
	N(OM_CSUM, 2),
	N(OM_TSO, 3),
	/* §2.16 */
	N(TXCD0_IDX_MASK, 0xfff),
	N(CD3_TYPE_SHIFT, 24),
	N(CD3_TYPE_MASK, 0x7f),
	N(CD3_GEN, 0x80000000),
	N(CD_TYPE_TX, 0),
	N(CD_TYPE_RX, 3),
	N(CD_TYPE_RX_LRO, 4),
	/* §2.17 */
	N(RXD2_LEN_MASK, 0x3fff),
	N(RXD2_BTYPE_BODY, 0x4000),
	N(RXD2_GEN, 0x80000000),
	/* §2.18 */
	N(RXCD0_IDX_MASK, 0xfff),
	N(RXCD0_INNER_ANY, 0x1000),
	N(RXCD0_INNER, 0x2000),
	N(RXCD0_EOP, 0x4000),
	N(RXCD0_SOP, 0x8000),
	N(RXCD0_RQID_SHIFT, 16),
	N(RXCD0_RQID_MASK, 0x3ff),
	N(RXCD0_RSSTYPE_SHIFT, 26),
	N(RXCD0_RSSTYPE_MASK, 0xf),
	N(RXCD0_CNC, 0x40000000),
	N(RXCD0_TS, 0x80000000),
	N(RXCD1_SEGCNT_MASK, 0xff),
	N(RXCD2_LEN_MASK, 0x3fff),
	N(RXCD2_ERR, 0x4000),
	N(RXCD2_TS, 0x8000),
	N(RXCD2_TCI_SHIFT, 16),
	N(RXCD3_MSS_MASK, 0xffff),
	N(RXCD3_TUC, 0x10000),
	N(RXCD3_UDP, 0x20000),
	N(RXCD3_TCP, 0x40000),
	N(RXCD3_IPC, 0x80000),
	N(RXCD3_V6, 0x100000),
	N(RXCD3_V4, 0x200000),
	N(RXCD3_FRG, 0x400000),
	N(RXCD3_FCS, 0x800000),
	N(RSSTYPE_NONE, 0),
	N(RSSTYPE_IPV4, 1),
	N(RSSTYPE_TCP4, 2),
	N(RSSTYPE_IPV6, 3),
	N(RSSTYPE_TCP6, 4),
	N(RSSTYPE_UDP4, 5),
	N(RSSTYPE_UDP6, 6),
	N(RSSTYPE_ESP4, 7),
	N(RSSTYPE_ESP6, 8),
};

START_TEST(numbers_are_the_specified_ones)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		EXPECT_MSG(numbers[i].value == numbers[i].want,
			      "VMXNET3_%s is %#x, specified is %#x",
			      numbers[i].name, numbers[i].value,
			      numbers[i].want);
}
END_TEST

static bool listed(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strncmp(numbers[i].name, name, len) &&
		    (numbers[i].name[len] == '\0' ||
		     numbers[i].name[len] == '('))
			return true;
	return false;
}

/* A number added to the header needs a row above, from the specification. */
START_TEST(no_number_of_the_header_is_left_out)
{
	static const char define[] = "#define VMXNET3_";
	char *text = tree_file("drivers/include/vmw/vmxnet3_dev.h");
	unsigned int seen = 0;
	char *at = text;

	while ((at = strstr(at, define))) {
		size_t len;

		at += strlen(define);
		len = strcspn(at, "( \t\n");
		if (!strncmp(at, "ASSERT_", 7))
			continue;
		EXPECT_MSG(listed(at, len), "VMXNET3_%.*s is not in the table",
			      (int)len, at);
		seen++;
	}
	free(text);
	EXPECT(seen > 200);
}
END_TEST

Suite *layout_suite(void)
{
	Suite *suite = suite_create("device layout");
	TCase *structures = tcase_create("structures");
	TCase *constants = tcase_create("constants");

	tcase_add_test(structures, driver_shared_is_laid_out_as_specified);
	tcase_add_test(structures,
		       devices_before_v6_find_all_they_read_in_720_bytes);
	tcase_add_test(structures, queue_descriptors_are_laid_out_as_specified);
	tcase_add_test(structures,
		       configuration_blocks_are_laid_out_as_specified);
	tcase_add_test(structures, ring_entries_are_laid_out_as_specified);
	suite_add_tcase(suite, structures);

	tcase_add_test(constants, numbers_are_the_specified_ones);
	tcase_add_test(constants, no_number_of_the_header_is_left_out);
	suite_add_tcase(suite, constants);
	return suite;
}
