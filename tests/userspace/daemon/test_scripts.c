// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Scripts: which, in what order, with which words, and what is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "files.h"
#include "scripts.h"

static struct settings settings;

static void script(const char *path, const char *more, mode_t mode)
{
	char text[512], whole[256];

	snprintf(text, sizeof(text), "#!/bin/sh\necho \"${0##*/} $*\" >>%s/said\n%s\n",
		 bench->root, more);
	bench_file(path, text);
	ck_assert(files_path(whole, sizeof(whole), path));
	ck_assert(!chmod(whole, mode));
}

static const char *said(void)
{
	static struct buf text;
	char path[128];

	files_read("/said", &text, 4096);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\n')
			text.data[i] = ';';
	snprintf(path, sizeof(path), "%s/said", bench->root);
	remove(path);
	return buf_text(&text);
}

static void setup(void)
{
	bench_new();
	settings_default(&settings);
	settings.script_timeout = 20;
	chmod(bench->root, 0755);
}

START_TEST(nothing_there_is_a_success)
{
	for (enum broker_script i = 0; i < BROKER_SCRIPTS; i++)
		ck_assert_int_eq(scripts_run(&settings, i), 0);
	expect_text(said(), "");
}
END_TEST

START_TEST(the_default_file_is_run_with_its_word)
{
	script("/etc/vmware-tools/poweron-vm-default", "", 0755);
	script("/etc/vmware-tools/poweroff-vm-default", "exit 3", 0755);
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_POWERON), 0);
	expect_text(said(), "poweron-vm-default poweron-vm;");
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_POWEROFF), 3);
}
END_TEST

/* The broker's processes are killed late where memory is short; what a script eats is its own matter. */
START_TEST(a_script_is_not_spared_where_memory_is_short)
{
	struct buf text = { 0 };

	bench_file("/proc/self/oom_score_adj", "-500");
	script("/etc/vmware-tools/poweron-vm-default", "", 0755);
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_POWERON), 0);
	ck_assert(!files_read("/proc/self/oom_score_adj", &text, 1));
	expect_text(buf_text(&text), "0");
	buf_free(&text);
}
END_TEST

START_TEST(without_it_the_folders_are_run_in_order_and_back)
{
	script("/etc/vmware-tools/scripts/vmware/network", "", 0755);
	script("/etc/vmware-tools/suspend-vm-default.d/b", "", 0755);
	script("/etc/vmware-tools/suspend-vm-default.d/a", "", 0755);
	script("/etc/vmware-tools/suspend-vm-default.d/not", "", 0644);
	script("/etc/vmware-tools/resume-vm-default.d/c", "", 0755);
	scripts_run(&settings, BROKER_SCRIPT_RESUME);
	expect_text(said(), "network resume-vm;c resume-vm;");
	scripts_run(&settings, BROKER_SCRIPT_SUSPEND);
	expect_text(said(), "b suspend-vm;a suspend-vm;network suspend-vm;");
	/* An empty value is none at all. */
	settings.script[BROKER_SCRIPT_SUSPEND][0] = '\0';
	scripts_run(&settings, BROKER_SCRIPT_SUSPEND);
	expect_text(said(), "");
}
END_TEST

START_TEST(what_others_could_have_written_is_refused)
{
	char whole[256];

	script("/etc/vmware-tools/poweron-vm-default", "", 0777);
	ck_assert_int_lt(scripts_run(&settings, BROKER_SCRIPT_POWERON), 0);
	script("/etc/vmware-tools/poweron-vm-default", "", 0755);
	ck_assert(files_path(whole, sizeof(whole), "/etc/vmware-tools"));
	chmod(whole, 0777);
	ck_assert_int_eq(scripts_check("/etc/vmware-tools/poweron-vm-default"), -EPERM);
	ck_assert_int_lt(scripts_run(&settings, BROKER_SCRIPT_POWERON), 0);
	expect_text(said(), "");
	chmod(whole, 0755);
	ck_assert_int_eq(scripts_check("/etc/vmware-tools/poweron-vm-default"), 0);
	ck_assert_int_eq(scripts_check("/etc/vmware-tools"), -EACCES);
	ck_assert_int_eq(scripts_check("/etc/vmware-tools/x"), -ENOENT);
}
END_TEST

