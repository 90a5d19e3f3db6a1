// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * script: what is run when the virtual machine is switched on or off, suspended or
 * resumed: keys of tools.conf, which the daemon reads.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"

static const struct operation {
	const char *name;
	const char *key;
	const char *fallback;	/* below TOOLS_DIR */
} operations[] = {
	{ "power", "poweron-script", "poweron-vm-default" },
	{ "resume", "resume-script", "resume-vm-default" },
	{ "suspend", "suspend-script", "suspend-vm-default" },
	{ "shutdown", "poweroff-script", "poweroff-vm-default" },
};

static int current(const struct operation *operation)
{
	struct buf text = { 0 }, value = { 0 };
	const char *path = operation->fallback;
	struct str bare;
	int ret = 0;

	tools_conf_read(&text);
	if (conf_get(str_of(buf_text(&text), text.len), "powerops", operation->key, &value))
		path = buf_text(&value);
	/* Quotes are tolerated, as in the programs that read it. */
	bare = str_trim(str(path));
	if (bare.len > 1 && bare.at[0] == '"' && bare.at[bare.len - 1] == '"')
		bare = str_of(bare.at + 1, bare.len - 2);
	if (!bare.len) {
		complaint("No script for operation %s.\n", operation->name);
		ret = EX_TEMPFAIL;
	} else {
		printf("%s%.*s\n", bare.at[0] == '/' ? "" : TOOLS_DIR "/", (int)bare.len,
		       bare.at);
	}
	buf_free(&text);
	buf_free(&value);
	return ret;
}

static int set(const struct operation *operation, const char *path)
{
	struct setting setting = { operation->key, path };

	return tools_conf_set("powerops", &setting, 1);
}

static int set_path(const struct operation *operation, const char *path)
{
	if (access(path, F_OK)) {
		complaint("%s doesn't exist.\n", path);
		return EX_OSFILE;
	}
	return set(operation, path);
}

int script_main(int argc, char *argv[])
{
	const struct operation *operation = NULL;

	if (argc < 2)
		return usage_missing("script type", "script");
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!strcmp(argv[1], operations[i].name))
			operation = &operations[i];
	}
	if (!operation)
		return usage_unknown("script type", argv[1], "script");
	if (argc < 3)
		return usage_missing("subcommand", "script");
	if (!strcmp(argv[2], "current"))
		return current(operation);
	if (!strcmp(argv[2], "default")) {
		printf("%s/%s\n", TOOLS_DIR, operation->fallback);
		return 0;
	}
	if (!strcmp(argv[2], "enable"))
		return set(operation, operation->fallback);
	if (!strcmp(argv[2], "disable"))
		return set(operation, "");
	if (strcmp(argv[2], "set"))
		return usage_unknown("subcommand", argv[2], "script");
	if (argc < 4)
		return usage_missing("script path", "script");
	return set_path(operation, argv[3]);
}
