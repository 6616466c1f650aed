/* db_result: what a statement gave, as db.c makes it and db_result.c reads it; private to them. */
#pragma once

#include <libpq-fe.h>

#include "core/store/db.h"

struct db_result {
    PGresult *rows;
};
