// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The guest's command line for vmcount: sends its arguments as one marker.
 *
 *	vmcount count | begin TAG | end OPERATIONS | note TEXT | range NAME LOW HIGH
 */
#include <stdio.h>
#include <string.h>

#include "marker.h"

int main(int argc, char **argv)
{
	char text[VMCOUNT_MAX] = "";
	int i;

	for (i = 1; i < argc; i++) {
		if (strlen(text) + strlen(argv[i]) + 2 > sizeof(text)) {
			fprintf(stderr, "vmcount: more than %d bytes\n", VMCOUNT_MAX);
			return 2;
		}
		if (i > 1)
			strcat(text, " ");
		strcat(text, argv[i]);
	}
	if (vmcount_open()) {
		perror("vmcount: ioperm");
		return 1;
	}
	vmcount_send(text, strlen(text));
	return 0;
}
