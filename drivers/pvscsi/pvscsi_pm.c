// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Suspend, hibernation, shutdown.
 *
 * The SCSI core has quieted all disks before; the device is then made to
 * forget its rings, and is given them anew afterwards, since its memory is
 * lost and the guest may have moved to another host (§3.10).
 */
#include <linux/pci.h>
#include <linux/pm.h>

#include "pvscsi.h"

static int pvscsi_suspend(struct device *dev)
{
	struct pvscsi *pv = dev_get_drvdata(dev);

	pvscsi_close(pv);
	mutex_lock(&pv->reset_mutex);
	if (!pvscsi_is_dead(pv))
		pvscsi_stop(pv);
	mutex_unlock(&pv->reset_mutex);
	return 0;
}

static int pvscsi_resume(struct device *dev)
{
	struct pvscsi *pv = dev_get_drvdata(dev);
	int err = 0;

	clear_bit(PVSCSI_F_CLOSING, &pv->flags);
	clear_bit(PVSCSI_F_DEAF, &pv->flags);
	if (pvscsi_is_dead(pv))
		return 0;
	mutex_lock(&pv->reset_mutex);
	/* A kernel that restored an image may have used the device. */
	pvscsi_hw_reset(pv);
	err = pvscsi_start(pv);
	mutex_unlock(&pv->reset_mutex);
	if (err)
		return pvscsi_reset(pv, "which did not come back after sleep");
	pvscsi_msg_rescan(pv);
	return 0;
}

DEFINE_SIMPLE_DEV_PM_OPS(pvscsi_pm_ops, pvscsi_suspend, pvscsi_resume);

/**
 * pvscsi_shutdown() - pci_driver.shutdown
 * @pdev: device
 *
 * The next kernel may be in this memory already (kexec): nothing of ours may
 * write to it any more.
 *
 * Context: process.
 */
void pvscsi_shutdown(struct pci_dev *pdev)
{
	pvscsi_suspend(&pdev->dev);
	pci_clear_master(pdev);
}
