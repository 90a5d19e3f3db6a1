// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * tools.conf, read and changed. How its text is taken apart is common/conf.c.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "conf.h"
#include "file.h"
#include "version.h"

#define CONF_MAX (1 << 20)

int tools_conf_read(struct buf *text)
{
	return file_read(TOOLS_CONF, text, CONF_MAX);
}

const char *tools_version(void)
{
	struct buf text = { 0 };
	bool legacy = !tools_conf_read(&text) &&
		      conf_get_bool(str_of(buf_text(&text), text.len), "vmtools",
				    "use-legacy-version", false);

	buf_free(&text);
	return legacy ? COMPAT_LEGACY : COMPAT_LONG;
}

static int change(const char *group, const struct setting *settings, int count)
{
	struct buf text = { 0 }, next = { 0 };
	int ret = tools_conf_read(&text);

	/* There is nothing to remove where there is nothing. */
	if (ret == -ENOENT && settings[0].value)
		ret = 0;
	for (int i = 0; !ret && i < count; i++) {
		struct buf old = text;

		conf_set(str_of(buf_text(&text), text.len), group, settings[i].key,
			 settings[i].value, &next);
		ret = next.error;
		text = next;
		next = old;
		buf_clear(&next);
	}
	if (!ret)
		ret = file_replace(TOOLS_CONF, buf_text(&text), text.len, 0644);
	buf_free(&text);
	buf_free(&next);
	return ret;
}

int tools_conf_set(const char *group, const struct setting *settings, int count)
{
	/* The file itself is replaced, so the lock of several writers is on its folder. */
	int lock = open(TOOLS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = lock < 0 || flock(lock, LOCK_EX) ? -errno : change(group, settings, count);

	if (lock >= 0)
		close(lock);
	if (!ret)
		return 0;
	if (ret == -ENOENT && !settings[0].value)
		return EX_UNAVAILABLE;
	fprintf(stderr, "%s: cannot change %s: %s\n", program, TOOLS_CONF, strerror(-ret));
	return EX_TEMPFAIL;
}
