// SPDX-License-Identifier: Apache-2.0
#include "reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define USAGE EINVAL, EXIT_STATUS_USAGE
#define INSECURE EKEYREJECTED, EXIT_STATUS_INSECURE
/* Messages that break the protocol are the fault of whoever wrote them. */
#define SIP_SENDER_MEND "Look at the message in the log and update the program that sends it.", \
	EBADMSG, EXIT_STATUS_FAILED

static const struct reason refusals[REASON_COUNT] = {
	[REASON_NONE] = { "none", "Nothing was refused.", "", 0, EXIT_STATUS_OK },
	[REASON_COMMAND_UNKNOWN] = { "command-unknown", "There is no such command.",
		"Run 'phonesec --help' for the list.", USAGE },
	[REASON_OPTION_UNKNOWN] = { "option-unknown", "This command has no such option.",
		"Add --help to the command for its options.", USAGE },
	[REASON_OPTION_REPEATED] = { "option-repeated", "An option was given twice.",
		"Give it once.", USAGE },
	[REASON_OPTION_VALUE] = { "option-value", "An option lacks its value, or has one too many.",
		"Add --help to the command for its options.", USAGE },
	[REASON_OPTION_MISSING] = { "option-missing", "A required option is missing.",
		"Add --help to the command for its options.", USAGE },
	[REASON_OPERAND_MISSING] = { "operand-missing", "The command needs one more word.",
		"Add --help to the command for its form.", USAGE },
	[REASON_OPERAND_EXTRA] = { "operand-extra", "The command does not take that many words.",
		"Add --help to the command for its form.", USAGE },
	[REASON_VALUE_INVALID] = { "value-invalid", "A value is not one of those allowed.",
		"Add --help to the command for the values.", USAGE },
	[REASON_ADDRESS_INVALID] = { "address-invalid", "A transport address cannot be read.",
		"Write ADDRESS:PORT, and an IPv6 address in brackets as [2001:db8::1]:4000; names "
		"are not resolved.", USAGE },
	[REASON_ADDRESS_FAMILIES] = { "address-families",
		"The local and the remote address are of different IP versions.",
		"Give both as IPv4 or both as IPv6.", USAGE },
	[REASON_RTCP_PORTS] = { "rtcp-ports",
		"RTCP cannot both share the RTP ports and have ports of its own.",
		"Give --rtcp-mux, or the RTCP ports, not both.", USAGE },
	[REASON_CONTEXT_MISSING] = { "context-missing",
		"What the new key means for rollover counters was not told.",
		"Give --context same when the call goes on under a new key at the same addresses "
		"(counters go on, RFC 3711 section 3.3.1), or --context new when the offer and answer "
		"changed the transport address or replaced the whole context (counters start at zero, "
		"RFC 4568 section 7.1.4). A wrong choice is heard as silence, so it is not guessed.",
		USAGE },
	[REASON_KEY_IN_ARGUMENTS] = { "key-in-arguments",
		"A key stood among the arguments, where every user of the machine can read it.",
		"Treat that key as known to others and make a new one; give key lines on standard "
		"input or with --key-fd.", USAGE },
	[REASON_NOTHING_TO_CHANGE] = { "nothing-to-change", "No change was asked for.",
		"Name at least one thing to change; add --help for what can be changed.", USAGE },
	[REASON_KEY_SOURCE_TERMINAL] = { "key-source-terminal",
		"Keys are not read from a terminal, which would show them.",
		"Pipe the key lines in, or open a file and name its descriptor with --key-fd.",
		USAGE },
	[REASON_KEY_SOURCE_READ] = { "key-source-read", "The key lines could not be read.",
		"Check that the descriptor given with --key-fd is open for reading.",
		EIO, EXIT_STATUS_FAILED },
	[REASON_KEY_TEXT_EMPTY] = { "key-text-empty", "No key line was given.",
		"Write a line 'tx SUITE inline:KEY', one with rx, or both.", USAGE },
	[REASON_KEY_TEXT_LONG] = { "key-text-long", "The key text is too long.",
		"Give at most one line a direction.", USAGE },
	[REASON_KEY_LINE] = { "key-line", "A key line names no direction.",
		"Begin each line with 'tx ' for the key of what is sent or 'rx ' for the key of what is "
		"received.", USAGE },
	[REASON_KEY_REPEATED] = { "key-repeated", "A direction has two key lines.",
		"Give one line a direction; add further keys with 'media rekey --standby'.",
		USAGE },
	[REASON_KEY_SUITES] = { "key-suites", "The two directions, or the session, differ in suite.",
		"Use the suite of the accepted crypto attribute in both directions; for another suite "
		"end the session and add it anew.", USAGE },
	[REASON_KEY_BOTH_WAYS] = { "key-both-ways", "Both directions have the same key.",
		"Make one key a direction: with one key for both, two packets can share a nonce, which "
		"gives the plain text away.", INSECURE },
	[REASON_STANDBY_MKI] = { "standby-mki", "A standby key has no master key identifier.",
		"Add |MKI:LENGTH to the key, or leave out --standby: without an identifier the far end "
		"cannot tell the keys apart.", USAGE },
	[REASON_SDES_CHARACTER] = { "sdes-character",
		"The crypto attribute holds a character that no such attribute may have.",
		"Copy the line again, without control or non-ASCII characters.", USAGE },
	[REASON_SDES_TAG] = { "sdes-tag", "The tag of the crypto attribute is no number of 1 to 9 digits.",
		"Write a=crypto:1 and the suite, or begin with the suite.", USAGE },
	[REASON_SDES_SUITE_MISSING] = { "sdes-suite-missing", "The suite is missing.",
		"Write the suite before the key: AEAD_AES_256_GCM inline:KEY.", USAGE },
	[REASON_SDES_SUITE_UNKNOWN] = { "sdes-suite-unknown", "The suite is not known.",
		"Use AEAD_AES_128_GCM or AEAD_AES_256_GCM.", USAGE },
	[REASON_SDES_SUITE_WEAK] = { "sdes-suite-weak",
		"The suite is known, but is not among those that protect media here.",
		"Have the far end offer AEAD_AES_256_GCM or AEAD_AES_128_GCM (RFC 7714).",
		INSECURE },
	[REASON_SDES_METHOD] = { "sdes-method", "The key method is not 'inline:'.",
		"Write inline: directly before the key.", USAGE },
	[REASON_SDES_BASE64] = { "sdes-base64", "The key is not base64.",
		"Copy the key again; only A-Z a-z 0-9 + / are allowed, with or without = at the end.",
		USAGE },
	[REASON_SDES_KEY_LENGTH] = { "sdes-key-length",
		"Key and salt have the wrong length for the suite.",
		"AEAD_AES_128_GCM takes 28 bytes (38 base64 characters and ==), AEAD_AES_256_GCM takes 44 "
		"(59 characters and =): the key with its 12 bytes of salt behind.", USAGE },
	[REASON_SDES_LIFETIME] = { "sdes-lifetime", "The key lifetime is not between 1 and 2^48 packets.",
		"Write a number or 2^ and a number, at most 2^48, or leave it out.", USAGE },
	[REASON_SDES_MKI] = { "sdes-mki", "The master key identifier cannot be used.",
		"Write VALUE:LENGTH with a decimal value that fits the length, of 1 to 16 bytes.",
		USAGE },
	[REASON_SDES_KEYS] = { "sdes-keys", "The attribute holds several keys.",
		"Give one key, and the others one by one with 'media rekey --standby'.", USAGE },
	[REASON_SDES_PARAMETER] = { "sdes-parameter", "A session parameter is not known.",
		"Refuse the attribute: RFC 4568 section 6.3 lets only parameters that begin with - be "
		"passed over.", USAGE },
	[REASON_SDES_PARAMETER_REPEATED] = { "sdes-parameter-repeated",
		"A session parameter occurs twice.", "Leave one of them out.", USAGE },
	[REASON_SDES_PARAMETER_VALUE] = { "sdes-parameter-value",
		"The value of a session parameter is out of its range.",
		"KDR takes 0 to 24, WSH a number from 64.", USAGE },
	[REASON_SDES_KDR] = { "sdes-kdr", "The key derivation rate is not 0.",
		"Have the far end leave KDR out: session keys are derived once, as nearly everyone does.",
		USAGE },
	[REASON_SDES_UNENCRYPTED_SRTP] = { "sdes-unencrypted-srtp",
		"UNENCRYPTED_SRTP would send the media in clear.",
		"Have the far end leave the parameter out.", INSECURE },
	[REASON_SDES_UNENCRYPTED_SRTCP] = { "sdes-unencrypted-srtcp",
		"UNENCRYPTED_SRTCP asks for RTCP in clear.",
		"Have the far end leave the parameter out, or accept it for what is received with "
		"--pass unencrypted-srtcp; what is sent stays encrypted.", INSECURE },
	[REASON_SDES_UNAUTHENTICATED_SRTP] = { "sdes-unauthenticated-srtp",
		"UNAUTHENTICATED_SRTP would let anyone inject media, and AEAD suites cannot do it.",
		"Have the far end leave the parameter out.", INSECURE },
	[REASON_SDES_FEC] = { "sdes-fec", "Error correction behind encryption is not supported.",
		"Have the far end leave FEC_ORDER and FEC_KEY out.", USAGE },
	[REASON_SIP_START_LINE] = { "sip-start-line",
		"The first line of the SIP message is neither a request nor a response.",
		SIP_SENDER_MEND },
	[REASON_SIP_LINE_END] = { "sip-line-end",
		"A line of the SIP message does not end in CR LF.", SIP_SENDER_MEND },
	[REASON_SIP_CHARACTER] = { "sip-character",
		"The head of the SIP message holds a control character.", SIP_SENDER_MEND },
	[REASON_SIP_FIELD] = { "sip-field",
		"A line of the SIP message is no header field.", SIP_SENDER_MEND },
	[REASON_SIP_FIELD_MISSING] = { "sip-field-missing",
		"The SIP message lacks a header field that every message has.", SIP_SENDER_MEND },
	[REASON_SIP_FIELD_REPEATED] = { "sip-field-repeated",
		"The SIP message has a header field twice that may be there once.",
		SIP_SENDER_MEND },
	[REASON_SIP_LENGTH] = { "sip-length",
		"The Content-Length of the SIP message is no plain number.", SIP_SENDER_MEND },
	[REASON_SIP_LENGTH_MISSING] = { "sip-length-missing",
		"The SIP message came by a stream and has no Content-Length.", SIP_SENDER_MEND },
	[REASON_SIP_LENGTH_REPEATED] = { "sip-length-repeated",
		"The SIP message has more than one Content-Length.", SIP_SENDER_MEND },
	[REASON_SIP_CSEQ] = { "sip-cseq",
		"The CSeq of the SIP message does not fit its method.", SIP_SENDER_MEND },
	[REASON_SIP_TOO_LONG] = { "sip-too-long",
		"The SIP message is longer than is taken.",
		"See which program sends it; no call needs as much.", EMSGSIZE,
		EXIT_STATUS_FAILED },
	[REASON_SIP_CUT] = { "sip-cut", "The SIP message ends too early.",
		"A datagram was cut or a connection ended in the middle: use TCP for long messages.",
		EBADMSG, EXIT_STATUS_FAILED },
	[REASON_SIP_HOPS] = { "sip-hops", "The SIP request has gone through too many hops.",
		"Look for two proxies that send requests to each other.", ELOOP,
		EXIT_STATUS_FAILED },
	[REASON_SIP_NOT_OURS] = { "sip-not-ours",
		"The SIP response answers no request that went out here.",
		"Look at the message in the log; a late answer after a restart is harmless.",
		ESRCH, EXIT_STATUS_FAILED },
	[REASON_SIP_NO_PROGRAM] = { "sip-no-program",
		"No SIP program of this phone has said where it is.",
		"Set the program's outbound proxy to the address that 'signalling show' tells.",
		ENOENT, EXIT_STATUS_FAILED },
	[REASON_SDP_LINE] = { "sdp-line",
		"A line of the session description cannot be understood.", SIP_SENDER_MEND },
	[REASON_SDP_TOO_LONG] = { "sdp-too-long",
		"The session description has more lines or media than are taken.",
		"Switch media off that the call does not need.", EMSGSIZE, EXIT_STATUS_FAILED },
	[REASON_MEDIA_LINES] = { "media-lines",
		"The answer has other media lines than the offer.", SIP_SENDER_MEND },
	[REASON_MEDIA_ADDRESS] = { "media-address",
		"The address for media is none, or a name.",
		"Have the sender put an IP address into its session description.",
		EADDRNOTAVAIL, EXIT_STATUS_FAILED },
	[REASON_MEDIA_NOT_SECURE] = { "media-not-secure",
		"The far end wants media in clear, and the policy requires SRTP.",
		"Give the far end a secure profile, or set the media policy to 'preferred'.",
		INSECURE },
	[REASON_MEDIA_SECURE_INSIDE] = { "media-secure-inside",
		"The program on this phone encrypts its media itself.",
		"Switch SRTP off in the program: the phone does it.", EPROTO,
		EXIT_STATUS_FAILED },
	[REASON_MEDIA_CHOICE] = { "media-choice",
		"The answer chose a key that was not offered.", SIP_SENDER_MEND },
	[REASON_MEDIA_KEY_RETURNED] = { "media-key-returned",
		"The far end sends under the key that it was offered.",
		"Update the far end: one key for both directions encrypts twice alike.",
		INSECURE },
	[REASON_RANDOM] = { "random", "The random number generator gave nothing.",
		"See the system's log; no key is made without it.", EIO, EXIT_STATUS_FAILED },
	[REASON_PHONE_PROTECTED] = { "phone-protected",
		"Protected phones do without this feature when secure calling is configured.",
		"Uncheck 'Protected Device' in the phone's configuration to use it.",
		EPERM, EXIT_STATUS_INSECURE },
	[REASON_MODULE_MISSING] = { "module-missing", "The kernel module nf_srtp is not loaded.",
		"Run 'modprobe nf_srtp' as root; 'phonesec media doctor' tells why it is not there.",
		ENOTCONN, EXIT_STATUS_UNREACHABLE },
	[REASON_MODULE_OTHER] = { "module-other", "The answer of the kernel module cannot be read.",
		"Install module and helper of the same release.", EPROTO, EXIT_STATUS_UNREACHABLE },
	[REASON_NOT_ALLOWED] = { "not-allowed", "The kernel does not allow this to you.",
		"Run it as root, or with CAP_NET_ADMIN in the user namespace that owns this network "
		"namespace.", EPERM, EXIT_STATUS_NOT_ALLOWED },
	[REASON_SESSION_MISSING] = { "session-missing", "There is no such session.",
		"Run 'phonesec media list' in this network namespace.",
		ENOENT, EXIT_STATUS_FAILED },
	[REASON_SESSION_EXISTS] = { "session-exists", "A session has these addresses already.",
		"Find it with 'phonesec media list', then re-key or delete it.",
		EEXIST, EXIT_STATUS_FAILED },
	[REASON_KEY_MISSING] = { "key-missing", "The session has no usable key of that identifier.",
		"See the keys of 'phonesec media show ID', or add the key with 'phonesec media rekey ID "
		"--context same --standby'.", ENOKEY, EXIT_STATUS_FAILED },
	[REASON_KERNEL_REFUSED] = { "kernel-refused", "The kernel module refused the request.",
		"Change what the detail names.", EINVAL, EXIT_STATUS_FAILED },
	[REASON_KERNEL_INSECURE] = { "kernel-insecure",
		"The kernel module refused the request because it would not be secure.",
		"Change what the detail names.", INSECURE },
	[REASON_KERNEL_FAILED] = { "kernel-failed", "The kernel could not do it.",
		"See the detail and the kernel log (dmesg).", EIO, EXIT_STATUS_FAILED },
	[REASON_EVENTS_LOST] = { "events-lost", "Events came faster than they were read; some are lost.",
		"Compare with 'phonesec media stats --all', whose counters lose nothing.",
		ENOBUFS, EXIT_STATUS_FAILED },
	[REASON_NO_MEMORY] = { "no-memory", "There is no memory.",
		"End something else and try again.", ENOMEM, EXIT_STATUS_FAILED },
	[REASON_OUTPUT] = { "output", "The answer could not be written.",
		"Check where standard output goes.", EIO, EXIT_STATUS_FAILED },
};

