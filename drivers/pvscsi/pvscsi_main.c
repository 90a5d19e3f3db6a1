// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Module, PCI device and SCSI host.
 */
#include <linux/blk-mq.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <scsi/scsi_device.h>

#include "pvscsi.h"

static unsigned int pvscsi_ring_pages_wanted;
module_param_named(ring_pages, pvscsi_ring_pages_wanted, uint, 0444);
MODULE_PARM_DESC(ring_pages,
		 "pages of the request ring, 1 to 32; 32 commands each, and so many at once (default 32)");

static unsigned int pvscsi_msg_ring_pages_wanted;
module_param_named(msg_ring_pages, pvscsi_msg_ring_pages_wanted, uint, 0444);
MODULE_PARM_DESC(msg_ring_pages,
		 "pages of the message ring, 1 to 16; 32 messages each (default 1)");

static unsigned int pvscsi_cmd_per_lun = 254;
module_param_named(cmd_per_lun, pvscsi_cmd_per_lun, uint, 0444);
MODULE_PARM_DESC(cmd_per_lun,
		 "commands that a disk gets at once to begin with, at most what the ring has room for (default 254)");

bool pvscsi_disable_msi;
module_param_named(disable_msi, pvscsi_disable_msi, bool, 0444);
MODULE_PARM_DESC(disable_msi, "do not use MSI (default 0)");

bool pvscsi_disable_msix;
module_param_named(disable_msix, pvscsi_disable_msix, bool, 0444);
MODULE_PARM_DESC(disable_msix, "do not use MSI-X (default 0)");

static bool pvscsi_use_msg = true;
module_param_named(use_msg, pvscsi_use_msg, bool, 0444);
MODULE_PARM_DESC(use_msg,
		 "hear of disks that come and go from the device (default 1)");

bool pvscsi_use_req_threshold = true;
module_param_named(use_req_threshold, pvscsi_use_req_threshold, bool, 0444);
MODULE_PARM_DESC(use_req_threshold,
		 "let the device say when it wants to be told of requests (default 1)");

static bool pvscsi_poll_queues;
module_param_named(poll_queues, pvscsi_poll_queues, bool, 0444);
MODULE_PARM_DESC(poll_queues,
		 "have a queue for polled commands, as of io_uring with IOPOLL (default 0)");

/* Where disks are, the host may lose all its paths to for a while. */
static int pvscsi_sdev_configure(struct scsi_device *sdev,
				 struct queue_limits *lim)
{
	if (sdev->type == TYPE_DISK)
		blk_queue_rq_timeout(sdev->request_queue, PVSCSI_DISK_TIMEOUT);
	return 0;
}

static int pvscsi_change_queue_depth(struct scsi_device *sdev, int depth)
{
	return scsi_change_queue_depth(sdev, min(depth,
						 sdev->host->can_queue));
}

/* Both queues lead to the one ring; the second takes what will be polled for. */
static void pvscsi_map_queues(struct Scsi_Host *host)
{
	unsigned int i;

	for (i = 0; i < host->tag_set.nr_maps; i++) {
		struct blk_mq_queue_map *map = &host->tag_set.map[i];

		map->nr_queues = i == HCTX_TYPE_READ ? 0 : 1;
		map->queue_offset = i == HCTX_TYPE_POLL ? 1 : 0;
		if (map->nr_queues)
			blk_mq_map_queues(map);
	}
}

COMPAT_SCSI_HOST(pvscsi);

static struct scsi_host_template pvscsi_template = {
	.module = THIS_MODULE,
	.name = "VMware PVSCSI host adapter",
	.proc_name = KBUILD_MODNAME,
	COMPAT_SCSI_HOST_OPS(pvscsi)
	.commit_rqs = pvscsi_commit_rqs,
	.eh_timed_out = pvscsi_eh_timed_out,
	.eh_abort_handler = pvscsi_eh_abort,
	.eh_device_reset_handler = pvscsi_eh_device_reset,
	.eh_bus_reset_handler = pvscsi_eh_bus_reset,
	.eh_host_reset_handler = pvscsi_eh_host_reset,
	.change_queue_depth = pvscsi_change_queue_depth,
	.this_id = -1,
	.sg_tablesize = PVSCSI_MAX_SG,
	.max_sectors = PVSCSI_MAX_SECTORS,
	/* Lengths of pieces have 32 bits. */
	.dma_boundary = U32_MAX,
	.max_segment_size = U32_MAX & ~(PVSCSI_PAGE_SIZE - 1),
	.host_tagset = 1,
	/* No bus has to settle after a reset. */
	.skip_settle_delay = 1,
	.track_queue_depth = 1,
};

static int pvscsi_map_bar(struct pvscsi *pv)
{
	struct pci_dev *pdev = pv->pdev;
	int bar;

	for (bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM) ||
		    pci_resource_len(pdev, bar) < PVSCSI_BAR_SIZE)
			continue;
		pv->mmio = pci_iomap(pdev, bar, PVSCSI_BAR_SIZE);
		return pv->mmio ? 0 : -ENOMEM;
	}
	dev_err(&pdev->dev, "no memory BAR of %u bytes for the registers\n",
		PVSCSI_BAR_SIZE);
	return -ENODEV;
}

