/* wire: see wire.h. */
#include "tests/fake/wire.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

static X509 *read_cert(const struct cert *cert) {
    BIO *bio = BIO_new_mem_buf(cert->cert_pem, -1);
    X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return x509;
}

void *wire_context_new(const struct cert *cert, const struct cert *authority) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    BIO *bio = BIO_new_mem_buf(cert->key_pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    X509 *x509 = read_cert(cert);
    if (!context || SSL_CTX_use_certificate(context, x509) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1)
        abort();
    BIO_free(bio);
    EVP_PKEY_free(key);
    X509_free(x509);
    if (authority) {
        x509 = read_cert(authority);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), x509);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        X509_free(x509);
    }
    return context;
}

void wire_context_free(void *context) {
    SSL_CTX_free(context);
}

bool wire_open(struct wire *wire, int fd, void *context) {
    *wire = (struct wire){.fd = fd};
    if (!context)
        return true;
    wire->ssl = SSL_new(context);
    bool ok = SSL_set_fd(wire->ssl, fd) == 1 && SSL_accept(wire->ssl) == 1;
    ERR_clear_error();
    if (!ok) {
        char byte;
        shutdown(fd, SHUT_WR); /* closing now could reset the connection and lose the alert */
        while (recv(fd, &byte, 1, 0) > 0)
            continue;
    }
    return ok;
}

bool wire_send(struct wire *wire, const char *bytes, size_t len) {
    while (len) {
        ssize_t n = wire->ssl ? SSL_write(wire->ssl, bytes, (int)len)
                              : send(wire->fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

ssize_t wire_recv(struct wire *wire, char *bytes, size_t len) {
    return wire->ssl ? SSL_read(wire->ssl, bytes, (int)len) : recv(wire->fd, bytes, len, 0);
}

void wire_close(struct wire *wire) {
    if (wire->ssl)
        SSL_shutdown(wire->ssl);
    SSL_free(wire->ssl);
    ERR_clear_error();
}
