/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * <linux/string_choices.h> for kernels before 6.7: the words in messages.
 */
#ifndef _VMGUEST_MISSING_STRING_CHOICES_H
#define _VMGUEST_MISSING_STRING_CHOICES_H

#include <linux/string_helpers.h>

#ifndef HAVE_STR_ON_OFF
static inline const char *str_on_off(bool v)
{
	return v ? "on" : "off";
}

static inline const char *str_yes_no(bool v)
{
	return v ? "yes" : "no";
}

static inline const char *str_enabled_disabled(bool v)
{
	return v ? "enabled" : "disabled";
}
#endif

static inline const char *str_up_down(bool v)
{
	return v ? "up" : "down";
}

#endif
