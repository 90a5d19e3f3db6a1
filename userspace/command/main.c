// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/*
 * Several programs in one file: which it is says the name that it is called by.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *program;
bool quiet;

static const struct {
	const char *name;
	int (*run)(int argc, char *argv[]);
} programs[] = {
	{ "vmguest", vmguest_main },
	{ "vmware-rpctool", rpctool_main },
	{ "vmware-toolbox-cmd", toolbox_main },
	{ "vmware-checkvm", checkvm_main },
	{ "vmware-xferlogs", xferlogs_main },
	{ "vmtoolsd", toolsd_main },
	{ "vmware-hgfsclient", hgfsclient_main },
	{ "vmware-namespace-cmd", namespace_main },
	{ "vmhgfs-fuse", hgfsfuse_main },
};

/*
 * A stream that is closed would be the next file that is opened, and what is said go there. For
 * reading alone, so that it cannot be written is an error as before.
 */
static void fill_streams(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0)
			return;
	}
}

int main(int argc, char *argv[])
{
	const char *slash, *name;
	int (*run)(int argc, char *argv[]) = vmguest_main;
	int ret;

	if (argc < 1)
		return EX_USAGE;
	fill_streams();
	program = argv[0];
	slash = strrchr(program, '/');
	name = slash ? slash + 1 : program;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (!strcmp(name, programs[i].name))
			run = programs[i].run;
	}
	ret = run(argc, argv);
	/* What could not be written was not said: whoever reads it must not believe it was. */
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: cannot write standard output: %s\n", program,
			strerror(errno));
		if (!ret)
			ret = EX_IOERR;
	}
	return ret;
}
