# etcd: a scratch etcd for tests, on a free port of 127.0.0.1. To be sourced.
# shellcheck shell=bash
ETCD=       # its process
ETCD_URL='' # set by the first start
ETCD_TLS_URL=''
ETCD_PEER=''

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# etcd_start DIR [CERTIFICATE AUTHORITY]: with the data in DIR/etcd, at the address that it had before. With a certificate
# (X for X.pem and X.key) also at ETCD_TLS_URL, for clients whose certificates AUTHORITY.pem vouches for.
etcd_start() {
	local tls=()
	ETCD_URL=${ETCD_URL:-http://127.0.0.1:$(free_port)}
	ETCD_PEER=${ETCD_PEER:-http://127.0.0.1:$(free_port)}
	if [ $# -gt 1 ]; then
		ETCD_TLS_URL=${ETCD_TLS_URL:-https://127.0.0.1:$(free_port)}
		tls=(--cert-file "$2.pem" --key-file "$2.key" --client-cert-auth --trusted-ca-file "$3.pem")
	fi
	mkdir -p "$1/etcd" && chmod 0700 "$1/etcd"
	etcd --name scratch --data-dir "$1/etcd" --listen-client-urls "$ETCD_URL${ETCD_TLS_URL:+,$ETCD_TLS_URL}" \
		--advertise-client-urls "$ETCD_URL" "${tls[@]}" \
		--listen-peer-urls "$ETCD_PEER" --initial-advertise-peer-urls "$ETCD_PEER" --initial-cluster "scratch=$ETCD_PEER" \
		--unsafe-no-fsync >>"$1/etcd.log" 2>&1 </dev/null &
	ETCD=$!
}
etcd_answers() { curl -sf -m 2 "$ETCD_URL/health" 2>/dev/null | grep -q '"true"'; }
etcd_stop() { # [SIGNAL]
	if [ -n "$ETCD" ]; then { kill "-${1:-KILL}" "$ETCD" && wait "$ETCD"; } 2>/dev/null; fi
	ETCD=
}
etcd_call() { curl -s -m 5 "$ETCD_URL/v3/$1" -d "$2"; } # PATH BODY
base64_of() { printf %s "$1" | base64 -w 0; }
etcd_put() { etcd_call kv/put "{\"key\":\"$(base64_of "$1")\",\"value\":\"$(base64_of "$2")\"}" >/dev/null; }
etcd_delete() { etcd_call kv/deleterange "{\"key\":\"$(base64_of "$1")\"}" >/dev/null; }
etcd_get() { etcd_call kv/range "{\"key\":\"$(base64_of "$1")\"}" | jq -r '.kvs[0].value // empty' | base64 -d; }
