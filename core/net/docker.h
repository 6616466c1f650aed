/* docker: the calls of the Docker Engine API (v1.41 and its neighbours) that berth uses, each begun
 * on an http client and answered by a callback; plus the same, waited for, for slow threads. */
#pragma once

#include "core/base/json.h"
#include "core/net/http.h"

/* 1.24 is Docker 1.12's; 1.44 is the lowest that Docker 29 still accepts. */
enum { DOCKER_API_MAX_MINOR = 44, DOCKER_API_MIN_MINOR = 24, DOCKER_HOST_MAX = 300 };

/* Where an engine is; all borrowed for the call only. */
struct docker_engine {
    const char *id;          /* the engine's id, for messages */
    const char *addr;        /* unix:///path, tcp://host:port, http://..., https://... */
    const char *api_version; /* negotiated, "1.41"; "" = not yet, the call goes without version */
    const char *ca_pem, *cert_pem, *key_pem; /* NULL = none */
    /* Where engines may be; asked at each connection. Not copied. NULL = wherever `addr` says: for
     * an address that nobody but this machine's administrator has given. */
    const struct address_rules *rules;
};

struct docker_result {
    bool ok;         /* 2xx of Docker's kind, or 304 for start and stop (it was so already) */
    long status;     /* of HTTP; 0 = no answer */
    bool maybe_done; /* !ok and it is unknown whether the engine carried it out; never for reads */
    bool port_conflict; /* start, restart: a host port is taken there (kind CONFLICT); nothing runs
                         */
    /* When !ok: "engine ID: " and Docker's own words. Kinds: UNREACHABLE, TIMEOUT, ENGINE (5xx, or
     * an answer that is not Docker's, whatever its status), NOT_FOUND (404), CONFLICT (409),
     * REFUSED (400 and other 4xx), IMAGE (create: 404 of the image; pull failed), UNAVAILABLE (this
     * process lacks descriptors, or the client was freed), BAD_FIELD (the engine's address),
     * INTERNAL (no Docker id). */
    struct error err;
    json_t *doc; /* the answer, or NULL; freed after the callback unless stolen */
    double time_ms;
};

/* Called from http_client_poll(), exactly once. */
typedef void docker_done(void *context, struct docker_result *result);

/* Is `addr` of a form that berth can call: tcp://, http:// or https:// HOST:PORT, or unix:///PATH?
 * HOST is a name, an IPv4 address in its usual form or an IPv6 address in brackets, PORT 1..65535;
 * PATH is absolute and shorter than 108 bytes. No user, path or query. BAD_FIELD names the problem.
 */
bool docker_addr_check(const char *addr, struct error *err);

/* The host of such an address, for an echo: false for a unix socket, and for a name, which would
 * have to be looked up first (lookup.h). */
bool docker_addr_host(const char *addr, struct sockaddr_storage *ret_host);

/* Would a call to `engine` be encrypted: https://, or tcp:// with certificates? */
bool docker_is_encrypted(const struct docker_engine *engine);

/* Is engine->addr of such a form, and do engine->rules (not NULL) allow it, with every address that
 * its name has now? BAD_FIELD says what to do. Waits for the name's resolution. */
bool docker_addr_allowed(const struct docker_engine *engine, struct error *err);

/* The host of an address, a name or a literal without brackets. False: it has none, or is no
 * address. */
bool docker_addr_name(const char *addr, char host[DOCKER_HOST_MAX]);

/* The API version to speak with an engine that reports `api` and `min_api` ("1.41", "1.12"; "" or
 * NULL for the latter = no limit): the highest both know, as "1.NN" into `version`; false when
 * there is none. */
bool docker_negotiate(const char *api, const char *min_api, char version[16]);

enum { DOCKER_IMAGE_MAX = 512 };

/* An image reference taken apart as Docker does (distribution's reference grammar). */
struct docker_image {
    char name[DOCKER_IMAGE_MAX]; /* with the registry, "registry:5000/team/app" */
    char tag[DOCKER_IMAGE_MAX];  /* tag or digest ("sha256:..."), which wins; "latest" when none */
};
/* IMAGE when it is none: no name, an empty part, a character or length that Docker refuses. */
bool docker_image_split(const char *reference, struct docker_image *image, struct error *err);

