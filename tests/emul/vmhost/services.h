/* SPDX-License-Identifier: GPL-2.0-only */
/* Copyright (C) 2026 The vmguest authors */
/*
 * The services: GuestRPC by name, the record of events, and the control socket. One part
 * a file, each with its own header; all are called with the host's lock held.
 */
#ifndef VMHOST_SERVICES_H
#define VMHOST_SERVICES_H

#include "host.h"

#include "appmonitor.h"
#include "control.h"
#include "deploypkg.h"
#include "events.h"
#include "guestinfo.h"
#include "guestlib.h"
#include "guestlog.h"
#include "power.h"
#include "quiesce.h"
#include "rpci.h"
#include "tclo.h"
#include "tools.h"
#include "vars.h"

struct vh_services {
	struct vh_events events;
	struct vh_rpci rpci;
	struct vh_tclo tclo;
	struct vh_tools tools;
	struct vh_vars vars;
	struct vh_guestinfo info;
	struct vh_guestlib guestlib;
	struct vh_power power;
	struct vh_deploypkg deploypkg;
	struct vh_quiesce quiesce;
	struct vh_appmonitor appmonitor;
	struct vh_guestlog log;
	struct vh_control control;
};

/* Lets time pass: limits, the heartbeat. Returns when to come again, as vh_seconds(). */
double vh_services_tick(struct vmhost *host);

#endif
