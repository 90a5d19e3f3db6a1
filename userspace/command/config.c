// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * config: one key of tools.conf, read or changed. cloud-init takes what stands behind
 * the first '='. Anybody may read; the original reserves even that for root.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"

static void print_key(struct str text, const char *group, const char *key)
{
	struct buf value = { 0 };

	if (conf_get(text, group, key, &value))
		printf("[%s] %s = %s\n", group, key, buf_text(&value));
	else
		printf("[%s] %s UNSET\n", group, key);
	buf_free(&value);
}

static void print_group(struct str text, const char *group)
{
	struct conf_line line = { 0 };
	struct buf value = { 0 };
	bool found = false;

	while (conf_next(text, &line)) {
		if (!line.key.len || !str_is(line.group, group))
			continue;
		if (!found)
			printf("[%s]\n", group);
		found = true;
		buf_clear(&value);
		conf_unescape(line.value, &value);
		printf("%.*s = %s\n", (int)line.key.len, line.key.at, buf_text(&value));
	}
	if (!found)
		printf("[%s] UNSET\n", group);
	buf_free(&value);
}

static int get(const char *group, const char *key)
{
	struct buf text = { 0 };
	int ret = tools_conf_read(&text);

	if (!ret && key)
		print_key(str_of(buf_text(&text), text.len), group, key);
	else if (!ret)
		print_group(str_of(buf_text(&text), text.len), group);
	buf_free(&text);
	return ret ? EX_UNAVAILABLE : 0;
}

/* What would break the file, or mean something else in it. */
static bool is_name(const char *name)
{
	return name[0] && name[0] != '#' && !strpbrk(name, "[]=\n\r") &&
	       str_trim(str(name)).len == strlen(name);
}

static int set(const char *group, const char *key, const char *value)
{
	struct setting setting = { key, value };

	if (!is_name(group) || !is_name(key)) {
		fprintf(stderr, "%s: neither a section nor a key may be empty or contain "
				"'[', ']', '=' or a line end\n", program);
		return EX_USAGE;
	}
	return tools_conf_set(group, &setting, 1);
}

int config_main(int argc, char *argv[])
{
	bool is_get = argc > 1 && !strcmp(argv[1], "get");
	bool is_set = argc > 1 && !strcmp(argv[1], "set");

	if (!is_get && geteuid())
		return usage_not_root("config");
	if (argc < 2)
		return usage_missing("subcommand", "config");
	if (argc < 3)
		return usage_missing("config section", "config");
	if (is_get)
		return get(argv[2], argc > 3 ? argv[3] : NULL);
	if (argc < 4)
		return usage_missing("config key", "config");
	if (!is_set && strcmp(argv[1], "remove"))
		return usage_unknown("subcommand", argv[1], "config");
	if (is_set && argc < 5)
		return usage_missing("config value", "config");
	return set(argv[2], argv[3], is_set ? argv[4] : NULL);
}
