// SPDX-License-Identifier: Apache-2.0
#include "audit_table.h"

#include <syslog.h>

#include "audit.h"
#include "log_table.h"

#define TOLD(name) { .id = (name) }
#define LIMITED(name) { .id = (name), .is_limited = true }
#define NOT_TOLD(reason) { .not_told = (reason) }

static const struct audit_words words[LOG_MESSAGES] = {
	[LOG_STARTED] = TOLD("STARTED"),
	[LOG_STOPPED] = TOLD("STOPPED"),
	[LOG_RELOADED] = TOLD("SETTINGS-TAKEN"),
	[LOG_SETTINGS_WARNING] =
		NOT_TOLD("It is about the spelling of a file that the next message says is in force."),
	[LOG_SETTINGS_REFUSED] = TOLD("SETTINGS-REFUSED"),
	[LOG_SERVER_UP] = LIMITED("SERVER-UP"),
	[LOG_SERVER_DOWN] = LIMITED("SERVER-DOWN"),
	[LOG_SERVER_SWITCHED] = LIMITED("SERVER-SWITCHED"),
	[LOG_REGISTERED] = LIMITED("REGISTERED"),
	[LOG_REGISTRATION_REFUSED] = LIMITED("REGISTRATION-REFUSED"),
	[LOG_UNREGISTERED] = LIMITED("UNREGISTERED"),
	[LOG_CALL_STARTED] = LIMITED("CALL-STARTED"),
	[LOG_CALL_SECURED] = LIMITED("CALL-SECURED"),
	[LOG_CALL_STATE] = LIMITED("CALL-SECURITY"),
	[LOG_CALL_REFUSED] = LIMITED("CALL-REFUSED"),
	[LOG_CALL_ENDED] = LIMITED("CALL-ENDED"),
	[LOG_CALL_RECOVERED] = TOLD("CALL-RECOVERED"),
	[LOG_CALL_LOST] = TOLD("CALL-LOST"),
	[LOG_TONE] = NOT_TOLD("It follows from CALL-SECURITY, which is told."),
	[LOG_MESSAGE_REFUSED] = LIMITED("MESSAGE-REFUSED"),
	[LOG_MODULE_UP] = TOLD("MODULE-UP"),
	[LOG_MODULE_DOWN] = TOLD("MODULE-DOWN"),
	[LOG_MEDIA_SUSPECT] = LIMITED("MEDIA-SUSPECT"),
	[LOG_TOKEN_REFRESHED] = TOLD("TOKEN-REFRESHED"),
	[LOG_TOKEN_FAILED] = LIMITED("TOKEN-FAILED"),
	[LOG_IDENTITY_EXPIRED] = TOLD("IDENTITY-EXPIRED"),
	[LOG_ENROLL_FAILED] = LIMITED("ENROLL-FAILED"),
	[LOG_IDENTITY_EXPIRES] = TOLD("IDENTITY-EXPIRES"),
	[LOG_IDENTITY_RENEWAL] = TOLD("IDENTITY-RENEWAL"),
	[LOG_LSC_INSTALLED] = TOLD("LSC-INSTALLED"),
	[LOG_LSC_CONFIRMED] = TOLD("LSC-CONFIRMED"),
	[LOG_LSC_REVERTED] = TOLD("LSC-REVERTED"),
	[LOG_LSC_DELETED] = TOLD("LSC-DELETED"),
	[LOG_MIC_PROVISIONED] = TOLD("MIC-PROVISIONED"),
	[LOG_MIC_REFUSED] = TOLD("MIC-REFUSED"),
	[LOG_IDENTITY_IMPORTED] = TOLD("IDENTITY-IMPORTED"),
	[LOG_IDENTITY_DELETED] = TOLD("IDENTITY-DELETED"),
	[LOG_CLOCK_WRONG] = TOLD("CLOCK-WRONG"),
	[LOG_TRUST_FIRST] = TOLD("TRUST-FIRST"),
	[LOG_TRUST_LIST] = TOLD("TRUST-LIST"),
	[LOG_TRUST_REFUSED] = LIMITED("TRUST-REFUSED"),
	[LOG_TRUST_RESET] = TOLD("TRUST-RESET"),
	[LOG_VERIFIED] = LIMITED("CERTIFICATE-VOUCHED"),
	[LOG_VERIFY_REFUSED] = LIMITED("CERTIFICATE-REFUSED"),
	[LOG_CONFIG_TAKEN] = TOLD("CONFIG-TAKEN"),
	[LOG_CONFIG_REFUSED] = LIMITED("CONFIG-REFUSED"),
	[LOG_IMAGE_INSTALLED] = TOLD("IMAGE-INSTALLED"),
	[LOG_IMAGE_REFUSED] = TOLD("IMAGE-REFUSED"),
	[LOG_CAPTURE_STARTED] = TOLD("CAPTURE-STARTED"),
	[LOG_CAPTURE_ENDED] = TOLD("CAPTURE-ENDED"),
	[LOG_AUDIT_SERVER_UP] = LIMITED("AUDIT-SERVER-UP"),
	[LOG_AUDIT_SERVER_DOWN] = LIMITED("AUDIT-SERVER-DOWN"),
	[LOG_AUDIT_FULL] = TOLD("AUDIT-FULL"),
	[LOG_AUDIT_LOST] = TOLD("AUDIT-LOST"),
	[LOG_BUS_DOWN] = TOLD("BUS-DOWN"),
	[LOG_FAILED] = LIMITED("FAILED"),
};

const struct audit_words *audit_words(enum log_message message)
{
	return &words[message];
}

void audit_manual(FILE *stream)
{
	fputs(".Bl -tag -width Ds\n", stream);
	for (enum log_message message = 0; message < LOG_MESSAGES; message++) {
		const struct audit_words *told = audit_words(message);

		if (told->not_told)
			fprintf(stream, ".It %s\nIs not told.\n%s\n", log_words(message)->words,
				told->not_told);
		else
			fprintf(stream, ".It %s\n.Li %s\n%s", log_words(message)->words,
				told->id ?: log_words(message)->id,
				told->is_limited ? "Only counted when there are many.\n" : "");
	}
	fputs(".It Somebody asked for a change over the bus\n.Li " AUDIT_ID_REQUEST "\n"
	      ".It Somebody sees whether events arrive\n.Li " AUDIT_ID_TEST "\n.El\n", stream);
}
