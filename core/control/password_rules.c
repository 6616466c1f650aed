/* password_rules: see password_rules.h. Lists of leaked passwords are mostly a few hundred words
 * with decoration, so it is the words that are listed here, and the decoration is taken off. */
#include "core/control/password_rules.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/mem.h"
#include "core/base/password.h"

enum { WORD_MAX = 64, PIECE_MAX = 4, DIGITS_MAX = 12, RUN_SHARE = 4 };

static const char *const words[] = {
    "abc",        "access",    "admin",      "administrator", "alexander",  "amanda",
    "america",    "andrea",    "andrew",     "angel",         "angela",     "anthony",
    "apple",      "arsenal",   "ashley",     "august",        "austin",     "autumn",
    "babygirl",   "banana",    "barcelona",  "baseball",      "basketball", "batman",
    "berlin",     "berth",     "blink",      "brandon",       "butterfly",  "changeit",
    "changeme",   "charlie",   "cheese",     "chelsea",       "chocolate",  "christian",
    "client",     "cloud",     "company",    "computer",      "container",  "cookie",
    "corvette",   "cowboys",   "crystal",    "daniel",        "database",   "david",
    "debian",     "default",   "demo",       "diamond",       "docker",     "dolphin",
    "dragon",     "eagles",    "elizabeth",  "facebook",      "family",     "ferrari",
    "flower",     "football",  "forever",    "freedom",       "friends",    "george",
    "ginger",     "google",    "guest",      "hannah",        "harley",     "hello",
    "hockey",     "hunter",    "iloveyou",   "inlove",        "internet",   "jasmine",
    "jennifer",   "jessica",   "jordan",     "joshua",        "junior",     "justin",
    "juventus",   "killer",    "kubernetes", "lakers",        "letmein",    "linux",
    "liverpool",  "login",     "london",     "lovely",        "loveme",     "manager",
    "manchester", "marina",    "martin",     "master",        "matrix",     "matthew",
    "maverick",   "mercedes",  "merlin",     "metallica",     "michael",    "michelle",
    "midnight",   "minecraft", "monkey",     "monster",       "mustang",    "mynoob",
    "mysql",      "naruto",    "network",    "newyork",       "nicole",     "nirvana",
    "office",     "oracle",    "orange",     "panther",       "pass",       "passport",
    "passw",      "password",  "passwort",   "patrick",       "pepper",     "phoenix",
    "pokemon",    "postgres",  "princess",   "private",       "purple",     "qazwsx",
    "qazwsxedc",  "rainbow",   "rangers",    "realmadrid",    "robert",     "root",
    "samantha",   "samsung",   "scooter",    "secret",        "secure",     "security",
    "server",     "service",   "shadow",     "silver",        "slipknot",   "snoopy",
    "soccer",     "sophie",    "spring",     "starwars",      "steelers",   "summer",
    "sunflower",  "sunshine",  "superman",   "superstar",     "support",    "sweety",
    "sysadmin",   "system",    "teamo",      "temp",          "temppass",   "test",
    "testing",    "thomas",    "tigger",     "trustno",       "ubuntu",     "unknown",
    "user",       "victoria",  "website",    "welcome",       "welcometo",  "whatever",
    "william",    "winter",    "worker",     "yankees",       "yellow",     "zxcvbn",
};

/* In either direction; rows and columns of the keyboard, the alphabet, the digits. */
static const char *const runs[] = {
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "qwertzuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "yxcvbnm",
    "azertyuiop",
    "!@#$%^&*()",
    "1qaz2wsx3edc4rfv5tgb",
    "1q2w3e4r5t6y7u8i9o",
    "q1w2e3r4t5y6",
    "qazwsxedcrfvtgb",
};

/* `c` is not NUL. */
static char plain_letter(char c) {
    static const char from[] = "013457@$!", to[] = "oieastasi";
    const char *at = strchr(from, c);
    return at ? to[at - from] : c;
}

/* The letters between leading and trailing digits and signs; then, with `look_alikes`, the signs
 * within as the letters that they stand for. */
static void word_of(const char *password, bool look_alikes, char word[WORD_MAX + 1]) {
    size_t begin = 0, end = strlen(password), len = 0;
    while (begin < end && !isalpha((unsigned char)password[begin]))
        begin++;
    while (end > begin && !isalpha((unsigned char)password[end - 1]))
        end--;
    for (; begin < end && len < WORD_MAX; begin++) {
        char c = (char)tolower((unsigned char)password[begin]);
        word[len++] = look_alikes ? plain_letter(c) : c;
    }
    word[len] = '\0';
}

static bool is_common_word(const char *password, const char *username) {
    for (int look_alikes = 0; look_alikes < 2; look_alikes++) {
        char word[WORD_MAX + 1];
        word_of(password, look_alikes, word);
        if (*word && strcasecmp(word, username) == 0)
            return true;
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            if (strcmp(word, words[i]) == 0)
                return true;
    }
    return false;
}

/* The password is longer than any of the pieces. */
static bool is_repeated(const char *password) {
    size_t len = strlen(password);
    _Static_assert((int)PIECE_MAX < (int)PASSWORD_BYTES_MIN, "pieces are shorter than passwords");
    for (size_t piece = 1; piece <= PIECE_MAX; piece++)
        if (strncmp(password, password + piece, len - piece) == 0)
            return true;
    return false;
}

static bool are_neighbours(char a, char b) {
    for (size_t i = 0; i < ARRAY_LEN(runs); i++)
        for (const char *at = runs[i]; at[1]; at++)
            if ((at[0] == a && at[1] == b) || (at[0] == b && at[1] == a))
                return true;
    return a == b;
}

/* All but a quarter of the steps lead to the same or a neighbouring key. */
static bool is_run(const char *password) {
    size_t steps = strlen(password) - 1, jumps = 0;
    for (const char *at = password; at[1]; at++)
        jumps += !are_neighbours((char)tolower((unsigned char)at[0]),
                                 (char)tolower((unsigned char)at[1]));
    return jumps * RUN_SHARE <= steps;
}

static bool are_few_digits(const char *password) {
    size_t len = strlen(password);
    return len <= DIGITS_MAX && strspn(password, "0123456789./- ") == len;
}

bool password_acceptable(const char *password, const char *username, struct error *err) {
    size_t len = strlen(password);
    if (len < PASSWORD_BYTES_MIN || len > PASSWORD_BYTES_MAX)
        return error_field(err, "password", "A password has %d to %d bytes.", PASSWORD_BYTES_MIN,
                           PASSWORD_BYTES_MAX);
    if (is_common_word(password, username) || is_repeated(password) || is_run(password) ||
        are_few_digits(password))
        return error_field(err, "password",
                           "This password is among the first that are guessed; take another.");
    return true;
}
