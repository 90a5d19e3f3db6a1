/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/*
 * What has happened, for tests that wait for it: numbered from 1, the latest kept.
 * Text of a guest goes into fields by vh_json_bytes(), as "o": json_pack() refuses
 * what is not UTF-8.
 */
#ifndef VMHOST_EVENTS_H
#define VMHOST_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct vmhost;

#define VH_EVENTS_KEPT		4096
#define VH_EVENT_BYTES_KEPT	(16u << 20)

struct vh_event {
	uint64_t seq;
	const char *name;	/* a literal */
	char *text;		/* one line of JSON, without its end */
	size_t len;
};

struct vh_events {
	struct vh_event kept[VH_EVENTS_KEPT];	/* that of seq is at seq % VH_EVENTS_KEPT */
	uint64_t first, next;			/* first kept; the number of the next one */
	size_t bytes;
	uint64_t began;		/* vh_monotonic() */
	FILE *log;		/* the option "log": each event is a line in it */
};

/* False after it has said on stderr what is wrong. */
bool vh_events_init(struct vmhost *host);
void vh_events_free(struct vmhost *host);

/* Seconds since the host was made. */
double vh_seconds(const struct vmhost *host);

/* vh_event() with fields that were collected in an object, which is taken over. */
void vh_event_object(struct vmhost *host, const char *name, json_t *fields);

/* The kept event of that number, or NULL. */
const struct vh_event *vh_event_get(const struct vmhost *host, uint64_t seq);
/*
 * Whether it has one of the names (a string, an array of them, or NULL for any), and
 * all fields of match (an object or NULL): texts fit as patterns with * and ?, all
 * else must be equal.
 */
bool vh_event_matches(const struct vh_event *event, const json_t *names, const json_t *match);
/* NULL, or what is wrong with names and match. */
const char *vh_event_check(const json_t *names, const json_t *match);

#endif
