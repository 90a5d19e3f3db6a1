// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Control path of the device: registers, commands, the shared area, activation
 * and quiescing.
 *
 * The shared area is written from the driver's private configuration and never
 * read back, since the device can change it at any time (§2.6).  The memory of
 * the queues is next door in vmxnet3_queue.c, the vectors in vmxnet3_irq.c.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>

#include "vmxnet3.h"
#include "vmxnet3_trace.h"

static u32 vmxnet3_vd_read(struct vmxnet3 *vx, u32 reg)
{
	return readl(vx->vd + reg);
}

static void vmxnet3_vd_write(struct vmxnet3 *vx, u32 reg, u32 val)
{
	writel(val, vx->vd + reg);
}

/**
 * vmxnet3_cmd_get() - execute a command and return its result
 * @vx: device
 * @cmd: VMXNET3_CMD_*
 *
 * Commands execute synchronously: when this returns, memory that the device
 * writes for the command is complete (§2.5).
 *
 * Context: any but hard interrupt; takes cmd_lock.
 * Return: the result, unvalidated; all ones if the device is gone.
 */
u32 vmxnet3_cmd_get(struct vmxnet3 *vx, u32 cmd)
{
	u32 result;

	spin_lock_bh(&vx->cmd_lock);
	vmxnet3_vd_write(vx, VMXNET3_VD_CMD, cmd);
	result = vmxnet3_vd_read(vx, VMXNET3_VD_CMD);
	spin_unlock_bh(&vx->cmd_lock);

	trace_vmxnet3_cmd(vx, cmd, result);
	return result;
}

/**
 * vmxnet3_cmd() - execute a command that has no result
 * @vx: device
 * @cmd: VMXNET3_CMD_*
 *
 * Context: any but hard interrupt; takes cmd_lock.
 */
void vmxnet3_cmd(struct vmxnet3 *vx, u32 cmd)
{
	spin_lock_bh(&vx->cmd_lock);
	vmxnet3_vd_write(vx, VMXNET3_VD_CMD, cmd);
	spin_unlock_bh(&vx->cmd_lock);

	trace_vmxnet3_cmd(vx, cmd, 0);
}

static void vmxnet3_hw_detach_shared(struct vmxnet3 *vx)
{
	vmxnet3_vd_write(vx, VMXNET3_VD_DSAL, 0);
	vmxnet3_vd_write(vx, VMXNET3_VD_DSAH, 0);
}

/**
 * vmxnet3_hw_init() - negotiate with a device in unknown state
 * @vx: device
 *
 * For probe, and for resume and reset, after which the device may have
 * forgotten everything.  A firmware or kexec'd-from driver may have left the
 * device active: it is made quiet before bus mastering is enabled (§3.1).
 *
 * Context: process, nothing of the device in use.
 * Return: 0, -ENODEV if the device does not answer, -EOPNOTSUPP if it has no
 * version in common with the driver.
 */
int vmxnet3_hw_init(struct vmxnet3 *vx)
{
	u32 vrrs = vmxnet3_vd_read(vx, VMXNET3_VD_VRRS);
	u32 uvrs = vmxnet3_vd_read(vx, VMXNET3_VD_UVRS);
	unsigned int version;
	u32 conf;

	if (vrrs == U32_MAX) {
		set_bit(VMXNET3_F_GONE, &vx->flags);
		dev_err(&vx->pdev->dev, "device does not answer\n");
		return -ENODEV;
	}
	clear_bit(VMXNET3_F_GONE, &vx->flags);

	version = vmxnet3_plan_version(vrrs, VMXNET3_DRV_VERSION_MAX);
	if (!version || !(uvrs & VMXNET3_UVRS_UPT1)) {
		dev_err(&vx->pdev->dev,
			"no common protocol revision: device offers %#x (UPT %#x), driver implements 1 to %d\n",
			vrrs, uvrs, VMXNET3_DRV_VERSION_MAX);
		return -EOPNOTSUPP;
	}
	vmxnet3_vd_write(vx, VMXNET3_VD_VRRS, 1u << (version - 1));
	vmxnet3_vd_write(vx, VMXNET3_VD_UVRS, VMXNET3_UVRS_UPT1);
	vx->version = version;

	vmxnet3_cmd_get(vx, VMXNET3_CMD_QUIESCE_DEV);
	vmxnet3_cmd_get(vx, VMXNET3_CMD_RESET_DEV);
	vmxnet3_hw_detach_shared(vx);
	pci_set_master(vx->pdev);

	conf = vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_CONF_INTR);
	vx->intr_type = conf & VMXNET3_INTR_TYPE_MASK;
	vx->mask_mode = conf >> VMXNET3_INTR_MODE_SHIFT &
			VMXNET3_INTR_MODE_MASK;

	vx->tx_slot_size = VMXNET3_TXDATA_SLOT_DEFAULT;
	return 0;
}

