libberth_a_SOURCES += core/net/http.h core/net/docker.h
