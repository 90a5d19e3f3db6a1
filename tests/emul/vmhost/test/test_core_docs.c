// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Documentation/emulated-host.md against the tables of options and faults: each has
 * its row there, with the argument that it takes, and each row has its entry.
 */
#include "suite.h"
#include "guest.h"
#include "fake_services.h"
#include "../host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *manual;

static void setup(void)
{
	FILE *file = fopen(TREE "/Documentation/emulated-host.md", "r");
	long size;

	EXPECT(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	manual = calloc(1, size + 1);
	EXPECT(fread(manual, 1, size, file) == (size_t)size);
	fclose(file);
}

static void teardown(void)
{
	free(manual);
}

/* From a heading to the next one, cut out of the manual. */
static char *section(const char *heading)
{
	char *from = strstr(manual, heading), *to;

	EXPECT_MSG(from, "no section %s", heading);
	to = strstr(from + 3, "\n## ");
	if (to)
		*to = 0;
	return from;
}

static unsigned int rows(const char *text)
{
	unsigned int n = 0;

	while ((text = strstr(text, "\n| `"))) {
		n++;
		text++;
	}
	return n;
}

START_TEST(each_fault_has_its_row)
{
	const char *faults = section("\n## Faults");
	unsigned int i;
	char row[200];

	for (i = 0; vh_fault_kinds[i].name; i++) {
		snprintf(row, sizeof(row), "\n| `%s` | %s%s| ", vh_fault_kinds[i].name,
			 vh_fault_kinds[i].arg ? vh_fault_kinds[i].arg : "",
			 vh_fault_kinds[i].arg ? " " : "");
		EXPECT_MSG(strstr(faults, row), "not there: %s", row + 1);
	}
	EXPECT_EQ(rows(faults), i);
}
END_TEST

/* All options at once, with the manual's defaults: that is a host like any other. */
START_TEST(each_option_has_its_default)
{
	struct vh_options usual, given;
	char words[32][100];
	const char *options[32];
	char name[32], value[64], *row = section("\n## The plugin");
	int count = 0;

	while ((row = strstr(row, "\n| `"))) {
		EXPECT(sscanf(row, "\n| `%31[a-z_]` | %63[^|]", name, value) == 2);
		row++;
		value[strcspn(value, " ")] = 0;
		if (!strcmp(value, "none") && strcmp(name, "hypercall"))
			continue;
		if (*value == '`') {
			memmove(value, value + 1, strlen(value));
			value[strcspn(value, "`")] = 0;
		}
		snprintf(words[count], sizeof(words[0]), "%s=%s", name, value);
		options[count] = words[count];
		count++;
	}
	EXPECT_EQ(count, VH_OPTIONS - 2);	/* control and log have no default */
	EXPECT(vh_options_set(&usual, 0, NULL) && vh_options_set(&given, count, options));
	EXPECT(!strcmp(usual.name, given.name));
	vh_options_free(&usual);
	vh_options_free(&given);
	usual.name = given.name = NULL;
	EXPECT(!memcmp(&usual, &given, sizeof(usual)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost manual");
	TCase *tests = tcase_create("manual");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, each_fault_has_its_row);
	tcase_add_test(tests, each_option_has_its_default);
	return run_suite(suite);
}
