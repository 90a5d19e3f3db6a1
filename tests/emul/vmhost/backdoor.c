// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The commands of port 0x5658: specification "backdoor and GuestRPC" §4. Messages
 * (30) are in channel.c, the absolute pointer (39 to 41, 86) in pointer.c.
 *
 * Answers are 32 bits wide, and so the upper halves of changed registers read as
 * zero. Which answers were inferred is in Documentation/emulated-host.md.
 */
#include "host.h"

#include <endian.h>
#include <string.h>

#define SECOND_US	1000000

static const char *const device_names[] = { "Network adapter 1", "CD/DVD drive 1" };

void vh_backdoor_init(struct vmhost *host)
{
	struct vh_backdoor *backdoor = &host->backdoor;
	size_t i;

	backdoor->restricted = host->options.privilege == 0;
	backdoor->gui_options = BACKDOOR_GUI_AUTO_GRAB | BACKDOOR_GUI_AUTO_UNGRAB;
	backdoor->width = 1024;
	backdoor->height = 768;
	backdoor->pointer_x = BACKDOOR_PTR_UNGRABBED;
	backdoor->pointer_y = BACKDOOR_PTR_UNGRABBED;
	backdoor->vcpu_info = BACKDOOR_VCPU_TSC_SYNCED | BACKDOOR_VCPU_LEGACY_X2APIC;
	backdoor->max_lag = SECOND_US;
	for (i = 0; i < sizeof(device_names) / sizeof(device_names[0]); i++) {
		struct backdoor_device *device = &backdoor->devices[i];

		memcpy(device->name, device_names[i], strlen(device_names[i]));
		device->id = htole32(i);
		device->enabled = 1;
	}
	backdoor->device_count = i;
}

bool vh_backdoor_admits(const struct vmhost *host, const struct vh_guest *guest)
{
	return !host->backdoor.restricted || guest->cpl <= guest->iopl;
}

static uint32_t pack(uint16_t high, uint16_t low)
{
	return (uint32_t)high << 16 | low;
}

static void get_version(struct vmhost *host, struct vh_guest *guest, struct vh_regs *regs)
{
	struct vh_backdoor *backdoor = &host->backdoor;
	uint64_t now = vh_monotonic(host);

	regs->ax = BACKDOOR_VERSION;
	regs->bx = BACKDOOR_MAGIC;
	regs->cx = host->options.product;
	/* Programs ask in loops: an event for each would bury all others. */
	if (!backdoor->version_asked || now - backdoor->version_asked > SECOND_US)
		vh_event(host, "version", "{s:i}", "cpl", (int)guest->cpl);
	backdoor->version_asked = now;
}

static void get_hz(const struct vmhost *host, struct vh_regs *regs)
{
	if (!host->options.tsc_hz) {
		regs->bx = UINT32_MAX;
		return;
	}
	regs->ax = (uint32_t)host->options.tsc_hz;
	regs->bx = host->options.tsc_hz >> 32;
	regs->cx = host->options.bus_hz;
}

static void get_uuid(const struct vmhost *host, struct vh_regs *regs)
{
	uint32_t word[4];

	memcpy(word, host->options.uuid, sizeof(word));
	regs->ax = le32toh(word[0]);
	regs->bx = le32toh(word[1]);
	regs->cx = le32toh(word[2]);
	regs->dx = le32toh(word[3]);
}

/* Three generations of one question: what success looks like differs. */
static void get_time(struct vmhost *host, unsigned int command, struct vh_regs *regs)
{
	const struct vh_backdoor *backdoor = &host->backdoor;
	uint64_t step = 3600;
	int64_t now;

	if (vh_fault(host, "clock-step", &step))
		host->clock.ahead += (int64_t)step * SECOND_US;
	now = vh_wall_clock(host);
	if (now < 0)
		now = 0;
	regs->bx = now % SECOND_US;
	regs->cx = backdoor->max_lag;
	now /= SECOND_US;
	if (command == BACKDOOR_CMD_GETTIME) {
		regs->ax = (uint32_t)now;
		return;
	}
	regs->ax = BACKDOOR_MAGIC;
	regs->si = (uint64_t)now >> 32;
	regs->dx = (uint32_t)now;
	if (command == BACKDOOR_CMD_GETTIMEFULL_WITH_LAG)
		regs->di = backdoor->interrupt_lag;
}

/* ebx: number and byte offset. 4 bytes of the record, if they are all in it. */
static void get_device(const struct vmhost *host, struct vh_regs *regs)
{
	const struct vh_backdoor *backdoor = &host->backdoor;
	size_t number = (uint32_t)regs->bx >> 16, offset = regs->bx & 0xffff;
	uint32_t word;

	regs->ax = 0;
	if (number >= backdoor->device_count || offset > sizeof(struct backdoor_device) - 4)
		return;
	memcpy(&word, (const char *)&backdoor->devices[number] + offset, sizeof(word));
	regs->ax = 1;
	regs->bx = le32toh(word);
}

static void toggle_device(struct vmhost *host, struct vh_regs *regs)
{
	struct vh_backdoor *backdoor = &host->backdoor;
	uint32_t id = regs->bx & ~BACKDOOR_DEVICE_CONNECT;
	bool connect = regs->bx & BACKDOOR_DEVICE_CONNECT;
	size_t i;

	regs->ax = 0;
	for (i = 0; i < backdoor->device_count; i++) {
		if (le32toh(backdoor->devices[i].id) != id)
			continue;
		backdoor->devices[i].enabled = connect;
		regs->ax = 1;
		vh_event(host, "device", "{s:i, s:b}", "id", (int)id, "connected", (int)connect);
	}
}

