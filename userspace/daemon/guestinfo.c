// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Guest information: when to look, and what of it to send. The kernel says when
 * something changed; looking and sending ride on the wakeups of the host's channel, so
 * that nothing here wakes the processor for itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "log.h"
#include "mountinfo.h"
#include "services.h"

#define DEBOUNCE_MS 500
#define NET_EVERY_MS 5000
#define UPTIME_MS 60000
#define DISKS_MS 300000
#define DISKS_MOVING_MS 30000
#define MESSAGE_MAX 65536
#define REQUEST_ROOM 32		/* for what stands before it */
/* What did not get through is told again so much later. */
#define AGAIN_MS 5000
#define FILE_MAX (256u << 10)
#define DISKS_MAX 128

static uint64_t hash(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint64_t h = 0xcbf29ce484222325;	/* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * 0x100000001b3;
	return h ? h : 1;
}

/* The next look at everything sends what has not got through. */
static void look_again(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	uint64_t again = loop_now(&worker->loop) + AGAIN_MS;

	if (info->all_due > again)
		info->all_due = again;
	if (info->disks_due > again)
		info->disks_due = again;
}

/* Sends what the host has not got yet; false: it does not take it. */
static bool send_info(struct worker *worker, enum info_type type, const void *data, size_t len)
{
	struct guestinfo *info = &worker->info;
	struct buf request = { 0 };
	uint64_t now = hash(data, len);
	int ret;

	if (info->unknown[type])
		return false;
	if (info->sent[type] == now)
		return true;
	if (type == INFO_DISKS)
		buf_str(&request, "SetGuestDiskInfo ");
	else
		buf_printf(&request, "SetGuestInfo  %d ", type);
	buf_add(&request, data, len);
	ret = request.error ? request.error :
	      host_call(worker, str_of(request.data, request.len), RPC_REPEAT);
	if (ret == 1 && !worker->reply.len) {
		info->sent[type] = now;
		info->sent_count++;
		info->sent_bytes += request.len;
	} else if (ret >= 0 && (host_unknown(worker) || type == INFO_OS_DETAIL)) {
		/* Of the two forms of the system's name the newer one is tried once. */
		info->unknown[type] = true;
	} else if (ret < 0) {
		look_again(worker);
	}
	buf_free(&request);
	return info->sent[type] == now;
}

static bool send_text(struct worker *worker, enum info_type type, const char *text)
{
	/* The NUL is counted, as by those whom hosts know. */
	return text[0] ? send_info(worker, type, text, strlen(text) + 1) : true;
}

static void send_uptime(struct worker *worker)
{
	struct timespec up;
	char text[32];

	clock_gettime(CLOCK_BOOTTIME, &up);
	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)up.tv_sec * 100 + (unsigned long long)up.tv_nsec / 10000000);
	send_text(worker, INFO_UPTIME, text);
	worker->info.uptime_due = loop_now(&worker->loop) + UPTIME_MS;
}

static struct str read_os(struct worker *worker, struct utsname *name)
{
	struct guestinfo *info = &worker->info;
	struct settings *settings = &worker->settings;
	struct str release;

	if (files_read("/etc/os-release", &info->os_text, 16384))
		files_read("/usr/lib/os-release", &info->os_text, 16384);
	if (uname(name))
		*name = (struct utsname){ .sysname = "Linux" };
	release = str_of(info->os_text.data, info->os_text.len);
	osinfo_read(&info->os, release, name);
	if (settings->short_name[0])
		memcpy(info->os.short_name, settings->short_name, sizeof(info->os.short_name));
	if (settings->long_name[0])
		memcpy(info->os.full, settings->long_name, sizeof(info->os.full));
	return release;
}

static void send_os(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	struct utsname name;
	struct str release = read_os(worker, &name);

	osinfo_detail(&info->os, release, &name, &info->out);
	if (!info->out.error && send_info(worker, INFO_OS_DETAIL, info->out.data, info->out.len))
		return;
	send_text(worker, INFO_OS_FULL, info->os.full);
	send_text(worker, INFO_OS_SHORT, info->os.short_name);
}

/* Network ----------------------------------------------------------------------------- */

static bool physical(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%.15s/device", name);
	return files_exist(path);
}

