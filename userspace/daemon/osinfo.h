/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What operating system this is, in the words that hosts know. No system calls.
 *
 * Specification: guest services §6.4.
 */
#ifndef VMGUESTD_OSINFO_H
#define VMGUESTD_OSINFO_H

#include "buf.h"
#include "str.h"

struct utsname;

struct osinfo {
	char short_name[129];	/* debian12-64 */
	char full[513];		/* Linux 6.12.43-amd64 Debian GNU/Linux 13 (trixie) */
};

/* osinfo_read() - from the text of os-release and what uname() says */
void osinfo_read(struct osinfo *os, struct str release, const struct utsname *name);
/* osinfo_detail() - the record of type 11: both names and key='value' pairs */
void osinfo_detail(const struct osinfo *os, struct str release, const struct utsname *name,
		   struct buf *out);

#endif
