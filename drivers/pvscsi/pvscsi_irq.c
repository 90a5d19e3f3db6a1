// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The interrupt: one vector, by message where the device has them.
 */
#include "pvscsi.h"

/* No register is touched: a message says all there is to say (§2.9). */
static irqreturn_t pvscsi_msi_handler(int irq, void *data)
{
	struct pvscsi *pv = data;
	bool work;

	pvscsi_count(pv, PVSCSI_N_INTERRUPTS);
	work = pvscsi_reap_irq(pv);
	if (pvscsi_msg_pending(pv)) {
		pvscsi_msg_kick(pv);
		work = true;
	}
	/*
	 * What a message was for may have been found before it came, by polling
	 * or by the last one.  With neither work nor polling for long the
	 * interrupt core switches a source off that goes wild.
	 */
	return work || pv->polling ? IRQ_HANDLED : IRQ_NONE;
}

/* The line may be shared, and stays raised until it is acknowledged. */
static irqreturn_t pvscsi_intx_handler(int irq, void *data)
{
	struct pvscsi *pv = data;
	u32 status;

	status = readl(pv->mmio + PVSCSI_REG_INTR_STATUS) & PVSCSI_INTR_ALL;
	if (!status)
		return IRQ_NONE;
	writel(status, pv->mmio + PVSCSI_REG_INTR_STATUS);
	pvscsi_count(pv, PVSCSI_N_INTERRUPTS);
	pvscsi_reap_irq(pv);
	if (pvscsi_msg_pending(pv))
		pvscsi_msg_kick(pv);
	return IRQ_HANDLED;
}

/**
 * pvscsi_irq_request() - get an interrupt and its handler
 * @pv: adapter, its interrupts masked
 *
 * Context: process.
 * Return: 0 or a negative error.
 */
int pvscsi_irq_request(struct pvscsi *pv)
{
	unsigned int types = PCI_IRQ_ALL_TYPES;
	struct pci_dev *pdev = pv->pdev;
	int err;

	if (pvscsi_disable_msix)
		types &= ~PCI_IRQ_MSIX;
	if (pvscsi_disable_msi)
		types &= ~PCI_IRQ_MSI;
	err = pci_alloc_irq_vectors(pdev, 1, 1, types);
	if (err < 0)
		return err;
	pv->msi = pci_dev_msi_enabled(pdev);
	err = request_irq(pci_irq_vector(pdev, 0),
			  pv->msi ? pvscsi_msi_handler : pvscsi_intx_handler,
			  pv->msi ? 0 : IRQF_SHARED, KBUILD_MODNAME, pv);
	if (err)
		pci_free_irq_vectors(pdev);
	return err;
}

/**
 * pvscsi_irq_free() - undo pvscsi_irq_request()
 * @pv: adapter, reset
 *
 * Context: process.
 */
void pvscsi_irq_free(struct pvscsi *pv)
{
	free_irq(pci_irq_vector(pv->pdev, 0), pv);
	pci_free_irq_vectors(pv->pdev);
}
