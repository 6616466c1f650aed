/* progress: how far an operation is, container by container. */
import { html, useSignal, useEffect } from "../lib.js";
import { to } from "../router.js";
import { api } from "../api.js";
import { itemState, operationState } from "../state.js";
import { shortId, plural, bytes } from "../format.js";
import { useStream } from "./stream.js";
import { StateMark, Bar, Trouble, Skeleton } from "./parts.js";

const pullWords = (progress) => {
	if (!progress) return "";
	const { current, total, status } = progress;
	if (current && total) return `${status || "pulling"} ${bytes(current)} of ${bytes(total)}`;
	return status || progress.detail || "";
};

const Item = ({ item }) => {
	const state = itemState(item);
	return html`<li class="item">
		<${StateMark} of=${state} />
		<a class="link mono" href=${to("containers", item.container)}>${shortId(item.container)}</a>
		<span class="quiet nowrap">${item.engine ? html`on <a href=${to("engines", item.engine)}>${item.engine}</a>` : ""}</span>
		<span class="item-why quiet break">${state.why || pullWords(item.progress)}</span>
	</li>`;
};

/**
 * Follow an operation.
 * @param {string} id
 * @returns {{operation: object|null, items: object[], problem: object|null}}
 */
export const useOperation = (id) => {
	const operation = useSignal(null);
	const items = useSignal(new Map());
	const problem = useSignal(null);
	const put = (item) => {
		const next = new Map(items.value);
		next.set(item.container, item);
		items.value = next;
	};
	const take = (document) => {
		operation.value = document;
		if (document.items) items.value = new Map(document.items.map((item) => [item.container, item]));
	};
	useEffect(() => {
		operation.value = null;
		items.value = new Map();
		problem.value = null;
		api("/api/operations/" + encodeURIComponent(id)).then(take, (failed) => (problem.value = failed));
	}, [id]);
	const running = operation.value && (operation.value.status || operation.value.state) === "running";
	useStream(running ? `/api/operations/${encodeURIComponent(id)}/progress` : null, {
		item: put,
		finished: (document, stop) => {
			stop();
			take(document);
		},
		end: () => {},
	});
	return { operation: operation.value, items: [...items.value.values()], problem: problem.value, reload: () => api("/api/operations/" + encodeURIComponent(id)).then(take) };
};

const rank = { failed: 0, pending: 1, cancelled: 2, superseded: 3, done: 4 };

/** @param {{operation: object, items: object[], problem: object}} props as useOperation gives it */
export const Progress = ({ operation, items, problem }) => {
	if (problem) return html`<${Trouble} problem=${problem} />`;
	if (!operation) return html`<${Skeleton} rows=${4} />`;
	const total = operation.total || items.length;
	const count = (status) => items.filter((item) => item.status === status).length;
	const [done, failed, pending] = ["done", "failed", "pending"].map(count);
	const share = (n) => (total ? (n / total) * 100 : 0);
	const words = [`${done} of ${plural(total, "container")} done`, failed && `${failed} failed`, pending && `${pending} pending`].filter(Boolean).join(", ");
	return html`<div class="progress stack">
		<div class="spread"><${StateMark} of=${operationState(operation)} /><span class="quiet" role="status">${words}</span></div>
		<${Bar} label=${words} parts=${[{ name: "done", value: share(done), tone: "ok" }, { name: "failed", value: share(failed), tone: "bad" }]} />
		${operation.waits_for?.length > 0 && html`<p class="quiet">Waits for ${operation.waits_for.map((one) => `${one.id}${one.reason ? ` (${one.reason})` : ""}`).join(", ")}.</p>`}
		<ul class="items" aria-label="Containers of the operation">${[...items].sort((a, b) => rank[a.status] - rank[b.status]).slice(0, 300).map((item) => html`<${Item} key=${item.container} item=${item} />`)}</ul>
		${items.length > 300 && html`<p class="muted">and ${items.length - 300} more</p>`}
	</div>`;
};
