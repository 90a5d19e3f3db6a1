// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Faults on request: which there are, which were asked for, and whether it is
 * time for one. What a fault does is where vh_fault() is asked.
 */
#include "host.h"

#include <string.h>

const struct vh_fault_kind vh_fault_kinds[] = {
	/* vmhost.c */
	{ "stall", "milliseconds (1000)" },
	/* backdoor.c */
	{ "clock-step", "seconds, negative for back (3600)" },
	{ "garbage-registers", NULL },
	/* channel.c: requests */
	{ "open-refused", NULL },
	{ "cookies-refused", NULL },
	{ "bad-cookie", "sub-command (any)" },
	{ "closed", "sub-command (any)" },
	{ "forgotten", "sub-command (any)" },
	{ "fail", "sub-command (any)" },
	{ "cpt", "sub-command (any)" },
	{ "cpt-anywhere", "sub-command (any)" },
	{ "unsent", NULL },
	{ "status", "status bits (TIMEOUT)" },
	{ "garbage-status", NULL },
	{ "hb-off", NULL },
	/* channel.c: messages to the guest */
	{ "phantom", "bytes announced (4)" },
	{ "size-lie", "bytes announced (0xffffffff)" },
	{ "wrong-type", "type (3)" },
	{ "reply-truncated", "bytes left (half)" },
	{ "reply-oversized", "bytes (65537)" },
	{ "reply-late", "milliseconds (1000)" },
	{ "reply-withheld", NULL },
	{ "garbage", "bytes (as many as there were)" },
	/* tclo.c */
	{ "reset", NULL },
	/* balloon.c: calls */
	{ "balloon-start-refused", NULL },
	{ "balloon-reset", "command (any)" },
	{ "balloon-busy", "command (any)" },
	{ "balloon-failure", "command (any)" },
	{ "balloon-partial", "entries done before BUSY (half)" },
	{ "balloon-garbage", NULL },
	/* balloon.c: entries */
	{ "balloon-refused", "status (PPN_INVALID)" },
	{ "balloon-pinned", NULL },
	{ "balloon-notneeded", NULL },
	{ "balloon-unlock-refused", "status (BUSY)" },
	{ "balloon-scramble", NULL },
	{ NULL, NULL },
};

static bool strike(struct vmhost *host, size_t i)
{
	struct vh_faults *faults = &host->faults;
	struct vh_fault_entry *entry = &faults->asked[i];

	if (entry->after) {
		entry->after--;
		return false;
	}
	faults->struck++;
	vh_event(host, "fault", "{s:s}", "name", entry->name);
	if (!--entry->times) {
		faults->count--;
		memmove(entry, entry + 1, (faults->count - i) * sizeof(*entry));
	}
	return true;
}

bool vh_fault(struct vmhost *host, const char *name, uint64_t *arg)
{
	struct vh_faults *faults = &host->faults;
	struct vh_fault_entry entry;
	size_t i;

	for (i = 0; i < faults->count; i++) {
		entry = faults->asked[i];
		if (strcmp(entry.name, name))
			continue;
		if (!strike(host, i))
			return false;
		if (arg && entry.has_arg)
			*arg = entry.arg;
		return true;
	}
	return false;
}

bool vh_fault_at(struct vmhost *host, const char *name, uint64_t which)
{
	struct vh_faults *faults = &host->faults;
	size_t i;

	for (i = 0; i < faults->count; i++) {
		if (strcmp(faults->asked[i].name, name))
			continue;
		if (faults->asked[i].has_arg && faults->asked[i].arg != which)
			continue;
		return strike(host, i);
	}
	return false;
}

const char *vh_fault_ask(struct vmhost *host, const char *name, uint64_t after, uint64_t times,
			 const uint64_t *arg)
{
	struct vh_faults *faults = &host->faults;
	const struct vh_fault_kind *kind;

	for (kind = vh_fault_kinds; kind->name && strcmp(kind->name, name); kind++)
		;
	if (!kind->name)
		return "there is no fault of that name";
	if (arg && !kind->arg)
		return "that fault takes no argument";
	if (!times)
		return "a fault strikes at least once: give times of 1 or more";
	if (faults->count == VH_FAULTS_MAX)
		return "too many faults are waiting: clear them first";
	faults->asked[faults->count++] = (struct vh_fault_entry){
		.name = kind->name, .after = after, .times = times, .arg = arg ? *arg : 0,
		.has_arg = arg,
	};
	return NULL;
}

void vh_faults_clear(struct vmhost *host)
{
	host->faults.count = 0;
}
