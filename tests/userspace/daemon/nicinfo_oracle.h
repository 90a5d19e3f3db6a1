/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * NicInfo as somebody else reads it: rpcgen's and libtirpc's reader of nicinfo.x. Its header
 * and ours have functions of the same names, and so nobody but nicinfo_oracle.c includes both.
 */
#ifndef NICINFO_ORACLE_H
#define NICINFO_ORACLE_H

#include "buf.h"

/*
 * nicinfo_told() - every field of a message, in a text that is valid until the next call
 * What is not there has no word in it. The test fails unless the message is read to its last
 * byte and libtirpc would have written the same bytes.
 */
const char *nicinfo_told(const struct buf *bytes);

#endif
