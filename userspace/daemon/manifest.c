// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The manifest of a quiesced snapshot. It says the same of each.
 */
#include <errno.h>
#include <stdio.h>

#include "file.h"
#include "files.h"
#include "manifest.h"

int manifest_write(const struct settings *settings)
{
	char path[4096], version[32], text[256];
	int len;

	if (!files_path(path, sizeof(path), MANIFEST))
		return -ENAMETOOLONG;
	settings_version(settings, version, sizeof(version));
	len = snprintf(text, sizeof(text),
		       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		       "<quiesceManifest>\n"
		       "  <productVersion>%s</productVersion>\n"
		       "  <providerName>fifreeze</providerName>\n"
		       "</quiesceManifest>\n", version);
	return file_replace(path, text, (size_t)len, 0644);
}
