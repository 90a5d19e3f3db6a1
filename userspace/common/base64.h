/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Base64, as hosts want names and records. No system calls.
 */
#ifndef VMGUEST_BASE64_H
#define VMGUEST_BASE64_H

#include "buf.h"

/* base64() - appends @data in letters, padded, without line ends (RFC 4648 §4) */
void base64(struct buf *to, const void *data, size_t len);

#endif
