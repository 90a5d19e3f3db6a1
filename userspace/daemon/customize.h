/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Guest customization (deployPkg). See customize.c for what there is of it.
 */
#ifndef VMGUESTD_CUSTOMIZE_H
#define VMGUESTD_CUSTOMIZE_H

#include <stdint.h>

struct customize {
	uint64_t refused;
};

#endif
