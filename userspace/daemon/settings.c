// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The configuration: one table of all keys, with type, place and limits of each.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "broker_msg.h"
#include "files.h"
#include "settings.h"
#include "version.h"

const char *settings_tools = SETTINGS_TOOLS;

enum kind { BOOL, BOOL_NOT, NUMBER, TEXT, SCRIPT, LEVEL, TRIPLE };

struct key {
	const char *group, *name;
	enum kind kind;
	size_t offset, size;	/* TEXT: size; SCRIPT: number */
	unsigned int min, max;	/* NUMBER */
};

#define AT(field) offsetof(struct settings, field)
#define TEXT_AT(field) TEXT, AT(field), sizeof(((struct settings *)NULL)->field), 0, 0

static const struct key keys[] = {
	{ "vmguestd", "user", TEXT_AT(user) },
	{ "vmguestd", "vsock", BOOL, AT(vsock), 0, 0, 0 },
	{ "vmguestd", "compat-version", TRIPLE, AT(version), 0, 0, 0 },
	{ "vmtools", "disable-tools-version", BOOL, AT(disable_version), 0, 0, 0 },
	{ "vmtools", "hide-tools-version", BOOL, AT(hide_version), 0, 0, 0 },
	{ "logging", "vmsvc.level", LEVEL, AT(log), 0, 0, 0 },
	{ "logging", "host", BOOL, AT(host_log), 0, 0, 0 },
	{ "powerops", "poweron-script", SCRIPT, 0, BROKER_SCRIPT_POWERON, 0, 0 },
	{ "powerops", "poweroff-script", SCRIPT, 0, BROKER_SCRIPT_POWEROFF, 0, 0 },
	{ "powerops", "resume-script", SCRIPT, 0, BROKER_SCRIPT_RESUME, 0, 0 },
	{ "powerops", "suspend-script", SCRIPT, 0, BROKER_SCRIPT_SUSPEND, 0, 0 },
	{ "powerops", "script-timeout", NUMBER, AT(script_timeout), 0, 1, 3600 },
	{ "guestinfo", "poll-interval", NUMBER, AT(poll_interval), 0, 0, 86400 },
	{ "guestinfo", "stats-interval", NUMBER, AT(stats_interval), 0, 0, 86400 },
	{ "guestinfo", "disable-query-diskinfo", BOOL_NOT, AT(disks), 0, 0, 0 },
	{ "guestinfo", "diskinfo-include-reserved", BOOL, AT(disks_reserved), 0, 0, 0 },
	{ "guestinfo", "disable-perf-mon", BOOL_NOT, AT(stats), 0, 0, 0 },
	{ "guestinfo", "primary-nics", TEXT_AT(primary) },
	{ "guestinfo", "low-priority-nics", TEXT_AT(low_priority) },
	{ "guestinfo", "exclude-nics", TEXT_AT(exclude) },
	{ "guestinfo", "max-ipv4-routes", NUMBER, AT(routes4), 0, 0, 100 },
	{ "guestinfo", "max-ipv6-routes", NUMBER, AT(routes6), 0, 0, 100 },
	{ "guestosinfo", "short-name", TEXT_AT(short_name) },
	{ "guestosinfo", "long-name", TEXT_AT(long_name) },
	{ "vmbackup", "enableSyncDriver", BOOL, AT(freeze), 0, 0, 0 },
	{ "vmbackup", "enableNullDriver", BOOL, AT(null_freeze), 0, 0, 0 },
	{ "vmbackup", "forceQuiesce", BOOL, AT(force), 0, 0, 0 },
	{ "vmbackup", "execScripts", BOOL, AT(backup_scripts), 0, 0, 0 },
	{ "vmbackup", "scriptArg", TEXT_AT(script_arg) },
	{ "vmbackup", "timeout", NUMBER, AT(backup_timeout), 0, 0, 3600 },
	{ "vmbackup", "freeze-limit", NUMBER, AT(freeze_limit), 0, 1, 900 },
	{ "vmbackup", "excludedFileSystems", TEXT_AT(exclude_fs) },
	{ "vmbackup", "ignoreFrozenFileSystems", BOOL, AT(ignore_frozen), 0, 0, 0 },
	{ "vmbackup", "enableXmlManifest", BOOL, AT(manifest), 0, 0, 0 },
	{ "timeSync", "disable-all", BOOL, AT(time_off), 0, 0, 0 },
	{ "timeSync", "disable-periodic", BOOL, AT(time_periodic_off), 0, 0, 0 },
	{ "timeSync", "force", BOOL, AT(time_force), 0, 0, 0 },
	{ "hotplug", "cpu", BOOL, AT(online_cpu), 0, 0, 0 },
	{ "hotplug", "memory", BOOL, AT(online_memory), 0, 0, 0 },
	{ "hotplug", "disk-rescan", BOOL, AT(rescan), 0, 0, 0 },
	{ "deployPkg", "enable-customization", BOOL, AT(customize), 0, 0, 0 },
	{ "resolutionKMS", "enable", BOOL, AT(display), 0, 0, 0 },
};

void settings_version(const struct settings *settings, char *text, size_t size)
{
	unsigned int v = settings->version;

	snprintf(text, size, "%u.%u.%u", v >> 10, v >> 5 & 31, v & 31);
}

