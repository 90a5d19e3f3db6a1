// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Errors of whoever typed the command, in the words of the programs that we replace.
 */
#include "command.h"

#include <stdio.h>

static int try_help(const char *family)
{
	fprintf(stderr, "Try '%s help%s%s' for more information.\n", program,
		family[0] ? " " : "", family);
	return EX_USAGE;
}

int usage_missing(const char *what, const char *family)
{
	fprintf(stderr, "%s: Missing %s\n", program, what);
	return try_help(family);
}

int usage_unknown(const char *what, const char *value, const char *family)
{
	fprintf(stderr, "%s: Unknown %s '%s'\n", program, what, value);
	return try_help(family);
}
