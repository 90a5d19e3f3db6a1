/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Structures of the PVSCSI driver and the functions that its files share.
 *
 * The order of the files is the path of a command: _main (probe, remove, SCSI
 * host) -> _ctrl (registers, commands, attaching the rings) -> _queue (memory)
 * -> _io (submission and completion) -> _irq -> _eh (timeouts, aborts, resets)
 * -> _msg (devices that come and go), _pm, _sysfs.
 *
 * Locks, outermost first:
 *   reset_mutex     attaching and detaching the rings, taking messages
 *   submit_lock     request ring, kicks, the interrupt mask
 *   cmp_lock        completion ring, &pvscsi_tag.issued
 *   cmd_lock        the command registers
 * Neither of submit_lock and cmp_lock is taken inside the other.
 */
#ifndef PVSCSI_H
#define PVSCSI_H

#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

#include "pvscsi_gate.h"
#include "pvscsi_geometry.h"

struct dma_pool;

/* Of the device's sense data as much as the mid-layer takes. */
#define PVSCSI_SENSE_LEN	SCSI_SENSE_BUFFERSIZE

/* VMware's advice for virtual disks, whose hosts may lose all paths a while. */
#define PVSCSI_DISK_TIMEOUT	(180 * HZ)

#define PVSCSI_ABORT_WAIT	(2 * HZ)
#define PVSCSI_RESET_WAIT	(10 * HZ)

/* More resets than these within the window and the adapter is given up. */
#define PVSCSI_RESET_BURST	5
#define PVSCSI_RESET_WINDOW	(60 * HZ)

/* Polled requests in a row before completion interrupts are switched off. */
#define PVSCSI_POLL_STREAK	32

/*
 * What is counted. The names that sysfs shows are in pvscsi_sysfs.c, what makes
 * each grow is in Documentation/admin/pvscsi.md.
 */
enum pvscsi_counter {
	/* under submit_lock */
	PVSCSI_N_REQUESTS,
	PVSCSI_N_KICKS_RW,
	PVSCSI_N_KICKS_OTHER,
	PVSCSI_N_KICKS_SAVED,
	PVSCSI_N_MASK_WRITES,
	PVSCSI_N_BUSY_RESET,
	PVSCSI_N_BUSY_DMA,
	PVSCSI_N_KICKS_RESCUED,
	/* under cmp_lock */
	PVSCSI_N_COMPLETIONS,
	PVSCSI_N_REAPS,
	PVSCSI_N_HOST_ERRORS,
	PVSCSI_N_BAD_COUNT,
	PVSCSI_N_BAD_CONTEXT,
	PVSCSI_N_NOT_ISSUED,
	PVSCSI_N_BAD_LEN,
	/* the interrupt handler alone */
	PVSCSI_N_INTERRUPTS,
	/* the error handler's */
	PVSCSI_N_ABORTS,
	PVSCSI_N_ABORTS_FAILED,
	PVSCSI_N_DEVICE_RESETS,
	PVSCSI_N_BUS_RESETS,
	PVSCSI_N_HOST_RESETS,
	/* the message worker's */
	PVSCSI_N_MSG_ADDED,
	PVSCSI_N_MSG_REMOVED,
	PVSCSI_N_BAD_MSG_COUNT,
	PVSCSI_N_BAD_MSG,
	PVSCSI_N_RESCANS,
	PVSCSI_COUNTERS
};

/* Bits of &pvscsi.flags. */
enum pvscsi_flag {
	PVSCSI_F_DEAD,		/* given up: every command fails at once */
	PVSCSI_F_BROKEN,	/* completions are not consumed until a reset */
	PVSCSI_F_DEAF,		/* messages are not listened to */
	PVSCSI_F_CLOSING,	/* nor is the adapter reset for violations */
	PVSCSI_F_RESCAN,	/* messages may have been lost */
};

/**
 * struct pvscsi_tag - what belongs to a tag, and so to one command at a time
 * @cmd: the command that waits, or waited last
 * @ctx: its context
 * @issued: the same while it waits, else 0
 * @rescued: context of the command that got its time twice
 * @polled: nobody awaits an interrupt for it
 * @next: the next of those that have been completed together
 * @sg: segment, shared
 * @sg_dma: its bus address
 * @sense: sense data, shared
 * @sense_dma: its bus address
 *
 * Belongs to whoever submits until @issued is set, then to whoever holds
 * cmp_lock, and when that is cleared to whoever did so, until the command is
 * done.
 */
