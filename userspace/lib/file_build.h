/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes what phones load: trust lists, signed and encrypted files, firmware images. For makers of
 * phones, for sites without a server that does it, and for round trips in tests.
 */
#ifndef PHONESEC_FILE_BUILD_H
#define PHONESEC_FILE_BUILD_H

#include <openssl/x509.h>

#include "file_header.h"
#include "trust_list.h"

enum file_build_limits {
	/* Bytes of a body that is signed at most. */
	FILE_BUILD_MAX = 1024 * 1024 * 1024,
};

/* In which order elements stand, how a DN is joined and which optional elements there are. */
enum file_style {
	FILE_STYLE_SERVER, /* as call managers write: in ascending order, joined by ';' */
	FILE_STYLE_TOOL, /* as certutils writes: DN joined by ',', records without DNS name */
};

/**
 * struct file_maker - who makes a file, and how
 * @library: library context of OpenSSL, or NULL for the default one
 * @certificate: certificate of the signer
 * @key: its private key, which may be in a token
 * @digest: what is signed
 * @style: how the file is laid out
 * @name: name of the file as phones ask for it, with .sgn
 * @timestamp: seconds since 1970
 */
struct file_maker {
	OSSL_LIB_CTX *library;
	X509 *certificate;
	EVP_PKEY *key;
	enum file_digest digest;
	enum file_style style;
	const char *name;
	uint32_t timestamp;
};

/**
 * file_build_signed - make a signed file (.sgn, .sbn, .loads)
 * @built: result, the caller's until free()
 * @maker: who makes it
 * @body: the file as it is
 * @why: on refusal %REASON_FILE_SIGNING_KEY, %REASON_FILE_SIGNING_NAME, %REASON_FILE_TOO_LONG,
 *       %REASON_NO_MEMORY
 *
 * Return: 0, or the -errno of the reason.
 */
int file_build_signed(struct octets *built, const struct file_maker *maker, struct octets body,
		      struct refusal *why);

/**
 * file_build_encrypted - make an encrypted and signed file (.enc.sgn)
 * @built: as above
 * @maker: as above
 * @recipient: public key of the phone that shall read it
 * @plain: the file as it is
 * @why: as above, and %REASON_FILE_RECIPIENT
 *
 * Return: 0, or the -errno of the reason.
 */
int file_build_encrypted(struct octets *built, const struct file_maker *maker,
			 EVP_PKEY *recipient, struct octets plain, struct refusal *why);

/**
 * struct file_build_record - a record of a trust list that is made
 * @role: enum trust_role
 * @certificate: of whom
 * @dns_name: host name, or NULL; not written in %FILE_STYLE_TOOL
 */
struct file_build_record {
	uint16_t role;
	X509 *certificate;
	const char *dns_name;
};

/**
 * file_build_list - make a trust list
 * @built: as above
 * @maker: as above
 * @signer_minor: 0 or 1 for signer version 1.0 or 1.1; from 1.1 on phones may use EC keys and
 *                fetch files by HTTPS
 * @records: in the order in which they are written
 * @count: how many
 * @why: as above, and %REASON_TRUST_LIST_TOO_LONG
 *
 * Return: 0, or the -errno of the reason.
 */
int file_build_list(struct octets *built, const struct file_maker *maker, uint8_t signer_minor,
		    const struct file_build_record *records, size_t count, struct refusal *why);

#endif
