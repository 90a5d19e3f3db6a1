// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What clients may ask for, about GuestRPC; verbs_machine.c has what is about devices. Each verb
 * names its arguments: others are refused, since they are misspelled ones.
 */
#include "services.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT		10.0	/* seconds, when none is given */
#define TIMEOUT_MAX	86400.0

/* --- arguments --------------------------------------------------------------- */

static const json_t *arg(const struct vh_request *request, const char *key)
{
	return json_object_get(request->message, key);
}

const char *vh_arg_text(const struct vh_request *request, const char *key)
{
	return json_string_value(arg(request, key));
}

bool vh_arg_number(struct vh_request *request, const char *key, double min, double max,
		   double *value)
{
	const json_t *given = arg(request, key);

	if (!given)
		return true;
	if (json_is_number(given) && json_number_value(given) >= min &&
	    json_number_value(given) <= max) {
		*value = json_number_value(given);
		return true;
	}
	vh_refuse(request, "%s: \"%s\" is not a number from %g to %g",
		  vh_arg_text(request, "do"), key, min, max);
	return false;
}

bool vh_arg_u64(struct vh_request *request, const char *key, uint64_t max, uint64_t *value)
{
	const json_t *given = arg(request, key);

	if (!given)
		return true;
	if (json_is_integer(given) && json_integer_value(given) >= 0 &&
	    (uint64_t)json_integer_value(given) <= max) {
		*value = json_integer_value(given);
		return true;
	}
	vh_refuse(request, "%s: \"%s\" is not a whole number from 0 to %llu",
		  vh_arg_text(request, "do"), key, (unsigned long long)max);
	return false;
}

bool vh_arg_bool(struct vh_request *request, const char *key, bool *value)
{
	const json_t *given = arg(request, key);

	if (!given)
		return true;
	if (json_is_boolean(given)) {
		*value = json_is_true(given);
		return true;
	}
	vh_refuse(request, "%s: \"%s\" is neither true nor false", vh_arg_text(request, "do"), key);
	return false;
}

/* Refuses the request without a text, or with an empty one. */
static const char *need_text(struct vh_request *request, const char *key, const char *such_as)
{
	const char *text = vh_arg_text(request, key);

	if (text && *text)
		return text;
	vh_refuse(request, "%s: \"%s\" is missing: %s", vh_arg_text(request, "do"), key, such_as);
	return NULL;
}

/* --- state ------------------------------------------------------------------- */

static json_t *counters(struct vmhost *host)
{
	const struct vh_services *services = host->services;

	return json_pack("{s:I, s:I, s:I, s:I, s:f}",
			 "events", (json_int_t)(services->events.next - 1),
			 "eventsKept", (json_int_t)(services->events.next - services->events.first),
			 "requests", (json_int_t)services->rpci.requests,
			 "unknown", (json_int_t)services->rpci.unknown,
			 "seconds", vh_seconds(host));
}

static const struct {
	const char *name;
	json_t *(*show)(struct vmhost *host);	/* NULL: verbs_machine.c knows it */
} parts[] = {
	{ "tools", vh_tools_state },
	{ "guest", vh_guestinfo_state },
	{ "vars", vh_vars_state },
	{ "tclo", vh_tclo_state },
	{ "rpci", vh_rpci_state },
	{ "power", vh_power_state },
	{ "quiesce", vh_quiesce_state },
	{ "deploypkg", vh_deploypkg_state },
	{ "appmonitor", vh_appmonitor_state },
	{ "guestlib", vh_guestlib_state },
	{ "log", vh_guestlog_state },
	{ "counters", counters },
	{ "balloon", NULL },
	{ "channels", NULL },
	{ "screen", NULL },
	{ "time", NULL },
	{ "faults", NULL },
	{ "machine", NULL },
};

#define PARTS (sizeof(parts) / sizeof(*parts))

static json_t *show_part(struct vmhost *host, size_t i)
{
	return parts[i].show ? parts[i].show(host) : vh_machine_state(host, parts[i].name);
}

static void verb_state(struct vmhost *host, struct vh_request *request)
{
	const char *part = vh_arg_text(request, "part");
	struct vh_buf known = { 0 };
	json_t *all = json_object();

	for (size_t i = 0; i < PARTS; i++) {
		vh_buf_printf(&known, " %s", parts[i].name);
		if (!part)
			json_object_set_new(all, parts[i].name, show_part(host, i));
		else if (!strcmp(part, parts[i].name))
			json_object_set_new(all, part, show_part(host, i));
	}
	if (part && json_object_get(all, part))
		vh_answer(request, json_pack("{s:O}", "state", json_object_get(all, part)));
	else if (!arg(request, "part"))
		vh_answer(request, json_pack("{s:O}", "state", all));
	else
		vh_refuse(request, "state: there is no such part; there are%s", known.data);
	json_decref(all);
	vh_buf_free(&known);
}

