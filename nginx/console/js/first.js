/* first: what does not wait for the modules: which of light and dark is shown, before the first paint, and the questions
 * to the server that the first view depends on, so that their answers come while the modules do. Hence no module: it sets
 * `berthTheme` and `berthAsked`. */
"use strict";
{
	const root = document.documentElement;
	const read = () => {
		try {
			return localStorage.getItem("berth-theme");
		} catch {
			return null;
		}
	};
	const apply = (choice) => {
		if (choice === "light" || choice === "dark") root.dataset.theme = choice;
		else delete root.dataset.theme;
	};
	apply(read());
	window.berthTheme = {
		/** @returns {"light"|"dark"|"system"} what was chosen */
		get: () => root.dataset.theme || "system",
		/** @param {"light"|"dark"|"system"} choice kept for this browser */
		set(choice) {
			apply(choice);
			try {
				if (choice === "system") localStorage.removeItem("berth-theme");
				else localStorage.setItem("berth-theme", choice);
			} catch {
				/* it lasts as long as the page does */
			}
		},
		/** @returns {boolean} is it dark that is shown? */
		isDark: () =>
			root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches,
	};
}
{
	/* What store.js asks for then, word for word: api.js takes each answer once. */
	const shell = ["/auth/session", "/api/engines", "/api/containers?summary=true", "/api/operations?limit=100"];
	const overview = ["/api/cluster/info", "/api/events?count=60", "/api/cluster/info/check"];
	const asked = new Map();
	const ask = (path) => {
		const answer = fetch(path, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" });
		answer.catch(() => {}); /* whoever takes it hears of it */
		asked.set(path, answer);
	};
	let known = null;
	try {
		known = localStorage.getItem("berth-session");
	} catch {
		/* then each is asked for in its turn */
	}
	if (known === "1") [...shell, ...(/^(#\/?)?$/.test(location.hash) ? overview : [])].forEach(ask);
	else if (known) ask(shell[0]); /* the role does not show all of it */
	window.berthAsked = asked;
}
