/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * VMware's backdoor: ports, commands, the message channel and its status bits.
 *
 * No PCI device: a hypervisor that says "VMwareVMware" by CPUID traps `in` at
 * two ports, or vmcall and vmmcall, and takes and gives all of a call in six
 * registers. How a call is made in assembler is the business of the caller.
 *
 * Facts only: no logic and no state live here, so that drivers, programs, the
 * emulated host and unit tests compile the same file. The knowledge comes from
 * the project's interface specification, "VMware backdoor and GuestRPC"; the
 * section numbers in the comments (§) are that document's.
 *
 * Registers are given by the names of their 32-bit parts.
 */
#ifndef VMW_BACKDOOR_DEV_H
#define VMW_BACKDOOR_DEV_H

#include <linux/types.h>

/* §1.1, §2.4 CPUID */
#define BACKDOOR_CPUID_VENDOR		0x40000000u	/* ebx, ecx, edx: the signature */
#define BACKDOOR_CPUID_FEATURES		0x40000010u
#define BACKDOOR_CPUID_SIGNATURE	"VMwareVMware"
#define BACKDOOR_CPUID_VMMCALL		0x1u	/* in ecx of FEATURES */
#define BACKDOOR_CPUID_VMCALL		0x2u

/* §2.1, §2.2 */
#define BACKDOOR_MAGIC			0x564d5868u	/* in eax */
#define BACKDOOR_PORT_LB		0x5658u		/* low bandwidth, in dx */
#define BACKDOOR_PORT_HB		0x5659u		/* high bandwidth */
#define BACKDOOR_UNKNOWN		0xffffffffu	/* eax after an unknown command */

/* §2.4 in place of the port, in a hypercall's dx */
#define BACKDOOR_HC_LB			0x0u
#define BACKDOOR_HC_HB			0x1u
#define BACKDOOR_HC_WRITE		0x2u	/* guest to host */

/* §2.3 in the low half of ebx at PORT_HB */
#define BACKDOOR_HB_MESSAGE		0
#define BACKDOOR_HB_MAX_PAGES		513

/* §4.1 commands, in the low half of ecx */
#define BACKDOOR_CMD_GETMHZ		1
#define BACKDOOR_CMD_GETPTRLOCATION	4
#define BACKDOOR_CMD_SETPTRLOCATION	5
#define BACKDOOR_CMD_GETVERSION		10
#define BACKDOOR_CMD_GETDEVICELISTELEMENT 11
#define BACKDOOR_CMD_TOGGLEDEVICE	12
#define BACKDOOR_CMD_GETGUIOPTIONS	13
#define BACKDOOR_CMD_SETGUIOPTIONS	14
#define BACKDOOR_CMD_GETSCREENSIZE	15
#define BACKDOOR_CMD_GETHWVERSION	17
#define BACKDOOR_CMD_GETUUID		19
#define BACKDOOR_CMD_GETMEMSIZE		20
#define BACKDOOR_CMD_GETTIME		23
#define BACKDOOR_CMD_STOPCATCHUP	24
#define BACKDOOR_CMD_MESSAGE		30
#define BACKDOOR_CMD_ISACPIDISABLED	34
#define BACKDOOR_CMD_ISMOUSEABSOLUTE	36
#define BACKDOOR_CMD_ABSPOINTER_DATA	39
#define BACKDOOR_CMD_ABSPOINTER_STATUS	40
#define BACKDOOR_CMD_ABSPOINTER_COMMAND	41
#define BACKDOOR_CMD_GETHZ		45
#define BACKDOOR_CMD_GETTIMEFULL	46
#define BACKDOOR_CMD_GETTIMEFULL_WITH_LAG 55
#define BACKDOOR_CMD_NESTING_CONTROL	63
#define BACKDOOR_CMD_GET_VCPU_INFO	68
#define BACKDOOR_CMD_ABSPOINTER_RESTRICT 86
#define BACKDOOR_CMD_GETBUILDNUM	100

/* §4.2 */
#define BACKDOOR_VERSION		6
#define BACKDOOR_PRODUCT_UNSET		0	/* in ecx of GETVERSION */
#define BACKDOOR_PRODUCT_EXPRESS	1
#define BACKDOOR_PRODUCT_ESX		2
#define BACKDOOR_PRODUCT_SERVER		3
#define BACKDOOR_PRODUCT_WORKSTATION	4
#define BACKDOOR_PRODUCT_ACE		5

/* §4.3 bits of GET_VCPU_INFO */
#define BACKDOOR_VCPU_TSC_SYNCED	0x00000002u
#define BACKDOOR_VCPU_LEGACY_X2APIC	0x00000008u
#define BACKDOOR_VCPU_MMIO_HONOURS_PAT	0x00000010u
#define BACKDOOR_VCPU_RESERVED		0x80000000u	/* the command is not known */

