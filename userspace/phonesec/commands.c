// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <string.h>

#include "access_commands.h"
#include "device_commands.h"
#include "doctor.h"
#include "media_commands.h"
#include "phone_commands.h"

const struct media_name list_words[] = {
	{ 0, "ctl" }, { 1, "itl" }, { 2, "pending" }, { 3, "tvs" }, { 0, NULL },
};

static const struct media_name key_kinds[] = {
	{ 0, "rsa-2048" }, { 1, "rsa-3072" }, { 2, "rsa-4096" }, { 3, "ec-256" },
	{ 4, "ec-384" }, { 5, "ec-521" }, { 0, NULL },
};

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
	[OPTION_PASSWORD_FD] = { "password-fd", "NUMBER",
		"read the password of the file from this file descriptor", NULL },
	[OPTION_KEY] = { "key", "KIND", "kind of the key, else rsa-2048", key_kinds },
	[OPTION_NAME] = { "name", "NAME", "judge it as if it had been asked for as this", NULL },
	[OPTION_USER] = { "user", "NAME", "search as this user of the directory", NULL },
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
	{ "identity", "show", .run = identity_show, .bare = true,
	  .help = "Show the certificates of this phone" },
	{ "identity", "provision", .run = identity_provision, .operands = { OPERAND_FILE },
	  .help = "Take over the MIC, PEM with chain and key, for good; root only",
	  .options = { OPTION_KEY_FD } },
	{ "identity", "import", .run = identity_import, .operands = { OPERAND_NAME, OPERAND_FILE },
	  .required = 1, .help = "Take over a certificate with its key, PEM or PKCS #12",
	  .options = { OPTION_KEY_FD, OPTION_PASSWORD_FD } },
	{ "identity", "request", .run = identity_request, .operands = { OPERAND_NAME },
	  .required = 1, .help = "Make a key and write a request for a certificate (PKCS #10)",
	  .options = { OPTION_KEY, OPTION_OUT } },
	{ "identity", "install", .run = identity_install,
	  .operands = { OPERAND_NAME, OPERAND_FILE }, .required = 2,
	  .help = "Install the certificate for such a request" },
	{ "identity", "delete", .run = identity_delete, .operands = { OPERAND_NAME },
	  .required = 1, .help = "Destroy an imported certificate and its key on this phone" },
	{ "lsc", "status", .run = lsc_status, .bare = true,
	  .help = "Tell how the locally significant certificate is" },
	{ "lsc", "update", .run = lsc_update,
	  .help = "Have CAPF install, update or delete it; the string comes from standard input",
	  .options = { OPTION_KEY_FD } },
	{ "lsc", "delete", .run = lsc_delete, .help = "Destroy it and its key on this phone" },
	{ "trust", "list", .run = trust_list, .bare = true, .help = "List the trust lists" },
	{ "trust", "show", .run = trust_show, .operands = { OPERAND_LIST },
	  .help = "Show the certificates of one trust list, or of all" },
	{ "trust", "explain", .run = trust_explain, .operands = { OPERAND_FILE }, .required = 1,
	  .help = "Tell whether a signed file would be taken, and else which rule it breaks",
	  .options = { OPTION_NAME } },
	{ "trust", "pending", .run = trust_pending,
	  .help = "Show the trust list that waits for approval" },
	{ "trust", "approve", .run = trust_approve, .operands = { OPERAND_FINGERPRINT },
	  .required = 1, .help = "Let the trust list that waits be in force; root only" },
	{ "trust", "reset", .run = trust_reset,
	  .help = "Forget all trust lists: the next ones are taken without check; root only" },
	{ "tvs", "status", .run = tvs_status, .bare = true,
	  .help = "Tell how trust verification servers answer, and what they vouched for" },
	{ "config", "show", .run = config_show, .bare = true,
	  .help = "Show the configuration in force, and where each value comes from" },
	{ "config", "fetch", .run = config_fetch,
	  .help = "Ask the servers for trust lists and configuration now" },
	{ "image", "status", .run = image_status, .bare = true,
	  .help = "Tell how the last installation of an image ended" },
	{ "image", "verify", .run = image_verify, .operands = { OPERAND_FILE }, .required = 1,
	  .help = "Tell whether an image would be installed, else which rule it breaks; root only",
	  .options = { OPTION_NAME } },
	{ "image", "install", .run = image_install, .operands = { OPERAND_FILE }, .required = 1,
	  .help = "Install an image, if its signature holds; root only",
	  .options = { OPTION_NAME } },
	{ "network", "status", .run = network_status, .bare = true,
	  .help = "Tell how the phone gets on the network: 802.1X, voice VLAN, ports" },
	{ "dot1x", "status", .run = dot1x_status, .bare = true,
	  .help = "Tell how 802.1X authentication is" },
	{ "dot1x", "enable", .run = dot1x_enable, .help = "Take part in 802.1X" },
	{ "dot1x", "disable", .run = dot1x_disable, .help = "Take no part in 802.1X" },
	{ "dot1x", "reauthenticate", .run = dot1x_reauthenticate,
	  .help = "Authenticate anew now, without waiting" },
	{ "dot1x", "logoff", .run = dot1x_logoff, .help = "Tell the switch that the phone leaves" },
	{ "dot1x", "doctor", .run = dot1x_doctor,
	  .help = "Tell in words what keeps the phone off the network, and how to mend it" },
	{ "vlan", "status", .run = vlan_status, .bare = true,
	  .help = "Tell which VLAN voice uses, and where that is known from" },
	{ "fips", "status", .run = fips_status, .bare = true, .help = "Tell how FIPS mode is" },
	{ "fips", "check", .run = fips_check,
	  .help = "Tell what each feature needs in FIPS mode, and what would stop working" },
	{ "hardening", "show", .run = hardening_show, .bare = true,
	  .help = "Show the hardening options, their values and defaults" },
	{ "audit", "status", .run = audit_status, .bare = true,
	  .help = "Tell where audit events go, and how many wait" },
	{ "audit", "test", .run = audit_test, .help = "Write an event of its own into the audit log" },
	{ "password", "status", .run = password_status, .bare = true,
	  .help = "Tell whether settings are open to people at the phone" },
	{ "password", "set", .run = password_set,
	  .help = "Set the local settings password; the new one comes from standard input",
	  .options = { OPTION_KEY_FD, OPTION_PASSWORD_FD } },
	{ "password", "unlock", .run = password_unlock,
	  .help = "Open settings for some minutes; the password comes from standard input",
	  .options = { OPTION_KEY_FD } },
	{ "password", "lock", .run = password_lock, .help = "Close them again" },
	{ "contacts", "search", .run = contacts_search, .operands = { OPERAND_PERSON },
	  .required = 1, .help = "Look for people; the user's password comes from standard input",
	  .options = { OPTION_USER, OPTION_KEY_FD }, .due = { OPTION_USER } },
	{ "menu", "show", .run = menu_show, .bare = true,
	  .help = "Show the menu Security Setup on this terminal" },
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
	case OPERAND_NAME:
	case OPERAND_PERSON:
		return "NAME";
	case OPERAND_FILE:
		return "FILE";
	case OPERAND_FINGERPRINT:
		return "FINGERPRINT";
	case OPERAND_LIST:
		return "ctl|itl|pending|tvs";
	}
	return "";
}
