// SPDX-License-Identifier: Apache-2.0
/* The configuration from servers, images, and what people hand over. */
#include "reason_site.h"

#include <errno.h>

static const struct reason refusals[] = {
	[REASON_STRING_FORM] = { "string-form",
		"The authentication string is not of 4 to 16 digits.",
		"Enter it as the administrator of the CAPF server gave it.", EINVAL,
		EXIT_STATUS_USAGE },
	[REASON_MENU_TERMINAL] = { "menu-terminal", "The menu needs a terminal.",
		"Run it in one of at least 20 columns and 6 lines; for scripts there are 'phonesec lsc', "
		"'phonesec trust' and others with --json.", EINVAL,
		EXIT_STATUS_USAGE },
	[REASON_DEVICE_BUSY] = { "device-busy", "The phone is at it already.",
		"Wait until it has ended: 'phonesec lsc status' and 'phonesec image status' tell.",
		EBUSY, EXIT_STATUS_FAILED },
	[REASON_FILE_RECIPIENT] = { "file-recipient", "A file cannot be encrypted for this key.",
		"Encrypt for the phone's RSA certificate; for EC keys no such file is known, and "
		"such a phone fetches its file by HTTPS.", EKEYREJECTED, EXIT_STATUS_FAILED },
	[REASON_FILE_READ] = { "file-read", "A file cannot be read.",
		"Check its name and who may read it.", ENOENT, EXIT_STATUS_FAILED },
	[REASON_FILE_STORE] = { "file-store", "A certificate or a key cannot be loaded.",
		"Name a file in PEM or DER form, or a URI such as pkcs11:token=site;object=signer, for "
		"which openssl.cnf has to load the provider; nobody is asked for a passphrase or PIN.",
		ENOKEY, EXIT_STATUS_FAILED },
	[REASON_CONFIG_SYNTAX] = { "config-syntax",
		"The configuration of the call manager cannot be read.",
		"Have the call manager make it anew (Apply Config); the one of before stays in use.",
		EBADMSG, EXIT_STATUS_FAILED },
	[REASON_CONFIG_MISSING] = { "config-missing",
		"The servers have no configuration for this phone.",
		"Add the phone to the call manager under its device name, or name the right servers in "
		"[provisioning].", ENOENT, EXIT_STATUS_FAILED },
	[REASON_CONFIG_UNSIGNED] = { "config-unsigned",
		"The servers have an unsigned configuration only, and it is not taken.",
		"Have the servers give out a trust list (Security by Default); where they cannot, set "
		"[provisioning] unsigned = yes.", EKEYREJECTED, EXIT_STATUS_INSECURE },
	[REASON_CONFIG_ENROL] = { "config-enrol",
		"The configuration needs another certificate than this phone has.",
		"It is asked for at once where the CAPF mode allows it; else enter the authentication "
		"string with 'phonesec lsc update'.", ENOKEY, EXIT_STATUS_FAILED },
	[REASON_FETCH_NAME] = { "fetch-name", "This is no name of a file on a server.",
		"Set [phone] name to the device name, as SEP001122334455.", EINVAL,
		EXIT_STATUS_FAILED },
	[REASON_FETCH_STATUS] = { "fetch-status", "The server did not hand out the file.",
		"Look at the detail, which is the server's answer, and at its log.", EPROTO,
		EXIT_STATUS_FAILED },
	[REASON_FETCH_LONG] = { "fetch-long", "The server sends more than a file may have.",
		"Check that it is the right server; nothing of the file is used.", EFBIG,
		EXIT_STATUS_FAILED },
	[REASON_IMAGE_FILE] = { "image-file", "The image cannot be read.",
		"Give a regular file that stays as it is until the end.", EIO, EXIT_STATUS_FAILED },
	[REASON_IMAGE_UNSIGNED] = { "image-unsigned", "The image has no signature.",
		"Have its maker sign it ('phonesec-sign'); unsigned images are never installed.",
		EKEYREJECTED, EXIT_STATUS_INSECURE },
	[REASON_IMAGE_INSTALLER] = { "image-installer",
		"There is no program that installs images on this phone.",
		"Name it in [image] installer.", ENOENT, EXIT_STATUS_FAILED },
	[REASON_IMAGE_FAILED] = { "image-failed", "The program that installs images has failed.",
		"Look at what it wrote last, which is the detail, and at the journal.", EIO,
		EXIT_STATUS_FAILED },
};

const struct reason *reason_site_words(enum reason_code code)
{
	return &refusals[code < sizeof(refusals) / sizeof(*refusals) ? code : 0];
}
