/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/*
 * The control socket: requests in JSON, one a line, and their answers. The protocol is in
 * Documentation/emulated-host.md.
 */
#ifndef VMHOST_CONTROL_H
#define VMHOST_CONTROL_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmhost.h"

struct vh_client;

/* One request, from its line until its answer. */
struct vh_request {
	struct vh_request *next;
	struct vh_client *client;
	json_t *message;
	bool waits;		/* for an event: */
	uint64_t since, at;	/* after that number; what was looked at so far */
	double deadline;
};

struct vh_client {
	struct vh_client *next;
	int fd;			/* -1 in unit tests */
	struct vh_buf in, out;
	size_t written;		/* of out */
	bool doomed;		/* to be closed once out is written */
	bool ended;		/* will not ask any more, but may read what it asked for */
	struct vh_request *requests;
	unsigned int pending;
	json_t *follows;	/* the request that made it follow events, or NULL */
	uint64_t follow_at;	/* the next event for it */
};

struct vh_control {
	int listener, wake;
	bool running, stopping, woken;
	pthread_t thread;
	struct vh_client *clients;
	unsigned int count;
};

/* Listens if the option "control" says where. False after it has said on stderr what is wrong. */
bool vh_control_start(struct vmhost *host);
/* Called without the lock. */
void vh_control_stop(struct vmhost *host);
/* There may be something to tell clients, or a new deadline. */
void vh_control_wake(struct vmhost *host);

/* client.c: what a client said and is told, whatever carries it --------------------- */

struct vh_client *vh_client_new(int fd);
void vh_client_free(struct vmhost *host, struct vh_client *client);
void vh_client_input(struct vmhost *host, struct vh_client *client, const void *data, size_t len);
/* Adds to client->out what has become due. Returns when to come again, as vh_seconds(). */
double vh_client_pump(struct vmhost *host, struct vh_client *client);

/* Each request gets one of these, once; it is gone then. */
void vh_answer(struct vh_request *request, json_t *fields);	/* taken over; may be NULL */
void vh_refuse(struct vh_request *request, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* verbs.c: does what is asked, and answers now or later. */
void vh_verb(struct vmhost *host, struct vh_request *request);

/* verbs_machine.c: those that are about devices rather than GuestRPC. */
void vh_verb_balloon(struct vmhost *host, struct vh_request *request);
void vh_verb_fault(struct vmhost *host, struct vh_request *request);
void vh_verb_pointer(struct vmhost *host, struct vh_request *request);
void vh_verb_interrupted(struct vmhost *host, struct vh_request *request);
/* NULL: no such part, or no such thing to set. */
json_t *vh_machine_state(struct vmhost *host, const char *part);
bool vh_machine_set(struct vmhost *host, struct vh_request *request, const char *what);

/* What arguments are, and what is said if they are something else. */
const char *vh_arg_text(const struct vh_request *request, const char *key);
/* False after it has refused the request. An argument that is not given leaves *value alone. */
bool vh_arg_number(struct vh_request *request, const char *key, double min, double max,
		   double *value);
bool vh_arg_u64(struct vh_request *request, const char *key, uint64_t max, uint64_t *value);
bool vh_arg_bool(struct vh_request *request, const char *key, bool *value);

#endif
