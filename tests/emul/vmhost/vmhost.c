// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A host as a whole: its making and its end, and the way in for the guest's
 * calls. Who answers which call is decided here, how is not.
 */
#include "host.h"

#include <stdlib.h>
#include <time.h>

#include <vmw/backdoor_dev.h>
#include <vmw/balloon_dev.h>

/* A call that takes long ends before the patience of whoever watches the guest. */
#define STALL_MAX_MS	60000

struct vmhost *vh_new(int count, const char *const options[])
{
	struct vmhost *host = calloc(1, sizeof(*host));

	if (!host)
		return NULL;
	if (!vh_options_set(&host->options, count, options))
		goto err_options;
	host->random = host->options.seed;
	pthread_mutex_init(&host->lock, NULL);
	vh_backdoor_init(host);
	vh_pointer_machine_reset(host);
	vh_balloon_init(host);
	if (!vh_services_start(host))
		goto err_services;
	return host;

err_services:
	vh_balloon_free(host);
	pthread_mutex_destroy(&host->lock);
err_options:
	vh_options_free(&host->options);
	free(host);
	return NULL;
}

void vh_free(struct vmhost *host)
{
	vh_services_stop(host);
	vh_channels_free(host);
	vh_balloon_free(host);
	pthread_mutex_destroy(&host->lock);
	vh_options_free(&host->options);
	free(host);
}

void vh_lock(struct vmhost *host)
{
	pthread_mutex_lock(&host->lock);
}

void vh_unlock(struct vmhost *host)
{
	pthread_mutex_unlock(&host->lock);
}

/* A hypercall says in dx which of the port's forms it stands for. */
static enum vh_entry resolve(enum vh_entry entry, const struct vh_regs *regs)
{
	if (entry != VH_HYPERCALL)
		return entry;
	if (!(regs->dx & BACKDOOR_HC_HB))
		return VH_PORT;
	return regs->dx & BACKDOOR_HC_WRITE ? VH_PORT_OUT : VH_PORT_IN;
}

static bool answer(struct vmhost *host, struct vh_guest *guest, enum vh_entry entry,
		   struct vh_regs *regs)
{
	enum vh_entry form = resolve(entry, regs);
	uint32_t magic = regs->ax;
	uint16_t port = regs->dx;

	if (magic == BALLOON_MAGIC && entry == VH_PORT && port == BALLOON_PORT)
		return vh_balloon_call(host, guest, regs);
	if (magic != BACKDOOR_MAGIC || !vh_backdoor_admits(host, guest))
		return false;
	if (entry != VH_HYPERCALL &&
	    port != (form == VH_PORT ? BACKDOOR_PORT_LB : BACKDOOR_PORT_HB))
		return false;
	if (form == VH_PORT)
		vh_backdoor_call(host, guest, regs);
	else
		vh_channel_transfer(host, guest, form, entry == VH_HYPERCALL, regs);
	return true;
}

static void sleep_ms(uint64_t ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&time, &time))
		;
}

bool vh_call(struct vmhost *host, struct vh_guest *guest, enum vh_entry entry,
	     struct vh_regs *regs)
{
	uint64_t stall = 1000;
	bool stalls, ours;

	vh_lock(host);
	ours = answer(host, guest, entry, regs);
	if (ours)
		vh_balloon_ring(host, guest);
	stalls = ours && vh_fault(host, "stall", &stall);
	vh_unlock(host);
	if (stalls)
		sleep_ms(stall < STALL_MAX_MS ? stall : STALL_MAX_MS);
	return ours;
}

void vh_tick(struct vmhost *host, struct vh_guest *guest)
{
	vh_lock(host);
	vh_balloon_ring(host, guest);
	vh_unlock(host);
}
