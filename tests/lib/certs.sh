# certs: certificates made on the spot with openssl; sourced by tests.
# shellcheck shell=bash

cert_authority() { # NAME: NAME.pem and NAME.key
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" \
		-days 2 -subj "/CN=$(basename "$1")" -addext basicConstraints=critical,CA:TRUE 2>/dev/null
}

# cert_signed AUTHORITY NAME SAN [DAYS]: NAME.pem and NAME.key
cert_signed() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$2.key" -out "$2.csr" \
		-subj "/CN=$(basename "$2")" 2>/dev/null &&
		openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1.key" -set_serial "0x$(openssl rand -hex 8)" \
			-days "${4:-2}" -extfile <(echo "subjectAltName=$3") -out "$2.pem" 2>/dev/null
}
