// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The options of a host: taken, or refused with a word on why.
 */
#include "suite.h"
#include "fake_services.h"
#include "../host.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char said[4096];

/* What vh_new() writes to stderr goes to said[]. */
static struct vmhost *try(const char *option)
{
	int saved = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	struct vmhost *host;
	size_t len;

	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	host = vh_new(option ? 1 : 0, &option);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	len = fread(said, 1, sizeof(said) - 1, file);
	said[len] = 0;
	fclose(file);
	return host;
}

START_TEST(defaults_are_those_of_the_manual)
{
	struct vmhost *host = try(NULL);
	struct vh_options *options = &host->options;

	EXPECT(!options->control && !options->log && !strcmp(options->name, "vm"));
	EXPECT(options->cpuid && options->hb && options->cookies && options->balloon);
	EXPECT(!options->vmcall && !options->vmmcall);
	EXPECT_EQ(options->privilege, 3);
	EXPECT_EQ(options->memory, 512);
	EXPECT_EQ(options->idle, 80);
	EXPECT_EQ(options->channels, 128);
	EXPECT_EQ(options->product, 2);
	vh_free(host);
}
END_TEST

START_TEST(each_option_is_taken)
{
	static const char *const given[] = {
		"control=/run/x", "log=y", "name=z", "cpuid=off", "cpuid=on", "hypercall=none",
		"hypercall=both", "hb=off", "cookies=off", "balloon=off", "privilege=0",
		"privilege=3", "memory=0x1000", "mhz=3000", "tsc_hz=0", "bus_hz=1", "product=0",
		"hwversion=99", "build=0", "channels=8", "idle=0", "seed=18446744073709551615",
		"uuid=56 4d 00 01 02 03 04 05-06 07 08 09 0a 0b 0c 0D",
	};
	struct vmhost *host = try(given[_i]);

	EXPECT_MSG(host && !*said, "%s: %s", given[_i], said);
	vh_free(host);
}
END_TEST

START_TEST(what_is_wrong_is_refused_and_said)
{
	static const struct {
		const char *given, *why;
	} wrong[] = {
		{ "colour=red", "no such option" },
		{ "cpuid", "no such option" },
		{ "=", "no such option" },
		{ "", "no such option" },
		{ "cpui=on", "no such option" },
		{ "cpuid=yes", "cpuid=on or cpuid=off" },
		{ "cpuid=", "cpuid=on or cpuid=off" },
		{ "name=", "needs a value" },
		{ "hypercall=int3", "none, vmcall, vmmcall or both" },
		{ "privilege=1", "privilege=0 or privilege=3" },
		{ "privilege=4", "from 0 to 3" },
		{ "memory=0", "from 1 to" },
		{ "memory=12MB", "from 1 to" },
		{ "memory=-1", "from 1 to" },
		{ "memory= 1", "from 1 to" },
		{ "memory=", "from 1 to" },
		{ "memory=99999999999999999999", "from 1 to" },
		{ "channels=129", "from 1 to 128" },
		{ "uuid=1234", "32 hexadecimal digits" },
		{ "uuid=564d0102-0304-0506-0708-090a0b0c0dff0", "32 hexadecimal digits" },
		{ "uuid=564d0102-0304-0506-0708-090a0b0c0dfg", "32 hexadecimal digits" },
		{ "uuid=5", "32 hexadecimal digits" },
	};

	EXPECT_EQ(ARRAY_SIZE(wrong), 22);
	EXPECT(!try(wrong[_i].given));
	EXPECT_MSG(strstr(said, wrong[_i].why) && strstr(said, wrong[_i].given),
		   "%s: %s", wrong[_i].given, said);
}
END_TEST

START_TEST(services_that_do_not_start_are_the_end_of_it)
{
	fake.refuse_start = true;
	EXPECT(!try(NULL));
	EXPECT_EQ(fake.stopped, 0);
	fake.refuse_start = false;
	vh_free(try(NULL));
	EXPECT_EQ(fake.stopped, 1);
}
END_TEST

START_TEST(one_seed_gives_one_sequence)
{
	struct vmhost *a = try("seed=5"), *b = try("seed=5"), *c = try("seed=6");

	EXPECT(vh_random(a) == vh_random(b));
	EXPECT(vh_random(a) != vh_random(c));
	vh_free(a);
	vh_free(b);
	vh_free(c);
}
END_TEST

START_TEST(a_buffer_grows_and_ends_in_a_nul)
{
	struct vh_buf buf = { 0 };
	unsigned int i;

	vh_buf_clear(&buf);
	vh_buf_add(&buf, "", 0);
	EXPECT(!buf.len && !buf.data[0]);
	for (i = 0; i < 1000; i++)
		vh_buf_printf(&buf, "%04u", i);
	EXPECT(buf.len == 4000 && !buf.data[4000] && !strcmp((char *)buf.data + 3996, "0999"));
	vh_buf_clear(&buf);
	EXPECT(!buf.len && !buf.data[0]);
	vh_buf_free(&buf);
	EXPECT(!buf.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost options");
	TCase *tests = tcase_create("options");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, defaults_are_those_of_the_manual);
	tcase_add_loop_test(tests, each_option_is_taken, 0, 23);
	tcase_add_loop_test(tests, what_is_wrong_is_refused_and_said, 0, 22);
	tcase_add_test(tests, services_that_do_not_start_are_the_end_of_it);
	tcase_add_test(tests, one_seed_gives_one_sequence);
	tcase_add_test(tests, a_buffer_grows_and_ends_in_a_nul);
	return run_suite(suite);
}
