// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Disks that come and go.
 *
 * The device says so by messages, and loses those for which its ring has no
 * room (§3.7).  So after anything that may have cost messages all targets are
 * looked at.
 */
#include <scsi/scsi_device.h>

#include "pvscsi.h"
#include "pvscsi_trace.h"

#define PVSCSI_TUR_TIMEOUT	(10 * HZ)
#define PVSCSI_TUR_RETRIES	3

/* A device that sends nonsense is listened to so often. */
#define PVSCSI_MSG_PAUSE	HZ

static void pvscsi_msg_queue(struct pvscsi *pv, unsigned long delay)
{
	/*
	 * Looking at disks takes I/O, which ends once they sleep; this queue
	 * is frozen before.
	 */
	if (!test_bit(PVSCSI_F_DEAF, &pv->flags))
		queue_delayed_work(system_freezable_wq, &pv->msg_work, delay);
}

/**
 * pvscsi_msg_pending() - whether the device has written messages
 * @pv: adapter
 *
 * Context: any.
 * Return: true if so.
 */
bool pvscsi_msg_pending(const struct pvscsi *pv)
{
	return pv->use_msg && le32_to_cpu(READ_ONCE(pv->state->msg_prod)) !=
			      READ_ONCE(pv->msg_cons);
}

/**
 * pvscsi_msg_kick() - have messages handled
 * @pv: adapter
 *
 * Context: any.
 */
void pvscsi_msg_kick(struct pvscsi *pv)
{
	pvscsi_msg_queue(pv, 0);
}

/**
 * pvscsi_msg_rescan() - have all targets looked at, since messages may be lost
 * @pv: adapter; one without messages is scanned by its administrator
 *
 * Context: any.
 */
void pvscsi_msg_rescan(struct pvscsi *pv)
{
	if (!pv->use_msg)
		return;
	set_bit(PVSCSI_F_RESCAN, &pv->flags);
	pvscsi_msg_kick(pv);
}

/**
 * pvscsi_msg_stop() - stop listening to messages
 * @pv: adapter; who clears PVSCSI_F_DEAF has it listen again
 *
 * Context: process.
 */
void pvscsi_msg_stop(struct pvscsi *pv)
{
	set_bit(PVSCSI_F_DEAF, &pv->flags);
	cancel_delayed_work_sync(&pv->msg_work);
}

/*
 * What messages say of targets. One that went and came is another disk, and
 * the old one must be forgotten before.
 */
struct pvscsi_news {
	DECLARE_BITMAP(went, PVSCSI_MAX_TARGETS);
	DECLARE_BITMAP(came, PVSCSI_MAX_TARGETS);
	bool nonsense;
};

static void pvscsi_msg_one(struct pvscsi *pv, const struct pvscsi_msg *shared,
			   struct pvscsi_news *news)
{
	struct pvscsi_msg msg;
	u32 type, target;

	memcpy(&msg, shared, sizeof(msg));
	/* What was judged must be what is used. */
	barrier();
	type = le32_to_cpu(msg.type);
	target = le32_to_cpu(msg.target);
	trace_pvscsi_msg(pv, type, target);
	if (pvscsi_msg_gate(type, le32_to_cpu(msg.bus), target, msg.lun,
			    pv->targets) != PVSCSI_OK) {
		news->nonsense = true;
		pvscsi_count(pv, PVSCSI_N_BAD_MSG);
		dev_warn_ratelimited(&pv->pdev->dev,
				     "rejected message: type %u, bus %u, target %u\n",
				     type, le32_to_cpu(msg.bus), target);
		return;
	}
	pvscsi_count(pv, type == PVSCSI_MSG_ADDED ? PVSCSI_N_MSG_ADDED :
						    PVSCSI_N_MSG_REMOVED);
	if (type == PVSCSI_MSG_REMOVED)
		__set_bit(target, news->went);
	__assign_bit(target, news->came, type == PVSCSI_MSG_ADDED);
}

