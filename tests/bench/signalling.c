// SPDX-License-Identifier: Apache-2.0
/*
 * What phonesecd adds to a call: this is the SIP program at one end of it and the call
 * manager at the other, so that both are timed by one clock.
 *
 *   signalling PHONESECD CERTIFICATES FOLDER MODE ROUNDS CALLS
 *     CERTIFICATES   folder as tests/site/certificates.py makes it
 *     FOLDER         empty; for the daemon's configuration, state and log
 *     MODE           security mode: authenticated, or encrypted with the module
 *     CALLS          in each round; each once through the daemon and once over a TLS
 *                    connection of our own, in turns, and timed as the difference
 *
 * Prints lines of a name and a value: microseconds that an INVITE and its 200 take longer,
 * the median and the 99th percentile of each round; the daemon's processor time for a call
 * from its INVITE to the end; its memory.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* This host's addresses towards the program, and of the manager as its certificate has it. */
static const char inside[] = "127.0.0.1", outside[] = "10.7.0.10";

enum {
	MESSAGE_MAX = 16384,
	PATIENCE_MS = 10000,
	CALLS_UP = 50,
	FIRST_PORT = 16384,
	PORTS = 8000,
	KEY_LEN = 44,
};

/* One end of a way: a TLS connection, or a socket for datagrams. */
struct end {
	int fd;
	SSL *ssl;
	char text[MESSAGE_MAX + 1];
	size_t len;
};

/* How the program's messages go to the call manager, and how they are answered. */
struct way {
	const char *transport;
	struct end program;
	struct end *manager;
};

static struct end server;
static struct way guarded = { "UDP", .manager = &server };
static struct end peer;
static struct way direct = { "TLS", .manager = &peer };
static bool secure;
static unsigned long calls_begun;

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct sockaddr_in address_of(const char *host, unsigned int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = inet_addr(host) };
}

/* A socket on a port that the kernel chooses. */
static int socket_bound(int type, const char *host, unsigned int *port)
{
	struct sockaddr_in address = address_of(host, 0);
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) ||
	    getsockname(fd, (struct sockaddr *)&address, &len))
		err(1, "socket");
	*port = ntohs(address.sin_port);
	return fd;
}

static void end_wait(const struct end *end, short events)
{
	struct pollfd wanted = { end->fd, events, 0 };

	if (poll(&wanted, 1, PATIENCE_MS) != 1)
		errx(1, "nothing comes; so far: %.*s", (int)end->len, end->text);
}

static void end_send(struct end *end, const char *text)
{
	int len = (int)strlen(text);

	if (end->ssl ? SSL_write(end->ssl, text, len) != len :
		       write(end->fd, text, (size_t)len) != len)
		errx(1, "sending failed");
}

static void end_receive(struct end *end)
{
	size_t room = MESSAGE_MAX - end->len;
	ssize_t got;

	if (end->ssl && SSL_has_pending(end->ssl))
		got = SSL_read(end->ssl, end->text + end->len, (int)room);
	else {
		end_wait(end, POLLIN);
		got = end->ssl ? SSL_read(end->ssl, end->text + end->len, (int)room) :
				 read(end->fd, end->text + end->len, room);
	}
	if (got > 0)
		end->len += (size_t)got;
	else if (!end->ssl || SSL_get_error(end->ssl, (int)got) != SSL_ERROR_WANT_READ)
		errx(1, "the connection has ended");
	end->text[end->len] = '\0';
}

/* Length of the first message, 0 while it is not whole. */
static size_t message_len(const struct end *end)
{
	const char *head = strstr(end->text, "\r\n\r\n");
	const char *field = strcasestr(end->text, "\r\nContent-Length:");
	size_t len = 0;

	if (head && field)
		len = (size_t)(head - end->text) + 4 + strtoul(field + 17, NULL, 10);
	return len <= end->len ? len : 0;
}

/* The next message that begins so; others are passed over. */
static void message_wait(struct end *end, const char *start, char message[MESSAGE_MAX + 1])
{
	size_t len;

	do {
		while (!(len = message_len(end)))
			end_receive(end);
		memcpy(message, end->text, len);
		message[len] = '\0';
		end->len -= len;
		memmove(end->text, end->text + len, end->len + 1);
	} while (strncmp(message, start, strlen(start)));
}

