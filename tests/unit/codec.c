// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmxnet3_codec.h: what it packs is read back bit by bit from the tables of
 * the device specification (§2.15 to §2.18), and what it unpacks was put
 * together that way.
 */
#include "unit.h"

#include "vmw/vmxnet3_codec.h"

#define ROUNDS 20000

/* Masks of the header, moved to their place, against hi:lo of the tables. */
static const struct field {
	const char *name;
	uint32_t mask;
	unsigned int hi, lo;
} fields[] = {
	{ "TxDesc.len", VMXNET3_TXD2_LEN_MASK, 13, 0 },
	{ "TxDesc.gen", VMXNET3_TXD2_GEN, 14, 14 },
	{ "TxDesc.oco", VMXNET3_TXD2_OCO, 15, 15 },
	{ "TxDesc.ext1", VMXNET3_TXD2_EXT1, 17, 17 },
	{ "TxDesc.msscof", VMXNET3_TXD2_MSSCOF_MASK << VMXNET3_TXD2_MSSCOF_SHIFT,
	  31, 18 },
	{ "TxDesc.hlen", VMXNET3_TXD3_HLEN_MASK, 9, 0 },
	{ "TxDesc.om", VMXNET3_TXD3_OM_MASK << VMXNET3_TXD3_OM_SHIFT, 11, 10 },
	{ "TxDesc.eop", VMXNET3_TXD3_EOP, 12, 12 },
	{ "TxDesc.cq", VMXNET3_TXD3_CQ, 13, 13 },
	{ "TxDesc.ti", VMXNET3_TXD3_TI, 15, 15 },
	{ "TxDesc.tci", 0xffffu << VMXNET3_TXD3_TCI_SHIFT, 31, 16 },
	{ "TxCompDesc.txdIdx", VMXNET3_TXCD0_IDX_MASK, 11, 0 },
	{ "CompDesc.type", VMXNET3_CD3_TYPE_MASK << VMXNET3_CD3_TYPE_SHIFT,
	  30, 24 },
	{ "CompDesc.gen", VMXNET3_CD3_GEN, 31, 31 },
	{ "RxDesc.len", VMXNET3_RXD2_LEN_MASK, 13, 0 },
	{ "RxDesc.btype", VMXNET3_RXD2_BTYPE_BODY, 14, 14 },
	{ "RxDesc.gen", VMXNET3_RXD2_GEN, 31, 31 },
	{ "RxCompDesc.rxdIdx", VMXNET3_RXCD0_IDX_MASK, 11, 0 },
	{ "RxCompDesc.ext1", VMXNET3_RXCD0_INNER_ANY | VMXNET3_RXCD0_INNER,
	  13, 12 },
	{ "RxCompDesc.eop", VMXNET3_RXCD0_EOP, 14, 14 },
	{ "RxCompDesc.sop", VMXNET3_RXCD0_SOP, 15, 15 },
	{ "RxCompDesc.rqID",
	  VMXNET3_RXCD0_RQID_MASK << VMXNET3_RXCD0_RQID_SHIFT, 25, 16 },
	{ "RxCompDesc.rssType",
	  (uint32_t)VMXNET3_RXCD0_RSSTYPE_MASK << VMXNET3_RXCD0_RSSTYPE_SHIFT,
	  29, 26 },
	{ "RxCompDesc.cnc", VMXNET3_RXCD0_CNC, 30, 30 },
	{ "RxCompDesc.ext2", VMXNET3_RXCD0_TS, 31, 31 },
	{ "RxCompDesc.segCnt", VMXNET3_RXCD1_SEGCNT_MASK, 7, 0 },
	{ "RxCompDesc.len", VMXNET3_RXCD2_LEN_MASK, 13, 0 },
	{ "RxCompDesc.err", VMXNET3_RXCD2_ERR, 14, 14 },
	{ "RxCompDesc.ts", VMXNET3_RXCD2_TS, 15, 15 },
	{ "RxCompDesc.tci", 0xffffu << VMXNET3_RXCD2_TCI_SHIFT, 31, 16 },
	{ "RxCompDesc.mss", VMXNET3_RXCD3_MSS_MASK, 15, 0 },
	{ "RxCompDesc.tuc", VMXNET3_RXCD3_TUC, 16, 16 },
	{ "RxCompDesc.udp", VMXNET3_RXCD3_UDP, 17, 17 },
	{ "RxCompDesc.tcp", VMXNET3_RXCD3_TCP, 18, 18 },
	{ "RxCompDesc.ipc", VMXNET3_RXCD3_IPC, 19, 19 },
	{ "RxCompDesc.v6", VMXNET3_RXCD3_V6, 20, 20 },
	{ "RxCompDesc.v4", VMXNET3_RXCD3_V4, 21, 21 },
	{ "RxCompDesc.frg", VMXNET3_RXCD3_FRG, 22, 22 },
	{ "RxCompDesc.fcs", VMXNET3_RXCD3_FCS, 23, 23 },
};

