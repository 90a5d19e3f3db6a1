// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Vectors, interrupt handlers, NAPI, events.
 *
 * Which queue belongs to which vector is fixed at probe by the plan of
 * vmxnet3_plan.h; changing channels only uses fewer of them.  A vector that
 * serves receive or events is unmasked whenever its NAPI has completed.  One
 * that serves transmit alone stays masked until somebody needs it, see
 * vmxnet3_vec_tx_arm().
 */
#include <linux/netdevice.h>
#include <net/netdev_queues.h>
#include <net/page_pool/helpers.h>

#include "vmxnet3.h"

/* Events handled in a second before the vector is left masked for a while. */
#define VMXNET3_EVENT_BURST	100

static bool vmxnet3_vec_tx_only(const struct vmxnet3_vec *v)
{
	return v->has_tx && !v->has_rx && !v->has_event;
}

static unsigned int vmxnet3_vec_tx_end(const struct vmxnet3_vec *v)
{
	return min_t(unsigned int, v->tx_last + 1, v->vx->qs->cfg.ntxq);
}

static bool vmxnet3_vec_rx_used(const struct vmxnet3_vec *v)
{
	return v->has_rx && v->rx < v->vx->qs->cfg.nrxq;
}

static void vmxnet3_vec_unmask(struct vmxnet3_vec *v)
{
	writel(0, v->imr);
}

/* Unmask a masked tx vector; the next, or a latched, completion fires. */
static bool vmxnet3_vec_arm(struct vmxnet3_vec *v)
{
	if (atomic_read(&v->tx_state) != VMXNET3_VEC_MASKED ||
	    atomic_cmpxchg(&v->tx_state, VMXNET3_VEC_MASKED,
			   VMXNET3_VEC_ARMED) != VMXNET3_VEC_MASKED)
		return false;
	vmxnet3_vec_unmask(v);
	return true;
}

/**
 * vmxnet3_vec_tx_arm() - have the device report completions of a queue
 * @q: queue with packets in flight
 *
 * Nothing to do if the vector serves receive too (it is unmasked by its NAPI)
 * or is armed or polling already.
 *
 * Context: BH disabled, txq lock held.
 */
void vmxnet3_vec_tx_arm(struct vmxnet3_txq *q)
{
	if (!vmxnet3_vec_tx_only(q->vec))
		return;
	/* Order the new producer index before the look at the state; pairs
	 * with the barrier in vmxnet3_vec_tx_done().
	 */
	smp_mb();
	if (vmxnet3_vec_arm(q->vec))
		vmxnet3_tx_count(q, VMXNET3_TX_UNMASKS);
}

/*
 * NAPI of a tx vector has completed: leave the vector masked if nothing is in
 * flight.  A sender that posts meanwhile either is seen here or sees MASKED.
 */
static void vmxnet3_vec_tx_done(struct vmxnet3_vec *v)
{
	unsigned int t, end = vmxnet3_vec_tx_end(v);
	struct vmxnet3_txq *txq = v->vx->qs->txq;

	atomic_set(&v->tx_state, VMXNET3_VEC_MASKED);
	/* Pairs with the barrier in vmxnet3_vec_tx_arm(). */
	smp_mb();
	for (t = v->tx_first; t < end; t++) {
		if (vmxnet3_tx_in_flight(&txq[t])) {
			vmxnet3_vec_arm(v);
			return;
		}
	}
}

/*
 * Reap a tx queue from NAPI.  The sender holds the lock only for one packet,
 * and reaps by itself; netpoll (budget 0) may have interrupted it and must not
 * wait.
 */
static void vmxnet3_poll_tx(struct vmxnet3_txq *q, int budget, bool wait)
{
	if (!vmxnet3_tx_in_flight(q))
		return;
	if (wait && budget)
		__netif_tx_lock(q->nq, smp_processor_id());
	else if (!__netif_tx_trylock(q->nq))
		return;
	vmxnet3_tx_reap(q, budget);
	__netif_tx_unlock(q->nq);
}

