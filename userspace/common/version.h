/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The version of open-vm-tools that we say we are. Hosts, backup products and scripts
 * permit by it what a guest may be asked for: it is above what those ask for, and still
 * «guest managed». Our own version is VERSION.
 */
#ifndef VMGUEST_VERSION_H
#define VMGUEST_VERSION_H

#define COMPAT_MAJOR	12
#define COMPAT_MINOR	3
#define COMPAT_BASE	5
/* As the host gets it: 12389 */
#define COMPAT_NUMBER	(COMPAT_MAJOR << 10 | COMPAT_MINOR << 5 | COMPAT_BASE)
#define COMPAT_STRING	"12.3.5"
/* What stands behind: a patch level, and the number of a build. We have neither. */
#define COMPAT_PATCH	"0"
#define COMPAT_BUILD	"0"
#define COMPAT_LONG	COMPAT_STRING "." COMPAT_PATCH "." COMPAT_BUILD
#define COMPAT_LEGACY	COMPAT_STRING "." COMPAT_PATCH " (build-" COMPAT_BUILD ")"

#endif