START_TEST(masks_cover_the_bits_of_the_tables)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		uint32_t all = put(UINT32_MAX, fields[i].hi, fields[i].lo);

		EXPECT_MSG(fields[i].mask == all, "%s is %#x, not %#x",
			      fields[i].name, fields[i].mask, all);
	}
}
END_TEST

static void check_txd_dw2(uint32_t len, uint32_t gen, uint32_t msscof)
{
	uint32_t dw2 = vmxnet3_txd_dw2(len, gen, msscof);
	uint32_t len_read = bits(dw2, 13, 0);

	EXPECT_EQ(len_read ? len_read : 16384, len);
	EXPECT_EQ(bits(dw2, 14, 14), gen);
	EXPECT_EQ(bits(dw2, 17, 15), 0);
	EXPECT_EQ(bits(dw2, 31, 18), msscof);
}

START_TEST(tx_length_of_each_buffer_is_read_back)
{
	uint32_t len;

	for (len = 1; len <= 16384; len++) {
		check_txd_dw2(len, 0, 0);
		check_txd_dw2(len, 1, 16383);
	}
}
END_TEST

START_TEST(tx_length_16384_is_encoded_as_0)
{
	EXPECT_EQ(bits(vmxnet3_txd_dw2(16384, 1, 0), 13, 0), 0);
	EXPECT_EQ(bits(vmxnet3_txd_dw2(16383, 1, 0), 13, 0), 16383);
}
END_TEST

START_TEST(tx_msscof_of_14_bits_is_read_back)
{
	uint32_t msscof;

	for (msscof = 0; msscof <= 16383; msscof++)
		check_txd_dw2(1 + rnd_below(16384), rnd_below(2), msscof);
}
END_TEST

START_TEST(tx_offload_and_header_length_of_10_bits_are_read_back)
{
	uint32_t om, hlen;

	for (om = 0; om <= 3; om++)
		for (hlen = 0; hlen <= 1023; hlen++) {
			uint32_t dw3 = vmxnet3_txd_offload_dw3(om, hlen);

			EXPECT_EQ(bits(dw3, 9, 0), hlen);
			EXPECT_EQ(bits(dw3, 11, 10), om);
			EXPECT_EQ(bits(dw3, 31, 12), 0);
		}
}
END_TEST

START_TEST(tx_vlan_tag_keeps_all_16_bits)
{
	uint32_t tci;

	for (tci = 0; tci <= 0xffff; tci++) {
		uint32_t dw3 = vmxnet3_txd_vlan_dw3(tci);

		EXPECT_EQ(bits(dw3, 31, 16), tci);
		EXPECT_EQ(bits(dw3, 15, 15), 1);
		EXPECT_EQ(bits(dw3, 14, 0), 0);
	}
}
END_TEST

START_TEST(parts_of_a_tx_dword_do_not_touch_each_other)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		uint32_t hlen = rnd_below(1024), om = rnd_below(4);
		uint16_t tci = rnd();
		uint32_t dw3 = vmxnet3_txd_offload_dw3(om, hlen) |
			       vmxnet3_txd_vlan_dw3(tci) |
			       VMXNET3_TXD3_EOP | VMXNET3_TXD3_CQ;

		EXPECT_EQ(dw3, put(hlen, 9, 0) | put(om, 11, 10) |
				  put(1, 12, 12) | put(1, 13, 13) |
				  put(1, 15, 15) | put(tci, 31, 16));
	}
}
END_TEST

START_TEST(values_too_wide_stay_in_their_field)
{
	EXPECT_EQ(vmxnet3_txd_dw2(UINT32_MAX, 0, 0), put(~0u, 13, 0));
	EXPECT_EQ(vmxnet3_txd_dw2(0, UINT32_MAX, 0), put(1, 14, 14));
	EXPECT_EQ(vmxnet3_txd_dw2(0, 0, UINT32_MAX), put(~0u, 31, 18));
	EXPECT_EQ(vmxnet3_txd_offload_dw3(0, UINT32_MAX),
			  put(~0u, 9, 0));
	EXPECT_EQ(vmxnet3_txd_offload_dw3(UINT32_MAX, 0),
			  put(~0u, 11, 10));
	EXPECT_EQ(vmxnet3_rxd_dw2(UINT32_MAX, false, 0),
			  put(~0u, 13, 0));
	EXPECT_EQ(vmxnet3_rxd_dw2(0, false, 2), put(1, 31, 31));
}
END_TEST

