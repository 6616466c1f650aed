/* engine: one engine. */
import { html, useEffect, useSignal } from "../lib.js";
import { route, to, go } from "../router.js";
import { api, may } from "../api.js";
import { engines, containers, check, onEvent } from "../store.js";
import { engineState, containerState, uncheckedWords } from "../state.js";
import { plural, roundTrip, memory, cores, shortId } from "../format.js";
import { Head, StateMark, Image, Card, Facts, Skeleton, Trouble, Empty, Ago, Icon, Strip, Meters, loadOf, stripWords } from "../ui/parts.js";
import { EngineActions } from "../ui/engine-actions.js";
import { EventList } from "../ui/events.js";
import { Table } from "../ui/table.js";
import { Ports } from "../ui/ports.js";
import { Json } from "../ui/json.js";

const columns = [
	{ key: "name", name: "Container", width: "minmax(140px, 2fr)", class: "cell-name", show: (c) => html`<a class="strong cut" href=${to("containers", c.id)}>${c.name || shortId(c.id)}</a>` },
	{ key: "state", name: "State", width: "132px", class: "cell-state", show: (c) => html`<${StateMark} of=${containerState(c)} />` },
	{ key: "image", name: "Image", width: "minmax(100px, 1.5fr)", class: "cell-image", show: (c) => html`<${Image} name=${c.image.name} />` },
	{ key: "ports", name: "Ports", width: "minmax(96px, 1fr)", class: "cell-ports", show: (c) => html`<${Ports} of=${c} max=${2} />` },
];

const Drain = ({ drain }) => html`
	<${Card} title="Draining">
		<div class="stack">
			<p>${drain.done ? "Nothing is left to move." : `${plural(drain.to_move, "container")} still to move.`} <span class="muted">Since <${Ago} time=${drain.since} />${drain.by ? `, by ${drain.by}` : ""}</span></p>
			${drain.moving.length > 0 && html`<p class="quiet">Being moved: ${drain.moving.map((id) => html`<a key=${id} class="link mono" href=${to("containers", id)}>${shortId(id)}</a> `)}</p>`}
			${drain.blocked.map((one) => html`<p key=${one.id} class="tone-warn break"><a class="link mono" href=${to("containers", one.id)}>${shortId(one.id)}</a> finds no place: ${one.reason}</p>`)}
			${drain.stays.map((one) => html`<p key=${one.id} class="quiet break"><a class="link" href=${to("containers", one.id)}>${one.name || shortId(one.id)}</a> stays: ${one.reason}</p>`)}
		</div>
	</${Card}>`;

const Risk = ({ risk }) => html`
	<${Card} title="If it were lost">
		<div class="stack">
			<p class=${"line " + (risk.ok ? "tone-ok" : "tone-warn")}><${Icon} name=${risk.ok ? "shield" : "triangle"} /><strong>${risk.ok ? "Everything would find a place" : `${plural(risk.misfit_count, "container")} would find no place`}</strong></p>
			<p class="quiet">${plural(risk.moves, "container")} would move${risk.stay_count ? `, ${risk.stay_count} would wait for its return` : ""}. ${risk.ok ? "" : risk.advice}</p>
		</div>
	</${Card}>`;

const Events = ({ id }) => {
	const events = useSignal(null);
	useEffect(() => {
		const load = () => api(`/api/events?count=60&engine=${encodeURIComponent(id)}`).then((found) => (events.value = found), () => {});
		load();
		let timer = 0;
		const end = onEvent((event) => {
			if (event && event.engine?.id !== id) return;
			clearTimeout(timer);
			timer = setTimeout(load, 400);
		});
		return () => (clearTimeout(timer), end());
	}, [id]);
	return html`<${Card} title="Events" flush class="timeline" aside=${html`<a class="link" href=${`#/history?engine=${encodeURIComponent(id)}`}>All</a>`}>
		${!events.value ? html`<${Skeleton} rows=${6} />` : events.value.length ? html`<${EventList} label="Events of this engine" events=${events.value} />` : html`<${Empty} icon="history" title="No events"><p>What happens on it from now on shows here.</p></${Empty}>`}
	</${Card}>`;
};

