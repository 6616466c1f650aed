/* crypto_cert: see crypto_cert.h. */
#include "core/base/crypto_cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"

static BIO *reader(const char *text) {
    BIO *bio = BIO_new_mem_buf(text, -1);
    if (!bio)
        abort();
    return bio;
}

/* Nobody is asked for a password: a key that has one is refused. */
static int no_password(char *buf, int size, int rwflag, void *context) {
    (void)buf, (void)size, (void)rwflag, (void)context;
    return -1;
}

static int64_t seconds_of(const ASN1_TIME *when) {
    struct tm tm;
    return ASN1_TIME_to_tm(when, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void read_subject(X509 *x509, struct cert_facts *facts) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    if (!bio || X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0, XN_FLAG_RFC2253) < 0)
        abort();
    long len = BIO_get_mem_data(bio, &data);
    snprintf(facts->subject, sizeof facts->subject, "%.*s", (int)len, data);
    BIO_free(bio);
}

bool cert_check(const char *pem, const char *field, struct cert_facts *facts, struct error *err) {
    struct cert_facts found = {0};
    char end[32] = "";
    BIO *bio = reader(pem);
    X509 *x509;
    size_t count = 0;
    for (; (x509 = PEM_read_bio_X509(bio, NULL, no_password, NULL)); count++) {
        int64_t not_after = seconds_of(X509_get0_notAfter(x509));
        if (count == 0)
            read_subject(x509, &found);
        if (not_after > found.not_after)
            found.not_after = not_after;
        X509_free(x509);
    }
    bool whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    if (count == 0 || !whole)
        return error_field(err, field, "%s %s.", field,
                           count ? "holds something that is no certificate in PEM form"
                                 : "is no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
    *facts = found;
    if (found.not_after < (int64_t)time(NULL)) {
        time_t when = (time_t)found.not_after;
        struct tm tm;
        strftime(end, sizeof end, "%Y-%m-%d", gmtime_r(&when, &tm));
        return error_field(err, field, "%s has expired on %s.", field, end);
    }
    return true;
}

bool cert_key_check(const char *key_pem, const char *cert_pem, const char *field,
                    struct error *err) {
    BIO *key_bio = reader(key_pem), *cert_bio = reader(cert_pem);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, no_password, NULL);
    X509 *x509 = PEM_read_bio_X509(cert_bio, NULL, no_password, NULL);
    bool matches = key && x509 && X509_check_private_key(x509, key) == 1;
    bool encrypted = !key && strstr(key_pem, "ENCRYPTED");
    bool parsed = key != NULL;
    X509_free(x509);
    EVP_PKEY_free(key);
    BIO_free(key_bio);
    BIO_free(cert_bio);
    ERR_clear_error();
    if (encrypted)
        return error_field(err, field, "%s is protected by a password: take it off first.", field);
    if (!parsed)
        return error_field(err, field, "%s is no private key in PEM form.", field);
    return matches || error_field(err, field, "%s is not the key of the certificate.", field);
}
