libberth_a_SOURCES += \
  core/net/docker.c core/net/docker.h \
  core/net/docker_addr.c \
  core/net/docker_auth.c \
  core/net/docker_call.c core/net/docker_call.h \
  core/net/docker_copy.c \
  core/net/docker_detect.c \
  core/net/docker_events.c core/net/docker_events.h \
  core/net/docker_image.c \
  core/net/docker_lines.c \
  core/net/docker_logs.c \
  core/net/docker_pull.c \
  core/net/docker_stats.c core/net/docker_stats.h \
  core/net/etcd.c core/net/etcd.h \
  core/net/etcd_answer.c core/net/etcd_answer.h \
  core/net/etcd_mirror.c core/net/etcd_mirror.h \
  core/net/http.c core/net/http.h \
  core/net/icmp.c core/net/icmp.h \
  core/net/lookup.c core/net/lookup.h \
  core/net/registration.c core/net/registration.h \
  core/net/http_address.c \
  core/net/http_explain.c \
  core/net/http_setup.c \
  core/net/http_transfer.h
