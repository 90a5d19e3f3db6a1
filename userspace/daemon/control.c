// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The control socket. Anybody in the guest may ask, only root (by the credentials that the
 * kernel vouches for) may have something done. A client that does not read is cut off, and
 * one that only holds its place loses it to the next who comes; root to root alone.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "files.h"
#include "json.h"
#include "log.h"
#include "services.h"

/* A host that is in no hurry asks who we are within a minute. */
#define GREETING_MS 60000

int control_listen(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int error = 0;
	int fd;

	if (!files_path(address.sun_path, sizeof(address.sun_path), CTL_PATH))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* What a daemon before us left; the lock says that there is none now. */
	unlink(address.sun_path);
	/* Not chmod(): when root calls it, the name may be another file's in the worker's folder. */
	mask = umask(0111);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, CONTROL_CLIENTS))
		error = -errno;
	umask(mask);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

/* Requests --------------------------------------------------------------------------------- */

static void add_host(struct worker *worker, struct json *json)
{
	const struct tclo *tclo = &worker->tclo;
	uint64_t now = loop_now(&worker->loop);

	json_begin(json, "host", '{');
	json_string(json, "transport", tclo_up(tclo) && tclo->conn.fd >= 0 ? "vsock" : "backdoor");
	json_bool(json, "connected", tclo_up(tclo) && tclo->looks);
	json_bool(json, "registered", worker->registered);
	json_uint(json, "reset_count", worker->resets);
	if (tclo->looks)
		json_uint(json, "last_poll_msec", now - tclo->last_look);
	else
		json_null(json, "last_poll_msec");
	json_uint(json, "commands", tclo->commands);
	json_uint(json, "errors", tclo->errors);
	json_end(json, '}');
}

static void add_service(struct json *json, const char *name, const char *state, const char *detail)
{
	json_begin(json, NULL, '{');
	json_string(json, "name", name);
	json_string(json, "state", state);
	json_string(json, "detail", detail);
	json_end(json, '}');
}

static const char *const quiesce_states[] = {
	[QUIESCE_IDLE] = "no snapshot goes on",
	[QUIESCE_SCRIPTS] = "freeze scripts run",
	[QUIESCE_FREEZING] = "file systems are being frozen",
	[QUIESCE_FROZEN] = "file systems are frozen, the host takes its snapshot",
	[QUIESCE_THAWING] = "file systems are being thawed",
	[QUIESCE_FAIL_SCRIPTS] = "scripts are told of a failure",
	[QUIESCE_THAW_SCRIPTS] = "thaw scripts run",
};

static void add_services(struct worker *worker, struct json *json)
{
	const struct settings *settings = &worker->settings;
	bool broker = worker->broker.source.fd >= 0;

	json_begin(json, "services", '[');
	add_service(json, "guestinfo", worker->info.netlink_failed ? "failed" : "ok",
		    worker->info.netlink_failed ? "the network cannot be read" : "");
	add_service(json, "power", broker ? "ok" : "failed",
		    broker ? "" : "the privileged process is gone");
	/* Stands by while somebody else does it. */
	add_service(json, "timesync", settings->time_off ? "off" :
		    worker->time.disciplined ? "standby" : "ok",
		    worker->time.disciplined ? "an NTP client keeps the clock" :
		    worker->time.on ? "periodic" : "when the host asks");
	add_service(json, "quiesce", !broker ? "failed" : settings->freeze ? "ok" : "off",
		    quiesce_states[worker->quiesce.state]);
	add_service(json, "display", settings->display ? "ok" : "off", "");
	add_service(json, "drivers", worker->health.hotplug.fd >= 0 ||
		    worker->health.reports.fd >= 0 ? "ok" : "failed",
		    worker->health.reports.fd >= 0 ? "" : "no devlink in this kernel");
	add_service(json, "customization", settings->customize ? "ok" : "off",
		    worker->customize.handing_over ? "a package is being handed over" :
		    settings->customize ? "handed over to cloud-init" : "");
	add_service(json, "guestops", "off", "running programs for the host is not there");
	json_end(json, ']');
}

