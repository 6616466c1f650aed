/* parts: the small pieces that every view is made of, icons and an engine's health among them. */
import { html, useEffect, useSignal, signal } from "../lib.js";
import { adviceFor } from "../api.js";
import { ago, moment, memory, cores, percent, roundTrip } from "../format.js";

/* Icons are 16 by 16, drawn with the colour of the text. They are decoration: the word stands beside them, or is the label.
 * Paths that are stroked; after | those that are filled. */
const paths = {
	/* shapes of states: told apart without their colour */
	disc: "|M8 3.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z",
	square: "M4 4h8v8H4z",
	cross: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.9 5.9l4.2 4.200M10.100 5.900 5.900 10.100",
	check: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM5.300 8.200l1.900 1.900 3.500-4",
	triangle: "M8 2.300 14.300 13.300H1.700zM8 6.500v3M8 11.300v.1",
	loop: "M13.200 8a5.200 5.200 0 1 1-1.600-3.800M13.300 1.800v2.900h-2.900M8 5.500v3M8 10.600v.1",
	ring: "M8 2.500A5.500 5.500 0 1 1 2.500 8",
	pause: "M5.500 3.500v9M10.500 3.500v9",
	question: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM6.300 6.300c0-2.200 3.400-2.200 3.400 0 0 1.300-1.700 1.400-1.700 2.700M8 11.300v.1",
	hourglass: "M4.500 2h7M4.500 14h7M5 2c0 3.500 2.500 4 3 6-.5 2-3 2.500-3 6M11 2c0 3.500-2.500 4-3 6 .5 2 3 2.500 3 6",
	unplugged: "M2 14l2.500-2.500M4 8.500l3.500 3.500-1.200 1.200a2.500 2.500 0 0 1-3.500-3.500zM14 2l-2.500 2.500M12 7.500 8.500 4l1.200-1.200a2.500 2.500 0 0 1 3.500 3.500zM6.500 9.500 8 8M8 11l1.500-1.500",
	drain: "M3 2.500h10l-3.700 5v4l-2.600 2v-6z",
	lock: "M4 7h8v6.500H4zM5.500 7V5a2.500 2.500 0 0 1 5 0v2",
	/* places */
	overview: "M2.500 2.500h4.500v6H2.500zM9 2.500h4.500v3.500H9zM9 8h4.500v5.500H9zM2.500 10.500h4.500v3H2.500z",
	containers: "M8 1.800 13.700 4.800v6.400L8 14.200 2.300 11.200V4.800zM2.500 4.900 8 7.900l5.500-3M8 8v6",
	engines: "M2.500 2.500h11v4.500h-11zM2.500 9h11v4.500h-11zM5 4.750h.1M5 11.250h.1",
	history: "M2.500 8a5.500 5.500 0 1 0 1.700-4M2.300 2v2.500h2.500M8 5v3.300l2 1.200",
	operations: "M2 8h2.500l2-5 3 10 2-5H14",
	accounts: "M8 2.500a2.750 2.750 0 1 1 0 5.500 2.750 2.750 0 0 1 0-5.500zM2.500 13.500c.6-2.500 2.700-3.700 5.500-3.700s4.900 1.200 5.500 3.700",
	run: "|M5 3.200v9.600c0 .5.500.800.900.500l7-4.800c.400-.3.400-.8 0-1.100l-7-4.700c-.4-.3-.9 0-.9.500z",
	/* doing */
	play: "M5 3.300v9.400L12.500 8z",
	stop: "M4 4h8v8H4z",
	restart: "M13 8a5 5 0 1 1-1.500-3.600M13.200 1.800v2.900h-2.900",
	trash: "M2.500 4.500h11M6 4.500V2.500h4v2M4 4.500l.6 9h6.800l.6-9M6.500 7v4M9.500 7v4",
	scale: "M2.500 5.500h6v8h-6zM6 5.500v-3h7.500V11H8.500",
	plus: "M8 3v10M3 8h10",
	minus: "M3 8h10",
	more: "|M8 2.500a1.250 1.250 0 1 1 0 2.500 1.250 1.250 0 0 1 0-2.500zM8 6.750a1.250 1.250 0 1 1 0 2.500 1.250 1.250 0 0 1 0-2.500zM8 11a1.250 1.250 0 1 1 0 2.500A1.250 1.250 0 0 1 8 11z",
	search: "M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9zM10.300 10.300 13.500 13.500",
	close: "M4 4l8 8M12 4l-8 8",
	copy: "M5.500 5.500h8v8h-8zM3.500 10.500h-1v-8h8v1",
	terminal: "M1.800 3h12.400v10H1.800zM4.300 6l2 2-2 2M8 10h3.500",
	download: "M8 2v8M4.800 7.200 8 10.400l3.200-3.200M2.500 13.500h11",
	external: "M9 2.500h4.500V7M13.300 2.700 7.500 8.500M11.500 9.500v4h-9v-9h4",
	down: "M4 6l4 4 4-4",
	up: "M4 10l4-4 4 4",
	right: "M6 4l4 4-4 4",
	left: "M10 4 6 8l4 4",
	sun: "M8 5.200a2.800 2.800 0 1 1 0 5.600 2.800 2.800 0 0 1 0-5.600zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M12.600 3.400l-.9.9M4.300 11.700l-.9.9",
	moon: "M13.500 9.500A6 6 0 0 1 6.500 2.500a5.800 5.800 0 1 0 7 7z",
	auto: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z|M8 3.500v9a4.500 4.500 0 0 0 0-9z",
	leave: "M6.500 2.500h-4v11h4M6 8h7.500M10.500 5l3 3-3 3",
	key: "M5.200 7.300a2.700 2.700 0 1 1 0 5.400 2.700 2.700 0 0 1 0-5.400zM7.200 8.300l5.800-5.800M10.500 5l2 2",
	shield: "M8 1.800 13.300 3.700v4c0 3.200-2.200 5.300-5.300 6.500-3.100-1.200-5.300-3.300-5.300-6.500v-4zM5.700 7.900l1.700 1.700 3-3.300",
	filter: "M2 4h12M4.500 8h7M6.800 12h2.400",
	wrap: "M2 4h12M2 8h9.500a2 2 0 0 1 0 4.500H8.500M10 11l-1.700 1.500L10 14M2 12.500h3.500",
	clock: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.800V8l2.200 1.400",
	keyboard: "M1.500 4h13v8h-13zM4 6.700h.1M6.700 6.700h.1M9.300 6.700h.1M12 6.700h.1M5 9.500h6",
	info: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 7.300v3.500M8 5.100v.1",
	follow: "M8 2v9M4.500 7.800 8 11.300l3.500-3.500M3 14h10",
};

