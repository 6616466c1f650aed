# coverage: builds once more, instrumented, runs the tests, prints what of the code they ran; fails below the goals.
# make coverage COVERAGE_SUITES='tests/unit/unit tests/api/auth.sh': only these, on top of the counts of those before.
COVERAGE_SUITES =
EXTRA_DIST += tests/coverage.sh
.PHONY: coverage clean-coverage
coverage:
	@builddir='$(abs_builddir)' COVERAGE_SUITES='$(COVERAGE_SUITES)' bash $(srcdir)/tests/coverage.sh
clean-local: clean-coverage
clean-coverage:
	rm -rf coverage coverage.log
