# The private certificate authority, the server's certificate, and nginx with everything of it inside DIR.
# shellcheck shell=bash

WEB_USER=www-data
WEB_RELOAD=0 # a running nginx must read its files again

web_tls() { echo "$ETC/tls"; }
web_console() { echo "$DIR/console"; }
web_ca() { echo "$DIR/ca.pem"; }
web_url() { echo "https://127.0.0.1:$STATE_PORT"; } # here; web_listen sees to it that this works always
web_public_url() {                                 # for others, where it listens for them
	case $STATE_LISTEN in
	127.0.0.1) web_url ;;
	0.0.0.0 | ::) echo "https://$(hostname -I | cut -d' ' -f1):$STATE_PORT" ;;
	*:*) echo "https://[$STATE_LISTEN]:$STATE_PORT" ;;
	*) echo "https://$STATE_LISTEN:$STATE_PORT" ;;
	esac
}
web_curl() { curl -sf --max-time 5 --noproxy '*' --cacert "$(web_ca)" "$@"; }

web_certificates() {
	local new=0
	install -d -m 0700 "$(web_tls)"
	if [ ! -s "$(web_tls)/ca.key" ] || [ ! -s "$(web_ca)" ]; then
		web_make_ca
		new=1
	fi
	if web_names | file_update "$(web_tls)/names" 0600; then new=1; fi
	openssl x509 -in "$(web_tls)/server.pem" -noout -checkend 2592000 >/dev/null 2>&1 || new=1
	if [ $new = 0 ]; then return 0; fi
	rm -f "$(web_tls)/server.pem"
	web_make_certificate
	WEB_RELOAD=1
	changed
}

# Every name and address under which the server may be called.
web_names() {
	local name
	{
		printf 'DNS:%s\n' localhost "$(hostname)" "$(hostname -f 2>/dev/null || hostname)"
		printf 'IP:%s\n' 127.0.0.1 ::1
		case $STATE_LISTEN in
		0.0.0.0 | ::) for name in $(hostname -I); do echo "IP:$name"; done ;;
		*) echo "IP:$STATE_LISTEN" ;;
		esac
	} | sort -u | paste -sd,
}

# With a configuration of ours only: the machine's adds extensions of its own.
web_openssl() {
	OPENSSL_CONF=/dev/null openssl "$@" >>"$LOG/openssl.log" 2>&1 || fail "openssl $1 failed" "$LOG/openssl.log"
}

web_make_ca() {
	local tls
	tls=$(web_tls)
	printf '%s\n' '[req]' 'distinguished_name = dn' 'prompt = no' '[dn]' "CN = berth private CA $TAG" \
		'[ca]' 'basicConstraints = critical,CA:TRUE,pathlen:0' 'keyUsage = critical,keyCertSign,cRLSign' \
		'subjectKeyIdentifier = hash' >"$tls/ca.conf"
	(umask 077 && web_openssl ecparam -name prime256v1 -genkey -noout -out "$tls/ca.key")
	web_openssl req -x509 -new -sha256 -days 3650 -config "$tls/ca.conf" -extensions ca -key "$tls/ca.key" -out "$tls/ca.pem"
	install -m 0644 "$tls/ca.pem" "$(web_ca)"
}

web_make_certificate() {
	local tls
	tls=$(web_tls)
	printf '%s\n' '[req]' 'distinguished_name = dn' 'prompt = no' '[dn]' 'CN = berth' \
		'[server]' 'basicConstraints = critical,CA:FALSE' 'keyUsage = critical,digitalSignature' \
		'extendedKeyUsage = serverAuth' "subjectAltName = $(cat "$tls/names")" >"$tls/server.conf"
	(umask 077 && web_openssl ecparam -name prime256v1 -genkey -noout -out "$tls/server.key")
	web_openssl req -new -sha256 -config "$tls/server.conf" -key "$tls/server.key" -out "$tls/server.csr"
	web_openssl x509 -req -sha256 -days 825 -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" \
		-set_serial "0x$(openssl rand -hex 16)" -extfile "$tls/server.conf" -extensions server -out "$tls/server.new"
	mv -f "$tls/server.new" "$tls/server.pem"
}

