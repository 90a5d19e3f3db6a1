// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Commands to the guest (TCLO). The guest fetches them by polling; it gets the next one
 * after its answer to the last. A command that was given out is never given out again, since a
 * shutdown that is repeated after the reboot would be a second one; one that the guest
 * has refused to take is.
 */
#include "services.h"
#include "vix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OFFERS	3	/* to a guest that refuses a command */

/*
 * What a host says to a new channel. «Set_Option» alone stands for all options,
 * «Vix_1_Relayed_Command» alone for the question about the tools' state; OS_PowerOn is said
 * once until the VM is switched off, and OS_Resume in its place after a resume.
 */
static const char *const boot_script[] = {
	"reset", "ping", "Set_Option", "Capabilities_Register", "OS_PowerOn",
	"Vix_1_Relayed_Command", "Set_Option broadcastIP 1",
};

const char *vh_tclo_why(enum vh_tclo_end end)
{
	static const char *const why[] = {
		[VH_TCLO_ANSWERED] = NULL,
		[VH_TCLO_TIMEOUT] = "no answer in time",
		[VH_TCLO_CLOSED] = "the channel was closed before the answer",
		[VH_TCLO_IGNORED] = "the guest took the command and polled on without an answer",
		[VH_TCLO_REFUSED] = "the guest did not take the command",
		[VH_TCLO_WITHDRAWN] = "withdrawn for a new start of the channel",
	};

	return why[end];
}

void vh_tclo_init(struct vmhost *host)
{
	vh_tclo_script(host, NULL);
}

static void end_command(struct vmhost *host, struct vh_tclo_command *command, enum vh_tclo_end end,
			const uint8_t *answer, size_t len)
{
	json_t *fields = json_object();

	vh_json_put(fields, "command", command->text.data, command->text.len, VH_SHOWN);
	if (end == VH_TCLO_ANSWERED)
		vh_json_put(fields, "reply", answer, len, VH_SHOWN);
	else
		json_object_set_new(fields, "error", json_string(vh_tclo_why(end)));
	vh_event_object(host, "tclo", fields);
	if (command->done)
		command->done(host, command->arg, end, answer, len);
	command->done = NULL;
}

static void free_command(struct vh_tclo_command *command)
{
	vh_buf_free(&command->text);
	free(command);
}

void vh_tclo_free(struct vmhost *host)
{
	struct vh_tclo *tclo = &host->services->tclo;

	while (tclo->queue) {
		struct vh_tclo_command *next = tclo->queue->next;

		free_command(tclo->queue);
		tclo->queue = next;
	}
	if (tclo->current)
		free_command(tclo->current);
	json_decref(tclo->script);
}

static struct vh_tclo_command *new_command(const void *text, size_t len)
{
	struct vh_tclo_command *command = calloc(1, sizeof(*command));

	if (!command)
		abort();
	vh_buf_add(&command->text, text, len);
	command->deadline = INFINITY;
	return command;
}

static struct vh_tclo_command **end_of(struct vh_tclo_command **list)
{
	while (*list)
		list = &(*list)->next;
	return list;
}

void vh_tclo_send(struct vmhost *host, const void *text, size_t len, double timeout,
		  vh_tclo_done *done, void *arg)
{
	struct vh_tclo_command *command = new_command(text, len);

	command->deadline = vh_seconds(host) + timeout;
	command->done = done;
	command->arg = arg;
	*end_of(&host->services->tclo.queue) = command;
	vh_control_wake(host);	/* there is a new deadline */
}

void vh_tclo_forget(struct vmhost *host, const void *arg)
{
	struct vh_tclo *tclo = &host->services->tclo;

	for (struct vh_tclo_command *c = tclo->queue; c; c = c->next) {
		if (c->arg == arg)
			c->done = NULL;
	}
	if (tclo->current && tclo->current->arg == arg)
		tclo->current->done = NULL;
}

void vh_tclo_withdraw(struct vmhost *host, const char *begin)
{
	struct vh_tclo_command **link = &host->services->tclo.queue;

	while (*link) {
		struct vh_tclo_command *command = *link;

		if (!command->done && command->text.len >= strlen(begin) &&
		    !memcmp(command->text.data, begin, strlen(begin))) {
			*link = command->next;
			free_command(command);
		} else {
			link = &command->next;
		}
	}
}

/* Ends commands of the queue: all, those of the script, or those whose time is over. */
static void end_queued(struct vmhost *host, enum vh_tclo_end end, bool script, double until)
{
	struct vh_tclo_command **link = &host->services->tclo.queue, *ended = NULL, **last = &ended;

	while (*link) {
		struct vh_tclo_command *command = *link;

		if ((script && !command->script) || command->deadline > until) {
			link = &command->next;
			continue;
		}
		*link = command->next;
		command->next = NULL;
		*last = command;
		last = &command->next;
	}
	while (ended) {
		struct vh_tclo_command *next = ended->next;

		end_command(host, ended, end, NULL, 0);
		free_command(ended);
		ended = next;
	}
}

