// SPDX-License-Identifier: Apache-2.0
/* A socket BIO as OpenSSL's own, except that writing to a broken connection kills nobody. */
#include <errno.h>
#include <sys/socket.h>

#include "tls_impl.h"

static int socket_fd(BIO *bio)
{
	return (int)(intptr_t)BIO_get_data(bio);
}

static int socket_result(BIO *bio, ssize_t done, int retry)
{
	BIO_clear_retry_flags(bio);
	if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
	return (int)done;
}

static int socket_write(BIO *bio, const char *data, int len)
{
	errno = 0;
	return socket_result(bio, send(socket_fd(bio), data, (size_t)len, MSG_NOSIGNAL),
			     BIO_FLAGS_WRITE);
}

static int socket_read(BIO *bio, char *data, int len)
{
	ssize_t done;

	errno = 0;
	done = recv(socket_fd(bio), data, (size_t)len, 0);
	if (!done)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return socket_result(bio, done, BIO_FLAGS_READ);
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
	(void)number, (void)pointer;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *socket_method(void)
{
	static BIO_METHOD *method;

	if (!method) {
		method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
		if (!method)
			return NULL;
		BIO_meth_set_write(method, socket_write);
		BIO_meth_set_read(method, socket_read);
		BIO_meth_set_ctrl(method, socket_control);
	}
	return method;
}

BIO *tls_socket(int fd)
{
	BIO_METHOD *method = socket_method();
	BIO *bio = method ? BIO_new(method) : NULL;

	if (bio) {
		BIO_set_data(bio, (void *)(intptr_t)fd);
		BIO_set_init(bio, 1);
	}
	return bio;
}
