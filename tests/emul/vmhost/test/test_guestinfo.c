// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * What a guest tells of itself, in all encodings; and each of these messages cut off at each
 * byte, which must be refused without a byte being read beyond its end.
 */
#include "suite.h"
#include "talk.h"

#include <stdlib.h>
#include <string.h>

static struct talk *talk;

static void setup(void)
{
	talk = talk_new(NULL);
}

static void teardown(void)
{
	talk_free(talk);
}

/* Specification "guest services" §6.5.1 */
static const char nics[] =
	"00000003 00000001 00000001 00000011 30303a35 303a3536 3a30313a 30323a30 33000000 00000001"
	"00000001 00000004 c000020a 00000018 00000000 00000001 00000001 00000000 00000000 00000000"
	"00000000 00000001 00000001 00000004 00000000 00000000 00000001 00000001 00000004 c0000201"
	"00000000 00000000 00000064 00000001 00000001 00000004 77656231 00000001 0000000b 6578616d"
	"706c652e 6f726700 00000001 00000001 00000004 c0000235 00000001 0000000b 6578616d 706c652e"
	"6f726700 00000000 00000000 00000000";

/* The first statistic and one with a float, of §6.9, behind a legacy block */
static const char stats[] =
	"05000000 01040000 0000080000000000"
	"00000000000000000000000000000000 00000000000000000000000000000000"
	"00000000000000000000000000000000 00000000000000000000000000000000 0000000000000000"
	"0300000000000000 00000000000000000000000000000000"
	"ae000000 0a00 5f746f6f6c732f763100 0100 0b 0100 09 0200 0308 0200 0008"
	"ac000000 0100 07 0100 0b 0200 4380 0400 0000c03f";

static const size_t nowhere[] = { 0 };

static void add_hex(struct vh_buf *buf, const char *hex)
{
	while (*hex) {
		unsigned int byte;
		uint8_t value;

		if (*hex == ' ') {
			hex++;
			continue;
		}
		ck_assert(sscanf(hex, "%2x", &byte) == 1);
		value = byte;
		vh_buf_add(buf, &value, 1);
		hex += 2;
	}
}

static void add_be(struct vh_buf *buf, uint32_t value)
{
	vh_put_be32(buf, value);
}

static const char *send(const struct vh_buf *message)
{
	return talk_rpci_bytes(talk, message->data, message->len);
}

static json_t *guest(const char *path)
{
	return talk_get(talk, "guest", path);
}

static const char *guest_text(const char *path)
{
	return json_string_value(guest(path)) ?: "(none)";
}

/* Every beginning of a message is refused, but for lengths that are listed; a 0 ends the list. */
static void refuse_beginnings(const struct vh_buf *message, size_t from, const size_t *accepted)
{
	for (size_t len = from; len < message->len; len++) {
		bool whole = len == *accepted;
		/* A copy of its own, so that the sanitizer sees where it ends. */
		uint8_t *part = malloc(len);
		struct vh_buf reply = { 0 };

		memcpy(part, message->data, len);
		vh_lock(talk->host);
		vh_rpci(talk->host, part, len, &reply);
		vh_unlock(talk->host);
		accepted += whole;
		EXPECT_MSG((*reply.data == '1') == whole, "%zu bytes: %s", len, reply.data);
		vh_buf_free(&reply);
		free(part);
	}
}

START_TEST(texts_are_kept_with_and_without_their_nul)
{
	EXPECT(!strcmp(talk_rpci(talk, "SetGuestInfo  1 web1.example.org"), "1 "));
	EXPECT(!strcmp(talk_rpci_bytes(talk, "SetGuestInfo  4 build-42", 25), "1 "));
	EXPECT(!strcmp(talk_rpci(talk, "SetGuestInfo  5 Linux 6.12 Debian"), "1 "));
	EXPECT(!strcmp(talk_rpci(talk, "SetGuestInfo 6 debian13-64"), "1 "));	/* one blank */
	EXPECT(!strcmp(talk_rpci(talk, "SetGuestInfo  7 12345"), "1 "));
	EXPECT(!strcmp(guest_text("hostName"), "web1.example.org"));
	EXPECT(!strcmp(guest_text("buildNumber"), "build-42"));
	EXPECT(!strcmp(guest_text("osFull"), "Linux 6.12 Debian"));
	EXPECT(!strcmp(guest_text("osShort"), "debian13-64"));
	ck_assert_double_eq(json_real_value(guest("uptime")), 123.45);
	EXPECT_EQ(json_integer_value(guest("updates")), 5);
}
END_TEST

