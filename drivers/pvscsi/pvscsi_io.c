// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Submission and completion.
 *
 * A command is written into the ring as it comes; the kick, which costs a VM
 * exit, is left to the last of a batch.  Completions are taken wherever we
 * already are: in the interrupt, by polling, and before any error handling.
 * Every completion passes the gate of pvscsi_gate.h before anything of it is
 * used.
 */
#include <linux/blk-mq.h>
#include <linux/dma-mapping.h>

#include "pvscsi.h"
#include "pvscsi_result.h"
#include "pvscsi_trace.h"

/* Requests that are written without a kick, at most. */
#define PVSCSI_BATCH_MAX	128

/* Submission */

/*
 * Whether the device waits for a kick.  It may say that it looks by itself
 * while so few requests wait (§3.4); where that is nonsense it gets one.
 */
static bool pvscsi_wants_kick(struct pvscsi *pv)
{
	u32 threshold, waiting;

	if (!pv->use_threshold)
		return true;
	/* Order the store of req_prod before these loads (§2.12 O4). */
	virt_mb();
	waiting = pv->req_prod - le32_to_cpu(READ_ONCE(pv->state->req_cons));
	threshold = le32_to_cpu(READ_ONCE(pv->state->threshold));
	return waiting > pv->geo.reqs || threshold > pv->geo.reqs ||
	       waiting >= threshold;
}

/*
 * Tell the device of all requests that it was not told of.  Both registers
 * have it take whatever is in the ring.
 */
static void pvscsi_kick_locked(struct pvscsi *pv)
{
	bool other = pv->kick_other;

	pv->counters[PVSCSI_N_REQUESTS] += pv->req_prod - pv->req_kicked;
	pv->req_kicked = pv->req_prod;
	pv->kick_other = false;
	if (other) {
		pvscsi_count(pv, PVSCSI_N_KICKS_OTHER);
		writel(0, pv->mmio + PVSCSI_REG_KICK_NON_RW_IO);
	} else if (pvscsi_wants_kick(pv)) {
		pvscsi_count(pv, PVSCSI_N_KICKS_RW);
		writel(0, pv->mmio + PVSCSI_REG_KICK_RW_IO);
	} else {
		pvscsi_count(pv, PVSCSI_N_KICKS_SAVED);
		return;
	}
	trace_pvscsi_kick(pv, pv->req_prod, other);
}

/**
 * pvscsi_kick() - have the device look at the request ring in any case
 * @pv: adapter
 *
 * Context: any.
 */
void pvscsi_kick(struct pvscsi *pv)
{
	unsigned long flags;

	spin_lock_irqsave(&pv->submit_lock, flags);
	if (!pv->blocked) {
		pv->kick_other = true;
		pvscsi_kick_locked(pv);
	}
	spin_unlock_irqrestore(&pv->submit_lock, flags);
}

/*
 * Completions of polled requests raise interrupts like all others.  While
 * there are none but polled ones, the source is masked; a write of the mask is
 * an exit, so that takes a while of nothing else.
 */
static void pvscsi_choose_intr(struct pvscsi *pv, struct pvscsi_tag *tag)
{
	tag->polled = scsi_cmd_to_rq(tag->cmd)->cmd_flags & REQ_POLLED;
	if (!tag->polled) {
		atomic_inc(&pv->awaited);
		pv->poll_streak = 0;
		if (pv->intr_mask & PVSCSI_INTR_CMP)
			return;
		pvscsi_count(pv, PVSCSI_N_MASK_WRITES);
		pvscsi_hw_mask(pv, pv->intr_mask | PVSCSI_INTR_CMP);
	} else if ((pv->intr_mask & PVSCSI_INTR_CMP) &&
		   ++pv->poll_streak >= PVSCSI_POLL_STREAK &&
		   !atomic_read(&pv->awaited)) {
		pvscsi_count(pv, PVSCSI_N_MASK_WRITES);
		pvscsi_hw_mask(pv, pv->intr_mask & ~PVSCSI_INTR_CMP);
	}
}

/* Where the data is: nowhere, in one piece, or in those of a segment. */
static u32 pvscsi_fill_data(struct pvscsi_req *req, struct pvscsi_tag *tag,
			    struct scsi_cmnd *cmd, int pieces)
{
	struct pvscsi_sge *piece = tag->sg;
	struct scatterlist *sg;
	int i;

