/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Base64, as hosts want names and records. No system calls.
 */
#ifndef VMGUESTD_BASE64_H
#define VMGUESTD_BASE64_H

#include "buf.h"

void base64(struct buf *to, const void *data, size_t len);

#endif
