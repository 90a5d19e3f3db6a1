// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The operating system. A host turns the short name into one of its own list and shows
 * «other» for what is not in it, so that the names here are those of that list.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "osinfo.h"

#define DETAIL_MAX 10240
#define PAIR_MAX 1024

/* The value of a key of os-release, without its quotes; false: there is none. */
static bool release_get(struct str text, const char *key, char *value, size_t size)
{
	while (text.len) {
		struct str line = str_trim(str_cut(&text, '\n'));
		struct str name = str_cut(&line, '=');
		size_t len = 0;
		char quote = 0;

		if (!str_is(name, key))
			continue;
		if (line.len && (line.at[0] == '"' || line.at[0] == '\''))
			quote = line.at[0];
		for (size_t i = quote ? 1 : 0; i < line.len && len + 1 < size; i++) {
			if (line.at[i] == quote && quote)
				break;
			if (line.at[i] == '\\' && quote == '"' && i + 1 < line.len)
				i++;
			if (line.at[i] == '\0')
				break;
			value[len++] = line.at[i];
		}
		value[len] = '\0';
		return len;
	}
	value[0] = '\0';
	return false;
}

struct rule {
	const char *has, *also;		/* in the name, in small letters */
	const char *name;
	int versions;			/* 0: none; else from this one on the number is added */
	bool arm;			/* there is one for ARM */
};

/* The first that matches: what is in others stands behind them. */
static const struct rule rules[] = {
	{ "red hat", "enterprise", "rhel", 1, true },
	{ "red hat", NULL, "redhat", 0, false },
	{ "opensuse", NULL, "opensuse", 0, false },
	{ "suse", "enterprise", "sles", 10, false },
	{ "suse", NULL, "suse", 0, false },
	{ "almalinux", NULL, "almaLinux", 0, true },
	{ "rocky linux", NULL, "rockyLinux", 0, true },
	{ "centos", NULL, "centos", 6, false },
	{ "oracle", NULL, "oraclelinux", 1, false },
	{ "enterprise linux", NULL, "oraclelinux", 1, false },
	{ "ubuntu", NULL, "ubuntu", 0, true },
	{ "debian", NULL, "debian", 1, true },
	{ "amazon", NULL, "amazonlinux", 1, false },
	{ "fedora", NULL, "Fedora", 0, false },
	{ "photon", NULL, "vmware-photon", 0, true },
	{ "flatcar", NULL, "flatcar", 0, false },
	{ "kylin", NULL, "kylinlinux", 0, false },
	{ "miracle linux", NULL, "miraclelinux", 0, false },
	{ "prolinux", NULL, "prolinux", 0, false },
	{ "fusionos", NULL, "fusionos", 0, false },
	{ "asianux", NULL, "asianux", 3, false },
	{ "gentoo", NULL, "Gentoo", 0, false },
	{ "slackware", NULL, "Slackware", 0, false },
	{ "pardus", NULL, "pardus", 0, false },
	{ "mandriva", NULL, "mandriva", 0, false },
	{ "mandrake", NULL, "mandrake", 0, false },
	{ "turbolinux", NULL, "turbolinux", 0, false },
	{ "arch linux", NULL, "Arch", 0, false },
};

static int clamp_version(const char *name, int version)
{
	if (!strcmp(name, "debian") && version < 4)
		return 4;
	if (!strcmp(name, "amazonlinux"))	/* 2023 is the third; hosts count */
		return version < 2 ? 2 : version > 2 ? 3 : 2;
	return version;
}

static bool known_version(const struct rule *rule, int version)
{
	static const int sles[] = { 10, 11, 12, 15, 16 };

	if (strcmp(rule->name, "sles"))
		return version >= rule->versions;
	for (size_t i = 0; i < sizeof(sles) / sizeof(sles[0]); i++)
		if (sles[i] == version)
			return true;
	return false;
}

