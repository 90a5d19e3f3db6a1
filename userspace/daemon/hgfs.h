/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * As much of the host's file transfer as brings one file into memory: a session, and in
 * it a file that is created, written to and closed. There is no file system behind it:
 * the only folder is a name that we have made up, and no file of this machine can be
 * named, read or changed. No system calls.
 */
#ifndef VMGUESTD_HGFS_H
#define VMGUESTD_HGFS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "str.h"

struct hgfs {
	char folder[64];		/* as the host was told, with a / at its end */
	size_t max;			/* bytes of the file */
	uint64_t session;		/* its number; 0: there is none */
	uint64_t sessions;		/* how many there have been */
	bool open;
	char name[256];			/* whole, as the host calls it; empty: none yet */
	struct buf file;
};

/* hgfs_packet() - carries out a request, and appends the reply to it */
void hgfs_packet(struct hgfs *hgfs, struct str packet, struct buf *reply);
/* hgfs_free() - ends the session and forgets the file */
void hgfs_free(struct hgfs *hgfs);

#endif
