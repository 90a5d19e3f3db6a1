// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Packages of a customization, those of packages/: packed by gcab, GNU tar, and (small ones)
 * tests/emul/deploypkg.py. The latter are broken here in every way that one bit allows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive.h"
#include "bench.h"
#include "inflate.h"
#include "le.h"
#include "package.h"

#define HEAD 512

static struct buf bytes;

static struct str sample(const char *name)
{
	char path[128];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "packages/%s", name);
	file = fopen(path, "rb");
	ck_assert_msg(file, "%s", path);
	buf_clear(&bytes);
	do {
		char *room = buf_room(&bytes, 4096);

		ck_assert_ptr_nonnull(room);
		n = fread(room, 1, 4096, file);
		bytes.len += n;
	} while (n);
	fclose(file);
	return str_of(bytes.data, bytes.len);
}

static void tidy(void)
{
	buf_free(&bytes);
}

START_TEST(whatever_packed_it_the_files_are_the_same)
{
	static const char *const names[] = { "cabinet-mszip", "cabinet-stored", "tar" };
	struct package package[3];

	for (size_t i = 0; i < 3; i++) {
		struct buf *file = package[i].file;

		ck_assert_int_eq(package_read(sample(names[i]), &package[i]), 0);
		ck_assert_str_eq(buf_text(&file[BROKER_FILE_CONFIG]),
				 "[NETWORK]\nHOSTNAME = custom\nDOMAINNAME = example.org\n");
		ck_assert(package[i].has[BROKER_FILE_NICS] && !file[BROKER_FILE_NICS].len);
		ck_assert_uint_eq(file[BROKER_FILE_METADATA].len, 13500);
		/* Over the border of a block, and with what is only in the one before. */
		ck_assert_uint_eq(file[BROKER_FILE_USERDATA].len, 68945);
		ck_assert(!memcmp(file[BROKER_FILE_USERDATA].data,
				  package[0].file[BROKER_FILE_USERDATA].data, 68945));
		ck_assert(!package[i].ignore_cloud_init);
		ck_assert(package[i].raw == (i == 2));
	}
	for (size_t i = 0; i < 3; i++)
		package_free(&package[i]);
}
END_TEST

START_TEST(what_was_cut_is_not_a_package)
{
	static const char *const names[] = { "small", "small-tar" };

	for (size_t i = 0; i < 2; i++) {
		struct str whole = sample(names[i]);

		for (size_t len = 0; len < whole.len; len++) {
			struct package package;
			/* Where nothing behind it may be read. */
			char *copy = malloc(len ? len : 1);

			memcpy(copy, whole.at, len);
			ck_assert_int_eq(package_read(str_of(copy, len), &package), -EPROTO);
			package_free(&package);
			free(copy);
		}
	}
}
END_TEST

START_TEST(no_byte_that_is_wrong_does_harm)
{
	static const char *const names[] = { "small", "small-tar" };

	for (size_t i = 0; i < 2; i++) {
		struct str whole = sample(names[i]);
		char *copy = malloc(whole.len);

		for (size_t at = 0; at < whole.len * 8; at++) {
			struct package package;

			memcpy(copy, whole.at, whole.len);
			copy[at / 8] = (char)(copy[at / 8] ^ 1 << at % 8);
			package_read(str_of(copy, whole.len), &package);
			for (size_t k = 0; k < BROKER_FILES; k++)
				ck_assert_uint_le(package.file[k].len, BROKER_FILE_MAX);
			package_free(&package);
		}
		free(copy);
	}
}
END_TEST

static int patched(size_t at, char value, struct package *package)
{
	sample("small");
	bytes.data[at] = value;
	return package_read(str_of(bytes.data, bytes.len), package);
}

