// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Quiesced snapshots in all states, and what goes wrong in each.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"
#include "vmhost/services.h"

static void start(void)
{
	bench_new();
	bench_boot();
	bench->asked = 0;
	bench->result[BROKER_THAW] = 3;
}

static void begin_by(const char *command)
{
	bench_snapshot(command);
	bench_pass(300);
}

static void begin(void)
{
	begin_by("vmbackup.start 0");
}

/* Events of one that was asked for a manifest, between its begin and its end. */
static void expect_with_manifest(const char *events)
{
	static char all[128];

	begin_by("vmbackup.start 1 /srv");
	bench_command("vmbackup.snapshotDone");
	bench_pass(300);
	snprintf(all, sizeof(all), "reset 0,prov.snapshotCommit 0,%sreq.done 0", events);
	expect_text(bench_backup(), all);
}

static void from_broker(uint32_t op, int32_t result)
{
	struct broker_answer answer = { .op = op, .result = result };

	ck_assert_int_gt(send(bench->broker, &answer, sizeof(answer), 0), 0);
	bench_pass(300);
}

START_TEST(a_snapshot_from_start_to_done)
{
	begin();
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0");
	ck_assert(bench->worker.frozen);
	ck_assert_uint_eq(bench->request[0].script, BROKER_SCRIPT_FREEZE);
	ck_assert_uint_eq(bench_last(BROKER_FREEZE)->freeze.limit, 30000);
	expect_text(bench_command("vmbackup.snapshotDone"), "OK ");
	bench_pass(300);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0,req.done 0");
	ck_assert_uint_eq(bench_last(BROKER_SCRIPT)->script, BROKER_SCRIPT_THAW);
	ck_assert(!bench->worker.frozen);
	ck_assert_uint_eq(bench->worker.quiesce.done, 1);
	/* And once more, from the beginning. */
	begin();
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0");
}
END_TEST

START_TEST(the_host_hears_something_every_few_seconds)
{
	begin();
	bench_pass(20000);
	ck_assert(bench->host->services->quiesce.longest_gap <= 2.6);
	ck_assert(!bench->host->services->quiesce.silent);
	ck_assert_ptr_nonnull(strstr(bench_backup(), "req.keepAlive 0"));
	ck_assert_uint_le(bench->worker.tclo.pause, 100);
}
END_TEST

START_TEST(nothing_is_looked_at_while_frozen)
{
	uint64_t before;

	begin();
	before = bench->worker.info.sent_count;
	bench->asked = 0;
	bench_pass(25000);
	ck_assert_uint_eq(bench->worker.info.sent_count, before);
	ck_assert_uint_eq(bench_asked(BROKER_DISKS), 0);
	expect_text(bench_command("OS_Halt"), "ERROR Error starting script");
	expect_text(bench_command("deployPkg.begin"), "ERROR Disks are frozen");
	/* Two servers in the file, one that is known. */
	bench_file("/etc/resolv.conf", "nameserver 192.0.2.53\nnameserver 192.0.2.54\n");
	bench_command("Set_Option broadcastIP 1");
	ck_assert_uint_eq(bench->worker.info.net.dns.servers, 1);
}
END_TEST

START_TEST(a_freeze_script_that_fails_ends_it_before_anything_is_frozen)
{
	bench->result[BROKER_SCRIPT] = 1;
	begin();
	expect_text(bench_backup(), "reset 0,req.error 2,req.done 0");
	ck_assert_uint_eq(bench_asked(BROKER_FREEZE), 0);
}
END_TEST

START_TEST(file_systems_that_do_not_freeze_are_a_failure_and_scripts_hear_of_it)
{
	bench->result[BROKER_FREEZE] = -EIO;
	begin();
	expect_text(bench_backup(), "reset 0,req.error 3,req.done 0");
	ck_assert_uint_eq(bench_last(BROKER_SCRIPT)->script, BROKER_SCRIPT_FREEZE_FAIL);
	ck_assert(!bench->worker.frozen);
}
END_TEST