/* --- set --------------------------------------------------------------------- */

static const char *set_config(struct vmhost *host, const char *name, const json_t *value)
{
	static const char privileged[] = "guest_rpc.rpci.auth.cmd.";
	struct vh_services *services = host->services;
	double number = json_number_value(value);

	if (!strncmp(name, privileged, strlen(privileged)) && name[strlen(privileged)]) {
		if (!json_is_boolean(value))
			return "its value is true or false";
		if (json_is_true(value))
			json_object_set_new(services->rpci.privileged, name + strlen(privileged),
					    json_true());
		else
			json_object_del(services->rpci.privileged, name + strlen(privileged));
		return NULL;
	}
	if (!strcmp(name, "isolation.tools.setinfo.disable") || !strcmp(name, "vmhost.guestlib")) {
		if (!json_is_boolean(value))
			return "its value is true or false";
		if (!strcmp(name, "vmhost.guestlib"))
			services->guestlib.off = json_is_false(value);
		else
			services->vars.refuse = json_is_true(value);
		return NULL;
	}
	if (!json_is_number(value) || number < 0 || number > UINT32_MAX)
		number = -1;
	if (!strcmp(name, "tools.setInfo.sizeLimit") && number >= 0)
		services->vars.limit = number;
	else if (!strcmp(name, "vmhost.tools.version") && number >= 0)
		services->tools.current = number;
	else if (!strcmp(name, "vmhost.heartbeat.yellow") && number >= 0)
		services->tools.yellow_after = number;
	else if (!strcmp(name, "vmhost.heartbeat.stopped") && number >= 0)
		services->tools.stopped_after = number;
	else if (!strcmp(name, "vmhost.quiesce.silence") && number >= 0)
		services->quiesce.silence_after = number;
	else if (!strcmp(name, "vmhost.quiesce.limit") && number >= 0)
		services->quiesce.limit = number;
	else
		return "no such option of a VM, or its value is not a number";
	return NULL;
}

static const char *set_reply(struct vmhost *host, struct vh_request *request, const char *name)
{
	struct vh_buf reply = { 0 };
	bool found;
	const char *wrong = vh_json_get(request->message, "value", &reply, &found);

	if (!wrong)
		wrong = vh_rpci_override(host, name, found ? &reply : NULL);
	vh_buf_free(&reply);
	return wrong;
}

static void verb_set(struct vmhost *host, struct vh_request *request)
{
	const char *what = need_text(request, "what", "option, config, reply, script, figure, …");
	const char *name, *wrong;
	json_t *value;

	if (!what)
		return;
	name = vh_arg_text(request, "name") ?: "";
	value = json_object_get(request->message, "value");
	if (vh_machine_set(host, request, what))
		return;		/* it has answered */
	if (!strcmp(what, "option")) {
		wrong = json_is_string(value) ?
			vh_tools_option(host, name, json_string_value(value), "host") :
			"the value of an option is a text";
	} else if (!strcmp(what, "config")) {
		wrong = set_config(host, name, value);
	} else if (!strcmp(what, "reply")) {
		wrong = set_reply(host, request, name);
	} else if (!strcmp(what, "script")) {
		wrong = vh_tclo_script(host, json_is_null(value) ? NULL : value);
	} else if (!strcmp(what, "figure")) {
		wrong = value ? vh_guestlib_set(host, name, value) : "\"value\" is missing";
	} else {
		wrong = "there is no such thing to set; there are option, config, reply, script, "
			"figure, time-offset, lag, screen, memory";
	}
	if (wrong) {
		vh_refuse(request, "set %s %s: %s", what, name, wrong);
		return;
	}
	vh_control_wake(host);
	vh_answer(request, NULL);
}

/* --- variables --------------------------------------------------------------- */