static void add_counters(struct worker *worker, struct json *json)
{
	json_begin(json, "counters", '{');
	json_uint(json, "rpci_requests", worker->requests);
	json_uint(json, "rpci_failures", worker->refused);
	json_uint(json, "tclo_commands", worker->tclo.commands);
	json_uint(json, "tclo_errors", worker->tclo.errors);
	json_uint(json, "wakeups", worker->loop.turns);
	json_uint(json, "guestinfo_sent", worker->info.sent_count);
	json_uint(json, "guestinfo_sent_bytes", worker->info.sent_bytes);
	json_uint(json, "clock_steps", worker->time.steps);
	json_uint(json, "clock_slews", worker->time.slews);
	json_uint(json, "snapshots_done", worker->quiesce.done);
	json_uint(json, "snapshots_failed", worker->quiesce.failed);
	json_uint(json, "customizations_done", worker->customize.done);
	json_uint(json, "customizations_refused", worker->customize.refused);
	json_uint(json, "hotplug_events", worker->health.hotplugs);
	json_uint(json, "driver_failures", worker->health.failures);
	json_uint(json, "control_requests", worker->ctl.requests);
	json_end(json, '}');
}

static void add_problem(struct json *json, const char *what, const char *to_do)
{
	json_begin(json, NULL, '{');
	json_string(json, "what", what);
	json_string(json, "do", to_do);
	json_end(json, '}');
}

static void add_problems(struct worker *worker, struct json *json)
{
	json_begin(json, "problems", '[');
	if (!tclo_up(&worker->tclo))
		add_problem(json, "the host's channel cannot be opened",
			    "look for isolation.tools or guest_rpc options of the VM that close it");
	else if (!worker->registered && loop_now(&worker->loop) - worker->started > GREETING_MS)
		add_problem(json, "the host has not asked who we are yet",
			    "wait a minute; if it stays so, restart vmguestd");
	if (worker->info.netlink_failed)
		add_problem(json, "the network cannot be read, and the host is not told of it",
			    "systemctl restart vmguestd");
	if (worker->broker.source.fd < 0)
		add_problem(json, "the privileged process is gone: no power operations, no snapshots",
			    "systemctl restart vmguestd-broker.socket vmguestd, and look into its log");
	json_end(json, ']');
}

static void status(struct worker *worker, struct json *json)
{
	json_bool(json, "ok", true);
	json_int(json, "version", CTL_VERSION);
	json_begin(json, "daemon", '{');
	json_string(json, "version", VERSION);
	json_int(json, "pid", getpid());
	json_uint(json, "uptime_sec", (loop_now(&worker->loop) - worker->started) / 1000);
	add_host(worker, json);
	add_services(worker, json);
	add_counters(worker, json);
	add_problems(worker, json);
	json_end(json, '}');
}

static const char *update(struct worker *worker, struct json_value what)
{
	int error;

	if (!str_is(what.text, "\"network\""))
		return "update: \"what\" may be \"network\"";
	if (!worker->resets)
		return "update: the host has not opened the channel yet; try again in a minute";
	if (worker->frozen)
		return "update: disks are frozen for a snapshot; try again in a minute";
	error = guestinfo_update_network(worker);
	if (error == -EALREADY)
		return "update: the kernel is busy with the network; the host is told when it is done";
	return error && error != -EINPROGRESS ? "update: the host did not take it" : NULL;
}

static const char *execute(struct worker *worker, struct json_value request, bool root)
{
	struct json_value what = json_get(request, "do");

	if (!root)
		return "only root may have something done; run it as root";
	if (str_is(what.text, "\"update\""))
		return update(worker, json_get(request, "what"));
	if (str_is(what.text, "\"reload\"")) {
		worker_reload(worker);
		return NULL;
	}
	return "\"do\" may be \"update\" or \"reload\"";
}

