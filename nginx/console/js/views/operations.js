/* operations: what engines were asked to do, newest first. */
import { html, useEffect } from "../lib.js";
import { param, setParams, to, go } from "../router.js";
import { operations } from "../store.js";
import { mayRetry } from "../api.js";
import { retryOperation } from "../actions.js";
import { operationState, isRetried } from "../state.js";
import { plural, count } from "../format.js";
import { Head, StateMark, Empty, Trouble, Search, Skeleton, Segments, Ago, Bar, Button } from "../ui/parts.js";
import { CopyAs } from "../ui/overlay.js";
import { Table } from "../ui/table.js";
import { retry } from "../ui/retry.js";

const took = (o) => (o.finished ? Math.max(0, (Date.parse(o.finished) - Date.parse(o.created)) / 1000) : null);

const columns = [
	{ key: "type", name: "Operation", width: "minmax(150px, 1.5fr)", class: "cell-name", show: (o) => html`<a class="strong cut" href=${to("operations", o.id)}>${o.type}</a><span class="muted mono cell-id">${o.id.slice(0, 8)}</span>` },
	{ key: "state", name: "State", width: "132px", class: "cell-state", show: (o) => html`<${StateMark} of=${operationState(o)} />` },
	{ key: "progress", name: "Containers", width: "minmax(140px, 1fr)", class: "cell-progress", show: (o) => html`<div class="cell-bar"><${Bar} label=${`${o.done} of ${o.total} done${o.failed ? `, ${o.failed} failed` : ""}`} parts=${[{ name: "done", value: o.total ? (o.done / o.total) * 100 : 100, tone: "ok" }, { name: "failed", value: o.total ? (o.failed / o.total) * 100 : 0, tone: "bad" }]} /><span class="nowrap">${o.done}/${o.total}</span></div>` },
	{ key: "account", name: "Who", width: "minmax(80px, 0.8fr)", class: "cell-who", show: (o) => html`<span class="cut">${o.account || "berth itself"}</span>` },
	{ key: "created", name: "When", width: "92px", class: "cell-age muted", show: (o) => html`<${Ago} time=${o.created} />` },
	{ key: "took", name: "Took", width: "72px", class: "cell-took muted", show: (o) => (took(o) === null ? "–" : took(o) ? `${took(o)} s` : "< 1 s") },
	{ key: "do", name: "Actions", hideName: true, width: "76px", class: "cell-do cell-again", show: (o) => isRetried(o) && mayRetry.value && html`<div class="doing"><${CopyAs} actions=${[retryOperation(o)]} /><${Button} small kind="ghost" icon="restart" label=${`Try the ${o.failed} of ${o.type} ${o.id.slice(0, 8)} again`} onClick=${() => retry(o)} /></div>` },
];

export const View = () => {
	useEffect(() => operations.use(), []);
	const state = param("state", "all");
	const q = param("q").toLowerCase();
	const list = operations.data.value;
	const rows = list.filter((o) => (state === "all" || o.state === state) && (!q || [o.id, o.type, o.account].join(" ").toLowerCase().includes(q)));
	const of = ["running", "done", "failed", "cancelled"].map((key) => [key, `${key[0].toUpperCase()}${key.slice(1)} ${count(list.filter((o) => o.state === key).length)}`]);
	return html`
		<${Head} title="Operations" about=${operations.loaded.value ? `The last ${plural(list.length, "operation")}` : " "}><${CopyAs} small=${false} actions=${[{ method: "GET", path: "/api/operations", cli: ["operations"] }]} /></${Head}>
		<div class="filters"><${Search} label="Search operations" placeholder="Kind, who, id" value=${param("q")} onInput=${(text) => setParams({ q: text })} />
		<${Segments} label="State" value=${state} onChange=${(next) => setParams({ state: next === "all" ? "" : next })} of=${[["all", "All"], ...of]} /></div>
		<${Trouble} problem=${operations.error.value} retry=${operations.fetch} />
		${!operations.loaded.value ? html`<${Skeleton} rows=${8} class="skeletons-rows" />` : rows.length ? html`<${Table} label="Operations" columns=${columns} rows=${rows} id=${(o) => o.id} onOpen=${(o) => go(to("operations", o.id))} phoneHeight=${84} />` : list.length ? html`<${Empty} icon="search" title="No operation fits"><button type="button" class="link" onClick=${() => setParams({ q: "", state: "" })}>Clear the filters</button></${Empty}>` : html`<${Empty} icon="operations" title="No operations yet"><p>To run, scale or stop containers is an operation. <a class="link" href="#/run">Run the first containers</a></p></${Empty}>`}`;
};
