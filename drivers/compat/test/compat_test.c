// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copyright (C) 2026 The vmguest authors
 *
 * Uses everything that drivers/compat offers, the way a driver does, so that each
 * helper is compiled and linked on every kernel even while no driver needs it. Built
 * by «make compat-test» and by the matrix; never installed, never loaded.
 */
#include <linux/ethtool.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/pm.h>
#include <linux/string_choices.h>
#include <linux/tcp.h>
#include <linux/timer.h>
#include <net/devlink.h>
#include <net/netdev_queues.h>
#include <net/page_pool/helpers.h>
#include <net/page_pool/types.h>

struct flexible {
	struct timer_list timer;
	struct hrtimer hrtimer;
	unsigned int count;
	int items[] __counted_by(count);
};

static enum hrtimer_restart test_hrtimer(struct hrtimer *timer)
{
	return HRTIMER_NORESTART;
}

static void test_timer(struct timer_list *timer)
{
	struct flexible *f = timer_container_of(f, timer, timer);

	f->count = 0;
}

static void test_base(struct flexible **one, struct flexible **many, struct flexible **large)
{
	*one = kzalloc_obj(**one);
	*many = kzalloc_objs(**many, 2, GFP_ATOMIC);
	*large = kvzalloc_objs(**large, 2);
	timer_setup(&(*one)->timer, test_timer, 0);
	timer_delete_sync(&(*one)->timer);
	hrtimer_setup(&(*one)->hrtimer, test_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}

static int test_pm(struct device *dev)
{
	return 0;
}

static DEFINE_SIMPLE_DEV_PM_OPS(test_pm_ops, test_pm, test_pm);

static struct pci_driver test_pci_driver = { .driver.pm = pm_sleep_ptr(&test_pm_ops) };

static int test_pci(struct pci_dev *pdev, const struct cpumask *mask)
{
	pdev->driver = &test_pci_driver;
	return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_INTX) +
	       irq_set_affinity_and_hint(1, mask);
}

static int test_poll(struct napi_struct *napi, int budget)
{
	return 0;
}

static void test_queue_rx(struct net_device *dev, int queue, struct netdev_queue_stats_rx *stats)
{
	stats->packets = 1;
	stats->hw_drop_ratelimits = 0;
}

static void test_queue_tx(struct net_device *dev, int queue, struct netdev_queue_stats_tx *stats)
{
	stats->wake = 1;
}

static void test_base_stats(struct net_device *dev, struct netdev_queue_stats_rx *rx,
			    struct netdev_queue_stats_tx *tx)
{
	rx->packets = 0;
	tx->packets = 0;
}

static const struct netdev_stat_ops test_stat_ops = {
	.get_queue_stats_rx = test_queue_rx,
	.get_queue_stats_tx = test_queue_tx,
	.get_base_stats = test_base_stats,
};

static void test_net(struct net_device *dev, struct napi_struct *napi)
{
	netif_napi_add(dev, napi, test_poll);
	netif_napi_add_tx(dev, napi, test_poll);
	netif_napi_add_config(dev, napi, test_poll, 0);
	netif_napi_set_irq(napi, 1);
	netif_queue_set_napi(dev, 0, NETDEV_QUEUE_TYPE_RX, napi);
	netif_queue_set_napi(dev, 0, NETDEV_QUEUE_TYPE_TX, NULL);
	netif_set_tso_max_size(dev, 65536);
	netif_set_tso_max_segs(dev, 16);
	netdev_set_stat_ops(dev, &test_stat_ops);
	netdev_info(dev, "%s %s %s %s\n", str_on_off(dev->mtu), str_yes_no(dev->mtu),
		    str_up_down(dev->mtu), str_enabled_disabled(dev->mtu));
}

static int test_queue(struct netdev_queue *txq, unsigned int room)
{
	txq_trans_cond_update(txq);
	return netif_txq_maybe_stop(txq, READ_ONCE(room), 4, 8) +
	       netif_txq_try_stop(txq, READ_ONCE(room), 8) +
	       netif_txq_completed_wake(txq, 1, 64, READ_ONCE(room), 8) +
	       __netif_txq_completed_wake(txq, 1, 64, READ_ONCE(room), 8, txq->dev->mtu);
}

static struct sk_buff *test_page_pool(struct net_device *dev, struct napi_struct *napi)
{
	struct page_pool_params params = {
		.order = 0,
		.pool_size = 256,
		.nid = NUMA_NO_NODE,
		.dev = dev->dev.parent,
		.napi = napi,
		.netdev = dev,
		.queue_idx = 0,
		.dma_dir = DMA_FROM_DEVICE,
		.max_len = PAGE_SIZE,
		.offset = 0,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};
	struct page_pool *pool = page_pool_create(&params);
	unsigned int offset, size = 2048;
	struct sk_buff *skb;
	struct page *page;

	if (IS_ERR(pool))
		return NULL;

	page = page_pool_dev_alloc_pages(pool);
	page_pool_enable_direct_recycling(pool, napi);
	page_pool_put_full_page(pool, page, false);
	page = page_pool_dev_alloc_frag(pool, &offset, size);
	page_pool_recycle_direct(pool, page);

	page = page_pool_alloc(pool, &offset, &size, GFP_KERNEL);
	page_pool_disable_direct_recycling(pool);
	page_pool_recycle_direct(pool, page);
	page = page_pool_dev_alloc(pool, &offset, &size);
	page_pool_dma_sync_for_cpu(pool, page, offset, 64);
	skb = napi_build_skb(page_address(page) + offset, size);
	page_pool_skb_page(pool, page);
	skb_mark_for_recycle(skb);
	page_pool_destroy(pool);
	return skb;
}

