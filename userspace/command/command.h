/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the parts of the command know of each other.
 *
 *   main.c          which program is it, by its name
 *   vmguest.c       vmguest: which command, help
 *   toolbox.c       vmware-toolbox-cmd: options, help, which family
 *   rpctool.c toolsd.c checkvm.c xferlogs.c    the other names
 *   stat.c timesync.c device.c script.c disk.c config.c logging.c info.c …
 *                   a family of commands each, for vmguest and vmware-toolbox-cmd
 *   status.c        status, top, --metrics: system.c reads, problems.c judges, text.c,
 *                   report.c and metrics.c show
 *
 * What other software relies on is in Documentation/admin/vmguest.md: output, streams
 * and exit codes of the compatible names change for nobody's taste.
 */
#ifndef VMGUEST_COMMAND_H
#define VMGUEST_COMMAND_H

#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#include "buf.h"
#include "str.h"

/* The program's name as it was called; what errors begin with. */
extern const char *program;
/* -q: neither what was done is said, nor why it could not be */
extern bool quiet;

/* A family of commands. argv[0] is its own name, argv[1] the subcommand. */
struct family {
	const char *name;
	const char *summary;	/* one line */
	const char *usage;	/* one line a subcommand, each ending in \n */
	int (*run)(int argc, char *argv[]);
	bool root;		/* only root may use it */
	bool extra;		/* vmguest only */
};
extern const struct family families[];
const struct family *family_find(const char *name);
/* family_run() - checks who asks, then runs it */
int family_run(const struct family *family, int argc, char *argv[]);

/* One a family: argv[0] is its name; the exit code of the program. */
int stat_main(int argc, char *argv[]);
int timesync_main(int argc, char *argv[]);
int device_main(int argc, char *argv[]);
int script_main(int argc, char *argv[]);
int disk_main(int argc, char *argv[]);
int config_main(int argc, char *argv[]);
int logging_main(int argc, char *argv[]);
int info_main(int argc, char *argv[]);
int globalconf_main(int argc, char *argv[]);
int gueststore_main(int argc, char *argv[]);

/* One a program, and one a command that vmguest alone has; likewise. */
int vmguest_main(int argc, char *argv[]);
int toolbox_main(int argc, char *argv[]);
int rpctool_main(int argc, char *argv[]);
int toolsd_main(int argc, char *argv[]);
int checkvm_main(int argc, char *argv[]);
int xferlogs_main(int argc, char *argv[]);
int hgfsclient_main(int argc, char *argv[]);
int namespace_main(int argc, char *argv[]);
int hgfsfuse_main(int argc, char *argv[]);

int status_main(int argc, char *argv[]);
int top_main(int argc, char *argv[]);
int metrics_main(int argc, char *argv[]);
int rpc_main(int argc, char *argv[]);

/* usage.c: each prints and gives the exit code */
int usage_missing(const char *what, const char *family);
int usage_unknown(const char *what, const char *value, const char *family);
int usage_try_help(const char *family);
int usage_not_root(const char *family);
/* complaint() - on standard error, why something could not be done, unless -q was given */
void complaint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* where the daemon is */
#ifndef SBINDIR
#define SBINDIR "/usr/sbin"
#endif
#define DAEMON SBINDIR "/vmguestd"

/* host.c */
/* host_check() - 0, or it was said why this is no guest of VMware, and an exit code */
int host_check(void);
/* host_ask() - one request; as rpc_call(). Afterwards nothing is kept. */
int host_ask(unsigned int flags, struct buf *reply, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int host_call(struct str request, unsigned int flags, struct buf *reply);
/* host_disarm() - if @stream is a terminal, nothing in a text of the host commands it */
void host_disarm(struct buf *reply, FILE *stream);
/* host_print() - a text of the host: up to its first NUL, and a line end; disarmed */
void host_print(struct buf *reply, bool as_error);

/* toolsconf.c */
#define TOOLS_DIR	"/etc/vmware-tools"
#define TOOLS_CONF	TOOLS_DIR "/tools.conf"
/* tools_conf_read() - 0 or -errno; without the file @text stays empty */
int tools_conf_read(struct buf *text);
/* tools_version() - of open-vm-tools that we say we are, in the form that tools.conf wants */
const char *tools_version(void);
/*
 * tools_conf_set() - sets the keys of a group, or removes those whose value is NULL, in
 * one go; a file that is not there is made. Says what went wrong; gives the exit code.
 */
struct setting {
	const char *key;
	const char *value;
};
int tools_conf_set(const char *group, const struct setting *settings, int count);

#endif
