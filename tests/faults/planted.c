// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults planted on purpose, one a word: run.sh writes the word to the parameter
 * "fault" and expects the sanitizer in charge to report. A sanitizer that stays
 * silent here proves nothing when it is silent about nf_srtp. Never installed.
 */

#include <linux/delay.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

struct planted_object {
	struct timer_list timer;
	u8 bytes[64];
};

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);
static DEFINE_SPINLOCK(spinning);
static struct planted_object __rcu *published;

static void timer_expired(struct timer_list *timer)
{
}

static int object_use_after_free(void)
{
	struct planted_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(object);
	OPTIMIZER_HIDE_VAR(object);
	return READ_ONCE(object->bytes[0]) & 0;
}

static int object_read_past_end(void)
{
	u8 *bytes = kzalloc(61, GFP_KERNEL);
	size_t end = 61;

	if (!bytes)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(end);
	WRITE_ONCE(bytes[0], READ_ONCE(bytes[end]));
	kfree(bytes);
	return 0;
}

static int number_shift_too_far(void)
{
	int distance = 40;
	int number = 1;

	OPTIMIZER_HIDE_VAR(distance);
	number <<= distance;
	OPTIMIZER_HIDE_VAR(number);
	return 0;
}

static int locks_take_both_ways(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
	return 0;
}

static int lock_sleep_inside(void)
{
	spin_lock(&spinning);
	might_sleep();
	spin_unlock(&spinning);
	return 0;
}

static int object_read_without_rcu(void)
{
	return rcu_dereference(published) ? -EBUSY : 0;
}

static int timer_free_running(void)
{
	struct planted_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	timer_setup(&object->timer, timer_expired, 0);
	mod_timer(&object->timer, jiffies + HZ);
	kfree(object);
	return 0;
}

static int object_leak(void)
{
	int count;

	/* One pointer may survive in a register or on the stack; four do not. */
	for (count = 0; count < 4; count++) {
		struct planted_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

		if (!object)
			return -ENOMEM;
		OPTIMIZER_HIDE_VAR(object);
	}
	return 0;
}

/* No fault at all: what failslab is shown to reach. */
static int object_allocate(void)
{
	struct planted_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(object);
	return 0;
}

static const struct {
	const char *name;
	int (*commit)(void);
} faults[] = {
	{ "use-after-free", object_use_after_free },
	{ "out-of-bounds", object_read_past_end },
	{ "shift", number_shift_too_far },
	{ "lock-order", locks_take_both_ways },
	{ "atomic-sleep", lock_sleep_inside },
	{ "rcu-unlocked", object_read_without_rcu },
	{ "timer-freed", timer_free_running },
	{ "leak", object_leak },
	{ "allocate", object_allocate },
};

static int fault_commit(const char *name, const struct kernel_param *parameter)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (sysfs_streq(name, faults[i].name))
			return faults[i].commit();
	}
	return -EINVAL;
}

static const struct kernel_param_ops fault_ops = { .set = fault_commit };
module_param_cb(fault, &fault_ops, NULL, 0200);
MODULE_PARM_DESC(fault, "the fault to commit now");

static int __init planted_init(void)
{
	return 0;
}

static void __exit planted_exit(void)
{
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_DESCRIPTION("Planted faults that show each sanitizer alive");
MODULE_LICENSE("GPL");
