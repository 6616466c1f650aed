/* process: the life of one worker process, from fork to exit. */
#pragma once

#include <sys/types.h>

#include "core/base/config.h"
#include "core/base/crypto.h"

struct process_setup {
    const struct config *config;
    const struct seal_key *seal_key;
    pid_t master;
    int listen_fd; /* non-blocking; shared by all processes */
    int slot;      /* of fcgi/wake.h */
};

/* Signals that the master sends. Both stop accepting, let requests finish and end the process. */
enum {
    PROCESS_STOP = 15,  /* SIGTERM: waiting requests are answered at once (202) */
    PROCESS_RETIRE = 3, /* SIGQUIT: a successor serves; there is no hurry */
};

/* Serve until told to end; the exit status. Every signal must be blocked. */
int process_run(const struct process_setup *setup);
