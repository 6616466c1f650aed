/* parts: the small pieces that every view is made of. */
import { html, useEffect, useSignal, signal } from "../lib.js";
import { Icon } from "./icons.js";
import { adviceFor } from "../api.js";
import { ago, moment } from "../format.js";

/** Ticks once a second, for times that are told as "5s ago". */
export const now = signal(Date.now());
setInterval(() => {
	if (!document.hidden) now.value = Date.now();
}, 1000);

/** A state: shape, word and tone; its reason on request. @param {{of: import("../state.js").State, why?: boolean}} props */
export const StateMark = ({ of, why = false }) => html`
	<span class=${"state tone-" + of.tone} title=${of.why || undefined}>
		<${Icon} name=${of.shape} size=${14} class=${of.shape === "ring" ? "turning" : ""} />
		<span class="state-word">${of.word}</span>
		${why && of.why && html`<span class="state-why">${of.why}</span>`}
	</span>`;

/** A number of a tone, as in "3 failed". */
export const Badge = ({ tone = "idle", icon, children }) => html`
	<span class=${"badge badge-" + tone}>${icon && html`<${Icon} name=${icon} size=${12} />`}${children}</span>`;

/** An image's name: where room is short its registry gives way first. @param {{name: string|null}} props */
export const Image = ({ name }) => {
	const at = (name || "").lastIndexOf("/") + 1;
	return html`<span class="image" title=${name}>${at > 0 && html`<span class="muted cut">${name.slice(0, at)}</span>`}<span class="image-name cut">${name ? name.slice(at) : "–"}</span></span>`;
};

/** A time, told as how long ago; the whole of it as a tooltip. */
export const Ago = ({ time }) =>
	time ? html`<time dateTime=${time} class="nowrap" onPointerEnter=${(event) => (event.currentTarget.title = moment(time))}>${ago(time, now.value)}</time>` : html`<span class="muted">–</span>`;

/**
 * A button. @param {{kind?: "plain"|"primary"|"danger"|"ghost", icon?: string, label?: string, busy?: boolean}} props
 *   label: its name, when it shows an icon only
 */
export const Button = ({ kind = "plain", icon, label, busy, small, class: more = "", children, ...rest }) => html`
	<button type="button" class=${`button button-${kind} ${small ? "button-small" : ""} ${children ? "" : "button-square"} ${more}`}
		aria-label=${label} title=${label} aria-busy=${busy ? "true" : undefined} ...${rest} disabled=${rest.disabled || busy}>
		${busy ? html`<${Icon} name="ring" class="turning" />` : icon && html`<${Icon} name=${icon} />`}
		${children && html`<span>${children}</span>`}
	</button>`;

/** Something goes wrong: what, what to do, and by which id the log knows it. */
export const Trouble = ({ problem, retry }) => {
	if (!problem) return null;
	return html`<div class="trouble" role="alert">
		<${Icon} name="cross" size=${18} class="tone-bad" />
		<div class="stack trouble-text">
			<p><strong>${problem.title}</strong></p>
			<p class="break">${problem.detail}</p>
			${problem.engines && html`<ul class="trouble-list">${problem.engines.map((one) => html`<li key=${one.id}><strong>${one.id}</strong> ${one.reason}</li>`)}</ul>`}
			${adviceFor(problem) && html`<p class="quiet">${adviceFor(problem)}</p>`}
			${problem.request_id && html`<p class="muted"><small>Request <code>${problem.request_id}</code></small></p>`}
		</div>
		${retry && html`<${Button} small icon="restart" onClick=${retry}>Try again</${Button}>`}
	</div>`;
};

/** Nothing is here: says what to do next. */
export const Empty = ({ icon = "info", title, children }) => html`
	<div class="empty">
		<span class="empty-icon"><${Icon} name=${icon} size=${22} /></span>
		<h2>${title}</h2>
		<div class="quiet">${children}</div>
	</div>`;

/** Holds the place of what is being fetched. @param {{rows?: number}} props */
export const Skeleton = ({ rows = 3, class: more = "" }) => html`
	<div class=${"skeletons " + more} aria-hidden="true">${Array.from({ length: rows }, (_, i) => html`<div class="skeleton" key=${i}></div>`)}</div>`;

