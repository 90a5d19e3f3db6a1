// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Receive side scaling: key, indirection table, hash fields.
 *
 * Key and table belong to the driver and outlive resets and reconfigurations;
 * the shared block is only ever written (§2.8).  The key is random once per
 * device.  The table is spread evenly until the user sets it, and stays as the
 * user set it while its entries name queues that exist, which the core sees to
 * when channels change.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>

#include "vmxnet3.h"

/* What the device hashes in version 1: UDP and the rest by addresses alone. */
#define VMXNET3_RSS_FIELDS_L3	(RXH_IP_SRC | RXH_IP_DST)
#define VMXNET3_RSS_FIELDS_L4	(VMXNET3_RSS_FIELDS_L3 | \
				 RXH_L4_B_0_1 | RXH_L4_B_2_3)

static bool vmxnet3_rss_fits(const u8 *table, unsigned int nrxq)
{
	unsigned int i;

	for (i = 0; i < VMXNET3_RSS_TABLE_SIZE; i++)
		if (table[i] >= nrxq)
			return false;
	return true;
}

/* Make the table one for @nrxq queues, if it is not. */
static void vmxnet3_rss_spread(struct vmxnet3 *vx, unsigned int nrxq)
{
	unsigned int i;

	if (vx->rss_nrxq == nrxq)
		return;
	vx->rss_nrxq = nrxq;
	if (netif_is_rxfh_configured(vx->netdev) &&
	    vmxnet3_rss_fits(vx->rss_table, nrxq))
		return;
	for (i = 0; i < VMXNET3_RSS_TABLE_SIZE; i++)
		vx->rss_table[i] = ethtool_rxfh_indir_default(i, nrxq);
}

/**
 * vmxnet3_rss_init() - choose the key
 * @vx: device
 *
 * Context: probe.
 */
void vmxnet3_rss_init(struct vmxnet3 *vx)
{
	netdev_rss_key_fill(vx->rss_key, sizeof(vx->rss_key));
}

/**
 * vmxnet3_rss_describe() - fill the shared RSS block for an activation
 * @vx: device, quiet
 * @qs: queues that are about to be activated
 *
 * Context: process, rtnl held.
 * Return: whether RSS is to be on; if not, the block is not used.
 */
bool vmxnet3_rss_describe(struct vmxnet3 *vx, const struct vmxnet3_qset *qs)
{
	struct vmxnet3_rss_conf *conf = vx->rss_conf;

	vmxnet3_rss_spread(vx, qs->cfg.nrxq);
	if (qs->cfg.nrxq == 1)
		return false;

	conf->hash_type = cpu_to_le16(VMXNET3_RSS_HASH_IPV4 |
				      VMXNET3_RSS_HASH_TCP_IPV4 |
				      VMXNET3_RSS_HASH_IPV6 |
				      VMXNET3_RSS_HASH_TCP_IPV6);
	conf->hash_func = cpu_to_le16(VMXNET3_RSS_FUNC_TOEPLITZ);
	conf->hash_key_size = cpu_to_le16(VMXNET3_RSS_KEY_SIZE);
	conf->ind_table_size = cpu_to_le16(VMXNET3_RSS_TABLE_SIZE);
	memcpy(conf->hash_key, vx->rss_key, sizeof(conf->hash_key));
	memcpy(conf->ind_table, vx->rss_table, sizeof(conf->ind_table));
	return true;
}

static bool vmxnet3_rss_live(const struct vmxnet3 *vx)
{
	return test_bit(VMXNET3_F_ACTIVE, &vx->flags) && vx->qs->cfg.nrxq > 1;
}

/* The table alone may change while the device is active (§2.8). */
static void vmxnet3_rss_set_table(struct vmxnet3 *vx, const u32 *indir)
{
	unsigned int i;

	for (i = 0; i < VMXNET3_RSS_TABLE_SIZE; i++)
		vx->rss_table[i] = indir[i];
	if (vmxnet3_rss_live(vx)) {
		memcpy(vx->rss_conf->ind_table, vx->rss_table,
		       sizeof(vx->rss_conf->ind_table));
		vmxnet3_cmd(vx, VMXNET3_CMD_UPDATE_RSSIDT);
	}
}

/*
 * A new key needs an activation, but neither other queues nor memory.  If the
 * device refuses, it gets the old key back.
 */
static int vmxnet3_rss_set_key(struct vmxnet3 *vx, const u8 *key)
{
	u8 old[VMXNET3_RSS_KEY_SIZE];
	int err;

	memcpy(old, vx->rss_key, sizeof(old));
	memcpy(vx->rss_key, key, sizeof(old));
	if (!vmxnet3_rss_live(vx) || !memcmp(old, key, sizeof(old)))
		return 0;

	err = vmxnet3_restart(vx);
	if (!err)
		return 0;

	memcpy(vx->rss_key, old, sizeof(old));
	vmxnet3_qset_rewind(vx->qs);
	if (vmxnet3_up(vx))
		vmxnet3_reset_request(vx, VMXNET3_RESET_ACTIVATE);
	return err;
}

/**
 * vmxnet3_get_rxfh_key_size() - ethtool_ops.get_rxfh_key_size
 * @netdev: network device
 *
 * Context: process, rtnl held.
 * Return: bytes of the key.
 */