START_TEST(a_link_is_as_good_as_what_it_leads_to)
{
	char from[256], to[256], folder[256];

	script("/opt/own/script", "", 0755);
	ck_assert(files_path(folder, sizeof(folder), "/opt/own"));
	ck_assert(files_path(from, sizeof(from), "/etc/vmware-tools/poweron-vm-default"));
	ck_assert(files_path(to, sizeof(to), "/opt/own/script"));
	bench_file("/etc/vmware-tools/x", "");
	ck_assert(!symlink(to, from));
	ck_assert_int_eq(scripts_check("/etc/vmware-tools/poweron-vm-default"), 0);
	chmod(folder, 0777);
	ck_assert_int_eq(scripts_check("/etc/vmware-tools/poweron-vm-default"), -EPERM);
	ck_assert_int_lt(scripts_run(&settings, BROKER_SCRIPT_POWERON), 0);
	expect_text(said(), "");
}
END_TEST

/* It could lead elsewhere by the time when the script is run. */
START_TEST(a_link_of_somebody_elses_is_refused)
{
	char folder[256], link[256];

	script("/opt/own/script", "", 0755);
	bench_file("/shared/x", "");
	ck_assert(files_path(folder, sizeof(folder), "/shared"));
	ck_assert(!chmod(folder, 01777));
	script("/shared/roots", "", 0755);
	ck_assert_int_eq(scripts_check("/shared/roots"), 0);
	ck_assert(files_path(link, sizeof(link), "/shared/way"));
	ck_assert(!symlink("../opt/own", link));
	ck_assert_int_eq(scripts_check("/shared/way/script"), 0);
	ck_assert(!lchown(link, 1000, 1000));
	ck_assert_int_eq(scripts_check("/shared/way/script"), -EPERM);
	ck_assert(files_path(link, sizeof(link), "/shared/last"));
	ck_assert(!symlink("../opt/own/script", link));
	ck_assert_int_eq(scripts_check("/shared/last"), 0);
	ck_assert(!lchown(link, 1000, 1000));
	ck_assert_int_eq(scripts_check("/shared/last"), -EPERM);
}
END_TEST

START_TEST(backup_scripts_around_a_snapshot)
{
	snprintf(settings.script_arg, sizeof(settings.script_arg), "its own");
	script("/usr/sbin/pre-freeze-script", "", 0755);
	script("/usr/sbin/post-thaw-script", "", 0755);
	script("/etc/vmware-tools/backupScripts.d/10-a", "", 0755);
	script("/etc/vmware-tools/backupScripts.d/20-b", "", 0755);
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_FREEZE), 0);
	expect_text(said(), "pre-freeze-script freeze its own;10-a freeze its own;20-b freeze its own;");
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_THAW), 0);
	expect_text(said(), "20-b thaw its own;10-a thaw its own;post-thaw-script thaw its own;");
	script("/etc/vmware-tools/backupScripts.d/15-x", "[ \"$1\" != freeze ]", 0755);
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_FREEZE), 1);
	expect_text(said(), "pre-freeze-script freeze its own;10-a freeze its own;15-x freeze its own;"
		    "15-x freezeFail its own;10-a freezeFail its own;pre-freeze-script freezeFail its own;");
}
END_TEST

START_TEST(one_that_hangs_is_killed_with_all_its_children)
{
	settings.script_timeout = 1;
	script("/etc/vmware-tools/poweron-vm-default", "cat /dev/zero >/dev/null & wait", 0755);
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_POWERON), -ETIME);
}
END_TEST

START_TEST(the_environment_is_clean)
{
	setenv("SECRET", "x", 1);
	snprintf(settings.env[0], sizeof(settings.env[0]), "A=b c");
	script("/etc/vmware-tools/poweron-vm-default", "echo \"[$SECRET] $A $LANG $HOME $(pwd)\" >>\"${0%/etc*}/said\"",
	       0755);
	ck_assert_int_eq(scripts_run(&settings, BROKER_SCRIPT_POWERON), 0);
	expect_text(said(), "poweron-vm-default poweron-vm;[] b c C / /;");
}
END_TEST

Suite *suite_scripts(void)
{
	Suite *suite = suite_create("scripts");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, setup, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, nothing_there_is_a_success);
	tcase_add_test(tcase, the_default_file_is_run_with_its_word);
	tcase_add_test(tcase, a_script_is_not_spared_where_memory_is_short);
	tcase_add_test(tcase, without_it_the_folders_are_run_in_order_and_back);
	tcase_add_test(tcase, what_others_could_have_written_is_refused);
	tcase_add_test(tcase, a_link_is_as_good_as_what_it_leads_to);
	tcase_add_test(tcase, a_link_of_somebody_elses_is_refused);
	tcase_add_test(tcase, backup_scripts_around_a_snapshot);
	tcase_add_test(tcase, one_that_hangs_is_killed_with_all_its_children);
	tcase_add_test(tcase, the_environment_is_clean);
	suite_add_tcase(suite, tcase);
	return suite;
}
