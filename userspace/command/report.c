// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The snapshot as JSON, one object in one line: system.h. Keys are only ever added.
 */
#include "system.h"

#define REPORT_VERSION 1

static void add_nic(struct json *json, const struct nic *nic)
{
	json_string(json, "interface", nic->name);
	json_string(json, "state", nic->state);
	json_uint(json, "mtu", nic->mtu);
	json_uint(json, "rx_packets", nic->rx_packets);
	json_uint(json, "rx_bytes", nic->rx_bytes);
	json_uint(json, "rx_errors", nic->rx_errors);
	json_uint(json, "rx_dropped", nic->rx_dropped);
	json_uint(json, "tx_packets", nic->tx_packets);
	json_uint(json, "tx_bytes", nic->tx_bytes);
	json_uint(json, "tx_errors", nic->tx_errors);
	json_uint(json, "tx_dropped", nic->tx_dropped);
}

static void add_scsi(struct json *json, const struct scsi *scsi)
{
	json_uint(json, "disks", scsi->disks);
	json_uint(json, "reads", scsi->reads);
	json_uint(json, "read_bytes", scsi->read_bytes);
	json_uint(json, "writes", scsi->writes);
	json_uint(json, "write_bytes", scsi->write_bytes);
	json_uint(json, "in_flight", scsi->in_flight);
	json_uint(json, "shortest_timeout_sec", scsi->shortest_timeout);
}

static void add_name(struct json *json, const char *key, const char *text)
{
	if (text[0])
		json_string(json, key, text);
	else
		json_null(json, key);
}

static void add_device(struct json *json, const struct device *device)
{
	json_begin(json, NULL, '{');
	json_string(json, "model", device->model);
	json_string(json, "address", device->address);
	add_name(json, "driver", device->driver);
	add_name(json, "driver_version", device->version);
	if (device->nic.name[0])
		add_nic(json, &device->nic);
	if (device->kind == DEVICE_SCSI)
		add_scsi(json, &device->scsi);
	if (device->kind == DEVICE_VMCI)
		json_uint(json, "interrupts", device->interrupts);
	json_end(json, '}');
}

static void add_balloon(struct json *json, const struct balloon *balloon)
{
	json_begin(json, "balloon", '{');
	json_bool(json, "present", balloon->present);
	add_name(json, "driver_version", balloon->version);
	if (balloon->has_target)
		json_uint(json, "target_bytes", balloon->target_bytes);
	if (balloon->has_size)
		json_uint(json, "size_bytes", balloon->size_bytes);
	json_end(json, '}');
}

void system_json(const struct system *system, struct buf *out)
{
	struct json json = { .out = out };
	struct json_value daemon = system_daemon(system);

	json_begin(&json, NULL, '{');
	json_uint(&json, "version", REPORT_VERSION);
	json_string(&json, "vmguest", VERSION);
	json_string(&json, "product", system->product);
	add_name(&json, "hypervisor", system->hypervisor);
	json_string(&json, "kernel", system->kernel);
	json_uint(&json, "uptime_sec", system->uptime_sec);
	json_bool(&json, "vsock", system->vsock);
	if (system->has_cid)
		json_uint(&json, "vsock_cid", system->cid);
	else
		json_null(&json, "vsock_cid");
	json_begin(&json, "devices", '[');
	for (unsigned int i = 0; i < system->device_count; i++)
		add_device(&json, &system->devices[i]);
	json_end(&json, ']');
	add_balloon(&json, &system->balloon);
	if (daemon.type == JSON_OBJECT)
		json_raw(&json, "daemon", daemon.text);
	else
		json_null(&json, "daemon");
	json_begin(&json, "problems", '[');
	for (unsigned int i = 0; i < system->problem_count; i++) {
		json_begin(&json, NULL, '{');
		json_string(&json, "what", system->problems[i].what);
		json_string(&json, "do", system->problems[i].remedy);
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_end(&json, '}');
	buf_char(out, '\n');
}
