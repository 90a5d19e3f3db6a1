// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Guest customization is refused, and the host told so in its own terms: it would put a
 * package into the guest with file transfers as root, which there are none of here
 * (vix.c), and have a program from it run. cloud-init customizes from the variables
 * guestinfo.metadata and guestinfo.userdata instead.
 */
#include "log.h"
#include "services.h"

/* Of deployPkg.update.state. */
#define STATE_DONE 5
#define ERROR_DISABLED 7

static bool refuse(struct worker *worker, struct buf *result)
{
	if (!worker->customize.refused++)
		log_info("guest customization by the host is refused; cloud-init does it from guestinfo variables");
	host_ask(worker, 0, "deployPkg.update.state %d %d Customization is disabled in this guest",
		 STATE_DONE, ERROR_DISABLED);
	return answer(result, false, "Customization is disabled in this guest");
}

bool customize_begin(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	return refuse(worker, result);
}

bool customize_deploy(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	return refuse(worker, result);
}
