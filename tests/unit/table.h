/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Structures compared with the tables of a specification, row by row.
 */
#ifndef TABLE_H
#define TABLE_H

#include "unit.h"

struct row {
	const char *name;
	size_t offset, size;
	size_t want_offset, want_size;
};

#define ROW(type, field, want_offset, want_size) \
	{ #field, offsetof(struct type, field), \
	  sizeof(((struct type *)0)->field), want_offset, want_size }

/*
 * Each row is where the specification says, and the rows, reserved ones
 * included, fill the structure without gap or overlap.
 */
static void check_table(const char *table, const struct row *row, size_t rows,
			size_t size, size_t want_size)
{
	size_t end = 0;
	size_t i;

	for (i = 0; i < rows; i++) {
		EXPECT_MSG(row[i].offset == row[i].want_offset &&
			      row[i].size == row[i].want_size,
			      "%s.%s: %zu bytes at %zu, specified are %zu at %zu",
			      table, row[i].name, row[i].size, row[i].offset,
			      row[i].want_size, row[i].want_offset);
		EXPECT_MSG(row[i].want_offset == end,
			      "%s.%s: the table has a gap or an overlap at %zu",
			      table, row[i].name, end);
		end += row[i].want_size;
	}
	EXPECT_MSG(end == want_size && size == want_size,
		      "%s: %zu bytes, rows %zu, specified %zu", table, size,
		      end, want_size);
}

#define CHECK_TABLE(type, rows, want_size) \
	check_table(#type, rows, ARRAY_SIZE(rows), sizeof(struct type), \
		    want_size)

#endif /* TABLE_H */