static bool get_name(struct vh_request *request, struct vh_buf *name)
{
	bool found;
	const char *wrong = vh_json_get(request->message, "name", name, &found);

	if (!wrong && !name->len)
		wrong = "is missing: give it without \"guestinfo.\"";
	if (!wrong && (memchr(name->data, ' ', name->len) || memchr(name->data, 0, name->len)))
		wrong = "has a blank or a NUL in it, which no guest could ask for";
	if (!wrong)
		return true;
	vh_refuse(request, "%s: \"name\": %s", vh_arg_text(request, "do"), wrong);
	vh_buf_free(name);
	return false;
}

static void verb_var_get(struct vmhost *host, struct vh_request *request)
{
	const struct vh_buf *value;
	struct vh_buf name = { 0 };
	json_t *answer;

	if (!get_name(request, &name))
		return;
	value = vh_var_get(host, name.data, name.len);
	answer = json_object();
	if (value)
		vh_json_put(answer, "value", value->data, value->len, 0);
	else
		json_object_set_new(answer, "value", json_null());
	vh_answer(request, answer);
	vh_buf_free(&name);
}

static void verb_var_set(struct vmhost *host, struct vh_request *request)
{
	struct vh_buf name = { 0 }, value = { 0 };
	bool readonly = false, found;
	const char *wrong;

	if (!vh_arg_bool(request, "readonly", &readonly) || !get_name(request, &name))
		return;
	wrong = vh_json_get(request->message, "value", &value, &found);
	if (!wrong && !found && !arg(request, "value"))
		wrong = "is missing: give a text, \"value64\", or null to delete the variable";
	if (wrong) {
		vh_refuse(request, "var-set: \"value\": %s", wrong);
	} else {
		vh_var_set(host, name.data, name.len, found ? &value : NULL, readonly);
		vh_answer(request, NULL);
	}
	vh_buf_free(&name);
	vh_buf_free(&value);
}

/* --- commands to the guest ---------------------------------------------------- */

static void command_done(struct vmhost *host, void *data, enum vh_tclo_end end,
			 const uint8_t *reply, size_t len)
{
	struct vh_request *request = data;
	json_t *answer;

	if (end != VH_TCLO_ANSWERED) {
		vh_refuse(request, "%s: %s", vh_arg_text(request, "do"), vh_tclo_why(end));
	} else {
		answer = json_object();
		vh_json_put(answer, "reply", reply, len, 0);
		vh_answer(request, answer);
	}
	vh_control_wake(host);
}

/* Sends a command whose reply answers the request. Takes the command. */
static void send_command(struct vmhost *host, struct vh_request *request, struct vh_buf *command,
			 vh_tclo_done *done)
{
	double timeout = TIMEOUT;

	if (vh_arg_number(request, "timeout", 0, TIMEOUT_MAX, &timeout))
		vh_tclo_send(host, command->data, command->len, timeout, done, request);
	vh_buf_free(command);
}

static void verb_tclo(struct vmhost *host, struct vh_request *request)
{
	struct vh_buf command = { 0 };
	bool found;
	const char *wrong = vh_json_get(request->message, "command", &command, &found);

	if (!wrong && !found)
		wrong = "is missing";
	if (wrong) {
		vh_refuse(request, "tclo: \"command\": %s", wrong);
		vh_buf_free(&command);
		return;
	}
	send_command(host, request, &command, command_done);
}

static void verb_power(struct vmhost *host, struct vh_request *request)
{
	static const char ops[] = "shutdown, reboot, suspend, poweron or resume";
	const char *op = need_text(request, "op", ops);
	struct vh_buf command = { 0 };

	if (!op)
		return;
	if (!vh_power_command(op)) {
		vh_refuse(request, "power: \"op\" is not %s", ops);
		return;
	}
	vh_buf_printf(&command, "%s", vh_power_command(op));
	send_command(host, request, &command, command_done);
}

static void verb_resolution(struct vmhost *host, struct vh_request *request)
{
	uint64_t width = 0, height = 0;
	struct vh_buf command = { 0 };

	if (!vh_arg_u64(request, "width", 65535, &width) ||
	    !vh_arg_u64(request, "height", 65535, &height))
		return;
	if (!width || !height) {
		vh_refuse(request, "resolution: \"width\" and \"height\" are needed");
		return;
	}
	host->backdoor.width = width;
	host->backdoor.height = height;
	vh_buf_printf(&command, "Resolution_Set %d %d", (int)width, (int)height);
	send_command(host, request, &command, command_done);
}

