// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * devlink: what the device is, and two health reporters, "tx" and "rx".
 *
 * A reporter turns to "error" when a reset is asked for because of its
 * direction, keeps a dump of the queues as they were found, and turns healthy
 * when the reset worker has brought the device back; the worker does not wait
 * to be told by devlink.  A user may ask for the same reset.
 *
 * devlink's lock is outside of rtnl, and its callbacks take rtnl.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/devlink.h>

#include "vmxnet3.h"

#define VMXNET3_HEALTH_TX	(BIT(VMXNET3_RESET_TX_TIMEOUT) | \
				 BIT(VMXNET3_RESET_TX_COMPLETION) | \
				 BIT(VMXNET3_RESET_TXQ_ERROR) | \
				 BIT(VMXNET3_RESET_ACTIVATE))
#define VMXNET3_HEALTH_RX	(BIT(VMXNET3_RESET_RX_COMPLETION) | \
				 BIT(VMXNET3_RESET_RXQ_ERROR) | \
				 BIT(VMXNET3_RESET_ACTIVATE))

/* devlink's private memory: the driver's own belongs to the netdev. */
struct vmxnet3_devlink {
	struct vmxnet3 *vx;
};

static int vmxnet3_info_get(struct devlink *devlink,
			    struct devlink_info_req *req,
			    struct netlink_ext_ack *extack)
{
	struct vmxnet3_devlink *dl = devlink_priv(devlink);
	char version[8];
	int err;

	err = devlink_info_driver(req, KBUILD_MODNAME);
	if (err)
		return err;
	snprintf(version, sizeof(version), "%u", dl->vx->version);
	return devlink_info_version_running_put(req, "device.protocol",
						version);
}

static const struct devlink_ops vmxnet3_devlink_ops = {
	.info_get = vmxnet3_info_get,
};

/* Four words of a descriptor or completion as they are in shared memory. */
static void vmxnet3_put_words(struct devlink_fmsg *fmsg, const char *name,
			      const void *shared)
{
	const __le32 *w = shared;
	char buf[36];

	snprintf(buf, sizeof(buf), "%08x %08x %08x %08x",
		 le32_to_cpu(READ_ONCE(w[0])), le32_to_cpu(READ_ONCE(w[1])),
		 le32_to_cpu(READ_ONCE(w[2])), le32_to_cpu(READ_ONCE(w[3])));
	devlink_fmsg_string_pair_put(fmsg, name, buf);
}

static void vmxnet3_put_status(struct devlink_fmsg *fmsg,
			       const struct vmxnet3_queue_status *s)
{
	devlink_fmsg_u32_pair_put(fmsg, "stopped", READ_ONCE(s->stopped));
	devlink_fmsg_u32_pair_put(fmsg, "error",
				  le32_to_cpu(READ_ONCE(s->error)));
}

static void vmxnet3_put_cursor(struct devlink_fmsg *fmsg, const char *name,
			       const struct vmxnet3_cursor *c)
{
	devlink_fmsg_pair_nest_start(fmsg, name);
	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "idx", c->idx);
	devlink_fmsg_u32_pair_put(fmsg, "gen", c->gen);
	devlink_fmsg_obj_nest_end(fmsg);
	devlink_fmsg_pair_nest_end(fmsg);
}

static void vmxnet3_put_txq(struct devlink_fmsg *fmsg,
			    const struct vmxnet3_txq *q)
{
	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "queue", q->idx);
	devlink_fmsg_u32_pair_put(fmsg, "size", q->size);
	vmxnet3_put_cursor(fmsg, "fill", &q->fill);
	devlink_fmsg_u32_pair_put(fmsg, "clean", q->clean);
	devlink_fmsg_u32_pair_put(fmsg, "in_flight",
				  vmxnet3_ring_dist(q->clean, q->fill.idx,
						    q->size));
	vmxnet3_put_cursor(fmsg, "completion", &q->comp_pos);
	devlink_fmsg_u32_pair_put(fmsg, "deferred", q->deferred);
	devlink_fmsg_u32_pair_put(fmsg, "threshold",
				  le32_to_cpu(READ_ONCE(q->qdesc->threshold)));
	devlink_fmsg_bool_pair_put(fmsg, "broken", q->broken);
	devlink_fmsg_bool_pair_put(fmsg, "core_stopped",
				   netif_tx_queue_stopped(q->nq));
	vmxnet3_put_status(fmsg, &q->qdesc->status);
	devlink_fmsg_u64_pair_put(fmsg, "timeouts",
				  u64_stats_read(&q->cnt[VMXNET3_TX_TIMEOUTS]));
	devlink_fmsg_u64_pair_put(fmsg, "bad_comp_index",
				  u64_stats_read(&q->cnt[VMXNET3_TX_BAD_COMP_INDEX]));
	devlink_fmsg_u64_pair_put(fmsg, "bad_comp_order",
				  u64_stats_read(&q->cnt[VMXNET3_TX_BAD_COMP_ORDER]));
	vmxnet3_put_words(fmsg, "oldest_descriptor", &q->ring[q->clean]);
	vmxnet3_put_words(fmsg, "next_completion", &q->comp[q->comp_pos.idx]);
	devlink_fmsg_obj_nest_end(fmsg);
}