/* Appends all lines of a field. */
static void field_copy(char *text, const char *message, const char *name)
{
	const char *at = message, *end;
	char start[64];

	snprintf(start, sizeof(start), "\r\n%s:", name);
	while ((at = strcasestr(at, start))) {
		at += 2;
		end = strstr(at, "\r\n");
		strncat(text, at, (size_t)(end - at) + 2);
		at = end;
	}
}

/* Where requests of a dialog go: the URI of the Contact. */
static void target_take(char target[256], const char *message)
{
	const char *contact = strcasestr(message, "\r\nContact:");

	if (!contact || sscanf(contact, "%*[^<]<%255[^>]>", target) != 1)
		errx(1, "no Contact: %s", message);
}

static void answer(char *text, const char *request, const char *status, const char *more,
		   const char *body)
{
	static const char *const copied[] = { "Via", "Record-Route", "From", "Call-ID", "CSeq" };
	char to[1024] = "";

	sprintf(text, "SIP/2.0 %s\r\n", status);
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		field_copy(text, request, copied[i]);
	field_copy(to, request, "To");
	to[strlen(to) - 2] = '\0';
	sprintf(text + strlen(text), "%s%s\r\n%sContent-Length: %zu\r\n\r\n%s", to,
		strstr(to, ";tag=") ? "" : ";tag=manager", more, strlen(body), body);
}

/* The far end's description, with a key under the tag of the suite that we take. */
static void description(char *body, const char *offer, bool sealed)
{
	static const char suite[] = " AEAD_AES_256_GCM ";
	unsigned char key[KEY_LEN], base64[KEY_LEN * 2];
	char crypto[256] = "";
	const char *found = strstr(offer, suite);

	if (sealed) {
		if (!found || RAND_bytes(key, sizeof(key)) != 1)
			errx(1, "no offer of%s: %s", suite, offer);
		while (found[-1] != ':')
			found--;
		EVP_EncodeBlock(base64, key, sizeof(key));
		snprintf(crypto, sizeof(crypto), "a=crypto:%ld%sinline:%s\r\n",
			 strtol(found, NULL, 10), suite, base64);
	}
	sprintf(body, "v=0\r\no=far 1 1 IN IP4 10.7.0.10\r\ns=-\r\nc=IN IP4 10.7.0.10\r\nt=0 0\r\n"
		"m=audio 40000 RTP/%s 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
		"a=rtpmap:101 telephone-event/8000\r\n%sa=sendrecv\r\n",
		sealed ? "SAVP" : "AVP", crypto);
}

static void request(char *text, const struct way *way, const char *method, const char *target,
		    const char *dialog, unsigned int cseq, const char *body)
{
	sprintf(text, "%s %s SIP/2.0\r\n"
		"Via: SIP/2.0/%s 127.0.0.1:15060;branch=z9hG4bK%lu%s;rport\r\n"
		"Max-Forwards: 70\r\n%sCSeq: %u %s\r\nContact: <sip:1001@127.0.0.1:15060>\r\n"
		"Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,UPDATE\r\nUser-Agent: bench\r\n%s"
		"Content-Length: %zu\r\n\r\n%s",
		method, target, way->transport, calls_begun, method, dialog, cseq, method,
		*body ? "Content-Type: application/sdp\r\n" : "",
		strlen(body), body);
}

/* A dialog's fields as the program has them after the answer. */
static void dialog_take(char *dialog, const char *response)
{
	char *routes;

	*dialog = '\0';
	field_copy(dialog, response, "Record-Route");
	routes = dialog + strlen("Record-");
	/* The daemon's own, which is the only one here. */
	if (*dialog)
		memmove(dialog, routes, strlen(routes) + 1);
	field_copy(dialog, response, "From");
	field_copy(dialog, response, "To");
	field_copy(dialog, response, "Call-ID");
}

/* Nanoseconds from one end to the other, of a message that begins so. */
static uint64_t pass(struct end *from, struct end *to, const char *text, const char *start,
		     char message[MESSAGE_MAX + 1])
{
	uint64_t begin = nanoseconds();

	end_send(from, text);
	message_wait(to, start, message);
	return nanoseconds() - begin;
}

