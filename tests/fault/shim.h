/* shim: makes the Nth call of a function of libpq fail, as the network, the server or the memory
 * would. It stands before libpq in a test program that it is linked into. For one thread. */
#pragma once

enum shim_mode {
    SHIM_REFUSED, /* nothing was done, and the caller is told so */
    SHIM_CUT,     /* nothing was done, and the connection is gone */
    SHIM_LOST,    /* it was done, but the answer is lost with the connection */
};

void shim_arm(enum shim_mode mode, int nth);
/* Nothing fails any longer; the function that failed, or NULL. */
const char *shim_disarm(void);
