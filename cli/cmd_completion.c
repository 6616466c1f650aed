/* cmd_completion: the scripts that make a shell ask `berth --generate-bash-completion`. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"

/* Bash breaks words at '=' and ':', and replaces only the last piece. */
static const char bash_script[] =
    "# bash completion of berth\n"
    "_berth() {\n"
    "    local line=${COMP_LINE:0:COMP_POINT} words current cut out\n"
    "    read -ra words <<<\"$line\"\n"
    "    current=\n"
    "    if [[ $line != *[[:space:]] ]]; then\n"
    "        current=${words[-1]}\n"
    "    else\n"
    "        words+=(\"\")\n"
    "    fi\n"
    "    COMPREPLY=()\n"
    "    out=$(command \"${words[0]}\" --generate-bash-completion \"${words[@]:1}\" 2>/dev/null)\n"
    "    if [[ $out == :files ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"${current##*=}\")\n"
    "        return\n"
    "    fi\n"
    "    cut=${current%\"${current##*[=:]}\"}\n"
    "    while IFS=$'\\t' read -r word _; do\n"
    "        [[ -n $word ]] && COMPREPLY+=(\"${word#\"$cut\"}\")\n"
    "    done <<<\"$out\"\n"
    "}\n"
    "complete -F _berth berth\n";

static const char zsh_script[] =
    "#compdef berth\n"
    "# zsh completion of berth\n"
    "_berth() {\n"
    "    local out line name\n"
    "    local -a candidates\n"
    "    out=$(command $words[1] --generate-bash-completion \"${(@)words[2,CURRENT]}\" "
    "2>/dev/null)\n"
    "    if [[ $out == :files ]]; then\n"
    "        _files\n"
    "        return\n"
    "    fi\n"
    "    for line in ${(f)out}; do\n"
    "        name=${${line%%$'\\t'*}//:/\\\\:}\n"
    "        if [[ $line == *$'\\t'* ]]; then\n"
    "            candidates+=(\"$name:${line#*$'\\t'}\")\n"
    "        else\n"
    "            candidates+=(\"$name\")\n"
    "        fi\n"
    "    done\n"
    "    _describe berth candidates\n"
    "}\n"
    "if [[ $funcstack[1] == _berth ]]; then\n"
    "    _berth \"$@\"\n"
    "else\n"
    "    compdef _berth berth\n"
    "fi\n";

static const char fish_script[] =
    "# fish completion of berth\n"
    "function __berth_complete\n"
    "    set -l words (commandline -opc) (commandline -ct)\n"
    "    set -l out (command $words[1] --generate-bash-completion $words[2..-1] 2>/dev/null)\n"
    "    if test \"$out\" = :files\n"
    "        __fish_complete_path (commandline -ct)\n"
    "    else\n"
    "        printf '%s\\n' $out\n"
    "    end\n"
    "end\n"
    "complete -c berth -f -a '(__berth_complete)'\n";

bool cmd_completion(struct cli *cli, struct error *err) {
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        if (strcmp(cli_argument(cli, 0), scripts[i].shell) == 0) {
            fputs(scripts[i].script, stdout);
            return true;
        }
    return error_field(err, "shell", "There is completion for bash, zsh and fish, not for %s.",
                       cli_argument(cli, 0));
}
