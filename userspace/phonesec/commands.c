// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <string.h>

#include "doctor.h"
#include "media_commands.h"
#include "phone_commands.h"

static const struct option_words options[OPTION_COUNT] = {
	[OPTION_LOCAL] = { "local", "ADDRESS:PORT",
		"RTP address and port of the phone as the network sees them", NULL },
	[OPTION_REMOTE] = { "remote", "ADDRESS:PORT", "RTP address and port of the far end", NULL },
	[OPTION_RTCP_MUX] = { "rtcp-mux", NULL, "RTCP shares the RTP ports", NULL },
	[OPTION_LOCAL_RTCP_PORT] = { "local-rtcp-port", "PORT",
		"RTCP port of the phone, else the RTP port plus one", NULL },
	[OPTION_REMOTE_RTCP_PORT] = { "remote-rtcp-port", "PORT",
		"RTCP port of the far end, else the RTP port plus one", NULL },
	[OPTION_KEY_FD] = { "key-fd", "NUMBER",
		"read what is secret from this file descriptor instead of standard input", NULL },
	[OPTION_HOLD] = { "hold", "DIRECTION", "let nothing pass in this direction", media_holds },
	[OPTION_PASS] = { "pass", "PROTOCOL[,PROTOCOL...]",
		"protocols that pass beside SRTP, or none", media_passes },
	[OPTION_SILENCE_TIMEOUT] = { "silence-timeout", "MS",
		"tell when nothing authenticated for so long, 0 for never", NULL },
	[OPTION_ROC] = { "roc", "DIRECTION:SSRC=ROC",
		"rollover counter of the next packet of an SSRC; may be repeated", NULL },
	[OPTION_CONTEXT] = { "context", "CONTEXT",
		"whether rollover counters go on (same) or start at zero (new)", media_contexts },
	[OPTION_STANDBY] = { "standby", NULL,
		"only add the key under its MKI, do not send under it yet", NULL },
	[OPTION_ACTIVATE] = { "activate", "MKI:LENGTH",
		"send under this key, which was added with --standby", NULL },
	[OPTION_DRAIN] = { "drain", "MS", "protect late packets for so long before the end", NULL },
	[OPTION_MODE] = { "mode", "MODE", "what happens to media that no session vouches for",
		media_modes },
	[OPTION_PROTECT] = { "protect", "FIRST-LAST",
		"protected UDP ports of the phone; may be repeated, replaces all earlier ones",
		NULL },
	[OPTION_AUTH_FAILURE_THRESHOLD] = { "auth-failure-threshold", "COUNT",
		"authentication failures in a row that raise an event", NULL },
	[OPTION_REPLAY_THRESHOLD] = { "replay-threshold", "COUNT",
		"replayed packets in a second that raise an event", NULL },
	[OPTION_ALL] = { "all", NULL, "every session", NULL },
	[OPTION_LIMIT] = { "limit", "COUNT", "end after so many events", NULL },
	[OPTION_REQUIRE_SECURE] = { "require-secure", NULL,
		"end with status 5 unless what is shown is encrypted from end to end", NULL },
	[OPTION_OUT] = { "out", "FILE", "write it to this file", NULL },
	[OPTION_SECONDS] = { "seconds", "COUNT", "end after so long, at most 600; else after 60",
		NULL },
	[OPTION_JSON] = { "json", NULL, "answer in JSON", NULL },
	[OPTION_HELP] = { "help", NULL, "tell how to use it", NULL },
	[OPTION_VERSION] = { "version", NULL, "tell the version", NULL },
};