static int vmxnet3_poll(struct napi_struct *napi, int budget)
{
	struct vmxnet3_vec *v = container_of(napi, struct vmxnet3_vec, napi);
	struct vmxnet3 *vx = v->vx;
	struct vmxnet3_qset *qs = vx->qs;
	bool rx = vmxnet3_vec_rx_used(v);
	unsigned int t;
	int done = 0;

	if (v->has_tx)
		for (t = v->tx_first; t < vmxnet3_vec_tx_end(v); t++)
			vmxnet3_poll_tx(&qs->txq[t], budget, true);
	else if (rx && v->rx < qs->cfg.ntxq)
		/* Answers come in where requests went out. */
		vmxnet3_poll_tx(&qs->txq[v->rx], budget, false);
	if (unlikely(!budget))
		return 0;

	if (rx)
		done = vmxnet3_rx_poll(&qs->rxq[v->rx], budget);
	if (v->has_event && READ_ONCE(vx->shared->ecr))
		schedule_delayed_work(&vx->event_work, 0);
	if (done >= budget || !napi_complete_done(napi, done))
		return done;

	if (vmxnet3_vec_tx_only(v)) {
		vmxnet3_vec_tx_done(v);
	} else {
		vmxnet3_vec_unmask(v);
		if (rx)
			vmxnet3_rx_count(&qs->rxq[v->rx], VMXNET3_RX_UNMASKS);
	}
	return done;
}

/* A host may leave masking to the driver (§3.11). */
static void vmxnet3_vec_mask_if_asked(struct vmxnet3_vec *v)
{
	if (unlikely(v->vx->mask_mode != VMXNET3_INTR_MODE_AUTO))
		writel(1, v->imr);
}

static irqreturn_t vmxnet3_intr_queue(int irq, void *data)
{
	struct vmxnet3_vec *v = data;

	vmxnet3_vec_mask_if_asked(v);
	if (vmxnet3_vec_tx_only(v))
		atomic_set(&v->tx_state, VMXNET3_VEC_POLLING);
	napi_schedule_irqoff(&v->napi);
	return IRQ_HANDLED;
}

static irqreturn_t vmxnet3_intr_intx(int irq, void *data)
{
	struct vmxnet3_vec *v = data;

	/* The read drops the line; 0 means that another device raised it. */
	if (!readl(v->vx->vd + VMXNET3_VD_ICR))
		return IRQ_NONE;
	vmxnet3_vec_mask_if_asked(v);
	napi_schedule_irqoff(&v->napi);
	return IRQ_HANDLED;
}

static irqreturn_t vmxnet3_intr_event(int irq, void *data)
{
	struct vmxnet3_vec *v = data;

	vmxnet3_vec_mask_if_asked(v);
	schedule_delayed_work(&v->vx->event_work, 0);
	return IRQ_HANDLED;
}

static void vmxnet3_queue_errors(struct vmxnet3 *vx, u32 ecr)
{
	struct vmxnet3_qset *qs = vx->qs;
	unsigned int i;

	vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_QUEUE_STATUS);
	for (i = 0; (ecr & VMXNET3_ECR_TQERR) && i < qs->cfg.ntxq; i++)
		if (READ_ONCE(qs->txq[i].qdesc->status.stopped) &&
		    net_ratelimit())
			netdev_err(vx->netdev,
				   "tx queue %u stopped by the device, error %#x; resetting\n",
				   i, le32_to_cpu(READ_ONCE(qs->txq[i].qdesc->status.error)));
	for (i = 0; (ecr & VMXNET3_ECR_RQERR) && i < qs->cfg.nrxq; i++)
		if (READ_ONCE(qs->rxq[i].qdesc->status.stopped) &&
		    net_ratelimit())
			netdev_err(vx->netdev,
				   "rx queue %u stopped by the device, error %#x; resetting\n",
				   i, le32_to_cpu(READ_ONCE(qs->rxq[i].qdesc->status.error)));
	if (ecr & VMXNET3_ECR_TQERR)
		vmxnet3_reset_request(vx, VMXNET3_RESET_TXQ_ERROR);
	if (ecr & VMXNET3_ECR_RQERR)
		vmxnet3_reset_request(vx, VMXNET3_RESET_RXQ_ERROR);
}