void settings_default(struct settings *settings)
{
	static const char *const scripts[] = {
		SETTINGS_FOLDER "/poweron-vm-default", SETTINGS_FOLDER "/poweroff-vm-default",
		SETTINGS_FOLDER "/resume-vm-default", SETTINGS_FOLDER "/suspend-vm-default",
	};

	*settings = (struct settings){
		.user = "vmguest",
		.vsock = true,
		.version = COMPAT_NUMBER,
		.log = LOG_INFO,
		.host_log = true,
		.script_timeout = 60,
		.poll_interval = 60,
		.stats_interval = 20,
		.disks = true,
		.stats = true,
		.routes4 = 100,
		.routes6 = 100,
		.freeze = true,
		.backup_scripts = true,
		.manifest = true,
		.backup_timeout = 900,
		.freeze_limit = 30,
		.customize = true,
		.exclude = "docker*,veth*,virbr*,antrea-*,cali*",
	};
	for (size_t i = 0; i < 4; i++)
		snprintf(settings->script[i], sizeof(settings->script[i]), "%s", scripts[i]);
}

/* Quotes around it are tolerated, a relative path is one below the folder. */
static bool set_script(struct settings *settings, size_t which, const char *value)
{
	char *to = settings->script[which];
	size_t len = strlen(value);
	int n;

	settings->script_set[which] = true;
	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		value++;
		len -= 2;
	}
	n = snprintf(to, sizeof(settings->script[which]), "%s%.*s",
		     len && value[0] != '/' ? SETTINGS_FOLDER "/" : "", (int)len, value);
	if (n < 0 || (size_t)n >= sizeof(settings->script[which])) {
		to[0] = '\0';
		return false;
	}
	return true;
}

static bool set_version(unsigned int *version, const char *value)
{
	unsigned int major, minor, base;
	char end;

	if (sscanf(value, "%u.%u.%u%c", &major, &minor, &base, &end) != 3 ||
	    major < 1 || major > 2047 || minor > 31 || base > 31)
		return false;
	*version = major << 10 | minor << 5 | base;
	return true;
}

/* NULL, or what is wrong with the value. */
static const char *set(struct settings *settings, const struct key *key, const char *value)
{
	void *at = (char *)settings + key->offset;
	uint64_t number;
	bool on;

	switch (key->kind) {
	case BOOL:
	case BOOL_NOT:
		if (!str_bool(str(value), &on))
			return "is to be true or false";
		*(bool *)at = on == (key->kind == BOOL);
		return NULL;
	case NUMBER:
		if (!str_u64(str(value), &number) || number < key->min || number > key->max)
			return "is no number in the range that it may have";
		*(unsigned int *)at = (unsigned int)number;
		return NULL;
	case TEXT:
		if (strlen(value) >= key->size)
			return "is too long";
		memset(at, 0, key->size);
		memcpy(at, value, strlen(value));
		return NULL;
	case SCRIPT:
		return set_script(settings, key->size, value) ? NULL : "is too long";
	case LEVEL:
		return log_level_of(value, at) ? NULL : "is no level of the log";
	case TRIPLE:
		return set_version(at, value) ? NULL : "is to be three numbers such as 12.3.5";
	}
	return NULL;
}

static const char *set_env(struct settings *settings, struct str name, const char *value)
{
	for (size_t i = 0; i < SETTINGS_ENV; i++) {
		char *env = settings->env[i];
		int n;

		if (env[0] && (strncmp(env, name.at, name.len) || env[name.len] != '='))
			continue;
		n = snprintf(env, sizeof(settings->env[i]), "%.*s=%s", (int)name.len, name.at, value);
		if (n >= 0 && (size_t)n < sizeof(settings->env[i]))
			return NULL;
		env[0] = '\0';
		return "is too long";
	}
	return "is one variable too many";
}

void settings_read(struct settings *settings, struct str text,
		   void (*complain)(void *data, unsigned int line, const char *what), void *data)
{
	struct conf_line line = { 0 };
	struct buf value = { 0 };

	while (conf_next(text, &line)) {
		const char *wrong = line.bad ? "is neither a group nor key=value" : NULL;

		if (line.key.len) {
			buf_clear(&value);
			conf_unescape(line.value, &value);
			if (str_is(line.group, "setenvironment"))
				wrong = set_env(settings, line.key, buf_text(&value));
		}
		for (size_t i = 0; line.key.len && i < sizeof(keys) / sizeof(keys[0]); i++)
			if (str_is(line.group, keys[i].group) && str_is(line.key, keys[i].name))
				wrong = set(settings, &keys[i], buf_text(&value));
		if (wrong && complain)
			complain(data, line.number, wrong);
	}
	buf_free(&value);
}

static void say(void *data, unsigned int line, const char *what)
{
	const char *const *path = data;

	log_warning("%s:%u: %s; the line is ignored", *path, line, what);
}

int settings_load(struct settings *settings)
{
	const char *const paths[] = { settings_tools, SETTINGS_OWN };
	struct buf text = { 0 };
	int result = 0;

	settings_default(settings);
	for (size_t i = 0; i < 2; i++) {
		const char *path = paths[i];
		int error = files_read(path, &text, 1 << 20);

		if (!error) {
			settings_read(settings, str_of(text.data, text.len), say, &path);
		} else if (error != -ENOENT) {
			log_warning("%s: cannot be read: %s; what it says does not hold", path,
				    strerror(-error));
			result = error;
		}
	}
	buf_free(&text);
	return result;
}
