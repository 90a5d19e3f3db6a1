// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * vmxnet3: probe and remove, open and close, changes of configuration.
 *
 * How the parts fit together is said in vmxnet3.h; how the device works in
 * Documentation/design/vmxnet3.md.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/netdev_queues.h>

#include "vmxnet3.h"

static void vmxnet3_wake_queues(struct vmxnet3 *vx)
{
	unsigned int i;

	/* The watchdog counts from the last transmission. */
	for (i = 0; i < vx->qs->cfg.ntxq; i++)
		txq_trans_cond_update(vx->qs->txq[i].nq);
	netif_tx_wake_all_queues(vx->netdev);
}

/**
 * vmxnet3_up() - bring @vx->qs into use
 * @vx: device, quiet; the set is fresh or rewound
 *
 * Context: process, rtnl held.
 * Return: 0 or a negative error, with the device quiet as before.
 */
int vmxnet3_up(struct vmxnet3 *vx)
{
	unsigned int i;
	int err;

	err = vmxnet3_hw_activate(vx);
	if (err)
		return err;

	for (i = 0; i < vx->qs->cfg.ntxq; i++)
		netdev_tx_reset_queue(vx->qs->txq[i].nq);
	set_bit(VMXNET3_F_ACTIVE, &vx->flags);
	vmxnet3_stats_start(vx);
	vmxnet3_vecs_enable(vx);
	vmxnet3_hw_start(vx);
	vmxnet3_vecs_unmask(vx);
	vmxnet3_wake_queues(vx);
	return 0;
}

/**
 * vmxnet3_down() - take @vx->qs out of use
 * @vx: device, active
 *
 * Afterwards neither the device nor the driver touches the queues; packets in
 * flight stay in them until they are rewound or freed.  The carrier is left
 * as it is, so that a change of configuration does not look like a link flap.
 *
 * Context: process, rtnl held.
 */
void vmxnet3_down(struct vmxnet3 *vx)
{
	/* Cleared first: who reaps from here on wakes no queue again.  The locks
	 * that netif_tx_disable() takes wait for those who reap already.
	 */
	clear_bit(VMXNET3_F_ACTIVE, &vx->flags);
	netif_tx_disable(vx->netdev);
	vmxnet3_vecs_disable(vx);
	vmxnet3_stats_stop(vx);
	vmxnet3_hw_quiesce(vx);
}

/**
 * vmxnet3_restart() - activate the device anew with the queues it has
 * @vx: device, active
 *
 * Needs no memory; packets in flight are dropped.
 *
 * Context: process, rtnl held.
 * Return: 0 or a negative error, with the device quiet.
 */
int vmxnet3_restart(struct vmxnet3 *vx)
{
	vmxnet3_down(vx);
	vmxnet3_qset_rewind(vx->qs);
	return vmxnet3_up(vx);
}

/* Exchange the sets while the device is quiet. */
static int vmxnet3_swap(struct vmxnet3 *vx, struct vmxnet3_qset *qs)
{
	int err;

	vmxnet3_stats_switch(vx, qs);
	err = netif_set_real_num_tx_queues(vx->netdev, qs->cfg.ntxq);
	if (!err)
		err = netif_set_real_num_rx_queues(vx->netdev, qs->cfg.nrxq);
	if (err)
		return err;
	return vmxnet3_up(vx);
}

/**
 * vmxnet3_reconfigure() - change rings, channels, MTU or room for merged frames
 * @vx: device
 * @cfg: new shape, within the limits of the device
 * @extack: where the reason of a failure goes, NULL for the log
 *
 * A new set of queues is built before the old one is touched.  If it cannot
 * be, or if the device refuses it, the old one goes on.
 *
 * Context: process, rtnl held.
 * Return: 0, -ENOMEM, or the error of the device.
 */
int vmxnet3_reconfigure(struct vmxnet3 *vx, const struct vmxnet3_qcfg *cfg,
			struct netlink_ext_ack *extack)
{
	struct vmxnet3_qset *old = vx->qs, *new;
	int err;

	if (!old) {
		vx->qcfg = *cfg;
		return 0;
	}
	if (!test_bit(VMXNET3_F_ACTIVE, &vx->flags)) {
		vmxnet3_explain(vx->netdev, extack,
				"device is being reset, try again");
		return -EBUSY;
	}

	new = vmxnet3_qset_alloc(vx, cfg);
	if (!new) {
		vmxnet3_explain(vx->netdev, extack,
				"no memory for the new rings, old ones kept");
		return -ENOMEM;
	}

	vmxnet3_down(vx);
	err = vmxnet3_swap(vx, new);
	if (!err) {
		vx->qcfg = *cfg;
		if (cfg->ntxq != old->cfg.ntxq || cfg->nrxq != old->cfg.nrxq)
			vmxnet3_vecs_spread(vx);
		vmxnet3_qset_free(vx, old);
		return 0;
	}