export const View = () => {
	const id = route.value.parts[1];
	useEffect(() => {
		const used = [engines, containers, check].map((one) => one.use());
		return () => used.forEach((end) => end());
	}, []);
	const engine = engines.data.value.find((one) => one.id === id);
	const back = { href: "#/engines", name: "Engines" };
	if (!engine) {
		if (!engines.loaded.value) return html`<${Head} title=${id} back=${back} /><${Trouble} problem=${engines.error.value} /><${Skeleton} rows=${8} class="skeletons-tall" />`;
		return html`<${Head} title=${id} back=${back} /><${Empty} icon="engines" title="There is no such engine"><p>It may have been removed. <a class="link" href="#/engines">All engines</a></p></${Empty}>`;
	}
	const state = engineState(engine);
	const offer = engine.engine || {};
	const here = containers.data.value.filter((one) => one.engine?.id === id);
	const risk = check.data.value?.engines.find((one) => one.id === id);
	return html`
		<${Head} title=${id} back=${back} mark=${html`<${StateMark} of=${state} />`} about=${html`<span class="mono">${offer.addr}</span>`}><${EngineActions} engine=${engine} /></${Head}>
		${state.why && html`<div class=${"reason reason-" + (state.tone === "ok" ? "idle" : state.tone)}><${Icon} name=${state.shape} size=${18} class=${"tone-" + state.tone} /><p class="break">${state.why}</p></div>`}
		<div class="columns columns-wide">
			<div class="stack wide">
				<${Card} title="Heartbeats" aside=${html`<span class="muted">last 5 minutes</span>`}>
					<div class="stack"><${Strip} strip=${engine.health.strip} tall /><p class="quiet">${stripWords(engine.health.strip)}</p></div>
				</${Card}>
				<${Card} title="Load"><div class="meters"><${Meters} load=${loadOf(engine)} cpus=${offer.cpus} memory=${offer.memory} /></div></${Card}>
				${engine.drain && html`<${Drain} drain=${engine.drain} />`}
				${risk ? html`<${Risk} risk=${risk} />` : check.data.value?.unchecked > 0 && html`<${Card} title="If it were lost"><p class="quiet">Not known: this engine was not looked at. ${uncheckedWords(check.data.value)}</p></${Card}>`}
				<${Card} title="Containers here" flush aside=${html`<a class="link" href=${`#/containers?engine=${encodeURIComponent(id)}`}>In the list</a>`}>
					${here.length ? html`<${Table} label="Containers here" columns=${columns} rows=${here} id=${(c) => c.id} onOpen=${(c) => go(to("containers", c.id))} phoneHeight=${84} />` : html`<${Empty} icon="containers" title="Nothing runs here"><p>The next container comes here if its score is the highest.</p></${Empty}>`}
				</${Card}>
				<${Json} of=${engine} action=${{ method: "GET", path: `/api/engines/${encodeURIComponent(id)}`, cli: ["engine", id, "-o", "json"] }} />
			</div>
			<div class="stack wide">
				<${Card} title="What it is"><${Facts} of=${[
					["Offers", offer.cpus ? `${cores(offer.cpus)} CPU, ${memory(offer.memory)}` : null],
					["Docker", engine.docker_version && `${engine.docker_version}${engine.api_version ? `, API ${engine.api_version}` : ""}`],
					["Host name", engine.hostname],
					["Answer of Docker", engine.health.status === "down" ? "none" : roundTrip(engine.health.response_time)],
					["Echo of the host", engine.health.echo_time === undefined ? null : roundTrip(engine.health.echo_time)],
					["Host", engine.health.host],
					["Last sign of life", html`<${Ago} time=${engine.health.heartbeat} />`],
					["Labels", offer.labels?.length ? html`<span class="tags">${offer.labels.map((label) => html`<code class="tag break" key=${label}>${label}</code>`)}</span>` : "none"],
					["Registry", engine.registry_auth ? `${engine.registry_auth.username} at ${engine.registry_auth.server}` : null],
					["Registration", engine.registered === false ? engine.registration?.reason || "gone from etcd" : null],
					["Connection", offer.addr?.startsWith("https:") ? "TLS" : "plain: for private networks only"],
					["Identity", engine.identity && html`<code class="break">${engine.identity}</code>`],
				]} /></${Card}>
				${may("read", "/api/events") && html`<${Events} id=${id} />`}
			</div>
		</div>`;
};
