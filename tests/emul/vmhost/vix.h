/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* Guest operations: the question about the tools' state, and its answer. */
#ifndef VMHOST_VIX_H
#define VMHOST_VIX_H

#include <jansson.h>

#include "bytes.h"
#include "tclo.h"

#define VH_VIX_GET_STATE 62

/* Appends a relayed request with an opcode and a body, without credentials. */
void vh_vix_ask(struct vh_buf *command, uint32_t opcode, const void *body, size_t len);
void vh_vix_ask_state(struct vh_buf *command);
/* Takes the answer to vh_vix_ask_state(), for vh_tclo_send(). */
void vh_vix_state_done(struct vmhost *host, void *arg, enum vh_tclo_end end, const uint8_t *answer,
		       size_t len);
/* The properties of an answer by name, or NULL and what is wrong. */
json_t *vh_vix_properties(const uint8_t *answer, size_t len, const char **wrong);

#endif
