// SPDX-License-Identifier: Apache-2.0
#include "link.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "route_request.h"

enum {
	/* Bytes that the kernel may have waiting for us. */
	BUFFER_SIZE = 256 * 1024,
	LINKS_STEP = 16,
};

/**
 * struct link_place - an interface in the table
 * @link: as it was told last
 * @is_seen: the listing that runs has named it
 */
struct link_place {
	struct link link;
	bool is_seen;
};

/**
 * struct link_watch - a reader of the kernel's messages, and what it knows
 * @event, @events, @owner: as given
 * @socket, @source: where messages come from
 * @places, @count, @room: the table
 * @is_quiet: the table is made, which is no event
 * @is_listed: the listing has ended
 * @is_short: there was no memory for a link
 */
struct link_watch {
	sd_event *event;
	const struct link_events *events;
	void *owner;
	struct nl_sock *socket;
	sd_event_source *source;
	struct link_place *places;
	size_t count;
	size_t room;
	bool is_quiet;
	bool is_listed;
	bool is_short;
};

static void tell(struct link_watch *watch, const struct link *link)
{
	struct link told = *link;

	if (!watch->is_quiet && watch->events)
		watch->events->changed(watch->owner, &told);
}

static void tell_gone(struct link_watch *watch, const char *name)
{
	struct link gone = { 0 };

	memcpy(gone.name, name, sizeof(gone.name));
	tell(watch, &gone);
}

static struct link_place *place_of(const struct link_watch *watch, int index)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->places[i].link.index == index)
			return &watch->places[i];
	return NULL;
}

static struct link_place *place_new(struct link_watch *watch)
{
	struct link_place *places;

	if (watch->count == watch->room) {
		places = reallocarray(watch->places, watch->room + LINKS_STEP, sizeof(*places));
		if (!places)
			return NULL;
		watch->places = places;
		watch->room += LINKS_STEP;
	}
	memset(&watch->places[watch->count], 0, sizeof(*places));
	return &watch->places[watch->count++];
}

static void place_drop(struct link_watch *watch, struct link_place *place)
{
	struct link_place gone = *place;

	*place = watch->places[--watch->count];
	tell_gone(watch, gone.link.name);
}

static void text_take(char *text, size_t size, const struct nlattr *attribute)
{
	if (attribute)
		(void)nla_strlcpy(text, attribute, size);
}

/* What the kind of an interface has of its own. */
static void kind_read(struct link *link, struct nlattr *info)
{
	static struct nla_policy policy[IFLA_INFO_MAX + 1] = {
		[IFLA_INFO_KIND] = { .type = NLA_STRING },
		[IFLA_INFO_DATA] = { .type = NLA_NESTED },
	};
	static struct nla_policy vlan_policy[IFLA_VLAN_MAX + 1] = {
		[IFLA_VLAN_ID] = { .type = NLA_U16 },
	};
	struct nlattr *has[IFLA_INFO_MAX + 1], *vlan[IFLA_VLAN_MAX + 1];

	if (nla_parse_nested(has, IFLA_INFO_MAX, info, policy) < 0)
		return;
	text_take(link->kind, sizeof(link->kind), has[IFLA_INFO_KIND]);
	if (strcmp(link->kind, "vlan") || !has[IFLA_INFO_DATA] ||
	    nla_parse_nested(vlan, IFLA_VLAN_MAX, has[IFLA_INFO_DATA], vlan_policy) < 0)
		return;
	if (vlan[IFLA_VLAN_ID])
		link->vlan = nla_get_u16(vlan[IFLA_VLAN_ID]);
}

