/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What the unit tests have in common. Each test_*.c is a suite, listed in main.c.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "str.h"

Suite *texts_suite(void);
Suite *xdr_suite(void);
Suite *datamap_suite(void);
Suite *json_suite(void);
Suite *conf_suite(void);
Suite *files_suite(void);
Suite *detect_suite(void);
Suite *channel_suite(void);
Suite *rpc_suite(void);
Suite *vsock_suite(void);
Suite *guestlib_suite(void);
Suite *status_suite(void);

#define EXPECT_STR(s, text) ck_assert_msg(str_is((s), (text)), "'%.*s' is not '%s'", \
					  (int)(s).len, (s).at, (text))
#define EXPECT_BUF(buf, text) ck_assert_str_eq(buf_text(buf), (text))

/* A suite of one case with these tests. */
#define SUITE(name, ...)						\
	Suite *name##_suite(void)					\
	{								\
		const TTest *const tests[] = { __VA_ARGS__ };	\
		Suite *suite = suite_create(#name);			\
		TCase *tcase = tcase_create(#name);			\
									\
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) \
			tcase_add_test(tcase, tests[i]);		\
		suite_add_tcase(suite, tcase);				\
		return suite;						\
	}

/* fake_backdoor.c: the host that all tests of a program ask */
struct vmhost;
struct vmhost *fake_host(void);
/* with options, "name=value" each, from now on */
void fake_host_options(int count, const char *const options[]);
/* a fault of it, as in Documentation/emulated-host.md; @times 0 ends it */
void fake_fault(const char *name, unsigned int after, unsigned int times);
/* the same, once, with its argument */
void fake_fault_arg(const char *name, uint64_t arg);
extern bool fake_memory_is_encrypted;

#endif
