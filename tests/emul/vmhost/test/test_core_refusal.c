// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The plugin in a QEMU that has the plugin interface and nothing else: without the
 * symbols that it needs besides, it says so and is not loaded.
 */
#include "suite.h"
#include "fake_qemu.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

START_TEST(without_its_symbols_the_plugin_is_not_loaded)
{
	char said[200] = "";
	int ends[2];

	EXPECT(!pipe(ends));
	dup2(ends[1], STDERR_FILENO);
	EXPECT(fake_load(7, "x86_64", 0, NULL));
	fflush(stderr);
	EXPECT(read(ends[0], said, sizeof(said) - 1) > 0);
	EXPECT_MSG(strstr(said, "no symbol cpu_restore_state") && strstr(said, "use the version"),
		   "%s", said);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost refusal");
	TCase *tests = tcase_create("refusal");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, without_its_symbols_the_plugin_is_not_loaded);
	return run_suite(suite);
}