static void test_get_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			       struct kernel_ethtool_ringparam *kernel_ring,
			       struct netlink_ext_ack *extack)
{
	kernel_ring->rx_buf_len = 0;
}

static int test_set_ringparam(struct net_device *dev, struct ethtool_ringparam *ring,
			      struct kernel_ethtool_ringparam *kernel_ring,
			      struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_FMT_MOD(extack, "no %u", ring->rx_pending);
	return -EINVAL;
}

static int test_get_coalesce(struct net_device *dev, struct ethtool_coalesce *coal,
			     struct kernel_ethtool_coalesce *kernel_coal,
			     struct netlink_ext_ack *extack)
{
	return kernel_coal->use_cqe_mode_rx;
}

static int test_set_coalesce(struct net_device *dev, struct ethtool_coalesce *coal,
			     struct kernel_ethtool_coalesce *kernel_coal,
			     struct netlink_ext_ack *extack)
{
	return -EINVAL;
}

static u32 test_get_rxfh_key_size(struct net_device *dev)
{
	return 40;
}

static u32 test_get_rxfh_indir_size(struct net_device *dev)
{
	return 128;
}

static int test_get_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh)
{
	rxfh->hfunc = ETH_RSS_HASH_TOP;
	return 0;
}

static int test_set_rxfh(struct net_device *dev, struct ethtool_rxfh_param *rxfh,
			 struct netlink_ext_ack *extack)
{
	return rxfh->input_xfrm == RXH_XFRM_NO_CHANGE ? 0 : -EOPNOTSUPP;
}

static int test_get_rxfh_fields(struct net_device *dev, struct ethtool_rxfh_fields *fields)
{
	fields->data = 0;
	return 0;
}

static int test_set_rxfh_fields(struct net_device *dev, const struct ethtool_rxfh_fields *fields,
				struct netlink_ext_ack *extack)
{
	return fields->flow_type;
}

static u32 test_get_rx_ring_count(struct net_device *dev)
{
	return 1;
}

static void test_get_eth_mac_stats(struct net_device *dev, struct ethtool_eth_mac_stats *stats)
{
	stats->FramesTransmittedOK = 1;
}

static void test_get_strings(struct net_device *dev, u32 set, u8 *data)
{
	ethtool_puts(&data, "one");
	ethtool_sprintf(&data, "queue_%u", set);
}

COMPAT_RINGPARAM(test);
COMPAT_COALESCE(test);
COMPAT_RXFH(test);
COMPAT_RXFH_FIELDS(test);
COMPAT_ETH_MAC_STATS(test);

static const struct ethtool_ops test_ethtool_ops = {
	.get_rxfh_key_size = test_get_rxfh_key_size,
	.get_rxfh_indir_size = test_get_rxfh_indir_size,
	.get_strings = test_get_strings,
	COMPAT_RINGPARAM_OPS(test)
	COMPAT_COALESCE_OPS(test)
	COMPAT_RXFH_OPS(test)
	COMPAT_RXFH_FIELDS_OPS(test)
	COMPAT_ETH_MAC_STATS_OPS(test)
};

static int test_recover(struct devlink_health_reporter *reporter, void *context,
			struct netlink_ext_ack *extack)
{
	return 0;
}

static int test_diagnose(struct devlink_health_reporter *reporter, struct devlink_fmsg *fmsg,
			 struct netlink_ext_ack *extack)
{
	devlink_fmsg_u32_pair_put(fmsg, "queue", 1);
	return 0;
}

static const struct devlink_health_reporter_ops test_reporter_ops = {
	.name = "tx",
	.recover = test_recover,
	.diagnose = test_diagnose,
	.default_graceful_period = 500,
};

static int test_info_get(struct devlink *devlink, struct devlink_info_req *req,
			 struct netlink_ext_ack *extack)
{
	return devlink_info_driver(req, KBUILD_MODNAME);
}

static const struct devlink_ops test_devlink_ops = { .info_get = test_info_get };

static void test_devlink(struct device *dev)
{
	struct devlink *devlink = devlink_alloc(&test_devlink_ops, 8, dev);
	struct devlink_health_reporter *reporter;

	if (!devlink)
		return;
	reporter = devlink_health_reporter_create(devlink, &test_reporter_ops, NULL);
	devlink_register(devlink);
	devlink_unregister(devlink);
	if (!IS_ERR(reporter))
		devlink_health_reporter_destroy(reporter);
	devlink_free(devlink);
}

/* Reachable for the compiler, so that it keeps and checks all of the above. */
int vmguest_compat_test(struct net_device *dev, struct napi_struct *napi, struct sk_buff *skb);
int vmguest_compat_test(struct net_device *dev, struct napi_struct *napi, struct sk_buff *skb)
{
	struct flexible *one, *many, *large;

	test_base(&one, &many, &large);
	test_net(dev, napi);
	test_pci(to_pci_dev(dev->dev.parent), cpu_online_mask);
	dev->ethtool_ops = &test_ethtool_ops;
	test_devlink(&dev->dev);
	return test_queue(netdev_get_tx_queue(dev, 0), 4) + skb_tcp_all_headers(skb) +
	       skb_inner_tcp_all_headers(skb) + !test_page_pool(dev, napi);
}

MODULE_DESCRIPTION("compile test of the kernel compatibility helpers");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMGUEST_VERSION);
