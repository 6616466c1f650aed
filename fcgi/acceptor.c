/* acceptor: see acceptor.h. */
#include "fcgi/acceptor.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/thread.h"
#include "fcgi/chain.h"
#include "fcgi/worker.h"

/* A peer that stops in the midst of a request, or no longer takes the answer. */
enum { RECEIVE_S = 10, SEND_S = 30 };

struct acceptor {
    struct worker *worker;
    int epoll_fd;
    int listen_fd;
    int stop_fd;
    unsigned thread_count;
    pthread_t threads[];
};

static void watch(struct acceptor *acceptor, int operation, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(acceptor->epoll_fd, operation, fd, &event) == 0)
        return;
    if (operation == EPOLL_CTL_ADD && fd != acceptor->listen_fd && errno == ENOSPC) {
        close(fd); /* the user's limit of watches: like a refused connection */
        atomic_fetch_sub(&acceptor->worker->open, 1);
    }
}

static void accept_one(struct acceptor *acceptor) {
    static const struct timeval receive = {RECEIVE_S, 0}, deliver = {SEND_S, 0};
    int fd = accept4(acceptor->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    bool starved = fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM);
    if (starved) /* let requests end and give back what they hold, instead of spinning */
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    watch(acceptor, EPOLL_CTL_MOD, acceptor->listen_fd, EPOLLIN | EPOLLONESHOT);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deliver, sizeof deliver);
    atomic_fetch_add(&acceptor->worker->open, 1);
    watch(acceptor, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
}

static void *quick_thread(void *arg) {
    struct acceptor *acceptor = arg;
    struct worker *worker = acceptor->worker;
    struct db *db = db_new(worker->config->worker_database, "berth-worker");
    int ready = ready_fd(worker->ready);
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(acceptor->epoll_fd, &event, 1, -1) != 1)
            continue;
        if (event.data.fd == acceptor->stop_fd)
            break;
        if (event.data.fd == acceptor->listen_fd)
            accept_one(acceptor);
        else if (event.data.fd == ready) {
            struct request *request = ready_pop(worker->ready);
            if (request)
                chain_resume(request, db);
        } else
            chain_begin(worker, db, event.data.fd);
    }
    db_free(db);
    return NULL;
}

struct acceptor *acceptor_new(struct worker *worker, int listen_fd, unsigned threads) {
    struct acceptor *acceptor = mem_alloc(sizeof *acceptor + threads * sizeof(pthread_t));
    acceptor->worker = worker;
    acceptor->listen_fd = listen_fd;
    acceptor->thread_count = threads;
    acceptor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    acceptor->stop_fd = eventfd(0, EFD_CLOEXEC);
    worker->acceptor = acceptor;
    if (acceptor->epoll_fd < 0 || acceptor->stop_fd < 0)
        abort();
    watch(acceptor, EPOLL_CTL_ADD, acceptor->stop_fd, EPOLLIN);
    watch(acceptor, EPOLL_CTL_ADD, ready_fd(worker->ready), EPOLLIN);
    for (unsigned i = 0; i < threads; i++)
        thread_need(&acceptor->threads[i], quick_thread, acceptor);
    watch(acceptor, EPOLL_CTL_ADD, listen_fd, EPOLLIN | EPOLLONESHOT);
    return acceptor;
}

void acceptor_refuse(struct acceptor *acceptor) {
    epoll_ctl(acceptor->epoll_fd, EPOLL_CTL_DEL, acceptor->listen_fd, NULL);
}

void acceptor_give_back(struct acceptor *acceptor, int fd) {
    if (fd < 0)
        atomic_fetch_sub(&acceptor->worker->open, 1);
    else
        watch(acceptor, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
}

void acceptor_free(struct acceptor *acceptor) {
    uint64_t one = 1;
    if (!acceptor)
        return;
    if (write(acceptor->stop_fd, &one, sizeof one) < 0)
        abort();
    for (unsigned i = 0; i < acceptor->thread_count; i++)
        pthread_join(acceptor->threads[i], NULL);
    close(acceptor->stop_fd);
    close(acceptor->epoll_fd);
    free(acceptor);
}
