// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Suspend, hibernation, shutdown, and what wakes the guest.
 *
 * One pair of functions serves all phases: before the machine sleeps, an image
 * is written or the kernel is left, the device is made quiet and forgets all
 * addresses; afterwards everything is negotiated anew, since the memory of the
 * device is lost and the guest may have moved to another host (§3.20).
 *
 * The queues stay as they are and are rewound, so that resume needs no memory
 * for them.  Interrupt handlers are removed, but vectors stay allocated: an
 * interrupt without a handler holds no vector of a CPU, of which hibernation
 * has too few when it takes the other CPUs down, and a new handler goes to the
 * CPUs that its interrupt had before, or that the user chose; the MSI-X table
 * is saved and restored by the PCI core.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/pm.h>
#include <linux/rtnetlink.h>

#include "vmxnet3.h"
#include "vmxnet3_wol.h"

/* An interface may have many addresses; hosts ask for the first. */
static bool vmxnet3_first_ip(struct net_device *netdev, __be32 *ip)
{
	struct in_device *in_dev = __in_dev_get_rtnl(netdev);
	const struct in_ifaddr *ifa;

	if (!in_dev)
		return false;
	ifa = rtnl_dereference(in_dev->ifa_list);
	if (!ifa)
		return false;
	*ip = ifa->ifa_local;
	return true;
}

/* The device takes the patterns only while it is active. */
static void vmxnet3_wol_arm(struct vmxnet3 *vx)
{
	struct vmxnet3_pm_conf *conf = vx->pm_conf;
	unsigned int n = 0;
	u16 events = 0;
	__be32 ip;

	memset(conf, 0, sizeof(*conf));
	if (vx->wol & WAKE_MAGIC)
		events |= VMXNET3_PM_WAKE_MAGIC;
	if (vx->wol & WAKE_UCAST)
		vmxnet3_wol_ucast(&conf->filters[n++], vx->netdev->dev_addr);
	if ((vx->wol & WAKE_ARP) && vmxnet3_first_ip(vx->netdev, &ip))
		vmxnet3_wol_arp(&conf->filters[n++], (const u8 *)&ip);
	if (n)
		events |= VMXNET3_PM_WAKE_FILTER;
	conf->wake_up_events = cpu_to_le16(events);
	conf->num_filters = n;

	vmxnet3_varlen_set(&vx->shared->pm_conf, sizeof(*conf),
			   vx->pm_conf_dma);
	vmxnet3_cmd_get(vx, VMXNET3_CMD_UPDATE_PMCFG);
}

/* Returns with the device quiet and the interface closed to everybody. */
static void vmxnet3_pm_detach(struct vmxnet3 *vx, bool wake)
{
	bool armed = false;

	rtnl_lock();
	netif_device_detach(vx->netdev);
	if (test_bit(VMXNET3_F_ACTIVE, &vx->flags)) {
		if (wake && vx->wol) {
			vmxnet3_wol_arm(vx);
			armed = true;
		}
		vmxnet3_down(vx);
	}
	/* A device that is to wake the guest must remember its address. */
	if (!armed)
		vmxnet3_hw_reset(vx);
	vmxnet3_vecs_release(vx);
	rtnl_unlock();
}

static int vmxnet3_pm_restart(struct vmxnet3 *vx)
{
	int err;

	err = vmxnet3_hw_init(vx);
	if (err || !netif_running(vx->netdev))
		return err;
	err = vmxnet3_vecs_request(vx);
	if (err)
		return err;
	vmxnet3_qset_rewind(vx->qs);
	err = vmxnet3_up(vx);
	if (err)
		return err;
	clear_bit(VMXNET3_F_FAILED, &vx->flags);
	/* Whatever was asked for before has been done. */
	WRITE_ONCE(vx->reset_reasons, 0);
	return 0;
}

static int vmxnet3_suspend(struct device *dev)
{
	struct net_device *netdev = dev_get_drvdata(dev);

	vmxnet3_pm_detach(netdev_priv(netdev), true);
	return 0;
}

static int vmxnet3_resume(struct device *dev)
{
	struct net_device *netdev = dev_get_drvdata(dev);
	struct vmxnet3 *vx = netdev_priv(netdev);
	int err;

	rtnl_lock();
	err = vmxnet3_pm_restart(vx);
	netif_device_attach(netdev);
	if (err && netif_running(netdev)) {
		netdev_err(netdev, "not back after sleep: %d, trying on\n",
			   err);
		netif_carrier_off(netdev);
		netif_tx_disable(netdev);
		set_bit(VMXNET3_F_FAILED, &vx->flags);
		vmxnet3_reset_request(vx, VMXNET3_RESET_ACTIVATE);
	}
	rtnl_unlock();
	return err;
}

DEFINE_SIMPLE_DEV_PM_OPS(vmxnet3_pm_ops, vmxnet3_suspend, vmxnet3_resume);

/**
 * vmxnet3_shutdown() - pci_driver.shutdown
 * @pdev: device
 *
 * The next kernel may be in this memory already (kexec): nothing of ours may
 * write to it any more.
 *
 * Context: process.
 */
void vmxnet3_shutdown(struct pci_dev *pdev)
{
	struct net_device *netdev = pci_get_drvdata(pdev);

	vmxnet3_pm_detach(netdev_priv(netdev), false);
	pci_clear_master(pdev);
}
