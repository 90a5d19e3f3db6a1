// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Recovery: the one worker that resets the device, whoever asks for it.
 *
 * A reset reuses the queues and their buffers, so that it needs no memory.  It
 * is rate-limited; a device that does not come back is tried again with
 * growing pauses while its queues stay down (§3.19).
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "vmxnet3.h"
#include "vmxnet3_trace.h"

/* Resets in a window before the worker slows down. */
#define VMXNET3_RESET_BURST	3
#define VMXNET3_RESET_WINDOW	(60 * HZ)
#define VMXNET3_RESET_PAUSE_MAX	(30 * HZ)

static const char * const vmxnet3_reset_names[VMXNET3_RESET_REASONS] = {
	[VMXNET3_RESET_TX_TIMEOUT] = "tx_timeout",
	[VMXNET3_RESET_TX_COMPLETION] = "tx_completion",
	[VMXNET3_RESET_RX_COMPLETION] = "rx_completion",
	[VMXNET3_RESET_TXQ_ERROR] = "txq_error",
	[VMXNET3_RESET_RXQ_ERROR] = "rxq_error",
	[VMXNET3_RESET_ACTIVATE] = "activate",
	[VMXNET3_RESET_USER] = "user",
};

/**
 * vmxnet3_reset_name() - name of a reason, for logs and counters
 * @why: reason
 *
 * Return: a short lower-case word.
 */
const char *vmxnet3_reset_name(enum vmxnet3_reset_reason why)
{
	return vmxnet3_reset_names[why];
}

/**
 * vmxnet3_reset_request() - ask for a reset
 * @vx: device
 * @why: reason
 *
 * Several requests before the worker runs are one reset.
 *
 * Context: any.
 */
void vmxnet3_reset_request(struct vmxnet3 *vx, enum vmxnet3_reset_reason why)
{
	set_bit(why, &vx->reset_reasons);
	if (!test_bit(VMXNET3_F_CLOSING, &vx->flags))
		schedule_delayed_work(&vx->reset_work, 0);
}

/* Pause before the next attempt: 1 s, doubling up to the maximum. */
static unsigned long vmxnet3_reset_pause(unsigned int fails)
{
	return min_t(unsigned long, HZ << min(fails, 5u),
		     VMXNET3_RESET_PAUSE_MAX);
}

/* Returns 0 if a reset may go ahead, else the jiffies to wait. */
static unsigned long vmxnet3_reset_throttle(struct vmxnet3 *vx)
{
	if (time_after(jiffies, vx->reset_stamp + VMXNET3_RESET_WINDOW)) {
		vx->reset_stamp = jiffies;
		vx->reset_burst = 0;
	}
	if (vx->reset_burst++ < VMXNET3_RESET_BURST)
		return 0;
	/* The wait itself must not be throttled again. */
	vx->reset_burst = VMXNET3_RESET_BURST - 1;
	return vmxnet3_reset_pause(vx->reset_fails);
}

