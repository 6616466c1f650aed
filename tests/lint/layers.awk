# layers.awk: base <- net, store <- control <- fcgi | keeper | cli; each library is known to one module; no SQL in C;
# no dangerous calls. Prints one line for each finding.
function allow(layer, list, n, i, words) {
    n = split(list, words, " ")
    for (i = 1; i <= n; i++)
        may[layer, words[i]] = 1
}
function layer_of(path) {
    if (path ~ /^core\//)
        return substr(path, 1, index(substr(path, 6), "/") + 4)
    return substr(path, 1, index(path, "/") - 1)
}
function complain(text) {
    print FILENAME ":" FNR ": " text
}
# The line without comments; texts become "". A comment may go on in the next line.
function code_of(line, result, at) {
    result = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (!at)
                return result
            line = substr(line, at + 2)
            in_comment = 0
        } else if (match(line, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/)) {
            result = result substr(line, 1, RSTART - 1)
            found = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
            if (found == "//")
                return result
            if (found == "/*")
                in_comment = 1
            else {
                result = result "\"\""
                texts = texts found "\n"
            }
        } else {
            result = result line
            line = ""
        }
    }
    return result
}
BEGIN {
    allow("core/base", "core/base")
    allow("core/net", "core/base core/net")
    allow("core/store", "core/base core/store sql")
    allow("core/control", "core/base core/net core/store core/control sql")
    allow("fcgi", "core/base core/net core/store core/control sql fcgi")
    allow("keeper", "core/base core/net core/store core/control sql keeper")
    allow("cli", "core/base core/net core/control cli")
    allow("sql", "core/base core/store sql")
    # Headers of libraries, and the one module whose files begin so.
    library["^curl/"] = "core/net/http"
    library["^libpq-fe\\.h$"] = "core/store/db"
    library["^fcgi"] = "fcgi/fcgx"
    library["^sodium"] = "core/base/password"
    library["^openssl/"] = "core/base/crypto"
    library["^json-c/"] = "core/base/json"
    library["^libsmartcols"] = "cli/render"
    banned = "system popen wordexp strcpy strcat strncat sprintf vsprintf gets sscanf atoi atol atoll atof strtok " \
        "mktemp tmpnam tempnam tmpfile alloca setjmp longjmp rand srand gmtime localtime asctime ctime " \
        "strerror_l gethostbyname readdir_r FCGX_OpenSocket FCGX_Accept FCGX_GetParam_r"
    gsub(/ /, "|", banned)
    banned = "(^|[^A-Za-z0-9_>.])(" banned ")[ \t]*\\("
    sql = "\"(SELECT |INSERT INTO |UPDATE [a-z_]+ SET |DELETE FROM |TRUNCATE |ALTER |DROP |GRANT |REVOKE |WITH [a-z_]+ AS |CREATE (TABLE|INDEX|ROLE|SCHEMA))"
}
FNR == 1 {
    layer = layer_of(FILENAME)
    product = layer != "tests"
    in_comment = 0
}
/^[ \t]*#[ \t]*include/ {
    if (!product)
        next
    header = $0
    sub(/^[^"<]*["<]/, "", header)
    sub(/[">].*/, "", header)
    if (/"/) {
        if (header != "config.h" && !((layer, layer_of(header)) in may))
            complain(layer " must not include " header)
    } else
        for (pattern in library)
            if (header ~ pattern && index(FILENAME, library[pattern]) != 1)
                complain(header " is known to " library[pattern] "* only")
    next
}
{
    texts = ""
    code = code_of($0)
    if (match(code, banned))
        complain("nobody calls " substr(code, RSTART, RLENGTH) "...)")
    if (product && texts ~ sql)
        complain("SQL belongs into sql/")
}
