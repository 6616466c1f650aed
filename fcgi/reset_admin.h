/* reset_admin: the way back in for who owns the machine. */
#pragma once

#include "core/base/config.h"

/* Give the account `admin` a new random password, shown once; makes the account if it is gone, and
 * ends its sessions. The exit status. */
int reset_admin(const struct config *config);
