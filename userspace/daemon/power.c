// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Soft power operations. The host is answered at once and told the outcome later; a
 * second request overrules a script that failed at the first.
 */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "services.h"

static const struct {
	const char *name;
	enum broker_script script;
} ops[POWER_OPS] = {
	[POWER_HALT] = { "power off", BROKER_SCRIPT_POWEROFF },
	[POWER_REBOOT] = { "restart", BROKER_SCRIPT_POWEROFF },
	[POWER_ON] = { "power on", BROKER_SCRIPT_POWERON },
	[POWER_RESUME] = { "resume", BROKER_SCRIPT_RESUME },
	[POWER_SUSPEND] = { "suspend", BROKER_SCRIPT_SUSPEND },
};

void power_init(struct worker *worker)
{
	for (size_t i = 0; i < POWER_OPS; i++)
		worker->power.script[i] = true;
}

static void down_started(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	if (!answer->result)
		return;
	log_error("the system's way down could not be started: %s", strerror(-answer->result));
	host_log(worker, LOG_ERROR, "The guest could not start its shutdown");
}

static void finish(struct worker *worker, bool ok)
{
	enum power_op op = worker->power.running;
	struct broker_request down = {
		.op = BROKER_POWER, .power = op == POWER_REBOOT ? BROKER_REBOOT : BROKER_POWER_OFF,
	};

	if (!ok && worker->power.failed == op) {
		log_warning("the host asks for %s again: the script that failed does not stop it",
			    ops[op].name);
		ok = true;
	}
	worker->power.running = POWER_NONE;
	worker->power.failed = ok ? POWER_NONE : op;
	/* Before the way down, which is ours as well. */
	host_ask(worker, 0, "tools.os.statechange.status %d %d", ok, op);
	tclo_hurry(&worker->tclo, false);
	/* Whatever the script says of it, the machine was away, and its network may be new. */
	if (op == POWER_RESUME)
		guestinfo_forget(worker);
	if (ok && (op == POWER_HALT || op == POWER_REBOOT)) {
		log_info("the host asks for %s", ops[op].name);
		ask_broker(worker, down, down_started, worker);
	}
}

static void script_done(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;
	enum power_op op = worker->power.running;

	if (answer->result)
		log_warning("the script of %s failed", ops[op].name);
	finish(worker, !answer->result);
}

static bool start(struct worker *worker, enum power_op op, struct buf *result)
{
	struct broker_request request = { .op = BROKER_SCRIPT, .script = ops[op].script };

	if (worker->power.running)
		return answer(result, false, "State change already in progress");
	if (worker->frozen)
		return answer(result, false, "Error starting script");
	host_log(worker, LOG_INFO, "State change: %s", ops[op].name);
	worker->power.running = op;
	tclo_hurry(&worker->tclo, true);
	/* Scripts may take a minute, and look at the clock. */
	if (op == POWER_RESUME)
		timesync_resumed(worker);
	/* If there is nothing to run the broker says so at once, and that is a success. */
	if (worker->power.script[op])
		ask_broker(worker, request, script_done, worker);
	else
		finish(worker, true);
	return true;
}

bool power_on(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	return start(worker, POWER_ON, result);
}

bool power_resume(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	return start(worker, POWER_RESUME, result);
}

bool power_suspend(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	return start(worker, POWER_SUSPEND, result);
}

bool power_halt(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	return start(worker, POWER_HALT, result);
}

bool power_reboot(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	return start(worker, POWER_REBOOT, result);
}