	req->len = cpu_to_le64(scsi_bufflen(cmd));
	if (!pieces) {
		req->addr = 0;
		return 0;
	}
	if (pieces == 1) {
		req->addr = cpu_to_le64(sg_dma_address(scsi_sglist(cmd)));
		return 0;
	}
	scsi_for_each_sg(cmd, sg, pieces, i) {
		piece->addr = cpu_to_le64(sg_dma_address(sg));
		piece->len = cpu_to_le32(sg_dma_len(sg));
		piece++;
	}
	req->addr = cpu_to_le64(tag->sg_dma);
	return PVSCSI_REQ_SG;
}

static const u8 pvscsi_direction[] = {
	[DMA_BIDIRECTIONAL] = PVSCSI_REQ_NO_DATA, /* which SCSI has no more */
	[DMA_TO_DEVICE] = PVSCSI_REQ_TO_DEVICE,
	[DMA_FROM_DEVICE] = PVSCSI_REQ_TO_HOST,
	[DMA_NONE] = PVSCSI_REQ_NO_DATA,
};

/*
 * Every field that differs is written: the slot has been used before. The rest,
 * such as the LUN, which is always 0, was by pvscsi_queue_clear().
 */
static void pvscsi_fill(struct pvscsi_req *req, struct pvscsi_tag *tag,
			struct scsi_cmnd *cmd, int pieces)
{
	u32 flags = pvscsi_fill_data(req, tag, cmd, pieces);

	flags |= pvscsi_direction[cmd->sc_data_direction];
	req->context = cpu_to_le64(tag->ctx);
	req->sense_addr = cpu_to_le64(tag->sense_dma);
	req->flags = cpu_to_le32(flags);
	memcpy(req->cdb, cmd->cmnd, PVSCSI_MAX_CDB);
	req->cdb_len = cmd->cmd_len;
	req->target = cmd->device->id;
	req->vcpu_hint = raw_smp_processor_id();
}

/* Later, for a reason that is counted, or never. */
static enum scsi_qc_status pvscsi_refuse(struct pvscsi *pv,
					 struct scsi_cmnd *cmd,
					 enum pvscsi_counter why)
{
	unsigned long flags;

	if (pvscsi_is_dead(pv)) {
		set_host_byte(cmd, DID_NO_CONNECT);
		scsi_done(cmd);
		return 0;
	}
	spin_lock_irqsave(&pv->submit_lock, flags);
	pvscsi_count(pv, why);
	spin_unlock_irqrestore(&pv->submit_lock, flags);
	return SCSI_MLQUEUE_HOST_BUSY;
}

/**
 * pvscsi_queuecommand() - scsi_host_template.queuecommand
 * @host: SCSI host
 * @cmd: command
 *
 * Tags are as many as the ring has slots, so there is always room.
 *
 * Context: any but hard interrupt.
 * Return: 0, or SCSI_MLQUEUE_HOST_BUSY during a reset or if DMA addresses are
 * short.
 */
enum scsi_qc_status pvscsi_queuecommand(struct Scsi_Host *host,
					struct scsi_cmnd *cmd)
{
	struct pvscsi *pv = pvscsi_of(host);
	u32 t = scsi_cmd_to_rq(cmd)->tag;
	struct pvscsi_tag *tag = &pv->tags[t];
	unsigned long flags;
	int pieces;
	bool last;

	pieces = scsi_dma_map(cmd);
	if (unlikely(pieces < 0))
		return pvscsi_refuse(pv, cmd, PVSCSI_N_BUSY_DMA);

	spin_lock_irqsave(&pv->submit_lock, flags);
	if (unlikely(pv->blocked)) {
		spin_unlock_irqrestore(&pv->submit_lock, flags);
		scsi_dma_unmap(cmd);
		return pvscsi_refuse(pv, cmd, PVSCSI_N_BUSY_RESET);
	}
	tag->cmd = cmd;
	tag->ctx = pvscsi_ctx_next(tag->ctx);
	if (unlikely(pv->polling))
		pvscsi_choose_intr(pv, tag);
	pvscsi_fill(&pv->reqs[pv->req_prod & (pv->geo.reqs - 1)], tag, cmd,
		    pieces);
	trace_pvscsi_submit(pv, t, tag->ctx, cmd);
	pv->kick_other |= !pvscsi_is_rw(cmd->cmnd[0]);
	last = cmd->flags & SCMD_LAST;
	/* From here on the command is whoever's who completes it. */
	smp_store_release(&tag->issued, tag->ctx);
	WRITE_ONCE(pv->req_prod, pv->req_prod + 1);
	/* The request before the index (§2.12 O1). */
	virt_store_release(&pv->state->req_prod, cpu_to_le32(pv->req_prod));
	/* The error handler waits for each of its commands, last or not. */
	if (last || pv->req_prod - pv->req_kicked >= PVSCSI_BATCH_MAX ||
	    current == host->ehandler)
		pvscsi_kick_locked(pv);
	spin_unlock_irqrestore(&pv->submit_lock, flags);
	return 0;
}

