// SPDX-License-Identifier: GPL-2.0-only
// until 6.1: «net: devlink: remove devlink_info_driver_name_put()»
#include <net/devlink.h>

static int __maybe_unused probe(struct devlink_info_req *req)
{
	return devlink_info_driver_name_put(req, "probe");
}