START_TEST(rx_descriptor_is_read_back)
{
	uint32_t len, body, gen;

	for (len = 1; len <= 16383; len++)
		for (body = 0; body <= 1; body++)
			for (gen = 0; gen <= 1; gen++)
				EXPECT_EQ(vmxnet3_rxd_dw2(len, body, gen),
						  put(len, 13, 0) |
						  put(body, 14, 14) |
						  put(gen, 31, 31));
}
END_TEST

START_TEST(random_completions_are_taken_apart_as_the_tables_say)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		uint32_t dw0 = rnd(), dw3 = rnd();
		uint32_t rsstype = bits(dw0, 29, 26);

		EXPECT_EQ(vmxnet3_cd_gen(dw3), bits(dw3, 31, 31));
		EXPECT_EQ(vmxnet3_cd_type(dw3), bits(dw3, 30, 24));
		EXPECT_EQ(vmxnet3_rxcd_rqid(dw0), bits(dw0, 25, 16));
		EXPECT_EQ(vmxnet3_rxcd_rsstype(dw0),
				  rsstype <= 8 ? rsstype : 0);
	}
}
END_TEST

START_TEST(hash_types_9_to_15_read_as_none)
{
	uint32_t type;

	for (type = 0; type <= 15; type++)
		EXPECT_EQ(vmxnet3_rxcd_rsstype(put(type, 29, 26)),
				  type < 9 ? type : 0);
}
END_TEST

/* One row of the table in §3.8; -1 is «any». */
struct csum_row {
	int cnc, v4, v6, l4, frg, ipc, tuc;
	int bit13, bit12, inner;
	enum vmxnet3_csum verdict;
};

#define ANY (-1)

/* The first row that fits decides; l4 is «tcp or udp». */
static const struct csum_row csum_rows[] = {
	/* not calculated, or calculated of something else than TCP or UDP */
	{ 1, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, VMXNET3_CSUM_NONE },
	{ 0, ANY, ANY, 0, ANY, ANY, ANY, ANY, ANY, ANY, VMXNET3_CSUM_NONE },
	{ 0, ANY, ANY, 1, 1, ANY, ANY, ANY, ANY, ANY, VMXNET3_CSUM_NONE },
	{ 0, 0, 0, 1, 0, ANY, ANY, ANY, ANY, ANY, VMXNET3_CSUM_NONE },
	/* wrong; IPv4 has a checksum of its own */
	{ 0, ANY, ANY, 1, 0, ANY, 0, ANY, ANY, ANY, VMXNET3_CSUM_BAD },
	{ 0, 1, ANY, 1, 0, 0, 1, ANY, ANY, ANY, VMXNET3_CSUM_BAD },
	/* right, of the outer headers */
	{ 0, 1, ANY, 1, 0, 1, 1, 0, 0, ANY, VMXNET3_CSUM_GOOD },
	{ 0, 0, 1, 1, 0, ANY, 1, 0, 0, ANY, VMXNET3_CSUM_GOOD },
	/* right, of the inner headers, if those were asked for */
	{ 0, 1, ANY, 1, 0, 1, 1, 1, ANY, 1, VMXNET3_CSUM_GOOD_INNER },
	{ 0, 0, 1, 1, 0, ANY, 1, 1, ANY, 1, VMXNET3_CSUM_GOOD_INNER },
	/* of which headers is not clear */
	{ 0, 1, ANY, 1, 0, 1, 1, 1, ANY, 0, VMXNET3_CSUM_NONE },
	{ 0, 0, 1, 1, 0, ANY, 1, 1, ANY, 0, VMXNET3_CSUM_NONE },
	{ 0, 1, ANY, 1, 0, 1, 1, 0, 1, ANY, VMXNET3_CSUM_NONE },
	{ 0, 0, 1, 1, 0, ANY, 1, 0, 1, ANY, VMXNET3_CSUM_NONE },
};

static bool fits(int want, uint32_t bit)
{
	return want == ANY || (uint32_t)want == bit;
}

static const struct csum_row *csum_row_of(uint32_t dw0, uint32_t dw3,
					  bool inner)
{
	const struct csum_row *r;

	for (r = csum_rows; r < csum_rows + ARRAY_SIZE(csum_rows); r++)
		if (fits(r->cnc, bits(dw0, 30, 30)) &&
		    fits(r->v4, bits(dw3, 21, 21)) &&
		    fits(r->v6, bits(dw3, 20, 20)) &&
		    fits(r->l4, bits(dw3, 18, 17) != 0) &&
		    fits(r->frg, bits(dw3, 22, 22)) &&
		    fits(r->ipc, bits(dw3, 19, 19)) &&
		    fits(r->tuc, bits(dw3, 16, 16)) &&
		    fits(r->bit13, bits(dw0, 13, 13)) &&
		    fits(r->bit12, bits(dw0, 12, 12)) &&
		    fits(r->inner, inner))
			return r;
	ck_abort_msg("no row for dw0 %#x dw3 %#x", dw0, dw3);
	return NULL;
}

