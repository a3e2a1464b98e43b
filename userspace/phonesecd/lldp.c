// SPDX-License-Identifier: Apache-2.0
#include "lldp.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lldp_library.h"

enum {
	RETRY_FIRST_S = 1,
	RETRY_LAST_S = 30,
	/* lldpd that takes longer for an answer does not answer. */
	ANSWER_S = 10,
	READ_SIZE = 4096,
	VLAN_LAST = 4094,
	PRIORITY_LAST = 7,
	DSCP_LAST = 63,
	/* LLDP_MED_APPTYPE_VOICE, as lldpd numbers it after the standard. */
	POLICY_VOICE = 1,
};

/**
 * struct lldp_talk - a connection to lldpd, which does one thing at a time
 * @lldp: whose
 * @fd, @conn, @source: the connection
 */
struct lldp_talk {
	struct lldp *lldp;
	int fd;
	lldpctl_conn_t *conn;
	sd_event_source *source;
};

/**
 * struct lldp - what is learned at a port
 * @library: liblldpctl
 * @event, @events, @owner: as given
 * @socket, @port: as given
 * @watch: where changes are told; the question is asked anew at each
 * @question: where is asked what there is
 * @is_watching: the watch is set up
 * @is_asking: an answer is to come
 * @is_stale: something changed since the question
 * @interface: the port as lldpd knows it, while the question is about it
 * @retry: for the next try, and for the answer
 * @retry_s: seconds until the next try
 */
struct lldp {
	const struct lldp_library *library;
	sd_event *event;
	const struct lldp_events *events;
	void *owner;
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char port[IFNAMSIZ];
	struct lldp_talk watch;
	struct lldp_talk question;
	bool is_watching;
	bool is_asking;
	bool is_stale;
	lldpctl_atom_t *interface;
	sd_event_source *retry;
	unsigned int retry_s;
};

static void talk_end(struct lldp_talk *talk)
{
	talk->source = sd_event_source_disable_unref(talk->source);
	if (talk->conn)
		(void)talk->lldp->library->release(talk->conn);
	talk->conn = NULL;
	if (talk->fd >= 0)
		close(talk->fd);
	talk->fd = -1;
}

static void interface_drop(struct lldp *lldp)
{
	if (lldp->interface)
		lldp->library->atom_dec_ref(lldp->interface);
	lldp->interface = NULL;
}

static void disconnect(struct lldp *lldp)
{
	interface_drop(lldp);
	if (lldp->library) {
		talk_end(&lldp->watch);
		talk_end(&lldp->question);
	}
	lldp->is_watching = false;
	lldp->is_asking = false;
}

static void timer_set(struct lldp *lldp, unsigned int seconds)
{
	(void)sd_event_source_set_time_relative(lldp->retry, (uint64_t)seconds * 1000000);
	(void)sd_event_source_set_enabled(lldp->retry, SD_EVENT_ONESHOT);
}

static void lose(struct lldp *lldp, const char *words)
{
	struct refusal why;

	refusal_set(&why, REASON_LLDP_MISSING, "%s", words);
	disconnect(lldp);
	timer_set(lldp, lldp->retry_s);
	lldp->retry_s = lldp->retry_s * 2 < RETRY_LAST_S ? lldp->retry_s * 2 : RETRY_LAST_S;
	lldp->events->lost(lldp->owner, &why);
}

/* Foreign text: what is no printable ASCII is no part of a name. */
static void text_take(char text[LLDP_TEXT_MAX], const char *from)
{
	size_t len = 0;

	for (; from && *from && len + 1 < LLDP_TEXT_MAX; from++)
		text[len++] = *from >= ' ' && *from <= '~' ? *from : '?';
	text[len] = '\0';
}

static void names_take(struct lldp *lldp, lldpctl_atom_t *neighbor, struct lldp_policy *policy)
{
	const struct lldp_library *library = lldp->library;
	lldpctl_atom_t *chassis = library->atom_get(neighbor, lldpctl_k_port_chassis);

	text_take(policy->switch_port, library->atom_get_str(neighbor, lldpctl_k_port_descr) ?:
				       library->atom_get_str(neighbor, lldpctl_k_port_id));
	if (!chassis)
		return;
	text_take(policy->switch_name, library->atom_get_str(chassis, lldpctl_k_chassis_name));
	library->atom_dec_ref(chassis);
}

/* The voice policy of a neighbour, if it tells a definite one. */
static bool policy_read(struct lldp *lldp, lldpctl_atom_t *atom, struct lldp_policy *policy)
{
	const struct lldp_library *library = lldp->library;
	long vlan = library->atom_get_int(atom, lldpctl_k_med_policy_vid);
	long priority = library->atom_get_int(atom, lldpctl_k_med_policy_priority);
	long dscp = library->atom_get_int(atom, lldpctl_k_med_policy_dscp);

	if (library->atom_get_int(atom, lldpctl_k_med_policy_type) != POLICY_VOICE ||
	    library->atom_get_int(atom, lldpctl_k_med_policy_unknown) != 0 ||
	    vlan < 0 || vlan > VLAN_LAST || priority < 0 || priority > PRIORITY_LAST ||
	    dscp < 0 || dscp > DSCP_LAST)
		return false;
	policy->is_told = true;
	policy->priority = (uint8_t)priority;
	policy->dscp = (uint8_t)dscp;
	if (library->atom_get_int(atom, lldpctl_k_med_policy_tagged) == 1)
		policy->vlan = (uint16_t)vlan;
	return true;
}

