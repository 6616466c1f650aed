# The demo image: a small web server made from the machine's own busybox, as an archive for docker load.
# shellcheck shell=bash

IMAGE=berth-demo:latest

image_tar() { echo "$DIR/image/berth-demo.tar"; }

# The archive is written by hand rather than imported into each engine: it has the same id on every engine,
# and is there before the first of them runs.
image_make() {
	local tar work layer
	tar=$(image_tar)
	if [ -f "$tar" ]; then return 0; fi
	mkdir -p "${tar%/*}"
	work=$(mktemp -d "${tar%/*}/work.XXXXXX")
	image_files "$work/root"
	tar -C "$work/root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
	layer=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
	image_config "$layer" >"$work/config.json"
	echo "[{\"Config\":\"config.json\",\"RepoTags\":[\"$IMAGE\"],\"Layers\":[\"layer.tar\"]}]" >"$work/manifest.json"
	tar -C "$work" -cf "$tar.new" manifest.json config.json layer.tar
	mv "$tar.new" "$tar"
	rm -rf "$work"
}

image_files() { # ROOT
	local root=$1 busybox applet
	busybox=$(command -v busybox) || fail "no busybox: apt-get install busybox-static"
	mkdir -p "$root"/{bin,etc,tmp,www}
	chmod 1777 "$root/tmp"
	cp "$busybox" "$root/bin/busybox"
	for applet in sh cat cp date dd df echo env false free grep head hostname httpd id ip kill ls mkdir mount nc \
		nslookup ping printenv ps rm sed seq sleep tail test top touch true uname vi wc yes; do
		ln -s busybox "$root/bin/$applet"
	done
	echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
	echo 'root:x:0:' >"$root/etc/group"
	cat >"$root/www/index.html" <<-'HTML'
		<!doctype html>
		<html lang="en"><meta charset="utf-8"><title>berth</title>
		<h1>It runs.</h1>
		<p>This page comes from a container that berth has placed on one of your engines.</p>
		</html>
	HTML
	# A pipe that nobody writes to: a shell that waits there for a line makes no process, as sleep would at each turn.
	mkfifo -m 666 "$root/etc/never"
	cat >"$root/bin/serve" <<-'SH'
		#!/bin/sh
		now() { read -r up rest </proc/uptime; up=${up%.*}; }
		now
		begun=$up
		echo "serving /www on port 80"
		while :; do
			read -r -t 5 line
			now
			read -r load rest </proc/loadavg
			echo "up $((up - begun)) s, load of the engine $load"
		done <>/etc/never &
		exec httpd -f -v -p 80 -h /www
	SH
	chmod 755 "$root/bin/serve"
}

# Process 1 of a container ignores SIGTERM unless it says otherwise, hence the stop signal.
image_config() { # SHA256-OF-THE-LAYER
	cat <<-JSON
		{"architecture":"$(dpkg --print-architecture)","os":"linux","created":"2024-01-01T00:00:00Z",
		"config":{"Cmd":["/bin/serve"],"ExposedPorts":{"80/tcp":{}},
		"Env":["PATH=/bin"],"StopSignal":"SIGKILL","WorkingDir":"/"},
		"history":[{"created":"2024-01-01T00:00:00Z","created_by":"berth quickstart"}],
		"rootfs":{"type":"layers","diff_ids":["sha256:$1"]}}
	JSON
}
