// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The record of events. They are kept as text: what a guest makes happen must not take
 * more memory than VH_EVENT_BYTES_KEPT, and most of them are written and never searched.
 */
#include "services.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool vh_events_init(struct vmhost *host)
{
	struct vh_events *events = &host->services->events;

	events->first = events->next = 1;
	events->began = vh_monotonic(host);
	if (!host->options.log)
		return true;
	events->log = fopen(host->options.log, "we");
	if (!events->log)
		fprintf(stderr, "vmhost: log=%s: %s\n", host->options.log, strerror(errno));
	return events->log;
}

static struct vh_event *slot(struct vh_events *events, uint64_t seq)
{
	return &events->kept[seq % VH_EVENTS_KEPT];
}

static void forget_oldest(struct vh_events *events)
{
	struct vh_event *event = slot(events, events->first++);

	events->bytes -= event->len;
	free(event->text);
	event->text = NULL;
}

void vh_events_free(struct vmhost *host)
{
	while (host->services->events.first < host->services->events.next)
		forget_oldest(&host->services->events);
	if (host->services->events.log)
		fclose(host->services->events.log);
}

double vh_seconds(const struct vmhost *host)
{
	return (vh_monotonic(host) - host->services->events.began) / 1e6;
}

void vh_event_object(struct vmhost *host, const char *name, json_t *fields)
{
	struct vh_events *events = &host->services->events;
	struct vh_event event = { .seq = events->next, .name = name };
	json_t *whole = json_pack("{s:s, s:I, s:f}", "event", name, "seq", (json_int_t)event.seq,
				  "time", vh_seconds(host));

	json_object_update_missing(whole, fields);
	json_decref(fields);
	event.text = json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(whole);
	event.len = strlen(event.text);

	while (events->first < events->next &&
	       (events->next - events->first == VH_EVENTS_KEPT ||
		events->bytes + event.len > VH_EVENT_BYTES_KEPT))
		forget_oldest(events);
	*slot(events, events->next++) = event;
	events->bytes += event.len;
	if (events->log) {
		fprintf(events->log, "%s\n", event.text);
		fflush(events->log);
	}
	vh_control_wake(host);
}

void vh_event(struct vmhost *host, const char *name, const char *format, ...)
{
	json_error_t error;
	json_t *fields;
	va_list list;

	va_start(list, format);
	fields = format ? json_vpack_ex(&error, 0, format, list) : json_object();
	va_end(list);
	if (!fields) {
		fprintf(stderr, "vmhost: event %s: %s\n", name, error.text);
		abort();	/* a wrong format, not a wrong guest */
	}
	vh_event_object(host, name, fields);
}

const struct vh_event *vh_event_get(const struct vmhost *host, uint64_t seq)
{
	const struct vh_events *events = &host->services->events;

	if (seq < events->first || seq >= events->next)
		return NULL;
	return &events->kept[seq % VH_EVENTS_KEPT];
}

const char *vh_event_check(const json_t *names, const json_t *match)
{
	json_t *name;
	size_t i;

	if (names && !json_is_string(names) && !json_is_array(names))
		return "\"event\" is neither a name nor a list of names";
	json_array_foreach(names, i, name) {
		if (!json_is_string(name))
			return "\"event\" has an entry that is not a name";
	}
	if (match && !json_is_object(match))
		return "\"match\" is not an object of fields and what they must be";
	return NULL;
}

static bool has_name(const struct vh_event *event, const json_t *names)
{
	json_t *name;
	size_t i;

	if (!names)
		return true;
	if (json_is_string(names))
		return !strcmp(event->name, json_string_value(names));
	json_array_foreach(names, i, name) {
		if (!strcmp(event->name, json_string_value(name)))
			return true;
	}
	return false;
}

/*
 * Whether a text fits a pattern in which * stands for any text and ? for any byte. Not a regular
 * expression: those can take as long as their author likes, with the guest waiting.
 */
static bool fits(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	return !pattern[strspn(pattern, "*")];
}

bool vh_event_matches(const struct vh_event *event, const json_t *names, const json_t *match)
{
	bool all = true;
	const char *key;
	json_t *wanted, *fields;

	if (!has_name(event, names))
		return false;
	if (!match || !json_object_size(match))
		return true;
	fields = json_loadb(event->text, event->len, JSON_ALLOW_NUL, NULL);
	json_object_foreach((json_t *)match, key, wanted) {
		json_t *value = json_object_get(fields, key);

		if (json_is_string(wanted) && json_is_string(value))
			all = fits(json_string_value(wanted), json_string_value(value));
		else if (json_is_number(wanted) && json_is_number(value))
			all = json_number_value(wanted) == json_number_value(value);
		else
			all = value && json_equal(wanted, value);
		if (!all)
			break;
	}
	json_decref(fields);
	return all;
}
