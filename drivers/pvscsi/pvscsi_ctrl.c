// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Registers and commands of the device, and attaching the rings.
 */
#include <linux/dma-mapping.h>
#include <linux/log2.h>

#include "pvscsi.h"
#include "pvscsi_trace.h"

static void pvscsi_write(struct pvscsi *pv, u32 reg, u32 value)
{
	writel(value, pv->mmio + reg);
}

static u32 pvscsi_read(struct pvscsi *pv, u32 reg)
{
	return readl(pv->mmio + reg);
}

/**
 * pvscsi_cmd() - have the device execute a command (§2.2)
 * @pv: adapter
 * @cmd: PVSCSI_CMD_*
 * @payload: as the device wants it, or NULL
 * @len: bytes of it, a multiple of 4
 *
 * Context: any.
 * Return: COMMAND_STATUS, whose meaning depends on the command.
 */
u32 pvscsi_cmd(struct pvscsi *pv, u32 cmd, const void *payload, size_t len)
{
	const u32 *word = payload;
	unsigned long flags;
	u32 status;
	size_t i;

	spin_lock_irqsave(&pv->cmd_lock, flags);
	pvscsi_write(pv, PVSCSI_REG_COMMAND, cmd);
	/* In the order of memory, whatever the order of the processor. */
	for (i = 0; i < len / sizeof(*word); i++)
		__raw_writel(word[i], pv->mmio + PVSCSI_REG_COMMAND_DATA);
	status = pvscsi_read(pv, PVSCSI_REG_COMMAND_STATUS);
	spin_unlock_irqrestore(&pv->cmd_lock, flags);
	trace_pvscsi_cmd(pv, cmd, status);
	return status;
}

/* Whether the device knows a command at all; it may still refuse it (§2.2). */
static bool pvscsi_cmd_known(struct pvscsi *pv, u32 cmd)
{
	return pvscsi_cmd(pv, cmd, NULL, 0) != PVSCSI_STATUS_FAILED;
}

/**
 * pvscsi_hw_mask() - choose the interrupts
 * @pv: adapter
 * @mask: PVSCSI_INTR_* bits to enable
 *
 * Context: any; while the rings are attached, submit_lock held.
 */
void pvscsi_hw_mask(struct pvscsi *pv, u32 mask)
{
	pv->intr_mask = mask;
	pvscsi_write(pv, PVSCSI_REG_INTR_MASK, mask);
}

/**
 * pvscsi_hw_reset() - make the device forget its rings and all commands
 * @pv: adapter
 *
 * When this returns no ring, buffer or completion is touched any more;
 * completions of what was aborted have been written before (§2.3).
 *
 * Context: any; submissions are blocked.
 */
void pvscsi_hw_reset(struct pvscsi *pv)
{
	/* A reset may leave the mask as it was (§4.1). */
	pvscsi_hw_mask(pv, 0);
	pvscsi_cmd(pv, PVSCSI_CMD_ADAPTER_RESET, NULL, 0);
	pvscsi_write(pv, PVSCSI_REG_INTR_STATUS,
		     pvscsi_read(pv, PVSCSI_REG_INTR_STATUS));
}

/* From the configuration page of the controller, 0 if it has none (§3.1). */
static u32 pvscsi_config_targets(struct pvscsi *pv)
{
	struct pvscsi_config_controller *page;
	struct pvscsi_config cmd = {
		.address = cpu_to_le64((u64)PVSCSI_CONFIG_ADDR_CONTROLLER << 32),
		.page = cpu_to_le32(PVSCSI_CONFIG_PAGE_CONTROLLER),
	};
	dma_addr_t dma;
	u32 targets = 0;

	page = dma_alloc_coherent(&pv->pdev->dev, PVSCSI_PAGE_SIZE, &dma,
				  GFP_KERNEL);
	if (!page)
		return 0;
	/* Success is what the device must say, not what was there. */
	page->header.host_status = cpu_to_le16(PVSCSI_HOST_INVALID_PARAM);
	page->header.scsi_status = cpu_to_le16(SAM_STAT_CHECK_CONDITION);
	cmd.result = cpu_to_le64(dma);
	if (pvscsi_cmd(pv, PVSCSI_CMD_CONFIG, &cmd, sizeof(cmd)) !=
	    PVSCSI_STATUS_FAILED &&
	    !page->header.host_status && !page->header.scsi_status)
		targets = le32_to_cpu(READ_ONCE(page->num_phys));
	dma_free_coherent(&pv->pdev->dev, PVSCSI_PAGE_SIZE, page, dma);
	return targets;
}