struct pvscsi_tag {
	struct scsi_cmnd *cmd;
	u32 ctx;
	u32 issued;
	u32 rescued;
	bool polled;
	struct pvscsi_tag *next;
	struct pvscsi_sge *sg;
	dma_addr_t sg_dma;
	u8 *sense;
	dma_addr_t sense_dma;
} ____cacheline_aligned;

/**
 * struct pvscsi_batch - commands that were completed, by their tags
 * @first: the oldest
 * @end: where the next one goes
 * @count: how many
 */
struct pvscsi_batch {
	struct pvscsi_tag *first;
	struct pvscsi_tag **end;
	unsigned int count;
};

/**
 * struct pvscsi_ring - memory of a ring
 * @mem: the ring, shared
 * @dma: its bus address
 * @size: bytes
 */
struct pvscsi_ring {
	void *mem;
	dma_addr_t dma;
	size_t size;
};

/**
 * struct pvscsi - the adapter
 * @host: SCSI host, in whose private area this is
 * @pdev: PCI device
 * @mmio: registers
 * @geo: sizes of the rings
 * @flags: enum pvscsi_flag bits
 * @msi: interrupts are messages, INTR_STATUS need not be looked at
 * @targets: targets that the device has room for
 * @use_threshold: the device says when it wants a kick
 * @use_msg: the device says when disks come and go
 * @polling: there is a queue for polled commands
 *
 * @submit_lock: guards what follows
 * @reqs: request ring, shared
 * @req_prod: requests written
 * @req_kicked: requests that a kick was considered for
 * @kick_other: among those since are others than reads and writes
 * @blocked: the rings are detached, or will be
 * @intr_mask: value of INTR_MASK
 * @poll_streak: polled requests since the last that awaits an interrupt
 * @rescue_stamp: jiffies when a kick was repeated last, or of the probe
 *
 * @cmp_lock: guards what follows
 * @cmps: completion ring, shared
 * @cmp_cons: completions taken
 * @tags: for each tag what belongs to it
 * @completed: requests completed
 * @parked: polled commands that an interrupt has found
 * @awaited: requests that wait and that nobody polls for
 *
 * @state: indices, shared
 * @counters: by &enum pvscsi_counter, each with one writer at a time
 * @cmd_lock: serialises the command registers
 * @eh_wait: woken after completions while somebody waits
 * @eh_waiting: somebody waits there
 * @reset_mutex: serialises resets
 * @reset_work: resets after a violation
 * @reset_stamp: jiffies of the start of the window
 * @reset_burst: resets in that window
 * @msgs: message ring, shared
 * @msg_cons: messages taken
 * @msg_work: handles messages
 * @req_ring: memory of @reqs
 * @cmp_ring: memory of @cmps
 * @msg_ring: memory of @msgs
 * @state_dma: bus address of @state
 * @sg_pool: segments of commands
 * @sense_pool: sense data of commands
 */
struct pvscsi {
	struct Scsi_Host *host;
	struct pci_dev *pdev;
	void __iomem *mmio;
	struct pvscsi_geometry geo;
	unsigned long flags;
	bool msi;
	u32 targets;
	bool use_threshold;
	bool use_msg;
	bool polling;

	spinlock_t submit_lock ____cacheline_aligned; /* request ring */
	struct pvscsi_req *reqs;
	u32 req_prod;
	u32 req_kicked;
	bool kick_other;
	bool blocked;
	u32 intr_mask;
	u32 poll_streak;
	unsigned long rescue_stamp;

	spinlock_t cmp_lock ____cacheline_aligned; /* completion ring */
	const struct pvscsi_cmp *cmps;
	u32 cmp_cons;
	struct pvscsi_tag *tags;
	u32 completed;
	struct pvscsi_batch parked;
	atomic_t awaited;

