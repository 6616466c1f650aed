/* operation: one operation, live while it goes on. */
import { html } from "../lib.js";
import { route } from "../router.js";
import { mayChangeOperations, mayRetry } from "../api.js";
import { ask } from "../act.js";
import { cancelOperation, retryOperation } from "../actions.js";
import { moment } from "../format.js";
import { Head, Card, Facts, Button, Ago } from "../ui/parts.js";
import { CopyAs } from "../ui/overlay.js";
import { useOperation, Progress } from "../ui/progress.js";
import { isRetried } from "../state.js";
import { retry } from "../ui/retry.js";
import { Json } from "../ui/json.js";

export const View = () => {
	const id = route.value.parts[1];
	const followed = useOperation(id);
	const { operation } = followed;
	const running = operation && (operation.status || operation.state) === "running";
	const again = operation && isRetried(operation) && mayRetry.value;
	const show = { method: "GET", path: `/api/operations/${encodeURIComponent(id)}`, cli: ["operation", id] };
	return html`
		<${Head} title=${operation ? operation.type : "Operation"} back=${{ href: "#/operations", name: "Operations" }} about=${html`<span class="mono">${id}</span>`}>
			<${CopyAs} small=${false} actions=${[show, running && mayChangeOperations.value && cancelOperation({ id }), again && retryOperation({ id })].filter(Boolean)} />
			${running && mayChangeOperations.value && html`<${Button} kind="danger" icon="close" onClick=${() => ask([cancelOperation({ id })], { title: "Cancel what has not begun?", text: "What runs already stays. Containers of a run that do not run yet are removed.", button: "Cancel it", danger: true }).then(followed.reload)}>Cancel</${Button}>`}
			${again && html`<${Button} icon="restart" onClick=${() => retry(operation)}>Try the ${operation.failed} again</${Button}>`}
		</${Head}>
		<div class="stack wide">
			<${Card} title="How far it is"><${Progress} ...${followed} /></${Card}>
			${operation && html`<${Card} title="About it"><${Facts} of=${[["Asked for by", operation.account], ["Begun", html`${moment(operation.created)} <span class="muted"><${Ago} time=${operation.created} /></span>`], ["Ended", operation.finished && html`${moment(operation.finished)} <span class="muted"><${Ago} time=${operation.finished} /></span>`]]} /></${Card}><${Json} of=${operation} action=${{ ...show, cli: ["operation", id, "-o", "json"] }} />`}
		</div>`;
};
