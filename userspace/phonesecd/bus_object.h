/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the bus share; for them only. */
#ifndef PHONESECD_BUS_OBJECT_H
#define PHONESECD_BUS_OBJECT_H

#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "../lib/bus_names.h"
#include "bus.h"

/*
 * Texts of the network become part of messages, and a message with a broken text costs
 * the connection to the bus. So every such text is copied by this: what is no UTF-8, or
 * would move the cursor of a terminal, becomes a question mark.
 */
const char *bus_text(char *to, size_t size, const char *from);
#define BUS_TEXT(to, from) bus_text(to, sizeof(to), from)
/* The same where it stands. */
#define BUS_CLEAN(text) bus_text(text, sizeof(text), text)

/* A reason as properties; empty texts when nothing is wrong. */
struct bus_reason {
	const char *code;
	const char *text;
	const char *mend;
	char detail[sizeof((struct refusal){ 0 }.detail)];
	const char *detail_text;
};

void bus_reason_fill(struct bus_reason *reason, const struct refusal *why);

/* Groups of the phone's properties that change together. */
enum bus_change {
	BUS_CHANGE_SETTINGS,
	BUS_CHANGE_REGISTRATIONS,
	BUS_CHANGE_MODULE,
	BUS_CHANGE_TOKEN,
	BUS_CHANGE_SERVICE,
	BUS_CHANGES,
};

/*
 * Properties as sd-bus reads them by their offsets: texts are pointers, booleans int.
 * They are filled in when an object is looked for, so that they are those of now.
 */
struct bus_phone {
	const char *version;
	const char *mode;
	const char *media;
	const char *proxy;
	int is_protected;
	int plays_tone;
	int registered;
	const char *module_state;
	struct bus_reason module;
	const char *token_state;
	uint32_t token_expires_s;
	struct bus_reason token;
	const char *service_state;
	struct bus_reason service;
	char proxy_text[MEDIA_ADDRESS_TEXT_MAX];
};

/* Interfaces of the phone that are about the device, each told as a whole. */
enum bus_device {
	BUS_DEVICE_IDENTITY,
	BUS_DEVICE_TRUST,
	BUS_DEVICE_CONFIGURATION,
	BUS_DEVICE_IMAGE,
	BUS_DEVICE_NETWORK,
	BUS_DEVICE_POLICY,
	BUS_DEVICE_INTERFACES,
};

struct bus_identity {
	struct device_lsc status;
	const char *text;
	int works;
	int awaits_string;
	struct bus_reason last;
};

struct bus_configuration {
	struct device_configuration status;
	const char *state;
	const char *file;
	const char *source;
	int is_signed;
	int is_stored;
	int restart;
	struct bus_reason last;
};

struct bus_image {
	struct device_image status;
	const char *state;
	const char *name;
	const char *text;
	struct bus_reason last;
};

struct bus_policy {
	struct access_policy settings;
	struct access_fips fips;
	struct access_audit audit;
};

struct bus_server {
	const char *role;
	const char *state;
	const char *host;
	uint16_t port;
	struct bus_reason last;
	const char *version;
	const char *suite;
	const char *subject;
	const char *fingerprint;
	int64_t expires;
	int resumed;
	const char *local;
	char host_text[SETTINGS_HOST_MAX];
	char subject_text[sizeof((struct stream_facts){ 0 }.subject)];
	char local_text[MEDIA_ADDRESS_TEXT_MAX];
};

/**
 * struct bus_call - a call on the bus
 * @next: the next one
 * @bus: where it is shown
 * @number: its number
 * @announced: clients know it
 * @changed: it is to be told that it changed
 * @status: as it was when last looked at; a call that has ended keeps its last one
 */
struct bus_call {
	struct bus_call *next;
	struct bus *bus;
	uint32_t number;
	bool announced;
	bool changed;
	struct call_status status;
	const char *id;
	const char *direction;
	const char *progress;
	const char *far;
	const char *far_name;
	const char *security;
	const char *told;
	const char *icon;
	int64_t since;
	int recovered;
	int captured;
	int signalling_secure;
	char id_text[CALL_ID_MAX];
	char far_text[CALL_URI_MAX];
	char far_name_text[CALL_URI_MAX];
};

/**
 * struct bus - the daemon on the bus
 * @connection: NULL while there is none
 * @retry: timer of the next attempt
 * @flush: sends the changes that one turn of the loop has gathered
 * @delay_ms: how long the next attempt waits
 * @down_told: the loss was logged
 * @group: group of those who may change things, root's when there is none
 * @requests: calls of methods that wait for what the bus knows of their senders
 * @requests_count: how many
 * @calls: in no order
 * @phone_changed, @servers_changed, @device_changed: bits of what is to be told
 */
struct bus {
	sd_event *event;
	struct guard *guard;
	struct device *device;
	int (*reload)(void *owner, struct refusal *why);
	void *owner;
	sd_bus *connection;
	sd_event_source *retry;
	sd_event_source *flush;
	unsigned int delay_ms;
	bool down_told;
	gid_t group;
	struct bus_request *requests;
	size_t requests_count;
	struct bus_call *calls;
	unsigned int phone_changed;
	unsigned int servers_changed;
	unsigned int device_changed;
	struct bus_phone phone;
	struct bus_identity identity;
	struct bus_configuration configuration;
	struct bus_image image;
	struct access_network network;
	struct bus_policy policy;
	struct bus_server server;
};

