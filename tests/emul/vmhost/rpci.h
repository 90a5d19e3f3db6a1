/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Requests of the guest: which handler answers which name. */
#ifndef VMHOST_RPCI_H
#define VMHOST_RPCI_H

#include <jansson.h>

#include "bytes.h"

struct vh_rpci {
	uint64_t requests, unknown;
	json_t *replies;	/* beginning of a request -> reply that a test wants, base64 */
	json_t *privileged;	/* names that an unprivileged channel may not use -> true */
};

/* What all handlers answer with; each request gets one of them. */
void vh_yes(struct vh_buf *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vh_no(struct vh_buf *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Answers requests that begin with these bytes by this reply; NULL reply: as usual again.
 * The longest beginning wins. Returns NULL, or what is wrong.
 */
const char *vh_rpci_override(struct vmhost *host, const char *begin, const struct vh_buf *reply);

void vh_rpci_init(struct vmhost *host);
void vh_rpci_free(struct vmhost *host);
json_t *vh_rpci_state(struct vmhost *host);

#endif
