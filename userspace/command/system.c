// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * A snapshot of the system, read from sysfs and the daemon: system.h.
 *
 * Everything is below a root, and nothing has to be there: what cannot be read is empty.
 */
#define _GNU_SOURCE
#include "system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command.h"
#include "control.h"
#include "ctl.h"
#include "file.h"

#define PCI "/sys/bus/pci/devices"

static const struct known {
	uint32_t id;	/* vendor and device */
	enum device_kind kind;
	const char *model;
	const char *module;
	const char *advice;
} known[] = {
	{ 0x15ad07b0, DEVICE_NIC, "vmxnet3", "vmxnet3", NULL },
	{ 0x15ad07c0, DEVICE_SCSI, "PVSCSI", "vmw_pvscsi", NULL },
	{ 0x15ad0740, DEVICE_VMCI, "VMCI", "vmw_vmci", NULL },
	{ 0x15ad0405, DEVICE_DISPLAY, "SVGA II", "vmwgfx", NULL },
	{ 0x15ad0406, DEVICE_DISPLAY, "SVGA 3", "vmwgfx", NULL },
	{ 0x8086100f, DEVICE_FOREIGN, "e1000 adapter", "e1000", "vmxnet3" },
	{ 0x808610d3, DEVICE_FOREIGN, "e1000e adapter", "e1000e", "vmxnet3" },
	{ 0x10222000, DEVICE_FOREIGN, "PCnet adapter", "pcnet32", "vmxnet3" },
	{ 0x10000030, DEVICE_FOREIGN, "LSI Logic controller", "mptspi", "PVSCSI" },
	{ 0x10000054, DEVICE_FOREIGN, "LSI Logic SAS controller", "mptsas", "PVSCSI" },
	{ 0x104b1040, DEVICE_FOREIGN, "BusLogic controller", "BusLogic", "PVSCSI" },
};

__attribute__((format(printf, 3, 4)))
static void get(char *to, size_t size, const char *format, ...)
{
	struct buf text = { 0 };
	char path[PATH_MAX];
	struct str line;
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	to[0] = '\0';
	if (!file_read(path, &text, 1 << 16)) {
		line = str_trim(str_of(buf_text(&text), text.len));
		line = str_cut(&line, '\n');
		snprintf(to, size, "%.*s", (int)line.len, line.at);
	}
	buf_free(&text);
}

__attribute__((format(printf, 1, 2)))
static uint64_t get_number(const char *format, ...)
{
	char path[PATH_MAX], text[NAME];
	uint64_t number = 0;
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	get(text, sizeof(text), "%s", path);
	if (!strncmp(text, "0x", 2))
		return strtoull(text, NULL, 16);
	str_u64(str(text), &number);
	return number;
}

static void get_link(char *to, size_t size, const char *path)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	to[0] = '\0';
	if (len <= 0)
		return;
	target[len] = '\0';
	slash = strrchr(target, '/');
	snprintf(to, size, "%s", slash ? slash + 1 : target);
}

/* Goes through a folder in the order of names; @each gives false to stop. */
static void each_entry(const char *folder, bool (*each)(const char *path, const char *name,
							 void *data), void *data)
{
	struct dirent **entries;
	char path[PATH_MAX];
	bool going = true;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (going && name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path))
			going = each(path, name, data);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static bool read_nic(const char *path, const char *name, void *data)
{
	struct nic *nic = data;

#define COUNTER(what) (nic->what = get_number("%s/statistics/" #what, path))
	snprintf(nic->name, sizeof(nic->name), "%s", name);
	get(nic->state, sizeof(nic->state), "%s/operstate", path);
	nic->mtu = get_number("%s/mtu", path);
	COUNTER(rx_packets);
	COUNTER(rx_bytes);
	COUNTER(rx_errors);
	COUNTER(rx_dropped);
	COUNTER(tx_packets);
	COUNTER(tx_bytes);
	COUNTER(tx_errors);
	COUNTER(tx_dropped);
#undef COUNTER
	return false;
}

/* /sys/block/sda, if it belongs to the controller whose PCI address stands in its path. */
struct disks {
	const char *address;
	struct scsi *scsi;
};

