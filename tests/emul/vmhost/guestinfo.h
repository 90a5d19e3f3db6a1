/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* What the guest tells of itself: names, addresses, disks, memory. */
#ifndef VMHOST_GUESTINFO_H
#define VMHOST_GUESTINFO_H

#include <jansson.h>

#include "bytes.h"

struct vh_guestinfo {
	json_t *items;		/* by name, as the state «guest» shows them */
	uint64_t updates, malformed;
};

void vh_guestinfo_init(struct vmhost *host);
void vh_guestinfo_free(struct vmhost *host);
void vh_guestinfo_reset(struct vmhost *host);

void vh_guestinfo_set(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_guestinfo_disks(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
json_t *vh_guestinfo_state(struct vmhost *host);

/*
 * The decoders. Each returns what the message says, or NULL and sets *wrong to what is wrong
 * with it.
 */

/* nicinfo.c: version 3 or 2 in XDR (types 10 and 9), version 1 packed (type 2) */
json_t *vh_nics_xdr(struct vh_cursor *from, unsigned int type, const char **wrong);
json_t *vh_nics_packed(struct vh_cursor *from, const char **wrong);
/* diskinfo.c: JSON, and packed (type 3) */
json_t *vh_disks_json(struct vh_cursor *from, const char **wrong);
json_t *vh_disks_packed(struct vh_cursor *from, const char **wrong);
/* osinfo.c: type 11 */
json_t *vh_os_detailed(struct vh_cursor *from, const char **wrong);
/* memstats.c: type 8 */
json_t *vh_memory_stats(struct vh_cursor *from, const char **wrong);

#endif
