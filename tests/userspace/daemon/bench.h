/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * A worker between an emulated host and a broker that the test plays, with a clock that
 * stands still unless the test lets time pass, and a root folder of its own.
 */
#ifndef BENCH_H
#define BENCH_H

#include <check.h>
#include <jansson.h>

#include "services.h"

struct vmhost;

#define BENCH_REQUESTS 64

struct bench {
	struct vmhost *host;
	struct worker worker;
	int broker;			/* the other end of the worker's socket */
	char root[64];
	/* What the worker has asked the broker for. */
	size_t asked;
	struct broker_request request[BENCH_REQUESTS];
	/* How it is answered: by the result of the operation, unless held back. */
	int32_t result[BROKER_OPS];
	bool hold[BROKER_OPS];
};

extern struct bench *bench;

void bench_new(void);
void bench_free(void);
/* bench_file() - a file below the root; its folders are made */
void bench_file(const char *path, const char *text);

/* bench_pass() - time goes by, for the worker and for the host */
void bench_pass(unsigned int ms);
/* bench_boot() - until the host has said its first commands */
void bench_boot(void);
/* bench_command() - a command of the host's, and the answer of the guest, whole */
const char *bench_command(const char *command);
const char *bench_command_bytes(const void *command, size_t len);
/* bench_snapshot() - the host begins a quiesced one by that command, and the guest takes it up */
void bench_snapshot(const char *command);
/* bench_dial() - a client of the control socket, which does not block; the worker knows it */
int bench_dial(void);
/* bench_connect() - the same once the socket is served; the worker has not seen it yet */
int bench_connect(void);
/* bench_answer() - to a request that was held back */
void bench_answer(uint32_t op, int32_t result);
/* bench_asked() - how often the broker was asked for that; the last such request is kept */
unsigned int bench_asked(uint32_t op);
const struct broker_request *bench_last(uint32_t op);

/* bench_get() - a value of the host's state; valid until the next call */
const char *bench_text(const char *part, const char *path);
json_int_t bench_number(const char *part, const char *path);
json_t *bench_get(const char *part, const char *path);
/* bench_backup() - events of the snapshot so far, as "reset 0,prov.snapshotCommit 0" */
const char *bench_backup(void);

uint64_t bench_now(void);

#define expect_text(got, wanted) ck_assert_str_eq(got, wanted)

/* Suites, one a file. */
Suite *suite_broker(void);
Suite *suite_control(void);
Suite *suite_customize(void);
Suite *suite_freeze(void);
Suite *suite_guestinfo(void);
Suite *suite_handover(void);
Suite *suite_hostile(void);
Suite *suite_loop(void);
Suite *suite_mountinfo(void);
Suite *suite_net(void);
Suite *suite_nicinfo(void);
Suite *suite_osinfo(void);
Suite *suite_package(void);
Suite *suite_power(void);
Suite *suite_quiesce(void);
Suite *suite_register(void);
Suite *suite_sandbox(void);
Suite *suite_scripts(void);
Suite *suite_settings(void);
Suite *suite_soak(void);
Suite *suite_timesync(void);
Suite *suite_vix(void);
Suite *suite_vsock(void);

/* test_net.c: netlink_hold() - the kernel's tables are being changed, or no longer */
void netlink_hold(bool on);

#endif
