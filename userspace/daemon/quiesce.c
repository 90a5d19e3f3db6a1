// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The state machine of a quiesced snapshot. It only asks: the broker freezes, counts the
 * time and thaws, also when this process is gone. While disks are frozen nothing here
 * opens a file or writes to the log.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "manifest.h"
#include "services.h"
#include "xdr.h"

#define KEEP_ALIVE_MS 2500
#define VOLUMES_MAX 3200
#define ARGUMENT_MAX 256

enum code {		/* of events, as the host knows them */
	CODE_OK,
	CODE_STATE,
	CODE_SCRIPT,
	CODE_FREEZE,
	CODE_ABORT,
	CODE_OTHER,
};

bool quiesce_parse(struct str args, struct quiesce_opts *opts)
{
	struct xdr xdr = xdr_of(args.at, args.len);

	if (xdr_u32(&xdr) != 1 || !xdr_bool(&xdr))
		return false;
	opts->manifest = xdr_bool(&xdr);
	/* Applications and a writable snapshot: of Windows. */
	xdr_bool(&xdr);
	opts->force = xdr_bool(&xdr);
	xdr_bool(&xdr);
	opts->scripts = xdr_bool(&xdr);
	/* The argument for scripts is not handed on: scripts get the administrator's. */
	xdr_bytes(&xdr, ARGUMENT_MAX);
	opts->timeout = xdr_u32(&xdr);
	xdr_bytes(&xdr, VOLUMES_MAX);
	return !xdr.bad;
}

static bool event(struct worker *worker, const char *name, enum code code, const char *text)
{
	bool ok = host_ask(worker, 0, "vmbackup.eventSet %s %d %s", name, code, text) == 1;

	loop_timer(&worker->loop, &worker->quiesce.keep_alive, KEEP_ALIVE_MS);
	return ok;
}

static void keep_alive(void *data)
{
	struct worker *worker = data;

	event(worker, "req.keepAlive", CODE_OK, "");
}

static void set_frozen(struct worker *worker, bool frozen)
{
	worker->frozen = frozen;
	if (frozen)
		log_hold();
	else
		log_release();
}

/* The end, however it came to it. */
static void finish(struct worker *worker)
{
	struct quiesce *q = &worker->quiesce;

	event(worker, "req.done", CODE_OK, "");
	if (q->cancelled)
		q->failed++;
	else
		q->done++;
	q->state = QUIESCE_IDLE;
	loop_cancel(&worker->loop, &q->keep_alive);
	loop_cancel(&worker->loop, &q->limit);
	tclo_hurry(&worker->tclo, false);
	if (worker->reload_pending)
		worker_reload(worker);
	log_info("quiesced snapshot: %s after %llu ms", q->cancelled ? "given up" : "done",
		 (unsigned long long)(loop_now(&worker->loop) - q->started));
}

static void thaw_scripts_done(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	if (worker->quiesce.state != QUIESCE_THAW_SCRIPTS)
		return;
	if (answer->result)
		event(worker, "req.error", CODE_SCRIPT, "A thaw script failed.");
	finish(worker);
}

static void fail_scripts_done(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	(void)answer;
	if (worker->quiesce.state == QUIESCE_FAIL_SCRIPTS)
		finish(worker);
}

static void run_scripts(struct worker *worker, enum quiesce_state state, enum broker_script which,
			broker_done *done)
{
	struct broker_request request = { .op = BROKER_SCRIPT, .script = which };

	worker->quiesce.state = state;
	if (worker->quiesce.opts.scripts && worker->settings.backup_scripts)
		ask_broker(worker, request, done, worker);
	else
		done(worker, &(struct broker_answer){ .op = BROKER_SCRIPT });
}

/* Nothing is frozen (any more), and nothing came of it. */
static void fail(struct worker *worker, const char *name, enum code code, const char *text)
{
	worker->quiesce.cancelled = true;
	event(worker, name, code, text);
	log_warning("quiesced snapshot: %s", text);
	run_scripts(worker, QUIESCE_FAIL_SCRIPTS, BROKER_SCRIPT_FREEZE_FAIL, fail_scripts_done);
}

static void manifest_done(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;
	struct quiesce *q = &worker->quiesce;

	if (q->state != QUIESCE_THAWING)
		return;
	/* An old host knows none; the snapshot is no worse for it. */
	if (!answer->result && !event(worker, "req.genericManifest", CODE_OK, MANIFEST))
		q->manifest_refused = true;
	run_scripts(worker, QUIESCE_THAW_SCRIPTS, BROKER_SCRIPT_THAW, thaw_scripts_done);
}

