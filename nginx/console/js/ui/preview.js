/* preview: where the containers of a run would go, asked while one types; nothing is changed by it. */
import { html, useEffect, useSignal } from "../lib.js";
import { api } from "../api.js";
import { engines } from "../store.js";
import { to } from "../router.js";
import { loadOf, Card, Trouble, StateMark, Bar, Icon } from "./parts.js";
import { percent, memory, plural } from "../format.js";
import { engineState } from "../state.js";

const DEBOUNCE_MS = 350;

const Target = ({ engine, chosen, spec, why }) => {
	const load = loadOf(engine);
	const added = chosen.length * (spec.memory || 256);
	const before = percent(load.memory, engine.engine.memory);
	const more = percent(added, engine.engine.memory);
	const ports = chosen.flatMap((one) => one.ports || []).map((port) => port.port).filter(Boolean);
	return html`<li class=${"target " + (chosen.length ? "" : "target-none")}>
		<div class="spread"><span class="line tight"><a class="strong" href=${to("engines", engine.id)}>${engine.id}</a>${engineState(engine).tone !== "ok" && html`<${StateMark} of=${engineState(engine)} />`}</span>
			${chosen.length ? html`<strong class="target-count">+${chosen.length}</strong>` : html`<span class="muted">none</span>`}</div>
		<${Bar} label=${`Memory of ${engine.id}: ${Math.round(before)} % reserved, ${Math.round(before + more)} % afterwards`} parts=${[{ name: "before", value: before, tone: "memory" }, { name: "added", value: more, tone: "added" }]} />
		<p class="muted"><small>${chosen.length ? `${memory(load.memory)} + ${memory(added)} of ${memory(engine.engine.memory)}${chosen[0].score !== undefined ? `, score ${chosen[0].score.toFixed(1)}` : ""}${ports.length ? `, port ${ports.slice(0, 4).join(", ")}${ports.length > 4 ? " …" : ""}` : ""}` : why || "another one's score is higher"}</small></p>
	</li>`;
};

/** @param {{action: import("./overlay.js").Action|null, count: number}} props null: the form is not yet valid */
export const Preview = ({ action, count }) => {
	const plan = useSignal(null);
	const problem = useSignal(null);
	const asked = useSignal(false);
	const key = action && JSON.stringify([action.path, action.body]);
	useEffect(() => {
		if (!action) {
			plan.value = problem.value = null;
			return undefined;
		}
		const stop = new AbortController();
		const timer = setTimeout(async () => {
			asked.value = true;
			try {
				plan.value = await api(action.path + "&dry_run=true", { method: "POST", body: action.body, signal: stop.signal });
				problem.value = null;
			} catch (failed) {
				if (failed.name === "AbortError") return;
				plan.value = null;
				problem.value = failed;
			}
			asked.value = false;
		}, DEBOUNCE_MS);
		return () => (clearTimeout(timer), stop.abort());
	}, [key]);
	const by = new Map();
	for (const one of plan.value?.containers || []) by.set(one.engine, [...(by.get(one.engine) || []), one]);
	const reasons = new Map((plan.value?.excluded || []).map((one) => [one.id, one.reason]));
	const list = [...engines.data.value].sort((a, b) => (by.get(b.id)?.length || 0) - (by.get(a.id)?.length || 0));
	return html`<${Card} title="Where they would go" aside=${asked.value && html`<span class="muted line tight"><${Icon} name="ring" class="turning" size=${12} />looking</span>`}>
		<div aria-live="polite">
			${problem.value ? html`<${Trouble} problem=${problem.value} />` : !plan.value ? html`<p class="quiet">Name an image, and this shows which engine gets how many, before anything is run.</p>` : html`<div class="stack"><p class="quiet">${plural(count, "container")} on ${plural(by.size, "engine")}: always the engine with the highest score, computed anew for each.</p>
			<ul class="targets">${list.map((engine) => html`<${Target} key=${engine.id} engine=${engine} chosen=${by.get(engine.id) || []} spec=${action?.body || {}} why=${reasons.get(engine.id) || (engine.health.status === "up" ? "" : engine.health.reason)} />`)}</ul></div>`}
		</div>
	</${Card}>`;
};
