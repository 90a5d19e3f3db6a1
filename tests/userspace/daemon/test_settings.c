// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The configuration: every key, what is wrong, and which file has the last word.
 */
#include <string.h>

#include "bench.h"

static struct settings settings;
static unsigned int complaints, line_of;

static void complain(void *data, unsigned int line, const char *what)
{
	(void)data;
	ck_assert(what[0]);
	complaints++;
	line_of = line;
}

static void read_text(const char *text)
{
	settings_default(&settings);
	complaints = 0;
	settings_read(&settings, str(text), complain, NULL);
}

START_TEST(keys_of_every_kind_are_understood)
{
	read_text("[vmguestd]\nuser=daemon\nvsock=false\ncompat-version=13.0.1\n"
		  "[logging]\nvmsvc.level = debug\n"
		  "[powerops]\npoweron-script=\"my script\"\npoweroff-script=\n"
		  "suspend-script=/opt/s\nscript-timeout=5\n"
		  "[guestinfo]\ndisable-query-diskinfo=true\nexclude-nics=a*,b\nmax-ipv4-routes=0\n"
		  "[vmbackup]\nexcludedFileSystems=/a,/b*\nfreeze-limit=10\n"
		  "[setenvironment]\nA=1\nB=2\nA=3\n[unknown]\nx=y\n[guestinfo]\nunknown=1\n");
	ck_assert_uint_eq(complaints, 0);
	expect_text(settings.user, "daemon");
	ck_assert(!settings.vsock);
	ck_assert_uint_eq(settings.version, 13 << 10 | 1);
	ck_assert_int_eq(settings.log, LOG_DEBUG);
	expect_text(settings.script[0], "/etc/vmware-tools/my script");
	expect_text(settings.script[1], "");
	expect_text(settings.script[2], "/etc/vmware-tools/resume-vm-default");
	expect_text(settings.script[3], "/opt/s");
	ck_assert(settings.script_set[0] && settings.script_set[1] && !settings.script_set[2]);
	ck_assert_uint_eq(settings.script_timeout, 5);
	ck_assert(!settings.disks);
	expect_text(settings.exclude, "a*,b");
	ck_assert_uint_eq(settings.routes4, 0);
	ck_assert_uint_eq(settings.freeze_limit, 10);
	expect_text(settings.env[0], "A=3");
	expect_text(settings.env[1], "B=2");
}
END_TEST

START_TEST(values_that_cannot_be_are_named_and_ignored)
{
	static const char *const wrong[] = {
		"[vmbackup]\nfreeze-limit=0\n", "[vmbackup]\nfreeze-limit=901\n",
		"[vmbackup]\nfreeze-limit=-1\n", "[vmbackup]\nfreeze-limit=ten\n",
		"[timeSync]\ndisable-all=maybe\n", "[logging]\nvmsvc.level=loud\n",
		"[vmguestd]\ncompat-version=12\n", "[vmguestd]\ncompat-version=12.1.2.3\n",
		"[vmguestd]\nuser=a-name-that-is-far-too-long-for-any-user-of-any-system\n",
		"[x]\nneither group nor key\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		read_text(wrong[i]);
		ck_assert_msg(complaints == 1 && line_of == 2, "%s", wrong[i]);
	}
	ck_assert_uint_eq(settings.freeze_limit, 30);
	ck_assert_int_eq(settings.log, LOG_INFO);
}
END_TEST

START_TEST(our_file_has_the_last_word)
{
	bench_file("/etc/vmware-tools/tools.conf", "[vmbackup]\nfreeze-limit=11\ntimeout=5\n");
	bench_file("/etc/vmguest/vmguest.conf", "[vmbackup]\nfreeze-limit=12\n");
	ck_assert(!settings_load(&settings));
	ck_assert_uint_eq(settings.freeze_limit, 12);
	ck_assert_uint_eq(settings.backup_timeout, 5);
}
END_TEST

START_TEST(a_changed_file_takes_effect_and_not_while_frozen)
{
	bench_boot();
	bench->worker.frozen = true;
	bench_file("/etc/vmguest/vmguest.conf", "[guestosinfo]\nshort-name=other5xlinux-64\n");
	worker_reload(&bench->worker);
	ck_assert(bench->worker.reload_pending);
	ck_assert_uint_eq(bench_asked(BROKER_RELOAD), 0);
	bench->worker.frozen = false;
	worker_reload(&bench->worker);
	bench_pass(2000);
	ck_assert_uint_eq(bench_asked(BROKER_RELOAD), 1);
	expect_text(bench->worker.info.os.short_name, "other5xlinux-64");
}
END_TEST

START_TEST(a_text_that_is_cut_anywhere_is_survived)
{
	static const char text[] = "[powerops]\npoweron-script=\"x\\\n[setenvironment]\nA=\\s\\n\\q=";

	for (size_t len = 0; len < sizeof(text); len++) {
		settings_default(&settings);
		settings_read(&settings, str_of(text, len), NULL, NULL);
	}
}
END_TEST

Suite *suite_settings(void)
{
	Suite *suite = suite_create("settings");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, bench_new, bench_free);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, keys_of_every_kind_are_understood);
	tcase_add_test(tcase, values_that_cannot_be_are_named_and_ignored);
	tcase_add_test(tcase, our_file_has_the_last_word);
	tcase_add_test(tcase, a_changed_file_takes_effect_and_not_while_frozen);
	tcase_add_test(tcase, a_text_that_is_cut_anywhere_is_survived);
	suite_add_tcase(suite, tcase);
	return suite;
}
