// SPDX-License-Identifier: Apache-2.0
#include "link_change.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <string.h>

#include "route_request.h"

enum {
	/* Of our filters and no others, so that they are found again. */
	MIRROR_PREFERENCE = 0x7073,
	MIRROR_HANDLE = 1,
};

int link_vlan_make(const char *name, int parent, uint16_t id, uint32_t group,
		   struct refusal *why)
{
	struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct route_request request;
	int err;

	err = route_request_begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info,
				  sizeof(info), why);
	if (err)
		return err;
	route_request_put_text(&request, IFLA_IFNAME, name);
	route_request_put(&request, IFLA_LINK, &parent, sizeof(parent));
	/* Part of the making, unlike an alias: there is no moment at which it is nobody's. */
	route_request_put(&request, IFLA_GROUP, &group, sizeof(group));
	route_request_nest(&request, IFLA_LINKINFO);
	route_request_put_text(&request, IFLA_INFO_KIND, "vlan");
	route_request_nest(&request, IFLA_INFO_DATA);
	route_request_put(&request, IFLA_VLAN_ID, &id, sizeof(id));
	route_request_nest_end(&request);
	route_request_nest_end(&request);
	return route_request_send(&request, why);
}

static int link_request(uint16_t type, int index, unsigned int flags, unsigned int change,
			struct refusal *why)
{
	struct ifinfomsg info = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = flags,
		.ifi_change = change,
	};
	struct route_request request;
	int err;

	err = route_request_begin(&request, type, 0, &info, sizeof(info), why);
	return err ?: route_request_send(&request, why);
}

int link_remove(int index, struct refusal *why)
{
	return link_request(RTM_DELLINK, index, 0, 0, why);
}

int link_up_set(int index, bool is_up, struct refusal *why)
{
	return link_request(RTM_NEWLINK, index, is_up ? IFF_UP : 0, IFF_UP, why);
}

int link_bridge_pass(int index, uint16_t groups, struct refusal *why)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct route_request request;
	int err;

	err = route_request_begin(&request, RTM_NEWLINK, 0, &info, sizeof(info), why);
	if (err)
		return err;
	route_request_nest(&request, IFLA_LINKINFO);
	route_request_put_text(&request, IFLA_INFO_KIND, "bridge");
	route_request_nest(&request, IFLA_INFO_DATA);
	route_request_put(&request, IFLA_BR_GROUP_FWD_MASK, &groups, sizeof(groups));
	route_request_nest_end(&request);
	route_request_nest_end(&request);
	return route_request_send(&request, why);
}

/* The place that filters of both directions hang on; one that is there is somebody's and good. */
static int filters_place(int index, struct refusal *why)
{
	struct tcmsg tc = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = index,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
		.tcm_parent = TC_H_CLSACT,
	};
	struct route_request request;
	int err;

	err = route_request_begin(&request, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &tc,
				  sizeof(tc), why);
	if (err)
		return err;
	route_request_put_text(&request, TCA_KIND, "clsact");
	err = route_request_send(&request, why);
	return err == -EEXIST ? 0 : err;
}

static struct tcmsg filter_header(int index, uint32_t direction)
{
	return (struct tcmsg){
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = index,
		.tcm_handle = MIRROR_HANDLE,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, direction),
		.tcm_info = TC_H_MAKE((uint32_t)MIRROR_PREFERENCE << 16,
				      __builtin_bswap16(ETH_P_ALL)),
	};
}

static int mirror_remove(int from, uint32_t direction, struct refusal *why)
{
	struct tcmsg tc = filter_header(from, direction);
	struct route_request request;
	int err;

	err = route_request_begin(&request, RTM_DELTFILTER, 0, &tc, sizeof(tc), why);
	if (err)
		return err;
	route_request_put_text(&request, TCA_KIND, "matchall");
	err = route_request_send(&request, why);
	/* There is no filter, or nothing that one could hang on. */
	return err == -ENOENT || err == -EINVAL ? 0 : err;
}

static int mirror_make(int from, int to, uint32_t direction, struct refusal *why)
{
	struct tcmsg tc = filter_header(from, direction);
	struct tc_mirred mirror = {
		.action = TC_ACT_PIPE,
		.eaction = TCA_EGRESS_MIRROR,
		.ifindex = (uint32_t)to,
	};
	struct route_request request;
	int err;

	err = route_request_begin(&request, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &tc,
				  sizeof(tc), why);
	if (err)
		return err;
	route_request_put_text(&request, TCA_KIND, "matchall");
	route_request_nest(&request, TCA_OPTIONS);
	route_request_nest(&request, TCA_MATCHALL_ACT);
	route_request_nest(&request, 1);
	route_request_put_text(&request, TCA_ACT_KIND, "mirred");
	route_request_nest(&request, TCA_ACT_OPTIONS);
	route_request_put(&request, TCA_MIRRED_PARMS, &mirror, sizeof(mirror));
	while (request.depth)
		route_request_nest_end(&request);
	return route_request_send(&request, why);
}

int link_mirror(int from, int to, struct refusal *why)
{
	static const uint32_t directions[] = { TC_H_MIN_INGRESS, TC_H_MIN_EGRESS };
	int err = to ? filters_place(from, why) : 0;

	for (size_t i = 0; i < 2 && !err; i++) {
		err = mirror_remove(from, directions[i], why);
		if (!err && to)
			err = mirror_make(from, to, directions[i], why);
	}
	return err;
}
