/* engines: the hosts of the pool: how they are, how full, and more of them. */
import { html, useEffect } from "../lib.js";
import { param, setParams, to } from "../router.js";
import { engines, containers, cluster, check } from "../store.js";
import { engineState, uncheckedWords } from "../state.js";
import { mayChangeEngines } from "../api.js";
import { plural, roundTrip } from "../format.js";
import { Head, StateMark, Empty, Trouble, Search, Skeleton, Badge, Ago, Button, Icon, Strip, Meters, loadOf, stripWords } from "../ui/parts.js";
import { CopyAs } from "../ui/overlay.js";
import { EngineActions } from "../ui/engine-actions.js";
import { AddEngine } from "../ui/engine-add.js";

const matches = (list, q) => {
	const words = q.toLowerCase().split(/\s+/).filter(Boolean);
	return list.filter((e) => {
		const text = [e.id, e.engine?.addr, e.hostname, e.docker_version, engineState(e).word, ...(e.engine?.labels || [])].join(" ").toLowerCase();
		return words.every((word) => text.includes(word));
	});
};

const EngineCard = ({ engine }) => {
	const state = engineState(engine);
	const offer = engine.engine || {};
	const load = loadOf(engine);
	const risk = check.data.value?.engines.find((one) => one.id === engine.id);
	return html`<li class="engine card">
		<div class="engine-head">
			<div class="engine-name"><a class="strong cut" href=${to("engines", engine.id)}>${engine.id}</a><${StateMark} of=${state} /></div>
			<${EngineActions} engine=${engine} small />
		</div>
		${state.why && html`<p class=${"engine-why break " + (state.tone === "ok" ? "quiet" : "tone-" + state.tone)}>${state.why}</p>`}
		<div class="engine-beat"><${Strip} strip=${engine.health.strip} tall /><p class="spread muted"><small>last 5 minutes</small><small>${["pending", "quarantined"].includes(state.key) ? "not yet asked" : engine.health.status === "down" ? "no answer" : `${roundTrip(engine.health.response_time)} Docker`}${state.tone !== "bad" && engine.health.echo_time !== undefined ? ` · ${roundTrip(engine.health.echo_time)} echo` : ""}</small></p></div>
		${offer.cpus ? html`<${Meters} load=${load} cpus=${offer.cpus} memory=${offer.memory} />` : ""}
		<p class="line quiet engine-foot">
			<a class="link" href=${`#/containers?engine=${encodeURIComponent(engine.id)}`}>${plural(load.containers, "container")}</a>
			<span>Docker ${engine.docker_version || "?"}</span>
			<span class="muted mono cut">${offer.addr}</span>
		</p>
		${((offer.labels || []).length > 0 || engine.registered === false || (risk && !risk.ok)) && html`<p class="line tight">
			${risk && !risk.ok && html`<${Badge} tone="warn" icon="shield">N+1 not met</${Badge}>`}
			${engine.registered === false && html`<${Badge} tone="warn" icon="unplugged">not registered</${Badge}>`}
			${(offer.labels || []).map((label) => html`<code class="tag break" key=${label}>${label}</code>`)}</p>`}
		<span class="hidden-text">${stripWords(engine.health.strip)}, heartbeat <${Ago} time=${engine.health.heartbeat} /></span>
	</li>`;
};

export const View = () => {
	useEffect(() => {
		const used = [engines, containers, cluster, check].map((one) => one.use());
		return () => used.forEach((end) => end());
	}, []);
	const q = param("q");
	const list = engines.data.value;
	const rows = matches(list, q);
	const up = list.filter((one) => one.health.status === "up").length;
	const misfits = (check.data.value?.engines || []).filter((one) => !one.ok);
	return html`
		<${Head} title="Engines" about=${engines.loaded.value ? `${up} of ${plural(list.length, "engine")} up` : " "}>
			<${CopyAs} small=${false} actions=${[{ method: "GET", path: "/api/engines", cli: ["engines", "-o", "wide"] }]} />
			${mayChangeEngines.value && html`<${Button} kind="primary" icon="plus" onClick=${() => setParams({ add: "host" })}>Add an engine</${Button}>`}
		</${Head}>
		<${Trouble} problem=${engines.error.value} retry=${engines.fetch} />
		${list.length > 3 && html`<div class="filters"><${Search} label="Search engines" placeholder="Id, address, label, version, state" value=${q} onInput=${(text) => setParams({ q: text })} /></div>`}
		${check.data.value?.unchecked > 0 && html`<div class="reason reason-warn"><${Icon} name="question" size=${18} class="tone-warn" /><p><strong>It is not known of all engines whether the pool could lose them.</strong> ${uncheckedWords(check.data.value)}</p></div>`}
		${misfits.length > 0 && html`<div class="reason reason-warn"><${Icon} name="shield" size=${18} class="tone-warn" /><p><strong>The pool could not lose any one of its engines.</strong> ${misfits.map((one) => `${one.id}: ${plural(one.misfit_count, "container")} would find no place. ${one.advice}`).join(" ")}</p></div>`}
		${!engines.loaded.value ? html`<${Skeleton} rows=${3} class="skeletons-tall" />` : rows.length ? html`<ul class="engines">${rows.map((engine) => html`<${EngineCard} key=${engine.id} engine=${engine} />`)}</ul>` : list.length ? html`<${Empty} icon="search" title="No engine fits"><button type="button" class="link" onClick=${() => setParams({ q: "" })}>Clear the search</button></${Empty}>` : html`<${Empty} icon="engines" title="No engine yet"><p>An engine is a host with Docker. One command on the host adds it: <button type="button" class="link" onClick=${() => setParams({ add: "host" })}>show the command</button></p></${Empty}>`}
		${param("add") && html`<${AddEngine} way=${param("add")} onClose=${() => setParams({ add: "" })} />`}`;
};
