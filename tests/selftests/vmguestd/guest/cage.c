// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Started in the place of vmguestd by its unit: what of the things that nobody there must be able
 * to do is possible. For each a line with its name and how the process ended that tried it, first by
 * the unit's settings alone, then in the worker's own cage as well.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"
#include "wants.h"

static int try(const struct want *want, bool caged)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (caged && (sandbox_user(getuid(), getgid()) || sandbox_calls()))
			_exit(99);
		_exit(want->what() ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 98;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
	for (const struct want *want = wants; want->name; want++)
		printf("%s %d %d\n", want->name, try(want, false), try(want, true));
	return 0;
}
