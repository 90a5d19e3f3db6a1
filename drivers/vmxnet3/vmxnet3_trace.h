/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Tracepoints at the borders to the device: descriptors posted, completions
 * seen, commands answered, completions rejected, resets.
 *
 * They replace debug prints; counters are in vmxnet3_stats.c.  Fields come in
 * the order queue, index, length.  The device name is copied into an array
 * because the helpers for strings changed their signature between kernels.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmxnet3

#if !defined(VMXNET3_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VMXNET3_TRACE_H

#include <linux/tracepoint.h>

#include "vmxnet3.h"

TRACE_DEFINE_ENUM(VMXNET3_TX_BAD_INDEX);
TRACE_DEFINE_ENUM(VMXNET3_TX_BAD_ORDER);
TRACE_DEFINE_ENUM(VMXNET3_RX_BAD_RQID);
TRACE_DEFINE_ENUM(VMXNET3_RX_BAD_INDEX);
TRACE_DEFINE_ENUM(VMXNET3_RX_NOT_POSTED);
TRACE_DEFINE_ENUM(VMXNET3_RX_BAD_LEN);
TRACE_DEFINE_ENUM(VMXNET3_RX_BAD_SOP);
TRACE_DEFINE_ENUM(VMXNET3_RX_NO_SOP);
TRACE_DEFINE_ENUM(VMXNET3_RX_TOO_MANY);

TRACE_DEFINE_ENUM(VMXNET3_RESET_TX_TIMEOUT);
TRACE_DEFINE_ENUM(VMXNET3_RESET_TX_COMPLETION);
TRACE_DEFINE_ENUM(VMXNET3_RESET_RX_COMPLETION);
TRACE_DEFINE_ENUM(VMXNET3_RESET_TXQ_ERROR);
TRACE_DEFINE_ENUM(VMXNET3_RESET_RXQ_ERROR);
TRACE_DEFINE_ENUM(VMXNET3_RESET_ACTIVATE);
TRACE_DEFINE_ENUM(VMXNET3_RESET_USER);

#define vmxnet3_show_tx_verdict(v) __print_symbolic(v,			\
	{ VMXNET3_TX_BAD_INDEX,		"bad_index" },			\
	{ VMXNET3_TX_BAD_ORDER,		"bad_order" })

#define vmxnet3_show_rx_verdict(v) __print_symbolic(v,			\
	{ VMXNET3_RX_BAD_RQID,		"bad_rqid" },			\
	{ VMXNET3_RX_BAD_INDEX,		"bad_index" },			\
	{ VMXNET3_RX_NOT_POSTED,	"not_posted" },			\
	{ VMXNET3_RX_BAD_LEN,		"bad_len" },			\
	{ VMXNET3_RX_BAD_SOP,		"bad_sop" },			\
	{ VMXNET3_RX_NO_SOP,		"no_sop" },			\
	{ VMXNET3_RX_TOO_MANY,		"too_many" })

#define vmxnet3_show_reset(r) __print_flags(r, "|",			\
	{ BIT(VMXNET3_RESET_TX_TIMEOUT),	"tx_timeout" },		\
	{ BIT(VMXNET3_RESET_TX_COMPLETION),	"tx_completion" },	\
	{ BIT(VMXNET3_RESET_RX_COMPLETION),	"rx_completion" },	\
	{ BIT(VMXNET3_RESET_TXQ_ERROR),		"txq_error" },		\
	{ BIT(VMXNET3_RESET_RXQ_ERROR),		"rxq_error" },		\
	{ BIT(VMXNET3_RESET_ACTIVATE),		"activate" },		\
	{ BIT(VMXNET3_RESET_USER),		"user" })

#define vmxnet3_show_cmd(c) __print_symbolic(c,				\
	{ VMXNET3_CMD_ACTIVATE_DEV,		"ACTIVATE_DEV" },	\
	{ VMXNET3_CMD_QUIESCE_DEV,		"QUIESCE_DEV" },	\
	{ VMXNET3_CMD_RESET_DEV,		"RESET_DEV" },		\
	{ VMXNET3_CMD_UPDATE_RX_MODE,		"UPDATE_RX_MODE" },	\
	{ VMXNET3_CMD_UPDATE_MAC_FILTERS,	"UPDATE_MAC_FILTERS" },	\
	{ VMXNET3_CMD_UPDATE_VLAN_FILTERS,	"UPDATE_VLAN_FILTERS" }, \
	{ VMXNET3_CMD_UPDATE_RSSIDT,		"UPDATE_RSSIDT" },	\
	{ VMXNET3_CMD_UPDATE_PMCFG,		"UPDATE_PMCFG" },	\
	{ VMXNET3_CMD_UPDATE_FEATURE,		"UPDATE_FEATURE" },	\
	{ VMXNET3_CMD_GET_QUEUE_STATUS,		"GET_QUEUE_STATUS" },	\
	{ VMXNET3_CMD_GET_STATS,		"GET_STATS" },		\
	{ VMXNET3_CMD_GET_LINK,			"GET_LINK" },		\
	{ VMXNET3_CMD_GET_PERM_MAC_LO,		"GET_PERM_MAC_LO" },	\
	{ VMXNET3_CMD_GET_PERM_MAC_HI,		"GET_PERM_MAC_HI" },	\
	{ VMXNET3_CMD_GET_CONF_INTR,		"GET_CONF_INTR" },	\
	{ VMXNET3_CMD_GET_TXDATA_DESC_SIZE,	"GET_TXDATA_DESC_SIZE" }, \
	{ VMXNET3_CMD_GET_MAX_QUEUES_CONF,	"GET_MAX_QUEUES_CONF" })