static void vmxnet3_put_rx_ring(struct devlink_fmsg *fmsg,
				const struct vmxnet3_rx_ring *r)
{
	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "size", r->size);
	devlink_fmsg_bool_pair_put(fmsg, "used", r->used);
	devlink_fmsg_u32_pair_put(fmsg, "buf_len", r->buf_len);
	vmxnet3_put_cursor(fmsg, "fill", &r->fill);
	devlink_fmsg_u32_pair_put(fmsg, "clean", r->clean);
	devlink_fmsg_u32_pair_put(fmsg, "posted",
				  vmxnet3_ring_dist(r->clean, r->fill.idx,
						    r->size));
	vmxnet3_put_words(fmsg, "oldest_descriptor", &r->desc[r->clean]);
	devlink_fmsg_obj_nest_end(fmsg);
}

static void vmxnet3_put_rxq(struct devlink_fmsg *fmsg,
			    const struct vmxnet3_rxq *q)
{
	static const struct {
		const char *name;
		enum vmxnet3_rx_counter counter;
	} violations[] = {
		{ "bad_comp_rqid", VMXNET3_RX_BAD_COMP_RQID },
		{ "bad_comp_index", VMXNET3_RX_BAD_COMP_INDEX },
		{ "bad_comp_owner", VMXNET3_RX_BAD_COMP_OWNER },
		{ "bad_comp_len", VMXNET3_RX_BAD_COMP_LEN },
		{ "bad_frame_sop", VMXNET3_RX_BAD_FRAME_SOP },
		{ "bad_frame_no_sop", VMXNET3_RX_BAD_FRAME_NO_SOP },
		{ "bad_frame_bufs", VMXNET3_RX_BAD_FRAME_BUFS },
	};
	unsigned int i;

	devlink_fmsg_obj_nest_start(fmsg);
	devlink_fmsg_u32_pair_put(fmsg, "queue", q->idx);
	devlink_fmsg_u32_pair_put(fmsg, "completions", q->comp_size);
	vmxnet3_put_cursor(fmsg, "completion", &q->comp_pos);
	devlink_fmsg_bool_pair_put(fmsg, "broken", q->broken);
	devlink_fmsg_bool_pair_put(fmsg, "in_frame", q->in_frame);
	devlink_fmsg_u32_pair_put(fmsg, "update_rx_prod",
				  READ_ONCE(q->qdesc->update_rx_prod));
	vmxnet3_put_status(fmsg, &q->qdesc->status);
	for (i = 0; i < ARRAY_SIZE(violations); i++)
		devlink_fmsg_u64_pair_put(fmsg, violations[i].name,
					  u64_stats_read(&q->cnt[violations[i].counter]));
	vmxnet3_put_words(fmsg, "next_completion", &q->comp[q->comp_pos.idx]);
	devlink_fmsg_arr_pair_nest_start(fmsg, "rings");
	for (i = 0; i < ARRAY_SIZE(q->ring); i++)
		vmxnet3_put_rx_ring(fmsg, &q->ring[i]);
	devlink_fmsg_arr_pair_nest_end(fmsg);
	devlink_fmsg_obj_nest_end(fmsg);
}

