#!/bin/bash
# console: index.html preloads exactly the modules that the first view needs, and no page does what its policy forbids.
. tests/lint/common.sh
CONSOLE=nginx/console

# What a module imports when it is loaded, as paths from the console's folder.
imports_of() {
	sed -nE 's/^(import|export) .* from "(\.[^"]*)";$/\2/p; s/^.*[;"} ]from"(\.[^"]*)".*$/\1/p' "$CONSOLE/$1" |
		while read -r path; do realpath -m --relative-to="$CONSOLE" "$CONSOLE/$(dirname "$1")/$path"; done
}

# main.js and all that it needs.
closure() {
	local -a todo=("$1")
	local -A seen=()
	while [ ${#todo[@]} -gt 0 ]; do
		local module=${todo[0]}
		todo=("${todo[@]:1}")
		[ -n "${seen[$module]:-}" ] && continue
		seen[$module]=1
		mapfile -t -O ${#todo[@]} todo < <(imports_of "$module"; grep -oE 'from"\./[a-z-]+\.js"' "$CONSOLE/$module" | sed -E "s#from\"\./(.*)\"#$(dirname "$module")/\1#")
	done
	printf '%s\n' "${!seen[@]}" | LC_ALL=C sort
}

problems() {
	diff <(closure js/main.js | grep -vx js/main.js) \
		<(sed -nE 's#^<link rel="modulepreload" href="(.*)">$#\1#p' "$CONSOLE/index.html" | LC_ALL=C sort) |
		sed -nE 's#^< (.*)#index.html: \1 is not preloaded#p; s#^> (.*)#index.html: \1 is preloaded, but not needed at first#p'
	grep -nE '<[^>]* (style|on[a-z]+)=|<style|<script>' "$CONSOLE/index.html"
	grep -rnE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|dangerouslySet' "$CONSOLE/js"
	find "$CONSOLE/js" "$CONSOLE/css" -type f -print0 | xargs -0 wc -l | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines" }'
}
if [ "${1:-}" = --print ]; then
	closure js/main.js | grep -vx js/main.js | sed 's#.*#<link rel="modulepreload" href="&">#'
	exit
fi
lint_end console "$(problems)"
