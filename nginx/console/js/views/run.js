/* run: more containers: what, how many, where they would go, and how it goes. */
import { html, useEffect, useSignal, useRef } from "../lib.js";
import { route } from "../router.js";
import { containers, engines } from "../store.js";
import { may, mayChangeContainers, mayRetry } from "../api.js";
import { request } from "../act.js";
import { runContainers, retryOperation } from "../actions.js";
import { emptyForm, faultsOf, specOf } from "../spec.js";
import { plural } from "../format.js";
import { Head, Card, Button, Trouble, Empty } from "../ui/parts.js";
import { CopyAs, note } from "../ui/overlay.js";
import { Field, Area, Choice } from "../ui/fields.js";
import { Preview } from "../ui/preview.js";
import { useOperation, Progress } from "../ui/progress.js";

/* The form stays as it is typed while the page is there, also when one looks elsewhere in between. */
let draft = { ...emptyForm };

const Batch = ({ id, spec, retried, onAgain, onClose }) => {
	const followed = useOperation(id);
	const failed = followed.items.filter((item) => item.status === "failed").length;
	const over = followed.operation && (followed.operation.status || followed.operation.state) !== "running";
	const again = over && failed > 0 && !retried && mayRetry.value;
	return html`<${Card} title=${`Run ${spec.name}`} aside=${html`<span class="line tight"><a class="link" href=${"#/operations/" + id}>Operation</a><${Button} kind="ghost" small icon="close" label="Close the progress" onClick=${onClose} /></span>`}>
		<div class="stack"><${Progress} ...${followed} />
			${again && html`<div class="line"><${Button} icon="restart" onClick=${onAgain}>Run the ${failed} again that failed</${Button}><${CopyAs} actions=${[retryOperation({ id })]} /></div>`}
			${over && !failed && html`<p><a class="link" href=${`#/containers?q=${encodeURIComponent(spec.name)}`}>Look at them in the list</a></p>`}
		</div>
	</${Card}>`;
};

const known = () => [...new Set(containers.data.value.filter((c) => c.managed).map((c) => c.image.name))].filter(Boolean).slice(0, 50);