static void vmxnet3_put_device(struct devlink_fmsg *fmsg,
			       const struct vmxnet3 *vx)
{
	unsigned int i;

	devlink_fmsg_u32_pair_put(fmsg, "protocol", vx->version);
	devlink_fmsg_bool_pair_put(fmsg, "active",
				   test_bit(VMXNET3_F_ACTIVE, &vx->flags));
	devlink_fmsg_bool_pair_put(fmsg, "failed",
				   test_bit(VMXNET3_F_FAILED, &vx->flags));
	devlink_fmsg_bool_pair_put(fmsg, "gone",
				   test_bit(VMXNET3_F_GONE, &vx->flags));
	devlink_fmsg_u32_pair_put(fmsg, "vectors", vx->plan.nvec);
	devlink_fmsg_u32_pair_put(fmsg, "mtu", vx->qcfg.mtu);
	devlink_fmsg_pair_nest_start(fmsg, "resets");
	devlink_fmsg_obj_nest_start(fmsg);
	for (i = 0; i < VMXNET3_RESET_REASONS; i++)
		devlink_fmsg_u64_pair_put(fmsg, vmxnet3_reset_name(i),
					  vx->resets[i]);
	devlink_fmsg_obj_nest_end(fmsg);
	devlink_fmsg_pair_nest_end(fmsg);
}

/* Show the device and, unless it is closed, the queues of one direction. */
static void vmxnet3_put_state(struct devlink_fmsg *fmsg, struct vmxnet3 *vx,
			      bool tx)
{
	const struct vmxnet3_qset *qs;
	unsigned int i;

	rtnl_lock();
	vmxnet3_put_device(fmsg, vx);
	if (test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_QUEUE_STATUS);
	qs = vx->qs;
	devlink_fmsg_arr_pair_nest_start(fmsg, "queues");
	for (i = 0; qs && tx && i < qs->cfg.ntxq; i++)
		vmxnet3_put_txq(fmsg, &qs->txq[i]);
	for (i = 0; qs && !tx && i < qs->cfg.nrxq; i++)
		vmxnet3_put_rxq(fmsg, &qs->rxq[i]);
	devlink_fmsg_arr_pair_nest_end(fmsg);
	rtnl_unlock();
}

static int vmxnet3_tx_diagnose(struct devlink_health_reporter *reporter,
			       struct devlink_fmsg *fmsg,
			       struct netlink_ext_ack *extack)
{
	vmxnet3_put_state(fmsg, devlink_health_reporter_priv(reporter), true);
	return 0;
}

static int vmxnet3_rx_diagnose(struct devlink_health_reporter *reporter,
			       struct devlink_fmsg *fmsg,
			       struct netlink_ext_ack *extack)
{
	vmxnet3_put_state(fmsg, devlink_health_reporter_priv(reporter), false);
	return 0;
}

static int vmxnet3_tx_dump(struct devlink_health_reporter *reporter,
			   struct devlink_fmsg *fmsg, void *ctx,
			   struct netlink_ext_ack *extack)
{
	return vmxnet3_tx_diagnose(reporter, fmsg, extack);
}

static int vmxnet3_rx_dump(struct devlink_health_reporter *reporter,
			   struct devlink_fmsg *fmsg, void *ctx,
			   struct netlink_ext_ack *extack)
{
	return vmxnet3_rx_diagnose(reporter, fmsg, extack);
}

static void vmxnet3_heal(struct devlink_health_reporter *reporter)
{
	devlink_health_reporter_recovery_done(reporter);
	devlink_health_reporter_state_update(reporter,
					     DEVLINK_HEALTH_REPORTER_STATE_HEALTHY);
}

/* Everything reported is over; devlink heals @asked by itself. */
static void vmxnet3_heal_all(struct vmxnet3 *vx,
			     const struct devlink_health_reporter *asked)
{
	unsigned long reported = xchg(&vx->reported, 0);

	if ((reported & VMXNET3_HEALTH_TX) && vx->tx_reporter != asked)
		vmxnet3_heal(vx->tx_reporter);
	if ((reported & VMXNET3_HEALTH_RX) && vx->rx_reporter != asked)
		vmxnet3_heal(vx->rx_reporter);
}

/*
 * @ctx is set when a report is on its way: the worker that reports resets
 * next, and until then the reporter stays in error.  Else it is a user, who
 * waits for the outcome; the reset is done right here, as the worker might be
 * waiting for devlink's lock.
 */
