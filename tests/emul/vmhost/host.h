/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What an emulated host consists of, part by part. Who reads or sets a part from
 * outside of its file (control.c, tests) holds the host's lock.
 */
#ifndef VMHOST_HOST_H
#define VMHOST_HOST_H

#include <pthread.h>

#include "vmhost.h"
#include "options.h"
#include "backdoor.h"
#include "pointer.h"
#include "channel.h"
#include "balloon.h"
#include "faults.h"

struct vh_clock {
	int64_t ahead;		/* microseconds that the guest is told too many */
	uint64_t passed;	/* microseconds that tests let pass */
	uint64_t stopped;	/* when no others pass any more, or 0 */
};

struct vh_services;

struct vmhost {
	pthread_mutex_t lock;
	uint64_t random;
	struct vh_options options;
	struct vh_clock clock;
	struct vh_backdoor backdoor;
	struct vh_pointer pointer;
	struct vh_channels channels;
	struct vh_balloon balloon;
	struct vh_faults faults;
	struct vh_services *services;
};

#endif
