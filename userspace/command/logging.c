// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * logging: how much a service says, a key of tools.conf.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "conf.h"

static const char *const levels[] = { "error", "critical", "warning", "info", "message", "debug" };

static int get(const char *key)
{
	struct buf text = { 0 }, value = { 0 };

	tools_conf_read(&text);
	if (!conf_get(str_of(buf_text(&text), text.len), "logging", key, &value))
		buf_str(&value, "message");
	printf("%s = %s\n", key, buf_text(&value));
	buf_free(&text);
	buf_free(&value);
	return 0;
}

static int set(const char *key, const char *level)
{
	struct setting setting = { key, level };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!strcmp(level, levels[i]))
			return tools_conf_set("logging", &setting, 1);
	}
	return usage_unknown("logging level", level, "logging");
}

int logging_main(int argc, char *argv[])
{
	struct buf key = { 0 };
	bool is_get;
	int ret;

	if (argc < 2)
		return usage_missing("subcommand", "logging");
	if (argc < 3)
		return usage_missing("logging operation", "logging");
	if (argc < 4)
		return usage_missing("logging servicename", "logging");
	if (strcmp(argv[1], "level"))
		return usage_unknown("subcommand", argv[1], "logging");
	is_get = !strcmp(argv[2], "get");
	if (!is_get && strcmp(argv[2], "set"))
		return usage_unknown("subcommand", argv[2], "logging");
	if (!argv[3][0] || strpbrk(argv[3], "[]=#\n"))
		return usage_unknown("logging servicename", argv[3], "logging");
	if (!is_get && argc < 5)
		return usage_missing("logging level", "logging");
	buf_printf(&key, "%s.level", argv[3]);
	ret = is_get ? get(buf_text(&key)) : set(buf_text(&key), argv[4]);
	buf_free(&key);
	return ret;
}
