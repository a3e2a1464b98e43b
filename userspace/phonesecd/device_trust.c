// SPDX-License-Identifier: Apache-2.0
/* Whom the phone trusts, as others see it, and what they may change of it. */
#include "device_state.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto.h"
#include "file_judge.h"
#include "label.h"
#include "trust_folder.h"
#include "trust_lists.h"
#include "vouched.h"

/* More than all lists and what was vouched for come to. */
enum { RECORDS_MAX = (TRUST_LIST_KINDS + 1) * TRUST_LISTS_RECORDS_MAX + VOUCHED_MAX };

static const struct settings *settings_now(const struct device *device)
{
	return &device->laid->overlay.settings;
}

#define LABEL(to, octets) label_text(to, sizeof(to), octets)
#define HEX(to, octets) label_hex(to, sizeof(to), octets)

/* Zeroes without OpenSSL's help. */
static void digest_make(unsigned char digest[32], const void *bytes, size_t len)
{
	OSSL_LIB_CTX *library;
	struct refusal unused;

	if (crypto_library(&library, &unused) ||
	    !EVP_Q_digest(library, "SHA256", NULL, bytes, len, digest, NULL))
		memset(digest, 0, 32);
}

static void certificate_look(struct device_record *to, X509 *certificate)
{
	unsigned char digest[32];

	if (!crypto_fingerprint(certificate, digest))
		return;
	device_hex(to->fingerprint, digest);
	to->to = crypto_time(X509_get0_notAfter(certificate));
}

static void role_write(struct device_record *to, uint16_t role)
{
	const char *name = trust_role_name(role);

	if (name)
		(void)snprintf(to->role, sizeof(to->role), "%s", name);
	else
		(void)snprintf(to->role, sizeof(to->role), "%u", role);
}

static void record_fill(struct device_record *to, const char *place,
			const struct trust_record *record)
{
	struct refusal unused;
	X509 *certificate = NULL;
	OSSL_LIB_CTX *library;

	if (!crypto_library(&library, &unused))
		certificate = trust_record_certificate(library, record, &unused);
	(void)snprintf(to->place, sizeof(to->place), "%s", place);
	role_write(to, record->role);
	LABEL(to->subject, record->subject);
	LABEL(to->issuer, record->issuer);
	HEX(to->serial, record->serial);
	LABEL(to->host, record->dns_name);
	if (certificate)
		certificate_look(to, certificate);
	X509_free(certificate);
}

static void list_add(struct device_trust_view *view, const char *place, struct octets bytes,
		     const struct trust_list *list)
{
	struct device_list *to = &view->lists[view->lists_count++];
	unsigned char digest[32];
	struct trust_record record;
	size_t at = 0;

	*to = (struct device_list){
		.timestamp = list->header.has_timestamp ? list->header.timestamp : 0,
		.size = (uint32_t)bytes.len, .records = (uint32_t)list->count,
	};
	(void)snprintf(to->place, sizeof(to->place), "%s", place);
	LABEL(to->signer, list->header.signer_name);
	LABEL(to->issuer, list->header.signer_issuer);
	HEX(to->serial, list->header.serial);
	digest_make(digest, bytes.at, bytes.len);
	device_hex(to->fingerprint, digest);
	while (view->records_count < RECORDS_MAX && trust_list_next(list, &at, &record))
		record_fill(&view->records[view->records_count++], place, &record);
}

/* Why the list that waits was refused: what it would be told now. */
static void pending_add(struct device_trust_view *view, const struct settings *settings)
{
	struct trust_pending pending;
	struct file_verdict verdict;
	struct refusal why;

	if (trust_pending_load(&pending, settings, &why))
		return;
	if (pending.bytes.at) {
		list_add(view, "pending", pending.bytes, &pending.list);
		(void)file_judge(&verdict, settings, pending.kind == TRUST_LIST_CTL ?
				 FILE_KIND_CTL : FILE_KIND_ITL, NULL, pending.bytes, &why);
		view->lists[view->lists_count - 1].why = verdict.why;
	}
	trust_pending_clear(&pending);
}

static void roles_write(struct device_record *to, uint32_t roles)
{
	size_t used = 0;

	for (uint16_t role = 0; role < TRUST_ROLES_KNOWN && used < sizeof(to->role); role++)
		if (roles & TRUST_ROLE_BIT(role))
			used += (size_t)snprintf(to->role + used, sizeof(to->role) - used, "%s%s",
						 used ? "," : "", trust_role_name(role) ?: "?");
}

static void name_write(char *to, const X509_NAME *name)
{
	(void)X509_NAME_oneline(name, to, DEVICE_NAME_MAX);
}

static void vouched_add_all(struct device_trust_view *view, const struct settings *settings)
{
	struct vouched vouched;
	struct refusal unused;

	if (vouched_load(&vouched, settings, &unused))
		return;
	for (size_t i = 0; i < vouched.count && view->records_count < RECORDS_MAX; i++) {
		struct device_record *to = &view->records[view->records_count++];
		const struct vouched_certificate *one = &vouched.list[i];
		const ASN1_INTEGER *serial = X509_get0_serialNumber(one->certificate);

		strcpy(to->place, "TVS");
		roles_write(to, one->roles);
		name_write(to->subject, X509_get_subject_name(one->certificate));
		name_write(to->issuer, X509_get_issuer_name(one->certificate));
		HEX(to->serial, ((struct octets){ ASN1_STRING_get0_data(serial),
						  (size_t)ASN1_STRING_length(serial) }));
		(void)snprintf(to->host, sizeof(to->host), "%s", one->server);
		certificate_look(to, one->certificate);
		to->to = one->until;
	}
	vouched_clear(&vouched);
}

