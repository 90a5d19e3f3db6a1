// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Names of operating systems, and the statistics' encoding.
 */
#include <string.h>
#include <sys/utsname.h>

#include "bench.h"

static struct utsname machine = { "Linux", "n", "6.1.0-50-amd64", "v", "x86_64", "" };

START_TEST(short_names_are_those_that_hosts_know)
{
	static const struct {
		const char *pretty, *id, *machine, *release, *wanted;
	} cases[] = {
		{ "Debian GNU/Linux 12 (bookworm)", "12", "x86_64", "6.1", "debian12-64" },
		{ "Debian GNU/Linux trixie/sid", "", "x86_64", "6.1", "debian4-64" },
		{ "Ubuntu 24.04.1 LTS", "24.04", "x86_64", "6.8", "ubuntu-64" },
		{ "Ubuntu 24.04.1 LTS", "24.04", "aarch64", "6.8", "arm-ubuntu-64" },
		{ "Red Hat Enterprise Linux 9.4 (Plow)", "9.4", "x86_64", "5.14", "rhel9-64" },
		{ "CentOS Stream 9", "9", "x86_64", "5.14", "centos9-64" },
		{ "CentOS Linux 5", "5", "x86_64", "5.14", "centos-64" },
		{ "Oracle Linux Server 9.4", "9.4", "x86_64", "5.15", "oraclelinux9-64" },
		{ "AlmaLinux 9.4", "9.4", "x86_64", "5.14", "almaLinux-64" },
		{ "Rocky Linux 9.4", "9.4", "x86_64", "5.14", "rockyLinux-64" },
		{ "Amazon Linux 2023", "2023", "x86_64", "6.1", "amazonlinux3-64" },
		{ "Amazon Linux 2", "2", "x86_64", "4.14", "amazonlinux2-64" },
		{ "SUSE Linux Enterprise Server 15 SP5", "15.5", "x86_64", "5.14", "sles15-64" },
		{ "SUSE Linux Enterprise Desktop 13", "13", "x86_64", "5.14", "sles-64" },
		{ "openSUSE Leap 15.5", "15.5", "x86_64", "5.14", "opensuse-64" },
		{ "Fedora Linux 40", "40", "x86_64", "6.8", "Fedora-64" },
		{ "VMware Photon OS/Linux", "5.0", "x86_64", "6.1", "vmware-photon-64" },
		{ "Something else", "1", "x86_64", "6.1.2", "other6xlinux-64" },
		{ "Something else", "1", "i686", "2.6.32", "other26xlinux" },
		{ "Something else", "1", "aarch64", "9.1", "arm-other7xlinux-64" },
	};
	struct osinfo os;
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct utsname name = machine;

		snprintf(name.machine, sizeof(name.machine), "%s", cases[i].machine);
		snprintf(name.release, sizeof(name.release), "%s", cases[i].release);
		snprintf(text, sizeof(text), "PRETTY_NAME=\"%s\"\nVERSION_ID='%s'\n",
			 cases[i].pretty, cases[i].id);
		osinfo_read(&os, str(text), &name);
		ck_assert_msg(!strcmp(os.short_name, cases[i].wanted), "%s: %s",
			      cases[i].pretty, os.short_name);
	}
}
END_TEST

START_TEST(details_are_quoted_sorted_and_at_their_places)
{
	static const char release[] = "NAME=\"It's\"\nPRETTY_NAME=\"a \\\\ b  \"\nVERSION_ID=3\n";
	struct osinfo os;
	struct buf out = { 0 };

	osinfo_read(&os, str(release), &machine);
	osinfo_detail(&os, str(release), &machine, &out);
	ck_assert_int_eq(out.data[0], 1);
	expect_text(out.data + 4, "other6xlinux-64");
	expect_text(out.data + 133, "Linux 6.1.0-50-amd64 a \\ b  ");
	expect_text(out.data + 648, "architecture='X86' bitness='64' distroName='It\\'s' "
		    "distroVersion='3' familyName='Linux' kernelVersion='6.1.0-50-amd64' "
		    "prettyName='a \\\\ b'");
	buf_free(&out);
}
END_TEST