static void neighbor_read(struct lldp *lldp, lldpctl_atom_t *neighbor, struct lldp_policy *policy)
{
	const struct lldp_library *library = lldp->library;
	lldpctl_atom_t *policies = library->atom_get(neighbor, lldpctl_k_port_med_policies), *atom;
	lldpctl_atom_iter_t *at;

	if (!policies)
		return;
	for (at = library->atom_iter(policies); at && !policy->is_told;
	     at = library->atom_iter_next(policies, at)) {
		atom = library->atom_iter_value(policies, at);
		if (atom && policy_read(lldp, atom, policy))
			names_take(lldp, neighbor, policy);
		if (atom)
			library->atom_dec_ref(atom);
	}
	library->atom_dec_ref(policies);
}

/* Where a phone was moved, two switches are known for a while: the later one is meant. */
static void neighbors_read(struct lldp *lldp, lldpctl_atom_t *port, struct lldp_policy *policy)
{
	const struct lldp_library *library = lldp->library;
	lldpctl_atom_t *neighbors = library->atom_get(port, lldpctl_k_port_neighbors), *neighbor;
	struct lldp_policy found;
	lldpctl_atom_iter_t *at;
	long changed, last = -1;

	if (!neighbors)
		return;
	for (at = library->atom_iter(neighbors); at; at = library->atom_iter_next(neighbors, at)) {
		neighbor = library->atom_iter_value(neighbors, at);
		if (!neighbor)
			continue;
		memset(&found, 0, sizeof(found));
		neighbor_read(lldp, neighbor, &found);
		changed = library->atom_get_int(neighbor, lldpctl_k_port_age);
		if (found.is_told && changed > last) {
			last = changed;
			*policy = found;
		}
		library->atom_dec_ref(neighbor);
	}
	library->atom_dec_ref(neighbors);
}

/* The port among the interfaces of lldpd, which may not know it yet. */
static void interface_find(struct lldp *lldp, lldpctl_atom_t *list)
{
	const struct lldp_library *library = lldp->library;
	lldpctl_atom_t *interface;
	lldpctl_atom_iter_t *at;
	const char *name;

	for (at = library->atom_iter(list); at && !lldp->interface;
	     at = library->atom_iter_next(list, at)) {
		interface = library->atom_iter_value(list, at);
		name = NULL;
		if (interface)
			name = library->atom_get_str(interface, lldpctl_k_interface_name);
		if (name && !strcmp(name, lldp->port))
			lldp->interface = interface;
		else if (interface)
			library->atom_dec_ref(interface);
	}
}

/* Returns whether the question is over; it may have to wait for an answer in two places. */
static bool question_go(struct lldp *lldp, struct lldp_policy *policy)
{
	const struct lldp_library *library = lldp->library;
	lldpctl_atom_t *found;

	if (!lldp->interface) {
		found = library->get_interfaces(lldp->question.conn);
		if (!found)
			return false;
		interface_find(lldp, found);
		library->atom_dec_ref(found);
		if (!lldp->interface)
			return true;
	}
	found = library->get_port(lldp->interface);
	if (!found)
		return false;
	neighbors_read(lldp, found, policy);
	library->atom_dec_ref(found);
	interface_drop(lldp);
	return true;
}

/* Asks what there is at the port, or goes on where the answer was not whole. */
static void ask(struct lldp *lldp)
{
	struct lldp_policy policy = { 0 };
	lldpctl_error_t error;

	do {
		if (!lldp->is_asking) {
			timer_set(lldp, ANSWER_S);
			lldp->is_stale = false;
		}
		lldp->is_asking = true;
		memset(&policy, 0, sizeof(policy));
		if (!question_go(lldp, &policy)) {
			error = lldp->library->last_error(lldp->question.conn);
			if (error != LLDPCTL_ERR_WOULDBLOCK)
				lose(lldp, lldp->library->strerror(error));
			return;
		}
		lldp->is_asking = false;
	} while (lldp->is_stale);
	(void)sd_event_source_set_enabled(lldp->retry, SD_EVENT_OFF);
	lldp->retry_s = RETRY_FIRST_S;
	lldp->events->told(lldp->owner, &policy);
}

static void on_change(lldpctl_change_t type, lldpctl_atom_t *interface, lldpctl_atom_t *neighbor,
		      void *data)
{
	struct lldp *lldp = data;

	(void)type;
	(void)interface;
	(void)neighbor;
	lldp->is_stale = true;
}

