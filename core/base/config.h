/* config: one table of keys reads, checks and documents the configuration file of the daemons. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/address.h"
#include "core/base/error.h"

/* Lines of `key = value`; '#' starts a comment line; unknown or repeated keys are errors. */
struct config {
    char *worker_database;   /* libpq connection string of the workers' database role */
    char *keeper_database;   /* of the keeper's */
    char *migrate_database;  /* of the migrator's: may create databases and roles */
    char *worker_socket;     /* path of the FastCGI socket */
    char *socket_group;      /* group that may connect to it (nginx's); "" = the process's own */
    char *master_key_file;   /* 64 hex digits, mode 0600: seals secrets in the database */
    char *restore_mark_file; /* tells a restored database; "" = none */
    char *log_level;         /* debug, info, warning, error */
    int64_t worker_processes;
    int64_t worker_threads;   /* threads of each worker process that serve quick requests */
    int64_t slow_threads;     /* threads of each worker process that talk to engines */
    int64_t stream_followers; /* streamed answers (logs, live events) of one worker process */
    int64_t stream_followers_account; /* of one account in one process */
    int64_t operation_wait_s;         /* how long a request waits for its operation before 202 */
    int64_t drain_grace_s;            /* longer than nginx's upstream keepalive_timeout */
    int64_t session_hours;            /* life of a login's token */
    int64_t default_memory_mb;        /* of a container that names none */
    int64_t port_first, port_last;    /* host ports that berth chooses from */
    int64_t engine_concurrency;       /* calls at once to one engine; 0 = twice its cores */
    int64_t place_attempts;           /* engines tried for one container */
    int64_t image_copy_mb, image_copy_stall_s; /* limits of copies from engine to engine */
    int64_t keeper_interval_ms;
    int64_t heartbeat_interval_ms;    /* between two signs of life that each engine is asked for */
    int64_t events_keep_months;       /* older months of the history are dropped; 0 = never */
    double weight_cpu, weight_memory; /* of the placement score */
    double overcommit;                /* of CPU and memory; 1 = none */
    char *engine_networks_allowed, *engine_plain_networks, *engine_unix_sockets;
    char *etcd_endpoints; /* "" = no etcd: engines are added by hand only */
    char *etcd_ca_file, *etcd_cert_file, *etcd_key_file; /* PEM; "" = none */
    char *engine_admit_networks;
    struct network_list admit_networks; /* what that says: whose engines are admitted unasked */
    struct address_rules engine_rules;  /* what these three and engine_allow_loopback say */
};

/* Fill `config` with defaults, then with the file, then with the environment (BERTH_ and the key in
 * capitals). The error names file and line, or the variable, and the key. */
bool config_load(struct config *config, const char *path, struct error *err);

/* Put one key into the environment of this process and of those it starts, from where config_load
 * takes it. ERROR_BAD_FIELD for an unknown key. */
bool config_override(const char *key, const char *value, struct error *err);

/* The documented form of the file; keys with their default value are commented out. */
void config_print(const struct config *config, FILE *out);
void config_release(struct config *config);