/**
 * pvscsi_commit_rqs() - scsi_host_template.commit_rqs
 * @host: SCSI host
 * @hwq: not used, all share one ring
 *
 * A batch ended without a last command.
 *
 * Context: any but hard interrupt.
 */
void pvscsi_commit_rqs(struct Scsi_Host *host, u16 hwq)
{
	struct pvscsi *pv = pvscsi_of(host);
	unsigned long flags;

	spin_lock_irqsave(&pv->submit_lock, flags);
	if (!pv->blocked && pv->req_kicked != pv->req_prod)
		pvscsi_kick_locked(pv);
	spin_unlock_irqrestore(&pv->submit_lock, flags);
}

/* Completion */

/* A completion, copied out of shared memory, in host order. */
struct pvscsi_done {
	u64 ctx;
	u64 len;
	u32 sense_len;
	u16 host_status;
	u16 scsi_status;
};

/**
 * pvscsi_batch_init() - make a batch empty
 * @batch: batch
 *
 * Context: any.
 */
void pvscsi_batch_init(struct pvscsi_batch *batch)
{
	batch->first = NULL;
	batch->end = &batch->first;
	batch->count = 0;
}

static inline void pvscsi_batch_add(struct pvscsi_batch *batch,
				    struct pvscsi_tag *tag)
{
	*batch->end = tag;
	batch->end = &tag->next;
	batch->count++;
}

/* Empties one batch into another that is empty. */
static void pvscsi_batch_move(struct pvscsi_batch *to,
			      struct pvscsi_batch *from)
{
	if (!from->count)
		return;
	*to = *from;
	pvscsi_batch_init(from);
}

/* The mid-layer may take its time: it is told without any lock of ours. */
static void pvscsi_batch_finish(struct pvscsi *pv, struct pvscsi_batch *batch)
{
	struct pvscsi_tag *tag = batch->first;

	*batch->end = NULL;
	while (tag) {
		/* When the command is done its tag may be another's at once. */
		struct pvscsi_tag *next = tag->next;

		scsi_done(tag->cmd);
		tag = next;
	}
	/* Pairs with the barrier of prepare_to_wait(): waiter before test. */
	smp_mb();
	if (unlikely(atomic_read(&pv->eh_waiting)))
		wake_up(&pv->eh_wait);
}

/*
 * The command is ours again: the device is done with it. The block layer wants
 * polled ones to end in task context, so an interrupt leaves them to the poller.
 */
static inline void pvscsi_take(struct pvscsi *pv, struct pvscsi_tag *tag,
			       struct pvscsi_batch *batch, bool irq)
{
	WRITE_ONCE(tag->issued, 0);
	scsi_dma_unmap(tag->cmd);
	if (unlikely(pv->polling)) {
		if (!tag->polled)
			atomic_dec(&pv->awaited);
		else if (irq)
			batch = &pv->parked;
	}
	pvscsi_batch_add(batch, tag);
}

static const u8 pvscsi_host_byte[] = {
	[PVSCSI_DONE] = DID_OK,
	[PVSCSI_NO_TARGET] = DID_BAD_TARGET,
	[PVSCSI_RESET] = DID_RESET,
	[PVSCSI_ABORTED] = DID_BUS_BUSY,
	[PVSCSI_PARITY] = DID_PARITY,
	[PVSCSI_TIMEOUT] = DID_TIME_OUT,
	[PVSCSI_ERROR] = DID_ERROR,
};

