/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* The customization of a guest, as far as the guest reports on it. */
#ifndef VMHOST_DEPLOYPKG_H
#define VMHOST_DEPLOYPKG_H

#include <jansson.h>

#include "bytes.h"

struct vh_deploypkg {
	unsigned int reports;
	unsigned int state, code;	/* of the last one */
	json_t *text;
};

void vh_deploypkg_init(struct vmhost *host);
void vh_deploypkg_free(struct vmhost *host);
void vh_deploypkg_reset(struct vmhost *host);

void vh_deploypkg_update(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
json_t *vh_deploypkg_state(struct vmhost *host);

#endif