START_TEST(the_header_says_what_it_is)
{
	struct package package;

	ck_assert_int_eq(patched(0, 'v', &package), -EPROTO);
	ck_assert_int_eq(patched(16, 2, &package), -EPROTO);
	ck_assert_int_eq(patched(17, 1, &package), -EPROTO);
	ck_assert_int_eq(patched(18, 1, &package), -EOPNOTSUPP);	/* ZIP */
	ck_assert_int_eq(patched(18, 2, &package), -EPROTO);		/* no tar.gz */
	ck_assert_int_eq(patched(19, 2, &package), 0);
	ck_assert(package.ignore_cloud_init && !package.raw);
	package_free(&package);
	ck_assert_int_eq(patched(25, 8, &package), -EPROTO);	/* longer than it is */
	ck_assert_int_eq(patched(32, 1, &package), -EPROTO);	/* the archive is elsewhere */
	ck_assert_int_eq(patched(33, 1, &package), -EPROTO);	/* within the header */
	ck_assert_int_eq(patched(47, 1, &package), -EPROTO);	/* and huge */
	/* What it would have executed is not even looked at. */
	ck_assert_int_eq(patched(56, '/', &package), 0);
	package_free(&package);
}
END_TEST

START_TEST(cabinets_of_other_kinds_are_not_read)
{
	struct package package;

	ck_assert_int_eq(patched(HEAD, 'm', &package), -EPROTO);
	ck_assert_int_eq(patched(HEAD + 24, 4, &package), -EPROTO);	/* version */
	ck_assert_int_eq(patched(HEAD + 30, 1, &package), -EOPNOTSUPP);	/* part of a set */
	ck_assert_int_eq(patched(HEAD + 30, 2, &package), -EOPNOTSUPP);
	ck_assert_int_eq(patched(HEAD + 26, 0, &package), -EPROTO);	/* no folder */
	ck_assert_int_eq(patched(HEAD + 36 + 6, 3, &package), -EOPNOTSUPP);	/* LZX */
	ck_assert_int_eq(patched(HEAD + 36 + 8 + 8, 1, &package), -EPROTO);	/* no such folder */
	ck_assert_int_eq(patched(HEAD + 36 + 8 + 7, 1, &package), -EPROTO);	/* behind its end */
	/* Of the first block: its sum. */
	ck_assert_int_eq(patched(HEAD + 36 + 8 + 2 * 16 + 18, 1, &package), -EPROTO);
}
END_TEST

START_TEST(a_package_without_its_configuration_is_none)
{
	struct package package;
	char *name;

	sample("small");
	name = memmem(bytes.data, bytes.len, "cust.cfg", 8);
	name[0] = 'C';
	ck_assert_int_eq(package_read(str_of(bytes.data, bytes.len), &package), -EPROTO);
	package_free(&package);
}
END_TEST

/* A sum and the length stand behind a compressed tar, which tell one that came spoilt. */
START_TEST(a_sum_that_is_wrong_is_seen)
{
	struct package package;

	for (size_t back = 1; back <= 8; back++) {
		sample("small-tar");
		bytes.data[bytes.len - back] ^= 1;
		ck_assert_msg(package_read(str_of(bytes.data, bytes.len), &package) == -EPROTO,
			      "byte %zu from the end", back);
		package_free(&package);
	}
}
END_TEST

/* Eight bytes that are a megabyte: the same 258 bytes again and again, without an end. */
START_TEST(bombs_are_left_alone)
{
	static const char nothing[] = "\x01\x00\x00\xff\xff";	/* stored, empty, the last one */
	struct buf stream = { 0 }, out = { 0 };

	ck_assert_int_eq(inflate_raw(str_of(nothing, 5), &out, 0), 0);
	/* A zero by the fixed code, then symbol 285 (258 bytes) at distance 1, over and over. */
	buf_add(&stream, "\x63\x18", 2);
	for (int i = 0; i < 20000; i++)
		buf_add(&stream, "\x05\xa3\x60\x14\x8c\x82", 6);
	ck_assert_int_lt(inflate_raw(str_of(stream.data, stream.len), &out, 1000), 0);
	ck_assert_uint_le(out.len, 1000);
	buf_free(&out);
	buf_free(&stream);
}
END_TEST

