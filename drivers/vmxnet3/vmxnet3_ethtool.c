// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * ethtool: what the device is, rings, channels, register dump, self-test,
 * reset, wake-up, tunables.
 *
 * Requests are judged here and carried out by vmxnet3_reconfigure(), which
 * leaves everything as it was when it fails.  Counters are next door in
 * vmxnet3_stats.c, the RSS part in vmxnet3_rss.c.  There is no coalescing
 * before version 3 of the device, hence none here.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>

#include "vmxnet3.h"

static void vmxnet3_get_drvinfo(struct net_device *netdev,
				struct ethtool_drvinfo *info)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->version, VMGUEST_VERSION, sizeof(info->version));
	strscpy(info->bus_info, pci_name(vx->pdev), sizeof(info->bus_info));
	snprintf(info->fw_version, sizeof(info->fw_version), "vmxnet3 v%u",
		 vx->version);
}

/* There are no link modes to choose from: a virtual cable has one speed. */
static int vmxnet3_get_link_ksettings(struct net_device *netdev,
				      struct ethtool_link_ksettings *ks)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	u32 speed = READ_ONCE(vx->link_speed);

	ethtool_link_ksettings_zero_link_mode(ks, supported);
	ethtool_link_ksettings_zero_link_mode(ks, advertising);
	ks->base.autoneg = AUTONEG_DISABLE;
	ks->base.port = PORT_OTHER;
	ks->base.speed = speed ?: SPEED_UNKNOWN;
	ks->base.duplex = speed ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	return 0;
}

static void vmxnet3_get_ringparam(struct net_device *netdev,
				  struct ethtool_ringparam *ring,
				  struct kernel_ethtool_ringparam *kring,
				  struct netlink_ext_ack *extack)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	ring->tx_max_pending = VMXNET3_TX_RING_MAX;
	ring->rx_max_pending = VMXNET3_RX_RING1_MAX;
	ring->rx_jumbo_max_pending = VMXNET3_RX_RING2_MAX;
	ring->tx_pending = vx->qcfg.tx_size;
	ring->rx_pending = vx->qcfg.rx1_size;
	ring->rx_jumbo_pending = vx->qcfg.rx2_size;
}

/* A legal ring size, at least what was asked for; or say why not, and 0. */
static u32 vmxnet3_ring_size(struct net_device *netdev, const char *name,
			     u32 want, u32 min, u32 max,
			     struct netlink_ext_ack *extack)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	u32 size = vmxnet3_plan_ring(want, min, max, vx->version);

	if (!size)
		vmxnet3_explain(netdev, extack,
				"%s ring of %u is not in the range %u to %u",
				name, want, min, max);
	return size;
}

/* rx is ring 1, rx-jumbo is ring 2; rx-mini comes with version 3. */
static int vmxnet3_set_ringparam(struct net_device *netdev,
				 struct ethtool_ringparam *ring,
				 struct kernel_ethtool_ringparam *kring,
				 struct netlink_ext_ack *extack)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_qcfg cfg = vx->qcfg;

	cfg.tx_size = vmxnet3_ring_size(netdev, "tx", ring->tx_pending,
					VMXNET3_TX_RING_MIN,
					VMXNET3_TX_RING_MAX, extack);
	if (!cfg.tx_size)
		return -EINVAL;
	cfg.rx1_size = vmxnet3_ring_size(netdev, "rx", ring->rx_pending,
					 VMXNET3_RING_MIN,
					 VMXNET3_RX_RING1_MAX, extack);
	if (!cfg.rx1_size)
		return -EINVAL;
	cfg.rx2_size = vmxnet3_ring_size(netdev, "rx-jumbo",
					 ring->rx_jumbo_pending,
					 VMXNET3_RING_MIN,
					 VMXNET3_RX_RING2_MAX, extack);
	if (!cfg.rx2_size)
		return -EINVAL;

	if (cfg.tx_size != ring->tx_pending ||
	    cfg.rx1_size != ring->rx_pending ||
	    cfg.rx2_size != ring->rx_jumbo_pending)
		vmxnet3_explain(netdev, extack,
				"rounded up: tx %u, rx %u, rx-jumbo %u",
				cfg.tx_size, cfg.rx1_size, cfg.rx2_size);
	if (!memcmp(&cfg, &vx->qcfg, sizeof(cfg)))
		return 0;
	return vmxnet3_reconfigure(vx, &cfg, extack);
}

