// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * vmxnet3_wol.h: the wake-up patterns byte by byte, and what they match when a
 * device applies them to frames (§3.20).
 */
#include "unit.h"

#include <string.h>

#include "vmxnet3_wol.h"

static const uint8_t mac[6] = { 0x00, 0x50, 0x56, 0xfe, 0x80, 0x01 };
static const uint8_t ip[4] = { 192, 0, 2, 255 };

/* Who has 192.0.2.255? */
static const uint8_t arp_request[60] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
	0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01, 0x02, 0x11,
	0x22, 0x33, 0x44, 0x55, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 255,
};

/* The device's side: bit n of the mask, least significant first, is byte n. */
static bool matches(const struct vmxnet3_pm_filter *f, const uint8_t *frame)
{
	unsigned int i;

	for (i = 0; i < f->pattern_size; i++)
		if (bits(f->mask[i / 8], i % 8, i % 8) &&
		    f->pattern[i] != frame[i])
			return false;
	return true;
}

START_TEST(own_address_is_6_bytes_from_the_start)
{
	struct vmxnet3_pm_filter f = { 0 }, want = {
		.mask_size = 1, .pattern_size = 6, .mask = { 0x3f },
	};

	memcpy(want.pattern, mac, sizeof(mac));
	vmxnet3_wol_ucast(&f, mac);
	EXPECT_EQ(memcmp(&f, &want, sizeof(f)), 0);
}
END_TEST

START_TEST(arp_request_is_42_bytes_with_three_places_compared)
{
	static const uint8_t mask[6] = { 0x00, 0x30, 0x30, 0x00, 0xc0, 0x03 };
	struct vmxnet3_pm_filter f = { 0 }, want = {
		.mask_size = sizeof(mask), .pattern_size = 42,
	};

	memcpy(want.mask, mask, sizeof(mask));
	memcpy(&want.pattern[12], (uint8_t[]){ 0x08, 0x06 }, 2);
	memcpy(&want.pattern[20], (uint8_t[]){ 0x00, 0x01 }, 2);
	memcpy(&want.pattern[38], ip, 4);
	vmxnet3_wol_arp(&f, ip);
	EXPECT_EQ(memcmp(&f, &want, sizeof(f)), 0);
}
END_TEST

START_TEST(mask_has_a_bit_for_each_byte_and_no_byte_more)
{
	static const uint8_t bytes[VMXNET3_PM_MAX_PATTERN];
	unsigned int len;

	for (len = 1; len <= sizeof(bytes); len++) {
		struct vmxnet3_pm_filter f = { 0 };

		vmxnet3_wol_match(&f, 0, bytes, len);
		EXPECT_EQ(f.pattern_size, len);
		EXPECT(f.mask_size * 8u >= len);
		EXPECT(f.mask_size * 8u < len + 8);
	}
}
END_TEST

START_TEST(each_byte_that_matters_and_no_other_decides_of_an_arp_request)
{
	struct vmxnet3_pm_filter f = { 0 };
	uint8_t frame[sizeof(arp_request)];
	unsigned int i;

	vmxnet3_wol_arp(&f, ip);
	EXPECT(matches(&f, arp_request));
	for (i = 0; i < sizeof(frame); i++) {
		bool matters = i == 12 || i == 13 || i == 20 || i == 21 ||
			       (i >= 38 && i < 42);

		memcpy(frame, arp_request, sizeof(frame));
		frame[i] ^= 0x04;
		EXPECT_MSG(matches(&f, frame) == !matters, "byte %u", i);
	}
}
END_TEST

Suite *wol_suite(void)
{
	Suite *suite = suite_create("wake-up patterns");
	TCase *tcase = tcase_create("patterns");

	tcase_add_test(tcase, own_address_is_6_bytes_from_the_start);
	tcase_add_test(tcase,
		       arp_request_is_42_bytes_with_three_places_compared);
	tcase_add_test(tcase, mask_has_a_bit_for_each_byte_and_no_byte_more);
	tcase_add_test(tcase,
		       each_byte_that_matters_and_no_other_decides_of_an_arp_request);
	suite_add_tcase(suite, tcase);
	return suite;
}
