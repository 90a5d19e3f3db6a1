// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Commands that take too long, and resets.
 *
 * The mid-layer climbs: timeout, abort, reset of the device, the bus, the
 * adapter.  Each step first looks whether the completion is there already, and
 * then really waits until the device has let go of the commands; only then may
 * the mid-layer use them again (§3.8).
 */
#include <linux/blk-mq.h>

#include "pvscsi.h"
#include "pvscsi_trace.h"

/* How long to sleep between two looks while an interrupt might be lost. */
#define PVSCSI_EH_POLL	msecs_to_jiffies(20)

/* The context that a command waits under, 0 if it does not wait. */
static u32 pvscsi_waits(struct pvscsi *pv, struct scsi_cmnd *cmd)
{
	u32 t = scsi_cmd_to_rq(cmd)->tag;
	unsigned long flags;
	u32 ctx = 0;

	spin_lock_irqsave(&pv->cmp_lock, flags);
	if (pv->tags[t].cmd == cmd)
		ctx = pv->tags[t].issued;
	spin_unlock_irqrestore(&pv->cmp_lock, flags);
	return ctx;
}

/* Whether any command waits, of one target or of all (-1). */
static bool pvscsi_any_waits(struct pvscsi *pv, int target)
{
	unsigned long flags;
	bool any = false;
	u32 t;

	spin_lock_irqsave(&pv->cmp_lock, flags);
	for (t = 0; t < pv->geo.reqs && !any; t++)
		any = pv->tags[t].issued &&
		      (target < 0 ||
		       pv->tags[t].cmd->device->id == (unsigned int)target);
	spin_unlock_irqrestore(&pv->cmp_lock, flags);
	return any;
}

/* What somebody waits for: a command, or all of a target. */
struct pvscsi_wait {
	struct scsi_cmnd *cmd;
	u32 ctx;
	int target;
};

static bool pvscsi_over(struct pvscsi *pv, const struct pvscsi_wait *w)
{
	pvscsi_reap(pv);
	if (w->cmd)
		return pvscsi_waits(pv, w->cmd) != w->ctx;
	return !pvscsi_any_waits(pv, w->target);
}

/* Completions come by interrupt; should that be lost, by looking. */
static bool pvscsi_await(struct pvscsi *pv, const struct pvscsi_wait *w,
			 unsigned long patience)
{
	unsigned long deadline = jiffies + patience;
	bool over;

	atomic_inc(&pv->eh_waiting);
	do {
		over = wait_event_timeout(pv->eh_wait,
					  pvscsi_over(pv, w) ||
					  pvscsi_is_dead(pv),
					  PVSCSI_EH_POLL);
	} while (!over && time_before(jiffies, deadline));
	atomic_dec(&pv->eh_waiting);
	return pvscsi_over(pv, w);
}

/**
 * pvscsi_eh_timed_out() - scsi_host_template.eh_timed_out
 * @cmd: command that takes long
 *
 * A kick that the device missed is repeated, and the commands that it was for
 * get their time once more.
 *
 * Context: process.
 * Return: SCSI_EH_RESET_TIMER or SCSI_EH_NOT_HANDLED.
 */
enum scsi_timeout_action pvscsi_eh_timed_out(struct scsi_cmnd *cmd)
{
	struct pvscsi *pv = pvscsi_of(cmd->device->host);
	struct pvscsi_tag *tag = &pv->tags[scsi_cmd_to_rq(cmd)->tag];
	unsigned long flags;

	pvscsi_reap(pv);
	/* If that was it, the mid-layer sees that the command is complete. */
	if (!pvscsi_waits(pv, cmd) || tag->rescued == tag->ctx)
		return SCSI_EH_NOT_HANDLED;
	if (le32_to_cpu(READ_ONCE(pv->state->req_cons)) !=
	    READ_ONCE(pv->req_prod)) {
		spin_lock_irqsave(&pv->submit_lock, flags);
		pvscsi_count(pv, PVSCSI_N_KICKS_RESCUED);
		WRITE_ONCE(pv->rescue_stamp, jiffies);
		spin_unlock_irqrestore(&pv->submit_lock, flags);
		pvscsi_kick(pv);
	} else if (!time_before(cmd->jiffies_at_alloc,
				READ_ONCE(pv->rescue_stamp))) {
		return SCSI_EH_NOT_HANDLED;
	}
	tag->rescued = tag->ctx;
	return SCSI_EH_RESET_TIMER;
}