/*
 * All combinations of the bits that matter, each with noise in those that do
 * not: the sum itself among them, which is never to be used.
 */
START_TEST(checksum_verdict_follows_the_table_for_all_bits)
{
	bool used[ARRAY_SIZE(csum_rows)] = { false };
	uint32_t combination;
	size_t i;

	for (combination = 0; combination < 1u << 11; combination++) {
		bool inner = bits(combination, 10, 10);
		uint32_t dw0 = put(bits(combination, 7, 7), 30, 30) |
			       put(bits(combination, 9, 8), 13, 12);
		uint32_t dw3 = put(bits(combination, 6, 0), 22, 16);

		for (i = 0; i < 8; i++) {
			uint32_t noisy0 = dw0 | (rnd() & ~0x40003000u);
			uint32_t noisy3 = dw3 | (rnd() & ~0x007f0000u);
			const struct csum_row *row;

			row = csum_row_of(noisy0, noisy3, inner);
			used[row - csum_rows] = true;
			EXPECT_MSG(vmxnet3_rxcd_csum(noisy0, noisy3, inner) ==
				      row->verdict,
				      "dw0 %#x dw3 %#x inner %d: %d, row %td says %d",
				      noisy0, noisy3, inner,
				      vmxnet3_rxcd_csum(noisy0, noisy3, inner),
				      row - csum_rows, row->verdict);
		}
	}
	for (i = 0; i < ARRAY_SIZE(used); i++)
		EXPECT_MSG(used[i], "row %zu never applied", i);
}
END_TEST

static const struct {
	uint32_t link;
	unsigned int version;
	uint32_t mbps;
} speeds[] = {
	{ 0x03e80001, 1, 1000 },	/* QEMU, up */
	{ 0x03e80000, 1, 1000 },	/* QEMU, down: the speed does not care */
	{ 10000u << 16 | 1, 1, 10000 },
	{ 10000u << 16 | 1, 8, 10000 },
	{ 25000u << 16 | 1, 8, 25000 },
	{ 25u << 16 | 1, 8, 25 },
	{ 9999u << 16 | 1, 8, 9999 },
	{ 25u << 16 | 1, 9, 25000 },
	{ 400u << 16 | 1, 9, 400000 },
	{ 9999u << 16 | 1, 9, 9999000 },
	{ 10000u << 16 | 1, 9, 10000 },
	{ 40000u << 16 | 1, 9, 40000 },
	{ 65535u << 16 | 1, 9, 65535 },
	{ 65535u << 16 | 1, 1, 65535 },
	{ 0x0000ffff, 1, 0 },
	{ 0x0000ffff, 9, 0 },
};

START_TEST(link_speed_changes_its_unit_with_version_9)
{
	EXPECT_EQ(vmxnet3_link_mbps(speeds[_i].link, speeds[_i].version),
			  speeds[_i].mbps);
}
END_TEST

Suite *codec_suite(void)
{
	Suite *suite = suite_create("codec");
	TCase *tx = tcase_create("transmit");
	TCase *rx = tcase_create("receive");
	TCase *link = tcase_create("link");

	tcase_add_checked_fixture(tx, rnd_restart, NULL);
	tcase_add_test(tx, masks_cover_the_bits_of_the_tables);
	tcase_add_test(tx, tx_length_of_each_buffer_is_read_back);
	tcase_add_test(tx, tx_length_16384_is_encoded_as_0);
	tcase_add_test(tx, tx_msscof_of_14_bits_is_read_back);
	tcase_add_test(tx,
		       tx_offload_and_header_length_of_10_bits_are_read_back);
	tcase_add_test(tx, tx_vlan_tag_keeps_all_16_bits);
	tcase_add_test(tx, parts_of_a_tx_dword_do_not_touch_each_other);
	tcase_add_test(tx, values_too_wide_stay_in_their_field);
	suite_add_tcase(suite, tx);

	tcase_add_checked_fixture(rx, rnd_restart, NULL);
	tcase_add_test(rx, rx_descriptor_is_read_back);
	tcase_add_test(rx,
		       random_completions_are_taken_apart_as_the_tables_say);
	tcase_add_test(rx, hash_types_9_to_15_read_as_none);
	tcase_add_test(rx, checksum_verdict_follows_the_table_for_all_bits);
	suite_add_tcase(suite, rx);

	tcase_add_loop_test(link, link_speed_changes_its_unit_with_version_9, 0,
			    ARRAY_SIZE(speeds));
	suite_add_tcase(suite, link);
	return suite;
}