START_TEST(texts_that_are_wrong_are_refused)
{
	static const char *const wrong[] = {
		"SetGuestInfo  1 ", "SetGuestInfo  1", "SetGuestInfo", "SetGuestInfo  0 x",
		"SetGuestInfo  12 x", "SetGuestInfo  x", "SetGuestInfo  7 1x", "SetGuestInfo  7 -1",
		"SetGuestInfo  1 \xff", "SetGuestInfo  99999999999999999999 x", "SetGuestInfo  3 ",
	};
	char *name = malloc(300);
	json_t *event;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_MSG(!strncmp(talk_rpci(talk, wrong[i]), "0 ", 2), "%s", wrong[i]);
	event = talk_event(talk, "malformed");
	EXPECT(event);
	json_decref(event);
	EXPECT_EQ(json_integer_value(guest("malformed")), ARRAY_SIZE(wrong));
	EXPECT(!strncmp(talk_rpci_bytes(talk, "SetGuestInfo  1 a\0b", 19), "0 ", 2));
	sprintf(name, "SetGuestInfo  1 %0256d", 0);	/* 256 bytes */
	EXPECT(!strncmp(talk_rpci(talk, name), "0 ", 2));
	name[strlen(name) - 1] = 0;
	EXPECT(!strcmp(talk_rpci(talk, name), "1 "));
	free(name);
}
END_TEST

START_TEST(nics_version_3)
{
	static const char *const carriers[] = { "SetGuestInfo  10 ", "SetGuestInfo  9 " };
	struct vh_buf message = { 0 };
	json_t *event;

	for (size_t i = 0; i < ARRAY_SIZE(carriers); i++) {
		vh_buf_clear(&message);
		vh_buf_printf(&message, "%s", carriers[i]);
		add_hex(&message, nics);
		EXPECT_EQ(message.len - strlen(carriers[i]), 216);
		EXPECT(!strcmp(send(&message), "1 "));
		EXPECT(!strcmp(guest_text("nics.nics.0.mac"), "00:50:56:01:02:03"));
		EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.address"), "192.0.2.10"));
		EXPECT_EQ(json_integer_value(guest("nics.nics.0.addresses.0.prefix")), 24);
		EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.status"), "preferred"));
		EXPECT(!guest("nics.nics.0.addresses.0.origin"));
		EXPECT(!strcmp(guest_text("nics.routes.0.nextHop"), "192.0.2.1"));
		EXPECT_EQ(json_integer_value(guest("nics.routes.0.metric")), 100);
		EXPECT(!strcmp(guest_text("nics.dns.host"), "web1"));
		EXPECT(!strcmp(guest_text("nics.dns.domain"), "example.org"));
		EXPECT(!strcmp(guest_text("nics.dns.servers.0"), "192.0.2.53"));
		EXPECT(!strcmp(guest_text("nics.dns.suffixes.0"), "example.org"));
		EXPECT(!strcmp(guest_text("ipAddress"), "192.0.2.10"));
		refuse_beginnings(&message, strlen(carriers[i]), nowhere);
	}
	event = talk_event(talk, "nics");
	EXPECT(event);
	json_decref(event);
	vh_buf_add(&message, "x", 1);
	EXPECT(!strncmp(send(&message), "0 ", 2));
	vh_buf_free(&message);
}
END_TEST

