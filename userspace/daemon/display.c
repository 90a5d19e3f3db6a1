// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Sizes of screens, from the host's window to the display driver. Only numbers go on;
 * the driver checks them against what it can do, and desktops follow its hot-plug event.
 */
#include <string.h>

#include "log.h"
#include "services.h"

static void handed_over(void *data, const struct broker_answer *answer)
{
	(void)data;
	if (answer->result)
		log_debug("the display driver does not take the screens: %s",
			  strerror(-answer->result));
}

static bool hand_over(struct worker *worker, struct broker_request *request, struct buf *result)
{
	request->op = BROKER_DISPLAY;
	request->id = 1;
	if (!broker_check(request, sizeof(*request)))
		return answer(result, false, "Invalid arguments");
	ask_broker(worker, *request, handed_over, worker);
	return true;
}

/* The next number, which blanks may surround; @s goes on behind it. */
static bool next(struct str *s, int64_t *number)
{
	size_t len = 0;

	while (s->len && s->at[0] == ' ')
		*s = str_skip(*s, 1);
	while (len < s->len && s->at[len] != ' ' && s->at[len] != ',')
		len++;
	if (!str_int(str_of(s->at, len), number) || *number < -(1 << 20) || *number > 1 << 20)
		return false;
	*s = str_skip(*s, len);
	return true;
}

static bool comma(struct str *s)
{
	while (s->len && s->at[0] == ' ')
		*s = str_skip(*s, 1);
	if (!s->len || s->at[0] != ',')
		return false;
	*s = str_skip(*s, 1);
	return true;
}

bool display_resolution(struct worker *worker, struct str args, struct buf *result)
{
	struct broker_request request = { .display.count = 1 };
	struct str rest = str_cut(&args, '\0');
	int64_t width, height;

	if (!worker->settings.display)
		return answer(result, false, "Unknown Command");
	if (!next(&rest, &width) || !next(&rest, &height) || str_trim(rest).len ||
	    width < 1 || height < 1)
		return answer(result, false, "Invalid arguments");
	request.display.screen[0].width = (uint32_t)width;
	request.display.screen[0].height = (uint32_t)height;
	return hand_over(worker, &request, result);
}

bool display_topology(struct worker *worker, struct str args, struct buf *result)
{
	struct broker_request request = { 0 };
	struct broker_screen *screen = request.display.screen;
	struct str rest = str_cut(&args, '\0');
	int64_t count, n[4], left = INT32_MAX, top = INT32_MAX;

	if (!worker->settings.display)
		return answer(result, false, "Unknown Command");
	if (!next(&rest, &count) || count < 1 || count > BROKER_SCREENS)
		return answer(result, false, "Invalid arguments");
	request.display.count = (uint32_t)count;
	for (int64_t i = 0; i < count; i++) {
		if (!comma(&rest))
			return answer(result, false, "Invalid arguments");
		for (int k = 0; k < 4; k++)
			if (!next(&rest, &n[k]))
				return answer(result, false, "Invalid arguments");
		if (n[2] < 1 || n[3] < 1)
			return answer(result, false, "Invalid arguments");
		screen[i] = (struct broker_screen){
			(int32_t)n[0], (int32_t)n[1], (uint32_t)n[2], (uint32_t)n[3]
		};
		if (n[0] < left)
			left = n[0];
		if (n[1] < top)
			top = n[1];
	}
	/* The host's origin may be in the middle; the driver's is at the top left. */
	for (int64_t i = 0; i < count; i++) {
		screen[i].x -= (int32_t)left;
		screen[i].y -= (int32_t)top;
	}
	return hand_over(worker, &request, result);
}