/** @param {{name: string, size?: number, class?: string, label?: string}} props label: when no word stands beside it */
export const Icon = ({ name, size = 16, class: more = "", label }) => {
	const [strokes, fills] = (paths[name] || paths.question).split("|");
	return html`<svg class=${"icon icon-" + name + " " + more} width=${size} height=${size} viewBox="0 0 16 16"
		role=${label ? "img" : undefined} aria-label=${label} aria-hidden=${label ? undefined : "true"}>
		${strokes && html`<path d=${strokes} />`}
		${fills && html`<path class="icon-fill" d=${fills} />`}
	</svg>`;
};

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

const BEATS = 60;
const BEAT_S = 5;

/** How many of the heartbeats were answered, in words. @param {(number|null)[]} strip */
export const stripWords = (strip) => {
	if (!strip?.length) return "No heartbeats are known yet";
	const missed = strip.filter((beat) => beat === null).length;
	const minutes = Math.round((strip.length * BEAT_S) / 60) || 1;
	const worst = Math.max(0, ...strip.filter((beat) => beat !== null));
	return `Heartbeats of the last ${minutes} min: ${missed ? `${missed} of ${strip.length} without an answer` : "all answered"}, slowest ${roundTrip(worst)}`;
};

/**
 * The last minutes' heartbeats: a bar for each five seconds, its height the round trip; a low red cross mark where none came.
 * @param {{strip: (number|null)[]|undefined, tall?: boolean}} props
 */