/* Whether events come so fast that the next look should be put off. */
static bool vmxnet3_event_storm(struct vmxnet3 *vx)
{
	if (time_after(jiffies, vx->event_stamp + HZ)) {
		vx->event_stamp = jiffies;
		vx->event_storm = 0;
	}
	return ++vx->event_storm > VMXNET3_EVENT_BURST;
}

/**
 * vmxnet3_event_work() - handle events (§2.20)
 * @work: &vmxnet3.event_work
 *
 * The state is taken from shared memory and cleared through the register.
 *
 * Context: workqueue; cancelled before the queues are taken away.
 */
void vmxnet3_event_work(struct work_struct *work)
{
	struct vmxnet3 *vx = container_of(to_delayed_work(work), struct vmxnet3,
					  event_work);
	struct vmxnet3_vec *v = &vx->vec[vmxnet3_plan_event_vec(&vx->plan)];
	unsigned int i;
	u32 ecr;

	ecr = le32_to_cpu(READ_ONCE(vx->shared->ecr)) & VMXNET3_ECR_ALL;
	if (ecr) {
		writel(ecr, vx->vd + VMXNET3_VD_ECR);
		for (i = 0; i < ARRAY_SIZE(vx->events_seen); i++)
			vx->events_seen[i] += ecr >> i & 1;
		if (ecr & VMXNET3_ECR_LINK)
			vmxnet3_link_update(vx);
		if (ecr & (VMXNET3_ECR_TQERR | VMXNET3_ECR_RQERR))
			vmxnet3_queue_errors(vx, ecr);
	}
	if (vmxnet3_event_storm(vx))
		schedule_delayed_work(&vx->event_work, HZ);
	else if (!v->has_rx)
		vmxnet3_vec_unmask(v);
}

static void vmxnet3_vec_setup(struct vmxnet3 *vx, unsigned int idx)
{
	struct vmxnet3_vec *v = &vx->vec[idx];
	unsigned int i;

	v->vx = vx;
	v->idx = idx;
	v->imr = vx->pt + VMXNET3_PT_IMR(idx);
	v->irq = pci_irq_vector(vx->pdev, idx);
	for (i = 0; i < vx->plan.nrxq; i++) {
		if (vmxnet3_plan_rx_vec(&vx->plan, i) != idx)
			continue;
		v->has_rx = true;
		v->rx = i;
	}
	for (i = 0; i < vx->plan.ntxq; i++) {
		if (vmxnet3_plan_tx_vec(&vx->plan, i) != idx)
			continue;
		if (!v->has_tx)
			v->tx_first = i;
		v->has_tx = true;
		v->tx_last = i;
	}
	v->has_event = idx == vmxnet3_plan_event_vec(&vx->plan);
}

/**
 * vmxnet3_vecs_alloc() - allocate vectors and plan the queues on them
 * @vx: device; sets @vx->plan
 *
 * Falls back from MSI-X to MSI to INTx, as the host prefers and the platform
 * permits, and from a vector per queue to fewer (§3.11).
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int vmxnet3_vecs_alloc(struct vmxnet3 *vx)
{
	unsigned int pairs = vmxnet3_plan_queues(num_online_cpus(),
						 VMXNET3_MAX_TXQ_V1,
						 vx->version);
	unsigned int i, types = PCI_IRQ_ALL_TYPES;
	int nvec;

	if (vx->intr_type == VMXNET3_INTR_TYPE_INTX)
		types = PCI_IRQ_INTX;
	else if (vx->intr_type == VMXNET3_INTR_TYPE_MSI)
		types = PCI_IRQ_MSI | PCI_IRQ_INTX;

	nvec = pci_alloc_irq_vectors(vx->pdev, 1, 2 * pairs + 1, types);
	if (nvec < 0) {
		dev_err(&vx->pdev->dev, "no interrupt vector: %d\n", nvec);
		return nvec;
	}
	/* MSI has a single vector, and INTx knows index 0 only. */
	if (!vx->pdev->msix_enabled)
		nvec = 1;
	vx->plan = vmxnet3_plan_vectors(pairs, nvec, vx->version);
	if (vx->plan.nrxq < pairs)
		dev_info(&vx->pdev->dev,
			 "%d vectors for %u CPUs: using %u tx and %u rx queues\n",
			 nvec, num_online_cpus(), vx->plan.ntxq,
			 vx->plan.nrxq);

	vx->vec = kcalloc(vx->plan.nvec, sizeof(*vx->vec), GFP_KERNEL);
	if (!vx->vec) {
		pci_free_irq_vectors(vx->pdev);
		return -ENOMEM;
	}
	for (i = 0; i < vx->plan.nvec; i++)
		vmxnet3_vec_setup(vx, i);
	return 0;
}

