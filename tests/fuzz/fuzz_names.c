/* fuzz_names: the small grammars: image references, volumes, ports, names, addresses. The whole
 * input is each of them in turn. */
#include <string.h>

#include "cli/spec_args.h"
#include "core/base/mem.h"
#include "core/control/spec_names.h"
#include "core/net/docker.h"
#include "tests/fuzz/fuzz.h"

static void check_image(const char *text) {
    struct docker_image image, again;
    struct error err = {0};
    char registry[DOCKER_IMAGE_MAX];
    if (!docker_image_split(text, &image, &err)) {
        fuzz_check(err.kind == ERROR_IMAGE);
        return;
    }
    docker_image_registry(&image, registry);
    fuzz_check(*image.name && *image.tag && *registry && !strpbrk(registry, "/@"));
    fuzz_check(!strpbrk(image.name, "@ ?#%") && !strpbrk(image.tag, "/@ ?#%"));
    CLEANUP(mem_free_text)
    char *whole = mem_format("%s%c%s", image.name, strchr(image.tag, ':') ? '@' : ':', image.tag);
    if (strlen(whole) >= DOCKER_IMAGE_MAX)
        return;
    fuzz_check(docker_image_split(whole, &again, &err));
    fuzz_check(strcmp(again.name, image.name) == 0 && strcmp(again.tag, image.tag) == 0);
}

/* A login goes to its own registry only. */
static void check_login(const char *text) {
    struct docker_login login = {"reg.example:5000", "joe", "secret"};
    struct docker_image image;
    struct error err = {0};
    CLEANUP(mem_free_text) char *header = docker_registry_auth(&login, text);
    if (header)
        fuzz_check(docker_image_split(text, &image, &err) &&
                   strncmp(image.name, "reg.example:5000/", 17) == 0);
}

static bool has_dots(const char *path) {
    CLEANUP(mem_free_text) char *closed = mem_format("%s/", path);
    return strstr(closed, "/../") || strstr(closed, "/./");
}

static void check_volume(const char *text) {
    struct volume volume, again;
    CLEANUP(strbuf_release) struct strbuf printed = {0}, twice = {0};
    if (!volume_parse(text, &volume))
        return;
    fuzz_check(volume.target[0] == '/' && volume.target[1] && !has_dots(volume.target));
    fuzz_check(volume.source[0] != '/' || !has_dots(volume.source));
    fuzz_check(volume.source[0] == '/' || !strchr(volume.source, '/'));
    volume_print(&printed, &volume);
    fuzz_check(volume_parse(strbuf_text(&printed), &again));
    volume_print(&twice, &again);
    fuzz_check(strcmp(strbuf_text(&printed), strbuf_text(&twice)) == 0);
    fuzz_check(strcmp(volume.source, again.source) == 0 &&
               strcmp(volume.target, again.target) == 0 && volume.read_only == again.read_only);
}

static void check_names(const char *text) {
    char ip[46], ip_again[46], proto[8];
    fuzz_check(!is_container_name(text) || is_docker_name(text));
    fuzz_check(!is_docker_name(text) || !strpbrk(text, "/\\:@ %\"'\n\033"));
    fuzz_check(!is_host_name(text) || strlen(text) <= 64);
    fuzz_check(!is_absolute_path(text) || (text[0] == '/' && !has_dots(text)));
    fuzz_check(!is_image_reference(text) || !strpbrk(text, " ?#%\n\033\""));
    fuzz_check(!is_cpuset(text) || strspn(text, "0123456789,-") == strlen(text));
    is_variable_name(text);
    is_label(text, 64);
    if (canonical_ip(text, ip))
        fuzz_check(canonical_ip(ip, ip_again) && strcmp(ip, ip_again) == 0);
    if (canonical_proto(text, proto))
        fuzz_check(strcmp(proto, "tcp") == 0 || strcmp(proto, "udp") == 0 ||
                   strcmp(proto, "sctp") == 0);
}

static void check_options(const char *text) {
    CLEANUP(json_put) json_t *port = NULL;
    CLEANUP(json_put) json_t *policy = NULL;
    struct error err = {0};
    if (port_parse(text, &port, &err)) {
        int64_t inside = json_get_int(port, "container_port", 0);
        int64_t outside = json_get_int(port, "port", 0);
        fuzz_check(inside >= 1 && inside <= 65535 && outside >= 0 && outside <= 65535);
    }
    restart_parse(text, &policy, &err);
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *text = fuzz_rest(&input);
    check_image(text);
    check_login(text);
    check_volume(text);
    check_names(text);
    check_options(text);
}

const struct fuzz_target fuzz_names = {"names", run};
