// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Boots another kernel without the firmware in between.
 *
 *   lab-kexec load KERNEL INITRD COMMAND-LINE
 *   lab-kexec go
 *
 * To go shuts the drivers down and nothing else: what user space holds is lost.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		perror(path);
	return fd;
}

static int load(const char *kernel, const char *initrd, const char *cmdline)
{
	int kernel_fd = open_file(kernel), initrd_fd = open_file(initrd);

	if (kernel_fd < 0 || initrd_fd < 0)
		return 1;
	if (syscall(SYS_kexec_file_load, kernel_fd, initrd_fd, strlen(cmdline) + 1, cmdline, 0UL)) {
		perror("kexec_file_load");
		return 1;
	}
	return 0;
}

static int go(void)
{
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	perror("kexec");
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "load"))
		return load(argv[2], argv[3], argv[4]);
	if (argc == 2 && !strcmp(argv[1], "go"))
		return go();
	fprintf(stderr, "usage: lab-kexec load KERNEL INITRD COMMAND-LINE | lab-kexec go\n");
	return 2;
}
