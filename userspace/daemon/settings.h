/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The configuration: /etc/vmware-tools/tools.conf, so that what was set for open-vm-tools
 * goes on to hold, and /etc/vmguest/vmguest.conf with the same groups and keys, which has
 * the last word. Documentation/admin/vmguestd.md has the table.
 *
 * Specification: guest services §25.
 */
#ifndef VMGUESTD_SETTINGS_H
#define VMGUESTD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "str.h"
#include "log.h"

#define SETTINGS_FOLDER "/etc/vmware-tools"
#define SETTINGS_TOOLS SETTINGS_FOLDER "/tools.conf"
#define SETTINGS_OWN "/etc/vmguest/vmguest.conf"
#define SETTINGS_ENV 16

struct settings {
	/* vmguestd */
	char user[32];			/* whom the worker becomes */
	bool vsock;
	/* vmtools */
	bool disable_version, hide_version;
	unsigned int version;		/* what the host takes us for: major << 10 | minor << 5 | base */
	/* logging */
	enum log_level log;
	bool host_log;
	/* powerops */
	char script[4][256];		/* as BROKER_SCRIPT_POWERON…; empty: none */
	bool script_set[4];		/* by the administrator, not the default */
	unsigned int script_timeout;	/* seconds */
	/* guestinfo */
	unsigned int poll_interval, stats_interval;	/* seconds; 0: off */
	bool disks, disks_reserved, stats;
	char primary[256], low_priority[256], exclude[256];
	unsigned int routes4, routes6;
	/* guestosinfo */
	char short_name[129], long_name[513];
	/* vmbackup */
	bool freeze, null_freeze, force, backup_scripts, ignore_frozen, manifest;
	char script_arg[256], exclude_fs[512];
	unsigned int backup_timeout, freeze_limit;	/* seconds */
	/* timeSync */
	bool time_off, time_periodic_off, time_force;
	/* hotplug */
	bool online_cpu, online_memory, rescan;
	/* deployPkg */
	bool customize;
	/* resolutionKMS */
	bool display;
	/* setenvironment: NAME=value each */
	char env[SETTINGS_ENV][128];
};

extern const char *settings_tools;	/* SETTINGS_TOOLS, or what was given in its place */

/* settings_version() - what the host takes us for, as three numbers */
void settings_version(const struct settings *settings, char *text, size_t size);
/* settings_default() - what holds without any file */
void settings_default(struct settings *settings);
/*
 * settings_read() - what the text of a file says, over what there is
 * @complain: called for each line that is not understood, with its number; may be NULL
 */
void settings_read(struct settings *settings, struct str text,
		   void (*complain)(void *data, unsigned int line, const char *what), void *data);
/* settings_load() - defaults and both files; says in the log what is wrong. -errno: unreadable */
int settings_load(struct settings *settings);

#endif
