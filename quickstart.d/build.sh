# Builds the tree out of place in build/, incrementally, and copies the programs into the stack.
# shellcheck shell=bash

PROGRAMS="berth berth-migrate berth-worker berth-keeper berth-join"

# The checkout may belong to an ordinary user: then the build is done as that user.
as_owner() {
	local owner
	owner=$(stat -c %U "$SOURCE")
	if [ "$owner" = root ] || [ "$owner" = UNKNOWN ]; then
		"$@"
	else
		runuser -u "$owner" -- "$@"
	fi
}

build_tree() { # LOG-DIRECTORY
	local log=$1/build.log
	as_owner mkdir -p "$BUILD"
	exec 8<"$BUILD"
	flock -w 900 8 || fail "another build in $BUILD does not end"
	if [ -e "$SOURCE/config.status" ]; then fail "the source directory itself is configured: make distclean there first"; fi
	: >"$log"
	if ! build_configured; then
		(cd "$SOURCE" && as_owner ./autogen.sh) </dev/null >>"$log" 2>&1 || fail "./autogen.sh failed" "$log"
		(cd "$BUILD" && as_owner "$SOURCE/configure") </dev/null >>"$log" 2>&1 || fail "./configure failed" "$log"
	fi
	as_owner make -C "$BUILD" -j "$(nproc)" </dev/null >>"$log" 2>&1 || fail "make failed" "$log"
	exec 8<&-
	did "built in $BUILD"
}

# Later changes of configure.ac and Makefile.am are noticed by make itself.
build_configured() { [ -x "$SOURCE/configure" ] && [ -f "$BUILD/Makefile" ]; }

# Copies, so that a stack does not change under a later build; a new file for each, so that proc_runs sees it.
build_deploy() {
	local name
	for name in $PROGRAMS; do
		[ -x "$BUILD/$name" ] || fail "the build made no $BUILD/$name"
		if ! cmp -s "$BUILD/$name" "$DIR/bin/$name"; then
			install -m 0755 "$BUILD/$name" "$DIR/bin/.$name.new"
			mv -f "$DIR/bin/.$name.new" "$DIR/bin/$name"
			changed
		fi
	done
}