START_TEST(nothing_to_freeze_is_synced_if_that_is_configured)
{
	bench->result[BROKER_FREEZE] = -EOPNOTSUPP;
	begin();
	expect_text(bench_backup(), "reset 0,req.error 3,req.done 0");
	bench->worker.settings.null_freeze = true;
	begin();
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0");
	ck_assert_uint_eq(bench_asked(BROKER_SYNC), 1);
	bench_command("vmbackup.snapshotDone");
	bench_pass(300);
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 0);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0,req.done 0");
}
END_TEST

START_TEST(what_cannot_be_synced_is_a_failure)
{
	bench->result[BROKER_FREEZE] = -EOPNOTSUPP;
	bench->result[BROKER_SYNC] = -ETIME;
	bench->worker.settings.null_freeze = true;
	begin();
	expect_text(bench_backup(), "reset 0,req.error 3,req.done 0");
}
END_TEST

START_TEST(abort_while_frozen_thaws)
{
	begin();
	expect_text(bench_command("vmbackup.abort"), "OK ");
	bench_pass(300);
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 1);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0,req.aborted 4,req.done 0");
}
END_TEST

START_TEST(abort_while_scripts_run_freezes_nothing)
{
	bench->hold[BROKER_SCRIPT] = true;
	begin();
	expect_text(bench_command("vmbackup.abort"), "OK ");
	bench->hold[BROKER_SCRIPT] = false;
	bench_answer(BROKER_SCRIPT, 0);
	bench_pass(300);
	ck_assert_uint_eq(bench_asked(BROKER_FREEZE), 0);
	expect_text(bench_backup(), "reset 0,req.aborted 4,req.done 0");
}
END_TEST

START_TEST(abort_while_freezing_calls_it_off)
{
	bench->hold[BROKER_FREEZE] = true;
	begin();
	expect_text(bench_command("vmbackup.abort"), "OK ");
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 1);
	bench_answer(BROKER_FREEZE, -ECANCELED);
	bench_pass(300);
	expect_text(bench_backup(), "reset 0,req.aborted 4,req.done 0");
	ck_assert(!bench->worker.frozen);
}
END_TEST

/* Its answer was on the way: what stands still then is thawed, and nothing committed. */
START_TEST(abort_that_comes_too_late_to_call_it_off_thaws)
{
	bench->hold[BROKER_FREEZE] = true;
	begin();
	expect_text(bench_command("vmbackup.abort"), "OK ");
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 1);
	bench_answer(BROKER_FREEZE, 0);
	bench_pass(300);
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 2);
	expect_text(bench_backup(), "reset 0,req.aborted 4,req.done 0");
	ck_assert(!bench->worker.frozen);
	ck_assert_uint_eq(bench->worker.quiesce.failed, 1);
}
END_TEST

START_TEST(abort_while_writing_out_ends_it)
{
	bench->worker.settings.null_freeze = true;
	bench->result[BROKER_FREEZE] = -EOPNOTSUPP;
	bench->hold[BROKER_SYNC] = true;
	begin();
	expect_text(bench_command("vmbackup.abort"), "OK ");
	bench_answer(BROKER_SYNC, 0);
	bench_pass(300);
	expect_text(bench_backup(), "reset 0,req.aborted 4,req.done 0");
}
END_TEST

START_TEST(a_thaw_script_that_fails_is_told_the_host)
{
	begin();
	bench->result[BROKER_SCRIPT] = 3;
	expect_text(bench_command("vmbackup.snapshotDone"), "OK ");
	bench_pass(300);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0,req.error 2,req.done 0");
	/* The snapshot is good all the same. */
	ck_assert_uint_eq(bench->worker.quiesce.done, 1);
}
END_TEST

START_TEST(where_freezing_is_switched_off_nothing_is_frozen)
{
	bench->worker.settings.freeze = false;
	begin();
	ck_assert_uint_eq(bench_asked(BROKER_FREEZE), 0);
	expect_text(bench_backup(), "reset 0,req.error 3,req.done 0");
	bench->worker.settings.null_freeze = true;
	begin();
	ck_assert_uint_eq(bench_asked(BROKER_FREEZE), 0);
	ck_assert_uint_eq(bench_asked(BROKER_SYNC), 1);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0");
}
END_TEST

START_TEST(no_snapshot_begins_while_the_power_state_changes)
{
	bench->hold[BROKER_SCRIPT] = true;
	expect_text(bench_command("OS_Halt"), "OK ");
	expect_text(bench_command("vmbackup.start 0"),
		    "ERROR Error initializing quiesce operation.");
	ck_assert_int_eq(bench->worker.quiesce.state, QUIESCE_IDLE);
}
END_TEST

