/* cert: see cert.h. */
#include "tests/fake/cert.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/crypto.h"
#include "core/base/mem.h"

static void must(bool ok) {
    if (!ok)
        abort();
}

static char *text_of(BIO *bio) {
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    char *text = mem_strndup(data, (size_t)len);
    BIO_free(bio);
    return text;
}

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    must(extension && X509_add_ext(x509, extension, -1));
    X509_EXTENSION_free(extension);
}

/* Names are random: verification tells authorities apart by them first of all. */
static void set_names(X509 *x509, X509 *issuer) {
    X509_NAME *subject = X509_get_subject_name(x509);
    char name[17];
    uint32_t serial;
    crypto_random(&serial, sizeof serial);
    crypto_random_hex(name, 8);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                    -1, 0));
    must(X509_set_issuer_name(x509, X509_get_subject_name(issuer)));
}

void cert_make(struct cert *cert, const char *san, const struct cert *issuer) {
    EVP_PKEY *key = EVP_EC_gen("P-256"), *issuer_key = key;
    X509 *x509 = X509_new(), *issuer_x509 = x509;
    must(key && x509);
    if (issuer) {
        BIO *bio = BIO_new_mem_buf(issuer->cert_pem, -1);
        issuer_x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        BIO_free(bio);
        bio = BIO_new_mem_buf(issuer->key_pem, -1);
        issuer_key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
    }
    X509_set_version(x509, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x509), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    set_names(x509, issuer_x509);
    must(X509_set_pubkey(x509, key));
    add_extension(x509, issuer_x509, NID_basic_constraints,
                  issuer ? "CA:FALSE" : "critical,CA:TRUE");
    if (issuer)
        add_extension(x509, issuer_x509, NID_subject_alt_name, san);
    must(X509_sign(x509, issuer_key, EVP_sha256()));
    BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_mem());
    must(PEM_write_bio_X509(cert_bio, x509) &&
         PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL));
    *cert = (struct cert){text_of(cert_bio), text_of(key_bio)};
    if (issuer) {
        X509_free(issuer_x509);
        EVP_PKEY_free(issuer_key);
    }
    X509_free(x509);
    EVP_PKEY_free(key);
}

void cert_release(struct cert *cert) {
    free(cert->cert_pem);
    free(cert->key_pem);
}
