/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * ethtool. The functions that fill struct ethtool_ops are written with today's
 * arguments; where a kernel calls them with others, a macro writes the callback
 * that translates. Such macros come in pairs, named by the driver's prefix p:
 *
 *	COMPAT_RINGPARAM(p);			after p_get_ringparam(), p_set_ringparam()
 *	struct ethtool_ops p_ethtool_ops = {
 *		COMPAT_RINGPARAM_OPS(p)		the commas are in the macro
 *
 * On the newest kernel the first is a declaration of something that is declared
 * already, the second names the functions. extack is NULL where a kernel has none.
 */
#ifndef _VMGUEST_COMPAT_ETHTOOL_H
#define _VMGUEST_COMPAT_ETHTOOL_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/string.h>

/* --- strings --- */

/* v5.13 «ethtool: Add common function for filling out strings» */
#ifndef HAVE_ETHTOOL_SPRINTF
static inline __printf(2, 3) void ethtool_sprintf(u8 **data, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(*data, ETH_GSTRING_LEN, fmt, args);
	va_end(args);

	*data += ETH_GSTRING_LEN;
}
#endif

#ifndef HAVE_ETHTOOL_PUTS
static inline void ethtool_puts(u8 **data, const char *str)
{
	strscpy(*data, str, ETH_GSTRING_LEN);
	*data += ETH_GSTRING_LEN;
}
#endif

/* --- get_ringparam, set_ringparam --- */

#ifdef HAVE_ETHTOOL_RINGPARAM
#define COMPAT_RINGPARAM(p) struct net_device
#define COMPAT_RINGPARAM_OPS(p) \
	.get_ringparam = p##_get_ringparam, \
	.set_ringparam = p##_set_ringparam,
#else
struct kernel_ethtool_ringparam {
	u32 rx_buf_len;
	u8 tcp_data_split;
	u8 tx_push;
	u8 rx_push;
	u32 cqe_size;
	u32 tx_push_buf_len;
	u32 tx_push_buf_max_len;
	u32 hds_thresh;
	u32 hds_thresh_max;
};

#define COMPAT_RINGPARAM(p)							\
static void p##_get_ringparam_2(struct net_device *dev,				\
				struct ethtool_ringparam *ring)			\
{										\
	struct kernel_ethtool_ringparam kernel_ring = {};			\
										\
	p##_get_ringparam(dev, ring, &kernel_ring, NULL);			\
}										\
										\
static int p##_set_ringparam_2(struct net_device *dev,				\
			       struct ethtool_ringparam *ring)			\
{										\
	struct kernel_ethtool_ringparam kernel_ring = {};			\
										\
	return p##_set_ringparam(dev, ring, &kernel_ring, NULL);		\
}										\
struct net_device

#define COMPAT_RINGPARAM_OPS(p) \
	.get_ringparam = p##_get_ringparam_2, \
	.set_ringparam = p##_set_ringparam_2,
#endif

/* --- get_coalesce, set_coalesce --- */

#ifdef HAVE_ETHTOOL_COALESCE
#define COMPAT_COALESCE(p) struct net_device
#define COMPAT_COALESCE_OPS(p) \
	.get_coalesce = p##_get_coalesce, \
	.set_coalesce = p##_set_coalesce,
#else
struct kernel_ethtool_coalesce {
	u8 use_cqe_mode_tx;
	u8 use_cqe_mode_rx;
	u32 tx_aggr_max_bytes;
	u32 tx_aggr_max_frames;
	u32 tx_aggr_time_usecs;
	u32 rx_cqe_frames;
	u32 rx_cqe_nsecs;
};

#define COMPAT_COALESCE(p)							\
static int p##_get_coalesce_2(struct net_device *dev,				\
			      struct ethtool_coalesce *coal)			\
{										\
	struct kernel_ethtool_coalesce kernel_coal = {};			\
										\
	return p##_get_coalesce(dev, coal, &kernel_coal, NULL);			\
}										\
										\
