// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What one client said and is told: lines become requests, requests get one answer each, at
 * once or when what they wait for has come. A client that follows events is given them as
 * fast as it reads, and no faster: the record of events is its backlog.
 */
#include "services.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES	(4u << 20)
#define PENDING_MAX	64
#define FOLLOW_AHEAD	(64u << 10)	/* events in out, in bytes */

struct vh_client *vh_client_new(int fd)
{
	struct vh_client *client = calloc(1, sizeof(*client));

	if (!client)
		abort();
	client->fd = fd;
	return client;
}

static void end_request(struct vh_request *request)
{
	struct vh_request **link = &request->client->requests;

	while (*link != request)
		link = &(*link)->next;
	*link = request->next;
	request->client->pending--;
	json_decref(request->message);
	free(request);
}

void vh_client_free(struct vmhost *host, struct vh_client *client)
{
	while (client->requests) {
		vh_tclo_forget(host, client->requests);
		end_request(client->requests);
	}
	json_decref(client->follows);
	vh_buf_free(&client->in);
	vh_buf_free(&client->out);
	if (client->fd >= 0)
		close(client->fd);
	free(client);
}

static void say(struct vh_client *client, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(15));

	vh_buf_printf(&client->out, "%s\n", text);
	free(text);
	json_decref(line);
}

static json_t *begin_answer(const json_t *message, bool ok)
{
	json_t *answer = json_object();
	json_t *id = json_object_get(message, "id");

	if (id)
		json_object_set(answer, "id", id);
	json_object_set_new(answer, "ok", json_boolean(ok));
	return answer;
}

void vh_answer(struct vh_request *request, json_t *fields)
{
	json_t *answer = begin_answer(request->message, true);

	json_object_update_missing(answer, fields);
	json_decref(fields);
	say(request->client, answer);
	end_request(request);
}

static void refuse(struct vh_client *client, const json_t *message, const char *error)
{
	json_t *answer = begin_answer(message, false);

	json_object_set_new(answer, "error", json_string(error));
	say(client, answer);
}

void vh_refuse(struct vh_request *request, const char *format, ...)
{
	char error[1024];
	va_list list;

	va_start(list, format);
	vsnprintf(error, sizeof(error), format, list);
	va_end(list);
	refuse(request->client, request->message, error);
	end_request(request);
}

static void take_line(struct vmhost *host, struct vh_client *client, const char *line, size_t len)
{
	struct vh_request *request;
	json_error_t error;
	json_t *message = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	char text[256];

	if (!message) {
		snprintf(text, sizeof(text), "not JSON: %s at byte %d; give one object a line",
			 error.text, error.position);
		refuse(client, NULL, text);
		return;
	}
	if (!json_is_object(message)) {
		refuse(client, NULL, "not an object: give {\"id\": …, \"do\": …}");
		json_decref(message);
		return;
	}
	if (client->pending >= PENDING_MAX) {
		refuse(client, message, "too many requests wait: let some of them end");
		json_decref(message);
		return;
	}
	request = calloc(1, sizeof(*request));
	if (!request)
		abort();
	request->client = client;
	request->message = message;
	request->next = client->requests;
	client->requests = request;
	client->pending++;
	vh_verb(host, request);
}

void vh_client_input(struct vmhost *host, struct vh_client *client, const void *data, size_t len)
{
	struct vh_buf *in = &client->in;
	size_t searched = in->len, done = 0;
	const char *end;

	vh_buf_add(in, data, len);
	while ((end = memchr(in->data + searched, '\n', in->len - searched))) {
		const char *line = (char *)in->data + done;

		if (end > line && !client->doomed)
			take_line(host, client, line, end - line);
		done = searched = end + 1 - (char *)in->data;
	}
	memmove(in->data, in->data + done, in->len - done);
	in->len -= done;
	if (in->len > LINE_MAX_BYTES) {
		refuse(client, NULL, "a line of more than 4 MiB; the connection ends");
		client->doomed = true;
	}
}

/* What came instead, for whoever reads the failure of a test. */
static void time_out(struct vmhost *host, struct vh_request *request)
{
	const struct vh_event *event, *last = NULL;
	struct vh_buf seen = { 0 };
	uint64_t count = 0;
	char *wanted = json_dumps(request->message, JSON_COMPACT | JSON_REAL_PRECISION(15));

	for (uint64_t seq = request->since + 1; seq < host->services->events.next; seq++) {
		event = vh_event_get(host, seq);
		if (!event)
			continue;
		count++;
		last = event;
		if (host->services->events.next - seq <= 12)
			vh_buf_printf(&seen, " %s", event->name);
	}
	vh_refuse(request, "no such event in time: %.200s; %llu others since %llu, the latest:%.300s%s%.300s",
		  wanted, (unsigned long long)count, (unsigned long long)request->since,
		  seen.data ? (char *)seen.data : " none", last ? "; the last was " : "",
		  last ? last->text : "");
	vh_buf_free(&seen);
	free(wanted);
}

/* Returns when the wait ends, or INFINITY because it has. */
static double look(struct vmhost *host, struct vh_request *request)
{
	const struct vh_events *events = &host->services->events;
	const json_t *names = json_object_get(request->message, "event");
	const json_t *match = json_object_get(request->message, "match");

	if (request->at < events->first)
		request->at = events->first;
	for (; request->at < events->next; request->at++) {
		const struct vh_event *event = vh_event_get(host, request->at);

		if (!vh_event_matches(event, names, match))
			continue;
		vh_answer(request, json_pack("{s:o}", "event",
					     json_loadb(event->text, event->len, JSON_ALLOW_NUL,
							NULL)));
		return INFINITY;
	}
	if (vh_seconds(host) < request->deadline)
		return request->deadline;
	time_out(host, request);
	return INFINITY;
}

static void follow(struct vmhost *host, struct vh_client *client)
{
	const struct vh_events *events = &host->services->events;
	const json_t *names = json_object_get(client->follows, "event");
	const json_t *match = json_object_get(client->follows, "match");

	if (client->follow_at < events->first) {
		say(client, json_pack("{s:s, s:I}", "event", "lost", "count",
				      (json_int_t)(events->first - client->follow_at)));
		client->follow_at = events->first;
	}
	while (client->follow_at < events->next &&
	       client->out.len - client->written < FOLLOW_AHEAD) {
		const struct vh_event *event = vh_event_get(host, client->follow_at++);

		if (vh_event_matches(event, names, match))
			vh_buf_printf(&client->out, "%s\n", event->text);
	}
}

double vh_client_pump(struct vmhost *host, struct vh_client *client)
{
	struct vh_request *request, *next;
	double when = INFINITY;

	for (request = client->requests; request; request = next) {
		next = request->next;
		if (request->waits)
			when = fmin(when, look(host, request));
	}
	if (client->follows)
		follow(host, client);
	return when;
}