/*
 * Channels are counted as pairs ("combined"): receive queue n and transmit
 * queue n belong to the same CPUs and answer each other, as administrators
 * know it from other virtual network cards.  With a single vector there is one
 * receive queue; the transmit queues beyond the first are then told apart.
 */
static void vmxnet3_get_channels(struct net_device *netdev,
				 struct ethtool_channels *ch)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	ch->max_combined = vx->plan.nrxq;
	ch->combined_count = vx->qcfg.nrxq;
	ch->max_tx = vx->plan.ntxq - vx->plan.nrxq;
	ch->tx_count = vx->qcfg.ntxq - vx->qcfg.nrxq;
	/* the vector of the events */
	ch->max_other = vx->plan.layout != VMXNET3_LAYOUT_SINGLE;
	ch->other_count = ch->max_other;
}

/* The core has checked the counts against the maxima. */
static int vmxnet3_set_channels(struct net_device *netdev,
				struct ethtool_channels *ch)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_qcfg cfg = vx->qcfg;

	if (ch->other_count != ch->max_other) {
		netdev_info(netdev, "the event channel cannot be removed\n");
		return -EINVAL;
	}
	if (!ch->combined_count) {
		netdev_info(netdev, "at least one combined channel is needed\n");
		return -EINVAL;
	}

	cfg.nrxq = ch->combined_count;
	cfg.ntxq = ch->combined_count + ch->tx_count;
	if (cfg.nrxq != vmxnet3_plan_queues(cfg.nrxq, vx->plan.nrxq,
					    vx->version) ||
	    cfg.ntxq != vmxnet3_plan_queues(cfg.ntxq, vx->plan.ntxq,
					    vx->version)) {
		netdev_info(netdev,
			    "%u tx and %u rx queues refused: this device version takes powers of two up to %u and %u\n",
			    cfg.ntxq, cfg.nrxq, vx->plan.ntxq, vx->plan.nrxq);
		return -EINVAL;
	}
	return vmxnet3_reconfigure(vx, &cfg, NULL);
}

/*
 * Register dump, ethtool -d.  32-bit words in host order:
 *
 *	struct vmxnet3_regs_head	configuration, BAR1, shared area
 *	u32 imr[nvec]			BAR0, a mask register per vector
 *	struct vmxnet3_regs_txq[ntxq]	indices of each tx queue
 *	struct vmxnet3_regs_rxq[nrxq]	and of each rx queue
 *
 * ICR is left out, since reading it takes an interrupt away; the doorbells
 * cannot be read.  The numbers of our layouts are apart from those of the
 * kernel's driver, which the ethtool program knows how to decode.
 */
#define VMXNET3_REGS_VERSION	0x10001

struct vmxnet3_regs_head {
	u32 version;		/* protocol version in use */
	u32 layout;		/* enum vmxnet3_layout */
	u32 nvec;
	u32 ntxq;
	u32 nrxq;
	u32 flags;		/* enum vmxnet3_flag bits */
	u32 intr_type;		/* VMXNET3_INTR_TYPE_* that the host prefers */
	u32 mask_mode;		/* VMXNET3_INTR_MODE_* */
	u32 rx_mode;		/* VMXNET3_RXM_* */
	u32 upt_features;	/* VMXNET3_UPT_* */
	u32 link_speed;		/* Mbit/s */
	u32 vrrs;
	u32 uvrs;
	u32 cmd;		/* result of the last command */
	u32 macl;
	u32 mach;
	u32 dsal;		/* as written last: it reads as 0 */
	u32 dsah;
	u32 shared[sizeof(struct vmxnet3_driver_shared) / sizeof(u32)];
};

struct vmxnet3_regs_txq {
	u32 size;
	u32 fill;		/* next descriptor to post */
	u32 fill_gen;
	u32 clean;		/* oldest descriptor outstanding */
	u32 comp;		/* next completion */
	u32 comp_gen;
	u32 deferred;		/* packets since the last doorbell */
	u32 threshold;		/* as the device wrote it */
	u32 stopped;		/* as the device wrote it */
	u32 error;		/* as the device wrote it, VMXNET3_QERR_* */
};

