/* crypto: see crypto.h. */
#include "core/base/crypto.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/parse.h"

enum { SEAL_VERSION = 1, NONCE_BYTES = 12, TAG_BYTES = 16 };

void crypto_random(void *bytes, size_t len) {
    unsigned char *at = bytes;
    while (len) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0)
            abort();
        at += n;
        len -= (size_t)n;
    }
}

void crypto_random_hex(char *hex, size_t bytes) {
    unsigned char *raw = mem_alloc(bytes);
    crypto_random(raw, bytes);
    hex_encode(raw, bytes, hex);
    free(raw);
}

static EVP_MD *sha256;

static void fetch_sha256(void) {
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256)
        abort();
}

/* Fetched once: SHA256() would look the algorithm up at each call, which costs more than hashing.
 */
void crypto_sha256(const void *bytes, size_t len, unsigned char digest[SHA256_BYTES]) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch_sha256);
    if (EVP_Digest(bytes, len, digest, NULL, sha256, NULL) != 1)
        abort();
}

void crypto_hmac_sha256(const unsigned char key[SEAL_KEY_BYTES], const void *bytes, size_t len,
                        unsigned char digest[SHA256_BYTES]) {
    HMAC(EVP_sha256(), key, SEAL_KEY_BYTES, bytes, len, digest, NULL);
}

bool crypto_equal(const void *a, const void *b, size_t len) {
    return CRYPTO_memcmp(a, b, len) == 0;
}

/* systemd's credentials are files of root that an ACL opens for the service: the mode says less. */
static bool is_credential(const char *path) {
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    size_t len = directory ? strlen(directory) : 0;
    return len > 0 && strncmp(path, directory, len) == 0 && path[len] == '/';
}

bool seal_key_load(struct seal_key *key, const char *path, struct error *err) {
    char hex[2 * SEAL_KEY_BYTES + 2] = "";
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_field(err, "master_key_file", "Cannot read the master key %s: %m.", path);
    bool private = fstat(fd, &st) == 0 && ((st.st_mode & 077) == 0 || is_credential(path));
    ssize_t n = read(fd, hex, sizeof hex - 1);
    close(fd);
    if (!private)
        return error_field(err, "master_key_file",
                           "The master key %s may be read by others: chmod 600 it.", path);
    hex[n > 0 ? n : 0] = '\0';
    hex[strcspn(hex, "\n")] = '\0';
    bool ok = hex_decode(hex, key->bytes, sizeof key->bytes);
    explicit_bzero(hex, sizeof hex);
    return ok || error_field(err, "master_key_file", "%s must hold 64 hex digits.", path);
}

void seal(const struct seal_key *key, const char *context, const void *plain, size_t len,
          unsigned char **ret_sealed, size_t *ret_len) {
    unsigned char *out = mem_alloc(len + SEAL_OVERHEAD);
    unsigned char *nonce = out + 1, *text = nonce + NONCE_BYTES;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    out[0] = SEAL_VERSION;
    crypto_random(nonce, NONCE_BYTES);
    if (!ctx || EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, nonce) != 1 ||
        EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)context, (int)strlen(context)) !=
            1 ||
        EVP_EncryptUpdate(ctx, text, &n, plain, (int)len) != 1 ||
        EVP_EncryptFinal_ex(ctx, text + n, &n) != 1 ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, text + len) != 1)
        abort();
    EVP_CIPHER_CTX_free(ctx);
    *ret_sealed = out;
    *ret_len = len + SEAL_OVERHEAD;
}

bool unseal(const struct seal_key *key, const char *context, const unsigned char *sealed,
            size_t len, char **ret_plain, size_t *ret_len, struct error *err) {
    if (len < SEAL_OVERHEAD || sealed[0] != SEAL_VERSION)
        return error_set(err, ERROR_INTERNAL, "A sealed secret has an unknown form.");
    const unsigned char *nonce = sealed + 1, *text = nonce + NONCE_BYTES;
    size_t text_len = len - SEAL_OVERHEAD;
    unsigned char tag[TAG_BYTES];
    char *out = mem_alloc(text_len + 1);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n = 0;
    memcpy(tag, text + text_len, TAG_BYTES);
    bool ok = ctx && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, nonce) == 1 &&
              EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)context,
                                (int)strlen(context)) == 1 &&
              EVP_DecryptUpdate(ctx, (unsigned char *)out, &n, text, (int)text_len) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
              EVP_DecryptFinal_ex(ctx, (unsigned char *)out + n, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!ok) {
        free(out);
        return error_set(err, ERROR_INTERNAL,
                         "A sealed secret cannot be opened: is the master key the pool's own?");
    }
    *ret_plain = out;
    *ret_len = text_len;
    return true;
}
