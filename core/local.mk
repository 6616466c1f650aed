# libbase: no I/O beyond files; libberth: everything below the programs.
noinst_LIBRARIES += libbase.a libberth.a

libbase_a_SOURCES = \
  core/base/address.c core/base/address.h \
  core/base/base64.c core/base/base64.h \
  core/base/clock.c core/base/clock.h \
  core/base/config.c core/base/config.h \
  core/base/crypto.c core/base/crypto.h \
  core/base/daemon.c core/base/daemon.h \
  core/base/crypto_cert.c core/base/crypto_cert.h \
  core/base/error.c core/base/error.h \
  core/base/fault.c core/base/fault.h \
  core/base/json.c core/base/json.h \
  core/base/json_check.c \
  core/base/json_scan.c core/base/json_scan.h \
  core/base/log.c core/base/log.h \
  core/base/mem.c core/base/mem.h \
  core/base/metrics.c core/base/metrics.h \
  core/base/parse.c core/base/parse.h \
  core/base/password.c core/base/password.h \
  core/base/strbuf.c core/base/strbuf.h \
  core/base/thread.c core/base/thread.h \
  core/base/times.c core/base/times.h

libberth_a_SOURCES =

include core/net/local.mk
include core/store/local.mk
include core/control/local.mk

# Order matters: libberth.a before libbase.a.
BERTH_LIBS = $(CURL_LIBS) $(JSON_LIBS) $(CRYPTO_LIBS) $(PQ_LIBS) $(SODIUM_LIBS) -lpthread -lm