/**
 * vmxnet3_vecs_free() - free what vmxnet3_vecs_alloc() allocated
 * @vx: device, handlers released
 *
 * Context: process.
 */
void vmxnet3_vecs_free(struct vmxnet3 *vx)
{
	kfree(vx->vec);
	vx->vec = NULL;
	pci_free_irq_vectors(vx->pdev);
}

static int vmxnet3_vec_request(struct vmxnet3_vec *v)
{
	const char *dev = v->vx->netdev->name;
	irq_handler_t handler = vmxnet3_intr_queue;
	unsigned long flags = 0;

	if (v->has_event && v->has_rx) {
		snprintf(v->name, sizeof(v->name), "%s", dev);
		if (!v->vx->pdev->msi_enabled && !v->vx->pdev->msix_enabled) {
			handler = vmxnet3_intr_intx;
			flags = IRQF_SHARED;
		}
	} else if (v->has_event) {
		snprintf(v->name, sizeof(v->name), "%s-event", dev);
		handler = vmxnet3_intr_event;
	} else {
		snprintf(v->name, sizeof(v->name), "%s-%s%s-%u", dev,
			 v->has_rx ? "rx" : "", v->has_tx ? "tx" : "",
			 v->has_rx ? v->rx : v->tx_first);
	}
	return request_irq(v->irq, handler, flags, v->name, v);
}

/* Only vectors of queues have a NAPI context. */
static bool vmxnet3_vec_has_napi(const struct vmxnet3_vec *v)
{
	return v->has_rx || v->has_tx;
}

/* Settings that outlive the context are kept by receive queue. */
static void vmxnet3_vec_add_napi(struct vmxnet3_vec *v)
{
	if (v->has_rx)
		netif_napi_add_config(v->vx->netdev, &v->napi, vmxnet3_poll,
				      v->rx);
	else if (v->has_tx)
		netif_napi_add_tx(v->vx->netdev, &v->napi, vmxnet3_poll);
}

/*
 * The kernel tells of each new set of CPUs, ours and the users', some time
 * later.  To compare the sets of two points in time is no substitute: a new
 * set is pending, and not to be read, until the vector fires.
 */
static void vmxnet3_vec_affinity_set(struct irq_affinity_notify *notify,
				     const cpumask_t *mask)
{
	struct vmxnet3_vec *v = container_of(notify, struct vmxnet3_vec,
					     notify);

	cpumask_copy(&v->affinity, mask);
}

/* The notifier is part of the vector, which outlives it. */
static void vmxnet3_vec_affinity_release(struct kref *ref)
{
}

static void vmxnet3_vec_watch_affinity(struct vmxnet3_vec *v)
{
	v->notify.notify = vmxnet3_vec_affinity_set;
	v->notify.release = vmxnet3_vec_affinity_release;
	irq_set_affinity_notifier(v->irq, &v->notify);
}

/* Wait until @v->affinity is what was set last. */
static void vmxnet3_vec_affinity_flush(struct vmxnet3_vec *v)
{
	if (IS_ENABLED(CONFIG_SMP) && v->requested)
		flush_work(&v->notify.work);
}

