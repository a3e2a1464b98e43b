# SPDX-License-Identifier: Apache-2.0
#
# The native benchmark of kmod/core.
#
#   make -C tests/bench -f native.mk [BUILD=folder] native   JSON on standard output

top := $(abspath ../..)
BUILD ?= $(top)/build
out := $(abspath $(BUILD))/bench
core := $(top)/kmod/core
unit := $(top)/tests/unit

SOURCES := native.c $(unit)/srtp_evp.c $(unit)/sample.c \
	$(core)/packet.c $(core)/stream.c $(core)/kdf.c
HEADERS := $(unit)/srtp_evp.h $(unit)/sample.h $(unit)/libsrtp.h $(wildcard $(core)/*.h)
CFLAGS_NATIVE := -std=gnu17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror \
	-I$(core) -I$(unit) -I$(top)/include/uapi $(CFLAGS)

$(out)/native: $(SOURCES) $(HEADERS)
	@mkdir -p $(out)
	@$(CC) $(CFLAGS_NATIVE) -o $@ $(SOURCES) -lsrtp2 -lcrypto

native: $(out)/native
	@timeout 300 $<

.PHONY: native