TRACE_EVENT(vmxnet3_tx_post,
	TP_PROTO(const struct vmxnet3_txq *q, u32 idx, u32 ndesc, u32 len),

	TP_ARGS(q, idx, ndesc, len),

	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(u16, queue)
		__field(u32, idx)
		__field(u32, ndesc)
		__field(u32, len)
	),

	TP_fast_assign(
		memcpy(__entry->name, q->vx->netdev->name, IFNAMSIZ);
		__entry->queue = q->idx;
		__entry->idx = idx;
		__entry->ndesc = ndesc;
		__entry->len = len;
	),

	TP_printk("%s queue=%u idx=%u ndesc=%u len=%u", __entry->name,
		  __entry->queue, __entry->idx, __entry->ndesc, __entry->len)
);

TRACE_EVENT(vmxnet3_tx_complete,
	TP_PROTO(const struct vmxnet3_txq *q, u32 idx),

	TP_ARGS(q, idx),

	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(u16, queue)
		__field(u32, idx)
	),

	TP_fast_assign(
		memcpy(__entry->name, q->vx->netdev->name, IFNAMSIZ);
		__entry->queue = q->idx;
		__entry->idx = idx;
	),

	TP_printk("%s queue=%u idx=%u", __entry->name, __entry->queue,
		  __entry->idx)
);

TRACE_EVENT(vmxnet3_rx_complete,
	TP_PROTO(const struct vmxnet3_rxq *q, int ring, u32 idx, u32 len),

	TP_ARGS(q, ring, idx, len),

	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(u16, queue)
		__field(int, ring)
		__field(u32, idx)
		__field(u32, len)
	),

	TP_fast_assign(
		memcpy(__entry->name, q->vx->netdev->name, IFNAMSIZ);
		__entry->queue = q->idx;
		__entry->ring = ring;
		__entry->idx = idx;
		__entry->len = len;
	),

	TP_printk("%s queue=%u ring=%d idx=%u len=%u", __entry->name,
		  __entry->queue, __entry->ring, __entry->idx, __entry->len)
);

TRACE_EVENT(vmxnet3_rx_refill,
	TP_PROTO(const struct vmxnet3_rxq *q, int ring, u32 n),

	TP_ARGS(q, ring, n),

	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(u16, queue)
		__field(int, ring)
		__field(u32, n)
	),

	TP_fast_assign(
		memcpy(__entry->name, q->vx->netdev->name, IFNAMSIZ);
		__entry->queue = q->idx;
		__entry->ring = ring;
		__entry->n = n;
	),

	TP_printk("%s queue=%u ring=%d n=%u", __entry->name, __entry->queue,
		  __entry->ring, __entry->n)
);

/* An index or length that the violation is not about is 0. */
TRACE_EVENT(vmxnet3_violation,
	TP_PROTO(const struct vmxnet3 *vx, bool tx, u16 queue, int verdict,
		 u32 idx, u32 len),

	TP_ARGS(vx, tx, queue, verdict, idx, len),

	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(bool, tx)
		__field(u16, queue)
		__field(int, verdict)
		__field(u32, idx)
		__field(u32, len)
	),

	TP_fast_assign(
		memcpy(__entry->name, vx->netdev->name, IFNAMSIZ);
		__entry->tx = tx;
		__entry->queue = queue;
		__entry->verdict = verdict;
		__entry->idx = idx;
		__entry->len = len;
	),

	TP_printk("%s %s queue=%u idx=%u len=%u verdict=%s", __entry->name,
		  __entry->tx ? "tx" : "rx", __entry->queue, __entry->idx,
		  __entry->len,
		  __entry->tx ? vmxnet3_show_tx_verdict(__entry->verdict) :
				vmxnet3_show_rx_verdict(__entry->verdict))
);

TRACE_EVENT(vmxnet3_cmd,
	TP_PROTO(const struct vmxnet3 *vx, u32 cmd, u32 result),

	TP_ARGS(vx, cmd, result),

	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(u32, cmd)
		__field(u32, result)
	),

	TP_fast_assign(
		memcpy(__entry->name, vx->netdev->name, IFNAMSIZ);
		__entry->cmd = cmd;
		__entry->result = result;
	),

	TP_printk("%s cmd=%s result=0x%x", __entry->name,
		  vmxnet3_show_cmd(__entry->cmd), __entry->result)
);

TRACE_EVENT(vmxnet3_reset,
	TP_PROTO(const struct vmxnet3 *vx, unsigned long reasons, int err),

	TP_ARGS(vx, reasons, err),

	TP_STRUCT__entry(
		__array(char, name, IFNAMSIZ)
		__field(unsigned long, reasons)
		__field(int, err)
	),

	TP_fast_assign(
		memcpy(__entry->name, vx->netdev->name, IFNAMSIZ);
		__entry->reasons = reasons;
		__entry->err = err;
	),

	TP_printk("%s reasons=%s err=%d", __entry->name,
		  vmxnet3_show_reset(__entry->reasons), __entry->err)
);

#endif /* VMXNET3_TRACE_H */

/* The header is read again by define_trace.h; Kbuild adds this folder to the
 * include path of vmxnet3_trace.o.
 */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE vmxnet3_trace
#include <trace/define_trace.h>
