/* move_fixture: the keeper moves containers; where they are then, and what was told of it. */
#pragma once

#include <stdint.h>

/* One pass of a keeper that has found these engines to be lost: "{e1,e2}", or "{}". */
void pass_of(const char *lost);

/* Containers that are on the engine. */
int64_t on_engine(const char *id);
/* Containers of which the condition, in SQL, is true. */
int64_t row_is(const char *condition);
/* Events of the type. */
int64_t events(const char *type);
