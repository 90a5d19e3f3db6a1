// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The snapshot as a file for Prometheus' text collector: system.h.
 */
#include "system.h"

#include <inttypes.h>

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label: an interface may have a quote in its name. */
static void label(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n') {
			buf_str(out, "\\n");
			continue;
		}
		if (*value == '"' || *value == '\\')
			buf_char(out, '\\');
		buf_char(out, *value);
	}
	buf_char(out, '"');
}

static void labelled(struct buf *out, const char *name, const char *key, const char *value,
		     uint64_t number)
{
	buf_printf(out, "%s{", name);
	label(out, key, value);
	buf_printf(out, "} %" PRIu64 "\n", number);
}

static void plain(struct buf *out, const char *name, const char *type, const char *help,
		  uint64_t value)
{
	head(out, name, type, help);
	buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

/* Metrics of a NIC; the figures are in the order of struct nic. */
static const struct {
	const char *name;
	const char *help;
	size_t at;
} nic_metrics[] = {
	{ "vmw_guest_nic_receive_bytes_total", "Bytes received", offsetof(struct nic, rx_bytes) },
	{ "vmw_guest_nic_receive_packets_total", "Packets received",
	  offsetof(struct nic, rx_packets) },
	{ "vmw_guest_nic_receive_errors_total", "Packets received with errors",
	  offsetof(struct nic, rx_errors) },
	{ "vmw_guest_nic_receive_drop_total", "Packets dropped when received",
	  offsetof(struct nic, rx_dropped) },
	{ "vmw_guest_nic_transmit_bytes_total", "Bytes sent", offsetof(struct nic, tx_bytes) },
	{ "vmw_guest_nic_transmit_packets_total", "Packets sent",
	  offsetof(struct nic, tx_packets) },
	{ "vmw_guest_nic_transmit_errors_total", "Packets that could not be sent",
	  offsetof(struct nic, tx_errors) },
	{ "vmw_guest_nic_transmit_drop_total", "Packets dropped when sent",
	  offsetof(struct nic, tx_dropped) },
}, scsi_metrics[] = {
	{ "vmw_guest_scsi_read_bytes_total", "Bytes read from disks",
	  offsetof(struct scsi, read_bytes) },
	{ "vmw_guest_scsi_reads_total", "Read commands", offsetof(struct scsi, reads) },
	{ "vmw_guest_scsi_written_bytes_total", "Bytes written to disks",
	  offsetof(struct scsi, write_bytes) },
	{ "vmw_guest_scsi_writes_total", "Write commands", offsetof(struct scsi, writes) },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t figure(const void *of, size_t at)
{
	return *(const uint64_t *)((const char *)of + at);
}

static void add_nics(const struct system *system, struct buf *out)
{
	for (size_t m = 0; m < COUNT(nic_metrics); m++) {
		bool first = true;

		for (unsigned int i = 0; i < system->device_count; i++) {
			const struct nic *nic = &system->devices[i].nic;

			if (!nic->name[0])
				continue;
			if (first)
				head(out, nic_metrics[m].name, "counter", nic_metrics[m].help);
			first = false;
			labelled(out, nic_metrics[m].name, "device", nic->name,
				 figure(nic, nic_metrics[m].at));
		}
	}
}

static void add_scsi(const struct system *system, struct buf *out)
{
	for (size_t m = 0; m < COUNT(scsi_metrics); m++) {
		bool first = true;

		for (unsigned int i = 0; i < system->device_count; i++) {
			const struct device *device = &system->devices[i];

			if (device->kind != DEVICE_SCSI)
				continue;
			if (first)
				head(out, scsi_metrics[m].name, "counter", scsi_metrics[m].help);
			first = false;
			labelled(out, scsi_metrics[m].name, "address", device->address,
				 figure(&device->scsi, scsi_metrics[m].at));
		}
	}
}

static void add_vmci(const struct system *system, struct buf *out)
{
	bool first = true;

	for (unsigned int i = 0; i < system->device_count; i++) {
		const struct device *device = &system->devices[i];

		if (device->kind != DEVICE_VMCI)
			continue;
		if (first)
			head(out, "vmw_guest_vmci_interrupts_total", "counter", "Interrupts of VMCI");
		first = false;
		labelled(out, "vmw_guest_vmci_interrupts_total", "address", device->address,
			 device->interrupts);
	}
}

static void add_drivers(const struct system *system, struct buf *out)
{
	bool first = true;

	for (unsigned int i = 0; i < system->device_count; i++) {
		const struct device *device = &system->devices[i];

		if (first)
			head(out, "vmw_guest_device_driver", "gauge",
			     "Devices of VMware, 1 if a driver is bound");
		first = false;
		buf_str(out, "vmw_guest_device_driver{");
		label(out, "address", device->address);
		label(out, ",model", device->model);
		label(out, ",driver", device->driver);
		label(out, ",version", device->version);
		buf_printf(out, "} %d\n", device->driver[0] != '\0');
	}
}

/* A name that the daemon gives becomes part of a metric's: letters alone. */
static bool is_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (!((name.at[i] >= 'a' && name.at[i] <= 'z') || name.at[i] == '_' ||
		      (i && name.at[i] >= '0' && name.at[i] <= '9')))
			return false;
	}
	return name.len && name.len < 64;
}