static bool link_read(struct link *link, struct nlmsghdr *message)
{
	static struct nla_policy policy[IFLA_MAX + 1] = {
		[IFLA_IFNAME] = { .type = NLA_STRING, .minlen = 2, .maxlen = IFNAMSIZ },
		[IFLA_MASTER] = { .type = NLA_U32 },
		[IFLA_LINK] = { .type = NLA_U32 },
		[IFLA_GROUP] = { .type = NLA_U32 },
		[IFLA_CARRIER_DOWN_COUNT] = { .type = NLA_U32 },
		[IFLA_LINKINFO] = { .type = NLA_NESTED },
	};
	struct nlattr *has[IFLA_MAX + 1];
	const struct ifinfomsg *info;

	memset(link, 0, sizeof(*link));
	if (nlmsg_parse(message, sizeof(*info), has, IFLA_MAX, policy) < 0)
		return false;
	info = nlmsg_data(message);
	if (info->ifi_family != AF_UNSPEC || info->ifi_index <= 0 || !has[IFLA_IFNAME])
		return false;
	link->index = info->ifi_index;
	link->is_up = info->ifi_flags & IFF_UP;
	link->has_carrier = link->is_up && (info->ifi_flags & IFF_LOWER_UP);
	text_take(link->name, sizeof(link->name), has[IFLA_IFNAME]);
	if (has[IFLA_ADDRESS] && nla_len(has[IFLA_ADDRESS]) == LINK_MAC_SIZE)
		memcpy(link->mac, nla_data(has[IFLA_ADDRESS]), LINK_MAC_SIZE);
	if (has[IFLA_MASTER])
		link->master = (int)nla_get_u32(has[IFLA_MASTER]);
	if (has[IFLA_LINK])
		link->parent = (int)nla_get_u32(has[IFLA_LINK]);
	if (has[IFLA_GROUP])
		link->group = nla_get_u32(has[IFLA_GROUP]);
	if (has[IFLA_CARRIER_DOWN_COUNT])
		link->carrier_losses = nla_get_u32(has[IFLA_CARRIER_DOWN_COUNT]);
	if (has[IFLA_LINKINFO])
		kind_read(link, has[IFLA_LINKINFO]);
	return true;
}

static void link_take(struct link_watch *watch, const struct link *link)
{
	struct link_place *place = place_of(watch, link->index);
	struct link before = { 0 };

	if (!place)
		place = place_new(watch);
	if (!place) {
		watch->is_short = true;
		return;
	}
	before = place->link;
	place->link = *link;
	place->is_seen = true;
	if (*before.name && strcmp(before.name, link->name))
		tell_gone(watch, before.name);
	if (memcmp(&before, link, sizeof(before)))
		tell(watch, link);
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *message = nlmsg_hdr(msg);
	struct link_watch *watch = arg;
	struct link_place *place;
	struct link link;

	if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK)
		return NL_SKIP;
	if (!link_read(&link, message))
		return NL_SKIP;
	if (message->nlmsg_type == RTM_NEWLINK) {
		link_take(watch, &link);
		return NL_OK;
	}
	place = place_of(watch, link.index);
	if (place)
		place_drop(watch, place);
	return NL_OK;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct link_watch *watch = arg;

	(void)msg;
	watch->is_listed = true;
	return NL_STOP;
}

static int refuse(struct refusal *why, int err)
{
	return refusal_set(why, REASON_SYSTEM, "rtnetlink: %s", nl_geterror(err));
}

/* Asks for all interfaces; one that is in the table and not named has gone unnoticed. */
static int all_list(struct link_watch *watch, struct refusal *why)
{
	struct rtgenmsg request = { .rtgen_family = AF_UNSPEC };
	int err;

	for (size_t i = 0; i < watch->count; i++)
		watch->places[i].is_seen = false;
	watch->is_listed = false;
	watch->is_short = false;
	err = nl_send_simple(watch->socket, RTM_GETLINK, NLM_F_DUMP, &request, sizeof(request));
	while (err >= 0 && !watch->is_listed)
		err = nl_recvmsgs_default(watch->socket);
	if (err < 0)
		return refuse(why, err);
	for (size_t i = watch->count; i--;)
		if (!watch->places[i].is_seen)
			place_drop(watch, &watch->places[i]);
	return watch->is_short ? refusal_set(why, REASON_NO_MEMORY, "interfaces") : 0;
}

