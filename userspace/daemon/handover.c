// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Customization by cloud-init: is it there, may it, and then four files. The one that it
 * waits for comes last and by a rename, so that it never sees a part.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "files.h"
#include "handover.h"
#include "log.h"

#define CLOUD_INIT "/usr/bin/cloud-init"
#define CLOUD_CONFIG "/etc/cloud/cloud.cfg"
#define CLOUD_CONFIG_MAX (1u << 20)
#define PARTS_MAX 256
/* Seconds for Python to start and say its program's version. */
#define VERSION_DEADLINE 60

int handover_add(struct handover *handover, enum broker_file file, struct str bytes)
{
	struct buf *to = &handover->file[file];

	if (bytes.len > BROKER_FILE_MAX - to->len)
		return -EFBIG;
	buf_add(to, bytes.at, bytes.len);
	handover->has[file] = true;
	return to->error;
}

void handover_forget(struct handover *handover)
{
	for (size_t i = 0; i < BROKER_FILES; i++)
		buf_free(&handover->file[i]);
	*handover = (struct handover){ 0 };
}

/* What cloud-init says ------------------------------------------------------------------ */

void handover_permitted(struct str text, bool *permitted)
{
	static const char key[] = "disable_vmware_customization:";

	while (text.len) {
		struct str line = str_trim(str_cut(&text, '\n'));
		bool disabled;

		if (!str_begins(line, key))
			continue;
		line = str_skip(line, sizeof(key) - 1);
		/* A comment may stand behind it. */
		if (str_bool(str_trim(str_cut(&line, '#')), &disabled))
			*permitted = !disabled;
	}
}