START_TEST(counts_in_nics_are_limited)
{
	static const struct {
		unsigned int nics, addresses, routes, type;
		uint32_t route_nic;
		bool good;
	} cases[] = {
		{ 16, 1, 0, 10, 0, true }, { 17, 0, 0, 10, 0, false },
		{ 1, 2048, 0, 10, 0, true }, { 1, 2049, 0, 10, 0, false },
		{ 1, 64, 0, 9, 0, true }, { 1, 65, 0, 9, 0, false },
		{ 1, 0, 100, 10, 0, true }, { 1, 0, 101, 10, 0, false },
		{ 1, 0, 1, 10, 1, false }, { 0, 0, 1, 10, 0, false }, { 2, 0, 1, 10, 1, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vh_buf message = { 0 };

		vh_buf_printf(&message, "SetGuestInfo  %u ", cases[i].type);
		add_be(&message, 3);
		add_be(&message, 1);
		add_be(&message, cases[i].nics);
		for (unsigned int n = 0; n < cases[i].nics; n++) {
			vh_put_xdr(&message, "m", 1);
			add_be(&message, cases[i].addresses);
			for (unsigned int a = 0; a < cases[i].addresses; a++) {
				add_be(&message, 1);
				vh_put_xdr(&message, "\300\0\2\1", 4);
				add_be(&message, 24);
				add_be(&message, 0);
				add_be(&message, 0);
			}
			for (int option = 0; option < 4; option++)
				add_be(&message, 0);
		}
		add_be(&message, cases[i].routes);
		for (unsigned int r = 0; r < cases[i].routes; r++) {
			add_be(&message, 1);
			vh_put_xdr(&message, "\0\0\0\0", 4);
			add_be(&message, 0);
			add_be(&message, 0);
			add_be(&message, cases[i].route_nic);
			add_be(&message, 4);
			add_be(&message, UINT32_MAX);
		}
		for (int option = 0; option < 4; option++)
			add_be(&message, 0);
		EXPECT_MSG(message.len > 65536 || (*send(&message) == '1') == cases[i].good,
			   "case %zu: %s", i, talk->reply.data);
		if (message.len > 65536) {	/* more than a channel carries */
			struct vh_buf reply = { 0 };

			vh_lock(talk->host);
			vh_rpci(talk->host, message.data, message.len, &reply);
			vh_unlock(talk->host);
			EXPECT_MSG((*reply.data == '1') == cases[i].good, "case %zu", i);
			vh_buf_free(&reply);
		}
		vh_buf_free(&message);
	}
}
END_TEST

START_TEST(all_that_nics_may_have)
{
	struct vh_buf message = { 0 };

	vh_buf_printf(&message, "SetGuestInfo  10 ");
	add_be(&message, 3);
	add_be(&message, 1);
	add_be(&message, 1);
	vh_put_xdr(&message, "m", 1);
	add_be(&message, 2);
	add_be(&message, 2);
	vh_put_xdr(&message, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	add_be(&message, 64);
	add_be(&message, 1);
	add_be(&message, 5);
	add_be(&message, 1);
	add_be(&message, 6);
	add_be(&message, 16);
	vh_put_xdr(&message, "a.example", 9);
	add_be(&message, 0);
	add_be(&message, 1);
	add_be(&message, 3);	/* an origin without a name */
	add_be(&message, 0);
	for (int i = 0; i < 2; i++) {	/* of the NIC, and of all */
		add_be(&message, 1);	/* DNS */
		add_be(&message, 0);
		add_be(&message, 0);
		add_be(&message, 0);
		add_be(&message, 0);
		add_be(&message, 1);	/* WINS */
		add_be(&message, 1);
		vh_put_xdr(&message, "\1\2\3\4", 4);
		add_be(&message, 0);
		vh_put_xdr(&message, "", 0);
		add_be(&message, 1);	/* DHCP, for IPv4 and IPv6 */
		add_be(&message, 1);
		vh_put_xdr(&message, "lease", 5);
		add_be(&message, 1);
		add_be(&message, 0);
		vh_put_xdr(&message, "", 0);
		if (!i)
			add_be(&message, 0);	/* routes */
	}
	EXPECT(!strcmp(send(&message), "1 "));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.address"), "fe80::1"));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.origin"), "linklayer"));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.status"), "tentative"));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.1.address"), "a.example"));
	EXPECT_EQ(json_integer_value(guest("nics.nics.0.addresses.1.origin")), 3);
	EXPECT(!strcmp(guest_text("nics.nics.0.wins.primary"), "1.2.3.4"));
	EXPECT(!strcmp(guest_text("nics.nics.0.wins.secondary"), ""));
	EXPECT(json_is_true(guest("nics.nics.0.dhcp4.enabled")));
	EXPECT(!strcmp(guest_text("nics.dhcp4.settings"), "lease"));
	EXPECT(json_is_false(guest("nics.dhcp6.enabled")));
	refuse_beginnings(&message, 17, nowhere);
	vh_buf_free(&message);
}
END_TEST