export const Strip = ({ strip, tall }) => {
	const beats = strip || [];
	const height = tall ? 40 : 20;
	/* A single slow one must not flatten all others. */
	const answered = beats.filter((beat) => beat !== null).sort((a, b) => a - b);
	const top = Math.max(1, (answered[Math.floor(answered.length * 0.9)] || 0) * 1.7);
	const pad = Math.max(0, BEATS - beats.length);
	/* All bars of a kind are one path: a pool of many engines would have thousands of elements. */
	const bar = (at, tallness) => `M${at * 4} ${height - tallness}h3v${tallness}h-3z`;
	const bars = { "beat-none": Array.from({ length: pad }, (_, i) => bar(i, 2)), "beat-missed": [], beat: [] };
	beats.slice(-BEATS).forEach((beat, i) =>
		beat === null
			? bars["beat-missed"].push(bar(pad + i, height))
			: bars.beat.push(bar(pad + i, Math.round(Math.min(height, Math.max(3, (beat / top) * height)) * 10) / 10)),
	);
	return html`<svg class="strip" viewBox=${`0 0 ${BEATS * 4} ${height}`} height=${height} preserveAspectRatio="none" role="img" aria-label=${stripWords(beats)}>
		<title>${stripWords(beats)}</title>
		${Object.entries(bars).map(([kind, of]) => of.length > 0 && html`<path key=${kind} class=${kind} d=${of.join("")} />`)}
	</svg>`;
};

/** What is reserved and used on an engine, as its record says; used is null where nobody tells. */
export const loadOf = ({ load = {}, used }) => ({
	cpus: (load.reserved_cpus ?? 0) + (load.foreign_cpus ?? 0),
	memory: (load.reserved_memory ?? 0) + (load.foreign_memory ?? 0),
	containers: (load.containers ?? 0) + (load.foreign_containers ?? 0),
	usedCpus: used?.cpus ?? null,
	usedMemory: used?.memory ?? null,
});

const Share = ({ of, whole, words, what, name, tone }) => {
	if (of === null) return html`<div class="meter-line muted" title="Its host does not tell: only berth-join does"><span>${what}</span><span></span><span>unknown</span></div>`;
	const share = percent(of, whole);
	return html`<div class="meter-line"><span class="muted">${what}</span><${Bar} label=${`${name}: ${words(of)} of ${words(whole)} ${what}`} parts=${[{ name: what, value: share, tone }]} /><span class=${share > 90 ? "tone-warn strong" : "strong"}>${Math.round(share)}%</span></div>`;
};

const Meter = ({ name, tone, reserved, used, whole, words }) => html`<div class="meter">
	<div class="spread meter-words"><span class="muted">${name}</span><span class="muted">${words(reserved)} / ${words(whole)}</span></div>
	<${Share} what="reserved" of=${reserved} whole=${whole} words=${words} name=${name} tone=${tone} />
	<${Share} what="used" of=${used} whole=${whole} words=${words} name=${name} tone=${tone + "-used"} />
</div>`;

/** CPU and memory of an engine or of the pool. @param {{load: object, cpus: number, memory: number}} props */
export const Meters = ({ load, cpus, memory: whole }) => html`
	<${Meter} name="CPU" tone="cpu" reserved=${load.cpus} used=${load.usedCpus} whole=${cpus} words=${cores} />
	<${Meter} name="Memory" tone="memory" reserved=${load.memory} used=${load.usedMemory} whole=${whole} words=${memory} />`;
