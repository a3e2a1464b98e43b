// SPDX-License-Identifier: Apache-2.0
#include "doctor.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "module_files.h"

static void privilege_examine(struct findings *findings)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct finding *finding;

	if (!syscall(SYS_capget, &header, data) && (data[0].effective & (1u << CAP_NET_ADMIN))) {
		finding = finding_add(findings, "privilege", FINDING_OK);
		finding_tell(finding, "Sessions and policy can be changed from here.");
		return;
	}
	finding = finding_add(findings, "privilege", FINDING_WARNING);
	finding_tell(finding, "Without CAP_NET_ADMIN everything can be read and nothing changed.");
	finding_mend(finding, "%s", reason_words(REASON_NOT_ALLOWED)->mend);
}

static void self_test_examine(const struct media_module *module, struct findings *findings)
{
	struct finding *finding = finding_add(findings, "self-test",
					      module->self_test ? FINDING_OK : FINDING_PROBLEM);

	if (module->self_test) {
		finding_tell(finding, "The self-test passed%s.",
			     module->fips ? ", and the kernel runs in FIPS mode" : "");
		return;
	}
	finding_tell(finding, "%s", reason_drop_words(NF_SRTP_DROP_REASON_SELF_TEST_FAILED)->text);
	finding_mend(finding, "%s", reason_drop_words(NF_SRTP_DROP_REASON_SELF_TEST_FAILED)->mend);
}

static void driver_examine(const struct media_module *module, struct findings *findings)
{
	bool fast = module->accelerated && *module->driver;
	struct finding *finding = finding_add(findings, "crypto-driver", FINDING_OK);

	if (!*module->driver) {
		finding->verdict = FINDING_PROBLEM;
		finding_tell(finding, "The kernel has no driver for gcm(aes).");
		finding_mend(finding, "Run 'modprobe -a gcm aes_generic', or enable CONFIG_CRYPTO_GCM.");
		return;
	}
	finding_tell(finding, "Packets are protected by %s%s%s%s.", module->driver,
		     *module->fallback_driver ? " with fallback " : "", module->fallback_driver,
		     module->asynchronous ? ", asynchronously" : "");
	if (fast)
		return;
	finding->verdict = FINDING_WARNING;
	finding_mend(finding, "This is a generic driver, several times slower than the processor's own. "
		     "Load the fast one and then this module again: 'modprobe aesni_intel' on x86, "
		     "'modprobe aes_ce_ccm' and 'modprobe ghash_ce' on arm64.");
}

static void module_examine(struct media_link *link, struct findings *findings)
{
	struct media_module module;
	struct finding *finding;
	struct refusal why;

	if (media_module_get(link, &module, &why)) {
		finding = finding_add(findings, "module", FINDING_PROBLEM);
		finding_tell(finding, "%s %s", reason_words(why.code)->text, why.detail);
		finding_mend(finding, "%s", reason_words(why.code)->mend);
		return;
	}
	finding = finding_add(findings, "module", FINDING_OK);
	finding_tell(finding, "nf_srtp %s is loaded and has %u session%s here.", module.version,
		     module.sessions, module.sessions == 1 ? "" : "s");
	self_test_examine(&module, findings);
	driver_examine(&module, findings);
}

static void policy_examine(struct media_link *link, struct findings *findings)
{
	struct media_policy policy;
	struct finding *finding;
	struct refusal why;

	if (media_policy_get(link, &policy, &why))
		return;
	finding = finding_add(findings, "policy", FINDING_OK);
	finding_tell(finding, "The policy is '%s'.", media_word(media_modes, policy.mode));
	if (policy.mode != NF_SRTP_POLICY_MODE_ENFORCE) {
		bool off = policy.mode == NF_SRTP_POLICY_MODE_OFF;

		finding->verdict = off ? FINDING_PROBLEM : FINDING_WARNING;
		finding_tell(finding, "The policy is '%s': media that no session vouches for passes in "
			     "clear%s.", media_word(media_modes, policy.mode),
			     off ? "" : " and is only counted");
		finding_mend(finding, "Run 'phonesec media policy --mode enforce'.");
	}
	finding = finding_add(findings, "protected-ports", FINDING_OK);
	if (!policy.range_count) {
		finding->verdict = FINDING_PROBLEM;
		finding_tell(finding, "No port is protected, so the policy guards nothing.");
		finding_mend(finding, "Name the media ports of the program: 'phonesec media policy "
			     "--protect FIRST-LAST'.");
		return;
	}
	finding_tell(finding, "%zu port range%s protected, the first is %u-%u.", policy.range_count,
		     policy.range_count == 1 ? " is" : "s are", policy.ranges[0].first,
		     policy.ranges[0].last);
}

