/* keys: the keyboard. A view adds its own keys while it is shown. */
import { useEffect } from "./lib.js";
import { go } from "./router.js";

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
	useEffect(() => {
		layers.push(map);
		return () => layers.splice(layers.indexOf(map), 1);
	});
};
