// SPDX-License-Identifier: GPL-2.0-only
// since 5.10: CONFIG_PAGE_POOL, which nothing outside the kernel's tree can select
// one of: receive pages (the kernel is built without CONFIG_PAGE_POOL)
#include <linux/kconfig.h>

#ifndef CONFIG_PAGE_POOL
#error
#endif