struct vmxnet3_regs_rxq {
	struct {
		u32 size;
		u32 fill;
		u32 fill_gen;
		u32 clean;
	} ring[2];
	u32 comp_size;
	u32 comp;
	u32 comp_gen;
	u32 update_rx_prod;	/* as the device wrote it */
	u32 stopped;		/* as the device wrote it */
	u32 error;		/* as the device wrote it, VMXNET3_QERR_* */
};

static int vmxnet3_get_regs_len(struct net_device *netdev)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	return sizeof(struct vmxnet3_regs_head) +
	       vx->plan.nvec * sizeof(u32) +
	       vx->qcfg.ntxq * sizeof(struct vmxnet3_regs_txq) +
	       vx->qcfg.nrxq * sizeof(struct vmxnet3_regs_rxq);
}

static void vmxnet3_dump_head(struct vmxnet3 *vx, struct vmxnet3_regs_head *h)
{
	const __le32 *shared = (const __le32 *)vx->shared;
	unsigned int i;

	h->version = vx->version;
	h->layout = vx->plan.layout;
	h->nvec = vx->plan.nvec;
	h->ntxq = vx->qcfg.ntxq;
	h->nrxq = vx->qcfg.nrxq;
	h->flags = READ_ONCE(vx->flags);
	h->intr_type = vx->intr_type;
	h->mask_mode = vx->mask_mode;
	h->rx_mode = vx->rx_mode;
	h->upt_features = vx->upt_features;
	h->link_speed = READ_ONCE(vx->link_speed);
	h->vrrs = readl(vx->vd + VMXNET3_VD_VRRS);
	h->uvrs = readl(vx->vd + VMXNET3_VD_UVRS);
	h->cmd = readl(vx->vd + VMXNET3_VD_CMD);
	h->macl = readl(vx->vd + VMXNET3_VD_MACL);
	h->mach = readl(vx->vd + VMXNET3_VD_MACH);
	h->dsal = lower_32_bits(vx->shared_dma);
	h->dsah = upper_32_bits(vx->shared_dma);
	for (i = 0; i < ARRAY_SIZE(h->shared); i++)
		h->shared[i] = le32_to_cpu(READ_ONCE(shared[i]));
}

static void vmxnet3_dump_txq(const struct vmxnet3_txq *q,
			     struct vmxnet3_regs_txq *r)
{
	r->size = q->size;
	r->fill = READ_ONCE(q->fill.idx);
	r->fill_gen = READ_ONCE(q->fill.gen);
	r->clean = READ_ONCE(q->clean);
	r->comp = READ_ONCE(q->comp_pos.idx);
	r->comp_gen = READ_ONCE(q->comp_pos.gen);
	r->deferred = READ_ONCE(q->deferred);
	r->threshold = le32_to_cpu(READ_ONCE(q->qdesc->threshold));
	r->stopped = READ_ONCE(q->qdesc->status.stopped);
	r->error = le32_to_cpu(READ_ONCE(q->qdesc->status.error));
}

static void vmxnet3_dump_rxq(const struct vmxnet3_rxq *q,
			     struct vmxnet3_regs_rxq *r)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(r->ring); i++) {
		r->ring[i].size = q->ring[i].size;
		r->ring[i].fill = READ_ONCE(q->ring[i].fill.idx);
		r->ring[i].fill_gen = READ_ONCE(q->ring[i].fill.gen);
		r->ring[i].clean = READ_ONCE(q->ring[i].clean);
	}
	r->comp_size = q->comp_size;
	r->comp = READ_ONCE(q->comp_pos.idx);
	r->comp_gen = READ_ONCE(q->comp_pos.gen);
	r->update_rx_prod = READ_ONCE(q->qdesc->update_rx_prod);
	r->stopped = READ_ONCE(q->qdesc->status.stopped);
	r->error = le32_to_cpu(READ_ONCE(q->qdesc->status.error));
}