/**
 * vmxnet3_vecs_request() - install handlers and NAPI contexts
 * @vx: device, quiet
 *
 * Nothing happens if they are installed already.
 *
 * Context: process, rtnl held.
 * Return: 0 or a negative error; on failure nothing is left installed.
 */
int vmxnet3_vecs_request(struct vmxnet3 *vx)
{
	unsigned int i;
	int err;

	if (vx->vec[0].requested)
		return 0;
	for (i = 0; i < vx->plan.nvec; i++) {
		struct vmxnet3_vec *v = &vx->vec[i];

		vmxnet3_vec_add_napi(v);
		err = vmxnet3_vec_request(v);
		if (err) {
			if (vmxnet3_vec_has_napi(v))
				netif_napi_del(&v->napi);
			netdev_err(vx->netdev,
				   "vector %u (irq %d) refused: %d\n", i,
				   v->irq, err);
			goto err_release;
		}
		v->requested = true;
		vmxnet3_vec_watch_affinity(v);
		if (vmxnet3_vec_has_napi(v))
			netif_napi_set_irq(&v->napi, v->irq);
	}
	return 0;

err_release:
	vmxnet3_vecs_release(vx);
	return err;
}

/**
 * vmxnet3_vecs_release() - remove handlers and NAPI contexts
 * @vx: device, quiet, NAPI disabled
 *
 * Context: process, rtnl held.
 */
void vmxnet3_vecs_release(struct vmxnet3 *vx)
{
	unsigned int i;

	for (i = 0; i < vx->plan.nvec; i++) {
		struct vmxnet3_vec *v = &vx->vec[i];

		if (!v->requested)
			continue;
		if (vmxnet3_vec_has_napi(v))
			netif_napi_set_irq(&v->napi, -1);
		vmxnet3_vec_affinity_flush(v);
		irq_set_affinity_notifier(v->irq, NULL);
		irq_set_affinity_and_hint(v->irq, NULL);
		free_irq(v->irq, v);
		if (vmxnet3_vec_has_napi(v))
			netif_napi_del(&v->napi);
		v->requested = false;
	}
}

static void vmxnet3_vec_spread(struct vmxnet3_vec *v, unsigned int queue,
			       unsigned int queues)
{
	unsigned int cpu;
	bool ours;

	vmxnet3_vec_affinity_flush(v);
	ours = cpumask_equal(&v->affinity, &v->cpus);
	cpumask_clear(&v->cpus);
	for_each_online_cpu(cpu)
		if (cpu % queues == queue)
			cpumask_set_cpu(cpu, &v->cpus);
	if (ours)
		cpumask_copy(&v->affinity, &v->cpus);
	irq_set_affinity_and_hint(v->irq, &v->affinity);
}

/**
 * vmxnet3_vecs_spread() - give each queue its CPUs
 * @vx: device, with the queues that it is to use
 *
 * CPUs are dealt out in turn, to interrupts and senders alike, so that a
 * packet is sent, completed and answered on one CPU.  Users may change both.
 * The CPUs that they chose for an interrupt while the device was open stay
 * for good, those for a sender until the number of queues or CPUs is another
 * one.
 *
 * Context: process, rtnl held.
 */
void vmxnet3_vecs_spread(struct vmxnet3 *vx)
{
	unsigned int q, ntxq = vx->qs->cfg.ntxq, nrxq = vx->qs->cfg.nrxq;
	unsigned int ncpus = num_online_cpus();
	bool anew = vx->dealt_txq != ntxq || vx->dealt_cpus != ncpus;

	vx->dealt_txq = ntxq;
	vx->dealt_cpus = ncpus;
	for (q = 0; nrxq > 1 && q < nrxq; q++)
		vmxnet3_vec_spread(vx->qs->rxq[q].vec, q, nrxq);
	for (q = 0; ntxq > 1 && q < ntxq; q++) {
		struct vmxnet3_vec *v = vx->qs->txq[q].vec;

		if (!v->has_rx && v->tx_first == v->tx_last)
			vmxnet3_vec_spread(v, q, ntxq);
		if (anew && ntxq == nrxq)
			netif_set_xps_queue(vx->netdev,
					    &vx->qs->rxq[q].vec->cpus, q);
	}
}