START_TEST(addresses_have_their_length)
{
	static const struct {
		unsigned int type, len;
		bool good;
	} cases[] = {
		{ 1, 4, true }, { 1, 3, false }, { 3, 8, true }, { 2, 16, true }, { 2, 15, false },
		{ 2, 4, false }, { 4, 20, true }, { 4, 12, false }, { 0, 0, true }, { 0, 4, false },
		{ 16, 1, true }, { 17, 4, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vh_buf message = { 0 };

		vh_buf_printf(&message, "SetGuestInfo  10 ");
		add_be(&message, 3);
		add_be(&message, 1);
		add_be(&message, 1);
		vh_put_xdr(&message, "m", 1);
		add_be(&message, 1);
		add_be(&message, cases[i].type);
		vh_put_xdr(&message, "abcdefghijklmnopqrst", cases[i].len);
		for (int rest = 0; rest < 12; rest++)
			add_be(&message, 0);
		EXPECT_MSG((*send(&message) == '1') == cases[i].good, "case %zu: %s", i,
			   talk->reply.data);
		vh_buf_free(&message);
	}
}
END_TEST

static void add_wide(struct vh_buf *buf, const char *text, size_t room)
{
	for (size_t i = 0; i < room; i++)
		add_be(buf, i < strlen(text) ? text[i] : 0);
}

START_TEST(nics_version_2)
{
	struct vh_buf message = { 0 };

	vh_buf_printf(&message, "SetGuestInfo  9 ");
	add_be(&message, 2);
	add_be(&message, 1);
	add_be(&message, 1);
	add_wide(&message, "00:50:56:01:02:03", 18);
	add_be(&message, 1);
	add_be(&message, 0);
	add_be(&message, 1);
	add_wide(&message, "192.0.2.10", 64);
	add_wide(&message, "255.255.255.0", 64);
	EXPECT(!strcmp(send(&message), "1 "));
	EXPECT_EQ(json_integer_value(guest("nics.version")), 2);
	EXPECT(!strcmp(guest_text("nics.nics.0.mac"), "00:50:56:01:02:03"));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.address"), "192.0.2.10"));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.mask"), "255.255.255.0"));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.origin"), "dhcp"));
	refuse_beginnings(&message, 16, nowhere);
	memcpy(message.data, "SetGuestInfo 10 ", 16);	/* type 10 carries version 3 alone */
	EXPECT(!strncmp(send(&message), "0 ", 2));
	vh_buf_free(&message);
}
END_TEST

START_TEST(nics_version_1)
{
	struct vh_buf message = { 0 };
	uint8_t nic[4 + 19 + 8 * 16] = { 2 };
	uint8_t none[sizeof(nic)] = { 0 };

	memcpy(nic + 4, "00:50:56:01:02:03", 17);
	memcpy(nic + 23, "192.0.2.10", 10);
	memcpy(nic + 39, "255.255.255.255x", 16);	/* fills its field */
	vh_buf_printf(&message, "SetGuestInfo  2 ");
	vh_put_le32(&message, 1);
	vh_buf_add(&message, nic, sizeof(nic));
	for (int i = 1; i < 16; i++)
		vh_buf_add(&message, none, sizeof(none));
	EXPECT(!strcmp(send(&message), "1 "));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.0.address"), "192.0.2.10"));
	EXPECT(!strcmp(guest_text("nics.nics.0.addresses.1.address"), "255.255.255.255x"));
	EXPECT_EQ(json_array_size(guest("nics.nics")), 1);
	refuse_beginnings(&message, 16, nowhere);
	message.data[16] = 17;
	EXPECT(!strncmp(send(&message), "0 ", 2));
	message.data[16] = 1;
	message.data[20] = 9;
	EXPECT(!strncmp(send(&message), "0 ", 2));
	vh_buf_free(&message);
}
END_TEST