static void read_names(struct guestinfo *info)
{
	struct buf name = { 0 }, hosts = { 0 };

	memset(&info->net.dns, 0, sizeof(info->net.dns));
	/* systemd's stub knows the servers that matter, and writes them down beside it. */
	if (!files_read("/etc/resolv.conf", &info->text, FILE_MAX)) {
		if (strstr(buf_text(&info->text), "nameserver 127.0.0.53") &&
		    files_exist("/run/systemd/resolve/resolv.conf"))
			files_read("/run/systemd/resolve/resolv.conf", &info->text, FILE_MAX);
		net_resolv(&info->net.dns, str_of(info->text.data, info->text.len));
	}
	files_read("/etc/hosts", &hosts, FILE_MAX);
	if (!files_read("/proc/sys/kernel/hostname", &name, 256))
		net_host(&info->net.dns, str_of(name.data, name.len),
			 str_of(hosts.data, hosts.len));
	buf_free(&name);
	buf_free(&hosts);
}

static int gather_network(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	struct net_filter filter = {
		.primary = worker->settings.primary,
		.low_priority = worker->settings.low_priority,
		.exclude = worker->settings.exclude,
		.physical = physical,
	};
	int error;

	info->net.max4 = worker->settings.routes4;
	info->net.max6 = worker->settings.routes6;
	error = netlink_gather(&info->netlink, &info->net);
	if (error)
		log_debug("the network could not be read: %s", strerror(-error));
	/* That it lets us wait a moment is nothing; once a minute is asked again. */
	info->netlink_failed = error && error != -EINPROGRESS;
	net_sort(&info->net, &filter);
	read_names(info);
	return error;
}

static bool send_nics(struct worker *worker, enum info_type type, size_t addresses)
{
	struct guestinfo *info = &worker->info;
	bool whole = net_encode(&info->net, addresses, MESSAGE_MAX - REQUEST_ROOM, &info->out);

	if (!whole && !info->net_cut)
		log_warning("the network has more routes or addresses than the host takes at once; some are left out");
	info->net_cut = !whole;
	return !info->out.error && send_info(worker, type, info->out.data, info->out.len);
}

static int send_network(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	int error;

	info->net_changed = false;
	error = gather_network(worker);
	info->net_sent_at = loop_now(&worker->loop);
	send_text(worker, INFO_HOST_NAME, info->net.dns.host);
	if (error)
		return error;
	if (send_nics(worker, INFO_NICS, NET_ADDRESSES))
		return 0;
	/* An older host takes the same by the number before, if it is not too much. */
	if (info->unknown[INFO_NICS] && send_nics(worker, INFO_NICS_V2, NET_ADDRESSES_V2))
		return 0;
	return info->out.error ? info->out.error : -EREMOTEIO;
}

int guestinfo_update_network(struct worker *worker)
{
	worker->info.sent[INFO_NICS] = 0;
	worker->info.sent[INFO_NICS_V2] = 0;
	return send_network(worker);
}

const char *guestinfo_primary_ip(struct worker *worker)
{
	static char ip[64];

	/* What was known before the disks were frozen: nothing is to touch a file now. */
	if (!worker->frozen)
		gather_network(worker);
	return net_primary(&worker->info.net, ip, sizeof(ip)) ? ip : NULL;
}

static void net_changed(void *data)
{
	struct worker *worker = data;

	/* What comes in a burst is looked at once, a moment after its beginning. */
	if (!worker->info.net_changed)
		worker->info.net_changed_at = loop_now(&worker->loop);
	worker->info.net_changed = true;
}

/* Disks --------------------------------------------------------------------------------- */

static bool moved(const struct buf *old, const struct disk *disk)
{
	const struct disk *disks = (const struct disk *)old->data;

	for (size_t i = 0; i < old->len / sizeof(*disk); i++) {
		uint64_t a = disks[i].free, b = disk->free;

		if (disks[i].major == disk->major && disks[i].minor == disk->minor)
			return (a > b ? a - b : b - a) > disk->size / 100;
	}
	return true;
}

