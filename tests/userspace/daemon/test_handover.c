// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What stands between a host's files and cloud-init, in a root folder of the test's own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "files.h"
#include "handover.h"

#define IMC HANDOVER_FOLDER
#define NO "disable_vmware_customization: false\n"

static struct handover handover;

static void start(void)
{
	bench_new();
	bench_file("/usr/bin/cloud-init", "#!/bin/sh\necho $0 21.1\n");
	bench_file("/etc/cloud/cloud.cfg", "users: []\n" NO);
	bench_file("/var/log/x", "");
	bench_file("/run/x", "");
	handover = (struct handover){ 0 };
	ck_assert_int_eq(handover_add(&handover, BROKER_FILE_CONFIG, str("[NET")), 0);
	ck_assert_int_eq(handover_add(&handover, BROKER_FILE_NICS, str("")), 0);
	ck_assert_int_eq(handover_add(&handover, BROKER_FILE_CONFIG, str("WORK]\n")), 0);
}

static void end(void)
{
	handover_forget(&handover);
	bench_free();
}

static const char *below(const char *path)
{
	static char whole[256];

	ck_assert(files_path(whole, sizeof(whole), path));
	return whole;
}

static void make_link(const char *path, const char *to)
{
	char whole[256];

	ck_assert(files_path(whole, sizeof(whole), to));
	ck_assert(!symlink(whole, below(path)));
}

static void make_program(const char *text)
{
	bench_file("/usr/bin/cloud-init", text);
	ck_assert(!chmod(below("/usr/bin/cloud-init"), 0755));
}

