// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * guestinfo.*: variables of a VM, set by its owner or by its guest. Values are bytes. Names
 * are kept without «guestinfo.».
 */
#include "services.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "guestinfo.";

struct var {
	uint8_t *name;
	size_t name_len;
	struct vh_buf value;
	bool readonly, by_guest;
};

static int compare(const void *a, const void *b)
{
	const struct var *x = a, *y = b;
	size_t shared = x->name_len < y->name_len ? x->name_len : y->name_len;
	int order = memcmp(x->name, y->name, shared);

	return order ?: (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

static size_t size_of(const struct var *var)
{
	return var->name_len + var->value.len;
}

static void free_var(void *data)
{
	struct var *var = data;

	vh_buf_free(&var->value);
	free(var->name);
	free(var);
}

void vh_vars_init(struct vmhost *host)
{
	host->services->vars.limit = 1 << 20;
}

void vh_vars_free(struct vmhost *host)
{
	tdestroy(host->services->vars.tree, free_var);
}

static struct var *find(struct vh_vars *vars, const void *name, size_t len)
{
	struct var key = { .name = (uint8_t *)name, .name_len = len };
	struct var **found = tfind(&key, &vars->tree, compare);

	return found ? *found : NULL;
}

const struct vh_buf *vh_var_get(struct vmhost *host, const void *name, size_t len)
{
	struct var *var = find(&host->services->vars, name, len);

	return var ? &var->value : NULL;
}

static void drop(struct vh_vars *vars, struct var *var)
{
	vars->bytes -= size_of(var);
	tdelete(var, &vars->tree, compare);
	free_var(var);
}

static struct var *store(struct vmhost *host, const void *name, size_t len, const void *value,
			 size_t value_len)
{
	struct vh_vars *vars = &host->services->vars;
	struct var *var = find(vars, name, len);

	if (!var) {
		struct var **slot;

		var = calloc(1, sizeof(*var));
		if (!var)
			abort();
		var->name = malloc(len);
		if (!var->name)
			abort();
		memcpy(var->name, name, len);
		var->name_len = len;
		slot = tsearch(var, &vars->tree, compare);
		if (!slot)
			abort();
		vars->bytes += len;
	}
	vars->bytes -= var->value.len;
	vh_buf_clear(&var->value);
	vh_buf_add(&var->value, value, value_len);
	vars->bytes += value_len;
	return var;
}

static void say(struct vmhost *host, const void *name, size_t len, const struct vh_buf *value,
		const char *by)
{
	json_t *fields = json_pack("{s:s}", "by", by);

	vh_json_put(fields, "name", name, len, 256);
	if (value)
		vh_json_put(fields, "value", value->data, value->len, VH_SHOWN);
	else
		json_object_set_new(fields, "value", json_null());
	vh_event_object(host, "var", fields);
}

void vh_var_set(struct vmhost *host, const void *name, size_t len, const struct vh_buf *value,
		bool readonly)
{
	struct var *var;

	if (value) {
		var = store(host, name, len, value->data, value->len);
		var->readonly = readonly;
		var->by_guest = false;
	} else {
		var = find(&host->services->vars, name, len);
		if (!var)
			return;
		drop(&host->services->vars, var);
	}
	say(host, name, len, value, "host");
}

/* Leaves the name without its prefix. */
static bool take_name(struct vh_cursor *args, const uint8_t **name, size_t *len)
{
	const uint8_t *blank;

	if (args->left <= strlen(prefix) || memcmp(args->at, prefix, strlen(prefix)))
		return false;
	vh_take(args, strlen(prefix));
	blank = memchr(args->at, ' ', args->left);
	*len = blank ? (size_t)(blank - args->at) : args->left;
	*name = vh_take(args, *len);
	if (blank)
		vh_take(args, 1);
	return *len && !memchr(*name, 0, *len);
}

void vh_vars_info_get(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	const struct vh_buf *value;
	const uint8_t *name;
	size_t len;

	vh_drop_nul(args);
	if (!take_name(args, &name, &len)) {
		vh_no(reply, "Unknown command");
		return;
	}
	value = vh_var_get(host, name, len);
	if (!value) {
		vh_no(reply, "No value found");
		return;
	}
	vh_yes(reply, "%s", "");
	vh_buf_add(reply, value->data, value->len);
}

void vh_vars_info_set(struct vmhost *host, struct vh_cursor *args, struct vh_buf *reply)
{
	struct vh_vars *vars = &host->services->vars;
	struct var *var;
	const uint8_t *name;
	size_t len, old;

	vh_drop_nul(args);
	if (!take_name(args, &name, &len)) {
		vh_no(reply, "Unknown command");
		return;
	}
	if (vars->refuse) {
		vh_no(reply, "disabled");
		return;
	}
	var = find(vars, name, len);
	if (var && var->readonly) {
		vh_no(reply, "Permission denied");
		return;
	}
	old = var ? size_of(var) : 0;
	if (vars->bytes - old + len + args->left > vars->limit) {
		vh_no(reply, "Value too long: more than %zu bytes of guestinfo", vars->limit);
		return;
	}
	var = store(host, name, len, args->at, args->left);
	var->by_guest = true;
	say(host, name, len, &var->value, "guest");
	vh_yes(reply, "%s", "");
}

struct victims {
	struct var **vars;
	size_t count, room;
};

static void collect_guest(const void *node, VISIT visit, void *data)
{
	struct var *var = *(struct var *const *)node;
	struct victims *all = data;

	if ((visit != postorder && visit != leaf) || !var->by_guest)
		return;
	if (all->count == all->room) {
		all->room = all->room * 2 ?: 16;
		all->vars = reallocarray(all->vars, all->room, sizeof(*all->vars));
		if (!all->vars)
			abort();
	}
	all->vars[all->count++] = var;
}

void vh_vars_reset(struct vmhost *host)
{
	struct victims all = { 0 };

	twalk_r(host->services->vars.tree, collect_guest, &all);
	while (all.count)
		drop(&host->services->vars, all.vars[--all.count]);
	free(all.vars);
}

static void show(const void *node, VISIT visit, void *data)
{
	const struct var *var = *(struct var *const *)node;
	json_t *entry;

	if (visit != postorder && visit != leaf)
		return;
	entry = json_pack("{s:s, s:b}", "by", var->by_guest ? "guest" : "host", "readonly",
			  var->readonly);
	vh_json_put(entry, "name", var->name, var->name_len, 0);
	vh_json_put(entry, "value", var->value.data, var->value.len, 0);
	json_array_append_new(data, entry);
}

json_t *vh_vars_state(struct vmhost *host)
{
	const struct vh_vars *vars = &host->services->vars;
	json_t *list = json_array();

	twalk_r(vars->tree, show, list);
	return json_pack("{s:o, s:I, s:I, s:b}", "vars", list, "bytes", (json_int_t)vars->bytes,
			 "limit", (json_int_t)vars->limit, "refused", vars->refuse);
}