/* What is in force is answered. Only CPL 0 may change it; else code that is shut out had let itself in. */
static void control_nesting(struct vmhost *host, struct vh_guest *guest, struct vh_regs *regs)
{
	bool *restricted = &host->backdoor.restricted;
	unsigned int sub = (uint32_t)regs->cx >> 16;

	if (sub > BACKDOOR_NESTING_QUERY || (sub != BACKDOOR_NESTING_QUERY && guest->cpl)) {
		regs->ax = BACKDOOR_UNKNOWN;
		return;
	}
	if (sub != BACKDOOR_NESTING_QUERY)
		*restricted = sub == BACKDOOR_NESTING_RESTRICT;
	regs->ax = *restricted ? BACKDOOR_NESTING_RESTRICT : BACKDOOR_NESTING_OPEN;
}

static void count(struct vh_backdoor *backdoor, unsigned int command)
{
	if (command < VH_COMMANDS)
		backdoor->calls[command]++;
}

static void garble(struct vmhost *host, struct vh_regs *regs)
{
	regs->ax = (uint32_t)vh_random(host);
	regs->bx = (uint32_t)vh_random(host);
	regs->cx = (uint32_t)vh_random(host);
	regs->dx = (uint32_t)vh_random(host);
	regs->si = (uint32_t)vh_random(host);
	regs->di = (uint32_t)vh_random(host);
}

void vh_backdoor_call(struct vmhost *host, struct vh_guest *guest, struct vh_regs *regs)
{
	const struct vh_options *options = &host->options;
	struct vh_backdoor *backdoor = &host->backdoor;
	unsigned int command = regs->cx & 0xffff;

	count(backdoor, command);
	switch (command) {
	case BACKDOOR_CMD_GETMHZ:
		regs->ax = options->tsc_hz ? options->tsc_hz / 1000000 : options->mhz;
		break;
	case BACKDOOR_CMD_GETPTRLOCATION:
		regs->ax = pack(backdoor->pointer_x, backdoor->pointer_y);
		break;
	case BACKDOOR_CMD_SETPTRLOCATION:
		backdoor->pointer_x = (int16_t)((uint32_t)regs->bx >> 16);
		backdoor->pointer_y = (int16_t)regs->bx;
		break;
	case BACKDOOR_CMD_GETVERSION:
		get_version(host, guest, regs);
		break;
	case BACKDOOR_CMD_GETDEVICELISTELEMENT:
		get_device(host, regs);
		break;
	case BACKDOOR_CMD_TOGGLEDEVICE:
		toggle_device(host, regs);
		break;
	case BACKDOOR_CMD_GETGUIOPTIONS:
		regs->ax = backdoor->gui_options;
		break;
	case BACKDOOR_CMD_SETGUIOPTIONS:
		backdoor->gui_options = regs->bx;
		break;
	case BACKDOOR_CMD_GETSCREENSIZE:
		regs->ax = pack(backdoor->width, backdoor->height);
		break;
	case BACKDOOR_CMD_GETHWVERSION:
		regs->ax = options->hwversion;
		break;
	case BACKDOOR_CMD_GETUUID:
		get_uuid(host, regs);
		break;
	case BACKDOOR_CMD_GETMEMSIZE:
		regs->ax = options->memory;
		break;
	case BACKDOOR_CMD_GETTIME:
	case BACKDOOR_CMD_GETTIMEFULL:
	case BACKDOOR_CMD_GETTIMEFULL_WITH_LAG:
		get_time(host, command, regs);
		break;
	case BACKDOOR_CMD_STOPCATCHUP:
		vh_event(host, "stop-catchup", NULL);
		break;
	case BACKDOOR_CMD_MESSAGE:
		vh_channel_request(host, regs);
		break;
	case BACKDOOR_CMD_ISACPIDISABLED:
		regs->ax = backdoor->acpi_disabled;
		break;
	case BACKDOOR_CMD_ISMOUSEABSOLUTE:
		regs->ax = host->pointer.absolute;
		break;
	case BACKDOOR_CMD_ABSPOINTER_DATA:
	case BACKDOOR_CMD_ABSPOINTER_STATUS:
	case BACKDOOR_CMD_ABSPOINTER_COMMAND:
	case BACKDOOR_CMD_ABSPOINTER_RESTRICT:
		vh_pointer_call(host, guest, command, regs);
		break;
	case BACKDOOR_CMD_GETHZ:
		get_hz(host, regs);
		break;
	case BACKDOOR_CMD_NESTING_CONTROL:
		control_nesting(host, guest, regs);
		break;
	case BACKDOOR_CMD_GET_VCPU_INFO:
		regs->ax = backdoor->vcpu_info;
		break;
	case BACKDOOR_CMD_GETBUILDNUM:
		regs->ax = options->build;
		break;
	default:
		backdoor->unknown++;
		regs->ax = BACKDOOR_UNKNOWN;
		break;
	}
	if (vh_fault(host, "garbage-registers", NULL))
		garble(host, regs);
}