static bool read_disk(const char *path, const char *name, void *data)
{
	struct disks *disks = data;
	struct scsi *scsi = disks->scsi;
	char target[PATH_MAX], line[256];
	uint64_t f[9] = { 0 }, timeout;
	ssize_t len = readlink(path, target, sizeof(target) - 1);

	(void)name;
	if (len <= 0)
		return true;
	target[len] = '\0';
	if (!strstr(target, disks->address))
		return true;
	get(line, sizeof(line), "%s/stat", path);
	sscanf(line, "%lu %lu %lu %lu %lu %lu %lu %lu %lu", &f[0], &f[1], &f[2], &f[3], &f[4],
	       &f[5], &f[6], &f[7], &f[8]);
	timeout = get_number("%s/device/timeout", path);
	if (!scsi->disks || timeout < scsi->shortest_timeout)
		scsi->shortest_timeout = timeout;
	scsi->disks++;
	scsi->reads += f[0];
	scsi->read_bytes += f[2] * 512;
	scsi->writes += f[4];
	scsi->write_bytes += f[6] * 512;
	scsi->in_flight += f[8];
	return true;
}

/* An interrupt of a device's: how often it has come, on all processors. */
struct interrupts {
	const char *root;
	uint64_t count;
};

static bool read_interrupt(const char *path, const char *name, void *data)
{
	struct interrupts *interrupts = data;
	char file[PATH_MAX];
	struct buf counts = { 0 };
	struct str rest;

	(void)path;
	snprintf(file, sizeof(file), "%s/sys/kernel/irq/%s/per_cpu_count", interrupts->root, name);
	file_read(file, &counts, 1 << 16);
	rest = str_trim(str_of(buf_text(&counts), counts.len));
	while (rest.len) {
		uint64_t count = 0;

		str_u64(str_cut(&rest, ','), &count);
		interrupts->count += count;
	}
	buf_free(&counts);
	return true;
}

struct reading {
	struct system *system;
	const char *root;
};

static const struct known *find_known(uint32_t id)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].id == id)
			return &known[i];
	}
	return NULL;
}

static bool read_device(const char *path, const char *name, void *data)
{
	struct reading *reading = data;
	struct system *system = reading->system;
	uint32_t id = (uint32_t)get_number("%s/vendor", path) << 16 |
		      (uint32_t)get_number("%s/device", path);
	const struct known *what = find_known(id);
	char other[PATH_MAX];
	struct device *device;

	if (!what)
		return true;
	device = &system->devices[system->device_count++];
	*device = (struct device){ .kind = what->kind, .model = what->model,
				   .module = what->module, .advice = what->advice };
	snprintf(device->address, sizeof(device->address), "%s", name);
	snprintf(other, sizeof(other), "%s/driver", path);
	get_link(device->driver, sizeof(device->driver), other);
	snprintf(other, sizeof(other), "%s/driver/module", path);
	get_link(device->version, sizeof(device->version), other);
	get(device->version, sizeof(device->version), "%s/sys/module/%s/version", reading->root,
	    device->version[0] ? device->version : device->driver);
	if (device->kind == DEVICE_NIC) {
		snprintf(other, sizeof(other), "%s/net", path);
		each_entry(other, read_nic, &device->nic);
	} else if (device->kind == DEVICE_SCSI) {
		struct disks disks = { device->address, &device->scsi };

		snprintf(other, sizeof(other), "%s/sys/block", reading->root);
		each_entry(other, read_disk, &disks);
	} else if (device->kind == DEVICE_VMCI) {
		struct interrupts interrupts = { .root = reading->root };

		snprintf(other, sizeof(other), "%s/msi_irqs", path);
		each_entry(other, read_interrupt, &interrupts);
		if (access(other, F_OK)) {
			get(other, sizeof(other), "%s/irq", path);
			read_interrupt(NULL, other, &interrupts);
		}
		device->interrupts = interrupts.count;
	}
	return system->device_count < DEVICES_MAX;
}

/*
 * Whether root runs it as a service. What users run, such as a desktop's agent, and what asks
 * one question, takes nothing away from us. All of /proc/PID/exe would be better evidence, but
 * root alone may look at it.
 */
