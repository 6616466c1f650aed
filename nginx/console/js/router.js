/* router: the view is what the address's hash says, #/path?name=value; and the keyboard, which leads there too. */
import { signal, computed, useLayoutEffect } from "./lib.js";

const parse = () => {
	const [path, query = ""] = location.hash.replace(/^#/, "").split("?");
	const parts = path.split("/").filter(Boolean).map(decode);
	return { path: "/" + parts.join("/"), parts, query: new URLSearchParams(query) };
};
const decode = (text) => {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
};

/** @type {{value: {path: string, parts: string[], query: URLSearchParams}}} */
export const route = signal(parse());
export const section = computed(() => route.value.parts[0] || "overview");

addEventListener("hashchange", () => {
	const next = parse();
	const moved = next.path !== route.value.path;
	route.value = next;
	if (moved) scrollTo(0, 0);
});

/**
 * The address of a view, for href.
 * @param {...string} parts segments of the path, in clear
 */
export const to = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");

/** Go to a view. @param {string} href as `to` gives it, a query may follow */
export const go = (href) => {
	location.hash = href;
};

/**
 * One parameter of the address's query; filters live there, so that an address can be sent to somebody.
 * @param {string} name
 * @param {string} fallback what is meant when it is missing
 */
export const param = (name, fallback = "") => route.value.query.get(name) ?? fallback;

/**
 * Set parameters of the query without a new entry in the browser's history.
 * @param {Object<string, string|null|undefined>} changes an empty value takes the parameter away
 */
export const setParams = (changes) => {
	const query = new URLSearchParams(route.value.query);
	for (const [name, value] of Object.entries(changes)) {
		if (value === "" || value === null || value === undefined) query.delete(name);
		else query.set(name, value);
	}
	const text = query.toString();
	const path = location.hash.replace(/^#/, "").split("?")[0] || "/";
	history.replaceState(null, "", "#" + path + (text ? "?" + text : ""));
	route.value = parse();
};

const places = {
	o: ["#/", "Overview"],
	c: ["#/containers", "Containers"],
	e: ["#/engines", "Engines"],
	h: ["#/history", "History"],
	p: ["#/operations", "Operations"],
	a: ["#/accounts", "Accounts"],
	r: ["#/run", "Run containers"],
};

/** What the help shows: [keys, meaning]. */
export const general = [
	["/", "Search"],
	...Object.entries(places).map(([letter, [, name]]) => ["g " + letter, "Go to " + name]),
	["?", "This help"],
	["Esc", "Close, or leave the search"],
];

const layers = [];
let prefix = "";
let prefixTimer = 0;

const isTyping = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

addEventListener("keydown", (event) => {
	if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
	if (isTyping(event.target)) {
		if (event.key === "Escape" && event.target.type === "search") event.target.blur();
		return;
	}
	if (document.querySelector("dialog[open]")) return;
	if (prefix === "g" && places[event.key]) {
		prefix = "";
		event.preventDefault();
		go(places[event.key][0]);
		return;
	}
	prefix = "";
	if (event.key === "g") {
		prefix = "g";
		clearTimeout(prefixTimer);
		prefixTimer = setTimeout(() => (prefix = ""), 1500);
		return;
	}
	for (let i = layers.length - 1; i >= 0; i--) {
		const action = layers[i][event.key];
		if (!action) continue;
		event.preventDefault();
		action(event);
		return;
	}
	if (event.key === "/") {
		const field = document.querySelector("main input[type=search]");
		event.preventDefault();
		if (field) field.focus();
		else go("#/containers?focus=search");
	}
});

/**
 * Keys of a view, while it is there.
 * @param {Object<string, (event: KeyboardEvent) => void>} map by KeyboardEvent.key
 */
export const useKeys = (map) => {
	/* Before anything is shown: a key that is pressed at once finds what is there now. */
	useLayoutEffect(() => {
		layers.push(map);
		return () => layers.splice(layers.indexOf(map), 1);
	});
};
