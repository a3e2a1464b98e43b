// SPDX-License-Identifier: Apache-2.0
#include "reason.h"

#include <stddef.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

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
