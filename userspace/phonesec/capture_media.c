// SPDX-License-Identifier: Apache-2.0
#include "capture_media.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* A copy, its attributes and the messages' headers. */
	ANSWER_MAX = 65536 + 4096,
	/* Some seconds of several videos. */
	QUEUE_BYTES = 4 * 1024 * 1024,
	GROUPS = 65536,
	GROUP_TRIES = 16,
};

struct capture_media {
	struct mnl_socket *socket;
	char answer[ANSWER_MAX];
	int (*take)(void *owner, const void *packet, size_t len);
	void *owner;
	int taken;
};

static struct nlmsghdr *config_begin(void *memory, uint16_t group)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(memory);
	struct nfgenmsg *head;

	message->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	*head = (struct nfgenmsg){ .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0,
				   .res_id = htons(group) };
	return message;
}

static int config_send(struct capture_media *media, const struct nlmsghdr *message)
{
	ssize_t got;

	if (mnl_socket_sendto(media->socket, message, message->nlmsg_len) < 0)
		return -errno;
	got = mnl_socket_recvfrom(media->socket, media->answer, sizeof(media->answer));
	if (got < 0 || mnl_cb_run(media->answer, (size_t)got, 0, 0, NULL, NULL) < 0)
		return -errno;
	return 0;
}

static int group_bind(struct capture_media *media, uint16_t group)
{
	const struct nfulnl_msg_config_cmd bind = { .command = NFULNL_CFG_CMD_BIND };
	const struct nfulnl_msg_config_mode mode = { .copy_range = htonl(UINT16_MAX),
						     .copy_mode = NFULNL_COPY_PACKET };
	char memory[256];
	struct nlmsghdr *message = config_begin(memory, group);
	int err;

	mnl_attr_put(message, NFULA_CFG_CMD, sizeof(bind), &bind);
	err = config_send(media, message);
	if (err)
		return err;
	message = config_begin(memory, group);
	mnl_attr_put(message, NFULA_CFG_MODE, sizeof(mode), &mode);
	return config_send(media, message);
}

/* Low groups are those that people choose for their own rules. */
static int group_find(struct capture_media *media, uint16_t *group)
{
	int err = -EBUSY;

	for (int i = 0; err == -EBUSY && i < GROUP_TRIES; i++) {
		*group = (uint16_t)(GROUPS / 2 + (getpid() + i) % (GROUPS / 2));
		err = group_bind(media, *group);
	}
	return err;
}

int capture_media_open(struct capture_media **result, uint16_t *group, struct refusal *why)
{
	struct capture_media *media = calloc(1, sizeof(*media));
	const int bytes = QUEUE_BYTES;
	int err = 0;

	*result = NULL;
	if (!media)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	media->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!media->socket || mnl_socket_bind(media->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		err = -errno;
	if (!err)
		err = group_find(media, group);
	if (err) {
		capture_media_close(media);
		return refusal_set(why, err == -EPERM ? REASON_NOT_ALLOWED : REASON_SYSTEM,
				   "copies of packets (nfnetlink_log): %s", strerror(-err));
	}
	(void)setsockopt(mnl_socket_get_fd(media->socket), SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
			 sizeof(bytes));
	*result = media;
	return 0;
}

void capture_media_close(struct capture_media *media)
{
	if (!media)
		return;
	if (media->socket)
		(void)mnl_socket_close(media->socket);
	explicit_bzero(media->answer, sizeof(media->answer));
	free(media);
}

int capture_media_fd(const struct capture_media *media)
{
	return mnl_socket_get_fd(media->socket);
}

static int attribute_read(const struct nlattr *attribute, void *owner)
{
	struct capture_media *media = owner;

	if (mnl_attr_get_type(attribute) != NFULA_PAYLOAD)
		return MNL_CB_OK;
	media->taken = media->take(media->owner, mnl_attr_get_payload(attribute),
				   mnl_attr_get_payload_len(attribute));
	return media->taken ? MNL_CB_STOP : MNL_CB_OK;
}

static int message_read(const struct nlmsghdr *message, void *owner)
{
	if (message->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET))
		return MNL_CB_OK;
	return mnl_attr_parse(message, sizeof(struct nfgenmsg), attribute_read, owner);
}

int capture_media_read(struct capture_media *media,
		       int (*take)(void *owner, const void *packet, size_t len), void *owner)
{
	ssize_t got;

	media->take = take;
	media->owner = owner;
	media->taken = 0;
	while (!media->taken) {
		got = recv(mnl_socket_get_fd(media->socket), media->answer,
			   sizeof(media->answer), MSG_DONTWAIT);
		if (got < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (mnl_cb_run(media->answer, (size_t)got, 0, 0, message_read, media) < 0 &&
		    errno != EINTR)
			return -errno;
	}
	return media->taken;
}