/* Codes are the names in nf_srtp.yaml; a test compares them with the uapi header. */
static const struct reason drops[] = {
	[NF_SRTP_DROP_REASON_NONE] = { .code = "none", .text = "Not dropped.", .mend = "" },
	[NF_SRTP_DROP_REASON_NO_SESSION] = { .code = "no-session",
		.text = "Media on a protected port for which no session vouches.",
		.mend = "If it belongs to a call, add its session ('phonesec media add') before media "
			"starts; otherwise it is what the policy keeps out." },
	[NF_SRTP_DROP_REASON_WRONG_ADDRESS] = { .code = "wrong-address",
		.text = "Media on the port of a session, but with another remote address or port.",
		.mend = "If the far end moved, or sits behind NAT, tell the new address with "
			"'phonesec media set ID --remote ADDRESS:PORT'." },
	[NF_SRTP_DROP_REASON_PLAIN_RTP] = { .code = "plain-rtp",
		.text = "RTP in clear where SRTP is due.",
		.mend = "The far end sends without encryption: check that its answer accepted the crypto "
			"attribute and that it applies its key." },
	[NF_SRTP_DROP_REASON_PLAIN_RTCP] = { .code = "plain-rtcp",
		.text = "RTCP in clear where SRTCP is due.",
		.mend = "Some phones encrypt RTP and forget RTCP: update the far end; the audio is not "
			"affected." },
	[NF_SRTP_DROP_REASON_AUTH_FAILED] = { .code = "auth-failed",
		.text = "The authentication tag does not match.",
		.mend = "Look at the cause in 'phonesec media monitor': most often the key, the suite or "
			"the rollover counter differs from the sender's." },
	[NF_SRTP_DROP_REASON_REPLAYED] = { .code = "replayed",
		.text = "The packet was seen before; in what is sent, the program repeated a sequence number.",
		.mend = "Received: a duplicate on the network or an attack, nothing to do. Sent: re-key "
			"with --context new when the program restarts its sequence numbers." },
	[NF_SRTP_DROP_REASON_TOO_OLD] = { .code = "too-old",
		.text = "The packet is older than the replay window reaches.",
		.mend = "Look for heavy reordering or delay on the path." },
	[NF_SRTP_DROP_REASON_KEY_EXPIRED] = { .code = "key-expired",
		.text = "The key has reached its lifetime.",
		.mend = "Negotiate a new key and set it with 'phonesec media rekey ID --context same'." },
	[NF_SRTP_DROP_REASON_NO_KEY] = { .code = "no-key",
		.text = "The session has no key in this direction.",
		.mend = "Set the missing key with 'phonesec media rekey ID --context new'." },
	[NF_SRTP_DROP_REASON_UNKNOWN_MKI] = { .code = "unknown-mki",
		.text = "The master key identifier names no key of the session.",
		.mend = "Add that key with 'phonesec media rekey ID --context same --standby', or check "
			"the MKI and its length in the crypto attribute." },
	[NF_SRTP_DROP_REASON_MALFORMED] = { .code = "malformed",
		.text = "The packet breaks the rules of UDP, RTP or RTCP.",
		.mend = "Capture it and look at its header; nothing that should be on a media port "
			"looks like that." },
	[NF_SRTP_DROP_REASON_FRAGMENT] = { .code = "fragment",
		.text = "A fragment that was not put together before the media hooks.",
		.mend = "Make media packets smaller than the path MTU." },
	[NF_SRTP_DROP_REASON_STUN] = { .code = "stun",
		.text = "STUN, which the policy does not pass.",
		.mend = "If the program uses ICE or STUN on its media ports, allow it with --pass stun." },
	[NF_SRTP_DROP_REASON_DTLS] = { .code = "dtls",
		.text = "DTLS, which the policy does not pass.",
		.mend = "The far end tries DTLS-SRTP; have it use SDES, or allow it with --pass dtls." },
	[NF_SRTP_DROP_REASON_OTHER_PROTOCOL] = { .code = "other-protocol",
		.text = "Neither RTP nor a protocol that the policy passes.",
		.mend = "Find out what sends it; ZRTP and TURN channels pass with --pass other." },
	[NF_SRTP_DROP_REASON_UNENCRYPTED_SRTCP] = { .code = "unencrypted-srtcp",
		.text = "Authenticated SRTCP that is not encrypted, which the policy does not accept.",
		.mend = "Have the far end encrypt SRTCP, or accept it with --pass unencrypted-srtcp." },
	[NF_SRTP_DROP_REASON_HELD] = { .code = "held",
		.text = "The direction is on hold.",
		.mend = "Resume with 'phonesec media hold ID none'." },
	[NF_SRTP_DROP_REASON_SSRC_LIMIT] = { .code = "ssrc-limit",
		.text = "More SSRCs than a session follows.",
		.mend = "Re-key with --context new to forget old SSRCs; see what keeps changing them." },
	[NF_SRTP_DROP_REASON_TOO_BIG] = { .code = "too-big",
		.text = "The packet no longer fits the path once protected and must not be fragmented.",
		.mend = "Let the program send smaller packets: SRTP adds 16 bytes and the MKI." },
	[NF_SRTP_DROP_REASON_NO_MEMORY] = { .code = "no-memory",
		.text = "Memory for a changed packet could not be had.",
		.mend = "Look for what uses up the memory; the packet was not sent in clear." },
	[NF_SRTP_DROP_REASON_CIPHER_ERROR] = { .code = "cipher-error",
		.text = "The cipher returned an error other than a bad tag.",
		.mend = "See the kernel log; 'phonesec media doctor' names the cipher driver." },
	[NF_SRTP_DROP_REASON_SELF_TEST_FAILED] = { .code = "self-test-failed",
		.text = "The self-test failed, so the module passes no media.",
		.mend = "See the kernel log, then load the module again; if it stays, the cipher driver "
			"or the hardware is broken." },
	[NF_SRTP_DROP_REASON_QUOTED_MEDIA] = { .code = "quoted-media",
		.text = "An ICMP error to the network would have quoted media in clear.",
		.mend = "The program has closed its port while media still comes in: end the session "
			"with 'phonesec media del ID' when the call ends." },
};

