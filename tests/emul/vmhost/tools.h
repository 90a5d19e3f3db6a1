/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/* The tools in the guest as vSphere would show them: version, state, capabilities, options. */
#ifndef VMHOST_TOOLS_H
#define VMHOST_TOOLS_H

#include <jansson.h>

#include "bytes.h"

/* What vSphere shows; a change of it is an event. */
struct vh_tools_shown {
	bool running, executing;
	enum { VH_GRAY, VH_GREEN, VH_YELLOW, VH_RED } heartbeat;
	bool known;		/* a version was reported */
	uint32_t version, type;
	char name[32];		/* «toolbox», of the answer to «reset» */
};

struct vh_tools {
	struct vh_tools_shown shown, told;
	bool open;		/* there is a TCLO channel */
	uint64_t signs;		/* of life: polls and answers */
	double last_sign;
	double longest_gap;	/* between two signs of one channel */
	double yellow_after, stopped_after;
	uint32_t current;	/* the version that this host would install */
	json_t *capabilities, *features, *options, *properties;
	char health[16], unified_loop[32];
};

void vh_tools_init(struct vmhost *host);
void vh_tools_free(struct vmhost *host);
void vh_tools_reset(struct vmhost *host);

void vh_tools_opened(struct vmhost *host);
void vh_tools_closed(struct vmhost *host);
void vh_tools_sign(struct vmhost *host);
void vh_tools_name(struct vmhost *host, const char *name);
/* What a guest answers to «get tools state»: see vix.c. Taken over. */
void vh_tools_properties(struct vmhost *host, json_t *properties);
/* Computes what is shown, and says so if it has changed. Returns when it may change by itself. */
double vh_tools_update(struct vmhost *host);

/*
 * Sets one of the options that «Set_Option» carries to the guest; sends it if tools are
 * there. Returns NULL, or what is wrong.
 */
const char *vh_tools_option(struct vmhost *host, const char *name, const char *value,
			    const char *by);
/* Whether time is synchronised with the host: bit 0x400 of the GUI options. */
bool vh_tools_synctime(const struct vmhost *host);

void vh_tools_capability(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_tools_version(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_tools_versiontype(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_tools_health(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_tools_unified_loop(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_tools_set_option(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_tools_vmsupport(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);
void vh_tools_disk_wiper(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply);

json_t *vh_tools_state(struct vmhost *host);

#endif
