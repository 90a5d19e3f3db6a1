// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Receive filters: modes, multicast table, VLAN table (§3.12).
 *
 * The device has no filter for further unicast addresses, so the driver does
 * not claim IFF_UNICAST_FLT and the core asks for promiscuous mode by itself.
 */
#include <linux/bitmap.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>

#include "vmxnet3.h"

/* The whole table is written each time: the device could have changed it. */
static void vmxnet3_vlan_write(struct vmxnet3 *vx)
{
	bool all = vx->rx_mode & VMXNET3_RXM_PROMISC ||
		   !(vx->netdev->features & NETIF_F_HW_VLAN_CTAG_FILTER);
	__le32 *table = vx->shared->rx_filter.vf_table;
	u32 words[VMXNET3_VF_DWORDS];
	unsigned int i;

	lockdep_assert_held(&vx->filter_lock);
	bitmap_to_arr32(words, vx->vlans, VLAN_N_VID);
	for (i = 0; i < VMXNET3_VF_DWORDS; i++)
		table[i] = all ? cpu_to_le32(~0u) : cpu_to_le32(words[i]);
	vmxnet3_cmd(vx, VMXNET3_CMD_UPDATE_VLAN_FILTERS);
}

/* Returns VMXNET3_RXM_MCAST if the table is in use, ALLMULTI if it is short. */
static u32 vmxnet3_mc_write(struct vmxnet3 *vx)
{
	struct vmxnet3_rx_filter_conf *f = &vx->shared->rx_filter;
	unsigned int n = netdev_mc_count(vx->netdev), i = 0;
	struct netdev_hw_addr *ha;

	if (!n)
		return 0;
	if (n > VMXNET3_MC_MAX)
		return VMXNET3_RXM_ALLMULTI;

	netdev_for_each_mc_addr(ha, vx->netdev)
		ether_addr_copy(vx->mc_table + i++ * ETH_ALEN, ha->addr);
	f->mf_table_len = cpu_to_le16(i * ETH_ALEN);
	f->mf_table_pa = cpu_to_le64(vx->mc_table_dma);
	return VMXNET3_RXM_MCAST;
}

/* Caller holds the address list lock and filter_lock. */
static void vmxnet3_filter_write(struct vmxnet3 *vx)
{
	u32 mode = VMXNET3_RXM_UCAST | VMXNET3_RXM_BCAST, old = vx->rx_mode;
	struct net_device *netdev = vx->netdev;

	lockdep_assert_held(&vx->filter_lock);
	if (netdev->flags & IFF_PROMISC)
		mode |= VMXNET3_RXM_PROMISC;
	if (netdev->flags & IFF_ALLMULTI)
		mode |= VMXNET3_RXM_ALLMULTI;
	else
		mode |= vmxnet3_mc_write(vx);
	if (!(mode & VMXNET3_RXM_MCAST)) {
		vx->shared->rx_filter.mf_table_len = 0;
		vx->shared->rx_filter.mf_table_pa = 0;
	}

	vx->rx_mode = mode;
	if ((mode ^ old) & VMXNET3_RXM_PROMISC)
		vmxnet3_vlan_write(vx);
	vx->shared->rx_filter.rx_mode = cpu_to_le32(mode);
	vmxnet3_cmd(vx, VMXNET3_CMD_UPDATE_MAC_FILTERS);
	vmxnet3_cmd(vx, VMXNET3_CMD_UPDATE_RX_MODE);
}

/**
 * vmxnet3_set_rx_mode() - ndo_set_rx_mode
 * @netdev: network device
 *
 * Context: BH disabled, address list lock held.
 */
void vmxnet3_set_rx_mode(struct net_device *netdev)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	if (!test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		return;
	spin_lock(&vx->filter_lock);
	vmxnet3_filter_write(vx);
	spin_unlock(&vx->filter_lock);
}

/**
 * vmxnet3_filter_restore() - give all filters to a freshly activated device
 * @vx: device; frames arrive from here on
 *
 * Context: process, rtnl held.
 */
void vmxnet3_filter_restore(struct vmxnet3 *vx)
{
	netif_addr_lock_bh(vx->netdev);
	spin_lock(&vx->filter_lock);
	vx->rx_mode = 0;
	vmxnet3_vlan_write(vx);
	vmxnet3_filter_write(vx);
	spin_unlock(&vx->filter_lock);
	netif_addr_unlock_bh(vx->netdev);
}

/**
 * vmxnet3_vlan_refresh() - apply a change of the VLAN filter feature
 * @vx: device
 *
 * Context: process, rtnl held.
 */
void vmxnet3_vlan_refresh(struct vmxnet3 *vx)
{
	if (!test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		return;
	spin_lock_bh(&vx->filter_lock);
	vmxnet3_vlan_write(vx);
	spin_unlock_bh(&vx->filter_lock);
}

static void vmxnet3_vlan_set(struct vmxnet3 *vx, u16 vid, bool accept)
{
	spin_lock_bh(&vx->filter_lock);
	__assign_bit(vid, vx->vlans, accept);
	if (test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		vmxnet3_vlan_write(vx);
	spin_unlock_bh(&vx->filter_lock);
}

/**
 * vmxnet3_vlan_add() - ndo_vlan_rx_add_vid
 * @netdev: network device
 * @proto: ETH_P_8021Q
 * @vid: VLAN id
 *
 * Context: process, rtnl held.
 * Return: 0.
 */
int vmxnet3_vlan_add(struct net_device *netdev, __be16 proto, u16 vid)
{
	vmxnet3_vlan_set(netdev_priv(netdev), vid, true);
	return 0;
}

/**
 * vmxnet3_vlan_kill() - ndo_vlan_rx_kill_vid
 * @netdev: network device
 * @proto: ETH_P_8021Q
 * @vid: VLAN id
 *
 * Id 0 stays: it stands for untagged and priority-tagged frames.
 *
 * Context: process, rtnl held.
 * Return: 0.
 */
int vmxnet3_vlan_kill(struct net_device *netdev, __be16 proto, u16 vid)
{
	if (vid)
		vmxnet3_vlan_set(netdev_priv(netdev), vid, false);
	return 0;
}
