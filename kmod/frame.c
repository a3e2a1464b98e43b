// SPDX-License-Identifier: GPL-2.0-only
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <net/addrconf.h>
#include <net/route.h>

#include "frame.h"

#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
static bool mac_is_ours(const struct nf_hook_state *state, const u8 *mac)
{
	const struct net_device *bridge = state->in;
	struct net_device *dev;

	if (is_vlan_dev(bridge))
		bridge = vlan_dev_real_dev(bridge);
	if (ether_addr_equal(mac, state->in->dev_addr) || ether_addr_equal(mac, bridge->dev_addr))
		return true;
	for_each_netdev_rcu(state->net, dev) {
		if (netif_is_bridge_port(dev) && ether_addr_equal(mac, dev->dev_addr) &&
		    netdev_master_upper_dev_get_rcu(dev) == bridge)
			return true;
	}
	return false;
}

static bool address_is_ours(const struct sk_buff *skb, const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_IPV4)
		return inet_addr_type(state->net, ip_hdr(skb)->daddr) != RTN_UNICAST;
	return ipv6_addr_is_multicast(&ipv6_hdr(skb)->daddr) ||
	       ipv6_chk_addr(state->net, &ipv6_hdr(skb)->daddr, NULL, 0);
}

/*
 * A frame to another MAC address than ours may be flooded and delivered at once:
 * opened, it would show media to the bridge's ports; let be, it would enter in
 * clear. No genuine packet comes like that.
 */
enum nf_srtp_frame nf_srtp_frame_kind(const struct sk_buff *skb, const struct nf_hook_state *state,
				      enum nf_srtp_way way)
{
	if (likely(!nf_bridge_info_exists(skb)))
		return NF_SRTP_FRAME_NONE;
	if (way == NF_SRTP_TX)
		return nf_bridge_get_physoutdev(skb) ? NF_SRTP_FRAME_SWITCHED : NF_SRTP_FRAME_NONE;
	if (!nf_bridge_in_prerouting(skb))
		return NF_SRTP_FRAME_DONE;
	if (mac_is_ours(state, eth_hdr(skb)->h_dest))
		return NF_SRTP_FRAME_NONE;
	return address_is_ours(skb, state) ? NF_SRTP_FRAME_STRAY : NF_SRTP_FRAME_SWITCHED;
}

bool nf_srtp_frame_unshare(struct sk_buff *skb)
{
	return !nf_bridge_info_exists(skb) || skb_ext_add(skb, SKB_EXT_BRIDGE_NF);
}
#endif
