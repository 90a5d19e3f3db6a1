/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Deflate (RFC 1951) and gzip (RFC 1952), for what a host may pack: read only, into memory, up
 * to a limit. No system calls.
 */
#ifndef VMGUESTD_INFLATE_H
#define VMGUESTD_INFLATE_H

#include "buf.h"
#include "str.h"

/*
 * inflate_raw() - appends what a stream has in it, and does not look behind its end
 * @out: what is in it already can be referred to by the stream
 * @max: -E2BIG if @out would be longer
 * 0, -EPROTO (it is damaged or not all there), -E2BIG or -ENOMEM. Until then some may be added.
 */
int inflate_raw(struct str in, struct buf *out, size_t max);
/* inflate_gzip() - the same of a stream with gzip's head, and its sum and length at the end */
int inflate_gzip(struct str in, struct buf *out, size_t max);

#endif