/* A call; its INVITE and its 200 are timed. It stays up unless it is to be ended. */
static void call(struct way *way, bool end, uint64_t times[2])
{
	static char text[2 * MESSAGE_MAX], message[MESSAGE_MAX + 1], body[4096], dialog[4096];
	char target[256];

	calls_begun++;
	snprintf(dialog, sizeof(dialog), "From: <sip:1001@site.test>;tag=p%lu\r\n"
		 "To: <sip:1002@site.test>\r\nCall-ID: bench-%lu@127.0.0.1\r\n",
		 calls_begun, calls_begun);
	sprintf(body, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		"m=audio %lu RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
		"a=sendrecv\r\n", FIRST_PORT + calls_begun % PORTS * 2);
	request(text, way, "INVITE", "sip:1002@site.test", dialog, 1, body);
	times[0] = pass(&way->program, way->manager, text, "INVITE ", message);

	description(body, message, secure && way == &guarded);
	answer(text, message, "200 OK", "Contact: <sip:far@127.0.0.1:5061;transport=tls>\r\n"
	       "Content-Type: application/sdp\r\n", body);
	times[1] = pass(way->manager, &way->program, text, "SIP/2.0 200 ", message);

	dialog_take(dialog, message);
	target_take(target, message);
	request(text, way, "ACK", target, dialog, 1, "");
	pass(&way->program, way->manager, text, "ACK ", message);
	if (!end)
		return;
	request(text, way, "BYE", target, dialog, 2, "");
	pass(&way->program, way->manager, text, "BYE ", message);
	answer(text, message, "200 OK", "", "");
	pass(way->manager, &way->program, text, "SIP/2.0 200 ", message);
}

static void program_register(void)
{
	static char text[2 * MESSAGE_MAX], message[MESSAGE_MAX + 1];
	char contact[1024] = "";

	request(text, &guarded, "REGISTER", "sip:site.test", "From: <sip:1001@site.test>;tag=r\r\n"
		"To: <sip:1001@site.test>\r\nCall-ID: register@127.0.0.1\r\nExpires: 3600\r\n", 1, "");
	pass(&guarded.program, &server, text, "REGISTER ", message);
	field_copy(contact, message, "Contact");
	strcpy(contact + strlen(contact) - 2, ";expires=3600\r\n");
	answer(text, message, "200 OK", contact, "");
	pass(&server, &guarded.program, text, "SIP/2.0 200 ", message);
}

static SSL_CTX *server_context(const char *certificates)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	char chain[4096], key[4096];

	snprintf(chain, sizeof(chain), "%s/manager.pem", certificates);
	snprintf(key, sizeof(key), "%s/manager.key", certificates);
	if (!context || SSL_CTX_use_certificate_chain_file(context, chain) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		errx(1, "no certificate in %s", certificates);
	return context;
}

static void end_secure(struct end *end, SSL_CTX *context)
{
	const int on = 1;

	setsockopt(end->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	end->ssl = SSL_new(context);
	SSL_set_fd(end->ssl, end->fd);
}

static void end_accept(struct end *end, int listener, SSL_CTX *context)
{
	end->fd = listener;
	end_wait(end, POLLIN);
	end->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	end_secure(end, context);
	SSL_set_accept_state(end->ssl);
}

/* Both ends of the connection without the daemon are here, so their steps take turns. */
static void direct_connect(int listener, unsigned int port, SSL_CTX *context)
{
	struct sockaddr_in address = address_of(outside, port);
	struct end *end = &direct.program;
	int done[2] = { 0, 0 };

	end->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(end->fd, (struct sockaddr *)&address, sizeof(address)))
		err(1, "connect");
	end_secure(end, SSL_CTX_new(TLS_client_method()));
	SSL_set_connect_state(end->ssl);
	end_accept(&peer, listener, context);
	for (int i = 0; i < 2; i++)
		fcntl((struct end *[]){ end, &peer }[i]->fd, F_SETFL, O_NONBLOCK);
	for (int tries = 0; tries < 1000 && (done[0] != 1 || done[1] != 1); tries++) {
		done[0] = SSL_do_handshake(end->ssl);
		done[1] = SSL_do_handshake(peer.ssl);
	}
	if (done[0] != 1 || done[1] != 1)
		errx(1, "no connection without the daemon");
}

static void configuration_write(const char *certificates, const char *folder, const char *mode,
				unsigned int listen, unsigned int port)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/phonesecd.conf", folder);
	file = fopen(path, "w");
	if (!file)
		err(1, "%s", path);
	fprintf(file, "[phone]\nname = SEP001122334455\nsecurity-mode = %s\n"
		"[program]\nlisten = 127.0.0.1:%u\nregister-interval = 3600\n"
		"[call-manager]\nprimary = %s:%u\nkeep-alive = 600\n"
		"[trust]\nanchors = %s/manager-ca.pem\n"
		"[identity]\nlsc = %s/lsc.pem\nlsc-key = %s/lsc.key\n",
		mode, listen, outside, port, certificates, certificates, certificates);
	fclose(file);
}