/**
 * pvscsi_hw_targets() - how many targets the device has room for
 * @pv: adapter, reset, bus master
 *
 * Context: process.
 * Return: 1 to PVSCSI_MAX_TARGETS.
 */
u32 pvscsi_hw_targets(struct pvscsi *pv)
{
	u32 targets = pvscsi_config_targets(pv);

	if (!targets) {
		targets = pvscsi_cmd(pv, PVSCSI_CMD_GET_MAX_TARGETS, NULL, 0);
		if (targets == PVSCSI_STATUS_FAILED || !targets)
			targets = PVSCSI_DEFAULT_TARGETS;
	}
	return min_t(u32, targets, PVSCSI_MAX_TARGETS);
}

static void pvscsi_ppns(__le64 *ppn, const struct pvscsi_ring *ring, u32 pages)
{
	u32 i;

	for (i = 0; i < pages; i++)
		ppn[i] = cpu_to_le64((ring->dma >> PVSCSI_PAGE_SHIFT) + i);
}

static int pvscsi_setup_rings(struct pvscsi *pv)
{
	struct pvscsi_setup_rings cmd = {
		.req_pages = cpu_to_le32(pv->geo.req_pages),
		.cmp_pages = cpu_to_le32(pv->geo.req_pages),
		.state_ppn = cpu_to_le64(pv->state_dma >> PVSCSI_PAGE_SHIFT),
	};
	u32 status, req_log2, cmp_log2;

	pvscsi_ppns(cmd.req_ppn, &pv->req_ring, pv->geo.req_pages);
	pvscsi_ppns(cmd.cmp_ppn, &pv->cmp_ring, pv->geo.req_pages);
	status = pvscsi_cmd(pv, PVSCSI_CMD_SETUP_RINGS, &cmd, sizeof(cmd));
	if (status != PVSCSI_STATUS_OK) {
		dev_err(&pv->pdev->dev,
			"device refused rings of %u pages, status %#x\n",
			pv->geo.req_pages, status);
		return -EIO;
	}
	req_log2 = le32_to_cpu(READ_ONCE(pv->state->req_log2));
	cmp_log2 = le32_to_cpu(READ_ONCE(pv->state->cmp_log2));
	if (req_log2 != ilog2(pv->geo.reqs) || cmp_log2 != ilog2(pv->geo.cmps)) {
		dev_err(&pv->pdev->dev,
			"device took the rings for others: 2^%u requests and 2^%u completions, not %u and %u\n",
			req_log2, cmp_log2, pv->geo.reqs, pv->geo.cmps);
		return -EIO;
	}
	return 0;
}

/* Without messages there is still the rescan that users can ask for. */
static void pvscsi_setup_msg_ring(struct pvscsi *pv)
{
	struct pvscsi_setup_msg_ring cmd = {
		.pages = cpu_to_le32(pv->geo.msg_pages),
	};

	pv->use_msg = false;
	if (!pv->geo.msg_pages)
		return;
	pvscsi_ppns(cmd.ppn, &pv->msg_ring, pv->geo.msg_pages);
	if (pvscsi_cmd_known(pv, PVSCSI_CMD_SETUP_MSG_RING) &&
	    pvscsi_cmd(pv, PVSCSI_CMD_SETUP_MSG_RING, &cmd, sizeof(cmd)) !=
	    PVSCSI_STATUS_FAILED)
		pv->use_msg = true;
	else
		dev_info(&pv->pdev->dev,
			 "no messages from this device: rescan the host after adding disks\n");
}

/* The host sees to it that a request which it was not told of is found. */
static bool pvscsi_setup_threshold(struct pvscsi *pv)
{
	__le32 on = cpu_to_le32(1);
	u32 status;

	if (!pvscsi_cmd_known(pv, PVSCSI_CMD_SETUP_REQCALLTHRESHOLD))
		return false;
	status = pvscsi_cmd(pv, PVSCSI_CMD_SETUP_REQCALLTHRESHOLD, &on,
			    sizeof(on));
	return status && status != PVSCSI_STATUS_FAILED;
}

/**
 * pvscsi_hw_attach() - give the device its rings
 * @pv: adapter, reset, its rings cleared, interrupts masked
 *
 * Context: process.
 * Return: 0 or -EIO.
 */
int pvscsi_hw_attach(struct pvscsi *pv)
{
	int err;

	err = pvscsi_setup_rings(pv);
	if (err)
		return err;
	pvscsi_setup_msg_ring(pv);
	pv->use_threshold = pvscsi_use_req_threshold &&
			    pvscsi_setup_threshold(pv);
	return 0;
}
