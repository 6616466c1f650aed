/* operation: one operation, live while it goes on. */
import { html } from "../lib.js";
import { route } from "../router.js";
import { mayChangeContainers } from "../api.js";
import { perform, ask } from "../act.js";
import { cancelOperation, startContainer, stopContainer, restartContainer, destroyContainer } from "../actions.js";
import { moment } from "../format.js";
import { Head, Card, Facts, Button, Ago } from "../ui/parts.js";
import { CopyAs } from "../ui/overlay.js";
import { useOperation, Progress } from "../ui/progress.js";
import { Json } from "../ui/json.js";

const again = { "start-container": startContainer, "stop-container": stopContainer, "restart-container": restartContainer, "destroy-container": destroyContainer, "scale-container": restartContainer };

export const View = () => {
	const id = route.value.parts[1];
	const followed = useOperation(id);
	const { operation } = followed;
	const running = operation && (operation.status || operation.state) === "running";
	const failed = followed.items.filter((item) => item.status === "failed");
	const make = operation && again[operation.type];
	const show = { method: "GET", path: `/api/operations/${encodeURIComponent(id)}`, cli: ["operation", id] };
	return html`
		<${Head} title=${operation ? operation.type : "Operation"} back=${{ href: "#/operations", name: "Operations" }} about=${html`<span class="mono">${id}</span>`}>
			<${CopyAs} small=${false} actions=${running ? [show, cancelOperation({ id })] : [show]} />
			${running && mayChangeContainers.value && html`<${Button} kind="danger" icon="close" onClick=${() => ask([cancelOperation({ id })], { title: "Cancel what has not begun?", text: "What runs already stays. Containers of a run that do not run yet are removed.", button: "Cancel it", danger: true }).then(followed.reload)}>Cancel</${Button}>`}
			${!running && make && failed.length > 0 && mayChangeContainers.value && html`<${Button} icon="restart" onClick=${() => perform(failed.map((item) => make({ id: item.container })))}>Try the ${failed.length} again</${Button}>`}
		</${Head}>
		<div class="stack wide">
			<${Card} title="How far it is"><${Progress} ...${followed} /></${Card}>
			${operation && html`<${Card} title="About it"><${Facts} of=${[["Asked for by", operation.account], ["Begun", html`${moment(operation.created)} <span class="muted"><${Ago} time=${operation.created} /></span>`], ["Ended", operation.finished && html`${moment(operation.finished)} <span class="muted"><${Ago} time=${operation.finished} /></span>`]]} /></${Card}><${Json} of=${operation} action=${{ ...show, cli: ["operation", id, "-o", "json"] }} />`}
		</div>`;
};
