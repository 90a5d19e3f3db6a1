/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What backup products find beside the data: who made a snapshot's file systems stand still.
 */
#ifndef VMGUESTD_MANIFEST_H
#define VMGUESTD_MANIFEST_H

#include "settings.h"

#define MANIFEST SETTINGS_FOLDER "/quiesce_manifest.xml"

/* manifest_write() - 0 or -errno; waits for the disk */
int manifest_write(const struct settings *settings);

#endif
