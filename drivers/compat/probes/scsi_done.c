// SPDX-License-Identifier: GPL-2.0-only
// since 5.16: «scsi: core: Rename scsi_mq_done() into scsi_done() and export it»
#include <scsi/scsi_cmnd.h>

static void __maybe_unused probe(struct scsi_cmnd *cmd)
{
	scsi_done(cmd);
}