	struct pvscsi_ring_state *state ____cacheline_aligned;
	unsigned long counters[PVSCSI_COUNTERS];
	spinlock_t cmd_lock; /* command registers */
	wait_queue_head_t eh_wait;
	atomic_t eh_waiting;
	struct mutex reset_mutex; /* attaching and detaching the rings */
	struct work_struct reset_work;
	unsigned long reset_stamp;
	unsigned int reset_burst;
	const struct pvscsi_msg *msgs;
	u32 msg_cons;
	struct delayed_work msg_work;
	struct pvscsi_ring req_ring;
	struct pvscsi_ring cmp_ring;
	struct pvscsi_ring msg_ring;
	dma_addr_t state_dma;
	struct dma_pool *sg_pool;
	struct dma_pool *sense_pool;
};

/**
 * pvscsi_of() - the adapter of a SCSI host
 * @host: SCSI host, whose private area is aligned to a long and no better
 *
 * Return: the adapter, on cache lines of its own.
 */
static inline struct pvscsi *pvscsi_of(struct Scsi_Host *host)
{
	return PTR_ALIGN((struct pvscsi *)shost_priv(host), SMP_CACHE_BYTES);
}

static inline void pvscsi_count(struct pvscsi *pv, enum pvscsi_counter c)
{
	WRITE_ONCE(pv->counters[c], pv->counters[c] + 1);
}

static inline bool pvscsi_is_dead(const struct pvscsi *pv)
{
	return test_bit(PVSCSI_F_DEAD, &pv->flags);
}

/* pvscsi_main.c */
extern bool pvscsi_use_req_threshold;
extern bool pvscsi_disable_msi;
extern bool pvscsi_disable_msix;

/* pvscsi_ctrl.c */
u32 pvscsi_cmd(struct pvscsi *pv, u32 cmd, const void *payload, size_t len);
void pvscsi_hw_reset(struct pvscsi *pv);
void pvscsi_hw_mask(struct pvscsi *pv, u32 mask);
u32 pvscsi_hw_targets(struct pvscsi *pv);
int pvscsi_hw_attach(struct pvscsi *pv);

/* pvscsi_queue.c */
int pvscsi_queue_alloc(struct pvscsi *pv);
void pvscsi_queue_free(struct pvscsi *pv);
void pvscsi_queue_clear(struct pvscsi *pv);

/* pvscsi_io.c */
enum scsi_qc_status pvscsi_queuecommand(struct Scsi_Host *host,
					struct scsi_cmnd *cmd);
void pvscsi_commit_rqs(struct Scsi_Host *host, u16 hwq);
int pvscsi_mq_poll(struct Scsi_Host *host, unsigned int hwq);
unsigned int pvscsi_reap(struct pvscsi *pv);
unsigned int pvscsi_reap_irq(struct pvscsi *pv);
void pvscsi_batch_init(struct pvscsi_batch *batch);
void pvscsi_kick(struct pvscsi *pv);
void pvscsi_fail_all(struct pvscsi *pv, int host_byte);

/* pvscsi_irq.c */
int pvscsi_irq_request(struct pvscsi *pv);
void pvscsi_irq_free(struct pvscsi *pv);

/* pvscsi_eh.c */
enum scsi_timeout_action pvscsi_eh_timed_out(struct scsi_cmnd *cmd);
int pvscsi_eh_abort(struct scsi_cmnd *cmd);
int pvscsi_eh_device_reset(struct scsi_cmnd *cmd);
int pvscsi_eh_bus_reset(struct scsi_cmnd *cmd);
int pvscsi_eh_host_reset(struct scsi_cmnd *cmd);
int pvscsi_reset(struct pvscsi *pv, const char *why);
void pvscsi_reset_work(struct work_struct *work);
void pvscsi_close(struct pvscsi *pv);
void pvscsi_stop(struct pvscsi *pv);
int pvscsi_start(struct pvscsi *pv);

/* pvscsi_msg.c */
bool pvscsi_msg_pending(const struct pvscsi *pv);
void pvscsi_msg_kick(struct pvscsi *pv);
void pvscsi_msg_rescan(struct pvscsi *pv);
void pvscsi_msg_stop(struct pvscsi *pv);
void pvscsi_msg_work(struct work_struct *work);

/* pvscsi_sysfs.c */
extern const struct attribute_group *pvscsi_host_groups[];

/* pvscsi_pm.c */
extern const struct dev_pm_ops pvscsi_pm_ops;
void pvscsi_shutdown(struct pci_dev *pdev);

#endif /* PVSCSI_H */