/* The ring is emptied before anything is done, so that scans hold nothing up. */
static void pvscsi_msg_collect(struct pvscsi *pv, struct pvscsi_news *news)
{
	u32 prod = le32_to_cpu(READ_ONCE(pv->state->msg_prod));
	u32 count = prod - pv->msg_cons;

	if (pvscsi_msg_count_gate(prod, pv->msg_cons, pv->geo.msgs)) {
		news->nonsense = true;
		pvscsi_count(pv, PVSCSI_N_BAD_MSG_COUNT);
		dev_warn_ratelimited(&pv->pdev->dev,
				     "device claims %u messages in a ring of %u: looking at all targets\n",
				     count, pv->geo.msgs);
		set_bit(PVSCSI_F_RESCAN, &pv->flags);
		count = 0;
	} else if (count == pv->geo.msgs) {
		/* Full: there may have been more. */
		set_bit(PVSCSI_F_RESCAN, &pv->flags);
	}
	/* The messages after the index (§2.12 O7). */
	dma_rmb();
	while (count--)
		pvscsi_msg_one(pv, &pv->msgs[(prod - count - 1) &
					     (pv->geo.msgs - 1)], news);
	WRITE_ONCE(pv->msg_cons, prod);
	/* Read before they are given back (§2.12 O7). */
	virt_store_release(&pv->state->msg_cons, cpu_to_le32(prod));
}

static void pvscsi_target_gone(struct pvscsi *pv, u32 target)
{
	struct scsi_device *sdev;

	sdev = scsi_device_lookup(pv->host, 0, target, 0);
	if (!sdev)
		return;
	scsi_remove_device(sdev);
	scsi_device_put(sdev);
}

/* Nothing happens to one that is known already. */
static void pvscsi_target_came(struct pvscsi *pv, u32 target)
{
	scsi_scan_target(&pv->host->shost_gendev, 0, target, 0,
			 SCSI_SCAN_RESCAN);
}

/* Whether a disk that was known is there no more. */
static bool pvscsi_is_gone(struct scsi_device *sdev)
{
	struct scsi_sense_hdr sense;
	int result;

	result = scsi_test_unit_ready(sdev, PVSCSI_TUR_TIMEOUT,
				      PVSCSI_TUR_RETRIES, &sense);
	return host_byte(result) == DID_NO_CONNECT ||
	       host_byte(result) == DID_BAD_TARGET;
}

static void pvscsi_rescan(struct pvscsi *pv)
{
	struct scsi_device *sdev;
	u32 target;

	pvscsi_count(pv, PVSCSI_N_RESCANS);
	for (target = 0; target < pv->targets; target++) {
		if (test_bit(PVSCSI_F_DEAF, &pv->flags))
			return;
		sdev = scsi_device_lookup(pv->host, 0, target, 0);
		if (sdev && pvscsi_is_gone(sdev))
			scsi_remove_device(sdev);
		if (sdev)
			scsi_device_put(sdev);
		pvscsi_target_came(pv, target);
	}
}

/**
 * pvscsi_msg_work() - handle messages
 * @work: &pvscsi.msg_work
 *
 * Context: workqueue.
 */
void pvscsi_msg_work(struct work_struct *work)
{
	struct pvscsi *pv = container_of(to_delayed_work(work), struct pvscsi,
					 msg_work);
	struct pvscsi_news news = {};
	u32 target;

	/* A reset starts the ring over. */
	mutex_lock(&pv->reset_mutex);
	if (pvscsi_msg_pending(pv))
		pvscsi_msg_collect(pv, &news);
	mutex_unlock(&pv->reset_mutex);

	for_each_set_bit(target, news.went, PVSCSI_MAX_TARGETS)
		pvscsi_target_gone(pv, target);
	for_each_set_bit(target, news.came, PVSCSI_MAX_TARGETS)
		pvscsi_target_came(pv, target);
	if (test_and_clear_bit(PVSCSI_F_RESCAN, &pv->flags))
		pvscsi_rescan(pv);
	if (news.nonsense)
		pvscsi_msg_queue(pv, PVSCSI_MSG_PAUSE);
	else if (pvscsi_msg_pending(pv))
		pvscsi_msg_queue(pv, 0);
}
