# What a controller needs besides the programs: systemd units, users, berth-setup.
EXTRA_DIST += install debian
pkgdata_DATA = nginx/berth.conf.in
systemdsystemunitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
dist_systemdsystemunit_DATA = install/berth-worker.socket install/berth-web.service
nodist_systemdsystemunit_DATA = install/berth-worker.service install/berth-keeper.service install/berth-join.service
nodist_sbin_SCRIPTS = install/berth-setup
nodist_doc_DATA = install/berth.conf.example
dist_doc_DATA = install/prometheus/alerts.yml install/prometheus/grafana.json
CLEANFILES += $(nodist_systemdsystemunit_DATA) $(nodist_sbin_SCRIPTS) $(nodist_doc_DATA)

# The names that make knows only when it runs.
install/%: install/%.in
	$(AM_V_GEN)$(MKDIR_P) install && sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@pkgdatadir[@]|$(pkgdatadir)|g' $< >$@.tmp && \
	  case $@ in *-setup) chmod +x $@.tmp ;; esac && mv $@.tmp $@
# The table of keys writes the example.
install/berth.conf.example: berth-worker
	$(AM_V_GEN)$(MKDIR_P) install && ./berth-worker --config /dev/null --print-config >$@.tmp && mv $@.tmp $@

# The console's files as they are in the tree; what an older version had is not kept.
consoledir = $(pkgdatadir)/console
install-data-local:
	rm -rf $(DESTDIR)$(consoledir)
	$(MKDIR_P) $(DESTDIR)$(consoledir)
	cp -R $(srcdir)/nginx/console/. $(DESTDIR)$(consoledir)
	chmod -R u+w,go-w,a+rX $(DESTDIR)$(consoledir)
	$(MKDIR_P) $(DESTDIR)$(sysusersdir)
	$(INSTALL_DATA) $(srcdir)/install/berth.sysusers $(DESTDIR)$(sysusersdir)/berth.conf
uninstall-local:
	rm -rf $(DESTDIR)$(consoledir)
	rm -f $(DESTDIR)$(sysusersdir)/berth.conf
