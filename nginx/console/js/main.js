/* main: starts the page, and what stands around every view: places to go, the stream's state, the account. */
import { html, signal, effect, useSignal, useEffect, render } from "./lib.js";
import { route, section, useKeys, general } from "./router.js";
import { session, Problem, signOut, may, mayReadAccounts, mayChangeContainers, expired, loadSession } from "./api.js";
import { liveState, containers, engines, operations, startLive, stopLive, forgetAll } from "./store.js";
import { containerState, engineState, isProblem } from "./state.js";
import { Head, Icon, Segments, Skeleton, Trouble, Empty } from "./ui/parts.js";
import { Popover, Dialog, note, Overlays } from "./ui/overlay.js";
import { Overview } from "./views/overview.js";

/* The overview is part of the first load; the others come when they are gone to, or when there is time. */
const loaders = {
	containers: () => import("./views/containers.js"),
	container: () => import("./views/container.js"),
	run: () => import("./views/run.js"),
	engines: () => import("./views/engines.js"),
	engine: () => import("./views/engine.js"),
	history: () => import("./views/history.js"),
	operations: () => import("./views/operations.js"),
	operation: () => import("./views/operation.js"),
	accounts: () => import("./views/accounts.js"),
};

const view = signal({ key: "overview", component: Overview });

const keyOf = ({ parts }) => {
	const first = parts[0] || "overview";
	const inner = { containers: "container", engines: "engine", operations: "operation" }[first];
	return parts[1] && inner ? inner : first;
};

const loaded = new Map([["overview", Overview]]);
const load = async (key) => {
	if (!loaded.has(key)) loaded.set(key, (await loaders[key]()).View);
	return loaded.get(key);
};

effect(() => {
	const key = keyOf(route.value);
	if (loaded.has(key)) {
		view.value = { key, component: loaded.get(key) };
		return;
	}
	if (!loaders[key]) {
		view.value = { key, component: Nowhere };
		return;
	}
	load(key).then(
		(component) => keyOf(route.peek()) === key && (view.value = { key, component }),
		() =>
			(view.value = {
				key,
				component: () => html`<${Trouble} problem=${new Problem({ title: "This view could not be loaded", detail: "The server does not give its file.", code: "network" })} retry=${() => location.reload()} />`,
			}),
	);
});

/** Fetch the other views while nothing else is to be done. */
const prefetch = () => Object.keys(loaders).forEach((key) => load(key).catch(() => {}));
setTimeout(() => (window.requestIdleCallback ? requestIdleCallback(prefetch) : prefetch()), 1500);

const Nowhere = () => html`<div class="empty"><h2>There is no such view</h2><p class="quiet"><a class="link" href="#/">Go to the overview</a></p></div>`;

/* What a view shows, where that is not for every role. */
const needs = { containers: "/api/containers", engines: "/api/engines", history: "/api/events", operations: "/api/operations" };
const isShown = (place) => !needs[place] || may("read", needs[place]);

const places = () =>
	[
		{ key: "overview", name: "Overview", href: "#/", keys: "g o" },
		{ key: "containers", name: "Containers", href: "#/containers", keys: "g c" },
		{ key: "engines", name: "Engines", href: "#/engines", keys: "g e" },
		{ key: "history", name: "History", href: "#/history", keys: "g h" },
		{ key: "operations", name: "Operations", href: "#/operations", keys: "g p" },
		mayReadAccounts.value ? { key: "accounts", name: "Accounts", href: "#/accounts", keys: "g a" } : { key: "accounts", name: "My account", href: "#/accounts", keys: "g a" },
	].filter((one) => isShown(one.key));

/* What cannot be reached is its engine's problem, which is counted there. */
const isAlarm = (state) => state.tone === "bad" && state.key !== "unreachable";

const alarms = {
	containers: () => containers.data.value.filter((one) => isAlarm(containerState(one))).length,
	engines: () => engines.data.value.filter((one) => isProblem(engineState(one))).length,
	operations: () => operations.data.value.filter((one) => one.state === "running").length,
};

const Alarm = ({ place }) => {
	const n = alarms[place]?.() || 0;
	if (!n) return null;
	const busy = place === "operations";
	return html`<span class=${"nav-count " + (busy ? "nav-count-busy" : "")} aria-label=${busy ? `, ${n} running` : `, ${n} with a problem`}>${n > 99 ? "99+" : n}</span>`;
};

const liveWords = {
	off: ["idle", "square", "Not live"], /* the role does not show events */
	connecting: ["busy", "ring", "Connecting"],
	live: ["ok", "disc", "Live"],
	waiting: ["warn", "unplugged", "Reconnecting"],
};

