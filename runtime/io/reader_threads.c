// SPDX-License-Identifier: MIT
/*
 * Reads by a few threads with pread(), for systems that do not allow io_uring,
 * as most containers do not.
 */
#include "reader.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* A disk that is read past the page cache is idle between one read and the next. */
#define N_THREADS	4

struct list {
	struct mutsu_read *first, **last;
};

struct threads {
	struct mutsu_reader reader;
	pthread_mutex_t lock;
	pthread_cond_t work, result;
	struct list waiting, finished;	/* under the lock, as quit */
	bool quit;
	pthread_t thread[N_THREADS];
	unsigned int n_threads;
};

static void list_init(struct list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static void list_add(struct list *list, struct mutsu_read *read)
{
	read->next = NULL;
	*list->last = read;
	list->last = &read->next;
}

static struct mutsu_read *list_take(struct list *list)
{
	struct mutsu_read *read = list->first;

	list->first = read->next;
	if (!list->first)
		list->last = &list->first;
	return read;
}

static void read_one(struct mutsu_read *read)
{
	read->result = pread(read->fd, read->to, read->size, (off_t)read->offset);
	if (read->result < 0)
		read->result = -errno;
}

static void *work(void *arg)
{
	struct threads *threads = arg;

	pthread_mutex_lock(&threads->lock);
	while (!threads->quit) {
		struct mutsu_read *read;

		if (!threads->waiting.first) {
			pthread_cond_wait(&threads->work, &threads->lock);
			continue;
		}
		read = list_take(&threads->waiting);
		pthread_mutex_unlock(&threads->lock);
		read_one(read);
		pthread_mutex_lock(&threads->lock);
		list_add(&threads->finished, read);
		pthread_cond_signal(&threads->result);
	}
	pthread_mutex_unlock(&threads->lock);
	return NULL;
}

static void threads_submit(struct mutsu_reader *reader, struct mutsu_read *read)
{
	struct threads *threads = (struct threads *)reader;

	pthread_mutex_lock(&threads->lock);
	list_add(&threads->waiting, read);
	pthread_cond_signal(&threads->work);
	pthread_mutex_unlock(&threads->lock);
}

static int threads_wait(struct mutsu_reader *reader, struct mutsu_read **read)
{
	struct threads *threads = (struct threads *)reader;

	pthread_mutex_lock(&threads->lock);
	if (!threads->n_threads) {
		*read = list_take(&threads->waiting);
		read_one(*read);
	} else {
		while (!threads->finished.first)
			pthread_cond_wait(&threads->result, &threads->lock);
		*read = list_take(&threads->finished);
	}
	pthread_mutex_unlock(&threads->lock);
	return 0;
}

static void threads_close(struct mutsu_reader *reader)
{
	struct threads *threads = (struct threads *)reader;

	pthread_mutex_lock(&threads->lock);
	threads->quit = true;
	pthread_cond_broadcast(&threads->work);
	pthread_mutex_unlock(&threads->lock);
	for (unsigned int i = 0; i < threads->n_threads; i++)
		pthread_join(threads->thread[i], NULL);
	pthread_cond_destroy(&threads->result);
	pthread_cond_destroy(&threads->work);
	pthread_mutex_destroy(&threads->lock);
	free(threads);
}

static const struct mutsu_reader_ops threads_ops = {
	.submit = threads_submit,
	.wait = threads_wait,
	.close = threads_close,
};

int mutsu_reader_open_threads(struct mutsu_reader **out, unsigned int depth)
{
	struct threads *threads = calloc(1, sizeof(*threads));
	sigset_t blocked, old;

	if (!threads)
		return -ENOMEM;
	threads->reader.ops = &threads_ops;
	pthread_mutex_init(&threads->lock, NULL);
	pthread_cond_init(&threads->work, NULL);
	pthread_cond_init(&threads->result, NULL);
	list_init(&threads->waiting);
	list_init(&threads->finished);
	/* Signals are the program's own threads' business; these inherit the mask. */
	sigfillset(&blocked);
	pthread_sigmask(SIG_BLOCK, &blocked, &old);
	while (threads->n_threads < N_THREADS && threads->n_threads < depth) {
		if (pthread_create(&threads->thread[threads->n_threads], NULL, work, threads))
			break;
		threads->n_threads++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	*out = &threads->reader;
	return 0;
}
