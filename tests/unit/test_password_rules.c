/* test_password_rules: which passwords are taken. */
#include <string.h>

#include "core/base/mem.h"
#include "core/base/password.h"
#include "core/control/password_rules.h"
#include "tests/unit/unit.h"

static bool takes(const char *password) {
    struct error err = {0};
    bool ok = password_acceptable(password, "clare.smith", &err);
    CU_ASSERT_EQUAL(err.kind, ok ? ERROR_NONE : ERROR_BAD_FIELD);
    CU_ASSERT_STRING_EQUAL(err.field, ok ? "" : "password");
    return ok;
}

static void test_guessed_first(void) {
    static const char *const bad[] = {
        "password",      "Password1",     "P@ssw0rd",   "p4ssword!",  "12password34",
        "12345678",      "123456789",     "87654321",   "1234567890", "11111111",
        "00000000",      "19841203",      "03.12.1984", "2024-12-31", "qwertyuiop",
        "qwerty123",     "1qaz2wsx",      "1q2w3e4r",   "zaq12wsx",   "asdfghjkl",
        "zxcvbnm123",    "abcdefgh",      "abcd1234",   "aaaaaaaa",   "abababab",
        "abcabcabc",     "abcdabcdabcd",  "iloveyou",   "Iloveyou2!", "sunshine1",
        "princess",      "football99",    "letmein123", "welcome1",   "Welcome2024!",
        "trustno1",      "dragon123",     "monkey12",   "changeme",   "changeme123",
        "admin123",      "administrator", "root1234",   "superman1",  "clare.smith",
        "Clare.Smith99", "berth2024",     "docker123!", "qazwsxedc",  "!@#$%^&*",
        "k7Vqk7Vq",      "k7Vk7Vk7V",     "k7k7k7k7",   "michael1",   "Summer2023",
        "1234qwer",      "computer",      "master12",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        bool ok = takes(bad[i]);
        if (ok)
            printf("# taken: %s\n", bad[i]);
        CU_ASSERT_FALSE(ok);
    }
}

static void test_taken(void) {
    static const char *const good[] = {
        "correct horse battery staple", "k7Vq-m2Xp9",       "Tr0ub4dor&3",
        "my cat eats 12 figs",          "9f86d081884c7d65", "purple monkey dishwasher",
        "\xc3\xbc\xc3\xa4ngstl1ch-x",   "hq8#Lm2v",         "passwordless-entry-door",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        bool ok = takes(good[i]);
        if (!ok)
            printf("# refused: %s\n", good[i]);
        CU_ASSERT_TRUE(ok);
    }
}

static void test_lengths(void) {
    char password[PASSWORD_BYTES_MAX + 2];
    CU_ASSERT_FALSE(takes(""));
    CU_ASSERT_FALSE(takes("k7Vq-m2"));
    CU_ASSERT_TRUE(takes("k7Vq-m2X"));
    for (size_t i = 0; i < sizeof password; i++)
        password[i] = "kV-m9x2Lq"[i * i % 9];
    password[sizeof password - 1] = '\0';
    CU_ASSERT_FALSE(takes(password));
    password[PASSWORD_BYTES_MAX] = '\0';
    CU_ASSERT_TRUE(takes(password));
}

static const struct unit_test tests[] = {
    {"what is guessed first is refused", test_guessed_first},
    {"others are taken", test_taken},
    {"8 to 1024 bytes", test_lengths},
    {0},
};

const struct unit_suite suite_password_rules = {"password rules", tests};
