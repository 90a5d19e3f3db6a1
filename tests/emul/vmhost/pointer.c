// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The absolute pointer, which the guest's mouse driver reads: specification
 * "backdoor and GuestRPC" §4.8.
 */
#include "host.h"

#include <string.h>

void vh_pointer_machine_reset(struct vmhost *host)
{
	memset(&host->pointer, 0, sizeof(host->pointer));
}

static void push(struct vh_pointer *pointer, uint32_t word)
{
	pointer->queue[(pointer->first + pointer->count++) % BACKDOOR_POINTER_QUEUE] = word;
}

static uint32_t pop(struct vh_pointer *pointer)
{
	uint32_t word = pointer->queue[pointer->first];

	pointer->first = (pointer->first + 1) % BACKDOOR_POINTER_QUEUE;
	pointer->count--;
	return word;
}

bool vh_pointer_event(struct vmhost *host, uint32_t buttons, uint32_t x, uint32_t y, int8_t wheel)
{
	struct vh_pointer *pointer = &host->pointer;

	if (!pointer->enabled || pointer->error ||
	    pointer->count + BACKDOOR_POINTER_EVENT > BACKDOOR_POINTER_QUEUE)
		return false;
	push(pointer, buttons | (pointer->absolute ? 0 : BACKDOOR_POINTER_MOVED_BY));
	push(pointer, x);
	push(pointer, y);
	push(pointer, (uint8_t)wheel);
	return true;
}

static void data(struct vh_pointer *pointer, struct vh_regs *regs)
{
	uint64_t *const to[BACKDOOR_POINTER_WORDS_MAX] = {
		&regs->ax, &regs->bx, &regs->cx, &regs->dx, &regs->si, &regs->di,
	};
	uint32_t n = regs->bx, i;

	if (!pointer->enabled || !n || n > BACKDOOR_POINTER_WORDS_MAX || n > pointer->count) {
		pointer->error = true;
		regs->ax = BACKDOOR_UNKNOWN;
		return;
	}
	for (i = 0; i < n; i++)
		*to[i] = pop(pointer);
}

static void obey(struct vh_pointer *pointer, struct vh_regs *regs)
{
	switch ((uint32_t)regs->bx) {
	case BACKDOOR_POINTER_ENABLE:
		pointer->enabled = true;
		pointer->error = false;
		pointer->count = 0;
		push(pointer, BACKDOOR_POINTER_ID);
		break;
	case BACKDOOR_POINTER_RELATIVE:
		pointer->absolute = false;
		break;
	case BACKDOOR_POINTER_ABSOLUTE:
		pointer->absolute = true;
		break;
	case BACKDOOR_POINTER_DISABLE:
		pointer->enabled = false;
		pointer->absolute = false;
		pointer->count = 0;
		break;
	}
}

static bool admits(const struct vh_pointer *pointer, const struct vh_guest *guest)
{
	switch (pointer->restriction) {
	case BACKDOOR_POINTER_FOR_CPL0:
		return !guest->cpl;
	case BACKDOOR_POINTER_FOR_IOPL:
		return guest->cpl <= guest->iopl;
	default:
		return true;
	}
}

void vh_pointer_call(struct vmhost *host, struct vh_guest *guest, unsigned int command,
		     struct vh_regs *regs)
{
	struct vh_pointer *pointer = &host->pointer;

	if (!admits(pointer, guest)) {
		regs->ax = BACKDOOR_UNKNOWN;
		return;
	}
	switch (command) {
	case BACKDOOR_CMD_ABSPOINTER_DATA:
		data(pointer, regs);
		break;
	case BACKDOOR_CMD_ABSPOINTER_STATUS:
		regs->ax = pointer->count;
		if (!pointer->enabled || pointer->error)
			regs->ax |= BACKDOOR_POINTER_ERROR << 16;
		break;
	case BACKDOOR_CMD_ABSPOINTER_COMMAND:
		obey(pointer, regs);
		break;
	case BACKDOOR_CMD_ABSPOINTER_RESTRICT:
		if ((uint32_t)regs->bx <= BACKDOOR_POINTER_FOR_IOPL)
			pointer->restriction = regs->bx;
		break;
	}
}
