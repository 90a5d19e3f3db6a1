/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the files of the broker have of each other. All of it is called from its loop and
 * waits for nothing but freeze_start() and freeze_end(), which have limits of their own.
 * What starts something gives 0 if the answer to the request comes later, or -errno.
 */
#ifndef VMGUESTD_BROKER_PARTS_H
#define VMGUESTD_BROKER_PARTS_H

#include "broker.h"
#include "broker_msg.h"
#include "buf.h"

/* broker_tell() - the worker; one that does not read is taken for gone */
void broker_tell(struct broker *broker, const struct broker_answer *answer);
void broker_tell_result(struct broker *broker, uint32_t op, uint32_t id, int result);

#define BROKER_CHILD_FD 3

/*
 * broker_child() - fork(); nothing of the broker's stays open in the child
 * @pid:  0 in the child, and if there is none
 * @keep: becomes BROKER_CHILD_FD there, or -1
 * Returns 0 in both, -EAGAIN without a child.
 */
int broker_child(pid_t *pid, int keep);
/* broker_kill() - a child, unless it has ended already */
void broker_kill(pid_t pid);
/* broker_mounts() - the table of mounts; -errno. @text is the caller's to free in any case. */
int broker_mounts(struct buf *text);

/* broker_freeze.c */
void broker_freeze_init(struct broker *broker);
int broker_freeze_start(struct broker *broker, const struct broker_request *request);
/* broker_thaw() - how many file systems; also if none is frozen */
unsigned int broker_thaw(struct broker *broker);

/* broker_disks.c */
void broker_disks_init(struct broker *broker);
int broker_disks_start(struct broker *broker, uint32_t id);
int broker_sync_start(struct broker *broker, uint32_t id);
/* The answer, if one is waited for; @result is 0 or -errno. */
void broker_disks_done(struct broker *broker, int result);
void broker_sync_done(struct broker *broker, int result);

/* broker_scripts.c */
int broker_script_start(struct broker *broker, const struct broker_request *request);
/* broker_script_done() - @status is what wait() says of who ran them */
void broker_script_done(struct broker *broker, int status);
/* broker_settle() - who asked is gone: scripts hear of the end of a snapshot from us */
void broker_settle(struct broker *broker);
/* broker_take_over() - the same for what a broker that was killed has left */
void broker_take_over(struct broker *broker);

#endif
