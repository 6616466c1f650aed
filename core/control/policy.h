/* policy: what a role may do: grants of a path with everything below it, to read or to write, and
 * options, each by its name (core/control/policy_spec.h). */
#pragma once

#include <stdbool.h>

enum access { ACCESS_READ, ACCESS_WRITE };

/* `grants`: lines "read PATH", "write PATH" or "option NAME", as the database makes them of the
 * role's document; `path` is canonical. A grant covers its path and what follows it after a '/';
 * write includes read; "/" covers all. What is not granted is refused, and lines that are not of
 * this form grant nothing. NULL: no grants. */
bool policy_allows(const char *grants, const char *path, enum access access);

/* Whoever may write everything ("write /") may use every option; others those that a line names. */
bool policy_has_option(const char *grants, const char *option);

/* Are the rights `wanted` (lines of the same form) all among `grants`? Who has the latter may then
 * give the former. */
bool policy_covers(const char *grants, const char *wanted);
