// SPDX-License-Identifier: GPL-2.0-only
// since 7.0: «scsi: core: Change the return type of .queuecommand()»
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

static enum scsi_qc_status queuecommand(struct Scsi_Host *host, struct scsi_cmnd *cmd)
{
	return SCSI_MLQUEUE_HOST_BUSY;
}

static struct scsi_host_template probe __maybe_unused = { .queuecommand = queuecommand };