static pid_t daemon_start(const char *program, const char *folder)
{
	char path[4096];
	pid_t pid = fork();
	int log;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setenv("RUNTIME_DIRECTORY", folder, 1);
	setenv("STATE_DIRECTORY", folder, 1);
	snprintf(path, sizeof(path), "%s/log", folder);
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	snprintf(path, sizeof(path), "%s/phonesecd.conf", folder);
	execl(program, program, "--config", path, NULL);
	_exit(127);
}

/* Prints one line of a file below /proc, which is in KiB. */
static void memory_line(pid_t pid, const char *file, const char *field, const char *name,
			const char *when)
{
	char path[64], line[256];
	unsigned long kib;
	FILE *lines;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	lines = fopen(path, "r");
	while (lines && fgets(line, sizeof(line), lines))
		if (!strncmp(line, field, strlen(field)) &&
		    sscanf(line + strlen(field), "%lu", &kib) == 1)
			printf("%s_kib_%s %lu\n", name, when, kib);
	if (lines)
		fclose(lines);
}

static void memory_print(pid_t pid, const char *when)
{
	memory_line(pid, "status", "VmRSS:", "rss", when);
	memory_line(pid, "smaps_rollup", "Pss:", "pss", when);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void round_print(const char *name, double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	printf("%s_us %.1f\n%s_p99_us %.1f\n", name, values[count / 2], name,
	       values[count * 99 / 100]);
}

static uint64_t daemon_nanoseconds(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
		errx(1, "the daemon has ended");
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static void round_run(pid_t pid, size_t calls)
{
	double *more[2] = { calloc(calls, sizeof(double)), calloc(calls, sizeof(double)) };
	double *whole = calloc(calls, sizeof(double));
	uint64_t with[2], without[2], used = daemon_nanoseconds(pid);

	for (size_t i = 0; i < calls; i++) {
		call(&direct, true, without);
		call(&guarded, true, with);
		for (int k = 0; k < 2; k++)
			more[k][i] = ((double)with[k] - (double)without[k]) / 1000;
		whole[i] = (double)(without[0] + without[1]) / 1000;
	}
	used = daemon_nanoseconds(pid) - used;
	printf("processor_us %.1f\n", (double)used / 1000 / (double)calls);
	round_print("invite_added", more[0], calls);
	round_print("answer_added", more[1], calls);
	round_print("both_without", whole, calls);
	free(more[0]);
	free(more[1]);
	free(whole);
}

int main(int argc, char *argv[])
{
	unsigned int port, listen_port, own;
	struct sockaddr_in guard;
	uint64_t times[2];
	SSL_CTX *context;
	int listener;
	pid_t pid;

	if (argc != 7)
		errx(2, "signalling PHONESECD CERTIFICATES FOLDER MODE ROUNDS CALLS");
	signal(SIGPIPE, SIG_IGN);
	secure = !strcmp(argv[4], "encrypted");
	context = server_context(argv[2]);
	listener = socket_bound(SOCK_STREAM, outside, &port);
	close(socket_bound(SOCK_DGRAM, inside, &listen_port));
	configuration_write(argv[2], argv[3], argv[4], listen_port, port);
	pid = daemon_start(argv[1], argv[3]);
	sleep(1);
	memory_print(pid, "start");
	if (listen(listener, 4))
		err(1, "listen");
	end_accept(&server, listener, context);
	if (SSL_do_handshake(server.ssl) != 1)
		errx(1, "the daemon does not connect");
	direct_connect(listener, port, context);

	guarded.program.fd = socket_bound(SOCK_DGRAM, inside, &own);
	guard = address_of(inside, listen_port);
	if (connect(guarded.program.fd, (struct sockaddr *)&guard, sizeof(guard)))
		err(1, "connect");
	program_register();
	memory_print(pid, "registered");
	/* What is done the first time only is not what a call takes. */
	call(&guarded, true, times);
	call(&direct, true, times);
	for (long i = strtol(argv[5], NULL, 10); i > 0; i--)
		round_run(pid, strtoul(argv[6], NULL, 10));
	for (int i = 0; i < CALLS_UP; i++)
		call(&guarded, false, times);
	memory_print(pid, "calls_50");
	kill(pid, SIGTERM);
	return 0;
}
