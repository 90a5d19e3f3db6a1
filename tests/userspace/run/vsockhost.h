/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The emulated host's side of GuestRPC over vsock, for programs under vmrun: their
 * sockets of that family become sockets of this machine's own.
 */
#ifndef VSOCKHOST_H
#define VSOCKHOST_H

#include <stdbool.h>
#include <sys/un.h>

struct vmhost;

#define VSOCKHOST_TCLO	975
#define VSOCKHOST_RPCI	976

/* vsockhost_start() - listens; @privileged_only: requests of anybody else are refused */
void vsockhost_start(struct vmhost *host, bool privileged_only);
/*
 * vsockhost_address() - where a connection to that port goes, in as many bytes as an
 * address of vsock has; false: nobody is there
 */
#define VSOCKHOST_ADDRESS_LEN 16
bool vsockhost_address(unsigned int port, bool privileged, struct sockaddr_un *address);

#endif
