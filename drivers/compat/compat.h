/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Put in front of every source file by Kbuild.include, after the answers of the
 * probes (compat_config.h), so that the drivers are written for one kernel: the
 * newest. What an older kernel lacks is supplied here under the newest name; the
 * files below are one per kernel area, and README.md lists what they offer.
 *
 * Included here and nowhere else; no driver names any of these files.
 */
#ifndef _VMGUEST_COMPAT_H
#define _VMGUEST_COMPAT_H

/* The headers below bring in printk.h, after which a driver could not set this. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "compat_base.h"
#include "compat_timer.h"
#include "compat_pci.h"
#include "compat_net.h"
#include "compat_page_pool.h"
#include "compat_ethtool.h"
#include "compat_devlink.h"
#include "compat_scsi.h"

#endif