static void send_disks(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	const struct disk *disks = (const struct disk *)info->disks.data;
	size_t count = info->disks.len / sizeof(*disks);

	if (!info->unknown[INFO_DISKS]) {
		diskinfo_json(disks, count, &info->out);
		/* Names of mount points may be long; the first ones are the system's. */
		while (count && info->out.len > MESSAGE_MAX - REQUEST_ROOM)
			diskinfo_json(disks, count -= count > 8 ? count / 8 : 1, &info->out);
		if (!info->out.error &&
		    send_info(worker, INFO_DISKS, info->out.data, info->out.len + 1))
			return;
	}
	if (info->unknown[INFO_DISKS]) {
		diskinfo_packed(disks, count, &info->out);
		if (!info->out.error)
			send_info(worker, INFO_DISKS_PACKED, info->out.data, info->out.len);
	}
}

static void disk_answer(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;
	struct guestinfo *info = &worker->info;
	struct disk disk = { 0 };

	if (answer->more) {
		disk.size = answer->disk.size;
		disk.free = worker->settings.disks_reserved ? answer->disk.free :
			    answer->disk.available;
		disk.major = answer->disk.major;
		disk.minor = answer->disk.minor;
		memcpy(disk.type, answer->disk.type, sizeof(disk.type) - 1);
		memcpy(disk.point, answer->disk.point, sizeof(disk.point) - 1);
		if (info->new_disks.len < DISKS_MAX * sizeof(disk))
			buf_add(&info->new_disks, &disk, sizeof(disk));
		return;
	}
	info->disks_asked = false;
	if (answer->result)
		log_debug("sizes of disks: %s", strerror(-answer->result));
	if (worker->frozen || (answer->result && !info->new_disks.len))
		return;
	info->disks_moving = false;
	for (size_t i = 0; i < info->new_disks.len / sizeof(disk); i++)
		if (moved(&info->disks, (struct disk *)info->new_disks.data + i))
			info->disks_moving = true;
	buf_clear(&info->disks);
	buf_add(&info->disks, info->new_disks.data, info->new_disks.len);
	send_disks(worker);
}

static void ask_disks(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	struct broker_request request = { .op = BROKER_DISKS };

	info->disks_due = loop_now(&worker->loop) +
			  (info->disks_moving ? DISKS_MOVING_MS : DISKS_MS);
	info->disks_changed = false;
	if (!worker->settings.disks || info->disks_asked)
		return;
	info->disks_asked = true;
	buf_clear(&info->new_disks);
	ask_broker(worker, request, disk_answer, worker);
}

/* Statistics ----------------------------------------------------------------------------- */

static void send_stats(struct worker *worker)
{
	static const char *const paths[] = {
		"/proc/meminfo", "/proc/zoneinfo", "/proc/vmstat", "/proc/stat", "/proc/diskstats",
	};
	struct guestinfo *info = &worker->info;
	struct buf text[5] = { 0 };
	struct mem_sources from = {
		.page_size = (uint64_t)sysconf(_SC_PAGESIZE), .ms = loop_now(&worker->loop),
	};
	struct str *to[] = {
		&from.meminfo, &from.zoneinfo, &from.vmstat, &from.stat, &from.diskstats
	};
	struct mem_sample sample;

	for (size_t i = 0; i < 5; i++) {
		files_read(paths[i], &text[i], FILE_MAX);
		*to[i] = str_of(text[i].data, text[i].len);
	}
	memstats_read(&sample, &from);
	memstats_encode(&sample, info->sampled ? &info->sample : NULL, &info->out);
	info->sample = sample;
	info->sampled = true;
	if (!info->out.error)
		send_info(worker, INFO_MEMORY, info->out.data, info->out.len);
	for (size_t i = 0; i < 5; i++)
		buf_free(&text[i]);
}

/* When ------------------------------------------------------------------------------------- */

static void send_all(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	unsigned int interval = worker->settings.poll_interval;

	info->all_due = interval ? loop_now(&worker->loop) + interval * 1000ull : UINT64_MAX;
	send_text(worker, INFO_BUILD, "build-0");
	send_os(worker);
	send_network(worker);
	send_uptime(worker);
}