static const char *hex(const struct buf *buf, size_t from, size_t len)
{
	static char text[256];

	ck_assert_uint_le(from + len, buf->len);
	for (size_t i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", (unsigned char)buf->data[from + i]);
	return text;
}

START_TEST(statistics_as_the_specification_has_them)
{
	static const char first[] = "ae0000000a005f746f6f6c732f76310001000b010009020003080200"
				    "0008";
	static const char rate[] = "ac000000010007" "01000b" "02004380" "04000000c03f";
	struct mem_sources from = {
		.meminfo = str("MemTotal: 1000 kB\nHugepagesize:    2048 kB\n"),
		.vmstat = str("pgpgin 1000\n"), .page_size = 4096, .ms = 1000,
	};
	struct mem_sample before, now;
	struct buf out = { 0 };
	bool found = false;

	memstats_read(&before, &from);
	memstats_encode(&before, NULL, &out);
	expect_text(hex(&out, 112, sizeof(first) / 2), first);
	from.vmstat = str("pgpgin 1015\n");
	from.ms = 11000;
	memstats_read(&now, &from);
	memstats_encode(&now, &before, &out);
	for (size_t i = 112; i + sizeof(rate) / 2 <= out.len; i++)
		found |= !strcmp(hex(&out, i, sizeof(rate) / 2), rate);
	ck_assert(found);
	buf_free(&out);
}
END_TEST

START_TEST(statistics_are_taken_from_where_they_stand)
{
	struct mem_sources from = {
		.meminfo = str("MemTotal: 5000 kB\nMemAvailable: 3000 kB\n"),
		.zoneinfo = str("Node 0, zone DMA\n  pages free 1\n        present  400\n"
				"Node 0, zone Normal\n        present  600\n"),
		.vmstat = str("pgpgin 4294967290\n"),
		.stat = str("cpu 1 2 3\nctxt 77\nprocs_running 3\n"),
		.diskstats = str("   7 0 loop0 1 1 1 1 1 1 1 1 50 1 1\n"
				 "   8 0 sda 1 2 3 4 5 6 7 8 2 10 500\n"
				 " 259 0 nvme0n1 1 2 3 4 5 6 7 8 3 10 1000 0 0\n"),
		.page_size = 4096, .ms = 1000,
	};
	struct mem_sample before, now;
	struct buf out = { 0 }, same = { 0 };

	memstats_read(&before, &from);
	ck_assert_uint_eq(before.value[MEM_USABLE], 4000);
	ck_assert_uint_eq(before.value[MEM_RESERVATION], 200);
	ck_assert_uint_eq(before.value[MEM_NEEDED], 4000 - (3000 - 200));
	ck_assert_uint_eq(before.value[MEM_CONTEXT], 77);
	ck_assert_uint_eq(before.value[MEM_RUN_QUEUE], 2);	/* without us */
	ck_assert_uint_eq(before.value[MEM_DISK_QUEUE], 5);	/* without the loop */
	ck_assert_uint_eq(before.weighted, 1500);
	/* A counter of 32 bits that has begun anew: 20 in ten seconds, as if it had not. */
	from.vmstat = str("pgpgin 14\n");
	from.ms = 11000;
	memstats_read(&now, &from);
	memstats_encode(&now, &before, &out);
	before.value[MEM_PAGE_IN] = 100;
	now.value[MEM_PAGE_IN] = 120;
	memstats_encode(&now, &before, &same);
	ck_assert_uint_eq(out.len, same.len);
	ck_assert_mem_eq(out.data, same.data, out.len);
	buf_free(&out);
	buf_free(&same);
}
END_TEST

START_TEST(statistics_of_files_that_are_cut_or_garbage)
{
	static const char garbage[] = "MemTotal: 99999999999999999999 kB\nMemFree:\npresent -1\n"
		"   8 0 sda 1 2 3 4 5 6 7 8\n   8 0 sda 1 2 3 4 5 6 7 8 9 10 11\nctxt x\n"
		"procs_running 0\npgpgin 18446744073709551615\n";
	struct mem_sample sample, before = { 0 };
	struct buf out = { 0 };

	for (size_t len = 0; len <= strlen(garbage); len++) {
		struct str text = str_of(garbage, len);
		struct mem_sources from = { text, text, text, text, text, 4096, len };

		memstats_read(&sample, &from);
		memstats_encode(&sample, &before, &out);
		ck_assert(!out.error);
		before = sample;
	}
	buf_free(&out);
}
END_TEST

Suite *suite_osinfo(void)
{
	Suite *suite = suite_create("osinfo");
	TCase *tcase = tcase_create("names");

	tcase_add_test(tcase, short_names_are_those_that_hosts_know);
	tcase_add_test(tcase, details_are_quoted_sorted_and_at_their_places);
	tcase_add_test(tcase, statistics_as_the_specification_has_them);
	tcase_add_test(tcase, statistics_are_taken_from_where_they_stand);
	tcase_add_test(tcase, statistics_of_files_that_are_cut_or_garbage);
	suite_add_tcase(suite, tcase);
	return suite;
}