static int p##_set_coalesce_2(struct net_device *dev,				\
			      struct ethtool_coalesce *coal)			\
{										\
	struct kernel_ethtool_coalesce kernel_coal = {};			\
										\
	return p##_set_coalesce(dev, coal, &kernel_coal, NULL);			\
}										\
struct net_device

#define COMPAT_COALESCE_OPS(p) \
	.get_coalesce = p##_get_coalesce_2, \
	.set_coalesce = p##_set_coalesce_2,
#endif

/* --- get_rxfh, set_rxfh: the RSS table and key --- */

#ifndef RXH_XFRM_NO_CHANGE
#define RXH_XFRM_NO_CHANGE 0xff
#endif

#ifdef HAVE_ETHTOOL_RXFH_PARAM
#define COMPAT_RXFH(p) struct net_device
#define COMPAT_RXFH_OPS(p) \
	.get_rxfh = p##_get_rxfh, \
	.set_rxfh = p##_set_rxfh,
#else
struct ethtool_rxfh_param {
	u8 hfunc;
	u32 indir_size;
	u32 *indir;
	u32 key_size;
	u8 *key;
	u32 rss_context;
	u8 rss_delete;
	u8 input_xfrm;
};

/* The casts drop a const that the new interface lost; set_rxfh() only reads. */
#define COMPAT_RXFH(p)								\
static int p##_get_rxfh_4(struct net_device *dev, u32 *indir, u8 *key,		\
			  u8 *hfunc)						\
{										\
	const struct ethtool_ops *ops = dev->ethtool_ops;			\
	struct ethtool_rxfh_param rxfh = {					\
		.indir_size = ops->get_rxfh_indir_size(dev),			\
		.indir = indir,							\
		.key_size = ops->get_rxfh_key_size(dev),			\
		.key = key,							\
	};									\
	int err = p##_get_rxfh(dev, &rxfh);					\
										\
	if (!err && hfunc)							\
		*hfunc = rxfh.hfunc;						\
	return err;								\
}										\
										\
static int p##_set_rxfh_4(struct net_device *dev, const u32 *indir,		\
			  const u8 *key, const u8 hfunc)			\
{										\
	const struct ethtool_ops *ops = dev->ethtool_ops;			\
	struct ethtool_rxfh_param rxfh = {					\
		.hfunc = hfunc,							\
		.indir_size = ops->get_rxfh_indir_size(dev),			\
		.indir = (u32 *)indir,						\
		.key_size = ops->get_rxfh_key_size(dev),			\
		.key = (u8 *)key,						\
		.input_xfrm = RXH_XFRM_NO_CHANGE,				\
	};									\
										\
	return p##_set_rxfh(dev, &rxfh, NULL);					\
}										\
struct net_device

#define COMPAT_RXFH_OPS(p) \
	.get_rxfh = p##_get_rxfh_4, \
	.set_rxfh = p##_set_rxfh_4,
#endif

/*
 * --- get_rxfh_fields, set_rxfh_fields, get_rx_ring_count ---
 * once all of them commands to get_rxnfc and set_rxnfc
 */

#ifndef HAVE_ETHTOOL_RXFH_FIELDS
struct ethtool_rxfh_fields {
	u32 data;
	u32 flow_type;
	u32 rss_context;
};

#define _COMPAT_RXFH_FIELDS(p)							\
static int p##_get_rxfh_fields_nfc(struct net_device *dev,			\
				   struct ethtool_rxnfc *info)			\
{										\
	struct ethtool_rxfh_fields fields = { .flow_type = info->flow_type };	\
	int err = p##_get_rxfh_fields(dev, &fields);				\
										\
	info->data = fields.data;						\
	return err;								\
}										\
										\
