/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Deflate (RFC 1951), for what a host may pack: read only, into memory, up to a limit. No
 * system calls.
 */
#ifndef VMGUESTD_INFLATE_H
#define VMGUESTD_INFLATE_H

#include "buf.h"
#include "str.h"

/*
 * inflate_raw() - appends what a stream has in it, and skips the stream
 * @out: what is in it already can be referred to by the stream
 * @max: -E2BIG if @out would be longer
 * -EPROTO: it is damaged.
 */
int inflate_raw(struct str *in, struct buf *out, size_t max);

#endif
