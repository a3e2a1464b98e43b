/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts: a change runs in a child that dies before its first, second, ... step that touches
 * a file. The steps are counted by stand-ins for the functions of libc that the linker puts in
 * their place, in programs named test_*_power. A step that renames what was not written to the
 * disk, or that ends a change without its folder being written, is a fault of its own.
 */
#ifndef UNIT_POWER_CUT_H
#define UNIT_POWER_CUT_H

#include "unit.h"

enum { POWER_STEPS_MAX = 100 }; /* no change of these tests takes as many */

/**
 * power_run - have a change end before one of its steps
 * @run: the change; what is behind its call of power_begin() counts
 * @data: its argument
 * @cut: the number of the step, from 1 on
 * @half: a write that is cut has done the first half of it
 *
 * Return: false when the change came to its end before that step.
 */
bool power_run(void (*run)(const void *data), const void *data, unsigned int cut, bool half);

/* In the child: steps count from here on. */
void power_begin(void);

/* How many files were written to the disk by fdatasync() until now, cuts or not. */
unsigned int power_synced(void);

/* Fails when a folder holds what a write that was cut has left. */
void power_leftovers_check(const char *folder);

#endif
