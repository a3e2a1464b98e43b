// SPDX-License-Identifier: Apache-2.0
#include "cdp_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	QUERY_S = 60,
	/* A switch that has just brought the port up may miss the first ones. */
	QUERY_FIRST_S = 2,
	QUERIES_FIRST = 3,
	HOLD_S = 180,
	/* Frames that are read before others have their turn. */
	READS_MAX = 16,
	CAPABILITY_WORDS = _LINUX_CAPABILITY_U32S_3,
};

/**
 * struct cdp_port - a port that is asked at
 * @event, @events, @owner: as given
 * @device: name of the phone
 * @teller: who told something, as it calls itself
 * @port: its name
 * @link: as it was when the socket was made; its index is 0 while there is no socket
 * @fd, @source: the socket
 * @ask: until the next query
 * @asked: how many since the socket was made
 * @hold: until what was told ends
 */
struct cdp_port {
	sd_event *event;
	char device[CDP_TEXT_MAX];
	char teller[CDP_TEXT_MAX];
	const struct cdp_events *events;
	void *owner;
	char port[IFNAMSIZ];
	struct link link;
	int fd;
	sd_event_source *source;
	sd_event_source *ask;
	unsigned int asked;
	sd_event_source *hold;
};

/* A socket for packets; the right to it is in effect for this call alone. */
static int packet_socket(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct before[CAPABILITY_WORDS], words[CAPABILITY_WORDS];
	int fd, error;

	if (syscall(SYS_capget, &header, before))
		return -errno;
	memcpy(words, before, sizeof(words));
	words[0].effective |= words[0].permitted & 1U << CAP_NET_RAW;
	if (syscall(SYS_capset, &header, words))
		return -errno;
	/* Without a protocol nothing is received before the filter is there. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = errno;
	if (!syscall(SYS_capset, &header, before))
		return fd < 0 ? -error : fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	return -error;
}

/* Calls go through the same port: what is no CDP must not wake the daemon. */
static int filter_set(int fd)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x01000ccc, 0, 5),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xcccc, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x2000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, CDP_FRAME_MAX + 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/*
 * Frames for a bridge are seen by those alone that ask for all protocols, who see as well what
 * leaves: there frames of the PC are that the bridge forwards.
 */
static int socket_bind(int fd, int index)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = index,
	};
	struct packet_mreq group = {
		.mr_ifindex = index,
		.mr_type = PACKET_MR_MULTICAST,
		.mr_alen = CDP_MAC_SIZE,
	};
	int one = 1;

	memcpy(group.mr_address, cdp_group, sizeof(cdp_group));
	if (filter_set(fd) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)) ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

