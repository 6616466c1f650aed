/* container: one container, all that is known of it. */
import { html, useEffect, useRef, useSignal } from "../lib.js";
import { route, param, to, go } from "../router.js";
import { api, may, mayChangeContainers } from "../api.js";
import { containers, onEvent } from "../store.js";
import { containerState, exitMeaning } from "../state.js";
import { perform, ask } from "../act.js";
import { startContainer, stopContainer, restartContainer, destroyContainer, adoptContainer } from "../actions.js";
import { shortId, memory, cores, moment, plural } from "../format.js";
import { Head, StateMark, Card, Facts, Tabs, Button, Trouble, Skeleton, Empty, Ago, Badge, now, Icon } from "../ui/parts.js";
import { CopyAs } from "../ui/overlay.js";
import { Ports } from "../ui/ports.js";
import { Scale } from "../ui/scale.js";
import { Stats } from "../ui/chart.js";
import { Log } from "../ui/log.js";
import { Json } from "../ui/json.js";
import { EventList } from "../ui/events.js";
import { Placement } from "../ui/placement.js";
import { Environment } from "../ui/environment.js";

const Actions = ({ c }) => {
	const running = c.state === "running" || c.state === "restarting" || c.crash_loop;
	const destroy = async () => {
		const done = await ask([destroyContainer(c)], {
			title: `Destroy ${c.name || shortId(c.id)}?`,
			text: html`<p>It is killed and removed, running or not. This cannot be taken back.</p>`,
			button: "Destroy",
			danger: true,
		});
		if (done?.done) go("#/containers");
	};
	if (!mayChangeContainers.value) return html`<${CopyAs} small=${false} actions=${[{ method: "GET", path: `/api/containers/${c.id}`, cli: ["container", shortId(c.id)] }]} />`;
	return html`
		<${CopyAs} small=${false} actions=${[startContainer, stopContainer, restartContainer, destroyContainer].map((make) => make(c))} />
		${!c.managed && html`<${Button} icon="plus" onClick=${() => ask([adoptContainer(c)], { title: `Adopt ${c.name || shortId(c.id)}?`, text: "It goes on as it is, and berth looks after it from then on.", button: "Adopt" })}>Adopt</${Button}>`}
		${running ? html`<${Button} icon="stop" onClick=${() => perform([stopContainer(c)])}>Stop</${Button}>` : html`<${Button} icon="play" onClick=${() => perform([startContainer(c)])}>Start</${Button}>`}
		<${Button} icon="restart" onClick=${() => perform([restartContainer(c)])}>Restart</${Button}>
		${c.managed && html`<${Scale} of=${c} text="Scale" />`}
		<${Button} kind="danger" icon="trash" onClick=${destroy}>Destroy</${Button}>`;
};

/* What somebody must know before all else: why it is not as it should be. */
const Reason = ({ c }) => {
	const state = containerState(c);
	const loop = c.crash_loop;
	if (!state.why && !loop) return null;
	return html`<div class=${"reason reason-" + state.tone}>
		<${Icon} name=${state.shape} size=${18} class=${"tone-" + state.tone} />
		<div class="stack">
			<p><strong>${state.word}</strong>${state.why && html`: <span class="break">${state.why}</span>`}</p>
			${loop && html`<p class="quiet">${plural(loop.exits, "exit")}, the first <${Ago} time=${loop.since} />${c.error && loop.exit_code !== null ? `, the last with ${loop.exit_code} (${exitMeaning(loop.exit_code)})` : ""}. ${loop.next_try ? Date.parse(loop.next_try) <= now.value ? "The next try is due now." : html`Next try <${Ago} time=${loop.next_try} />.` : "Docker restarts it by its restart policy."} <a class="link" href=${to("containers", c.id) + "?tab=logs"}>Look at its log</a></p>`}
		</div>
	</div>`;
};

const restartWords = (policy) => (policy && policy.name !== "no" ? policy.name + (policy.maximum_retry ? `, at most ${policy.maximum_retry}` : "") : "no");

