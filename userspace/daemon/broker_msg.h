/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the worker may ask of the broker: a closed list, in structures of one fixed size
 * over a socket that keeps messages apart. No request has a path or a command in it; every
 * field of one is checked by broker_check() before anything is done.
 */
#ifndef VMGUESTD_BROKER_MSG_H
#define VMGUESTD_BROKER_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum broker_op {
	BROKER_POWER = 1,	/* power off or reboot: starts the system's own way down */
	BROKER_SCRIPT,		/* run the scripts of an operation, with the configured deadline */
	BROKER_STEP,		/* step the clock */
	BROKER_SLEW,		/* let it run faster or slower for a while */
	BROKER_CLOCK,		/* whether somebody (NTP, PTP) keeps the clock: see system.h */
	BROKER_FREEZE,		/* freeze file systems, thaw them after a time whatever happens */
	BROKER_THAW,
	BROKER_SYNC,		/* write out what file systems hold back */
	BROKER_MANIFEST,	/* write the manifest of a snapshot */
	BROKER_DISKS,		/* sizes of disks: one answer each, then one without */
	BROKER_DISPLAY,		/* hand sizes of screens to the display driver */
	BROKER_ONLINE,		/* bring a processor or memory block that was added into use */
	BROKER_RESCAN,		/* look for new disks on a SCSI host */
	BROKER_RELOAD,		/* read the configuration anew */
	BROKER_CUSTOMIZE,	/* hand files of fixed names to cloud-init */
	BROKER_OPS,
	/* From the broker unasked, with id 0 */
	BROKER_THAWED = 100,	/* file systems were thawed because the time was over */
	BROKER_RELOADED,	/* SIGHUP came: read the configuration too */
	BROKER_STOP,		/* SIGTERM came: say goodbye to the host and end */
};

enum broker_power { BROKER_POWER_OFF = 1, BROKER_REBOOT };

enum broker_script {
	BROKER_SCRIPT_POWERON,
	BROKER_SCRIPT_POWEROFF,
	BROKER_SCRIPT_RESUME,
	BROKER_SCRIPT_SUSPEND,
	BROKER_SCRIPT_FREEZE,
	BROKER_SCRIPT_FREEZE_FAIL,
	BROKER_SCRIPT_THAW,
	BROKER_SCRIPTS
};

enum broker_online { BROKER_ONLINE_CPU = 1, BROKER_ONLINE_MEMORY };

/* Files for cloud-init are sent in pieces, each answered, and then handed over all together. */
enum broker_customize { BROKER_CUSTOMIZE_BEGIN, BROKER_CUSTOMIZE_DATA, BROKER_CUSTOMIZE_COMMIT };

enum broker_file {
	BROKER_FILE_CONFIG,
	BROKER_FILE_NICS,
	BROKER_FILE_METADATA,
	BROKER_FILE_USERDATA,
	BROKER_FILES
};

#define BROKER_FILE_MAX (512u << 10)
#define BROKER_PIECE 1024

/* Why cloud-init has not got them; what an answer to a commit has if it is above 0. */
enum broker_no_customize {
	BROKER_NO_CLOUD_INIT = 1,	/* there is none, or it is switched off */
	BROKER_NO_PERMISSION,		/* its configuration says no */
	BROKER_NO_RAW,			/* it is too old for raw data */
	BROKER_TOO_LATE,		/* it has run already since the boot */
	BROKER_NOT_WRITTEN,
};

#define BROKER_SCREENS 8
#define BROKER_SCREEN_SIZE 16384	/* width, height and position are at most that */
#define BROKER_FREEZE_MS 900000		/* longest time for which disks may stay frozen */
#define BROKER_SLEW_US 500000		/* what the kernel takes at once */

struct broker_screen {
	int32_t x, y;
	uint32_t width, height;
};

struct broker_request {
	uint32_t op;		/* enum broker_op */
	uint32_t id;		/* not 0; comes back in the answer */
	union {
		uint32_t power;		/* enum broker_power */
		uint32_t script;	/* enum broker_script */
		struct {
			int64_t seconds;	/* added to the clock */
			uint32_t nanoseconds;
		} step;
		int32_t slew;		/* microseconds; 0 stops one that goes on */
		struct {
			uint32_t limit;	/* milliseconds from the first freeze to the thaw */
			uint32_t ignore_frozen;	/* those that are frozen already are fine */
		} freeze;
		struct {
			uint32_t count;
			struct broker_screen screen[BROKER_SCREENS];
		} display;
		struct {
			uint32_t kind;	/* enum broker_online */
			uint32_t number;
		} online;
		uint32_t rescan;	/* number of the SCSI host */
		struct {
			uint32_t step;	/* enum broker_customize */
			uint32_t raw;	/* COMMIT: it is cloud-init's own kind of data */
			uint32_t file;	/* DATA: enum broker_file, which goes on with the bytes */
			uint32_t len;
			char bytes[BROKER_PIECE];
		} customize;
	};
};

struct broker_answer {
	uint32_t op;
	uint32_t id;
	int32_t result;		/* 0 or -errno; a script's exit status (-ETIME: killed) */
	uint32_t more;		/* another answer to this request follows */
	union {
		struct {
			uint64_t size, free, available;		/* bytes */
			uint32_t major, minor;
			char type[32];
			char point[512];
		} disk;
		struct {
			uint32_t count;		/* file systems frozen or thawed */
			char point[512];	/* where it failed */
		} freeze;
	};
};

/* broker_check() - whether @data is a request that may be carried out as it is */
bool broker_check(const void *data, size_t len);

#endif