bool handover_raw_version(struct str text)
{
	uint64_t major, minor;
	struct str word;

	/* «/usr/bin/cloud-init 25.1.4», with a revision behind it in some distributions */
	str_cut(&text, ' ');
	word = str_cut(&text, '.');
	if (!str_u64(word, &major))
		return false;
	word = text;
	for (word.len = 0; word.len < text.len && word.at[word.len] >= '0' &&
	     word.at[word.len] <= '9'; word.len++)
		;
	return str_u64(word, &minor) && (major > 21 || (major == 21 && minor >= 1));
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The parts in the order of their names, then the file itself; the last word counts. */
static bool permitted(void)
{
	static char part[PARTS_MAX][sizeof(((struct dirent *)NULL)->d_name)];
	struct buf text = { 0 };
	bool yes = false;
	size_t count = 0;
	char path[512];
	struct dirent *entry;
	DIR *folder = NULL;

	if (files_path(path, sizeof(path), CLOUD_CONFIG ".d"))
		folder = opendir(path);
	while (folder && count < PARTS_MAX && (entry = readdir(folder))) {
		const char *end = strrchr(entry->d_name, '.');

		if (end && !strcmp(end, ".cfg"))
			snprintf(part[count++], sizeof(part[0]), "%s", entry->d_name);
	}
	if (folder)
		closedir(folder);
	qsort(part, count, sizeof(part[0]), compare);
	for (size_t i = 0; i <= count; i++) {
		snprintf(path, sizeof(path), i < count ? CLOUD_CONFIG ".d/%s" : CLOUD_CONFIG, part[i]);
		if (!files_read(path, &text, CLOUD_CONFIG_MAX))
			handover_permitted(str_of(text.data, text.len), &yes);
	}
	buf_free(&text);
	return yes;
}

static _Noreturn void ask_version(int to)
{
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", NULL };
	static const char *const argv[] = { CLOUD_INIT, "--version", NULL };
	char whole[4096];

	/* Older ones say it on standard error. */
	dup2(to, STDOUT_FILENO);
	dup2(to, STDERR_FILENO);
	close_range(3, ~0u, 0);
	alarm(VERSION_DEADLINE);
	if (chdir("/") || !files_path(whole, sizeof(whole), CLOUD_INIT))
		_exit(126);
	execve(whole, (char *const *)argv, (char *const *)env);
	_exit(126);
}

static bool knows_raw(void)
{
	char text[256];
	size_t len = 0;
	int link[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(link, O_CLOEXEC))
		return false;
	pid = fork();
	if (!pid)
		ask_version(link[1]);
	close(link[1]);
	while (pid > 0 && len < sizeof(text) &&
	       (n = read(link[0], text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	close(link[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		return false;
	return handover_raw_version(str_of(text, len));
}

static int permission(bool raw)
{
	if (!files_exist(CLOUD_INIT) || files_exist("/etc/cloud/cloud-init.disabled") ||
	    files_exist("/run/cloud-init/disabled")) {
		log_warning("customization: cloud-init is not installed, or switched off");
		return BROKER_NO_CLOUD_INIT;
	}
	if (files_exist("/run/cloud-init/result.json")) {
		log_warning("customization: cloud-init has done its work of this boot already");
		return BROKER_TOO_LATE;
	}
	if (permitted())
		return 0;
	if (!raw) {
		log_warning("customization: %s does not say disable_vmware_customization: false",
			    CLOUD_CONFIG);
		return BROKER_NO_PERMISSION;
	}
	if (!knows_raw()) {
		log_warning("customization: this cloud-init takes no metadata from the host; it is to be 21.1 or newer");
		return BROKER_NO_RAW;
	}
	return 0;
}

/* The files ------------------------------------------------------------------------------- */

static int put(int folder, const char *name, const struct buf *contents)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return -errno;
	error = file_write_to(fd, contents->data, contents->len);
	if (close(fd) && !error)
		error = -errno;
	return error;
}

/* Ours alone, whoever has made it: nobody may put a link where we write. */
static int open_folder(void)
{
	char path[256];
	struct stat st;
	int fd;

	if (!files_path(path, sizeof(path), HANDOVER_FOLDER))
		return -ENAMETOOLONG;
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && st.st_uid == geteuid() && !fchmod(fd, 0700))
		return fd;
	close(fd);
	return -EPERM;
}

static int put_all(int folder, const struct handover *handover)
{
	static const char *const names[BROKER_FILES] = {
		[BROKER_FILE_CONFIG] = "cust.cfg",
		[BROKER_FILE_NICS] = "nics.txt",
		[BROKER_FILE_METADATA] = "metadata",
		[BROKER_FILE_USERDATA] = "userdata",
	};
	static const char hidden[] = ".cust.cfg";
	int error = 0;

	for (size_t i = 0; i < BROKER_FILES; i++)
		unlinkat(folder, names[i], 0);
	unlinkat(folder, hidden, 0);
	for (size_t i = 0; i < BROKER_FILES && !error; i++)
		if (i != BROKER_FILE_CONFIG && handover->has[i])
			error = put(folder, names[i], &handover->file[i]);
	if (!error)
		error = put(folder, hidden, &handover->file[BROKER_FILE_CONFIG]);
	if (!error && renameat(folder, hidden, folder, names[BROKER_FILE_CONFIG]))
		error = -errno;
	for (size_t i = 0; i < BROKER_FILES && error; i++)
		unlinkat(folder, names[i], 0);
	if (error)
		unlinkat(folder, hidden, 0);
	return error;
}

/* An empty file, which is what some products look for. */
static void mark(const char *state)
{
	static const char *const states[] = { "INPROGRESS", "Done", "ERRORED" };
	char path[256], name[64];
	int folder, fd;

	if (!files_path(path, sizeof(path), "/var/log"))
		return;
	folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(name, sizeof(name), ".vmware-deploy.%s", states[i]);
		unlinkat(folder, name, 0);
	}
	snprintf(name, sizeof(name), ".vmware-deploy.%s", state);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	close(folder);
}

int handover_write(const struct handover *handover, bool raw)
{
	int folder, error;

	mark("INPROGRESS");
	error = handover->has[BROKER_FILE_CONFIG] ? permission(raw) : BROKER_NOT_WRITTEN;
	if (!error) {
		folder = open_folder();
		error = folder < 0 ? folder : put_all(folder, handover);
		if (error) {
			log_error("customization: %s: %s", HANDOVER_FOLDER, strerror(-error));
			error = BROKER_NOT_WRITTEN;
		}
		if (folder >= 0)
			close(folder);
	}
	mark(error ? "ERRORED" : "Done");
	return error;
}
