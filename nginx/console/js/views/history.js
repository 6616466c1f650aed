/* history: who did what, where and when; and that nobody has changed the tale. */
import { html, useEffect, useSignal, useMemo } from "../lib.js";
import { param, setParams } from "../router.js";
import { api } from "../api.js";
import { onEvent, engines } from "../store.js";
import { count, plural, moment } from "../format.js";
import { Head, Card, Empty, Trouble, Skeleton, Button, Segments } from "../ui/parts.js";
import { CopyAs, Popover } from "../ui/overlay.js";
import { Field } from "../ui/fields.js";
import { EventList } from "../ui/events.js";
import { Verification } from "../ui/verification.js";
import { exportEvents } from "../ui/export.js";

const PAGE = 100;
const spans = { "": "All", "1h": "1 h", "24h": "1 day", "7d": "7 days" };
const seconds = { "1h": 3600, "24h": 86400, "7d": 604800 };

const names = ["account", "type", "engine", "container", "tag"];

/* The address's filters as the API's. */
const queryOf = () => {
	const query = new URLSearchParams();
	for (const name of names) if (param(name)) query.set(name, param(name));
	const span = param("span");
	if (seconds[span]) query.set("since", String(Math.floor(Date.now() / 1000 / 60) * 60 - seconds[span]));
	for (const name of ["since", "until"]) if (param(name)) query.set(name, String(Math.floor(Date.parse(param(name)) / 1000)));
	return query;
};

const fits = (event, query) => {
	const has = (name, value) => !query.get(name) || query.get(name) === value;
	return has("account", event.account) && has("type", event.type) && has("engine", event.engine?.id) && (!query.get("container") || event.container?.id?.startsWith(query.get("container"))) && (!query.get("tag") || event.tags?.some((tag) => tag.toLowerCase() === query.get("tag").toLowerCase())) && !query.get("until");
};

const cliOf = (query) => ["events", String(PAGE), ...[...query].flatMap(([name, value]) => ["--" + name, value])];

export const View = () => {
	const events = useSignal(null);
	const cursor = useSignal("");
	const problem = useSignal(null);
	const busy = useSignal(false);
	const key = [...names, "span", "since", "until"].map((name) => param(name)).join("\n");
	const query = useMemo(queryOf, [key]);
	const load = async (from) => {
		busy.value = true;
		problem.value = null;
		const asked = new URLSearchParams(query);
		asked.set("count", String(PAGE));
		if (from) asked.set("cursor", from);
		try {
			const { document, response } = await api("/api/events?" + asked, { full: true });
			events.value = from ? [...events.value, ...document] : document;
			cursor.value = response.headers.get("X-Next-Cursor") || "";
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	useEffect(() => {
		events.value = null;
		load("");
		return onEvent((event) => {
			if (!event) load("");
			else if (events.value && fits(event, query) && !events.value.some((one) => one.id === event.id)) events.value = [event, ...events.value];
		});
	}, [key]);
	useEffect(() => engines.use(), []);
	const filtered = key.replaceAll("\n", "") !== "";
	const filter = (name, label, rest) => html`<${Field} name=${label} value=${param(name)} onInput=${(text) => setParams({ [name]: text })} ...${rest} />`;
	const action = { method: "GET", path: `/api/events?count=${PAGE}${[...query].length ? "&" + query : ""}`, cli: cliOf(query) };
	return html`
		<${Head} title="History" about="Who did what, where and when.">
			<${CopyAs} small=${false} actions=${[action]} />
			<${Popover} kind="plain" icon="download" text="Export" label="Export" role="menu">${(close) => ["csv", "json"].map((form) => html`<button type="button" role="menuitem" key=${form} class="menu-item" onClick=${() => {
				close();
				exportEvents(form, query).catch((failed) => (problem.value = failed));
			}}>${form.toUpperCase()} <span class="muted">up to 10,000 events</span></button>`)}</${Popover}>
		</${Head}>
		<div class="stack wide">
			<${Verification} />
			<form class="filters filters-history" role="search" aria-label="Filter the history" onSubmit=${(event) => event.preventDefault()}>
				${filter("account", "Who", { placeholder: "account", type: "search" })}
				${filter("type", "What", { placeholder: "run-container", list: "event-types" })}
				<datalist id="event-types">${["run-container", "scale-container", "start-container", "stop-container", "restart-container", "destroy-container", "crash-loop", "move-container", "engine-down", "engine-up", "add-engine", "drain-engine", "add-account", "change-role", "add-token", "reveal-environment"].map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>
				${filter("engine", "Engine", { placeholder: "id", list: "engine-ids" })}
				<datalist id="engine-ids">${engines.data.value.map((one) => html`<option key=${one.id} value=${one.id}></option>`)}</datalist>
				${filter("container", "Container", { placeholder: "id or its beginning" })}
				<div class="field"><span class="field-name" aria-hidden="true">Kind</span><${Segments} label="Kind" value=${param("tag")} onChange=${(tag) => setParams({ tag })} of=${[["", "All"], ["cluster", "Pool"], ["security", "Security"], ["docker", "Docker"]]} /></div>
				<div class="field"><span class="field-name" aria-hidden="true">When</span><${Segments} label="When" value=${param("span")} onChange=${(span) => setParams({ span, since: "", until: "" })} of=${Object.entries(spans)} /></div>
				${filter("since", "From", { type: "datetime-local" })}
				${filter("until", "Until", { type: "datetime-local" })}
			</form>
			<${Trouble} problem=${problem.value} retry=${() => load("")} />
			${!events.value ? !problem.value && html`<${Card} title="Events" flush><${Skeleton} rows=${10} /></${Card}>` : events.value.length ? html`<${Card} title="Events" flush aside=${html`<span class="muted" role="status">${count(events.value.length)}${cursor.value ? "+" : ""} since ${moment(events.value.at(-1).time)}</span>`}>
				<${EventList} full label="Events" events=${events.value} />
				${cursor.value && html`<button type="button" class="more" disabled=${busy.value} onClick=${() => load(cursor.value)}>${busy.value ? "Fetching …" : `Show ${PAGE} more`}</button>`}
			</${Card}>` : html`<${Empty} icon="history" title=${filtered ? "Nothing of the kind has happened" : "Nothing has happened yet"}>${filtered ? html`<button type="button" class="link" onClick=${() => setParams(Object.fromEntries([...names, "span", "since", "until"].map((name) => [name, ""])))}>Clear all filters</button>` : html`<p>Everything that anybody or berth itself does is told here. ${plural(0, "event")} so far.</p>`}</${Empty}>`}
		</div>`;
};
