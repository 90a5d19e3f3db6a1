// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The options that a host is started with: "name=value" each, as QEMU's -plugin
 * takes them. One table says all of them; Documentation/emulated-host.md repeats it.
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmw/backdoor_dev.h>

enum kind { TEXT, SWITCH, NUMBER, UUID, HYPERCALL };

#define AT(field) offsetof(struct vh_options, field)

static const struct option {
	const char *name;
	enum kind kind;
	size_t at;
	uint64_t low, high;
} table[VH_OPTIONS] = {
	{ "control", TEXT, AT(control), 0, 0 },
	{ "log", TEXT, AT(log), 0, 0 },
	{ "name", TEXT, AT(name), 0, 0 },
	{ "uuid", UUID, AT(uuid), 0, 0 },
	{ "cpuid", SWITCH, AT(cpuid), 0, 0 },
	{ "hypercall", HYPERCALL, 0, 0, 0 },
	{ "hb", SWITCH, AT(hb), 0, 0 },
	{ "cookies", SWITCH, AT(cookies), 0, 0 },
	{ "balloon", SWITCH, AT(balloon), 0, 0 },
	{ "privilege", NUMBER, AT(privilege), 0, 3 },
	{ "memory", NUMBER, AT(memory), 1, 1 << 24 },
	{ "mhz", NUMBER, AT(mhz), 1, 1 << 20 },
	{ "tsc_hz", NUMBER, AT(tsc_hz), 0, UINT64_C(1) << 40 },
	{ "bus_hz", NUMBER, AT(bus_hz), 1, UINT32_MAX },
	{ "product", NUMBER, AT(product), BACKDOOR_PRODUCT_UNSET, BACKDOOR_PRODUCT_ACE },
	{ "hwversion", NUMBER, AT(hwversion), 3, 99 },
	{ "build", NUMBER, AT(build), 0, UINT32_MAX - 1 },
	{ "channels", NUMBER, AT(channels), 1, BACKDOOR_CHANNELS },
	{ "idle", NUMBER, AT(idle), 0, 1 << 30 },
	{ "seed", NUMBER, AT(seed), 0, UINT64_MAX },
};

static const struct vh_options defaults = {
	/* §4.4: any UUID will do; this one reads VMware in its first bytes, as theirs do */
	.uuid = { 0x56, 0x4d, 0x77, 0x61, 0x72, 0x65, 0x40, 0x00,
		  0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01 },
	.cpuid = true,
	.hb = true,
	.cookies = true,
	.balloon = true,
	.privilege = 3,
	.memory = 512,
	.mhz = 1000,
	.bus_hz = 1000000000,	/* of QEMU's local APIC */
	.product = BACKDOOR_PRODUCT_ESX,
	.hwversion = 21,
	.build = 24022510,
	.channels = BACKDOOR_CHANNELS,
	.idle = 80,
	.seed = 1,
};

static bool set_text(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
	return *field && *value;
}

static bool set_switch(bool *field, const char *value)
{
	*field = !strcmp(value, "on");
	return *field || !strcmp(value, "off");
}

static bool set_number(uint64_t *field, const char *value, const struct option *option)
{
	char *end;

	errno = 0;
	*field = strtoull(value, &end, 0);
	return isdigit((unsigned char)*value) && !*end && !errno && *field >= option->low &&
	       *field <= option->high;
}

/* 32 digits, as people write them: with "-" or blanks between bytes, or nothing. */
static bool set_uuid(uint8_t uuid[16], const char *value)
{
	char pair[3] = "";
	size_t n = 0;

	while (*value) {
		if (*value == '-' || *value == ' ') {
			value++;
			continue;
		}
		if (n == 16 || !isxdigit((unsigned char)value[0]) ||
		    !isxdigit((unsigned char)value[1]))
			return false;
		memcpy(pair, value, 2);
		uuid[n++] = strtoul(pair, NULL, 16);
		value += 2;
	}
	return n == 16;
}

static bool set_hypercall(struct vh_options *options, const char *value)
{
	options->vmcall = !strcmp(value, "vmcall") || !strcmp(value, "both");
	options->vmmcall = !strcmp(value, "vmmcall") || !strcmp(value, "both");
	return options->vmcall || options->vmmcall || !strcmp(value, "none");
}

static bool set(struct vh_options *options, const struct option *option, const char *value)
{
	void *field = (char *)options + option->at;

	switch (option->kind) {
	case TEXT:
		return set_text(field, value);
	case SWITCH:
		return set_switch(field, value);
	case NUMBER:
		return set_number(field, value, option);
	case UUID:
		return set_uuid(field, value);
	case HYPERCALL:
		return set_hypercall(options, value);
	}
	return false;
}

/* What was expected of a value that is wrong. */
static void complain(const struct option *option, const char *given)
{
	switch (option->kind) {
	case TEXT:
		fprintf(stderr, "vmhost: %s: %s= needs a value\n", given, option->name);
		break;
	case SWITCH:
		fprintf(stderr, "vmhost: %s: give %s=on or %s=off\n", given, option->name,
			option->name);
		break;
	case NUMBER:
		fprintf(stderr, "vmhost: %s: give %s= a number from %llu to %llu\n", given,
			option->name, (unsigned long long)option->low,
			(unsigned long long)option->high);
		break;
	case UUID:
		fprintf(stderr, "vmhost: %s: give uuid= 32 hexadecimal digits\n", given);
		break;
	case HYPERCALL:
		fprintf(stderr, "vmhost: %s: give hypercall=none, vmcall, vmmcall or both\n",
			given);
		break;
	}
}

static const struct option *find(const char *given, size_t len)
{
	size_t i;

	for (i = 0; i < VH_OPTIONS; i++)
		if (strlen(table[i].name) == len && !memcmp(table[i].name, given, len))
			return &table[i];
	return NULL;
}

bool vh_options_set(struct vh_options *options, int count, const char *const given[])
{
	const struct option *option;
	const char *value;
	size_t i;

	*options = defaults;
	options->name = strdup("vm");
	for (; count; count--, given++) {
		value = strchr(*given, '=');
		option = value ? find(*given, value - *given) : NULL;
		if (!option) {
			fprintf(stderr, "vmhost: %s: no such option; there are", *given);
			for (i = 0; i < VH_OPTIONS; i++)
				fprintf(stderr, " %s=", table[i].name);
			fputc('\n', stderr);
			return false;
		}
		if (!set(options, option, value + 1)) {
			complain(option, *given);
			return false;
		}
	}
	if (options->privilege != 0 && options->privilege != 3) {
		fprintf(stderr, "vmhost: privilege=%llu: give privilege=0 or privilege=3\n",
			(unsigned long long)options->privilege);
		return false;
	}
	return true;
}

void vh_options_free(struct vh_options *options)
{
	free(options->control);
	free(options->log);
	free(options->name);
}