/* Put the objects of each interface on a connection: 0 or -errno. */
int bus_phone_add(struct bus *bus);
int bus_identity_add(struct bus *bus);
int bus_trust_add(struct bus *bus);
int bus_configuration_add(struct bus *bus);
int bus_image_add(struct bus *bus);
int bus_network_add(struct bus *bus);
int bus_policy_add(struct bus *bus);
int bus_servers_add(struct bus *bus);
int bus_calls_add(struct bus *bus);

/* Tell what has changed since it was told last. */
void bus_phone_flush(struct bus *bus);
void bus_device_flush(struct bus *bus);
void bus_servers_flush(struct bus *bus);
void bus_calls_flush(struct bus *bus);

/* What is changed will be told when this turn of the loop is over. */
void bus_flush_later(struct bus *bus);

/* Something of an interface of the device is another one. */
void bus_device_change(struct bus *bus, enum bus_device interface);

/* The guard's calls come and go. */
void bus_call_add(struct bus *bus, uint32_t number);
void bus_call_change(struct bus *bus, uint32_t number);
void bus_call_remove(struct bus *bus, uint32_t number);
void bus_calls_clear(struct bus *bus);

/*
 * Properties that are read where they stand: an array of char, a bool, and of a struct refusal what
 * the end of the property's name says: Reason, Text, Mend or Detail.
 */
int bus_text_get(sd_bus *connection, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *text, sd_bus_error *error);
int bus_flag_get(sd_bus *connection, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *flag, sd_bus_error *error);
int bus_reason_get(sd_bus *connection, const char *path, const char *interface,
		   const char *property, sd_bus_message *reply, void *refusal, sd_bus_error *error);

/* Sends a text for the display that is about no call. */
void bus_phone_display(struct bus *bus, const char *text);

/* Sends the signal of a call with one text. */
void bus_call_signal(struct bus *bus, uint32_t number, const char *signal, const char *text);

/* Who may ask for something: root, and for most things the members of one group. */
enum bus_right {
	BUS_RIGHT_GROUP,
	BUS_RIGHT_ROOT,
};

struct bus_request;

/**
 * struct bus_asked - what an allowed caller wants
 * @call: of the method
 * @reply: to it; the action adds what it returns
 * @number: of the call it is about, or 0
 * @process, @user: the caller, 0 and UINT32_MAX where the bus does not tell
 * @request: to be answered with, when the action returns %BUS_LATER
 */
struct bus_asked {
	sd_bus_message *call;
	sd_bus_message *reply;
	uint32_t number;
	uint32_t process;
	uint32_t user;
	struct bus_request *request;
};

/* What an action returns that answers by bus_answer(). */
enum { BUS_LATER = 1 };

/*
 * What a method does once its caller is known to be allowed to: 0, the -errno of the reason,
 * or %BUS_LATER.
 */
typedef int (*bus_action)(struct bus *bus, const struct bus_asked *asked, struct refusal *why);

/**
 * bus_ask - do what a method asks for, if its caller may
 * @bus: the bus
 * @call: of the method; answered later
 * @right: who may
 * @action: what is to be done
 * @number: of the call it is about, or 0
 *
 * The bus is asked who the caller is. Its answer is not waited for.
 *
 * Return: 1, or -errno, as handlers of methods do.
 */
int bus_ask(struct bus *bus, sd_bus_message *call, enum bus_right right, bus_action action,
	    uint32_t number);

/* Answers a request with one text, or with a reason where @text is NULL. */
void bus_answer(struct bus_request *request, const char *text, const struct refusal *why);

/* Answers a request with a judgement. */
void bus_answer_judged(struct bus_request *request, const struct device_judgement *judgement);

/* Answers a request that returns nothing; @why is NULL when it was done. */
void bus_answer_done(struct bus_request *request, const struct refusal *why);

/* Adds something to a reply: 0, or -errno. */
typedef int (*bus_append)(sd_bus_message *reply, const void *what);

/* Answers a request with what @append adds. */
void bus_answer_by(struct bus_request *request, bus_append append, const void *what);

/* Forgets who asked on a connection that is lost. */
void bus_requests_clear(struct bus *bus);

/**
 * bus_secret_read - take what is secret out of the next argument of a call, a pipe
 * @call: of the method
 * @max: bytes that are taken at most
 * @what: its name, for refusals
 * @secret: result, the caller's; may be empty
 * @why: on refusal the reason
 *
 * The write end must be closed: so the bytes are in nobody's message queue and on no disk,
 * and reading them cannot make the daemon wait.
 *
 * Return: 0, or the -errno of the reason.
 */
int bus_secret_read(sd_bus_message *call, size_t max, const char *what, struct secret **secret,
		    struct refusal *why);

/*
 * The bytes of a sealed memory file, the next argument, at most DEVICE_FILE_MAX; the caller's until
 * free().
 */
int bus_file_read(sd_bus_message *call, struct octets *file, struct refusal *why);

/* Appends a judgement as a{sv}: 0, or the -errno of the reason. */
int bus_judgement_append(sd_bus_message *reply, const struct device_judgement *judgement,
			 struct refusal *why);

#endif
