// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What waits for disks, and is therefore done by children with deadlines: how large file
 * systems are, and writing out what they hold back.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "broker_parts.h"
#include "files.h"
#include "log.h"

#define DISKS_MAX 128
#define DISKS_MS 5000

/* In a child: a file system whose device has died may never answer. */
static _Noreturn void measure(void)
{
	struct mount_ref refs[DISKS_MAX];
	struct buf text = { 0 };
	size_t count = 0;
	struct str mounts;

	if (broker_mounts(&text))
		_exit(1);
	mounts = str_of(text.data, text.len);
	count = mountinfo_list(mounts, mount_reported, NULL, refs, DISKS_MAX);
	for (size_t i = 0; i < count && i < DISKS_MAX; i++) {
		struct broker_answer message = { .op = BROKER_DISKS, .more = 1 };
		struct statvfs st;
		struct mount mount;

		if (!mountinfo_find(mounts, refs[i].id, &mount) || statvfs(mount.point, &st))
			continue;
		message.disk.size = (uint64_t)st.f_blocks * st.f_frsize;
		message.disk.free = (uint64_t)st.f_bfree * st.f_frsize;
		message.disk.available = (uint64_t)st.f_bavail * st.f_frsize;
		message.disk.major = mount.major;
		message.disk.minor = mount.minor;
		memcpy(message.disk.type, mount.type, sizeof(message.disk.type));
		memcpy(message.disk.point, mount.point, sizeof(message.disk.point));
		if (send(BROKER_CHILD_FD, &message, sizeof(message), MSG_NOSIGNAL) < 0)
			_exit(1);
	}
	_exit(0);
}

void broker_disks_done(struct broker *broker, int result)
{
	if (!broker->disks_id)
		return;
	loop_cancel(&broker->loop, &broker->disk_deadline);
	if (broker->disk_answers.fd >= 0) {
		int fd = broker->disk_answers.fd;

		loop_remove(&broker->loop, &broker->disk_answers);
		close(fd);
	}
	broker_tell_result(broker, BROKER_DISKS, broker->disks_id, result);
	broker->disks_id = 0;
}

static void disk_ready(void *data, uint32_t events)
{
	struct broker *broker = data;
	struct broker_answer message;
	ssize_t n = recv(broker->disk_answers.fd, &message, sizeof(message), MSG_DONTWAIT);

	(void)events;
	if (n == sizeof(message)) {
		message.id = broker->disks_id;
		broker_tell(broker, &message);
	} else if (n >= 0) {
		broker_disks_done(broker, 0);
	}
}

static void disks_late(void *data)
{
	struct broker *broker = data;

	log_warning("a file system does not say how large it is within %d s", DISKS_MS / 1000);
	/* It may not die before the file system answers; until then no other is started. */
	broker_kill(broker->disks);
	broker_disks_done(broker, -ETIME);
}

int broker_disks_start(struct broker *broker, uint32_t id)
{
	int link[2], error;

	if (broker->disks || broker->freeze.count)
		return -EBUSY;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link))
		return -errno;
	error = broker_child(&broker->disks, link[1]);
	if (!error && !broker->disks)
		measure();
	close(link[1]);
	if (error) {
		close(link[0]);
		return error;
	}
	broker->disks_id = id;
	loop_add(&broker->loop, &broker->disk_answers, link[0], EPOLLIN);
	loop_timer(&broker->loop, &broker->disk_deadline, DISKS_MS);
	return 0;
}

/* Not sync(), which also waits for servers that may be gone. */
static _Noreturn void sync_local(const struct system_ops *ops)
{
	struct mount_ref refs[DISKS_MAX];
	struct buf text = { 0 };
	struct mount mount;
	struct str mounts;
	int error = 0;
	size_t count;

	if (broker_mounts(&text))
		_exit(1);
	mounts = str_of(text.data, text.len);
	count = mountinfo_list(mounts, mount_local, NULL, refs, DISKS_MAX);
	for (size_t i = 0; i < count && i < DISKS_MAX; i++) {
		if (!mountinfo_find(mounts, refs[i].id, &mount))
			continue;
		error = ops->sync(mount.point);
		if (error) {
			log_warning("%s cannot be written out: %s", mount.point, strerror(-error));
			break;
		}
	}
	_exit(error ? 1 : 0);
}

void broker_sync_done(struct broker *broker, int result)
{
	if (!broker->sync_id)
		return;
	loop_cancel(&broker->loop, &broker->sync_deadline);
	broker_tell_result(broker, BROKER_SYNC, broker->sync_id, result);
	broker->sync_id = 0;
}

static void sync_late(void *data)
{
	struct broker *broker = data;

	log_warning("file systems are not written out within %u s", broker->settings.freeze_limit);
	broker_kill(broker->sync);
	broker_sync_done(broker, -ETIME);
}

int broker_sync_start(struct broker *broker, uint32_t id)
{
	int error;

	if (broker->sync || broker->freeze.count)
		return -EBUSY;
	error = broker_child(&broker->sync, -1);
	if (error)
		return error;
	if (!broker->sync)
		sync_local(broker->ops);
	broker->sync_id = id;
	loop_timer(&broker->loop, &broker->sync_deadline, broker->settings.freeze_limit * 1000ull);
	return 0;
}

void broker_disks_init(struct broker *broker)
{
	broker->disk_answers = (struct loop_fd){ -1, disk_ready, broker };
	broker->disk_deadline = (struct loop_timer){ .fire = disks_late, .data = broker };
	broker->sync_deadline = (struct loop_timer){ .fire = sync_late, .data = broker };
}