START_TEST(disks_in_json)
{
	EXPECT(!strcmp(talk_rpci(talk,
		"SetGuestDiskInfo {\n\"version\":\"1\",\n\"disks\":[\n"
		"{\"name\":\"Lw==\",\"free\":\"1000\",\"size\":\"18446744073709551615\","
		"\"fstype\":\"ext4\",\"devices\":[\"scsi0:0\"]},"
		"{\"name\":\"L2Jvb3Q=\",\"free\":\"1\",\"size\":\"2\"}\n]\n}\n"), "1 "));
	EXPECT(!strcmp(guest_text("disks.disks.0.name"), "/"));
	EXPECT_EQ(json_integer_value(guest("disks.disks.0.free")), 1000);
	ck_assert_double_eq_tol(json_real_value(guest("disks.disks.0.size")), 18446744073709551616.0, 1e6);
	EXPECT(!strcmp(guest_text("disks.disks.0.fstype"), "ext4"));
	EXPECT(!strcmp(guest_text("disks.disks.0.devices.0"), "scsi0:0"));
	EXPECT(!strcmp(guest_text("disks.disks.1.name"), "/boot"));
}
END_TEST

START_TEST(disks_in_wrong_json_are_refused)
{
	static const char *const wrong[] = {
		"", "x", "{}", "[]", "{\"version\":\"1\",\"disks\":[],\"disks\":[]}", "{\"version\":1,\"disks\":[]}", "{\"version\":\"2\",\"disks\":[]}",
		"{\"version\":\"1\"}", "{\"version\":\"1\",\"disks\":{}}",
		"{\"version\":\"1\",\"disks\":[1]}", "{\"version\":\"1\",\"disks\":[{}]}",
		"{\"version\":\"1\",\"disks\":[{\"name\":\"/\",\"free\":\"1\",\"size\":\"2\"}]}",
		"{\"version\":\"1\",\"disks\":[{\"name\":\"\",\"free\":\"1\",\"size\":\"2\"}]}",
		"{\"version\":\"1\",\"disks\":[{\"name\":\"Lw==\",\"free\":1,\"size\":\"2\"}]}",
		"{\"version\":\"1\",\"disks\":[{\"name\":\"Lw==\",\"free\":\"-1\",\"size\":\"2\"}]}",
		"{\"version\":\"1\",\"disks\":[{\"name\":\"Lw==\",\"free\":\"1\",\"size\":\"2\",\"fstype\":1}]}",
		"{\"version\":\"1\",\"disks\":[{\"name\":\"Lw==\",\"free\":\"1\",\"size\":\"2\",\"devices\":[1]}]}",
		"{\"version\":\"1\",\"disks\":[{\"name\":\"Lw==\",\"free\":\"1\",\"size\":\"2\",\"devices\":\"a\"}]}",
	};
	char text[512];

	EXPECT(!strcmp(talk_rpci(talk, "SetGuestDiskInfo {\"version\":\"1\",\"disks\":[]}"), "1 "));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), "SetGuestDiskInfo %s", wrong[i]);
		EXPECT_MSG(!strncmp(talk_rpci(talk, text), "0 ", 2), "%s", wrong[i]);
	}
	EXPECT_EQ(json_array_size(guest("disks.disks")), 0);
	EXPECT(json_is_array(guest("disks.disks")));
}
END_TEST

START_TEST(disks_packed)
{
	struct vh_buf message = { 0 };
	char name[100] = "/var";

	vh_buf_printf(&message, "SetGuestInfo  3 ");
	vh_buf_add(&message, "\1", 1);
	vh_put_le64(&message, 5);
	vh_put_le64(&message, UINT64_C(1) << 40);
	vh_buf_add(&message, name, sizeof(name));
	EXPECT(!strcmp(send(&message), "1 "));
	EXPECT(!strcmp(guest_text("disks.disks.0.name"), "/var"));
	EXPECT_EQ(json_integer_value(guest("disks.disks.0.size")), INT64_C(1) << 40);
	refuse_beginnings(&message, 16, nowhere);
	memset(message.data + 16 + 17, 'x', 100);	/* a name without an end */
	EXPECT(!strncmp(send(&message), "0 ", 2));
	vh_buf_free(&message);
}
END_TEST