/* The registry that it comes from: "docker.io" when the name has none. */
void docker_image_registry(const struct docker_image *image, char registry[DOCKER_IMAGE_MAX]);

struct docker_login {
    const char *server, *username, *password; /* NULL = none */
};
/* The value of X-Registry-Auth for a pull of `image`; NULL when it comes from another registry than
 * the login's, which gets no word of it. The caller's, and a secret. */
char *docker_registry_auth(const struct docker_login *login, const char *image);

/* Calls to an engine: connecting 3 s at most, the answer 1 MiB, both unless said otherwise.
 * `engine` and text are needed for the call only. A Docker id is 64 hex digits: nothing else is
 * accepted where one is asked for, because Docker would take a shorter one for a name or a prefix.
 */
void docker_ping(struct http_client *client, const struct docker_engine *engine, docker_done *done,
                 void *context); /* GET /_ping, 3 s */
void docker_probe(struct http_client *client, const struct docker_engine *engine, long timeout_ms,
                  docker_done *done, void *context); /* the same, connecting included */
void docker_list(struct http_client *client, const struct docker_engine *engine, docker_done *done,
                 void *context); /* GET /containers/json?all=1, 10 s, at most 64 MiB; over a
                                        new connection, see op_list */
/* 10 s. What is returned names the call until `done`, see http_cancel; NULL: it has failed already.
 */
struct transfer *docker_inspect(struct http_client *client, const struct docker_engine *engine,
                                const char *id_or_name, docker_done *done, void *context);
/* The same, waited for; *ret_doc is the caller's. */
bool docker_inspect_wait(struct http_client *client, const struct docker_engine *engine,
                         const char *docker_id, json_t **ret_doc, struct error *err);
bool docker_image_inspect_wait(struct http_client *client, const struct docker_engine *engine,
                               const char *image, json_t **ret_doc, struct error *err);
void docker_image_inspect(struct http_client *client, const struct docker_engine *engine,
                          const char *image, docker_done *done, void *context); /* 10 s */
/* `body`: text of the create request, copied. doc: {"Id": ...}. Create and start: 120 s. */
void docker_create(struct http_client *client, const struct docker_engine *engine, const char *name,
                   const char *body, docker_done *done, void *context);
void docker_start(struct http_client *client, const struct docker_engine *engine,
                  const char *docker_id, docker_done *done, void *context);
/* Stop and restart: grace_s + 60 s. */
void docker_stop(struct http_client *client, const struct docker_engine *engine,
                 const char *docker_id, int grace_s, docker_done *done, void *context);
void docker_restart(struct http_client *client, const struct docker_engine *engine,
                    const char *docker_id, int grace_s, docker_done *done, void *context);
/* Kill and remove with anonymous volumes; a 404 counts as ok, a removal already in progress (409)
 * too. 120 s. */
void docker_remove(struct http_client *client, const struct docker_engine *engine,
                   const char *docker_id, docker_done *done, void *context);
/* How far a pull is. */
struct docker_progress {
    const char *phase; /* "resolving", "downloading", "extracting"; "copying" */
    int layers_done, layers;
    int64_t bytes_done, bytes; /* of the layers whose size is known */
};
/* Called for each piece of progress, and about once a second; false ends the pull with
 * ERROR_UNAVAILABLE. It may begin calls, but not wait for any. */
typedef bool docker_watch(void *context, const struct docker_progress *progress);

/* Pull image (tag, digest or registry port honoured; no tag = latest); the progress stream is read
 * to its end and an "error" in it is the result's error (kind IMAGE, as is any refusal of
 * Docker's). `registry_auth`: the ready value of X-Registry-Auth, or NULL. `watch` (may be NULL)
 * and `done` get the same context. 15 minutes at most. */
void docker_pull(struct http_client *client, const struct docker_engine *engine, const char *image,
                 const char *registry_auth, docker_watch *watch, docker_done *done, void *context);