/**
 * pvscsi_eh_abort() - scsi_host_template.eh_abort_handler
 * @cmd: command to abort
 *
 * Context: process.
 * Return: SUCCESS if the device has let go of the command, else FAILED.
 */
int pvscsi_eh_abort(struct scsi_cmnd *cmd)
{
	struct pvscsi *pv = pvscsi_of(cmd->device->host);
	struct pvscsi_wait w = { .cmd = cmd };
	struct pvscsi_abort_cmd abort = {
		.target = cpu_to_le32(cmd->device->id),
	};

	pvscsi_count(pv, PVSCSI_N_ABORTS);
	pvscsi_reap(pv);
	w.ctx = pvscsi_waits(pv, cmd);
	if (!w.ctx)
		return SUCCESS;
	/* The device cannot abort what it has not seen. */
	pvscsi_kick(pv);
	abort.context = cpu_to_le64(w.ctx);
	pvscsi_cmd(pv, PVSCSI_CMD_ABORT_CMD, &abort, sizeof(abort));
	if (pvscsi_await(pv, &w, PVSCSI_ABORT_WAIT))
		return SUCCESS;
	pvscsi_count(pv, PVSCSI_N_ABORTS_FAILED);
	scmd_printk(KERN_NOTICE, cmd, "not aborted within %u s\n",
		    PVSCSI_ABORT_WAIT / HZ);
	return FAILED;
}

/**
 * pvscsi_eh_device_reset() - scsi_host_template.eh_device_reset_handler
 * @cmd: a command of the device
 *
 * Context: process.
 * Return: SUCCESS if the device has let go of all commands of it, else FAILED.
 */
int pvscsi_eh_device_reset(struct scsi_cmnd *cmd)
{
	struct pvscsi *pv = pvscsi_of(cmd->device->host);
	struct pvscsi_wait w = { .target = cmd->device->id };
	struct pvscsi_reset_device reset = {
		.target = cpu_to_le32(cmd->device->id),
		.lun[PVSCSI_LUN_BYTE] = cmd->device->lun,
	};

	if (pvscsi_is_dead(pv))
		return FAILED;
	pvscsi_count(pv, PVSCSI_N_DEVICE_RESETS);
	scmd_printk(KERN_NOTICE, cmd, "resetting the device\n");
	pvscsi_kick(pv);
	if (pvscsi_cmd(pv, PVSCSI_CMD_RESET_DEVICE, &reset, sizeof(reset)) ==
	    PVSCSI_STATUS_FAILED)
		return FAILED;
	return pvscsi_await(pv, &w, PVSCSI_RESET_WAIT) ? SUCCESS : FAILED;
}

/**
 * pvscsi_eh_bus_reset() - scsi_host_template.eh_bus_reset_handler
 * @cmd: a command of the bus
 *
 * Context: process.
 * Return: SUCCESS if the device has let go of all commands, else FAILED.
 */
int pvscsi_eh_bus_reset(struct scsi_cmnd *cmd)
{
	struct pvscsi *pv = pvscsi_of(cmd->device->host);
	struct pvscsi_wait w = { .target = -1 };

	if (pvscsi_is_dead(pv))
		return FAILED;
	pvscsi_count(pv, PVSCSI_N_BUS_RESETS);
	scmd_printk(KERN_NOTICE, cmd, "resetting the bus\n");
	pvscsi_kick(pv);
	pvscsi_cmd(pv, PVSCSI_CMD_RESET_BUS, NULL, 0);
	return pvscsi_await(pv, &w, PVSCSI_RESET_WAIT) ? SUCCESS : FAILED;
}

/**
 * pvscsi_eh_host_reset() - scsi_host_template.eh_host_reset_handler
 * @cmd: a command of the adapter
 *
 * Context: process.
 * Return: SUCCESS, or FAILED if the adapter had to be given up.
 */
int pvscsi_eh_host_reset(struct scsi_cmnd *cmd)
{
	struct pvscsi *pv = pvscsi_of(cmd->device->host);

	return pvscsi_reset(pv, "asked for by the SCSI layer") ? FAILED :
								 SUCCESS;
}

static void pvscsi_block(struct pvscsi *pv)
{
	unsigned long flags;

	spin_lock_irqsave(&pv->submit_lock, flags);
	pv->blocked = true;
	spin_unlock_irqrestore(&pv->submit_lock, flags);
}