static void timer_set(sd_event_source *timer, unsigned int seconds)
{
	(void)sd_event_source_set_time_relative(timer, (uint64_t)seconds * 1000000);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* Whether it was sent is not known anyway: the next one comes. */
static void query_send(struct cdp_port *cdp)
{
	uint8_t frame[CDP_FRAME_MAX];
	size_t len = cdp_query_write(frame, cdp->link.mac, cdp->device, HOLD_S);

	(void)!send(cdp->fd, frame, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (cdp->asked < QUERIES_FIRST)
		cdp->asked++;
	timer_set(cdp->ask, cdp->asked < QUERIES_FIRST ? QUERY_FIRST_S : QUERY_S);
}

static int on_ask(sd_event_source *source, uint64_t now, void *userdata)
{
	struct cdp_port *cdp = userdata;

	(void)source;
	(void)now;
	if (cdp->link.index)
		query_send(cdp);
	return 0;
}

static int on_hold(sd_event_source *source, uint64_t now, void *userdata)
{
	static const struct cdp_message nothing;
	struct cdp_port *cdp = userdata;

	(void)source;
	(void)now;
	cdp->events->told(cdp->owner, &nothing);
	return 0;
}

/* Whoever asks as well, another phone or a PC, takes nothing back that a switch has told. */
static void frame_take(struct cdp_port *cdp, struct octets frame)
{
	struct cdp_message message;

	if (!cdp_read(&message, frame) ||
	    (!message.has_voice && strcmp(message.device, cdp->teller)))
		return;
	message.has_voice = message.has_voice && message.ttl;
	if (message.has_voice)
		timer_set(cdp->hold, message.ttl);
	else
		(void)sd_event_source_set_enabled(cdp->hold, SD_EVENT_OFF);
	memcpy(cdp->teller, message.device, sizeof(cdp->teller));
	cdp->events->told(cdp->owner, &message);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct cdp_port *cdp = userdata;
	struct sockaddr_ll from;
	/* One more byte tells a frame that is too long. */
	uint8_t frame[CDP_FRAME_MAX + 1];
	socklen_t size;
	ssize_t len;

	(void)source;
	(void)revents;
	for (unsigned int i = 0; i < READS_MAX; i++) {
		size = sizeof(from);
		len = recvfrom(fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&from,
			       &size);
		if (len < 0)
			break;
		if (size == sizeof(from) && from.sll_pkttype != PACKET_OUTGOING &&
		    from.sll_ifindex == cdp->link.index)
			frame_take(cdp, (struct octets){ frame, (size_t)len });
	}
	return 0;
}

static void port_close(struct cdp_port *cdp)
{
	cdp->source = sd_event_source_disable_unref(cdp->source);
	if (cdp->fd >= 0)
		close(cdp->fd);
	cdp->fd = -1;
	memset(&cdp->link, 0, sizeof(cdp->link));
}

static int port_open(struct cdp_port *cdp, const struct link *link, struct refusal *why)
{
	int err;

	port_close(cdp);
	if (!link->index)
		return 0;
	cdp->fd = packet_socket();
	err = cdp->fd < 0 ? cdp->fd : socket_bind(cdp->fd, link->index);
	if (!err)
		err = sd_event_add_io(cdp->event, &cdp->source, cdp->fd, EPOLLIN, on_readable,
				      cdp);
	if (err < 0) {
		port_close(cdp);
		return refusal_set(why, REASON_SYSTEM, "CDP at %s: %s", cdp->port, strerror(-err));
	}
	cdp->link = *link;
	cdp->asked = 0;
	query_send(cdp);
	return 0;
}

static int timer_new(struct cdp_port *cdp, sd_event_source **timer, sd_event_time_handler_t handler)
{
	int err = sd_event_add_time_relative(cdp->event, timer, CLOCK_BOOTTIME, 0, 0, handler, cdp);

	return err < 0 ? err : sd_event_source_set_enabled(*timer, SD_EVENT_OFF);
}

int cdp_port_new(struct cdp_port **cdp, sd_event *event, const char *port, const char *device,
		 const struct cdp_events *events, void *owner, struct refusal *why)
{
	struct cdp_port *made = calloc(1, sizeof(*made));
	struct refusal missing;
	struct link link;
	int err;

	*cdp = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	strncpy(made->device, device, sizeof(made->device) - 1);
	made->events = events;
	made->owner = owner;
	made->fd = -1;
	strncpy(made->port, port, sizeof(made->port) - 1);
	err = timer_new(made, &made->ask, on_ask);
	if (err >= 0)
		err = timer_new(made, &made->hold, on_hold);
	if (err < 0)
		err = refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	else
		err = link_ask(&link, port, &missing) ? 0 : port_open(made, &link, why);
	if (err) {
		cdp_port_free(made);
		return err;
	}
	*cdp = made;
	return 0;
}

void cdp_port_free(struct cdp_port *cdp)
{
	if (!cdp)
		return;
	port_close(cdp);
	sd_event_source_disable_unref(cdp->ask);
	sd_event_source_disable_unref(cdp->hold);
	sd_event_unref(cdp->event);
	free(cdp);
}

void cdp_port_link_changed(struct cdp_port *cdp, const struct link *link)
{
	bool is_new = link->index != cdp->link.index ||
		      memcmp(link->mac, cdp->link.mac, sizeof(link->mac));
	struct refusal none;

	if (strcmp(link->name, cdp->port))
		return;
	/* One that could not be listened at before is tried again. */
	if (is_new || (link->has_carrier && !cdp->link.has_carrier))
		(void)port_open(cdp, link, &none);
	else
		cdp->link = *link;
}
