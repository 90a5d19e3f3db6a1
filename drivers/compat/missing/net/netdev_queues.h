/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * <net/netdev_queues.h> for kernels before 6.4: stopping a transmit queue without a
 * lock. netif_txq_completed_wake(), the other side, is in compat_net.h, since some
 * kernels have this file without it.
 */
#ifndef _VMGUEST_MISSING_NETDEV_QUEUES_H
#define _VMGUEST_MISSING_NETDEV_QUEUES_H

#include <linux/netdevice.h>

/* Both return 0: stopped, -1: stopped, but room came meanwhile and it runs again. */
#define netif_txq_try_stop(txq, get_desc, start_thrs)				\
	({									\
		int _stopped = 0;						\
										\
		netif_tx_stop_queue(txq);					\
		/* Pairs with the barrier in netif_txq_completed_wake(). */	\
		smp_mb__after_atomic();						\
		if (unlikely((get_desc) >= (start_thrs))) {			\
			netif_tx_start_queue(txq);				\
			_stopped = -1;						\
		}								\
		_stopped;							\
	})

/* … and 1: there was room enough, nothing done. */
#define netif_txq_maybe_stop(txq, get_desc, stop_thrs, start_thrs)		\
	(unlikely((get_desc) < (stop_thrs)) ?					\
	 netif_txq_try_stop(txq, get_desc, start_thrs) : 1)

#endif