/** A view's heading with its actions. */
export const Head = ({ title, mark, about, back, children }) => {
	useEffect(() => {
		document.title = `${title} · berth`;
	}, [title]);
	return html`<header class="head">
		<div class="head-text">
			${back && html`<a class="head-back" href=${back.href}><${Icon} name="left" size=${14} />${back.name}</a>`}
			<div class="line"><h1 class="break" tabindex="-1">${title}</h1>${mark}</div>
			${about && html`<p class="muted">${about}</p>`}
		</div>
		<div class="head-actions">${children}</div>
	</header>`;
};

/** A titled box. */
export const Card = ({ title, id, aside, flush, class: more = "", children }) => html`
	<section class=${`card ${flush ? "card-flush" : ""} ${more}`} aria-labelledby=${title ? id || "card-" + title.replaceAll(" ", "-") : undefined}>
		${title && html`<div class="card-head"><h2 id=${id || "card-" + title.replaceAll(" ", "-")}>${title}</h2><div class="card-aside">${aside}</div></div>`}
		<div class="card-body">${children}</div>
	</section>`;

/** Pairs of a name and what it is. @param {{of: [string, any][]}} props empty ones are left out */
export const Facts = ({ of }) => html`
	<dl class="facts">${of.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd class="break">${value}</dd></div>`)}</dl>`;

/** Tabs that are links. @param {{of: {name: string, href: string, here: boolean, count?: number}[], label: string}} props */
export const Tabs = ({ of, label }) => html`
	<nav class="tabs" aria-label=${label}>${of.map((tab) => html`<a key=${tab.href} href=${tab.href} class="tab" aria-current=${tab.here ? "page" : undefined}>${tab.name}${tab.count !== undefined && html`<span class="tab-count">${tab.count}</span>`}</a>`)}</nav>`;

/** A search field, reached by "/". */
export const Search = ({ value, onInput, label, placeholder, auto }) => html`
	<div class="search">
		<${Icon} name="search" />
		<input type="search" value=${value} placeholder=${placeholder} aria-label=${label} autocomplete="off" spellcheck=${false}
			ref=${(node) => node && auto && !node.dataset.had && ((node.dataset.had = "1"), node.focus())}
			onInput=${(event) => onInput(event.currentTarget.value)} />
		<kbd aria-hidden="true">/</kbd>
	</div>`;

/** One of a few, as buttons side by side. @param {{of: [string, any][], value: string, onChange: (value: string) => void, label: string}} props */
export const Segments = ({ of, value, onChange, label }) => html`
	<div class="segments" role="group" aria-label=${label}>${of.map(([key, name]) => html`<button type="button" key=${key} class="segment" aria-pressed=${value === key ? "true" : "false"} onClick=${() => onChange(key)}>${name}</button>`)}</div>`;

/** Text with a button that copies it. */
export const Copyable = ({ text, label }) => {
	const done = useSignal(false);
	return html`<div class="copyable">
		<pre tabindex="0" aria-label=${label}>${text}</pre>
		<${Button} small icon=${done.value ? "check" : "copy"} label=${`Copy ${label}`} onClick=${async () => {
			await copyText(text);
			done.value = true;
			setTimeout(() => (done.value = false), 1500);
		}} />
	</div>`;
};

/** Put a text into the clipboard, and say so. */
export const copyText = async (text) => {
	await navigator.clipboard.writeText(text);
	announce("Copied.");
};

/** Tell a screen reader. @param {string} words */
export const announce = (words) => {
	document.getElementById("announce").textContent = words;
};

/** How full something is: one part in full, the rest of it weak. @param {{parts: {value: number, tone: string, name: string}[], label: string}} props values in percent */
export const Bar = ({ parts, label }) => {
	const sum = parts.reduce((total, part) => total + part.value, 0);
	return html`<div class="bar" role="img" aria-label=${label} title=${label}>
		${parts.map((part) => html`<span key=${part.name} class=${"bar-part bar-" + part.tone} style=${{ width: Math.min(100, (part.value / Math.max(100, sum)) * 100) + "%" }}></span>`)}
	</div>`;
};
