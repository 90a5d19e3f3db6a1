/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Guest customization, the privileged part: files go where cloud-init waits for them. Their
 * names and the folder are constants; nothing of what is in them is looked at.
 */
#ifndef VMGUESTD_HANDOVER_H
#define VMGUESTD_HANDOVER_H

#include <stdbool.h>

#include "broker_msg.h"
#include "buf.h"
#include "str.h"

#define HANDOVER_FOLDER "/run/vmware-imc"

struct handover {
	bool has[BROKER_FILES];
	struct buf file[BROKER_FILES];
};

/* handover_add() - more of a file; -EFBIG if there is too much of it */
int handover_add(struct handover *handover, enum broker_file file, struct str bytes);
/* handover_forget() - all that was added; what is zeroed has nothing */
void handover_forget(struct handover *handover);

/*
 * handover_write() - in a child, since it asks cloud-init for its version
 * 0, or an enum broker_no_customize, which is then in the log.
 */
int handover_write(const struct handover *handover, bool raw);

/*
 * handover_permitted() - whether a text of cloud-init's configuration permits customization
 * @permitted: changed if the text says either; the last word counts. No system calls.
 */
void handover_permitted(struct str text, bool *permitted);
/* handover_raw_version() - of what `cloud-init --version` says: knows raw data (21.1). The same. */
bool handover_raw_version(struct str text);

#endif
