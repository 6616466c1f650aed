/* forbidden: what a role without options may never bring about, told apart on Docker's own request,
 * without the code that is tested. */
#pragma once

#include "core/base/json.h"

/* Docker's request for the normal specification `spec`: the member of it that is forbidden, copied
 * to `member`; NULL = none. */
const char *forbidden_in_request_of(json_t *spec, char member[64]);