/* What becomes of it when its host is lost. */
const lossWords = (policy) => {
	const [, seconds] = /^after=(\d+)$/.exec(policy || "") || [];
	return { never: "it stays there", always: "it is made anew elsewhere" }[policy] || (seconds ? `it is made anew elsewhere after ${seconds} s` : policy);
};

const list = (values) => (values?.length ? html`<span class="tags">${values.map((value) => html`<code class="tag break" key=${value}>${value}</code>`)}</span>` : null);

const Summary = ({ c }) => {
	const spec = c.image;
	const same = containers.data.value.filter((one) => one.group && one.group === c.group);
	return html`<div class="columns">
		<div class="stack wide">
			${c.state === "running" && html`<${Card} title="Live"><${Stats} id=${c.id} running=${c.state === "running"} height=${132} /></${Card}>`}
			<${Card} title="What it is">
				<${Facts} of=${[
					["Image", html`<code>${spec.name}</code>`],
					["Ports", c.ports?.length ? html`<${Ports} of=${c} />` : null],
					["Engine", c.engine ? html`<a class="link" href=${to("engines", c.engine.id)}>${c.engine.id}</a> <span class="muted">${c.engine.addr}</span>` : "none"],
					["Reserved", `${memory(spec.memory || 0)} memory, ${spec.cpus ? cores(spec.cpus) + " CPU" : "no CPU"}`],
					["Command", list([...(spec.entrypoint || []), ...(spec.args || [])])],
					["Exit code", c.exit_code === null || c.exit_code === undefined || c.state === "running" ? null : `${c.exit_code}: ${exitMeaning(c.exit_code)}`],
					["Restarts", c.restart_count ? `${c.restart_count} by Docker${c.last_exit_code !== undefined ? `, before that exit ${c.last_exit_code}` : ""}` : null],
					["Restart policy", restartWords(spec.restart_policy)],
					["If its host is lost", lossWords(spec.reschedule)],
					["Placement", spec.type && spec.type !== "service" ? spec.type : null],
					["Labels", list(spec.labels?.filter(Boolean))],
					["Volumes", list(spec.volumes)],
					["Links", list(Object.entries(spec.links || {}).map(([name, alias]) => `${name} as ${alias}`))],
					["Network", spec.network_mode],
					["Same as this", same.length > 1 ? html`<a class="link" href=${`#/containers?q=${encodeURIComponent(spec.name)}`}>${plural(same.length, "container")}</a>` : null],
					["Created", c.created ? html`<${Ago} time=${c.created} /> <span class="muted">${moment(c.created)}</span>` : null],
					["Id", html`<code class="break">${c.id}</code>`],
					["Docker's id", c.docker_id && c.docker_id !== c.id ? html`<code class="break">${c.docker_id}</code>` : null],
				]} />
			</${Card}>
		</div>
		<div class="stack wide">
			${c.managed && html`<${Card} title="Why it is there"><${Placement} id=${c.id} generation=${c.generation} /></${Card}>`}
			<${Environment} c=${c} />
		</div>
	</div>`;
};

const Events = ({ c }) => {
	const events = useSignal(null);
	const problem = useSignal(null);
	const load = () => api(`/api/events?count=200&container=${encodeURIComponent(c.docker_id && !c.managed ? c.docker_id : c.id)}`).then(
		(found) => (events.value = found),
		(failed) => (problem.value = failed),
	);
	useEffect(() => {
		load();
		let timer = 0;
		const end = onEvent((event) => {
			if (event && event.container?.id !== c.id) return;
			clearTimeout(timer);
			timer = setTimeout(load, 300);
		});
		return () => (clearTimeout(timer), end());
	}, [c.id]);
	if (problem.value) return html`<${Trouble} problem=${problem.value} retry=${load} />`;
	if (!events.value) return html`<${Skeleton} rows=${6} />`;
	return html`<${Card} title="Events of this container" flush>${events.value.length ? html`<${EventList} full label="Events of this container" events=${events.value} />` : html`<${Empty} icon="history" title="No events"><p>What is done with it from now on shows here.</p></${Empty}>`}</${Card}>`;
};