/* §4.1 NESTING_CONTROL, in the high half of ecx */
#define BACKDOOR_NESTING_RESTRICT	0
#define BACKDOOR_NESTING_OPEN		1
#define BACKDOOR_NESTING_QUERY		2

/* §4.6 */
#define BACKDOOR_PTR_UNGRABBED		(-100)	/* both coordinates */
#define BACKDOOR_GUI_AUTO_GRAB		0x001u
#define BACKDOOR_GUI_AUTO_UNGRAB	0x002u
#define BACKDOOR_GUI_AUTO_SCROLL	0x004u
#define BACKDOOR_GUI_AUTO_RAISE		0x008u
#define BACKDOOR_GUI_SELECTIONS		0x010u
#define BACKDOOR_GUI_WARP_ON_UNGRAB	0x020u
#define BACKDOOR_GUI_FULL_SCREEN	0x040u
#define BACKDOOR_GUI_TO_FULL_SCREEN	0x080u
#define BACKDOOR_GUI_TO_WINDOW		0x100u
#define BACKDOOR_GUI_NO_AUTO_RAISE	0x200u
#define BACKDOOR_GUI_SYNC_TIME		0x400u
#define BACKDOOR_GUI_NO_CURSOR		0x800u

/* §4.7 */
#define BACKDOOR_DEVICES		50
#define BACKDOOR_DEVICE_CONNECT		0x80000000u	/* in ebx of TOGGLEDEVICE */

/**
 * struct backdoor_device - what GETDEVICELISTELEMENT gives, 4 bytes a call
 * @name: padded with NULs
 * @id: unique
 * @enabled: whether it is connected
 * @pad: the rest of the last 4 bytes
 */
struct backdoor_device {
	__u8 name[32];
	__le32 id;
	__u8 enabled;
	__u8 pad[3];
};

/* §4.8 the absolute pointer: what ABSPOINTER_COMMAND takes, and its words */
#define BACKDOOR_POINTER_ENABLE		0x45414552u
#define BACKDOOR_POINTER_RELATIVE	0x4c455252u
#define BACKDOOR_POINTER_ABSOLUTE	0x53424152u
#define BACKDOOR_POINTER_DISABLE	0x000000f5u
#define BACKDOOR_POINTER_ID		0x3442554au	/* queued by ENABLE */
#define BACKDOOR_POINTER_ERROR		0xffffu		/* high half of the status */
#define BACKDOOR_POINTER_WORDS_MAX	6	/* of one ABSPOINTER_DATA */
#define BACKDOOR_POINTER_QUEUE		1024
#define BACKDOOR_POINTER_EVENT		4	/* words: buttons, x, y, wheel */
#define BACKDOOR_POINTER_LEFT		0x20u
#define BACKDOOR_POINTER_RIGHT		0x10u
#define BACKDOOR_POINTER_MIDDLE		0x08u
#define BACKDOOR_POINTER_MOVED_BY	0x10000u	/* x and y are differences */
#define BACKDOOR_POINTER_FOR_ALL	0	/* ABSPOINTER_RESTRICT */
#define BACKDOOR_POINTER_FOR_CPL0	1
#define BACKDOOR_POINTER_FOR_IOPL	2

/* §5.1 MESSAGE, in the high half of ecx */
#define BACKDOOR_MSG_OPEN		0
#define BACKDOOR_MSG_SENDSIZE		1
#define BACKDOOR_MSG_SENDPAYLOAD	2
#define BACKDOOR_MSG_RECVSIZE		3
#define BACKDOOR_MSG_RECVPAYLOAD	4
#define BACKDOOR_MSG_RECVSTATUS		5
#define BACKDOOR_MSG_CLOSE		6

/* §5.2 status, in the high half of ecx, of ebx at PORT_HB */
#define BACKDOOR_STATUS_SUCCESS		0x0001u
#define BACKDOOR_STATUS_DORECV		0x0002u
#define BACKDOOR_STATUS_CLOSED		0x0004u
#define BACKDOOR_STATUS_UNSENT		0x0008u
#define BACKDOOR_STATUS_CPT		0x0010u
#define BACKDOOR_STATUS_POWEROFF	0x0020u
#define BACKDOOR_STATUS_TIMEOUT		0x0040u
#define BACKDOOR_STATUS_HB		0x0080u

/* §5.3 in ebx of OPEN */
#define BACKDOOR_PROTO_RPCI		0x49435052u
#define BACKDOOR_PROTO_TCLO		0x4f4c4354u
#define BACKDOOR_PROTO_COOKIES		0x80000000u

/* §5.5 */
#define BACKDOOR_MSG_MAX		65536	/* bytes, guest to host */
#define BACKDOOR_CHANNELS		128

_Static_assert(sizeof(struct backdoor_device) == 40, "§4.7");

#endif /* VMW_BACKDOOR_DEV_H */
