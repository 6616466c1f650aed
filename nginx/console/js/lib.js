/* lib: the vendored libraries under the names that all modules use. */
import { h, render, Fragment } from "../vendor/preact.js";
import { useEffect, useLayoutEffect, useRef, useState, useMemo, useCallback } from "../vendor/preact-hooks.js";
import { signal, computed, effect, batch, untracked, useSignal, useComputed } from "../vendor/signals.js";
import htm from "../vendor/htm.js";

/** Template to virtual elements. Whatever stands in ${} becomes text, never markup. */
const html = htm.bind(h);

export { html, h, render, Fragment };
export { useEffect, useLayoutEffect, useRef, useState, useMemo, useCallback };
export { signal, computed, effect, batch, untracked, useSignal, useComputed };
