// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Runs the suites. Nothing is tested here; each suite is a file of its own.
 */
#include "unit.h"

#include <stdlib.h>

static uint64_t seed = 0x766d786e657433; /* «vmxnet3» */
static uint64_t state;

void rnd_restart(void)
{
	state = seed;
}

/* splitmix64: every seed is a good one */
uint32_t rnd(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) >> 32;
}

char *tree_file(const char *path)
{
	char name[4096];
	char *text;
	FILE *f;
	long size;

	snprintf(name, sizeof(name), "%s/%s", TREE, path);
	f = fopen(name, "r");
	EXPECT_MSG(f, "%s cannot be read", name);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)size + 1);
	EXPECT_EQ(fread(text, 1, (size_t)size, f), (size_t)size);
	fclose(f);
	return text;
}

int main(void)
{
	const char *given = getenv("UNIT_SEED");
	SRunner *runner = srunner_create(NULL);
	int failed;

	if (given)
		seed = strtoull(given, NULL, 0);
	printf("UNIT_SEED=%#llx\n", (unsigned long long)seed);
	fflush(stdout);

	srunner_add_suite(runner, layout_suite());
	srunner_add_suite(runner, codec_suite());
	srunner_add_suite(runner, ring_suite());
	srunner_add_suite(runner, rx_queue_suite());
	srunner_add_suite(runner, plan_suite());
	srunner_add_suite(runner, wol_suite());
	srunner_add_suite(runner, docs_suite());
	srunner_add_suite(runner, pvscsi_layout_suite());
	srunner_add_suite(runner, pvscsi_gate_suite());
	srunner_add_suite(runner, pvscsi_result_suite());
	srunner_add_suite(runner, backdoor_layout_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
