/* container_reach: on which engine is the container that a request names, to ask that itself? */
#pragma once

#include "core/control/engine_reach.h"
#include "fcgi/request.h"

/* Of the path's {id}, the pool's own or not; *ret_access (opened) and *ret_docker_id are the
 * caller's, set or not also after an error. ERROR_NOT_FOUND: there is none, or it is nowhere;
 * ERROR_CONFLICT: not created yet. */
bool container_reach(struct request *request, struct engine_access *ret_access,
                     char **ret_docker_id, struct error *err);
