/* shim: makes the Nth call of a library function fail, as the network, the server, the disk or the
 * memory would. It stands before libpq, libcurl and the C library: linked into a test program, or
 * preloaded into a process and its children.
 *
 * Preloaded: tests/api/stack.sh does it for a test that sets BERTH_SHIM to the name of a file of
 * zeros, as long as struct shim, before stack_start. The test maps that file, writes what is to
 * fail, `family` last, and looks into `fired` and `name` afterwards (tests/api/faults.py does).
 * All threads of all processes count together: `whose` keeps those apart that matter. */
#pragma once

#include <stdatomic.h>

enum shim_family {
    SHIM_NONE,
    SHIM_LIBPQ,    /* refused, cut, lost */
    SHIM_CURL,     /* refused (not for want of memory), memory */
    SHIM_TRANSFER, /* of libcurl: refused by the peer; lost: the peer did all that was asked */
    SHIM_WRITE     /* mode: what errno says, or 0: one byte is written and no more */
};

enum shim_mode {
    SHIM_REFUSED, /* nothing was done, and the caller is told so */
    SHIM_CUT,     /* nothing was done, and the connection is gone */
    SHIM_LOST,    /* it was done, but the answer is lost with the connection */
    SHIM_MEMORY   /* there is none left */
};

struct shim {
    atomic_int family; /* enum shim_family */
    atomic_int mode;
    atomic_int left;  /* calls to go; the last of them fails */
    atomic_int fired; /* it did */
    /* Only of connections whose application_name begins so (libpq); only called by a library or
     * program with this in its name (write). "": all */
    char whose[32];
    char name[32];      /* of the function that failed */
    atomic_int clock_s; /* by how much the wall clock is wrong, whatever else fails */
};

/* For the program that the shim is linked into. */
void shim_arm(enum shim_family family, int mode, int nth);
/* Nothing fails any longer; the function that failed, or NULL. */
const char *shim_disarm(void);