const liveTitles = {
	off: "Your role does not show events: the page asks every few seconds instead.",
	waiting: "The stream of events is cut off; the page tries again and asks meanwhile.",
};

const Live = () => {
	const [tone, shape, word] = liveWords[liveState.value];
	return html`<span class=${"live tone-" + tone} role="status" title=${liveTitles[liveState.value] || "What happens in the pool shows here by itself."}>
		<${Icon} name=${shape} size=${12} class=${shape === "ring" ? "turning" : ""} /><span>${word}</span></span>`;
};

const Theme = () => {
	const choice = useSignal(window.berthTheme.get());
	return html`<${Segments} label="Colours" value=${choice.value} onChange=${(next) => {
		window.berthTheme.set(next);
		choice.value = next;
		dispatchEvent(new Event("berth-theme"));
	}} of=${[
		["light", html`<${Icon} name="sun" /> Light`],
		["dark", html`<${Icon} name="moon" /> Dark`],
		["system", html`<${Icon} name="auto" /> System`],
	]} />`;
};

const help = signal(false);

const Account = () => html`
	<${Popover} label="Account and settings" icon="accounts" text=${session.value.username} kind="ghost">${(close) => html`
		<div class="stack account-panel">
			<div><p class="strong break">${session.value.username}</p><p class="muted">role ${session.value.role?.name || session.value.role}</p></div>
			<${Theme} />
			<button type="button" class="menu-item" onClick=${() => {
				close();
				help.value = true;
			}}><${Icon} name="keyboard" /><span>Keyboard</span><kbd aria-hidden="true">?</kbd></button>
			<a class="menu-item" href="#/accounts?tab=tokens" onClick=${close}><${Icon} name="key" /><span>Tokens and password</span></a>
			<button type="button" class="menu-item" onClick=${() => {
				close();
				signOut().catch((problem) => note({ tone: "bad", text: problem.title, detail: problem.detail }));
			}}><${Icon} name="leave" /><span>Sign out</span></button>
		</div>`}</${Popover}>`;

const Help = () =>
	help.value &&
	html`<${Dialog} title="Keyboard" onClose=${() => (help.value = false)}>
		<div class="dialog-body keys">
			${[...general, ["j  k", "Next or previous row of a list"], ["x", "Select the row"], ["Enter", "Open the row"]].map(
				([keys, meaning]) => html`<div class="spread" key=${keys}><span>${meaning}</span><span class="line tight">${keys.split(/ +/).map((one) => html`<kbd key=${one}>${one}</kbd>`)}</span></div>`,
			)}
		</div>
	</${Dialog}>`;

const Place = ({ place }) => html`
	<a class="nav-link" href=${place.href} aria-current=${section.value === place.key ? "page" : undefined} title=${`${place.name} (${place.keys})`}>
		<${Icon} name=${place.key} /><span>${place.name}</span><${Alarm} place=${place.key} />
	</a>`;

const Barred = ({ place }) => html`
	<${Head} title=${place[0].toUpperCase() + place.slice(1)} />
	<${Empty} icon="lock" title="Your role does not show this"><p>Ask an administrator for a role that grants to read <code>${needs[place]}</code>.</p></${Empty}>`;

export const Shell = () => {
	useKeys({ "?": () => (help.value = true) });
	/* The counts beside the places are right in every view. */
	useEffect(() => {
		const used = [engines, containers, operations].map((one) => one.use());
		return () => used.forEach((end) => end());
	}, []);
	const there = keyOf(route.value);
	const { component: Current, key } = view.value; /* of the place before, until the next one's file is there */
	return html`
		<a class="skip" href="#main" onClick=${(event) => {
			event.preventDefault();
			document.querySelector("main h1")?.focus();
		}}>Skip to the content</a>
		<div class="shell">
			<header class="side">
				<a class="brand" href="#/" aria-label="berth, to the overview"><img src="icon.svg" width="24" height="24" alt="" /><span>berth</span></a>
				<nav class="nav" aria-label="Views">${places().map((place) => html`<${Place} key=${place.key} place=${place} />`)}</nav>
				${mayChangeContainers.value && html`<a class="button button-primary side-run" href="#/run" aria-current=${section.value === "run" ? "page" : undefined}><${Icon} name="plus" /><span>Run containers</span></a>`}
				<div class="side-foot"><${Live} /><${Account} /></div>
			</header>
			<main id="main" class="main" key=${there + (route.value.parts[1] || "")}>${!isShown(section.value) ? html`<${Barred} place=${section.value} />` : Current && key === there ? html`<${Current} />` : html`<${Skeleton} rows=${6} />`}</main>
		</div>
		<${Help} />`;
};

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