/**
 * vmxnet3_hw_read_mac() - read the MAC addresses of the device
 * @vx: device
 * @perm: permanent address, unvalidated, ETH_ALEN bytes
 * @cur: address in use, unvalidated, ETH_ALEN bytes
 *
 * Context: process.
 */
void vmxnet3_hw_read_mac(struct vmxnet3 *vx, u8 *perm, u8 *cur)
{
	u32 lo = vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_PERM_MAC_LO);
	u32 hi = vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_PERM_MAC_HI);

	put_unaligned_le32(lo, perm);
	put_unaligned_le16(hi, perm + 4);
	put_unaligned_le32(vmxnet3_vd_read(vx, VMXNET3_VD_MACL), cur);
	put_unaligned_le16(vmxnet3_vd_read(vx, VMXNET3_VD_MACH), cur + 4);
}

/**
 * vmxnet3_hw_write_mac() - set the address that the device receives for
 * @vx: device
 * @mac: address
 *
 * Writing the upper half commits both; takes effect while active (§2.1).
 *
 * Context: any, serialised by rtnl.
 */
void vmxnet3_hw_write_mac(struct vmxnet3 *vx, const u8 *mac)
{
	vmxnet3_vd_write(vx, VMXNET3_VD_MACL, get_unaligned_le32(mac));
	vmxnet3_vd_write(vx, VMXNET3_VD_MACH, get_unaligned_le16(mac + 4));
}

static void *vmxnet3_alloc_block(struct vmxnet3 *vx, size_t size,
				 dma_addr_t *dma)
{
	return dma_alloc_coherent(&vx->pdev->dev, size, dma, GFP_KERNEL);
}

static void vmxnet3_free_block(struct vmxnet3 *vx, size_t size, void *block,
			       dma_addr_t dma)
{
	if (block)
		dma_free_coherent(&vx->pdev->dev, size, block, dma);
}

/**
 * vmxnet3_shared_alloc() - allocate the shared memory that outlives queues
 * @vx: device
 *
 * Context: process.
 * Return: 0 or -ENOMEM; on failure nothing is left allocated.
 */
int vmxnet3_shared_alloc(struct vmxnet3 *vx)
{
	vx->shared = vmxnet3_alloc_block(vx, sizeof(*vx->shared),
					 &vx->shared_dma);
	vx->rss_conf = vmxnet3_alloc_block(vx, sizeof(*vx->rss_conf),
					   &vx->rss_conf_dma);
	vx->pm_conf = vmxnet3_alloc_block(vx, sizeof(*vx->pm_conf),
					  &vx->pm_conf_dma);
	vx->mc_table = vmxnet3_alloc_block(vx, VMXNET3_MC_MAX * ETH_ALEN,
					   &vx->mc_table_dma);
	if (vx->shared && vx->rss_conf && vx->pm_conf && vx->mc_table)
		return 0;

	vmxnet3_shared_free(vx);
	return -ENOMEM;
}

