/* reset_admin: see reset_admin.h. */
#include "fcgi/reset_admin.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/password.h"
#include "core/control/throttle.h"
#include "core/store/accounts.h"

int reset_admin(const struct config *config) {
    struct db *db = db_new(config->worker_database, "berth-worker");
    char password[21], hash[PASSWORD_HASH_BYTES];
    struct error err = {0};
    password_setup(1);
    password_random(password);
    bool ok = password_hash(password, hash, &err) && account_reset_admin(db, hash, &err) &&
              throttle_forgive(db, "admin", &err);
    db_free(db);
    if (ok)
        printf("account admin, password %s (shown this once)\n", password);
    else
        fprintf(stderr, "berth-worker: %s\n", err.message);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
