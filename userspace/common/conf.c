// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * tools.conf: conf.h.
 */
#include "conf.h"

/* Where a line's end begins: at \n, \r\n, or behind its last byte. */
static const char *line_end(struct str line)
{
	if (line.len && line.at[line.len - 1] == '\n')
		line.len--;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	return line.at + line.len;
}

bool conf_next(struct str text, struct conf_line *line)
{
	struct str rest = line->whole.at ?
		str_skip(text, line->whole.at + line->whole.len - text.at) : text;
	struct str content = rest;
	struct str inner;

	if (!rest.len)
		return false;
	inner = str_trim(str_cut(&content, '\n'));
	line->whole = str_of(rest.at, rest.len - content.len);
	line->number++;
	line->key = str_of(inner.at, 0);
	line->value = line->key;
	line->bad = false;
	if (!inner.len || inner.at[0] == '#' || inner.at[0] == ';')
		return true;
	if (inner.at[0] == '[') {
		struct str name = str_skip(inner, 1);

		line->bad = inner.at[inner.len - 1] != ']';
		if (!line->bad)
			line->group = str_cut(&name, ']');
		return true;
	}
	line->bad = !memchr(inner.at, '=', inner.len);
	if (!line->bad) {
		line->key = str_trim(str_cut(&inner, '='));
		/* Blanks at its end belong to a value, those before it do not. */
		line->value = str_of(inner.at, line_end(line->whole) - inner.at);
		while (line->value.len && (line->value.at[0] == ' ' || line->value.at[0] == '\t'))
			line->value = str_skip(line->value, 1);
		line->bad = !line->key.len;
	}
	return true;
}

void conf_unescape(struct str value, struct buf *to)
{
	static const char from[] = "sntr\\", into[] = " \n\t\r\\";
	const char *found;

	while (value.len) {
		char c = value.at[0];

		value = str_skip(value, 1);
		if (c == '\\' && value.len) {
			found = memchr(from, value.at[0], sizeof(from) - 1);
			if (found) {
				c = into[found - from];
				value = str_skip(value, 1);
			}
		}
		buf_char(to, c);
	}
}

static void escape(const char *value, struct buf *to)
{
	bool leading = true;

	for (; *value; value++) {
		if (*value == ' ' && leading)
			buf_str(to, "\\s");
		else if (*value == '\n')
			buf_str(to, "\\n");
		else if (*value == '\r')
			buf_str(to, "\\r");
		else if (*value == '\t')
			buf_str(to, "\\t");
		else if (*value == '\\')
			buf_str(to, "\\\\");
		else
			buf_char(to, *value);
		leading &= *value == ' ';
	}
}

static bool find(struct str text, const char *group, const char *key, struct conf_line *found)
{
	struct conf_line line = { 0 };

	*found = line;
	while (conf_next(text, &line)) {
		if (line.key.len && str_is(line.group, group) && str_is(line.key, key))
			*found = line;
	}
	return found->key.len;
}

bool conf_get(struct str text, const char *group, const char *key, struct buf *value)
{
	struct conf_line line;

	if (!find(text, group, key, &line))
		return false;
	conf_unescape(line.value, value);
	return true;
}

bool conf_get_bool(struct str text, const char *group, const char *key, bool fallback)
{
	struct conf_line line;
	bool value = fallback;

	if (find(text, group, key, &line))
		str_bool(str_trim(line.value), &value);
	return value;
}

static void add_setting(const char *key, const char *value, struct buf *out)
{
	buf_printf(out, "%s=", key);
	escape(value, out);
	buf_char(out, '\n');
}

static void add_whole(struct str whole, struct buf *out)
{
	buf_add(out, whole.at, whole.len);
}

/* The last line of a group that says something, behind which a new key is put. */
static unsigned int last_of_group(struct str text, const char *group)
{
	struct conf_line line = { 0 };
	unsigned int last = 0;

	while (conf_next(text, &line)) {
		struct str content = str_trim(line.whole);

		if (line.group.len && str_is(line.group, group) && content.len)
			last = line.number;
	}
	return last;
}

void conf_set(struct str text, const char *group, const char *key, const char *value,
	      struct buf *out)
{
	struct conf_line line = { 0 };
	struct conf_line old;
	unsigned int after;

	find(text, group, key, &old);
	after = old.number ? 0 : last_of_group(text, group);
	while (conf_next(text, &line)) {
		bool same = line.key.len && str_is(line.group, group) && str_is(line.key, key);

		/* A key is removed with all its lines: otherwise an older one returns. */
		if (!same || (value && line.number != old.number))
			add_whole(line.whole, out);
		else if (value)
			add_setting(key, value, out);
		if (value && after == line.number) {
			if (out->len && out->data[out->len - 1] != '\n')
				buf_char(out, '\n');
			add_setting(key, value, out);
		}
	}
	if (!value || old.number || after)
		return;
	if (out->len && out->data[out->len - 1] != '\n')
		buf_char(out, '\n');
	buf_printf(out, "%s[%s]\n", out->len ? "\n" : "", group);
	add_setting(key, value, out);
}
