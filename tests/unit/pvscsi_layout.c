// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Sizes, offsets and numbers of pvscsi_dev.h against the tables of the device
 * specification, which are written down here again as data, row by row.
 */
#include "table.h"

#include "vmw/pvscsi_dev.h"

/* §2.3 */
static const struct row setup_rings[] = {
	ROW(pvscsi_setup_rings, req_pages, 0, 4),
	ROW(pvscsi_setup_rings, cmp_pages, 4, 4),
	ROW(pvscsi_setup_rings, state_ppn, 8, 8),
	ROW(pvscsi_setup_rings, req_ppn, 16, 256),
	ROW(pvscsi_setup_rings, cmp_ppn, 272, 256),
};

static const struct row setup_msg_ring[] = {
	ROW(pvscsi_setup_msg_ring, pages, 0, 4),
	ROW(pvscsi_setup_msg_ring, reserved, 4, 4),
	ROW(pvscsi_setup_msg_ring, ppn, 8, 128),
};

static const struct row reset_device[] = {
	ROW(pvscsi_reset_device, target, 0, 4),
	ROW(pvscsi_reset_device, lun, 4, 8),
};

static const struct row abort_cmd[] = {
	ROW(pvscsi_abort_cmd, context, 0, 8),
	ROW(pvscsi_abort_cmd, target, 8, 4),
	ROW(pvscsi_abort_cmd, reserved, 12, 4),
};

static const struct row config[] = {
	ROW(pvscsi_config, result, 0, 8),
	ROW(pvscsi_config, address, 8, 8),
	ROW(pvscsi_config, page, 16, 4),
	ROW(pvscsi_config, reserved, 20, 4),
};

/* §2.4 */
static const struct row ring_state[] = {
	ROW(pvscsi_ring_state, req_prod, 0, 4),
	ROW(pvscsi_ring_state, req_cons, 4, 4),
	ROW(pvscsi_ring_state, req_log2, 8, 4),
	ROW(pvscsi_ring_state, cmp_prod, 12, 4),
	ROW(pvscsi_ring_state, cmp_cons, 16, 4),
	ROW(pvscsi_ring_state, cmp_log2, 20, 4),
	ROW(pvscsi_ring_state, threshold, 24, 4),
	ROW(pvscsi_ring_state, pad, 28, 100),
	ROW(pvscsi_ring_state, msg_prod, 128, 4),
	ROW(pvscsi_ring_state, msg_cons, 132, 4),
	ROW(pvscsi_ring_state, msg_log2, 136, 4),
};

/* §2.5 */
static const struct row req[] = {
	ROW(pvscsi_req, context, 0, 8),
	ROW(pvscsi_req, addr, 8, 8),
	ROW(pvscsi_req, len, 16, 8),
	ROW(pvscsi_req, sense_addr, 24, 8),
	ROW(pvscsi_req, sense_len, 32, 4),
	ROW(pvscsi_req, flags, 36, 4),
	ROW(pvscsi_req, cdb, 40, 16),
	ROW(pvscsi_req, cdb_len, 56, 1),
	ROW(pvscsi_req, lun, 57, 8),
	ROW(pvscsi_req, tag, 65, 1),
	ROW(pvscsi_req, bus, 66, 1),
	ROW(pvscsi_req, target, 67, 1),
	ROW(pvscsi_req, vcpu_hint, 68, 1),
	ROW(pvscsi_req, vcpu_hint_high, 69, 1),
	ROW(pvscsi_req, reserved, 70, 58),
};

/* §2.6 */
static const struct row cmp[] = {
	ROW(pvscsi_cmp, context, 0, 8),
	ROW(pvscsi_cmp, len, 8, 8),
	ROW(pvscsi_cmp, sense_len, 16, 4),
	ROW(pvscsi_cmp, host_status, 20, 2),
	ROW(pvscsi_cmp, scsi_status, 22, 2),
	ROW(pvscsi_cmp, pad, 24, 8),
};

/* §2.8 */
static const struct row sge[] = {
	ROW(pvscsi_sge, addr, 0, 8),
	ROW(pvscsi_sge, len, 8, 4),
	ROW(pvscsi_sge, flags, 12, 4),
};

/* §2.10 */
static const struct row msg[] = {
	ROW(pvscsi_msg, type, 0, 4),
	ROW(pvscsi_msg, bus, 4, 4),
	ROW(pvscsi_msg, target, 8, 4),
	ROW(pvscsi_msg, lun, 12, 8),
	ROW(pvscsi_msg, pad, 20, 108),
};

/* §2.11 */
static const struct row controller[] = {
	ROW(pvscsi_config_controller, header.page, 0, 4),
	ROW(pvscsi_config_controller, header.dwords, 4, 2),
	ROW(pvscsi_config_controller, header.host_status, 6, 2),
	ROW(pvscsi_config_controller, header.scsi_status, 8, 2),
	ROW(pvscsi_config_controller, header.reserved, 10, 6),
	ROW(pvscsi_config_controller, wwn, 16, 8),
	ROW(pvscsi_config_controller, manufacturer, 24, 128),
	ROW(pvscsi_config_controller, serial, 152, 128),
	ROW(pvscsi_config_controller, rom_version, 280, 64),
	ROW(pvscsi_config_controller, hw_version, 344, 64),
	ROW(pvscsi_config_controller, fw_version, 408, 64),
	ROW(pvscsi_config_controller, num_phys, 472, 4),
	ROW(pvscsi_config_controller, consecutive_wwns, 476, 1),
	ROW(pvscsi_config_controller, reserved, 477, 3),
};

