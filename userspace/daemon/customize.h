/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Guest customization (deployPkg): a package comes from the host, and what cloud-init makes
 * something of goes to cloud-init. See customize.c for what does not.
 */
#ifndef VMGUESTD_CUSTOMIZE_H
#define VMGUESTD_CUSTOMIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "hgfs.h"
#include "loop.h"
#include "package.h"

struct worker;

struct customize {
	bool receiving;			/* the host has begun, and may send a file */
	struct hgfs transfer;
	struct loop_timer expire, start;

	bool handing_over;
	struct package package;
	unsigned int file;		/* what the broker gets next */
	size_t offset;

	uint64_t done, refused;
};

/* customize_init() - nothing has been begun */
void customize_init(struct worker *worker);
/* customize_stop() - forgets a package, wherever it is with it */
void customize_stop(struct worker *worker);
/* customize_transfer() - a packet of the file transfer; false: none is expected */
bool customize_transfer(struct worker *worker, struct str packet, struct buf *reply);

#endif
