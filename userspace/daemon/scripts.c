// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Scripts: which, in what order, with which arguments, and for how long. Every argument
 * and variable is a constant or the administrator's; no byte of the host's is among them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "log.h"
#include "scripts.h"

#define SCRIPTS_MAX 64
/* Who is killed dies within that, or waits in the kernel for something that may never come. */
#define KILLED_SECONDS 2

/* What an operation runs, in order. */
struct plan {
	size_t count;
	char path[SCRIPTS_MAX][384];
};

static const struct {
	const char *name;	/* of the folder, and with -vm the argument */
	bool reverse;
} power[] = {
	[BROKER_SCRIPT_POWERON] = { "poweron", false },
	[BROKER_SCRIPT_POWEROFF] = { "poweroff", true },
	[BROKER_SCRIPT_RESUME] = { "resume", false },
	[BROKER_SCRIPT_SUSPEND] = { "suspend", true },
};

static bool others_write(const struct stat *st)
{
	return st->st_uid != 0 || (st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Of a link only the owner counts. In a sticky folder root's own entries are safe. */
static int check_step(const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return -errno;
	if (S_ISLNK(st.st_mode) || (S_ISDIR(st.st_mode) && st.st_mode & S_ISVTX))
		return st.st_uid ? -EPERM : 0;
	return others_write(&st) ? -EPERM : 0;
}

/* Who can write to a folder on the way, or owns a link there, can put another file there. */
static int check_way(char *path)
{
	size_t root = strlen(files_root);
	int error = check_step(path);
	char *slash;

	if (strncmp(path, files_root, root))
		root = 0;
	while (!error && strlen(path) > root && (slash = strrchr(path, '/'))) {
		*slash = '\0';
		if (strlen(path) < root)
			break;
		error = check_step(path[0] ? path : "/");
	}
	return error;
}

int scripts_check(const char *path)
{
	char whole[PATH_MAX], real[PATH_MAX];
	struct stat st;
	int error;

	if (!files_path(whole, sizeof(whole), path))
		return -ENAMETOOLONG;
	if (stat(whole, &st) || !realpath(whole, real))
		return -errno;
	if (!S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
		return -EACCES;
	/* Both the way that is written down and, where links lead elsewhere, the one there. */
	error = check_way(whole);
	return error ? error : check_way(real);
}

static void plan_add(struct plan *plan, const char *path)
{
	int n;

	if (plan->count == SCRIPTS_MAX) {
		log_warning("%s is left out: there are more than %d scripts", path, SCRIPTS_MAX);
		return;
	}
	n = snprintf(plan->path[plan->count], sizeof(plan->path[0]), "%s", path);
	if (n > 0 && (size_t)n < sizeof(plan->path[0]))
		plan->count++;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What can be executed in a folder, in the order of bytes. */
static void plan_folder(struct plan *plan, const char *folder)
{
	size_t first = plan->count;
	char path[4096];
	struct dirent *entry;
	DIR *dir;

	if (!files_path(path, sizeof(path), folder))
		return;
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < (int)sizeof(path) &&
		    scripts_check(path) != -EACCES)	/* a folder, or a file that is not to run */
			plan_add(plan, path);
	}
	closedir(dir);
	qsort(plan->path[first], plan->count - first, sizeof(plan->path[0]), compare);
}

static void reverse(struct plan *plan)
{
	for (size_t i = 0, j = plan->count; i + 1 < j; i++) {
		char swap[sizeof(plan->path[0])];

		j--;
		memcpy(swap, plan->path[i], sizeof(swap));
		memcpy(plan->path[i], plan->path[j], sizeof(swap));
		memcpy(plan->path[j], swap, sizeof(swap));
	}
}

/*
 * What the administrator has set is run alone. Else the file of the usual name, if there is
 * one, as other software expects, and if there is none the folders that it would have run.
 */
static void plan_power(struct plan *plan, const struct settings *settings, enum broker_script which)
{
	char folder[256];

	if (!settings->script[which][0])
		return;
	if (settings->script_set[which] || scripts_check(settings->script[which]) != -ENOENT) {
		plan_add(plan, settings->script[which]);
		return;
	}
	plan_folder(plan, SETTINGS_FOLDER "/scripts/vmware");
	snprintf(folder, sizeof(folder), SETTINGS_FOLDER "/%s-vm-default.d", power[which].name);
	plan_folder(plan, folder);
	if (power[which].reverse)
		reverse(plan);
}

static void plan_backup(struct plan *plan, bool thaw)
{
	static const char pre[] = "/usr/sbin/pre-freeze-script";
	static const char post[] = "/usr/sbin/post-thaw-script";

	if (!thaw && scripts_check(pre) != -ENOENT)
		plan_add(plan, pre);
	plan_folder(plan, SETTINGS_FOLDER "/backupScripts.d");
	if (thaw) {
		reverse(plan);
		if (scripts_check(post) != -ENOENT)
			plan_add(plan, post);
	}
}

static _Noreturn void start(const struct settings *settings, const char *path,
			    const char *const argv[])
{
	const char *env[SETTINGS_ENV + 4] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C", "HOME=/",
	};
	size_t count = 3;
	char whole[4096];
	sigset_t none;
	int null;

	for (size_t i = 0; i < SETTINGS_ENV && settings->env[i][0]; i++)
		env[count++] = settings->env[i];
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	null = open("/dev/null", O_RDWR);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	close_range(3, ~0u, 0);
	umask(022);
	/* We are spared where memory is short; what an administrator runs is not to be for that. */
	files_write("/proc/self/oom_score_adj", "0");
	if (chdir("/") || !files_path(whole, sizeof(whole), path))
		_exit(126);
	execve(whole, (char *const *)argv, (char *const *)env);
	_exit(126);
}

/* A clock that also counts while the machine sleeps: the deadline is one of the host's world. */
static int64_t left_ms(const struct timespec *due)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (due->tv_sec - now.tv_sec) * 1000 + (due->tv_nsec - now.tv_nsec) / 1000000;
}

