// SPDX-License-Identifier: GPL-2.0-only
// never: control: calling what no header declares is noticed
#include <linux/module.h>

static int __maybe_unused probe(void)
{
	return vmguest_no_kernel_has_this(1);
}
