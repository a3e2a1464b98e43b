// SPDX-License-Identifier: Apache-2.0
#include "password_hash.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "crypto.h"
#include "worker.h"

/**
 * struct hashing - what the thread works with
 * @library: OpenSSL's
 * @questions: with copies of the passwords
 * @why: why there are no results
 */
struct hashing {
	OSSL_LIB_CTX *library;
	struct password_questions questions;
	struct refusal why;
};

struct password_hash {
	struct worker *worker;
	password_hash_done done;
	void *owner;
};

static struct secret *copy_of(const struct secret *password, bool backwards)
{
	size_t len = secret_len(password);
	struct secret *copy = secret_new(len ? len : 1);

	for (size_t i = 0; copy && i < len; i++)
		(void)secret_append(copy, secret_bytes(password)[backwards ? len - 1 - i : i]);
	return copy;
}

/* False with OpenSSL's error. */
static bool digest_make(EVP_KDF_CTX *context, const struct secret *password,
			const struct password_record *record, uint8_t digest[PASSWORD_DIGEST_LEN])
{
	unsigned int rounds = record->rounds;
	/* OpenSSL reads them and keeps copies, which it wipes. */
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA512", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD,
						  (void *)secret_bytes(password),
						  secret_len(password)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)record->salt,
						  PASSWORD_SALT_LEN),
		OSSL_PARAM_construct_uint(OSSL_KDF_PARAM_ITER, &rounds),
		OSSL_PARAM_construct_end(),
	};

	return context && EVP_KDF_derive(context, digest, PASSWORD_DIGEST_LEN, parameters) == 1;
}

static bool question_answer(struct password_question *question, EVP_KDF_CTX *context,
			    OSSL_LIB_CTX *library)
{
	struct password_record *record = &question->record;
	uint8_t digest[PASSWORD_DIGEST_LEN];
	bool done;

	if (question->makes && RAND_bytes_ex(library, record->salt, PASSWORD_SALT_LEN, 0) != 1)
		return false;
	if (question->makes)
		return digest_make(context, question->password, record, record->digest);
	done = digest_make(context, question->password, record, digest);
	question->matches = done && !CRYPTO_memcmp(digest, record->digest, sizeof(digest));
	OPENSSL_cleanse(digest, sizeof(digest));
	return done;
}

static void hashing_run(void *data, const atomic_bool *unwanted)
{
	struct hashing *hashing = data;
	EVP_KDF *kdf = EVP_KDF_fetch(hashing->library, "PBKDF2", NULL);
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;

	for (size_t i = 0; i < hashing->questions.count && !atomic_load(unwanted); i++) {
		if (question_answer(&hashing->questions.at[i], context, hashing->library))
			continue;
		refusal_set(&hashing->why, REASON_SYSTEM, "PBKDF2: %s", crypto_error());
		break;
	}
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

static void hashing_done(void *owner, void *data)
{
	struct password_hash *hash = owner;
	struct hashing *hashing = data;

	if (hashing->why.code)
		hash->done(hash->owner, NULL, &hashing->why);
	else
		hash->done(hash->owner, &hashing->questions, NULL);
}

static void hashing_free(void *data)
{
	struct hashing *hashing = data;

	for (size_t i = 0; i < hashing->questions.count; i++)
		secret_free((struct secret *)hashing->questions.at[i].password);
	OPENSSL_cleanse(&hashing->questions, sizeof(hashing->questions));
	free(hashing);
}

static struct hashing *hashing_new(const struct password_questions *questions)
{
	struct hashing *hashing = calloc(1, sizeof(*hashing));
	struct password_question *question;

	for (size_t i = 0; hashing && i < questions->count; i++) {
		question = &hashing->questions.at[hashing->questions.count++];
		*question = questions->at[i];
		question->matches = false;
		question->password = copy_of(questions->at[i].password, question->backwards);
		if (question->password)
			continue;
		hashing_free(hashing);
		return NULL;
	}
	return hashing;
}

int password_hash_start(struct password_hash **hash, sd_event *event,
			const struct password_questions *questions, password_hash_done done,
			void *owner, struct refusal *why)
{
	static const struct worker_work work = {
		"passwords", hashing_run, hashing_done, hashing_free,
	};
	struct hashing *hashing = hashing_new(questions);
	struct password_hash *made = calloc(1, sizeof(*made));
	int err;

	if (!made || !hashing) {
		if (hashing)
			hashing_free(hashing);
		free(made);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	*made = (struct password_hash){ .done = done, .owner = owner };
	err = crypto_library(&hashing->library, why);
	if (err)
		hashing_free(hashing);
	else
		err = worker_start(&made->worker, event, &work, hashing, made, why);
	if (err) {
		free(made);
		return err;
	}
	*hash = made;
	return 0;
}

void password_hash_free(struct password_hash *hash)
{
	if (!hash)
		return;
	worker_free(hash->worker);
	free(hash);
}
