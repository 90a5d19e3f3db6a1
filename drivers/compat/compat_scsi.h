/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * SCSI hosts. The functions of the host template are written with today's arguments
 * and results; where a kernel calls them otherwise, a macro writes the callback that
 * translates, as in compat_ethtool.h:
 *
 *	COMPAT_SCSI_HOST(p);		after p_queuecommand(), p_sdev_configure(),
 *					p_map_queues(), p_mq_poll()
 *	struct scsi_host_template t = {
 *		COMPAT_SCSI_HOST_OPS(p)	the commas are in the macro
 *
 * The template is not const: up to 6.3 the core writes into it.
 */
#ifndef _VMGUEST_COMPAT_SCSI_H
#define _VMGUEST_COMPAT_SCSI_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

/* v5.16 «block: replace the REQ_HIPRI flag with REQ_POLLED» */
#ifndef REQ_POLLED
#define REQ_POLLED REQ_HIPRI
#endif

#ifndef HAVE_SCSI_DONE
static inline void scsi_done(struct scsi_cmnd *cmd)
{
	cmd->scsi_done(cmd);
}
#endif

/*
 * The block layer's DONE meant «not handled» to the SCSI layer, which looks for itself
 * whether the command is complete. SCSI_EH_DONE is not offered.
 */
#ifndef HAVE_SCSI_TIMEOUT_ACTION
#define scsi_timeout_action	blk_eh_timer_return
#define SCSI_EH_RESET_TIMER	BLK_EH_RESET_TIMER
#define SCSI_EH_NOT_HANDLED	BLK_EH_DONE
#endif

#ifdef HAVE_SCSI_QC_STATUS
#define _COMPAT_SCSI_QUEUECOMMAND(p)
#define _COMPAT_SCSI_QUEUECOMMAND_NAME(p) p##_queuecommand
#else
enum scsi_qc_status {
	COMPAT_SCSI_QC_QUEUED
};

#define _COMPAT_SCSI_QUEUECOMMAND(p)						\
static int p##_queuecommand_2(struct Scsi_Host *host, struct scsi_cmnd *cmd)	\
{										\
	return p##_queuecommand(host, cmd);					\
}

#define _COMPAT_SCSI_QUEUECOMMAND_NAME(p) p##_queuecommand_2
#endif

#ifdef HAVE_SCSI_SDEV_CONFIGURE
#define _COMPAT_SCSI_SDEV_CONFIGURE(p)
#define _COMPAT_SCSI_SDEV_CONFIGURE_OP(p) .sdev_configure = p##_sdev_configure,
#else
#define _COMPAT_SCSI_SDEV_CONFIGURE(p)						\
static int p##_slave_configure(struct scsi_device *sdev)			\
{										\
	return p##_sdev_configure(sdev, NULL);					\
}

#define _COMPAT_SCSI_SDEV_CONFIGURE_OP(p) .slave_configure = p##_slave_configure,
#endif

#ifdef HAVE_SCSI_MAP_QUEUES_VOID
#define _COMPAT_SCSI_MAP_QUEUES(p)
#define _COMPAT_SCSI_MAP_QUEUES_OP(p) .map_queues = p##_map_queues,
#else
#define _COMPAT_SCSI_MAP_QUEUES(p)						\
static int p##_map_queues_2(struct Scsi_Host *host)				\
{										\
	p##_map_queues(host);							\
	return 0;								\
}

#define _COMPAT_SCSI_MAP_QUEUES_OP(p) .map_queues = p##_map_queues_2,
#endif

/*
 * scsi_host_add_poll_queue() has no upstream name: it has a host make a second queue
 * for polled commands, and says whether the kernel can do so.
 */
#ifdef HAVE_SCSI_MQ_POLL
#define _COMPAT_SCSI_MQ_POLL_OP(p) .mq_poll = p##_mq_poll,

static inline bool scsi_host_add_poll_queue(struct Scsi_Host *host)
{
	host->nr_hw_queues = 2;
	host->nr_maps = HCTX_MAX_TYPES;
	return true;
}
#else
#define _COMPAT_SCSI_MQ_POLL_OP(p)

static inline bool scsi_host_add_poll_queue(struct Scsi_Host *host)
{
	return false;
}
#endif

#define COMPAT_SCSI_HOST(p)							\
	_COMPAT_SCSI_QUEUECOMMAND(p)						\
	_COMPAT_SCSI_SDEV_CONFIGURE(p)						\
	_COMPAT_SCSI_MAP_QUEUES(p)						\
	struct Scsi_Host
#define COMPAT_SCSI_HOST_OPS(p)							\
	.queuecommand = _COMPAT_SCSI_QUEUECOMMAND_NAME(p),			\
	_COMPAT_SCSI_SDEV_CONFIGURE_OP(p)					\
	_COMPAT_SCSI_MAP_QUEUES_OP(p)						\
	_COMPAT_SCSI_MQ_POLL_OP(p)

#endif
