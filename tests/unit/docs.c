// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * The manuals against the drivers: each counter has its line in the driver's
 * file of Documentation/admin/, and each line there has its counter; manual
 * pages quote log messages and tracepoints that exist.
 *
 * All are read as text. The names of vmxnet3's counters are in tables of
 * vmxnet3_stats.c and vmxnet3_reset.c, those of vmw_pvscsi's in macros of
 * pvscsi_sysfs.c; a manual's lines begin with one or more of "`name`" in the
 * first column, below «## Counters».
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

static void names_of_manual(struct names *names, const char *manual)
{
	char *text = tree_file(manual);
	char *at = strstr(text, "\n## Counters\n");
	char *end;

	EXPECT_MSG(at, "%s has no section «Counters»", manual);
	at++;
	end = strstr(at + 1, "\n## ");
	if (end)
		*end = '\0';
	while ((at = strstr(at, "\n| `"))) {
		at += 3;
		end = strchr(at, '|');
		EXPECT(end);
		while ((at = strchr(at, '`')) && at < end) {
			size_t len = strcspn(++at, "`");

			add(names, "", at, len);
			at += len + 1;
		}
		at = end;
	}
	free(text);
}

static void expect_same(const struct names *driver, const struct names *manual)
{
	size_t i;

	for (i = 0; i < driver->count; i++)
		EXPECT_MSG(has(manual, driver->name[i]),
			   "%s is not in the manual", driver->name[i]);
	for (i = 0; i < manual->count; i++)
		EXPECT_MSG(has(driver, manual->name[i]),
			   "the manual has %s, the driver has not",
			   manual->name[i]);
	EXPECT_EQ(manual->count, driver->count);
}

START_TEST(each_counter_is_in_the_manual_and_nothing_else_is)
{
	static struct names driver, manual;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		names_of_table(&driver, tables[i].file, tables[i].table,
			       tables[i].prefix);
	names_of_manual(&manual, "Documentation/admin/vmxnet3.md");
	expect_same(&driver, &manual);
}
END_TEST

START_TEST(each_counter_of_pvscsi_is_in_the_manual_and_the_abi)
{
	static const char macro[] = "\nPVSCSI_COUNTER_ATTR(";
	static struct names driver, manual;
	char *text, *at, *abi;

	text = tree_file("drivers/pvscsi/pvscsi_sysfs.c");
	abi = tree_file("Documentation/ABI/testing/sysfs-class-scsi_host-vmw_pvscsi");
	for (at = text; (at = strstr(at, macro));) {
		char line[80];

		at += strlen(macro);
		add(&driver, "", at, strcspn(at, ","));
		snprintf(line, sizeof(line), "\n\t\t%s ",
			 driver.name[driver.count - 1]);
		EXPECT_MSG(strstr(abi, line), "the ABI has no%s", line);
	}
	names_of_manual(&manual, "Documentation/admin/pvscsi.md");
	expect_same(&driver, &manual);
	free(abi);
	free(text);
}
END_TEST

/* All C code of a driver, in one string. */
static char *driver_text(const char *folder)
{
	static const char prefix[] = TREE "/";
	size_t len = 0, i;
	char pattern[128];
	char *all = NULL;
	glob_t found;

	snprintf(pattern, sizeof(pattern), TREE "/drivers/%s/*.[ch]", folder);
	EXPECT_EQ(glob(pattern, 0, NULL, &found), 0);
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
static unsigned int check_quotes(const char *manual, const char *driver,
				 const char *begin, const char *end,
				 const char *prefix)
{
	char *page = tree_file(manual);
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

static const struct {
	const char *page, *folder;
} pages[] = {
	{ "Documentation/man/vmxnet3.4", "vmxnet3" },
	{ "Documentation/man/vmw_pvscsi.4", "pvscsi" },
};

START_TEST(messages_and_tracepoints_of_the_manual_page_exist)
{
	const char *page = pages[_i].page;
	char *driver = driver_text(pages[_i].folder);

	EXPECT(check_quotes(page, driver, "\n.It \"", "\"\n", "\"") > 5);
	EXPECT(check_quotes(page, driver, "\n.It Sy ", "\n",
			    "TRACE_EVENT(") > 5);
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
		       each_counter_of_pvscsi_is_in_the_manual_and_the_abi);
	tcase_add_loop_test(tcase,
			    messages_and_tracepoints_of_the_manual_page_exist,
			    0, ARRAY_SIZE(pages));
	suite_add_tcase(suite, tcase);
	return suite;
}
