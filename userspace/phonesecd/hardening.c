// SPDX-License-Identifier: Apache-2.0
#include "hardening.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "log.h"
#include "nft_generation.h"
#include "nft_script.h"

enum {
	RULES_MAX = 4096,
	LOOK_US = 30 * 1000000,
	ACCURACY_US = 1000000,
};

/**
 * struct hardening - the rules
 * @wanted: text of the rules of the settings
 * @nft: the program
 * @child: nft while it works, or NULL
 * @stale: the settings changed while it did
 * @look: tries again after a failure, else looks whether others have changed the rules
 * @before: generation of the kernel's rules when nft began
 * @generation: the same when these came into force; 0 when the kernel does not say, or others
 *              have changed rules meanwhile
 * @said: the last line that nft wrote
 * @status: as told; what is in force stays so until other rules are
 * @garp_refused, @ssh_closed: what @wanted does
 */
struct hardening {
	sd_event *event;
	char wanted[RULES_MAX];
	char nft[PATH_MAX];
	struct child *child;
	bool stale;
	sd_event_source *look;
	uint32_t before;
	uint32_t generation;
	char said[CHILD_LINE_MAX];
	struct hardening_status status;
	bool garp_refused;
	bool ssh_closed;
	const struct hardening_events *events;
	void *owner;
};

static void tell(const struct hardening *hardening)
{
	if (hardening->events && hardening->events->changed)
		hardening->events->changed(hardening->owner);
}

static void look_later(struct hardening *hardening)
{
	(void)sd_event_source_set_time_relative(hardening->look, LOOK_US);
	(void)sd_event_source_set_enabled(hardening->look, SD_EVENT_ONESHOT);
}

static void rules_fail(struct hardening *hardening, const struct refusal *why)
{
	hardening->status.state = HARDENING_FAILED;
	refusal_set(&hardening->status.last, REASON_RULES_FAILED, "%.120s: %.100s", why->detail,
		    hardening->said);
	log_refusal(LOG_FAILED, &hardening->status.last, "rules of [hardening]");
	look_later(hardening);
}

static void on_line(void *owner, const char *line)
{
	struct hardening *hardening = owner;

	/* The first one has the cause, others show where. */
	if (!*hardening->said)
		snprintf(hardening->said, sizeof(hardening->said), "%s", line);
}

static int rules_set(struct hardening *hardening, struct refusal *why);

static void on_ended(void *owner, const struct refusal *why)
{
	struct hardening *hardening = owner;
	struct refusal again = { 0 };

	child_free(hardening->child);
	hardening->child = NULL;
	if (hardening->stale) {
		hardening->stale = false;
		if (rules_set(hardening, &again))
			rules_fail(hardening, &again);
		return;
	}
	if (why && why->code) {
		rules_fail(hardening, why);
	} else {
		hardening->status = (struct hardening_status){
			.state = HARDENING_IN_FORCE, .garp_refused = hardening->garp_refused,
			.ssh_closed = hardening->ssh_closed,
		};
		hardening->generation = nft_generation();
		if (hardening->generation != hardening->before + 1)
			hardening->generation = 0;
		look_later(hardening);
	}
	tell(hardening);
}

static const struct child_events child_events = { .line = on_line, .ended = on_ended };

static int rules_set(struct hardening *hardening, struct refusal *why)
{
	const struct nft_script script = { .program = hardening->nft, .text = hardening->wanted };

	(void)sd_event_source_set_enabled(hardening->look, SD_EVENT_OFF);
	hardening->status.state = HARDENING_SETTING;
	hardening->before = nft_generation();
	*hardening->said = '\0';
	return nft_script_run(&hardening->child, hardening->event, &script, &child_events,
			      hardening, why);
}

/*
 * Whoever changes any rules, flushes all of them maybe, has these set once more: that is a
 * transaction without effect where they are there.
 */
static int on_look(sd_event_source *source, uint64_t now, void *owner)
{
	struct hardening *hardening = owner;
	struct refusal why = { 0 };

	(void)source;
	(void)now;
	if (hardening->child)
		return 0;
	/* Where that is not known they are set once more. */
	if (hardening->status.state == HARDENING_IN_FORCE && hardening->generation &&
	    hardening->generation == nft_generation()) {
		look_later(hardening);
		return 0;
	}
	if (rules_set(hardening, &why))
		rules_fail(hardening, &why);
	tell(hardening);
	return 0;
}

static void rules_want(struct hardening *hardening, const struct settings *settings)
{
	(void)hardening_rules(settings, hardening->wanted, RULES_MAX);
	memcpy(hardening->nft, settings->nft, sizeof(hardening->nft));
	hardening->garp_refused = !settings->garp;
	hardening->ssh_closed = !settings->ssh_access;
}

int hardening_new(struct hardening **hardening, sd_event *event, const struct settings *settings,
		  const struct hardening_events *events, void *owner, struct refusal *why)
{
	struct hardening *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = event;
	made->events = events;
	made->owner = owner;
	rules_want(made, settings);
	err = sd_event_add_time_relative(event, &made->look, CLOCK_MONOTONIC, LOOK_US,
					 ACCURACY_US, on_look, made);
	if (err < 0)
		err = refusal_set(why, REASON_SYSTEM, "a timer: %s", strerror(-err));
	else
		err = rules_set(made, why);
	if (err) {
		hardening_free(made);
		return err;
	}
	*hardening = made;
	return 0;
}

void hardening_free(struct hardening *hardening)
{
	if (!hardening)
		return;
	child_free(hardening->child);
	sd_event_source_disable_unref(hardening->look);
	free(hardening);
}

void hardening_reload(struct hardening *hardening, const struct settings *settings)
{
	char before[RULES_MAX];
	struct refusal why = { 0 };

	memcpy(before, hardening->wanted, sizeof(before));
	rules_want(hardening, settings);
	if (!strcmp(before, hardening->wanted) && hardening->status.state != HARDENING_FAILED)
		return;
	/* A transaction is left to end: the next one takes its place. */
	if (hardening->child)
		hardening->stale = true;
	else if (rules_set(hardening, &why))
		rules_fail(hardening, &why);
	tell(hardening);
}

void hardening_status(const struct hardening *hardening, struct hardening_status *status)
{
	*status = hardening->status;
}

const char *hardening_state_word(enum hardening_state state)
{
	static const char *const words[] = {
		[HARDENING_SETTING] = "setting", [HARDENING_IN_FORCE] = "in-force",
		[HARDENING_FAILED] = "failed",
	};

	return words[state];
}
