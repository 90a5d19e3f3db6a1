// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Any text as a configuration; what is read stays within its limits.
 */
#include <string.h>

#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;

	settings_default(&settings);
	settings_read(&settings, str_of(data, size), NULL, NULL);
	if (settings.freeze_limit < 1 || settings.freeze_limit > 900 || settings.routes4 > 100)
		__builtin_trap();
	for (size_t i = 0; i < 4; i++)
		if (settings.script[i][0] && settings.script[i][0] != '/')
			__builtin_trap();
	for (size_t i = 0; i < SETTINGS_ENV; i++)
		if (!memchr(settings.env[i], '\0', sizeof(settings.env[i])))
			__builtin_trap();
	return 0;
}