/* Queues are all zero while the interface is down. */
static void vmxnet3_get_regs(struct net_device *netdev,
			     struct ethtool_regs *regs, void *buf)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_regs_head *head = buf;
	u32 *imr = (u32 *)(head + 1);
	struct vmxnet3_regs_txq *txq = (void *)(imr + vx->plan.nvec);
	struct vmxnet3_regs_rxq *rxq = (void *)(txq + vx->qcfg.ntxq);
	unsigned int i;

	regs->version = VMXNET3_REGS_VERSION;
	vmxnet3_dump_head(vx, head);
	for (i = 0; i < vx->plan.nvec; i++)
		imr[i] = readl(vx->vec[i].imr);
	if (!vx->qs)
		return;
	for (i = 0; i < vx->qcfg.ntxq; i++)
		vmxnet3_dump_txq(&vx->qs->txq[i], &txq[i]);
	for (i = 0; i < vx->qcfg.nrxq; i++)
		vmxnet3_dump_rxq(&vx->qs->rxq[i], &rxq[i]);
}

enum vmxnet3_test {
	VMXNET3_TEST_REGISTERS,
	VMXNET3_TEST_COMMANDS,
	VMXNET3_TEST_LINK,
	VMXNET3_TEST_ACTIVATION,
	VMXNET3_TESTS
};

static const char vmxnet3_test_names[VMXNET3_TESTS][ETH_GSTRING_LEN] = {
	[VMXNET3_TEST_REGISTERS] = "Registers (on/offline)",
	[VMXNET3_TEST_COMMANDS] = "Commands (on/offline)",
	[VMXNET3_TEST_LINK] = "Link (on/offline)",
	[VMXNET3_TEST_ACTIVATION] = "Activation (offline)",
};

/* The device still offers the version in use. */
static int vmxnet3_test_registers(struct vmxnet3 *vx)
{
	u32 vrrs = readl(vx->vd + VMXNET3_VD_VRRS);
	u32 uvrs = readl(vx->vd + VMXNET3_VD_UVRS);

	if (vrrs == U32_MAX || uvrs == U32_MAX)
		return -ENODEV;
	return vrrs & 1u << (vx->version - 1) && uvrs & VMXNET3_UVRS_UPT1 ?
	       0 : -EIO;
}

static int vmxnet3_test_commands(struct vmxnet3 *vx)
{
	return vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_DID_LO) ==
	       VMXNET3_PCI_DEVICE_ID ? 0 : -EIO;
}

static int vmxnet3_test_link(struct vmxnet3 *vx)
{
	u32 link = vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_LINK);

	return link != U32_MAX && link & VMXNET3_LINK_UP ? 0 : -ENOLINK;
}

/* Rings and buffers are handed to the device anew; traffic pauses. */
static int vmxnet3_test_activation(struct vmxnet3 *vx)
{
	int err;

	if (!test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		return -ENETDOWN;
	err = vmxnet3_restart(vx);
	if (err)
		vmxnet3_reset_request(vx, VMXNET3_RESET_ACTIVATE);
	return err;
}

/* A test that was not run, or passed, shows 0, one that failed its error. */
static void vmxnet3_self_test(struct net_device *netdev,
			      struct ethtool_test *test, u64 *data)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	int err[VMXNET3_TESTS] = {};
	unsigned int i;

	err[VMXNET3_TEST_REGISTERS] = vmxnet3_test_registers(vx);
	err[VMXNET3_TEST_COMMANDS] = vmxnet3_test_commands(vx);
	err[VMXNET3_TEST_LINK] = vmxnet3_test_link(vx);
	if (test->flags & ETH_TEST_FL_OFFLINE)
		err[VMXNET3_TEST_ACTIVATION] = vmxnet3_test_activation(vx);

	for (i = 0; i < VMXNET3_TESTS; i++) {
		data[i] = -err[i];
		if (err[i])
			test->flags |= ETH_TEST_FL_FAILED;
	}
}

/* There is one reset, of everything that belongs to the interface. */
#define VMXNET3_RESET_PARTS	(ETH_RESET_IRQ | ETH_RESET_DMA | \
				 ETH_RESET_FILTER | ETH_RESET_OFFLOAD | \
				 ETH_RESET_MAC)

static int vmxnet3_ethtool_reset(struct net_device *netdev, u32 *parts)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	int err;

	if (!(*parts & VMXNET3_RESET_PARTS))
		return -EOPNOTSUPP;
	set_bit(VMXNET3_RESET_USER, &vx->reset_reasons);
	err = vmxnet3_reset_run(vx);
	if (!err)
		*parts &= ~VMXNET3_RESET_PARTS;
	return err;
}

