/* fault: named points at which tests stop or kill the process that passes them. Compiled to nothing
 * unless configured with --enable-fault-points. */
#pragma once

#include "config.h"

#ifdef BERTH_FAULT_POINTS
/* Environment: BERTH_FAULT="NAME=kill" or "NAME=stop", with ":N" for the Nth passing of this
 * process (default 1), does SIGKILL or SIGSTOP to this process. When BERTH_FAULT_ONCE names a file,
 * only the process that manages to create it acts. */
void fault_point(const char *name);
#else
#define fault_point(name) ((void)sizeof(name))
#endif
