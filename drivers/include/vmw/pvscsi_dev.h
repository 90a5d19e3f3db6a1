/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * VMware PVSCSI host adapter: registers, commands and shared memory.
 *
 * PCI 15ad:07c0; the first memory BAR of at least 32 KiB holds the registers,
 * spread over pages so that a hypervisor can map or trap each in its own way.
 *
 * Facts only: no logic and no state live here, so that the driver, emulated
 * devices and host unit tests compile the same file.  The knowledge comes from
 * the project's device specification, "PVSCSI host adapter"; the section
 * numbers in the comments (§) are that document's.
 *
 * Everything in memory is little-endian.  "D:" marks what the device writes,
 * "V:" what the driver writes; anything marked D may change at any time.  A
 * page of this interface has 4096 bytes, whatever the processor's pages have.
 */
#ifndef VMW_PVSCSI_DEV_H
#define VMW_PVSCSI_DEV_H

#include <linux/types.h>

/* §1.1 identity */
#define PVSCSI_PCI_VENDOR_ID		0x15ad
#define PVSCSI_PCI_DEVICE_ID		0x07c0

/* §1.2 */
#define PVSCSI_BAR_SIZE			32768
#define PVSCSI_PAGE_SHIFT		12
#define PVSCSI_PAGE_SIZE		4096

/* §1.3 limits */
#define PVSCSI_MAX_REQ_PAGES		32
#define PVSCSI_MAX_CMP_PAGES		32
#define PVSCSI_MAX_MSG_PAGES		16
#define PVSCSI_REQS_PER_PAGE		32
#define PVSCSI_CMPS_PER_PAGE		128
#define PVSCSI_MSGS_PER_PAGE		32
#define PVSCSI_MAX_REQS			1024
#define PVSCSI_MAX_SG			128	/* elements of a segment */
#define PVSCSI_MAX_CDB			16
#define PVSCSI_MAX_SECTORS		0xffff
#define PVSCSI_DEFAULT_TARGETS		16
#define PVSCSI_MAX_TARGETS		255

/* §2.1 registers, 32 bits each */
#define PVSCSI_REG_COMMAND		0x0000
#define PVSCSI_REG_COMMAND_DATA		0x0004
#define PVSCSI_REG_COMMAND_STATUS	0x0008
#define PVSCSI_REG_INTR_STATUS		0x100c
#define PVSCSI_REG_INTR_MASK		0x2010	/* a bit enables */
#define PVSCSI_REG_KICK_NON_RW_IO	0x3014
#define PVSCSI_REG_KICK_RW_IO		0x4018

/* §2.2 what COMMAND_STATUS says */
#define PVSCSI_STATUS_OK		0u
#define PVSCSI_STATUS_FAILED		0xffffffffu
#define PVSCSI_STATUS_INCOMPLETE	0xfffffffeu

/* §2.3 commands */
#define PVSCSI_CMD_ADAPTER_RESET	1
#define PVSCSI_CMD_ISSUE_SCSI		2
#define PVSCSI_CMD_SETUP_RINGS		3
#define PVSCSI_CMD_RESET_BUS		4
#define PVSCSI_CMD_RESET_DEVICE		5
#define PVSCSI_CMD_ABORT_CMD		6
#define PVSCSI_CMD_CONFIG		7
#define PVSCSI_CMD_SETUP_MSG_RING	8
#define PVSCSI_CMD_DEVICE_UNPLUG	9
#define PVSCSI_CMD_SETUP_REQCALLTHRESHOLD 10
#define PVSCSI_CMD_GET_MAX_TARGETS	11

/**
 * struct pvscsi_setup_rings - payload of SETUP_RINGS (§2.3)
 * @req_pages: pages of the request ring, a power of two
 * @cmp_pages: pages of the completion ring, a power of two
 * @state_ppn: page number of the ring state
 * @req_ppn: page numbers of the request ring
 * @cmp_ppn: page numbers of the completion ring
 *
 * A page number is a bus address divided by 4096.
 */
struct pvscsi_setup_rings {
	__le32 req_pages;
	__le32 cmp_pages;
	__le64 state_ppn;
	__le64 req_ppn[PVSCSI_MAX_REQ_PAGES];
	__le64 cmp_ppn[PVSCSI_MAX_CMP_PAGES];
};

/**
 * struct pvscsi_setup_msg_ring - payload of SETUP_MSG_RING (§2.3)
 * @pages: pages of the message ring, a power of two
 * @reserved: 0
 * @ppn: their page numbers
 */
struct pvscsi_setup_msg_ring {
	__le32 pages;
	__le32 reserved;
	__le64 ppn[PVSCSI_MAX_MSG_PAGES];
};

