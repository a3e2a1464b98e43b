// SPDX-License-Identifier: Apache-2.0
/* Commands about hardening, FIPS mode, the audit log, the local password and the directory. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access_commands.h"
#include "device_commands.h"
#include "hand_over.h"
#include "phone_access.h"

enum {
	PASSWORD_MAX = 256,
	/* A name is looked up, a server answers; a password is hashed on a slow phone. */
	ANSWER_SECONDS = 60,
};

static int policy_part(const char *key, const struct output_field *fields, size_t offset,
		       struct output *out, struct refusal *why)
{
	struct phone_policy *policy;
	int err = phone_policy_fetch(&policy, why);

	if (err)
		return err;
	output_object(out, key, NULL, fields, (const char *)policy + offset);
	free(policy);
	return 0;
}

int fips_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	(void)a;
	return policy_part("fips", phone_fips_fields, offsetof(struct phone_policy, fips), out,
			   why);
}

int audit_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	(void)a;
	return policy_part("audit", phone_audit_fields, offsetof(struct phone_policy, audit), out,
			   why);
}

int password_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	(void)a;
	return policy_part("password", phone_access_fields, offsetof(struct phone_policy, access),
			   out, why);
}

int audit_test(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = device_ask(BUS_INTERFACE_POLICY, "AuditTest", why);

	return err ? err : audit_status(a, out, why);
}

int hardening_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_policy *policy;
	int err = phone_policy_fetch(&policy, why);

	(void)a;
	if (err)
		return err;
	if (out->json) {
		output_object(out, "hardening", NULL, phone_hardening_fields, policy);
	} else {
		output_object(out, "access", NULL, phone_access_fields, &policy->access);
		output_object(out, "web", NULL, phone_web_fields, &policy->web);
		output_object(out, "rules", NULL, phone_rules_fields, &policy->rules);
		output_remark(out, "%s", "");
		output_list(out, "options", "no options", phone_option_columns,
			    phone_option_fields, policy->options, sizeof(policy->options[0]),
			    policy->options_count);
	}
	free(policy);
	return 0;
}

/* What is not as it should be is what the command ends with. */
static int needs_write(const struct phone_needs *needs, struct output *out)
{
	int status = 0;

	output_list(out, "checks", "nothing is needed", phone_need_columns, phone_need_fields,
		    needs->all, sizeof(needs->all[0]), needs->count);
	for (size_t i = 0; i < needs->count; i++)
		if (strcmp(needs->all[i].verdict, "ok"))
			status = EXIT_STATUS_FAILED;
	return status;
}

int fips_check(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_needs *needs = calloc(1, sizeof(*needs));
	sd_bus_message *answer = NULL;
	sd_bus *bus;
	int err;

	(void)a;
	err = needs ? bus_open(&bus, why) : refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err) {
		err = bus_call_within(bus, ANSWER_SECONDS, BUS_PATH, BUS_INTERFACE_POLICY,
				      "FipsCheck", &answer, why, "");
		bus_close(bus);
	}
	if (!err)
		err = phone_needs_read(needs, answer, why);
	sd_bus_message_unref(answer);
	if (!err)
		err = needs_write(needs, out);
	free(needs);
	return err;
}

/* From the descriptor, or asked for where somebody sits at a terminal. */
static int password_take(struct secret *password, int fd, const char *question,
			 struct refusal *why)
{
	int err = fd == STDIN_FILENO && isatty(fd) ?
		  secret_ask(password, question, why) :
		  secret_take(password, fd, "password", PASSWORD_MAX, why);

	if (!err)
		secret_trim(password);
	return err;
}

static int password_send(const char *method, const struct secret *password, struct refusal *why)
{
	sd_bus *bus;
	int end, err = secret_pipe(password, &end, why);

	if (err)
		return err;
	err = bus_open(&bus, why);
	if (!err) {
		err = bus_call_within(bus, ANSWER_SECONDS, BUS_PATH, BUS_INTERFACE_POLICY, method,
				      NULL, why, "h", end);
		bus_close(bus);
	}
	close(end);
	return err;
}

int password_unlock(const struct arguments *a, struct output *out, struct refusal *why)
{
	SECRET_AUTO password = secret_new(PASSWORD_MAX + 1);
	int err;

	if (!password)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = password_take(password, a->key_fd, "Settings password: ", why);
	if (!err)
		err = password_send("Unlock", password, why);
	return err ? err : password_status(a, out, why);
}

