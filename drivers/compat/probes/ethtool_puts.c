// SPDX-License-Identifier: GPL-2.0-only
// since 6.8: «ethtool: Implement ethtool_puts()»
#include <linux/ethtool.h>

static void __maybe_unused probe(u8 **data)
{
	ethtool_puts(data, "probe");
}
