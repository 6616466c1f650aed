/* docker_call: how a call to an engine is begun and its answer judged; private to docker*.c. */
#pragma once

#include "core/net/docker.h"

/* What an answer of 2xx must look like to be Docker's. */
enum docker_answer {
    ANSWER_NONE,   /* 204 */
    ANSWER_OK,     /* the text "OK" */
    ANSWER_OBJECT, /* JSON */
    ANSWER_ID,     /* JSON object with a Docker id as "Id" */
    ANSWER_ARRAY,  /* JSON */
    ANSWER_STREAM  /* judged by whoever reads it */
};

/* One kind of call: a row of constants. */
struct docker_operation {
    const char *name; /* for the path's reader, and messages about nonsense */
    const char *method;
    bool changes;        /* something on the engine: a failure may be half done */
    bool docker_id_only; /* the subject must be 64 hex digits */
    long timeout_ms;     /* 0 = none */
    size_t response_max;
    enum docker_answer answer;
    enum error_kind not_found; /* kind of a 404 */
    enum error_kind refused;   /* kind of every refusal of Docker's; 0 = by status */
    bool accepts_unchanged;    /* a 304 is as good as done */
    /* Judge a refusal of Docker's: true when what was asked for is so all the same. May be NULL. */
    bool (*accepts)(long status, const char *message);
    bool takes_ports; /* a failure may be a port conflict */
    bool fresh;       /* over a connection of its own */
};

/* What varies from call to call; all borrowed. */
struct docker_params {
    const char *path; /* without version, "/containers/ID/json?..." */
    bool unversioned;
    long timeout_ms; /* instead of the operation's; 0 = the operation's */
    const char *body;
    http_source *source; /* instead of `body`, whose type `header` tells */
    void *source_context;
    const char *header; /* one more header, or NULL */
    http_sink *sink;
    void *sink_context;
    void (*begun)(void *sink_context);
};

/* An address taken apart, see docker_addr_check. */
struct docker_addr {
    char scheme[8];                  /* "unix", "tcp", "http", "https" */
    char authority[DOCKER_HOST_MAX]; /* "host:port", or "docker" for a unix socket */
    char path[108];                  /* of a unix socket, else "" */
};
bool docker_addr_parse(const char *text, struct docker_addr *addr, struct error *err);

/* Do the engine's rules allow a unix socket at `path`? BAD_FIELD otherwise. */
bool docker_socket_allowed(const struct docker_engine *engine, const char *path, struct error *err);

/* What is returned names the call until `done`, see http_start; NULL: it has failed already. */
struct transfer *docker_begin(struct http_client *client, const struct docker_engine *engine,
                              const struct docker_operation *operation,
                              const struct docker_params *params, docker_done *done, void *context);
/* Begin a call that has failed already. */
void docker_begin_failed(struct http_client *client, const struct docker_engine *engine,
                         const struct error *failure, docker_done *done, void *context);

/* Begin a call and wait for it. *result is the caller's: json_put(&result->doc). */
void docker_wait(struct http_client *client, const struct docker_engine *engine,
                 const struct docker_operation *operation, const struct docker_params *params,
                 struct docker_result *result);

/* Is it a full Docker id? */
bool docker_id_is(const char *text);

/* Docker's words without control characters, as UTF-8 and of bearable length: they go to terminals
 * and into the database. */
void docker_words(char *words, size_t size, const char *text);

/* An answer that is a stream of JSON lines; zeroed, then `each` and `context`. */
struct docker_lines {
    void (*each)(void *context, json_t *doc); /* of every line; NULL for none */
    void *context;
    struct strbuf line;
    size_t count;    /* read as JSON objects */
    bool nonsense;   /* one that was not, or was too long */
    char error[800]; /* the first that the stream told of */
};
void docker_lines_feed(struct docker_lines *lines, const char *bytes, size_t len);
/* The call has ended: what the stream told of becomes the result of `what`. Releases `lines`. */
void docker_lines_end(struct docker_lines *lines, const char *what, const char *engine_id,
                      struct docker_result *result);