static void vmxnet3_vec_map_queues(struct vmxnet3_vec *v,
				   struct napi_struct *napi)
{
	struct net_device *netdev = v->vx->netdev;
	unsigned int t;

	if (vmxnet3_vec_rx_used(v))
		netif_queue_set_napi(netdev, v->rx, NETDEV_QUEUE_TYPE_RX, napi);
	if (v->has_tx)
		for (t = v->tx_first; t < vmxnet3_vec_tx_end(v); t++)
			netif_queue_set_napi(netdev, t, NETDEV_QUEUE_TYPE_TX,
					     napi);
}

/* Pages freed where they are polled return without a lock; NAPI is disabled. */
static void vmxnet3_vec_bind_pools(struct vmxnet3_vec *v, bool bind)
{
	struct vmxnet3_rx_ring *ring;
	unsigned int r;

	if (!vmxnet3_vec_rx_used(v))
		return;
	for (r = 0; r < ARRAY_SIZE(v->vx->qs->rxq->ring); r++) {
		ring = &v->vx->qs->rxq[v->rx].ring[r];
		if (!ring->used)
			continue;
		if (bind)
			page_pool_enable_direct_recycling(ring->pool, &v->napi);
		else
			page_pool_disable_direct_recycling(ring->pool);
	}
}

/**
 * vmxnet3_vecs_enable() - enable NAPI for the queues in use
 * @vx: device, activated, vectors still masked
 *
 * Context: process, rtnl held.
 */
void vmxnet3_vecs_enable(struct vmxnet3 *vx)
{
	unsigned int i;

	for (i = 0; i < vx->plan.nvec; i++) {
		struct vmxnet3_vec *v = &vx->vec[i];

		if (!vmxnet3_vec_has_napi(v))
			continue;
		atomic_set(&v->tx_state, VMXNET3_VEC_MASKED);
		vmxnet3_vec_bind_pools(v, true);
		napi_enable(&v->napi);
		vmxnet3_vec_map_queues(v, &v->napi);
	}
}

/**
 * vmxnet3_vecs_unmask() - let interrupts in
 * @vx: device, started
 *
 * Vectors that serve transmit alone stay masked, see vmxnet3_vec_tx_arm().
 *
 * Context: process, rtnl held.
 */
void vmxnet3_vecs_unmask(struct vmxnet3 *vx)
{
	unsigned int i;

	for (i = 0; i < vx->plan.nvec; i++)
		if (!vmxnet3_vec_tx_only(&vx->vec[i]))
			vmxnet3_vec_unmask(&vx->vec[i]);
}

/**
 * vmxnet3_vecs_disable() - no interrupt, NAPI or event work runs any more
 * @vx: device, active, tx queues stopped
 *
 * Context: process, rtnl held.
 */
void vmxnet3_vecs_disable(struct vmxnet3 *vx)
{
	unsigned int i;

	for (i = 0; i < vx->qs->cfg.nrxq; i++)
		timer_delete_sync(&vx->qs->rxq[i].retry);
	for (i = 0; i < vx->plan.nvec; i++) {
		struct vmxnet3_vec *v = &vx->vec[i];

		writel(1, v->imr);
		synchronize_irq(v->irq);
		if (!vmxnet3_vec_has_napi(v))
			continue;
		vmxnet3_vec_map_queues(v, NULL);
		napi_disable(&v->napi);
		vmxnet3_vec_bind_pools(v, false);
	}
	/* A last poll may have armed a timer or queued work. */
	for (i = 0; i < vx->qs->cfg.nrxq; i++)
		timer_delete_sync(&vx->qs->rxq[i].retry);
	cancel_delayed_work_sync(&vx->event_work);
	for (i = 0; i < vx->plan.nvec; i++)
		writel(1, vx->vec[i].imr);
}
