/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The package by which a host customizes a guest, as far as cloud-init makes something
 * of it: four files of fixed names. What else is in it (programs, scripts, a command to be
 * executed) is passed over. No system calls.
 */
#ifndef VMGUESTD_PACKAGE_H
#define VMGUESTD_PACKAGE_H

#include <stdbool.h>

#include "broker_msg.h"
#include "buf.h"
#include "str.h"

#define PACKAGE_MAX (2u << 20)

struct package {
	bool ignore_cloud_init;		/* it is not meant for it */
	bool raw;			/* cloud-init's own metadata and user data */
	bool has[BROKER_FILES];
	struct buf file[BROKER_FILES];
};

/*
 * package_read() - takes a package apart
 * 0, -EPROTO (damaged, or without what it must have), -E2BIG, -EOPNOTSUPP (packed in a way that we
 * do not know), -ENOMEM. To be freed in any case.
 */
int package_read(struct str bytes, struct package *package);
/* package_free() - its files; it is empty then */
void package_free(struct package *package);

#endif
