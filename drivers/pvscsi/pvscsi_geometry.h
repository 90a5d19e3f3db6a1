/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * How large the rings of an adapter are (§3.2).
 *
 * Pure logic without framework calls, so that host unit tests compile this
 * very file.
 */
#ifndef PVSCSI_GEOMETRY_H
#define PVSCSI_GEOMETRY_H

#include "vmw/pvscsi_dev.h"

/**
 * struct pvscsi_geometry - sizes of the rings
 * @req_pages: pages of the request ring; the completion ring has as many and
 *	so room for four completions a request
 * @msg_pages: pages of the message ring, 0 for none
 * @reqs: entries of the request ring
 * @cmps: entries of the completion ring
 * @msgs: entries of the message ring
 *
 * All are powers of two, which the device takes for granted (§4.2).
 */
struct pvscsi_geometry {
	__u32 req_pages;
	__u32 msg_pages;
	__u32 reqs;
	__u32 cmps;
	__u32 msgs;
};

/**
 * pvscsi_ring_pages() - pages of a ring
 * @wanted: what a user asks for, 0 for the default
 * @fallback: the default
 * @most: as many as the device takes, a power of two
 *
 * Return: a power of two, at most @wanted and @most.
 */
static inline __u32 pvscsi_ring_pages(__u32 wanted, __u32 fallback, __u32 most)
{
	__u32 pages = most;

	if (!wanted)
		wanted = fallback;
	while (pages > wanted)
		pages /= 2;
	return pages;
}

/**
 * pvscsi_geometry_of() - sizes of all rings
 * @g: filled in
 * @req_pages: pages of the request ring that a user asks for, 0 for the default
 * @msg_pages: pages of the message ring, likewise
 * @use_msg: whether the device has a message ring that is wanted
 */
static inline void pvscsi_geometry_of(struct pvscsi_geometry *g,
				      __u32 req_pages, __u32 msg_pages,
				      _Bool use_msg)
{
	g->req_pages = pvscsi_ring_pages(req_pages, PVSCSI_MAX_REQ_PAGES,
					 PVSCSI_MAX_REQ_PAGES);
	g->msg_pages = use_msg ? pvscsi_ring_pages(msg_pages, 1,
						   PVSCSI_MAX_MSG_PAGES) : 0;
	g->reqs = g->req_pages * PVSCSI_REQS_PER_PAGE;
	g->cmps = g->req_pages * PVSCSI_CMPS_PER_PAGE;
	g->msgs = g->msg_pages * PVSCSI_MSGS_PER_PAGE;
}

#endif /* PVSCSI_GEOMETRY_H */
