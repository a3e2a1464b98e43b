// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* How long the end of the process waits for work that nobody wants any more. */
enum { END_WAIT_S = 10 };

/**
 * struct shared - what the loop and the thread share
 * @owners: the loop's end and the thread; the last one frees it
 * @unwanted: the loop's end is gone
 * @finished: the work is done
 * @work, @data: as in worker_start()
 * @wake: eventfd that wakes the loop
 */
struct shared {
	atomic_uint owners;
	atomic_bool unwanted;
	atomic_bool finished;
	const struct worker_work *work;
	void *data;
	int wake;
};

struct worker {
	struct shared *shared;
	sd_event_source *source;
	void *owner;
};

/* Threads that run; OpenSSL must not be taken down under them when the process ends. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned int count;
} running = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static void running_wait(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += END_WAIT_S;
	pthread_mutex_lock(&running.lock);
	while (running.count)
		if (pthread_cond_timedwait(&running.ended, &running.lock, &until))
			break;
	pthread_mutex_unlock(&running.lock);
}

static void running_add(int difference)
{
	static bool registered;

	pthread_mutex_lock(&running.lock);
	if (!registered)
		registered = !atexit(running_wait);
	running.count += (unsigned int)difference;
	pthread_cond_broadcast(&running.ended);
	pthread_mutex_unlock(&running.lock);
}

static void shared_drop(struct shared *shared)
{
	if (atomic_fetch_sub(&shared->owners, 1) > 1)
		return;
	shared->work->drop(shared->data);
	if (shared->wake >= 0)
		close(shared->wake);
	free(shared);
}

static void *thread_run(void *argument)
{
	struct shared *shared = argument;

	shared->work->run(shared->data, &shared->unwanted);
	atomic_store(&shared->finished, true);
	/* The counter cannot overflow, so that this cannot fail. */
	(void)eventfd_write(shared->wake, 1);
	shared_drop(shared);
	OPENSSL_thread_stop();
	running_add(-1);
	return NULL;
}

/* No signal of the process goes to the thread. */
static int thread_start(struct shared *shared)
{
	sigset_t all, before;
	pthread_t thread;
	int err;

	atomic_fetch_add(&shared->owners, 1);
	running_add(1);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, thread_run, shared);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!err)
		return -pthread_detach(thread);
	running_add(-1);
	shared_drop(shared);
	return -err;
}

static int finished_take(sd_event_source *source, int fd, uint32_t events, void *owner)
{
	struct worker *worker = owner;
	struct shared *shared = worker->shared;

	(void)fd;
	(void)events;
	if (!atomic_load(&shared->finished))
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	/* The worker may go in it. */
	atomic_fetch_add(&shared->owners, 1);
	shared->work->done(worker->owner, shared->data);
	shared_drop(shared);
	return 0;
}

static struct shared *shared_new(const struct worker_work *work, void *data)
{
	struct shared *shared = calloc(1, sizeof(*shared));

	if (!shared) {
		work->drop(data);
		return NULL;
	}
	*shared = (struct shared){
		.owners = 1, .work = work, .data = data,
		.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	if (shared->wake >= 0)
		return shared;
	shared_drop(shared);
	return NULL;
}

int worker_start(struct worker **worker, sd_event *event, const struct worker_work *work,
		 void *data, void *owner, struct refusal *why)
{
	struct shared *shared = shared_new(work, data);
	struct worker *made = calloc(1, sizeof(*made));
	int err;

	if (!made || !shared) {
		if (shared)
			shared_drop(shared);
		free(made);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	*made = (struct worker){ .shared = shared, .owner = owner };
	err = sd_event_add_io(event, &made->source, shared->wake, EPOLLIN, finished_take, made);
	if (err >= 0)
		err = thread_start(shared);
	if (err < 0) {
		worker_free(made);
		return refusal_set(why, REASON_SYSTEM, "a thread for %s: %s", work->name,
				   strerror(-err));
	}
	*worker = made;
	return 0;
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	sd_event_source_disable_unref(worker->source);
	atomic_store(&worker->shared->unwanted, true);
	shared_drop(worker->shared);
	free(worker);
}
