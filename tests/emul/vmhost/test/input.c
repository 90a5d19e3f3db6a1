// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What fuzz targets share.
 */
#include "input.h"
#include "../host.h"

void ask_for_fault(struct vmhost *host, struct input *input)
{
	uint64_t number = take(input, 1), after = take(input, 1), times = take(input, 1), arg;
	size_t count = 0;

	while (vh_fault_kinds[count].name)
		count++;
	number %= count;
	arg = take(input, 3);
	/* Nothing shall take long here. */
	if (!strcmp(vh_fault_kinds[number].name, "stall"))
		return;
	vh_fault_ask(host, vh_fault_kinds[number].name, after % 8, times % 4,
		     vh_fault_kinds[number].arg && arg ? &arg : NULL);
}