/* Waits for a child until @due, with its signal blocked; whether it has ended. */
static bool ended(pid_t pid, int *status, const sigset_t *child, const struct timespec *due)
{
	for (;;) {
		int64_t left = left_ms(due);
		struct timespec wait = { left / 1000, left % 1000 * 1000000 };

		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (left <= 0)
			return false;
		sigtimedwait(child, NULL, &wait);
	}
}

static int run(const struct settings *settings, const char *path, const char *phase,
	       const char *argument, const struct timespec *due)
{
	const char *const argv[] = { path, phase, argument, NULL };
	int error = scripts_check(path);
	struct timespec killed;
	sigset_t child;
	int status;
	pid_t pid;

	if (error) {
		if (error == -EPERM)
			log_error("%s is not run: it and the folders above it must belong to root, and nobody else may write to them",
				  path);
		else
			log_error("%s is not run: %s", path, strerror(-error));
		return error;
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		start(settings, path, argv);
	if (!ended(pid, &status, &child, due)) {
		log_error("%s %s took too long and was killed", path, phase);
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		clock_gettime(CLOCK_BOOTTIME, &killed);
		killed.tv_sec += KILLED_SECONDS;
		if (!ended(pid, &status, &child, &killed))
			log_error("%s %s does not die: it waits for a file system or device", path,
				  phase);
		return -ETIME;
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status))
		log_warning("%s %s failed with exit status %d", path, phase, WEXITSTATUS(status));
	else
		log_warning("%s %s was ended by signal %d", path, phase, WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* Those that ran are told, the last one first, that nothing comes of it. */
static void tell_failure(const struct settings *settings, const struct plan *plan, size_t ran,
			 const char *argument, const struct timespec *due)
{
	while (ran-- > 0)
		run(settings, plan->path[ran], "freezeFail", argument, due);
}

int scripts_run(const struct settings *settings, enum broker_script which)
{
	static struct plan plan;
	const char *argument = NULL;
	struct timespec due;
	char phase[32];
	int result = 0;

	plan.count = 0;
	clock_gettime(CLOCK_BOOTTIME, &due);
	due.tv_sec += settings->script_timeout;
	if (which <= BROKER_SCRIPT_SUSPEND) {
		plan_power(&plan, settings, which);
		snprintf(phase, sizeof(phase), "%s-vm", power[which].name);
	} else {
		plan_backup(&plan, which == BROKER_SCRIPT_THAW);
		snprintf(phase, sizeof(phase), "%s", which == BROKER_SCRIPT_THAW ? "thaw" : "freeze");
		if (settings->script_arg[0])
			argument = settings->script_arg;
	}
	if (which == BROKER_SCRIPT_FREEZE_FAIL) {
		tell_failure(settings, &plan, plan.count, argument, &due);
		return 0;
	}
	for (size_t i = 0; i < plan.count; i++) {
		int status = run(settings, plan.path[i], phase, argument, &due);

		if (status && !result)
			result = status;
		if (status && which == BROKER_SCRIPT_FREEZE) {
			/* Each phase has the time of its own: databases must get their word. */
			clock_gettime(CLOCK_BOOTTIME, &due);
			due.tv_sec += settings->script_timeout;
			tell_failure(settings, &plan, i + 1, argument, &due);
			break;
		}
		if (status == -ETIME)
			break;
	}
	return result;
}
