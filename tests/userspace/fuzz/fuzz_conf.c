// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * tools.conf: lines make up the text, what is set is got, and what is removed is gone.
 */
#include "conf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str of(const struct buf *buf)
{
	return str_of(buf_text(buf), buf->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf value = { 0 }, set = { 0 }, gone = { 0 }, back = { 0 };
	struct conf_line line = { 0 };
	struct str text = str_of(data, size), first = text;
	size_t sum = 0;

	while (conf_next(text, &line)) {
		sum += line.whole.len;
		buf_clear(&value);
		conf_unescape(line.value, &value);
	}
	if (sum != size)
		abort();
	/* The first line of the input is the value. */
	first = str_cut(&first, '\n');
	buf_clear(&value);
	for (size_t i = 0; i < first.len; i++) {
		if (first.at[i])
			buf_char(&value, first.at[i]);
	}
	conf_set(text, "group", "key", buf_text(&value), &set);
	if (!conf_get(of(&set), "group", "key", &back) || back.len != value.len ||
	    (value.len && memcmp(back.data, value.data, value.len)))
		abort();
	conf_set(of(&set), "group", "key", NULL, &gone);
	buf_clear(&back);
	if (conf_get(of(&gone), "group", "key", &back))
		abort();
	buf_free(&value);
	buf_free(&set);
	buf_free(&gone);
	buf_free(&back);
	return 0;
}