const tabs = [["summary", "Summary"], ["logs", "Logs"], ["stats", "Stats"], ["events", "Events"], ["json", "JSON"]];

/* All that is known of a container. Its entry in the list, which is kept live, tells when it has changed. */
const useContainer = (id) => {
	const own = useSignal(null);
	const problem = useSignal(null);
	const entry = containers.data.value.find((one) => one.id === id) || null;
	const there = useRef(false); /* it has been in the list */
	useEffect(() => containers.use(), []);
	useEffect(() => {
		own.value = problem.value = null;
		there.current = false;
	}, [id]);
	useEffect(() => {
		there.current ||= Boolean(entry);
		if (there.current && !entry) return undefined;
		const stop = new AbortController();
		api("/api/containers/" + encodeURIComponent(id), { signal: stop.signal }).then(
			(found) => {
				own.value = found;
				problem.value = null;
				/* The beginning of an id does, too. */
				if (found.id !== id) location.replace(to("containers", found.id) + location.hash.replace(/^[^?]*/, ""));
			},
			(failed) => {
				if (failed.name !== "AbortError" && !own.peek()) problem.value = failed;
			},
		);
		return () => stop.abort();
	}, [id, entry]);
	return { c: own.value?.id === id ? own.value : null, problem: problem.value, gone: Boolean(own.value && there.current && !entry) };
};

export const View = () => {
	const id = route.value.parts[1];
	const { c, problem, gone } = useContainer(id);
	const back = { href: "#/containers", name: "Containers" };
	if (!c) {
		if (problem) return html`<${Head} title="Container" back=${back} /><${Trouble} problem=${problem} />`;
		return html`<${Head} title="Container" back=${back} /><${Skeleton} rows=${8} class="skeletons-tall" />`;
	}
	const tab = param("tab", "summary");
	const name = c.name || shortId(c.id);
	return html`
		<${Head} title=${name} back=${back} mark=${html`<${StateMark} of=${gone ? { ...containerState(c), word: "removed", tone: "idle", shape: "trash", why: "" } : containerState(c)} />${!c.managed && html`<${Badge}>not managed</${Badge}>`}`}
			about=${html`<span class="mono">${shortId(c.id)}</span> · ${c.image.name}${c.engine ? html` · on <a href=${to("engines", c.engine.id)}>${c.engine.id}</a>` : ""}`}>
			${!gone && html`<${Actions} c=${c} />`}
		</${Head}>
		${gone ? html`<div class="reason reason-idle"><${Icon} name="trash" size=${18} /><p><strong>It is no longer there.</strong> <a class="link" href="#/containers">Back to the list</a></p></div>` : html`<${Reason} c=${c} />`}
		<${Tabs} label="Of this container" of=${tabs.filter(([key]) => key !== "events" || may("read", "/api/events")).map(([key, words]) => ({ name: words, href: to("containers", c.id) + (key === "summary" ? "" : "?tab=" + key), here: tab === key }))} />
		${tab === "logs" ? html`<${Log} c=${c} />` : tab === "stats" ? html`<${Card} title="CPU and memory" aside=${html`<${CopyAs} actions=${[{ method: "GET", path: `/api/containers/${c.id}/stats?follow=true`, cli: ["stats", "--follow", shortId(c.id)] }]} />`}><${Stats} id=${c.id} running=${c.state === "running"} height=${260} full /></${Card}>` : tab === "events" && may("read", "/api/events") ? html`<${Events} c=${c} />` : tab === "json" ? html`<${Json} of=${c} action=${{ method: "GET", path: `/api/containers/${c.id}`, cli: ["container", shortId(c.id), "-o", "json"] }} />` : html`<${Summary} c=${c} />`}`;
};