/**
 * struct pvscsi_reset_device - payload of RESET_DEVICE (§2.3)
 * @target: target
 * @lun: as in &struct pvscsi_req
 */
struct pvscsi_reset_device {
	__le32 target;
	__u8 lun[8];
};

/**
 * struct pvscsi_abort_cmd - payload of ABORT_CMD (§2.3)
 * @context: of the request
 * @target: of the request
 * @reserved: 0
 */
struct pvscsi_abort_cmd {
	__le64 context;
	__le32 target;
	__le32 reserved;
};

/**
 * struct pvscsi_config - payload of CONFIG (§2.3)
 * @result: bus address of a page for the result
 * @address: PVSCSI_CONFIG_ADDR_* in the upper half, an instance in the lower
 * @page: PVSCSI_CONFIG_PAGE_*
 * @reserved: 0
 */
struct pvscsi_config {
	__le64 result;
	__le64 address;
	__le32 page;
	__le32 reserved;
};

/* §2.11 configuration pages */
#define PVSCSI_CONFIG_PAGE_CONTROLLER	0x1958
#define PVSCSI_CONFIG_ADDR_CONTROLLER	0x2120

/**
 * struct pvscsi_config_header - what each configuration page starts with
 * @page: D: PVSCSI_CONFIG_PAGE_*
 * @dwords: D: size
 * @host_status: V: anything else, D: 0 for success
 * @scsi_status: V: anything else, D: 0 for success
 * @reserved: nothing
 */
struct pvscsi_config_header {
	__le32 page;
	__le16 dwords;
	__le16 host_status;
	__le16 scsi_status;
	__le16 reserved[3];
};

/**
 * struct pvscsi_config_controller - configuration page of the controller
 * @header: header
 * @wwn: D: world wide name
 * @manufacturer: D: 16-bit characters, not necessarily terminated, as are the
 *	three below
 * @serial: D: serial number
 * @rom_version: D: version of the option ROM
 * @hw_version: D: version of the hardware
 * @fw_version: D: version of the firmware
 * @num_phys: D: targets
 * @consecutive_wwns: D: of PHYs
 * @reserved: nothing
 */
struct pvscsi_config_controller {
	struct pvscsi_config_header header;
	__le64 wwn;
	__le16 manufacturer[64];
	__le16 serial[64];
	__le16 rom_version[32];
	__le16 hw_version[32];
	__le16 fw_version[32];
	__le32 num_phys;
	__u8 consecutive_wwns;
	__u8 reserved[3];
};

/**
 * struct pvscsi_ring_state - page with the indices of all rings (§2.4)
 * @req_prod: V: requests written
 * @req_cons: D: requests taken
 * @req_log2: D: at SETUP_RINGS, entries of the request ring
 * @cmp_prod: D: completions written
 * @cmp_cons: V: completions taken
 * @cmp_log2: D: at SETUP_RINGS, entries of the completion ring
 * @threshold: D: requests that must wait before a kick is wanted (§3.4)
 * @pad: nothing
 * @msg_prod: D: messages written
 * @msg_cons: V: messages taken
 * @msg_log2: D: at SETUP_MSG_RING, entries of the message ring
 *
 * Indices run freely over 32 bits; an entry is found by the low bits.
 */
struct pvscsi_ring_state {
	__le32 req_prod;
	__le32 req_cons;
	__le32 req_log2;
	__le32 cmp_prod;
	__le32 cmp_cons;
	__le32 cmp_log2;
	__le32 threshold;
	__u8 pad[100];
	__le32 msg_prod;
	__le32 msg_cons;
	__le32 msg_log2;
};

/* &pvscsi_req.flags */
#define PVSCSI_REQ_SG			0x01	/* @addr is of a segment */
#define PVSCSI_REQ_OOB_CDB		0x02	/* reserved */
#define PVSCSI_REQ_NO_DATA		0x04
#define PVSCSI_REQ_TO_HOST		0x08
#define PVSCSI_REQ_TO_DEVICE		0x10

/* &pvscsi_req.tag */
#define PVSCSI_TAG_SIMPLE		0x20
#define PVSCSI_TAG_HEAD			0x21
#define PVSCSI_TAG_ORDERED		0x22

/* The byte of an address of eight that holds the logical unit. */
#define PVSCSI_LUN_BYTE			1