void control_answer(struct worker *worker, struct str line, bool root, struct buf *reply)
{
	struct json_value request = json_parse(line);
	struct json json = { .out = reply };
	const char *error = NULL;

	worker->ctl.requests++;
	json_begin(&json, NULL, '{');
	if (request.type != JSON_OBJECT)
		error = "a request is one line with a JSON object";
	else if (str_is(json_get(request, "get").text, "\"status\""))
		status(worker, &json);
	else if (json_get(request, "do").type == JSON_STRING)
		error = execute(worker, request, root);
	else
		error = "a request has \"get\":\"status\", or \"do\" with what to do";
	if (error) {
		json_bool(&json, "ok", false);
		json_string(&json, "error", error);
	} else if (json_get(request, "do").type == JSON_STRING) {
		json_bool(&json, "ok", true);
	}
	json_end(&json, '}');
	buf_char(reply, '\n');
}

/* Clients --------------------------------------------------------------------------------------- */

static void drop(struct control_client *client)
{
	int fd = client->source.fd;

	if (fd < 0)
		return;
	loop_remove(&client->control->worker->loop, &client->source);
	close(fd);
	buf_free(&client->in);
}

/* False: the client is gone. */
static bool answer_line(struct control_client *client, struct str line)
{
	struct buf reply = { 0 };
	ssize_t n;

	control_answer(client->control->worker, line, client->root, &reply);
	n = reply.error ? -1 : send(client->source.fd, reply.data, reply.len,
				    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n != (ssize_t)reply.len)
		drop(client);
	buf_free(&reply);
	return client->source.fd >= 0;
}

static void client_ready(void *data, uint32_t events)
{
	struct control_client *client = data;
	char *room = buf_room(&client->in, 1024);
	const char *end;
	ssize_t n;

	(void)events;
	n = room ? recv(client->source.fd, room, 1024, MSG_DONTWAIT) : -1;
	if (n < 0 && room && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(client);
		return;
	}
	client->in.len += (size_t)n;
	client->heard = ++client->control->turn;
	while ((end = memchr(client->in.data, '\n', client->in.len))) {
		size_t len = (size_t)(end - client->in.data);

		if (!answer_line(client, str_of(client->in.data, len)))
			return;
		buf_drop(&client->in, len + 1);
		if (!client->in.len)
			return;
	}
	if (client->in.len > CTL_REQUEST_MAX)
		drop(client);
}

/* A free place, or that of whoever has said nothing for the longest; NULL: all are root's. */
static struct control_client *make_room(struct control *control, bool root)
{
	struct control_client *found = NULL;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->client[i];

		if (client->source.fd < 0)
			return client;
		if (client->root && !root)
			continue;
		if (!found || client->root < found->root ||
		    (client->root == found->root && client->heard < found->heard))
			found = client;
	}
	if (found)
		drop(found);
	return found;
}

static void accept_ready(void *data, uint32_t events)
{
	struct worker *worker = data;
	struct control *control = &worker->ctl;
	struct control_client *client;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int fd = accept4(control->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	bool root;

	(void)events;
	if (fd < 0)
		return;
	root = !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) && !peer.uid;
	client = make_room(control, root);
	if (!client || loop_add(&worker->loop, &client->source, fd, EPOLLIN)) {
		close(fd);
		return;
	}
	client->root = root;
	client->heard = ++control->turn;
}

int control_start(struct worker *worker, int listener)
{
	struct control *control = &worker->ctl;

	control->worker = worker;
	control->listener = (struct loop_fd){ -1, accept_ready, worker };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->client[i];

		*client = (struct control_client){
			.control = control, .source = { -1, client_ready, client },
		};
	}
	return loop_add(&worker->loop, &control->listener, listener, EPOLLIN);
}

void control_stop(struct worker *worker)
{
	int fd = worker->ctl.listener.fd;

	if (!worker->ctl.worker)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		drop(&worker->ctl.client[i]);
	loop_remove(&worker->loop, &worker->ctl.listener);
	if (fd >= 0)
		close(fd);
}
