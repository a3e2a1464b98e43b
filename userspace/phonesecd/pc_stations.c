// SPDX-License-Identifier: Apache-2.0
#include "pc_stations.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "route_request.h"

enum {
	STATIONS_MAX = 32,
	/* Frames that are read before others have their turn, however fast the PC sends them. */
	READS_MAX = 64,
	/* More than the socket has room for. */
	READS_ALL = 1024,
	/* The version that all authenticators take (IEEE 802.1X-2010, 11.3.1). */
	EAPOL_VERSION = 2,
	EAPOL_LOGOFF = 2,
};

/**
 * struct eapol - a frame of IEEE 802.1X as on the wire
 * @to, @from: addresses
 * @type: ETH_P_PAE
 * @version: of the protocol
 * @kind: what the frame is
 * @len: of the body behind it
 */
struct eapol {
	uint8_t to[LINK_MAC_SIZE];
	uint8_t from[LINK_MAC_SIZE];
	uint16_t type;
	uint8_t version;
	uint8_t kind;
	uint16_t len;
} __attribute__((packed));

/**
 * struct pc_station - one station
 * @mac: its address
 * @has_spoken: IEEE 802.1X, and has not logged off since
 */
struct pc_station {
	uint8_t mac[LINK_MAC_SIZE];
	bool has_spoken;
};

/**
 * struct pc_stations - all of them
 * @place, @changed, @owner: as given
 * @fd, @source: socket on the PC port
 * @all, @count: the table, who spoke last at its end
 */
struct pc_stations {
	struct pc_stations_place place;
	void (*changed)(void *owner);
	void *owner;
	int fd;
	sd_event_source *source;
	struct pc_station all[STATIONS_MAX];
	size_t count;
};

static bool is_station(const struct pc_stations *stations, const uint8_t *mac)
{
	static const uint8_t none[LINK_MAC_SIZE];

	return !(mac[0] & 1) && memcmp(mac, none, LINK_MAC_SIZE) &&
	       memcmp(mac, stations->place.bridge.mac, LINK_MAC_SIZE);
}

/* Returns whether the frame left. */
static bool logoff_send(struct pc_stations *stations, const uint8_t *mac)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(stations->place.to),
	};
	struct {
		struct eapol eapol;
		uint8_t padding[ETH_ZLEN - sizeof(struct eapol)];
	} frame = {
		.eapol = {
			.to = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x03 },
			.type = htons(ETH_P_PAE),
			.version = EAPOL_VERSION,
			.kind = EAPOL_LOGOFF,
		},
	};
	socklen_t len = sizeof(int);
	int error;

	memcpy(frame.eapol.from, mac, LINK_MAC_SIZE);
	/* That the PC port went down would be told instead. */
	(void)getsockopt(stations->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return sendto(stations->fd, &frame, sizeof(frame), 0, (const struct sockaddr *)&to,
		      sizeof(to)) == sizeof(frame);
}

/* Who is forgotten is logged off, so that nobody escapes it by making up many others. */
static void oldest_drop(struct pc_stations *stations)
{
	(void)logoff_send(stations, stations->all[0].mac);
	memmove(stations->all, stations->all + 1, --stations->count * sizeof(*stations->all));
}

static struct pc_station *station_take(struct pc_stations *stations, const uint8_t *mac)
{
	struct pc_station station = { 0 };
	size_t i = 0;

	memcpy(station.mac, mac, LINK_MAC_SIZE);
	while (i < stations->count && memcmp(stations->all[i].mac, mac, LINK_MAC_SIZE))
		i++;
	if (i < stations->count) {
		station = stations->all[i];
		stations->count--;
		memmove(&stations->all[i], &stations->all[i + 1],
			(stations->count - i) * sizeof(station));
	} else if (stations->count == STATIONS_MAX) {
		oldest_drop(stations);
	}
	stations->all[stations->count] = station;
	return &stations->all[stations->count++];
}

/* Whether the switch has believed a logoff is not known: the station stays, to be logged off. */
static void frame_take(struct pc_stations *stations, const struct eapol *eapol)
{
	if (is_station(stations, eapol->from))
		station_take(stations, eapol->from)->has_spoken = eapol->kind != EAPOL_LOGOFF;
}

static void frames_take(struct pc_stations *stations, unsigned int most)
{
	struct eapol eapol;
	ssize_t got = 0;

	for (unsigned int i = 0; i < most && (got >= 0 || errno == EINTR); i++) {
		got = recv(stations->fd, &eapol, sizeof(eapol), MSG_DONTWAIT);
		if (got == sizeof(eapol))
			frame_take(stations, &eapol);
	}
}

