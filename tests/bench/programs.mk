# SPDX-License-Identifier: Apache-2.0
#
# The programs that the benchmark runs.
#
#   make -C tests/bench -f programs.mk [BUILD=folder]

top := $(abspath ../..)
BUILD ?= $(or $(PHONESEC_BUILD),$(top)/build)
out := $(abspath $(BUILD))/bench
library := $(addprefix $(top)/userspace/lib/,secret.c reason.c reason_site.c sdes.c media.c media_decode.c \
	media_link.c media_netlink.c)
netlink := libnl-3.0 libnl-genl-3.0

CFLAGS_BENCH := -std=gnu17 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror \
	-Wno-missing-field-initializers -I$(top)/include/uapi $(CFLAGS)

all: $(out)/source $(out)/relay $(out)/sessions $(out)/signalling

$(out)/source $(out)/relay: $(out)/%: %.c flow.h
	@mkdir -p $(out)
	$(CC) $(CFLAGS_BENCH) -o $@ $< -lsrtp2 -lpthread

$(out)/sessions: sessions.c flow.h $(library) $(wildcard $(top)/userspace/lib/*.h)
	@mkdir -p $(out)
	$(CC) $(CFLAGS_BENCH) $(shell pkg-config --cflags $(netlink)) -o $@ sessions.c $(library) \
		$(shell pkg-config --libs $(netlink))

$(out)/signalling: signalling.c
	@mkdir -p $(out)
	$(CC) $(CFLAGS_BENCH) -o $@ $< -lssl -lcrypto

.PHONY: all
