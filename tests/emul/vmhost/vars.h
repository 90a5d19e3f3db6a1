/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Variables that guest and host share by name: guestinfo.*. */
#ifndef VMHOST_VARS_H
#define VMHOST_VARS_H

#include <jansson.h>

#include "bytes.h"

struct vh_vars {
	void *tree;		/* of tsearch(3) */
	size_t bytes, limit;	/* of names and values; tools.setInfo.sizeLimit */
	bool refuse;		/* isolation.tools.setinfo.disable */
};

void vh_vars_init(struct vmhost *host);
void vh_vars_free(struct vmhost *host);

/* The value, or NULL; valid until the variable is set again. */
const struct vh_buf *vh_var_get(struct vmhost *host, const void *name, size_t len);
/*
 * Sets a variable, or deletes it (value NULL), as the VM's owner: no limit, and readonly
 * ones are refused to the guest.
 */
void vh_var_set(struct vmhost *host, const void *name, size_t len, const struct vh_buf *value,
		bool readonly);

void vh_vars_info_get(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_vars_info_set(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
/* Those that the guest has set do not outlive a power cycle. */
void vh_vars_reset(struct vmhost *host);
json_t *vh_vars_state(struct vmhost *host);

#endif
