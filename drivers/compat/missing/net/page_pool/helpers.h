/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * <net/page_pool/helpers.h> for kernels before 6.6, where one header held it all.
 */
#ifndef _VMGUEST_MISSING_PAGE_POOL_HELPERS_H
#define _VMGUEST_MISSING_PAGE_POOL_HELPERS_H

#include <net/page_pool.h>

#endif
