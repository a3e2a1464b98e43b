# SPDX-License-Identifier: Apache-2.0
#
# The one entrance: `make help` lists what there is. Everything that is built goes
# below build/ (or $PHONESEC_BUILD); the sources stay as they are.

PREFIX ?= /usr/local
DESTDIR ?=
PHONESEC_BUILD ?= $(CURDIR)/build
export PHONESEC_BUILD

BUILD := $(PHONESEC_BUILD)
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
PACKAGES := tests/machine/packages.sh

# The kernels that a module can be built for here: the running one if its headers
# are installed, else every supported one whose headers are.
supported := $(notdir $(patsubst %/build,%,$(wildcard /lib/modules/6.*/build)))
running := $(filter $(shell uname -r),$(supported))
KERNELS ?= $(or $(running),$(supported))

# Another tree for DKMS: DKMS_OPTIONS="--dkmstree DIR --sourcetree DIR --installtree DIR".
DKMS_SOURCES ?= /usr/src
DKMS := $(SUDO) dkms $(DKMS_OPTIONS)

# Switches of a module build: GCOV=1, KCOV=1, and what KBUILD holds.
switches := $(if $(GCOV),GCOV_PROFILE=y) $(if $(KCOV),KCOV_INSTRUMENT=y) $(KBUILD)

.PHONY: all modules uml userspace install dkms-install check check-fast demo bench style \
	debug-check clean help

all: modules userspace ## the module and the userspace programs

modules: ## the module, for the running kernel or else all installed supported ones (KERNELS=...)
	@$(PACKAGES) build
	@$(MAKE) --no-print-directory module-kernels

uml: ## the debug kernel and the module for it (GCOV=1, KCOV=1)
	@tests/uml/build.sh
	@$(MAKE) --no-print-directory module-uml

userspace: ## the programs
	@$(PACKAGES) build
	+$(MAKE) -C userspace BUILD="$(BUILD)"

.PHONY: programs
programs: userspace
	+$(MAKE) -C tests/interop BUILD="$(BUILD)"
	+$(MAKE) -C tests/site BUILD="$(BUILD)"

install: userspace ## the programs, below PREFIX and DESTDIR
	+$(MAKE) -C userspace BUILD="$(BUILD)" install PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"

dkms-install: ## the module through DKMS, for every installed supported kernel
	@$(PACKAGES) dkms
	@$(MAKE) --no-print-directory dkms-tree

check: ## every test, from a bare Debian 12 or 13
	@$(PACKAGES) check
	tests/check.sh

check-fast: ## the tests that need no virtual machine, without installing anything
	tests/check.sh --fast

demo: ## a whole call in a virtual machine, watched and attacked
	@$(PACKAGES) demo
	tests/demo/run.sh

bench: ## the benchmark, into build/bench.json
	@$(PACKAGES) bench
	tests/bench/run.sh

style: ## formatting, spelling, licences, scripts
	tests/style.sh

debug-check: ## the slow proofs
	@$(PACKAGES) check
	tests/check.sh --slow

clean: ## what was built, except the debug kernel
	rm -rf $(filter-out $(BUILD)/uml $(BUILD)/linux-source $(BUILD)/apt,$(wildcard $(BUILD)/*))

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

# A module is built in a copy, so that kernels do not disturb one another; the lock
# is for two builds of the same one.
module-build = mkdir -p $(1) && flock $(1).lock sh -c \
	'rsync -rc Kbuild kmod include $(1)/ && exec $(MAKE) M=$(1) $(2) $(switches) modules'

.PHONY: module-kernels module-uml $(KERNELS:%=module-for-%)

module-kernels: $(KERNELS:%=module-for-%)
	$(if $(KERNELS),,$(error no headers of a supported kernel are installed))

$(KERNELS:%=module-for-%): module-for-%:
	+$(call module-build,$(BUILD)/module/$*,-C /lib/modules/$*/build)

module-uml:
	+$(call module-build,$(BUILD)/module/uml,-C $(BUILD)/linux-source ARCH=um O=$(BUILD)/uml)

# What of the sources DKMS needs to build the module for a kernel to come.
.PHONY: dkms-tree
dkms-tree: dkms-folder := $(DKMS_SOURCES)/phonesec-$(VERSION)
dkms-tree:
	-@$(DKMS) remove phonesec/$(VERSION) --all >/dev/null 2>&1
	$(SUDO) rm -rf $(dkms-folder)
	$(SUDO) mkdir -p $(dkms-folder)
	$(SUDO) cp -R Kbuild kmod include LICENSES dkms.conf $(dkms-folder)/
	$(DKMS) add phonesec/$(VERSION)
	$(foreach kernel,$(supported),$(DKMS) install phonesec/$(VERSION) -k $(kernel) &&) true
