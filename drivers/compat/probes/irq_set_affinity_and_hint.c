// SPDX-License-Identifier: GPL-2.0-only
// since 5.17, 5.10.262: «genirq: Provide new interfaces for affinity hints»
#include <linux/interrupt.h>

static void __maybe_unused probe(const struct cpumask *mask)
{
	irq_set_affinity_and_hint(1, mask);
}
