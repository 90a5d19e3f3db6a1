// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The clock, the way down, hot-added hardware and the display: what each request of
 * broker_msg.h does to this machine. Freezing is freeze.c.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "str.h"
#include "files.h"
#include "log.h"
#include "system.h"

static bool allowed;

static bool traced(void)
{
	struct buf status = { 0 };
	const char *tracer;
	bool yes;

	/* What cannot be read may as well be a trace. */
	yes = files_read("/proc/self/status", &status, 4096);
	tracer = strstr(buf_text(&status), "\nTracerPid:\t");
	yes |= !tracer || strncmp(tracer + 12, "0\n", 2);
	buf_free(&status);
	return yes;
}

void system_allow(void)
{
	allowed = !traced();
	if (!allowed)
		log_warning("this process is traced: the clock, power and disks are left alone");
}

bool system_allowed(void)
{
	return allowed;
}

/* Relative, so that nothing that happens between reading and setting is lost. */
static int step(int64_t seconds, uint32_t nanoseconds)
{
	struct timex tx = {
		.modes = ADJ_SETOFFSET | ADJ_NANO,
		.time = { .tv_sec = seconds, .tv_usec = nanoseconds },
	};

	if (!allowed)
		return -EPERM;
	return adjtimex(&tx) < 0 ? -errno : 0;
}

static int slew(int32_t microseconds)
{
	struct timex tx = { .modes = ADJ_OFFSET_SINGLESHOT, .offset = microseconds };

	if (!allowed)
		return -EPERM;
	return adjtimex(&tx) < 0 ? -errno : 0;
}

static int disciplined(void)
{
	struct timex tx = { 0 };

	if (adjtimex(&tx) < 0)
		return -errno;
	if (tx.status & STA_UNSYNC)
		return 0;
	/* The kernel's own limit is 16 s; then it sets the flag. */
	return tx.maxerror > 0 && tx.maxerror < INT32_MAX ? (int)tx.maxerror + 1 : 1;
}

static bool run(const char *const argv[])
{
	static const char *const env[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", NULL
	};
	sigset_t none;
	int status;
	pid_t pid = fork();

	if (!pid) {
		setsid();
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		signal(SIGPIPE, SIG_DFL);
		close_range(3, ~0u, 0);
		if (chdir("/"))
			_exit(126);
		execve(argv[0], (char *const *)argv, (char *const *)env);
		_exit(126);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

/* Without a bus: systemctl reaches systemd through its own socket, the others signal init. */
static int power(enum broker_power what)
{
	static const char *const systemd[][4] = {
		{ "/usr/bin/systemctl", "--no-block", "poweroff", NULL },
		{ "/usr/bin/systemctl", "--no-block", "reboot", NULL },
	};
	static const char *const shutdown[][4] = {
		{ "/sbin/shutdown", "-h", "now", NULL },
		{ "/sbin/shutdown", "-r", "now", NULL },
	};
	static const char *const plain[][2] = {
		{ "/sbin/poweroff", NULL },
		{ "/sbin/reboot", NULL },
	};
	size_t i = what == BROKER_REBOOT;

	if (!allowed)
		return -EPERM;
	if (files_exist("/run/systemd/system") && run(systemd[i]))
		return 0;
	if (run(shutdown[i]) || run(plain[i]))
		return 0;
	log_error("neither systemctl nor /sbin/shutdown nor %s could end this system", plain[i][0]);
	return -ENOENT;
}

int system_online(enum broker_online kind, uint32_t number)
{
	char path[96];

	if (kind == BROKER_ONLINE_CPU) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", number);
		return files_write(path, "1");
	}
	snprintf(path, sizeof(path), "/sys/devices/system/memory/memory%u/state", number);
	return files_write(path, "online");
}

int system_rescan(uint32_t host)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/class/scsi_host/host%u/scan", host);
	return files_write(path, "- - -");
}

static bool is_svga(const char *card)
{
	struct buf vendor = { 0 }, device = { 0 };
	char path[256];
	bool yes;

	snprintf(path, sizeof(path), "/sys/class/drm/%.32s/device/vendor", card);
	yes = !files_read(path, &vendor, 16);
	snprintf(path, sizeof(path), "/sys/class/drm/%.32s/device/device", card);
	yes = yes && !files_read(path, &device, 16) &&
	      str_is(str_trim(str(buf_text(&vendor))), "0x15ad") &&
	      (str_is(str_trim(str(buf_text(&device))), "0x0405") ||
	       str_is(str_trim(str(buf_text(&device))), "0x0406"));
	buf_free(&vendor);
	buf_free(&device);
	return yes;
}

int system_display_card(void)
{
	char folder[256];
	struct dirent *entry;
	int found = -ENODEV;
	DIR *dir;

	if (!files_path(folder, sizeof(folder), "/sys/class/drm"))
		return -ENAMETOOLONG;
	dir = opendir(folder);
	if (!dir)
		return -errno;
	while (found < 0 && (entry = readdir(dir))) {
		struct str name = str(entry->d_name);
		uint64_t number;

		/* card0, not card0-Virtual-1, which is a connector */
		if (str_begins(name, "card") && str_u64(str_skip(name, 4), &number) &&
		    number < 256 && is_svga(entry->d_name))
			found = (int)number;
	}
	closedir(dir);
	return found;
}

/* DRM's own, of its uapi: the version of a driver, and private command 20 of this one. */
struct drm_version {
	int32_t major, minor, patch;
	uint64_t lengths_and_texts[6];
};

struct drm_layout {
	uint32_t count, pad;
	uint64_t screens;
};

#define DRM_VERSION _IOWR('d', 0x00, struct drm_version)
#define DRM_UPDATE_LAYOUT _IOW('d', 0x40 + 20, struct drm_layout)
#define DRM_DROP_MASTER _IO('d', 0x1f)

static int display(const struct broker_screen screens[], uint32_t count)
{
	struct drm_layout layout = { .count = count, .screens = (uintptr_t)screens };
	struct drm_version version = { 0 };
	int card = system_display_card();
	char path[64];
	int error = 0;
	int fd;

	if (card < 0)
		return card;
	snprintf(path, sizeof(path), "/dev/dri/card%d", card);
	fd = files_open(path, O_RDWR);
	if (fd < 0)
		return fd;
	/* Who opens first is the master of the display; that is for a compositor to be. */
	ioctl(fd, DRM_DROP_MASTER, 0);
	if (ioctl(fd, DRM_VERSION, &version))
		error = -errno;
	else if (version.major != 2 || version.minor < 14)
		error = -EOPNOTSUPP;
	else if (ioctl(fd, DRM_UPDATE_LAYOUT, &layout))
		error = -errno;
	close(fd);
	return error;
}

static int sync_at(const char *point)
{
	int error, fd;

	if (!allowed)
		return -EPERM;
	fd = open(point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)	/* gone, or a file that is mounted over another */
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	error = syncfs(fd) ? -errno : 0;
	close(fd);
	return error;
}

const struct system_ops system_ops = {
	.freeze = &freeze_system,
	.step = step,
	.slew = slew,
	.disciplined = disciplined,
	.power = power,
	.display = display,
	.online = system_online,
	.rescan = system_rescan,
	.sync = sync_at,
};
