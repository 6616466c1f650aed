/* theme: which of light and dark is shown. Runs before the first paint, hence no module: it sets `berthTheme`. */
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