static void pvscsi_init_host(struct pvscsi *pv)
{
	struct Scsi_Host *host = pv->host;

	host->can_queue = pv->geo.reqs;
	host->cmd_per_lun = clamp_t(u32, pvscsi_cmd_per_lun, 1, pv->geo.reqs);
	host->max_channel = 0;
	host->max_id = pv->targets;
	host->max_lun = 1;
	host->max_cmd_len = PVSCSI_MAX_CDB;
	pv->polling = pvscsi_poll_queues && scsi_host_add_poll_queue(host);
}

static int pvscsi_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct Scsi_Host *host;
	struct pvscsi *pv;
	int err;

	host = scsi_host_alloc(&pvscsi_template,
			       sizeof(*pv) + SMP_CACHE_BYTES - 1);
	if (!host)
		return -ENOMEM;
	pv = pvscsi_of(host);
	pv->host = host;
	pv->pdev = pdev;
	pv->blocked = true;
	pv->rescue_stamp = jiffies;
	pci_set_drvdata(pdev, pv);
	spin_lock_init(&pv->submit_lock);
	spin_lock_init(&pv->cmp_lock);
	spin_lock_init(&pv->cmd_lock);
	mutex_init(&pv->reset_mutex);
	pvscsi_batch_init(&pv->parked);
	init_waitqueue_head(&pv->eh_wait);
	INIT_WORK(&pv->reset_work, pvscsi_reset_work);
	INIT_DELAYED_WORK(&pv->msg_work, pvscsi_msg_work);

	err = pci_enable_device_mem(pdev);
	if (err)
		goto err_put;
	err = pci_request_regions(pdev, KBUILD_MODNAME);
	if (err)
		goto err_disable;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err) {
		dev_err(&pdev->dev, "no usable DMA mask: %d\n", err);
		goto err_regions;
	}
	err = pvscsi_map_bar(pv);
	if (err)
		goto err_regions;

	/* Whatever the firmware left must not write to memory any more. */
	pvscsi_hw_reset(pv);
	pci_set_master(pdev);
	pv->targets = pvscsi_hw_targets(pv);
	pvscsi_geometry_of(&pv->geo, pvscsi_ring_pages_wanted,
			   pvscsi_msg_ring_pages_wanted, pvscsi_use_msg);
	err = pvscsi_queue_alloc(pv);
	if (err)
		goto err_master;
	err = pvscsi_irq_request(pv);
	if (err)
		goto err_queue;
	pvscsi_init_host(pv);
	err = pvscsi_start(pv);
	if (err)
		goto err_irq;
	err = scsi_add_host(host, &pdev->dev);
	if (err)
		goto err_stop;
	err = sysfs_create_groups(&host->shost_dev.kobj, pvscsi_host_groups);
	if (err)
		goto err_remove;

	dev_info(&pdev->dev,
		 "vmguest %s: host%u, %u commands, %u targets, %s%s%s%s\n",
		 VMGUEST_VERSION, host->host_no, pv->geo.reqs, pv->targets,
		 pdev->msix_enabled ? "MSI-X" : pv->msi ? "MSI" : "INTx",
		 pv->use_msg ? ", messages" : "",
		 pv->use_threshold ? ", threshold" : "",
		 pv->polling ? ", polling" : "");
	scsi_scan_host(host);
	/* For disks that came between the rings and the scan. */
	pvscsi_msg_kick(pv);
	return 0;

err_remove:
	pvscsi_msg_stop(pv);
	scsi_remove_host(host);
err_stop:
	pvscsi_close(pv);
	pvscsi_stop(pv);
err_irq:
	pvscsi_irq_free(pv);
err_queue:
	pvscsi_queue_free(pv);
err_master:
	pvscsi_hw_reset(pv);
	pci_clear_master(pdev);
	pci_iounmap(pdev, pv->mmio);
err_regions:
	pci_release_regions(pdev);
err_disable:
	pci_disable_device(pdev);
err_put:
	scsi_host_put(host);
	return err;
}

static void pvscsi_remove(struct pci_dev *pdev)
{
	struct pvscsi *pv = pci_get_drvdata(pdev);

	pvscsi_msg_stop(pv);
	sysfs_remove_groups(&pv->host->shost_dev.kobj, pvscsi_host_groups);
	/* Disks write what they have cached: the adapter still heals itself. */
	scsi_remove_host(pv->host);
	pvscsi_close(pv);
	pvscsi_stop(pv);
	pci_clear_master(pdev);
	pvscsi_irq_free(pv);
	pvscsi_queue_free(pv);
	pci_iounmap(pdev, pv->mmio);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
	scsi_host_put(pv->host);
}

static const struct pci_device_id pvscsi_pci_ids[] = {
	{ PCI_DEVICE(PVSCSI_PCI_VENDOR_ID, PVSCSI_PCI_DEVICE_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, pvscsi_pci_ids);

static struct pci_driver pvscsi_driver = {
	.name = KBUILD_MODNAME,
	.id_table = pvscsi_pci_ids,
	.probe = pvscsi_probe,
	.remove = pvscsi_remove,
	.shutdown = pvscsi_shutdown,
	.driver.pm = pm_sleep_ptr(&pvscsi_pm_ops),
};
module_pci_driver(pvscsi_driver);

MODULE_AUTHOR("The vmguest authors");
MODULE_DESCRIPTION("VMware PVSCSI host adapter driver");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMGUEST_VERSION);