static void add_os(struct vh_buf *message, const char *text)
{
	static const uint8_t zero[513];

	vh_buf_clear(message);
	vh_buf_printf(message, "SetGuestInfo  11 ");
	vh_put_le32(message, 1);
	vh_buf_add(message, "debian13-64", 11);
	vh_buf_add(message, zero, 129 - 11);
	vh_buf_add(message, "Debian GNU/Linux 13", 19);
	vh_buf_add(message, zero, 513 - 19 + 2);
	vh_buf_add(message, text, strlen(text));
}

START_TEST(the_operating_system_in_detail)
{
	struct vh_buf message = { 0 };

	add_os(&message, "bitness='64' distroName='Debian GNU/Linux' prettyName='it\\'s \\\\'");
	vh_buf_add(&message, "", 1);
	EXPECT(!strcmp(send(&message), "1 "));
	EXPECT(!strcmp(guest_text("os.short"), "debian13-64"));
	EXPECT(!strcmp(guest_text("os.full"), "Debian GNU/Linux 13"));
	EXPECT(!strcmp(guest_text("os.details.bitness"), "64"));
	EXPECT(!strcmp(guest_text("os.details.distroName"), "Debian GNU/Linux"));
	EXPECT(!strcmp(guest_text("os.details.prettyName"), "it's \\"));
	/* No pair, one, two, or all but the NUL are whole too. */
	refuse_beginnings(&message, 17,
			  (size_t[]){ 665, 665 + 12, 665 + 42, message.len - 1, 0 });
	vh_buf_free(&message);
}
END_TEST

START_TEST(wrong_details_of_the_system_are_refused)
{
	static const char *const wrong[] = {
		"bitness", "bitness=64", "bitness='64", "='64'", "a='1'b='2'", "a='1' ", "a='1'  b='2'",
		"a b='1'", "a='\\",
	};
	struct vh_buf message = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		add_os(&message, wrong[i]);
		EXPECT_MSG(!strncmp(send(&message), "0 ", 2), "%s", wrong[i]);
	}
	for (int len = 1024; len <= 1025; len++) {	/* the longest value, and a longer one */
		add_os(&message, "");
		vh_buf_printf(&message, "a='%0*d'", len, 0);
		EXPECT_MSG((*send(&message) == '1') == (len == 1024), "%d bytes", len);
	}
	add_os(&message, "");
	for (int i = 0; i < 10; i++)		/* the longest text, and a longer one */
		vh_buf_printf(&message, "a='%0*d'%s", 1019, 0, i < 9 ? " " : "");
	EXPECT_EQ(message.len - 665, 10 * 1024 - 1);
	vh_buf_add(&message, "", 1);
	EXPECT(!strcmp(send(&message), "1 "));
	message.len = 665 + 4;
	for (int i = 0; i < 11; i++)
		vh_buf_printf(&message, "%0*d%s", 1000, 0, i < 10 ? "' a='" : "'");
	memcpy(message.data + 665, "a='0", 4);
	EXPECT(!strncmp(send(&message), "0 ", 2));
	add_os(&message, "");
	EXPECT(!strcmp(send(&message), "1 "));
	message.data[17] = 2;	/* version */
	EXPECT(!strncmp(send(&message), "0 ", 2));
	message.data[17] = 1;
	memset(message.data + 17 + 4, 'x', 129);	/* a name without an end */
	EXPECT(!strncmp(send(&message), "0 ", 2));
	vh_buf_free(&message);
}
END_TEST

START_TEST(memory_statistics)
{
	struct vh_buf message = { 0 };

	vh_buf_printf(&message, "SetGuestInfo  8 ");
	add_hex(&message, stats);
	EXPECT(!strcmp(send(&message), "1 "));
	EXPECT_EQ(json_integer_value(guest("memory.memTotal")), 512 * 1024);
	EXPECT_EQ(json_integer_value(guest("memory.hugePagesTotal")), 3);
	EXPECT(!strcmp(guest_text("memory.stats.0.name"), "hugePageSize"));
	EXPECT(!strcmp(guest_text("memory.stats.0.unit"), "KiB"));
	EXPECT_EQ(json_integer_value(guest("memory.stats.0.value")), 2048);
	EXPECT(!strcmp(guest_text("memory.stats.1.name"), "pageInRate"));
	ck_assert_double_eq(json_real_value(guest("memory.stats.1.value")), 1.5);
	/* The legacy block alone, and with one statistic, is whole. */
	refuse_beginnings(&message, 16, (size_t[]){ 16 + 112, 16 + 112 + 30, 0 });
	vh_buf_free(&message);
}
END_TEST