/* What the completion means for a command that is not simply done (§3.6). */
static noinline void pvscsi_judge(struct pvscsi *pv, struct scsi_cmnd *cmd,
				  const u8 *sense,
				  const struct pvscsi_done *done)
{
	u32 wanted = scsi_bufflen(cmd);
	struct pvscsi_result r;

	if (unlikely(done->len > wanted)) {
		pvscsi_count(pv, PVSCSI_N_BAD_LEN);
		trace_pvscsi_violation(pv, PVSCSI_BAD_LEN, done->ctx,
				       done->len);
		cmd->result = DID_ERROR << 16;
		return;
	}
	r = pvscsi_result_of(done->host_status, done->scsi_status, done->len,
			     wanted, pvscsi_is_rw(cmd->cmnd[0]));
	scsi_set_resid(cmd, r.resid);
	cmd->result = pvscsi_host_byte[r.outcome] << 16 | r.status;
	if (r.status == SAM_STAT_CHECK_CONDITION)
		memcpy(cmd->sense_buffer, sense,
		       min_t(u32, done->sense_len, PVSCSI_SENSE_LEN));
	/* That nobody is there is what a scan wants to know. */
	if (r.outcome != PVSCSI_DONE && r.outcome != PVSCSI_NO_TARGET)
		pvscsi_count(pv, PVSCSI_N_HOST_ERRORS);
}

static const enum pvscsi_counter pvscsi_verdict_counter[] = {
	[PVSCSI_BAD_COUNT] = PVSCSI_N_BAD_COUNT,
	[PVSCSI_BAD_CONTEXT] = PVSCSI_N_BAD_CONTEXT,
	[PVSCSI_NOT_ISSUED] = PVSCSI_N_NOT_ISSUED,
};

/* Nothing more is believed until the device was reset. */
static void pvscsi_violation(struct pvscsi *pv, enum pvscsi_verdict verdict,
			     u64 ctx, u64 detail)
{
	set_bit(PVSCSI_F_BROKEN, &pv->flags);
	pvscsi_count(pv, pvscsi_verdict_counter[verdict]);
	trace_pvscsi_violation(pv, verdict, ctx, detail);
	dev_warn_ratelimited(&pv->pdev->dev,
			     "rejected completion: context %#llx, detail %#llx (reason %d); resetting\n",
			     ctx, detail, verdict);
	if (!test_bit(PVSCSI_F_CLOSING, &pv->flags))
		schedule_work(&pv->reset_work);
}

/* Act on one completion. */
static inline bool pvscsi_reap_one(struct pvscsi *pv, u32 cons,
				   struct pvscsi_batch *batch, bool irq)
{
	const struct pvscsi_cmp *cmp = &pv->cmps[cons & (pv->geo.cmps - 1)];
	u64 ctx = le64_to_cpu(READ_ONCE(cmp->context));
	u64 len = le64_to_cpu(READ_ONCE(cmp->len));
	u32 sense_len = le32_to_cpu(READ_ONCE(cmp->sense_len));
	u16 host_status = le16_to_cpu(READ_ONCE(cmp->host_status));
	u16 scsi_status = le16_to_cpu(READ_ONCE(cmp->scsi_status));
	u32 t = pvscsi_ctx_tag(ctx);
	enum pvscsi_verdict verdict;
	struct pvscsi_tag *tag;
	struct scsi_cmnd *cmd;

	verdict = pvscsi_ctx_gate(ctx, pv->geo.reqs);
	if (unlikely(verdict != PVSCSI_OK))
		goto violation;
	tag = &pv->tags[t];
	verdict = pvscsi_cmp_gate(ctx, READ_ONCE(tag->issued));
	if (unlikely(verdict != PVSCSI_OK))
		goto violation;
	/* Pairs with the release in pvscsi_queuecommand(). */
	smp_acquire__after_ctrl_dep();
	trace_pvscsi_complete(pv, t, ctx, host_status, scsi_status, len);
	cmd = tag->cmd;
	if (likely(!(host_status | scsi_status) &&
		   (!len || len == scsi_bufflen(cmd)))) {
		cmd->result = DID_OK << 16;
		scsi_set_resid(cmd, 0);
	} else {
		const struct pvscsi_done done = {
			.ctx = ctx,
			.len = len,
			.sense_len = sense_len,
			.host_status = host_status,
			.scsi_status = scsi_status,
		};

		pvscsi_judge(pv, cmd, tag->sense, &done);
	}
	pvscsi_take(pv, tag, batch, irq);
	return true;

violation:
	pvscsi_violation(pv, verdict, ctx, cons);
	return false;
}

/* Take those up to an index. */
static void pvscsi_reap_to(struct pvscsi *pv, u32 prod,
			   struct pvscsi_batch *batch, bool irq)
{
	u32 cons = pv->cmp_cons;

