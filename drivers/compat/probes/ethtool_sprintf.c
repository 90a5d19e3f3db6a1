// SPDX-License-Identifier: GPL-2.0-only
// since 5.13: «ethtool: Add common function for filling out strings»
#include <linux/ethtool.h>

static void __maybe_unused probe(u8 **data)
{
	ethtool_sprintf(data, "%d", 1);
}
