# All SQL is embedded: sql/statements.c and .h come from the files in sql/query and sql/schema.
SQL_QUERIES = $(wildcard $(top_srcdir)/sql/query/*.sql)
SQL_SCHEMA = $(wildcard $(top_srcdir)/sql/schema/*.sql)
EXTRA_DIST += sql/query sql/schema sql/embed.awk
BUILT_SOURCES += sql/statements.h
CLEANFILES += sql/statements.h sql/statements.c
nodist_libberth_a_SOURCES = sql/statements.c sql/statements.h

sql/statements.h: $(SQL_QUERIES) $(SQL_SCHEMA) $(top_srcdir)/sql/embed.awk
	$(AM_V_GEN)$(MKDIR_P) sql && $(AWK) -v header=1 -f $(top_srcdir)/sql/embed.awk $(SQL_SCHEMA) $(SQL_QUERIES) >$@.tmp && mv $@.tmp $@
sql/statements.c: $(SQL_QUERIES) $(SQL_SCHEMA) $(top_srcdir)/sql/embed.awk sql/statements.h
	$(AM_V_GEN)$(AWK) -v header=0 -f $(top_srcdir)/sql/embed.awk $(SQL_SCHEMA) $(SQL_QUERIES) >$@.tmp && mv $@.tmp $@

sbin_PROGRAMS += berth-migrate
berth_migrate_SOURCES = sql/migrate.c
berth_migrate_LDADD = libberth.a libbase.a $(BERTH_LIBS)
