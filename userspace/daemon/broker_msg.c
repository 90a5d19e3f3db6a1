// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The gate between the two processes: whoever has taken over the worker can ask for
 * what is checked here, and for nothing else.
 */
#include <string.h>

#include "broker_msg.h"

/* A clock that a host may give us: from 2020 to 2262, seen from any wrong time. */
#define STEP_MAX (300ll * 366 * 86400)

static bool screen_ok(const struct broker_screen *screen)
{
	return screen->x >= 0 && screen->x <= BROKER_SCREEN_SIZE &&
	       screen->y >= 0 && screen->y <= BROKER_SCREEN_SIZE &&
	       screen->width >= 1 && screen->width <= BROKER_SCREEN_SIZE &&
	       screen->height >= 1 && screen->height <= BROKER_SCREEN_SIZE;
}

bool broker_check(const void *data, size_t len)
{
	struct broker_request request;

	if (len != sizeof(request))
		return false;
	memcpy(&request, data, sizeof(request));
	if (!request.id)
		return false;
	switch (request.op) {
	case BROKER_POWER:
		return request.power == BROKER_POWER_OFF || request.power == BROKER_REBOOT;
	case BROKER_SCRIPT:
		return request.script < BROKER_SCRIPTS;
	case BROKER_STEP:
		return request.step.nanoseconds < 1000000000u &&
		       request.step.seconds >= -STEP_MAX && request.step.seconds <= STEP_MAX;
	case BROKER_SLEW:
		return request.slew >= -BROKER_SLEW_US && request.slew <= BROKER_SLEW_US;
	case BROKER_FREEZE:
		return request.freeze.limit >= 1 && request.freeze.limit <= BROKER_FREEZE_MS &&
		       request.freeze.ignore_frozen <= 1;
	case BROKER_DISPLAY:
		if (request.display.count < 1 || request.display.count > BROKER_SCREENS)
			return false;
		for (uint32_t i = 0; i < request.display.count; i++)
			if (!screen_ok(&request.display.screen[i]))
				return false;
		return true;
	case BROKER_ONLINE:
		return request.online.kind == BROKER_ONLINE_CPU ||
		       request.online.kind == BROKER_ONLINE_MEMORY;
	case BROKER_CUSTOMIZE:
		return request.customize.step <= BROKER_CUSTOMIZE_COMMIT &&
		       request.customize.raw <= 1 && request.customize.file < BROKER_FILES &&
		       request.customize.len <= BROKER_PIECE;
	case BROKER_CLOCK:
	case BROKER_RESCAN:
	case BROKER_THAW:
	case BROKER_SYNC:
	case BROKER_MANIFEST:
	case BROKER_DISKS:
	case BROKER_RELOAD:
		return true;
	default:
		return false;
	}
}
