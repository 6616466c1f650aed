# embed.awk: a text file -> a C string; `name` is the array's.
BEGIN {
    print "/* Made by embed.awk: do not edit. */\n#include \"fcgi/openapi.h\"\n"
    printf "const char %s[] =\n", name
}
{
    sub(/^ +/, "")
    gsub(/\\/, "&&")
    gsub(/"/, "\\\"")
    print "    \"" $0 "\\n\""
}
END { print "    \"\";" }