void guestinfo_tick(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	uint64_t now = loop_now(&worker->loop);

	if (!worker->resets || !tclo_up(&worker->tclo) || worker->frozen)
		return;
	if (now >= info->all_due)
		send_all(worker);
	else if (info->netlink.answered ||
		 (info->net_changed && now >= info->net_changed_at + DEBOUNCE_MS &&
		  now >= info->net_sent_at + NET_EVERY_MS))
		send_network(worker);
	if (now >= info->disks_due || (info->disks_changed && !info->disks_asked))
		ask_disks(worker);
	if (worker->settings.stats && worker->settings.stats_interval && now >= info->stats_due) {
		info->stats_due = now + worker->settings.stats_interval * 1000ull;
		send_stats(worker);
	}
	if (now >= info->uptime_due)
		send_uptime(worker);
}

void guestinfo_forget(struct worker *worker)
{
	struct guestinfo *info = &worker->info;

	memset(info->sent, 0, sizeof(info->sent));
	memset(info->unknown, 0, sizeof(info->unknown));
	info->all_due = 0;
	info->disks_due = 0;
	info->stats_due = 0;
	info->net_sent_at = 0;
}

void guestinfo_registered(struct worker *worker)
{
	if (!worker->frozen)
		send_uptime(worker);
}

static void host_name_changed(void *data, uint32_t events)
{
	(void)events;
	net_changed(data);
}

static void mounts_changed(void *data, uint32_t events)
{
	struct worker *worker = data;

	(void)events;
	worker->info.disks_changed = true;
}

static void file_changed(struct worker *worker, const char *name)
{
	if (!strcmp(name, "resolv.conf") || !strcmp(name, "hosts"))
		net_changed(worker);
	else if (!strcmp(name, "os-release"))
		worker->info.all_due = 0;
	else if (!strcmp(name, "tools.conf") || !strcmp(name, "vmguest.conf"))
		worker_reload(worker);
}

static void files_changed(void *data, uint32_t events)
{
	char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct worker *worker = data;
	ssize_t n = read(worker->info.changes.fd, bytes, sizeof(bytes));

	(void)events;
	for (char *at = bytes; n > 0 && at < bytes + n;) {
		struct inotify_event *event = (struct inotify_event *)at;

		if (event->len)
			file_changed(worker, event->name);
		at += sizeof(*event) + event->len;
	}
}

static void watch_files(struct worker *worker)
{
	static const char *const folders[] = {
		"/etc", "/etc/vmware-tools", "/etc/vmguest",
		/* where resolv.conf may lead to */
		"/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf",
	};
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[256];

	if (fd < 0)
		return;
	/* What is not there is not watched; the slow look at everything finds it. */
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (files_path(path, sizeof(path), folders[i]))
			inotify_add_watch(fd, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR);
	if (loop_add(&worker->loop, &worker->info.changes, fd, EPOLLIN))
		close(fd);
}

static void watch(struct worker *worker, struct loop_fd *source, const char *path)
{
	int fd = files_open(path, O_RDONLY);

	if (fd >= 0 && loop_add(&worker->loop, source, fd, EPOLLPRI))
		close(fd);
}

int guestinfo_start(struct worker *worker)
{
	struct guestinfo *info = &worker->info;
	struct utsname name;

	/* A host may ask for its name (VIX) before anything is sent. */
	read_os(worker, &name);
	info->host_name = (struct loop_fd){ -1, host_name_changed, worker };
	info->mounts = (struct loop_fd){ -1, mounts_changed, worker };
	info->changes = (struct loop_fd){ -1, files_changed, worker };
	watch(worker, &info->host_name, "/proc/sys/kernel/hostname");
	watch(worker, &info->mounts, "/proc/self/mountinfo");
	watch_files(worker);
	return netlink_start(&info->netlink, &worker->loop, net_changed, worker);
}

static void close_source(struct worker *worker, struct loop_fd *source)
{
	int fd = source->fd;

	loop_remove(&worker->loop, source);
	if (fd >= 0)
		close(fd);
}

void guestinfo_stop(struct worker *worker)
{
	struct guestinfo *info = &worker->info;

	netlink_stop(&info->netlink, &worker->loop);
	close_source(worker, &info->host_name);
	close_source(worker, &info->mounts);
	close_source(worker, &info->changes);
	net_free(&info->net);
	buf_free(&info->os_text);
	buf_free(&info->disks);
	buf_free(&info->new_disks);
	buf_free(&info->text);
	buf_free(&info->out);
}