START_TEST(wrong_statistics_are_refused)
{
	static const struct {
		const char *hex;
		bool good;
	} cases[] = {
		{ "ae000000 0a00 5f746f6f6c732f763200 0100 0b 0100 09 0200 0308 0000", false },	/* v2 */
		{ "ac000000 0100 0b 0100 09 0200 0308 0000", false },		/* no name space */
		{ "ae000000 0a00 5f746f6f6c732f763100 0100 0b 0100 09 0200 0308 0000", true },
		{ "2e000000 0a00 5f746f6f6c732f763100 0100 0b 0100 09 0200 0308", true },	/* no value */
		{ "ae010000 0a00 5f746f6f6c732f763100 0100 0b 0100 09 0200 0308 0000", false },
		{ "02000000 0a00 5f746f6f6c732f763100", false },			/* no id */
		{ "ae000000 0a00 5f746f6f6c732f763100 0900 010203040506070809 0100 09 0200 0308 0000", false },
		{ "ae000000 0a00 5f746f6f6c732f763100 0100 0b 0100 0b 0200 0308 0300 010203", false },
		{ "ae000000 0a00 5f746f6f6c732f763100 0100 0b 0100 0b 0200 0308 0800 000000000000f07f", false },
		{ "ae000000 0a00 5f746f6f6c732f763100 0100 0b 0100 0b 0200 0308 0800 000000000000f03f", true },
		{ "ae000000 0a00 5f746f6f6c732f763100 0100 0b 0100 0b 0200 0308 0000", true },
	};
	struct vh_buf message = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		vh_buf_clear(&message);
		vh_buf_printf(&message, "SetGuestInfo  8 ");
		add_hex(&message, stats);
		message.len = 16 + 112;
		add_hex(&message, cases[i].hex);
		EXPECT_MSG((*send(&message) == '1') == cases[i].good, "case %zu: %s", i,
			   talk->reply.data);
	}
	message.len = 16 + 112;
	message.data[16] = 4;	/* version */
	EXPECT(!strncmp(send(&message), "0 ", 2));
	vh_buf_free(&message);
}
END_TEST

START_TEST(the_guest_may_name_its_primary_address)
{
	EXPECT(json_is_null(guest("ipAddress")));
	EXPECT(!strcmp(talk_rpci(talk, "info-set guestinfo.ip 192.0.2.77"), "1 "));
	EXPECT(!strcmp(guest_text("ipAddress"), "192.0.2.77"));
}
END_TEST

START_TEST(a_reset_of_the_machine_forgets_the_guest)
{
	EXPECT(!strcmp(talk_rpci(talk, "SetGuestInfo  1 web1"), "1 "));
	vh_machine_reset(talk->host);
	EXPECT(!guest("hostName"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vmhost guest information");
	TCase *tests = tcase_create("guestinfo");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, texts_are_kept_with_and_without_their_nul);
	tcase_add_test(tests, texts_that_are_wrong_are_refused);
	tcase_add_test(tests, nics_version_3);
	tcase_add_test(tests, counts_in_nics_are_limited);
	tcase_add_test(tests, all_that_nics_may_have);
	tcase_add_test(tests, addresses_have_their_length);
	tcase_add_test(tests, nics_version_2);
	tcase_add_test(tests, nics_version_1);
	tcase_add_test(tests, disks_in_json);
	tcase_add_test(tests, disks_in_wrong_json_are_refused);
	tcase_add_test(tests, disks_packed);
	tcase_add_test(tests, the_operating_system_in_detail);
	tcase_add_test(tests, wrong_details_of_the_system_are_refused);
	tcase_add_test(tests, memory_statistics);
	tcase_add_test(tests, wrong_statistics_are_refused);
	tcase_add_test(tests, the_guest_may_name_its_primary_address);
	tcase_add_test(tests, a_reset_of_the_machine_forgets_the_guest);
	return run_suite(suite);
}
