/* lib: the vendored libraries under the names that all modules use. */
import { htm, h, render, Fragment, useEffect, useLayoutEffect, useRef, useState, useMemo, useCallback, signal, computed, effect, batch, untracked, useSignal, useComputed } from "../vendor/libraries.js";

/** Template to virtual elements. Whatever stands in ${} becomes text, never markup. */
const html = htm.bind(h);

export { html, h, render, Fragment };
export { useEffect, useLayoutEffect, useRef, useState, useMemo, useCallback };
export { signal, computed, effect, batch, untracked, useSignal, useComputed };