/**
 * vmxnet3_shared_free() - free what vmxnet3_shared_alloc() allocated
 * @vx: device, reset, so that it does not use the memory any more
 *
 * Context: process.
 */
void vmxnet3_shared_free(struct vmxnet3 *vx)
{
	vmxnet3_free_block(vx, VMXNET3_MC_MAX * ETH_ALEN, vx->mc_table,
			   vx->mc_table_dma);
	vmxnet3_free_block(vx, sizeof(*vx->pm_conf), vx->pm_conf,
			   vx->pm_conf_dma);
	vmxnet3_free_block(vx, sizeof(*vx->rss_conf), vx->rss_conf,
			   vx->rss_conf_dma);
	vmxnet3_free_block(vx, sizeof(*vx->shared), vx->shared,
			   vx->shared_dma);
}

/**
 * vmxnet3_varlen_set() - point a descriptor at a configuration block
 * @desc: descriptor in the shared area
 * @len: length of the block in bytes
 * @dma: bus address of the block
 *
 * Context: any, the device does not read @desc meanwhile.
 */
void vmxnet3_varlen_set(struct vmxnet3_varlen_desc *desc, size_t len,
			dma_addr_t dma)
{
	desc->version = cpu_to_le32(1);
	desc->len = cpu_to_le32(len);
	desc->addr = cpu_to_le64(dma);
}

/* Only while the device is quiet: everything is written anew. */
static void vmxnet3_shared_fill(struct vmxnet3 *vx)
{
	const struct vmxnet3_qset *qs = vx->qs;
	struct vmxnet3_driver_shared *s = vx->shared;

	memset(s, 0, sizeof(*s));
	s->magic = cpu_to_le32(VMXNET3_MAGIC);
	s->driver_version = cpu_to_le32(0x0a000000);
	s->gos = cpu_to_le32(VMXNET3_GOS_LINUX_64);
	s->vmxnet3_rev_spt = cpu_to_le32(VMXNET3_REV_SUPPORT);
	s->upt_ver_spt = cpu_to_le32(VMXNET3_UPT_SUPPORT);
	s->queue_desc_pa = cpu_to_le64(qs->table_dma);
	s->queue_desc_len = cpu_to_le32(qs->table_size);
	s->mtu = cpu_to_le32(qs->cfg.mtu);
	s->max_num_rx_sg = cpu_to_le16(VMXNET3_RX_MAX_BUFS);
	s->num_tx_queues = qs->cfg.ntxq;
	s->num_rx_queues = qs->cfg.nrxq;

	s->intr.auto_mask = vx->mask_mode == VMXNET3_INTR_MODE_AUTO;
	s->intr.num_intrs = vx->plan.nvec;
	s->intr.event_intr_idx = vmxnet3_plan_event_vec(&vx->plan);
	memset(s->intr.mod_levels, VMXNET3_IML_ADAPTIVE, vx->plan.nvec);
	s->intr.intr_ctrl = cpu_to_le32(VMXNET3_INTR_CTRL_DISABLE_ALL);

	if (vmxnet3_rss_describe(vx, qs)) {
		vx->upt_features |= VMXNET3_UPT_RSS;
		vmxnet3_varlen_set(&s->rss_conf, sizeof(*vx->rss_conf),
				   vx->rss_conf_dma);
	} else {
		vx->upt_features &= ~VMXNET3_UPT_RSS;
	}
	s->upt_features = cpu_to_le64(vx->upt_features);
}

/**
 * vmxnet3_hw_activate() - hand the queues to the device
 * @vx: device, quiet, @vx->qs rewound and filled
 *
 * The device is active afterwards, but receives nothing and raises no
 * interrupt until vmxnet3_hw_start().
 *
 * Context: process, rtnl held.
 * Return: 0, -ENODEV if the device is gone, -EIO if it refused.
 */