static const struct {
	const char *name;
	const char *help;
} counter_helps[] = {
	{ "rpci_requests", "Requests to the host" },
	{ "rpci_failures", "Requests that the host did not answer, or refused" },
	{ "tclo_commands", "Commands of the host" },
	{ "tclo_errors", "Commands of the host that were answered with an error" },
	{ "wakeups", "How often vmguestd was woken" },
	{ "guestinfo_sent", "Messages about the guest" },
	{ "guestinfo_sent_bytes", "Bytes of messages about the guest" },
	{ "clock_steps", "How often the clock was set" },
	{ "clock_slews", "How often the clock was made faster or slower" },
	{ "snapshots_done", "Snapshots with file systems at rest" },
	{ "snapshots_failed", "Snapshots that failed or were given up" },
	{ "customizations_done", "Customizations handed over to cloud-init" },
	{ "customizations_refused", "Customizations that were refused" },
	{ "hotplug_events", "Devices that came or went" },
	{ "driver_failures", "Failures that drivers reported" },
	{ "control_requests", "Requests to vmguestd from this system" },
};

static const char *counter_help(struct str name)
{
	for (size_t i = 0; i < COUNT(counter_helps); i++) {
		if (str_is(name, counter_helps[i].name))
			return counter_helps[i].help;
	}
	return "A counter of vmguestd";
}

static void add_daemon(const struct system *system, struct buf *out)
{
	struct json_value daemon = system_daemon(system);
	struct json_value host = json_get(daemon, "host");
	struct json_value counter;
	struct str rest = { 0 }, key;
	int64_t number;

	plain(out, "vmw_guest_tools_up", "gauge", "1 if vmguestd answers",
	      daemon.type == JSON_OBJECT);
	if (daemon.type != JSON_OBJECT)
		return;
	plain(out, "vmw_guest_tools_connected", "gauge", "1 if it has a channel to the host",
	      json_is_true(json_get(host, "connected")));
	plain(out, "vmw_guest_tools_registered", "gauge", "1 if the host has registered it",
	      json_is_true(json_get(host, "registered")));
	while (json_next(json_get(daemon, "counters"), &rest, &key, &counter)) {
		if (!is_name(key) || !json_number(counter, &number))
			continue;
		buf_printf(out, "# HELP vmw_guest_tools_%.*s_total %s\n"
			   "# TYPE vmw_guest_tools_%.*s_total counter\n"
			   "vmw_guest_tools_%.*s_total %" PRId64 "\n", (int)key.len, key.at,
			   counter_help(key), (int)key.len, key.at, (int)key.len, key.at,
			   number);
	}
}

void system_metrics(const struct system *system, struct buf *out)
{
	size_t start = out->len;

	add_daemon(system, out);
	add_drivers(system, out);
	add_nics(system, out);
	add_scsi(system, out);
	add_vmci(system, out);
	if (system->balloon.has_target)
		plain(out, "vmw_balloon_target_bytes", "gauge", "What the host wants to have",
		      system->balloon.target_bytes);
	if (system->balloon.has_size)
		plain(out, "vmw_balloon_size_bytes", "gauge", "What the host has",
		      system->balloon.size_bytes);
	plain(out, "vmw_guest_problems", "gauge", "What vmguest status finds wrong",
	      system->problem_count);
	/* A reader refuses all of a file for one letter that is none. */
	if (out->len > start)
		str_disarm(out->data + start, out->len - start);
}
