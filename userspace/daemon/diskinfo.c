// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Disks. A device's place is read from its path in sysfs: the controller's PCI label,
 * the target of the SCSI address; what is made of several devices (LVM, MD) has them below
 * slaves/.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "diskinfo.h"
#include "files.h"
#include "le.h"
#include "str.h"

#define DEPTH_MAX 8
#define NAME_V0 100
#define DISKS_V0 255
#define CLASS_IDE 0x0101	/* of PCI */

/* The path in sysfs below /devices, or false. */
static bool device_path(const char *link, char *path, size_t size)
{
	char whole[512];
	const char *devices;
	char target[1024];
	ssize_t n;

	if (!files_path(whole, sizeof(whole), link))
		return false;
	n = readlink(whole, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	devices = strstr(target, "devices/");
	if (!devices)
		return false;
	n = snprintf(path, size, "/sys/%s", devices);
	return n > 0 && (size_t)n < size;
}

/* "SCSI0" in the label of the PCI function that comes before @part of the path. */
static bool label(const char *path, const char *part, const char *word, unsigned int *number)
{
	struct buf text = { 0 };
	const char *end = strstr(path, part);
	char file[1100];
	bool found = false;

	/* From the controller upwards: the label may be one of a bridge's function. */
	if (end && snprintf(file, sizeof(file), "%.*s/label", (int)(end - path), path) < (int)sizeof(file) &&
	    !files_read(file, &text, 64))
		found = str_begins(str_of(text.data, text.len), word) &&
			sscanf(text.data + strlen(word), "%u", number) == 1;
	buf_free(&text);
	return found;
}

/* A number in a file of the folder that ends before @part of the path. */
static bool attribute(const char *path, const char *part, const char *name, unsigned int *number)
{
	struct buf text = { 0 };
	const char *end = strstr(path, part);
	char file[1200];
	bool found;

	snprintf(file, sizeof(file), "%.*s/%s", (int)(end - path), path, name);
	found = !files_read(file, &text, 64) && sscanf(buf_text(&text), "%i", (int *)number) == 1;
	buf_free(&text);
	return found;
}

/* IDE and SATA: the kernel numbers the ports of all controllers in one row, a host those of each. */
static bool ata_name(const char *path, unsigned int target, struct buf *out)
{
	unsigned int ata, port, class, bus;
	char file[64];

	if (sscanf(strstr(path, "/ata"), "/ata%u", &ata) != 1)
		return false;
	snprintf(file, sizeof(file), "ata%u/ata_port/ata%u/port_no", ata, ata);
	if (!attribute(path, "/ata", file, &port) || !port)
		return false;
	if (attribute(path, "/ata", "class", &class) && class >> 8 == CLASS_IDE)
		buf_printf(out, "\"ide%u:%u\"", port - 1, target);
	else if (label(path, "/ata", "SATA", &bus))
		buf_printf(out, "\"sata%u:%u\"", bus, port - 1);
	else
		return false;
	return true;
}

static bool scsi_name(const char *path, struct buf *out)
{
	unsigned int bus = 0, host, channel, target, lun;
	const char *at = strstr(path, "/target");
	const char *host_at = strstr(path, "/host");

	if (!at || !host_at || sscanf(at, "/target%u:%u:%u/%*u:%*u:%*u:%u", &host, &channel, &target,
				      &lun) != 4)
		return false;
	if (strstr(path, "/ata"))
		return ata_name(path, target, out);
	if (!label(path, "/host", "SCSI", &bus)) {
		if (!strstr(path, "/0000:00:10.0/host"))
			return false;
		bus = 0;
	}
	buf_printf(out, "\"scsi%u:%u\"", bus, target);
	return true;
}

static bool nvme_name(const char *path, struct buf *out)
{
	unsigned int controller, space, bus;
	const char *at = strstr(path, "/nvme/");

	if (!at || sscanf(at, "/nvme/nvme%u/nvme%*un%u", &controller, &space) != 2 || !space)
		return false;
	bus = controller;
	label(path, "/nvme/", "NVME", &bus);
	buf_printf(out, "\"nvme%u:%u\"", bus, space - 1);
	return true;
}

static bool add_leaf(const char *path, struct buf *out)
{
	if (out->len > 1)
		buf_char(out, ',');
	return scsi_name(path, out) || nvme_name(path, out);
}

static bool add_devices(const char *link, unsigned int depth, struct buf *out)
{
	char path[1024], folder[2048];
	struct dirent *entry;
	bool any = false, ok = true;
	DIR *dir;

	if (depth == DEPTH_MAX || !device_path(link, path, sizeof(path)))
		return false;
	snprintf(folder, sizeof(folder), "%s%s/slaves", files_root, path);
	dir = opendir(folder);
	while (dir && ok && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		any = true;
		snprintf(folder, sizeof(folder), "/sys/class/block/%.64s", entry->d_name);
		ok = add_devices(folder, depth + 1, out);
	}
	if (dir)
		closedir(dir);
	return any ? ok : add_leaf(path, out);
}

bool diskinfo_devices(uint32_t major, uint32_t minor, struct buf *out)
{
	char link[64];
	bool ok;

	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major, minor);
	buf_clear(out);
	buf_char(out, '[');
	ok = add_devices(link, 0, out);
	buf_char(out, ']');
	return ok && !out->error;
}

void diskinfo_json(const struct disk *disks, size_t count, struct buf *out)
{
	struct buf devices = { 0 };

	buf_clear(out);
	buf_str(out, "{\n\"version\":\"1\",\n\"disks\":[");
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "%s\n{\"name\":\"", i ? "," : "");
		base64(out, disks[i].point, strlen(disks[i].point));
		/* The type comes from the kernel and is a word of letters and digits. */
		buf_printf(out, "\",\"free\":\"%llu\",\"size\":\"%llu\",\"fstype\":\"%s\"",
			   (unsigned long long)disks[i].free, (unsigned long long)disks[i].size,
			   disks[i].type);
		if (diskinfo_devices(disks[i].major, disks[i].minor, &devices))
			buf_printf(out, ",\"devices\":%s", buf_text(&devices));
		buf_char(out, '}');
	}
	buf_str(out, "\n]\n}");
	buf_free(&devices);
}

void diskinfo_packed(const struct disk *disks, size_t count, struct buf *out)
{
	uint8_t n = 0;

	buf_clear(out);
	buf_char(out, 0);
	for (size_t i = 0; i < count && n < DISKS_V0; i++) {
		char name[NAME_V0] = "";

		if (strlen(disks[i].point) >= sizeof(name))
			continue;
		memcpy(name, disks[i].point, strlen(disks[i].point));
		le_add(out, disks[i].free, 8);
		le_add(out, disks[i].size, 8);
		buf_add(out, name, sizeof(name));
		n++;
	}
	if (out->len)
		out->data[0] = (char)n;
}
