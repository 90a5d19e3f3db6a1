// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * What happens to a VM as a whole, as far as its guest can see it: specification
 * "backdoor and GuestRPC" §7.4. The tools' side of it ("reset") is in tclo.c.
 */
#include "host.h"

void vh_snapshot(struct vmhost *host)
{
	vh_channels_checkpoint(host);
	vh_event(host, "snapshot", NULL);
}

void vh_resume(struct vmhost *host, double away)
{
	vh_channels_checkpoint(host);
	vh_clock_step(host, away);
	vh_event(host, "resume", "{s:f}", "away", away);
}

void vh_migrate(struct vmhost *host, double away)
{
	vh_channels_forget(host);
	vh_clock_step(host, away);
	vh_event(host, "migrate", "{s:f}", "away", away);
}

void vh_machine_reset(struct vmhost *host)
{
	vh_lock(host);
	vh_channels_forget(host);
	vh_pointer_machine_reset(host);
	vh_balloon_machine_reset(host);
	vh_services_reset(host);
	vh_event(host, "reset", NULL);
	vh_unlock(host);
}