/* GET /version: doc has "Arch" and "Os" in the words that images use, too ("amd64", "linux"). 10 s.
 */
void docker_version(struct http_client *client, const struct docker_engine *engine,
                    docker_done *done, void *context);

struct docker_copy_limits {
    int64_t bytes; /* of the image as it travels */
    int64_t stall_ms;
};
/* Copy `image` from one engine to another as a stream, of which never more than 256 KiB are here;
 * its name and tag go with it. `watch` (may be NULL) is told of `expected` bytes. Both engines are
 * needed until `done`. Errors are those of the call that failed first, which name its engine;
 * IMAGE: larger than limits->bytes, or refused by an engine; TIMEOUT: nothing has moved for
 * limits->stall_ms; an hour at most. */
void docker_copy(struct http_client *client, const struct docker_engine *source,
                 const struct docker_engine *target, const char *image, int64_t expected,
                 const struct docker_copy_limits *limits, docker_watch *watch, docker_done *done,
                 void *context);

/* What an engine says of itself, waited for (GET /version, then /info): at most 2 x timeout_ms. The
 * version is negotiated, engine->api_version ignored. */
struct docker_facts {
    char identity[128]; /* Docker's engine ID */
    char version[64];   /* "20.10.24" */
    char api_version[16];
    int64_t cpus;
    int64_t memory_mb;
    int64_t images;
    char name[128]; /* host name */
};
bool docker_detect(struct http_client *client, const struct docker_engine *engine, long timeout_ms,
                   struct docker_facts *facts, struct error *err);
/* The same, not waited for. `facts` is NULL when `failure` says why; both are borrowed. `engine` is
 * needed until then. */
typedef void docker_detected(void *context, const struct docker_facts *facts,
                             const struct error *failure);
void docker_detect_begin(struct http_client *client, const struct docker_engine *engine,
                         long timeout_ms, docker_detected *done, void *context);

/* Takes Docker's 8-byte stream frames off bytes that come in pieces split anywhere.
 * (Docker Engine API, "Attach to a container", stream format.) */
struct docker_frames {
    unsigned char header[8];
    size_t have;      /* bytes of header */
    size_t remaining; /* bytes of the payload still to come */
};

enum { DOCKER_STDOUT = 1, DOCKER_STDERR = 2, DOCKER_SYSTEM = 3 };

/* A part of a frame's payload; `bytes` has `len` >= 1 of its `frame_len` bytes, those from `offset`
 * on. A frame of a log is a line, or what Docker cuts of a very long one. */
struct docker_piece {
    int stream; /* DOCKER_STDOUT, DOCKER_STDERR, or DOCKER_SYSTEM: the engine's own words, "Error
                   grabbing logs: ...", in the midst of the output */
    size_t frame_len, offset;
    const char *bytes;
    size_t len;
};
/* NULL: nothing has come for about a second, see http_sink. false ends it. */
typedef bool docker_piece_sink(void *context, const struct docker_piece *piece);

/* Hands the payload in `bytes` to `sink`; false when sink refuses or a frame is nonsense. */
bool docker_frames_feed(struct docker_frames *frames, const char *bytes, size_t len,
                        docker_piece_sink *sink, void *sink_context);

/* Logs of a container, with Docker's frames taken off. `query`: "stdout=1&stderr=1&tail=100"...
 * `tty`: the container has a terminal, hence no frames: each piece is a frame of DOCKER_STDOUT.
 * `begun` is called (with sink_context) once the engine has agreed. Errors are docker_result's; and
 * UNAVAILABLE when the sink says false, TIMEOUT when an engine is silent for 30 s (while not
 * paused) though `query` has no follow=1, ENGINE when it is no log. What is returned is for
 * http_pause and http_resume until `done`; NULL: it has failed already. */
struct transfer *docker_logs(struct http_client *client, const struct docker_engine *engine,
                             const char *docker_id, const char *query, bool tty,
                             void (*begun)(void *sink_context), docker_piece_sink *sink,
                             void *sink_context, docker_done *done, void *context);