/**
 * pvscsi_close() - let nothing of ours be under way or begin any more
 * @pv: adapter
 *
 * Context: process.
 */
void pvscsi_close(struct pvscsi *pv)
{
	pvscsi_msg_stop(pv);
	set_bit(PVSCSI_F_CLOSING, &pv->flags);
	cancel_work_sync(&pv->reset_work);
}

/**
 * pvscsi_stop() - take the rings away from the device
 * @pv: adapter
 *
 * What was completed is taken, the rest ends with DID_RESET, which the
 * mid-layer tries again.  Until pvscsi_start() commands are refused for now.
 *
 * Context: process, reset_mutex held or nobody else left.
 */
void pvscsi_stop(struct pvscsi *pv)
{
	pvscsi_block(pv);
	pvscsi_hw_reset(pv);
	/* An interrupt handler may still be about. */
	synchronize_irq(pci_irq_vector(pv->pdev, 0));
	/* What was written before the reset is as good as ever. */
	pvscsi_reap(pv);
	pvscsi_fail_all(pv, DID_RESET);
}

/**
 * pvscsi_start() - give the device its rings, and let commands in
 * @pv: adapter, after pvscsi_stop() or a reset by the machine
 *
 * Context: process, reset_mutex held or nobody else there yet.
 * Return: 0 or -EIO; then commands are still refused.
 */
int pvscsi_start(struct pvscsi *pv)
{
	unsigned long flags;
	int err;

	pvscsi_queue_clear(pv);
	clear_bit(PVSCSI_F_BROKEN, &pv->flags);
	err = pvscsi_hw_attach(pv);
	if (err)
		return err;
	spin_lock_irqsave(&pv->submit_lock, flags);
	pvscsi_hw_mask(pv, PVSCSI_INTR_CMP |
			   (pv->use_msg ? PVSCSI_INTR_MSG : 0));
	pv->blocked = false;
	spin_unlock_irqrestore(&pv->submit_lock, flags);
	return 0;
}

/* Nobody can help any more: submissions stay blocked, and all fails at once. */
static void pvscsi_give_up(struct pvscsi *pv, const char *why)
{
	dev_err(&pv->pdev->dev,
		"adapter given up, %s; to try again, remove it from the PCI bus and rescan\n",
		why);
	/* Who finds it dead finds it silent. */
	pci_clear_master(pv->pdev);
	set_bit(PVSCSI_F_DEAD, &pv->flags);
	pvscsi_fail_all(pv, DID_NO_CONNECT);
}

static bool pvscsi_too_often(struct pvscsi *pv)
{
	if (time_after(jiffies, pv->reset_stamp + PVSCSI_RESET_WINDOW)) {
		pv->reset_stamp = jiffies;
		pv->reset_burst = 0;
	}
	return pv->reset_burst++ >= PVSCSI_RESET_BURST;
}

/**
 * pvscsi_reset() - reset the adapter
 * @pv: adapter
 * @why: for the log
 *
 * Context: process.
 * Return: 0, or -EIO if the adapter was given up.
 */
int pvscsi_reset(struct pvscsi *pv, const char *why)
{
	int err = 0;

	mutex_lock(&pv->reset_mutex);
	if (pvscsi_is_dead(pv)) {
		err = -EIO;
		goto out;
	}
	pvscsi_count(pv, PVSCSI_N_HOST_RESETS);
	dev_notice(&pv->pdev->dev, "resetting the adapter, %s\n", why);
	pvscsi_stop(pv);
	err = pvscsi_start(pv);
	trace_pvscsi_reset(pv, err);
	if (err)
		pvscsi_give_up(pv, "it does not take its rings");
	else
		pvscsi_msg_rescan(pv);
out:
	mutex_unlock(&pv->reset_mutex);
	return err;
}

/**
 * pvscsi_reset_work() - reset the adapter after a violation
 * @work: &pvscsi.reset_work
 *
 * Context: workqueue.
 */
void pvscsi_reset_work(struct work_struct *work)
{
	struct pvscsi *pv = container_of(work, struct pvscsi, reset_work);

	if (!pvscsi_too_often(pv)) {
		pvscsi_reset(pv, "which wrote what it must not");
		return;
	}
	mutex_lock(&pv->reset_mutex);
	pvscsi_stop(pv);
	pvscsi_give_up(pv, "which keeps writing what it must not");
	mutex_unlock(&pv->reset_mutex);
}