START_TEST(a_thaw_of_the_brokers_own_is_told_the_host)
{
	begin();
	from_broker(BROKER_THAWED, 1);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0,req.aborted 4,req.done 0");
	ck_assert_uint_eq(bench->worker.quiesce.failed, 1);
	expect_text(bench_command("vmbackup.snapshotDone"),
		    "ERROR Error: no quiesce operation in progress");
}
END_TEST

START_TEST(a_host_that_never_comes_back_is_given_up)
{
	bench->worker.settings.backup_timeout = 20;
	begin();
	bench_pass(21000);
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 1);
	ck_assert_ptr_nonnull(strstr(bench_backup(), "req.aborted 4,req.done 0"));
}
END_TEST

START_TEST(a_commit_that_the_host_does_not_take_thaws)
{
	bench->hold[BROKER_FREEZE] = true;
	begin();
	vh_fault_ask(bench->host, "open-refused", 0, 100, NULL);
	vh_lock(bench->host);
	vh_channels_close(bench->host, 0);
	vh_unlock(bench->host);
	bench_answer(BROKER_FREEZE, 0);
	bench_pass(300);
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 1);
	ck_assert(!bench->worker.frozen);
}
END_TEST

START_TEST(a_reset_while_frozen_thaws)
{
	begin();
	vh_lock(bench->host);
	vh_tclo_restart(bench->host, false);
	vh_unlock(bench->host);
	bench_pass(1000);
	ck_assert_uint_eq(bench_asked(BROKER_THAW), 1);
	ck_assert_int_eq(bench->worker.quiesce.state, QUIESCE_IDLE);
}
END_TEST

START_TEST(what_does_not_fit_the_state_is_an_error)
{
	expect_text(bench_command("vmbackup.snapshotDone"),
		    "ERROR Error: no quiesce operation in progress");
	expect_text(bench_command("vmbackup.abort"),
		    "ERROR Error: no quiesce operation in progress");
	bench->hold[BROKER_FREEZE] = true;
	begin();
	expect_text(bench_command("vmbackup.start"), "ERROR Quiesce operation already in progress.");
	expect_text(bench_command("vmbackup.snapshotDone"),
		    "ERROR Error: unexpected state for quiesce done message.");
	expect_text(bench_command("Vix_1_SyncDriver_Freeze \"all\" \"100\""), "OK 6 0 ");
}
END_TEST

START_TEST(options_in_xdr)
{
	static const char head[] = "vmbackup.startWithOpts \0\0\0\1\0\0\0\1"
		"\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0"	/* a manifest, no scripts */
		"\0\0\0\3arg\0\0\0\0\5\0\0\0\0";
	static const char version[] = "vmbackup.startWithOpts \0\0\0\2\0\0\0\0";
	struct quiesce_opts opts;

	expect_text(bench_command_bytes(version, sizeof(version) - 1),
		    "ERROR Incompatible quiesce parameter version");
	ck_assert(quiesce_parse(str_of(head + 23, sizeof(head) - 1 - 23), &opts));
	ck_assert(opts.manifest);
	for (size_t len = 0; len < sizeof(head) - 1 - 23; len++)
		ck_assert(!quiesce_parse(str_of(head + 23, len), &opts));
	vh_lock(bench->host);
	vh_quiesce_started(bench->host, false);
	vh_unlock(bench->host);
	expect_text(bench_command_bytes(head, sizeof(head) - 1), "OK ");
	bench_pass(300);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0");
	ck_assert_uint_eq(bench_asked(BROKER_SCRIPT), 0);
	ck_assert_uint_eq(bench_last(BROKER_FREEZE)->freeze.limit, 5000);
	bench_command("vmbackup.snapshotDone");
	bench_pass(300);
	/* File systems at rest are what it wants, and nothing less will do. */
	bench->worker.settings.null_freeze = true;
	bench->result[BROKER_FREEZE] = -EOPNOTSUPP;
	expect_text(bench_command_bytes(head, sizeof(head) - 1), "OK ");
	bench_pass(300);
	ck_assert_uint_eq(bench_asked(BROKER_SYNC), 0);
	ck_assert_ptr_nonnull(strstr(bench_backup(), "req.error 3"));
}
END_TEST

