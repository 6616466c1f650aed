/* converge_job: the inside of converge, shared by its files. */
#pragma once

#include "core/control/converge.h"
#include "core/control/lifecycle.h"

/* An image on its way to an engine, and the rows that wait for it. */
struct pull {
    struct converge *converge;
    char *engine_id, *image;
    const char *source_id; /* the engine that it is copied from; NULL = a registry's */
    struct job *waiting;
    int64_t tell_ms; /* monotonic: when its progress is written next */
    struct pull *next;
};

/* In the list of what is under way. */
struct held {
    const char *id;
    struct held *prev, *next;
};
void held_add(struct converge *converge, struct held *held, const char *id);
void held_remove(struct converge *converge, struct held *held);

struct converge {
    struct converge_host host;
    struct held *held;
    struct pull *pulls; /* under way */
    bool closing;
};

/* One claimed row on its way. */
struct job {
    struct converge *converge;
    struct held held;
    struct work_row row;
    struct docker_engine engine; /* borrows from row */
    enum desired desired;
    enum observed observed;
    bool restart_asked;
    bool name_taken;      /* creating it found its name in use */
    bool fresh;           /* it was created just now: nothing is lost with it */
    bool pulled;          /* the image was fetched for this row */
    bool ports_published; /* `publish` has been resolved */
    int port_tries;
    int steps;
    struct error failure;                   /* what is told once the failed container is gone */
    void (*after_removal)(struct job *job); /* what to do then; NULL = step */
    struct job *next_waiting;               /* in a pull's list */
};

/* Take the next step. */
void job_step(struct job *job);

/* Its container is certainly not there (any more): go on from that. */
void job_absent(struct job *job);

/* Ends of a job. */
void job_done(struct job *job); /* as desired */
void job_wait(struct job *job,
              const struct error *why); /* unknown: look again later; item pending */
void job_retry(struct job *job, const struct error *why); /* item failed; berth goes on trying */
/* Another process does what it needs: looked at again soon. */
void job_later(struct job *job);
/* It did not get there: the item stays pending until the engine is back. */
void job_await_engine(struct job *job, const struct error *why);
void job_give_up(struct job *job,
                 const struct error *why); /* it cannot be; never started: forgotten */
void job_elsewhere(struct job *job, const struct error *why); /* another engine, or give up */

/* Remove what was created here, then go on with `then` (job->failure tells why). */
void job_discard(struct job *job, const struct error *why, void (*then)(struct job *job));
void job_discard_elsewhere(struct job *job, const struct error *why);

/* converge_pull.c */
void job_pull(struct job *job); /* then step, or go elsewhere */

/* Tell, at most once a second, how far it is; false: nobody wants it any more. */
bool pull_progress(struct pull *pull, const struct docker_progress *progress);
/* The image is there, or `failure` says why not: its rows go on. */
void pull_end(struct pull *pull, const struct error *failure);
void pull_later(struct pull *pull); /* see job_later */

/* converge_copy.c: no registry gives the image, as `why` tells: copy it from another engine, then
 * pull_end. */
void pull_copy(struct pull *pull, const struct error *why);

/* converge_create.c */
void job_create(struct job *job);
void job_look(struct job *job);
void job_new_ports(struct job *job); /* after a port conflict */

/* converge_place.c: transactions. */
bool job_anew(struct job *job, struct error *err); /* after an adopted copy: next generation */
/* To another engine; *ret_moved is false when the row is not ours to move any more. */
bool job_move(struct job *job, bool *ret_moved, struct error *err);
bool job_bind_ports(struct job *job, struct error *err); /* choose host ports for the zeros */
void job_event(struct job *job, const char *type, const char *detail);