static int vmxnet3_reset_device(struct vmxnet3 *vx)
{
	int err;

	if (test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		vmxnet3_down(vx);
	err = vmxnet3_hw_init(vx);
	if (err)
		return err;
	err = vmxnet3_vecs_request(vx);
	if (err)
		return err;
	vmxnet3_qset_rewind(vx->qs);
	return vmxnet3_up(vx);
}

/**
 * vmxnet3_reset_run() - do the resets that were asked for
 * @vx: device
 *
 * Context: process, rtnl held.  For the worker, and for users who wait.
 * Return: 0 if done or if there was nothing to do, -ENETDOWN if the interface
 * is closed or suspended, -EAGAIN if resets are too frequent, or the error of
 * the device; in the latter two cases the worker goes on.
 */
int vmxnet3_reset_run(struct vmxnet3 *vx)
{
	unsigned long reasons, wait;
	unsigned int i;
	int err;

	if (!netif_running(vx->netdev) || !vx->qs ||
	    !netif_device_present(vx->netdev))
		return -ENETDOWN;
	reasons = READ_ONCE(vx->reset_reasons);
	if (!reasons)
		return 0;
	/* A user need not wait. */
	if (reasons != BIT(VMXNET3_RESET_USER) &&
	    test_bit(VMXNET3_F_ACTIVE, &vx->flags)) {
		wait = vmxnet3_reset_throttle(vx);
		if (wait) {
			/* Quiet meanwhile: a broken queue must not be used. */
			netif_carrier_off(vx->netdev);
			vmxnet3_down(vx);
			set_bit(VMXNET3_F_FAILED, &vx->flags);
			netdev_err(vx->netdev,
				   "too many resets, next one in %u s\n",
				   jiffies_to_msecs(wait) / 1000);
			schedule_delayed_work(&vx->reset_work, wait);
			return -EAGAIN;
		}
	}

	reasons = xchg(&vx->reset_reasons, 0);
	for_each_set_bit(i, &reasons, VMXNET3_RESET_REASONS) {
		vx->resets[i]++;
		netdev_info(vx->netdev, "resetting: %s\n",
			    vmxnet3_reset_name(i));
	}
	err = vmxnet3_reset_device(vx);
	trace_vmxnet3_reset(vx, reasons, err);
	if (!err) {
		vx->reset_fails = 0;
		clear_bit(VMXNET3_F_FAILED, &vx->flags);
		netdev_info(vx->netdev, "reset done\n");
		return 0;
	}

	set_bit(VMXNET3_F_FAILED, &vx->flags);
	netif_carrier_off(vx->netdev);
	wait = vmxnet3_reset_pause(vx->reset_fails++);
	netdev_err(vx->netdev, "reset failed: %d, next attempt in %u s\n", err,
		   jiffies_to_msecs(wait) / 1000);
	set_bit(VMXNET3_RESET_ACTIVATE, &vx->reset_reasons);
	schedule_delayed_work(&vx->reset_work, wait);
	return err;
}

/**
 * vmxnet3_reset_work() - reset the device
 * @work: &vmxnet3.reset_work
 *
 * The health report comes first, while the evidence is there; it takes
 * devlink's lock, which is outside of rtnl.
 *
 * Context: workqueue; takes rtnl.
 */
void vmxnet3_reset_work(struct work_struct *work)
{
	struct vmxnet3 *vx = container_of(to_delayed_work(work), struct vmxnet3,
					  reset_work);
	int err;

	vmxnet3_health_report(vx, READ_ONCE(vx->reset_reasons));
	rtnl_lock();
	err = vmxnet3_reset_run(vx);
	rtnl_unlock();
	/* An interface that is closed or suspended starts afresh. */
	if (!err || err == -ENETDOWN)
		vmxnet3_health_recovered(vx);
}

/**
 * vmxnet3_tx_timeout() - ndo_tx_timeout
 * @netdev: network device
 * @txqueue: queue that made no progress
 *
 * The completion ring is looked at once more: an interrupt that was lost needs
 * no reset.
 *
 * Context: softirq, the core holds tx_global_lock.
 */
void vmxnet3_tx_timeout(struct net_device *netdev, unsigned int txqueue)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_txq *q;
	u32 oldest;
	bool stuck;

	if (!test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		return;

	q = &vx->qs->txq[txqueue];
	vmxnet3_tx_count(q, VMXNET3_TX_TIMEOUTS);
	__netif_tx_lock(q->nq, smp_processor_id());
	oldest = q->clean;
	vmxnet3_tx_reap(q, 0);
	stuck = q->clean == oldest;
	netdev_warn(netdev,
		    "tx queue %u made no progress: fill %u, clean %u, completion %u gen %u, deferred %u of %u; %s\n",
		    txqueue, q->fill.idx, q->clean, q->comp_pos.idx,
		    q->comp_pos.gen, q->deferred,
		    le32_to_cpu(READ_ONCE(q->qdesc->threshold)),
		    stuck ? "resetting" : "a lost interrupt, recovered");
	__netif_tx_unlock(q->nq);

	if (stuck)
		vmxnet3_reset_request(vx, VMXNET3_RESET_TX_TIMEOUT);
}
