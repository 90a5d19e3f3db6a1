// SPDX-License-Identifier: GPL-2.0-only
// Copyright (C) 2026 The vmguest authors
/* All services together: started, stopped, reset, and moved on in time. */
#include "services.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool vh_services_start(struct vmhost *host)
{
	host->services = calloc(1, sizeof(*host->services));
	if (!host->services) {
		fprintf(stderr, "vmhost: no memory for its services\n");
		return false;
	}
	vh_rpci_init(host);
	vh_tools_init(host);
	vh_tclo_init(host);
	vh_vars_init(host);
	vh_guestinfo_init(host);
	vh_guestlib_init(host);
	vh_deploypkg_init(host);
	vh_quiesce_init(host);
	if (vh_events_init(host) && vh_control_start(host))
		return true;
	vh_services_stop(host);
	return false;
}

void vh_services_stop(struct vmhost *host)
{
	vh_control_stop(host);
	vh_quiesce_free(host);
	vh_deploypkg_free(host);
	vh_guestlib_free(host);
	vh_guestinfo_free(host);
	vh_vars_free(host);
	vh_tclo_free(host);
	vh_tools_free(host);
	vh_rpci_free(host);
	vh_guestlog_free(host);
	vh_events_free(host);
	free(host->services);
}

void vh_services_reset(struct vmhost *host)
{
	vh_tclo_reset(host);
	vh_power_reset(host);
	vh_deploypkg_reset(host);
	vh_quiesce_reset(host);
	vh_appmonitor_reset(host);
	vh_guestinfo_reset(host);
	vh_vars_reset(host);
	vh_tools_reset(host);
}

double vh_services_tick(struct vmhost *host)
{
	double next = fmin(vh_tclo_tick(host), vh_quiesce_tick(host));

	vh_channels_expire(host);
	return fmin(next, vh_tools_update(host));
}