static void verb_topology(struct vmhost *host, struct vh_request *request)
{
	const json_t *screens = arg(request, "screens");
	struct vh_buf command = { 0 };
	json_t *screen;
	size_t i;

	vh_buf_printf(&command, "DisplayTopology_Set %zu", json_array_size(screens));
	json_array_foreach(screens, i, screen) {
		int x, y, width, height;

		if (json_unpack(screen, "[i, i, i, i!]", &x, &y, &width, &height))
			break;
		vh_buf_printf(&command, " , %d %d %d %d", x, y, width, height);
	}
	if (!json_array_size(screens) || i < json_array_size(screens)) {
		vh_refuse(request, "topology: \"screens\" is not a list of [x, y, width, height]");
		vh_buf_free(&command);
		return;
	}
	send_command(host, request, &command, command_done);
}

static void verb_time(struct vmhost *host, struct vh_request *request)
{
	const char *op = need_text(request, "op", "sync, step or pass");
	bool backwards = true;
	double seconds = NAN;
	struct vh_buf command = { 0 };

	if (!op || !vh_arg_bool(request, "backwards", &backwards) ||
	    !vh_arg_number(request, "seconds", -1e9, 1e9, &seconds))
		return;
	if (!strcmp(op, "sync")) {
		vh_buf_printf(&command, "Time_Synchronize %d", backwards);
		send_command(host, request, &command, command_done);
	} else if (!strcmp(op, "step") && !isnan(seconds)) {
		vh_clock_step(host, seconds);
		vh_answer(request, NULL);
	} else if (!strcmp(op, "pass") && seconds >= 0) {
		vh_clock_pass(host, seconds);
		vh_answer(request, NULL);
	} else {
		vh_refuse(request, "time: \"op\" is sync, or step with \"seconds\", or pass with \"seconds\" that are not negative");
	}
}

/* --- backup ------------------------------------------------------------------ */

static void started_done(struct vmhost *host, void *data, enum vh_tclo_end end,
			 const uint8_t *reply, size_t len)
{
	if (end != VH_TCLO_ANSWERED || len < 2 || memcmp(reply, "OK", 2))
		vh_quiesce_failed(host);
	command_done(host, data, end, reply, len);
}

static void quiesce_start(struct vmhost *host, struct vh_request *request)
{
	bool manifest = false, options = false, automatic = true, another;
	const char *volumes = vh_arg_text(request, "volumes"), *wrong = NULL;
	struct vh_buf command = { 0 };
	double timeout;

	if (!vh_arg_number(request, "timeout", 0, TIMEOUT_MAX, &timeout) ||
	    !vh_arg_bool(request, "manifest", &manifest) ||
	    !vh_arg_bool(request, "options", &options) ||
	    !vh_arg_bool(request, "auto", &automatic))
		return;
	another = host->services->quiesce.state != VH_QUIESCE_IDLE;
	if (another && !arg(request, "force")) {
		vh_refuse(request, "quiesce: an operation is under way; \"force\": true starts another");
		return;
	}
	if (options)
		wrong = vh_quiesce_options(request->message, &command);
	else
		vh_buf_printf(&command, "vmbackup.start %d%s%s", manifest, volumes ? " " : "",
			      volumes ?: "");
	if (wrong) {
		vh_refuse(request, "quiesce: %s", wrong);
		vh_buf_free(&command);
		return;
	}
	/* It is the first that is kept account of. */
	if (!another)
		vh_quiesce_started(host, automatic);
	send_command(host, request, &command, another ? command_done : started_done);
}

static void verb_quiesce(struct vmhost *host, struct vh_request *request)
{
	static const struct {
		const char *op, *command;
	} ends[] = {
		{ "done", "vmbackup.snapshotDone" },
		{ "completed", "vmbackup.snapshotCompleted" },
		{ "abort", "vmbackup.abort" },
	};
	const char *op = need_text(request, "op", "start, done, completed or abort");
	struct vh_buf command = { 0 };

	if (!op)
		return;
	if (!strcmp(op, "start")) {
		quiesce_start(host, request);
		return;
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (strcmp(op, ends[i].op))
			continue;
		vh_buf_printf(&command, "%s", ends[i].command);
		vh_quiesce_ending(host);
		send_command(host, request, &command, command_done);
		return;
	}
	vh_refuse(request, "quiesce: \"op\" is not start, done, completed or abort");
}

/* --- events ------------------------------------------------------------------ */

