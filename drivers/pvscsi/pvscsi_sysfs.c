// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What an adapter has done and how it is set up, below
 * /sys/class/scsi_host/hostN/pvscsi/ (Documentation/ABI).
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "pvscsi.h"

struct pvscsi_counter_attr {
	struct device_attribute attr;
	enum pvscsi_counter counter;
};

static struct pvscsi *pvscsi_of_dev(struct device *dev)
{
	return pvscsi_of(class_to_shost(dev));
}

static ssize_t counter_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct pvscsi_counter_attr *ca =
		container_of(attr, struct pvscsi_counter_attr, attr);

	return sysfs_emit(buf, "%lu\n",
			  READ_ONCE(pvscsi_of_dev(dev)->counters[ca->counter]));
}

#define PVSCSI_COUNTER_ATTR(_name, _counter)				\
	static struct pvscsi_counter_attr pvscsi_attr_##_name = {	\
		.attr = __ATTR(_name, 0444, counter_show, NULL),	\
		.counter = _counter,					\
	}

PVSCSI_COUNTER_ATTR(requests, PVSCSI_N_REQUESTS);
PVSCSI_COUNTER_ATTR(kicks_rw, PVSCSI_N_KICKS_RW);
PVSCSI_COUNTER_ATTR(kicks_other, PVSCSI_N_KICKS_OTHER);
PVSCSI_COUNTER_ATTR(kicks_saved, PVSCSI_N_KICKS_SAVED);
PVSCSI_COUNTER_ATTR(kicks_rescued, PVSCSI_N_KICKS_RESCUED);
PVSCSI_COUNTER_ATTR(mask_writes, PVSCSI_N_MASK_WRITES);
PVSCSI_COUNTER_ATTR(busy_reset, PVSCSI_N_BUSY_RESET);
PVSCSI_COUNTER_ATTR(busy_dma, PVSCSI_N_BUSY_DMA);
PVSCSI_COUNTER_ATTR(completions, PVSCSI_N_COMPLETIONS);
PVSCSI_COUNTER_ATTR(reaps, PVSCSI_N_REAPS);
PVSCSI_COUNTER_ATTR(interrupts, PVSCSI_N_INTERRUPTS);
PVSCSI_COUNTER_ATTR(host_errors, PVSCSI_N_HOST_ERRORS);
PVSCSI_COUNTER_ATTR(bad_count, PVSCSI_N_BAD_COUNT);
PVSCSI_COUNTER_ATTR(bad_context, PVSCSI_N_BAD_CONTEXT);
PVSCSI_COUNTER_ATTR(bad_not_issued, PVSCSI_N_NOT_ISSUED);
PVSCSI_COUNTER_ATTR(bad_len, PVSCSI_N_BAD_LEN);
PVSCSI_COUNTER_ATTR(aborts, PVSCSI_N_ABORTS);
PVSCSI_COUNTER_ATTR(aborts_failed, PVSCSI_N_ABORTS_FAILED);
PVSCSI_COUNTER_ATTR(device_resets, PVSCSI_N_DEVICE_RESETS);
PVSCSI_COUNTER_ATTR(bus_resets, PVSCSI_N_BUS_RESETS);
PVSCSI_COUNTER_ATTR(host_resets, PVSCSI_N_HOST_RESETS);
PVSCSI_COUNTER_ATTR(messages_added, PVSCSI_N_MSG_ADDED);
PVSCSI_COUNTER_ATTR(messages_removed, PVSCSI_N_MSG_REMOVED);
PVSCSI_COUNTER_ATTR(bad_message_count, PVSCSI_N_BAD_MSG_COUNT);
PVSCSI_COUNTER_ATTR(bad_message, PVSCSI_N_BAD_MSG);
PVSCSI_COUNTER_ATTR(rescans, PVSCSI_N_RESCANS);

static ssize_t ring_pages_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", pvscsi_of_dev(dev)->geo.req_pages);
}
static DEVICE_ATTR_RO(ring_pages);

static ssize_t msg_ring_pages_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	struct pvscsi *pv = pvscsi_of_dev(dev);

	return sysfs_emit(buf, "%u\n", pv->use_msg ? pv->geo.msg_pages : 0);
}
static DEVICE_ATTR_RO(msg_ring_pages);

static ssize_t req_threshold_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", pvscsi_of_dev(dev)->use_threshold);
}
static DEVICE_ATTR_RO(req_threshold);

static ssize_t state_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	return sysfs_emit(buf, "%s\n",
			  pvscsi_is_dead(pvscsi_of_dev(dev)) ? "dead" : "running");
}
static DEVICE_ATTR_RO(state);

static struct attribute *pvscsi_attrs[] = {
	&dev_attr_ring_pages.attr,
	&dev_attr_msg_ring_pages.attr,
	&dev_attr_req_threshold.attr,
	&dev_attr_state.attr,
	&pvscsi_attr_requests.attr.attr,
	&pvscsi_attr_kicks_rw.attr.attr,
	&pvscsi_attr_kicks_other.attr.attr,
	&pvscsi_attr_kicks_saved.attr.attr,
	&pvscsi_attr_kicks_rescued.attr.attr,
	&pvscsi_attr_mask_writes.attr.attr,
	&pvscsi_attr_busy_reset.attr.attr,
	&pvscsi_attr_busy_dma.attr.attr,
	&pvscsi_attr_completions.attr.attr,
	&pvscsi_attr_reaps.attr.attr,
	&pvscsi_attr_interrupts.attr.attr,
	&pvscsi_attr_host_errors.attr.attr,
	&pvscsi_attr_bad_count.attr.attr,
	&pvscsi_attr_bad_context.attr.attr,
	&pvscsi_attr_bad_not_issued.attr.attr,
	&pvscsi_attr_bad_len.attr.attr,
	&pvscsi_attr_aborts.attr.attr,
	&pvscsi_attr_aborts_failed.attr.attr,
	&pvscsi_attr_device_resets.attr.attr,
	&pvscsi_attr_bus_resets.attr.attr,
	&pvscsi_attr_host_resets.attr.attr,
	&pvscsi_attr_messages_added.attr.attr,
	&pvscsi_attr_messages_removed.attr.attr,
	&pvscsi_attr_bad_message_count.attr.attr,
	&pvscsi_attr_bad_message.attr.attr,
	&pvscsi_attr_rescans.attr.attr,
	NULL
};

static const struct attribute_group pvscsi_group = {
	.name = "pvscsi",
	.attrs = pvscsi_attrs,
};

const struct attribute_group *pvscsi_host_groups[] = {
	&pvscsi_group,
	NULL
};