static void end_current(struct vmhost *host, enum vh_tclo_end end)
{
	struct vh_tclo_command *command = host->services->tclo.current;

	if (!command)
		return;
	host->services->tclo.current = NULL;
	if (command->deadline > -INFINITY)	/* else it has been given up already */
		end_command(host, command, end, NULL, 0);
	free_command(command);
}

/* --- the script of a boot ---------------------------------------------------- */

/* «OK ATR toolbox» */
static void reset_done(struct vmhost *host, void *arg, enum vh_tclo_end end,
		       const uint8_t *answer, size_t len)
{
	struct vh_cursor words = vh_cursor(answer, len);
	char ok[4], atr[4], name[32];

	(void)arg;
	if (end != VH_TCLO_ANSWERED)
		return;
	vh_drop_nul(&words);
	if (!vh_take_word(&words, ok, sizeof(ok)) || strcmp(ok, "OK") ||
	    !vh_take_word(&words, atr, sizeof(atr)) || strcmp(atr, "ATR") ||
	    !vh_take_word(&words, name, sizeof(name)) || !vh_is_utf8(name))
		vh_event(host, "malformed", "{s:s, s:s}", "what", "answer to reset",
			 "error", "not «OK ATR» and a name");
	else
		vh_tools_name(host, name);
}

static void started_done(struct vmhost *host, void *arg, enum vh_tclo_end end,
			 const uint8_t *answer, size_t len)
{
	(void)arg;
	if (end == VH_TCLO_ANSWERED && len >= 2 && !memcmp(answer, "OK", 2))
		host->services->tclo.started = true;
}

static struct vh_tclo_command **add_step(struct vh_tclo_command **link, const void *text,
					 size_t len)
{
	*link = new_command(text, len);
	(*link)->script = true;
	return &(*link)->next;
}

static struct vh_tclo_command **add_options(struct vmhost *host, struct vh_tclo_command **link)
{
	const char *name;
	json_t *value;

	json_object_foreach(host->services->tools.options, name, value) {
		struct vh_buf text = { 0 };

		vh_buf_printf(&text, "Set_Option %s %s", name, json_string_value(value));
		link = add_step(link, text.data, text.len);
		vh_buf_free(&text);
	}
	return link;
}

static struct vh_tclo_command **expand(struct vmhost *host, struct vh_tclo_command **link,
				       const char *step)
{
	struct vh_tclo *tclo = &host->services->tclo;
	struct vh_tclo_command **added = link;
	struct vh_buf text = { 0 };

	if (!strcmp(step, "Set_Option"))
		return add_options(host, link);
	if (!strcmp(step, "Vix_1_Relayed_Command")) {
		vh_vix_ask_state(&text);
		link = add_step(link, text.data, text.len);
		(*added)->done = vh_vix_state_done;
		vh_buf_free(&text);
		return link;
	}
	if (!strcmp(step, "OS_PowerOn")) {
		if (tclo->resumed)
			step = "OS_Resume";
		else if (tclo->started)
			return link;
	}
	link = add_step(link, step, strlen(step));
	if (!strcmp(step, "reset"))
		(*added)->done = reset_done;
	else if (!strcmp(step, "OS_PowerOn"))
		(*added)->done = started_done;
	return link;
}

void vh_tclo_restart(struct vmhost *host, bool resumed)
{
	struct vh_tclo *tclo = &host->services->tclo;
	struct vh_tclo_command *steps = NULL, **link = &steps;
	json_t *step;
	size_t i;

	tclo->resumed |= resumed;
	if (!tclo->open)
		return;		/* the script will run once there is a channel */
	end_queued(host, VH_TCLO_WITHDRAWN, true, INFINITY);
	json_array_foreach(tclo->script, i, step)
		link = expand(host, link, json_string_value(step));
	*link = tclo->queue;
	tclo->queue = steps;
	tclo->resumed = false;
}

const char *vh_tclo_script(struct vmhost *host, json_t *script)
{
	json_t *step;
	size_t i;

	if (script && !json_is_array(script))
		return "the script is not a list of commands";
	json_array_foreach(script, i, step) {
		if (!json_is_string(step) || !json_string_length(step))
			return "the script has an entry that is not a command";
	}
	json_decref(host->services->tclo.script);
	if (script) {
		host->services->tclo.script = json_copy(script);
		return NULL;
	}
	host->services->tclo.script = json_array();
	for (i = 0; i < sizeof(boot_script) / sizeof(*boot_script); i++)
		json_array_append_new(host->services->tclo.script, json_string(boot_script[i]));
	return NULL;
}

