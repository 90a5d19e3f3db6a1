// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* A guest's tools and a client, both in the hands of a test. */
#include "talk.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

struct talk *talk_new(const char *const options[])
{
	struct talk *talk = calloc(1, sizeof(*talk));

	talk->guest = guest_new(options);
	ck_assert(talk->guest);
	talk->host = talk->guest->host;
	talk->client = vh_client_new(-1);
	return talk;
}

void talk_free(struct talk *talk)
{
	talk_get(talk, NULL, NULL);
	vh_buf_free(&talk->reply);
	vh_lock(talk->host);
	vh_client_free(talk->host, talk->client);
	vh_unlock(talk->host);
	guest_free(talk->guest);
	free(talk);
}

const char *talk_rpci_bytes(struct talk *talk, const void *request, size_t len)
{
	ck_assert(guest_rpci(talk->guest, request, len, &talk->reply));
	return (const char *)talk->reply.data;
}

const char *talk_rpci(struct talk *talk, const char *request)
{
	return talk_rpci_bytes(talk, request, strlen(request));
}

const char *talk_round(struct talk *talk, const void *answer, size_t len)
{
	if (!talk->tclo.cookie_high)
		ck_assert(guest_open(talk->guest, BACKDOOR_PROTO_TCLO, &talk->tclo));
	ck_assert(guest_send(talk->guest, &talk->tclo, answer, len));
	ck_assert(guest_receive(talk->guest, &talk->tclo, &talk->reply));
	return talk->reply.data ? (const char *)talk->reply.data : "";
}

const char *talk_poll(struct talk *talk, const char *answer)
{
	return talk_round(talk, answer, strlen(answer));
}

unsigned int talk_boot(struct talk *talk)
{
	const char *command = talk_poll(talk, "");
	unsigned int count = 0;

	while (*command) {
		command = talk_poll(talk, strcmp(command, "reset") ? "OK " : "OK ATR toolbox");
		count++;
	}
	return count;
}

void talk_say(struct talk *talk, const char *line)
{
	vh_lock(talk->host);
	vh_client_input(talk->host, talk->client, line, strlen(line));
	vh_client_input(talk->host, talk->client, "\n", 1);
	vh_unlock(talk->host);
}

json_t *talk_hear(struct talk *talk)
{
	struct vh_buf *out = &talk->client->out;
	json_t *line;
	char *end;
	size_t len;

	vh_lock(talk->host);
	vh_services_tick(talk->host);
	vh_client_pump(talk->host, talk->client);
	vh_unlock(talk->host);
	if (!out->len)
		return NULL;
	end = memchr(out->data, '\n', out->len);
	ck_assert(end);
	len = end + 1 - (char *)out->data;
	line = json_loadb((char *)out->data, len, JSON_ALLOW_NUL, NULL);
	ck_assert(line);
	memmove(out->data, out->data + len, out->len - len);
	out->len -= len;
	return line;
}

json_t *talk_ask(struct talk *talk, const char *line)
{
	json_t *answer;

	talk_say(talk, line);
	answer = talk_hear(talk);
	ck_assert(answer);
	return answer;
}

json_t *talk_get(struct talk *talk, const char *part, const char *path)
{
	static json_t *kept;
	char line[128], *word, *rest;
	json_t *value;

	json_decref(kept);
	kept = NULL;
	if (!part)
		return NULL;
	snprintf(line, sizeof(line), "{\"do\": \"state\", \"part\": \"%s\"}", part);
	kept = talk_ask(talk, line);
	value = json_object_get(kept, "state");
	ck_assert(value);
	snprintf(line, sizeof(line), "%s", path);
	for (word = strtok_r(line, ".", &rest); word; word = strtok_r(NULL, ".", &rest)) {
		if (json_is_array(value))
			value = json_array_get(value, atoi(word));
		else
			value = json_object_get(value, word);
	}
	return value;
}

json_t *talk_event(struct talk *talk, const char *name)
{
	const struct vh_events *events = &talk->host->services->events;

	for (uint64_t seq = events->next - 1; seq >= events->first; seq--) {
		const struct vh_event *event = vh_event_get(talk->host, seq);

		if (!strcmp(event->name, name))
			return json_loads(event->text, JSON_ALLOW_NUL, NULL);
	}
	return NULL;
}

void talk_pass(struct talk *talk, double seconds)
{
	vh_lock(talk->host);
	vh_clock_pass(talk->host, seconds);
	vh_services_tick(talk->host);
	vh_unlock(talk->host);
}

const char *talk_text(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "(none)";
}