START_TEST(structures_are_laid_out_as_specified)
{
	CHECK_TABLE(pvscsi_setup_rings, setup_rings, 528);
	CHECK_TABLE(pvscsi_setup_msg_ring, setup_msg_ring, 136);
	CHECK_TABLE(pvscsi_reset_device, reset_device, 12);
	CHECK_TABLE(pvscsi_abort_cmd, abort_cmd, 16);
	CHECK_TABLE(pvscsi_config, config, 24);
	CHECK_TABLE(pvscsi_ring_state, ring_state, 140);
	CHECK_TABLE(pvscsi_req, req, 128);
	CHECK_TABLE(pvscsi_cmp, cmp, 32);
	CHECK_TABLE(pvscsi_sge, sge, 16);
	CHECK_TABLE(pvscsi_msg, msg, 128);
	CHECK_TABLE(pvscsi_config_controller, controller, 480);
}
END_TEST

/* §10, the constant sheet */
static const struct {
	const char *name;
	uint32_t got, want;
} numbers[] = {
#define N(name, want) { #name, name, want }
	N(PVSCSI_PCI_VENDOR_ID, 0x15ad),
	N(PVSCSI_PCI_DEVICE_ID, 0x07c0),
	N(PVSCSI_BAR_SIZE, 32768),
	N(PVSCSI_REG_COMMAND, 0x0),
	N(PVSCSI_REG_COMMAND_DATA, 0x4),
	N(PVSCSI_REG_COMMAND_STATUS, 0x8),
	N(PVSCSI_REG_INTR_STATUS, 0x100c),
	N(PVSCSI_REG_INTR_MASK, 0x2010),
	N(PVSCSI_REG_KICK_NON_RW_IO, 0x3014),
	N(PVSCSI_REG_KICK_RW_IO, 0x4018),
	N(PVSCSI_CMD_ADAPTER_RESET, 1),
	N(PVSCSI_CMD_SETUP_RINGS, 3),
	N(PVSCSI_CMD_RESET_BUS, 4),
	N(PVSCSI_CMD_RESET_DEVICE, 5),
	N(PVSCSI_CMD_ABORT_CMD, 6),
	N(PVSCSI_CMD_CONFIG, 7),
	N(PVSCSI_CMD_SETUP_MSG_RING, 8),
	N(PVSCSI_CMD_DEVICE_UNPLUG, 9),
	N(PVSCSI_CMD_SETUP_REQCALLTHRESHOLD, 10),
	N(PVSCSI_CMD_GET_MAX_TARGETS, 11),
	N(PVSCSI_STATUS_OK, 0),
	N(PVSCSI_STATUS_FAILED, UINT32_MAX),
	N(PVSCSI_STATUS_INCOMPLETE, UINT32_MAX - 1),
	N(PVSCSI_PAGE_SIZE, 4096),
	N(PVSCSI_REQS_PER_PAGE, 32),
	N(PVSCSI_CMPS_PER_PAGE, 128),
	N(PVSCSI_MSGS_PER_PAGE, 32),
	N(PVSCSI_MAX_REQ_PAGES, 32),
	N(PVSCSI_MAX_CMP_PAGES, 32),
	N(PVSCSI_MAX_MSG_PAGES, 16),
	N(PVSCSI_MAX_SG, 128),
	N(PVSCSI_REQ_SG, 1),
	N(PVSCSI_REQ_OOB_CDB, 2),
	N(PVSCSI_REQ_NO_DATA, 4),
	N(PVSCSI_REQ_TO_HOST, 8),
	N(PVSCSI_REQ_TO_DEVICE, 0x10),
	N(PVSCSI_SGE_CHAIN, 1),
	N(PVSCSI_INTR_CMP, 1),
	N(PVSCSI_INTR_CMP_1, 2),
	N(PVSCSI_INTR_MSG, 4),
	N(PVSCSI_INTR_MSG_1, 8),
	N(PVSCSI_MSG_ADDED, 0),
	N(PVSCSI_MSG_REMOVED, 1),
	N(PVSCSI_TAG_SIMPLE, 0x20),
	N(PVSCSI_TAG_HEAD, 0x21),
	N(PVSCSI_TAG_ORDERED, 0x22),
	N(PVSCSI_CONFIG_PAGE_CONTROLLER, 0x1958),
	N(PVSCSI_CONFIG_ADDR_CONTROLLER, 0x2120),
	N(PVSCSI_DEFAULT_TARGETS, 16),
#undef N
};

START_TEST(numbers_are_as_specified)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		EXPECT_MSG(numbers[i].got == numbers[i].want,
			   "%s is %#x, specified is %#x", numbers[i].name,
			   numbers[i].got, numbers[i].want);
}
END_TEST

Suite *pvscsi_layout_suite(void)
{
	Suite *s = suite_create("pvscsi_layout");
	TCase *tc = tcase_create("tables");

	tcase_add_test(tc, structures_are_laid_out_as_specified);
	tcase_add_test(tc, numbers_are_as_specified);
	suite_add_tcase(s, tc);
	return s;
}
