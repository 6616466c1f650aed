/* docker_image: image references taken apart. */
#include "core/net/docker.h"

#include <stdio.h>
#include <string.h>

static bool bad(struct error *err, const char *problem) {
    return error_set(err, ERROR_IMAGE, "The image reference is not valid: %s.", problem);
}

/* Only of `allowed`, and at least one. */
static bool is_of(const char *text, size_t len, const char *allowed) {
    for (size_t i = 0; i < len; i++)
        if (!strchr(allowed, text[i]) || text[i] == '\0')
            return false;
    return len > 0;
}

#define LOWER "abcdefghijklmnopqrstuvwxyz0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A registry is what stands before the first slash if it looks like a host. */
static bool is_registry(const char *text, size_t len) {
    return memchr(text, '.', len) || memchr(text, ':', len) ||
           (len == 9 && strncmp(text, "localhost", 9) == 0);
}

static bool check_name(const char *name, struct error *err) {
    const char *rest = name, *slash = strchr(name, '/');
    if (slash && is_registry(name, (size_t)(slash - name))) {
        if (!is_of(name, (size_t)(slash - name), LOWER UPPER ".-_:[]"))
            return bad(err, "its registry is no host name");
        rest = slash + 1;
    }
    for (;;) {
        size_t len = strcspn(rest, "/");
        if (!is_of(rest, len, LOWER "._-"))
            return bad(err, "each part of its name is made of a to z, 0 to 9, '.', '_' and '-'");
        if (rest[len] == '\0')
            return true;
        rest += len + 1;
    }
}

static bool take_digest(char *name, struct docker_image *image, struct error *err) {
    char *at = strchr(name, '@');
    if (!at)
        return true;
    const char *colon = strchr(at + 1, ':');
    if (!colon || !is_of(at + 1, (size_t)(colon - at - 1), LOWER "+._-") ||
        !is_of(colon + 1, strlen(colon + 1), "0123456789abcdef") || strlen(colon + 1) < 32)
        return bad(err, "a digest is ALGORITHM:HEX");
    snprintf(image->tag, sizeof image->tag, "%s", at + 1);
    *at = '\0';
    return true;
}

/* A colon after the last slash begins the tag; one before it belongs to the registry's port. */
static bool take_tag(char *name, struct docker_image *image, struct error *err) {
    char *slash = strrchr(name, '/');
    char *colon = strchr(slash ? slash : name, ':');
    if (colon) {
        size_t len = strlen(colon + 1);
        if (!is_of(colon + 1, len, LOWER UPPER "_.-") || len > 128 || strchr(".-", colon[1]))
            return bad(err, "a tag is made of at most 128 letters, digits, '_', '.' and '-'");
        if (!image->tag[0])
            snprintf(image->tag, sizeof image->tag, "%s", colon + 1);
        *colon = '\0';
    }
    if (!image->tag[0])
        snprintf(image->tag, sizeof image->tag, "latest");
    return true;
}

bool docker_image_split(const char *reference, struct docker_image *image, struct error *err) {
    struct docker_image parts = {0};
    if (strlen(reference) >= sizeof parts.name)
        return bad(err, "it is too long");
    snprintf(parts.name, sizeof parts.name, "%s", reference);
    if (!take_digest(parts.name, &parts, err) || !take_tag(parts.name, &parts, err) ||
        !check_name(parts.name, err))
        return false;
    *image = parts;
    return true;
}

void docker_image_registry(const struct docker_image *image, char registry[DOCKER_IMAGE_MAX]) {
    const char *slash = strchr(image->name, '/');
    size_t len = slash ? (size_t)(slash - image->name) : 0;
    if (slash && is_registry(image->name, len))
        snprintf(registry, DOCKER_IMAGE_MAX, "%.*s", (int)len, image->name);
    else
        snprintf(registry, DOCKER_IMAGE_MAX, "docker.io");
}