	while (cons != prod && pvscsi_reap_one(pv, cons, batch, irq))
		cons++;
	pv->counters[PVSCSI_N_COMPLETIONS] += cons - pv->cmp_cons;
	pv->completed += cons - pv->cmp_cons;
	WRITE_ONCE(pv->cmp_cons, cons);
	/* Read before they are given back (§2.12 O3). */
	virt_store_release(&pv->state->cmp_cons, cpu_to_le32(cons));
}

static void pvscsi_reap_locked(struct pvscsi *pv, struct pvscsi_batch *batch,
			       bool irq)
{
	u32 prod;

	while (!test_bit(PVSCSI_F_BROKEN, &pv->flags)) {
		prod = le32_to_cpu(READ_ONCE(pv->state->cmp_prod));
		if (prod == pv->cmp_cons)
			break;
		/* The completions after the index (§2.12 O2). */
		dma_rmb();
		if (unlikely(pvscsi_cmp_count_gate(prod, pv->cmp_cons,
						   READ_ONCE(pv->req_prod) -
						   pv->completed))) {
			pvscsi_violation(pv, PVSCSI_BAD_COUNT, prod,
					 pv->cmp_cons);
			break;
		}
		pvscsi_reap_to(pv, prod, batch, irq);
		pvscsi_count(pv, PVSCSI_N_REAPS);
		/* What came meanwhile may have raised no interrupt (O5). */
		virt_mb();
	}
}

/**
 * pvscsi_reap() - take all completions
 * @pv: adapter
 *
 * Context: process.
 * Return: commands completed.
 */
unsigned int pvscsi_reap(struct pvscsi *pv)
{
	struct pvscsi_batch batch;
	unsigned long flags;

	pvscsi_batch_init(&batch);
	spin_lock_irqsave(&pv->cmp_lock, flags);
	pvscsi_batch_move(&batch, &pv->parked);
	pvscsi_reap_locked(pv, &batch, false);
	spin_unlock_irqrestore(&pv->cmp_lock, flags);
	if (batch.count)
		pvscsi_batch_finish(pv, &batch);
	return batch.count;
}

/**
 * pvscsi_reap_irq() - take all completions, and park those of polled commands
 * @pv: adapter
 *
 * Context: hard interrupt.
 * Return: commands completed.
 */
unsigned int pvscsi_reap_irq(struct pvscsi *pv)
{
	struct pvscsi_batch batch;

	pvscsi_batch_init(&batch);
	spin_lock(&pv->cmp_lock);
	pvscsi_reap_locked(pv, &batch, true);
	spin_unlock(&pv->cmp_lock);
	if (batch.count)
		pvscsi_batch_finish(pv, &batch);
	return batch.count;
}

/**
 * pvscsi_mq_poll() - scsi_host_template.mq_poll
 * @host: SCSI host
 * @hwq: not used, all share one ring
 *
 * Context: process.
 * Return: commands completed, also those that nobody polled for.
 */
int pvscsi_mq_poll(struct Scsi_Host *host, unsigned int hwq)
{
	struct pvscsi *pv = pvscsi_of(host);

	/* Nothing there: not worth a lock. */
	if (le32_to_cpu(READ_ONCE(pv->state->cmp_prod)) ==
	    READ_ONCE(pv->cmp_cons) && !READ_ONCE(pv->parked.count))
		return 0;
	return pvscsi_reap(pv);
}

/**
 * pvscsi_fail_all() - complete all that waits, without the device
 * @pv: adapter, which is reset and does not touch any command any more
 * @host_byte: DID_* that they end with
 *
 * Context: process, submissions blocked.
 */
void pvscsi_fail_all(struct pvscsi *pv, int host_byte)
{
	struct pvscsi_batch batch;
	unsigned long flags;
	u32 t, failed = 0;

	pvscsi_batch_init(&batch);
	spin_lock_irqsave(&pv->cmp_lock, flags);
	pvscsi_batch_move(&batch, &pv->parked);
	for (t = 0; t < pv->geo.reqs; t++) {
		if (!pv->tags[t].issued)
			continue;
		pv->tags[t].cmd->result = host_byte << 16;
		pvscsi_take(pv, &pv->tags[t], &batch, false);
		failed++;
	}
	pv->completed += failed;
	spin_unlock_irqrestore(&pv->cmp_lock, flags);
	if (batch.count)
		pvscsi_batch_finish(pv, &batch);
}
