/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A fuzzer's bytes, taken piece by piece. When they are used up, all is 0.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../vmhost.h"

struct input {
	const uint8_t *data;
	size_t left;
};

static inline uint64_t take(struct input *input, size_t size)
{
	uint64_t value = 0;

	if (size > input->left)
		size = input->left;
	memcpy(&value, input->data, size);
	input->data += size;
	input->left -= size;
	return value;
}

/* One of the faults that there are, with whatever numbers. */
void ask_for_fault(struct vmhost *host, struct input *input);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