static bool is_service(const char *path)
{
	struct buf status = { 0 }, words = { 0 };
	char file[PATH_MAX];
	const char *uid;
	unsigned int effective;
	struct str rest;
	bool is;

	snprintf(file, sizeof(file), "%s/status", path);
	file_read(file, &status, 1 << 16);
	uid = strstr(buf_text(&status), "\nUid:");
	is = uid && sscanf(uid, " Uid: %*u %u", &effective) == 1 && !effective;
	snprintf(file, sizeof(file), "%s/cmdline", path);
	file_read(file, &words, 1 << 16);
	rest = str_of(buf_text(&words), words.len);
	while (is && rest.len)
		is = !str_begins(str_cut(&rest, '\0'), "--cmd");
	buf_free(&status);
	buf_free(&words);
	return is;
}

/* Whether open-vm-tools' daemon runs. */
static bool find_process(const char *path, const char *name, void *data)
{
	char comm[NAME], exe[PATH_MAX];

	if (name[0] < '0' || name[0] > '9')
		return true;
	get(comm, sizeof(comm), "%s/comm", path);
	if (strcmp(comm, "vmtoolsd") || !is_service(path))
		return true;
	/* Ours may bear the name, for those who look for it. */
	if (snprintf(exe, sizeof(exe), "%s/exe", path) < (int)sizeof(exe))
		get_link(exe, sizeof(exe), exe);
	*(bool *)data = strcmp(exe, "vmguestd") && strcmp(exe, "vmguest");
	return !*(bool *)data;
}

static void read_balloon(struct balloon *balloon, const char *root)
{
	char path[PATH_MAX], text[64];

	snprintf(path, sizeof(path), "%s/sys/module/vmw_balloon", root);
	balloon->present = !access(path, F_OK);
	get(balloon->version, sizeof(balloon->version), "%s/version", path);
	get(text, sizeof(text), "%s/sys/devices/platform/vmw_balloon/size_bytes", root);
	balloon->has_size = str_u64(str(text), &balloon->size_bytes);
	get(text, sizeof(text), "%s/sys/devices/platform/vmw_balloon/target_bytes", root);
	balloon->has_target = str_u64(str(text), &balloon->target_bytes);
}

/* The number by which others reach us. Of this system alone: another's device is not here. */
static void read_vsock(struct system *system, const char *root)
{
	char path[PATH_MAX];
	unsigned int cid;
	int fd;

	snprintf(path, sizeof(path), "%s/dev/vsock", root);
	system->vsock = !access(path, F_OK);
	fd = root[0] ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	system->has_cid = !ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) && cid != VMADDR_CID_ANY;
	if (system->has_cid)
		system->cid = cid;
	close(fd);
}

static void ask_daemon(struct system *system, const char *root)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), "%s%s", root, CTL_PATH);
	ret = control_ask(path, "{\"get\":\"status\"}", &system->daemon);
	if (!ret && system_daemon(system).type == JSON_OBJECT)
		return;
	system->daemon_absent = ret == -ENOENT || ret == -ECONNREFUSED;
	snprintf(system->daemon_error, sizeof(system->daemon_error), "%s",
		 ret ? buf_text(&system->daemon) : "vmguestd does not say how it is");
	buf_clear(&system->daemon);
}

void system_read(struct system *system, const char *root)
{
	struct reading reading = { system, root };
	char path[PATH_MAX], text[64];

	*system = (struct system){ 0 };
	get(system->product, sizeof(system->product), "%s/sys/class/dmi/id/product_name", root);
	get(system->kernel, sizeof(system->kernel), "%s/proc/sys/kernel/osrelease", root);
	get(text, sizeof(text), "%s/proc/uptime", root);
	system->uptime_sec = strtoull(text, NULL, 10);
	snprintf(path, sizeof(path), "%s%s", root, PCI);
	each_entry(path, read_device, &reading);
	read_balloon(&system->balloon, root);
	read_vsock(system, root);
	snprintf(path, sizeof(path), "%s/proc", root);
	each_entry(path, find_process, &system->foreign_tools);
	ask_daemon(system, root);
	system_judge(system);
}

void system_free(struct system *system)
{
	buf_free(&system->daemon);
}

struct json_value system_daemon(const struct system *system)
{
	struct json_value reply = json_parse(str_of(buf_text(&system->daemon),
						    system->daemon.len));

	return json_get(reply, "daemon");
}
