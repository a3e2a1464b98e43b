// SPDX-License-Identifier: Apache-2.0
#include "log_table.h"

#include <syslog.h>

static const struct log_words messages[LOG_MESSAGES] = {
	[LOG_STARTED] = { "834ebfce7361b3b43a316099e4e95d70", LOG_NOTICE, false,
		"The phone is guarded",
		"phonesecd has started and listens for the SIP program.", "" },
	[LOG_STOPPED] = { "6b3bd9c511231b2fa403ea6c542498c8", LOG_NOTICE, false,
		"The guard has ended",
		"phonesecd has ended in order.\n"
		"Calls go on in the kernel, and media stay protected there.",
		"New calls need phonesecd: 'systemctl start phonesecd'." },
	[LOG_RELOADED] = { "11777010d89f30535949d73964a0eb38", LOG_NOTICE, false,
		"The settings were read again",
		"The configuration file was read again and is in force.\n"
		"Calls that were there before keep what was agreed on.", "" },
	[LOG_SETTINGS_WARNING] = { "fa0ec4b1f0802ac633f27ac5051ccc37", LOG_WARNING, false,
		"The configuration file has something odd",
		"A line of the configuration file was passed over, or does what is rarely meant.",
		"Check the spelling; phonesecd.conf(5) has every key." },
	[LOG_SETTINGS_REFUSED] = { "66235ab5da76b5254f77ab1972d81815", LOG_ERR, true,
		"The configuration file was refused",
		"A configuration file is taken whole or not at all.\n"
		"When phonesecd runs already, the settings of before stay in force.",
		"Mend what the message names, see 'phonesecd --check-config',\n"
		"then 'systemctl reload phonesecd', or 'systemctl restart phonesecd' if it does not run." },
	[LOG_SERVER_UP] = { "744a546588bc97426d9c57b9283f5f0b", LOG_NOTICE, false,
		"The call manager answers",
		"A server was connected to and, with a secure security mode, verified.", "" },
	[LOG_SERVER_DOWN] = { "b7b586deffddea0e5d62e8ec8a31148a", LOG_WARNING, true,
		"The call manager cannot be used",
		"The connection to a server could not be made or has ended.\n"
		"It is tried again; the next server takes its place meanwhile.",
		"See 'phonesec signalling show' for each server." },
	[LOG_SERVER_SWITCHED] = { "ca97e1424c4329bd8ef6dcfc5bb6d22c", LOG_NOTICE, false,
		"Another call manager is in use",
		"A server failed and the next one took over, or a better one came back.", "" },
	[LOG_REGISTERED] = { "a078aec897b28a77e43478608fe92c86", LOG_INFO, false,
		"The phone is registered",
		"The call manager accepted the registration of the SIP program.", "" },
	[LOG_REGISTRATION_REFUSED] = { "d71377bb6f184b0e13b75c0f65b51b9a", LOG_WARNING, true,
		"The registration was refused",
		"The call manager did not accept the registration of the SIP program.",
		"Check that the phone is configured at the call manager, with this security mode\n"
		"and device name, and that user name and password in the SIP program are right." },
	[LOG_UNREGISTERED] = { "9f2b105e4e94f65be8119175aa848336", LOG_INFO, false,
		"The phone is not registered any more",
		"The SIP program took back its registration, or it ran out.",
		"If calls should come in, see whether the SIP program runs." },
	[LOG_CALL_STARTED] = { "66f41d02eec55a02ea40218e25e9ea63", LOG_INFO, false,
		"A call has begun",
		"The SIP program calls, or is called.", "" },
	[LOG_CALL_SECURED] = { "af922a03078969741e9c0f169c48171c", LOG_INFO, false,
		"Media are protected",
		"Keys were agreed on, and the kernel protects the media of the call with them.", "" },
	[LOG_CALL_STATE] = { "de336075c9214f3e8304c92046f75cfe", LOG_INFO, false,
		"The security of a call is another one",
		"What the call manager says of all parties, or what the kernel does, has changed.",
		"" },
	[LOG_CALL_REFUSED] = { "1d28fb08a6c1ceea846720889b8cdc2a", LOG_WARNING, true,
		"A call was refused",
		"The call, or a change of it, would have broken a rule of this phone.", "" },
	[LOG_CALL_ENDED] = { "4d29ea1528441b64c0b2752766791fb1", LOG_INFO, false,
		"A call has ended",
		"The call is over and its keys are destroyed.", "" },
	[LOG_CALL_RECOVERED] = { "ff0a6d69efb370c466332db3acc5e553", LOG_NOTICE, false,
		"A call was found again",
		"phonesecd was started anew during a call and looks after it again.", "" },
	[LOG_CALL_LOST] = { "c8a9653e378edbf22bdadcf8e9a74f44", LOG_WARNING, true,
		"A call was lost",
		"A call from before phonesecd was started anew cannot be looked after any more,\n"
		"so it was ended.",
		"Call again." },
	[LOG_TONE] = { "05b2b70f495e525098a95196da67c836", LOG_INFO, false,
		"A tone tells how secure the call is",
		"A protected phone plays three long beeps for a secure call, six short ones for\n"
		"another.", "" },
	[LOG_MESSAGE_REFUSED] = { "331324d8b34064187809a741c71038f6", LOG_WARNING, true,
		"A SIP message was not forwarded",
		"A message of the SIP program or of the call manager breaks the protocol,\n"
		"or a rule of this phone.", "" },
	[LOG_MODULE_UP] = { "3707c9b68b77f766d7c5146c40b20493", LOG_NOTICE, false,
		"The kernel protects media",
		"The kernel module nf_srtp is there, and drops media that nobody vouches for.", "" },
	[LOG_MODULE_DOWN] = { "a8260be983fceff63da9e3684a7022f4", LOG_ERR, true,
		"The kernel does not protect media",
		"The kernel module nf_srtp cannot be used, so no call can have secure media.",
		"See 'phonesec media doctor' for what is in the way." },
	[LOG_MEDIA_SUSPECT] = { "6b14cb528bccd0d0dbe97f8211798f5c", LOG_WARNING, false,
		"Media of a call are suspect",
		"Many packets failed to authenticate or were repeats; the kernel dropped them.",
		"If there is no sound, the ends disagree about keys or counters: call again.\n"
		"If there is, somebody else may be sending: see 'phonesec media show'." },
	[LOG_TOKEN_REFRESHED] = { "c58c08931efe5315036f8f2847844754", LOG_INFO, false,
		"There is a new token",
		"The token endpoint gave an access token to register with.", "" },
	[LOG_TOKEN_FAILED] = { "83ce512d8255110ffb4fb8779be67927", LOG_WARNING, true,
		"There is no new token",
		"The token endpoint gave no access token; the phone cannot register without one.",
		"" },
	[LOG_IDENTITY_EXPIRED] = { "c6d8ab3a680f43ea8a28e03902a525dc", LOG_WARNING, true,
		"The certificate of this phone is not valid now",
		"The LSC, or the MIC, has expired or is not valid yet.\n"
		"The MIC is shown in place of the LSC if it is valid itself.", "" },
	[LOG_TRUST_FIRST] = { "1395965c6a0f4ac88923eded7a3ec033", LOG_WARNING, false,
		"The first trust list was taken without check",
		"This phone had no trust list, so the first one that came is in force now.\n"
		"Whoever sent it decides whom this phone trusts from here on.",
		"Compare its fingerprint with the call manager's; if it is another one, bring the phone\n"
		"into the right network and use 'phonesec trust reset'. With first-list = no in\n"
		"phonesecd.conf, the first list waits to be approved." },
	[LOG_TRUST_LIST] = { "6877480c01f743c6a9a598b3f11a6434", LOG_NOTICE, false,
		"A new trust list is in force",
		"A CTL or ITL file that somebody of the list before has signed, or that was approved,\n"
		"has taken its place.", "" },
	[LOG_TRUST_REFUSED] = { "7db1308c67244fbd83177bf1542eb613", LOG_WARNING, true,
		"A trust list was refused",
		"A CTL or ITL file broke a rule; the lists before stay in force.",
		"See 'phonesec trust explain' for the file, and 'phonesec trust pending'." },
	[LOG_TRUST_RESET] = { "b9b12f021d114dcb8588463b4f243d8f", LOG_WARNING, false,
		"The trust lists were forgotten",
		"Somebody had this phone forget whom it trusts.", "" },
	[LOG_VERIFIED] = { "408bf78fc5784a149a34bde45bfe2176", LOG_NOTICE, false,
		"A verification server vouches for a certificate",
		"No trust list names the certificate, and a trust verification server (TVS) knows it.",
		"" },
	[LOG_VERIFY_REFUSED] = { "fc08e1e7065a4ecba595848b8d48207c", LOG_WARNING, true,
		"A certificate is not vouched for",
		"No trust list names the certificate, and no trust verification server (TVS) vouched\n"
		"for it.", "" },
	[LOG_CAPTURE_STARTED] = { "842098b2ca9bcc457cf383e1dd3e4a37", LOG_WARNING, false,
		"A decrypted capture has begun",
		"Somebody with the rights of root has a call recorded in clear: its signalling and\n"
		"its media.",
		"If nobody of yours did, see who can become root." },
	[LOG_CAPTURE_ENDED] = { "b041dfa17b82f1a5f62a572c387a6f04", LOG_WARNING, false,
		"A decrypted capture has ended",
		"The call is not recorded any more.",
		"Treat the file as confidential." },
	[LOG_BUS_DOWN] = { "51b22e25378ae4a0e005efcf85f9cfc4", LOG_WARNING, true,
		"The message bus does not answer",
		"phonesec and the phone's display learn nothing of calls until it does.\n"
		"Calls go on; the bus is tried again.", "" },
	[LOG_FAILED] = { "0979a110d90077f8cae7b1cba524dcc1", LOG_ERR, true,
		"Something failed",
		"Something that phonesecd needs did not work.", "" },
};

const struct log_words *log_words(enum log_message message)
{
	return &messages[message < LOG_MESSAGES ? message : LOG_FAILED];
}
