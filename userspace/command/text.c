// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The snapshot for a reader, within one screen of 80 columns: system.h.
 */
#include "system.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL "  %-10s "

/* 4 digits at most, so that columns stay columns. */
static const char *bytes(uint64_t value, char *text, size_t size)
{
	static const char units[] = " KMGTP";
	unsigned int unit = 0;
	double shown = value;

	while (shown >= 1024 && unit + 1 < sizeof(units) - 1) {
		shown /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, size, "%.*f %ciB", shown < 10 ? 1 : 0, shown, units[unit]);
	else
		snprintf(text, size, "%" PRIu64 " B", value);
	return text;
}

static const char *age(uint64_t seconds, char *text, size_t size)
{
	if (seconds >= 86400)
		snprintf(text, size, "%" PRIu64 " d %" PRIu64 " h", seconds / 86400,
			 seconds / 3600 % 24);
	else if (seconds >= 3600)
		snprintf(text, size, "%" PRIu64 " h %" PRIu64 " min", seconds / 3600,
			 seconds / 60 % 60);
	else if (seconds >= 60)
		snprintf(text, size, "%" PRIu64 " min", seconds / 60);
	else
		snprintf(text, size, "%" PRIu64 " s", seconds);
	return text;
}

static void add_value(struct buf *out, struct json_value value, const char *otherwise)
{
	size_t before = out->len;

	if (!json_unquote(value, out) || out->len == before)
		buf_str(out, otherwise);
}

static void add_tools(const struct system *system, struct buf *out)
{
	struct json_value daemon = system_daemon(system);
	struct json_value host = json_get(daemon, "host");
	int64_t number = 0;
	char text[32];

	buf_printf(out, LABEL, "tools");
	if (daemon.type != JSON_OBJECT) {
		buf_printf(out, "%s\n", system->daemon_error);
		return;
	}
	buf_str(out, "vmguestd ");
	add_value(out, json_get(daemon, "version"), "?");
	if (json_number(json_get(daemon, "uptime_sec"), &number) && number >= 0)
		buf_printf(out, ", up %s", age(number, text, sizeof(text)));
	buf_str(out, json_is_true(json_get(host, "registered")) ? ", registered" :
		", not registered");
	buf_char(out, '\n');
	buf_printf(out, LABEL, "channel");
	if (json_is_true(json_get(host, "connected"))) {
		add_value(out, json_get(host, "transport"), "?");
		if (json_number(json_get(host, "last_poll_msec"), &number))
			buf_printf(out, ", last sign of life %" PRId64 " ms ago", number);
	} else {
		buf_str(out, "none");
	}
	buf_char(out, '\n');
}

static void add_services(const struct system *system, struct buf *out)
{
	struct json_value list = json_get(system_daemon(system), "services");
	struct json_value service;
	struct str rest = { 0 };
	size_t column = 0;

	while (json_next(list, &rest, NULL, &service)) {
		size_t before = out->len;

		if (!column)
			buf_printf(out, LABEL, "services");
		else if (column > 50)
			buf_printf(out, "\n" LABEL, "");
		else
			buf_str(out, ", ");
		column = column > 50 ? 0 : column;
		add_value(out, json_get(service, "name"), "?");
		buf_char(out, ' ');
		add_value(out, json_get(service, "state"), "?");
		column += out->len - before;
	}
	if (column)
		buf_char(out, '\n');
}

static void add_driver(const char *name, const char *version, struct buf *out)
{
	buf_printf(out, "%s%s%s", name, version[0] ? " " : "", version);
}

/* What has flowed: in all, or each second since @before. */
static void add_flow(struct buf *out, const char *way, uint64_t now, uint64_t before,
		     double seconds)
{
	char text[16];

	if (seconds > 0 && now >= before)
		buf_printf(out, "%s %s/s", way,
			   bytes((uint64_t)((now - before) / seconds), text, sizeof(text)));
	else
		buf_printf(out, "%s %s", way, bytes(now, text, sizeof(text)));
}

