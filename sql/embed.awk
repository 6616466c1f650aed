# embed.awk: SQL files -> C. `header=1` writes declarations, `header=0` definitions.
# sql/query/NAME.sql becomes `const struct sql_statement sql_NAME`; its number of parameters is the highest
# $n in it. sql/schema/NNN_NAME.sql becomes a row of `sql_migrations`, in the order of the arguments.
function quote(line) {
    gsub(/\\/, "\\\\", line)
    gsub(/"/, "\\\"", line)
    return "    \"" line "\\n\"\n"
}
function flush_file() {
    if (name == "")
        return
    if (schema) {
        migrations = migrations "    {\"" name "\",\n" body "    },\n"
        migration_count++
    } else if (header)
        printf "extern const struct sql_statement sql_%s;\n", name
    else
        printf "const struct sql_statement sql_%s = {\"%s\",\n%s    , %d};\n\n", name, name, body, params
    if (!schema)
        statements = statements "    &sql_" name ",\n"
}
BEGIN {
    print "/* Made from sql/ by embed.awk: do not edit. */"
    if (header) {
        print "#pragma once\n\n#include <stddef.h>\n\n#include \"core/store/db.h\"\n"
        print "struct sql_migration {\n    const char *name;\n    const char *text;\n};\n"
        print "extern const struct sql_migration sql_migrations[];\nextern const size_t sql_migration_count;"
        print "extern const struct sql_statement *const sql_statements[];\nextern const size_t sql_statement_count;\n"
    } else
        print "#include \"sql/statements.h\"\n"
}
FNR == 1 {
    flush_file()
    schema = FILENAME ~ /\/schema\//
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.sql$/, "", name)
    body = ""
    params = 0
}
{
    line = $0
    if (!schema && line ~ /^--/)
        next
    body = body quote(line)
    while (match(line, /\$[0-9]+/)) {
        n = substr(line, RSTART + 1, RLENGTH - 1) + 0
        if (n > params)
            params = n
        line = substr(line, RSTART + RLENGTH)
    }
}
END {
    flush_file()
    if (!header) {
        printf "const struct sql_migration sql_migrations[] = {\n%s};\n", migrations
        printf "const size_t sql_migration_count = %d;\n\n", migration_count
        printf "const struct sql_statement *const sql_statements[] = {\n%s};\n", statements
        print "const size_t sql_statement_count = sizeof sql_statements / sizeof *sql_statements;"
    }
}
