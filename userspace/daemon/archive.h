/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The two archives in which a host packs what a guest is customized by. No system calls.
 */
#ifndef VMGUESTD_ARCHIVE_H
#define VMGUESTD_ARCHIVE_H

#include "buf.h"
#include "str.h"

/* Whatever it says, no archive is unpacked to more than that. */
#define ARCHIVE_MAX (4u << 20)

/* archive_member() - one file; 0, or an error that ends the reading */
typedef int archive_member(void *data, struct str name, struct str contents);

/* Both: 0, -EPROTO (damaged), -E2BIG, -EOPNOTSUPP (packed by what we do not know), -ENOMEM */
int archive_cabinet(struct str file, archive_member *member, void *data);
int archive_tar_gz(struct str file, archive_member *member, void *data);

#endif
