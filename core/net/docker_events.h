/* docker_events: what an engine tells of itself as it happens (Docker Engine API, "Monitor
 * events"): the stream, and a strict reader of its lines. An engine may send anything: memory is
 * bounded whatever it does. */
#pragma once

#include "core/net/docker.h"

enum {
    DOCKER_EVENT_LINE_MAX = 256 << 10, /* a longer line is skipped */
    DOCKER_EVENT_ENDLESS = 8 << 20,    /* one as long as that is no line */
    DOCKER_EVENT_ACTION_MAX = 64,      /* bytes */
    DOCKER_EVENT_ACTOR_MAX = 256,      /* bytes */
    DOCKER_EVENT_NAME_MAX = 256        /* bytes; a longer name is cut off */
};

/* One event. The texts are without control characters, valid UTF-8, "" where there is none. */
struct docker_event {
    bool is_container;                    /* else it is about an image */
    int64_t time_ns;                      /* since 1970, by the engine's clock; > 0 */
    char action[DOCKER_EVENT_ACTION_MAX]; /* "die", "health_status: healthy" */
    char actor[DOCKER_EVENT_ACTOR_MAX];   /* Docker id of a container; name or id of an image */
    char name[DOCKER_EVENT_NAME_MAX];     /* of the container or image */
    char image[DOCKER_EVENT_NAME_MAX];    /* of a container */
    char exit_code[16], signal[16];       /* decimal; of what they are told with */
    char pool[64], container[80];         /* berth's own labels */
};

enum docker_event_reading {
    DOCKER_EVENT_READ,
    DOCKER_EVENT_OTHER,   /* of another type: a network, a volume ... */
    DOCKER_EVENT_NONSENSE /* not an event of Docker's */
};
/* Read a line without its end. *ret_event is set when it is DOCKER_EVENT_READ. */
enum docker_event_reading docker_event_read(const char *line, struct docker_event *ret_event);

/* The stream's lines, which come in pieces split anywhere; zeroed at first. */
struct docker_event_lines {
    struct strbuf line;
    size_t skipped; /* bytes of a line that is too long */
};
/* Called for each event of a container or image; NULL: one was too long to be read. */
typedef void docker_event_sink(void *context, const struct docker_event *event);
/* False: this is not Docker's stream of events. */
bool docker_event_lines_feed(struct docker_event_lines *lines, const char *bytes, size_t len,
                             docker_event_sink *sink, void *context);
void docker_event_lines_release(struct docker_event_lines *lines);

/* Events from the engine's time since_ns on (0 = from now on), as far as dockerd remembers them
 * (its last 256), until the call is cancelled (http_cancel) or breaks off. `begun`, `each` and
 * `done` get the same context; `begun` is called when the engine has agreed. The result is never
 * ok: an end of the stream is ERROR_ENGINE, so is a stream of something else, or of more than
 * 8 MiB within a second. */
struct transfer *docker_events(struct http_client *client, const struct docker_engine *engine,
                               int64_t since_ns, void (*begun)(void *context),
                               docker_event_sink *each, docker_done *done, void *context);