export const View = () => {
	const form = useSignal(draft);
	const touched = useSignal({});
	const batches = useSignal([]);
	const busy = useSignal(false);
	const problem = useSignal(null);
	const image = useRef(null);
	useEffect(() => {
		const used = [containers, engines].map((one) => one.use());
		const query = route.value.query;
		if (query.get("image")) put("name")(query.get("image"));
		document.querySelector("main input[name=image]")?.focus();
		return () => used.forEach((end) => end());
	}, []);
	const put = (name) => (value) => {
		form.value = draft = { ...form.value, [name]: value };
		touched.value = { ...touched.value, [name]: true };
		problem.value = null;
	};
	const faults = faultsOf(form.value);
	const fault = (name) => (touched.value[name] && faults[name]) || (problem.value?.field === name ? problem.value.detail : "");
	const valid = !Object.keys(faults).length;
	const spec = valid ? specOf(form.value) : null;
	const n = Number(form.value.count);
	const action = spec && runContainers(spec, n, form.value.pull);
	/* It goes on by itself where the role shows how: else it is waited for. */
	const begin = async (begun, what, count, before) => {
		busy.value = true;
		problem.value = null;
		try {
			const answer = await request(begun, may("read", "/api/operations") ? { Prefer: "respond-async" } : {});
			const id = answer?.id || answer?.operation;
			if (id && !Array.isArray(answer)) batches.value = [{ id, spec: what }, ...batches.value.map((one) => (one === before ? { ...one, retried: true } : one))];
			else note({ tone: "ok", text: `${plural(count, "container")} of ${what.name} run`, href: "#/containers", link: "Look at them" });
		} catch (failed) {
			problem.value = failed;
		}
		busy.value = false;
	};
	const submit = (event) => {
		event.preventDefault();
		touched.value = Object.fromEntries(Object.keys(emptyForm).map((name) => [name, true]));
		if (valid) begin(action, spec, n);
		else document.querySelector("main [aria-invalid=true]")?.focus();
	};
	if (!mayChangeContainers.value) return html`<${Head} title="Run containers" /><${Empty} icon="lock" title="Your role does not run containers"><p>Ask an administrator for the role <code>deployer</code>.</p></${Empty}>`;
	const f = form.value;
	const field = (name, label, rest) => html`<${Field} name=${label} value=${f[name]} onInput=${put(name)} fault=${fault(name)} ...${rest} />`;
	return html`
		<${Head} title="Run containers" about="berth chooses the engines, runs them in parallel and keeps them as you say." />
		<div class="columns columns-form">
			<form class="stack wide" onSubmit=${submit} novalidate>
				<${Card} title="What">
					<div class="stack" ref=${image}>
						<div class="fields fields-image">${field("name", "Image", { name: "Image", placeholder: "httpd:2.4", list: "images" })}${field("count", "How many", { inputmode: "numeric" })}</div>
						<datalist id="images">${known().map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>
						<div class="fields">${field("memory", "Memory (MB)", { inputmode: "numeric", hint: "reserved, and not to be exceeded" })}${field("cpus", "CPU (cores)", { inputmode: "decimal", placeholder: "0", hint: "a guaranteed share; 0 = none reserved" })}</div>
						${field("ports", "Ports", { placeholder: "80 8080:80", hint: "of the container; berth chooses those of the engine unless you name them" })}
						<${Area} name="Environment" value=${f.environment} onInput=${put("environment")} fault=${fault("environment")} placeholder=${"MODE=test\nLEVEL=2"} rows=${3} hint="one a line; sealed, and masked wherever it is shown" />
					</div>
				</${Card}>
				<details class="card details"><summary>More: command, placement, restarts, volumes, names</summary><div class="card-body stack">
					<div class="fields">${field("args", "Arguments", { placeholder: "serve --port 80" })}${field("entrypoint", "Entry point", { placeholder: "the image's" })}</div>
					<div class="fields"><${Choice} name="Placement" value=${f.type} onInput=${put("type")} of=${[["service", "service: engines with all labels"], ["unique", "unique: one of an image per engine"], ["multi", "multi: unique, and all labels"], ["host", "host: the engine of label host:ID"]]} />${field("labels", "Labels", { placeholder: "ssd eu", hint: "that the engine must have" })}</div>
					<div class="fields"><${Choice} name="If the process exits" value=${f.restart} onInput=${put("restart")} of=${[["no", "no: it stays ended"], ["on-failure:5", "on-failure:5"], ["on-failure", "on-failure"], ["unless-stopped", "unless-stopped"], ["always", "always"]]} />${field("reschedule", "If its host is lost", { placeholder: "after=30", hint: "never, always, after=SECONDS; with volumes never" })}</div>
					<${Area} name="Volumes" value=${f.volumes} onInput=${put("volumes")} fault=${fault("volumes")} placeholder="data:/var/lib/data" rows=${2} hint="one a line; paths of the engine are for administrators" />
					<div class="fields">${field("container_name", "Name", { placeholder: "made by berth", hint: "numbered if several" })}${field("hostname", "Host name", {})}</div>
					<div class="fields">${field("network_mode", "Network", { placeholder: "bridge" })}<${Choice} name="Pull" value=${f.pull} onInput=${put("pull")} of=${[["", "if the image is missing"], ["true", "always"], ["false", "never"]]} /></div>
					<label class="check"><input type="checkbox" checked=${f.publish} onChange=${() => put("publish")(!f.publish)} />Publish all exposed ports</label>
				</div></details>
				<${Trouble} problem=${problem.value} />
				<div class="form-foot">
					<${Button} kind="primary" type="submit" icon="run" busy=${busy.value}>Run ${valid && n !== 1 ? plural(n, "container") : ""}</${Button}>
					${action && html`<${CopyAs} text="As a command" small=${false} actions=${[action]} />`}
					<${Button} kind="ghost" class="push" onClick=${() => {
						form.value = draft = { ...emptyForm };
						touched.value = {};
						problem.value = null;
					}}>Clear</${Button}>
				</div>
			</form>
			<div class="stack wide">
				${batches.value.map((one) => html`<${Batch} key=${one.id} ...${one} onAgain=${() => begin(retryOperation(one), one.spec, 0, one)} onClose=${() => (batches.value = batches.value.filter((other) => other !== one))} />`)}
				<${Preview} action=${action} count=${n} />
			</div>
		</div>`;
};
