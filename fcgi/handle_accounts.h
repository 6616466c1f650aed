/* handle_accounts: what the handlers of accounts, roles and tokens share. */
#pragma once

#include "core/control/administer.h"
#include "fcgi/request.h"

enum { NAME_BYTES_MAX = 64 };

struct administrator administrator_of(const struct request *request);

/* Names stand in headers, paths and log lines. ERROR_BAD_FIELD, naming `field`. */
bool check_name(const char *field, const char *name, struct error *err);
