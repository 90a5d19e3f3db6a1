/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/*
 * Talking to a host from both sides: as its guest, in requests and answers, and as a client
 * of its control socket, without the socket.
 */
#ifndef TALK_H
#define TALK_H

#include <jansson.h>

#include "../services.h"
#include "guest.h"

struct talk {
	struct guest *guest;
	struct vmhost *host;
	struct vh_client *client;
	struct vh_buf reply;	/* the last one */
	struct guest_channel tclo;
};

struct talk *talk_new(const char *const options[]);
void talk_free(struct talk *talk);

/* The reply to an RPCI request; valid until the next one. */
const char *talk_rpci(struct talk *talk, const char *request);
const char *talk_rpci_bytes(struct talk *talk, const void *request, size_t len);
/* One round of a TCLO guest: sends what it has to say, and takes the next command or "". */
const char *talk_round(struct talk *talk, const void *answer, size_t len);
const char *talk_poll(struct talk *talk, const char *answer);
/* Answers all commands with "OK " but «reset»; returns how many there were. */
unsigned int talk_boot(struct talk *talk);

/* Says a line to the host. */
void talk_say(struct talk *talk, const char *line);
/* The oldest line that the host has said and that was not taken yet, or NULL. */
json_t *talk_hear(struct talk *talk);
/* One request and its immediate answer. */
json_t *talk_ask(struct talk *talk, const char *line);
/* A value of a state: talk_get(talk, "tools", "heartbeat.status"). Borrowed until the next call. */
json_t *talk_get(struct talk *talk, const char *part, const char *path);
/* The latest event of that name, or NULL. */
json_t *talk_event(struct talk *talk, const char *name);
/* Time goes by. */
void talk_pass(struct talk *talk, double seconds);

const char *talk_text(json_t *object, const char *key);

#endif
