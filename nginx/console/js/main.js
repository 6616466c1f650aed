/* main: starts the page. */
import { html, render, effect, signal } from "./lib.js";
import { session, expired } from "./api.js";
import { loadSession } from "./session.js";
import { startLive, stopLive } from "./live.js";
import { forgetAll } from "./store.js";
import { Shell } from "./shell.js";
import { Overlays } from "./ui/overlay.js";
import { Trouble } from "./ui/parts.js";

const failure = signal(null);

/* Who is signed in needs it only when the session has run out. */
const signin = signal(null);
effect(() => {
	if ((session.value === null || expired.value) && !signin.peek()) import("./views/signin.js").then((loaded) => (signin.value = loaded));
});

const App = () => {
	if (failure.value) return html`<main class="alone"><${Trouble} problem=${failure.value} retry=${begin} /></main>`;
	if (session.value === undefined || (session.value === null && !signin.value)) return html`<main class="alone" aria-busy="true"></main>`;
	if (session.value === null) return html`<${signin.value.SignIn} />`;
	return html`<${Shell} />${expired.value && signin.value && html`<${signin.value.SignInAgain} />`}`;
};

const begin = async () => {
	failure.value = null;
	try {
		await loadSession();
	} catch (problem) {
		failure.value = problem;
	}
};

let account = null;
effect(() => {
	const current = session.value;
	if (!current) {
		stopLive();
		if (current === null) forgetAll();
		account = null;
		return;
	}
	if (account && account !== current.username) forgetAll();
	account = current.username;
	startLive();
});

render(html`<${App} /><${Overlays} />`, document.getElementById("app"));
begin();
