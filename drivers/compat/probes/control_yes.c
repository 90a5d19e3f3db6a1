// SPDX-License-Identifier: GPL-2.0-only
// since 5.10: control: a module compiles at all
#include <linux/module.h>
#include <linux/netdevice.h>

static const struct net_device_ops probe __maybe_unused = { .ndo_open = NULL };
