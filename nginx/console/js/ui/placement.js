/* placement: why a container is on its engine, and on no other one. */
import { html, useEffect, useSignal } from "../lib.js";
import { api } from "../api.js";
import { to } from "../router.js";
import { memory, cores, plural, shortId } from "../format.js";
import { Skeleton, Ago, Icon } from "./parts.js";
import { CopyAs } from "./overlay.js";

const behind = { score: "a lower score", containers: "more containers at the same score", name: "a later name at the same score" };

const Candidate = ({ one, best }) => html`
	<li class=${"candidate " + (one.behind_by ? "" : "candidate-chosen")}>
		<span class="line tight candidate-name"><a class="strong cut" href=${to("engines", one.id)}>${one.id}</a>${!one.behind_by && html`<span class="tone-ok line tight"><${Icon} name="check" size=${12} />chosen</span>`}</span>
		<span class="candidate-bar" aria-hidden="true"><span style=${{ width: `${best > 0 ? (one.score / best) * 100 : 0}%` }}></span></span>
		<span class="candidate-score">${one.score.toFixed(1)}</span>
		<span class="muted candidate-why">${one.cpus ? `${cores(one.reserved_cpus)} of ${cores(one.cpus)} CPU, ${memory(one.reserved_memory)} of ${memory(one.memory)} reserved then` : ""}${one.behind_by ? `; ${behind[one.behind_by] || one.behind_by}` : ""}</span>
	</li>`;

/** @param {{id: string, generation: number}} props of the container */
export const Placement = ({ id, generation }) => {
	const found = useSignal(null);
	const problem = useSignal(null);
	useEffect(() => {
		found.value = problem.value = null;
		api(`/api/containers/${encodeURIComponent(id)}/placement`).then(
			(document) => (found.value = document),
			(failed) => (problem.value = failed),
		);
	}, [id, generation]);
	if (problem.value) return html`<p class="quiet">${problem.value.detail}</p>`;
	if (!found.value) return html`<${Skeleton} rows=${3} />`;
	const { candidates, excluded, time, candidate_count: able } = found.value;
	const best = candidates[0]?.score || 0;
	return html`<div class="stack">
		<div class="spread"><p class="quiet">Placed <${Ago} time=${time} />: the highest score of ${plural(able, "engine")} with room.</p><${CopyAs} actions=${[{ method: "GET", path: `/api/containers/${id}/placement`, cli: ["explain", shortId(id)] }]} /></div>
		<ul class="candidates">${candidates.slice(0, 8).map((one) => html`<${Candidate} key=${one.id} one=${one} best=${best} />`)}</ul>
		${candidates.length > 8 && html`<p class="muted">and ${able - 8} more</p>`}
		${excluded.length > 0 && html`<h3>Could not take it</h3><ul class="stack excluded">${excluded.slice(0, 8).map((one) => html`<li key=${one.id}><strong>${one.id}</strong> <span class="quiet break">${one.reason}</span></li>`)}</ul>`}
	</div>`;
};