static int p##_set_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info)	\
{										\
	struct ethtool_rxfh_fields fields = {					\
		.data = info->data,						\
		.flow_type = info->flow_type,					\
	};									\
										\
	if (info->cmd != ETHTOOL_SRXFH)						\
		return -EOPNOTSUPP;						\
	return p##_set_rxfh_fields(dev, &fields, NULL);				\
}

#define _COMPAT_RXFH_FIELDS_OPS(p) .set_rxnfc = p##_set_rxnfc,
#else
/* Never asked: the command has a callback of its own. */
#define _COMPAT_RXFH_FIELDS(p)							\
static int p##_get_rxfh_fields_nfc(struct net_device *dev,			\
				   struct ethtool_rxnfc *info)			\
{										\
	return -EOPNOTSUPP;							\
}

#define _COMPAT_RXFH_FIELDS_OPS(p) \
	.get_rxfh_fields = p##_get_rxfh_fields, \
	.set_rxfh_fields = p##_set_rxfh_fields,
#endif

#ifdef HAVE_ETHTOOL_RX_RING_COUNT
#define COMPAT_RXFH_FIELDS(p) struct net_device
#define COMPAT_RXFH_FIELDS_OPS(p) \
	.get_rx_ring_count = p##_get_rx_ring_count, \
	_COMPAT_RXFH_FIELDS_OPS(p)
#else
#define COMPAT_RXFH_FIELDS(p)							\
_COMPAT_RXFH_FIELDS(p)								\
										\
static int p##_get_rxnfc(struct net_device *dev, struct ethtool_rxnfc *info,	\
			 u32 *rules)						\
{										\
	switch (info->cmd) {							\
	case ETHTOOL_GRXRINGS:							\
		info->data = p##_get_rx_ring_count(dev);			\
		return 0;							\
	case ETHTOOL_GRXFH:							\
		return p##_get_rxfh_fields_nfc(dev, info);			\
	default:								\
		return -EOPNOTSUPP;						\
	}									\
}										\
struct net_device

#define COMPAT_RXFH_FIELDS_OPS(p) \
	.get_rxnfc = p##_get_rxnfc, \
	_COMPAT_RXFH_FIELDS_OPS(p)
#endif

/* --- get_eth_mac_stats: the counters of the IEEE standard --- */

#ifdef HAVE_ETHTOOL_ETH_MAC_STATS
#define COMPAT_ETH_MAC_STATS(p) struct net_device
#define COMPAT_ETH_MAC_STATS_OPS(p) .get_eth_mac_stats = p##_get_eth_mac_stats,
#else
struct ethtool_eth_mac_stats {
	u64 FramesTransmittedOK;
	u64 SingleCollisionFrames;
	u64 MultipleCollisionFrames;
	u64 FramesReceivedOK;
	u64 FrameCheckSequenceErrors;
	u64 AlignmentErrors;
	u64 OctetsTransmittedOK;
	u64 FramesWithDeferredXmissions;
	u64 LateCollisions;
	u64 FramesAbortedDueToXSColls;
	u64 FramesLostDueToIntMACXmitError;
	u64 CarrierSenseErrors;
	u64 OctetsReceivedOK;
	u64 FramesLostDueToIntMACRcvError;
	u64 MulticastFramesXmittedOK;
	u64 BroadcastFramesXmittedOK;
	u64 FramesWithExcessiveDeferral;
	u64 MulticastFramesReceivedOK;
	u64 BroadcastFramesReceivedOK;
	u64 InRangeLengthErrors;
	u64 OutOfRangeLengthField;
	u64 FrameTooLongErrors;
};

/* The function stays without a caller; naming it here keeps it free of warnings. */
#define COMPAT_ETH_MAC_STATS(p)							\
static inline void __maybe_unused p##_no_eth_mac_stats(void)			\
{										\
	(void)p##_get_eth_mac_stats;						\
}										\
struct net_device

#define COMPAT_ETH_MAC_STATS_OPS(p)
#endif

#endif