u32 vmxnet3_get_rxfh_key_size(struct net_device *netdev)
{
	return VMXNET3_RSS_KEY_SIZE;
}

/**
 * vmxnet3_get_rxfh_indir_size() - ethtool_ops.get_rxfh_indir_size
 * @netdev: network device
 *
 * Context: process, rtnl held.
 * Return: entries of the table.
 */
u32 vmxnet3_get_rxfh_indir_size(struct net_device *netdev)
{
	return VMXNET3_RSS_TABLE_SIZE;
}

/**
 * vmxnet3_get_rxfh() - ethtool_ops.get_rxfh
 * @netdev: network device
 * @p: filled in
 *
 * Context: process, rtnl held.
 * Return: 0.
 */
int vmxnet3_get_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *p)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	unsigned int i;

	vmxnet3_rss_spread(vx, vx->qcfg.nrxq);
	p->hfunc = ETH_RSS_HASH_TOP;
	if (p->indir)
		for (i = 0; i < VMXNET3_RSS_TABLE_SIZE; i++)
			p->indir[i] = vx->rss_table[i];
	if (p->key)
		memcpy(p->key, vx->rss_key, sizeof(vx->rss_key));
	return 0;
}

/**
 * vmxnet3_set_rxfh() - ethtool_ops.set_rxfh
 * @netdev: network device
 * @p: what to change
 * @extack: where the reason of a refusal goes, or NULL
 *
 * Context: process, rtnl held.
 * Return: 0, -EOPNOTSUPP, -EINVAL, or the error of the device; on failure the
 * old settings are in force.
 */
int vmxnet3_set_rxfh(struct net_device *netdev, struct ethtool_rxfh_param *p,
		     struct netlink_ext_ack *extack)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	unsigned int i, nrxq = vx->qcfg.nrxq;
	int err;

	if (p->hfunc != ETH_RSS_HASH_NO_CHANGE && p->hfunc != ETH_RSS_HASH_TOP) {
		vmxnet3_explain(netdev, extack, "the hash is always Toeplitz");
		return -EOPNOTSUPP;
	}
	for (i = 0; p->indir && i < VMXNET3_RSS_TABLE_SIZE; i++) {
		if (p->indir[i] < nrxq)
			continue;
		vmxnet3_explain(netdev, extack, "entry %u: no rx queue %u", i,
				p->indir[i]);
		return -EINVAL;
	}

	vmxnet3_rss_spread(vx, nrxq);
	if (p->key) {
		err = vmxnet3_rss_set_key(vx, p->key);
		if (err) {
			vmxnet3_explain(netdev, extack,
					"device refused, old key kept");
			return err;
		}
	}
	if (p->indir)
		vmxnet3_rss_set_table(vx, p->indir);
	return 0;
}

/**
 * vmxnet3_get_rx_ring_count() - ethtool_ops.get_rx_ring_count
 * @netdev: network device
 *
 * Context: process, rtnl held.
 * Return: receive queues.
 */
u32 vmxnet3_get_rx_ring_count(struct net_device *netdev)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	return vx->qcfg.nrxq;
}

/**
 * vmxnet3_get_rxfh_fields() - ethtool_ops.get_rxfh_fields
 * @netdev: network device
 * @fields: asks for a flow type, gets what is hashed of it
 *
 * Context: process, rtnl held.
 * Return: 0 or -EINVAL.
 */
int vmxnet3_get_rxfh_fields(struct net_device *netdev,
			    struct ethtool_rxfh_fields *fields)
{
	switch (fields->flow_type) {
	case TCP_V4_FLOW:
	case TCP_V6_FLOW:
		fields->data = VMXNET3_RSS_FIELDS_L4;
		return 0;
	case UDP_V4_FLOW:
	case UDP_V6_FLOW:
	case SCTP_V4_FLOW:
	case SCTP_V6_FLOW:
	case AH_ESP_V4_FLOW:
	case AH_ESP_V6_FLOW:
	case AH_V4_FLOW:
	case AH_V6_FLOW:
	case ESP_V4_FLOW:
	case ESP_V6_FLOW:
	case IPV4_FLOW:
	case IPV6_FLOW:
		fields->data = VMXNET3_RSS_FIELDS_L3;
		return 0;
	default:
		fields->data = 0;
		return -EINVAL;
	}
}

/**
 * vmxnet3_set_rxfh_fields() - ethtool_ops.set_rxfh_fields
 * @netdev: network device
 * @fields: what is to be hashed of a flow type
 * @extack: where the reason of a refusal goes, or NULL
 *
 * Context: process, rtnl held.
 * Return: 0 if nothing changes, else -EOPNOTSUPP: the choice comes with
 * version 4 (§2.13).
 */
int vmxnet3_set_rxfh_fields(struct net_device *netdev,
			    const struct ethtool_rxfh_fields *fields,
			    struct netlink_ext_ack *extack)
{
	struct ethtool_rxfh_fields cur = { .flow_type = fields->flow_type };

	if (!vmxnet3_get_rxfh_fields(netdev, &cur) && cur.data == fields->data)
		return 0;
	vmxnet3_explain(netdev, extack,
			"this device version cannot choose the hash fields");
	return -EOPNOTSUPP;
}