static const struct reason causes[] = {
	[NF_SRTP_CAUSE_UNKNOWN] = { .code = "unknown", .text = "Nothing points to one cause.",
		.mend = "Compare key, suite and addresses with the offer and answer." },
	[NF_SRTP_CAUSE_WRONG_KEY] = { .code = "wrong-key",
		.text = "No packet has ever authenticated under this key: key or suite differ from the "
			"sender's.",
		.mend = "Take rx from the sender's crypto attribute, not from our own, and check the tag "
			"of the one that was accepted." },
	[NF_SRTP_CAUSE_ROC_MISMATCH] = { .code = "roc-mismatch",
		.text = "Packets authenticated before, and the sequence number has wrapped or jumped since: "
			"the rollover counters differ.",
		.mend = "Set the counter with 'phonesec media set ID --roc rx:SSRC=ROC', or negotiate a new "
			"key and re-key with --context new." },
	[NF_SRTP_CAUSE_PLAIN_MEDIA] = { .code = "plain-media", .text = "The sender sends in clear.",
		.mend = "Check that the far end's answer accepted the crypto attribute." },
	[NF_SRTP_CAUSE_OLD_KEY] = { .code = "old-key",
		.text = "Packets authenticated under the previous key: one end changed keys alone.",
		.mend = "Make the far end apply the new key, or set the previous one again." },
	[NF_SRTP_CAUSE_FORGED] = { .code = "forged",
		.text = "Genuine packets go on authenticating; somebody else injects packets.",
		.mend = "Nothing to do for the call; find the sender with a capture on this port." },
};