static int vmxnet3_get_sset_count(struct net_device *netdev, int sset)
{
	switch (sset) {
	case ETH_SS_STATS:
		return vmxnet3_stats_count(netdev_priv(netdev));
	case ETH_SS_TEST:
		return VMXNET3_TESTS;
	default:
		return -EOPNOTSUPP;
	}
}

static void vmxnet3_get_strings(struct net_device *netdev, u32 sset, u8 *buf)
{
	if (sset == ETH_SS_STATS)
		vmxnet3_stats_strings(netdev_priv(netdev), buf);
	else if (sset == ETH_SS_TEST)
		memcpy(buf, vmxnet3_test_names, sizeof(vmxnet3_test_names));
}

static void vmxnet3_get_ethtool_stats(struct net_device *netdev,
				      struct ethtool_stats *stats, u64 *data)
{
	vmxnet3_stats_values(netdev_priv(netdev), data);
}

/* Without a PM capability the machine cannot be woken by the device. */
static u32 vmxnet3_wol_supported(const struct vmxnet3 *vx)
{
	return vx->pdev->pm_cap ? WAKE_MAGIC | WAKE_UCAST | WAKE_ARP : 0;
}

static void vmxnet3_get_wol(struct net_device *netdev,
			    struct ethtool_wolinfo *wol)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	wol->supported = vmxnet3_wol_supported(vx);
	wol->wolopts = vx->wol;
}

/* Takes effect at the next suspend, see vmxnet3_pm.c. */
static int vmxnet3_set_wol(struct net_device *netdev,
			   struct ethtool_wolinfo *wol)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	if (wol->wolopts & ~vmxnet3_wol_supported(vx))
		return -EOPNOTSUPP;
	vx->wol = wol->wolopts;
	device_set_wakeup_enable(&vx->pdev->dev, vx->wol);
	return 0;
}

static int vmxnet3_get_tunable(struct net_device *netdev,
			       const struct ethtool_tunable *tuna, void *data)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	if (tuna->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	*(u32 *)data = vx->rx_copybreak;
	return 0;
}

static int vmxnet3_set_tunable(struct net_device *netdev,
			       const struct ethtool_tunable *tuna,
			       const void *data)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	u32 len = *(const u32 *)data;

	if (tuna->id != ETHTOOL_RX_COPYBREAK)
		return -EOPNOTSUPP;
	if (len > VMXNET3_RX_COPYBREAK_MAX) {
		netdev_info(netdev, "rx-copybreak of %u refused, most is %u\n",
			    len, VMXNET3_RX_COPYBREAK_MAX);
		return -EINVAL;
	}
	WRITE_ONCE(vx->rx_copybreak, len);
	return 0;
}

COMPAT_RINGPARAM(vmxnet3);
COMPAT_RXFH(vmxnet3);
COMPAT_RXFH_FIELDS(vmxnet3);
COMPAT_ETH_MAC_STATS(vmxnet3);

const struct ethtool_ops vmxnet3_ethtool_ops = {
	.get_drvinfo = vmxnet3_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = vmxnet3_get_link_ksettings,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_channels = vmxnet3_get_channels,
	.set_channels = vmxnet3_set_channels,
	.get_rxfh_key_size = vmxnet3_get_rxfh_key_size,
	.get_rxfh_indir_size = vmxnet3_get_rxfh_indir_size,
	.get_regs_len = vmxnet3_get_regs_len,
	.get_regs = vmxnet3_get_regs,
	.self_test = vmxnet3_self_test,
	.reset = vmxnet3_ethtool_reset,
	.get_sset_count = vmxnet3_get_sset_count,
	.get_strings = vmxnet3_get_strings,
	.get_ethtool_stats = vmxnet3_get_ethtool_stats,
	.get_wol = vmxnet3_get_wol,
	.set_wol = vmxnet3_set_wol,
	.get_tunable = vmxnet3_get_tunable,
	.set_tunable = vmxnet3_set_tunable,
	COMPAT_RINGPARAM_OPS(vmxnet3)
	COMPAT_RXFH_OPS(vmxnet3)
	COMPAT_RXFH_FIELDS_OPS(vmxnet3)
	COMPAT_ETH_MAC_STATS_OPS(vmxnet3)
};
