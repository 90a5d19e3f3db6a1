// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The manual against the driver: each counter that ethtool shows has its line
 * in Documentation/admin/vmxnet3.md, and each line there has its counter; the
 * manual page quotes log messages and tracepoints that exist.
 *
 * Both are read as text: the counters' names are in tables of vmxnet3_stats.c
 * and vmxnet3_reset.c, the manual's lines begin with "| `name` |" below
 * «## Counters».
 */
#include "unit.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NAMES 256

struct names {
	char name[MAX_NAMES][64];
	size_t count;
};

static const struct {
	const char *file, *table, *prefix;
} tables[] = {
	{ "vmxnet3_stats.c", " vmxnet3_tx_names[", "tx_" },
	{ "vmxnet3_stats.c", " vmxnet3_rx_names[", "rx_" },
	{ "vmxnet3_stats.c", " vmxnet3_dev_tx_names[", "dev_tx_" },
	{ "vmxnet3_stats.c", " vmxnet3_dev_rx_names[", "dev_rx_" },
	{ "vmxnet3_stats.c", " vmxnet3_event_names[", "event_" },
	{ "vmxnet3_reset.c", " vmxnet3_reset_names[", "reset_" },
};

static void add(struct names *names, const char *prefix, const char *name,
		size_t len)
{
	EXPECT(names->count < MAX_NAMES);
	snprintf(names->name[names->count++], sizeof(names->name[0]), "%s%.*s",
		 prefix, (int)len, name);
}

static bool has(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (!strcmp(names->name[i], name))
			return true;
	return false;
}

static void blank_comments(char *text)
{
	char *start, *end;

	for (start = text; (start = strstr(start, "/*")); start = end) {
		end = strstr(start, "*/");
		EXPECT(end);
		memset(start, ' ', (size_t)(end - start));
	}
}

/* Strings of the initialiser of a table in a source file. */
static void names_of_table(struct names *names, const char *file,
			   const char *table, const char *prefix)
{
	size_t before = names->count;
	char path[128];
	char *text, *at, *end;

	snprintf(path, sizeof(path), "drivers/vmxnet3/%s", file);
	text = tree_file(path);
	blank_comments(text);
	at = strstr(text, table);
	EXPECT_MSG(at, "%s has no table%s", path, table);
	end = strstr(at, "};");
	EXPECT(end);
	*end = '\0';
	while ((at = strchr(at, '"'))) {
		size_t len = strcspn(++at, "\"");

		add(names, prefix, at, len);
		at += len + 1;
	}
	EXPECT_MSG(names->count > before, "%s: table%s is empty", path, table);
	free(text);
}

static void names_of_manual(struct names *names)
{
	char *text = tree_file("Documentation/admin/vmxnet3.md");
	char *at = strstr(text, "\n## Counters\n");
	char *end;

	EXPECT_MSG(at, "the manual has no section «Counters»");
	at++;
	end = strstr(at + 1, "\n## ");
	if (end)
		*end = '\0';
	while ((at = strstr(at, "\n| `"))) {
		size_t len = strcspn(at += 4, "`");

		add(names, "", at, len);
	}
	free(text);
}

START_TEST(each_counter_is_in_the_manual_and_nothing_else_is)
{
	static struct names driver, manual;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		names_of_table(&driver, tables[i].file, tables[i].table,
			       tables[i].prefix);
	names_of_manual(&manual);

	for (i = 0; i < driver.count; i++)
		EXPECT_MSG(has(&manual, driver.name[i]),
			   "%s is not in the manual", driver.name[i]);
	for (i = 0; i < manual.count; i++)
		EXPECT_MSG(has(&driver, manual.name[i]),
			   "the manual has %s, the driver has not",
			   manual.name[i]);
	EXPECT_EQ(manual.count, driver.count);
}
END_TEST

/* All C code of the driver, in one string. */
static char *driver_text(void)
{
	static const char prefix[] = TREE "/";
	size_t len = 0, i;
	char *all = NULL;
	glob_t found;

	EXPECT_EQ(glob(TREE "/drivers/vmxnet3/*.[ch]", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		char *text = tree_file(found.gl_pathv[i] + strlen(prefix));

		all = realloc(all, len + strlen(text) + 1);
		strcpy(all + len, text);
		len += strlen(text);
		free(text);
	}
	globfree(&found);
	return all;
}

/*
 * Each line of the manual page that begins with a marker, up to the character
 * that ends the quotation, must be in the driver with that prefix. An ellipsis
 * in the manual ends the comparison.
 */
static unsigned int check_quotes(const char *driver, const char *begin,
				 const char *end, const char *prefix)
{
	char *page = tree_file("Documentation/man/vmxnet3.4");
	unsigned int quotes = 0;
	char quote[512];
	char *at = page;

	while ((at = strstr(at, begin))) {
		char *dots;

		at += strlen(begin);
		snprintf(quote, sizeof(quote), "%s%.*s", prefix,
			 (int)strcspn(at, end), at);
		dots = strstr(quote, "...");
		if (dots)
			*dots = '\0';
		EXPECT_MSG(strstr(driver, quote),
			   "the manual page quotes «%s», the driver has it not",
			   quote);
		quotes++;
	}
	free(page);
	return quotes;
}

START_TEST(messages_and_tracepoints_of_the_manual_page_exist)
{
	char *driver = driver_text();

	EXPECT(check_quotes(driver, "\n.It \"", "\"\n", "\"") > 5);
	EXPECT(check_quotes(driver, "\n.It Sy ", "\n", "TRACE_EVENT(") > 5);
	free(driver);
}
END_TEST

Suite *docs_suite(void)
{
	Suite *suite = suite_create("manual");
	TCase *tcase = tcase_create("names");

	tcase_add_test(tcase,
		       each_counter_is_in_the_manual_and_nothing_else_is);
	tcase_add_test(tcase,
		       messages_and_tracepoints_of_the_manual_page_exist);
	suite_add_tcase(suite, tcase);
	return suite;
}