void device_trust_clear(struct device_trust_view *view)
{
	free(view->records);
	*view = (struct device_trust_view){ 0 };
}

/* What tells the files apart from those that the view was made of. */
static void stamp_make(unsigned char stamp[32], const struct settings *settings)
{
	static const char *const names[] = { TRUST_FILE_CTL, TRUST_FILE_ITL, TRUST_FILE_PENDING,
					     TRUST_FILE_VOUCHED };
	struct {
		struct timespec time;
		off_t size;
		ino_t inode;
	} marks[sizeof(names) / sizeof(names[0])];
	struct stat status;
	char path[2 * PATH_MAX];

	memset(marks, 0, sizeof(marks));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", settings->lists, names[i]);
		if (stat(path, &status))
			continue;
		marks[i].time = status.st_mtim;
		marks[i].size = status.st_size;
		marks[i].inode = status.st_ino;
	}
	digest_make(stamp, marks, sizeof(marks));
}

static void view_make(struct device_trust_view *view, const struct settings *settings)
{
	struct trust_lists lists;
	struct refusal unused;

	device_trust_clear(view);
	view->records = calloc(RECORDS_MAX, sizeof(*view->records));
	if (!view->records)
		return;
	stamp_make(view->stamp, settings);
	view->is_made = true;
	if (!trust_lists_load(&lists, settings, &unused)) {
		for (enum trust_list_kind kind = 0; kind < TRUST_LIST_KINDS; kind++)
			if (lists.files[kind].bytes.at)
				list_add(view, trust_list_word(kind), lists.files[kind].bytes,
					 &lists.files[kind].list);
		trust_lists_clear(&lists);
	}
	pending_add(view, settings);
	vouched_add_all(view, settings);
}

/* Everyone may look, so that certificates are not opened anew for each look. */
static const struct device_trust_view *view_now(const struct device *device)
{
	struct device_trust_view *view = (struct device_trust_view *)&device->trust;
	const struct settings *settings = settings_now(device);
	unsigned char stamp[sizeof(view->stamp)];

	stamp_make(stamp, settings);
	if (!view->is_made || memcmp(stamp, view->stamp, sizeof(stamp)))
		view_make(view, settings);
	return view;
}

bool device_list(const struct device *device, size_t index, struct device_list *list)
{
	const struct device_trust_view *view = index ? &device->trust : view_now(device);

	if (index >= view->lists_count)
		return false;
	*list = view->lists[index];
	return true;
}

bool device_record(const struct device *device, size_t index, struct device_record *record)
{
	const struct device_trust_view *view = index ? &device->trust : view_now(device);

	if (index >= view->records_count)
		return false;
	*record = view->records[index];
	return true;
}

bool device_verify_server(const struct device *device, size_t index,
			  struct device_verify_server *server)
{
	const struct verify_server *found = verify_service_server(device->service, index);

	if (!found)
		return false;
	*server = (struct device_verify_server){
		.port = found->port, .answered = found->answered_at,
		.latency_ms = found->latency_ms, .last = found->last,
	};
	(void)snprintf(server->host, sizeof(server->host), "%s", found->host);
	return true;
}

static const char *kind_word(const struct file_verdict *verdict)
{
	if (verdict->has_header && verdict->header.is_encrypted)
		return "encrypted file";
	return verdict->kind == FILE_KIND_CTL ? "CTL" :
	       verdict->kind == FILE_KIND_ITL ? "ITL" : "signed file";
}

void device_explain(const struct device *device, const char *name, struct octets file,
		    struct device_judgement *judgement)
{
	struct file_header header;
	struct file_verdict verdict;
	char own[DEVICE_NAME_MAX] = "";
	struct refusal why;

	/* Without a name it is of the kind that it says itself. */
	if (!*name && !file_header_read(&header, file, &why))
		LABEL(own, header.name);
	(void)file_judge(&verdict, settings_now(device), file_kind_of(*name ? name : own),
			 *name ? name : NULL, file, &why);
	*judgement = (struct device_judgement){
		.accepted = verdict.why.code == REASON_NONE,
		.asks = verdict.may_ask && *settings_now(device)->tvs[0].host,
		.why = verdict.why,
	};
	strcpy(judgement->kind, kind_word(&verdict));
	strcpy(judgement->found, file_voucher_word(verdict.voucher));
	if (!verdict.has_header)
		return;
	LABEL(judgement->name, verdict.header.name);
	LABEL(judgement->signer, verdict.header.signer_name);
	LABEL(judgement->issuer, verdict.header.signer_issuer);
	HEX(judgement->serial, verdict.header.serial);
	(void)snprintf(judgement->digest, sizeof(judgement->digest), "%s",
		       file_digest_name(verdict.header.digest) ?: "unknown");
	judgement->timestamp = verdict.header.has_timestamp ? verdict.header.timestamp : 0;
}

void device_trust_changed(struct device *device)
{
	device_trust_clear(&device->trust);
	verify_service_reload(device->service, settings_now(device));
	if (device->guard) {
		servers_trust_changed(guard_servers(device->guard));
		device_settle(device);
	}
	device_tell(device, trust);
}

/* Files of before may be good now, or good no more. */
static int lists_renewed(struct device *device)
{
	device_trust_changed(device);
	if (device->provision)
		provision_reload(device->provision);
	return 0;
}

int device_trust_approve(struct device *device, const char *fingerprint, struct refusal *why)
{
	int err = trust_lists_approve(settings_now(device), fingerprint, why);

	return err ?: lists_renewed(device);
}

int device_trust_reset(struct device *device, struct refusal *why)
{
	int err = trust_lists_reset(settings_now(device), why);

	return err ?: lists_renewed(device);
}
