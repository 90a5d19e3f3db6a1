// SPDX-License-Identifier: GPL-2.0-only
// since 5.18: «lib/string_helpers: Consolidate string helpers implementation»
#include <linux/string_helpers.h>

static const char *__maybe_unused probe(bool on)
{
	return str_on_off(on);
}