/**
 * struct pvscsi_req - request (§2.5)
 * @context: echoed in the completion; not 0, and the upper half 0
 * @addr: bus address of the data or of a segment, see @flags
 * @len: bytes of data
 * @sense_addr: bus address for sense data
 * @sense_len: bytes there
 * @flags: PVSCSI_REQ_*, with exactly one of the directions
 * @cdb: command
 * @cdb_len: bytes of @cdb
 * @lun: byte PVSCSI_LUN_BYTE is the logical unit, the others are 0
 * @tag: PVSCSI_TAG_*
 * @bus: 0
 * @target: target
 * @vcpu_hint: processor that will wait for the completion
 * @vcpu_hint_high: 0, since some take the hint for one byte and some for two
 * @reserved: 0
 *
 * All of it V.
 */
struct pvscsi_req {
	__le64 context;
	__le64 addr;
	__le64 len;
	__le64 sense_addr;
	__le32 sense_len;
	__le32 flags;
	__u8 cdb[PVSCSI_MAX_CDB];
	__u8 cdb_len;
	__u8 lun[8];
	__u8 tag;
	__u8 bus;
	__u8 target;
	__u8 vcpu_hint;
	__u8 vcpu_hint_high;
	__u8 reserved[58];
};

/**
 * struct pvscsi_cmp - completion (§2.6)
 * @context: of the request
 * @len: bytes moved; 0 if the device does not say
 * @sense_len: bytes of sense data written
 * @host_status: PVSCSI_HOST_*
 * @scsi_status: the low byte is the target's status
 * @pad: nothing
 *
 * All of it D.
 */
struct pvscsi_cmp {
	__le64 context;
	__le64 len;
	__le32 sense_len;
	__le16 host_status;
	__le16 scsi_status;
	__le32 pad[2];
};

/* §2.7 &pvscsi_cmp.host_status */
#define PVSCSI_HOST_OK			0x00
#define PVSCSI_HOST_LINKED		0x0a
#define PVSCSI_HOST_LINKED_FLAG		0x0b
#define PVSCSI_HOST_UNDERRUN		0x0c
#define PVSCSI_HOST_SELECTION_TIMEOUT	0x11
#define PVSCSI_HOST_DATA_RUN		0x12
#define PVSCSI_HOST_BUS_FREE		0x13
#define PVSCSI_HOST_INVALID_PHASE	0x14
#define PVSCSI_HOST_INVALID_CODE	0x15
#define PVSCSI_HOST_INVALID_OPCODE	0x16
#define PVSCSI_HOST_LUN_MISMATCH	0x17
#define PVSCSI_HOST_INVALID_PARAM	0x1a
#define PVSCSI_HOST_SENSE_FAILED	0x1b
#define PVSCSI_HOST_TAG_REJECTED	0x1c
#define PVSCSI_HOST_BAD_MESSAGE		0x1d
#define PVSCSI_HOST_HARDWARE		0x20
#define PVSCSI_HOST_NO_RESPONSE		0x21
#define PVSCSI_HOST_RESET_SENT		0x22
#define PVSCSI_HOST_RESET_RECEIVED	0x23
#define PVSCSI_HOST_DISCONNECT		0x24
#define PVSCSI_HOST_DEVICE_RESET	0x25
#define PVSCSI_HOST_ABORTED		0x26
#define PVSCSI_HOST_SOFTWARE		0x27
#define PVSCSI_HOST_TIMEOUT		0x30
#define PVSCSI_HOST_PARITY		0x34

/* &pvscsi_sge.flags */
#define PVSCSI_SGE_CHAIN		0x1	/* goes on at another segment */

/**
 * struct pvscsi_sge - element of a scatter-gather segment (§2.8)
 * @addr: V: bus address
 * @len: V: bytes
 * @flags: V: PVSCSI_SGE_*
 *
 * A segment must not cross a page.
 */
struct pvscsi_sge {
	__le64 addr;
	__le32 len;
	__le32 flags;
};

/* §2.9 bits of INTR_STATUS and INTR_MASK */
#define PVSCSI_INTR_CMP			0x1
#define PVSCSI_INTR_CMP_1		0x2
#define PVSCSI_INTR_MSG			0x4
#define PVSCSI_INTR_MSG_1		0x8
#define PVSCSI_INTR_ALL			0xf

/* &pvscsi_msg.type */
#define PVSCSI_MSG_ADDED		0
#define PVSCSI_MSG_REMOVED		1

/**
 * struct pvscsi_msg - message of the device (§2.10)
 * @type: PVSCSI_MSG_*
 * @bus: 0
 * @target: target that came or went
 * @lun: as in &struct pvscsi_req
 * @pad: nothing
 *
 * All of it D.
 */
struct pvscsi_msg {
	__le32 type;
	__le32 bus;
	__le32 target;
	__u8 lun[8];
	__u8 pad[108];
};

#endif /* VMW_PVSCSI_DEV_H */