static void thawed(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;
	struct quiesce *q = &worker->quiesce;
	bool manifest = q->frozen && q->opts.manifest && worker->settings.manifest &&
			!q->manifest_refused && !q->cancelled;

	set_frozen(worker, false);
	q->frozen = false;
	if (q->state != QUIESCE_THAWING)
		return;
	if (answer->result < 0)
		log_error("file systems could not be thawed: %s", strerror(-answer->result));
	else
		log_info("quiesced snapshot: disks were frozen for %llu ms",
			 (unsigned long long)(loop_now(&worker->loop) - q->frozen_at));
	if (q->cancelled)
		event(worker, "req.aborted", CODE_ABORT, "Quiesce canceled.");
	if (manifest)
		ask_broker(worker, (struct broker_request){ .op = BROKER_MANIFEST }, manifest_done,
			   worker);
	else
		manifest_done(worker, &(struct broker_answer){ .result = -ENOENT });
}

static void thaw(struct worker *worker)
{
	struct broker_request request = { .op = BROKER_THAW };

	worker->quiesce.state = QUIESCE_THAWING;
	if (worker->quiesce.frozen)
		ask_broker(worker, request, thawed, worker);
	else
		thawed(worker, &(struct broker_answer){ .op = BROKER_THAW });
}

static void commit(struct worker *worker)
{
	struct quiesce *q = &worker->quiesce;

	q->state = QUIESCE_FROZEN;
	q->frozen_at = loop_now(&worker->loop);
	if (!event(worker, "prov.snapshotCommit", CODE_OK, "")) {
		/* The host does not know that it is its turn: nobody would end this. */
		q->cancelled = true;
		thaw(worker);
	}
}

static void synced(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	worker->quiesce.freeze_asked = false;
	if (worker->quiesce.state != QUIESCE_FREEZING)
		return;
	if (worker->quiesce.cancelled)
		fail(worker, "req.aborted", CODE_ABORT, "Quiesce canceled.");
	else if (answer->result)
		fail(worker, "req.error", CODE_FREEZE, "File systems could not be written out.");
	else
		commit(worker);
}

static void freeze_done(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;
	struct quiesce *q = &worker->quiesce;
	char text[128];

	q->freeze_asked = false;
	if (q->state != QUIESCE_FREEZING) {
		set_frozen(worker, false);
		return;		/* called off; the broker has thawed */
	}
	q->frozen = !answer->result;
	if (q->frozen && q->cancelled) {
		thaw(worker);
		return;
	}
	if (q->frozen) {
		commit(worker);
		return;
	}
	set_frozen(worker, false);
	if (q->cancelled) {
		fail(worker, "req.aborted", CODE_ABORT, "Quiesce canceled.");
	} else if (answer->result == -EOPNOTSUPP && worker->settings.null_freeze &&
		   !worker->settings.force && !q->opts.force) {
		q->freeze_asked = true;
		ask_broker(worker, (struct broker_request){ .op = BROKER_SYNC }, synced, worker);
	} else {
		snprintf(text, sizeof(text), "Freezing file systems failed%s%.64s: %s",
			 answer->freeze.point[0] ? " at " : "", answer->freeze.point,
			 strerror(-answer->result));
		fail(worker, "req.error", CODE_FREEZE, text);
	}
}

static uint32_t freeze_limit(const struct worker *worker)
{
	uint32_t seconds = worker->settings.freeze_limit;

	/* The host's own limit counts if it is the shorter one. */
	if (worker->quiesce.opts.timeout && worker->quiesce.opts.timeout < seconds)
		seconds = worker->quiesce.opts.timeout;
	return seconds * 1000;
}

static void scripts_done(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;
	struct quiesce *q = &worker->quiesce;
	struct broker_request request = {
		.op = BROKER_FREEZE,
		.freeze.limit = freeze_limit(worker),
		.freeze.ignore_frozen = worker->settings.ignore_frozen,
	};

	if (q->state != QUIESCE_SCRIPTS)
		return;
	if (answer->result) {
		/* Those that ran were told already, by whom ran them. */
		q->cancelled = true;
		event(worker, "req.error", CODE_SCRIPT, "A freeze script failed.");
		finish(worker);
		return;
	}
	if (q->cancelled) {
		fail(worker, "req.aborted", CODE_ABORT, "Quiesce canceled.");
		return;
	}
	q->state = QUIESCE_FREEZING;
	if (!worker->settings.freeze) {
		freeze_done(worker, &(struct broker_answer){ .result = -EOPNOTSUPP });
		return;
	}
	q->freeze_asked = true;
	/* From here on the log may wait for a disk that is frozen. */
	set_frozen(worker, true);
	ask_broker(worker, request, freeze_done, worker);
}

