// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The administrator's scripts, one operation's at a time; and that those which ran before a
 * snapshot hear of its end, whoever dies.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker_parts.h"
#include "files.h"
#include "log.h"
#include "manifest.h"
#include "scripts.h"

/* Should all be killed between the scripts before a snapshot and those after it. */
#define OWED_RECORD "/run/vmguestd-broker/scripts"

static int manifest(const struct broker *broker)
{
	int error = manifest_write(&broker->settings);

	if (error)
		log_warning(MANIFEST " cannot be written: %s", strerror(-error));
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void owe(struct broker *broker, uint32_t script)
{
	int error = 0;

	broker->owed = script;
	if (script == BROKER_SCRIPTS)
		files_remove(OWED_RECORD);
	else
		error = files_create(OWED_RECORD, script == BROKER_SCRIPT_THAW ? "thaw" : "freezeFail");
	if (error)
		log_warning(OWED_RECORD ": %s", strerror(-error));
}

int broker_script_start(struct broker *broker, const struct broker_request *request)
{
	int error, status;

	if (broker->script || broker->freeze.count)
		return -EBUSY;
	broker->script_which = request->op == BROKER_SCRIPT ? request->script : BROKER_SCRIPTS;
	if (broker->script_which == BROKER_SCRIPT_FREEZE)
		owe(broker, BROKER_SCRIPT_FREEZE_FAIL);
	error = broker_child(&broker->script, -1);
	if (error)
		return error;
	if (!broker->script && request->op == BROKER_MANIFEST)
		_exit(manifest(broker));
	if (!broker->script) {
		status = scripts_run(&broker->settings, request->script);
		/* Here as well: the broker may have ended meanwhile. */
		if (request->script == BROKER_SCRIPT_FREEZE_FAIL ||
		    request->script == BROKER_SCRIPT_THAW)
			files_remove(OWED_RECORD);
		/* 0 to 255 is a script's, what is ours does not fit there. */
		_exit(status == -ETIME ? 124 : status < 0 ? 126 : status);
	}
	broker->script_id = request->id;
	broker->script_op = request->op;
	return 0;
}

/* Who asked is gone, and nobody else will tell the scripts that it is over. */
void broker_settle(struct broker *broker)
{
	struct broker_request request = { .op = BROKER_SCRIPT, .script = broker->owed };

	if (broker->owed == BROKER_SCRIPTS || broker->script)
		return;
	log_warning("scripts hear of the end of a snapshot that was cut off");
	broker_script_start(broker, &request);
}

void broker_script_done(struct broker *broker, int status)
{
	int result = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;

	switch (broker->script_which) {
	case BROKER_SCRIPT_FREEZE:
		/* If one of them fails, those before it are told at once, by whom runs them. */
		if (result >= 0)
			owe(broker, result ? BROKER_SCRIPTS : BROKER_SCRIPT_THAW);
		break;
	case BROKER_SCRIPT_FREEZE_FAIL:
	case BROKER_SCRIPT_THAW:
		/* The process that ran them may have been killed; once more, and no more than that. */
		if (result >= 0 || !broker->script_id)
			owe(broker, BROKER_SCRIPTS);
		break;
	}
	if (broker->script_id)
		broker_tell_result(broker, broker->script_op, broker->script_id, result);
	if (!broker->script_id || result < 0)
		broker_settle(broker);
}

/* What one that was killed has left. */
void broker_take_over(struct broker *broker)
{
	struct buf text = { 0 };

	broker->owed = BROKER_SCRIPTS;
	if (!files_read(OWED_RECORD, &text, 16))
		broker->owed = !strcmp(buf_text(&text), "thaw") ? BROKER_SCRIPT_THAW :
			       BROKER_SCRIPT_FREEZE_FAIL;
	buf_free(&text);
	broker_settle(broker);
}
