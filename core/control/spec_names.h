/* spec_names: the small grammars inside an image specification: names, addresses, volumes. For
 * spec*.c and the command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/strbuf.h"

/* Characters and components of a Docker image reference: [registry[:port]/]path[:tag][@digest].
 * Docker itself judges the rest. */
bool is_image_reference(const char *text);

/* [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 128 bytes. */
bool is_docker_name(const char *text);
/* The same with at least two bytes, as Docker demands for names that it creates. */
bool is_container_name(const char *text);

/* RFC 1123, section 2.1, at most 64 bytes (the kernel's limit). */
bool is_host_name(const char *text);

/* Not empty, no '=', no control characters. */
bool is_variable_name(const char *text);

/* At most bytes_max bytes, no control characters; may be empty. */
bool is_label(const char *text, size_t bytes_max);

/* Cores and ranges of cores: 0-3,6. */
bool is_cpuset(const char *text);

/* "tcp", "udp" or "sctp" from any case; "" gives tcp. */
bool canonical_proto(const char *text, char proto[8]);

/* The shortest form of an IPv4 or IPv6 address (inet_ntop, 46 bytes); "" stays "". */
bool canonical_ip(const char *text, char *ip);

/* Begins with '/', no "." and ".." components, no control characters, below VOLUME_PATH_MAX bytes.
 */
bool is_absolute_path(const char *text);

enum { VOLUME_PATH_MAX = 1024 };

struct volume {
    char source[VOLUME_PATH_MAX]; /* absolute path of the engine, a volume's name, "" = anonymous */
    char target[VOLUME_PATH_MAX]; /* absolute path in the container, never "/" */
    bool read_only;
};

/* "/path" or "source:/path[:ro|rw]"; paths absolute, without "." and ".." components. */
bool volume_parse(const char *text, struct volume *volume);
/* The reverse, in the shortest form: without ":rw". */
void volume_print(struct strbuf *buf, const struct volume *volume);