static int on_frames(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct pc_stations *stations = userdata;
	unsigned int before = pc_stations_count(stations);

	(void)source;
	(void)fd;
	(void)revents;
	frames_take(stations, READS_MAX);
	if (pc_stations_count(stations) != before)
		stations->changed(stations->owner);
	return 0;
}

/*
 * IEEE 802.1X from the PC, without a tag or with a priority alone. The bridge takes each frame
 * away from who asks for one type only.
 */
static int filter_attach(int fd)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct eapol, type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_PAE, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 5, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x0fff, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, ETH_ZLEN),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int socket_open(struct pc_stations *stations, struct refusal *why)
{
	const struct sockaddr_ll from = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = stations->place.port.index,
	};
	int error;

	child_capabilities_raise(1ULL << CAP_NET_RAW, true);
	/* Without a protocol nothing comes before the filter is there. */
	stations->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = errno;
	child_capabilities_raise(1ULL << CAP_NET_RAW, false);
	if (stations->fd >= 0) {
		if (!filter_attach(stations->fd) &&
		    !bind(stations->fd, (const struct sockaddr *)&from, sizeof(from)))
			return 0;
		error = errno;
	}
	return refusal_set(why, REASON_SYSTEM, "packet socket on %s: %s",
			   stations->place.port.name, strerror(error));
}

static int on_neighbour(struct nl_msg *msg, void *into)
{
	struct pc_stations *stations = into;
	struct nlmsghdr *message = nlmsg_hdr(msg);
	struct nlattr *has[NDA_MAX + 1];
	const struct ndmsg *neighbour;

	if (message->nlmsg_type != RTM_NEWNEIGH ||
	    nlmsg_parse(message, sizeof(*neighbour), has, NDA_MAX, NULL) < 0)
		return NL_SKIP;
	neighbour = nlmsg_data(message);
	if (neighbour->ndm_ifindex == stations->place.port.index &&
	    !(neighbour->ndm_state & NUD_PERMANENT) && has[NDA_LLADDR] &&
	    nla_len(has[NDA_LLADDR]) == LINK_MAC_SIZE &&
	    is_station(stations, nla_data(has[NDA_LLADDR])))
		(void)station_take(stations, nla_data(has[NDA_LLADDR]));
	return NL_OK;
}

static int bridge_ask(struct pc_stations *stations, struct refusal *why)
{
	const struct ndmsg all = { .ndm_family = AF_BRIDGE };
	struct route_request request;
	int err;

	err = route_request_begin(&request, RTM_GETNEIGH, NLM_F_DUMP, &all, sizeof(all), why);
	if (err)
		return err;
	request.take = on_neighbour;
	request.into = stations;
	return route_request_send(&request, why);
}

int pc_stations_new(struct pc_stations **stations, sd_event *event,
		    const struct pc_stations_place *place, void (*changed)(void *owner),
		    void *owner, struct refusal *why)
{
	struct pc_stations *made = calloc(1, sizeof(*made));
	int err;

	*stations = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->place = *place;
	made->changed = changed;
	made->owner = owner;
	err = socket_open(made, why);
	if (!err)
		err = bridge_ask(made, why);
	if (!err && sd_event_add_io(event, &made->source, made->fd, EPOLLIN, on_frames, made) < 0)
		err = refusal_set(why, REASON_SYSTEM, "%s", "event loop");
	if (err) {
		pc_stations_free(made);
		return err;
	}
	*stations = made;
	return 0;
}

void pc_stations_free(struct pc_stations *stations)
{
	if (!stations)
		return;
	sd_event_source_disable_unref(stations->source);
	if (stations->fd >= 0)
		close(stations->fd);
	free(stations);
}

unsigned int pc_stations_count(const struct pc_stations *stations)
{
	unsigned int count = 0;

	for (size_t i = 0; stations && i < stations->count; i++)
		count += stations->all[i].has_spoken;
	return count;
}

unsigned int pc_stations_end(struct pc_stations *stations)
{
	unsigned int told = 0;

	if (!stations)
		return 0;
	frames_take(stations, READS_ALL);
	for (size_t i = 0; i < stations->count; i++) {
		const struct pc_station *station = &stations->all[i];
		const uint8_t *mac = station->mac;

		if (!logoff_send(stations, mac) || !station->has_spoken)
			continue;
		log_tell(LOG_PC_LOGGED_OFF, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			 mac[2], mac[3], mac[4], mac[5]);
		told++;
	}
	stations->count = 0;
	return told;
}
