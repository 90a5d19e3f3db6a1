/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * The control socket of vmguestd: a UNIX stream socket that takes one line of JSON and
 * answers with one line of JSON, as often as the client likes. Anybody may ask; who may
 * «do» is decided by the peer's user id (root).
 *
 * {"get":"status"}
 *	{"ok":true,"version":1,"daemon":{…}} with the members below. Members are only
 *	ever added; what is not known is null or absent.
 * {"do":"update","what":"network"}	sends the host the NICs again, changed or not
 * {"do":"reload"}			reads the configuration again
 *	{"ok":true}
 * anything else, and what failed
 *	{"ok":false,"error":"what, where, what to do"}
 *
 * "daemon":
 *	"version"	string, of the program
 *	"pid"		number
 *	"uptime_sec"	number
 *	"host"		{"transport":"backdoor"|"vsock","connected":bool,"registered":bool,
 *			"reset_count":n,"last_poll_msec":n (ago),"commands":n,"errors":n}
 *	"services"	[{"name":"guestinfo","state":"ok"|"standby"|"off"|"failed","detail":"…"},…]
 *	"counters"	{"rpci_requests":n,"rpci_failures":n,"tclo_commands":n,"wakeups":n,…}:
 *			numbers alone, each of which is a counter of --metrics
 *	"problems"	[{"what":"…","do":"…"},…]: shown as they are
 */
#ifndef VMGUEST_CTL_H
#define VMGUEST_CTL_H

#define CTL_PATH	"/run/vmguestd/control"
#define CTL_VERSION	1
/* A longer line is an error, in both directions. */
#define CTL_REQUEST_MAX	4096
#define CTL_REPLY_MAX	(256 << 10)

#endif