/* Checks "event", "match" and "since". */
static bool selects(struct vmhost *host, struct vh_request *request, uint64_t *since)
{
	const char *wrong = vh_event_check(arg(request, "event"), arg(request, "match"));

	if (wrong) {
		vh_refuse(request, "%s: %s", vh_arg_text(request, "do"), wrong);
		return false;
	}
	if (!vh_arg_u64(request, "since", INT64_MAX, since))
		return false;
	if (*since < host->services->events.next)
		return true;
	vh_refuse(request, "%s: \"since\" is a number that no event has had",
		  vh_arg_text(request, "do"));
	return false;
}

static void verb_wait(struct vmhost *host, struct vh_request *request)
{
	double timeout = TIMEOUT;
	uint64_t since = 0;

	if (!vh_arg_number(request, "timeout", 0, TIMEOUT_MAX, &timeout) ||
	    !selects(host, request, &since))
		return;
	request->waits = true;
	request->since = since;
	request->at = since + 1;
	request->deadline = vh_seconds(host) + timeout;
}

static void verb_follow(struct vmhost *host, struct vh_request *request)
{
	uint64_t since = host->services->events.next - 1;
	struct vh_client *client = request->client;

	if (!selects(host, request, &since))
		return;
	json_decref(client->follows);
	client->follows = json_incref(request->message);
	client->follow_at = since + 1;
	vh_answer(request, NULL);
}

static void verb_mark(struct vmhost *host, struct vh_request *request)
{
	vh_answer(request, json_pack("{s:I}", "seq",
				     (json_int_t)(host->services->events.next - 1)));
}

/* ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	void (*handle)(struct vmhost *host, struct vh_request *request);
	const char *args;	/* between blanks, besides "id" and "do" */
} verbs[] = {
	{ "state", verb_state, " part " },
	{ "set", verb_set, " what name value value64 width height " },
	{ "var-get", verb_var_get, " name name64 " },
	{ "var-set", verb_var_set, " name name64 value value64 readonly " },
	{ "tclo", verb_tclo, " command command64 timeout " },
	{ "power", verb_power, " op timeout " },
	{ "time", verb_time, " op backwards seconds timeout " },
	{ "resolution", verb_resolution, " width height timeout " },
	{ "topology", verb_topology, " screens timeout " },
	{ "quiesce", verb_quiesce,
	  " op timeout manifest volumes auto force options version createManifest quiesceApps "
	  "quiesceFS writableSnapshot execScripts scriptArg limit diskUuids " },
	{ "wait", verb_wait, " event match since timeout " },
	{ "follow", verb_follow, " event match since " },
	{ "mark", verb_mark, " " },
	{ "checkpoint", vh_verb_interrupted, " " },
	{ "snapshot", vh_verb_interrupted, " " },
	{ "revert", vh_verb_interrupted, " away " },
	{ "resume", vh_verb_interrupted, " away " },
	{ "migrate", vh_verb_interrupted, " away " },
	{ "reset", vh_verb_interrupted, " " },
	{ "close", vh_verb_interrupted, " protocol " },
	{ "fault", vh_verb_fault, " name after times arg clear " },
	{ "balloon", vh_verb_balloon, NULL },
	{ "pointer", vh_verb_pointer, " buttons x y wheel " },
};

#define VERBS (sizeof(verbs) / sizeof(*verbs))

/* The first argument that the verb does not have, or NULL. */
static const char *odd_argument(const struct vh_request *request, const char *args)
{
	const char *key;
	json_t *value;
	char word[64];

	json_object_foreach(request->message, key, value) {
		if (!strcmp(key, "id") || !strcmp(key, "do"))
			continue;
		if ((size_t)snprintf(word, sizeof(word), " %s ", key) >= sizeof(word) ||
		    !strstr(args, word))
			return key;
	}
	return NULL;
}

void vh_verb(struct vmhost *host, struct vh_request *request)
{
	const char *name = need_text(request, "do", "it says what is to be done");
	struct vh_buf known = { 0 };

	if (!name)
		return;
	for (size_t i = 0; i < VERBS; i++) {
		const char *odd = NULL;

		vh_buf_printf(&known, " %s", verbs[i].name);
		if (strcmp(name, verbs[i].name))
			continue;
		if (verbs[i].args)
			odd = odd_argument(request, verbs[i].args);
		if (odd)
			vh_refuse(request, "%s: there is no argument \"%.64s\"; there are%s", name,
				  odd, verbs[i].args);
		else
			verbs[i].handle(host, request);
		vh_buf_free(&known);
		return;
	}
	vh_refuse(request, "there is no verb \"%.64s\"; there are%s", name, known.data);
	vh_buf_free(&known);
}