START_TEST(a_manifest_is_written_where_it_is_asked_for)
{
	expect_with_manifest("req.genericManifest 0,");
	ck_assert_uint_eq(bench_asked(BROKER_MANIFEST), 1);
	expect_text(json_string_value(json_object_get(json_array_get(
			bench->host->services->quiesce.events, 2), "description")),
		    "/etc/vmware-tools/quiesce_manifest.xml");
	/* Not told of where there is none, nor where nothing came of the snapshot. */
	bench->result[BROKER_MANIFEST] = 1;
	expect_with_manifest("");
	bench->result[BROKER_MANIFEST] = 0;
	begin_by("vmbackup.start 1");
	bench_command("vmbackup.abort");
	bench_pass(300);
	expect_text(bench_backup(), "reset 0,prov.snapshotCommit 0,req.aborted 4,req.done 0");
	bench->worker.settings.manifest = false;
	expect_with_manifest("");
	ck_assert_uint_eq(bench_asked(BROKER_MANIFEST), 2);
}
END_TEST

START_TEST(a_host_that_knows_no_manifest_is_not_told_again_until_it_is_another_one)
{
	struct vh_buf unknown = { 0 };

	vh_buf_printf(&unknown, "0 Invalid event");
	ck_assert_ptr_null(vh_rpci_override(bench->host, "vmbackup.eventSet req.genericManifest",
					    &unknown));
	vh_buf_free(&unknown);
	expect_with_manifest("");
	expect_with_manifest("");
	ck_assert_uint_eq(bench_asked(BROKER_MANIFEST), 1);
	vh_lock(bench->host);
	vh_tclo_restart(bench->host, false);
	vh_unlock(bench->host);
	bench_pass(1000);
	expect_with_manifest("");
	ck_assert_uint_eq(bench_asked(BROKER_MANIFEST), 2);
}
END_TEST

Suite *suite_quiesce(void)
{
	Suite *suite = suite_create("quiesce");
	TCase *tcase = tcase_create("states");

	tcase_add_checked_fixture(tcase, start, bench_free);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_snapshot_from_start_to_done);
	tcase_add_test(tcase, the_host_hears_something_every_few_seconds);
	tcase_add_test(tcase, nothing_is_looked_at_while_frozen);
	tcase_add_test(tcase, a_freeze_script_that_fails_ends_it_before_anything_is_frozen);
	tcase_add_test(tcase, file_systems_that_do_not_freeze_are_a_failure_and_scripts_hear_of_it);
	tcase_add_test(tcase, nothing_to_freeze_is_synced_if_that_is_configured);
	tcase_add_test(tcase, what_cannot_be_synced_is_a_failure);
	tcase_add_test(tcase, abort_while_frozen_thaws);
	tcase_add_test(tcase, abort_while_scripts_run_freezes_nothing);
	tcase_add_test(tcase, abort_while_freezing_calls_it_off);
	tcase_add_test(tcase, abort_that_comes_too_late_to_call_it_off_thaws);
	tcase_add_test(tcase, abort_while_writing_out_ends_it);
	tcase_add_test(tcase, a_thaw_script_that_fails_is_told_the_host);
	tcase_add_test(tcase, where_freezing_is_switched_off_nothing_is_frozen);
	tcase_add_test(tcase, no_snapshot_begins_while_the_power_state_changes);
	tcase_add_test(tcase, a_thaw_of_the_brokers_own_is_told_the_host);
	tcase_add_test(tcase, a_host_that_never_comes_back_is_given_up);
	tcase_add_test(tcase, a_commit_that_the_host_does_not_take_thaws);
	tcase_add_test(tcase, a_reset_while_frozen_thaws);
	tcase_add_test(tcase, what_does_not_fit_the_state_is_an_error);
	tcase_add_test(tcase, a_manifest_is_written_where_it_is_asked_for);
	tcase_add_test(tcase, a_host_that_knows_no_manifest_is_not_told_again_until_it_is_another_one);
	tcase_add_test(tcase, options_in_xdr);
	suite_add_tcase(suite, tcase);
	return suite;
}