int vmxnet3_hw_activate(struct vmxnet3 *vx)
{
	u32 result;

	vmxnet3_shared_fill(vx);
	vmxnet3_vd_write(vx, VMXNET3_VD_DSAL, lower_32_bits(vx->shared_dma));
	vmxnet3_vd_write(vx, VMXNET3_VD_DSAH, upper_32_bits(vx->shared_dma));

	result = vmxnet3_cmd_get(vx, VMXNET3_CMD_ACTIVATE_DEV);
	if (result) {
		vmxnet3_hw_reset(vx);
		if (result == U32_MAX) {
			set_bit(VMXNET3_F_GONE, &vx->flags);
			return -ENODEV;
		}
		netdev_err(vx->netdev,
			   "device refused activation, code %#x (%u tx, %u rx queues, MTU %u)\n",
			   result, vx->qs->cfg.ntxq, vx->qs->cfg.nrxq,
			   vx->qs->cfg.mtu);
		return -EIO;
	}

	/* Activation puts the permanent address back on some hosts. */
	vmxnet3_hw_write_mac(vx, vx->netdev->dev_addr);
	return 0;
}

/**
 * vmxnet3_hw_start() - let frames and interrupts in
 * @vx: device, activated, NAPI enabled
 *
 * Context: process, rtnl held.
 */
void vmxnet3_hw_start(struct vmxnet3 *vx)
{
	struct vmxnet3_qset *qs = vx->qs;
	unsigned int i, r;

	for (i = 0; i < qs->cfg.nrxq; i++)
		for (r = 0; r < ARRAY_SIZE(qs->rxq[i].ring); r++)
			writel(qs->rxq[i].ring[r].fill.idx,
			       qs->rxq[i].ring[r].doorbell);

	vmxnet3_filter_restore(vx);
	vmxnet3_link_update(vx);
	vx->shared->intr.intr_ctrl = 0;
}

/**
 * vmxnet3_hw_quiesce() - stop the device's use of memory
 * @vx: device, NAPI disabled, vectors masked
 *
 * When this returns no ring, buffer or completion is touched any more; the
 * command is read back to be sure that it has executed (§2.21 O9).
 *
 * Context: process, rtnl held.
 */
void vmxnet3_hw_quiesce(struct vmxnet3 *vx)
{
	vx->shared->intr.intr_ctrl = cpu_to_le32(VMXNET3_INTR_CTRL_DISABLE_ALL);
	vmxnet3_cmd_get(vx, VMXNET3_CMD_QUIESCE_DEV);
}

/**
 * vmxnet3_hw_reset() - make the device forget its configuration
 * @vx: device
 *
 * Context: process.
 */
void vmxnet3_hw_reset(struct vmxnet3 *vx)
{
	vmxnet3_cmd_get(vx, VMXNET3_CMD_RESET_DEV);
	vmxnet3_hw_detach_shared(vx);
}

/**
 * vmxnet3_hw_update_features() - apply @vx->upt_features to an active device
 * @vx: device
 *
 * Context: process, rtnl held.
 */
void vmxnet3_hw_update_features(struct vmxnet3 *vx)
{
	vx->shared->upt_features = cpu_to_le64(vx->upt_features);
	vmxnet3_cmd(vx, VMXNET3_CMD_UPDATE_FEATURE);
}

/**
 * vmxnet3_link_update() - ask for the link and tell the core
 * @vx: device, active
 *
 * Context: process.
 */
void vmxnet3_link_update(struct vmxnet3 *vx)
{
	u32 link = vmxnet3_cmd_get(vx, VMXNET3_CMD_GET_LINK);
	bool up = link != U32_MAX && (link & VMXNET3_LINK_UP);
	bool was = netif_carrier_ok(vx->netdev);

	WRITE_ONCE(vx->link_speed, up ? vmxnet3_link_mbps(link, vx->version) :
					0);
	if (up == was)
		return;

	if (up) {
		netif_carrier_on(vx->netdev);
		netdev_info(vx->netdev, "link up, %u Mbit/s\n",
			    vx->link_speed);
	} else {
		netif_carrier_off(vx->netdev);
		netdev_info(vx->netdev, "link down\n");
	}
}
