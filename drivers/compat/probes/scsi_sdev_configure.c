// SPDX-License-Identifier: GPL-2.0-only
// since 6.14: «scsi: core: Rename .device_configure() and .slave_configure()»
#include <scsi/scsi_host.h>

static int configure(struct scsi_device *sdev, struct queue_limits *lim)
{
	return 0;
}

static struct scsi_host_template probe __maybe_unused = { .sdev_configure = configure };
