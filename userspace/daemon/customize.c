// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Guest customization. The host asks for a folder, transfers a package and has it deployed.
 * The folder exists in our memory alone, where the package is taken apart too; the broker gets
 * the four files that cloud-init reads, by number. Programs and scripts in a package, and the
 * command in its header, are never put anywhere: what cloud-init cannot do is refused.
 *
 * A host may transfer that one file, without credentials: whether it may customize this guest is
 * not for it to say but for the administrator ([deployPkg] and cloud-init's configuration).
 */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

#include "files.h"
#include "log.h"
#include "services.h"

/* Of deployPkg.update.state. */
enum { STATE_DEPLOYING = 3, STATE_RUNNING = 4, STATE_DONE = 5 };
enum {
	ERROR_NONE = 0, ERROR_UNSUPPORTED = 1, ERROR_MISSING = 2, ERROR_RPC = 3, ERROR_COPY = 4,
	ERROR_DEPLOY = 5, ERROR_DISABLED = 7, ERROR_RAW = 8,
};

/* For so long the memory of a package is kept for a host that says nothing more. */
#define EXPIRE_MS 600000
/* Where the one who goes on writes down what it does. */
#define CLOUD_INIT_LOG "/var/log/cloud-init.log"

static void forget(struct worker *worker)
{
	struct customize *customize = &worker->customize;

	loop_cancel(&worker->loop, &customize->expire);
	loop_cancel(&worker->loop, &customize->start);
	hgfs_free(&customize->transfer);
	package_free(&customize->package);
	customize->receiving = false;
	customize->handing_over = false;
}

/* The text has the path of a log in front of an @; ours is not a file. */
static void failed(struct worker *worker, int error, const char *text)
{
	worker->customize.refused++;
	log_warning("guest customization by the host: %s", text);
	host_ask(worker, 0, "deployPkg.update.state %d %d @%s", STATE_DONE, error, text);
	forget(worker);
}

static bool refuse(struct worker *worker, struct buf *result)
{
	static const char text[] = "Customization is disabled in this guest";

	failed(worker, ERROR_DISABLED, text);
	return answer(result, false, text);
}

bool customize_begin(struct worker *worker, struct str args, struct buf *result)
{
	struct customize *customize = &worker->customize;
	uint64_t number[2];

	(void)args;
	if (customize->handing_over)
		return answer(result, false, "Customization goes on already");
	if (worker->frozen)
		return answer(result, false, "Disks are frozen");
	if (!worker->settings.customize || !files_exist("/usr/bin/cloud-init"))
		return refuse(worker, result);
	forget(worker);
	/* To tell one from the next; there is nothing behind the name to be guessed, and it is early. */
	if (getrandom(number, sizeof(number), GRND_INSECURE) != sizeof(number))
		return answer(result, false, "No random numbers yet");
	snprintf(customize->transfer.folder, sizeof(customize->transfer.folder),
		 "/run/vmware-imc-%016llx%016llx/", (unsigned long long)number[0],
		 (unsigned long long)number[1]);
	customize->transfer.max = PACKAGE_MAX;
	customize->receiving = true;
	loop_timer(&worker->loop, &customize->expire, EXPIRE_MS);
	return answer(result, true, customize->transfer.folder);
}

bool customize_transfer(struct worker *worker, struct str packet, struct buf *reply)
{
	if (!worker->customize.receiving)
		return false;
	hgfs_packet(&worker->customize.transfer, packet, reply);
	return true;
}

/* Handing over ---------------------------------------------------------------------------- */

static void next_piece(struct worker *worker);

static void committed(void *data, const struct broker_answer *answer)
{
	struct worker *worker = data;

	switch (answer->result) {
	case 0:
		worker->customize.done++;
		log_info("guest customization was handed over to cloud-init");
		host_ask(worker, 0, "deployPkg.update.state %d %d " CLOUD_INIT_LOG "@Handed over to cloud-init",
			 STATE_RUNNING, ERROR_NONE);
		forget(worker);
		break;
	case -EPERM:
	case BROKER_NO_CLOUD_INIT:
		failed(worker, ERROR_DISABLED, "cloud-init is not installed in this guest, or disabled");
		break;
	case BROKER_NO_PERMISSION:
		failed(worker, ERROR_DISABLED,
		       "cloud-init's configuration does not permit it (disable_vmware_customization)");
		break;
	case BROKER_NO_RAW:
		failed(worker, ERROR_RAW, "cloud-init is too old for raw data");
		break;
	case BROKER_TOO_LATE:
		failed(worker, ERROR_DEPLOY, "cloud-init has done its work of this boot already");
		break;
	default:
		failed(worker, ERROR_COPY, "The files could not be written");
	}
}

static void piece_taken(void *data, const struct broker_answer *answer)
{
	if (answer->result)
		committed(data, answer);
	else
		next_piece(data);
}

static void next_piece(struct worker *worker)
{
	struct customize *customize = &worker->customize;
	struct broker_request request = {
		.op = BROKER_CUSTOMIZE,
		.customize.step = BROKER_CUSTOMIZE_DATA,
	};
	const struct buf *file;
	size_t len;

	while (customize->file < BROKER_FILES && !customize->package.has[customize->file])
		customize->file++;
	if (customize->file == BROKER_FILES) {
		request.customize.step = BROKER_CUSTOMIZE_COMMIT;
		request.customize.raw = customize->package.raw;
		ask_broker(worker, request, committed, worker);
		return;
	}
	file = &customize->package.file[customize->file];
	len = file->len - customize->offset < BROKER_PIECE ? file->len - customize->offset :
	      BROKER_PIECE;
	request.customize.file = customize->file;
	request.customize.len = (uint32_t)len;
	if (len)
		memcpy(request.customize.bytes, file->data + customize->offset, len);
	customize->offset += len;
	if (customize->offset == file->len) {
		customize->file++;
		customize->offset = 0;
	}
	ask_broker(worker, request, piece_taken, worker);
}

static void start(void *data)
{
	struct worker *worker = data;
	struct customize *customize = &worker->customize;
	const struct buf *file = &customize->transfer.file;
	struct broker_request request = {
		.op = BROKER_CUSTOMIZE,
		.customize.step = BROKER_CUSTOMIZE_BEGIN,
	};
	int error;

	host_ask(worker, 0, "deployPkg.update.state %d %d " CLOUD_INIT_LOG "@Deploying",
		 STATE_DEPLOYING, ERROR_NONE);
	error = package_read(str_of(file->data, file->len), &customize->package);
	hgfs_free(&customize->transfer);
	if (error == -EOPNOTSUPP) {
		failed(worker, ERROR_UNSUPPORTED, "The package is packed in a way that is not known here");
	} else if (error) {
		failed(worker, ERROR_DEPLOY, "The package is damaged, too large or without cust.cfg");
	} else if (customize->package.ignore_cloud_init) {
		failed(worker, ERROR_DISABLED, "Customization without cloud-init is disabled in this guest");
	} else {
		customize->file = 0;
		customize->offset = 0;
		ask_broker(worker, request, piece_taken, worker);
	}
}

bool customize_deploy(struct worker *worker, struct str args, struct buf *result)
{
	struct customize *customize = &worker->customize;
	struct str path = str_trim(str_cut(&args, '\0'));

	if (customize->handing_over)
		return answer(result, false, "Customization goes on already");
	if (!worker->settings.customize)
		return refuse(worker, result);
	if (!path.len) {
		failed(worker, ERROR_RPC, "The host has named no package");
		return answer(result, false, "No package was named");
	}
	if (!customize->receiving || customize->transfer.open ||
	    !str_is(path, customize->transfer.name)) {
		failed(worker, ERROR_MISSING, "There is no such package");
		return answer(result, false, "There is no such package");
	}
	customize->receiving = false;
	customize->handing_over = true;
	loop_cancel(&worker->loop, &customize->expire);
	/* After the answer to this command is on its way. */
	loop_timer(&worker->loop, &customize->start, 0);
	return true;
}

static void expired(void *data)
{
	struct worker *worker = data;

	log_info("guest customization: the host has not gone on with it");
	forget(worker);
}

void customize_init(struct worker *worker)
{
	struct customize *customize = &worker->customize;

	customize->expire = (struct loop_timer){ .fire = expired, .data = worker };
	customize->start = (struct loop_timer){ .fire = start, .data = worker };
}

void customize_stop(struct worker *worker)
{
	forget(worker);
}