	vmxnet3_explain(vx->netdev, extack,
			"device refused, old configuration kept");
	vmxnet3_qset_rewind(old);
	if (vmxnet3_swap(vx, old))
		vmxnet3_reset_request(vx, VMXNET3_RESET_ACTIVATE);
	vmxnet3_qset_free(vx, new);
	return err;
}

static int vmxnet3_open(struct net_device *netdev)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_qset *qs;
	int err;

	clear_bit(VMXNET3_F_CLOSING, &vx->flags);
	vx->qcfg.mtu = netdev->mtu;
	vx->qcfg.lro = netdev->features & NETIF_F_LRO;
	qs = vmxnet3_qset_alloc(vx, &vx->qcfg);
	if (!qs) {
		netdev_err(netdev, "no memory for %u tx and %u rx queues\n",
			   vx->qcfg.ntxq, vx->qcfg.nrxq);
		return -ENOMEM;
	}
	/* An event handler may look at the queues from here on. */
	vmxnet3_stats_switch(vx, qs);
	/* An interrupt moves at once only while it has no handler. */
	vmxnet3_vecs_spread(vx);
	err = vmxnet3_vecs_request(vx);
	if (err)
		goto err_free;
	err = vmxnet3_swap(vx, qs);
	if (err)
		goto err_release;
	return 0;

err_release:
	vmxnet3_vecs_release(vx);
err_free:
	vmxnet3_qset_free(vx, vmxnet3_stats_switch(vx, NULL));
	return err;
}

static int vmxnet3_stop(struct net_device *netdev)
{
	struct vmxnet3 *vx = netdev_priv(netdev);

	/* The worker takes rtnl, which is held: it will find nothing to do. */
	set_bit(VMXNET3_F_CLOSING, &vx->flags);
	cancel_delayed_work(&vx->reset_work);

	netif_carrier_off(netdev);
	if (test_bit(VMXNET3_F_ACTIVE, &vx->flags))
		vmxnet3_down(vx);
	vmxnet3_hw_reset(vx);
	vmxnet3_vecs_release(vx);
	vmxnet3_qset_free(vx, vmxnet3_stats_switch(vx, NULL));
	vx->reset_reasons = 0;
	clear_bit(VMXNET3_F_FAILED, &vx->flags);
	return 0;
}

static int vmxnet3_change_mtu(struct net_device *netdev, int mtu)
{
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_qcfg cfg = vx->qcfg;
	int err;

	cfg.mtu = mtu;
	err = vmxnet3_reconfigure(vx, &cfg, NULL);
	if (err) {
		netdev_err(netdev, "MTU %d not set, %u kept: %d\n", mtu,
			   netdev->mtu, err);
		return err;
	}
	WRITE_ONCE(netdev->mtu, mtu);
	return 0;
}

static int vmxnet3_set_mac(struct net_device *netdev, void *p)
{
	struct sockaddr *addr = p;

	if (!is_valid_ether_addr(addr->sa_data))
		return -EADDRNOTAVAIL;
	eth_hw_addr_set(netdev, addr->sa_data);
	vmxnet3_hw_write_mac(netdev_priv(netdev), netdev->dev_addr);
	return 0;
}

static netdev_features_t vmxnet3_fix_features(struct net_device *netdev,
					      netdev_features_t features)
{
	/* The device merges only what it has summed. */
	if (!(features & NETIF_F_RXCSUM))
		features &= ~NETIF_F_LRO;
	return features;
}

static u32 vmxnet3_upt_of(netdev_features_t features)
{
	return (features & NETIF_F_RXCSUM ? VMXNET3_UPT_RXCSUM : 0) |
	       (features & NETIF_F_LRO ? VMXNET3_UPT_LRO : 0) |
	       (features & NETIF_F_HW_VLAN_CTAG_RX ? VMXNET3_UPT_RXVLAN : 0);
}

/*
 * Merged frames need the buffers of ring 2.  They stay when merging ends: the
 * host still has such frames on their way.  The next open does without.
 */
static int vmxnet3_set_features(struct net_device *netdev,
				netdev_features_t features)
{
	netdev_features_t changed = features ^ netdev->features;
	struct vmxnet3 *vx = netdev_priv(netdev);
	struct vmxnet3_qcfg cfg = vx->qcfg;
	u64 old = vx->upt_features;
	int err = 0;

	vx->upt_features = (old & VMXNET3_UPT_RSS) | vmxnet3_upt_of(features);
	if ((features & NETIF_F_LRO) && !cfg.lro) {
		cfg.lro = true;
		err = vmxnet3_reconfigure(vx, &cfg, NULL);
		if (err) {
			vx->upt_features = old;
			netdev_err(netdev, "LRO not switched: %d\n", err);
			return err;
		}
	} else if (vx->upt_features != old &&
		   test_bit(VMXNET3_F_ACTIVE, &vx->flags)) {
		vmxnet3_hw_update_features(vx);
	}
	if (changed & NETIF_F_HW_VLAN_CTAG_FILTER) {
		netdev->features ^= NETIF_F_HW_VLAN_CTAG_FILTER;
		vmxnet3_vlan_refresh(vx);
	}
	return 0;
}

