// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Loses memory, so that the search for leaks has something to find.
 */
#include <linux/module.h>
#include <linux/slab.h>

static unsigned int objects = 16;
module_param(objects, uint, 0);
MODULE_PARM_DESC(objects, "how many objects to lose");

static int __init leaky_init(void)
{
	unsigned int i;

	for (i = 0; i < objects; i++) {
		void *lost = kmalloc(64, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(lost);
	}
	return 0;
}
module_init(leaky_init);

static void __exit leaky_exit(void)
{
}
module_exit(leaky_exit);

MODULE_DESCRIPTION("Loses memory on purpose");
MODULE_LICENSE("GPL");