static void short_name(struct osinfo *os, const char *names, int version,
		       const struct utsname *name)
{
	bool arm = !strncmp(name->machine, "aarch64", 7) || !strncmp(name->machine, "arm", 3);
	const char *bits = strstr(name->machine, "64") ? "-64" : "";
	char number[16] = "";

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];

		if (!strstr(names, rule->has) || (rule->also && !strstr(names, rule->also)))
			continue;
		version = clamp_version(rule->name, version);
		if (rule->versions && version && known_version(rule, version))
			snprintf(number, sizeof(number), "%d", version);
		snprintf(os->short_name, sizeof(os->short_name), "%s%s%s%s",
			 arm && rule->arm ? "arm-" : "", rule->name, number, bits);
		return;
	}
	version = atoi(name->release);
	if (version < 3)
		version = 26;
	if (version > 7 && version != 26)
		version = 7;
	snprintf(os->short_name, sizeof(os->short_name), "%sother%dxlinux%s",
		 arm && version >= 5 && version != 26 ? "arm-" : "", version, bits);
}

void osinfo_read(struct osinfo *os, struct str release, const struct utsname *name)
{
	char pretty[256], plain[128], id[64], names[512];
	size_t len;

	release_get(release, "PRETTY_NAME", pretty, sizeof(pretty));
	release_get(release, "NAME", plain, sizeof(plain));
	release_get(release, "VERSION_ID", id, sizeof(id));
	len = (size_t)snprintf(names, sizeof(names), "%s %s", pretty, plain);
	for (size_t i = 0; i < len; i++)
		names[i] = (char)tolower((unsigned char)names[i]);
	short_name(os, names, id[0] >= '0' && id[0] <= '9' ? (int)strtol(id, NULL, 10) : 0, name);
	snprintf(os->full, sizeof(os->full), "%s %s%s%s", name->sysname, name->release,
		 pretty[0] || plain[0] ? " " : "", pretty[0] ? pretty : plain);
}

static void add_pair(struct buf *out, const char *key, const char *value)
{
	char text[PAIR_MAX];
	size_t len = strlen(value), n;

	while (len && value[len - 1] == ' ')
		len--;
	n = (size_t)snprintf(text, sizeof(text), "%s='", key);
	for (size_t i = 0; i < len; i++) {
		if (n + 4 > sizeof(text))
			return;
		if (value[i] == '\'' || value[i] == '\\')
			text[n++] = '\\';
		text[n++] = value[i];
	}
	text[n++] = '\'';
	if (!len || out->len + n + 1 > DETAIL_MAX)
		return;
	if (out->len)
		buf_char(out, ' ');
	buf_add(out, text, n);
}

static void add_release(struct buf *out, const char *key, struct str release, const char *from,
			const char *fallback)
{
	char value[512];

	add_pair(out, key, release_get(release, from, value, sizeof(value)) ? value : fallback);
}

void osinfo_detail(const struct osinfo *os, struct str release, const struct utsname *name,
		   struct buf *out)
{
	static const char version[4] = { 1 };
	struct buf text = { 0 };
	char head[648] = "";

	memcpy(head, version, sizeof(version));
	memcpy(head + 4, os->short_name, sizeof(os->short_name));
	memcpy(head + 133, os->full, sizeof(os->full));
	buf_clear(out);
	buf_add(out, head, sizeof(head));

	/* In the order of the alphabet, which readers count on. */
	add_pair(&text, "architecture", name->machine[0] == 'a' ? "Arm" : "X86");
	add_pair(&text, "bitness", strstr(name->machine, "64") ? "64" : "32");
	add_release(&text, "buildNumber", release, "BUILD_ID", "");
	add_release(&text, "cpeString", release, "CPE_NAME", "");
	add_release(&text, "distroAddlVersion", release, "VERSION", "");
	add_release(&text, "distroName", release, "NAME", name->sysname);
	add_release(&text, "distroVersion", release, "VERSION_ID", "");
	add_pair(&text, "familyName", "Linux");
	add_pair(&text, "kernelVersion", name->release);
	add_release(&text, "prettyName", release, "PRETTY_NAME", "");
	buf_add(out, buf_text(&text), text.len + 1);
	if (text.error && !out->error)
		out->error = text.error;
	buf_free(&text);
}
