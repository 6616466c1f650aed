# lint: everything that is checked without running it; `make lint-tidy` and so on do one part.
LINT_PARTS = lint-layers lint-format lint-shell lint-cppcheck lint-tidy lint-size lint-vendor lint-console
LINT_INCLUDES = -I$(abs_top_builddir) $(CURL_CFLAGS) $(JSON_CFLAGS) $(CRYPTO_CFLAGS) $(PQ_CFLAGS) $(SODIUM_CFLAGS) $(TABLE_CFLAGS) -DSYSCONFDIR="/etc"
EXTRA_DIST += .clang-tidy tests/.clang-tidy $(LINT_FILES)
LINT_FILES = tests/lint/common.sh tests/lint/cppcheck.sh tests/lint/format.sh tests/lint/known tests/lint/layers.awk \
  tests/lint/layers.sh tests/lint/shell.sh tests/lint/size.sh tests/lint/tidy.sh tests/lint/vendor.sh tests/lint/console.sh
.PHONY: lint lint-quick $(LINT_PARTS)
lint: $(LINT_PARTS)
# Without clang's path-sensitive analyzer, which takes nine tenths of clang-tidy's time.
lint-quick:
	@$(MAKE) --no-print-directory lint LINT_QUICK=1
$(LINT_PARTS): $(BUILT_SOURCES)
	@cd $(srcdir) && LINT_INCLUDES='$(LINT_INCLUDES)' LINT_QUICK='$(LINT_QUICK)' bash tests/lint/$(@:lint-%=%).sh