int password_lock(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = device_ask(BUS_INTERFACE_POLICY, "Lock", why);

	return err ? err : password_status(a, out, why);
}

static int passwords_send(const struct secret *old, const struct secret *new,
			  struct refusal *why)
{
	int old_end, new_end, err = secret_pipe(old, &old_end, why);
	sd_bus *bus;

	if (err)
		return err;
	err = secret_pipe(new, &new_end, why);
	if (!err) {
		err = bus_open(&bus, why);
		if (!err) {
			err = bus_call_within(bus, ANSWER_SECONDS, BUS_PATH, BUS_INTERFACE_POLICY,
					      "SetPassword", NULL, why, "hh", old_end, new_end);
			bus_close(bus);
		}
		close(new_end);
	}
	close(old_end);
	return err;
}

/* At a terminal it is typed twice, since nobody sees it. */
static int password_new_take(const struct arguments *a, struct secret *new, struct refusal *why)
{
	SECRET_AUTO again = secret_new(PASSWORD_MAX + 1);
	int err = password_take(new, a->key_fd, "New settings password: ", why);

	if (err || a->key_fd != STDIN_FILENO || !isatty(STDIN_FILENO))
		return err;
	if (!again)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = secret_ask(again, "Again: ", why);
	if (err)
		return err;
	secret_trim(again);
	return secret_equal(new, again) ? 0 :
	       refusal_set(why, REASON_VALUE_INVALID, "the two are not the same");
}

/* The old one comes from a descriptor of its own, or is asked for where one is needed. */
static int password_old_take(const struct arguments *a, struct secret *old, struct refusal *why)
{
	struct phone_policy *policy;
	bool needed;
	int err;

	if (option_given(a, OPTION_PASSWORD_FD))
		return password_take(old, a->password_fd, "Old settings password: ", why);
	err = phone_policy_fetch(&policy, why);
	if (err)
		return err;
	needed = policy->access.password_set;
	free(policy);
	return needed && isatty(STDERR_FILENO) ?
	       secret_ask(old, "Old settings password: ", why) : 0;
}

int password_set(const struct arguments *a, struct output *out, struct refusal *why)
{
	SECRET_AUTO old = secret_new(PASSWORD_MAX + 1);
	SECRET_AUTO new = secret_new(PASSWORD_MAX + 1);
	int err;

	if (!old || !new)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = password_old_take(a, old, why);
	if (!err)
		err = password_new_take(a, new, why);
	if (!err)
		err = passwords_send(old, new, why);
	return err ? err : password_status(a, out, why);
}

static int search_ask(const struct arguments *a, const struct secret *password,
		      sd_bus_message **answer, struct refusal *why)
{
	sd_bus *bus;
	int end, err = secret_pipe(password, &end, why);

	if (err)
		return err;
	err = bus_open(&bus, why);
	if (!err) {
		err = bus_call_within(bus, ANSWER_SECONDS, BUS_PATH, BUS_INTERFACE_DIRECTORY,
				      "Search", answer, why, "ssh", a->person, a->user, end);
		bus_close(bus);
	}
	close(end);
	return err;
}

static void contacts_write(const struct phone_contacts *contacts, struct output *out)
{
	output_list(out, "contacts", "nobody is found", phone_contact_columns,
		    phone_contact_fields, contacts->all, sizeof(contacts->all[0]),
		    contacts->count);
	if (!out->json && contacts->total > contacts->count)
		output_remark(out, "%zu of %u; a longer part of the name finds fewer.",
			      contacts->count, contacts->total);
}

int contacts_search(const struct arguments *a, struct output *out, struct refusal *why)
{
	SECRET_AUTO password = secret_new(PASSWORD_MAX + 1);
	struct phone_contacts *contacts = calloc(1, sizeof(*contacts));
	sd_bus_message *answer = NULL;
	int err = 0;

	if (!password || !contacts)
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err)
		err = password_take(password, a->key_fd, "Password of the directory: ", why);
	if (!err)
		err = search_ask(a, password, &answer, why);
	if (!err)
		err = phone_contacts_read(contacts, answer, why);
	sd_bus_message_unref(answer);
	if (!err)
		contacts_write(contacts, out);
	free(contacts);
	return err;
}
