// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Unit tests of the programs' own files.
 */
#include "unit.h"

int main(void)
{
	SRunner *runner = srunner_create(texts_suite());
	int failed;

	srunner_add_suite(runner, xdr_suite());
	srunner_add_suite(runner, datamap_suite());
	srunner_add_suite(runner, json_suite());
	srunner_add_suite(runner, conf_suite());
	srunner_add_suite(runner, files_suite());
	srunner_add_suite(runner, detect_suite());
	srunner_add_suite(runner, channel_suite());
	srunner_add_suite(runner, rpc_suite());
	srunner_add_suite(runner, vsock_suite());
	srunner_add_suite(runner, guestlib_suite());
	srunner_add_suite(runner, status_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
