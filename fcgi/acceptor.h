/* acceptor: the quick threads. All of them wait on one epoll set, one-shot, that holds the
 * listening socket, every idle connection and the queue of ready requests: an idle connection costs
 * no thread, and nobody starves. */
#pragma once

#include <stdbool.h>

struct acceptor;
struct worker;

/* Starts `threads` threads on the listening socket `listen_fd` (non-blocking; stays the caller's).
 * Aborts when the system has no room for them. */
struct acceptor *acceptor_new(struct worker *worker, int listen_fd, unsigned threads);

/* Accept no new connection. */
void acceptor_refuse(struct acceptor *acceptor);

/* The request on a connection was answered: wait for the next one on `fd`; -1 = it was closed. */
void acceptor_give_back(struct acceptor *acceptor, int fd);

/* Ends the threads, after what they are doing; idle connections are closed by the process's end. */
void acceptor_free(struct acceptor *acceptor);
