/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Tracepoints at the borders to the device: requests written, kicks,
 * completions and messages seen, commands answered, violations, resets.
 *
 * They replace debug prints; counters are in pvscsi_sysfs.c.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmw_pvscsi

#if !defined(PVSCSI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PVSCSI_TRACE_H

#include <linux/tracepoint.h>

#include "pvscsi.h"

TRACE_DEFINE_ENUM(PVSCSI_BAD_COUNT);
TRACE_DEFINE_ENUM(PVSCSI_BAD_CONTEXT);
TRACE_DEFINE_ENUM(PVSCSI_NOT_ISSUED);
TRACE_DEFINE_ENUM(PVSCSI_BAD_LEN);

#define pvscsi_show_verdict(v) __print_symbolic(v,			\
	{ PVSCSI_BAD_COUNT,	"bad_count" },				\
	{ PVSCSI_BAD_CONTEXT,	"bad_context" },			\
	{ PVSCSI_NOT_ISSUED,	"not_issued" },				\
	{ PVSCSI_BAD_LEN,	"bad_len" })

#define pvscsi_show_cmd(c) __print_symbolic(c,				\
	{ PVSCSI_CMD_ADAPTER_RESET,	"ADAPTER_RESET" },		\
	{ PVSCSI_CMD_SETUP_RINGS,	"SETUP_RINGS" },		\
	{ PVSCSI_CMD_RESET_BUS,		"RESET_BUS" },			\
	{ PVSCSI_CMD_RESET_DEVICE,	"RESET_DEVICE" },		\
	{ PVSCSI_CMD_ABORT_CMD,		"ABORT_CMD" },			\
	{ PVSCSI_CMD_CONFIG,		"CONFIG" },			\
	{ PVSCSI_CMD_SETUP_MSG_RING,	"SETUP_MSG_RING" },		\
	{ PVSCSI_CMD_SETUP_REQCALLTHRESHOLD, "SETUP_REQCALLTHRESHOLD" }, \
	{ PVSCSI_CMD_GET_MAX_TARGETS,	"GET_MAX_TARGETS" })

#define pvscsi_show_msg(t) __print_symbolic(t,				\
	{ PVSCSI_MSG_ADDED,	"added" },				\
	{ PVSCSI_MSG_REMOVED,	"removed" })

TRACE_EVENT(pvscsi_submit,
	TP_PROTO(const struct pvscsi *pv, u32 tag, u32 ctx,
		 const struct scsi_cmnd *cmd),
	TP_ARGS(pv, tag, ctx, cmd),
	TP_STRUCT__entry(
		__field(unsigned int, host)
		__field(u32, tag)
		__field(u32, ctx)
		__field(unsigned int, target)
		__field(u8, opcode)
		__field(u32, len)
	),
	TP_fast_assign(
		__entry->host = pv->host->host_no;
		__entry->tag = tag;
		__entry->ctx = ctx;
		__entry->target = cmd->device->id;
		__entry->opcode = cmd->cmnd[0];
		__entry->len = cmd->sdb.length;
	),
	TP_printk("host%u tag %u context %#x target %u opcode %#x len %u",
		  __entry->host, __entry->tag, __entry->ctx, __entry->target,
		  __entry->opcode, __entry->len)
);

TRACE_EVENT(pvscsi_kick,
	TP_PROTO(const struct pvscsi *pv, u32 prod, bool other),
	TP_ARGS(pv, prod, other),
	TP_STRUCT__entry(
		__field(unsigned int, host)
		__field(u32, prod)
		__field(bool, other)
	),
	TP_fast_assign(
		__entry->host = pv->host->host_no;
		__entry->prod = prod;
		__entry->other = other;
	),
	TP_printk("host%u producer %u %s", __entry->host, __entry->prod,
		  __entry->other ? "other" : "rw")
);

TRACE_EVENT(pvscsi_complete,
	TP_PROTO(const struct pvscsi *pv, u32 tag, u64 ctx, u16 host_status,
		 u16 scsi_status, u64 len),
	TP_ARGS(pv, tag, ctx, host_status, scsi_status, len),
	TP_STRUCT__entry(
		__field(unsigned int, host)
		__field(u32, tag)
		__field(u64, ctx)
		__field(u16, host_status)
		__field(u16, scsi_status)
		__field(u64, len)
	),
	TP_fast_assign(
		__entry->host = pv->host->host_no;
		__entry->tag = tag;
		__entry->ctx = ctx;
		__entry->host_status = host_status;
		__entry->scsi_status = scsi_status;
		__entry->len = len;
	),
	TP_printk("host%u tag %u context %#llx host status %#x status %#x len %llu",
		  __entry->host, __entry->tag, __entry->ctx,
		  __entry->host_status, __entry->scsi_status, __entry->len)
);

TRACE_EVENT(pvscsi_violation,
	TP_PROTO(const struct pvscsi *pv, int verdict, u64 ctx, u64 detail),
	TP_ARGS(pv, verdict, ctx, detail),
	TP_STRUCT__entry(
		__field(unsigned int, host)
		__field(int, verdict)
		__field(u64, ctx)
		__field(u64, detail)
	),
	TP_fast_assign(
		__entry->host = pv->host->host_no;
		__entry->verdict = verdict;
		__entry->ctx = ctx;
		__entry->detail = detail;
	),
	TP_printk("host%u %s context %#llx detail %#llx", __entry->host,
		  pvscsi_show_verdict(__entry->verdict), __entry->ctx,
		  __entry->detail)
);

TRACE_EVENT(pvscsi_cmd,
	TP_PROTO(const struct pvscsi *pv, u32 cmd, u32 status),
	TP_ARGS(pv, cmd, status),
	TP_STRUCT__entry(
		__field(unsigned int, host)
		__field(u32, cmd)
		__field(u32, status)
	),
	TP_fast_assign(
		__entry->host = pv->host->host_no;
		__entry->cmd = cmd;
		__entry->status = status;
	),
	TP_printk("host%u %s status %#x", __entry->host,
		  pvscsi_show_cmd(__entry->cmd), __entry->status)
);

TRACE_EVENT(pvscsi_msg,
	TP_PROTO(const struct pvscsi *pv, u32 type, u32 target),
	TP_ARGS(pv, type, target),
	TP_STRUCT__entry(
		__field(unsigned int, host)
		__field(u32, type)
		__field(u32, target)
	),
	TP_fast_assign(
		__entry->host = pv->host->host_no;
		__entry->type = type;
		__entry->target = target;
	),
	TP_printk("host%u %s target %u", __entry->host,
		  pvscsi_show_msg(__entry->type), __entry->target)
);

TRACE_EVENT(pvscsi_reset,
	TP_PROTO(const struct pvscsi *pv, int err),
	TP_ARGS(pv, err),
	TP_STRUCT__entry(
		__field(unsigned int, host)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->host = pv->host->host_no;
		__entry->err = err;
	),
	TP_printk("host%u %d", __entry->host, __entry->err)
);

#endif /* PVSCSI_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE pvscsi_trace
#include <trace/define_trace.h>
