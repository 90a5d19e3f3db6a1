// SPDX-License-Identifier: GPL-2.0-only
// since 6.2: «scsi: core: Change the return type of .eh_timed_out()»
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

static enum scsi_timeout_action timed_out(struct scsi_cmnd *cmd)
{
	return SCSI_EH_NOT_HANDLED;
}

static struct scsi_host_template probe __maybe_unused = { .eh_timed_out = timed_out };
