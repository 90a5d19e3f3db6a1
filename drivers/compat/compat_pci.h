/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * PCI, interrupts and power management: names that came in 5.17 and 6.8. For macros
 * the preprocessor answers what a probe has to ask elsewhere.
 */
#ifndef _VMGUEST_COMPAT_PCI_H
#define _VMGUEST_COMPAT_PCI_H

#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/pm.h>

/* v6.8 «PCI: Add PCI_IRQ_INTX» */
#ifndef PCI_IRQ_INTX
#define PCI_IRQ_INTX PCI_IRQ_LEGACY
#endif

/* Before 5.17 this had the name of what is now a call for the hint alone. */
#ifndef HAVE_IRQ_SET_AFFINITY_AND_HINT
static inline int irq_set_affinity_and_hint(unsigned int irq, const struct cpumask *mask)
{
	return irq_set_affinity_hint(irq, mask);
}
#endif

/* v5.17 «PM: core: Add new *_PM_OPS macros, deprecate old ones» */
#ifndef pm_sleep_ptr
#define pm_sleep_ptr(ptr) (IS_ENABLED(CONFIG_PM_SLEEP) ? (ptr) : NULL)
#endif

/* Late releases of 5.10 have one that says «static» itself. */
#ifndef HAVE_SIMPLE_DEV_PM_OPS
#undef DEFINE_SIMPLE_DEV_PM_OPS
#define DEFINE_SIMPLE_DEV_PM_OPS(name, suspend_fn, resume_fn) \
	const struct dev_pm_ops name __maybe_unused = { \
		SET_SYSTEM_SLEEP_PM_OPS(suspend_fn, resume_fn) \
	}
#endif

#endif