/* --- what the channel says ---------------------------------------------------- */

void vh_tclo_opened(struct vmhost *host)
{
	host->services->tclo.open = true;
	vh_tools_opened(host);
	vh_tclo_restart(host, false);
}

void vh_tclo_closed(struct vmhost *host)
{
	host->services->tclo.open = false;
	end_current(host, VH_TCLO_CLOSED);
	end_queued(host, VH_TCLO_CLOSED, true, INFINITY);
	vh_power_closed(host);
	vh_tools_closed(host);
}

void vh_tclo_reset(struct vmhost *host)
{
	host->services->tclo.open = false;
	host->services->tclo.started = host->services->tclo.resumed = false;
	end_current(host, VH_TCLO_CLOSED);
	end_queued(host, VH_TCLO_CLOSED, false, INFINITY);
}

void vh_tclo_message(struct vmhost *host, const uint8_t *message, size_t len)
{
	struct vh_tclo *tclo = &host->services->tclo;
	struct vh_tclo_command *command = tclo->current;

	vh_tools_sign(host);
	if (!len) {
		end_current(host, VH_TCLO_IGNORED);
		return;
	}
	if (!command) {
		vh_event(host, "malformed", "{s:s, s:s, s:o}", "what", "TCLO message",
			 "error", "an answer to nothing", "message",
			 vh_json_bytes(message, len < 256 ? len : 256));
		return;
	}
	tclo->current = NULL;
	if (command->deadline == -INFINITY) {
		tclo->late++;
	} else {
		struct vh_cursor name = vh_cursor(command->text.data, command->text.len);
		char word[64];

		tclo->answered++;
		if (vh_take_word(&name, word, sizeof(word)))
			vh_power_answered(host, word, len >= 2 && !memcmp(message, "OK", 2));
		end_command(host, command, VH_TCLO_ANSWERED, message, len);
	}
	free_command(command);
}

bool vh_tclo_poll(struct vmhost *host, struct vh_buf *command)
{
	struct vh_tclo *tclo = &host->services->tclo;
	struct vh_cursor name;
	char word[64];

	vh_tools_sign(host);
	if (vh_fault(host, "reset", NULL))
		vh_tclo_restart(host, false);
	if (tclo->current || !tclo->queue)
		return false;
	tclo->current = tclo->queue;
	tclo->queue = tclo->queue->next;
	tclo->current->next = NULL;
	tclo->current->offers++;
	tclo->sent++;
	vh_buf_add(command, tclo->current->text.data, tclo->current->text.len);
	name = vh_cursor(command->data, command->len);
	if (vh_take_word(&name, word, sizeof(word)))
		vh_power_given(host, word);
	return true;
}

void vh_tclo_dropped(struct vmhost *host)
{
	struct vh_tclo *tclo = &host->services->tclo;
	struct vh_tclo_command *command = tclo->current;

	if (!command)
		return;
	if (command->offers >= OFFERS || command->deadline == -INFINITY) {
		end_current(host, VH_TCLO_REFUSED);
		return;
	}
	tclo->current = NULL;
	command->next = tclo->queue;
	tclo->queue = command;
}

double vh_tclo_tick(struct vmhost *host)
{
	struct vh_tclo *tclo = &host->services->tclo;
	double now = vh_seconds(host), next = INFINITY;

	end_queued(host, VH_TCLO_TIMEOUT, false, now);
	if (tclo->current && tclo->current->deadline <= now &&
	    tclo->current->deadline > -INFINITY) {
		/* It stays, without anybody who waits, until the guest has answered. */
		end_command(host, tclo->current, VH_TCLO_TIMEOUT, NULL, 0);
		tclo->current->deadline = -INFINITY;
	}
	for (struct vh_tclo_command *c = tclo->queue; c; c = c->next)
		next = fmin(next, c->deadline);
	if (tclo->current && tclo->current->deadline > -INFINITY)
		next = fmin(next, tclo->current->deadline);
	return next;
}

static json_t *show(const struct vh_tclo_command *command)
{
	json_t *text = json_object();

	vh_json_put(text, "command", command->text.data, command->text.len, 256);
	return text;
}

json_t *vh_tclo_state(struct vmhost *host)
{
	const struct vh_tclo *tclo = &host->services->tclo;
	json_t *queue = json_array();

	for (const struct vh_tclo_command *c = tclo->queue; c; c = c->next)
		json_array_append_new(queue, show(c));
	return json_pack("{s:b, s:b, s:o, s:o, s:O, s:I, s:I, s:I}", "open", tclo->open,
			 "started", tclo->started, "queue", queue,
			 "current", tclo->current ? show(tclo->current) : json_null(),
			 "script", tclo->script, "sent", (json_int_t)tclo->sent,
			 "answered", (json_int_t)tclo->answered, "late", (json_int_t)tclo->late);
}