# The address asked for, and loopback where that does not include it.
web_listen() {
	local address=$STATE_LISTEN options="ssl http2 backlog=1024"
	case $address in
	*:*) printf 'listen [%s]:%s %s; ' "$address" "$STATE_PORT" "$options" ;;
	*) printf 'listen %s:%s %s; ' "$address" "$STATE_PORT" "$options" ;;
	esac
	case $address in 127.0.0.1 | 0.0.0.0) ;; *) printf 'listen 127.0.0.1:%s %s;' "$STATE_PORT" "$options" ;; esac
}

web_configuration() {
	sed -e "s|@USER@|$WEB_USER|" -e "s|@PID@|$RUN/nginx-master.pid|" -e "s|@LOG@|$LOG|" -e "s|@TEMP@|$DIR/nginx|" \
		-e "s|@LISTEN@|$(web_listen)|" -e "s|@CERTIFICATE@|$(web_tls)/server.pem|" -e "s|@KEY@|$(web_tls)/server.key|" \
		-e "s|@CONSOLE@|$(web_console)|" -e "s|@SOCKET@|$(worker_socket)|" -e "/@EXEMPT@/d" -e '/^#/d' "$SOURCE/nginx/berth.conf.in"
}

# A copy where nginx may read it; the new one takes the place of the old one as a whole.
web_deploy() {
	local new="$DIR/.console.new"
	if diff -rq "$SOURCE/nginx/console" "$(web_console)" >/dev/null 2>&1; then return 0; fi
	rm -rf "$new" "$DIR/.console.old"
	cp -R "$SOURCE/nginx/console" "$new" || fail "cannot copy the console to $new (is the disk full?)"
	chmod -R a+rX,u+w,go-w "$new" # whatever the checkout's are
	if [ -e "$(web_console)" ]; then mv "$(web_console)" "$DIR/.console.old"; fi
	mv "$new" "$(web_console)" || fail "cannot make $(web_console)"
	rm -rf "$DIR/.console.old"
	changed
}

web_up() {
	local conf=$ETC/nginx.conf
	web_deploy
	web_certificates
	install -d -m 0711 "$DIR/nginx"
	if web_configuration | file_update "$conf" 0600; then WEB_RELOAD=1; fi
	nginx -t -q -p "$DIR" -e stderr -c "$conf" >"$LOG/nginx-test.log" 2>&1 ||
		fail "nginx refuses its configuration" "$LOG/nginx-test.log"
	if proc_alive nginx && web_accepts; then
		if [ $WEB_RELOAD = 0 ]; then
			did "running, pid $PID"
		else
			changed
			kill -HUP "$PID"
			wait_for 10 web_accepts || fail "does not answer on port $STATE_PORT after the reload" "$LOG/nginx.log"
			did "configuration reloaded, pid $PID"
		fi
		return
	fi
	proc_stop nginx TERM 5
	web_port_free || fail "port $STATE_PORT is taken ($(ss -ltnpH "sport = :$STATE_PORT" | grep -o 'users:.*' | head -n 1)): choose another with --port"
	log_rotate access
	proc_start nginx nginx -p "$DIR" -e "$LOG/nginx.log" -c "$conf" -g 'daemon off;'
	proc_ready nginx 10 web_accepts
	did "started, pid $PID, $(web_url)"
}

web_port_free() { [ -z "$(ss -ltnH "sport = :$STATE_PORT")" ]; }

# Any answer at all, also 502 while the worker is not there yet.
web_accepts() {
	curl -s --max-time 5 --noproxy '*' --cacert "$(web_ca)" -o /dev/null "https://127.0.0.1:$STATE_PORT/healthz"
}

web_down() {
	proc_stop nginx QUIT 3
	did "stopped"
}