/* The socket waits only here, where the kernel has the answer ready. */
static int all_list_waiting(struct link_watch *watch, struct refusal *why)
{
	enum { TRIES = 3 };
	int err = -EAGAIN;

	for (int i = 0; i < TRIES && err; i++)
		err = all_list(watch, why);
	return err;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct link_watch *watch = userdata;
	struct refusal why;
	int err;

	(void)source;
	(void)fd;
	(void)revents;
	err = nl_recvmsgs_default(watch->socket);
	if (err >= 0 && !watch->is_short)
		return 0;
	/* What was lost on the way is in the listing. */
	if (all_list_waiting(watch, &why))
		log_refusal(LOG_FAILED, &why, "the interfaces of this phone");
	return 0;
}

/* The library prints messages where the environment asks for it: not here. */
static struct nl_sock *socket_new(struct link_watch *watch)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	struct nl_sock *socket = NULL;

	if (callbacks)
		socket = nl_socket_alloc_cb(callbacks);
	nl_cb_put(callbacks);
	if (!socket)
		return NULL;
	nl_socket_disable_seq_check(socket);
	nl_socket_enable_msg_peek(socket);
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, watch);
	nl_socket_modify_cb(socket, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, watch);
	return socket;
}

static int watch_start(struct link_watch *watch, struct refusal *why)
{
	int err;

	err = nl_connect(watch->socket, NETLINK_ROUTE);
	if (err >= 0)
		err = nl_socket_add_membership(watch->socket, RTNLGRP_LINK);
	if (err < 0)
		return refuse(why, err);
	(void)nl_socket_set_buffer_size(watch->socket, BUFFER_SIZE, 0);
	watch->is_quiet = true;
	err = all_list_waiting(watch, why);
	watch->is_quiet = false;
	if (err)
		return err;
	err = sd_event_add_io(watch->event, &watch->source, nl_socket_get_fd(watch->socket),
			      EPOLLIN, on_readable, watch);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err)) : 0;
}

int link_watch_new(struct link_watch **watch, sd_event *event, const struct link_events *events,
		   void *owner, struct refusal *why)
{
	struct link_watch *made = calloc(1, sizeof(*made));
	int err;

	*watch = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->events = events;
	made->owner = owner;
	made->socket = socket_new(made);
	err = made->socket ? watch_start(made, why) : refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (err) {
		link_watch_free(made);
		return err;
	}
	*watch = made;
	return 0;
}

void link_watch_free(struct link_watch *watch)
{
	if (!watch)
		return;
	sd_event_source_disable_unref(watch->source);
	nl_socket_free(watch->socket);
	sd_event_unref(watch->event);
	free(watch->places);
	free(watch);
}

bool link_find(const struct link_watch *watch, const char *name, struct link *link)
{
	memset(link, 0, sizeof(*link));
	for (size_t i = 0; i < watch->count && *name; i++)
		if (!strcmp(watch->places[i].link.name, name)) {
			*link = watch->places[i].link;
			return true;
		}
	return false;
}

bool link_find_index(const struct link_watch *watch, int index, struct link *link)
{
	const struct link_place *place = place_of(watch, index);

	memset(link, 0, sizeof(*link));
	if (place)
		*link = place->link;
	return place;
}

static int on_answer(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *message = nlmsg_hdr(msg);

	if (message->nlmsg_type == RTM_NEWLINK)
		(void)link_read(arg, message);
	return NL_OK;
}

int link_ask(struct link *link, const char *name, struct refusal *why)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct route_request request;
	int err;

	memset(link, 0, sizeof(*link));
	err = route_request_begin(&request, RTM_GETLINK, 0, &info, sizeof(info), why);
	if (err)
		return err;
	route_request_put_text(&request, IFLA_IFNAME, name);
	request.take = on_answer;
	request.into = link;
	err = route_request_send(&request, why);
	if (err == -ENODEV || (!err && !link->index))
		return refusal_set(why, REASON_LINK_MISSING, "%s", name);
	return err;
}