static const struct net_device_ops vmxnet3_netdev_ops = {
	.ndo_open = vmxnet3_open,
	.ndo_stop = vmxnet3_stop,
	.ndo_start_xmit = vmxnet3_xmit,
	.ndo_features_check = vmxnet3_features_check,
	.ndo_set_rx_mode = vmxnet3_set_rx_mode,
	.ndo_set_mac_address = vmxnet3_set_mac,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = vmxnet3_change_mtu,
	.ndo_tx_timeout = vmxnet3_tx_timeout,
	.ndo_get_stats64 = vmxnet3_get_stats64,
	.ndo_vlan_rx_add_vid = vmxnet3_vlan_add,
	.ndo_vlan_rx_kill_vid = vmxnet3_vlan_kill,
	.ndo_fix_features = vmxnet3_fix_features,
	.ndo_set_features = vmxnet3_set_features,
};

/*
 * LRO is on from the start: merged frames get what software GRO would have
 * given them, and the core switches it off where packets are forwarded.
 */
static void vmxnet3_init_features(struct vmxnet3 *vx)
{
	struct net_device *netdev = vx->netdev;

	netdev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM |
			      NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_LRO |
			      NETIF_F_HW_VLAN_CTAG_TX |
			      NETIF_F_HW_VLAN_CTAG_RX |
			      NETIF_F_HW_VLAN_CTAG_FILTER;
	if (vx->plan.nrxq > 1)
		netdev->hw_features |= NETIF_F_RXHASH;
	netdev->features = netdev->hw_features | NETIF_F_HIGHDMA;
	netdev->vlan_features = netdev->hw_features &
				(NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO |
				 NETIF_F_TSO6);
	vx->upt_features = vmxnet3_upt_of(netdev->features);
}

static void vmxnet3_init_mac(struct vmxnet3 *vx)
{
	struct net_device *netdev = vx->netdev;
	u8 perm[ETH_ALEN], cur[ETH_ALEN];

	vmxnet3_hw_read_mac(vx, perm, cur);
	if (is_valid_ether_addr(cur)) {
		eth_hw_addr_set(netdev, cur);
	} else if (is_valid_ether_addr(perm)) {
		eth_hw_addr_set(netdev, perm);
	} else {
		eth_hw_addr_random(netdev);
		dev_warn(&vx->pdev->dev,
			 "device has no valid MAC address, using %pM\n",
			 netdev->dev_addr);
	}
	if (is_valid_ether_addr(perm))
		ether_addr_copy(netdev->perm_addr, perm);
}

static int vmxnet3_init_netdev(struct vmxnet3 *vx)
{
	struct net_device *netdev = vx->netdev;
	int err;

	netdev->netdev_ops = &vmxnet3_netdev_ops;
	netdev->ethtool_ops = &vmxnet3_ethtool_ops;
	netdev_set_stat_ops(netdev, &vmxnet3_stat_ops);
	netdev->watchdog_timeo = 5 * HZ;
	netdev->min_mtu = VMXNET3_MIN_MTU;
	netdev->max_mtu = vx->version >= 6 ? VMXNET3_MAX_MTU_V6 :
					     VMXNET3_MAX_MTU_V1;
	vmxnet3_init_features(vx);
	vmxnet3_init_mac(vx);

	vx->qcfg = (struct vmxnet3_qcfg) {
		.ntxq = vx->plan.ntxq,
		.nrxq = vx->plan.nrxq,
		.tx_size = VMXNET3_TX_RING_DEFAULT,
		.rx1_size = VMXNET3_RX_RING1_DEFAULT,
		.rx2_size = VMXNET3_RX_RING2_DEFAULT,
		.mtu = netdev->mtu,
	};
	vx->rx_copybreak = VMXNET3_RX_COPYBREAK_DEFAULT;
	vmxnet3_rss_init(vx);
	netif_carrier_off(netdev);
	err = netif_set_real_num_tx_queues(netdev, vx->qcfg.ntxq);
	if (!err)
		err = netif_set_real_num_rx_queues(netdev, vx->qcfg.nrxq);
	return err ?: register_netdev(netdev);
}