/* Sets up the watch, or goes on where the answer was not whole. */
static void watch_set(struct lldp *lldp)
{
	lldpctl_error_t error;

	if (!lldp->library->watch_callback2(lldp->watch.conn, on_change, lldp)) {
		lldp->is_watching = true;
		ask(lldp);
		return;
	}
	error = lldp->library->last_error(lldp->watch.conn);
	if (error != LLDPCTL_ERR_WOULDBLOCK)
		lose(lldp, lldp->library->strerror(error));
}

static void changes_take(struct lldp *lldp)
{
	uint8_t bytes[READ_SIZE];
	ssize_t len = recv(lldp->watch.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		lose(lldp, len ? strerror(errno) : "lldpd has ended");
		return;
	}
	if (lldp->library->recv(lldp->watch.conn, bytes, (size_t)len) < 0)
		lose(lldp, lldp->library->strerror(lldp->library->last_error(lldp->watch.conn)));
	else if (lldp->is_stale && !lldp->is_asking)
		ask(lldp);
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct lldp_talk *talk = userdata;
	struct lldp *lldp = talk->lldp;

	(void)source;
	(void)fd;
	(void)revents;
	if (talk == &lldp->watch && lldp->is_watching)
		changes_take(lldp);
	else if (talk == &lldp->watch)
		watch_set(lldp);
	else if (lldp->is_asking)
		ask(lldp);
	else
		lose(lldp, "lldpd has ended");
	return 0;
}

static ssize_t send_bytes(lldpctl_conn_t *conn, const uint8_t *bytes, size_t len, void *data)
{
	struct lldp_talk *talk = data;
	ssize_t sent = send(talk->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	(void)conn;
	if (sent >= 0)
		return sent;
	return errno == EAGAIN ? LLDPCTL_ERR_WOULDBLOCK : LLDPCTL_ERR_CALLBACK_FAILURE;
}

static ssize_t receive_bytes(lldpctl_conn_t *conn, const uint8_t *bytes, size_t len, void *data)
{
	struct lldp_talk *talk = data;
	/* The library has its room behind a pointer to constant bytes. */
	ssize_t got = recv(talk->fd, (void *)(uintptr_t)bytes, len, MSG_DONTWAIT);

	(void)conn;
	if (got >= 0)
		return got ? got : LLDPCTL_ERR_EOF;
	return errno == EAGAIN ? LLDPCTL_ERR_WOULDBLOCK : LLDPCTL_ERR_CALLBACK_FAILURE;
}

static bool talk_begin(struct lldp *lldp, struct lldp_talk *talk)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, lldp->socket, sizeof(address.sun_path));
	talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (talk->fd < 0 ||
	    connect(talk->fd, (const struct sockaddr *)&address, sizeof(address))) {
		lose(lldp, strerror(errno));
		return false;
	}
	talk->conn = lldp->library->new_name(lldp->socket, send_bytes, receive_bytes, talk);
	if (!talk->conn || sd_event_add_io(lldp->event, &talk->source, talk->fd, EPOLLIN,
					   on_readable, talk) < 0) {
		lose(lldp, strerror(ENOMEM));
		return false;
	}
	return true;
}

/* The time for an answer is over, or the one for another try has come. */
static int on_time(sd_event_source *source, uint64_t now, void *userdata)
{
	struct lldp *lldp = userdata;
	struct refusal why;

	(void)source;
	(void)now;
	if (lldp->watch.conn) {
		lose(lldp, "lldpd does not answer");
		return 0;
	}
	if (lldp_library_load(&lldp->library, &why)) {
		lose(lldp, why.detail);
		return 0;
	}
	timer_set(lldp, ANSWER_S);
	if (talk_begin(lldp, &lldp->watch) && talk_begin(lldp, &lldp->question))
		watch_set(lldp);
	return 0;
}

int lldp_new(struct lldp **lldp, sd_event *event, const char *socket, const char *port,
	     const struct lldp_events *events, void *owner, struct refusal *why)
{
	struct lldp *made = calloc(1, sizeof(*made));
	int err;

	*lldp = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->events = events;
	made->owner = owner;
	made->watch = (struct lldp_talk){ .lldp = made, .fd = -1 };
	made->question = made->watch;
	made->retry_s = RETRY_FIRST_S;
	strncpy(made->socket, socket, sizeof(made->socket) - 1);
	strncpy(made->port, port, sizeof(made->port) - 1);
	made->event = sd_event_ref(event);
	err = sd_event_add_time_relative(event, &made->retry, CLOCK_BOOTTIME, 0, 0, on_time, made);
	if (err < 0) {
		lldp_free(made);
		return refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	}
	*lldp = made;
	return 0;
}

void lldp_free(struct lldp *lldp)
{
	if (!lldp)
		return;
	disconnect(lldp);
	sd_event_source_disable_unref(lldp->retry);
	sd_event_unref(lldp->event);
	free(lldp);
}