static void expect_file(const char *path, const char *contents)
{
	struct buf text = { 0 };
	struct stat st;

	ck_assert_int_eq(files_read(path, &text, 100), 0);
	ck_assert_str_eq(buf_text(&text), contents);
	buf_free(&text);
	ck_assert(!lstat(below(path), &st) && S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}

static void expect_nothing(int reason)
{
	ck_assert_int_eq(handover_write(&handover, false), reason);
	ck_assert(!files_exist(IMC "/cust.cfg"));
	ck_assert(files_exist("/var/log/.vmware-deploy.ERRORED"));
	ck_assert(!files_exist("/var/log/.vmware-deploy.INPROGRESS"));
}

START_TEST(cloud_init_finds_its_files)
{
	struct stat st;

	ck_assert_int_eq(handover_write(&handover, false), 0);
	expect_file(IMC "/cust.cfg", "[NETWORK]\n");
	expect_file(IMC "/nics.txt", "");
	ck_assert(!files_exist(IMC "/metadata") && !files_exist(IMC "/.cust.cfg"));
	ck_assert(!stat(below(IMC), &st));
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert(files_exist("/var/log/.vmware-deploy.Done"));
}
END_TEST

START_TEST(files_of_an_earlier_one_do_not_stay)
{
	bench_file(IMC "/metadata", "old");
	bench_file(IMC "/cust.cfg", "old");
	chmod(below(IMC), 0777);
	ck_assert_int_eq(handover_write(&handover, false), 0);
	expect_file(IMC "/cust.cfg", "[NETWORK]\n");
	ck_assert(!files_exist(IMC "/metadata"));
}
END_TEST

START_TEST(no_link_is_followed)
{
	bench_file("/etc/shadow", "secret");
	bench_file(IMC "/x", "");
	make_link(IMC "/cust.cfg", "/etc/shadow");
	make_link(IMC "/nics.txt", "/etc/shadow");
	make_link(IMC "/.cust.cfg", "/etc/shadow");
	make_link("/var/log/.vmware-deploy.Done", "/etc/shadow");
	ck_assert_int_eq(handover_write(&handover, false), 0);
	expect_file(IMC "/cust.cfg", "[NETWORK]\n");
	expect_file(IMC "/nics.txt", "");
	ck_assert(files_exist("/etc/shadow"));
}
END_TEST

START_TEST(a_folder_that_is_a_link_is_not_ours)
{
	bench_file("/elsewhere/x", "");
	make_link(IMC, "/elsewhere");
	ck_assert_int_eq(handover_write(&handover, false), BROKER_NOT_WRITTEN);
	ck_assert(!files_exist("/elsewhere/cust.cfg"));
}
END_TEST

START_TEST(somebody_elses_folder_is_not_ours)
{
	bench_file(IMC "/x", "");
	ck_assert(!chown(below(IMC), 1, 1));
	expect_nothing(BROKER_NOT_WRITTEN);
}
END_TEST

START_TEST(without_cloud_init_there_is_nobody_to_hand_over_to)
{
	bench_file("/run/cloud-init/disabled", "");
	expect_nothing(BROKER_NO_CLOUD_INIT);
	ck_assert(!remove(below("/run/cloud-init/disabled")));
	bench_file("/etc/cloud/cloud-init.disabled", "");
	expect_nothing(BROKER_NO_CLOUD_INIT);
	ck_assert(!remove(below("/etc/cloud/cloud-init.disabled")));
	bench_file("/run/cloud-init/result.json", "{}");
	expect_nothing(BROKER_TOO_LATE);
	ck_assert(!remove(below("/run/cloud-init/result.json")));
	ck_assert(!remove(below("/usr/bin/cloud-init")));
	expect_nothing(BROKER_NO_CLOUD_INIT);
}
END_TEST

START_TEST(its_administrator_has_the_last_word)
{
	static const struct {
		const char *config, *first, *second;
		bool yes;
	} cases[] = {
		{ "", "", "", false },
		{ NO, "", "", true },
		{ "disable_vmware_customization: true\n", NO, "", false },
		{ "", NO, "", true },
		{ "", NO, "disable_vmware_customization: true\n", false },
		{ "", "disable_vmware_customization: true\n", NO, true },
		{ "#" NO, "x" NO, "", false },
		{ "disable_vmware_customization: False  # since 2024\n", "", "", true },
		{ "  disable_vmware_customization:false", "", "", true },
		{ "disable_vmware_customization: maybe\n", "", "", false },
		{ NO "disable_vmware_customization: true", "", "", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bench_file("/etc/cloud/cloud.cfg", cases[i].config);
		bench_file("/etc/cloud/cloud.cfg.d/05_first.cfg", cases[i].first);
		bench_file("/etc/cloud/cloud.cfg.d/90_second.cfg", cases[i].second);
		bench_file("/etc/cloud/cloud.cfg.d/README", NO);
		ck_assert_msg(handover_write(&handover, false) ==
			      (cases[i].yes ? 0 : BROKER_NO_PERMISSION), "case %zu", i);
	}
}
END_TEST

START_TEST(raw_data_is_for_who_knows_it)
{
	bench_file("/etc/cloud/cloud.cfg", "");
	make_program("#!/bin/sh\n[ \"$1\" = --version ] && echo \"$0 21.1\"\n");
	ck_assert_int_eq(handover_write(&handover, false), BROKER_NO_PERMISSION);
	ck_assert_int_eq(handover_write(&handover, true), 0);
	make_program("#!/bin/sh\necho \"$0 25.1.4\" >&2\n");
	ck_assert_int_eq(handover_write(&handover, true), 0);
	make_program("#!/bin/sh\necho \"$0 20.4.1\"\n");
	ck_assert_int_eq(handover_write(&handover, true), BROKER_NO_RAW);
	make_program("#!/bin/sh\necho \"$0 25.1.4\"; exit 1\n");
	ck_assert_int_eq(handover_write(&handover, true), BROKER_NO_RAW);
	make_program("#!/bin/sh\n");
	ck_assert_int_eq(handover_write(&handover, true), BROKER_NO_RAW);
}
END_TEST

START_TEST(versions_are_read_as_numbers)
{
	ck_assert(handover_raw_version(str("/usr/bin/cloud-init 21.1")));
	ck_assert(handover_raw_version(str("/usr/bin/cloud-init 22.4.2-0ubuntu1\n")));
	ck_assert(handover_raw_version(str("cloud-init 100.0")));
	ck_assert(!handover_raw_version(str("/usr/bin/cloud-init 21.0")));
	ck_assert(!handover_raw_version(str("/usr/bin/cloud-init 21")));
	ck_assert(!handover_raw_version(str("/usr/bin/cloud-init x.y")));
	ck_assert(!handover_raw_version(str("21.1")));
	ck_assert(!handover_raw_version(str("")));
}
END_TEST

START_TEST(too_much_is_not_taken)
{
	static char piece[BROKER_PIECE];

	handover_forget(&handover);
	for (size_t i = 0; i < BROKER_FILE_MAX / BROKER_PIECE; i++)
		ck_assert_int_eq(handover_add(&handover, BROKER_FILE_USERDATA,
					      str_of(piece, sizeof(piece))), 0);
	ck_assert_int_eq(handover_add(&handover, BROKER_FILE_USERDATA, str_of(piece, 1)), -EFBIG);
	/* And without the file that it waits for nothing is written. */
	expect_nothing(BROKER_NOT_WRITTEN);
}
END_TEST

Suite *suite_handover(void)
{
	Suite *suite = suite_create("handover");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, start, end);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, cloud_init_finds_its_files);
	tcase_add_test(tcase, files_of_an_earlier_one_do_not_stay);
	tcase_add_test(tcase, no_link_is_followed);
	tcase_add_test(tcase, a_folder_that_is_a_link_is_not_ours);
	tcase_add_test(tcase, somebody_elses_folder_is_not_ours);
	tcase_add_test(tcase, without_cloud_init_there_is_nobody_to_hand_over_to);
	tcase_add_test(tcase, its_administrator_has_the_last_word);
	tcase_add_test(tcase, raw_data_is_for_who_knows_it);
	tcase_add_test(tcase, versions_are_read_as_numbers);
	tcase_add_test(tcase, too_much_is_not_taken);
	suite_add_tcase(suite, tcase);
	return suite;
}
