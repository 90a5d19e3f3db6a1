// SPDX-License-Identifier: GPL-2.0-only
// since 6.1: «blk-mq: Change the return type of the map queues functions into void»
#include <scsi/scsi_host.h>

static void map_queues(struct Scsi_Host *host)
{
}

static struct scsi_host_template probe __maybe_unused = { .map_queues = map_queues };