static int count_member(void *data, struct str name, struct str contents)
{
	(void)name;
	(void)contents;
	++*(unsigned int *)data;
	return 0;
}

/* Files that are of two folders in turn, which have the same @blocks, each without contents. */
static int unpack_in_turn(unsigned int members, unsigned int blocks, unsigned int *seen)
{
	struct buf cab = { 0 };
	size_t files_at = 36 + 2 * 8, data_at = files_at + members * 18;
	int error;

	buf_str(&cab, "MSCF");
	le_add(&cab, 0, 12);
	le_add(&cab, files_at, 4);
	le_add(&cab, 0, 4);
	le_add(&cab, 0x0103, 2);
	le_add(&cab, 2, 2);
	le_add(&cab, members, 2);
	le_add(&cab, 0, 6);
	for (int i = 0; i < 2; i++) {
		le_add(&cab, data_at, 4);
		le_add(&cab, blocks, 2);
		le_add(&cab, 1, 2);
	}
	for (unsigned int i = 0; i < members; i++) {
		le_add(&cab, 0, 8);
		le_add(&cab, i % 2, 2);
		le_add(&cab, 0, 6);
		le_add(&cab, 'x', 2);
	}
	for (unsigned int i = 0; i < blocks; i++) {
		le_add(&cab, 0, 4);
		le_add(&cab, 7, 4);
		buf_add(&cab, "CK\x01\x00\x00\xff\xff", 7);
	}
	*seen = 0;
	error = archive_cabinet(str_of(cab.data, cab.len), count_member, seen);
	buf_free(&cab);
	return error;
}

/* The heart does not beat meanwhile. */
START_TEST(a_cabinet_is_not_unpacked_again_and_again)
{
	unsigned int seen;

	ck_assert_int_eq(unpack_in_turn(8, 128, &seen), 0);
	ck_assert_uint_eq(seen, 8);
	ck_assert_int_eq(unpack_in_turn(256, 128, &seen), -E2BIG);
	ck_assert_uint_eq(seen, 8);
	ck_assert_int_eq(unpack_in_turn(1, 60000, &seen), -E2BIG);
	ck_assert_uint_eq(seen, 0);
}
END_TEST

START_TEST(streams_that_are_none_are_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = {
		{ "", 0 }, { "\x07", 1 },		/* a kind of block that there is not */
		{ "\x01\x05\x00\xfb\xff", 5 },		/* stored, and not there */
		{ "\x01\x01\x00\xff\xffx", 6 },		/* the two lengths differ */
		{ "\x03\x02", 2 },			/* a distance before the start */
		{ "\xfd\xff\xff\xff\xff\xff\xff", 7 },	/* more symbols than there are */
		{ "\x05\x00\x00\x00\x00\x00\x00", 7 },	/* codes of nothing */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str in = str_of(cases[i].bytes, cases[i].len);
		struct buf out = { 0 };

		ck_assert_msg(inflate_raw(in, &out, 4096) == -EPROTO, "case %zu", i);
		buf_free(&out);
	}
}
END_TEST

Suite *suite_package(void)
{
	Suite *suite = suite_create("package");
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, NULL, tidy);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, whatever_packed_it_the_files_are_the_same);
	tcase_add_test(tcase, what_was_cut_is_not_a_package);
	tcase_add_test(tcase, no_byte_that_is_wrong_does_harm);
	tcase_add_test(tcase, the_header_says_what_it_is);
	tcase_add_test(tcase, cabinets_of_other_kinds_are_not_read);
	tcase_add_test(tcase, a_package_without_its_configuration_is_none);
	tcase_add_test(tcase, a_sum_that_is_wrong_is_seen);
	tcase_add_test(tcase, bombs_are_left_alone);
	tcase_add_test(tcase, a_cabinet_is_not_unpacked_again_and_again);
	tcase_add_test(tcase, streams_that_are_none_are_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
