/* foreign_fixture: containers that are not the pool's, as Docker and the keeper tell of them. */
#pragma once

#include "core/base/json.h"

#define F1 "f100000000000000000000000000000000000000000000000000000000000000"
#define F2 "f200000000000000000000000000000000000000000000000000000000000000"

/* One line of Docker's list. `labels`: JSON text. */
void list_add(json_t *list, const char *docker_id, const char *name, const char *state,
              int64_t created, const char *labels);

/* The keeper has listed e1; how many of its containers are obsolete. */
size_t observe_list(json_t *list);

/* Docker's inspection; `host`: further members of HostConfig, each after a comma. */
json_t *inspection_of(const char *docker_id, const char *name, const char *state, const char *host,
                      const char *labels);

/* Two of them on e1, F1 running and F2 exited and privileged, looked at by the keeper. */
void two_foreign(void);