static void begin(void *data)
{
	struct worker *worker = data;

	run_scripts(worker, QUIESCE_SCRIPTS, BROKER_SCRIPT_FREEZE, scripts_done);
}

static void cancel(struct worker *worker)
{
	struct quiesce *q = &worker->quiesce;

	q->cancelled = true;
	if (q->state == QUIESCE_FROZEN) {
		thaw(worker);
	} else if (q->state == QUIESCE_FREEZING && q->freeze_asked) {
		/* Its answer comes as soon as it has let go. */
		ask_broker(worker, (struct broker_request){ .op = BROKER_THAW }, NULL, NULL);
	}
	/* Scripts run to their end or their own limit; then it is looked at. */
}

static void limit(void *data)
{
	struct worker *worker = data;

	log_warning("quiesced snapshot: the host has not come to an end of it in time");
	cancel(worker);
}

static bool start(struct worker *worker, const struct quiesce_opts *opts, struct buf *result)
{
	struct quiesce *q = &worker->quiesce;
	unsigned int timeout = opts->timeout ? opts->timeout : worker->settings.backup_timeout;

	if (q->state != QUIESCE_IDLE)
		return answer(result, false, "Quiesce operation already in progress.");
	if (worker->power.running)
		return answer(result, false, "Error initializing quiesce operation.");
	q->opts = *opts;
	q->cancelled = false;
	q->frozen = false;
	q->started = loop_now(&worker->loop);
	q->state = QUIESCE_SCRIPTS;
	tclo_hurry(&worker->tclo, true);
	host_log(worker, LOG_INFO, "Quiesced snapshot begins");
	event(worker, "reset", CODE_OK, "");
	if (timeout)
		loop_timer(&worker->loop, &q->limit, (uint64_t)timeout * 1000);
	/* After the answer to this command is on its way. */
	loop_timer(&worker->loop, &q->begin, 0);
	return true;
}

bool quiesce_start(struct worker *worker, struct str args, struct buf *result)
{
	struct quiesce_opts opts = { .scripts = true };
	uint64_t manifest;

	/* And volumes, which are of Windows. */
	opts.manifest = str_u64(str_cut(&args, ' '), &manifest) && manifest == 1;
	return start(worker, &opts, result);
}

bool quiesce_start_opts(struct worker *worker, struct str args, struct buf *result)
{
	struct quiesce_opts opts = { 0 };

	if (!quiesce_parse(args, &opts))
		return answer(result, false, "Incompatible quiesce parameter version");
	return start(worker, &opts, result);
}

bool quiesce_snapshot_done(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	switch (worker->quiesce.state) {
	case QUIESCE_IDLE:
		return answer(result, false, "Error: no quiesce operation in progress");
	case QUIESCE_FROZEN:
		thaw(worker);
		return true;
	default:
		return answer(result, false, "Error: unexpected state for quiesce done message.");
	}
}

bool quiesce_abort(struct worker *worker, struct str args, struct buf *result)
{
	(void)args;
	if (worker->quiesce.state == QUIESCE_IDLE)
		return answer(result, false, "Error: no quiesce operation in progress");
	cancel(worker);
	return true;
}

/* Of products before 2010, which get the number of VIX for «not supported». */
bool quiesce_old_driver(struct worker *worker, struct str args, struct buf *result)
{
	(void)worker;
	(void)args;
	return answer(result, true, "6 0 ");
}

void quiesce_init(struct worker *worker)
{
	struct quiesce *q = &worker->quiesce;

	q->keep_alive = (struct loop_timer){ .fire = keep_alive, .data = worker };
	q->limit = (struct loop_timer){ .fire = limit, .data = worker };
	q->begin = (struct loop_timer){ .fire = begin, .data = worker };
}

void quiesce_was_reset(struct worker *worker)
{
	worker->quiesce.manifest_refused = false;
	if (worker->quiesce.state != QUIESCE_IDLE)
		cancel(worker);
}

void quiesce_thawed(struct worker *worker)
{
	struct quiesce *q = &worker->quiesce;

	q->frozen = false;
	set_frozen(worker, false);
	if (q->state != QUIESCE_FROZEN)
		return;
	/* The snapshot, if there is one by now, may not be consistent: the host has to know. */
	log_warning("quiesced snapshot: disks were thawed before the host was done");
	cancel(worker);
}