static void add_device(const struct device *device, const struct device *before, double seconds,
		       struct buf *out)
{
	const struct nic *nic = &device->nic;
	const struct scsi *scsi = &device->scsi;

	buf_printf(out, "  %-10s %-12s ", device->model, device->address);
	if (!device->driver[0]) {
		buf_str(out, "no driver\n");
		return;
	}
	add_driver(device->driver, device->version, out);
	if (nic->name[0]) {
		buf_printf(out, "\n" LABEL "%s %s, mtu %" PRIu64 ", ", "", nic->name,
			   nic->state, nic->mtu);
		add_flow(out, "in", nic->rx_bytes, before->nic.rx_bytes, seconds);
		add_flow(out, " out", nic->tx_bytes, before->nic.tx_bytes, seconds);
		buf_printf(out, ", errors %" PRIu64 ", dropped %" PRIu64,
			   nic->rx_errors + nic->tx_errors, nic->rx_dropped + nic->tx_dropped);
	}
	if (device->kind == DEVICE_SCSI) {
		buf_printf(out, "\n" LABEL "%u disk%s, ", "", scsi->disks,
			   scsi->disks == 1 ? "" : "s");
		add_flow(out, "read", scsi->read_bytes, before->scsi.read_bytes, seconds);
		add_flow(out, " written", scsi->write_bytes, before->scsi.write_bytes, seconds);
		buf_printf(out, ", %" PRIu64 " in flight", scsi->in_flight);
	}
	if (device->kind == DEVICE_VMCI)
		buf_printf(out, ", %" PRIu64 " interrupts", device->interrupts);
	buf_char(out, '\n');
}

static const struct device *find_device(const struct system *system, const char *address)
{
	for (unsigned int i = 0; system && i < system->device_count; i++) {
		if (!strcmp(system->devices[i].address, address))
			return &system->devices[i];
	}
	return NULL;
}

static void add_balloon(const struct balloon *balloon, struct buf *out)
{
	char text[16];

	buf_printf(out, LABEL, "balloon");
	if (balloon->present)
		add_driver("vmw_balloon", balloon->version, out);
	else
		buf_str(out, "no driver");
	if (balloon->has_size)
		buf_printf(out, ", %s", bytes(balloon->size_bytes, text, sizeof(text)));
	if (balloon->has_target)
		buf_printf(out, " of %s", bytes(balloon->target_bytes, text, sizeof(text)));
	buf_char(out, '\n');
}

void system_text(const struct system *system, const struct system *before, double seconds,
		 struct buf *out)
{
	size_t start = out->len;
	char text[32];

	buf_printf(out, LABEL "%s%s%s%s\n", "host",
		   system->product[0] ? system->product : "VMware",
		   system->hypervisor[0] ? " (" : "", system->hypervisor,
		   system->hypervisor[0] ? ")" : "");
	buf_printf(out, LABEL "Linux %s, up %s\n", "guest", system->kernel,
		   age(system->uptime_sec, text, sizeof(text)));
	add_tools(system, out);
	add_services(system, out);
	for (unsigned int i = 0; i < system->device_count; i++) {
		const struct device *device = &system->devices[i];
		const struct device *same = find_device(before, device->address);

		add_device(device, same ? same : device, same ? seconds : 0, out);
	}
	add_balloon(&system->balloon, out);
	buf_printf(out, LABEL "%s", "vsock", system->vsock ? "yes" : "no");
	if (system->has_cid)
		buf_printf(out, ", this guest is %" PRIu32, system->cid);
	buf_char(out, '\n');
	for (unsigned int i = 0; i < system->problem_count; i++) {
		buf_printf(out, "\n  ! %s\n", system->problems[i].what);
		if (system->problems[i].remedy[0])
			buf_printf(out, "    -> %s\n", system->problems[i].remedy);
	}
	if (!system->problem_count)
		buf_str(out, "\n  no problems\n");
	/* The host has written some of it, such as its product's name. */
	if (out->len > start)
		str_disarm(out->data + start, out->len - start);
}
