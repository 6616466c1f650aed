#!/bin/bash
# The console's vendored files are those that vendor/VERSIONS names, byte for byte, each with its licence.
set -u
vendor=nginx/console/vendor
bad=0
say() {
	echo "vendor: $*" >&2
	bad=1
}
while read -r file package licence _ _ sum; do
	[[ $file == "#"* ]] && continue
	[ -n "$sum" ] || say "$file ($package, $licence): VERSIONS does not say its SHA-256"
	[ "$(sha256sum <"$vendor/$file" | cut -d' ' -f1)" = "$sum" ] || say "$file is not the one of $package"
done <"$vendor/VERSIONS"
for path in "$vendor"/*; do
	file=${path##*/}
	[ "$file" = VERSIONS ] || grep -q "^$file " "$vendor/VERSIONS" || say "$file is not named in VERSIONS"
done
exit $bad