static int vmxnet3_map_bars(struct vmxnet3 *vx)
{
	struct pci_dev *pdev = vx->pdev;

	if (pci_resource_len(pdev, VMXNET3_BAR_PT) < VMXNET3_PT_SIZE ||
	    pci_resource_len(pdev, VMXNET3_BAR_VD) < VMXNET3_VD_SIZE) {
		dev_err(&pdev->dev, "register BARs are too small\n");
		return -ENODEV;
	}
	vx->pt = pci_iomap(pdev, VMXNET3_BAR_PT, VMXNET3_PT_SIZE);
	if (!vx->pt)
		return -ENOMEM;
	vx->vd = pci_iomap(pdev, VMXNET3_BAR_VD, VMXNET3_VD_SIZE);
	if (!vx->vd) {
		pci_iounmap(pdev, vx->pt);
		return -ENOMEM;
	}
	return 0;
}

static void vmxnet3_unmap_bars(struct vmxnet3 *vx)
{
	pci_iounmap(vx->pdev, vx->vd);
	pci_iounmap(vx->pdev, vx->pt);
}

static int vmxnet3_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct net_device *netdev;
	struct vmxnet3 *vx;
	int err;

	netdev = alloc_etherdev_mqs(sizeof(*vx), VMXNET3_MAX_TXQ_V1,
				    VMXNET3_MAX_RXQ_V1);
	if (!netdev)
		return -ENOMEM;
	SET_NETDEV_DEV(netdev, &pdev->dev);
	pci_set_drvdata(pdev, netdev);
	vx = netdev_priv(netdev);
	vx->netdev = netdev;
	vx->pdev = pdev;
	spin_lock_init(&vx->cmd_lock);
	spin_lock_init(&vx->filter_lock);
	vmxnet3_stats_init(vx);
	__set_bit(0, vx->vlans);
	INIT_DELAYED_WORK(&vx->event_work, vmxnet3_event_work);
	INIT_DELAYED_WORK(&vx->reset_work, vmxnet3_reset_work);

	err = pci_enable_device_mem(pdev);
	if (err)
		goto err_free_netdev;
	err = pci_request_regions(pdev, KBUILD_MODNAME);
	if (err)
		goto err_disable;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err) {
		dev_err(&pdev->dev, "no usable DMA mask: %d\n", err);
		goto err_regions;
	}
	err = vmxnet3_map_bars(vx);
	if (err)
		goto err_regions;
	err = vmxnet3_hw_init(vx);
	if (err)
		goto err_unmap;
	err = vmxnet3_shared_alloc(vx);
	if (err)
		goto err_master;
	err = vmxnet3_vecs_alloc(vx);
	if (err)
		goto err_shared;
	err = vmxnet3_health_register(vx);
	if (err)
		goto err_vecs;
	err = vmxnet3_init_netdev(vx);
	if (err)
		goto err_health;

	netdev_info(netdev,
		    "vmguest %s: protocol %u, %u tx and %u rx queues on %u vectors, %pM\n",
		    VMGUEST_VERSION, vx->version, vx->plan.ntxq, vx->plan.nrxq,
		    vx->plan.nvec, netdev->dev_addr);
	return 0;

err_health:
	vmxnet3_health_unregister(vx);
err_vecs:
	vmxnet3_vecs_free(vx);
err_shared:
	vmxnet3_shared_free(vx);
err_master:
	pci_clear_master(pdev);
err_unmap:
	vmxnet3_unmap_bars(vx);
err_regions:
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
err_free_netdev:
	free_netdev(netdev);
	return err;
}

static void vmxnet3_remove(struct pci_dev *pdev)
{
	struct net_device *netdev = pci_get_drvdata(pdev);
	struct vmxnet3 *vx = netdev_priv(netdev);

	unregister_netdev(netdev);
	cancel_delayed_work_sync(&vx->reset_work);
	vmxnet3_health_unregister(vx);
	vmxnet3_hw_reset(vx);
	pci_clear_master(pdev);
	vmxnet3_vecs_free(vx);
	vmxnet3_shared_free(vx);
	vmxnet3_unmap_bars(vx);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
	free_netdev(netdev);
}

static const struct pci_device_id vmxnet3_pci_ids[] = {
	{ PCI_DEVICE(VMXNET3_PCI_VENDOR_ID, VMXNET3_PCI_DEVICE_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, vmxnet3_pci_ids);

static struct pci_driver vmxnet3_driver = {
	.name = KBUILD_MODNAME,
	.id_table = vmxnet3_pci_ids,
	.probe = vmxnet3_probe,
	.remove = vmxnet3_remove,
	.shutdown = vmxnet3_shutdown,
	.driver.pm = pm_sleep_ptr(&vmxnet3_pm_ops),
};
module_pci_driver(vmxnet3_driver);

MODULE_AUTHOR("The vmguest authors");
MODULE_DESCRIPTION("VMware vmxnet3 network driver");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMGUEST_VERSION);
