/* observe_fixture: what an engine's list shows of the pool's own containers. */
#pragma once

#include "core/base/json.h"
#include "keeper/observe.h"

/* One line of Docker's list; the labels are left out where NULL. */
void add_entry(json_t *list, const char *docker_id, const char *state, const char *status,
               const char *pool, const char *id, const char *generation);
/* The first copy of a row, with the Docker id that work_off() gives it. */
void add_ours(json_t *list, const char *id, const char *state, const char *status);

/* The keeper has listed the engine; *ret is the caller's. */
void observe(const char *engine_id, json_t *list, double age_s, enum gap gap,
             struct observation *ret);

/* A pool of one engine, e1, on which one container runs. */
void one_running(char ids[1][65]);
