/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * tools.conf: [group], key=value, # comments. Read and edited as a text, so that an edit
 * leaves every other line as it was. No system calls.
 */
#ifndef VMGUEST_CONF_H
#define VMGUEST_CONF_H

#include <stdbool.h>

#include "buf.h"
#include "str.h"

/* One line of a configuration. Everything points into the text. */
struct conf_line {
	unsigned int number;	/* from 1 */
	struct str whole;	/* with its line end, if it has one */
	struct str group;	/* the one it belongs to; empty before the first */
	struct str key;		/* empty: a comment, a blank line, a group, or not understood */
	struct str value;	/* as written; conf_unescape() says what it means */
	bool bad;		/* neither key=value nor any other line that there may be */
};

/* conf_next() - the next line; start with *@line zeroed */
bool conf_next(struct str text, struct conf_line *line);

/* conf_unescape() - appends what a value means: \s \n \t \r \\ */
void conf_unescape(struct str value, struct buf *to);
/* conf_get() - appends the value of a key: the last, if there are several; false: none */
bool conf_get(struct str text, const char *group, const char *key, struct buf *value);
/* conf_get_bool() - the default if there is none, or none that is a boolean */
bool conf_get_bool(struct str text, const char *group, const char *key, bool fallback);

/*
 * conf_set() - appends the text with that key set to @value, or without it if that is NULL
 * The last line with the key is changed; a new one goes to the end of its group.
 */
void conf_set(struct str text, const char *group, const char *key, const char *value,
	      struct buf *out);

#endif