/* A direction that cannot pass media although its session exists. */
static const struct reason *direction_trouble(const struct media_direction *direction)
{
	size_t usable = 0;

	for (size_t i = 0; i < direction->key_count; i++)
		usable += !direction->keys[i].expired;
	if (usable)
		return NULL;
	return reason_drop_words(direction->key_count ? NF_SRTP_DROP_REASON_KEY_EXPIRED
						      : NF_SRTP_DROP_REASON_NO_KEY);
}

static void sessions_examine(struct media_link *link, struct findings *findings)
{
	struct media_session *sessions;
	struct finding *finding;
	struct refusal why;
	size_t count, mute = 0;

	if (media_sessions_list(link, &sessions, &count, &why))
		return;
	finding = finding_add(findings, "keys", FINDING_OK);
	finding_tell(finding, "Every session has a usable key in both directions.");
	for (size_t i = 0; i < count; i++) {
		const struct reason *tx = direction_trouble(&sessions[i].tx);
		const struct reason *rx = direction_trouble(&sessions[i].rx);

		if (!tx && !rx)
			continue;
		if (!mute++) {
			finding->verdict = FINDING_WARNING;
			finding_tell(finding, "Session %u, %s: %s", sessions[i].id, tx ? "tx" : "rx",
				     tx ? tx->text : rx->text);
			finding_mend(finding, "%s", tx ? tx->mend : rx->mend);
		}
	}
	media_sessions_free(sessions, count);
}

static const struct media_drop *drop_most(const struct media_direction *direction)
{
	const struct media_drop *most = NULL;

	for (size_t i = 0; i < direction->drop_count; i++)
		if (!most || direction->drops[i].packets > most->packets)
			most = &direction->drops[i];
	return most;
}

static void drops_tell(const struct media_direction *direction, const char *name,
		       struct findings *findings)
{
	const struct media_drop *most = drop_most(direction);
	const struct reason *words = most ? reason_drop_words(most->reason) : NULL;
	struct finding *finding = finding_add(findings, name, FINDING_OK);

	if (!most) {
		finding_tell(finding, "Nothing was dropped.");
		return;
	}
	finding->verdict = FINDING_WARNING;
	finding_tell(finding, "%llu packet%s dropped, %llu of them for this reason: %s",
		     (unsigned long long)direction->dropped,
		     direction->dropped == 1 ? " was" : "s were", (unsigned long long)most->packets,
		     words ? words->text : "one that this version of phonesec does not know.");
	finding_mend(finding, "%s", words ? words->mend : reason_words(REASON_MODULE_OTHER)->mend);
}

static void drops_examine(struct media_link *link, struct findings *findings)
{
	struct media_counters *counters;
	struct refusal why;
	size_t count;

	if (media_counters_get(link, &counters, &count, &why))
		return;
	if (count) {
		drops_tell(&counters->tx, "drops-sent", findings);
		drops_tell(&counters->rx, "drops-received", findings);
	}
	media_counters_free(counters, count);
}

int doctor(const struct arguments *arguments, struct output *out, struct refusal *why)
{
	struct module_places places = {
		.modules = "/lib/modules",
		.lockdown = "/sys/kernel/security/lockdown",
		.sig_enforce = "/sys/module/module/parameters/sig_enforce",
	};
	struct findings findings = { 0 };
	struct media_link *link;
	struct utsname system;
	int err = media_open(&link, why);

	(void)arguments;
	if (err && why->code != REASON_MODULE_MISSING)
		return err;
	if (err) {
		uname(&system);
		places.release = system.release;
		module_files_examine(&places, &findings);
	} else {
		module_examine(link, &findings);
		policy_examine(link, &findings);
		sessions_examine(link, &findings);
		drops_examine(link, &findings);
		media_close(link);
	}
	privilege_examine(&findings);
	findings_write(&findings, out);
	if (err)
		return EXIT_STATUS_UNREACHABLE;
	return findings_have_problem(&findings) ? EXIT_STATUS_FAILED : 0;
}
