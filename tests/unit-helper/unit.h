/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of userspace needs. */
#ifndef UNIT_HELPER_H
#define UNIT_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 44 bytes 00 01 02 ..., and 28 of them, as base64. */
#define KEY_256 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis="
#define KEY_128 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
/* Another one: 44 bytes ff fe fd ... */
#define KEY_256_OTHER "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eDf3t3c29rZ2NfW1dQ="

#endif