const struct command commands[] = {
	{ "status", "show", .run = status_show, .bare = true,
	  .help = "Tell how the phone, its servers and its calls are" },
	{ "call", "list", .run = call_list, .bare = true, .help = "List all calls",
	  .options = { OPTION_REQUIRE_SECURE } },
	{ "call", "show", .run = call_show, .operands = { OPERAND_CALL }, .required = 1,
	  .help = "Show one call with its media", .options = { OPTION_REQUIRE_SECURE } },
	{ "call", "monitor", .run = call_monitor,
	  .help = "Write what happens to calls as it happens", .options = { OPTION_LIMIT } },
	{ "call", "end", .run = call_end, .operands = { OPERAND_CALL }, .required = 1,
	  .help = "End a call on both sides" },
	{ "call", "rekey", .run = call_rekey, .operands = { OPERAND_CALL }, .required = 1,
	  .help = "Give the media of a call new keys" },
	{ "call", "capture", .run = call_capture, .operands = { OPERAND_CALL }, .required = 1,
	  .help = "Write a call in clear, SIP and media, to a new file of pcapng; root only",
	  .options = { OPTION_OUT, OPTION_SECONDS }, .due = { OPTION_OUT } },
	{ "register", "status", .run = register_status, .bare = true,
	  .help = "Tell where the program's lines are registered" },
	{ "signalling", "show", .run = signalling_show, .bare = true,
	  .help = "Tell how each server is reached, and else why not" },
	{ "signalling", "retry", .run = signalling_retry,
	  .help = "Connect to all servers that failed, without waiting" },
	{ "oauth", "status", .run = oauth_status, .bare = true,
	  .help = "Tell whether there is a token to register with" },
	{ "oauth", "login", .run = oauth_login,
	  .help = "Store a refresh token from standard input", .options = { OPTION_KEY_FD } },
	{ "oauth", "logout", .run = oauth_logout, .help = "Destroy all tokens" },
	{ "tone", "secure", .run = tone_write, .due = { OPTION_OUT },
	  .help = "Write the tone of a secure call as a WAV file", .options = { OPTION_OUT } },
	{ "tone", "nonsecure", .run = tone_write, .due = { OPTION_OUT },
	  .help = "Write the tone of a nonsecure call as a WAV file",
	  .options = { OPTION_OUT } },
	{ "media", "add", .run = media_add,
	  .help = "Make a session from addresses and key lines",
	  .options = { OPTION_LOCAL, OPTION_REMOTE, OPTION_RTCP_MUX, OPTION_LOCAL_RTCP_PORT,
		       OPTION_REMOTE_RTCP_PORT, OPTION_KEY_FD, OPTION_HOLD, OPTION_PASS,
		       OPTION_SILENCE_TIMEOUT, OPTION_ROC },
	  .due = { OPTION_LOCAL, OPTION_REMOTE } },
	{ "media", "rekey", .run = media_rekey, .operands = { OPERAND_ID }, .required = 1,
	  .help = "Give a session new keys from key lines",
	  .options = { OPTION_CONTEXT, OPTION_STANDBY, OPTION_KEY_FD, OPTION_ROC, OPTION_PASS } },
	{ "media", "set", .run = media_set, .operands = { OPERAND_ID }, .required = 1,
	  .help = "Change the far address, the sending key, rollover counters and the like",
	  .options = { OPTION_REMOTE, OPTION_REMOTE_RTCP_PORT, OPTION_PASS, OPTION_SILENCE_TIMEOUT,
		       OPTION_ROC, OPTION_ACTIVATE } },
	{ "media", "hold", .run = media_hold, .operands = { OPERAND_ID, OPERAND_HOLD },
	  .required = 2, .help = "Hold or resume directions of a session" },
	{ "media", "del", .run = media_del, .operands = { OPERAND_ID_OR_ALL }, .required = 1,
	  .help = "End a session and destroy its keys", .options = { OPTION_DRAIN } },
	{ "media", "list", .run = media_list, .bare = true, .help = "List all sessions" },
	{ "media", "show", .run = media_show, .operands = { OPERAND_ID }, .required = 1,
	  .help = "Show one session with its keys, streams and drops" },
	{ "media", "policy", .run = media_policy,
	  .help = "Show the policy of the namespace, or change what is named",
	  .options = { OPTION_MODE, OPTION_PROTECT, OPTION_PASS, OPTION_AUTH_FAILURE_THRESHOLD,
		       OPTION_REPLAY_THRESHOLD } },
	{ "media", "stats", .run = media_stats, .operands = { OPERAND_ID },
	  .help = "Show counters of the namespace, or of sessions", .options = { OPTION_ALL } },
	{ "media", "monitor", .run = media_monitor, .help = "Write events as they happen",
	  .options = { OPTION_LIMIT } },
	{ "media", "doctor", .run = doctor,
	  .help = "Tell in words what keeps media from being protected, and how to mend it" },
	{ 0 },
};

const struct option_words *option_words(enum option option)
{
	return &options[option];
}

enum option option_find(const char *name, size_t len)
{
	for (enum option o = OPTION_NONE + 1; o < OPTION_COUNT; o++)
		if (strlen(options[o].name) == len && !memcmp(options[o].name, name, len))
			return o;
	return OPTION_NONE;
}

bool command_takes(const struct command *command, enum option option)
{
	if (option == OPTION_JSON || option == OPTION_HELP)
		return true;
	if (!command)
		return option == OPTION_VERSION;
	for (const enum option *o = command->options; *o; o++)
		if (*o == option)
			return true;
	return false;
}

const struct command *command_find(const char *noun, const char *verb)
{
	for (const struct command *c = commands; c->noun; c++)
		if (!strcmp(c->noun, noun) && (verb ? !strcmp(c->verb, verb) : c->bare))
			return c;
	return NULL;
}

bool noun_exists(const char *noun)
{
	for (const struct command *c = commands; c->noun; c++)
		if (!strcmp(c->noun, noun))
			return true;
	return false;
}

const char *operand_words(enum operand operand)
{
	switch (operand) {
	case OPERAND_NONE:
		break;
	case OPERAND_ID:
	case OPERAND_CALL:
		return "ID";
	case OPERAND_ID_OR_ALL:
		return "ID|all";
	case OPERAND_HOLD:
		return "tx|rx|both|none";
	}
	return "";
}
