// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Errors, in the words of the programs that we replace: of whoever typed the command,
 * and of what could not be done.
 */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>

int usage_try_help(const char *family)
{
	fprintf(stderr, "Try '%s help%s%s' for more information.\n", program,
		family[0] ? " " : "", family);
	return EX_USAGE;
}

void complaint(const char *format, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

int usage_missing(const char *what, const char *family)
{
	fprintf(stderr, "%s: Missing %s\n", program, what);
	return usage_try_help(family);
}

int usage_unknown(const char *what, const char *value, const char *family)
{
	fprintf(stderr, "%s: Unknown %s '%s'\n", program, what, value);
	return usage_try_help(family);
}

int usage_not_root(const char *family)
{
	fprintf(stderr, "%s: You must be root to perform %s operations.\n", program, family);
	return EX_NOPERM;
}
