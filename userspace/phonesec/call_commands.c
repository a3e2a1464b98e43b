// SPDX-License-Identifier: Apache-2.0
/* Commands about calls, except the one that watches them. */
#include "phone.h"
#include "phone_commands.h"

/* JSON holds one answer, which tells already what is not secure. */
static int secure_require(const struct arguments *a, bool secure, uint32_t id, struct output *out)
{
	struct refusal why;

	if (!option_given(a, OPTION_REQUIRE_SECURE) || secure)
		return 0;
	refusal_set(&why, REASON_CALL_INSECURE, "call %u", id);
	if (!out->json)
		output_refusal(out, &why);
	return (int)reason_words(why.code)->status;
}

int call_list(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone phone;
	int status = phone_fetch(&phone, why);

	if (status)
		return status;
	output_list(out, "calls", "no calls", phone_call_columns, phone_call_fields, phone.calls,
		    sizeof(*phone.calls), phone.calls_count);
	for (size_t i = 0; !status && i < phone.calls_count; i++)
		status = secure_require(a, phone_call_is_secure(&phone.calls[i]),
					phone.calls[i].id, out);
	phone_clear(&phone);
	return status;
}

int call_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	const struct phone_call *call;
	struct phone phone;
	int status = phone_fetch(&phone, why);

	if (status)
		return status;
	call = phone_call(&phone, a->id);
	if (call) {
		output_object(out, "call", "call", phone_call_fields, call);
		status = secure_require(a, phone_call_is_secure(call), call->id, out);
	} else {
		status = refusal_set(why, REASON_CALL_MISSING, "call %u", a->id);
	}
	phone_clear(&phone);
	return status;
}

static int call_ask(const struct arguments *a, const char *method, const char *done,
		    struct output *out, struct refusal *why)
{
	const struct phone_call call = { .id = a->id };
	char path[BUS_PATH_MAX];
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	(void)snprintf(path, sizeof(path), "%s/%u", BUS_PATH_CALLS, a->id);
	err = bus_call(bus, path, BUS_INTERFACE_CALL, method, NULL, why, "");
	bus_close(bus);
	if (err)
		return err;
	output_remark(out, "call %u %s", a->id, done);
	if (out->json)
		output_object(out, "call", NULL, phone_call_id_fields, &call);
	return 0;
}

int call_end(const struct arguments *a, struct output *out, struct refusal *why)
{
	return call_ask(a, "End", "ends", out, why);
}

int call_rekey(const struct arguments *a, struct output *out, struct refusal *why)
{
	return call_ask(a, "Rekey", "gets new keys", out, why);
}
