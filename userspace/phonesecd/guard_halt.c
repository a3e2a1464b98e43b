// SPDX-License-Identifier: Apache-2.0
/* The phone is taken out of service by the site's policy: calls go on, and none begins. */
#include "guard_state.h"

#include "log.h"

void guard_halt(struct guard *guard, const struct refusal *why)
{
	bool was_halted = guard->halted.code;

	guard->halted = why ? *why : (struct refusal){ 0 };
	if (why)
		guard_tell(guard, display, 0, reason_words(why->code)->text);
	else if (was_halted && servers_ready(guard->servers))
		guard_register_renew(guard);
	guard_tell(guard, service_changed);
}

bool guard_in_service(const struct guard *guard, struct refusal *why)
{
	if (guard->halted.code)
		*why = guard->halted;
	return !guard->halted.code;
}

static bool begins_call(const struct sip_message *message)
{
	struct span tag;

	return span_is(message->method, "INVITE") &&
	       !sip_param_find(sip_field_first(message, SIP_FIELD_TO)->value, "tag", &tag);
}

/* The program may leave at any time. */
static bool registers(const struct sip_message *message)
{
	const struct sip_field *expires = sip_field_first(message, SIP_FIELD_EXPIRES);

	return span_is(message->method, "REGISTER") && !(expires && span_is(expires->value, "0"));
}

bool guard_halt_refuses(struct guard *guard, const struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;

	if (!guard->halted.code || !message->is_request ||
	    (!begins_call(message) && !registers(message)))
		return false;
	log_refusal(LOG_MESSAGE_REFUSED, &guard->halted, "%.*s", (int)message->method.len,
		    message->method.at);
	guard_reply(guard, message, passage->from, 503, &guard->halted);
	return true;
}