static const struct reason events[] = {
	[NF_SRTP_CMD_FIRST_PACKET_NTF] = { .code = "first-packet",
		.text = "The first packet of a direction was protected or authenticated under its key.",
		.mend = "" },
	[NF_SRTP_CMD_SSRC_NTF] = { .code = "ssrc",
		.text = "An SSRC was seen for the first time, or the SSRC changed.", .mend = "" },
	[NF_SRTP_CMD_AUTH_FAILURES_NTF] = { .code = "auth-failures",
		.text = "More authentication failures in a row than the threshold.", .mend = "" },
	[NF_SRTP_CMD_REPLAY_FLOOD_NTF] = { .code = "replay-flood",
		.text = "More replayed packets in a second than the threshold.",
		.mend = "The call is not affected; look for a loop or an attacker on the network." },
	[NF_SRTP_CMD_KEY_SOFT_NTF] = { .code = "key-soft",
		.text = "A key approaches its lifetime.",
		.mend = "Negotiate a new key now and set it with 'phonesec media rekey ID --context same'." },
	[NF_SRTP_CMD_KEY_HARD_NTF] = { .code = "key-hard",
		.text = "A key reached its lifetime and was destroyed; its direction drops everything.",
		.mend = "Set a new key with 'phonesec media rekey ID --context same'." },
	[NF_SRTP_CMD_SESSION_SILENT_NTF] = { .code = "session-silent",
		.text = "No packet was authenticated for the session's silence timeout.",
		.mend = "Check that the far end still sends, and see the drops of 'phonesec media show ID'." },
	[NF_SRTP_CMD_SESSION_DEL_NTF] = { .code = "session-del", .text = "A session ended.",
		.mend = "" },
};

static const struct reason *words_at(const struct reason *table, size_t count, unsigned int index)
{
	return index < count && table[index].code ? &table[index] : NULL;
}

const struct reason *reason_words(enum reason_code code)
{
	return &refusals[code < REASON_COUNT ? code : REASON_NONE];
}

const struct reason *reason_drop_words(unsigned int reason)
{
	return words_at(drops, ARRAY_SIZE(drops), reason);
}

const struct reason *reason_cause_words(unsigned int cause)
{
	return words_at(causes, ARRAY_SIZE(causes), cause);
}

const struct reason *reason_event_words(unsigned int command)
{
	return words_at(events, ARRAY_SIZE(events), command);
}

int refusal_set(struct refusal *why, enum reason_code code, const char *format, ...)
{
	va_list list;

	*why = (struct refusal){ .code = code };
	va_start(list, format);
	(void)vsnprintf(why->detail, sizeof(why->detail), format, list);
	va_end(list);
	return -reason_words(code)->error;
}

int refusal_set_at(struct refusal *why, enum reason_code code, unsigned int position)
{
	*why = (struct refusal){ .code = code, .position = position };
	return -reason_words(code)->error;
}