static int vmxnet3_recover(struct devlink_health_reporter *reporter, void *ctx,
			   struct netlink_ext_ack *extack)
{
	struct vmxnet3 *vx = devlink_health_reporter_priv(reporter);
	int err;

	if (ctx)
		return -EINPROGRESS;

	set_bit(VMXNET3_RESET_USER, &vx->reset_reasons);
	rtnl_lock();
	err = vmxnet3_reset_run(vx);
	rtnl_unlock();
	if (err)
		NL_SET_ERR_MSG_MOD(extack, "reset not possible now");
	else
		vmxnet3_heal_all(vx, reporter);
	return err;
}

static const struct devlink_health_reporter_ops vmxnet3_tx_reporter_ops = {
	.name = "tx",
	.recover = vmxnet3_recover,
	.dump = vmxnet3_tx_dump,
	.diagnose = vmxnet3_tx_diagnose,
};

static const struct devlink_health_reporter_ops vmxnet3_rx_reporter_ops = {
	.name = "rx",
	.recover = vmxnet3_recover,
	.dump = vmxnet3_rx_dump,
	.diagnose = vmxnet3_rx_diagnose,
};

/**
 * vmxnet3_health_register() - make the device known to devlink
 * @vx: device
 *
 * Context: probe.
 * Return: 0 or a negative error; on failure nothing is left registered.
 */
int vmxnet3_health_register(struct vmxnet3 *vx)
{
	struct devlink_health_reporter *reporter;
	struct vmxnet3_devlink *dl;
	struct devlink *devlink;
	int err;

	devlink = devlink_alloc(&vmxnet3_devlink_ops, sizeof(*dl),
				&vx->pdev->dev);
	if (!devlink)
		return -ENOMEM;
	dl = devlink_priv(devlink);
	dl->vx = vx;

	reporter = devlink_health_reporter_create(devlink,
						  &vmxnet3_tx_reporter_ops, vx);
	if (IS_ERR(reporter)) {
		err = PTR_ERR(reporter);
		goto err_free;
	}
	vx->tx_reporter = reporter;
	reporter = devlink_health_reporter_create(devlink,
						  &vmxnet3_rx_reporter_ops, vx);
	if (IS_ERR(reporter)) {
		err = PTR_ERR(reporter);
		goto err_tx;
	}
	vx->rx_reporter = reporter;
	vx->devlink = devlink;
	devlink_register(devlink);
	return 0;

err_tx:
	devlink_health_reporter_destroy(vx->tx_reporter);
err_free:
	devlink_free(devlink);
	return err;
}

/**
 * vmxnet3_health_unregister() - undo vmxnet3_health_register()
 * @vx: device, whose reset worker does not run any more
 *
 * Context: process, rtnl not held.
 */
void vmxnet3_health_unregister(struct vmxnet3 *vx)
{
	devlink_unregister(vx->devlink);
	devlink_health_reporter_destroy(vx->rx_reporter);
	devlink_health_reporter_destroy(vx->tx_reporter);
	devlink_free(vx->devlink);
}

/**
 * vmxnet3_health_report() - tell devlink why a reset comes
 * @vx: device, as it was found
 * @reasons: enum vmxnet3_reset_reason bits
 *
 * A reason is told once until the device has recovered.
 *
 * Context: reset worker, rtnl not held: the dump takes it.
 */
void vmxnet3_health_report(struct vmxnet3 *vx, unsigned long reasons)
{
	unsigned int i;

	reasons &= ~READ_ONCE(vx->reported);
	for_each_set_bit(i, &reasons, VMXNET3_RESET_REASONS) {
		set_bit(i, &vx->reported);
		if (BIT(i) & VMXNET3_HEALTH_TX)
			devlink_health_report(vx->tx_reporter,
					      vmxnet3_reset_name(i), vx);
		if (BIT(i) & VMXNET3_HEALTH_RX)
			devlink_health_report(vx->rx_reporter,
					      vmxnet3_reset_name(i), vx);
	}
}

/**
 * vmxnet3_health_recovered() - tell devlink that a reset has helped
 * @vx: device
 *
 * Context: reset worker.
 */
void vmxnet3_health_recovered(struct vmxnet3 *vx)
{
	vmxnet3_heal_all(vx, NULL);
}
